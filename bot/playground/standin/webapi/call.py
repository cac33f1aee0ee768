"""One Web API call as its method sees it: narrowed arguments, the caller, the workspace."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.standin.messages import Message
from bot.playground.standin.people import Channel, Installation
from bot.playground.standin.refusal import Json, NotPossible, SlackRefused
from bot.playground.standin.workspace import Workspace

Announce = Callable[[Json, Channel], None]


@dataclass(frozen=True, slots=True)
class Call:
    """Arguments come as JSON, a form or a query string; the accessors make them one. Refuses as Slack does."""

    method: str
    arguments: Json
    workspace: Workspace
    app: Installation
    announce: Announce
    base_url: str

    def text(self, name: str) -> str | None:
        """A string argument; None if it is absent or empty."""
        value = self.arguments.get(name)
        return str(value) if value not in (None, "") else None

    def required(self, name: str, code: str = "invalid_arguments") -> str:
        value = self.text(name)
        if value is None:
            raise SlackRefused(code, f"missing required field: {name}")
        return value

    def flag(self, name: str) -> bool:
        return self.arguments.get(name) in (True, "true", "1", 1)

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.arguments.get(name) or default)
        except ValueError:
            raise SlackRefused("invalid_arguments", f"{name} must be a number") from None

    def parsed(self, name: str) -> Any:
        """A structured argument, which forms and query strings carry as JSON text."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise SlackRefused("invalid_arguments", f"{name} is not JSON") from None

    def listed(self, name: str, code: str = "invalid_blocks") -> list[Json]:
        value = self.parsed(name) or []
        if not isinstance(value, list):
            raise SlackRefused(code, f"must be a list [json-pointer:/{name}]")
        return value

    def channel(self, name: str = "channel") -> Channel:
        """The conversation an argument names; a user's id means the direct message with her."""
        wanted = self.required(name, "channel_not_found")
        if wanted in self.workspace.users:
            return self.workspace.direct_message(wanted, self.app.user_id)
        try:
            channel = self.workspace.channel(wanted)
        except NotPossible:
            raise SlackRefused("channel_not_found") from None
        if channel.kind != "public" and self.app.user_id not in channel.members:
            raise SlackRefused("channel_not_found")
        return channel

    def writable(self, name: str = "channel") -> Channel:
        """A conversation the app may post to."""
        channel = self.channel(name)
        if channel.is_archived:
            raise SlackRefused("is_archived")
        if self.app.user_id not in channel.members:
            raise SlackRefused("not_in_channel")
        return channel

    def thread(self, channel: Channel) -> str | None:
        """`thread_ts`, if its root exists in the channel."""
        thread_ts = self.text("thread_ts")
        if thread_ts and not self.workspace.thread(channel.id, thread_ts):
            raise SlackRefused("thread_not_found")
        return thread_ts

    def own_message(self, channel: Channel, code: str) -> Message:
        """The app's own message of this `ts`; another's is refused with `code`."""
        message = self.workspace.message(channel.id, self.required("ts", "message_not_found"))
        if message.user != self.app.user_id:
            raise SlackRefused(code)
        return message


Method = Callable[[Call], Json]
Methods = Mapping[str, Method]
