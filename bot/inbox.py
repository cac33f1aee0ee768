"""The inbox: an event is written down before it is acknowledged, and worked off once, in order.

Theory of operation. Slack hears "200" only after the event's row is committed; the same event again changes nothing.
A dispatcher claims rows: of each conversation the oldest open one, and only while none of that conversation is running.
The claim holds for a lease, which a heartbeat renews while the work goes on. A process that dies stops renewing, so its
rows go back to pending and another replica, or the next start, takes them. Every later write to a row names the claim
(owner and attempt), so one that lost its lease writes nothing.

Four rules that a first version gets wrong, each with its test:
1. "The oldest open one" is not enough: an older event may be committed late, while a newer one is running.
2. Two replicas may both find a conversation free: a unique index lets one of them win.
3. Lapsed rows go back to pending first; otherwise rule 1 would wait for a dead process for ever.
4. The database may be away for a while: the dispatcher and the heartbeat survive that and try again.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.errors import StorageFailed
from memory.tables import inbox as table

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
KEPT_FOR = timedelta(days=7)  # how long a finished event is still known, so that a late repeat changes nothing
BATCH = 200


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event to be written down. `message` names the message, when two events may be about the same one."""

    event_id: str
    message: str | None
    conversation: str
    ts: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claimed:
    """An event that this process works on, and the claim that lets it."""

    id: int
    event_id: str
    body: Mapping[str, Any]
    attempt: int


Work = Callable[[Claimed], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How the inbox is worked off. Times in seconds."""

    workers: int = 16
    lease: float = 15.0
    poll: float = 1.0
    first_delay: float = 1.0  # before the second attempt; doubles with each further one


@dataclass(slots=True)
class _Waiting:
    event: Incoming
    written: asyncio.Future[bool]


@dataclass(slots=True)
class Inbox:
    """Writes events down and works them off. `async with inbox.working(work, give_up)` while the bot runs."""

    database: Database
    pace: Pace = field(default_factory=Pace)
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    _waiting: list[_Waiting] = field(default_factory=list)
    _writer: asyncio.Task[None] | None = None
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _running: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _stopping: bool = False

    # ------------------------------------------------------------------------------------------ write down

    async def write(self, event: Incoming) -> bool:
        """Write the event down and return whether it is new. Returning means committed. Raises StorageFailed.

        Events that arrive while a commit is under way share the next one: that is what makes thousands a second
        possible with a disk that confirms each commit.
        """
        waiting = _Waiting(event, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_waiting())
        return await waiting.written

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                new = await self._insert([each.event for each in batch])
            except (StorageFailed, IntegrityError) as error:
                for each in batch:
                    if not each.written.done():
                        each.written.set_exception(StorageFailed() if isinstance(error, IntegrityError) else error)
                continue
            for each in batch:
                if not each.written.done():
                    each.written.set_result(each.event.event_id in new)
            self._wake.set()

    async def _insert(self, events: Sequence[Incoming]) -> set[str]:
        now = datetime.now(UTC)
        rows = [
            {
                "event_id": event.event_id,
                "message": event.message,
                "conversation": event.conversation,
                "ts": event.ts,
                "body": dict(event.body),
                "state": "pending",
                "not_before": now,
                "received_at": now,
            }
            for event in events
        ]
        statement = self.database.insert(table).values(rows).on_conflict_do_nothing().returning(table.c.event_id)
        async with self.database.transaction() as tx:
            return set(await tx.scalars(statement))

    # -------------------------------------------------------------------------------------------- work off

    @asynccontextmanager
    async def working(self, work: Work, give_up: Work, *, drain: float = 20.0) -> AsyncIterator[None]:
        """Work the inbox off while the block runs; afterwards finish what is running, for at most `drain` seconds.

        What is not finished by then is handed back at once for the next start. `give_up` is called instead of `work`
        for an event that has failed MOST_ATTEMPTS times.
        """
        self._stopping = False
        tasks = [asyncio.create_task(self._dispatch(work, give_up)), asyncio.create_task(self._keep_leases())]
        try:
            yield
        finally:
            self._stopping = True
            self._wake.set()
            await self._finish(drain)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(StorageFailed):
                await self._hand_back()

    async def _dispatch(self, work: Work, give_up: Work) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                claimed = await self._claim(self.pace.workers - len(self._running))
            except (StorageFailed, IntegrityError) as error:  # rule 4; and rule 2: another replica was faster
                log.warning("Claiming events failed (%s); trying again", type(error).__name__)
                await asyncio.sleep(self.pace.poll)
                continue
            for each in claimed:
                task = asyncio.create_task(self._attempt(each, work, give_up))
                self._running[each.id] = task
                task.add_done_callback(partial(self._finished, each.id))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self.pace.poll)

    def _finished(self, row: int, _task: asyncio.Task[None]) -> None:
        self._running.pop(row, None)
        self._wake.set()

    async def _attempt(self, claimed: Claimed, work: Work, give_up: Work) -> None:
        last = claimed.attempt > MOST_ATTEMPTS
        try:
            await (give_up if last else work)(claimed)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("Event %s failed at attempt %d", claimed.event_id, claimed.attempt)
            await self._settle(claimed, "dead" if last else "pending")
        else:
            await self._settle(claimed, "dead" if last else "done")

    async def _settle(self, claimed: Claimed, state: str) -> None:
        """Write down how the attempt ended, unless the claim was lost. If that fails, the lease lapses by itself."""
        now = datetime.now(UTC)
        values: dict[str, Any] = {"state": state, "owner": None, "lease_until": None}
        if state == "pending":
            values["not_before"] = now + timedelta(seconds=self.pace.first_delay * 2 ** (claimed.attempt - 1))
        else:
            values["body"] = sa.null()  # people's words are not kept longer than they are needed
        try:
            async with self.database.transaction() as tx:
                await tx.execute(sa.update(table).where(*self._mine(claimed)).values(values))
        except StorageFailed:
            log.warning("Event %s could not be marked %s; its lease will lapse", claimed.event_id, state)

    def _mine(self, claimed: Claimed) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            table.c.id == claimed.id,
            table.c.state == "running",
            table.c.owner == self.owner,
            table.c.attempts == claimed.attempt,
        )

    # ----------------------------------------------------------------------------------------------- claim

    async def _claim(self, room: int) -> list[Claimed]:
        if room <= 0:
            return []
        now = datetime.now(UTC)
        async with self.database.reading() as connection:  # cheap: a poll that finds nothing writes nothing
            lapsed = await connection.scalar(sa.select(sa.exists().where(*_lapsed(now))))
            if not lapsed and await connection.scalar(_eligible(now).limit(1)) is None:
                return []
        async with self.database.transaction() as tx:
            if lapsed:
                await tx.execute(sa.update(table).where(*_lapsed(now)).values(state="pending", owner=None))
            return await self._take(tx, now, room)

    async def _take(self, tx: AsyncConnection, now: datetime, room: int) -> list[Claimed]:
        chosen = _eligible(now).limit(room).with_for_update(skip_locked=True).cte("chosen")
        statement = (
            sa.update(table)
            .where(table.c.id.in_(sa.select(chosen.c.id)), table.c.state == "pending")
            .values(
                state="running",
                owner=self.owner,
                lease_until=now + timedelta(seconds=self.pace.lease),
                attempts=table.c.attempts + 1,
            )
            .returning(table.c.id, table.c.event_id, table.c.body, table.c.attempts)
        )
        rows = (await tx.execute(statement)).all()
        return [Claimed(row.id, row.event_id, row.body or {}, row.attempts) for row in sorted(rows)]

    # ----------------------------------------------------------------------------------------------- leases

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self.pace.lease / 3)
            if not self._running:
                continue
            try:
                kept = await self._renew(tuple(self._running))
            except StorageFailed:
                log.warning("Leases could not be renewed; trying again")
                continue
            for row, task in tuple(self._running.items()):
                if row not in kept:  # another replica has taken it over, so this one must not answer as well
                    task.cancel()

    async def _renew(self, rows: Sequence[int]) -> set[int]:
        until = datetime.now(UTC) + timedelta(seconds=self.pace.lease)
        mine = (table.c.id.in_(rows), table.c.owner == self.owner, table.c.state == "running")
        async with self.database.transaction() as tx:
            renewed = sa.update(table).where(*mine).values(lease_until=until).returning(table.c.id)
            return set(await tx.scalars(renewed)) | (set(self._running) - set(rows))

    async def take_over(self) -> None:
        """Claim back what an earlier process left running. Only for a database that no other process uses."""
        async with self.database.transaction() as tx:
            await tx.execute(sa.update(table).where(table.c.state == "running").values(state="pending", owner=None))

    async def _finish(self, seconds: float) -> None:
        if self._running:
            _, late = await asyncio.wait(tuple(self._running.values()), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _hand_back(self) -> None:
        mine = (table.c.owner == self.owner, table.c.state == "running")
        async with self.database.transaction() as tx:
            # The attempt was ended by us, not by a fault: it does not count.
            await tx.execute(
                sa.update(table).where(*mine).values(state="pending", owner=None, attempts=table.c.attempts - 1)
            )

    # ----------------------------------------------------------------------------------------- looking at it

    async def idle(self) -> None:
        """Return when nothing is waiting or running. For the playground and for tests."""
        while self._waiting or self._running or await self.open_events():  # noqa: ASYNC110 - others may do the work
            await asyncio.sleep(0.01)

    async def open_events(self) -> int:
        """How many events are not worked off yet."""
        async with self.database.reading() as connection:
            query = sa.select(sa.func.count()).where(table.c.state.in_(("pending", "running")))
            return await connection.scalar(query) or 0

    async def forget_finished(self) -> None:
        """Delete the finished events that Slack can no longer repeat."""
        old = datetime.now(UTC) - KEPT_FOR
        async with self.database.transaction() as tx:
            await tx.execute(sa.delete(table).where(table.c.state.in_(("done", "dead")), table.c.received_at < old))


def _lapsed(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.state == "running", table.c.lease_until < now


def _eligible(now: datetime) -> sa.Select[int]:
    """Ids of the events that may start: of each conversation the first open one, while none of it is running."""
    other = table.alias("other")
    same = other.c.conversation == table.c.conversation
    earlier = sa.tuple_(other.c.ts, other.c.id) < sa.tuple_(table.c.ts, table.c.id)
    running = sa.exists().where(same, other.c.state == "running")
    older = sa.exists().where(same, other.c.state == "pending", earlier)
    return (
        sa.select(table.c.id)
        .where(table.c.state == "pending", table.c.not_before <= now, ~running, ~older)
        .order_by(table.c.id)
    )
