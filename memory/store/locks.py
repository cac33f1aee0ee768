"""The lock of a key, and what is written under it: the only way in which memories are added, changed and removed.

Every change in a key first locks the key's row. So numbers are handed out once, the cap is exact, and two changes of
one key never meet half-way, on SQLite and on PostgreSQL alike.

On PostgreSQL two transactions that take locks in different orders wait for each other until one is ended by the server.
So there is one order, everywhere: events of the inbox by id, turns by event, keys by value, counters by subject,
memories by id, requests, notices, rows of the audit log by id, Homes by key, and last the head of a team's log. Who
changes many rows of one table locks them in that order before (`in_order` in memory/database/batches.py); what only
tidies up skips the rows that somebody holds, and so waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import tables
from memory.database.batches import batched
from memory.database.open import insert_of
from memory.database.rows import changed_row, to_row
from memory.errors import MemoryExists, MemoryLimitReached
from memory.models import JSON, Actor, Key, Memory
from memory.store import audit, duplicates, reading, requests
from memory.text.similar import Fingerprint

# Made once: they are part of every save.
ADDED = sa.insert(tables.memories)
COUNTED = (
    sa.update(tables.keys)
    .where(tables.keys.c.value == sa.bindparam("of"))
    .values(last_number=sa.bindparam("last"), memories=sa.bindparam("now"))
)


@dataclass(slots=True)
class Locked:
    """A key whose row this transaction has locked, as it stands, and what is changed under the lock.

    `actor` makes the change at the moment `now`: the rows of the audit log say so.
    """

    tx: AsyncConnection
    key: Key
    actor: Actor
    now: datetime
    last_number: int
    memories: int
    paused: bool
    suspended_at: datetime | None

    @property
    def next_number(self) -> int:
        return self.last_number + 1

    def refuse_full(self, most: int) -> None:
        """Raise MemoryLimitReached when the key holds so many memories."""
        if self.memories >= most:
            raise MemoryLimitReached(f"There is no room for another memory: {most:,} is the most. Delete one first.")

    async def make_way(self, text: str, fingerprint: Fingerprint, *, besides: str = "") -> bool:
        """Refuse a duplicate of the text; but one that has expired is deleted to make way.

        Returns whether another memory nearly says the same. Raises MemoryExists.
        """
        same, near = await duplicates.compare(self.tx, self.key, text, fingerprint, besides=besides)
        existing = await reading.by_id(self.tx, same) if same else None
        if existing is None:
            return near
        if not existing.expired(self.now):
            raise MemoryExists(existing)
        if besides:  # which will be changed after this one is gone
            await lock_memories(self.tx, (existing.id, besides))
        await self.remove([existing], verb="expire")
        return near

    async def insert(self, memory: Memory, fingerprint: Fingerprint, request: str | None) -> None:
        """Add a memory that bears the next number, and what asked for it."""
        await self.tx.execute(ADDED, to_row(memory, fingerprint))
        await self.count(memory.number, self.memories + 1)
        await requests.keep(self.tx, request, memory.id, self.now)

    async def adopt(self, memory: Memory, fingerprint: Fingerprint, before: Locked) -> None:
        """Move a memory here from a key that is locked too; it bears the next number here."""
        await self.save(memory, fingerprint)
        await self.count(memory.number, self.memories + 1)
        await before.count(before.last_number, before.memories - 1)

    async def save(self, memory: Memory, fingerprint: Fingerprint | None = None) -> None:
        """Change a memory's row. A fingerprint is given with a text that is new."""
        columns = tables.memories.c
        values = changed_row(memory, fingerprint)
        await self.tx.execute(sa.update(tables.memories).where(columns.id == memory.id).values(values))

    async def remove(self, memories: Sequence[Memory], *, verb: str, reason: str | None = None) -> None:
        """Delete memories for good, with their words in the log, where the verb stands for each."""
        await delete_memories(self.tx, [memory.id for memory in memories])
        await self.count(self.last_number, self.memories - len(memories))
        await audit.write(
            self.tx,
            *(audit.row(self.actor, self.now, verb, self.key, memory=each, reason=reason) for each in memories),
        )

    async def put(self, **values: Any) -> None:
        """Change other columns of the key's row."""
        await self.tx.execute(sa.update(tables.keys).where(tables.keys.c.value == self.key.value).values(**values))

    async def log(
        self,
        verb: str,
        memory: Memory | None = None,
        *,
        reason: str | None = None,
        before: JSON = None,
        after: JSON = None,
    ) -> None:
        """Write one row of the audit log."""
        row = audit.row(self.actor, self.now, verb, self.key, memory=memory, reason=reason, before=before, after=after)
        await audit.write(self.tx, row)

    async def count(self, last_number: int, memories: int) -> None:
        """Keep how many memories the key holds now, and the last number that it gave."""
        await self.tx.execute(COUNTED, {"of": self.key.value, "last": last_number, "now": memories})
        self.last_number, self.memories = last_number, memories


async def lock(tx: AsyncConnection, key: Key, actor: Actor, now: datetime) -> Locked:
    """Lock the key's row, making it when there is none, and say that the key is about to change."""
    row = (await tx.execute(_locking(insert_of(tx)), {"key": key.value})).one()
    return Locked(tx, key, actor, now, row.last_number, row.memories, row.paused, row.suspended_at)


@cache  # each change begins with it, and putting it together costs more than running it
def _locking(insert: Callable[..., Any]) -> Any:
    columns = tables.keys.c
    new = insert(tables.keys).values(value=sa.bindparam("key"), version=1)
    return new.on_conflict_do_update(index_elements=["value"], set_={"version": columns.version + 1}).returning(
        columns.last_number, columns.memories, columns.paused, columns.suspended_at
    )


async def lock_memories(tx: AsyncConnection, ids: Sequence[str]) -> None:
    """Lock some memories in the order of their ids: `count_applied`, too, locks them so, without their key's lock."""
    columns = tables.memories.c
    await tx.execute(sa.select(columns.id).where(columns.id.in_(ids)).order_by(columns.id).with_for_update())


async def delete_memories(tx: AsyncConnection, ids: Sequence[str]) -> None:
    """Delete memories of locked keys, and their words in the audit log."""
    for some in batched(ids):
        await tx.execute(sa.delete(tables.memories).where(tables.memories.c.id.in_(some)))
    await audit.erase(tx, ids)
