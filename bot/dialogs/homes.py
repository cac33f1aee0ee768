"""Whose Home tab shows what: which versions of a person's memories were published, so that a change is noticed.

A change from anywhere (a command, an admin, another replica) marks the Homes that show it as stale, in its own
transaction (memory/store/stale.py). Whoever publishes a Home claims its row first, so that of two replicas one does; a
claim that is not given back is free again after LEASE.

A change may be made while a Home is being published. So whoever has published locks the keys that it shows, as a change
does, and compares their versions with those of before: it is true only if none has moved. The lock is what makes this
certain: a change that is not committed yet is waited for, one that comes later finds a Home that it can mark.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.clock import Clock, utc_now
from memory.database.batches import delete_in_batches
from memory.database.open import Database
from memory.database.tables import homes as table
from memory.database.tables import keys
from memory.models import Key
from memory.store.stale import NEVER

LEASE = timedelta(seconds=30)
# As the partial index says it: SQLite finds the index by the same words.
STALE = sa.text("homes.stale")


@dataclass(frozen=True, slots=True)
class Home:
    """A Home that is claimed, with the versions that its keys had then: what is published is at least as new."""

    key: Key
    versions: Mapping[str, int]
    failures: int
    claimed_until: datetime

    @property
    def workspace(self) -> Key:
        return Key.workspace(self.key.team)

    @property
    def proposals(self) -> Key:
        return Key.proposals(self.key.team)

    def version(self, *of: Key) -> int:
        """The version of a key, or of several: versions only grow, so their sum moves when one of them does."""
        return sum(self.versions.get(key.value, 0) for key in of)


@dataclass(frozen=True, slots=True)
class Homes:
    """Keeps what was published. Every method may raise StorageFailed."""

    database: Database
    clock: Clock = utc_now

    async def opened(self, key: Key) -> Home | None:
        """Note that somebody looks at their Home, and claim it; None while somebody else is publishing it."""
        now = self.clock()
        values: dict[str, Any] = {
            "key": key.value,
            "workspace": Key.workspace(key.team).value,
            "version": NEVER,
            "workspace_version": NEVER,
            "not_before": now,
            "opened_at": now,
            "stale": True,
        }
        again = {"version": NEVER, "opened_at": now, "stale": True}
        statement = self.database.insert(table).values(values)
        async with self.database.transaction() as tx:
            await tx.execute(statement.on_conflict_do_update(index_elements=["key"], set_=again))
            # Whoever waits to try again after a failure need not wait for somebody who looks.
            free = sa.or_(table.c.not_before <= now, table.c.failures > 0)
            return next(iter(await self._claim(tx, 1, table.c.key == key.value, free)), None)

    async def due(self, limit: int, *, besides: Collection[Key] = ()) -> list[Home]:
        """Claim some Homes that do not show how it is now, those whose person changed something first.

        None of the workspaces `besides`.
        """
        elsewhere = table.c.workspace.not_in([key.value for key in besides])
        due = STALE, table.c.not_before <= self.clock(), elsewhere
        async with self.database.reading() as connection:  # cheap: looking in vain reads one index and writes nothing
            if await connection.scalar(sa.select(table.c.key).where(*due).limit(1)) is None:
                return []
        async with self.database.transaction() as tx:
            return await self._claim(tx, limit, *due)

    async def _claim(
        self, tx: AsyncConnection, limit: int, *which: sa.ColumnElement[bool] | sa.TextClause
    ) -> list[Home]:
        until = self.clock() + LEASE
        query = (
            sa.select(table.c.key, table.c.failures)
            .where(*which)
            .order_by(sa.case((table.c.version == NEVER, 0), else_=1), table.c.not_before, table.c.key)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = {Key.parse(row.key): row.failures for row in await tx.execute(query)}
        claimed = sa.update(table).where(table.c.key.in_([key.value for key in rows]))
        await tx.execute(claimed.values(not_before=until))
        shown = [key.value for person in rows for key in _shown(person, admin=True)]
        found = await tx.execute(sa.select(keys.c.value, keys.c.version).where(keys.c.value.in_(shown)))
        versions = {row.value: row.version for row in found}
        return [Home(person, versions, failures, until) for person, failures in rows.items()]

    async def published(self, home: Home, *, admin: bool) -> None:
        """Give the claim back: this is what the Home shows now, to an admin or to somebody else.

        It stays stale when something that it shows was changed meanwhile.
        """
        shown = _shown(home.key, admin=admin)
        values: dict[str, Any] = {"admin": admin, "failures": 0, "not_before": self.clock()}
        async with self.database.transaction() as tx:
            now = await self._locked(tx, shown)
            if all(now[key.value] == home.version(key) for key in shown):
                values |= {"stale": False, "version": home.version(home.key)}
                # Of everybody's Home: the release before this one compares this sum.
                values["workspace_version"] = home.version(home.workspace, home.proposals)
            await tx.execute(_ours(home).values(values))

    async def _locked(self, tx: AsyncConnection, which: Sequence[Key]) -> dict[str, int]:
        """Lock these keys against changes, also one that was never changed, and return their versions."""
        values = [key.value for key in which]
        new = self.database.insert(keys).values([{"value": value} for value in values])
        await tx.execute(new.on_conflict_do_nothing())
        query = sa.select(keys.c.value, keys.c.version).where(keys.c.value.in_(values)).order_by(keys.c.value)
        return {row.value: row.version for row in await tx.execute(query.with_for_update(read=True))}

    async def failed(self, home: Home, wait: timedelta) -> None:
        """Give the claim back, to be taken again after a while."""
        async with self.database.transaction() as tx:
            await tx.execute(_ours(home).values(failures=home.failures + 1, not_before=self.clock() + wait))

    async def dropped(self, home: Home) -> None:
        """Publish this Home no more, until somebody looks at it."""
        async with self.database.transaction() as tx:
            await tx.execute(sa.delete(table).where(table.c.key == home.key.value))

    async def forget_unopened(self, before: datetime) -> None:
        """Publish those no more that nobody has looked at since."""
        await delete_in_batches(self.database, table, table.c.opened_at < before)


def _shown(person: Key, *, admin: bool) -> tuple[Key, ...]:
    """The keys of which a Home shows something: what `memory.store.stale` marks it for."""
    own = person, Key.workspace(person.team)
    return (*own, Key.proposals(person.team)) if admin else own


def _ours(home: Home) -> sa.Update:
    """Changes a Home only while the claim is ours: another's must not be given back."""
    return sa.update(table).where(table.c.key == home.key.value, table.c.not_before == home.claimed_until)
