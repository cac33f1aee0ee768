"""Opens every part of the bot in order, and runs until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import sqlalchemy as sa
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.answer.answer import Answering
from bot.app import App
from bot.dialogs.background import Background
from bot.dialogs.dialogs import Dialogs
from bot.dialogs.home import Publisher
from bot.dialogs.homes import Homes
from bot.people.encryption import TokenCipher
from bot.people.installations import Installations, Installed, OAuthStates
from bot.people.lifecycle import Lifecycle
from bot.people.oauth import Installing
from bot.people.profiles import Profiles
from bot.people.who import Actors
from bot.people.workspaces import ManyWorkspaces, OneWorkspace
from bot.settings import SlackSettings, Way
from bot.slack.calls import FAULTS, Lanes, fault, passing
from bot.slack.client import web_client
from bot.slack.http import Door, serving
from bot.slack.inbox import Inbox
from bot.slack.socket import connected
from bot.turn.listen import Listening
from bot.upkeep import Chore, Upkeep
from memory.clock import Clock, utc_now
from memory.database.migrations import serves
from memory.database.open import Database
from memory.errors import StorageFailed
from memory.model.language_model import LanguageModel
from memory.parts import Parts, open_parts
from memory.settings import MemorySettings, SettingsError
from memory.store.notices import Notices
from memory.text.intent import intent

log = logging.getLogger(__name__)

# Kubernetes gives 30 seconds in all, of which requests that are under way may take 5 before (bot/slack/http.py).
DRAIN_SECONDS = 20.0
LEAST_SECONDS = 3.0  # for answers to clicks, when turns took all of that
LOOK_EVERY = 1.0  # seconds: whether another process has let rest what this one works on
TENDED_EVERY = 600.0  # seconds: tokens that expire, and what a process that died has left
TENDED_LATE = 3600.0  # seconds: tokens are exchanged two hours before they expire


@dataclass(slots=True)
class Stopping:
    """How long what is under way may still take, once the bot was told to stop."""

    began: float = 0.0

    def begin(self) -> None:
        self.began = monotonic()

    def left(self) -> float:
        """Seconds; turns and answers to clicks share them."""
        return max(LEAST_SECONDS, DRAIN_SECONDS - (monotonic() - self.began))


@dataclass(frozen=True, slots=True)
class Running:
    """A bot that works its inbox off. What brings it events is opened around it."""

    app: App
    inbox: Inbox
    upkeep: Upkeep
    parts: Parts
    installing: Installing | None = None

    async def ready(self) -> dict[str, bool | str]:
        """Whether each part that the bot needs is there, and how housekeeping stands."""
        try:
            async with self.parts.database.reading() as connection:
                await connection.execute(sa.select(1))
                schema = await connection.run_sync(serves)
            late = ", ".join(await self.upkeep.late())
        except StorageFailed:
            return {"database": False, "schema": False, "model": self.parts.model.ready}
        housekeeping = f"late: {late}" if late else "ok"
        return {"database": True, "schema": schema, "model": self.parts.model.ready, "housekeeping": housekeeping}


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
        parts = await stack.enter_async_context(open_parts(memory, opened, clock))
        inbox = Inbox(parts.database, clock=parts.clock)
        base = await stack.enter_async_context(web_client(slack.slack_bot_token, slack.slack_api_url))
        workspaces = await opened_workspaces(parts.database, slack, base, parts.clock)
        if isinstance(workspaces, ManyWorkspaces):  # after everything that asks for tokens: Slack gives them once
            stack.push_async_callback(workspaces.finish)
        app = composed(
            parts,
            inbox,
            workspaces,
            base,
            admin_user_ids=slack.admin_user_ids,
            signing_secret=slack.slack_signing_secret,
        )
        upkeep = Upkeep(
            parts,
            inbox,
            Notices(parts.database, parts.clock),
            app.actors,
            app.listening.lanes,
            app.publisher,
            transcript_days=memory.transcript_days,
            purge_grace_days=memory.purge_grace_days,
            besides=tending(app, workspaces, memory.purge_grace_days),
        )
        await asyncio.to_thread(intent, "")  # the first line compiles its rules, and should not keep everybody waiting
        if parts.database.is_sqlite:  # this process is the only one: whatever was running ran in one that is gone
            await inbox.take_over()
        await stack.enter_async_context(upkeep.going_on())
        stopping = Stopping()

        async def answer_clicks() -> None:
            await app.background.end(stopping.left())

        stack.push_async_callback(answer_clicks)
        await stack.enter_async_context(inbox.working(app.handle, app.give_up, drain=DRAIN_SECONDS))
        stack.callback(stopping.begin)
        pages = installing(app, workspaces) if isinstance(workspaces, ManyWorkspaces) else None
        yield Running(app, inbox, upkeep, parts, pages)


def composed(
    parts: Parts,
    inbox: Inbox,
    workspaces: OneWorkspace | ManyWorkspaces,
    client: AsyncWebClient,
    *,
    admin_user_ids: frozenset[str] = frozenset(),
    signing_secret: str = "",
) -> App:
    """The app over its parts."""
    profiles, background = Profiles(), Background()
    lifecycle = Lifecycle(parts.store, workspaces, profiles)
    actors = Actors(profiles, workspaces, lifecycle, admin_user_ids)
    publisher = Publisher(Homes(parts.database, parts.clock), parts, actors)
    return App(
        client=client,
        signing_secret=signing_secret,
        inbox=inbox,
        listening=Listening(Answering(parts), actors, inbox, Lanes()),
        actors=actors,
        lifecycle=lifecycle,
        dialogs=Dialogs(parts, actors, background, publisher),
        publisher=publisher,
        background=background,
    )


async def opened_workspaces(
    database: Database, slack: SlackSettings, base: AsyncWebClient, clock: Clock
) -> OneWorkspace | ManyWorkspaces:
    """Where the app acts. Raises StorageFailed when the stored tokens cannot be read."""
    if slack.way is not Way.OAUTH:
        return OneWorkspace(base)
    installations = Installations(database, TokenCipher(slack.token_encryption_key), clock)
    await installations.check_keys()
    return ManyWorkspaces(installations, base, slack.slack_client_id, slack.slack_client_secret)


def installing(app: App, workspaces: ManyWorkspaces) -> Installing:
    """The pages by which the app is installed."""

    async def kept(new: Installed) -> None:
        await workspaces.installations.save(new)
        await app.lifecycle.started(new)

    states = OAuthStates(workspaces.installations.database, workspaces.installations.clock)
    return Installing(workspaces.base, workspaces.client_id, workspaces.client_secret, states, kept)


def tending(app: App, workspaces: OneWorkspace | ManyWorkspaces, grace_days: int) -> tuple[Chore, ...]:
    """What is done for the workspaces, off the path of any turn."""
    chores = [
        Chore("stopping what rests", app.lifecycle.stop_resting, LOOK_EVERY, TENDED_LATE),
        Chore("lifecycle", app.lifecycle.keep_house, TENDED_EVERY, TENDED_LATE),
    ]
    if isinstance(workspaces, ManyWorkspaces):
        installations = workspaces.installations

        async def forget() -> None:
            await installations.forget(installations.clock() - timedelta(days=grace_days))

        chores += [
            Chore("tokens", workspaces.refresh, TENDED_EVERY, TENDED_LATE),
            Chore("ended installations", forget, TENDED_EVERY, 86400.0),
        ]
    return tuple(chores)


@asynccontextmanager
async def over_http(run: Running, slack: SlackSettings) -> AsyncIterator[int]:
    """Take events over HTTP while the block runs, and yield the port."""
    door = Door(run.app.bolt, SignatureVerifier(slack.slack_signing_secret), run.ready, run.installing)
    async with AsyncExitStack() as stack:
        try:
            port = await stack.enter_async_context(serving(door, slack.host, slack.port))
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else "no such address"
            raise SettingsError(f"HOST and PORT: cannot listen on {slack.host}:{slack.port} ({why}).") from error
        yield port


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
        await _check_token(run.app)
        if slack.way is Way.SOCKET:
            async with connected(run.app.bolt, slack.slack_app_token, slack.slack_api_url, stopped):
                log.info("Connected to Slack by Socket Mode; model %s", memory.llm_model)
                await stopped.wait()
        else:
            async with over_http(run, slack) as port:
                log.info("Listening on http://%s:%d/slack/events; model %s", slack.host, port, memory.llm_model)
                await stopped.wait()
        log.info("Stopping: finishing what is under way")


async def _check_token(app: App) -> None:
    """Raise SlackApiError when Slack refuses the token. That Slack is away just now is no reason not to start."""
    if not isinstance(app.workspaces, OneWorkspace):
        return
    try:
        await app.workspaces.installed()
    except FAULTS as error:
        if not passing(error):
            raise
        log.warning("Slack cannot be reached just now (%s)", fault(error))
    else:
        await app.lifecycle.keep_house()
