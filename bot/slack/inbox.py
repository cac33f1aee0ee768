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
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.clock import Clock, utc_now
from memory.database.batches import delete_in_batches, in_order
from memory.database.open import Database
from memory.database.tables import inbox as table
from memory.errors import StorageFailed

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 8  # with their growing delays about two minutes, in which Slack may be away
KEPT_FOR = timedelta(days=7)  # how long a finished event is still known, so that a late repeat changes nothing
BATCH = 200
# What becomes of a row whose work did not come to its end.
INTERRUPTED: dict[str, Any] = {"state": "pending", "owner": None, "interrupted": True}

# Written into the statements as they are: a database sees that a partial index serves only from words that it can read.
PENDING = sa.literal("pending", literal_execute=True)
RUNNING = sa.literal("running", literal_execute=True)


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event to be written down. `message` names the message, when two events may be about the same one.

    `user` is whose words it may hold: when they want to be forgotten, it is found by that.
    """

    event_id: str
    message: str | None
    conversation: str
    user: str | None
    ts: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claimed:
    """An event that this process works on, and the claim that lets it."""

    id: int
    event_id: str
    body: Mapping[str, Any]
    attempt: int
    again: bool = False  # work on it had begun before, and did not come to its end


Work = Callable[[Claimed], Awaitable[None]]
Result = TypeVar("Result")


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
    """Writes events down and works them off. `async with inbox.working(work, give_up)` while the bot runs.

    How long an event is kept goes by `clock`. Leases, and the waits between attempts, go by the machine's own time: a
    clock that is put forward by days, as the playground's may be, must not have a second process take over what the
    first is working on. Replicas compare these times with each other's, so they are no process's own count either.
    """

    database: Database
    pace: Pace = field(default_factory=Pace)
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    clock: Clock = utc_now
    _waiting: list[_Waiting] = field(default_factory=list)
    _writer: asyncio.Task[None] | None = None
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _running: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _settling: set[int] = field(default_factory=set)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _finished_some: bool = False
    _progress: asyncio.Event = field(default_factory=asyncio.Event)

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
            await self._write_together(batch)
            self._went_on()

    async def _write_together(self, batch: Sequence[_Waiting]) -> None:
        try:
            new = await self._insert([each.event for each in batch])
        except (StorageFailed, IntegrityError, ValueError) as error:
            if len(batch) > 1 and _blames_an_event(error):  # one that cannot be stored must not take others with it
                for each in batch:
                    await self._write_together([each])
                return
            log.warning("%d events could not be written down (%s)", len(batch), type(error.__cause__ or error).__name__)
        else:
            for each in batch:
                if not each.written.done():
                    each.written.set_result(each.event.event_id in new)
                new.discard(each.event.event_id)
        finally:
            for each in batch:  # whatever happened, nobody waits for ever
                if not each.written.done():
                    each.written.set_exception(StorageFailed())

    async def _insert(self, events: Sequence[Incoming]) -> set[str]:
        now, received = utc_now(), self.clock()
        rows = [
            {
                "event_id": event.event_id,
                "message": event.message,
                "conversation": event.conversation,
                "user": event.user,
                "ts": event.ts,
                "body": dict(event.body),
                "state": "pending",
                "not_before": now,
                "received_at": received,
            }
            # In one order everywhere: two replicas that are told the same events must not lock them crosswise.
            for event in sorted(events, key=lambda each: (each.message or "", each.event_id))
        ]
        statement = self.database.insert(table).values(rows).on_conflict_do_nothing().returning(table.c.event_id)
        async with self.database.transaction() as tx:
            return set(await tx.scalars(statement))

    async def is_open(self, conversation: str) -> bool:
        """Whether anything of a conversation waits or is being worked on. Raises StorageFailed."""
        which = (table.c.conversation == conversation, table.c.state.in_((PENDING, RUNNING)))
        async with self.database.reading() as connection:
            return bool(await connection.scalar(sa.select(sa.exists().where(*which))))

    async def waits(self, message: str) -> bool:
        """Whether an event about this message waits or is being worked on. Raises StorageFailed."""
        which = (table.c.message == message, table.c.state.in_((PENDING, RUNNING)))
        async with self.database.reading() as connection:
            return bool(await connection.scalar(sa.select(sa.exists().where(*which))))

    # -------------------------------------------------------------------------------------------- work off

    @asynccontextmanager
    async def working(self, work: Work, give_up: Work, *, drain: float = 20.0) -> AsyncIterator[None]:
        """Work the inbox off while the block runs; afterwards finish what is running, for at most `drain` seconds.

        What is not finished by then is handed back at once for the next start. `give_up` is called instead of `work`
        for an event that has failed MOST_ATTEMPTS times.
        """
        self._stopping.clear()
        dispatcher = asyncio.create_task(self._dispatch(work, give_up))
        heartbeat = asyncio.create_task(self._keep_leases())
        try:
            yield
        finally:
            self._stopping.set()
            self._wake.set()
            await self._finish(dispatcher, drain)
            heartbeat.cancel()
            await asyncio.gather(heartbeat, return_exceptions=True)
            with suppress(StorageFailed):
                await self._hand_back()

    async def _dispatch(self, work: Work, give_up: Work) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            room = self.pace.workers - len(self._running)
            claimed = await _surviving("Claiming events", self._claim(room))  # rules 4 and 2
            if self._stopping.is_set():  # what was claimed meanwhile is handed back with the rest
                return
            for each in claimed or []:
                task = asyncio.create_task(self._attempt(each, work, give_up))
                self._running[each.id] = task
                task.add_done_callback(partial(self._finished, each.id))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self.pace.poll)

    def _finished(self, row: int, _task: asyncio.Task[None]) -> None:
        self._running.pop(row, None)
        self._settling.discard(row)
        self._went_on()

    def _went_on(self) -> None:
        """Wake the dispatcher, and whoever waits for progress."""
        self._wake.set()
        self._progress.set()
        self._progress = asyncio.Event()

    async def _attempt(self, claimed: Claimed, work: Work, give_up: Work) -> None:
        last = claimed.attempt > MOST_ATTEMPTS
        try:
            await (give_up if last else work)(claimed)
        except Exception:
            log.exception("Event %s failed at attempt %d", claimed.event_id, claimed.attempt)
            state = "dead" if last else "pending"
        else:
            state = "dead" if last else "done"
        await self._settle(claimed, state)

    async def _settle(self, claimed: Claimed, state: str) -> None:
        """Write down how the attempt ended, unless the claim was lost.

        While the database is away this tries again: giving up would have the finished work done once more.
        """
        self._settling.add(claimed.id)
        values: dict[str, Any] = {"state": state, "owner": None, "lease_until": None}
        if state == "pending":
            delay = self.pace.first_delay * 2 ** (claimed.attempt - 1)
            values |= {"not_before": utc_now() + timedelta(seconds=delay), "interrupted": True}
        else:
            values["body"] = sa.null()  # people's words are not kept longer than they are needed
            self._finished_some = True
        step = f"Marking an event {state}"
        while await _surviving(step, self._mark(claimed, values)) is None:  # noqa: ASYNC110 - no event says it is back
            await asyncio.sleep(self.pace.poll)

    async def _mark(self, claimed: Claimed, values: Mapping[str, Any]) -> bool:
        async with self.database.transaction() as tx:
            marked = sa.update(table).where(*self._mine(claimed)).values(values).returning(table.c.id)
            return await tx.scalar(marked) is not None

    def _mine(self, claimed: Claimed) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            table.c.id == claimed.id,
            table.c.state == RUNNING,
            table.c.owner == self.owner,
            table.c.attempts == claimed.attempt,
        )

    # ----------------------------------------------------------------------------------------------- claim

    async def _claim(self, room: int) -> list[Claimed]:
        if room <= 0:
            return []
        now = utc_now()
        own = tuple(self._running)  # still under way here, even if the lease lapsed while the database was away
        async with self.database.reading() as connection:  # cheap: a poll that finds nothing writes nothing
            lapsed = await connection.scalar(sa.select(sa.exists().where(*_lapsed(now, own))))
            if not lapsed and await connection.scalar(_eligible(now, own).limit(1)) is None:
                return []
        async with self.database.transaction() as tx:
            if lapsed:
                await tx.execute(
                    sa.update(table).where(in_order(table, *_lapsed(now, own), skip=True)).values(INTERRUPTED)
                )
            return await self._take(tx, _eligible(now, own).limit(room), now)

    async def _take(self, tx: AsyncConnection, eligible: sa.Select[int], now: datetime) -> list[Claimed]:
        chosen = eligible.with_for_update(skip_locked=True).cte("chosen")
        statement = (
            sa.update(table)
            .where(table.c.id.in_(sa.select(chosen.c.id)), table.c.state == PENDING)
            .values(
                state="running",
                owner=self.owner,
                lease_until=now + timedelta(seconds=self.pace.lease),
                attempts=table.c.attempts + 1,
            )
            .returning(table.c.id, table.c.event_id, table.c.body, table.c.attempts, table.c.interrupted)
        )
        rows = (await tx.execute(statement)).all()
        return [Claimed(row.id, row.event_id, row.body or {}, row.attempts, row.interrupted) for row in sorted(rows)]

    # ----------------------------------------------------------------------------------------------- leases

    async def _keep_leases(self) -> None:
        usual = self.pace.lease / 3
        pause = usual
        while True:
            await asyncio.sleep(pause)
            kept = await _surviving("Renewing leases", self._renew(tuple(self._running)))
            if kept is None:
                pause = min(usual, self.pace.poll)
                continue
            pause = usual
            for row, task in tuple(self._running.items()):
                # Another replica has taken it over, so this one must not answer as well. Its last write is fenced.
                if row not in kept and row not in self._settling:
                    task.cancel()

    async def _renew(self, rows: Sequence[int]) -> set[int]:
        """Renew the leases, and return which rows are still this process's: those, and what it began meanwhile."""
        if not rows:
            return set(self._running)
        until = utc_now() + timedelta(seconds=self.pace.lease)
        mine = (table.c.id.in_(rows), table.c.owner == self.owner, table.c.state == RUNNING)
        async with self.database.transaction() as tx:
            renewed = sa.update(table).where(in_order(table, *mine)).values(lease_until=until).returning(table.c.id)
            return set(await tx.scalars(renewed)) | (set(self._running) - set(rows))

    async def take_over(self) -> None:
        """Claim back what an earlier process left running. Only for a database that no other process uses."""
        async with self.database.transaction() as tx:
            await tx.execute(sa.update(table).where(table.c.state == RUNNING).values(INTERRUPTED))

    async def _finish(self, dispatcher: asyncio.Task[None], seconds: float) -> None:
        await asyncio.wait({dispatcher, *self._running.values()}, timeout=seconds)
        late = {dispatcher, *self._running.values()}
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _hand_back(self) -> None:
        mine = (table.c.owner == self.owner, table.c.state == RUNNING)
        async with self.database.transaction() as tx:
            # The attempt was ended by us, not by a fault: it does not count.
            handed = INTERRUPTED | {"attempts": table.c.attempts - 1}
            await tx.execute(sa.update(table).where(in_order(table, *mine)).values(handed))

    async def scrub(self) -> None:
        """Wipe what finished events said from the database's log, once after work and while there is none."""
        if self._finished_some and not self.busy:
            self._finished_some = False
            await self.database.scrub()

    # ----------------------------------------------------------------------------------------- looking at it

    @property
    def busy(self) -> bool:
        """Whether this process is working on an event."""
        return bool(self._running)

    @property
    def progress(self) -> asyncio.Event:
        """Is set when this process has next written events down or ended an attempt. Then another takes its place."""
        return self._progress

    async def open_events(self) -> int:
        """How many events are not worked off yet."""
        async with self.database.reading() as connection:
            query = sa.select(sa.func.count()).where(table.c.state.in_((PENDING, RUNNING)))
            return await connection.scalar(query) or 0

    async def forget_finished(self) -> None:
        """Delete the finished events that Slack can no longer repeat, some at once."""
        old = self.clock() - KEPT_FOR
        await delete_in_batches(self.database, table, table.c.state.in_(("done", "dead")), table.c.received_at < old)


async def _surviving(what: str, step: Awaitable[Result]) -> Result | None:
    """Return the step's result, or None after a failure, which is logged: the loop around this tries again."""
    try:
        return await step
    except (StorageFailed, IntegrityError) as error:
        log.warning("%s failed (%s); trying again", what, type(error.__cause__ or error).__name__)
    except Exception:
        log.exception("%s failed; trying again", what)
    return None


def _blames_an_event(error: Exception) -> bool:
    """Whether a value could not be stored, rather than the database be reached."""
    cause = error.__cause__ or error
    return isinstance(cause, DataError | ValueError) or type(cause) is StatementError


def _lapsed(now: datetime, own: Sequence[int]) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.state == RUNNING, table.c.lease_until < now, table.c.id.not_in(own)


def _eligible(now: datetime, own: Sequence[int]) -> sa.Select[int]:
    """Ids of the events that may start: of each conversation the first open one, while none of it is running."""
    other = table.alias("other")
    same = other.c.conversation == table.c.conversation
    earlier = sa.tuple_(other.c.ts, other.c.id) < sa.tuple_(table.c.ts, table.c.id)
    is_open, other_is_open = (columns.state.in_((PENDING, RUNNING)) for columns in (table.c, other.c))
    running = sa.exists().where(same, other.c.state == RUNNING)
    older = sa.exists().where(same, other_is_open, other.c.state == PENDING, earlier)
    return (
        sa.select(table.c.id)
        .where(is_open, table.c.state == PENDING, table.c.not_before <= now, table.c.id.not_in(own), ~running, ~older)
        .order_by(table.c.id)
    )
