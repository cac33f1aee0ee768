"""What the tests of the inbox share: events, a database that can be away, and work that keeps what it saw."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.slack.inbox import Claimed, Inbox, Incoming, Pace
from memory.database.open import Database
from memory.database.tables import inbox as table
from memory.errors import StorageFailed
from tests.waiting import until

QUICK = Pace(workers=16, lease=0.6, poll=0.02, first_delay=0.01)
# For replicas of which none dies: a busy machine must not let a lease lapse that is meant to hold.
LASTING = replace(QUICK, lease=60.0)
CONVERSATION = "T1:C1:1700000000.000000"


def event(number: int, conversation: str = CONVERSATION, *, ts: int | None = None, event_id: str = "") -> Incoming:
    """An event whose number is its message and, if nothing else is said, its place in time."""
    moment = f"17000{number if ts is None else ts:05d}.000000"
    body = {"number": number, "conversation": conversation, "ts": moment}
    return Incoming(event_id or f"Ev{number}", f"T1:C1:{number}", conversation, "U1", moment, body)


async def rows(database: Database) -> Sequence[sa.Row[Any]]:
    """Every row of the inbox, oldest first."""
    async with database.reading() as connection:
        return (await connection.execute(sa.select(table).order_by(table.c.id))).all()


async def states(database: Database) -> dict[str, str]:
    """The state of each event."""
    return {row.event_id: row.state for row in await rows(database)}


@dataclass(frozen=True, slots=True)
class FailingDatabase(Database):
    """A database that fails while `away` is set, and its commits while `losing` is; what is begun is counted."""

    away: asyncio.Event = field(default_factory=asyncio.Event)
    losing: asyncio.Event = field(default_factory=asyncio.Event)
    failed: Counter[str] = field(default_factory=Counter)
    begun: list[None] = field(default_factory=list)

    @classmethod
    def over(cls, database: Database) -> FailingDatabase:
        return cls(database.url, database.writer, database.reader, database._one_writer)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        self._refuse("transaction", self.away)
        self.begun.append(None)
        async with Database.transaction(self) as tx:
            yield tx
            self._refuse("commit", self.losing)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        self._refuse("reading", self.away)
        async with Database.reading(self) as connection:
            yield connection

    def _refuse(self, what: str, refusing: asyncio.Event) -> None:
        if refusing.is_set():
            self.failed[what] += 1
            raise StorageFailed


@dataclass(slots=True)
class Worker:
    """Works on events for up to `seconds` each, and keeps what it saw."""

    seconds: float = 0.0
    began: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    overlaps: list[str] = field(default_factory=list)
    most_at_once: int = 0
    order: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    running: Counter[str] = field(default_factory=Counter)

    async def work(self, claimed: Claimed) -> None:
        conversation = claimed.body["conversation"]
        self.began.append(claimed.body["number"])
        self.running[conversation] += 1
        self.most_at_once = max(self.most_at_once, self.running.total())
        if self.running[conversation] > 1:
            self.overlaps.append(conversation)
        try:
            await asyncio.sleep(random.uniform(0, self.seconds))  # noqa: S311 - no secret is made of it
            self.done.append(claimed.body["number"])
            self.order[conversation].append(claimed.body["ts"])
        finally:
            self.running[conversation] -= 1

    async def give_up(self, claimed: Claimed) -> None:
        self.given_up.append(claimed.body["number"])


@dataclass(slots=True)
class Looks:
    """How often each inbox has looked for events that it may begin, by its owner."""

    ended: Counter[str] = field(default_factory=Counter)

    async def again(self, inbox: Inbox) -> None:
        """Return when the inbox has looked once more from the beginning: a look that is under way does not count."""
        before = self.ended[inbox.owner]
        await until(lambda: self.ended[inbox.owner] >= before + 2)
