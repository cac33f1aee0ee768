"""Notices: none is lost, one is taken by one, and what cannot be told comes back later, some times."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from memory.database import tables
from memory.database.open import Database
from memory.models import Key
from memory.store.notices import FIRST_DELAY, LONGEST_DELAY, MOST_ATTEMPTS, New, Notice, Notices, write
from memory.store.store import MemoryStore
from tests.memory.store.conftest import NOON, Clock
from tests.people import ANNAS, BOBS, OPERATOR, WORKSPACE


@pytest.fixture
def notices(database: Database, clock: Clock) -> Notices:
    return Notices(database, clock)


async def tell(database: Database, person: Key = ANNAS, once: str | None = None, reason: str = "quokka") -> None:
    async with database.transaction() as tx:
        await write(tx, New(person, "read", {"reason": reason}, once), NOON)


async def rows(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(tables.notices)) or 0


async def test_the_oldest_is_taken_first_and_gone_when_it_was_told(database: Database, notices: Notices) -> None:
    assert await notices.take() is None
    await tell(database, ANNAS)
    await tell(database, BOBS)
    first, second = await notices.take(), await notices.take()
    assert first and second
    assert (first.team, first.user, first.kind, first.about, first.attempt) == (
        "T1",
        "U1",
        "read",
        {"reason": "quokka"},
        1,
    )
    assert second.user == "U2"
    assert await notices.take() is None
    await notices.done(first)
    await notices.done(first)
    assert await rows(database) == 1


async def test_what_was_not_told_is_due_again_ever_later_and_at_last_given_up(
    database: Database, notices: Notices, clock: Clock
) -> None:
    await tell(database)
    delay, told = FIRST_DELAY, None
    for attempt in range(1, MOST_ATTEMPTS + 1):
        told = await notices.take()
        assert told
        assert (told.attempt, told.last) == (attempt, attempt == MOST_ATTEMPTS)
        clock.now += delay - timedelta(seconds=1)
        assert await notices.take() is None
        clock.now += timedelta(seconds=1)
        delay = min(delay * 2, LONGEST_DELAY)
    assert clock.now - NOON < timedelta(days=1)


async def test_of_many_who_take_at_once_each_gets_another(database: Database, notices: Notices) -> None:
    for _ in range(5):
        await tell(database)
    taken = await asyncio.gather(*(notices.take() for _ in range(10)))
    ids = [notice.id for notice in taken if isinstance(notice, Notice)]
    assert len(ids) == len(set(ids))
    while notice := await notices.take():
        ids.append(notice.id)
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) == 5


async def test_of_several_that_say_the_same_one_waits(database: Database, notices: Notices) -> None:
    for _ in range(3):
        await tell(database, once="same")
    await tell(database, once="other")
    assert await rows(database) == 2
    notice = await notices.take()
    assert notice
    await notices.done(notice)
    await tell(database, once="same")
    assert await rows(database) == 2


async def test_a_suspended_workspace_is_told_nothing_before_it_is_back(
    database: Database, notices: Notices, store: MemoryStore
) -> None:
    await tell(database)
    await tell(database, Key.person("T2", "U1"))
    await store.suspension.suspend(OPERATOR, WORKSPACE)
    first = await notices.take()
    assert first
    assert first.team == "T2"
    assert await notices.take() is None
    await store.suspension.reinstate(OPERATOR, WORKSPACE)
    assert await notices.take()


async def test_a_notice_that_is_rolled_back_is_not_told(database: Database, notices: Notices) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await write(tx, New(ANNAS, "read", {}), NOON)
            raise ZeroDivisionError
    assert await notices.take() is None
