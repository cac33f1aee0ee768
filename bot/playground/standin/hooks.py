"""`response_url`: five answers within thirty minutes, and the only way to change an ephemeral message.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from bot.playground.standin.limits import check_message
from bot.playground.standin.messages import Message, named_blocks
from bot.playground.standin.people import Installation
from bot.playground.standin.refusal import Json, SlackRefused
from bot.playground.standin.workspace import Workspace

USES = 5
LIFE = 1800.0
ACK_HEAD_START = 0.1


@dataclass(frozen=True, slots=True)
class Hook:
    """One response_url: for whom, where, and the message it was made for (None for a slash command)."""

    id: str
    user: str
    channel: str
    thread_ts: str | None
    original: str | None
    made_at: float
    uses: int = 0


class Hooks:
    """Every response_url given out."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._hooks: dict[str, Hook] = {}
        self._acked: dict[str, asyncio.Event] = {}
        self.base = ""

    def make(self, user: str, channel: str, original: Message | None = None) -> str:
        """A new response_url."""
        clock = self._workspace.clock
        thread = original.thread_ts if original else None
        hook = Hook(clock.id("hook"), user, channel, thread, original.ts if original else None, clock.now())
        self._hooks[hook.id] = hook
        url = f"{self.base}{hook.id}"
        self._acked[url] = asyncio.Event()
        return url

    def acked(self, url: str) -> None:
        """The payload that carried this response_url was answered: messages sent to it may now be shown."""
        self._acked.pop(url, asyncio.Event()).set()

    async def after_ack(self, hook_id: str) -> None:
        """Wait, but not long, for that answer: over the internet it is there before a message the app sends later."""
        acked = self._acked.get(f"{self.base}{hook_id}")
        if acked:
            with suppress(TimeoutError):
                await asyncio.wait_for(acked.wait(), ACK_HEAD_START)

    def use(self, hook_id: str, body: Json) -> None:
        """Do what the app asks for. Raises `used_url`, `expired_url` or what the message breaks."""
        hook = self._hooks.get(hook_id)
        if hook is None:
            raise SlackRefused("no_such_hook")
        if hook.uses >= USES:
            raise SlackRefused("used_url")
        if self._workspace.clock.now() - hook.made_at > LIFE:
            raise SlackRefused("expired_url")
        self._hooks[hook_id] = replace(hook, uses=hook.uses + 1)
        self.respond(hook, body)

    def respond(self, hook: Hook, body: Json) -> Message | None:
        """Post, replace or delete as `body` says; also what the body of a slash command's ack does."""
        original = self._original(hook)
        if body.get("delete_original"):
            if original:
                self._workspace.remove(original)
            return None
        text, blocks = str(body.get("text") or ""), body.get("blocks") or []
        check_message(text, blocks)
        if not (text or blocks or body.get("attachments")):
            raise SlackRefused("no_text")
        attachments = tuple(body.get("attachments") or ())
        content: dict[str, Any] = {"text": text, "blocks": named_blocks(blocks), "attachments": attachments}
        if body.get("replace_original") and original:
            return self._workspace.change(original, **content, edited_ts=self._workspace.clock.ts())
        public = body.get("response_type") == "in_channel"
        only_for = None if public else hook.user
        return self._workspace.put(replace(self._blank(hook, body), only_for=only_for, **content))

    def answer(self, user: str, channel: str, body: Json) -> Message | None:
        """What a slash command's ack holds, shown as if it came through its response_url."""
        return self.respond(Hook("", user, channel, None, None, 0.0), body)

    def _blank(self, hook: Hook, body: Json) -> Message:
        app = self._installation(hook)
        thread = body.get("thread_ts") or hook.thread_ts
        ts = self._workspace.clock.ts()
        return Message(
            hook.channel, ts, app.user_id, app.team_id, bot_id=app.bot_id, app_id=app.app_id, thread_ts=thread
        )

    def _installation(self, hook: Hook) -> Installation:
        return self._workspace.installation(self._workspace.channels[hook.channel].team_id)

    def _original(self, hook: Hook) -> Message | None:
        if hook.original is None:
            return None
        ephemeral = self._workspace.ephemeral(hook.channel, hook.original)
        if ephemeral:
            return ephemeral
        try:
            return self._workspace.message(hook.channel, hook.original)
        except SlackRefused:
            return None
