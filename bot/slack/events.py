"""Slack's events: which of them are worth writing down, and what a message says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from bot.slack.inbox import Incoming

# What a person typed. Edits, deletions, joins, bots' and workflows' messages have other subtypes, or a bot_id.
# https://docs.slack.dev/reference/events/message#subtypes
TYPED = (None, "file_share", "thread_broadcast")
TYPED_BY_APPS = (None, "bot_message")
ABOUT_A_MESSAGE = ("message", "app_mention")
SLACKBOT = "USLACKBOT"  # speaks for Slack (reminders, custom responses), and is no bot to `users.info`

_ID = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a person typed, or by which another app mentions us (`from_app`).

    `text` is as Slack encodes it; `alone`: nobody else reads the conversation.
    """

    channel: str
    user: str
    text: str
    ts: str
    thread_ts: str | None
    alone: bool
    mentioned: bool  # Slack itself says that the bot was mentioned
    shared_outside: bool  # people from other workspaces read along
    from_app: bool = False
    files: tuple[str, ...] = ()  # the names of what is attached

    @property
    def root(self) -> str:
        """The thread that the message belongs to, or begins."""
        return self.thread_ts or self.ts

    def conversation(self, team: str) -> str:
        """The conversation that the inbox works off in order.

        A direct message is one, whatever its threads: what a person says is worked off in the order they said it. In a
        channel each thread is one; what apps say is worked off one after the other, so that they can be counted.
        """
        place = f"{team}:{self.channel}"
        return place if self.alone else f"{place}:{'apps' if self.from_app else self.root}"

    def mentions(self, bot_user_id: str) -> bool:
        """Whether the bot is spoken to by name."""
        return self.mentioned or f"<@{bot_user_id}>" in self.text or f"<@{bot_user_id}|" in self.text


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A person's own message that was edited, or deleted: then `after` is None. Texts are as Slack encodes them."""

    channel: str
    user: str
    ts: str  # of the message
    root: str  # of its thread
    alone: bool
    before: str
    after: str | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody pressed Stop in a thread, at a moment that is given as a ts."""

    channel: str
    thread_ts: str
    user: str
    at: str


def stopped(body: Mapping[str, Any]) -> Stopped | None:
    """Read that an answer is to be stopped; None when it is anything else.

    https://docs.slack.dev/reference/events/agent_session_stopped
    """
    event = _part(body, "event")
    if event.get("type") != "agent_session_stopped":
        return None
    channel, thread_ts, user, at = (event.get(name) for name in ("channel", "thread_ts", "user", "event_ts"))
    if not (_is_id(channel) and _is_id(thread_ts) and _is_id(user) and _is_id(at)):
        return None
    return Stopped(channel, thread_ts, user, at)


def rewritten(body: Mapping[str, Any]) -> Rewritten | None:
    """Read that a person edited or deleted what they had typed; None when it is anything else, or says the same.

    A deleted message that was answered in a thread leaves a tombstone in its place: for Slack that is an edit.
    """
    event = _part(body, "event")
    if event.get("type") != "message" or event.get("subtype") not in ("message_changed", "message_deleted"):
        return None
    before, message = _part(event, "previous_message"), _part(event, "message")
    gone = event["subtype"] == "message_deleted" or message.get("subtype") == "tombstone"
    if any(
        each.get("bot_id") or each.get("subtype") not in TYPED for each in ((before,) if gone else (before, message))
    ):
        return None
    channel, user, ts, old = event.get("channel"), before.get("user"), before.get("ts"), before.get("text")
    new = None if gone else message.get("text")
    if not (_is_id(channel) and _is_id(user) and _is_id(ts) and isinstance(old, str)) or user == SLACKBOT:
        return None
    if not (gone or (isinstance(new, str) and new != old and message.get("user") == user)):
        return None
    thread_ts = before.get("thread_ts")
    return Rewritten(
        channel=channel,
        user=user,
        ts=ts,
        root=thread_ts if _is_id(thread_ts) else ts,
        alone=channel.startswith("D") and event.get("channel_type", "im") == "im",
        before=old,
        after=new if isinstance(new, str) else None,
    )


def said(body: Mapping[str, Any]) -> Said | None:
    """Read what a person typed from an event, or what an app says to us; None when it is anything else."""
    event = _part(body, "event")
    if event.get("type") not in ABOUT_A_MESSAGE:
        return None
    from_app = any(event.get(sign) for sign in ("bot_id", "bot_profile"))
    # Of what apps say only a mention is looked at, and of that only what Slack itself calls one.
    expected = TYPED_BY_APPS if from_app and event.get("type") == "app_mention" else () if from_app else TYPED
    if event.get("subtype") not in expected or event.get("hidden"):
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
        from_app=from_app,
        files=_files(event.get("files")),
    )


def _files(files: object) -> tuple[str, ...]:
    """What attached files are called."""
    found = [each for each in files if isinstance(each, Mapping)] if isinstance(files, list) else []
    return tuple(str(each.get("title") or each.get("name") or "a file") for each in found)


def message_name(team: str, channel: str, ts: str) -> str:
    """What the inbox knows a message by: two events may be about the same one."""
    return f"{team}:{channel}:{ts}"


def incoming(team: str, body: Mapping[str, Any]) -> Incoming | None:
    """What to write down of an event; None when it is nothing that the bot acts on."""
    event_id = body.get("event_id")
    if not _is_id(team) or not _is_id(event_id):
        return None
    message = said(body)
    if message is None:
        return _incoming_change(team, event_id, body)
    return Incoming(
        event_id=event_id,
        message=message_name(team, message.channel, message.ts),
        conversation=message.conversation(team),
        user=message.user,
        ts=message.ts,
        body=body,
    )


def _incoming_change(team: str, event_id: str, body: Mapping[str, Any]) -> Incoming | None:
    """What to write down of an edit or a deletion: it is worked off after the message that it is about."""
    change, at = rewritten(body), _part(body, "event").get("ts")
    if change is None or not _is_id(at):
        return None
    place = f"{team}:{change.channel}"
    conversation = place if change.alone else f"{place}:{change.root}"
    return Incoming(event_id, message=None, conversation=conversation, user=change.user, ts=at, body=body)


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


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
        return Incoming(event_id, None, f"{team}:{self.user}", self.user, _stamp(body.get("event_time")), kept)


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
