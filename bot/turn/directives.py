"""The words that ask to remember, forget or recollect, read from a message; what is left is answered as usual.

    [<@bot>] [please] remember [this|that] [for me | for this channel | for the team|everyone|workspace]
             [until <date> | for <n> days|weeks|months|years] [#tag …] : <text> [#tag …]
    forget: m7 | forget: <words>
    what do you remember [about <words>]
    memory [<verb> …]

A directive stands at the start of a line, behind nothing but the bot's mention, a list bullet and bold or italic
marks, and `remember` and `forget` need their colon. Where a line could be read in two ways:

* `remember:` with a list below: each item is one memory, with the scope, expiry and tags of the line above. Text before
  the list is a memory of its own; text that ends in a colon is the heading of each item ("deploy rules: no Fridays").
* A bare `remember:` with plain lines below takes that paragraph, up to a blank line, as one memory.
* `#words` at the end are tags and leave the text; `#1234` is an issue number and `<#C1|general>` a channel, so both
  stay. Before the colon a channel token can only be meant as a tag, and is one.
* A code block or a quote is never part of a memory: the memory ends where the block begins. A code span on the line
  itself (`run `make test` first`) is part of it.
* "for"/"until" with a date that cannot be read, or has passed, is a problem for the person, and nothing is kept.
  `friday` is the next one after today, `next friday` that of next week; 12/31/2026 is refused, as it reads two ways.
* `memory <verb>` is a command only if what follows fits the verb (see `Verb.fits`): "memory open issues in C++" is an
  ordinary message, as `open` needs a number. `/memory` is always a command; `memory` alone only as the whole message.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from bot.commands import fits
from bot.commands.table import find
from bot.slack.mrkdwn import plain
from bot.turn.dates import SOME, expiry

Scope = Literal["me", "channel", "team"]

MAX_TAGS = 8


@dataclass(frozen=True, slots=True)
class Remember:
    """One memory to keep: `text` as typed, decoded. `scope_said` tells "for me" from nothing said."""

    text: str
    scope: Scope = "me"
    scope_said: bool = False
    tags: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Forget:
    """What to forget: a number ("m7" or "7"), or else words to look for."""

    number: int | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Recollect:
    """ "What do you remember about …": the words, or "" for everything."""

    about: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """The text twin of `/memory`: what stands after the word, still encoded as Slack's own command text is."""

    text: str


@dataclass(frozen=True, slots=True)
class ForgetLast:
    """To forget what was saved last: "forget that"."""


@dataclass(frozen=True, slots=True)
class AskToPause:
    """Not to remember any more: a pause is offered."""


Directive = Remember | Forget | ForgetLast | AskToPause | Recollect | Command


@dataclass(frozen=True, slots=True)
class Parsed:
    """The directives in order, the rest of the message (encoded, "" if nothing is left), and what to tell the person.

    `problems` are plain sentences and can quote the person: escape them on the way out. `offered` is what may be meant
    to be remembered; it is a part of the rest, and answered as that.
    """

    directives: tuple[Directive, ...]
    rest: str
    problems: tuple[str, ...]
    offered: str = ""


def parse(text: str, *, bot_user_id: str, now: datetime) -> Parsed:
    """Read a message in Slack's encoded form. `now` is aware; never raises for any text."""
    return _Reader(text, bot_user_id, now.astimezone(UTC).date()).read()


# --- Between `remember` and its colon ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Head:
    scope: Scope = "me"
    scope_said: bool = False
    tags: tuple[str, ...] = ()
    expires_at: datetime | None = None
    problem: str = ""


_SCOPES: dict[str, Scope] = {"me": "me", "channel": "channel", "team": "team"}
_OPTION = re.compile(
    r"(?:(?P<filler>this|that|it)"
    r"|(?P<me>for (?:me|myself))"
    r"|(?P<channel>(?:for|in) (?:this|the) channel)"
    r"|(?P<team>for (?:(?:the|my|our|this) )?(?:(?:whole|entire) )?(?:team|workspace|everyone|everybody))"
    rf"|for (?:the next )?(?P<span>(?:{SOME}) (?:days?|weeks?|months?|years?)|\d{{1,9}} [a-z]+)"
    r"|(?:until|till?) (?P<date>.{1,60}?)(?=\Z| for (?:me|myself|this|the|my|our|team|workspace|every)| in this| <?#)"
    r"|#(?P<tag>[\w-]*[^\W\d_][\w-]*)"
    r"|<#[a-z0-9]{1,24}\|(?P<room>[\w-]{1,80})>)(?: |\Z)"
)


def _head(said: str, today: date) -> _Head | None:
    """What was said between the verb and the colon; None if that is no part of the grammar."""
    said = " ".join(said.lower().replace(",", " ").split())
    options: list[tuple[str, str]] = []
    position = 0
    while position < len(said):
        match = _OPTION.match(said, position)
        if match is None or match.lastgroup is None:
            return None
        options.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    scopes = [_SCOPES[kind] for kind, _ in options if kind in _SCOPES]
    dates = [words for kind, words in options if kind in ("span", "date")]
    if len(scopes) > 1 or len(dates) > 1:
        return _Head(problem="That says two different things before the colon, so I did not keep it.")
    tags = tuple(words for kind, words in options if kind in ("tag", "room"))
    expires_at, problem = expiry(dates[0], today) if dates else (None, "")
    return _Head(scopes[0] if scopes else "me", bool(scopes), tags, expires_at, problem)


# --- Lines ---------------------------------------------------------------------------------------------------------

_FOLDED = 400  # a directive shows within so many characters of its line
_COLONS = str.maketrans("∶꞉ː", ":::")
_LINE_END = re.compile(r"\r\n|\r|\n")
_FENCE = "```"
_QUOTE = re.compile(r"\s*(?:&gt;|>)")
_QUOTE_ALL = re.compile(r"\s*(?:&gt;|>){3}")
_ITEM = re.compile(r"\s*(?:[•◦▪▫■□‣⁃●○·]\s*|(?:[*+–—-]|\d{1,3}[.)])(?:\s+|\Z))")
_VERB = re.compile(r"(?:(?:please|pls),?\s+)?(?P<verb>remember|forget)(?!-|_?[^\W_])", re.IGNORECASE)
_EMOJI = re.compile(r":[a-z0-9_+'-]+:", re.IGNORECASE)
_RECOLLECT = re.compile(
    r"what do you (?:still )?remember(?:\s+about\s+(?P<about>\S.{0,200}?))?[\s?!.…*_~]*\Z", re.IGNORECASE
)
_MEMORY = re.compile(r"(?P<slash>/?)memory(?:\s+(?P<verb>\S+)(?P<more>.*))?\Z", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"[mM]?(\d{1,9})[.!]?")


def _folded(line: str) -> str:
    """The start of a line with full-width letters, digits and colons as ASCII, at the same positions."""
    start = line[:_FOLDED]
    if start.isascii():
        return start
    return "".join(one if len(one := unicodedata.normalize("NFKC", c)) == 1 else c for c in start).translate(_COLONS)


def _decoration(bot_user_id: str) -> re.Pattern[str]:
    """What may stand before a directive; each piece is taken for good, so that no line is tried in two ways."""
    mention = rf"<@{re.escape(bot_user_id)}(?:\|[^<>]{{0,80}})?>[\s,:;.!-]*"
    return re.compile(
        rf"(?:(?>[\s\u200b\u2060\ufeff]|{mention}|[•◦▪▫■□‣⁃●○·–—-]|[*+](?=\s)|\d{{1,3}}[.)](?=\s)"
        r"|(?P<marks>[*_~]{1,3})(?![\s*_~])))*+"
    )


def _tagged(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without the tags at its end, and the tags. A text of tags alone is a text."""
    words = text.split()
    count = 0
    while count < len(words) and _is_tag(words[-1 - count]):
        count += 1
    if not count or count == len(words):
        return text, ()
    return text.rsplit(None, count)[0], tuple(_folded(word)[1:].rstrip(",").lower() for word in words[-count:])


def _is_tag(word: str) -> bool:
    return re.fullmatch(r"#[\w-]*[^\W\d_][\w-]*,?", _folded(word)) is not None


def _forget(text: str) -> list[Directive]:
    words = plain(text).strip()
    numbers = [_NUMBER.fullmatch(word) for word in re.split(r"[,\s]+(?:and\s+)?", _folded(words))]
    if all(numbers) and (len(numbers) == 1 or _folded(words).lower().count("m") >= len(numbers)):
        return [Forget(int(number[1])) for number in numbers if number]
    return [Forget(None, words)]


class _Reader:
    """One pass over the lines of one message."""

    def __init__(self, text: str, bot_user_id: str, today: date) -> None:
        self._lines = _LINE_END.split(text)
        self._decoration = _decoration(bot_user_id)
        self._mention = re.compile(rf"\s*<@{re.escape(bot_user_id)}(?:\|[^<>]{{0,80}})?>[,:;]?\s*")
        self._today = today
        self._single = sum(1 for line in self._lines if line.strip()) == 1
        self._next = 0
        self._in_code = False
        self._directives: list[Directive] = []
        self._rest: list[str] = []
        self._problems: list[str] = []

    def read(self) -> Parsed:
        while self._next < len(self._lines):
            line = self._lines[self._next]
            self._next += 1
            if self._in_code or _QUOTE.match(self._without_mention(line)):
                self._leave(line)
                if not self._in_code and _QUOTE_ALL.match(self._without_mention(line)):
                    self._rest += self._lines[self._next :]
                    break
            elif not (self._assigned(line) or self._asked(line) or self._commanded(line)):
                self._leave(line)
        return Parsed(tuple(self._directives), self._left(), tuple(self._problems))

    def _without_mention(self, line: str) -> str:
        return self._mention.sub("", line, count=1) if self._mention.match(line) else line

    def _leave(self, line: str) -> None:
        self._rest.append(line)
        self._in_code ^= line.count(_FENCE) % 2 == 1

    def _left(self) -> str:
        """The rest without blank lines around it and the bot's name before it."""
        lines = self._rest
        first = next((i for i, line in enumerate(lines) if self._mentionless(line)), len(lines))
        last = next((i for i in range(len(lines) - 1, first - 1, -1) if lines[i].strip()), first - 1)
        kept = lines[first : last + 1]
        return "\n".join([self._mentionless(kept[0]), *kept[1:]]) if kept else ""

    def _mentionless(self, line: str) -> str:
        while match := self._mention.match(line):
            line = line[match.end() :]
        return line if line.strip() else ""

    def _colon(self, line: str) -> tuple[str, str, str] | None:
        """The verb, the words up to its colon and the text behind it; None if the line is no such directive."""
        folded = _folded(line)
        start = self._decoration.match(folded)
        verb = _VERB.match(folded, start.end() if start else 0)
        if verb is None:
            return None
        colon = folded.find(":", verb.end())
        spaced = colon > verb.end() and folded[colon - 1].isspace()
        if colon == -1 or (spaced and _EMOJI.match(folded, colon)):
            return None
        said, text = folded[verb.end() : colon].rstrip(), line[colon + 1 :]
        head = said.rstrip("*_~").lstrip("*_~").replace("*", "")
        marks = (start["marks"] or "")[::-1] if start else ""
        if marks and marks not in said:
            opened = text.startswith(marks)
            text = text[len(marks) :] if opened else text.rstrip().removesuffix(marks)
        return verb["verb"].lower(), head, text

    def _assigned(self, line: str) -> bool:
        parts = self._colon(line)
        if parts is None:
            return False
        verb, said, text = parts
        head = _head(said, self._today)
        if head is None or (verb == "forget" and head != _Head()):
            return False
        text, texts = self._texts(text, paragraph=verb == "remember")
        if head.problem:
            self._problems.append(head.problem)
        elif not text and not texts:
            self._problems.append(f"There was nothing after “{verb}:”, so I changed nothing.")
        elif verb == "forget":
            for one in [text, *texts] if text else texts:
                self._directives += _forget(one)
        else:
            self._remember(head, text, texts)
        return True

    def _texts(self, text: str, *, paragraph: bool) -> tuple[str, list[str]]:
        """The text of a directive and the list lines below it, which are taken from the message."""
        if text.count(_FENCE) % 2 and self._next < len(self._lines):
            cut = text.rfind(_FENCE)
            self._leave(text[cut:])
            return text[:cut].strip(), []
        text = text.strip()
        if not text:
            while self._next < len(self._lines) and not self._lines[self._next].strip():
                self._next += 1
            text = "\n".join(self._taken(self._is_plain)).strip() if paragraph else ""
        items = [_ITEM.sub("", line, count=1).strip() for line in self._taken(self._is_item)]
        return text, [item for item in items if item]

    def _taken(self, wanted: Callable[[str], bool]) -> list[str]:
        first = self._next
        while self._next < len(self._lines) and wanted(self._lines[self._next]):
            self._next += 1
        return self._lines[first : self._next]

    def _is_item(self, line: str) -> bool:
        return _ITEM.match(line) is not None and line.count(_FENCE) % 2 == 0 and not self._is_directive(line)

    def _is_plain(self, line: str) -> bool:
        block = _FENCE in line or _QUOTE.match(line) or _ITEM.match(line)
        return bool(line.strip()) and not block and not self._is_directive(line)

    def _is_directive(self, line: str) -> bool:
        parts = self._colon(line)
        colon = parts is not None and _head(parts[1], self._today) is not None
        return colon or self._recollected(line) is not None or self._command(line) is not None

    def _remember(self, head: _Head, text: str, items: list[str]) -> None:
        text, shared = _tagged(text)
        heading = bool(items) and text.endswith((":", "："))
        texts = [(f"{text} {item}" if heading else item) for item in items]
        for one in texts if heading or not text else [text, *texts]:
            said, own = _tagged(one) if items else (one, ())
            tags = tuple(dict.fromkeys(head.tags + shared + own))
            if len(tags) > MAX_TAGS:
                self._problems.append(f"A memory can have at most {MAX_TAGS} tags, so I did not keep that one.")
            elif words := plain(said).strip():
                self._directives.append(Remember(words, head.scope, head.scope_said, tags, head.expires_at))
            else:
                self._problems.append("There was nothing after “remember:”, so I changed nothing.")

    def _asked(self, line: str) -> bool:
        found = self._recollected(line)
        if found is not None:
            self._directives.append(found)
        return found is not None

    def _recollected(self, line: str) -> Recollect | None:
        if len(line) > _FOLDED:
            return None
        folded = _folded(line)
        start = self._decoration.match(folded)
        match = _RECOLLECT.match(folded, start.end() if start else 0)
        if match is None or re.search(r"[?!.]\s", match["about"] or ""):
            return None
        about = plain(line[match.start("about") : match.end("about")]).strip() if match["about"] else ""
        return Recollect("" if about.lower() in ("me", "myself") else about)

    def _commanded(self, line: str) -> bool:
        command = self._command(line)
        if command is not None:
            self._directives.append(command)
        return command is not None

    def _command(self, line: str) -> Command | None:
        folded = _folded(line)
        start = self._decoration.match(folded)
        position = start.end() if start else 0
        match = _MEMORY.match(folded + line[_FOLDED:], position)
        if match is None:
            return None
        if match["verb"] is None:
            return Command("") if match["slash"] or self._single else None
        verb = match["verb"].lower().rstrip("?!.")
        more = line[match.start("more") : match.end("more")].strip()
        row, rest = find(f"{verb} {more}")
        if not match["slash"] and (row is None or row.button_only or not row.fits(rest)):
            return None
        if row and row.fits is fits.nothing:
            more = more.strip("?!. ")
        return Command(f"{verb} {more}".strip())
