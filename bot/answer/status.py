"""Agent sessions: Slack shows that an answer is under way, with a title and a Stop button, where a workspace has them.

Where it has none, the older status line is shown, and where it has not even that, nothing. What a workspace was found
to lack is not asked for again for a while, so that no turn pays for a call that is known to fail.
https://docs.slack.dev/ai/agent-sessions
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bot.slack.calls import AWAY, FAULTS, GONE, LOCKED_OUT, answered, fault, waiting
from bot.slack.conversation import Conversation
from bot.slack.mrkdwn import shortened

log = logging.getLogger(__name__)

STATUS_SECONDS = 1.0  # it is nice to have, and nobody should wait for it
ENDING_SECONDS = 5.0
LACKING_SECONDS = 600.0
TITLE_CHARACTERS = 60
SESSION, STATUS_LINE = "agents.sessions.setStatus", "assistant.threads.setStatus"
# What Slack says of one place, or of one moment; any other no is about the workspace or the app.
ABOUT_THE_PLACE = AWAY | GONE | LOCKED_OUT | {"thread_not_found", "invalid_thread_ts", "message_not_found"}


@dataclass(frozen=True, slots=True)
class Sessions:
    """What workspaces lack: by workspace and method, until when (a monotonic second) it is not asked for again."""

    _lacking: dict[tuple[str, str], float] = field(default_factory=dict)

    async def begin(self, here: Conversation, question: str) -> None:
        """Show that the answer is under way. Takes STATUS_SECONDS at most, and never fails."""
        title = _title(question)
        try:
            async with asyncio.timeout(STATUS_SECONDS):
                if not await self._done(here, SESSION, lambda: here.status("processing", title)):
                    await self._done(here, STATUS_LINE, lambda: here.status_line("is thinking…"))
        except TimeoutError:
            log.debug("No status could be shown in time")

    async def end(self, here: Conversation, question: str = "") -> None:
        """Show that the answer is over. Slack takes a status line away by itself, a session's status it does not.

        Takes ENDING_SECONDS at most, and never fails.
        """
        try:
            async with asyncio.timeout(ENDING_SECONDS):
                over = partial(here.status, "active", _title(question))
                await self._done(here, SESSION, lambda: waiting(over, repeatable=True))
        except TimeoutError:
            log.info("A session could not be ended in time")

    async def _done(self, here: Conversation, method: str, request: Callable[[], Awaitable[Any]]) -> bool:
        if time.monotonic() < self._lacking.get((here.team, method), 0.0):
            return False
        try:
            await request()
        except FAULTS as error:
            if answered(error) and fault(error) not in ABOUT_THE_PLACE:
                self._lacking[here.team, method] = time.monotonic() + LACKING_SECONDS
            log.debug("No status could be shown (%s)", fault(error))
            return False
        return True


def _title(question: str) -> str:
    """Slack looks at it once, for a new session."""
    return shortened(question, TITLE_CHARACTERS) or "Question"
