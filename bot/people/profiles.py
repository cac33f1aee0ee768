"""What Slack knows about the people who speak, asked at most once in five minutes."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from slack_sdk.web.async_client import AsyncWebClient

from bot.people.identity import Profile
from bot.slack.calls import FAULTS, fault, passing, waiting

log = logging.getLogger(__name__)

KEPT_SECONDS = 300.0
MOST_KEPT = 10_000


class Resting(Exception):
    """What this person or workspace left rests: nothing is done for them."""


class SlackAway(Exception):
    """Slack did not say who a person is, and may say so later."""


@dataclass(slots=True)
class People:
    """Profiles by workspace and person."""

    _kept: OrderedDict[tuple[str, str], tuple[float, Profile]] = field(default_factory=OrderedDict)

    async def profile(self, client: AsyncWebClient, team: str, user: str, *, fresh: bool = False) -> Profile | None:
        """Return what `users.info` says, None when Slack will not tell. `fresh`: as it is now, not minutes ago.

        Raises SlackAway when Slack cannot be asked: who is not known is refused nothing and granted nothing.
        """
        kept = self._kept.get((team, user))
        if kept and not fresh and time.monotonic() - kept[0] < KEPT_SECONDS:
            return kept[1]
        try:
            answer = await waiting(lambda: client.users_info(user=user), repeatable=True)
            described = answer.get("user")
        except FAULTS as error:
            if passing(error):
                raise SlackAway from error
            log.warning("Slack did not say who a person is (%s)", fault(error))
            return None
        profile = Profile.read(described if isinstance(described, Mapping) else {})
        self._kept[team, user] = (time.monotonic(), profile)
        self._kept.move_to_end((team, user))
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return profile

    def drop(self, team: str, user: str) -> None:
        """Forget what is known of a person: it has changed."""
        self._kept.pop((team, user), None)

    def forget(self, team: str) -> None:
        """Forget everybody of a workspace."""
        for each in [key for key in self._kept if key[0] == team]:
            del self._kept[each]
