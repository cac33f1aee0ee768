"""What a view keeps about itself in `private_metadata`, checked when it comes back. Pure.

It says which screen the view shows, and of what; never what somebody may do. Whoever acts in a view is who Slack signed
for, and a view that was made for somebody else is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from memory.models import State
from memory.text.flags import FLAGS

STATES: tuple[State, ...] = ("all", "on", "off", "expired")
LONGEST = 600  # characters of one field; private_metadata holds 3,000
MOST_PAGES = 100_000
SLACK_ID = re.compile(r"[UWCG][A-Z0-9]{1,30}")
ALWAYS = frozenset({"screen", "user"})


@dataclass(frozen=True, slots=True)
class ViewState:
    """The screen that a view shows, for whom, and of what.

    Which of the fields a screen keeps stands in its row of the table of screens; the others are as they are by default.
    `response_url` leads back to where the view was opened from; it is a secret, for whoever has it may write there.
    `rewrites`: the message there is written anew, by the command `then` if there is one.
    """

    screen: str = "list"
    user: str = ""
    below: str = ""  # the screen that lies below, and is shown anew after an act
    memory: str = ""  # its id, or the number that was typed
    number: int = 0
    revision: int = 0
    shared: bool = False  # a channel's or the workspace's
    page: int = 1
    which: State = "all"  # of them a list shows
    tag: str = ""
    words: str = ""
    whose: str = ""  # whose memories a review shows: the id of a person or a channel, "workspace", "" for everybody's
    flag: str = ""
    before: int = 0  # an entry of the audit log: the export shows those before it; 0 for the newest
    event: str = ""  # the answer that is explained
    response_url: str = ""
    rewrites: bool = False
    then: str = ""
    channel: str = ""
    ts: str = ""  # with `thread_ts`, `author` and `places`: of a message to be remembered
    thread_ts: str = ""
    author: str = ""
    places: str = ""  # where a message may be kept: some of me, channel, team

    def dumps(self) -> str:
        """As JSON, without what is as it is by default."""
        plain = ViewState()
        told = {name: value for name, value in asdict(self).items() if value != getattr(plain, name)}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loads(cls, text: object) -> ViewState:
        """Read it back. What is not as it should be counts as not there."""
        try:
            told = json.loads(text) if isinstance(text, str) and text else {}
        except ValueError:
            told = {}
        told = told if isinstance(told, dict) else {}
        return cls().changed(**{name: told[name] for name in NAMES if name in told})

    def changed(self, **values: Any) -> ViewState:
        """The same with these values; what is not sound becomes as it is by default."""
        plain = ViewState()
        return replace(
            self, **{name: value if _sound(name, value) else getattr(plain, name) for name, value in values.items()}
        )

    def only(self, kept: Collection[str]) -> ViewState:
        """The same with nothing but these fields, and what every view keeps."""
        return ViewState(**{name: getattr(self, name) for name in {*kept, *ALWAYS}})


NAMES = tuple(each.name for each in fields(ViewState))


def _sound(name: str, value: Any) -> bool:
    plain = getattr(ViewState(), name)
    if type(value) is not type(plain):
        return False
    if name == "which":
        return value in STATES
    if isinstance(value, str):
        return len(value) <= LONGEST
    return name != "page" or (isinstance(value, int) and 1 <= value <= MOST_PAGES)


# ----------------------------------------------------------------------------------- what is pressed and turns a view


def _number(state: ViewState, name: str, words: str) -> ViewState:
    return state.changed(**{name: int(words[:18])}) if words.isdecimal() else state


def _tag(state: ViewState, words: str) -> ViewState:
    return replace(state, tag=words.removeprefix("#")[:100] if words.startswith("#") else "", page=1)


def _whose(state: ViewState, words: str) -> ViewState:
    if words == "all":
        return replace(state, whose="", flag="", words="", which="all", page=1)
    return replace(state, whose=words if words == "workspace" or SLACK_ID.fullmatch(words) else "", page=1)


TURNS: Mapping[str, Callable[[ViewState, str], ViewState]] = {
    "page": lambda state, words: _number(state, "page", words),
    "export": lambda state, words: _number(state, "page", words),
    "before": lambda state, words: _number(state, "before", words),
    "state": lambda state, words: state.changed(which=words, page=1),
    "tag": _tag,
    "words": lambda state, words: replace(state, words=words[:100], page=1),
    "whose": _whose,
    "flag": lambda state, words: replace(state, flag=words if words in FLAGS else "", page=1),
    "form": lambda state, words: replace(state, screen="edit").changed(memory=words, number=0, revision=0, places=""),
}


def turned(state: ViewState, name: str, words: str) -> ViewState:
    """What the view is to show after this was pressed in it; the same, when it is nothing that turns."""
    turn = TURNS.get(name)
    return turn(state, words) if turn else state
