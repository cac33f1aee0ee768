"""How well a line in one's own words is understood, and what reading it costs, beside the grammar with its colon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time

from benchmarks.measure import Figure, percentile
from bot.slack.mrkdwn import escaped
from bot.turn.directives import AskToPause, Command, Directive, Forget, ForgetLast, Recollect, Remember, parse
from memory.text.intent import intent
from tests.memory.text.intents import Score, Sentence, score, sentences

PARTS = {"tune": "rules were written against it", "held": "held out"}
NOW = datetime(2026, 1, 5, tzinfo=UTC)

Read = Callable[[str], str]


async def measure(quick: bool) -> list[Figure]:
    """Precision of what is saved at once, recall of what is saved or offered; by part, then by language."""
    known = sentences()
    figures = []
    for part, where in PARTS.items():
        some = [each for each in known if each.part == part]
        figures += _figures(f"{where}, {len(some):,} sentences", some)
    for language in dict.fromkeys(each.language for each in known):
        for part in PARTS:
            some = [each for each in known if (each.language, each.part) == (language, part)]
            figures.append(_language(f"{language}, {part}", some))
    return [*figures, _cost(known, 1 if quick else 5)]


def _words(line: str) -> str:
    """The answer in the words of the labels."""
    found = intent(line)
    if found is None or found.kind != "remember":
        return found.kind if found else "none"
    return "save" if found.certain else "offer"


def _grammar(line: str) -> str:
    """The same of the grammar that needs its colon."""
    directives = parse(escaped(line), bot_user_id="U0", now=NOW).directives
    return _kind(directives[0]) if directives else "none"


def _kind(directive: Directive) -> str:
    match directive:
        case Remember():
            return "save"
        case Forget(number=None):
            return "forget_words"
        case Forget():
            return "forget_number"
        case Recollect():
            return "list"
        case Command(text=text):
            return text.partition(" ")[0] or "list"
        case ForgetLast() | AskToPause():  # the grammar knows neither
            return "none"


def _figures(where: str, some: list[Sentence]) -> list[Figure]:
    ours, theirs = score(some, _words), score(some, _grammar)
    rows: dict[str, Callable[[Score], str]] = {
        "precision of what is saved at once": _precision,
        "recall of what is saved or offered": _recall,
        "offered where nothing was meant": lambda each: _part(each.offered_for_nothing, each.nothing),
        "other requests understood": lambda each: _part(each.commands_read, each.commands),
    }
    return [Figure(name, where, shown(ours), f"colon grammar {shown(theirs)}") for name, shown in rows.items()]


def _language(name: str, some: list[Sentence]) -> Figure:
    ours, theirs = score(some, _words), score(some, _grammar)
    both = [f"{_precision(each)} · {_recall(each)}" for each in (ours, theirs)]
    return Figure(f"precision · recall, {name}", f"{len(some):,} sentences", both[0], f"colon grammar {both[1]}")


def _precision(each: Score) -> str:
    return _part(each.saved_rightly, each.saved)


def _recall(each: Score) -> str:
    return _part(each.found, each.wanted)


def _part(some: int, of: int) -> str:
    return f"{some / of:.1%} ({some} of {of})" if of else "none"


def _cost(known: list[Sentence], rounds: int) -> Figure:
    lines = [each.text for each in known]
    ours, theirs = ([percentile(_seconds(read, lines), 50) for _ in range(rounds)] for read in (_words, _grammar))
    return Figure("CPU per line, p50", "", f"{min(ours) * 1e6:.0f} µs", f"colon grammar {min(theirs) * 1e6:.0f} µs")


def _seconds(read: Read, lines: list[str]) -> list[float]:
    taken = []
    for line in lines:
        begun = process_time()
        read(line)
        taken.append(process_time() - begun)
    return taken
