"""Housekeeping: each chore by itself, what is late is told, and no workspace waits behind another."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from slack_sdk.web.async_client import AsyncWebClient

from bot import upkeep as module
from bot.dialogs.home import AT_ONCE
from bot.people.workspaces import OneWorkspace
from bot.playground.standin.demo_workspace import ACME, ALICE
from bot.playground.standin.human import Person
from bot.run import Running, composed
from bot.slack.inbox import Inbox
from bot.upkeep import TOLD_AT_ONCE, Chore, Telling, Upkeep
from memory.database import tables
from memory.database.open import Database
from memory.errors import StorageFailed
from memory.model.demo import DemoModel
from memory.models import JSON, Key
from memory.parts import joined
from memory.store.notices import FIRST_DELAY, New, Notice, Notices, write
from memory.turns import Turns
from tests.bot.people.tenancy import GLOBEX, Town, open_town
from tests.people import ANNA, ANNAS, OPERATOR, saying
from tests.waiting import until

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def running_over(database: Database, clock: Clock, *besides: Chore) -> Running:
    """The bot over a database, where nobody calls and Slack does not answer."""
    client = AsyncWebClient("xoxb-1", base_url="http://127.0.0.1:9/")
    parts, inbox = joined(database, DemoModel(), clock=clock), Inbox(database, clock=clock)
    app = composed(parts, inbox, OneWorkspace(client), client)
    keeping = Upkeep(
        parts,
        inbox,
        Notices(database, clock),
        app.actors,
        app.listening.lanes,
        app.publisher,
        transcript_days=30,
        purge_grace_days=30,
        besides=besides,
    )
    return Running(app, inbox, keeping, parts)


async def texts(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list(await connection.scalars(sa.select(tables.memories.c.text)))


async def fails(*_: object) -> None:
    raise StorageFailed


# ---------------------------------------------------------------------------------------------------- each by itself


async def test_what_somebody_left_is_erased_though_another_step_fails(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = running_over(database, clock)
    await run.parts.store.create(ANNA, saying("I like tea"))
    await run.parts.store.suspension.suspend(OPERATOR, ANNAS)
    clock.now += timedelta(days=31)
    monkeypatch.setattr(Turns, "forget_before", fails)
    with caplog.at_level(logging.WARNING):
        await run.upkeep.clean()
        await run.upkeep.clean()
    assert await texts(database) == []
    assert [one.message for one in caplog.records if "Housekeeping" in one.message] == [
        "Housekeeping failed: transcripts (StorageFailed); trying again"  # once, not every hour anew
    ]


async def test_a_chore_that_hangs_holds_up_no_other(database: Database, clock: Clock) -> None:
    done = asyncio.Event()

    async def hang() -> None:
        await asyncio.Event().wait()

    async def set_it() -> None:
        done.set()

    run = running_over(database, clock, Chore("hangs", hang, 0.01, 60.0), Chore("works", set_it, 0.01, 60.0))
    async with asyncio.timeout(10), run.upkeep.going_on():
        await done.wait()


async def test_a_chore_goes_on_after_whatever_it_fails_with() -> None:
    faults: list[Exception] = [StorageFailed(), ValueError("quokka"), RuntimeError()]
    worked = asyncio.Event()

    async def work() -> None:
        if faults:
            raise faults.pop()
        worked.set()

    task = asyncio.create_task(Chore("counting", work, 0.0, 60.0).for_ever())
    async with asyncio.timeout(10):
        await worked.wait()
    task.cancel()


# ------------------------------------------------------------------------------------------------------- what is late


class Seconds:
    """`monotonic`, set by hand."""

    now = 5000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    seconds = Seconds()
    monkeypatch.setattr(module, "monotonic", seconds)
    return seconds


async def test_what_has_not_succeeded_for_longer_than_its_limit_is_late(seconds: Seconds) -> None:
    working: list[Callable[[], Awaitable[None]]] = [fails]

    async def work() -> None:
        await working[0]()

    async def works() -> None:
        return None

    chore = Chore("purge", work, 60.0, 900.0)
    late = []
    for passed, does in ((900, fails), (1, fails), (0, works), (901, works)):
        seconds.now += passed
        working[0] = does
        await chore.once()
        late.append(chore.late)
    assert late == [False, True, False, False]


async def test_a_late_chore_is_told_at_readyz_and_takes_nothing_out_of_rotation(
    database: Database, clock: Clock, seconds: Seconds
) -> None:
    run = running_over(database, clock, Chore("tokens", fails, 60.0, 900.0))
    assert (await run.ready())["housekeeping"] == "ok"
    seconds.now += 86401
    for chore in run.upkeep.chores:
        if chore.name != "purge":
            await chore.once()
    parts = await run.ready()
    assert parts == {"database": True, "schema": True, "model": True, "housekeeping": "late: purge, tokens"}


async def test_what_is_not_erased_a_day_after_its_grace_is_late_whoever_was_to_do_it(
    database: Database, clock: Clock
) -> None:
    run = running_over(database, clock)
    await run.parts.store.create(ANNA, saying("I like tea"))
    await run.parts.store.suspension.suspend(OPERATOR, ANNAS)
    clock.now += timedelta(days=31)
    assert await run.upkeep.late() == []
    clock.now += timedelta(seconds=1)
    assert await run.upkeep.late() == ["purge"]
    await run.upkeep.purge()
    assert await run.upkeep.late() == []


async def test_a_late_chore_is_in_the_log_once_an_hour(
    database: Database,
    clock: Clock,
    seconds: Seconds,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.0)
    looked = asyncio.Queue[None](1)

    class Watched(Upkeep):
        async def late(self) -> list[str]:
            await looked.put(None)
            return await super().late()

    monkeypatch.setattr("tests.bot.test_upkeep.Upkeep", Watched)
    run = running_over(database, clock, Chore("tokens", fails, 3600.0, 900.0))

    async def looks(times: int) -> int:
        for _ in range(times):
            await looked.get()
        return len([one for one in caplog.records if "Housekeeping is late: tokens" in one.message])

    async with asyncio.timeout(20), run.upkeep.going_on():
        assert await looks(5) == 0
        seconds.now += 901
        assert await looks(5) == 1
        seconds.now += 3599
        assert await looks(5) == 1
        seconds.now += 1
        assert await looks(5) == 2


# ---------------------------------------------------------------------------------- no workspace waits behind another


class Slow:
    """Tells people; in some workspaces it waits until it is let go."""

    def __init__(self, *slow: str) -> None:
        self.slow = slow
        self.go = asyncio.Event()
        self.told: dict[str, list[int]] = defaultdict(list)
        self.at_once = self.most = 0
        self.fast = asyncio.Event()

    async def tell(self, notice: Notice) -> None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            if notice.team in self.slow:
                await self.go.wait()
            self.told[notice.team].append(notice.about["number"])
            if notice.team not in self.slow and len(self.told[notice.team]) == 3:
                self.fast.set()
        finally:
            self.at_once -= 1


async def noticed(database: Database, *teams: str, times: int = 3) -> None:
    async with database.transaction() as tx:
        for number in range(times):
            for team in teams:
                await write(tx, New(Key.person(team, "U1"), "read", {"number": number}), NOW)


async def left(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(tables.notices)) or 0


async def test_a_slow_workspace_holds_up_no_other(database: Database, clock: Clock) -> None:
    slow = Slow("T1")
    telling = Telling(Notices(database, clock), slow.tell)
    await noticed(database, "T1", "T2", "T3")
    async with asyncio.timeout(20):
        await telling.begin()
        await slow.fast.wait()
        assert slow.told["T1"] == []
        await noticed(database, "T4")
        slow.fast.clear()
        await telling.begin()  # and none that comes later
        await slow.fast.wait()
        slow.go.set()
        await telling.to_the_end()
    assert dict(slow.told) == {team: [0, 1, 2] for team in ("T1", "T2", "T3", "T4")}  # each in order
    assert await left(database) == 0


async def test_so_many_workspaces_are_told_at_once_and_no_more(database: Database, clock: Clock) -> None:
    teams = [f"T{number}" for number in range(TOLD_AT_ONCE + 3)]
    slow = Slow(*teams)
    telling = Telling(Notices(database, clock), slow.tell)
    await noticed(database, *teams, times=2)
    await telling.begin()
    await telling.begin()
    slow.go.set()
    await telling.to_the_end()
    assert slow.most == TOLD_AT_ONCE
    assert dict(slow.told) == {team: [0, 1] for team in teams}


async def test_what_could_not_be_told_waits_and_the_next_is_told(database: Database, clock: Clock) -> None:
    told: list[int] = []

    async def tell(notice: Notice) -> None:
        if notice.about["number"] == 0 and notice.attempt == 1:
            raise TimeoutError
        told.append(notice.about["number"])

    telling = Telling(Notices(database, clock), tell)
    await noticed(database, "T1")
    await telling.to_the_end()
    assert told == [1, 2]
    clock.now += FIRST_DELAY
    await telling.to_the_end()
    assert told == [1, 2, 0]


async def test_what_was_being_told_at_the_end_is_due_again(database: Database, clock: Clock) -> None:
    slow = Slow("T1")
    telling = Telling(Notices(database, clock), slow.tell)
    await noticed(database, "T1", times=1)
    await telling.begin()
    await telling.stop()
    assert await left(database) == 1
    clock.now += FIRST_DELAY
    slow.go.set()
    await telling.to_the_end()
    assert await left(database) == 0


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[Town]:
    async with open_town(database_url) as opened:
        await opened.install(ACME, GLOBEX)
        yield opened


async def test_where_slack_asks_to_wait_nobody_elsewhere_waits_for_their_notice(town: Town) -> None:
    bob, henry = town.person("bob"), town.person("henry")

    async def read(person: Person) -> None:
        about: dict[str, JSON] = {"number": 1, "id": "mem_1", "by": ALICE, "reason": "asked to"}
        async with town.run.parts.database.transaction() as tx:
            key = Key.person(person.user.team_id, person.user.id)
            await write(tx, New(key, "read", about), datetime.now(UTC))

    async def asked_to_wait() -> bool:
        return town.called("chat.postMessage") == 1

    async def heard() -> bool:
        return any("asked to" in seen.text for seen in henry.sees())

    town.slack.faults.add("chat.postMessage", error="ratelimited", retry_after=30)
    await read(bob)
    await until(asked_to_wait)
    await read(henry)
    await until(heard)
    assert not any("asked to" in seen.text for seen in bob.sees())


async def test_where_slack_asks_to_wait_nobody_elsewhere_waits_for_their_home(town: Town) -> None:
    alice, henry = town.person("alice"), town.person("henry")
    for name in ("alice", "bob", "carol", "gus", "henry"):
        await town.person(name).open_home()
    await town.settled()
    before = town.called("views.publish")
    town.slack.faults.add("views.publish", error="ratelimited", retry_after=60, times=AT_ONCE)
    await town.say(alice, "remember for the team: we deploy on Tuesdays")
    assert town.called("views.publish") == before + AT_ONCE  # two Homes wait, and are not even tried
    for drink in ("rum", "mate"):
        await town.say(henry, f"remember: I like {drink}")
        assert henry.home
        assert f"I like {drink}" in henry.view_text(henry.home)
    assert town.called("views.publish") == before + AT_ONCE + 2
