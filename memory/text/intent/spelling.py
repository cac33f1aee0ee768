"""A misspelt verb, read as the verb: "remeber", "rememebr". Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from memory.text.intent.folded import Folded
from memory.text.intent.language import Language

# Two letters wrong, and met often.
_OFTEN = {"rember": "remember", "remmeber": "remember", "rembember": "remember", "rememeber": "remember"}
_WORD = re.compile(r"[a-z]{5,12}\b")
_WORDS = 8  # a verb stands among the first words of its line


def mended(folded: Folded, start: int, languages: Sequence[Language]) -> Folded:
    """The line with a misspelt verb among its first words put right; what was typed stays as it was."""
    position = start
    for _ in range(_WORDS):
        match = _WORD.match(folded.text, position)
        verb = _meant(match[0], languages) if match else None
        if match and verb:
            return _with(folded, match.start(), match.end(), verb)
        blank = folded.text.find(" ", position)
        if blank == -1:
            break
        position = blank + 1
    return folded


def _meant(word: str, languages: Sequence[Language]) -> str | None:
    if word in _OFTEN:
        return _OFTEN[word]
    if any(word in language.misspelt or word in language.other_words for language in languages):
        return None
    return next((verb for language in languages for verb in language.misspelt if one_edit(word, verb)), None)


def one_edit(word: str, other: str) -> bool:
    """Whether one letter added, left out, changed or swapped with its neighbour makes the one of the other."""
    if word == other or abs(len(word) - len(other)) > 1:
        return False
    same = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    left, right = word[same:], other[same:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return left[1:] == right[1:] or left[1:] == right or left == right[1:] or swapped


def _with(folded: Folded, start: int, end: int, verb: str) -> Folded:
    last = folded.places[end - 1]
    places = [folded.places[min(start + i, end - 1)] for i in range(len(verb) - 1)] + [last]
    return Folded(
        folded.line,
        folded.text[:start] + verb + folded.text[end:],
        folded.places[:start] + tuple(places) + folded.places[end:],
    )
