"""The outermost edge of what people do: every error becomes one sentence, in the time that Slack gives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.people.lifecycle import Resting
from bot.people.profiles import SlackAway
from bot.views.refusals import why_refused
from memory.errors import MemoryRefused, MemoryStoreError, StorageFailed

log = logging.getLogger(__name__)

# Slack waits 3 s for the answer to a command, a button or a form: what takes longer is told so.
PATIENCE = 2.3
TOO_SLOW = "That took too long, and I do not know whether it was done. Look with `/memory list`, then try again."
WHO = "Slack did not tell me who you are just now, so I did nothing. Please try again."
RESTING = "What I kept here rests, because the app or this account was removed. I did nothing."
BROKEN = "Something went wrong, and it was written to my log. Please try again."
MEMBERS_ONLY = "I keep memories for members of this workspace only, so there is nothing here for you."

T = TypeVar("T")


async def in_time(work: Callable[[], Awaitable[T]], failed: Callable[[str], T], *, seconds: float = PATIENCE) -> T:
    """Do the work, or return what `failed` makes of the sentence that says why not."""
    try:
        async with asyncio.timeout(seconds):
            return await work()
    except TimeoutError:
        log.warning("What somebody asked for took longer than %.1f s", seconds)
        return failed(TOO_SLOW)
    except (MemoryRefused, StorageFailed, Resting, SlackAway) as error:
        return failed(_why_not(error))
    except Exception:
        log.exception("What somebody asked for failed")
        return failed(BROKEN)


def _why_not(error: MemoryStoreError | Resting | SlackAway) -> str:
    match error:
        case Resting():
            return RESTING
        case SlackAway():
            log.warning("What somebody asked for failed, because Slack did not say who it was")
            return WHO
        case StorageFailed():
            log.warning("What somebody asked for failed (%s)", type(error.__cause__ or error).__name__)
    return why_refused(error)
