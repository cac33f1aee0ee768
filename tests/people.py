"""The people of the tests: two workspaces, and one of each role."""

from __future__ import annotations

from memory.models import Actor, Key, NewMemory, Role

TEAM, OTHER_TEAM = "T1", "T2"
CHANNEL = "C1"


def person(user: str, role: Role = Role.MEMBER, *, team: str = TEAM, channel: str | None = None) -> Actor:
    """Someone who acts through Slack."""
    return Actor(id=f"slack:{team}:{user}", role=role, door="slack", team=team, user=user, channel=channel)


ANNA = person("U1", channel=CHANNEL)
BOB = person("U2", channel=CHANNEL)
ADMIN = person("U9", Role.ADMIN, channel=CHANNEL)
GUEST = person("U7", Role.GUEST, channel=CHANNEL)
OUTSIDER = person("U8", Role.OUTSIDER, channel=CHANNEL)
STRANGER = person("U1", team=OTHER_TEAM, channel=CHANNEL)  # the same user id as Anna's, in another workspace
STRANGE_ADMIN = person("U9", Role.ADMIN, team=OTHER_TEAM)
OPERATOR = Actor.operator()

ANNAS = Key.person(TEAM, "U1")
BOBS = Key.person(TEAM, "U2")
WORKSPACE = Key.workspace(TEAM)
IN_CHANNEL = Key.channel(TEAM, CHANNEL)


def saying(text: str, key: Key = ANNAS) -> NewMemory:
    """A memory that says this and nothing else."""
    return NewMemory(key=key, text=text)
