"""MemoryStore: keeps memories. Each call is one transaction, with its audit row in it.

Every change in a key first locks the key's row. So numbers are handed out once, the cap is exact, and two changes of
one key never meet half-way, on SQLite and on PostgreSQL alike.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory import audit, policy, rates, tables
from memory.database import Database
from memory.errors import (
    MemoryConflict,
    MemoryExists,
    MemoryInvalid,
    MemoryLimitReached,
    MemoryNotFound,
    MemoryPaused,
    NotPermitted,
    ReasonRequired,
    SecretSeen,
)
from memory.models import (
    UNSET,
    Actor,
    AuditEntry,
    Changes,
    Filter,
    Key,
    KeyKind,
    Memory,
    NewMemory,
    Page,
    Role,
    State,
    Visibility,
)
from memory.rates import UNLIMITED, Rates
from memory.rows import from_row, is_id, new_memory, to_row
from memory.secrets import secret_kind
from memory.text import clean_metadata, clean_reason, clean_tag, clean_tags, clean_text, clean_type, digest, matches

EVERY = Filter()
PRIORITIES = range(-1000, 1001)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator decided: memories per key, whether admins read private texts without a reason, and how often
    something may be saved."""

    per_key: int = 1000
    full_review: bool = False
    saves: Rates = UNLIMITED


class MemoryStore:
    """Keeps memories in a database. Every method may raise StorageFailed."""

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

    # ------------------------------------------------------------------------------------------------- create

    async def create(self, actor: Actor, new: NewMemory, *, request_id: str | None = None) -> Memory:
        """Keep a memory and return it.

        A `request_id` repeated for the same key returns what the first call made (MemoryNotFound if deleted since).
        Raises MemoryInvalid, SecretSeen, MemoryExists, MemoryLimitReached, TooOften, MemoryPaused or NotPermitted.
        """
        if not policy.may_create(actor, new.key):
            raise NotPermitted
        new = _clean(new)
        async with self._database.transaction() as tx:
            key = await self._lock(tx, new.key)
            # A request belongs to its key: the same id from somebody else must not show them this one's memory.
            request = f"{new.key} {request_id}" if request_id else None
            if request and (earlier := await self._made_by(tx, request)):
                return earlier
            if not policy.owns(actor, new.key):
                await self._refuse_paused(tx, actor)
            elif key.paused:
                raise MemoryPaused
            now = self._now()
            memories = key.memories - await self._make_way(tx, actor, new.key, new.text, now)
            if memories >= self._limits.per_key:
                raise MemoryLimitReached(
                    f"There is no room for another memory: {self._limits.per_key:,} is the most. Delete one first."
                )
            await rates.count(
                tx, self._database.insert, "saves", self._limits.saves, team=actor.team, user=actor.user, now=now
            )
            memory = new_memory(new, number=key.last_number + 1, actor=actor, now=now)
            await tx.execute(sa.insert(tables.memories).values(to_row(memory)))
            await self._set_key(tx, new.key, last_number=memory.number, memories=memories + 1)
            await audit.write(tx, audit.row(actor, now, "create", new.key, memory=memory, after=audit.recorded(memory)))
            if request:
                await tx.execute(sa.insert(tables.requests).values(id=request, memory_id=memory.id, created_at=now))
        return memory

    async def _made_by(self, tx: AsyncConnection, request: str) -> Memory | None:
        requests = tables.requests.c
        memory_id = await tx.scalar(sa.select(requests.memory_id).where(requests.id == request))
        return await self._load(tx, tables.memories.c.id == memory_id) if memory_id else None

    async def _make_way(
        self, tx: AsyncConnection, actor: Actor, key: Key, text: str, now: datetime, *, besides: str = ""
    ) -> int:
        """Refuse a duplicate of the text, `besides` the memory of that id; but one that has expired is deleted to make
        way. Returns how many were deleted."""
        columns = tables.memories.c
        same = (columns.key == key.value, columns.digest == digest(text), columns.id != besides)
        existing = await self._first(tx, *same)
        if existing is None:
            return 0
        if not existing.expired(now):
            raise MemoryExists(existing)
        await self._remove(tx, actor, [existing], verb="expire", reason=None)
        return 1

    # ---------------------------------------------------------------------------------------------- get, find

    async def get(self, actor: Actor, memory_id: str, *, reason: str | None = None) -> Memory:
        """Return one memory. Raises MemoryNotFound, also for one the actor may not know of.

        An admin reading another person's private text gives a reason, which is audited; without it ReasonRequired.
        """
        async with self._database.reading() as connection:
            memory = await self._readable(connection, actor, memory_id)
        if policy.sees_text(actor, memory, full_review=self._limits.full_review):
            return memory
        reason = _clean_reason(reason)
        if reason is None:
            raise ReasonRequired
        async with self._database.transaction() as tx:
            memory = await self._readable(tx, actor, memory_id)
            seen = audit.row(actor, self._now(), "read", memory.key, memory=memory, reason=reason)
            await audit.write(tx, seen)
        return memory

    async def look(self, actor: Actor, memory_id: str) -> Memory:
        """Return one memory as a list shows it: without its words where they take a reason. Raises MemoryNotFound."""
        async with self._database.reading() as connection:
            return self._shown(actor, await self._readable(connection, actor, memory_id))

    async def look_at(self, actor: Actor, memory_ids: Sequence[str]) -> dict[str, Memory]:
        """Return those of these memories, by id, that the actor may know of, each as a list shows it."""
        columns = tables.memories.c
        query = sa.select(tables.memories).where(columns.id.in_([each for each in memory_ids if is_id(each)]))
        async with self._database.reading() as connection:
            memories = [from_row(row) for row in await connection.execute(query)]
        return {each.id: self._shown(actor, each) for each in memories if policy.may_read(actor, each.key)}

    async def anything_from(self, team: str, channel: str, message_ts: str) -> bool:
        """Whether any memory of this workspace was made from this message."""
        columns = tables.memories.c
        where = (columns.source_channel_id == channel, columns.source_message_ts == message_ts, columns.team == team)
        async with self._database.reading() as connection:
            return bool(await connection.scalar(sa.select(sa.exists().where(*where))))

    async def made_from(self, actor: Actor, channel: str, message_ts: str) -> tuple[Memory, ...]:
        """Return the memories that the actor made from this message and may still change, in their order."""
        async with self._database.reading() as connection:
            rows = await connection.execute(_made_from(actor, channel, message_ts))
            memories = [from_row(row) for row in rows]
        return tuple(each for each in memories if policy.may_delete(actor, each))

    async def get_number(self, actor: Actor, key: Key, number: int) -> Memory:
        """Return the memory with this number in the key. Raises MemoryNotFound, as `get` does."""
        columns = tables.memories.c
        async with self._database.reading() as connection:
            found = await self._first(connection, columns.key == key.value, columns.number == number)
        if found is None or not policy.may_read(actor, key):
            raise MemoryNotFound
        return self._shown(actor, found)

    async def find(
        self, actor: Actor, key: Key, which: Filter = EVERY, *, offset: int = 0, limit: int | None = None
    ) -> Page:
        """Return the key's memories in the order of recall; `total` counts all that match. Never counts as applied."""
        if not policy.may_read(actor, key):
            raise NotPermitted
        return await self._page(actor, tables.memories.c.key == key.value, which, offset, limit)

    async def review(
        self, actor: Actor, team: str, which: Filter = EVERY, *, offset: int = 0, limit: int | None = None
    ) -> Page:
        """Return the memories of all keys of a workspace. A text that takes a reason comes back empty, and `words`
        never match it: a search must not be a way around the reason."""
        if not policy.may_review(actor, team):
            raise NotPermitted("Only admins of this workspace may do that.")
        return await self._page(actor, tables.memories.c.team == team, which, offset, limit)

    async def _page(
        self, actor: Actor, where: sa.ColumnElement[bool], which: Filter, offset: int, limit: int | None
    ) -> Page:
        query = sa.select(tables.memories).where(where, *_in_state(which.state, self._now()))
        query = query.order_by(*RECALL_ORDER, tables.memories.c.id)  # the same order on every page, across keys too
        tag = clean_tag(which.tag) if which.tag else None
        async with self._database.reading() as connection:
            if not (tag or which.words.strip()):
                total = await connection.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery()))
                rows = await connection.execute(query.offset(offset).limit(limit))
                return Page(tuple(self._shown(actor, from_row(row)) for row in rows), total or 0)
            # One key is searched, or by an admin one workspace: looking at each row is exact, and the same everywhere.
            found = []
            async for row in await connection.stream(query):
                memory = self._shown(actor, from_row(row))
                if (not tag or tag in memory.tags) and matches(which.words, memory.text, *memory.tags):
                    found.append(memory)
        return Page(tuple(found[offset : None if limit is None else offset + limit]), len(found))

    async def export(self, actor: Actor, key: Key) -> AsyncIterator[Memory]:
        """Yield all memories of a key in the order of their numbers."""
        for memory in sorted((await self.find(actor, key)).memories, key=lambda memory: memory.number):
            yield memory

    # ------------------------------------------------------------------------------------------ update, delete

    async def update(
        self,
        actor: Actor,
        memory_id: str,
        changes: Changes,
        *,
        expected_revision: int | None = None,
        reason: str | None = None,
    ) -> Memory:
        """Change a memory and return its new revision; changes that change nothing return it as it is.

        Raises MemoryConflict when `expected_revision` is stale, MemoryNotFound, NotPermitted, MemoryPaused, and what
        `create` raises for a text.
        """
        wanted, reason = _clean_changes(changes), _clean_reason(reason)
        async with self._database.transaction() as tx:
            memory = await self._locked(tx, actor, memory_id)
            if not policy.may_change(actor, memory, changes):
                raise NotPermitted
            if expected_revision is not None and expected_revision != memory.revision:
                raise MemoryConflict
            changed = dataclasses.replace(memory, **wanted)
            if changed.visibility == "private" and _is_shared(memory.key):
                raise MemoryInvalid("A shared memory is open to everybody there; it cannot be private.")
            if changed == memory:
                return self._shown(actor, memory)
            if wanted != {"disabled": True}:  # taking away is always possible
                await self._refuse_paused(tx, actor)
            now = self._now()
            if "text" in wanted:
                await self._make_way(tx, actor, memory.key, changed.text, now, besides=memory.id)
            changed = dataclasses.replace(changed, revision=memory.revision + 1, updated_at=now, updated_by=actor.id)
            await self._save(tx, changed)
            before, after = audit.difference(memory, changed)
            verb = _verb(after)
            await audit.write(
                tx, audit.row(actor, now, verb, memory.key, memory=memory, reason=reason, before=before, after=after)
            )
        return self._shown(actor, changed)

    async def delete(self, actor: Actor, memory_id: str, *, reason: str | None = None) -> Memory:
        """Delete a memory for good, its words in the audit log too, and return what it was.

        Raises MemoryNotFound or NotPermitted.
        """
        reason = _clean_reason(reason)
        async with self._database.transaction() as tx:
            memory = await self._locked(tx, actor, memory_id)
            if not policy.may_delete(actor, memory):
                raise NotPermitted
            await self._remove(tx, actor, [memory], verb="delete", reason=reason)
        await self._database.scrub()
        return self._shown(actor, memory)

    async def delete_all(self, actor: Actor, key: Key) -> int:
        """Delete every memory of a key for good and return how many there were. Only its owner and the operator may."""
        if not policy.may_empty(actor, key):
            raise NotPermitted
        columns = tables.memories.c
        # Locked in the order of ids, as `count_applied` does: the two must not lock the rows crosswise.
        query = sa.select(tables.memories).where(columns.key == key.value).order_by(columns.id).with_for_update()
        async with self._database.transaction() as tx:
            await self._lock(tx, key)
            rows = await tx.execute(query)
            memories = [from_row(row) for row in rows]
            if memories:
                await self._remove(tx, actor, memories, verb="delete", reason="forget-all")
        await self._database.scrub()
        return len(memories)

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

    # ------------------------------------------------------------------------------------------ pause, audit

    async def pause(self, actor: Actor, key: Key, *, paused: bool) -> None:
        """Switch a person's memory off or on: while it is off nothing is recalled and nothing is kept."""
        if not (policy.may_empty(actor, key) and key.kind is KeyKind.PERSON):
            raise NotPermitted
        async with self._database.transaction() as tx:
            if (await self._lock(tx, key)).paused == paused:
                return
            await self._set_key(tx, key, paused=paused)
            await audit.write(tx, audit.row(actor, self._now(), "pause" if paused else "resume", key))

    async def paused(self, key: Key) -> bool:
        """Whether this person has switched memory off."""
        async with self._database.reading() as connection:
            return await self._is_paused(connection, key)

    async def audit_log(
        self, actor: Actor, *, team: str | None = None, key: Key | None = None, offset: int = 0, limit: int = 50
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries of the log: a workspace's for its admins, one key's for whoever may read it."""
        log = tables.audit.c
        allowed = policy.may_read(actor, key) if key else team is not None and policy.may_review(actor, team)
        if not allowed:
            raise NotPermitted("Only admins of this workspace may do that.")
        where = log.key == key.value if key else log.team == team
        query = sa.select(tables.audit).where(where).order_by(log.id.desc()).offset(offset).limit(limit)
        full = self._limits.full_review or actor.role is Role.OPERATOR
        own = Key.person(actor.team, actor.user) if actor.user else None
        async with self._database.reading() as connection:
            return tuple(audit.entry(row, full_review=full, own=own) for row in await connection.execute(query))

    # ---------------------------------------------------------------------------------------------- applied

    async def count_applied(self, tx: AsyncConnection, times: Mapping[str, tuple[int, datetime]]) -> None:
        """Add to `times_applied` in the caller's transaction: id → (how often, when last). Skips unknown ids."""
        columns = tables.memories.c
        later = sa.bindparam("moment", type_=columns.last_applied_at.type)
        latest = sa.case(
            (sa.or_(columns.last_applied_at.is_(None), columns.last_applied_at < later), later),
            else_=columns.last_applied_at,
        )
        statement = (
            sa.update(tables.memories)
            .where(columns.id == sa.bindparam("memory"))
            .values(times_applied=columns.times_applied + sa.bindparam("times"), last_applied_at=latest)
        )
        # In the order of ids: two replicas that count the same memories must not lock them crosswise.
        rows = [{"memory": each, "times": count, "moment": last} for each, (count, last) in sorted(times.items())]
        if rows:
            await tx.execute(statement, rows)

    async def forget_requests(self, before: datetime) -> None:
        """Delete what is known of requests from before a moment: after it, such a request would be a new one."""
        async with self._database.transaction() as tx:
            await tx.execute(rates.forget(self._now()))
            await tx.execute(sa.delete(tables.requests).where(tables.requests.c.created_at < before))

    # -------------------------------------------------------------------------------------------- one row each

    async def _lock(self, tx: AsyncConnection, key: Key) -> Any:
        """Lock the key's row, making it when there is none, and say that the key is about to change."""
        statement = self._database.insert(tables.keys).values(value=key.value, version=1)
        return (
            await tx.execute(
                statement.on_conflict_do_update(
                    index_elements=["value"], set_={"version": tables.keys.c.version + 1}
                ).returning(tables.keys)
            )
        ).one()

    async def _set_key(self, tx: AsyncConnection, key: Key, **values: Any) -> None:
        await tx.execute(sa.update(tables.keys).where(tables.keys.c.value == key.value).values(**values))

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
        if not policy.may_read(actor, memory.key):
            raise MemoryNotFound
        return memory

    async def _locked(self, tx: AsyncConnection, actor: Actor, memory_id: str) -> Memory:
        """The memory, read again under its key's lock."""
        memory = await self._readable(tx, actor, memory_id)
        await self._lock(tx, memory.key)
        return await self._readable(tx, actor, memory_id)

    async def _save(self, tx: AsyncConnection, memory: Memory) -> None:
        values = to_row(memory)
        counted = {"times_applied", "last_applied_at"}  # move by themselves, without the key's lock
        values = {name: value for name, value in values.items() if name not in counted}
        await tx.execute(sa.update(tables.memories).where(tables.memories.c.id == memory.id).values(values))

    async def _is_paused(self, connection: AsyncConnection, key: Key) -> bool:
        columns = tables.keys.c
        return bool(await connection.scalar(sa.select(columns.paused).where(columns.value == key.value)))

    async def _refuse_paused(self, tx: AsyncConnection, actor: Actor) -> None:
        if actor.user and await self._is_paused(tx, Key.person(actor.team, actor.user)):
            raise MemoryPaused

    def _shown(self, actor: Actor, memory: Memory) -> Memory:
        """The memory as the actor may see it: without its words where they take a reason."""
        if policy.sees_text(actor, memory, full_review=self._limits.full_review):
            return memory
        return dataclasses.replace(memory, text="", tags=(), metadata=None)


RECALL_ORDER = (
    tables.memories.c.pinned.desc(),
    tables.memories.c.priority.desc(),
    tables.memories.c.created_at.desc(),
    tables.memories.c.number.desc(),
)


def _in_state(state: State, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    columns = tables.memories.c
    expired = sa.and_(columns.expires_at.is_not(None), columns.expires_at <= now)
    off = sa.or_(columns.disabled, expired)
    return {"all": (), "on": (sa.not_(off),), "off": (off,)}[state]


def _clean(new: NewMemory) -> NewMemory:
    cleaned = _clean_fields({name: getattr(new, name) for name in CLEANERS})
    if _is_shared(new.key):
        cleaned["visibility"] = "open"
    return dataclasses.replace(new, **cleaned)


def _made_from(actor: Actor, channel: str, message_ts: str) -> sa.Select[Any]:
    columns = tables.memories.c
    return (
        sa.select(tables.memories)
        .where(columns.source_channel_id == channel, columns.source_message_ts == message_ts)
        .where(columns.team == actor.team, columns.created_by == actor.id)
        .order_by(columns.created_at, columns.key, columns.number)
    )


def _is_shared(key: Key) -> bool:
    return key.kind in {KeyKind.WORKSPACE, KeyKind.CHANNEL}


def _clean_changes(changes: Changes) -> dict[str, Any]:
    wanted = {name: getattr(changes, name) for name in Changes.__slots__ if getattr(changes, name) is not UNSET}
    return _clean_fields(wanted)


def _clean_fields(values: dict[str, Any]) -> dict[str, Any]:
    # Secrets first: of one that is also too long, its owner should hear that it is one.
    tags = tuple(f"#{tag}" for tag in values.get("tags", ()))
    _refuse_secret(" ".join((values.get("text", ""), *tags)), *tags)
    cleaned = {name: CLEANERS[name](value) if name in CLEANERS else value for name, value in values.items()}
    _refuse_secret(json.dumps(cleaned.get("metadata"), ensure_ascii=False))
    return cleaned


def _clean_reason(reason: str | None) -> str | None:
    _refuse_secret(reason or "")
    return clean_reason(reason)


def _clean_visibility(visibility: Visibility) -> Visibility:
    if visibility not in {"private", "open"}:
        raise MemoryInvalid("A memory is private or open.")
    return visibility


def _clean_moment(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _clean_priority(priority: int) -> int:
    if priority not in PRIORITIES:
        raise MemoryInvalid(f"A priority is a whole number from {PRIORITIES[0]} to {PRIORITIES[-1]}.")
    return priority


CLEANERS: Mapping[str, Callable[[Any], Any]] = {
    "text": clean_text,
    "visibility": _clean_visibility,
    "type": clean_type,
    "tags": clean_tags,
    "priority": _clean_priority,
    "metadata": clean_metadata,
    "expires_at": _clean_moment,
}


def _refuse_secret(*texts: str) -> None:
    for text in texts:
        if kind := secret_kind(text):
            raise SecretSeen(kind)


def _verb(after: Mapping[str, Any]) -> str:
    return {True: "disable", False: "enable"}[after["disabled"]] if set(after) == {"disabled"} else "update"
