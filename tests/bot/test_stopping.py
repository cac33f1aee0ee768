"""The end: what is under way may finish, for so long and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot import run as module
from bot.dialogs.background import Background
from bot.run import DRAIN_SECONDS, LEAST_SECONDS, Stopping
from bot.slack.conversation import respond
from bot.slack.reply import note
from tests.bot.conftest import open_office
from tests.scripted_model import ScriptedModel


@asynccontextmanager
async def silent() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """An address that takes a request and never answers, and whether it was asked."""
    asked, over = asyncio.Event(), asyncio.Event()

    async def ask(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await over.wait()
        writer.close()

    async with await asyncio.start_server(ask, "127.0.0.1", 0) as server:
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", asked
        finally:
            over.set()


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_response_url_that_hangs_does_not_hold_up_the_end(
    database_url: str, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.1)
    monkeypatch.setattr(module, "LEAST_SECONDS", 0.1)
    async with silent() as (url, asked):
        async with open_office(database_url, model) as office:
            office.run.app.background.start(respond(url, note("Disabled."), rewrites=True))
            await asked.wait()
            ending = asyncio.timeout(8)  # a response_url is given 15 seconds
            await ending.__aenter__()
        await ending.__aexit__(None, None, None)


async def test_turns_and_answers_to_clicks_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(module, "monotonic", lambda: now)
    stopping = Stopping()
    stopping.begin()
    left = []
    for passed in (0, 5, 14, 100):
        now += passed
        left.append(stopping.left())
    assert left == [DRAIN_SECONDS, DRAIN_SECONDS - 5, LEAST_SECONDS, LEAST_SECONDS]


async def test_what_is_done_in_time_is_done_and_the_rest_is_given_up() -> None:
    background, said = Background(), list[str]()

    async def say(word: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        said.append(word)

    for word, seconds in (("quick", 0.0), ("slow", 3600.0)):
        background.start(say(word, seconds))
    async with asyncio.timeout(10):
        await background.end(0.5)
        await background.done()
    assert said == ["quick"]
