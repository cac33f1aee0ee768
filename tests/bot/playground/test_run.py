"""Waiting until the bot has reacted to everything, by event where it can be."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from bot.playground.run import settled, worked_off
from bot.slack.inbox import Claimed, Inbox
from memory.database.open import Database, open_database
from tests.bot.conftest import Office
from tests.bot.slack.inboxes import QUICK, Worker, event, states
from tests.waiting import PATIENCE, until


@dataclass(slots=True)
class CountingInbox(Inbox):
    """Counts how often the database is asked whether events are open."""

    asked: list[int] = field(default_factory=list)

    async def open_events(self) -> int:
        self.asked.append(await Inbox.open_events(self))
        return self.asked[-1]


async def test_while_this_process_works_the_database_is_not_asked_again_and_again(database: Database) -> None:
    inbox, worker, began = CountingInbox(database), Worker(), asyncio.Event()

    async def work(_claimed: Claimed) -> None:
        began.set()
        await asyncio.sleep(0.5)

    await inbox.write(event(1))
    async with inbox.working(work, worker.give_up):
        await began.wait()
        await worked_off(inbox)
    assert inbox.asked == [0]


async def test_an_event_that_waits_for_its_next_attempt_is_not_worked_off(database: Database) -> None:
    inbox, worker = Inbox(database, replace(QUICK, first_delay=0.3)), Worker()
    attempts: list[int] = []

    async def fails_once(claimed: Claimed) -> None:
        attempts.append(claimed.attempt)
        if claimed.attempt == 1:
            raise RuntimeError

    await inbox.write(event(1))
    async with inbox.working(fails_once, worker.give_up):
        await worked_off(inbox)
    assert attempts == [1, 2]


async def test_what_another_process_works_on_is_waited_for(database: Database, database_url: str) -> None:
    worker = Worker(0.2)
    async with open_database(database_url) as elsewhere:
        other = Inbox(elsewhere, QUICK)
        await other.write(event(1))
        async with other.working(worker.work, worker.give_up):
            await worked_off(Inbox(database))
            assert await states(database) == {"Ev1": "done"}


async def test_what_is_finished_while_the_database_is_asked_is_not_waited_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ends between the question and the waiting must not be missed: there would be nothing more to wake up for."""
    inbox, worker = Inbox(database, QUICK), Worker()
    ask = Inbox.open_events

    async def finished() -> bool:
        return not inbox.busy and await states(database) == {"Ev1": "done"}

    async def late(self: Inbox) -> int:
        found = await ask(self)
        await until(finished)
        return found

    monkeypatch.setattr(Inbox, "open_events", late)
    monkeypatch.setattr("bot.playground.run.ASK_EVERY", 3600)
    await inbox.write(event(1))
    async with asyncio.timeout(PATIENCE), inbox.working(worker.work, worker.give_up):
        await worked_off(inbox)
    assert worker.done == [1]


async def test_settled_means_answered_counted_told_and_shown_at_home(office: Office) -> None:
    alice, bob = office.person("alice"), office.person("bob")
    await office.say("alice", "remember for the team: we deploy on Tuesdays")
    await bob.open_home()
    await settled(office.run)
    office.model.next("On Tuesdays.")
    await bob.say("When do we deploy?")
    await alice.command("/memory", "forget w1")
    await settled(office.run)
    assert bob.sees()[-1].text.startswith("On Tuesdays.")
    turns = office.run.parts.turns
    assert await turns.count_applied(office.run.parts.store) == 0
    assert await office.run.app.publisher.tick() == 0
    assert await office.run.upkeep.notices.take() is None
    assert await office.run.inbox.open_events() == 0
