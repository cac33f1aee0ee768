"""Joins the parts and runs them: `python -m bot`, the playground (`chat`), an examination (`doctor`), `rotate-keys`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.answer import FAULTS, fault, passing
from bot.app import Bot, web_client
from bot.call import Desk
from bot.encryption import TokenCipher
from bot.inbox import Inbox
from bot.installations import Installations, Installed, OAuthStates
from bot.logs import set_up_logging
from bot.oauth import Installing
from bot.playground import StandInSlack
from bot.playground.terminal import play
from bot.server import Door, serving
from bot.settings import SlackSettings, Way, read_slack_settings
from bot.turn import Mind
from bot.turns import Turns
from bot.upkeep import Upkeep
from bot.workspaces import ManyWorkspaces, OneWorkspace
from memory.completion import DEMO, open_model
from memory.database import Database, open_database
from memory.doctor import Finding, examine
from memory.errors import StorageFailed
from memory.language_model import LanguageModel
from memory.migrations import at_head
from memory.notices import Notices
from memory.recall import Recall
from memory.settings import MemorySettings, SettingsError, environment, read_settings, share_provider_keys
from memory.store import Limits, MemoryStore

log = logging.getLogger("bot")

DRAIN_SECONDS = 20.0
LOOK_EVERY = 1.0  # seconds: whether another process has let rest what this one works on
TENDED_EVERY = 600.0  # seconds: tokens that expire, and what a process that died has left


@dataclass(frozen=True, slots=True)
class Running:
    """A bot that works its inbox off. What brings it events is opened around it."""

    bot: Bot
    inbox: Inbox
    upkeep: Upkeep
    database: Database
    model: LanguageModel
    installing: Installing | None = None

    async def settled(self) -> None:
        """Return when the bot has reacted to everything it was told."""
        await self.inbox.idle()
        await self.bot.shown()
        await self.upkeep.count()
        await self.upkeep.tell()

    async def ready(self) -> dict[str, bool]:
        """Whether each part that the bot needs is there."""
        try:
            async with self.database.reading() as connection:
                await connection.execute(sa.select(1))
                schema = await connection.run_sync(at_head)
        except StorageFailed:
            return {"database": False, "schema": False, "model": self.model.ready}
        return {"database": True, "schema": schema, "model": self.model.ready}


def chosen_model(memory: MemorySettings) -> AbstractAsyncContextManager[LanguageModel]:
    """The language model that the settings name."""
    return open_model(
        memory.llm_model,
        api_base=memory.llm_api_base or None,
        api_key=memory.llm_api_key or None,
        timeout=memory.llm_timeout,
    )


@asynccontextmanager
async def running(
    memory: MemorySettings, slack: SlackSettings, opened: AbstractAsyncContextManager[LanguageModel] | None = None
) -> AsyncIterator[Running]:
    """Open everything that the bot stands on, and work the inbox off while the block runs. Raises StorageFailed.

    `opened` is another model than the settings name.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(memory.database_url, alone=True))
        model = await stack.enter_async_context(opened or chosen_model(memory))
        full_review = memory.admin_review == "full"
        store = MemoryStore(database, Limits(memory.memories_per_key, full_review))
        turns, inbox = Turns(database), Inbox(database)
        recall = Recall(database, budget=memory.memory_token_budget)
        mind = Mind(Desk(store, turns, full_review, recall), recall, model, memory.system_prompt)
        base = await stack.enter_async_context(web_client(slack.slack_bot_token, slack.slack_api_url))
        workspaces = await opened_workspaces(database, slack, base)
        if isinstance(workspaces, ManyWorkspaces):  # after everything that asks for tokens: Slack gives them once
            stack.push_async_callback(workspaces.finish)
        bot = Bot(
            mind=mind,
            inbox=inbox,
            workspaces=workspaces,
            client=base,
            admin_user_ids=slack.admin_user_ids,
            signing_secret=slack.slack_signing_secret,
        )
        upkeep = Upkeep(
            store,
            turns,
            inbox,
            recall,
            Notices(database),
            bot.tell,
            transcript_days=memory.transcript_days,
            purge_grace_days=memory.purge_grace_days,
            chores=tending(bot, workspaces, memory.purge_grace_days),
        )
        if database.is_sqlite:  # this process is the only one: whatever was running ran in one that is gone
            await inbox.take_over()
        await stack.enter_async_context(upkeep.going_on())
        stack.push_async_callback(bot.shown)
        await stack.enter_async_context(inbox.working(bot.handle, bot.give_up, drain=DRAIN_SECONDS))
        pages = installing(bot, workspaces) if isinstance(workspaces, ManyWorkspaces) else None
        yield Running(bot, inbox, upkeep, database, model, pages)


async def opened_workspaces(
    database: Database, slack: SlackSettings, base: AsyncWebClient
) -> OneWorkspace | ManyWorkspaces:
    """Where the app acts. Raises StorageFailed when the stored tokens cannot be read."""
    if slack.way is not Way.OAUTH:
        return OneWorkspace(base)
    installations = Installations(database, TokenCipher(slack.token_encryption_key))
    await installations.check_keys()
    return ManyWorkspaces(installations, base, slack.slack_client_id, slack.slack_client_secret)


def installing(bot: Bot, workspaces: ManyWorkspaces) -> Installing:
    """The pages by which the app is installed."""

    async def kept(new: Installed) -> None:
        await workspaces.installations.save(new)
        await bot.lifecycle.started(new)

    states = OAuthStates(workspaces.installations.database)
    return Installing(workspaces.base, workspaces.client_id, workspaces.client_secret, states, kept)


def tending(
    bot: Bot, workspaces: OneWorkspace | ManyWorkspaces, grace_days: int
) -> tuple[tuple[float, Callable[[], Awaitable[None]]], ...]:
    """What is done every so many seconds for the workspaces, off the path of any turn."""

    async def tend() -> None:
        await bot.lifecycle.keep_house()
        if isinstance(workspaces, ManyWorkspaces):
            await workspaces.refresh()
            await workspaces.installations.forget(datetime.now(UTC) - timedelta(days=grace_days))

    return (LOOK_EVERY, bot.lifecycle.stop_resting), (TENDED_EVERY, tend)


@asynccontextmanager
async def over_http(run: Running, slack: SlackSettings) -> AsyncIterator[int]:
    """Take events over HTTP while the block runs, and yield the port."""
    door = Door(run.bot.app, SignatureVerifier(slack.slack_signing_secret), run.ready, run.installing)
    async with AsyncExitStack() as stack:
        try:
            port = await stack.enter_async_context(serving(door, slack.host, slack.port))
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else "no such address"
            raise SettingsError(f"HOST and PORT: cannot listen on {slack.host}:{slack.port} ({why}).") from error
        yield port


@asynccontextmanager
async def over_socket(run: Running, slack: SlackSettings, stopped: asyncio.Event) -> AsyncIterator[None]:
    """Take events over Socket Mode while the block runs. Connecting goes on until it works or we are stopped."""
    async with web_client(slack.slack_app_token, slack.slack_api_url) as client:
        handler = AsyncSocketModeHandler(run.bot.app, slack.slack_app_token, web_client=client)
        connected = asyncio.ensure_future(handler.connect_async())  # type: ignore[no-untyped-call]
        stopping = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait({connected, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if connected.done():
                connected.result()
            yield
        finally:
            for task in (connected, stopping):
                task.cancel()
            await handler.close_async()  # type: ignore[no-untyped-call]


async def serve(memory: MemorySettings, slack: SlackSettings) -> None:
    """Run the bot until SIGTERM or SIGINT; a second signal ends it at once."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if stopped.is_set():
            os._exit(1)
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    async with running(memory, slack) as run:
        await _check_token(run.bot)
        if slack.way is Way.SOCKET:
            async with over_socket(run, slack, stopped):
                log.info("Connected to Slack by Socket Mode; model %s", memory.llm_model)
                await stopped.wait()
        else:
            async with over_http(run, slack) as port:
                log.info("Listening on http://%s:%d/slack/events; model %s", slack.host, port, memory.llm_model)
                await stopped.wait()
        log.info("Stopping: finishing what is under way")


async def _check_token(bot: Bot) -> None:
    """Raise SlackApiError when Slack refuses the token. That Slack is away just now is no reason not to start."""
    if not isinstance(bot.workspaces, OneWorkspace):
        return
    try:
        await bot.workspaces.installed()
    except FAULTS as error:
        if not passing(error):
            raise
        log.warning("Slack cannot be reached just now (%s)", fault(error))
    else:
        await bot.lifecycle.keep_house()


def welcome(model: str) -> str:
    """What a newcomer reads first."""
    answering = "a demo model that needs no key" if model == DEMO else model
    return (
        f"This is Membot in a stand-in for Slack, on this machine only. Answering: {answering}.\n"
        "Type a message to the bot, `/memory help` for what it can do, or :help for what you can do here.\n"
        "Try:  remember: I like short answers\n"
        "What you save is forgotten when you leave, unless DATABASE_URL names a database."
    )


async def open_playground(memory: MemorySettings, env: Mapping[str, str]) -> int:
    """Open the playground in the terminal. Without a DATABASE_URL of its own it forgets everything at the end."""
    with tempfile.TemporaryDirectory(prefix="membot-") as folder:
        if not (env.get("DATABASE_URL") or env.get("DATABASE_URL_FILE")):
            memory = replace(memory, database_url=f"sqlite+aiosqlite:///{Path(folder) / 'playground.db'}")
        async with AsyncExitStack() as stack:
            stand_in = await stack.enter_async_context(StandInSlack.open())
            slack = SlackSettings(
                slack_bot_token=stand_in.bot_token,
                slack_app_token="",
                slack_signing_secret=stand_in.signing_secret,
                slack_api_url=stand_in.api_url,
                host="127.0.0.1",
                port=0,
                admin_user_ids=frozenset(),
            )
            run = await stack.enter_async_context(running(memory, slack))
            port = await stack.enter_async_context(over_http(run, slack))
            stand_in.events_url = f"http://127.0.0.1:{port}/slack/events"

            async def settled() -> None:
                await run.settled()
                await stand_in.quiet(0)

            return await play(stand_in, settled, welcome(memory.llm_model))


def examined() -> int:
    """Examine the settings and the database, with a line for each check and each fault; 1 when something is wrong."""
    well = True
    for finding in _findings():
        print(f"{'ok   ' if finding.well else 'FAULT'} {finding.line}", flush=True)  # noqa: T201 - who asked for it
        well = well and finding.well
    return 0 if well else 1


def _findings() -> Iterator[Finding]:
    try:
        env = environment()
        memory, slack = read_settings(env), read_slack_settings(env)
        yield Finding(True, f"settings: readable; the bot runs by {slack.way}")
    except SettingsError as error:
        yield Finding(False, f"settings: {error}")
        return
    yield from examine(memory.database_url)


def main() -> int:
    """Choose what to do: run the bot, examine it, or renew the encryption of its tokens."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="A Slack bot that remembers.")
    parser.add_argument(
        "way",
        nargs="?",
        choices=["chat", "doctor", "rotate-keys"],
        help="chat: try it in this terminal, without Slack; doctor: examine it; "
        "rotate-keys: encrypt Slack's tokens with the newest TOKEN_ENCRYPTION_KEY",
    )
    chosen = parser.parse_args().way
    if chosen == "doctor":
        return examined()
    return rotated() if chosen == "rotate-keys" else started(chosen)


def rotated() -> int:
    """Encrypt every token with the newest key; 1 when that is not possible, with a sentence that says why."""
    try:
        env = environment()
        memory, slack = read_settings(env), read_slack_settings(env)
        if slack.way is not Way.OAUTH:
            raise SettingsError("There are no tokens to encrypt: SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are not set.")
        set_up_logging(memory.log_level)
        changed = asyncio.run(rotate_keys(memory.database_url, slack.token_encryption_key))
    except (SettingsError, StorageFailed) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 1
    print(f"Encrypted with the newest key: {changed}. Every other installation was already.")  # noqa: T201 - as above
    return 0


async def rotate_keys(database_url: str, keys: tuple[str, ...]) -> int:
    """Return how many installations were encrypted by an older key. Raises StorageFailed."""
    async with open_database(database_url, alone=True) as database:
        return await Installations(database, TokenCipher(keys)).rotate_keys()


def started(chosen: str | None) -> int:
    """Choose the way of running; 1 when that is not possible, with a sentence that says why."""
    try:
        env = environment()
        memory, slack = read_settings(env), read_slack_settings(env)
        share_provider_keys(env)
        if chosen == "chat" or slack.way is Way.PLAYGROUND:
            set_up_logging("ERROR")
            return asyncio.run(open_playground(memory, env))
        set_up_logging(memory.log_level)
        asyncio.run(serve(memory, slack))
    except KeyboardInterrupt:
        return 130
    except (SettingsError, StorageFailed) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 1
    except SlackApiError as error:
        print(f"Slack refused the token: {fault(error)}.", file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 1
    except FAULTS as error:
        print(f"The bot cannot start: {fault(error)}.", file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
