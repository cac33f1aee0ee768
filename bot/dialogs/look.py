"""Somebody looks at a screen."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.views.held import Held
from memory.models import Actor, Key


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looks at a screen: who, what the view keeps, the workspace's address, and a note to put above."""

    actor: Actor
    held: Held = field(default_factory=Held)
    url: str = ""
    note: str = ""

    @property
    def own(self) -> Key:
        return Key.person(self.actor.team, self.actor.user)
