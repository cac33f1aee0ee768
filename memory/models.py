"""Frozen values that everything else passes around: memories, keys, actors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple

JSON = None | bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"]

Visibility = Literal["private", "open"]
Source = Literal["slack", "agent", "ui", "api", "import"]
State = Literal["all", "on", "off", "expired", "proposed"]


class KeyKind(StrEnum):
    """Whose memories a key holds."""

    PERSON = "person"
    WORKSPACE = "workspace"
    CHANNEL = "channel"
    PROPOSALS = "proposals"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Key:
    """Whose memory it is: `slack:<team>:<user>`, `slack:<team>` or `slack:<team>:<channel>`.

    What members propose for the workspace waits in a key of its own, `slack:<team>:proposals`, which nothing recalls.
    Slack's ids say what they name: people are `U…` or `W…`, conversations `C…`, `G…` or `D…`
    (https://docs.slack.dev/apis/web-api/using-the-conversations-api). Anything else is another namespace, `OTHER`.
    """

    kind: KeyKind
    team: str
    subject: str
    value: str

    def __str__(self) -> str:
        return self.value

    @classmethod
    def person(cls, team: str, user: str) -> Key:
        return cls(KeyKind.PERSON, team, user, f"slack:{team}:{user}")

    @classmethod
    def workspace(cls, team: str) -> Key:
        return cls(KeyKind.WORKSPACE, team, "", f"slack:{team}")

    @classmethod
    def channel(cls, team: str, channel: str) -> Key:
        return cls(KeyKind.CHANNEL, team, channel, f"slack:{team}:{channel}")

    @classmethod
    def proposals(cls, team: str) -> Key:
        return cls(KeyKind.PROPOSALS, team, "proposals", f"slack:{team}:proposals")

    @classmethod
    def parse(cls, value: str) -> Key:
        """Read a key back from its text; what is not Slack's form is kept whole as `OTHER`."""
        namespace, _, rest = value.partition(":")
        team, _, subject = rest.partition(":")
        if namespace != "slack" or not team or ":" in subject or value.endswith(":"):
            return cls(KeyKind.OTHER, "", value, value)
        if not subject:
            return cls.workspace(team)
        if subject[0] in "UW":
            return cls.person(team, subject)
        if subject[0] in "CGD":
            return cls.channel(team, subject)
        if subject == "proposals":
            return cls.proposals(team)
        return cls(KeyKind.OTHER, team, subject, value)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in Slack a memory was said. All are Slack's own ids; None where it was not said in Slack."""

    user_id: str | None = None
    channel_id: str | None = None
    thread_ts: str | None = None
    message_ts: str | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewMemory:
    """What a caller asks to be kept. `text` is as typed: the store cleans and checks it."""

    key: Key
    text: str
    visibility: Visibility = "private"
    type: str = "preference"
    tags: tuple[str, ...] = ()
    priority: int = 0
    pinned: bool = False
    source: Source = "slack"
    origin: Origin = field(default_factory=Origin)
    metadata: JSON = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """One row. `number` counts per key and is never reused; `revision` starts at 1; all times are UTC and aware."""

    id: str
    number: int
    key: Key
    text: str
    visibility: Visibility
    type: str
    tags: tuple[str, ...]
    priority: int
    pinned: bool
    disabled: bool
    source: Source
    origin: Origin
    metadata: JSON
    times_applied: int
    last_applied_at: datetime | None
    revision: int
    expires_at: datetime | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    flags: tuple[str, ...] = ()  # see memory/text/flags.py

    @property
    def proposed(self) -> bool:
        """Whether it waits for an admin: then it is nobody's memory yet."""
        return self.key.kind is KeyKind.PROPOSALS

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class Unset(StrEnum):
    """Stands for "leave as it is" in `Changes`, where None is a value of its own."""

    UNSET = "unset"


UNSET = Unset.UNSET


@dataclass(frozen=True, slots=True)
class Changes:
    """What `update` shall change; a field left `UNSET` stays."""

    text: str | Unset = UNSET
    visibility: Visibility | Unset = UNSET
    type: str | Unset = UNSET
    tags: tuple[str, ...] | Unset = UNSET
    priority: int | Unset = UNSET
    pinned: bool | Unset = UNSET
    disabled: bool | Unset = UNSET
    metadata: JSON | Unset = UNSET
    expires_at: datetime | Unset | None = UNSET


class Role(StrEnum):
    """What an actor is to a workspace. A guest has only their own key; an outsider has nothing."""

    MEMBER = "member"
    ADMIN = "admin"
    GUEST = "guest"
    OUTSIDER = "outsider"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, through which door. `channel` is the conversation they act in, which they can therefore read."""

    id: str
    role: Role
    door: str
    team: str = ""
    user: str = ""
    channel: str | None = None

    @classmethod
    def operator(cls, door: str = "cli") -> Actor:
        return cls(id="operator", role=Role.OPERATOR, door=door)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which memories to list: `words` must all occur in the text or the tags; an expired memory counts as off.

    "all" is all but proposals. `key` and `flag` narrow a review.
    """

    state: State = "all"
    tag: str | None = None
    words: str = ""
    key: Key | None = None
    flag: str | None = None


Why = Literal["over budget", "private here", "disabled", "expired"]
"""Why a memory of the keys that were read did not go in. `private here`: others see the answer, and it is private."""


class LeftOut(NamedTuple):
    """A memory that did not go into a prompt, by its id, and why."""

    memory_id: str
    why: Why


class Page(NamedTuple):
    """Some of the memories that were found, and how many there are in all."""

    memories: tuple[Memory, ...]
    total: int


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change, or one look at a private text. `before` and `after` hold only the fields that differ."""

    id: int
    at: datetime
    actor: str
    door: str
    verb: str
    key: str
    memory_id: str
    number: int
    reason: str | None
    before: JSON
    after: JSON
