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
from typing import Any, Literal

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls import AWAY, FAULTS, GONE, LOCKED_OUT, answered, fault, waiting
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
class Asked:
    """A question that is being answered: where (the thread's root), by whom, and in which words."""

    client: AsyncWebClient
    team: str
    channel: str
    thread_ts: str
    user: str
    question: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """What workspaces lack: by workspace and method, until when (a monotonic second) it is not asked for again."""

    _lacking: dict[tuple[str, str], float] = field(default_factory=dict)

    async def begin(self, asked: Asked) -> None:
        """Show that the answer is under way. Takes STATUS_SECONDS at most, and never fails."""

        async def line() -> None:
            await asked.client.assistant_threads_setStatus(
                channel_id=asked.channel, thread_ts=asked.thread_ts, status="is thinking…"
            )

        try:
            async with asyncio.timeout(STATUS_SECONDS):
                if not await self._done(asked, SESSION, lambda: _set(asked, "processing")):
                    await self._done(asked, STATUS_LINE, line)
        except TimeoutError:
            log.debug("No status could be shown in time")

    async def end(self, asked: Asked) -> None:
        """Show that the answer is over. Slack takes a status line away by itself, a session's status it does not.

        Takes ENDING_SECONDS at most, and never fails.
        """
        try:
            async with asyncio.timeout(ENDING_SECONDS):
                await self._done(asked, SESSION, lambda: waiting(lambda: _set(asked, "active"), repeatable=True))
        except TimeoutError:
            log.info("A session could not be ended in time")

    async def _done(self, asked: Asked, method: str, request: Callable[[], Awaitable[Any]]) -> bool:
        if time.monotonic() < self._lacking.get((asked.team, method), 0.0):
            return False
        try:
            await request()
        except FAULTS as error:
            if answered(error) and fault(error) not in ABOUT_THE_PLACE:
                self._lacking[asked.team, method] = time.monotonic() + LACKING_SECONDS
            log.debug("No status could be shown (%s)", fault(error))
            return False
        return True


async def _set(asked: Asked, status: Literal["processing", "active"]) -> None:
    await asked.client.agents_sessions_setStatus(
        channel_id=asked.channel,
        thread_ts=asked.thread_ts,
        status=status,
        title=shortened(asked.question, TITLE_CHARACTERS) or "Question",  # Slack looks at it once, for a new session
        initiator_user_id=asked.user,
    )
