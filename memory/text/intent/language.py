"""What a language gives the reader: one table of words, as regular expressions over folded text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "remember",
    "forget_last",
    "forget_number",
    "forget_words",
    "forget_everything",
    "update",
    "list",
    "pause",
    "resume",
    "help",
]
Scope = Literal["me", "team", "channel"]


@dataclass(frozen=True, slots=True)
class Command:
    """A whole line that asks for something else than remembering. Groups: `text`, `numbers`."""

    kind: Kind
    pattern: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Language:
    """One language. All strings are alternatives of a regular expression without groups, unless told otherwise.

    Each is tried at one place of the line, or searched without unbounded repetition: linear for any text.
    """

    name: str
    please: str
    asks: str
    """What makes a polite request of the verb behind it ("can you"), so that a `?` at the end may still be one."""
    verbs: str
    """Ask to remember: certain before `that` or a colon, whatever follows."""
    that: str
    """What joins the verb and a statement."""
    this: str = "(?!)"
    """What may stand for the text between verb and colon; alone, there is nothing to keep yet."""
    notes: str = "(?!)"
    """Ask to write down, and start many other sentences: certain only before what the person says of themselves."""
    own: str = "(?!)"
    """How a statement of the person about themselves begins."""
    recalls: str = "(?!)"
    """What follows a verb that recalls the past or speaks to others, and asks for nothing."""
    scopes: tuple[tuple[Scope, str], ...] = ()
    room: str = "(?!)"
    """What stands before a `#channel`."""
    dates: str = "(?!)"
    """How long, between verb and colon; group `until`: the date alone."""
    orders: tuple[str, ...] = ()
    """Standing instructions how to answer: certain. Group `text`."""
    habits: tuple[str, ...] = ()
    """What may be one: offered. Group `text`."""
    facts: tuple[str, ...] = ()
    """What people say of themselves in passing: offered."""
    passing: str = "(?!)"
    """What shows, anywhere in such a line, that it is about now, or that it asks for something."""
    last: tuple[str, ...] = ()
    """The verb at the end of the line, where the language puts it there. Searched in the last characters."""
    commands: tuple[Command, ...] = ()
    misspelt: tuple[str, ...] = ()
    """Verbs long enough to be known with one letter wrong."""
    other_words: frozenset[str] = frozenset()
    """Words one letter away from those, that mean something else."""
    spaced: bool = True
    """Whether words stand between blanks."""


def numbers(and_: str) -> str:
    """The group `numbers`: `m1`, `m1, m2` or `m1 and m2`, with the language's word for "and"."""
    return rf"(?P<numbers>m\d{{1,9}}(?:(?:,|,? {and_}| &)? m\d{{1,9}}){{0,50}})"


def usual_commands(
    *,
    polite: str,
    gone: str,
    and_: str,
    change: str,
    into: str,
    whole: dict[Kind, str],
    words: tuple[str, ...],
) -> tuple[Command, ...]:
    """The commands that have one form in most languages; `whole`: lines of one meaning, `words`: with group `text`."""
    return (
        *(Command(kind, rf"{polite}(?:{pattern})") for kind, pattern in whole.items()),
        Command("forget_number", rf"{polite}(?:{gone}):? {numbers(and_)}"),
        *(Command("forget_words", polite + pattern) for pattern in words),
        Command("forget_words", rf"(?:{gone}) ?: ?(?P<text>.+)"),
        Command("update", rf"{polite}(?:{change}) (?P<numbers>m\d{{1,9}})(?: ?: ?| (?:{into}):? )(?P<text>.+)"),
    )
