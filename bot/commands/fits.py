"""What may follow a verb in a message, so that “memory open issues in C++” stays an ordinary message. Pure.

`/memory` is always a command; in a message, where Slack runs none, a line is one if what follows the verb fits it.
"""

from __future__ import annotations

from collections.abc import Callable

Fits = Callable[[str], bool]

LISTED = ("all", "on", "off", "workspace", "channel", "proposals")
SHARED = ("workspace", "team", "channel")


def anything(_rest: str) -> bool:
    return True


def never(_rest: str) -> bool:
    return False


def nothing(rest: str) -> bool:
    """Nothing but punctuation."""
    return not rest.strip("?!. ")


def number(rest: str) -> bool:
    """A number first: `m7` before anything, a bare `7` by itself; one word with a digit is a number gone wrong."""
    words = rest.split()
    if len(words) < 2:
        return not words or any(map(str.isdecimal, rest))
    return words[0][:1] in "mM" and words[0][1:].isdecimal()


def number_and_text(rest: str) -> bool:
    return number(rest) or rest.split()[0].isdecimal()


def kind_of_list(rest: str) -> bool:
    words = rest.lower().split()
    return len(words) <= 2 and all(word in LISTED or word.startswith(("#", "<#")) or word.isdecimal() for word in words)


def shared_list(rest: str) -> bool:
    return rest.partition(" ")[0].lower() in SHARED


def by_id(rest: str) -> bool:
    """A memory named by its id, which may be somebody else's."""
    return rest.startswith("mem_")


def page_or_export(rest: str) -> bool:
    return nothing(rest) or rest.lower().split()[0] in ("export", "page")
