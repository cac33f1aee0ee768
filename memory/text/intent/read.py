"""Reads one line: a command about memories, something to keep, a standing instruction, or a fact said in passing.

The languages' words are tables of their own (`english.py` and its neighbours); here is only the order in which they are
tried and what decides between *certain* (saved at once), *uncertain* (offered) and nothing. Doubt always takes the
lesser: a wrong offer costs a line to ignore, a wrong memory costs trust.

    what follows the verb      "remember"              "note", "save"
    a colon, a dash            certain                 certain if said of oneself, else uncertain
    "that"                     certain                 uncertain if said of oneself, else nothing
    a comma, nothing           certain if said of      uncertain if said of oneself, else nothing
                               oneself, else uncertain
    the end of the line        uncertain, without text
    … and a `?` at the end     uncertain if said of oneself, else nothing

"Said of oneself" is a statement in the first person. What recalls the past or speaks to others ("remember when …") is
nothing. For whom it is, once said ("for the team remember …"), makes a verb certain; "and suggest a dinner" behind it
makes it uncertain. The verb may also stand at the end ("I'm vegan, remember that") or in a later sentence, there only
for what is said of oneself. Of the line, what is left to be answered is `rest`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from memory.text.intent.chinese import CHINESE
from memory.text.intent.dutch import DUTCH
from memory.text.intent.english import ENGLISH
from memory.text.intent.folded import fold
from memory.text.intent.french import FRENCH
from memory.text.intent.german import GERMAN
from memory.text.intent.italian import ITALIAN
from memory.text.intent.japanese import JAPANESE
from memory.text.intent.language import Kind, Scope
from memory.text.intent.line import ENDS, Line, opening
from memory.text.intent.polish import POLISH
from memory.text.intent.portuguese import PORTUGUESE
from memory.text.intent.rules import Rules
from memory.text.intent.spanish import SPANISH
from memory.text.intent.spelling import mended

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE, DUTCH, POLISH, JAPANESE, CHINESE)
FACT_CHARACTERS = 140  # a longer line is a text that somebody is working on
COMMAND_CHARACTERS = 3000


@cache
def _compiled(spaced: bool) -> tuple[Rules, ...]:
    """The rules of the languages with or without blanks: a third of a second, so not before the first line is read."""
    return tuple(Rules(language) for language in LANGUAGES if language.spaced == spaced)


def _rules(line: Line) -> tuple[Rules, ...]:
    """The rules that can say something of the line; folded, a line in Latin letters is nearly always ASCII."""
    return _compiled(True) if line.text.isascii() else _compiled(True) + _compiled(False)


@dataclass(frozen=True, slots=True)
class Intent:
    """What a line asks for. `certain`: do it at once; otherwise offer it, and answer the line as usual.

    `text`: what to keep, look for or write instead, as typed, without the verb and its politeness; "" for "remember
    this": there is nothing to keep yet. `numbers`: of `m1, m3`. `scope` and `room` (a `#channel` without its `#`): for
    whom, if that was said. `until_words`: the date before the text, as typed ("friday"; of "for 2 weeks": "2 weeks").
    `rest`: what else the line says, as typed: a question behind, or sentences before. `own`: what is to be kept speaks
    of the person, or of how they want their answers; else it may be about the task at hand.
    """

    kind: Kind
    certain: bool = True
    text: str = ""
    numbers: tuple[int, ...] = ()
    scope: Scope | None = None
    room: str | None = None
    until_words: str = ""
    rest: str = ""
    own: bool = field(default=False, compare=False)


def intent(line: str, name: str = "membot") -> Intent | None:
    """What one line of plain text, as typed, asks of the memory; None for everything else. Never raises.

    `name` is the bot's, which may be said before ("hi membot, remember …"). Lines in code and quotes are for the caller
    to leave out; a line that begins with a quotation mark, a `>` or a backtick is None. The first call compiles the
    rules, for a third of a second; `intent("")` in a thread does so beforehand.
    """
    whole = fold(line)
    before = opening(name).match(whole.text)
    start = before.end() if before else 0
    read = Line(mended(whole, start, LANGUAGES), start)
    found = next(_readings(read), None)
    if found is None or not found.certain:
        found = _later(read) or found
    return replace(found, rest=read.rest) if found and read.rest else found


def _readings(line: Line) -> Iterator[Intent]:
    """Every reading of the line, the surest first."""
    rules = _rules(line)
    for read in (_command, _remember, _remember_last, _order, _habit, _fact):
        found = [each for some in rules if (each := read(line, some))]
        yield from sorted(found, key=lambda each: not each.certain)


# --- Commands ------------------------------------------------------------------------------------------------------


_ASKED_FOR = ("list", "help")  # by a question just as well; "forget that?" is none to be sure of


def _command(line: Line, rules: Rules) -> Intent | None:
    if line.last - line.start > COMMAND_CHARACTERS:
        return None
    for command, pattern in rules.commands:
        match = pattern.fullmatch(line.text, line.start, line.last)
        if match is not None:
            groups = match.groupdict()
            words = line.typed(match.start("text"), match.end("text")) if groups.get("text") else ""
            numbers = tuple(map(int, re.findall(r"\d+", groups.get("numbers") or "")))
            certain = command.certain and (not line.asked or command.kind in _ASKED_FOR)
            return Intent(command.kind, certain, words, numbers)
    return None


# --- Something to keep ---------------------------------------------------------------------------------------------

_AND_DO = re.compile(
    r"(?:\band|\bthen|\bund|\bet|\by|\be|\ben|\bi|[,.;]) (?:please |bitte )?(?:suggest|write|give me|tell me|show me"
    r"|help me|explain|summari[sz]e|translate|create|find|draft|can you|could you|schlag|schreib|zeig|gib mir"
    r"|propose|ecris|montre|donne|sugiere|escribe|dame|muestra|suggerisci|scrivi|dammi|sugira|escreva|schrijf"
    r"|geef me|stel|zaproponuj|napisz|pokaz)\b"
)


def _remember(line: Line, rules: Rules, *, own: bool = False) -> Intent | None:
    """The verb, and behind it what to keep; with `own` only what the person says of themselves."""
    match = rules.head.match(line.text, line.start, line.end)
    if match is None:
        return None
    at = match.end()
    if match["none"] is not None:
        return Intent("remember", certain=False) if match["this"] or _is_request(match) else None
    if not line.text[at : line.end].strip():
        return Intent("remember", certain=False)
    certain = _certainty(line, rules, match, at)
    if certain is None or (own and not _is_own(line, rules, at)):
        return None
    certain = certain and not _AND_DO.search(line.text, at, line.end)
    until = next((line.typed(*match.span(name)) for name in ("until", "span") if match.groupdict().get(name)), "")
    scope, room = _for_whom(line, rules, match)
    end = line.last if line.asked and match["asks"] else line.end  # "could you remember that I'm vegan?"
    text, about = line.typed(at, end), _is_own(line, rules, at)
    return Intent("remember", scope=scope, room=room, certain=certain, text=text, until_words=until, own=about)


def _is_request(match: re.Match[str]) -> bool:
    """Whether a verb alone asks to keep something: "remember", "can you keep that in mind"; not "can you remember"."""
    return match["verb"] is not None and (not match["asks"] or " " in match["verb"])


def _certainty(line: Line, rules: Rules, match: re.Match[str], at: int) -> bool | None:
    """True: keep it; False: offer it; None: it asks for nothing (see the table at the top)."""
    own = _is_own(line, rules, at)
    recalls = not own and rules.recalls.match(line.text, at, line.end) is not None
    if line.asked:
        return False if own or (match["colon"] and match["verb"] and not match["asks"]) else None
    if _said(match) and not recalls and not match["asks"] and (match["verb"] or match["colon"]):
        return True
    if match["note"]:
        plain = bool(match["colon"]) and _is_fact(line, rules, at)
        return plain if own or match["colon"] else None
    if match["colon"]:
        return True
    if recalls or (match["asks"] and not own and not match["that"]):
        return None
    return own or (match["that"] is not None and line.text.count(" ", at, line.last) > 1)


def _is_own(line: Line, rules: Rules, at: int) -> bool:
    return rules.own.match(line.text, at, line.end) is not None


def _said(match: re.Match[str]) -> list[str]:
    """The groups that say for whom."""
    return [name for name in ("first", "before", "after", "behind") if match[name]]


def _for_whom(line: Line, rules: Rules, match: re.Match[str]) -> tuple[Scope | None, str | None]:
    """The scope and the `#channel`, as typed, that were said."""
    said = [match.span(name) for name in _said(match)]
    rooms = [words.partition("#")[2] for span in said if "#" in (words := line.typed(*span))]
    scopes = (scope for scope, pattern in rules.scopes for span in said if pattern.fullmatch(line.text, *span))
    return next(scopes, None), rooms[0] if rooms else None


def _remember_last(line: Line, rules: Rules) -> Intent | None:
    """The verb at the end: what stands before it is to be kept."""
    if rules.lead is None:
        return None
    lead = rules.lead.match(line.text, line.start, line.last)
    start = lead.end() if lead else line.start
    for pattern in rules.last:
        match = pattern.search(line.text, max(start, line.last - ENDS), line.last)
        if match is not None:
            words = line.typed(start, match.start())
            alone = not words or rules.this.fullmatch(line.text, start, match.start()) is not None
            own = _is_own(line, rules, start)
            sure = not alone and not line.asked and (not rules.language.spaced or own)
            return Intent("remember", sure, "" if alone else words, own=own)
    return None


_SENTENCE = re.compile(r"[.!]+ ")
_QUOTING = re.compile(r"[?\"`:>]")  # in what stands before: the sentence may be somebody else's
_SHORT = 40  # "Thanks a lot!" and the like


def _later(line: Line) -> Intent | None:
    """What a later sentence asks to keep of the person themselves; what stands before is left over."""
    ends = [match.end() for match in _SENTENCE.finditer(line.text, line.start, line.start + 300)][:3]
    own = (each for end in ends if (each := _from(line, end)))
    return None if line.asked else next(own, None)


def _from(line: Line, start: int) -> Intent | None:
    if _QUOTING.search(line.text, line.start, start):
        return None
    later = line.from_(start)
    own = [each for rules in _rules(line) if (each := _remember(later, rules, own=True)) and each.text]
    short = start - line.start <= _SHORT
    rest = "" if short else line.typed(line.start, start)
    return replace(own[0], certain=own[0].certain and short, rest=rest) if own else None


# --- Standing instructions and facts -------------------------------------------------------------------------------


def _order(line: Line, rules: Rules) -> Intent | None:
    return _first(line, rules, rules.orders, certain=True)


def _habit(line: Line, rules: Rules) -> Intent | None:
    return _first(line, rules, rules.habits, certain=False)


# An order that names what is being worked on is one for the answer at hand.
_OF_THE_TASK = re.compile(
    r"\b(?:this|these|the|here|dies\w*|de[rmns]|das|die|ce|cet|cette|les?|la|est[aeo]s?|el|l[ao]s?)\b"
)


def _first(line: Line, rules: Rules, patterns: tuple[re.Pattern[str], ...], *, certain: bool) -> Intent | None:
    if line.asked or line.last - line.start > COMMAND_CHARACTERS:
        return None
    lead = rules.polite.match(line.text, line.start)
    start = lead.end() if lead else line.start
    certain = certain and not (lead and lead["asks"])
    for pattern in patterns:
        match = pattern.fullmatch(line.text, start, line.last)
        if match is not None:
            sure = certain and not _AND_DO.search(line.text, match.start("text"), line.last)
            own = not _OF_THE_TASK.search(line.text, match.start("text"), line.last)
            return Intent("remember", sure, line.typed(match.start("text")), own=own)
    return None


_MORE = re.compile(r"(?<!\d)(?<!\bst)(?<!\bdr)(?<!\bmr)(?<!\bmrs)(?<!\bms)[.!;:] ?\S|\?")


def _fact(line: Line, rules: Rules) -> Intent | None:
    """Said in passing, in the first person: short, one sentence, nothing asked."""
    said = (line.text, line.start, line.last)
    if line.asked or line.rest or line.last - line.start > FACT_CHARACTERS:
        return None
    if _MORE.search(*said) or rules.passing.search(*said) or not _is_fact(line, rules, line.start):
        return None
    return Intent("remember", certain=False, text=line.typed(line.start))


def _is_fact(line: Line, rules: Rules, at: int) -> bool:
    return any(pattern.match(line.text, at, line.last) for pattern in rules.facts)
