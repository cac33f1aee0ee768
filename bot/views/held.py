"""What a view keeps about itself in `private_metadata`, checked when it comes back. Pure.

It says which screen the view shows, and of what; never what somebody may do. Whoever acts in a view is who Slack signed
for, and a view that was made for somebody else is refused.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from memory.models import State

Screen = Literal[
    "list", "add", "edit", "remember", "delete", "forget", "export", "history", "history-export",
    "queue", "amend", "reject", "review", "read", "off", "remove", "log", "log-export", "why", "wrong",
]  # fmt: skip

SCREENS: tuple[Screen, ...] = get_args(Screen)
STATES: tuple[State, ...] = ("all", "on", "off", "expired")
LONGEST = 600  # characters of one field; private_metadata holds 3,000
MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class Held:
    """The screen that a view shows, for whom, and of what.

    `page` to `flag` are what the list, the queue or the review shows, and `listed` says that it lies below.
    `response_url` leads back to where the view was opened from; it is a secret, for whoever has it may write there.
    `rewrites`: the message there is written anew, by the command `then` if there is one. `channel` to `author` tell of
    a message to be remembered.
    """

    screen: Screen = "list"
    user: str = ""
    memory: str = ""  # its id, or the number that was typed
    number: int = 0
    revision: int = 0
    shared: bool = False  # a channel's or the workspace's
    page: int = 1
    state: State = "all"
    tag: str = ""
    words: str = ""
    whose: str = ""  # whose memories a review shows: the id of a person or a channel, "workspace", "" for everybody's
    flag: str = ""
    before: int = 0  # an entry of the audit log: the export shows those before it; 0 for the newest
    event: str = ""  # the answer that is explained
    listed: bool = False
    response_url: str = ""
    rewrites: bool = False
    then: str = ""
    channel: str = ""
    ts: str = ""
    thread_ts: str = ""
    author: str = ""
    places: str = ""  # where a message may be kept: some of me, channel, team

    def dumps(self) -> str:
        """As JSON, without what is as it is by default."""
        plain = Held()
        told = {name: value for name, value in asdict(self).items() if value != getattr(plain, name)}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loads(cls, text: object) -> Held:
        """Read it back. What is not as it should be counts as not there."""
        try:
            told = json.loads(text) if isinstance(text, str) and text else {}
        except ValueError:
            told = {}
        told = told if isinstance(told, dict) else {}
        return cls(**{each.name: told[each.name] for each in fields(cls) if _sound(each.name, told.get(each.name))})


def _sound(name: str, value: Any) -> bool:
    plain = getattr(Held(), name)
    if type(value) is not type(plain):
        return False
    known: dict[str, tuple[str, ...]] = {"screen": SCREENS, "state": STATES}
    if name in known:
        return value in known[name]
    if isinstance(value, str):
        return len(value) <= LONGEST
    return name != "page" or 1 <= value <= MOST_PAGES
