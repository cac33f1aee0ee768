"""The app and people come and go: what is under way for them stops, what they left rests, and is back when they are.

Theory of operation. That the app was uninstalled is worked on before Slack's event is acknowledged, and every step can
be repeated: if the process dies in between, Slack sends the event again, and `keep_house` puts right what it does not.
First the installation ends (its tokens go, and from then on nothing from there is taken), then what is under way here
is cancelled, then the memories rest. Other processes look once a second whether what they work on rests.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.people import identity
from bot.people.identity import Speaker
from bot.people.installations import Installed, Where
from bot.people.profiles import Profiles
from bot.people.workspaces import Workspaces
from memory.models import Actor, Key
from memory.store.store import MemoryStore

log = logging.getLogger(__name__)

# Both come when the app is uninstalled, in any order; by then its token is dead.
# https://docs.slack.dev/reference/events/app_uninstalled, …/tokens_revoked
ENDING = frozenset({"app_uninstalled", "tokens_revoked"})
OPERATOR = Actor.operator("slack lifecycle")


class Resting(Exception):
    """What this person or workspace left rests: nothing is done for them."""


@dataclass(slots=True)
class UnderWay:
    """What is being worked on, by installation and person, so that it can be stopped."""

    _tasks: dict[asyncio.Task[Any], tuple[str, str]] = field(default_factory=dict)
    _stopped: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def installations(self) -> set[str]:
        return {installation for installation, _ in self._tasks.values()}

    async def run(self, installation: str, user: str, work: Coroutine[Any, Any, object]) -> None:
        """Do the work, and return when it is done or was stopped."""
        task = asyncio.ensure_future(work)
        self._tasks[task] = (installation, user)
        try:
            await task
        except asyncio.CancelledError:
            if task not in self._stopped:  # it is we who are to end
                raise
            log.info("What was under way for %s was stopped", installation)
        finally:
            self._stopped.discard(task)
            self._tasks.pop(task, None)

    def stop(self, installation: str, user: str | None = None) -> None:
        """Cancel what is under way for an installation, or for one person there."""
        for task, (where, who) in self._tasks.items():
            if where == installation and user in (None, who):
                self._stopped.add(task)
                task.cancel()


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What happens when the app or a person comes or goes. Every method may raise StorageFailed."""

    store: MemoryStore
    workspaces: Workspaces
    profiles: Profiles
    under_way: UnderWay = field(default_factory=UnderWay)

    # --------------------------------------------------------------------------------------------- workspaces

    async def ended(self, where: Where, body: Mapping[str, Any]) -> None:
        """Slack says that the app was uninstalled, or that its tokens were revoked.

        An event that is older than the installation is of an earlier one. Without a time it is taken for new.
        """
        event = identity.part(body, "event")
        bots = identity.part(event, "tokens").get("bot") if event.get("type") == "tokens_revoked" else None
        if event.get("type") == "tokens_revoked" and not isinstance(bots, list):
            return  # tokens of people, of which the app has none
        ended = await self.workspaces.end(where, _event_time(body), bots)
        if ended is None:
            return
        installation, teams = ended
        self.under_way.stop(installation)
        for team in teams:
            self.profiles.forget(team)
            await self._let_rest(Key.workspace(team))
        log.info("The app was uninstalled in %s", installation)

    async def started(self, installed: Installed) -> None:
        """The app is installed there: what rested is back."""
        for team in await self.workspaces.teams(installed):
            await self._bring_back(Key.workspace(team))

    async def keep_house(self) -> None:
        """Put right what a process that died in the middle left: rest and installation belong together."""
        for team, stands in (await self.workspaces.standing()).items():
            await (self._bring_back if stands else self._let_rest)(Key.workspace(team))

    async def stop_resting(self) -> None:
        """Stop what is under way here for a workspace that another process has let rest."""
        for installation in self.under_way.installations:
            if await self.store.suspension.covers(Key.workspace(installation)):
                self.under_way.stop(installation)

    # ------------------------------------------------------------------------------------------------- people

    async def concerns(self, team: str, user: str, *, deleted: bool) -> bool:
        """Whether a change of a person's account may end or begin their rest. What is known of them is dropped."""
        self.profiles.drop(team, user)
        return deleted or await self.store.suspension.covers(Key.person(team, user))

    async def settle(self, installed: Installed, team: str, user: str, *, deleted: bool) -> None:
        """Let a person rest whose account is deactivated, or bring them back: everywhere this installation serves."""
        for each in sorted({team, *(await self.workspaces.teams(installed))}):
            self.profiles.drop(each, user)
            await (self._let_rest if deleted else self._bring_back)(Key.person(each, user))
        if deleted:
            self.under_way.stop(installed.id, user)

    async def rests(self, who: Speaker) -> bool:
        """Whether this person rests, alone. Raises Resting when the whole workspace does."""
        if not await self.store.suspension.covers(Key.person(who.team, who.user)):
            return False
        if await self.store.suspension.covers(Key.workspace(who.team)):
            raise Resting
        return True

    async def returned(self, team: str, user: str) -> None:
        """A person who rested is back in one workspace."""
        await self._bring_back(Key.person(team, user))

    # ------------------------------------------------------------------------------------------------- resting

    async def _let_rest(self, key: Key) -> None:
        if not await self.store.suspension.covers(key):
            await self.store.suspension.suspend(OPERATOR, key)

    async def _bring_back(self, key: Key) -> None:
        if await self.store.suspension.covers(key):
            await self.store.suspension.reinstate(OPERATOR, key)


def _event_time(body: Mapping[str, Any]) -> datetime:
    """When Slack's event happened, in whole seconds."""
    seconds = body.get("event_time")
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else datetime.now(UTC)
