"""Takes a model's reasoning out of the text it streams, in pieces of any size. Pure.

What is shown depends on the whole text alone, never on how it was cut into pieces:

- `<think>`, `<thinking>` or `<reasoning>` at the beginning of a line opens reasoning, which ends with the next closing
  tag, or with the answer.
- In the middle of a line it may as well be prose about such a tag. What follows is held back: a closing tag proves it
  to be reasoning, the end of the answer proves it to be prose.
- Some models stream only the closing tag, because their chat template has said the opening one. All before it was
  reasoning, but that is known too late, unless nothing was shown. So a beginning that reads like theirs ("Okay, the
  user asks …") is held back, for at most HELD characters; after them, or without such a tag, it counts as the answer.
  If a model did so in its last answer, it is held back however it begins (`suspected`).
- In a fenced block and in inline code, tags are text like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

HELD = 12_000  # characters, about 3,000 tokens: the longest beginning that waits for a closing tag
LOOKED_AT = 120  # characters, at which it is decided whether a beginning reads like reasoning

_OPENING = ("<think>", "<thinking>", "<reasoning>")
_CLOSING = ("</think>", "</thinking>", "</reasoning>")
_WORD = re.compile(r"[a-z']*")
_TOKEN = re.compile(r"</?(?:think|thinking|reasoning)>|\n|<|[^<\n]+", re.IGNORECASE)
_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?P<run>`{3,}|~{3,})(?P<info>.*)")
# How the reasoning of R1, QwQ, Qwen and their kin begins. Many an answer does too, so a mark of it has to follow soon.
_FIRST_WORDS = frozenset(
    (
        *("okay", "ok", "alright", "hmm", "hm", "well", "wait", "first", "so", "the", "we", "we're", "i", "i'm", "let"),
        *("let's", "they", "this", "user", "now", "got", "to", "looking", "thinking", "reasoning", "given", "since"),
    )
)
_FIRST_CHARACTERS = frozenset("好嗯首用我")
_MARK = re.compile(
    r"\bthe (?:user|person|question is|system prompt)\b|\buser'?s?\b (?:ask|want|say|said|is\b)|"
    r"\bsaved preferences?\b|\bthey (?:want|ask|are asking|said)|\b(?:i|we) (?:should|need to|have to|must)\b|"
    r"\b(?:i'm|we're|we are|i am) asked\b|"
    r"\blet(?: me|'s|’s) (?:think|see|recall|figure|analy|check|break|start by|consider)|\bhmm\b|\bthinking process\b|"
    r"用户|我需要|我应该",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Markdown:
    """Where in a Markdown text one stands."""

    line: str = ""
    fence: str = ""  # what opened the block that is open

    @property
    def code(self) -> bool:
        """Whether what comes next is code: in a fenced block, in its first line, or after an odd number of ticks."""
        return bool(self.fence) or self.line.count("`") % 2 == 1 or _opens(self.line) != ""

    def go_on(self, part: str) -> None:
        if part != "\n":
            self.line += part
            return
        run = _opens(self.line)
        if not self.fence:
            self.fence = run
        elif run.startswith(self.fence) and not self.line.strip(" \t>" + run[0]):
            self.fence = ""
        self.line = ""


def _opens(line: str) -> str:
    """The ticks or tildes by which a line opens a fenced block; "" when it does not."""
    found = _FENCE.fullmatch(line)
    if found is None or (found["run"][0] == "`" and "`" in found["info"]):
        return ""
    return found["run"]


@dataclass(slots=True)
class WithoutReasoning:
    """The answer in what a model says: `feed` pieces of the text and show what comes back, then `close`.

    `suspected`: this model is known to say only the closing tag. `unopened` tells whether it did so here.
    """

    suspected: bool = False
    unopened: bool = False
    _unread: str = ""
    _held: str | None = ""  # the beginning, while it may turn out to be reasoning
    _looked: bool = False  # at the first LOOKED_AT characters of it, and they read like reasoning
    _where: _Markdown = field(default_factory=_Markdown)
    _thinking: bool = False
    _doubted: str = ""  # from a tag in the middle of a line on
    _ends_blank: bool = True  # whether what was shown ends with white space, or is nothing
    _after: bool = False  # whether reasoning stands right before

    def feed(self, piece: str) -> str:
        """Take the next piece, and return what can be shown by now."""
        self._unread += piece
        whole, self._unread = _without_begun_tag(self._unread)
        return self._read(whole)

    def close(self) -> str:
        """The rest, once the model has ended."""
        whole, self._unread = self._unread, ""
        shown = self._read(whole)
        if self._held is not None:
            shown += self._let_go()
        doubted, self._doubted = self._doubted, ""
        return shown + doubted

    def _read(self, text: str) -> str:
        if self._held is None:
            return "".join(map(self._take, _TOKEN.findall(text)))
        shown = ""
        for place in _steps(text):
            shown += self._take(place) if self._held is None else self._hold(place)
        return shown

    def _hold(self, part: str) -> str:
        """Keep the beginning back while it may be reasoning without an opening tag."""
        held = self._held = (self._held or "") + part
        if part.lower() in _CLOSING and not _in_code(held[: -len(part)]):
            self._held, self.unopened, self._after = None, True, True
            return ""
        likely = self.suspected or self._looked or _may_be_reasoning(held)
        self._looked = self._looked or (likely and len(held) >= LOOKED_AT)
        if likely and len(held) <= HELD and part.lower() not in _OPENING:
            return ""
        return self._let_go()

    def _let_go(self) -> str:
        held, self._held = self._held or "", None
        return "".join(map(self._take, _TOKEN.findall(held)))

    def _take(self, part: str) -> str:
        """Take one part of the text behind the beginning, and return what of it is shown."""
        tag = part.lower()
        if self._thinking:
            if tag in _CLOSING:
                self._thinking, self._after = False, True
            return ""
        if self._doubted:
            return self._doubt(part)
        if tag in _OPENING and not self._where.code:
            return self._open(part)
        if tag in _CLOSING and not self._where.code:
            self.unopened = self.unopened or not self._where.line.strip()
            self._after = True
            return ""
        self._where.go_on(part)
        return self._shown(part)

    def _open(self, tag: str) -> str:
        self._thinking = not self._where.line.strip()
        self._doubted = "" if self._thinking else tag
        return ""

    def _doubt(self, part: str) -> str:
        self._doubted += part
        if part.lower() in _CLOSING:
            self._doubted, self._after = "", True
        return ""

    def _shown(self, part: str) -> str:
        """The part, without the white space that only set it off from reasoning."""
        if self._after and self._ends_blank:
            part = part.lstrip()
        if part:
            self._after, self._ends_blank = False, part[-1].isspace()
        return part


def without_reasoning(text: str) -> str:
    """The answer in a whole text, of which nothing was shown yet: a closing tag alone is believed however it begins."""
    answer = WithoutReasoning(suspected=True)
    return answer.feed(text) + answer.close()


def _steps(text: str) -> list[str]:
    """The parts of a text, words cut into single characters: what is decided on the way depends on no cut."""
    parts = _TOKEN.findall(text)
    return [step for part in parts for step in ([part] if part[0] == "<" else part)]


def _without_begun_tag(text: str) -> tuple[str, str]:
    """Cut off the end of a text that may be the beginning of a tag."""
    start = text.rfind("<")
    begun = text[start:].lower() if start >= 0 else ""
    if begun and any(tag != begun and tag.startswith(begun) for tag in (*_OPENING, *_CLOSING)):
        return text[:start], text[start:]
    return text, ""


def _may_be_reasoning(held: str) -> bool:
    begun = held.lstrip()
    word = _WORD.match(begun.lower().replace("’", "'"))
    if begun and begun[0] not in _FIRST_CHARACTERS and word:
        over = word.end() < len(begun)
        if not any(one == word[0] if over else one.startswith(word[0]) for one in _FIRST_WORDS):
            return False
    return len(held) < LOOKED_AT or _MARK.search(held, 0, LOOKED_AT) is not None


def _in_code(text: str) -> bool:
    where = _Markdown()
    for part in _TOKEN.findall(text):
        where.go_on(part)
    return where.code
