"""A model that needs no key: the same answer every time, and the memories it was given are plain to see in it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Sequence
from itertools import takewhile

from memory.model.language_model import Message

_HEADING = "SAVED USER PREFERENCES"
_MEMORY = re.compile(r'- (?:\([^()"]*\) )?(".*")')
_PIECE = re.compile(r"\S+(?:\s+\S+){0,5}\s*")
_WORD = re.compile(r"\w+")
_SHORT = re.compile(
    r"\b(short(er)?|brief(ly)?|concise(ly)?|terse|(one|1) sentence|few words|to the point|tl;?dr)\b", re.I
)
_ABOUT_ME = re.compile(
    r"\b(what|which|who|how|where|when|do|did|tell)\b.*\b(i|my|me|we|our|us)\b.*\?|\b(about me|you (know|remember))\b",
    re.I,
)
_QUOTED_WORDS = 8
_COMMON = frozenset(
    _WORD.findall(
        """a about am an and are as at be but by can did do does for from had has have how i in is it know me my of on
        or our please remember so tell that the their them they this to us was we what when where which who why will
        with you your"""
    )
)


class DemoModel:
    """Answers without any network, so that a newcomer sees what a memory does before there is a key."""

    name = "demo"
    ready = True

    async def answer(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Yield the answer a few words at a time. It never fails."""
        for piece in _PIECE.findall(reply(messages)):
            yield piece

    async def aclose(self) -> None:
        """Nothing is held."""


def reply(messages: Sequence[Message]) -> str:
    """Answer the last message of the user from the memories in the system prompt."""
    memories = read_memories("\n".join(message["content"] for message in messages if message["role"] == "system"))
    question = next((message["content"] for message in reversed(messages) if message["role"] == "user"), "")
    known = _known(question, memories) if _ABOUT_ME.search(question) else []
    if any(_SHORT.search(memory) for memory in memories):
        return _short_reply(known, memories)
    return _long_reply(question, known, memories)


def read_memories(system: str) -> list[str]:
    """Read the memories out of a system prompt, as `memory.prompt` renders them: a heading, then one on each line."""
    _, _, block = f"\n{system}".partition(f"\n{_HEADING}\n")
    lines = takewhile(lambda text: text is not None, map(_memory_in, block.split("\n")))
    return [" ".join(text.split()) for text in lines if text is not None]


def _memory_in(line: str) -> str | None:
    found = _MEMORY.fullmatch(line)
    if found is None:
        return None
    try:
        return str(json.loads(found[1]))
    except ValueError:
        return None


def _short_reply(known: list[str], memories: list[str]) -> str:
    facts = f"You told me: {'; '.join(known)}." if known else "Demo answer."
    return f"{facts} (I took into account: {' • '.join(memories)})"


def _long_reply(question: str, known: list[str], memories: list[str]) -> str:
    lines = [
        "I am a demo model: I show what is remembered, and know nothing else.",
        f"You asked about “{_first_words(question)}”. A real model would answer that here, at any length it likes.",
    ]
    if known:
        lines += ["", "You told me:", *_bullets(known)]
    if memories:
        lines += ["", "I took into account:", *_bullets(memories)]
    else:
        lines += ["", "I was given no memories for this answer. Try: remember: I like short answers"]
    return "\n".join(lines)


def _known(question: str, memories: list[str]) -> list[str]:
    """Return the memories that share a telling word with the question; all of them when it has no such word."""
    asked = _stems(question)
    return [memory for memory in memories if asked & _stems(memory)] if asked else memories


def _stems(text: str) -> set[str]:
    words = {word.lower() for word in _WORD.findall(text)} - _COMMON
    return {word[:-1] if word.endswith("s") and len(word) > 3 else word for word in words}


def _first_words(question: str) -> str:
    words = question.split()
    more = " …" if len(words) > _QUOTED_WORDS else ""
    return " ".join(words[:_QUOTED_WORDS])[:80] + more if words else "nothing"


def _bullets(memories: list[str]) -> list[str]:
    return [f"• {memory}" for memory in memories]
