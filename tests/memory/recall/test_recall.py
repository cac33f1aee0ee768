"""What is recalled for whom, in which order, and within the budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.database.open import Database, open_database
from memory.database.rows import new_memory
from memory.models import Changes, Key, LeftOut, Memory, NewMemory
from memory.recall.audience import Audience
from memory.recall.recall import MOST_LEFT_OUT, Recall, fit, rank
from memory.store.store import MemoryStore
from memory.text.tokens import token_count
from tests.people import ADMIN, ANNA, ANNAS, BOB, BOBS, CHANNEL, IN_CHANNEL, OPERATOR, STRANGER, TEAM, WORKSPACE, saying

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
DM = Audience(ANNAS, WORKSPACE, alone=True)
IN_PUBLIC = Audience(ANNAS, WORKSPACE, IN_CHANNEL)


async def texts(database: Database, audience: Audience, budget: int = 500) -> list[str]:
    return [memory.text for memory in (await Recall(database, budget=budget).recall(audience)).memories]


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (DM, {"private", "open", "workspace"}),
        (IN_PUBLIC, {"open", "workspace", "channel"}),
        (Audience(ANNAS, alone=True), {"private", "open"}),
        (Audience(ANNAS), {"open"}),
        (Audience(ANNAS, WORKSPACE, IN_CHANNEL, alone=True), {"private", "open", "workspace"}),
        (Audience(None, WORKSPACE, IN_CHANNEL), {"workspace", "channel"}),
        (Audience(BOBS, WORKSPACE, IN_CHANNEL), {"Bob's open", "workspace", "channel"}),
        (Audience(BOBS, alone=True), {"Bob's", "Bob's open"}),
        (Audience(Key.person("T2", "U1"), Key.workspace("T2"), Key.channel("T2", CHANNEL), alone=True), {"elsewhere"}),
        (Audience(None), set()),
        (Audience(None, alone=True), set()),
    ],
)
async def test_an_audience_is_given_what_all_of_it_may_see(
    database: Database, audience: Audience, expected: set[str]
) -> None:
    store = MemoryStore(database)
    await store.create(ANNA, saying("private"))
    await store.create(ANNA, replace(saying("open"), visibility="open"))
    await store.create(BOB, saying("Bob's", BOBS))
    await store.create(BOB, replace(saying("Bob's open", BOBS), visibility="open"))
    await store.create(ADMIN, saying("workspace", WORKSPACE))
    await store.create(BOB, saying("channel", IN_CHANNEL))
    await store.create(replace(BOB, channel="C2"), saying("other channel", Key.channel(TEAM, "C2")))
    await store.create(STRANGER, saying("elsewhere", Key.person("T2", "U1")))
    assert set(await texts(database, audience)) == expected


async def test_pinned_then_priority_then_newest_across_keys(database: Database) -> None:
    moments = iter(NOON + timedelta(seconds=each) for each in range(100))
    store = MemoryStore(database, clock=lambda: next(moments))
    await store.create(ANNA, saying("old"))
    await store.create(ADMIN, saying("between", WORKSPACE))
    await store.create(ANNA, replace(saying("new"), visibility="open"))
    await store.create(ANNA, replace(saying("high"), priority=1))
    await store.create(ADMIN, replace(saying("pinned", WORKSPACE), pinned=True, priority=-9))
    await store.create(ANNA, replace(saying("low"), priority=-1))
    assert await texts(database, DM) == ["pinned", "high", "new", "between", "old", "low"]


async def test_disabled_and_expired_memories_are_never_recalled(database: Database) -> None:
    store = MemoryStore(database)
    off = await store.create(ANNA, saying("off"))
    await store.update(ANNA, off.id, Changes(disabled=True))
    await store.create(ANNA, replace(saying("over"), expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    await store.create(ANNA, saying("tea"))
    assert await texts(database, DM) == ["tea"]


async def test_what_stays_out_is_told_with_the_reason(database: Database) -> None:
    clock = [NOON]
    store = MemoryStore(database, clock=lambda: clock[0])
    recall = Recall(database, budget=80, clock=lambda: clock[0])
    disabled = await store.create(ANNA, saying("disabled"))
    await store.update(ANNA, disabled.id, Changes(disabled=True))
    await store.create(ANNA, replace(saying("expired"), visibility="open", expires_at=NOON + timedelta(days=1)))
    await store.create(ANNA, saying("private"))
    await store.create(ADMIN, saying(f"long {'x' * 400}", WORKSPACE))
    await store.create(BOB, saying("Bob's", BOBS))

    async def left_out(audience: Audience) -> dict[str, str]:
        recalled = await recall.recall(audience)
        left = {one.memory_id: one.why for one in recalled.left_out}
        known = await store.look_at(OPERATOR, list(left))
        return {known[memory_id].text.split()[0]: why for memory_id, why in left.items()}

    assert await left_out(DM) == {"disabled": "disabled", "long": "over budget"}
    assert await left_out(IN_PUBLIC) == {"disabled": "disabled", "long": "over budget", "private": "private here"}
    clock[0] += timedelta(days=2)
    assert await left_out(DM) == {"disabled": "disabled", "long": "over budget", "expired": "expired"}


async def test_of_each_kind_that_stays_out_the_first_are_told_by_id(database: Database) -> None:
    clock = [NOON]
    store = MemoryStore(database, clock=lambda: clock[0])
    for number in range(MOST_LEFT_OUT + 5):
        expiring = replace(saying(f"expired {number}"), visibility="open", expires_at=NOON + timedelta(hours=1))
        await store.create(ANNA, expiring)
        await store.create(ANNA, saying(f"private {number}"))
        off = await store.create(ADMIN, saying(f"disabled {number}", WORKSPACE))
        await store.update(ADMIN, off.id, Changes(disabled=True))
        await store.create(ANNA, replace(saying(f"open {number} {'x' * 400}"), visibility="open"))
        clock[0] += timedelta(seconds=1)
    clock[0] += timedelta(hours=2)
    recalled = await Recall(database, budget=100, clock=lambda: clock[0]).recall(IN_PUBLIC)
    told = Counter(one.why for one in recalled.left_out)
    assert told == dict.fromkeys(("over budget", "private here", "disabled", "expired"), MOST_LEFT_OUT)
    known = await store.look_at(OPERATOR, [one.memory_id for one in recalled.left_out if one.why == "expired"])
    newest = range(MOST_LEFT_OUT + 4, 4, -1)
    assert [known[one.memory_id].text for one in recalled.left_out if one.memory_id in known] == [
        f"expired {number}" for number in newest
    ]


async def test_what_is_kept_is_bounded_by_size_and_by_number(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, recall = MemoryStore(database), Recall(database, budget=5000)
    await store.create(ADMIN, replace(saying("word " * 360, WORKSPACE), metadata={"note": "x" * 9000}))
    weight = (await recall.recall(DM)).weight
    assert 4000 < weight < 8000  # its text and its block, and not its metadata
    assert recall._blocks.bytes == weight
    monkeypatch.setattr("memory.recall.recall.CACHED_BYTES", 4 * weight)
    for number in range(8):
        await recall.recall(replace(DM, person=Key.person(TEAM, f"U{number}")))
    assert (len(recall._blocks), recall._blocks.bytes) == (4, 4 * weight)
    monkeypatch.setattr("memory.recall.recall.CACHED_AUDIENCES", 2)
    await recall.recall(replace(DM, person=Key.person(TEAM, "U99")))
    assert (len(recall._blocks), recall._blocks.bytes) == (2, 2 * weight)
    recall.forget(WORKSPACE)
    assert (len(recall._blocks), recall._blocks.bytes) == (0, 0)


async def test_a_memory_expires_without_any_change(database: Database) -> None:
    now = NOON
    recall = Recall(database, budget=500, clock=lambda: now)
    store = MemoryStore(database, clock=lambda: now)
    await store.create(ANNA, replace(saying("short-lived"), expires_at=NOON + timedelta(hours=1)))
    await store.create(ANNA, replace(saying("longer-lived"), expires_at=NOON + timedelta(hours=2)))
    left = []
    for hours in (0, 1, 2):
        now = NOON + timedelta(hours=hours)
        left.append(len((await recall.recall(DM)).memories))
    assert left == [2, 1, 0]


async def test_nothing_is_recalled_for_somebody_who_paused(database: Database) -> None:
    store, recall = MemoryStore(database), Recall(database, budget=500)
    await store.create(ANNA, saying("tea"))
    await store.create(ADMIN, saying("we deploy on Tuesdays", WORKSPACE))
    before = await recall.recall(DM)
    await store.pause(ANNA, ANNAS, paused=True)
    assert (await recall.recall(DM)).block == (await recall.recall(IN_PUBLIC)).block == ""
    assert len((await recall.recall(Audience(BOBS, WORKSPACE, alone=True))).memories) == 1
    await store.pause(ANNA, ANNAS, paused=False)
    assert (await recall.recall(DM)).block == before.block


async def test_the_block_is_the_same_bytes_while_nothing_changed(database: Database, database_url: str) -> None:
    store, recall = MemoryStore(database), Recall(database, budget=500)
    for each in range(5):
        await store.create(ANNA, saying(f"fact {each}"))
    first = await recall.recall(DM)
    await store.create(BOB, saying("somebody else's change", BOBS))
    async with database.transaction() as tx:
        await store.count_applied(tx, {memory.id: (1, NOON) for memory in first.memories})
    assert await recall.recall(DM) is first
    async with open_database(database_url) as again:
        assert (await Recall(again, budget=500).recall(DM)).block == first.block


Change = Callable[[MemoryStore, Memory, Memory], Awaitable[object]]
CHANGES: dict[str, Change] = {
    "create": lambda store, memory, off: store.create(ANNA, saying("new")),
    "create for the workspace": lambda store, memory, off: store.create(ADMIN, saying("new", WORKSPACE)),
    "edit": lambda store, memory, off: store.update(ANNA, memory.id, Changes(text="coffee")),
    "disable": lambda store, memory, off: store.update(ANNA, memory.id, Changes(disabled=True)),
    "disable by an admin": lambda store, memory, off: store.update(
        ADMIN, memory.id, Changes(disabled=True), reason="spam"
    ),
    "enable": lambda store, memory, off: store.update(ANNA, off.id, Changes(disabled=False)),
    "pin": lambda store, memory, off: store.update(ANNA, memory.id, Changes(pinned=True)),
    "priority": lambda store, memory, off: store.update(ANNA, memory.id, Changes(priority=9)),
    "open": lambda store, memory, off: store.update(ANNA, off.id, Changes(visibility="open", disabled=False)),
    "expire": lambda store, memory, off: store.update(ANNA, memory.id, Changes(expires_at=NOON)),
    "delete": lambda store, memory, off: store.delete(ANNA, memory.id),
    "delete all": lambda store, memory, off: store.delete_all(ANNA, ANNAS),
    "pause": lambda store, memory, off: store.pause(ANNA, ANNAS, paused=True),
}


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "another engine"])
@pytest.mark.parametrize("change", CHANGES)
async def test_every_change_is_in_the_next_block(
    database: Database, database_url: str, change: str, elsewhere: bool
) -> None:
    store, recall = MemoryStore(database), Recall(database, budget=500)
    memory = await store.create(ANNA, saying("tea"))
    off = await store.create(ANNA, saying("off"))
    await store.update(ANNA, off.id, Changes(disabled=True))
    await store.create(ANNA, saying("water"))
    before = (await recall.recall(DM)).block
    if elsewhere:
        async with open_database(database_url) as other:
            await CHANGES[change](MemoryStore(other), memory, off)
    else:
        await CHANGES[change](store, memory, off)
    after = (await recall.recall(DM)).block
    assert after != before
    assert after == (await Recall(database, budget=500).recall(DM)).block


async def test_a_key_with_many_memories_fills_the_budget_and_no_more(database: Database) -> None:
    store = MemoryStore(database)
    for each in range(30):
        await store.create(ANNA, saying(f"Fact number {each} is that I like fact number {each}"))
    recalled = await Recall(database, budget=200).recall(DM)
    assert 0 < len(recalled.memories) < 30
    assert 150 < token_count(recalled.block) == recalled.tokens <= 200
    numbers = [memory.number for memory in recalled.memories]
    assert numbers == list(range(30, 30 - len(numbers), -1))
    assert (await Recall(database, budget=0).recall(DM)).block == ""


lines = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60), max_size=12)


@settings(deadline=None)
@given(lines, st.integers(0, 400))
def test_the_budget_is_a_hard_cap(said: list[str], budget: int) -> None:
    ranked = rank(
        [new_memory(NewMemory(ANNAS, text), number=at, actor=ANNA, now=NOON) for at, text in enumerate(said, 1)]
    )
    recalled = fit(ranked, budget)
    assert recalled.tokens == token_count(recalled.block) <= budget
    out = {one.memory_id for one in recalled.left_out}
    assert [each for each in ranked if each in recalled.memories or each.id in out] == ranked
    assert len(recalled.memories) + len(out) == len(ranked)
    assert list(recalled.memories) == [each for each in ranked if each in recalled.memories]


def test_a_shorter_memory_goes_in_where_a_longer_one_has_no_room() -> None:
    long, short = (
        new_memory(NewMemory(ANNAS, text), number=at, actor=ANNA, now=NOON)
        for at, text in ((2, "word " * 300), (1, "tea"))
    )
    recalled = fit(rank([short, long]), 100)
    assert (recalled.memories, recalled.left_out) == ((short,), (LeftOut(long.id, "over budget"),))


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("audience", [DM, IN_PUBLIC])
async def test_recall_reads_an_index_in_its_order(database: Database, audience: Audience) -> None:
    asked: list[tuple[str, object]] = []

    @sa.event.listens_for(database.reader.sync_engine, "before_cursor_execute")
    def note(connection: object, cursor: object, statement: str, parameters: object, *rest: object) -> None:
        asked.append((statement, parameters))

    await Recall(database, budget=500).recall(audience)
    statement, parameters = next((text, values) for text, values in asked if "FROM memories" in text)
    async with database.reading() as connection:
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
        plan = [str(row.detail) for row in rows]
    assert sum("SEARCH memories USING INDEX ix_memories_recall (key=? AND disabled=? AND" in step for step in plan) == 3
    assert not [step for step in plan if "TEMP B-TREE" in step or "SCAN memories" in step]
