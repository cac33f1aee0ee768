"""Told to one person and to nobody else: as an ephemeral, or else by direct message; never where others read along."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls import FAULTS, LOCKED_OUT, DeliveryFailed, fault, waiting

log = logging.getLogger(__name__)

# A preview is fetched without a click, so a link in an answer could carry words out of the workspace.
NO_PREVIEWS: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told, and where they are. `alone`: nobody else reads that conversation."""

    channel: str
    user: str
    thread_ts: str | None
    alone: bool
    lane: asyncio.Lock | None = None


async def tell(
    client: AsyncWebClient, to: Listener, content: Mapping[str, Any], message: Mapping[str, Any] | None = None
) -> None:
    """Tell them. `message` holds further arguments for a message, which an ephemeral does not take.

    Raises DeliveryFailed when Slack takes neither an ephemeral nor a direct message.
    """
    if not to.alone:
        ephemeral = partial(
            client.chat_postEphemeral, channel=to.channel, user=to.user, thread_ts=to.thread_ts, **content
        )
        try:
            await waiting(ephemeral, lane=to.lane)
        except FAULTS as error:
            if fault(error) in LOCKED_OUT:
                raise DeliveryFailed.of(error) from error
            log.info("An ephemeral could not be shown (%s); telling by direct message", fault(error))
        else:
            return
    where = {"channel": to.channel, "thread_ts": to.thread_ts} if to.alone else {"channel": to.user}
    direct = partial(client.chat_postMessage, **where, **content, **(message or {}))
    try:
        await waiting(direct, lane=to.lane if to.alone else None)
    except FAULTS as error:
        raise DeliveryFailed.of(error) from error
