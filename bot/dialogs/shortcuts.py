"""The shortcuts of the app, as manifest.yml declares them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut on a message, or anywhere (`global`)."""

    callback_id: str
    name: str
    kind: Literal["message", "global"]
    about: str


REMEMBER_MESSAGE = Shortcut("remember_message", "Remember this", "message", "Keep this message as a memory")
OPEN_MEMORIES = Shortcut("open_memories", "My memories", "global", "See and edit what I remember about you")
SHORTCUTS = (REMEMBER_MESSAGE, OPEN_MEMORIES)
