"""In which workspaces the app acts, and with which token: in the one of SLACK_BOT_TOKEN, or wherever it was installed.

A token is found without asking Slack: it is in the database with the bot's ids. Only a single workspace's token is
asked for once, at the start. Tokens that expire are exchanged two hours before; a request that meets one that has
expired already waits for the exchange. They live by Slack's time, which is the machine's own and no clock that we hand
over: put forward, that would not make Slack's tokens older.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from slack_bolt.async_app import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.people.installations import Installations, Installed, Where
from bot.slack.calls import FAULTS, fault, waiting
from memory.errors import StorageFailed

log = logging.getLogger(__name__)

REFRESH_AHEAD = timedelta(hours=2)  # Slack's tokens live for 12
NEARLY_EXPIRED = timedelta(seconds=60)
PATIENCE = 5.0  # seconds for another process that is exchanging an expired token
LOOK_EVERY = 0.2
SAVE_AGAIN = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between attempts to keep tokens that Slack gives only once


class TokenExpired(Exception):
    """The token of this workspace has expired, and there is no new one yet."""


class Workspaces(Protocol):
    """Where the app acts."""

    async def admits(self, where: Where) -> bool:
        """Whether what came from there may be stored."""

    async def find(self, where: Where) -> Installed | None:
        """The app there, with a token that works. Raises StorageFailed, TokenExpired, or what Slack fails with."""

    def client(self, installed: Installed) -> AsyncWebClient:
        """The client that acts there."""

    async def serves(self, installed: Installed, team: str) -> None:
        """A member of this workspace was met through this installation."""

    async def teams(self, installed: Installed) -> list[str]:
        """The workspaces that an installation serves."""

    async def end(self, where: Where, at: datetime, bots: Collection[str] | None) -> tuple[str, list[str]] | None:
        """Slack says that the app ended there at a time (of these bots only): the installation, and its workspaces.

        None when there is none, or one that is newer.
        """

    async def standing(self) -> dict[str, bool]:
        """Of every workspace that is known whether the app acts there."""


def where(context: AsyncBoltContext, body: Mapping[str, Any]) -> Where:
    """Which installation Slack sent this to.

    Neither `context_team_id` nor the outer `team_id` says it: in a channel that two companies share either may be the
    other's. `authorizations` says it, which Bolt reads first, and it always names the bot.
    """
    authorizations = body.get("authorizations")
    first = authorizations[0] if isinstance(authorizations, list) and authorizations else None
    bot = first.get("user_id") if isinstance(first, Mapping) else None
    return Where(_id(context.team_id), _id(context.enterprise_id), context.is_enterprise_install is True, bot=_id(bot))


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def slack_time(answer: Any) -> datetime:
    """When Slack gave an answer, by its own clock, which its events go by; ours where it does not say."""
    headers = getattr(answer, "headers", None) or {}
    said = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        return parsedate_to_datetime(str(said)).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)


@dataclass(slots=True)
class OneWorkspace:
    """The workspace (or organisation) that the one token belongs to."""

    base: AsyncWebClient = field(repr=False)
    _installed: Installed | None = None
    _stood: bool = False

    async def installed(self) -> Installed:
        """Who this app is, asked of Slack once. Raises one of FAULTS."""
        if self._installed is None:
            answer = await waiting(self.base.auth_test, repeatable=True)
            organisation_wide = bool(answer.get("is_enterprise_install"))
            place = answer.get("enterprise_id") if organisation_wide else answer.get("team_id")
            self._installed = Installed(
                id=str(place or ""),
                enterprise_id=answer.get("enterprise_id"),
                is_enterprise_install=organisation_wide,
                bot_user_id=str(answer.get("user_id") or ""),
                bot_id=str(answer.get("bot_id") or ""),
                token=self.base.token or "",
                installed_at=slack_time(answer),
            )
        return self._installed

    async def admits(self, where: Where) -> bool:
        # While Slack has not said whose token this is, nothing is turned away: the inbox finds out later.
        return self._installed is None or _is_of(self._installed, where)

    async def find(self, where: Where) -> Installed | None:
        installed = await self.installed()
        return installed if _is_of(installed, where) else None

    def client(self, installed: Installed) -> AsyncWebClient:  # noqa: ARG002 - there is one alone
        return self.base

    async def serves(self, installed: Installed, team: str) -> None:
        """Nothing is kept: there is one installation alone."""

    async def teams(self, installed: Installed) -> list[str]:
        return [installed.id]

    async def end(self, where: Where, at: datetime, bots: Collection[str] | None) -> tuple[str, list[str]] | None:
        installed = self._installed
        if installed is None or not _is_of(installed, where) or at < installed.installed_at:
            return None
        if bots is not None and installed.bot_user_id not in bots:
            return None
        return installed.id, [installed.id]

    async def standing(self) -> dict[str, bool]:
        # Told once: that the token works now says nothing about an hour from now.
        if self._installed is None or self._stood:
            return {}
        self._stood = True
        return {self._installed.id: True}


def _is_of(installed: Installed, where: Where) -> bool:
    if installed.is_enterprise_install:  # a payload may leave the organisation out; who is of it, `users.info` says
        return where.enterprise in (None, installed.id)
    return where.team == installed.id


@dataclass(slots=True)
class ManyWorkspaces:
    """Wherever the app was installed by OAuth. `base` is a client without a token."""

    installations: Installations
    base: AsyncWebClient = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    _refreshing: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _served: set[tuple[str, str]] = field(default_factory=set)

    async def admits(self, where: Where) -> bool:
        return await self.installations.find(where) is not None

    async def find(self, where: Where) -> Installed | None:
        installed = await self.installations.find(where)
        if installed is None or not installed.expires_before(datetime.now(UTC) + NEARLY_EXPIRED):
            return installed
        await self._refreshed(installed)
        return await self._renewed(where)

    async def _renewed(self, where: Where) -> Installed | None:
        """The installation with its new token, for which another process may have asked."""
        for _ in range(int(PATIENCE / LOOK_EVERY)):
            installed = await self.installations.find(where)
            if installed is None or not installed.expires_before(datetime.now(UTC)):
                return installed
            if installed.id not in self._refreshing and not await self.installations.is_refreshing(installed):
                break
            await asyncio.sleep(LOOK_EVERY)
        raise TokenExpired

    def client(self, installed: Installed) -> AsyncWebClient:
        return AsyncWebClient(
            token=installed.token,
            base_url=self.base.base_url,
            session=self.base.session,
            timeout=self.base.timeout,
            retry_handlers=[],
        )

    async def serves(self, installed: Installed, team: str) -> None:
        if (installed.id, team) in self._served or installed.organisation is None or team == installed.id:
            return
        await self.installations.remember_team(team, installed.id)
        self._served.add((installed.id, team))

    async def teams(self, installed: Installed) -> list[str]:
        return await self.installations.teams(installed.id)

    async def end(self, where: Where, at: datetime, bots: Collection[str] | None) -> tuple[str, list[str]] | None:
        place = next(iter(where.ids), None)
        known = next((each for each in await self.installations.known() if each.id == place), None)
        if known is None or (bots is not None and known.bot_user_id not in bots):
            return None
        ended = await self.installations.uninstall(known.id, at)
        if known.active and not ended:
            return None  # it was installed again since
        self._served.clear()
        standing = await self.standing()
        return known.id, [team for team in await self.installations.teams(known.id) if not standing.get(team)]

    async def standing(self) -> dict[str, bool]:
        standing: dict[str, bool] = {}
        for known in await self.installations.known():
            for team in await self.installations.teams(known.id):
                standing[team] = standing.get(team, False) or known.active
        return standing

    # ------------------------------------------------------------------------------------------ rotating tokens

    async def refresh(self) -> None:
        """Exchange every token that expires soon. One that Slack does not exchange stays, and is tried again."""
        for installed in await self.installations.expiring(datetime.now(UTC) + REFRESH_AHEAD):
            await self._refreshed(installed)

    async def finish(self) -> None:
        """Return when no exchange is under way: what Slack has given must be kept."""
        while self._refreshing:
            await asyncio.wait(tuple(self._refreshing.values()))

    async def _refreshed(self, installed: Installed) -> None:
        """Exchange a token, once for all who ask. It goes on when who asked does not wait any more."""
        task = self._refreshing.get(installed.id)
        if task is None:
            task = asyncio.create_task(self._refresh(installed))
            self._refreshing[installed.id] = task
            task.add_done_callback(lambda _: self._refreshing.pop(installed.id, None))
        await asyncio.shield(task)

    async def _refresh(self, installed: Installed) -> None:
        if not await self.installations.begin_refresh(installed):
            return
        fresh = None
        try:
            answer = await waiting(
                lambda: self.base.oauth_v2_access(
                    client_id=self.client_id,
                    client_secret=self.client_secret,
                    grant_type="refresh_token",
                    refresh_token=installed.refresh_token,
                )
            )
            fresh = _exchanged(installed, answer)
        except FAULTS as error:
            log.warning("Slack did not exchange the token of %s (%s)", installed.id, fault(error))
        await self._keep(installed, fresh)

    async def _keep(self, installed: Installed, fresh: Installed | None) -> None:
        for pause in SAVE_AGAIN:
            try:
                await self.installations.end_refresh(installed, fresh)
            except StorageFailed:
                await asyncio.sleep(pause)
            else:
                return
        log.error("The new token of %s could not be kept; it may have to be installed again", installed.id)


def _exchanged(installed: Installed, answer: Any) -> Installed:
    """The installation with its new tokens. Raises ValueError when the answer holds none."""
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token:
        raise ValueError("no token")
    lives = timedelta(seconds=seconds) if isinstance(seconds, int) else None
    refresh_token = answer.get("refresh_token") or installed.refresh_token
    return replace(
        installed,
        token=token,
        refresh_token=str(refresh_token),
        expires_at=datetime.now(UTC) + lives if lives else None,
    )
