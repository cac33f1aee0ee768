"""One place in Slack where one person is answered: what is told them, what everybody there is told, and what was.

What concerns one person is told where nobody else sees it: in a channel as an ephemeral, or else by direct message;
never where others read along.
"""

from __future__ import annotations

import logging
from asyncio import timeout
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.async_app import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls import FAULTS, LOCKED_OUT, DeliveryFailed, Lanes, fault, waiting
from bot.slack.reply import Reply

log = logging.getLogger(__name__)

# A preview is fetched without a click, so a link in an answer could carry words out of the workspace.
NO_PREVIEWS: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
METADATA_TYPE = "membot_answer"
PARTIAL = "partial"  # the part that is no last one: more follows
RESPOND_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Posted:
    """What an interrupted attempt had posted: names of parts, and the ts of messages that nobody finished."""

    parts: frozenset[str] = frozenset()
    unfinished: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """One place in Slack where one person is answered.

    `team` is the workspace that the app acts in, `home` the one that the person belongs to. `alone`: nobody else reads
    along. `thread_ts` is the thread that they are in, if they are in one, and `root` the one that an answer goes to.
    `event_id` is what is answered there: what is posted names it, so that a restart can tell what was. Whoever makes
    a new message holds the channel's lane, so that messages keep their order while Slack makes one wait.
    """

    client: AsyncWebClient = field(repr=False)
    lanes: Lanes = field(repr=False, compare=False)
    team: str
    channel: str
    user: str
    alone: bool
    thread_ts: str | None = None
    root: str = ""
    home: str = ""
    event_id: str = ""

    def metadata(self, part: str) -> dict[str, Any]:
        """Names the event that is answered, and which part this is. Any app may read it, so it says no more."""
        return {"event_type": METADATA_TYPE, "event_payload": {"event_id": self.event_id, "part": part}}

    # -------------------------------------------------------------------------------------------------- to one

    async def tell(self, reply: Reply, part: str = "") -> None:
        """Tell the person, and nobody else. A message of a turn has a `part`, by which a restart finds it again.

        Raises DeliveryFailed when Slack takes neither an ephemeral nor a direct message.
        """
        if not (self.alone or await self._shown_aside(reply)):
            await self._sent({"channel": self.user}, reply, part)
        elif self.alone:
            await self._sent({"channel": self.channel, "thread_ts": self.root or self.thread_ts}, reply, part)

    async def try_to_tell(self, reply: Reply) -> None:
        """Tell the person what they asked for by a click, if Slack takes it."""
        try:
            await self.tell(reply)
        except DeliveryFailed as error:
            log.warning("What was asked by a click could not be told (%s)", error)

    async def _shown_aside(self, reply: Reply) -> bool:
        """Show it as an ephemeral; return whether Slack took it."""
        where: dict[str, Any] = {"channel": self.channel, "user": self.user, "thread_ts": self.thread_ts}
        try:
            await self._in_order(lambda: self.client.chat_postEphemeral(**where, **reply.content))
        except FAULTS as error:
            if fault(error) in LOCKED_OUT:
                raise DeliveryFailed.of(error) from error
            log.info("An ephemeral could not be shown (%s); telling by direct message", fault(error))
            return False
        return True

    async def _sent(self, where: dict[str, Any], reply: Reply, part: str) -> None:
        metadata = {"metadata": self.metadata(part)} if part else {}
        content = {**where, **reply.content, **metadata, **NO_PREVIEWS}
        try:
            await waiting(lambda: self.client.chat_postMessage(**content), lane=self.lanes.of(where["channel"]))
        except FAULTS as error:
            raise DeliveryFailed.of(error) from error

    # -------------------------------------------------------------------------------------------------- to all

    async def announce(self, reply: Reply, part: str) -> None:
        """Tell everybody in the conversation. Raises DeliveryFailed."""
        try:
            await self.post(part, **reply.content)
        except FAULTS as error:
            raise DeliveryFailed.of(error) from error

    async def post(self, part: str, **content: Any) -> Any:
        """Post a message into the thread, and return Slack's answer. Raises one of FAULTS."""
        told = {"channel": self.channel, "thread_ts": self.root, "metadata": self.metadata(part), **content}
        return await self._in_order(lambda: self.client.chat_postMessage(**told, **NO_PREVIEWS))

    async def stream(self, text: str) -> Any:
        """Begin a message that grows, and return Slack's answer. Raises one of FAULTS."""
        async with self.lanes.of(self.channel):
            return await self.client.chat_startStream(
                channel=self.channel,
                thread_ts=self.root,
                recipient_user_id=self.user,
                recipient_team_id=self.home,
                markdown_text=text,
                **NO_PREVIEWS,
            )

    async def _in_order(self, request: Callable[[], Awaitable[Any]]) -> Any:
        return await waiting(request, lane=self.lanes.of(self.channel))

    # ------------------------------------------------------------------------------------------------- a status

    async def status(self, status: str, title: str) -> None:
        """Say how the session that an answer is given in stands. Raises one of FAULTS."""
        await self.client.agents_sessions_setStatus(
            channel_id=self.channel,
            thread_ts=self.root,
            status=status,
            title=title,
            initiator_user_id=self.user,
        )

    async def status_line(self, status: str) -> None:
        """Show a line that goes with the next message, where there are no sessions. Raises one of FAULTS."""
        await self.client.assistant_threads_setStatus(channel_id=self.channel, thread_ts=self.root, status=status)

    # ------------------------------------------------------------------------------------------ what was posted

    async def posted(self, since: str, bot_user_id: str) -> Posted:
        """What was already posted in answer to the event, as the thread's messages tell.

        A finished message names its event and part in its metadata. One of ours after the question (`since`, a ts)
        without any is a stream that nobody finished. Empty where the thread may not be read: with the least scopes, in
        channels.
        """
        try:
            replies = await waiting(
                lambda: self.client.conversations_replies(
                    channel=self.channel, ts=self.root, oldest=since, limit=200, include_all_metadata=True
                ),
                repeatable=True,
            )
            messages = replies.get("messages")
        except FAULTS as error:
            log.info("A thread could not be read (%s)", fault(error))
            return Posted()
        parts, unfinished = set(), []
        for message in messages if isinstance(messages, list) else ():
            part, ts = self._part_of(message), str(message.get("ts", ""))
            if part and part != PARTIAL:
                parts.add(part)
            elif part or (not message.get("metadata") and message.get("user") == bot_user_id and ts > since):
                unfinished.append(ts)
        return Posted(frozenset(parts), tuple(sorted(unfinished)))

    def _part_of(self, message: Any) -> str:
        """Which part of the answer to our event a message is; "" when it is none."""
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        ours = metadata.get("event_type") == METADATA_TYPE and payload.get("event_id") == self.event_id
        return str(payload.get("part")) if ours else ""


async def respond(response_url: str, reply: Reply, *, rewrites: bool) -> bool:
    """Answer at a response_url, seen by one person alone. Returns whether it is shown.

    A response_url lives 30 minutes and works five times; Slack may also be away
    (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses).
    """
    answer = AsyncRespond(response_url=response_url)
    try:
        async with timeout(RESPOND_SECONDS):
            told = await answer(response_type="ephemeral", replace_original=rewrites, **reply.content)
        if told.status_code < 300:
            return True
        why = f"status {told.status_code}"
    except FAULTS as error:
        why = fault(error)
    log.info("What was said after a click is not shown (%s)", why)
    return False
