"""How an answer reaches Slack: streamed where that works, else posted and edited; long ones in several messages.

Every message of an answer is known by its ts as soon as Slack has named it, and whatever happens afterwards is written
to that ts: a stream that died is finished by `chat.update`, and so is an answer that a crash interrupted.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.answer.gate import Gate
from bot.slack.calls import FAULTS, GONE, LOCKED_OUT, TOO_LONG, DeliveryFailed, answered, fault, waiting
from bot.slack.conversation import PARTIAL, Conversation
from bot.slack.mrkdwn import cut_markdown, split_markdown
from bot.slack.reply import Block

log = logging.getLogger(__name__)

# https://docs.slack.dev/reference/methods/chat.postMessage: markdown_text holds 12,000 characters.
MESSAGE_CHARACTERS = 11_000
STREAM_EVERY = 0.4  # seconds between two appends: chat.appendStream allows about 100 a minute and more
EDIT_EVERY = 1.5  # chat.update allows about 50 a minute
WHOLE = "answer"  # the part that is posted last: where it stands, everything was said
# Where Slack knows no such blocks, or takes no more of them, the words alone are shown.
NO_SUCH_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "invalid_arguments", "msg_blocks_too_long"})
NOTIFICATION_CHARACTERS = 3000  # of a text that stands beside blocks, for notifications and screen readers
SHORTEST_PART = 1000  # characters: a text that Slack calls too long is not cut into smaller parts than this


Noted = Callable[[Sequence[str]], Awaitable[None]]


def _ts(answer: Any) -> str:
    """The ts of the message that a request made. Raises ValueError when Slack named none."""
    ts = answer.get("ts") if isinstance(answer, AsyncSlackResponse | Mapping) else None
    if not (isinstance(ts, str) and ts):
        raise ValueError("no ts")
    return ts


async def _either(request: Callable[..., Awaitable[Any]], rich: Mapping[str, Any], plain: Mapping[str, Any]) -> Any:
    """Make a request with arguments that hold blocks, or else with plain ones. `rich` is empty when there are none."""
    if rich:
        try:
            return await request(**rich)
        except FAULTS as error:
            if fault(error) not in NO_SUCH_BLOCKS:
                raise
            log.info("Slack did not take what stands below an answer (%s)", fault(error))
    return await request(**plain)


@dataclass(slots=True)
class SlackMessage:
    """One message in Slack that grows: as a stream while Slack takes it, by edits otherwise.

    `show` and `finish` are given the whole text so far, which only ever grows. `footer` stands below the last part.
    """

    here: Conversation
    footer: Sequence[Block] = ()
    ts: str = ""
    shown: str = ""
    streaming: bool = True
    before: int = 0  # how much of the text stands in messages of its own, since Slack took it in smaller parts only

    async def begin(self, text: str) -> None:
        """Make the message. Raises DeliveryFailed when Slack takes it in neither way."""
        try:
            self.ts = _ts(await self.here.stream(text))
        except FAULTS as error:
            if not answered(error):  # it may have begun all the same: the next attempt looks, and goes on there
                raise DeliveryFailed(fault(error), passing=True) from error
            if fault(error) in GONE | LOCKED_OUT:  # no other request would be taken there
                raise DeliveryFailed.of(error) from error
            log.info("Slack did not begin a stream (%s); posting instead", fault(error))
            self.streaming = False
            self.ts = await self.post(text, PARTIAL)
        self.shown = text

    async def show(self, whole: str) -> None:
        """Show more of it. What Slack does not take now comes with a later edit."""
        more = whole[len(self.shown) :]
        try:
            if self.streaming:
                await self.here.client.chat_appendStream(channel=self.here.channel, ts=self.ts, markdown_text=more)
            else:
                await self.here.client.chat_update(
                    channel=self.here.channel, ts=self.ts, markdown_text=whole[self.before :]
                )
        except FAULTS as error:
            log.info("Slack did not take a part of an answer (%s); going on by edits", fault(error))
            await self.stop()
        else:
            self.shown = whole

    async def finish(self, whole: str, part: str) -> None:
        """Bring the message to its end. Raises DeliveryFailed when a piece of the text cannot be shown at all."""
        metadata = self.here.metadata(part)
        if self.streaming and await self.stop(whole[len(self.shown) :], metadata, self._below(part)):
            return

        async def update(**content: Any) -> Any:
            return await waiting(
                lambda: self.here.client.chat_update(
                    channel=self.here.channel, ts=self.ts, metadata=metadata, **content
                ),
                repeatable=True,
            )

        try:
            await self._write(update, whole[self.before :], part)
        except FAULTS as error:
            log.warning("An answer could not be finished where it stands (%s)", fault(error))
            if rest := whole[len(self.shown) :]:
                await self.post(rest, part)

    def _below(self, part: str) -> Sequence[Block]:
        return self.footer if part == WHOLE else ()

    async def _write(self, request: Callable[..., Awaitable[Any]], text: str, part: str) -> Any:
        """Make a request that writes the text. With blocks beside it, Slack takes it as a block of its own only."""
        below = self._below(part)
        blocks = [{"type": "markdown", "text": text}, *below]
        rich = {"text": text[:NOTIFICATION_CHARACTERS], "blocks": blocks} if below else {}
        return await _either(request, rich, {"markdown_text": text})

    async def stop(self, more: str = "", metadata: dict[str, Any] | None = None, below: Sequence[Block] = ()) -> bool:
        """End the stream, if it is one; from then on only edits are possible. Returns whether it ended well."""
        was, self.streaming = self.streaming, False
        arguments: dict[str, Any] = {"markdown_text": more} if more else {}
        arguments |= {"metadata": metadata} if metadata else {}

        async def end(**content: Any) -> Any:
            return await waiting(
                lambda: self.here.client.chat_stopStream(channel=self.here.channel, ts=self.ts, **content),
                repeatable=True,
            )

        try:
            if was:
                await _either(end, {**arguments, "blocks": list(below)} if below else {}, arguments)
        except FAULTS as error:
            log.info("Slack did not end a stream (%s)", fault(error))
            return False
        return was

    async def post(self, text: str, part: str) -> str:
        """Post a text without a stream, and return its ts. Raises DeliveryFailed.

        One that is too long for Slack is posted in halves: then the ts is that of the last.
        """

        async def send(**content: Any) -> Any:
            return await self.here.post(part, **content)

        try:
            return _ts(await self._write(send, text, part))
        except FAULTS as error:
            if fault(error) not in TOO_LONG or len(text) <= SHORTEST_PART:
                raise DeliveryFailed.of(error) from error
        *firsts, last = split_markdown(text, len(text) // 2 + 1)
        for first in firsts:
            await self.post(first, PARTIAL)
        self.before = len(text) - len(last)
        return await self.post(last, part)

    async def remove(self) -> None:
        """Take the message away again."""
        try:
            await self.here.client.chat_delete(channel=self.here.channel, ts=self.ts)
        except FAULTS as error:
            log.info("A part of an interrupted answer could not be removed (%s)", fault(error))


@dataclass(slots=True)
class Answer:
    """One answer on its way: `add` pieces as the model gives them, then `close`. Both raise DeliveryFailed.

    `noted` is told the ts of its messages, whenever there is one more. `begun` are those that an interrupted attempt
    has told: then the whole new answer replaces, once, what was shown there. `text` is what an earlier attempt kept.
    `footer` are blocks that stand below the whole answer, and are no part of it.
    """

    here: Conversation
    noted: Noted
    begun: Sequence[str] = ()
    text: str = ""
    gate: Gate = field(default_factory=Gate)
    footer: Sequence[Block] = ()
    _message: SlackMessage | None = None
    _start: int = 0  # where in `text` the present message begins
    _stamps: list[str] = field(default_factory=list)
    _last: float = 0.0

    async def add(self, piece: str) -> None:
        """Say a bit more."""
        self.text += self.gate.feed(piece)
        every = 0.0 if self._message is None else STREAM_EVERY if self._message.streaming else EDIT_EVERY
        if not self.begun and time.monotonic() - self._last >= every:
            await self._show()

    def whole(self) -> str:
        """The answer as it will be shown; after this only a new paragraph may be added."""
        self.text += self.gate.close()
        return self.text

    async def close(self) -> None:
        """Say the rest, and finish."""
        self.whole()
        if self.begun:
            await self._replace()
            return
        await self._split()
        rest = self.text[self._start :]
        if self._message is None and rest.strip():
            await self._begin(rest)
        if self._message:
            self._message.footer = self.footer
            await self._message.finish(rest, WHOLE)

    async def _replace(self) -> None:
        """Write the answer over the messages of an interrupted attempt; what is too many of them goes, or is added."""
        parts = split_markdown(self.text, MESSAGE_CHARACTERS)
        for place, text in enumerate(parts):
            part = WHOLE if place == len(parts) - 1 else PARTIAL
            if place < len(self.begun):
                message = SlackMessage(self.here, self.footer, ts=self.begun[place])
                await message.stop()
                await message.finish(text, part)
            else:
                await SlackMessage(self.here, self.footer).post(text, part)
        for ts in self.begun[len(parts) :]:
            await SlackMessage(self.here, ts=ts).remove()

    async def _show(self) -> None:
        await self._split()
        whole = self.text[self._start :]
        if self._message is None:
            if whole.strip():
                await self._begin(whole)
        elif whole != self._message.shown:
            await self._message.show(whole)
        self._last = time.monotonic()

    async def _split(self) -> None:
        """Finish the present message, and go on in another, while there is more than one message holds."""
        while len(whole := self.text[self._start :]) > MESSAGE_CHARACTERS:
            shown = self._message.shown if self._message else ""
            first, *rest = split_markdown(whole, MESSAGE_CHARACTERS)
            if not first.startswith(shown):  # the best place to cut is behind us already: cut where we are
                first, *rest = cut_markdown(whole, len(shown))
            if self._message is None:
                await self._begin(first)
            if self._message:
                await self._message.finish(first, PARTIAL)
            self._message = None
            # What follows may begin with a code fence that was closed above: it is new text, in the place of the old.
            self.text = self.text[: self._start] + first + "\n\n".join(rest)
            self._start += len(first)

    async def _begin(self, text: str) -> None:
        self._message = SlackMessage(self.here)
        await self._message.begin(text)
        self._stamps.append(self._message.ts)
        await self.noted(self._stamps)
