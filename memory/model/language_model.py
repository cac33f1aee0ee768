"""What a language model is to the rest: messages in, pieces of an answer out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Literal, Protocol, TypedDict


class Message(TypedDict):
    """One message of the conversation that a model is asked to continue."""

    role: Literal["system", "user", "assistant"]
    content: str


class LanguageModel(Protocol):
    """Anything that answers. `name` is fit to be shown to an operator."""

    @property
    def name(self) -> str: ...

    @property
    def ready(self) -> bool:
        """Whether the next answer can begin at once. A model that is not ready still answers, later."""

    def answer(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """Yield the answer in pieces as they arrive; joined, they are more than white space.

        Raises a `ModelError` when there is no whole answer. Pieces that were yielded before stay valid: after them
        only `ModelInterrupted` is raised. Closing the generator, or cancelling the task that waits for it, ends the
        request.
        """

    async def aclose(self) -> None:
        """Let go of every connection. Can be called twice."""
