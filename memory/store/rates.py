"""How often something may be done: per minute and per day, by one person and in one workspace.

Counted by the clock's minutes and by days in UTC, in rows that several processes share. A row is moved in the very
transaction that does what is counted: so the limit is exact, however many try at once, and what was refused, or failed
later on, was never counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import tables
from memory.errors import TooOften
from memory.models import Key

What = Literal["saves", "answers"]
SPANS = {"minute": 60, "day": 86_400}  # seconds
KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Rate:
    """The most in a minute and in a day; 0 is no limit."""

    per_minute: int = 0
    per_day: int = 0


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates for one person, and for all people of a workspace together."""

    person: Rate = field(default_factory=Rate)
    workspace: Rate = field(default_factory=Rate)

    def limits(self, team: str, user: str) -> dict[tuple[str, str], int]:
        """What is limited for this person: whose count, and over which span, to the most of it."""
        if not (team and user):  # nobody of Slack's: an operator
            return {}
        counted = {
            (Key.workspace(team).value, "minute"): self.workspace.per_minute,
            (Key.workspace(team).value, "day"): self.workspace.per_day,
            (Key.person(team, user).value, "minute"): self.person.per_minute,
            (Key.person(team, user).value, "day"): self.person.per_day,
        }
        return {place: most for place, most in counted.items() if most}


UNLIMITED = Rates()


async def count(
    tx: AsyncConnection, insert: Callable[..., Any], what: What, rates: Rates, *, team: str, user: str, now: datetime
) -> None:
    """Count one more. Raises TooOften, after which the caller's transaction must not be committed.

    `insert` is the database's own, which knows `ON CONFLICT`.
    """
    limits = rates.limits(team, user)
    if not limits:
        return
    moment = int(now.timestamp())
    rows = [
        {"subject": subject, "what": what, "span": span, "started": moment - moment % SPANS[span], "count": 1}
        for subject, span in sorted(limits)  # in one order everywhere: no two transactions lock them crosswise
    ]
    counted = (tuple(row) for row in await tx.execute(_one_more(insert), rows))
    over = [
        (started + SPANS[span], subject, span)
        for subject, span, started, number in counted
        if number > limits[subject, span]
    ]
    if over:
        goes_on, subject, span = max(over)  # the one that holds it up longest
        shared = subject == Key.workspace(team).value
        raise TooOften(what, limits[subject, span], span, shared, wait=goes_on - moment)


@cache  # it is run in every turn, and putting it together costs more than running it
def _one_more(insert: Callable[..., Any]) -> Any:
    statement = insert(tables.counters)
    new, old = statement.excluded, tables.counters.c
    return statement.on_conflict_do_update(
        index_elements=["subject", "what", "span"],
        set_={
            # A process whose clock is behind counts in the span that has begun for the others.
            "count": sa.case((old.started < new.started, 1), else_=old.count + 1),
            "started": sa.case((old.started < new.started, new.started), else_=old.started),
        },
    ).returning(old.subject, old.span, old.started, old.count)


def is_over(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a count is of a span that is long over."""
    return tables.counters.c.started < int((now - KEPT).timestamp())
