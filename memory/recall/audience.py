"""Who will see an answer, and so which memories may go into it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from memory.models import Key, KeyKind, Visibility


@dataclass(frozen=True, slots=True)
class Audience:
    """Who will see the answer. `alone`: nobody but the person. A key that is None is not for these eyes."""

    person: Key | None
    workspace: Key | None = None
    channel: Key | None = None
    alone: bool = False

    def allows(self) -> tuple[tuple[Key, Visibility], ...]:
        """What may be injected: a memory reaches a prompt only if everyone who will see the answer may see it."""
        pairs: list[tuple[Key | None, Visibility]] = [
            (self.person, "open"),
            (self.workspace, "open"),
            (None if self.alone else self.channel, "open"),
        ]
        if self.alone:
            pairs.append((self.person, "private"))
        return tuple((key, visibility) for key, visibility in pairs if key is not None)

    def concerns(self, key: Key) -> bool:
        """Whether the key is one of these; a workspace's key stands for all of the workspace."""
        mine = [each for each in (self.person, self.workspace, self.channel) if each]
        whole = key.kind is KeyKind.WORKSPACE
        return key in mine or (whole and any(each.team == key.team for each in mine))
