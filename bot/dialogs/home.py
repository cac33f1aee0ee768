"""Publishes Home tabs: when somebody opens theirs, and after each change from anywhere."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.in_time import in_time
from bot.dialogs.click import Viewer
from bot.dialogs.homes import Home, Homes
from bot.dialogs.screens import home_screen
from bot.people.who import Actors
from bot.people.workspaces import TokenExpired
from bot.slack.calls import FAULTS, fault, passing, retry_after
from bot.slack.permalinks import Permalinks
from bot.views.home import home_error
from bot.views.modals import View
from memory import policy
from memory.errors import StorageFailed
from memory.models import Actor, Key
from memory.parts import Parts

log = logging.getLogger(__name__)

# https://docs.slack.dev/reference/methods/views.publish: Tier 4, about 100 a minute in a workspace.
AT_ONCE = 2
PUBLISH_SECONDS = 5.0
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class _Filled:
    """What a Home shows, and whether to an admin; None: it is not what it should show."""

    view: View
    admin: bool | None = None


@dataclass(slots=True)
class Publisher:
    """Publishes Homes.

    Whoever opens their Home marks it as not published, in the database; so if the process dies here, or Slack is away,
    it is published later, and the event need not be kept.
    """

    homes: Homes
    parts: Parts
    actors: Actors
    permalinks: Permalinks = field(default_factory=Permalinks)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _quiet: dict[str, datetime] = field(default_factory=dict)  # by workspace: when Slack may be asked again

    async def opened(self, key: Key, note: str = "", actor: Actor | None = None) -> None:
        """Publish a Home that somebody looks at; `actor` is who it is, where that was asked just now."""
        try:
            home = await self.homes.opened(key)
            if home:
                await self._publish(home, note, actor)
        except StorageFailed as error:
            log.warning("A Home could not be read (%s)", type(error.__cause__ or error).__name__)
            with suppress(StorageFailed):  # the token may stand in the database as well
                client = await self.actors.client(key.team)
                if client:
                    await self._show(client, key, home_error(str(error)))

    async def tick(self) -> int:
        """Publish some of the Homes that do not show how it is now. Returns how many; raises StorageFailed."""
        async with self._one:
            now = self.parts.clock()
            self._quiet = {team: until for team, until in self._quiet.items() if until > now}
            due = await self.homes.due(AT_ONCE, besides=[Key.workspace(team) for team in self._quiet])
            await asyncio.gather(*(self._publish(home) for home in due))
            return len(due)

    async def forget_unopened(self) -> None:
        """Publish those no more that nobody has looked at for long."""
        await self.homes.forget_unopened(self.parts.clock() - KEPT_FOR)

    async def _publish(self, home: Home, note: str = "", actor: Actor | None = None) -> None:
        try:
            client = await self.actors.client(home.key.team)
        except (TokenExpired, *FAULTS) as error:
            log.info("A Home could not be published (%s)", fault(error))
            await self._failed(home, error)
            return
        if client is None:  # the app is not installed there any more
            await self.homes.dropped(home)
            return

        async def filled() -> _Filled:
            who = actor or await self.actors.at_home(home.key, client, "slack home")
            url = await self.permalinks.address(client, home.key.team)
            view = await home_screen(self.parts, Viewer(who, url=url, note=note))
            return _Filled(view, admin=policy.may_review(who, who.team))

        def failed(sentence: str) -> _Filled:
            return _Filled(home_error(sentence))

        made = await in_time(filled, failed, seconds=PUBLISH_SECONDS)
        refused = await self._show(client, home.key, made.view)
        if made.admin is None or (refused and passing(refused)):
            await self._failed(home, refused)
        elif refused:
            log.info("A Home is published no more until it is opened (%s)", fault(refused))
            await self.homes.dropped(home)
        else:
            await self.homes.published(home, admin=made.admin)

    async def _failed(self, home: Home, error: BaseException | None) -> None:
        """Try again later, ever later; and leave its workspace alone for a moment: others wait behind it."""
        wait = max(FIRST_WAIT * 2 ** min(home.failures, 12), timedelta(seconds=(error and retry_after(error)) or 0))
        self._quieten(home.key.team, FIRST_WAIT)
        await self.homes.failed(home, min(wait, LONGEST_WAIT))

    def _quieten(self, team: str, wait: timedelta) -> None:
        until = self.parts.clock() + wait
        self._quiet[team] = max(until, self._quiet.get(team, until))

    async def _show(self, client: AsyncWebClient, key: Key, view: View) -> BaseException | None:
        """Publish it, and return what went wrong."""
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                await client.views_publish(user_id=key.subject, view=view)
        except FAULTS as error:
            log.info("A Home could not be published (%s)", fault(error))
            self._quieten(key.team, timedelta(seconds=retry_after(error) or 0))
            return error
        return None
