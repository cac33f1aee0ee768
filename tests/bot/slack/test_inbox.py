"""The inbox: written before it is acknowledged, worked off once and in order, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.playground.run import worked_off
from bot.slack import inbox as module
from bot.slack.inbox import BATCH, KEPT_FOR, MOST_ATTEMPTS, Claimed, Inbox
from memory.database.open import Database, open_database
from memory.database.tables import inbox as table
from memory.errors import StorageFailed
from tests.bot.slack.inboxes import LASTING, QUICK, FailingDatabase, Looks, Worker, event, rows, states
from tests.waiting import PATIENCE, until


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Counts how often the inboxes of a test look for events."""
    counted, claim = Looks(), Inbox._claim

    async def counting(self: Inbox, room: int) -> list[Claimed]:
        try:
            return await claim(self, room)
        finally:
            counted.ended[self.owner] += 1

    monkeypatch.setattr(Inbox, "_claim", counting)
    return counted


# ------------------------------------------------------------------------------------------------- writing down


async def test_an_event_is_there_for_everybody_when_write_returns(database: Database, database_url: str) -> None:
    assert await Inbox(database).write(event(1))
    async with open_database(database_url) as other:
        assert [(row.event_id, row.state, row.body["number"]) for row in await rows(other)] == [("Ev1", "pending", 1)]


async def test_the_same_event_again_changes_nothing(database: Database) -> None:
    inbox = Inbox(database)
    assert [await inbox.write(event(1)), await inbox.write(event(1))] == [True, False]
    assert len(await rows(database)) == 1


async def test_one_message_that_arrives_as_two_events_is_written_once(database: Database) -> None:
    inbox = Inbox(database)
    assert await inbox.write(event(1, event_id="EvMention"))
    assert not await inbox.write(event(1, event_id="EvMessage"))
    assert list(await states(database)) == ["EvMention"]


async def test_the_same_message_in_another_conversation_or_workspace_is_another_one(database: Database) -> None:
    inbox = Inbox(database)
    first = event(1)
    for number, message in enumerate(("T1:C1:1", "T1:C2:1", "T2:C1:1", None, None)):
        assert await inbox.write(replace(first, event_id=f"Ev{number}", message=message))


async def test_a_finished_event_that_slack_repeats_is_not_done_again(database: Database) -> None:
    inbox, worker = Inbox(database, QUICK), Worker()
    await inbox.write(event(1))
    async with inbox.working(worker.work, worker.give_up):
        await worked_off(inbox)
        assert not await inbox.write(event(1))
        await worked_off(inbox)
    assert worker.done == [1]


async def test_three_inboxes_that_are_told_the_same_200_events_500_times_write_200(
    database: Database, database_url: str
) -> None:
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(open_database(database_url)) for _ in range(2)]
        inboxes = [Inbox(each) for each in (database, *others)]
        told = [
            inbox.write(event((each * step) % 200, event_id=f"Ev{(each * step) % 200}.{each % 2}"))
            for inbox, step in zip(inboxes, (1, 7, 199), strict=True)  # each in another order
            for each in range(500)
        ]
        new = await asyncio.gather(*told)
    assert sum(new) == 200
    assert sorted(row.body["number"] for row in await rows(database)) == list(range(200))


async def test_events_that_arrive_together_share_a_commit(database: Database) -> None:
    counting = FailingDatabase.over(database)
    inbox = Inbox(counting)
    await asyncio.gather(*(inbox.write(event(number)) for number in range(500)))
    assert len(counting.begun) <= 500 // BATCH + 2
    assert len(await rows(database)) == 500


async def test_a_batch_is_written_in_one_order_whatever_order_it_arrives_in(database: Database) -> None:
    """Two replicas that are told the same events would otherwise wait for each other's rows, crosswise."""
    inbox = Inbox(database)
    await asyncio.gather(*(inbox.write(event(number, event_id=f"Ev{9 - number}")) for number in (3, 1, 4, 2)))
    assert [row.message for row in await rows(database)] == [f"T1:C1:{number}" for number in (1, 2, 3, 4)]


async def test_when_the_database_is_away_every_writer_hears_it_and_nothing_is_written(database: Database) -> None:
    failing = FailingDatabase.over(database)
    inbox = Inbox(failing)
    failing.away.set()
    heard = await asyncio.gather(*(inbox.write(event(number)) for number in range(300)), return_exceptions=True)
    assert {type(each) for each in heard} == {StorageFailed}
    assert not await rows(database)
    failing.away.clear()
    assert await inbox.write(event(1))


async def test_a_commit_that_fails_leaves_no_half_of_a_batch(database: Database) -> None:
    failing = FailingDatabase.over(database)
    inbox = Inbox(failing)
    failing.losing.set()
    heard = await asyncio.gather(*(inbox.write(event(number)) for number in range(10)), return_exceptions=True)
    assert {type(each) for each in heard} == {StorageFailed}
    assert failing.failed["commit"] == 1
    assert not await rows(database)


@pytest.mark.parametrize("poison", ["Ev\udc00", "Ev\x00"])
async def test_an_event_that_cannot_be_stored_takes_no_other_with_it(database: Database, poison: str) -> None:
    inbox = Inbox(database)
    told = [event(1), event(2, event_id=poison), event(3)]
    async with asyncio.timeout(PATIENCE):
        heard = await asyncio.gather(*(inbox.write(each) for each in told), return_exceptions=True)
    assert (heard[0], heard[2]) == (True, True)
    assert heard[1] is True or isinstance(heard[1], StorageFailed)  # SQLite can keep a NUL, PostgreSQL cannot


async def test_whoever_stops_waiting_disturbs_no_other_writer(database: Database) -> None:
    inbox = Inbox(database)
    impatient = asyncio.create_task(inbox.write(event(1)))
    patient = asyncio.create_task(inbox.write(event(2)))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient
    assert "Ev2" in await states(database)


# --------------------------------------------------------------------------------------------------- working off


async def test_a_conversation_is_worked_off_in_the_order_of_its_messages(database: Database) -> None:
    inbox, worker = Inbox(database, QUICK), Worker(0.01)
    for number, ts in enumerate((5, 1, 4, 2, 3)):
        await inbox.write(event(number, ts=ts))
    async with inbox.working(worker.work, worker.give_up):
        await worked_off(inbox)
    assert worker.done == [1, 3, 4, 2, 0]
    assert worker.most_at_once == 1


async def test_conversations_go_on_side_by_side_but_not_more_than_there_are_workers(database: Database) -> None:
    inbox, worker = Inbox(database, replace(QUICK, workers=4)), Worker(0.05)
    for number in range(20):
        await inbox.write(event(number, f"C{number % 10}"))
    async with inbox.working(worker.work, worker.give_up):
        await worked_off(inbox)
    assert sorted(worker.done) == list(range(20))
    assert worker.most_at_once == 4
    assert not worker.overlaps


async def test_an_event_that_arrives_while_all_sleep_starts_at_once(database: Database, looks: Looks) -> None:
    inbox, worker = Inbox(database, replace(QUICK, poll=600.0)), Worker()
    async with inbox.working(worker.work, worker.give_up):
        await until(lambda: looks.ended[inbox.owner])
        await inbox.write(event(1))
        async with asyncio.timeout(PATIENCE):
            await worked_off(inbox)
    assert worker.done == [1]


async def test_a_late_older_event_waits_for_the_newer_one_that_is_running(
    database: Database, looks: Looks, caplog: pytest.LogCaptureFixture
) -> None:
    """Rule 1: it is not even tried, which the database would refuse."""
    inbox, worker = Inbox(database, QUICK), Worker()
    free = asyncio.Event()

    async def work(claimed: Claimed) -> None:
        await worker.work(claimed)
        await free.wait()

    async with inbox.working(work, worker.give_up):
        await inbox.write(event(2))
        await until(lambda: worker.began == [2])
        await inbox.write(event(1))
        await looks.again(inbox)
        assert worker.began == [2]
        assert "Claiming events failed" not in caplog.text
        free.set()
        await worked_off(inbox)
    assert worker.began == [2, 1]


async def test_the_database_refuses_a_second_running_event_of_one_conversation(database: Database) -> None:
    """Rule 2, without a replica's check before it."""
    inbox = Inbox(database)
    await inbox.write(event(1))
    await inbox.write(event(2))
    with pytest.raises(IntegrityError):
        async with database.transaction() as tx:
            await tx.execute(sa.update(table).values(state="running"))
    assert set((await states(database)).values()) == {"pending"}


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_of_two_replicas_that_both_find_a_conversation_free_one_wins(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Rule 2: the slower one loses, and goes on living."""
    fast, slow, worker = Inbox(database, LASTING), Inbox(database, LASTING), Worker()
    await slow.write(event(2))
    async with AsyncExitStack() as stack:
        now = datetime.now(UTC)
        async with database.transaction() as tx:
            claimed = await fast._take(tx, module._eligible(now, ()).limit(1), now)
            await slow.write(event(1))  # older, and in the eyes of the other replica nothing is running
            await stack.enter_async_context(slow.working(worker.work, worker.give_up))
            await until(lambda: _somebody_waits_for_a_lock(database))  # it has claimed the older one
        assert [each.event_id for each in claimed] == ["Ev2"]
        await until(lambda: "UniqueViolation" in caplog.text)
        assert worker.began == []
        await fast._settle(claimed[0], "done")
        await worked_off(slow)
    assert worker.done == [1]


async def _somebody_waits_for_a_lock(database: Database) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with database.reading() as connection:
        return bool(await connection.scalar(sa.text(waiting)))


async def test_a_dead_owners_event_and_a_late_older_one_are_both_done(database: Database) -> None:
    """Rule 3."""
    dead, inbox, worker = Inbox(database, QUICK), Inbox(database, QUICK), Worker()
    await dead.write(event(2))
    assert len(await dead._claim(1)) == 1
    await inbox.write(event(1))
    async with asyncio.timeout(PATIENCE), inbox.working(worker.work, worker.give_up):
        await worked_off(inbox)
    assert worker.done == [1, 2]


async def test_the_inbox_survives_a_database_that_is_away(database: Database) -> None:
    """Rule 4, for claims, leases and last writes alike."""
    failing = FailingDatabase.over(database)
    # More workers than conversations: somebody always looks for events.
    inbox, worker = Inbox(failing, replace(QUICK, workers=32)), Worker(0.2)
    for number in range(60):
        await inbox.write(event(number, f"C{number % 20}"))
    async with inbox.working(worker.work, worker.give_up):
        for _ in range(3):
            await until(worker.running.total)
            failing.away.set()
            await asyncio.sleep(QUICK.lease)
            failing.away.clear()
        await until(lambda: _all_done(database, 60))
    assert sorted(worker.done) == list(range(60))  # also: nothing twice, though leases lapsed meanwhile
    assert failing.failed["transaction"] and failing.failed["reading"]


async def _all_done(database: Database, count: int) -> bool:
    return list((await states(database)).values()) == ["done"] * count


async def test_the_dispatcher_survives_what_nobody_thought_of(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    inbox, worker = Inbox(database, QUICK), Worker()
    claim, faults = Inbox._claim, [RuntimeError("what it said"), ZeroDivisionError()]

    async def faulty(self: Inbox, room: int) -> list[Claimed]:
        if faults:
            raise faults.pop()
        return await claim(self, room)

    monkeypatch.setattr(Inbox, "_claim", faulty)
    await inbox.write(event(1))
    async with inbox.working(worker.work, worker.give_up):
        await until(lambda: _all_done(database, 1))
    assert worker.done == [1]


# ---------------------------------------------------------------------------------------------------------- leases


async def test_a_dead_owners_event_is_taken_over_after_its_lease_and_not_before(database: Database) -> None:
    dead, inbox, worker = Inbox(database, QUICK), Inbox(database, QUICK), Worker()
    await dead.write(event(1))
    await dead._claim(1)
    lease_until, began = (await rows(database))[0].lease_until, []

    async def work(claimed: Claimed) -> None:
        began.append(datetime.now(UTC))
        await worker.work(claimed)

    async with inbox.working(work, worker.give_up):
        await worked_off(inbox)
    assert worker.done == [1]
    assert [moment > lease_until for moment in began] == [True]
    assert (await rows(database))[0].attempts == 2


async def test_a_living_owners_event_is_not_taken_over_however_long_it_takes(database: Database, looks: Looks) -> None:
    owner, other = Inbox(database, replace(QUICK, lease=3.0)), Inbox(database, QUICK)
    mine, theirs, free = Worker(), Worker(), asyncio.Event()
    await owner.write(event(1))

    async def slowly(claimed: Claimed) -> None:
        await mine.work(claimed)
        await free.wait()

    async with owner.working(slowly, mine.give_up):
        await until(lambda: mine.done)
        first = (await rows(database))[0].lease_until
        async with other.working(theirs.work, theirs.give_up):
            await until(lambda: datetime.now(UTC) > first)
            await looks.again(other)
            free.set()
            await worked_off(other)
    assert (mine.done, theirs.began) == ([1], [])


async def _steal(database: Database) -> None:
    async with database.transaction() as tx:
        lease = datetime.now(UTC) + timedelta(hours=1)
        await tx.execute(sa.update(table).values(owner="another", attempts=table.c.attempts + 1, lease_until=lease))


async def test_whoever_lost_the_lease_is_stopped_and_writes_nothing(database: Database) -> None:
    inbox, worker = Inbox(database, QUICK), Worker()
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def work(claimed: Claimed) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    await inbox.write(event(1))
    async with inbox.working(work, worker.give_up):
        async with asyncio.timeout(PATIENCE):
            await began.wait()
            await _steal(database)
            await cancelled.wait()
    row = (await rows(database))[0]
    assert (row.state, row.owner, row.attempts) == ("running", "another", 2)


async def test_work_that_ends_after_the_lease_was_lost_marks_nothing_done(database: Database) -> None:
    inbox, worker, stolen = Inbox(database, LASTING), Worker(), asyncio.Event()

    async def work(_claimed: Claimed) -> None:
        await _steal(database)
        stolen.set()

    await inbox.write(event(1))
    async with inbox.working(work, worker.give_up):  # which finishes what was begun
        await stolen.wait()
    row = (await rows(database))[0]
    assert (row.state, row.owner, row.attempts) == ("running", "another", 2)


async def test_a_process_that_slept_through_its_lease_does_not_begin_the_same_event_beside_itself(
    database: Database, looks: Looks
) -> None:
    inbox, worker, free = Inbox(database, LASTING), Worker(), asyncio.Event()

    async def slowly(claimed: Claimed) -> None:
        await worker.work(claimed)
        await free.wait()

    await inbox.write(event(1))
    async with inbox.working(slowly, worker.give_up):
        await until(lambda: worker.done)
        async with database.transaction() as tx:
            await tx.execute(sa.update(table).values(lease_until=datetime.now(UTC) - timedelta(hours=1)))
        await looks.again(inbox)
        free.set()
        await worked_off(inbox)
    assert worker.began == [1]


async def test_taking_over_at_the_start_needs_no_lease_to_lapse(database: Database) -> None:
    dead, inbox, worker = Inbox(database), Inbox(database, QUICK), Worker()
    await dead.write(event(1))
    await dead._claim(1)
    await inbox.take_over()
    async with asyncio.timeout(PATIENCE), inbox.working(worker.work, worker.give_up):
        await worked_off(inbox)
    assert worker.done == [1]


# --------------------------------------------------------------------------------------------------------- attempts


async def test_what_keeps_failing_is_tried_with_growing_delays_and_then_given_up_once(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    inbox, worker = Inbox(database, replace(QUICK, poll=0.01, first_delay=0.01)), Worker()
    tried: list[float] = []

    async def fails(_claimed: Claimed) -> None:
        tried.append(asyncio.get_running_loop().time())
        raise RuntimeError("canary: what the person said")

    await inbox.write(event(1))
    await inbox.write(event(2, "C2"))
    with caplog.at_level(logging.DEBUG):
        async with inbox.working(lambda claimed: _only(1, fails, worker, claimed), worker.give_up):
            await worked_off(inbox)
    assert len(tried) == MOST_ATTEMPTS
    pauses = [later - earlier for earlier, later in pairwise(tried)]
    assert all(pause >= 0.01 * 2**turn for turn, pause in enumerate(pauses)), pauses
    assert worker.given_up == [1]
    assert await states(database) == {"Ev1": "dead", "Ev2": "done"}
    assert all(row.body is None for row in await rows(database))
    assert all("canary" not in record.getMessage() for record in caplog.records)


async def _only(number: int, fails: module.Work, worker: Worker, claimed: Claimed) -> None:
    await (fails if claimed.body["number"] == number else worker.work)(claimed)


async def test_an_event_is_dead_even_if_giving_up_fails_too(database: Database) -> None:
    inbox = Inbox(database, QUICK)
    given_up: list[int] = []

    async def fails(_claimed: Claimed) -> None:
        raise RuntimeError

    async def give_up(claimed: Claimed) -> None:
        given_up.append(claimed.attempt)
        raise RuntimeError

    await inbox.write(event(1))
    async with inbox.working(fails, give_up):
        await worked_off(inbox)
    assert given_up == [MOST_ATTEMPTS + 1]
    assert await states(database) == {"Ev1": "dead"}


async def test_while_an_event_waits_for_its_next_attempt_the_newer_ones_of_its_conversation_wait_too(
    database: Database,
) -> None:
    inbox, worker = Inbox(database, replace(QUICK, first_delay=0.1)), Worker()
    failed: list[int] = []

    async def work(claimed: Claimed) -> None:
        if claimed.body["number"] == 1 and claimed.attempt == 1:
            failed.append(1)
            raise RuntimeError
        await worker.work(claimed)

    await inbox.write(event(1))
    await inbox.write(event(2))
    async with inbox.working(work, worker.give_up):
        await worked_off(inbox)
    assert (failed, worker.done) == ([1], [1, 2])


async def test_what_was_said_is_erased_as_soon_as_it_is_done(database: Database) -> None:
    inbox, worker = Inbox(database, QUICK), Worker()
    await inbox.write(event(1))
    async with inbox.working(worker.work, worker.give_up):
        await worked_off(inbox)
    async with database.reading() as connection:
        assert (await connection.execute(sa.text("SELECT body FROM inbox"))).scalars().all() == [None]


# ---------------------------------------------------------------------------------------------------------- stopping


async def test_at_the_end_running_work_is_finished_and_the_rest_left(database: Database) -> None:
    inbox, worker = Inbox(database, replace(QUICK, workers=2)), Worker()
    began: list[int] = []

    async def slowly(claimed: Claimed) -> None:
        began.append(claimed.id)
        await inbox._stopping.wait()
        await worker.work(claimed)

    for number in range(6):
        await inbox.write(event(number, f"C{number}"))
    async with inbox.working(slowly, worker.give_up, drain=PATIENCE):
        await until(lambda: len(began) == 2)
    assert sorted(worker.done) == [0, 1]
    assert sorted((await states(database)).values()) == ["done"] * 2 + ["pending"] * 4


async def test_what_is_not_finished_in_time_is_handed_back_without_counting_the_attempt(database: Database) -> None:
    inbox, worker, began = Inbox(database, QUICK), Worker(), asyncio.Event()

    async def without_end(_claimed: Claimed) -> None:
        began.set()
        await asyncio.Event().wait()

    await inbox.write(event(1))
    async with inbox.working(without_end, worker.give_up, drain=0.2):
        await began.wait()
        left = asyncio.get_running_loop().time()
    assert 0.2 <= asyncio.get_running_loop().time() - left < PATIENCE
    row = (await rows(database))[0]
    assert (row.state, row.owner, row.attempts) == ("pending", None, 0)
    async with asyncio.timeout(PATIENCE), Inbox(database, QUICK).working(worker.work, worker.give_up):
        await worked_off(inbox)
    assert worker.done == [1]


async def test_what_is_claimed_while_the_inbox_stops_is_not_begun(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, worker = Inbox(database, QUICK), Worker()
    claim, claiming = Inbox._claim, asyncio.Event()

    async def slow(self: Inbox, room: int) -> list[Claimed]:
        claimed = await claim(self, room)
        claiming.set()
        await self._stopping.wait()
        return claimed

    monkeypatch.setattr(Inbox, "_claim", slow)
    await inbox.write(event(1))
    async with inbox.working(worker.work, worker.give_up, drain=PATIENCE):
        await claiming.wait()
    assert not inbox._running
    assert worker.began == []
    row = (await rows(database))[0]
    assert (row.state, row.attempts) == ("pending", 0)


async def test_an_inbox_that_stopped_can_be_worked_off_again(database: Database) -> None:
    inbox, worker = Inbox(database, QUICK), Worker()
    for number in (1, 2):
        async with inbox.working(worker.work, worker.give_up):
            await inbox.write(event(number))
            await worked_off(inbox)
    assert worker.done == [1, 2]


async def test_finished_events_are_forgotten_after_a_while_and_open_ones_never(database: Database) -> None:
    inbox = Inbox(database)
    for number in range(6):
        await inbox.write(event(number, f"C{number}"))
    old = datetime.now(UTC) - KEPT_FOR - timedelta(hours=1)
    async with database.transaction() as tx:
        for number, state in enumerate(("done", "dead", "pending", "running")):
            aged = sa.update(table).where(table.c.event_id == f"Ev{number}").values(state=state, received_at=old)
            await tx.execute(aged)
        await tx.execute(sa.update(table).where(table.c.event_id == "Ev4").values(state="done"))
    await inbox.forget_finished()
    assert set(await states(database)) == {"Ev2", "Ev3", "Ev4", "Ev5"}


async def test_a_clock_that_is_put_forward_makes_events_old_and_takes_no_work_from_its_owner(
    database: Database,
) -> None:
    ahead = timedelta(0)

    def clock() -> datetime:
        return datetime.now(UTC) + ahead

    pace = replace(QUICK, lease=30.0)
    owner, other = Inbox(database, pace, clock=clock), Inbox(database, pace, clock=clock)
    mine, theirs, go = Worker(), Worker(), asyncio.Event()

    async def patiently(claimed: Claimed) -> None:
        await go.wait()
        await mine.work(claimed)

    async with owner.working(patiently, mine.give_up):
        await owner.write(event(1))
        await until(lambda: _is(database, "running"))
        ahead = KEPT_FOR + timedelta(hours=1)
        assert await other._claim(1) == []
        go.set()
        await until(lambda: _is(database, "done"))
    async with other.working(theirs.work, theirs.give_up):
        await other.write(event(2))  # later, by that clock: it is worked off all the same
        await worked_off(other)
    assert (mine.done, theirs.done) == ([1], [2])
    await other.forget_finished()
    assert set(await states(database)) == {"Ev2"}


async def _is(database: Database, state: str) -> bool:
    return bool((await rows(database))[0].state == state)


# ---------------------------------------------------------------------------------------------------------- together


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_three_replicas_do_every_event_once_and_in_order(database: Database, database_url: str) -> None:
    worker = Worker(0.02)
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(open_database(database_url)) for _ in range(2)]
        inboxes = [Inbox(each, LASTING) for each in (database, *others)]
        for each in inboxes:
            await stack.enter_async_context(each.working(worker.work, worker.give_up))
        for number in range(0, 300, 30):  # of each conversation one, through each replica in turn
            told = [inboxes[each % 3].write(event(each, f"C{each % 30}")) for each in range(number, number + 30)]
            await asyncio.gather(*told)
        async with asyncio.timeout(2 * PATIENCE):
            await worked_off(inboxes[0])
    assert sorted(worker.done) == list(range(300))
    assert not worker.overlaps
    assert all(order == sorted(order) for order in worker.order.values())


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_replicas_that_are_told_late_older_events_never_overlap(database: Database, database_url: str) -> None:
    worker = Worker(0.02)
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(open_database(database_url))
        inboxes = [Inbox(database, LASTING), Inbox(other, LASTING)]
        for each in inboxes:
            await stack.enter_async_context(each.working(worker.work, worker.give_up))
        for number in range(100):
            await inboxes[number % 2].write(event(number, f"C{number % 5}", ts=(number * 37) % 100))
        async with asyncio.timeout(2 * PATIENCE):
            await worked_off(inboxes[0])
    assert sorted(worker.done) == list(range(100))
    assert not worker.overlaps


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_the_claim_finds_open_events_by_an_index_however_many_are_finished(database: Database) -> None:
    query = module._eligible(datetime.now(UTC), ()).limit(1)
    async with database.reading() as connection:
        compiled = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        plan = (await connection.execute(sa.text(f"EXPLAIN QUERY PLAN {compiled}"))).all()
    tables = ("SCAN inbox", "SCAN other")
    scans = [row.detail for row in plan if row.detail.startswith(tables) and "USING INDEX" not in row.detail]
    assert not scans, plan
