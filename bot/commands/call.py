"""One use of a command: who, where, which words; and the memory that a word names."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.slack.reply import Reply
from bot.views.blocks import Choice, Offers
from memory.errors import MemoryInvalid, MemoryNotFound
from memory.models import Actor, Key, Memory, Role
from memory.parts import Parts

NUMBER = re.compile(r"m?(\d{1,9})", re.IGNORECASE)
PAGE = re.compile(r"(.*?)\s*\bpage (\d{1,6})", re.DOTALL)
MOST_SEARCHED = 500
NO_NUMBER = "Which memory? Say its number, like m7: `/memory list` shows them."


def offers_nothing(_memory: Memory) -> Sequence[Choice]:
    return ()


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a verb: who, where, and the words after the verb. `pressed`: a button was, whose words are ours.

    A menu or a form names the `revision` of the memory that it was made for: a later one is left alone. `typed` is what
    stood in a form, a reason or a text, as it was typed: words are encoded as Slack's are. The same `request_id` again
    is the same call again. `offers` says what the table of verbs has for a memory that the answer shows.
    """

    actor: Actor
    channel: str
    words: str = ""
    thread_ts: str | None = None
    pressed: bool = False
    revision: int | None = None
    typed: str | None = None
    request_id: str | None = None
    offers: Offers = offers_nothing

    @property
    def own(self) -> Key:
        return Key.person(self.actor.team, self.actor.user)

    @property
    def is_admin(self) -> bool:
        return self.actor.role is Role.ADMIN

    def paged(self) -> tuple[str, int]:
        """The words without the `page 2` at their end, and that number (1 without)."""
        match = PAGE.fullmatch(self.words)
        return (match[1], max(int(match[2]), 1)) if match else (self.words, 1)


Run = Callable[[Parts, Call], Awaitable[Reply]]


def check_words(words: str) -> None:
    """Raise MemoryInvalid when that is too much to search for."""
    if len(words) > MOST_SEARCHED:
        raise MemoryInvalid(f"That is too much to search for: {MOST_SEARCHED} characters is the most.")


async def chosen(parts: Parts, call: Call, word: str) -> Memory:
    """The memory that a word names: a number of one's own (`m7`, `7`), or an id.

    Raises MemoryInvalid when it is neither, MemoryNotFound when there is none that this person may know of.
    """
    if word.startswith("mem_"):
        return await parts.store.get(call.actor, word)
    number = NUMBER.fullmatch(word)
    if not number:
        raise MemoryInvalid(
            f"“{word[:40]}” is not the number of a memory. Numbers look like m7." if word else NO_NUMBER
        )
    try:
        return await parts.store.get_number(call.actor, call.own, int(number[1]))
    except MemoryNotFound:
        raise MemoryNotFound(f"There is no memory m{number[1]}. `/memory list` shows yours.") from None


async def chosen_id(parts: Parts, call: Call, word: str) -> str:
    """The id of the memory that a word names, whose words are not read for that. Raises as `chosen`."""
    return word if word.startswith("mem_") else (await chosen(parts, call, word)).id
