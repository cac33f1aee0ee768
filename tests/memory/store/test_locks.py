"""One order of locks: on PostgreSQL no two transactions wait for each other crosswise, and tidying waits for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import tables
from memory.database.batches import delete_in_batches
from memory.database.open import Database, open_database
from memory.errors import MemoryNotFound
from memory.models import Changes, Memory
from memory.store.store import MemoryStore
from memory.turns import Thread, Turn, Turns
from tests.bot.slack.inboxes import FailingDatabase
from tests.people import ANNA, ANNAS, BOB, BOBS, saying

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
on_postgresql = pytest.mark.parametrize("backend", ["postgresql"])


@pytest.fixture
async def other(database: Database, database_url: str) -> AsyncIterator[Database]:
    """The database of a second replica."""
    async with open_database(database_url) as opened:
        yield opened


async def somebody_waits(database: Database) -> None:
    """Return as soon as a transaction waits for another's lock."""
    here = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(8):
        while True:
            async with database.reading() as connection:
                if await connection.scalar(sa.text(here)):
                    return
            await asyncio.sleep(0.01)


class CountingInSteps(MemoryStore):
    """A store whose counting stands still between the turns' locks and the memories'."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.has_turns, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def count_applied(self, tx: AsyncConnection, times: Mapping[str, tuple[int, datetime]]) -> None:
        self.has_turns.set()
        await self.may_go_on.wait()
        await super().count_applied(tx, times)


@on_postgresql
async def test_who_forgets_everything_while_another_replica_counts_is_forgotten(
    database: Database, other: Database
) -> None:
    store, counting = MemoryStore(database), CountingInSteps(other)
    tea, mate = await store.create(ANNA, saying("I like tea")), await store.create(BOB, saying("I like mate", BOBS))
    thread = Thread("T1", "D1", "1.0")
    await Turns(other).begin(Turn("Ev1", thread, "U1", "1.0", "what do I like?", (tea.id, mate.id), NOON))
    count = asyncio.create_task(Turns(other).count_applied(counting))
    await counting.has_turns.wait()
    forget = asyncio.create_task(store.delete_all(ANNA, ANNAS))
    await somebody_waits(database)
    counting.may_go_on.set()
    assert (await count, await forget) == (1, 1)
    assert (await store.get(BOB, mate.id)).times_applied == 1
    assert await Turns(database).get("Ev1") is None
    with pytest.raises(MemoryNotFound):
        await store.get(ANNA, tea.id)


@asynccontextmanager
async def holding(
    database: Database, table: sa.Table, *where: sa.ColumnElement[bool]
) -> AsyncIterator[AsyncConnection]:
    """A transaction that holds some rows."""
    async with database.transaction() as tx:
        await tx.execute(sa.select(*table.primary_key).where(*where).with_for_update())
        yield tx


@on_postgresql
async def test_a_text_that_takes_an_expired_ones_place_and_counting_both_go_through(
    database: Database, other: Database
) -> None:
    """The expired one is deleted and the other changed: in the order of their ids, as counting does."""
    store, columns = MemoryStore(database), tables.memories.c
    pair = [await store.create(ANNA, saying(text)) for text in ("I like tea", "I like mate")]
    stays, expired = sorted(pair, key=lambda memory: memory.id)
    async with database.transaction() as tx:
        past = NOON - timedelta(days=99)
        await tx.execute(sa.update(tables.memories).where(columns.id == expired.id).values(expires_at=past))

    def counted(memory: Memory) -> sa.Update:
        return sa.update(tables.memories).where(columns.id == memory.id).values(times_applied=7)

    async with other.transaction() as counting:
        await counting.execute(counted(stays))
        change = asyncio.create_task(store.update(ANNA, stays.id, Changes(text=expired.text)))
        await somebody_waits(database)
        await counting.execute(counted(expired))
    assert (await change).text == expired.text
    assert (await store.get(ANNA, stays.id)).times_applied == 7
    assert (await store.find(ANNA, ANNAS)).total == 1


@on_postgresql
@pytest.mark.parametrize("at_once", [1, 3, 5000])
async def test_what_is_tidied_up_waits_for_nobody_and_leaves_what_is_held(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("memory.database.batches.DELETED_AT_ONCE", at_once)
    table = tables.counters
    values = [{"subject": f"k{each}", "what": "saves", "span": "day", "started": 1, "count": 1} for each in range(7)]
    async with database.transaction() as tx:
        await tx.execute(sa.insert(table), values)
    async with holding(other, table, table.c.subject == "k3"), asyncio.timeout(3):
        assert await delete_in_batches(database, table, table.c.started == 1) == 6
    assert await delete_in_batches(database, table, table.c.started == 1) == 1


async def test_a_batch_is_a_transaction_of_its_own(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memory.database.batches.DELETED_AT_ONCE", 3)
    async with database.transaction() as tx:
        await tx.execute(sa.insert(tables.watchers), [{"team": "T1", "user": f"U{each}"} for each in range(8)])
    counting = FailingDatabase.over(database)
    assert await delete_in_batches(counting, tables.watchers, tables.watchers.c.team == "T1") == 8
    assert len(counting.begun) == 3
