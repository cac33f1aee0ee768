"""Joins the parts and runs them: the bot, the playground (browser or `chat`), `doctor`, `rotate-keys`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import Bot, web_client
from bot.call import Desk
from bot.encryption import TokenCipher
from bot.faults import FAULTS, fault, passing
from bot.homes import Homes
from bot.hood import BotHood, Overheard
from bot.inbox import Inbox
from bot.installations import Installations, Installed, OAuthStates
from bot.logs import set_up_logging
from bot.oauth import Installing
from bot.playground import StandInSlack
from bot.playground.page import PlaygroundPage, World
from bot.playground.terminal import play
from bot.server import Door, serving
from bot.settings import SlackSettings, Way, read_slack_settings
from bot.turn import Mind
from bot.turns import Turns
from bot.upkeep import Upkeep
from bot.workspaces import ManyWorkspaces, OneWorkspace
from memory.clock import Clock, utc_now
from memory.completion import DEMO, open_model
from memory.database import Database, open_database
from memory.doctor import Finding, examine
from memory.errors import StorageFailed
from memory.language_model import LanguageModel
from memory.migrations import at_head
from memory.notices import Notices
from memory.rates import Rate, Rates
from memory.recall import Recall
from memory.settings import MemorySettings, SettingsError, environment, read_settings, share_provider_keys
from memory.store import Limits, MemoryStore

log = logging.getLogger("bot")

DRAIN_SECONDS = 20.0
DEMO_PACE = 0.08  # seconds: the demo model would be done before one sees that it streams
BESIDE_SLACK = (
    "SLACK_BOT_TOKEN is set, so this looks like the place of a real bot. To open the playground all the same: "
    "python -m bot playground --beside-slack"
)
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
        while await self.bot.publisher.tick():
            pass

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


def chosen_rates(memory: MemorySettings) -> tuple[Rates, Rates]:
    """How often people may save, and how often they are answered."""
    saves = Rates(
        Rate(memory.saves_per_minute, memory.saves_per_day),
        Rate(memory.workspace_saves_per_minute, memory.workspace_saves_per_day),
    )
    answers = Rates(
        Rate(memory.answers_per_minute, memory.answers_per_day),
        Rate(memory.workspace_answers_per_minute, memory.workspace_answers_per_day),
    )
    return saves, answers


@asynccontextmanager
async def running(
    memory: MemorySettings,
    slack: SlackSettings,
    opened: AbstractAsyncContextManager[LanguageModel] | None = None,
    clock: Clock = utc_now,
) -> AsyncIterator[Running]:
    """Open everything that the bot stands on, and work the inbox off while the block runs. Raises StorageFailed.

    `opened` is another model than the settings name.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(memory.database_url, alone=True))
        model = await stack.enter_async_context(opened or chosen_model(memory))
        full_review = memory.admin_review == "full"
        saves, answers = chosen_rates(memory)
        store = MemoryStore(database, Limits(memory.memories_per_key, full_review, saves), clock=clock)
        turns, inbox = Turns(database, answers), Inbox(database)
        recall = Recall(database, budget=memory.memory_token_budget, clock=clock)
        mind = Mind(Desk(store, turns, full_review, recall, clock), recall, model, memory.system_prompt)
        base = await stack.enter_async_context(web_client(slack.slack_bot_token, slack.slack_api_url))
        workspaces = await opened_workspaces(database, slack, base)
        if isinstance(workspaces, ManyWorkspaces):  # after everything that asks for tokens: Slack gives them once
            stack.push_async_callback(workspaces.finish)
        bot = Bot(
            mind=mind,
            inbox=inbox,
            homes=Homes(database, clock),
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
            clock=clock,
            publisher=bot.publisher,
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


# -------------------------------------------------------------------------------------------------- playground


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

            async def settled() -> None:
                await run.settled()
                await stand_in.quiet(0)

            return await play(stand_in, settled, welcome(memory.llm_model))


@asynccontextmanager
async def open_world(memory: MemorySettings, pace: float = 0.0) -> AsyncIterator[World]:
    """A stand-in workspace with the bot in it, and a database of its own. `pace`: seconds between pieces of answers."""
    with own_database(memory) as settings:
        async with AsyncExitStack() as stack:
            stand_in = await stack.enter_async_context(StandInSlack.open())
            overheard = Overheard(await stack.enter_async_context(chosen_model(memory)), pace)
            run = await stack.enter_async_context(connected(settings, stand_in, nullcontext(overheard)))

            async def settled() -> None:
                await run.settled()
                await stand_in.quiet(0)

            async def due() -> None:
                await run.upkeep.clean()

            team = stand_in.workspace.installation().team_id
            yield World(stand_in, BotHood(team, run.bot.mind, overheard, memory.memory_token_budget, settled, due))


async def open_page(memory: MemorySettings, slack: SlackSettings, *, browse: bool) -> int:
    """Open the playground in a browser until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)

    def world(replay: bool) -> AbstractAsyncContextManager[World]:
        if replay:
            return open_world(replace(memory, llm_model=DEMO))
        return open_world(memory, DEMO_PACE if memory.llm_model == DEMO else 0.0)

    async with AsyncExitStack() as stack:
        try:
            page = await stack.enter_async_context(PlaygroundPage.open(world, port=slack.port))
        except OSError:  # the port is taken, and any other will do
            page = await stack.enter_async_context(PlaygroundPage.open(world))
        tell(
            f"The playground is open: {page.url}\n"
            f"A stand-in for Slack, on this machine only. Answering: {answering(memory.llm_model)}.\n"
            "What is saved here is forgotten when you stop it with Ctrl+C."
        )
        if browse:
            await asyncio.to_thread(webbrowser.open, page.url)
        await stopped.wait()
    return 0


def can_browse(env: Mapping[str, str]) -> bool:
    """Whether somebody sits at a screen here: else a browser would open in the terminal, or nowhere."""
    screen = sys.platform == "darwin" or env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")
    return bool(screen) and sys.stdout.isatty() and not env.get("SSH_CONNECTION")


def tell(text: str) -> None:
    """Say something to the person at the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def start(env: Mapping[str, str], way: str | None, *, beside_slack: bool) -> int:
    """Run in the way that was asked for, else in the one that the settings ask for."""
    memory, slack = read_settings(env), read_slack_settings(env)
    share_provider_keys(env)
    if way == "chat":
        set_up_logging("ERROR")
        return asyncio.run(open_terminal(memory, env))
    if way == "playground" or slack.way is Way.PLAYGROUND:
        if slack.slack_bot_token and not beside_slack:
            raise SettingsError(BESIDE_SLACK)
        set_up_logging("ERROR")
        return asyncio.run(open_page(memory, slack, browse=can_browse(env)))
    set_up_logging(memory.log_level)
    asyncio.run(serve(memory, slack))
    return 0


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


def main() -> int:
    """Choose what to do: run the bot, examine it, or renew the encryption of its tokens."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="A Slack bot that remembers.")
    parser.add_argument(
        "way",
        nargs="?",
        choices=["playground", "chat", "doctor", "rotate-keys"],
        help="playground: try it in a browser, without Slack; chat: in this terminal; doctor: examine it; "
        "rotate-keys: encrypt Slack's tokens with the newest TOKEN_ENCRYPTION_KEY",
    )
    parser.add_argument("--beside-slack", action="store_true", help="open the playground although a Slack token is set")
    chosen = parser.parse_args()
    if chosen.way in ("doctor", "rotate-keys"):
        return examined() if chosen.way == "doctor" else rotated()
    try:
        return start(environment(), chosen.way, beside_slack=chosen.beside_slack)
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


if __name__ == "__main__":
    sys.exit(main())
