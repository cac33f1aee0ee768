"""What every verb of the store stands on: the lock of a key, and one row read, written or deleted under it.

Every change in a key first locks the key's row. So numbers are handed out once, the cap is exact, and two changes of
one key never meet half-way, on SQLite and on PostgreSQL alike. Who needs several keys locks them in the order of their
values; the head of the audit log is locked after all keys.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory import policy
from memory.database import tables
from memory.database.open import Database
from memory.database.rows import from_row, is_id, to_row
from memory.errors import MemoryExists, MemoryLimitReached, MemoryNotFound, MemoryPaused, SecretSeen
from memory.models import Actor, Key, Memory
from memory.store import audit
from memory.store.rates import UNLIMITED, Rates
from memory.text.clean import clean_reason, digest
from memory.text.flags import FLAGS, alike, flags, minhashes
from memory.text.secrets import secret_kind

COMPARED = 5  # of the memories that share a MinHash with a text, the newest so many are compared with it


def _compare() -> sa.CompoundSelect[Any]:
    """Asks for the memory with a digest, and for the newest that share a MinHash; each part is one look into an index.

    Made once: putting it together costs more than its answer.
    """
    memories = tables.memories
    within = (memories.c.key == sa.bindparam("key"), memories.c.id != sa.bindparam("besides"))
    read = sa.select(memories.c.id, memories.c.digest, memories.c.text)
    same = read.where(*within, memories.c.digest == sa.bindparam("digest"))
    near = (
        read.where(*within, memories.c[name] == sa.bindparam(name))
        .order_by(memories.c.number.desc())
        .limit(sa.literal(COMPARED, literal_execute=True))
        for name in tables.MINHASHES
    )
    return sa.union_all(*(sa.select(each.subquery()) for each in (same, *near)))


COMPARE = _compare()


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator decided: memories per key, whether admins read private texts without a reason, and how often
    something may be saved and asked."""

    per_key: int = 1000
    full_review: bool = False
    saves: Rates = UNLIMITED
    answers: Rates = UNLIMITED


class Keeper:
    """The database, the limits and the clock, and what is done to one row."""

    def __init__(
        self,
        database: Database,
        limits: Limits | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._limits = limits or Limits()
        self._now = clock
        # Made once for this database: each change begins with it.
        new = database.insert(tables.keys).values(value=sa.bindparam("key"), version=1)
        self._locking = new.on_conflict_do_update(
            index_elements=["value"], set_={"version": tables.keys.c.version + 1}
        ).returning(tables.keys)

    # ------------------------------------------------------------------------------------------------- keys

    async def _lock(self, tx: AsyncConnection, key: Key) -> Any:
        """Lock the key's row, making it when there is none, and say that the key is about to change."""
        return (await tx.execute(self._locking, {"key": key.value})).one()

    async def _set_key(self, tx: AsyncConnection, key: Key, **values: Any) -> None:
        await tx.execute(sa.update(tables.keys).where(tables.keys.c.value == key.value).values(**values))

    def _refuse_full(self, memories: int) -> None:
        if memories >= self._limits.per_key:
            raise MemoryLimitReached(
                f"There is no room for another memory: {self._limits.per_key:,} is the most. Delete one first."
            )

    async def _is_paused(self, connection: AsyncConnection, key: Key) -> bool:
        columns = tables.keys.c
        return bool(await connection.scalar(sa.select(columns.paused).where(columns.value == key.value)))

    async def _refuse_paused(self, tx: AsyncConnection, actor: Actor) -> None:
        if actor.user and await self._is_paused(tx, Key.person(actor.team, actor.user)):
            raise MemoryPaused

    # ------------------------------------------------------------------------------------------ one memory

    async def _first(self, connection: AsyncConnection, *where: sa.ColumnElement[bool]) -> Memory | None:
        row = (await connection.execute(sa.select(tables.memories).where(*where))).first()
        return from_row(row) if row else None

    async def _load(self, connection: AsyncConnection, *where: sa.ColumnElement[bool]) -> Memory:
        memory = await self._first(connection, *where)
        if memory is None:
            raise MemoryNotFound
        return memory

    async def _readable(self, connection: AsyncConnection, actor: Actor, memory_id: str) -> Memory:
        if not is_id(memory_id):
            raise MemoryNotFound
        memory = await self._load(connection, tables.memories.c.id == memory_id)
        if not policy.may_know(actor, memory):
            raise MemoryNotFound
        return memory

    async def _locked(self, tx: AsyncConnection, actor: Actor, memory_id: str) -> Memory:
        """The memory, read again under its key's lock."""
        memory = await self._readable(tx, actor, memory_id)
        await self._lock(tx, memory.key)
        again = await self._readable(tx, actor, memory_id)
        if again.key != memory.key:  # a proposal that was approved meanwhile: its new key is not locked
            raise MemoryNotFound
        return again

    async def _save(self, tx: AsyncConnection, memory: Memory) -> None:
        values = to_row(memory)
        counted = {"times_applied", "last_applied_at"}  # move by themselves, without the key's lock
        values = {name: value for name, value in values.items() if name not in counted}
        await tx.execute(sa.update(tables.memories).where(tables.memories.c.id == memory.id).values(values))

    async def _remove(
        self, tx: AsyncConnection, actor: Actor, memories: Sequence[Memory], *, verb: str, reason: str | None
    ) -> None:
        """Delete memories of one locked key."""
        key, ids = memories[0].key, [memory.id for memory in memories]
        now = self._now()
        for some in (ids[start : start + 500] for start in range(0, len(ids), 500)):
            await tx.execute(sa.delete(tables.memories).where(tables.memories.c.id.in_(some)))
            await audit.erase(tx, some)
        await self._set_key(tx, key, memories=tables.keys.c.memories - len(memories))
        await audit.write(tx, *(audit.row(actor, now, verb, key, memory=each, reason=reason) for each in memories))

    async def _compare(
        self, tx: AsyncConnection, key: Key, text: str, *, besides: str = ""
    ) -> tuple[Memory | None, tuple[str, ...]]:
        """The memory of a key that says the same as the text, `besides` the one of that id; and the text's flags."""
        own_digest = digest(text)
        hashes = dict(zip(tables.MINHASHES, minhashes(text), strict=True))
        asked = {"key": key.value, "besides": besides, "digest": own_digest} | hashes
        rows = {row.id: row for row in await tx.execute(COMPARE, asked)}
        same = [row.id for row in rows.values() if row.digest == own_digest]
        existing = await self._first(tx, tables.memories.c.id == same[0]) if same else None
        duplicate = any(alike(text, row.text) for row in rows.values() if row.digest != own_digest)
        return existing, (*flags(text), *(FLAGS[-1:] if duplicate else ()))

    async def _make_way(
        self, tx: AsyncConnection, actor: Actor, key: Key, text: str, now: datetime, *, besides: str = ""
    ) -> tuple[int, tuple[str, ...]]:
        """Refuse a duplicate of the text in a locked key; but one that has expired is deleted to make way.

        Returns how many were deleted, and the text's flags.
        """
        existing, flagged = await self._compare(tx, key, text, besides=besides)
        if existing is None:
            return 0, flagged
        if not existing.expired(now):
            raise MemoryExists(existing)
        await self._remove(tx, actor, [existing], verb="expire", reason=None)
        return 1, flagged

    def _shown(self, actor: Actor, memory: Memory) -> Memory:
        """The memory as the actor may see it: without its words where they take a reason."""
        if policy.sees_text(actor, memory, full_review=self._limits.full_review):
            return memory
        return dataclasses.replace(memory, text="", tags=(), metadata=None)


def refuse_secret(*texts: str) -> None:
    """Raise SecretSeen when one of the texts looks like a secret."""
    for text in texts:
        if kind := secret_kind(text):
            raise SecretSeen(kind)


def checked_reason(reason: str | None) -> str | None:
    """The reason as the log keeps it. Raises SecretSeen."""
    refuse_secret(reason or "")
    return clean_reason(reason)
