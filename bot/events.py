"""Slack's events: which of them are worth writing down, and what a message says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from bot.inbox import Incoming

# What a person typed. Edits, deletions, joins, bots' and workflows' messages have other subtypes, or a bot_id.
# https://docs.slack.dev/reference/events/message#subtypes
TYPED = (None, "file_share", "thread_broadcast")
ABOUT_A_MESSAGE = ("message", "app_mention")
SLACKBOT = "USLACKBOT"  # speaks for Slack (reminders, custom responses), and is no bot to `users.info`

_ID = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a person typed. `text` is as Slack encodes it; `alone`: nobody else reads the conversation."""

    channel: str
    user: str
    text: str
    ts: str
    thread_ts: str | None
    alone: bool
    mentioned: bool  # Slack itself says that the bot was mentioned
    shared_outside: bool  # people from other workspaces read along

    @property
    def root(self) -> str:
        """The thread that the message belongs to, or begins."""
        return self.thread_ts or self.ts

    def mentions(self, bot_user_id: str) -> bool:
        """Whether the bot is spoken to by name."""
        return self.mentioned or f"<@{bot_user_id}>" in self.text or f"<@{bot_user_id}|" in self.text


def said(body: Mapping[str, Any]) -> Said | None:
    """Read what a person typed from an event; None when it is anything else."""
    event = body.get("event")
    if not isinstance(event, Mapping) or event.get("type") not in ABOUT_A_MESSAGE:
        return None
    if event.get("subtype") not in TYPED or any(event.get(sign) for sign in ("bot_id", "bot_profile", "hidden")):
        return None
    channel, user, text, ts = (event.get(name) for name in ("channel", "user", "text", "ts"))
    if not (_is_id(channel) and _is_id(user) and _is_id(ts) and isinstance(text, str)) or user == SLACKBOT:
        return None
    thread_ts = event.get("thread_ts")
    return Said(
        channel=channel,
        user=user,
        text=text,
        ts=ts,
        thread_ts=thread_ts if _is_id(thread_ts) else None,
        alone=channel.startswith("D") and event.get("channel_type", "im") == "im",
        mentioned=event.get("type") == "app_mention",
        shared_outside=body.get("is_ext_shared_channel") is True,
    )


def incoming(team: str, body: Mapping[str, Any]) -> Incoming | None:
    """What to write down of an event; None when it is nothing that the bot acts on.

    A direct message is one conversation, whatever its threads: what a person says is worked off in the order they said
    it. In a channel each thread is one.
    """
    message = said(body)
    event_id = body.get("event_id")
    if message is None or not _is_id(team) or not _is_id(event_id):
        return None
    place = f"{team}:{message.channel}"
    return Incoming(
        event_id=event_id,
        message=f"{place}:{message.ts}",
        conversation=place if message.alone else f"{place}:{message.root}",
        ts=message.ts,
        body=body,
    )


@dataclass(frozen=True, slots=True)
class AccountChange:
    """A change of a person's account (`user_change`). Slack tells everything about them; this is what is looked at."""

    user: str
    deleted: bool

    def incoming(self, team: str, body: Mapping[str, Any]) -> Incoming | None:
        """What to write down of it: nobody's name, picture or address."""
        event_id = body.get("event_id")
        if not (_is_id(team) and _is_id(event_id)):
            return None
        who = {"id": self.user, "deleted": self.deleted}
        event = {"type": "user_change", "user": who}
        kept = {name: body.get(name) for name in ENVELOPE} | {"event": event}
        return Incoming(event_id, None, f"{team}:{self.user}", _stamp(body.get("event_time")), kept)


ENVELOPE = ("type", "team_id", "enterprise_id", "api_app_id", "event_id", "event_time", "authorizations")


def account_change(body: Mapping[str, Any]) -> AccountChange | None:
    """Read a change of a person's account; None when the event is anything else."""
    event = body.get("event")
    if not isinstance(event, Mapping) or event.get("type") != "user_change":
        return None
    user = event.get("user")
    if not isinstance(user, Mapping) or not _is_id(user.get("id")):
        return None
    return AccountChange(user["id"], user.get("deleted") is True)


def _is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _stamp(seconds: object) -> str:
    """A whole second as Slack writes the time of a message."""
    return f"{seconds if isinstance(seconds, int) else 0:010d}.000000"
