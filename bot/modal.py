"""A modal: opened at once, since its trigger lives three seconds, and filled when what it shows is known."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.faults import FAULTS, fault, waiting

log = logging.getLogger(__name__)

View = dict[str, Any]


async def open_modal(
    client: AsyncWebClient, trigger_id: str, loading: View, filled: Awaitable[View], failed: View
) -> bool:
    """Open a modal with `loading`, then put `filled` into it when that is there, or `failed` where Slack refuses that.

    Returns False, and has not waited for `filled`, when Slack did not open it.
    """
    try:
        opened = await client.views_open(trigger_id=trigger_id, view=loading)
        view_id = opened["view"]["id"]
    except (*FAULTS, KeyError, TypeError) as error:
        log.info("A modal could not be opened (%s)", fault(error))
        return False
    await show(client, view_id, await filled, failed)
    return True


async def show(client: AsyncWebClient, view_id: str, view: View, failed: View) -> None:
    """Put a view into an open modal, or `failed` where Slack refuses it. One that was closed meanwhile stays closed."""
    for each in (view, failed):
        try:
            await waiting(lambda each=each: client.views_update(view_id=view_id, view=each), repeatable=True)  # type: ignore[misc]
        except FAULTS as error:
            log.info("A modal could not be filled (%s)", fault(error))
            if fault(error) == "not_found":
                return
        else:
            return
