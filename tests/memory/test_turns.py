"""The turns: the transcript of a thread, where an answer stands, and which memories were given, counted once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.people.workspaces import OneWorkspace
from bot.run import composed
from bot.slack.inbox import Inbox
from bot.upkeep import Upkeep
from memory.database.open import Database, open_database
from memory.errors import StorageFailed
from memory.model.demo import DemoModel
from memory.models import Memory
from memory.parts import joined
from memory.store.notices import Notices
from memory.store.store import MemoryStore
from memory.text.tokens import token_count
from memory.turns import COUNTED_AT_ONCE, MOST_TURNS, TRANSCRIPT_TOKENS, Thread, Turn, Turns
from tests.bot.slack.inboxes import FailingDatabase
from tests.people import ANNA, ANNAS, BOB, BOBS, saying
from tests.waiting import until

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
THREAD = Thread("T1", "D1", "1700000000.000100")


def turn(number: int, *given: Memory, thread: Thread = THREAD, user: str = "U1", question: str = "") -> Turn:
    return Turn(
        event_id=f"Ev{number}",
        thread=thread,
        user=user,
        message_ts=f"1700000{number:03d}.000100",
        question=question or f"question {number}",
        given=tuple(memory.id for memory in given),
        created_at=NOON + timedelta(seconds=number),
    )


async def take(turns: Turns, each: Turn, answer: str | None = "") -> None:
    await turns.begin(each)
    if answer is not None:
        await turns.answered(each.event_id, answer or each.question.replace("question", "answer"))


async def applied(store: MemoryStore, memory: Memory) -> tuple[int, datetime | None]:
    now = await store.get(ANNA if memory.key == ANNAS else BOB, memory.id)
    return now.times_applied, now.last_applied_at


async def applied_so_often(store: MemoryStore, memory: Memory, times: int) -> bool:
    return (await applied(store, memory))[0] == times


async def test_a_turn_is_kept_step_by_step(database: Database, store: MemoryStore) -> None:
    turns, memory = Turns(database), await store.create(ANNA, saying("I like tea"))
    assert await turns.get("Ev1") is None
    await turns.begin(turn(1, memory))
    begun = replace(turn(1), given=(memory.id,))
    assert await turns.get("Ev1") == begun
    await turns.answering("Ev1", ["1700000009.000100"])
    assert await turns.get("Ev1") == replace(begun, answer_ts=("1700000009.000100",))
    await turns.answered("Ev1", "Tea it is.")
    assert await turns.get("Ev1") == replace(begun, answer_ts=("1700000009.000100",), answer="Tea it is.")


async def test_a_turn_that_is_begun_again_keeps_where_its_answer_stands(database: Database, store: MemoryStore) -> None:
    turns, memory = Turns(database), await store.create(ANNA, saying("I like tea"))
    await turns.begin(turn(1))
    await turns.answering("Ev1", ["1700000009.000100"])
    await turns.begin(turn(1, memory))
    assert await turns.get("Ev1") == replace(turn(1), given=(memory.id,), answer_ts=("1700000009.000100",))


async def test_texts_that_a_database_cannot_hold_are_kept_without_what_it_cannot(database: Database) -> None:
    turns = Turns(database)
    await take(turns, turn(1, question="a\0b \ud83d"), "c\0d \udc00 😀")
    kept = await turns.get("Ev1")
    assert kept
    assert (kept.question, kept.answer) == ("ab ?", "cd ? 😀")


async def test_the_transcript_has_the_answered_turns_of_its_thread_oldest_first(database: Database) -> None:
    turns = Turns(database)
    for number in (3, 1, 2):
        await take(turns, turn(number))
    await take(turns, turn(4), None)
    for number, other in enumerate(
        (replace(THREAD, ts="2"), replace(THREAD, channel="D2"), replace(THREAD, team="T2"))
    ):
        await take(turns, turn(10 + number, thread=other))
    assert [each.question for each in await turns.transcript(THREAD)] == ["question 1", "question 2", "question 3"]


async def test_turns_of_the_same_moment_have_an_order(database: Database) -> None:
    turns = Turns(database)
    for number in (2, 3, 1):
        await take(turns, replace(turn(number), created_at=NOON))
    assert [each.event_id for each in await turns.transcript(THREAD)] == ["Ev1", "Ev2", "Ev3"]
    last = await turns.last("T1", "D1", "U1", None)
    assert last
    assert last.event_id == "Ev3"


async def test_the_transcript_stays_within_its_tokens_and_keeps_the_newest(database: Database) -> None:
    turns, words = Turns(database), "some words that cost tokens " * 40
    for number in range(20):
        await take(turns, turn(number, question=f"question {number} {words}"), words)
    transcript = await turns.transcript(THREAD)
    spent = sum(token_count(each.question) + token_count(each.answer or "") for each in transcript)
    assert spent <= TRANSCRIPT_TOKENS < spent * 1.5
    assert transcript[-1].event_id == "Ev19"
    assert 1 < len(transcript) < 20


async def test_the_transcript_has_no_gap_where_a_turn_was_too_long(database: Database) -> None:
    turns = Turns(database)
    await take(turns, turn(1))
    await take(turns, turn(2, question="word " * TRANSCRIPT_TOKENS))
    await take(turns, turn(3))
    assert [each.event_id for each in await turns.transcript(THREAD)] == ["Ev3"]


async def test_the_transcript_has_so_many_turns_at_most(database: Database) -> None:
    turns = Turns(database)
    for number in range(MOST_TURNS + 3):
        await take(turns, turn(number))
    assert [each.event_id for each in await turns.transcript(THREAD)] == [f"Ev{3 + each}" for each in range(MOST_TURNS)]


async def test_the_bot_takes_part_where_it_has_taken_a_turn(database: Database) -> None:
    turns = Turns(database)
    assert not await turns.takes_part(THREAD)
    await take(turns, turn(1), None)
    assert await turns.takes_part(THREAD)
    assert not await turns.takes_part(replace(THREAD, ts="2"))
    assert not await turns.takes_part(replace(THREAD, team="T2"))


async def test_the_last_turn_is_ones_own_in_the_thread_or_in_the_conversation(database: Database) -> None:
    turns, other = Turns(database), replace(THREAD, ts="2")
    await take(turns, turn(1))
    await take(turns, turn(2, thread=other))
    await take(turns, turn(3, user="U2"))
    await take(turns, turn(4, thread=replace(THREAD, channel="D2")))
    await take(turns, turn(5, thread=replace(THREAD, team="T2")))

    async def last(user: str, thread_ts: str | None) -> str | None:
        found = await turns.last("T1", "D1", user, thread_ts)
        return found.event_id if found else None

    assert await last("U1", None) == "Ev2"
    assert await last("U1", THREAD.ts) == "Ev1"
    assert await last("U2", None) == "Ev3"
    assert await last("U2", other.ts) is None
    assert await last("U3", None) is None


async def test_what_turns_were_given_is_counted_once(database: Database, store: MemoryStore) -> None:
    turns = Turns(database)
    tea, mate = await store.create(ANNA, saying("I like tea")), await store.create(BOB, saying("I like mate", BOBS))
    await turns.begin(turn(2, tea, mate))
    await turns.begin(turn(1, tea))
    await turns.begin(turn(3))
    assert await turns.count_applied(store) == 3
    assert await turns.count_applied(store) == 0
    assert await applied(store, tea) == (2, turn(2).created_at)
    assert await applied(store, mate) == (1, turn(2).created_at)


async def test_a_turn_that_is_begun_again_is_not_counted_twice(database: Database, store: MemoryStore) -> None:
    turns, tea = Turns(database), await store.create(ANNA, saying("I like tea"))
    await turns.begin(turn(1, tea))
    await turns.begin(turn(1, tea))
    assert await turns.count_applied(store) == 1
    await turns.begin(turn(1, tea))
    assert await turns.count_applied(store) == 0
    assert await applied(store, tea) == (1, turn(1).created_at)


async def test_two_that_count_at_once_count_once(database: Database, database_url: str, store: MemoryStore) -> None:
    turns, tea = Turns(database), await store.create(ANNA, saying("I like tea"))
    for number in range(60):
        await turns.begin(turn(number, tea))
    async with open_database(database_url) as other:
        both = [(turns, store), (Turns(other), MemoryStore(other))]
        counted = await asyncio.gather(*(each.count_applied(its) for each, its in both * 3))
    while await turns.count_applied(store):
        pass
    assert sum(counted) <= 60
    assert (await applied(store, tea))[0] == 60


async def test_a_crash_while_counting_counts_nothing_and_loses_nothing(database: Database) -> None:
    failing = FailingDatabase.over(database)
    turns, store = Turns(failing), MemoryStore(failing)
    tea = await store.create(ANNA, saying("I like tea"))
    await turns.begin(turn(1, tea))
    failing.losing.set()
    with pytest.raises(StorageFailed):
        await turns.count_applied(store)
    failing.losing.clear()
    assert (await applied(store, tea))[0] == 0
    assert await turns.count_applied(store) == 1
    assert (await applied(store, tea))[0] == 1


async def test_a_memory_that_was_deleted_since_stops_no_counting(database: Database, store: MemoryStore) -> None:
    turns = Turns(database)
    tea, mate = await store.create(ANNA, saying("I like tea")), await store.create(ANNA, saying("I like mate"))
    await turns.begin(turn(1, tea, mate))
    await store.delete(ANNA, tea.id)
    assert await turns.count_applied(store) == 1
    assert (await applied(store, mate))[0] == 1


def upkeep_of(database: Database) -> Upkeep:
    client = AsyncWebClient("xoxb-1", base_url="http://127.0.0.1:9/")
    parts, inbox = joined(database, DemoModel()), Inbox(database)
    app = composed(parts, inbox, OneWorkspace(client), client)
    return Upkeep(
        parts,
        inbox,
        Notices(database),
        app.actors,
        app.listening.lanes,
        app.publisher,
        transcript_days=30,
        purge_grace_days=30,
    )


async def test_upkeep_counts_more_than_one_batch_and_at_the_end_once_more(
    database: Database, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.upkeep.TIDY_EVERY", 600.0)  # so that it is counted at the start and at the end alone
    turns, tea = Turns(database), await store.create(ANNA, saying("I like tea"))
    upkeep = upkeep_of(database)
    for number in range(COUNTED_AT_ONCE + 1):
        await turns.begin(turn(number, tea))
    await upkeep.count()
    assert (await applied(store, tea))[0] == COUNTED_AT_ONCE + 1
    await turns.begin(turn(998, tea))
    async with upkeep.going_on():
        await until(lambda: applied_so_often(store, tea, COUNTED_AT_ONCE + 2))
        await turns.begin(turn(999, tea))
    assert await applied_so_often(store, tea, COUNTED_AT_ONCE + 3)


async def test_upkeep_goes_on_when_the_database_was_away(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.upkeep.TIDY_EVERY", 0.02)
    failing = FailingDatabase.over(database)
    store, turns = MemoryStore(failing), Turns(failing)
    tea = await store.create(ANNA, saying("I like tea"))
    async with upkeep_of(failing).going_on():
        failing.away.set()
        await until(lambda: failing.failed["reading"])
        failing.away.clear()
        await turns.begin(turn(1, tea))
        await until(lambda: applied_so_often(store, tea, 1))


async def test_what_a_person_said_is_forgotten_in_their_workspace_only(database: Database, store: MemoryStore) -> None:
    turns = Turns(database)
    await take(turns, turn(1))
    await take(turns, turn(2, user="U2"))
    await take(turns, turn(3, thread=replace(THREAD, team="T2")))
    await store.delete_all(ANNA, ANNAS)
    assert [bool(await turns.get(f"Ev{number}")) for number in (1, 2, 3)] == [False, True, True]


async def test_old_turns_are_forgotten_when_they_are_counted(database: Database, store: MemoryStore) -> None:
    turns, now = Turns(database), datetime.now(UTC)
    tea = await store.create(ANNA, saying("I like tea"))
    await turns.begin(replace(turn(1, tea), created_at=now - timedelta(days=31)))
    await turns.begin(replace(turn(2, tea), created_at=now - timedelta(days=29)))
    await turns.forget_before(datetime.now(UTC) - timedelta(days=30))
    assert await turns.get("Ev1")
    await upkeep_of(database).count()
    await turns.forget_before(datetime.now(UTC) - timedelta(days=30))
    assert [bool(await turns.get(f"Ev{number}")) for number in (1, 2)] == [False, True]
    assert (await applied(store, tea))[0] == 2
