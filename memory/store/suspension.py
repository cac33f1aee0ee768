"""Suspending: what somebody left behind rests, nothing of it is recalled, and after a grace it is erased for good.

A person's key is suspended when they are deactivated, a workspace's when the app is uninstalled there: that suspends
every key of the workspace. Reinstating brings back everything as it was. The date on the key's row is all there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from memory.clock import Clock
from memory.database import tables
from memory.database.batches import delete_in_batches
from memory.database.open import Database
from memory.errors import NotPermitted, StorageFailed
from memory.models import Actor, Key, KeyKind, Role
from memory.store import erasure
from memory.store.locks import lock

SUSPENDABLE = frozenset({KeyKind.PERSON, KeyKind.WORKSPACE})
LATE = timedelta(days=1)  # after the grace: housekeeping looks every hour


class Erased(NamedTuple):
    """Whose everything was erased; and whose could not be, which is tried again."""

    keys: tuple[Key, ...]
    failed: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Suspension:
    """The verbs for those who left. All but `covers` are the operator's: the bot itself acts, no person."""

    database: Database
    clock: Clock

    async def suspend(self, actor: Actor, key: Key) -> None:
        """Let a person's key, or by the workspace's key all of a workspace, rest from now on. Again changes nothing.

        Of a person of whom nothing is kept nothing is written down either.
        """
        await self._set(actor, key, self.clock())

    async def reinstate(self, actor: Actor, key: Key) -> None:
        """End the rest of a key or a workspace: everything is back. Of one that does not rest it changes nothing."""
        await self._set(actor, key, None)

    async def _set(self, actor: Actor, key: Key, moment: datetime | None) -> None:
        if actor.role is not Role.OPERATOR or key.kind not in SUSPENDABLE:
            raise NotPermitted
        async with self.database.transaction() as tx:
            if key.kind is KeyKind.PERSON and not await tx.scalar(sa.select(sa.or_(*_known(key)))):
                return
            locked = await lock(tx, key, actor, self.clock())
            if (locked.suspended_at is None) == (moment is None):
                return
            await locked.put(suspended_at=moment)
            await locked.log("suspend" if moment else "reinstate")

    async def covers(self, *keys: Key) -> bool:
        """Whether one of these keys rests, or the workspace of one of them: then nothing is worked on for it."""
        named = {key.value for key in keys} | {Key.workspace(key.team).value for key in keys if key.team}
        columns = tables.keys.c
        query = sa.select(sa.exists().where(columns.value.in_(named), columns.suspended_at.is_not(None)))
        async with self.database.reading() as connection:
            return bool(await connection.scalar(query))

    async def overdue(self, grace: timedelta) -> tuple[Key, ...]:
        """What should have been erased by now, LATE included, and is still there: something stands in the way."""
        query = resting_since(self.clock() - grace - LATE)
        async with self.database.reading() as connection:
            return tuple(Key.parse(row.value) for row in await connection.execute(query))

    async def erase(self, actor: Actor, before: datetime) -> Erased:
        """Erase for good what has rested since before a moment.

        Each key is by itself: one that cannot be erased stops no other.
        """
        if actor.role is not Role.OPERATOR:
            raise NotPermitted
        async with self.database.reading() as connection:
            keys = [Key.parse(row.value) for row in await connection.execute(resting_since(before))]
        erased, failed = [], []
        for key in keys:
            try:
                if await self._erase(actor, key, before):
                    erased.append(key)
            except StorageFailed:
                failed.append(key)
        if erased:
            await self.database.scrub()
        return Erased(tuple(erased), tuple(failed))

    async def _erase(self, actor: Actor, key: Key, before: datetime) -> bool:
        """Whether it was erased: it may have been reinstated meanwhile."""
        columns = tables.keys.c
        rests = sa.exists().where(columns.value == key.value, columns.suspended_at < before)
        # The bulk of it first, some at once: all of a workspace's turns are more than one statement may take.
        await delete_in_batches(self.database, tables.turns, *erasure.turns_of(key), rests)
        try:
            async with self.database.transaction() as tx:
                await erasure.erase(tx, actor, key, self.clock(), verb="purge")  # after this its key is locked
                if not await tx.scalar(sa.select(rests)):
                    raise _Reinstated
                # A person or a workspace that comes back later begins anew.
                await tx.execute(sa.update(tables.keys).where(columns.value == key.value).values(suspended_at=None))
        except _Reinstated:
            return False
        return True


class _Reinstated(Exception):
    """Ends a transaction of which nothing must stay."""


def resting_since(before: datetime) -> sa.Select[str, datetime]:
    """Asks for the keys that have rested since before a moment, and since when."""
    columns = tables.keys.c
    query = sa.select(columns.value, columns.suspended_at).where(columns.suspended_at < before)
    return query.order_by(columns.value)


def _known(key: Key) -> tuple[sa.Exists, ...]:
    """Whether anything of a person is kept: their key, what they proposed, a conversation."""
    memories, turns = tables.memories.c, tables.turns.c
    return (
        sa.exists().where(tables.keys.c.value == key.value),
        sa.exists().where(memories.team == key.team, memories.created_by == key.value),
        sa.exists().where(turns.team == key.team, turns.user == key.subject),
    )
