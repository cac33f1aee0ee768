"""One line: what stands before it says something, where it ends, and whether it is a question. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from memory.text.intent.folded import Folded, fold

_GREETING = (
    r"(?:hey|hi|hello|hallo|hoi|hola|ola|salut|bonjour|ciao|buongiorno|oi|czesc|witaj|moin|servus|good morning|dear"
    r"|ok|okay|alright|so|also|and|yes|yeah|yep|oh|quick one|one (?:more|last|other) thing|another thing|ps|side note"
    r"|btw|by the way|well|pour info|ubrigens|por cierto|a proposito"
    r"|trouwens|fyi(?! for)|(?:just )?so you know|for your information|actually|personally|in general(?= i\b)"
    r"|no(?=,)|no(?= don'?t)|nope|great|cool|ja|oui|sim|tak|und|et|super|perfect)(?: there| all| everyone"
    r"| team)?(?:[,!.:]+ ?| )"
)
_ASIAN_GREETING = r"(?:你好|您好|こんにちは|すみません(?:が)?|ねえ|ボット|好的|对了)[,!. ]*"
_THANKS = re.compile(
    r"(?<!say)(?<!use)(?<!word)(?<!write)(?:(?:[,.!]{0,3} ?-? ?\b(?:please|pls|thanks|thank you|thx|ty|cheers"
    r"|bitte|danke|s'?il (?:te|vous) plait|stp|svp|merci|por favor|porfa|gracias|per favore|grazie|obrigad[oa]"
    r"|alsjeblieft|alstublieft|aub|bedankt|prosze|dziekuje|dzieki)|[,. ]{0,3}(?<!で)(?<!を)(?:お願い(?:します"
    r"|いたします)|よろしく(?:お願いします)?|ありがとう(?:ございます)?|谢谢你?|多谢|拜托(?:了)?))[.! ]{0,5})\Z"
)
_END = re.compile(r"[\s.!?,;\")]{1,20}\Z")
_PARTICLE = "吗"  # asks at the end of a Chinese sentence, as a question mark does
ENDS = 60  # thanks and closing marks show within so many of the last characters


@lru_cache(maxsize=16)
def opening(name: str) -> re.Pattern[str]:
    """What may stand before: bullets, numbers, `:emoji:` names, greetings and the bot's name, each taken for good."""
    called = re.escape(fold(name).text) or r"(?!)"
    return re.compile(
        rf"(?:(?>[ •◦▪▫■□‣⁃●○·+-]|\d{{1,3}}[.)] |:[a-z0-9_+'-]{{1,40}}: ?|@?(?:{called}|bot)\b[,:;!.]? ?"
        rf"|{_GREETING}|{_ASIAN_GREETING}))*+"
    )


_GREETINGS = re.compile(rf"(?:{_GREETING})*+")


class Line:
    """One folded line from the place where it begins to say something.

    `end` is where it ends, but for thanks; `last`, where its last word does. `asked`: it is a question. A question in a
    last sentence of its own is left over as `rest`, as typed, and ends the line before it.
    """

    def __init__(self, folded: Folded, start: int) -> None:
        self.folded, self.start = folded, start
        self.text = folded.text
        self.end = self._before_thanks(len(self.text.rstrip()))
        last = self._before_marks(self.end)
        particle = self.text.endswith(_PARTICLE, start, last)
        self.asked = particle or "?" in self.text[last : self.end]
        self.end = last - 1 if particle else self.end
        self.rest = ""
        if self.asked:
            self._leave_question()
        self.last = self._before_marks(self.end)

    def _before_thanks(self, end: int) -> int:
        found = _THANKS.search(self.text, max(self.start, end - ENDS), end)
        return found.start() if found else end

    def _before_marks(self, end: int) -> int:
        """Where the last word ends."""
        found = _END.search(self.text, max(self.start, end - ENDS), end)
        return found.start() if found else end

    def _leave_question(self) -> None:
        """A question in a last sentence of its own is no part of what stands before it."""
        cut = max(self.text.rfind(mark, self.start, self._before_marks(self.end)) for mark in (". ", "! ")) + 1
        if cut > self.start and "?" not in self.text[self.start : cut]:
            self.rest = self.folded.typed(cut)
            self.end, self.asked = cut, False

    def from_(self, start: int) -> Line:
        """The same line, read from a later place."""
        greeting = _GREETINGS.match(self.text, start)
        return Line(self.folded, greeting.end() if greeting else start)

    def typed(self, start: int, end: int | None = None) -> str:
        return self.folded.typed(start, self.end if end is None else end)
