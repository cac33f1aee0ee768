"""What happens besides the turns: counting what was applied, keeping Homes true, deleting what was kept long enough.

Each chore has its own rhythm and fails by itself: one that fails or hangs holds up no other. One that has not succeeded
for longer than its limit is late, which `/readyz` shows, and the log once an hour.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import monotonic

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

# Seconds.
TIDY_EVERY = 1.0
CLEAN_EVERY = 3600.0
LOOK_EVERY = 60.0  # whether something is late
TELL_EVERY = 3600.0  # what is late
SOON = 900.0  # after which what is done soon after a turn is late
TODAY = 86400.0  # and what may take an hour's rest

TOLD_AT_ONCE = 4  # workspaces in which people are told something at the same time


@dataclass(slots=True)
class Chore:
    """One step of housekeeping, begun again `every` so many seconds after its end.

    It is late when it has not succeeded for `limit` seconds. Both are waits of this process, so they go by a clock that
    nobody puts forward: neither the operator nor the playground.
    """

    name: str
    work: Callable[[], Awaitable[object]]
    every: float
    limit: float
    _succeeded: float = field(init=False)
    _failing: bool = False

    def __post_init__(self) -> None:
        self._succeeded = monotonic()

    @property
    def late(self) -> bool:
        return monotonic() - self._succeeded > self.limit

    async def once(self) -> None:
        """Do it. What it fails with is logged, of several times in a row the first."""
        try:
            await self.work()
        except StorageFailed as error:
            if not self._failing:
                why = type(error.__cause__ or error).__name__
                log.warning("Housekeeping failed: %s (%s); trying again", self.name, why)
            self._failing = True
        except Exception:
            if not self._failing:
                log.exception("Housekeeping failed: %s; trying again", self.name)
            self._failing = True
        else:
            self._succeeded, self._failing = monotonic(), False

    async def for_ever(self) -> None:
        """Do it in its rhythm until this is cancelled."""
        while True:
            await self.once()
            await asyncio.sleep(self.every)


@dataclass(slots=True)
class Telling:
    """Tells the notices that are due: of some workspaces at once, and within a workspace in their order.

    So a workspace where Slack is slow, or asks to wait, holds up no other. `tell` raises what makes another attempt
    worth while.
    """

    notices: Notices
    tell: Callable[[Notice], Awaitable[None]]
    _taking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)  # by workspace

    async def begin(self) -> None:
        """Begin to tell what is due, in as many workspaces as may be. Raises StorageFailed."""
        async with self._taking:
            while len(self._under_way) < TOLD_AT_ONCE and (
                notice := await self.notices.take(excluding=self._under_way)
            ):
                task = asyncio.create_task(self._tell_from(notice))
                self._under_way[notice.team] = task
                task.add_done_callback(partial(self._ended, notice.team))

    def _ended(self, team: str, _task: asyncio.Task[None]) -> None:
        del self._under_way[team]

    async def to_the_end(self) -> None:
        """Tell until nothing is due any more. Raises StorageFailed."""
        await self.begin()
        while self._under_way:
            await asyncio.wait(self._under_way.values(), return_when=asyncio.FIRST_COMPLETED)
            await self.begin()

    async def stop(self) -> None:
        """Leave what is under way; it is due again later."""
        tasks = tuple(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell_from(self, notice: Notice | None) -> None:
        """Tell this one, and what else is due in its workspace."""
        try:
            while notice:
                await self._one(notice)
                notice = await self.notices.take(only=notice.team)
        except StorageFailed as error:
            log.warning("Notices could not be told (%s); trying again", type(error.__cause__ or error).__name__)

    async def _one(self, notice: Notice) -> None:
        try:
            await self.tell(notice)
        except Exception as error:  # noqa: BLE001 - whatever one of them fails with must not stop the others
            log.warning("A notice could not be told (%s), at attempt %d", type(error).__name__, notice.attempt)
            if not notice.last:
                return
        await self.notices.done(notice)


@dataclass(slots=True)
class Upkeep:
    """The bot's housekeeping, off the path of any turn. `besides` are chores that are not its own."""

    parts: Parts
    inbox: Inbox
    notices: Notices
    actors: Actors
    lanes: Lanes
    publisher: Publisher
    transcript_days: int
    purge_grace_days: int
    besides: tuple[Chore, ...] = ()
    telling: Telling = field(init=False)
    cleaning: tuple[Chore, ...] = field(init=False)
    chores: tuple[Chore, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.telling = Telling(self.notices, self._tell)
        # Without a grace nothing waits for the hour.
        purge_every = CLEAN_EVERY if self.purge_grace_days else TIDY_EVERY
        self.cleaning = (
            Chore("transcripts", self.forget_turns, CLEAN_EVERY, TODAY),
            Chore("events", self.inbox.forget_finished, CLEAN_EVERY, TODAY),
            Chore("requests", self.forget_requests, CLEAN_EVERY, TODAY),
            Chore("purge", self.purge, purge_every, TODAY),
            Chore("unopened Homes", self.publisher.forget_unopened, CLEAN_EVERY, TODAY),
        )
        self.chores = (
            Chore("counting", self.count, TIDY_EVERY, SOON),
            Chore("scrubbing", self.inbox.scrub, TIDY_EVERY, SOON),
            Chore("notices", self.telling.begin, TIDY_EVERY, SOON),
            Chore("Homes", self.publisher.tick, TIDY_EVERY, SOON),
            *self.cleaning,
            *self.besides,
        )

    # ------------------------------------------------------------------------------------------- soon after a turn

    async def count(self) -> None:
        """Bring `times_applied` up to date."""
        await self.parts.turns.count_all_applied(self.parts.store)

    async def tell(self) -> None:
        """Tell people what they have to be told. What fails is tried again later, some times."""
        await self.telling.to_the_end()

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

    # ------------------------------------------------------------------------------------------------- every hour

    async def clean(self) -> None:
        """Delete now what was kept long enough, each kind by itself."""
        for chore in self.cleaning:
            await chore.once()

    async def forget_turns(self) -> None:
        """Delete old conversations."""
        await self.parts.turns.forget_before(self.parts.clock() - timedelta(days=self.transcript_days))

    async def forget_requests(self) -> None:
        """Delete what finished events had asked for."""
        await self.parts.store.forget_requests(self.parts.clock() - KEPT_FOR)

    async def purge(self) -> None:
        """Erase what has been suspended for longer than the grace. Raises StorageFailed if some of it cannot be."""
        before = self.parts.clock() - timedelta(days=self.purge_grace_days)
        erased = await self.parts.store.suspension.erase(Actor.operator("upkeep"), before)
        for key in erased.keys:
            self.parts.recall.forget(key)
            log.info("What %s had left was erased, %d days after it was suspended", key, self.purge_grace_days)
        for key in erased.failed:
            log.warning("What %s has left could not be erased; trying again", key)
        if erased.failed:
            raise StorageFailed

    # --------------------------------------------------------------------------------------------------- lateness

    async def late(self) -> list[str]:
        """The names of the chores that are late; purging also by what the database still holds.

        Raises StorageFailed.
        """
        names = self._late()
        overdue = await self.parts.store.suspension.overdue(timedelta(days=self.purge_grace_days))
        return sorted({*names, "purge"}) if overdue else names

    def _late(self) -> list[str]:
        return sorted(chore.name for chore in self.chores if chore.late)

    async def _watch(self) -> None:
        """Say in the log what is late, as soon as it is and then once an hour."""
        told: dict[str, float] = {}
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                late = await self.late()
            except StorageFailed:
                late = self._late()
            for name in late:
                if monotonic() - told.get(name, -TELL_EVERY) >= TELL_EVERY:
                    told[name] = monotonic()
                    log.error("Housekeeping is late: %s", name)

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Keep house while the block runs, and count once more at its end."""
        tasks = [asyncio.create_task(chore.for_ever()) for chore in self.chores]
        tasks.append(asyncio.create_task(self._watch()))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.telling.stop()
            with suppress(StorageFailed):
                await self.count()
