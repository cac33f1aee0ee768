"""Where a workspace is in Slack, for links to its messages: asked of Slack once an hour."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls import FAULTS, fault

log = logging.getLogger(__name__)

SECONDS = 2.0
KEPT_SECONDS = 3600.0  # a workspace may be renamed, and the old address then leads nowhere
MOST_KEPT = 1000
_ADDRESS = re.compile(r"https://[a-z0-9.-]{1,200}/")


class Permalinks:
    """The addresses of workspaces, by their ids. `now` counts seconds, and is set by nobody."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()  # when it was said, and what; the oldest first

    async def address(self, client: AsyncWebClient, team: str) -> str:
        """`https://acme.slack.com/`, or "" when Slack does not say: a list without links is better than none."""
        at, address = self._kept.get(team, (0.0, None))
        if address is not None and self._now() - at < KEPT_SECONDS:
            return address
        try:
            async with asyncio.timeout(SECONDS):
                said = (await client.auth_test()).get("url")
        except FAULTS as error:
            log.info("The workspace's address is not known (%s)", fault(error))
            return address or ""
        return self._keep(team, said if isinstance(said, str) and _ADDRESS.fullmatch(said) else "")

    def _keep(self, team: str, address: str) -> str:
        self._kept[team] = (self._now(), address)
        self._kept.move_to_end(team)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return address
