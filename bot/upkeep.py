"""What happens besides the turns: counting what was applied, keeping Homes true, deleting what was kept long enough."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.dialogs.home import Publisher
from bot.people.who import Actors
from bot.slack.calls import DeliveryFailed, Lanes
from bot.slack.conversation import Conversation
from bot.slack.inbox import KEPT_FOR, Inbox
from bot.views.notices import notice_reply
from memory.errors import StorageFailed
from memory.models import Actor, Key, Role
from memory.parts import Parts
from memory.store.notices import Notice, Notices

log = logging.getLogger(__name__)

TIDY_EVERY = 1.0
PUBLISH_EVERY = 1.0  # by itself: Slack may take its time, and counting should not wait for it
CLEAN_EVERY = 3600.0


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The bot's housekeeping, off the path of any turn."""

    parts: Parts
    inbox: Inbox
    notices: Notices
    actors: Actors
    lanes: Lanes
    transcript_days: int
    purge_grace_days: int
    publisher: Publisher | None = None
    chores: tuple[tuple[float, Callable[[], Awaitable[None]]], ...] = ()  # and every how many seconds
    _telling: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def count(self) -> None:
        """Bring `times_applied` up to date."""
        await self.parts.turns.count_all_applied(self.parts.store)

    async def publish(self) -> None:
        """Show in some Homes how it is now."""
        if self.publisher:
            await self.publisher.tick()

    async def tidy(self) -> None:
        """What is done soon after a turn."""
        await self.count()
        await self.inbox.scrub()

    async def tell(self) -> None:
        """Tell people what they have to be told. What fails is tried again later, some times."""
        async with self._telling:
            while notice := await self.notices.take():
                try:
                    await self._tell(notice)
                except Exception as error:  # noqa: BLE001 - whatever one of them fails with must not stop the others
                    log.warning("A notice could not be told (%s), at attempt %d", type(error).__name__, notice.attempt)
                    if not notice.last:
                        continue
                await self.notices.done(notice)

    async def _tell(self, notice: Notice) -> None:
        """Tell a person something by direct message. Raises what makes another attempt worth while."""
        client = await self.actors.client(notice.team)
        if client is None:
            raise DeliveryFailed("not installed", passing=True)
        if notice.kind == "proposed" and not await self._still_admin(notice, client):
            return
        here = Conversation(client, self.lanes, notice.team, notice.user, notice.user, alone=True)
        try:
            await here.tell(notice_reply(notice))
        except DeliveryFailed as error:
            if error.passing:
                raise
            log.warning("Slack does not take a notice (%s)", error)

    async def _still_admin(self, notice: Notice, client: AsyncWebClient) -> bool:
        """Whether an admin who wants to hear of proposals is one still; who is not any more will hear of none."""
        actor = await self.actors.at_home(Key.person(notice.team, notice.user), client, "slack notice")
        if actor.role is Role.ADMIN:
            return True
        await self.parts.store.proposals.notify(actor, on=False)
        return False

    async def clean(self) -> None:
        """Delete old turns, finished events and what those had asked for, and what people who left have left."""
        await self.parts.turns.forget_before(self.parts.clock() - timedelta(days=self.transcript_days))
        await self.inbox.forget_finished()
        await self.parts.store.forget_requests(datetime.now(UTC) - KEPT_FOR)
        await self.purge()
        if self.publisher:
            await self.publisher.forget_unopened()

    async def purge(self) -> None:
        """Erase what has been suspended for longer than the grace."""
        before = self.parts.clock() - timedelta(days=self.purge_grace_days)
        erased = await self.parts.store.suspension.erase(Actor.operator("upkeep"), before)
        for key in erased.keys:
            self.parts.recall.forget(key)
            log.info("What %s had left was erased, %d days after it was suspended", key, self.purge_grace_days)
        for key in erased.failed:
            log.warning("What %s has left could not be erased; trying again", key)

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Keep house while the block runs, and count once more at its end."""
        tasks = [
            asyncio.create_task(_every(TIDY_EVERY, self.tidy)),
            asyncio.create_task(_every(TIDY_EVERY, self.tell)),
            asyncio.create_task(_every(PUBLISH_EVERY, self.publish)),
            asyncio.create_task(_every(CLEAN_EVERY, self.clean)),
            *(asyncio.create_task(_every(seconds, chore)) for seconds, chore in self.chores),
        ]
        if not self.purge_grace_days:  # without a grace nothing waits for the hour
            tasks.append(asyncio.create_task(_every(TIDY_EVERY, self.purge)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(StorageFailed):
                await self.count()


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except StorageFailed as error:
            log.warning("Housekeeping failed (%s); trying again", type(error.__cause__ or error).__name__)
        except Exception:
            log.exception("Housekeeping failed; trying again")
        await asyncio.sleep(seconds)
