"""What the page asks of the bot whose inside it shows. The bot's side of it is handed in: this folder knows no bot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.playground.standin.refusal import Json


@dataclass(frozen=True, slots=True)
class Completion:
    """A slash command that can be completed while it is typed, and what it does in a few words."""

    text: str
    about: str


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut of the app's manifest: on a message, or anywhere (`global`)."""

    callback_id: str
    name: str
    kind: Literal["message", "global"]


class Inside(Protocol):
    """The bot's inside.

    `prompt` describes the last turn: who asked, where, the messages that the model was given (`parts` of them stand
    for memories), which memories those were, which stayed out and why, and the tokens against the budget; None before
    the first. `memories` are all of the workspace, each with the `key` it belongs to.
    """

    @property
    def model(self) -> str: ...

    @property
    def completions(self) -> Sequence[Completion]: ...

    @property
    def shortcuts(self) -> Sequence[Shortcut]: ...

    async def prompt(self) -> Json | None: ...

    async def memories(self) -> Sequence[Json]: ...

    async def settled(self) -> None:
        """Return when the bot has reacted to everything."""

    async def moved(self) -> None:
        """The clock was put forward: do what is due."""
