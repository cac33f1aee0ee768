"""Whose Home tab shows what: which versions of a person's memories were published, so that a change is noticed.

A change from anywhere (a command, an admin, another replica) moves the version of its key. Whoever publishes a Home
claims its row first, so that of two replicas one does; a claim that is not given back is free again after LEASE.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from memory.clock import Clock, utc_now
from memory.database.batches import delete_in_batches
from memory.database.open import Database
from memory.database.tables import homes as table
from memory.database.tables import keys
from memory.models import Key

LEASE = timedelta(seconds=30)
NEVER = -1  # the version of what was not published yet

_own, _shared, _proposed = keys.alias("own"), keys.alias("shared"), keys.alias("proposed")
_joined = (
    table.outerjoin(_own, _own.c.value == table.c.key)
    .outerjoin(_shared, _shared.c.value == table.c.workspace)
    .outerjoin(_proposed, _proposed.c.value == table.c.workspace.concat(":proposals"))
)
_version = sa.func.coalesce(_own.c.version, 0)
# Versions only grow, so their sum moves when one of them does: what is proposed is in the Homes of admins.
_workspace_version = sa.func.coalesce(_shared.c.version, 0) + sa.func.coalesce(_proposed.c.version, 0)
_moved = sa.or_(table.c.version != _version, table.c.workspace_version != _workspace_version)


@dataclass(frozen=True, slots=True)
class Home:
    """A Home that is claimed, with the versions that there were then: what is published is at least as new."""

    key: Key
    version: int
    workspace_version: int
    failures: int
    claimed_until: datetime


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
        }
        again = {"version": NEVER, "opened_at": now}
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
        stale = _moved, table.c.not_before <= self.clock(), elsewhere
        async with self.database.reading() as connection:
            if not (await connection.execute(sa.select(table.c.key).select_from(_joined).where(*stale).limit(1))).all():
                return []
        async with self.database.transaction() as tx:
            return await self._claim(tx, limit, *stale)

    async def _claim(self, tx: Any, limit: int, *which: sa.ColumnElement[bool]) -> list[Home]:
        until = self.clock() + LEASE
        query = (
            sa.select(table, _version.label("now"), _workspace_version.label("workspace_now"))
            .select_from(_joined)
            .where(*which)
            .order_by(sa.case((table.c.version != _version, 0), else_=1), table.c.not_before, table.c.key)
            .limit(limit)
            .with_for_update(of=table, skip_locked=True)
        )
        rows = (await tx.execute(query)).all()
        claimed = sa.update(table).where(table.c.key.in_([row.key for row in rows]))
        await tx.execute(claimed.values(not_before=until))
        return [Home(Key.parse(row.key), row.now, row.workspace_now, row.failures, until) for row in rows]

    async def published(self, home: Home) -> None:
        """Give the claim back: this is what the Home shows now."""
        await self._set(
            home, version=home.version, workspace_version=home.workspace_version, failures=0, not_before=self.clock()
        )

    async def failed(self, home: Home, wait: timedelta) -> None:
        """Give the claim back, to be taken again after a while."""
        await self._set(home, failures=home.failures + 1, not_before=self.clock() + wait)

    async def dropped(self, home: Home) -> None:
        """Publish this Home no more, until somebody looks at it."""
        async with self.database.transaction() as tx:
            await tx.execute(sa.delete(table).where(table.c.key == home.key.value))

    async def forget_unopened(self, before: datetime) -> None:
        """Publish those no more that nobody has looked at since."""
        await delete_in_batches(self.database, table, table.c.opened_at < before)

    async def _set(self, home: Home, **values: Any) -> None:
        """Only while the claim is ours: another's must not be given back."""
        ours = table.c.key == home.key.value, table.c.not_before == home.claimed_until
        async with self.database.transaction() as tx:
            await tx.execute(sa.update(table).where(*ours).values(**values))
