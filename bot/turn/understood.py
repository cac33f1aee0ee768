"""What a message asks in its own words, without the grammar of directives, as the directives that it means. Pure.

`memory/text/intent` reads a line. Only a message of one line is read so, and only where it holds no directive: of a
longer one nobody knows what its writer takes for said. Done at once is what a colon marks, and what a person says of
themselves, for themselves; whatever else may be meant is answered as usual, and offered. What is for others, and what
writes over what is kept, needs its colon: it is too easily read out of a sentence that means something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from bot.slack.mrkdwn import escaped, plain
from bot.turn.dates import expiry
from bot.turn.directives import AskToPause, Command, Directive, Forget, ForgetLast, Parsed, Recollect, Remember
from memory.text.intent import Intent, intent
from memory.text.secrets import secret_kind

LONGEST_OFFERED = 300  # characters
SWITCHED = frozenset({"private", "open", "pinned", "disabled", "enabled"})  # what a memory can be, and no words of one
_COLON = re.compile("[:：]")
# What needs nothing besides.
ALONE: Mapping[str, Directive] = {
    "forget_everything": Command("forget-all"),
    "forget_last": ForgetLast(),
    "pause": AskToPause(),
    "resume": Command("resume"),
    "help": Command("help"),
}


def understood(parsed: Parsed, now: datetime) -> Parsed:
    """The same message with what it asks in its own words; as it is where it asks nothing of the memory."""
    line = plain(parsed.rest).strip()
    if parsed.directives or parsed.problems or not line or "\n" in line:
        return parsed
    meant = intent(line)
    if meant is None or meant.room:
        return parsed
    if not _is_plain(meant, line):
        return replace(parsed, offered=meant.text) if _may_be_offered(meant) else parsed
    ends, problem = _ends(meant.until_words, now)
    if problem:
        return replace(parsed, problems=(problem,), rest="")
    directives = _directives(meant, ends)
    return Parsed(directives, escaped(meant.rest), ()) if directives else parsed


def _is_plain(meant: Intent, line: str) -> bool:
    """Whether it is done at once."""
    marked = _COLON.search(line) is not None and _COLON.split(line, maxsplit=1)[1].strip() == meant.text
    if meant.kind == "update" or meant.scope in {"team", "channel"}:
        return meant.certain and marked and meant.text.casefold() not in SWITCHED
    return meant.certain and (marked or meant.own or meant.kind != "remember")


def _may_be_offered(meant: Intent) -> bool:
    """Whether to ask if it is to be kept. A secret is not repeated, and would be refused."""
    short = meant.kind == "remember" and 0 < len(meant.text) <= LONGEST_OFFERED
    return short and meant.scope in {None, "me"} and secret_kind(meant.text) is None


def _ends(said: str, now: datetime) -> tuple[datetime | None, str]:
    return expiry(said.casefold(), now.astimezone(UTC).date()) if said else (None, "")


def _directives(meant: Intent, ends: datetime | None) -> tuple[Directive, ...]:
    """What is to be done; nothing where the line does not say enough."""
    if meant.kind == "remember":
        new = Remember(meant.text, meant.scope or "me", meant.scope is not None, expires_at=ends)
        return (new,) if meant.text else ()
    if meant.kind == "forget_number":
        return tuple(Forget(number) for number in meant.numbers)
    if meant.kind == "forget_words":
        return (Forget(None, meant.text),) if meant.text else ()
    if meant.kind == "update":
        return tuple(Command(f"edit m{number} {escaped(meant.text)}") for number in meant.numbers[:1] if meant.text)
    return (Recollect(meant.text) if meant.kind == "list" else ALONE[meant.kind],)
