"""The exact shapes Slack sends to an app: events, slash commands, interactions. Functions of values."""

from __future__ import annotations

from bot.playground.standin.messages import Message
from bot.playground.standin.modals import View
from bot.playground.standin.people import Channel, Installation, Team, User
from bot.playground.standin.refusal import Json

VERIFICATION_TOKEN = "verification-token"  # noqa: S105 - Slack's deprecated field; proves nothing, opens nothing


def message_event(message: Message, channel: Channel) -> Json:
    """A `message` event: the message itself, and where it is."""
    event = message.to_json() | {"channel": channel.id, "channel_type": channel.type, "event_ts": message.ts}
    if channel.is_ext_shared:
        event |= {"user_team": message.team, "source_team": message.team}
    return event


def mention_event(message: Message, channel: Channel) -> Json:
    """An `app_mention` event: the same message once more, without a channel_type."""
    event = message_event(message, channel) | {"type": "app_mention"}
    del event["channel_type"]
    return event


def changed_event(message: Message, before: Message, channel: Channel, ts: str) -> Json:
    return _hidden("message_changed", channel, ts) | {
        "message": message.to_json(with_metadata=True),
        "previous_message": before.to_json(with_metadata=True),
    }


def deleted_event(before: Message, channel: Channel, ts: str) -> Json:
    return _hidden("message_deleted", channel, ts) | {
        "deleted_ts": before.ts,
        "previous_message": before.to_json(with_metadata=True),
    }


def _hidden(subtype: str, channel: Channel, ts: str) -> Json:
    place: Json = {"channel": channel.id, "channel_type": channel.type}
    return {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, "event_ts": ts, **place}


def event_callback(event: Json, app: Installation, event_id: str, at: float, channel: Channel | None) -> Json:
    """The envelope around an event. A stranger's message in a shared channel carries her team outside."""
    shared = channel is not None and channel.is_ext_shared
    sender = event.get("user_team") if shared else None
    whole = app.is_enterprise_install
    home = (channel.team_id if channel else None) if whole else app.team_id
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": sender or home,
        "enterprise_id": app.enterprise_id,
        "context_team_id": home,
        "context_enterprise_id": app.enterprise_id,
        "api_app_id": app.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(at),
        "authorizations": [
            {
                "enterprise_id": app.enterprise_id,
                "team_id": None if whole else app.team_id,
                "user_id": app.user_id,
                "is_bot": True,
                "is_enterprise_install": whole,
            }
        ],
        "is_ext_shared_channel": shared,
        "event_context": f"4-{event_id}",
    }


def slash_command(
    app: Installation, team: Team, channel: Channel, user: User, command: str, text: str, hook: str, trigger_id: str
) -> Json:
    """The form of a slash command; every value is text."""
    organisation = {"enterprise_id": app.enterprise_id, "enterprise_name": "org"} if app.enterprise_id else {}
    return organisation | {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.kind == "im" else channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": app.app_id,
        "is_enterprise_install": "true" if app.is_enterprise_install else "false",
        "response_url": hook,
        "trigger_id": trigger_id,
    }


def _interaction(kind: str, app: Installation, team: Team, user: User) -> Json:
    return {
        "type": kind,
        "team": None if app.is_enterprise_install else {"id": team.id, "domain": team.domain},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": app.app_id,
        "token": VERIFICATION_TOKEN,
        "enterprise": {"id": app.enterprise_id, "name": "org"} if app.enterprise_id else None,
        "is_enterprise_install": app.is_enterprise_install,
    }


def message_actions(
    app: Installation,
    team: Team,
    channel: Channel,
    user: User,
    message: Message,
    action: Json,
    hook: str,
    trigger_id: str,
) -> Json:
    """`block_actions` from a message. One from an ephemeral carries no message, only where it was."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.only_for is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _interaction("block_actions", app, team, user) | {
        "container": container,
        "trigger_id": trigger_id,
        "channel": {"id": channel.id, "name": "directmessage" if channel.kind == "im" else channel.name},
        "state": {"values": {}},
        "response_url": hook,
        "actions": [action],
    }
    return payload if message.only_for else payload | {"message": message.to_json(with_metadata=True)}


def view_actions(
    app: Installation, team: Team, user: User, view: View, action: Json, state: Json, trigger_id: str
) -> Json:
    """`block_actions` from a modal or the Home tab."""
    return _interaction("block_actions", app, team, user) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger_id,
        "view": view.to_json(state),
        "actions": [action],
    }


def view_submission(app: Installation, team: Team, user: User, view: View, state: Json, trigger_id: str) -> Json:
    return _interaction("view_submission", app, team, user) | {
        "trigger_id": trigger_id,
        "view": view.to_json(state),
        "response_urls": [],
    }


def view_closed(app: Installation, team: Team, user: User, view: View) -> Json:
    return _interaction("view_closed", app, team, user) | {"view": view.to_json(), "is_cleared": False}


def global_shortcut(app: Installation, team: Team, user: User, callback_id: str, ts: str, trigger_id: str) -> Json:
    shortcut = {"callback_id": callback_id, "trigger_id": trigger_id, "action_ts": ts}
    return _interaction("shortcut", app, team, user) | shortcut


def message_shortcut(
    app: Installation, team: Team, channel: Channel, user: User, message: Message, callback_id: str, hook: str,
    trigger_id: str,
) -> Json:  # fmt: skip
    return _interaction("message_action", app, team, user) | {
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "action_ts": message.ts,
        "message_ts": message.ts,
        "message": message.to_json(with_metadata=True),
        "channel": {"id": channel.id, "name": "directmessage" if channel.kind == "im" else channel.name},
        "response_url": hook,
    }
