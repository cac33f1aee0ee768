"""Suspending: nothing of who left is recalled, all is back when they come back, and after the grace it is erased."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import tables
from memory.database.open import Database
from memory.errors import NotPermitted
from memory.models import Actor, Key
from memory.recall.audience import Audience
from memory.recall.recall import Recall
from memory.store import erasure
from memory.store.doctor import examine
from memory.store.store import MemoryStore
from memory.turns import Thread, Turn, Turns
from tests.bot.slack.inboxes import FailingDatabase
from tests.memory.store.conftest import NOON, Clock
from tests.people import (
    ADMIN,
    ANNA,
    ANNAS,
    BOB,
    BOBS,
    GUEST,
    IN_CHANNEL,
    OPERATOR,
    OTHER_TEAM,
    OUTSIDER,
    STRANGER,
    TEAM,
    WORKSPACE,
    saying,
)

ELSEWHERE = Key.person(OTHER_TEAM, "U1")


@pytest.fixture
async def store(database: Database, clock: Clock) -> MemoryStore:
    store = MemoryStore(database, clock=clock)
    for actor, key in ((ANNA, ANNAS), (BOB, BOBS), (ANNA, IN_CHANNEL), (ADMIN, WORKSPACE), (STRANGER, ELSEWHERE)):
        await store.create(actor, saying(f"tea of {key}", key))
    return store


def eyes(key: Key) -> Audience:
    return Audience(key, Key.workspace(key.team), alone=True)


async def test_nothing_of_a_suspended_person_is_recalled_and_everything_is_back_when_they_are(
    database: Database, store: MemoryStore
) -> None:
    recall = Recall(database, budget=500)
    before = await recall.recall(eyes(ANNAS))
    assert len(before.memories) == 2
    await store.suspension.suspend(OPERATOR, ANNAS)
    assert (await recall.recall(eyes(ANNAS))).memories == ()
    assert len((await recall.recall(eyes(BOBS))).memories) == 2
    assert [await store.suspension.covers(key) for key in (ANNAS, BOBS, WORKSPACE)] == [True, False, False]
    await store.suspension.reinstate(OPERATOR, ANNAS)
    assert await recall.recall(eyes(ANNAS)) == before
    assert not await store.suspension.covers(ANNAS)


async def test_a_suspended_workspace_rests_as_a_whole_and_no_other_does(database: Database, store: MemoryStore) -> None:
    recall = Recall(database, budget=500)
    audiences = [eyes(ANNAS), Audience(Key.person(TEAM, "U7"), alone=True), Audience(ANNAS, channel=IN_CHANNEL)]
    await store.create(GUEST, saying("milk", Key.person(TEAM, "U7")))
    before = [await recall.recall(each) for each in audiences]
    await store.suspension.suspend(OPERATOR, WORKSPACE)
    assert [(await recall.recall(each)).memories for each in audiences] == [(), (), ()]
    assert [await store.suspension.covers(key) for key in (ANNAS, IN_CHANNEL, WORKSPACE, ELSEWHERE)] == [True] * 3 + [
        False
    ]
    assert (await recall.recall(eyes(ELSEWHERE))).memories
    await store.suspension.reinstate(OPERATOR, WORKSPACE)
    assert [await recall.recall(each) for each in audiences] == before


async def test_a_workspace_without_a_memory_can_be_suspended(store: MemoryStore) -> None:
    await store.suspension.suspend(OPERATOR, Key.workspace("T3"))
    assert await store.suspension.covers(Key.person("T3", "U1"))


@pytest.mark.parametrize("actor", [ANNA, ADMIN, GUEST, OUTSIDER])
async def test_nobody_but_the_bot_itself_suspends(store: MemoryStore, actor: Actor) -> None:
    for key in (ANNAS, WORKSPACE):
        with pytest.raises(NotPermitted):
            await store.suspension.suspend(actor, key)
        with pytest.raises(NotPermitted):
            await store.suspension.reinstate(actor, key)
    with pytest.raises(NotPermitted):
        await store.suspension.erase(actor, NOON)
    with pytest.raises(NotPermitted):
        await store.suspension.suspend(OPERATOR, IN_CHANNEL)


async def test_after_the_grace_a_person_is_erased_and_nobody_else(store: MemoryStore, clock: Clock) -> None:
    await store.suspension.suspend(OPERATOR, ANNAS)
    clock.now += timedelta(days=10)
    await store.suspension.suspend(OPERATOR, ANNAS)  # Slack says it again: the grace runs from the first time
    assert (await store.suspension.erase(OPERATOR, NOON)).keys == ()
    assert (await store.suspension.erase(OPERATOR, NOON + timedelta(seconds=1))).keys == (ANNAS,)
    assert (await store.suspension.erase(OPERATOR, NOON + timedelta(seconds=1))).keys == ()
    left = {memory.key for memory in (await store.review(ADMIN, TEAM)).memories}
    assert left == {BOBS, IN_CHANNEL, WORKSPACE}
    assert not await store.suspension.covers(ANNAS)  # who comes back now begins anew
    log = await store.audit.entries(ADMIN, key=ANNAS)
    assert [entry.verb for entry in log] == ["purge", "delete", "suspend", "create"]
    assert "tea" not in str(log)


async def test_who_comes_back_within_the_grace_is_not_erased(store: MemoryStore, clock: Clock) -> None:
    await store.suspension.suspend(OPERATOR, ANNAS)
    await store.suspension.reinstate(OPERATOR, ANNAS)
    await store.suspension.reinstate(OPERATOR, ANNAS)
    clock.now += timedelta(days=99)
    assert (await store.suspension.erase(OPERATOR, clock.now)).keys == ()
    assert (await store.find(ANNA, ANNAS)).total == 1
    assert [entry.verb for entry in await store.audit.entries(ANNA, key=ANNAS)] == ["reinstate", "suspend", "create"]


async def test_who_comes_back_while_the_erasing_begins_is_not_erased(store: MemoryStore, clock: Clock) -> None:
    """The list of whom to erase was read; they are reinstated before their turn comes."""
    for moment in (None, clock.now):
        if moment:
            await store.suspension.suspend(OPERATOR, ANNAS)
        assert not await store.suspension._erase(OPERATOR, ANNAS, NOON)
    assert (await store.find(ANNA, ANNAS)).total == 1


async def test_after_the_grace_a_workspace_is_erased_and_no_other(store: MemoryStore) -> None:
    await store.suspension.suspend(OPERATOR, WORKSPACE)
    assert (await store.suspension.erase(OPERATOR, NOON + timedelta(seconds=1))).keys == (WORKSPACE,)
    assert (await store.review(OPERATOR, TEAM)).total == 0
    assert "tea" not in str(await store.audit.entries(OPERATOR, team=TEAM))
    assert (await store.find(STRANGER, ELSEWHERE)).total == 1
    assert "tea" in str(await store.audit.entries(OPERATOR, team=OTHER_TEAM))


# ------------------------------------------------------------------------------------------------------ what fails


async def test_one_that_cannot_be_erased_stops_no_other_and_is_named(
    database: Database, store: MemoryStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in (ANNAS, BOBS, ELSEWHERE):
        await store.suspension.suspend(OPERATOR, key)
    whole = erasure.erase

    async def failing(tx: AsyncConnection, actor: Actor, key: Key, now: datetime, *, verb: str) -> int:
        if key == ANNAS:
            await tx.execute(sa.text("SELECT * FROM nowhere"))
        return await whole(tx, actor, key, now, verb=verb)

    monkeypatch.setattr("memory.store.erasure.erase", failing)
    clock.now += timedelta(days=31)
    erased = await store.suspension.erase(OPERATOR, clock.now)
    assert erased == ((BOBS, ELSEWHERE), (ANNAS,))
    assert (await store.find(ANNA, ANNAS)).total == 1
    monkeypatch.undo()
    assert await store.suspension.erase(OPERATOR, clock.now) == ((ANNAS,), ())


async def test_the_turns_of_a_workspace_go_some_at_once(
    database: Database, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All in one statement they may be more than its time allows, and then they would never go."""
    monkeypatch.setattr("memory.database.batches.DELETED_AT_ONCE", 10)
    counting = FailingDatabase.over(database)
    for number in range(25):
        await begin(Turns(database), number)
    await store.suspension.suspend(OPERATOR, WORKSPACE)
    erased = await MemoryStore(counting).suspension.erase(OPERATOR, NOON + timedelta(seconds=1))
    assert erased.keys == (WORKSPACE,)
    assert len(counting.begun) == 3 + 1  # batches, and what is erased whole
    async with database.reading() as connection:
        assert not await connection.scalar(sa.select(sa.exists().where(tables.turns.c.team == TEAM)))


async def begin(turns: Turns, number: int) -> None:
    thread = Thread(TEAM, "D1", "1.0")
    await turns.begin(Turn(f"Ev{number}", thread, "U1", "1.0", "what?", (), NOON))


async def test_what_should_have_been_erased_by_now_is_named(
    store: MemoryStore, clock: Clock, database_url: str
) -> None:
    await store.suspension.suspend(OPERATOR, ANNAS)
    grace = timedelta(days=30)
    for days, late in ((29, ()), (31, ()), (32, (ANNAS,))):
        clock.now = NOON + timedelta(days=days)
        assert await store.suspension.overdue(grace) == late
    long_ago = await asyncio.to_thread(lambda: list(examine(database_url, timedelta(0))))
    assert [finding.line for finding in long_ago if not finding.well] == [
        f"purge: {ANNAS} was suspended at 2026-11-01 12:00 UTC and is not erased"
    ]
    assert all(finding.well for finding in await asyncio.to_thread(lambda: list(examine(database_url, 999 * grace))))
