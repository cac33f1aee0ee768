"""A process that works the inbox off is killed again and again: nothing is lost, and hardly anything done twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

import pytest
import sqlalchemy as sa

from bot.playground.run import worked_off
from bot.slack.inbox import Inbox
from memory.database.open import Database, open_database
from tests.bot.slack.crash_worker import EFFECTS, work_for_ever
from tests.bot.slack.inboxes import QUICK, event, states
from tests.waiting import PATIENCE, until

EVENTS, KILLS, AT_ONCE = 150, 5, 4


@pytest.fixture
def killable(database_url: str) -> Iterator[Callable[[], BaseProcess]]:
    """Starts one process after another, each a fork of one that has imported everything."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.bot.slack.crash_worker"])
    started: list[BaseProcess] = []

    def start() -> BaseProcess:
        started.append(context.Process(target=work_for_ever, args=(database_url,), daemon=True))
        started[-1].start()
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.join()


async def _effects(database: Database) -> dict[int, int]:
    async with database.reading() as connection:
        return {row.number: row.tries for row in await connection.execute(sa.text("SELECT * FROM effects"))}


async def _has_more(database: Database, than: int) -> bool:
    return len(await _effects(database)) > than


async def test_no_event_is_lost_when_the_process_is_killed_at_any_time(
    database: Database, database_url: str, killable: Callable[[], BaseProcess]
) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text("DROP TABLE IF EXISTS effects"))
        await tx.execute(sa.text(EFFECTS))
    inbox = Inbox(database, QUICK)
    await asyncio.gather(*(inbox.write(event(number, f"C{number % 40}")) for number in range(EVENTS)))
    for _ in range(KILLS):
        before = len(await _effects(database))
        process = killable()
        await until(partial(_has_more, database, before))
        await asyncio.sleep(random.uniform(0, 0.15))  # noqa: S311 - no secret is made of it
        process.kill()
        await asyncio.to_thread(process.join)
    assert "pending" in (await states(database)).values()  # the last kill met it at work, too
    killable()
    async with asyncio.timeout(3 * PATIENCE):  # a process starts, and works off what the others left
        await worked_off(inbox)
    async with open_database(database_url) as afterwards:  # the file is sound, too
        assert set((await states(afterwards)).values()) == {"done"}
        effects = await _effects(afterwards)
        async with afterwards.transaction() as tx:
            await tx.execute(sa.text("DROP TABLE effects"))
    assert sorted(effects) == list(range(EVENTS))
    again = [tries for tries in effects.values() if tries > 1]
    assert len(again) <= KILLS * AT_ONCE  # only what was between its effect and its mark when the kill came
