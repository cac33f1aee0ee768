"""Where a workspace is in Slack, for links to its messages: asked of Slack once."""

from __future__ import annotations

import asyncio
import logging
import re

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls import FAULTS, fault

log = logging.getLogger(__name__)

SECONDS = 2.0
_ADDRESS = re.compile(r"https://[a-z0-9.-]{1,200}/")


class Permalinks:
    """The addresses of workspaces, by their ids."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    async def address(self, client: AsyncWebClient, team: str) -> str:
        """`https://acme.slack.com/`, or "" when Slack does not say: a list without links is better than none."""
        if team not in self._kept:
            try:
                async with asyncio.timeout(SECONDS):
                    said = (await client.auth_test()).get("url")
            except FAULTS as error:
                log.info("The workspace's address is not known (%s)", fault(error))
                return ""
            self._kept[team] = said if isinstance(said, str) and _ADDRESS.fullmatch(said) else ""
        return self._kept[team]
