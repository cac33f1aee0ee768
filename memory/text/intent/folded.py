"""A line as rules read it: lower case, without accents, marks and emoji; each character knows where it stood. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_ALONE = {
    **dict.fromkeys("‘’‚‛′´ʼ＇", "'"),
    **dict.fromkeys("“”„‟″«»「」『』《》＂", '"'),
    **dict.fromkeys("‐‑‒–—―−－", "-"),
    **dict.fromkeys("∶꞉ː：", ":"),
    **{"、": ",", "。": ".", "｡": ".", "､": ",", "…": ".", "¿": "", "¡": ""},
    **{"ß": "ss", "ẞ": "ss", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe"},
}
# Traditional characters that the rules hold, as simplified ones.
SIMPLIFIED = dict(
    zip(
        "請記幫備註團隊為後從開現在應該覺總遠這個別爾傳話說時嗎關於麼謝煩頻",
        "请记帮备注团队为后从开现在应该觉总远这个别尔传话说时吗关于么谢烦频",
        strict=True,
    )
)
_ALONE |= SIMPLIFIED
_UNDRAWN = frozenset({"Cc", "Cf", "Cs", "Mn", "Me", "Sk", "So"})
_MARKS = frozenset("*_~")


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` as rules read it; `places[i]` is where its character i stands in `line`, the line as typed."""

    line: str
    text: str
    places: tuple[int, ...]

    def typed(self, start: int, end: int | None = None) -> str:
        """What was typed between two places of `text`, without white space and halves of marks around it."""
        end = len(self.text) if end is None else end
        first = self.places[start - 1] + 1 if start else 0
        last = self.places[end] if end < len(self.text) else len(self.line)
        return _unmarked(self.line[first:last])


def fold(line: str) -> Folded:
    """The line, folded: white space is one blank; `*`, `_` and `~` are gone unless they join two letters."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(line):
        for each in _folded(character):
            if each == " " and (not characters or characters[-1] == " "):
                continue
            if each in _MARKS and not _joins(line, place):
                continue
            characters.append(each)
            places.append(place)
    return Folded(line, "".join(characters), tuple(places))


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    """None, one or few characters; letters other than Latin keep their accents, which there make another letter."""
    if character in _ALONE:
        return _ALONE[character]
    if character.isspace():
        return " "
    if character.isascii():
        return character.lower() if character.isprintable() else ""
    if unicodedata.category(character) in _UNDRAWN:
        return ""
    one = unicodedata.normalize("NFKC", character)
    if len(one) == 1 and (one < "\u0250" or "\u1e00" <= one <= "\u1eff"):
        one = unicodedata.normalize("NFD", one)[0]
    return one.lower() if len(one) == 1 else character.lower()


def _joins(line: str, place: int) -> bool:
    return line[place - 1 : place].isalnum() and line[place + 1 : place + 2].isalnum()


def _unmarked(text: str) -> str:
    """The text without a mark whose other half was cut off: `* I like tea` of `*remember:* I like tea`."""
    text = text.strip()
    for mark in "*_~":
        if text.count(mark) % 2 == 1 and text.startswith(mark):
            text = text.removeprefix(mark)
        elif text.count(mark) % 2 == 1 and text.endswith(mark):
            text = text.removesuffix(mark)
    return text.strip()
