"""The store's promises, each on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.database import tables
from memory.database.open import Database, open_database
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
    StorageFailed,
)
from memory.models import JSON, Actor, Changes, Filter, Key, Memory, NewMemory, Origin
from memory.store.limits import Limits
from memory.store.store import MemoryStore
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
    OUTSIDER,
    STRANGE_ADMIN,
    STRANGER,
    TEAM,
    WORKSPACE,
    saying,
)
from tests.waiting import PATIENCE

TOKEN = "xoxb-1234567890-1234567890-abcdefghijklmnopqrstuvwx"


async def audited(database: Database) -> list[sa.Row[tuple[object, ...]]]:
    async with database.reading() as connection:
        return list((await connection.execute(sa.select(tables.audit).order_by(tables.audit.c.id))).all())


async def numbers(store: MemoryStore, actor: Actor = ANNA, key: Key = ANNAS) -> list[int]:
    return sorted(memory.number for memory in (await store.find(actor, key)).memories)


# ------------------------------------------------------------------------------------------------- create


async def test_a_memory_keeps_everything_it_was_given(database: Database) -> None:
    store = MemoryStore(database, clock=Clock())
    new = NewMemory(
        key=ANNAS,
        text=" Short\nanswers ",
        visibility="open",
        type="fact",
        tags=("#Style", "work"),
        priority=-3,
        pinned=True,
        source="api",
        origin=Origin("U1", "D1", "1.0", "2.0", "S1"),
        metadata={"a": [1, None, True, 2.5, "é\0"]},
        expires_at=NOON + timedelta(days=1),
    )
    memory = await store.create(ANNA, new)
    assert memory == Memory(
        id=memory.id,
        number=1,
        key=ANNAS,
        text=" Short\nanswers ",
        visibility="open",
        type="fact",
        tags=("style", "work"),
        priority=-3,
        pinned=True,
        disabled=False,
        source="api",
        origin=new.origin,
        metadata=new.metadata,
        times_applied=0,
        last_applied_at=None,
        revision=1,
        expires_at=new.expires_at,
        created_at=NOON,
        created_by=ANNA.id,
        updated_at=NOON,
        updated_by=ANNA.id,
    )
    assert memory.id.startswith("mem_")
    assert await store.get(ANNA, memory.id) == await store.get_number(ANNA, ANNAS, 1) == memory


@pytest.mark.parametrize(
    "new",
    [
        saying(" "),
        saying("x" * 2001),
        saying("\ud800"),
        replace(saying("x"), tags=tuple("abcdefghi")),
        replace(saying("x"), priority=1001),
        replace(saying("x"), type=""),
        replace(saying("x"), type="\ud800"),
        replace(saying("x"), visibility="public"),  # type: ignore[arg-type]
        replace(saying("x"), metadata=float("nan")),
        saying(f"my token is {TOKEN}"),
        replace(saying("x"), tags=(TOKEN[:30],)),
        replace(saying("x"), metadata={"token": TOKEN}),
    ],
)
async def test_what_cannot_be_a_memory_leaves_no_trace(database: Database, new: NewMemory) -> None:
    with pytest.raises(MemoryInvalid) as refusal:
        await MemoryStore(database).create(ANNA, new)
    assert TOKEN[:20] not in str(refusal.value)
    assert await audited(database) == []


async def test_a_secret_is_named_by_its_kind_also_when_it_is_too_long_for_a_memory(store: MemoryStore) -> None:
    with pytest.raises(SecretSeen, match="Slack token") as refusal:
        await store.create(ANNA, saying(f"{TOKEN} {'x' * 3000}"))
    assert refusal.value.kind == "a Slack token"
    memory = await store.create(ANNA, saying("tea"))
    with pytest.raises(SecretSeen):
        await store.update(ANNA, memory.id, Changes(text=TOKEN))
    with pytest.raises(SecretSeen):
        await store.update(ANNA, memory.id, Changes(metadata=[TOKEN]))


async def test_a_duplicate_is_refused_and_the_existing_memory_named(store: MemoryStore) -> None:
    first = await store.create(ANNA, saying("I like short answers"))
    with pytest.raises(MemoryExists, match=r"it is m1\.$") as refusal:
        await store.create(ANNA, saying("  i LIKE short  answers! "))
    assert refusal.value.existing == first
    await store.update(ANNA, first.id, Changes(disabled=True))
    with pytest.raises(MemoryExists, match="m1, which is disabled"):
        await store.create(ANNA, saying("I like short answers"))


async def test_the_same_words_in_another_key_are_no_duplicate(store: MemoryStore) -> None:
    for actor, key in ((ANNA, ANNAS), (BOB, BOBS), (ADMIN, WORKSPACE), (BOB, IN_CHANNEL)):
        assert (await store.create(actor, saying("I like short answers", key))).number == 1


async def test_an_edit_to_the_words_of_another_memory_is_a_duplicate_too(store: MemoryStore) -> None:
    await store.create(ANNA, saying("tea"))
    coffee = await store.create(ANNA, saying("coffee"))
    with pytest.raises(MemoryExists, match="m1"):
        await store.update(ANNA, coffee.id, Changes(text="Tea."))
    assert (await store.update(ANNA, coffee.id, Changes(text="Coffee!"))).text == "Coffee!"


@pytest.mark.parametrize("by_edit", [False, True])
async def test_an_expired_memory_makes_way_for_the_same_words(database: Database, by_edit: bool) -> None:
    clock = Clock()
    store = MemoryStore(database, Limits(per_key=2), clock=clock)
    old = await store.create(ANNA, replace(saying("tea"), expires_at=NOON + timedelta(hours=1)))
    coffee = await store.create(ANNA, saying("coffee"))
    with pytest.raises(MemoryExists):
        await store.create(ANNA, saying("tea"))
    clock.now += timedelta(hours=1)
    if by_edit:
        await store.update(ANNA, coffee.id, Changes(text="Tea"))
        assert await numbers(store) == [2]
    else:
        assert (await store.create(ANNA, saying("Tea"))).number == 3
        assert await numbers(store) == [2, 3]
    with pytest.raises(MemoryNotFound):
        await store.get(ANNA, old.id)
    assert [row.verb for row in await audited(database)][2] == "expire"
    with pytest.raises(MemoryExists):  # the room that it left is counted
        await store.create(ANNA, saying("tea"))


async def test_numbers_are_never_used_again(store: MemoryStore) -> None:
    for text in ("one", "two", "three"):
        await store.create(ANNA, saying(text))
    await store.delete(ANNA, (await store.get_number(ANNA, ANNAS, 3)).id)
    assert (await store.create(ANNA, saying("three"))).number == 4
    await store.delete_all(ANNA, ANNAS)
    assert (await store.create(ANNA, saying("one"))).number == 5


async def test_a_full_key_refuses_clearly_until_there_is_room(database: Database) -> None:
    store = MemoryStore(database, Limits(per_key=2))
    await store.create(ANNA, saying("one"))
    two = await store.create(ANNA, saying("two"))
    with pytest.raises(MemoryLimitReached, match=r"2 is the most\. Delete one first"):
        await store.create(ANNA, saying("three"))
    await store.create(BOB, saying("three", BOBS))
    await store.update(ANNA, two.id, Changes(disabled=True))  # a disabled one takes room too
    with pytest.raises(MemoryLimitReached):
        await store.create(ANNA, saying("three"))
    await store.delete(ANNA, two.id)
    assert (await store.create(ANNA, saying("three"))).number == 3


async def test_a_key_holds_1000_memories_unless_told_otherwise() -> None:
    assert Limits().per_key == 1000


@pytest.mark.parametrize(
    ("actor", "key"),
    [(GUEST, WORKSPACE), (ANNA, BOBS), (ADMIN, BOBS), (GUEST, IN_CHANNEL), (OUTSIDER, Key.person(TEAM, "U8"))],
)
async def test_who_may_not_write_a_key_is_refused(store: MemoryStore, actor: Actor, key: Key) -> None:
    with pytest.raises(NotPermitted):
        await store.create(actor, saying("x", key))


async def test_a_shared_memory_is_open(store: MemoryStore) -> None:
    memory = await store.create(ADMIN, saying("We deploy on Tuesdays", WORKSPACE))
    assert memory.visibility == "open"
    with pytest.raises(MemoryInvalid):
        await store.update(ADMIN, memory.id, Changes(visibility="private"))


# --------------------------------------------------------------------------------------------- concurrency


@pytest.mark.parametrize("count", [50, 200])
async def test_concurrent_saves_lose_nothing_and_never_share_a_number(database: Database, count: int) -> None:
    store = MemoryStore(database)
    saved = await asyncio.gather(*(store.create(ANNA, saying(f"fact {each}")) for each in range(count)))
    assert sorted(memory.number for memory in saved) == list(range(1, count + 1)) == await numbers(store)
    assert {memory.text for memory in (await store.find(ANNA, ANNAS)).memories} == {f"fact {n}" for n in range(count)}
    assert len(await audited(database)) == count


SAVES = """
import asyncio, sys
from memory.database.open import open_database
from memory.store.store import MemoryStore
from tests.people import ANNA, saying

async def main(url, name):
    async with open_database(url) as database:
        store = MemoryStore(database)
        await asyncio.gather(*(store.create(ANNA, saying(f"{name} {each}")) for each in range(50)))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_two_processes_lose_nothing_either(database: Database, database_url: str) -> None:
    store = MemoryStore(database)
    both = [await asyncio.create_subprocess_exec(sys.executable, "-c", SAVES, database_url, name) for name in "ab"]
    assert await asyncio.gather(*(process.wait() for process in both)) == [0, 0]
    assert await numbers(store) == list(range(1, 101))


async def test_of_twenty_who_say_the_same_at_once_one_is_kept(store: MemoryStore) -> None:
    answers = await asyncio.gather(*(store.create(ANNA, saying("tea")) for _ in range(20)), return_exceptions=True)
    assert [type(answer) for answer in answers if not isinstance(answer, Memory)] == [MemoryExists] * 19
    assert await numbers(store) == [1]


async def test_a_race_at_the_cap_never_goes_over_it(database: Database) -> None:
    store = MemoryStore(database, Limits(per_key=10))
    saves = (store.create(ANNA, saying(f"fact {each}")) for each in range(30))
    answers = await asyncio.gather(*saves, return_exceptions=True)
    assert sum(isinstance(answer, MemoryLimitReached) for answer in answers) == 20
    assert await numbers(store) == list(range(1, 11))


async def test_of_two_edits_of_one_revision_one_is_refused(store: MemoryStore) -> None:
    memory = await store.create(ANNA, saying("tea"))
    edits = (store.update(ANNA, memory.id, Changes(text=f"tea {each}"), expected_revision=1) for each in range(10))
    answers = await asyncio.gather(*edits, return_exceptions=True)
    assert sum(isinstance(answer, MemoryConflict) for answer in answers) == 9
    assert (await store.get(ANNA, memory.id)).revision == 2


async def test_edits_through_two_engines_lose_nothing(database: Database, database_url: str) -> None:
    memory = await MemoryStore(database).create(ANNA, saying("tea"))
    async with open_database(database_url) as other:
        stores = [MemoryStore(database), MemoryStore(other)] * 10
        edits = (store.update(ANNA, memory.id, Changes(text=f"tea {at}")) for at, store in enumerate(stores))
        await asyncio.gather(*edits)
    assert (await MemoryStore(database).get(ANNA, memory.id)).revision == 21


async def test_edits_and_deletes_at_once_leave_a_whole_log(database: Database) -> None:
    store = MemoryStore(database)
    memories = [await store.create(ANNA, saying(f"fact {each}")) for each in range(5)]
    await asyncio.gather(
        *(store.update(ANNA, each.id, Changes(text=f"{each.text} changed")) for each in memories),
        store.delete_all(ANNA, ANNAS),
        *(store.create(ANNA, saying(f"new {each}")) for each in range(5)),
        return_exceptions=True,
    )
    left = len(await numbers(store))
    verbs = [row.verb for row in await audited(database)]
    assert verbs.count("create") - verbs.count("delete") == left
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(tables.keys.c.memories)) == left


async def test_a_save_that_is_cancelled_is_whole_or_not_there(database: Database) -> None:
    store = MemoryStore(database)
    outcomes = []  # kept, for what a traceback refers to must not hold a lock
    for each in range(30):
        save = asyncio.create_task(store.create(ANNA, saying(f"fact {each}")))
        await asyncio.sleep(each / 8000)
        save.cancel()
        outcomes.append(await asyncio.gather(save, return_exceptions=True))
        async with asyncio.timeout(PATIENCE):
            await store.create(ANNA, saying(f"next {each}"))
    last = await store.create(ANNA, saying("the last"))
    kept = await numbers(store)
    assert kept == list(range(1, last.number + 1))
    assert len(await audited(database)) == len(kept)


# ---------------------------------------------------------------------------------------------- request ids


async def test_a_repeated_request_returns_what_the_first_made(database: Database) -> None:
    store = MemoryStore(database)
    first = await store.create(ANNA, saying("tea"), request_id="Ev1:0")
    assert await store.create(ANNA, saying("tea"), request_id="Ev1:0") == first
    assert (await store.create(ANNA, saying("coffee"), request_id="Ev1:1")).number == 2
    assert len(await audited(database)) == 2


async def test_a_request_that_is_repeated_at_once_is_done_once(store: MemoryStore) -> None:
    saves = (store.create(ANNA, saying("tea"), request_id="Ev1:0") for _ in range(20))
    assert len({memory.id for memory in await asyncio.gather(*saves)}) == 1


async def test_a_repeated_request_does_not_bring_back_what_was_deleted(store: MemoryStore) -> None:
    memory = await store.create(ANNA, saying("tea"), request_id="Ev1:0")
    await store.delete(ANNA, memory.id)
    with pytest.raises(MemoryNotFound):
        await store.create(ANNA, saying("tea"), request_id="Ev1:0")


async def test_a_request_id_of_somebody_else_shows_nothing_of_theirs(store: MemoryStore) -> None:
    await store.create(ANNA, saying("Anna's words"), request_id="Ev1:0")
    memory = await store.create(BOB, saying("Bob's words", BOBS), request_id="Ev1:0")
    assert (memory.key, memory.text) == (BOBS, "Bob's words")


# --------------------------------------------------------------------------------------------- update, delete


async def test_an_update_changes_what_it_names_and_nothing_else(database: Database) -> None:
    clock = Clock()
    store = MemoryStore(database, clock=clock)
    memory = await store.create(ANNA, replace(saying("tea"), expires_at=NOON + timedelta(days=9), metadata={"a": 1}))
    clock.now += timedelta(hours=1)
    changed = await store.update(ANNA, memory.id, Changes(text="coffee", tags=("Drink",), expires_at=None))
    assert changed == replace(memory, text="coffee", tags=("drink",), expires_at=None, revision=2, updated_at=clock.now)
    assert await store.get(ANNA, memory.id) == changed


async def test_an_update_that_changes_nothing_leaves_no_trace(database: Database) -> None:
    store = MemoryStore(database)
    memory = await store.create(ANNA, saying("tea"))
    assert await store.update(ANNA, memory.id, Changes(text="tea", pinned=False)) == memory
    assert len(await audited(database)) == 1


async def test_a_stale_revision_is_refused_and_nothing_saved(store: MemoryStore) -> None:
    memory = await store.create(ANNA, saying("tea"))
    changed = await store.update(ANNA, memory.id, Changes(text="coffee"), expected_revision=1)
    for verb in (Changes(text="water"), Changes(disabled=True)):
        with pytest.raises(MemoryConflict):
            await store.update(ANNA, memory.id, verb, expected_revision=1)
    assert await store.get(ANNA, memory.id) == changed


async def test_a_memory_is_gone_for_good_after_delete(store: MemoryStore) -> None:
    memory = await store.create(ANNA, saying("tea"))
    assert await store.delete(ANNA, memory.id) == memory
    for attempt in (store.get(ANNA, memory.id), store.delete(ANNA, memory.id), store.get_number(ANNA, ANNAS, 1)):
        with pytest.raises(MemoryNotFound):
            await attempt
    assert await store.create(ANNA, saying("tea"))


@pytest.mark.parametrize("actor", [BOB, ADMIN, GUEST, OUTSIDER, STRANGER])
async def test_only_the_owner_and_the_operator_delete_all(store: MemoryStore, actor: Actor) -> None:
    await store.create(ANNA, saying("tea"))
    with pytest.raises(NotPermitted):
        await store.delete_all(actor, ANNAS)
    assert await store.delete_all(replace(OPERATOR, id="root"), ANNAS) == 1
    assert await store.delete_all(ANNA, ANNAS) == 0


async def test_deleting_all_leaves_the_memories_of_others(store: MemoryStore) -> None:
    for actor, key in ((ANNA, ANNAS), (ANNA, IN_CHANNEL), (BOB, BOBS), (STRANGER, Key.person("T2", "U1"))):
        await store.create(actor, saying("tea", key))
    assert await store.delete_all(ANNA, ANNAS) == 1
    for actor, key in ((ANNA, IN_CHANNEL), (BOB, BOBS), (STRANGER, Key.person("T2", "U1"))):
        assert (await store.find(actor, key)).total == 1


# ---------------------------------------------------------------------------------------------------- audit


def holding(folder: Path, words: bytes) -> list[Path]:
    """The files in which these bytes stand."""
    return [file for file in folder.iterdir() if words in file.read_bytes()]


async def test_every_verb_writes_who_by_which_door_when_and_what(database: Database) -> None:
    clock = Clock()
    store = MemoryStore(database, clock=clock)
    memory = await store.create(ANNA, saying("tea"))
    await store.update(ANNA, memory.id, Changes(text="coffee", priority=2))
    await store.update(ADMIN, memory.id, Changes(disabled=True), reason=" rude\0 ")
    await store.update(ADMIN, memory.id, Changes(disabled=False))
    await store.update(ANNA, memory.id, Changes(disabled=True, pinned=True))
    log = (await store.audit.entries(ANNA, key=ANNAS))[::-1]
    assert [(each.verb, each.actor, each.reason) for each in log] == [
        ("create", ANNA.id, None),
        ("update", ANNA.id, None),
        ("disable", ADMIN.id, "rude"),
        ("enable", ADMIN.id, None),
        ("update", ANNA.id, None),
    ]
    assert {(each.at, each.door, each.key, each.memory_id, each.number) for each in log} == {
        (NOON, "slack", ANNAS.value, memory.id, 1)
    }
    assert isinstance(log[0].after, dict)
    assert (log[0].before, log[0].after["text"]) == (None, "tea")
    assert (log[1].before, log[1].after) == ({"text": "tea", "priority": 0}, {"text": "coffee", "priority": 2})
    assert (log[2].before, log[2].after) == ({"disabled": False}, {"disabled": True})
    await store.delete(ANNA, memory.id, reason="r" * 600)
    await store.pause(ANNA, ANNAS, paused=True)
    await store.pause(ANNA, ANNAS, paused=True)
    await store.pause(ANNA, ANNAS, paused=False)
    log = await store.audit.entries(ANNA, key=ANNAS, limit=3)
    assert [each.verb for each in log] == ["resume", "pause", "delete"]
    assert log[2].reason == "r" * 500


@pytest.mark.parametrize("verb", ["create", "update", "disable", "enable", "delete", "delete all", "pause", "read"])
async def test_without_its_audit_row_nothing_is_saved(database: Database, verb: str) -> None:
    store = MemoryStore(database)
    memory = await store.create(ANNA, saying("tea"))
    memory = await store.update(ANNA, memory.id, Changes(disabled=verb == "enable"))
    verbs: dict[str, Callable[[], object]] = {
        "create": lambda: store.create(ANNA, saying("coffee"), request_id="Ev1"),
        "update": lambda: store.update(ANNA, memory.id, Changes(text="coffee")),
        "disable": lambda: store.update(ANNA, memory.id, Changes(disabled=True)),
        "enable": lambda: store.update(ANNA, memory.id, Changes(disabled=False)),
        "delete": lambda: store.delete(ANNA, memory.id),
        "delete all": lambda: store.delete_all(ANNA, ANNAS),
        "pause": lambda: store.pause(ANNA, ANNAS, paused=True),
        "read": lambda: store.get(ADMIN, memory.id, reason="asked"),
    }
    async with database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE audit RENAME TO hidden"))
    try:
        with pytest.raises(StorageFailed):
            await verbs[verb]()  # type: ignore[misc]
    finally:
        async with database.transaction() as tx:
            await tx.execute(sa.text("ALTER TABLE hidden RENAME TO audit"))
    assert (await store.find(ANNA, ANNAS)).memories == (memory,)
    assert not await store.paused(ANNAS)
    if verb == "create":
        assert (await store.create(ANNA, saying("coffee"), request_id="Ev1")).number == 2


@pytest.mark.parametrize("all_at_once", [False, True])
async def test_deleting_erases_the_words_from_the_log(database: Database, all_at_once: bool) -> None:
    store = MemoryStore(database)
    memory = await store.create(
        ANNA, replace(saying("quokka"), tags=("quokka",), metadata={"quokka": "quokka"}, type="fact")
    )
    await store.update(ANNA, memory.id, Changes(text="quokka two", tags=("quokka2",), metadata="quokka"))
    other = await store.create(BOB, saying("quokka", BOBS))
    await (store.delete_all(ANNA, ANNAS) if all_at_once else store.delete(ANNA, memory.id))
    rows = await audited(database)
    assert [row.verb for row in rows] == ["create", "update", "create", "delete", *(["forget"] if all_at_once else [])]
    assert "quokka" not in str([row for row in rows if row.memory_id != other.id])
    assert rows[0].after["type"] == "fact"  # who changed what stays, without the words
    assert rows[2].after["text"] == "quokka"


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("all_at_once", [False, True])
async def test_deleting_erases_the_words_from_the_files(database_url: str, tmp_path: Path, all_at_once: bool) -> None:
    async with open_database(database_url) as database:
        store = MemoryStore(database)
        await store.create(ANNA, saying("something else"))
        memory = await store.create(ANNA, saying("quokka " * 200))
        await store.update(ANNA, memory.id, Changes(text="quokka " * 180))
        assert holding(tmp_path, b"quokka")
        await (store.delete_all(ANNA, ANNAS) if all_at_once else store.delete(ANNA, memory.id))
        assert not holding(tmp_path, b"quokka")
    assert not holding(tmp_path, b"quokka")
    assert not (tmp_path / "membot.db-wal").exists()


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_delete_does_not_wait_long_for_a_reader(database: Database, tmp_path: Path) -> None:
    store = MemoryStore(database)
    memory = await store.create(ANNA, saying("quokka"))
    async with database.reading() as reader:
        await reader.execute(sa.select(tables.memories))
        async with asyncio.timeout(1):
            await store.delete(ANNA, memory.id)
    assert (await store.find(ANNA, ANNAS)).total == 0
    await database.scrub()
    assert not holding(tmp_path, b"quokka")


@pytest.mark.parametrize("actor", [BOB, GUEST, OUTSIDER, STRANGER, STRANGE_ADMIN])
async def test_the_log_is_for_those_who_may_read_the_key_or_review(store: MemoryStore, actor: Actor) -> None:
    await store.create(ANNA, saying("tea"))
    with pytest.raises(NotPermitted):
        await store.audit.entries(actor, key=ANNAS)
    with pytest.raises(NotPermitted):
        await store.audit.entries(actor, team=TEAM)
    with pytest.raises(NotPermitted):
        await store.audit.entries(actor)


async def test_the_log_withholds_the_words_of_persons_from_admins(database: Database) -> None:
    store = MemoryStore(database)
    for actor, key in ((ANNA, ANNAS), (ADMIN, Key.person(TEAM, "U9")), (ADMIN, WORKSPACE)):
        await store.create(actor, replace(saying("quokka", key), tags=("quokka",), metadata="quokka"))
    log = await store.audit.entries(ADMIN, team=TEAM)
    assert ["quokka" in str(each) for each in log] == [True, True, False]
    assert "quokka" not in str(await store.audit.entries(ADMIN, key=ANNAS))
    assert "quokka" in str(await store.audit.entries(ANNA, key=ANNAS))
    assert "quokka" in str(await store.audit.entries(OPERATOR, key=ANNAS))
    full = MemoryStore(database, Limits(full_review=True))
    assert all("quokka" in str(each) for each in await full.audit.entries(ADMIN, team=TEAM))


async def test_the_log_of_a_workspace_is_paged_newest_first(store: MemoryStore) -> None:
    for each in range(5):
        await store.create(ANNA, saying(f"fact {each}"))
    await store.create(STRANGER, saying("elsewhere", Key.person("T2", "U1")))
    pages = [await store.audit.entries(ADMIN, team=TEAM, offset=offset, limit=2) for offset in (0, 2, 4)]
    assert [[each.number for each in page] for page in pages] == [[5, 4], [3, 2], [1]]


# --------------------------------------------------------------------------------------------------- review


async def test_an_admin_reads_a_private_text_only_with_a_reason_which_is_audited(database: Database) -> None:
    store = MemoryStore(database)
    memory = await store.create(ANNA, saying("quokka"))
    for reason in (None, "", "  ", "\0"):
        with pytest.raises(ReasonRequired):
            await store.get(ADMIN, memory.id, reason=reason)
    assert len(await audited(database)) == 1
    assert (await store.get(ADMIN, memory.id, reason=" complaint 12 ")).text == "quokka"
    seen = (await store.audit.entries(ANNA, key=ANNAS))[0]
    assert (seen.verb, seen.actor, seen.reason, seen.memory_id) == ("read", ADMIN.id, "complaint 12", memory.id)


async def test_an_admin_reads_open_texts_without_a_reason(store: MemoryStore) -> None:
    memory = await store.create(ANNA, replace(saying("quokka"), visibility="open"))
    assert await store.get(ADMIN, memory.id) == memory
    assert (await store.review(ADMIN, TEAM)).memories == (memory,)


async def test_full_review_lifts_the_reason(database: Database) -> None:
    store = MemoryStore(database, Limits(full_review=True))
    memory = await store.create(ANNA, saying("quokka"))
    assert await store.get(ADMIN, memory.id) == memory
    assert (await store.review(ADMIN, TEAM, Filter(words="quokka"))).memories == (memory,)
    with pytest.raises(MemoryNotFound):
        await store.get(BOB, memory.id)


async def test_everything_an_admin_gets_comes_without_the_private_words(store: MemoryStore) -> None:
    memory = await store.create(ANNA, replace(saying("quokka"), tags=("quokka",), metadata="quokka"))
    shown = [
        (await store.review(ADMIN, TEAM)).memories[0],
        (await store.find(ADMIN, ANNAS)).memories[0],
        await store.look(ADMIN, memory.id),
        await store.get_number(ADMIN, ANNAS, 1),
        [each async for each in store.export(ADMIN, ANNAS)][0],  # noqa: RUF015 - an async iterator has no next()
        await store.update(ADMIN, memory.id, Changes(disabled=True), reason="spam"),
        await store.update(ADMIN, memory.id, Changes(disabled=True)),
        await store.delete(ADMIN, memory.id, reason="spam"),
    ]
    assert {each.id for each in shown} == {memory.id}
    assert "quokka" not in str(shown)


@pytest.mark.parametrize("which", [Filter(words="quokka"), Filter(words="q"), Filter(tag="quokka")])
async def test_a_review_is_no_way_to_guess_private_words(store: MemoryStore, which: Filter) -> None:
    await store.create(ANNA, replace(saying("quokka"), tags=("quokka",)))
    assert await store.review(ADMIN, TEAM, which) == await store.find(ADMIN, ANNAS, which) == ((), 0)
    assert (await store.find(ANNA, ANNAS, which)).total == 1


async def test_a_review_shows_all_keys_of_this_workspace_and_no_other(store: MemoryStore) -> None:
    everywhere = [(ANNA, ANNAS), (BOB, BOBS), (ADMIN, WORKSPACE), (BOB, IN_CHANNEL)]
    for actor, key in [*everywhere, (STRANGER, Key.person("T2", "U1"))]:
        await store.create(actor, saying("tea", key))
    found = await store.review(ADMIN, TEAM)
    assert {memory.key for memory in found.memories} == {key for _, key in everywhere}
    assert found.total == 4
    for actor in (ANNA, GUEST, OUTSIDER, STRANGER, STRANGE_ADMIN):
        with pytest.raises(NotPermitted):
            await store.review(actor, TEAM)
    assert (await store.review(OPERATOR, TEAM)).total == 4


async def test_the_pages_of_a_review_hold_each_memory_once(database: Database) -> None:
    store = MemoryStore(database, clock=Clock())  # all at one moment, and all with the number 1
    for each in range(25):
        key = Key.person(TEAM, f"U{each}")
        await store.create(OPERATOR, saying("tea", key))
    pages = [await store.review(ADMIN, TEAM, offset=offset, limit=10) for offset in (0, 10, 20)]
    assert [len(page.memories) for page in pages] == [10, 10, 5]
    assert len({memory.id for page in pages for memory in page.memories}) == 25


async def test_an_admin_disables_and_deletes_anything_and_edits_what_is_shared(store: MemoryStore) -> None:
    anna = await store.create(ANNA, saying("tea"))
    team = await store.create(ADMIN, saying("tea", WORKSPACE))
    channel = await store.create(BOB, saying("tea", IN_CHANNEL))
    with pytest.raises(NotPermitted):
        await store.update(ADMIN, anna.id, Changes(text="x"))
    for memory in (channel, team):
        assert (await store.update(ADMIN, memory.id, Changes(text="coffee"))).text == "coffee"
    for memory in (anna, channel, team):
        assert (await store.update(ADMIN, memory.id, Changes(disabled=True), reason="rude")).disabled
        await store.delete(ADMIN, memory.id, reason="rude")


async def test_an_admin_says_why_they_disable_or_delete_what_is_somebody_elses(database: Database) -> None:
    store = MemoryStore(database)
    anna = await store.create(ANNA, saying("tea"))
    channel = await store.create(BOB, saying("tea", IN_CHANNEL))
    elsewhere = replace(ADMIN, channel="C2")
    for actor, memory, reason in ((ADMIN, anna, None), (ADMIN, anna, " "), (elsewhere, channel, None)):
        with pytest.raises(ReasonRequired, match="say why") as disabling:
            await store.update(actor, memory.id, Changes(disabled=True), reason=reason)
        assert (disabling.value.verb, disabling.value.memory_id) == ("disable", memory.id)
    for memory in (anna, channel):
        with pytest.raises(ReasonRequired, match="say why") as deleting:
            await store.delete(ADMIN, memory.id)
        assert (deleting.value.verb, deleting.value.memory_id) == ("delete", memory.id)
    assert [row.verb for row in await audited(database)] == ["create", "create"]
    await store.update(ADMIN, channel.id, Changes(disabled=True))  # as everybody there may
    await store.update(ADMIN, anna.id, Changes(disabled=True), reason="spam")
    await store.update(ADMIN, anna.id, Changes(disabled=False))
    await store.delete(ADMIN, anna.id, reason="spam")
    assert [row.reason for row in await audited(database)] == [None, None, None, "spam", None, "spam"]


async def test_anybody_in_a_channel_switches_its_memories_and_only_who_made_one_edits_and_deletes_it(
    store: MemoryStore,
) -> None:
    memory = await store.create(ANNA, saying("be brief", IN_CHANNEL))
    for actor in (BOB, GUEST):
        assert (await store.update(actor, memory.id, Changes(disabled=True))).disabled
        assert not (await store.update(actor, memory.id, Changes(disabled=False))).disabled
        with pytest.raises(NotPermitted):
            await store.update(actor, memory.id, Changes(text="be long"))
        with pytest.raises(NotPermitted):
            await store.delete(actor, memory.id)
        with pytest.raises(MemoryNotFound):
            await store.update(replace(actor, channel="C2"), memory.id, Changes(disabled=True))
    with pytest.raises(MemoryNotFound):
        await store.update(OUTSIDER, memory.id, Changes(disabled=True))
    assert (await store.update(ANNA, memory.id, Changes(text="be kind"))).text == "be kind"
    assert (await store.delete(ANNA, memory.id)).text == "be kind"


# ------------------------------------------------------------------------------------------------ find, export


async def test_memories_are_found_in_the_order_of_recall(database: Database) -> None:
    clock = Clock()
    store = MemoryStore(database, clock=clock)
    for text, priority, pinned in (("old", 0, False), ("new", 0, False), ("high", 5, False), ("pinned", -5, True)):
        await store.create(ANNA, replace(saying(text), priority=priority, pinned=pinned))
        clock.now += timedelta(seconds=1)
    found = await store.find(ANNA, ANNAS)
    assert [memory.text for memory in found.memories] == ["pinned", "high", "new", "old"]
    assert [memory.number async for memory in store.export(ANNA, ANNAS)] == [1, 2, 3, 4]
    page = await store.find(ANNA, ANNAS, offset=1, limit=2)
    assert ([memory.text for memory in page.memories], page.total) == (["high", "new"], 4)
    page = await store.find(ANNA, ANNAS, Filter(words="n"), offset=1, limit=1)
    assert ([memory.text for memory in page.memories], page.total) == (["new"], 2)


async def test_an_expired_memory_counts_as_off(database: Database) -> None:
    clock = Clock()
    store = MemoryStore(database, clock=clock)
    await store.create(ANNA, replace(saying("short-lived"), expires_at=NOON + timedelta(hours=1)))
    off = await store.create(ANNA, saying("disabled"))
    await store.update(ANNA, off.id, Changes(disabled=True))
    await store.create(ANNA, saying("lasting"))

    async def texts(which: Filter) -> set[str]:
        return {memory.text for memory in (await store.find(ANNA, ANNAS, which)).memories}

    assert await texts(Filter(state="on")) == {"short-lived", "lasting"}
    assert await texts(Filter(state="off")) == {"disabled"}
    clock.now += timedelta(hours=1)
    assert await texts(Filter(state="on")) == {"lasting"}
    assert await texts(Filter(state="off")) == {"short-lived", "disabled"}
    assert await texts(Filter()) == {"short-lived", "lasting", "disabled"}


async def test_memories_are_found_by_tag_and_by_words(store: MemoryStore) -> None:
    await store.create(ANNA, replace(saying("Short ANSWERS, please"), tags=("Été",)))
    await store.create(ANNA, saying("Straße 7"))
    assert (await store.find(ANNA, ANNAS, Filter(tag="#e\u0301TE\u0301"))).total == 1
    assert (await store.find(ANNA, ANNAS, Filter(words="PLEASE short"))).total == 1
    assert (await store.find(ANNA, ANNAS, Filter(words="strasse"))).total == 1
    assert (await store.find(ANNA, ANNAS, Filter(words="été"))).total == 1
    assert (await store.find(ANNA, ANNAS, Filter(words="%"))).total == 0
    assert (await store.find(ANNA, ANNAS, Filter(tag="été", state="off"))).total == 0


@pytest.mark.parametrize("actor", [BOB, GUEST, OUTSIDER, STRANGER, STRANGE_ADMIN])
async def test_anothers_key_is_not_listed_searched_or_exported(store: MemoryStore, actor: Actor) -> None:
    await store.create(ANNA, saying("tea"))
    with pytest.raises(NotPermitted):
        await store.find(actor, ANNAS, Filter(words="tea"))
    with pytest.raises(NotPermitted):
        [memory async for memory in store.export(actor, ANNAS)]


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=30)
)
documents = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(metadata=documents)
async def test_any_json_comes_back_as_it_was(store: MemoryStore, metadata: JSON) -> None:
    await store.delete_all(ANNA, ANNAS)
    memory = await store.create(ANNA, replace(saying("tea"), metadata=metadata))
    read = (await store.get(ANNA, memory.id)).metadata
    assert read == metadata == memory.metadata
    assert repr(read) == repr(memory.metadata)


@pytest.mark.parametrize(
    "metadata",
    [{"a": None}, None, "null", 1e-320, -0.0, 10**40, "\0\u2028😀", {"": {"": []}}, "x" * 19_000, [[[[[{}]]]]]],
)
async def test_odd_json_comes_back_as_it_was(store: MemoryStore, metadata: JSON) -> None:
    memory = await store.create(ANNA, replace(saying("tea"), metadata=metadata))
    assert repr((await store.get(ANNA, memory.id)).metadata) == repr(metadata)
    changed = await store.update(ANNA, memory.id, Changes(metadata=[metadata]))
    assert repr((await store.get(ANNA, memory.id)).metadata) == repr(changed.metadata) == repr([metadata])


async def test_moments_are_kept_in_utc(store: MemoryStore) -> None:
    berlin = datetime.fromisoformat("2026-12-24T18:00:00+01:00")
    memory = await store.create(ANNA, replace(saying("tea"), expires_at=berlin))
    assert memory.expires_at == berlin
    assert str(memory.expires_at) == "2026-12-24 17:00:00+00:00"
    assert await store.get(ANNA, memory.id) == memory


# ------------------------------------------------------------------------------------------- pause, applied


async def test_while_paused_nothing_is_written_and_nothing_deleted(store: MemoryStore) -> None:
    memory = await store.create(ANNA, saying("tea"))
    await store.pause(ANNA, ANNAS, paused=True)
    assert await store.paused(ANNAS)
    for attempt in (
        store.create(ANNA, saying("coffee")),
        store.create(ANNA, saying("coffee", IN_CHANNEL)),
        store.update(ANNA, memory.id, Changes(text="coffee")),
        store.update(ANNA, memory.id, Changes(pinned=True)),
    ):
        with pytest.raises(MemoryPaused):
            await attempt
    assert await store.get(ANNA, memory.id) == memory
    await store.create(BOB, saying("coffee", BOBS))
    await store.pause(ANNA, ANNAS, paused=False)
    assert (await store.create(ANNA, saying("coffee"))).number == 2


async def test_taking_away_is_possible_while_paused(store: MemoryStore) -> None:
    memory = await store.create(ANNA, saying("tea"))
    await store.pause(ANNA, ANNAS, paused=True)
    assert (await store.update(ANNA, memory.id, Changes(disabled=True))).disabled
    with pytest.raises(MemoryPaused):
        await store.update(ANNA, memory.id, Changes(disabled=False))
    await store.delete(ANNA, memory.id)
    assert await store.paused(ANNAS)


@pytest.mark.parametrize("actor", [BOB, ADMIN, GUEST, OUTSIDER, STRANGER])
async def test_nobody_pauses_for_another(store: MemoryStore, actor: Actor) -> None:
    with pytest.raises(NotPermitted):
        await store.pause(actor, ANNAS, paused=True)
    with pytest.raises(NotPermitted):
        await store.pause(OPERATOR, WORKSPACE, paused=True)
    assert not await store.paused(ANNAS)


async def test_counting_adds_up_keeps_the_latest_moment_and_skips_unknown_ids(database: Database) -> None:
    store = MemoryStore(database)
    memory = await store.create(ANNA, saying("tea"))

    async def count(times: int, moment: datetime) -> None:
        async with database.transaction() as tx:
            await store.count_applied(tx, {memory.id: (times, moment), "mem_unknown": (1, moment)})

    await count(2, NOON)
    await count(1, NOON - timedelta(hours=1))
    counted = await store.get(ANNA, memory.id)
    assert (counted.times_applied, counted.last_applied_at, counted.revision) == (3, NOON, 1)
    await store.update(ANNA, memory.id, Changes(text="coffee"))
    await asyncio.gather(*(count(1, NOON + timedelta(hours=1)) for _ in range(20)))
    counted = await store.get(ANNA, memory.id)
    assert (counted.times_applied, counted.last_applied_at) == (23, NOON + timedelta(hours=1))
    async with database.transaction() as tx:
        await store.count_applied(tx, {})


async def test_counting_and_deleting_all_at_once_do_not_lock_each_other(database: Database) -> None:
    store = MemoryStore(database)
    for _ in range(3):
        memories = await asyncio.gather(*(store.create(ANNA, saying(f"fact {each}")) for each in range(40)))

        async def count(ids: list[str]) -> None:
            async with database.transaction() as tx:
                await store.count_applied(tx, dict.fromkeys(ids, (1, NOON)))

        ids = [memory.id for memory in memories]
        await asyncio.gather(count(ids), count(ids), store.delete_all(ANNA, ANNAS), count(ids))
    assert await numbers(store) == []


async def test_listing_and_searching_never_count_as_applied(store: MemoryStore) -> None:
    memory = await store.create(ANNA, saying("tea"))
    await store.find(ANNA, ANNAS, Filter(words="tea"))
    await store.get_number(ANNA, ANNAS, 1)
    assert (await store.get(ANNA, memory.id)).times_applied == 0


async def test_a_save_looks_at_its_text_once(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """For its digest and MinHashes, and for secrets."""
    seen: list[str] = []

    def watching(name: str) -> None:
        module, _, function = name.rpartition(".")
        real = getattr(importlib.import_module(module), function)

        def watched(text: str) -> object:
            seen.append(function)
            return real(text)

        monkeypatch.setattr(name, watched)

    watching("memory.text.similar.digest")
    watching("memory.text.similar.minhashes")
    watching("memory.store.checks.secret_kind")
    proposal = await store.create(ANNA, saying("we like tea", WORKSPACE))
    assert Counter(seen) == {"digest": 1, "minhashes": 1, "secret_kind": 1}
    seen.clear()
    await store.proposals.approve(ADMIN, proposal.id, text="we love tea")
    assert Counter(seen) == {"digest": 1, "minhashes": 1, "secret_kind": 1}
    seen.clear()
    memory = await store.create(ANNA, saying("I like tea"))
    await store.update(ANNA, memory.id, Changes(pinned=True))
    assert Counter(seen) == {"digest": 1, "minhashes": 1, "secret_kind": 1}
