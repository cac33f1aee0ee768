"""Notices: what somebody has to be told, written with what happened, and kept until they were told.

A notice is a row in the transaction of its cause, so none is lost, however the process ends. Whoever tells takes what
is due; taking it puts its next attempt off, so nothing else has to be written when telling fails, hangs or dies.
The one fault that is left: a crash between telling and `done` tells twice. Twice is better than never.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.clock import Clock, utc_now
from memory.database.open import Database, insert_of
from memory.database.tables import keys
from memory.database.tables import notices as table
from memory.models import JSON, Key

# read: an admin opened a private memory · proposed: to admins, something waits · approved, rejected: to the proposer
Kind = Literal["read", "proposed", "approved", "rejected"]

MOST_ATTEMPTS = 12  # with their delays about half a day
FIRST_DELAY = timedelta(minutes=2)  # longer than one attempt takes; it doubles
LONGEST_DELAY = timedelta(hours=2)
# Of a workspace that is suspended nobody is told anything; what waits is told when it is reinstated.
RESTING = sa.exists().where(keys.c.value == sa.literal("slack:").concat(table.c.team), keys.c.suspended_at.is_not(None))


@dataclass(frozen=True, slots=True)
class New:
    """What to tell a person, named by their key. Of several with the same `once` only one waits at a time."""

    person: Key
    kind: Kind
    about: Mapping[str, JSON]
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person in a workspace has to be told now; `attempt` counts from 1."""

    id: int
    team: str
    user: str
    kind: Kind
    about: Mapping[str, Any]
    attempt: int

    @property
    def last(self) -> bool:
        """Whether it is given up when this attempt fails."""
        return self.attempt >= MOST_ATTEMPTS


async def write(tx: AsyncConnection, new: New, now: datetime) -> None:
    """Write a notice down in the caller's transaction."""
    values = {
        "team": new.person.team,
        "user": new.person.subject,
        "kind": new.kind,
        "about": dict(new.about),
        "once": new.once,
        "not_before": now,
        "created_at": now,
    }
    await tx.execute(insert_of(tx)(table).values(values).on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class Notices:
    """The notices that wait. Every method may raise StorageFailed."""

    database: Database
    clock: Clock = utc_now

    async def take(self, *, excluding: Collection[str] = (), only: str | None = None) -> Notice | None:
        """The oldest notice that is due, if there is one. It is due again later, unless `done` is said of it before.

        `excluding` are workspaces of which none is taken; `only` one of this workspace.
        """
        now = self.clock()
        where = table.c.team.not_in(tuple(excluding)) if only is None else table.c.team == only
        due = sa.and_(table.c.not_before <= now, sa.not_(RESTING), where)
        async with self.database.reading() as connection:  # cheap: looking in vain writes nothing
            if await connection.scalar(sa.select(table.c.id).where(due).limit(1)) is None:
                return None
        query = sa.select(table).where(due).order_by(table.c.id).limit(1).with_for_update(skip_locked=True)
        async with self.database.transaction() as tx:
            row = (await tx.execute(query)).first()
            if row is None:  # another replica has it
                return None
            again = now + min(FIRST_DELAY * 2**row.attempts, LONGEST_DELAY)
            values = {"attempts": row.attempts + 1, "not_before": again}
            await tx.execute(sa.update(table).where(table.c.id == row.id).values(values))
        return Notice(row.id, row.team, row.user, row.kind, row.about, row.attempts + 1)

    async def done(self, notice: Notice) -> None:
        """The person was told, or can never be: the notice goes, with its words."""
        async with self.database.transaction() as tx:
            await tx.execute(sa.delete(table).where(table.c.id == notice.id))
