"""Joins the bot and a stand-in Slack: in a browser or in the terminal."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot.playground.page.server import PlaygroundPage
from bot.playground.page.world import OpenWorld, World
from bot.playground.standin.standin import StandInSlack
from bot.playground.terminal.terminal import play
from bot.playground.under_the_hood import BotInside, RecordingModel
from bot.run import Running, over_http, running
from bot.settings import SlackSettings
from bot.slack.inbox import Inbox
from memory.model.language_model import LanguageModel
from memory.model.litellm_model import DEMO
from memory.parts import chosen_model
from memory.settings import MemorySettings

ASK_EVERY = 0.1  # seconds: whether another process has finished what was open
DEMO_PACE = 0.08  # seconds: the demo model would be done before one sees that it streams


@asynccontextmanager
async def connected(
    memory: MemorySettings, stand_in: StandInSlack, opened: AbstractAsyncContextManager[LanguageModel] | None = None
) -> AsyncIterator[Running]:
    """The bot, connected to a stand-in Slack over signed HTTP, and living by its clock."""
    slack = SlackSettings(
        slack_bot_token=stand_in.bot_token,
        slack_app_token="",
        slack_signing_secret=stand_in.signing_secret,
        slack_api_url=stand_in.api_url,
        host="127.0.0.1",
        port=0,
        admin_user_ids=frozenset(),
    )

    def clock() -> datetime:
        return datetime.fromtimestamp(stand_in.clock.now(), UTC)

    async with running(memory, slack, opened, clock) as run, over_http(run, slack) as port:
        stand_in.events_url = f"http://127.0.0.1:{port}/slack/events"
        yield run


async def settled(run: Running) -> None:
    """Return when the bot has reacted to everything that it was told, by message and by click."""
    await worked_off(run.inbox)
    await run.app.background.done()
    await run.upkeep.count()
    await run.upkeep.tell()
    while await run.app.publisher.tick():
        pass


async def all_settled(run: Running, stand_in: StandInSlack) -> None:
    """Return when the bot has settled, and nothing is on its way between it and the stand-in."""
    await settled(run)
    await stand_in.quiet(0)


async def worked_off(inbox: Inbox) -> None:
    """Return when no event is open, whoever works on it; one that waits for its next attempt is open, too."""
    while True:
        progress = inbox.progress  # before the question: what is finished during it counts
        if not inbox.busy and not await inbox.open_events():
            return
        with suppress(TimeoutError):  # what another process does, no event tells
            await asyncio.wait_for(progress.wait(), None if inbox.busy else ASK_EVERY)


@contextmanager
def own_database(memory: MemorySettings) -> Iterator[MemorySettings]:
    """The same settings with a database of their own, which is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="membot-playground-") as folder:
        yield replace(memory, database_url=f"sqlite+aiosqlite:///{Path(folder) / 'playground.db'}")


def welcome(model: str) -> str:
    """What a newcomer reads first."""
    return (
        f"This is Membot in a stand-in for Slack, on this machine only. Answering: {answering(model)}.\n"
        "Type a message to the bot, `/memory help` for what it can do, or :help for what you can do here.\n"
        "Try:  remember: I like short answers\n"
        "What you save is forgotten when you leave, unless DATABASE_URL names a database."
    )


def answering(model: str) -> str:
    """Who answers, for a person to read."""
    return "a demo model that needs no key" if model == DEMO else model


async def open_terminal(memory: MemorySettings, env: Mapping[str, str]) -> int:
    """Open the playground in the terminal. Without a DATABASE_URL of its own it forgets everything at the end."""
    named = env.get("DATABASE_URL") or env.get("DATABASE_URL_FILE")
    with nullcontext(memory) if named else own_database(memory) as settings:
        async with StandInSlack.open() as stand_in, connected(settings, stand_in) as run:
            return await play(stand_in, partial(all_settled, run, stand_in), welcome(memory.llm_model))


@asynccontextmanager
async def open_world(memory: MemorySettings, pace: float = 0.0) -> AsyncIterator[World]:
    """A stand-in workspace with the bot in it, and a database of its own. `pace`: seconds between pieces of answers."""
    async with AsyncExitStack() as stack:
        settings = stack.enter_context(own_database(memory))
        stand_in = await stack.enter_async_context(StandInSlack.open())
        model = RecordingModel(await stack.enter_async_context(chosen_model(memory)), pace)
        run = await stack.enter_async_context(connected(settings, stand_in, nullcontext(model)))
        inside = BotInside(
            team=stand_in.workspace.installation().team_id,
            parts=run.parts,
            recording=model,
            budget=memory.memory_token_budget,
            settle=partial(all_settled, run, stand_in),
            due=run.upkeep.clean,
        )
        yield World(stand_in, inside)


async def open_page(memory: MemorySettings, slack: SlackSettings, *, browse: bool) -> int:
    """Open the playground in a browser until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with served(partial(world_for, memory), slack.port) as page:
        tell(
            f"The playground is open: {page.url}\n"
            f"A stand-in for Slack, on this machine only. Answering: {answering(memory.llm_model)}.\n"
            "What is saved here is forgotten when you stop it with Ctrl+C."
        )
        if browse:
            await asyncio.to_thread(webbrowser.open, page.url)
        await stopped.wait()
    return 0


def world_for(memory: MemorySettings, replay: bool) -> AbstractAsyncContextManager[World]:
    """The world that the page shows, or one with the demo model, in which what was done there is played again."""
    if replay:
        return open_world(replace(memory, llm_model=DEMO))
    return open_world(memory, DEMO_PACE if memory.llm_model == DEMO else 0.0)


@asynccontextmanager
async def served(world: OpenWorld, port: int) -> AsyncIterator[PlaygroundPage]:
    """The page at this port, or at any other when that one is taken."""
    async with AsyncExitStack() as stack:
        try:
            page = await stack.enter_async_context(PlaygroundPage.open(world, port=port))
        except OSError:
            page = await stack.enter_async_context(PlaygroundPage.open(world))
        yield page


def can_browse(env: Mapping[str, str]) -> bool:
    """Whether somebody sits at a screen here: else a browser would open in the terminal, or nowhere."""
    screen = sys.platform == "darwin" or env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")
    return bool(screen) and sys.stdout.isatty() and not env.get("SSH_CONNECTION")


def tell(text: str) -> None:
    """Say something to the person at the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
