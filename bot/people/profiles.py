"""What Slack knows about the people who speak, asked at most once in five minutes, and once for all who ask at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from slack_sdk.web.async_client import AsyncWebClient

from bot.people.identity import Profile
from bot.slack.calls import FAULTS, fault, passing, waiting

log = logging.getLogger(__name__)

KEPT_SECONDS = 300.0
MOST_KEPT = 10_000


class SlackAway(Exception):
    """Slack did not say who a person is, and may say so later."""


@dataclass(slots=True)
class Profiles:
    """Profiles by workspace and person. Their five minutes are counted here: no clock that is put forward ends them."""

    _kept: OrderedDict[tuple[str, str], tuple[float, Profile]] = field(default_factory=OrderedDict)
    _asking: dict[tuple[str, str], asyncio.Task[Profile | None]] = field(default_factory=dict)
    _asked: Counter[tuple[str, str]] = field(default_factory=Counter)  # an answer to an older question is not kept

    def known(self, team: str, user: str) -> Profile | None:
        """What Slack said not long ago; None when it has to be asked."""
        kept = self._kept.get((team, user))
        return kept[1] if kept and time.monotonic() - kept[0] < KEPT_SECONDS else None

    async def profile(self, client: AsyncWebClient, team: str, user: str) -> Profile | None:
        """Return what `users.info` says or said not long ago, None when Slack will not tell.

        Of many who ask at once, one asks Slack. Raises SlackAway when Slack cannot be asked: who is not known is
        refused nothing and granted nothing.
        """
        if known := self.known(team, user):
            return known
        asking = self._asking.get((team, user))
        if asking is None:
            asking = asyncio.create_task(self.fresh(client, team, user))
            self._asking[team, user] = asking
            asking.add_done_callback(partial(self._answered, (team, user)))
        return await asyncio.shield(asking)

    def _answered(self, who: tuple[str, str], asking: asyncio.Task[Profile | None]) -> None:
        if self._asking.get(who) is asking:
            del self._asking[who]

    async def fresh(self, client: AsyncWebClient, team: str, user: str) -> Profile | None:
        """Return what `users.info` says now, None when Slack will not tell. Raises SlackAway.

        Each call asks for itself: an answer to a question of before may be older than what is asked about.
        """
        self._asked[team, user] += 1
        question = self._asked[team, user]
        try:
            answer = await waiting(lambda: client.users_info(user=user), repeatable=True)
            described = answer.get("user")
        except FAULTS as error:
            if passing(error):
                raise SlackAway from error
            log.warning("Slack did not say who a person is (%s)", fault(error))
            return None
        profile = Profile.read(described if isinstance(described, Mapping) else {})
        if question != self._asked[team, user]:
            return profile
        self._kept[team, user] = (time.monotonic(), profile)
        self._kept.move_to_end((team, user))
        if len(self._kept) > MOST_KEPT:
            oldest, _ = self._kept.popitem(last=False)
            del self._asked[oldest]
        return profile

    def drop(self, team: str, user: str) -> None:
        """Forget what is known of a person: it has changed."""
        self._kept.pop((team, user), None)
        self._asking.pop((team, user), None)
        self._asked[team, user] += 1

    def forget(self, team: str) -> None:
        """Forget everybody of a workspace."""
        for each in [key for key in self._kept if key[0] == team]:
            del self._kept[each]
