"""The stand-in Slack, whole: a workspace, its people, and a server on loopback that the real app connects to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Self

from bot.playground.standin.delivery import Deliveries, DeliveryRules
from bot.playground.standin.demo_workspace import demo_workspace
from bot.playground.standin.faults import Faults
from bot.playground.standin.hooks import Hooks
from bot.playground.standin.human import Person
from bot.playground.standin.journal import ApiCall, Delivery, Journal
from bot.playground.standin.movable_clock import MovableClock
from bot.playground.standin.oauth import OAuth
from bot.playground.standin.people import Installation
from bot.playground.standin.refusal import Json
from bot.playground.standin.server import SlackServer
from bot.playground.standin.socket_mode import SocketMode
from bot.playground.standin.workspace import Workspace


class StandInSlack:
    """Speaks Slack's wire protocol on 127.0.0.1 to whatever app is connected.

    Set `events_url` to reach the app by signed HTTP; while it is None the app's Socket Mode connections are used.
    """

    def __init__(self, workspace: Workspace, signing_secret: str, rules: DeliveryRules) -> None:
        self.workspace = workspace
        self.signing_secret = signing_secret
        self.faults = Faults()
        self.journal = Journal(workspace.changes)
        self._hooks = Hooks(workspace)
        self._deliveries = Deliveries(workspace, self.journal, rules, signing_secret)
        self._server = SlackServer(workspace, self._deliveries, self._hooks, self.faults, self.journal)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        *,
        signing_secret: str = "playground",  # noqa: S107 - only ever checked on loopback
        workspace: Workspace | None = None,
        rules: DeliveryRules | None = None,
        scopes: frozenset[str] | None = None,
        port: int = 0,
    ) -> AsyncIterator[Self]:
        """Open it for as long as the block runs. `scopes` are what the bot token was granted; None means all."""
        world = workspace or demo_workspace()
        if scopes is not None:
            world.installations[:] = [replace(app, scopes=scopes) for app in world.installations]
        slack = cls(world, signing_secret, rules or DeliveryRules())
        await slack._server.start(port)
        try:
            yield slack
        finally:
            await slack._deliveries.close()
            await slack._server.close()

    # --- what the app needs to know ---

    @property
    def api_url(self) -> str:
        return f"{self._server.url}api/"

    @property
    def bot_token(self) -> str:
        return self.workspace.installation().bot_token

    @property
    def app_token(self) -> str:
        return self.workspace.installation().app_token

    @property
    def events_url(self) -> str | None:
        return self._deliveries.events_url

    @events_url.setter
    def events_url(self, url: str | None) -> None:
        self._deliveries.events_url = url

    # --- what a test or a terminal does ---

    @property
    def clock(self) -> MovableClock:
        return self.workspace.clock

    @property
    def calls(self) -> list[ApiCall]:
        return self.journal.calls

    @property
    def deliveries(self) -> list[Delivery]:
        return self.journal.deliveries

    @property
    def oauth(self) -> OAuth:
        """The app's registration: its credentials, installing and tokens."""
        return self._server.oauth

    @property
    def socket(self) -> SocketMode:
        return self._deliveries.socket

    def person(self, name: str) -> Person:
        """A person by name or id. Raises `NotPossible`."""
        return Person(self.workspace.user(name), self.workspace, self._deliveries, self._hooks)

    async def deliver_event(
        self,
        event: Json,
        *,
        channel: str | None = None,
        event_id: str | None = None,
        app: Installation | None = None,
        **envelope: object,
    ) -> Delivery:
        """Deliver any event, subscribed or not; `envelope` replaces fields around it. Returns the first attempt.

        `app` is the installation that it is for, when neither the channel nor the first one says so.
        """
        place = self.workspace.channel(channel or str(event["channel"])) if channel or "channel" in event else None
        return await self._deliveries.event(event, place, event_id=event_id, app=app, **envelope)

    async def redeliver(self, delivery: Delivery) -> Delivery:
        """Deliver the same event again, as a retry."""
        return await self._deliveries.again(delivery)

    async def quiet(self, pause: float = 0.05) -> None:
        """Return when nothing is on the way in either direction and nothing happened for `pause` seconds."""
        while True:
            traffic = self._server.traffic
            idle = time.monotonic() - max(traffic.last, self._deliveries.last)
            if not traffic.open and not self._deliveries.busy and idle >= pause:
                return
            await asyncio.sleep(max(pause - idle, 0.005))
