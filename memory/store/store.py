"""MemoryStore: keeps memories. Each call is one transaction, with its audit row in it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory import policy
from memory.clock import Clock, utc_now
from memory.database import tables
from memory.database.batches import delete_in_batches
from memory.database.open import Database
from memory.database.rows import from_row, is_id, new_memory
from memory.errors import MemoryConflict, MemoryInvalid, MemoryNotFound, MemoryPaused, NotPermitted, ReasonRequired
from memory.models import (
    JSON,
    Actor,
    Changes,
    Filter,
    Key,
    KeyKind,
    Memory,
    NewMemory,
    Page,
    State,
)
from memory.store import audit, duplicates, erasure, notices, rates, reading, requests
from memory.store.audit import AuditLog
from memory.store.checks import SHARED, checked_changes, checked_memory, checked_reason
from memory.store.limits import Limits
from memory.store.locks import Locked, lock
from memory.store.proposals import Proposals
from memory.store.suspension import Suspension
from memory.text.clean import clean_tag, matches
from memory.text.similar import Fingerprint

EVERY = Filter()


class MemoryStore:
    """Keeps memories in a database. Every method may raise StorageFailed.

    `proposals` has the verbs for what waits for an admin, `suspension` those for who left, `audit` reads the log.
    """

    def __init__(self, database: Database, limits: Limits | None = None, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._limits = limits or Limits()
        self._now = clock
        self.proposals = Proposals(database, self._limits, clock)
        self.suspension = Suspension(database, clock)
        self.audit = AuditLog(database, self._limits.full_review)

    # ------------------------------------------------------------------------------------------------- create

    async def create(self, actor: Actor, new: NewMemory, *, request_id: str | None = None) -> Memory:
        """Keep a memory and return it. What a member says for the workspace is kept as a proposal (`memory.proposed`).

        A `request_id` repeated for the same key returns what the first call made (MemoryNotFound if deleted since).
        Raises MemoryInvalid, SecretSeen, MemoryExists, MemoryLimitReached, TooOften, MemoryPaused or NotPermitted.
        """
        asked = new.key
        new = checked_memory(dataclasses.replace(new, key=_place(actor, asked)))
        # A request belongs to its key: the same id from somebody else must not show them this one's memory.
        request = f"{asked} {request_id}" if request_id else None
        async with self._database.transaction() as tx:
            key = await lock(tx, new.key, actor, self._now())
            if made := await requests.done(tx, request):
                return await self._load(tx, made)
            await self._refuse_paused(key)
            saves, insert = self._limits.saves, self._database.insert
            # Whatever is refused below takes this back.
            await rates.count(tx, insert, "saves", saves, team=actor.team, user=actor.user, now=key.now)
            return await (self._add if new.key == asked else self.proposals.add)(key, new, request)

    async def _add(self, key: Locked, new: NewMemory, request: str | None) -> Memory:
        fingerprint = Fingerprint.of(new.text)
        near = await key.make_way(new.text, fingerprint)
        key.refuse_full(self._limits.per_key)
        flags = duplicates.flagged(new.text, near=near)
        memory = new_memory(new, number=key.next_number, actor=key.actor, now=key.now, flags=flags)
        await key.insert(memory, fingerprint, request)
        await key.log("create", memory, after=audit.recorded(memory))
        return memory

    async def _load(self, tx: AsyncConnection, memory_id: str) -> Memory:
        memory = await reading.by_id(tx, memory_id)
        if memory is None:
            raise MemoryNotFound
        return memory

    async def _refuse_paused(self, key: Locked) -> None:
        """Raise MemoryPaused when who acts has switched their memory off."""
        own = policy.owns(key.actor, key.key)
        if key.paused if own else key.actor.user and await _is_paused(key.tx, _own(key.actor)):
            raise MemoryPaused

    # ---------------------------------------------------------------------------------------------- get, find

    async def get(self, actor: Actor, memory_id: str, *, reason: str | None = None) -> Memory:
        """Return one memory. Raises MemoryNotFound, also for one the actor may not know of.

        An admin reading another person's private text gives a reason, or gets ReasonRequired. It is audited, and the
        person is told.
        """
        async with self._database.reading() as connection:
            memory = await reading.readable(connection, actor, memory_id)
        if policy.sees_text(actor, memory, full_review=self._limits.full_review):
            return memory
        reason = checked_reason(reason)
        if reason is None:
            raise ReasonRequired("read", memory.id)
        async with self._database.transaction() as tx:
            memory = await reading.readable(tx, actor, memory_id)
            now = self._now()
            about: dict[str, JSON] = {"number": memory.number, "id": memory.id, "by": actor.user, "reason": reason}
            await notices.write(tx, notices.New(memory.key, "read", about), now)
            await audit.write(tx, audit.row(actor, now, "read", memory.key, memory=memory, reason=reason))
        return memory

    async def look(self, actor: Actor, memory_id: str) -> Memory:
        """Return one memory as a list shows it: without its words where they take a reason. Raises MemoryNotFound."""
        async with self._database.reading() as connection:
            return self._shown(actor, await reading.readable(connection, actor, memory_id))

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
            found = await reading.first(connection, columns.key == key.value, columns.number == number)
        if found is None or not policy.may_know(actor, found):
            raise MemoryNotFound
        return self._shown(actor, found)

    async def find(
        self, actor: Actor, key: Key, which: Filter = EVERY, *, offset: int = 0, limit: int | None = None
    ) -> Page:
        """Return the key's memories in the order of recall; `total` counts all that match. Never counts as applied."""
        if not policy.may_read(actor, key):
            raise NotPermitted
        return await self._page(actor, tables.memories.c.key == key.value, which, offset, limit)

    async def latest(self, actor: Actor, key: Key, limit: int) -> tuple[Memory, ...]:
        """Return the key's newest memories, the newest first."""
        if not policy.may_read(actor, key):
            raise NotPermitted
        columns = tables.memories.c
        query = sa.select(tables.memories).where(columns.key == key.value).order_by(columns.number.desc()).limit(limit)
        async with self._database.reading() as connection:
            return tuple(self._shown(actor, from_row(row)) for row in await connection.execute(query))

    async def tags(self, actor: Actor, key: Key) -> tuple[str, ...]:
        """Return all tags of the key's memories that the actor may see, those of the most memories first."""
        if not policy.may_read(actor, key):
            raise NotPermitted
        columns = tables.memories.c
        query = sa.select(columns.tags).where(columns.key == key.value)
        if not policy.owns(actor, key) and key.kind is KeyKind.PERSON:
            query = query.where(columns.visibility == "open")
        async with self._database.reading() as connection:
            counted = Counter(tag for tags in await connection.scalars(query) for tag in tags)
        return tuple(tag for tag, _ in sorted(counted.items(), key=lambda each: (-each[1], each[0])))

    async def review(
        self, actor: Actor, team: str, which: Filter = EVERY, *, offset: int = 0, limit: int | None = None
    ) -> Page:
        """Return the memories of all keys of a workspace. A text that takes a reason comes back empty, and neither
        `words` nor a tag ever match it: a search must not be a way around the reason. Its flags are shown."""
        if not policy.may_review(actor, team):
            raise NotPermitted(policy.ADMINS_ONLY)
        where = tables.memories.c.team == team
        if which.key:
            where = sa.and_(where, tables.memories.c.key == which.key.value)
        if which.state != "proposed":
            where = sa.and_(where, tables.memories.c.key != Key.proposals(team).value)
        return await self._page(actor, where, which, offset, limit)

    def _shown(self, actor: Actor, memory: Memory) -> Memory:
        return reading.shown(actor, memory, full_review=self._limits.full_review)

    async def _page(
        self, actor: Actor, where: sa.ColumnElement[bool], which: Filter, offset: int, limit: int | None
    ) -> Page:
        query = sa.select(tables.memories).where(where, *_in_state(which.state, self._now()))
        if which.flag:  # the names of flags are words and hyphens, so this finds them in the JSON exactly
            written = sa.cast(tables.memories.c.flags, sa.Text)
            query = query.where(written.contains(f'"{which.flag}"', autoescape=True))
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

        An admin who disables what is somebody else's gives a reason. Raises ReasonRequired, MemoryConflict when
        `expected_revision` is stale, MemoryNotFound, NotPermitted, MemoryPaused, and what `create` raises for a text.
        """
        wanted, reason = checked_changes(changes), checked_reason(reason)
        async with self._database.transaction() as tx:
            memory, key = await self._locked(tx, actor, memory_id)
            if not policy.may_change(actor, memory, changes):
                raise NotPermitted
            if expected_revision is not None and expected_revision != memory.revision:
                raise MemoryConflict
            changed = dataclasses.replace(memory, **wanted)
            if changed.visibility == "private" and memory.key.kind in SHARED:
                raise MemoryInvalid("A shared memory is open to everybody there; it cannot be private.")
            if changed != memory:
                changed = await self._change(key, memory, changed, wanted, reason)
        return self._shown(actor, changed)

    async def _change(
        self, key: Locked, memory: Memory, changed: Memory, wanted: Mapping[str, Any], reason: str | None
    ) -> Memory:
        if wanted != {"disabled": True}:  # taking away is always possible
            await self._refuse_paused(key)
        if wanted.get("disabled") and reason is None and policy.needs_reason(key.actor, memory):
            raise ReasonRequired("disable", memory.id)
        fingerprint = None
        if "text" in wanted:
            fingerprint = Fingerprint.of(changed.text)
            near = await key.make_way(changed.text, fingerprint, besides=memory.id)
            changed = dataclasses.replace(changed, flags=duplicates.flagged(changed.text, near=near))
        changed = dataclasses.replace(
            changed, revision=memory.revision + 1, updated_at=key.now, updated_by=key.actor.id
        )
        await key.save(changed, fingerprint)
        before, after = audit.difference(memory, changed)
        await key.log(_verb(after), memory, reason=reason, before=before, after=after)
        return changed

    async def delete(self, actor: Actor, memory_id: str, *, reason: str | None = None) -> Memory:
        """Delete a memory for good, its words in the audit log too, and return what it was.

        A proposal is withdrawn by that. An admin who deletes what is somebody else's gives a reason. Raises
        ReasonRequired, MemoryNotFound or NotPermitted.
        """
        reason = checked_reason(reason)
        async with self._database.transaction() as tx:
            memory, key = await self._locked(tx, actor, memory_id)
            if not policy.may_delete(actor, memory):
                raise NotPermitted
            if reason is None and policy.needs_reason(actor, memory, deleting=True):
                raise ReasonRequired("delete", memory.id)
            await key.remove([memory], verb="withdraw" if memory.proposed else "delete", reason=reason)
        await self._database.scrub()
        return self._shown(actor, memory)

    async def _locked(self, tx: AsyncConnection, actor: Actor, memory_id: str) -> tuple[Memory, Locked]:
        """The memory, read again under its key's lock, and the key."""
        memory = await reading.readable(tx, actor, memory_id)
        key = await lock(tx, memory.key, actor, self._now())
        again = await reading.readable(tx, actor, memory_id)
        if again.key != memory.key:  # a proposal that was approved meanwhile: its new key is not locked
            raise MemoryNotFound
        return again, key

    async def delete_all(self, actor: Actor, key: Key) -> int:
        """Delete every memory of a key for good and return how many there were. Only its owner and the operator may.

        Of a person everything is erased that they ever said: proposals that wait, conversations, events and notices,
        and every word in the audit log, reasons too. What they gave to a channel or the workspace stays.
        """
        if not policy.may_empty(actor, key):
            raise NotPermitted
        async with self._database.transaction() as tx:
            deleted = await self._delete_all(tx, actor, key)
        await self._database.scrub()
        return deleted

    async def _delete_all(self, tx: AsyncConnection, actor: Actor, key: Key) -> int:
        if key.kind is KeyKind.PERSON:
            return await erasure.erase(tx, actor, key, self._now(), verb="forget")
        columns = tables.memories.c
        locked = await lock(tx, key, actor, self._now())
        query = sa.select(tables.memories).where(columns.key == key.value).order_by(columns.id).with_for_update()
        memories = [from_row(row) for row in await tx.execute(query)]
        if memories:
            await locked.remove(memories, verb="delete", reason="forget-all")
        return len(memories)

    # -------------------------------------------------------------------------------------------------- pause

    async def pause(self, actor: Actor, key: Key, *, paused: bool) -> None:
        """Switch a person's memory off or on: while it is off nothing is recalled and nothing is kept."""
        if not (policy.may_empty(actor, key) and key.kind is KeyKind.PERSON):
            raise NotPermitted
        async with self._database.transaction() as tx:
            locked = await lock(tx, key, actor, self._now())
            if locked.paused != paused:
                await locked.put(paused=paused)
                await locked.log("pause" if paused else "resume")

    async def paused(self, key: Key) -> bool:
        """Whether this person has switched memory off."""
        async with self._database.reading() as connection:
            return await _is_paused(connection, key)

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
        await delete_in_batches(self._database, tables.counters, rates.is_over(self._now()))
        await delete_in_batches(self._database, tables.requests, tables.requests.c.created_at < before)


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
    of_state: dict[State, tuple[sa.ColumnElement[bool], ...]] = {
        "all": (),
        "on": (sa.not_(off),),
        "off": (off,),
        "expired": (expired,),
        "proposed": (columns.key.endswith(":proposals"),),
    }
    return of_state[state]


def _made_from(actor: Actor, channel: str, message_ts: str) -> sa.Select[Any]:
    columns = tables.memories.c
    return (
        sa.select(tables.memories)
        .where(columns.source_channel_id == channel, columns.source_message_ts == message_ts)
        .where(columns.team == actor.team, columns.created_by == actor.id)
        .order_by(columns.created_at, columns.key, columns.number)
    )


def _place(actor: Actor, key: Key) -> Key:
    """Where it is kept what this actor says for a key: there, or with the proposals. Raises NotPermitted."""
    if policy.may_create(actor, key):
        return key
    if policy.may_propose(actor, key):
        return Key.proposals(key.team)
    raise NotPermitted


def _own(actor: Actor) -> Key:
    return Key.person(actor.team, actor.user)


async def _is_paused(connection: AsyncConnection, key: Key) -> bool:
    columns = tables.keys.c
    return bool(await connection.scalar(sa.select(columns.paused).where(columns.value == key.value)))


def _verb(after: Mapping[str, Any]) -> str:
    return {True: "disable", False: "enable"}[after["disabled"]] if set(after) == {"disabled"} else "update"
