"""Limits per minute and per day: exact, shared by several processes, and told with the time when it goes on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from memory.database.open import Database, open_database
from memory.errors import MemoryExists, TooOften
from memory.models import Actor, Role
from memory.store.limits import Limits
from memory.store.rates import Rate, Rates
from memory.store.store import MemoryStore
from tests.memory.store.conftest import Clock
from tests.people import ADMIN, ANNA, ANNAS, BOB, BOBS, IN_CHANNEL, OPERATOR, saying

NOON = datetime(2026, 11, 21, 12, 0, 10, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


def limited(database: Database, clock: Clock, person: Rate = Rate(), workspace: Rate = Rate()) -> MemoryStore:  # noqa: B008
    return MemoryStore(database, Limits(saves=Rates(person, workspace)), clock=clock)


async def save(store: MemoryStore, actor: Actor, key: object, texts: range) -> int:
    """Save them one after the other, and return how many were kept."""
    kept = 0
    for number in texts:
        try:
            await store.create(actor, saying(f"text {number}", key))  # type: ignore[arg-type]
            kept += 1
        except TooOften:
            pass
    return kept


async def test_of_a_hundred_at_once_exactly_twenty_are_kept(
    database: Database, database_url: str, clock: Clock
) -> None:
    async def attempt(store: MemoryStore, number: int) -> bool:
        try:
            await store.create(ANNA, saying(f"text {number}", ANNAS if number % 2 else IN_CHANNEL))
        except TooOften:
            return False
        return True

    if database.is_sqlite:
        stores = [limited(database, clock, Rate(20, 1000))]
        kept = await asyncio.gather(*(attempt(stores[0], number) for number in range(100)))
    else:
        async with open_database(database_url) as other:
            stores = [limited(each, clock, Rate(20, 1000)) for each in (database, other)]
            kept = await asyncio.gather(*(attempt(stores[number % 2], number) for number in range(100)))
    found = sum([(await stores[0].find(OPERATOR, key)).total for key in (ANNAS, IN_CHANNEL)])
    assert (sum(kept), found) == (20, 20)


async def test_it_goes_on_in_the_next_minute_and_on_the_next_day(database: Database, clock: Clock) -> None:
    store = limited(database, clock, Rate(2, 3))
    assert await save(store, ANNA, ANNAS, range(5)) == 2
    with pytest.raises(TooOften, match=r"In one minute, one person may save 2 memories.* it goes on in 50 seconds"):
        await store.create(ANNA, saying("more"))
    clock.now += timedelta(seconds=50)
    assert await save(store, ANNA, ANNAS, range(10, 15)) == 1
    with pytest.raises(TooOften, match=r"In one day, .* 3 memories.* it goes on in 12 hours"):
        await store.create(ANNA, saying("more"))
    clock.now += timedelta(days=1)
    assert await save(store, ANNA, ANNAS, range(20, 25)) == 2


async def test_a_workspaces_limit_is_for_all_of_it_together(database: Database, clock: Clock) -> None:
    store = limited(database, clock, Rate(3, 0), Rate(4, 0))
    assert await save(store, ANNA, ANNAS, range(5)) == 3
    assert await save(store, BOB, BOBS, range(5)) == 1
    with pytest.raises(TooOften, match=r"all of this workspace together may save 4 memories"):
        await store.create(BOB, saying("more", BOBS))
    stranger = Actor("slack:T2:U1", Role.MEMBER, "slack", team="T2", user="U1")
    assert await save(store, stranger, ANNAS.person("T2", "U1"), range(5)) == 3


async def test_admins_are_limited_and_an_operator_is_not(database: Database, clock: Clock) -> None:
    store = limited(database, clock, Rate(1, 0), Rate(2, 0))
    assert await save(store, ADMIN, IN_CHANNEL, range(3)) == 1
    assert await save(store, OPERATOR, BOBS, range(3)) == 3


async def test_what_is_repeated_or_refused_does_not_count(database: Database, clock: Clock) -> None:
    store = limited(database, clock, Rate(2, 0))
    for _ in range(5):
        await store.create(ANNA, saying("tea"), request_id="Ev1:0")
        with pytest.raises(MemoryExists):
            await store.create(ANNA, saying("tea"), request_id="Ev2:0")
    await store.create(ANNA, saying("milk"))
    for _ in range(3):
        with pytest.raises(TooOften):
            await store.create(ANNA, saying("beer"), request_id="Ev3:0")
    clock.now += timedelta(minutes=1)
    assert (await store.create(ANNA, saying("beer"), request_id="Ev3:0")).number == 3


async def test_a_process_whose_clock_is_behind_gains_nothing(database: Database, clock: Clock) -> None:
    behind = Clock(NOON)
    behind.now -= timedelta(minutes=5)
    assert await save(limited(database, clock, Rate(2, 0)), ANNA, ANNAS, range(2)) == 2
    assert await save(limited(database, behind, Rate(2, 0)), ANNA, ANNAS, range(10, 12)) == 0
    assert await save(limited(database, clock, Rate(2, 0)), ANNA, ANNAS, range(20, 22)) == 0


async def test_old_counts_are_forgotten(database: Database, clock: Clock) -> None:
    store = limited(database, clock, Rate(2, 3))
    assert await save(store, ANNA, ANNAS, range(2)) == 2
    await store.forget_requests(clock.now)
    assert await save(store, ANNA, ANNAS, range(10, 12)) == 0
    clock.now += timedelta(days=4)
    await store.forget_requests(clock.now)
    async with database.reading() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM counters")).scalar() == 0
