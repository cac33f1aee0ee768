"""Who and where, as people know them. Slack draws an id between brackets as a name: `<@U07K2M4QX>` is read as `@alice`.

What is made here stands where it tells nobody: in views, and in messages that one person sees or is told. Pure.
"""

from __future__ import annotations

import re

from bot.slack.mrkdwn import escaped
from memory.models import Key, KeyKind

ID = re.compile(r"[A-Z0-9]+")


def person(user: str) -> str:
    """A person by id, in mrkdwn; what is no id of Slack's stands as it is, in code."""
    return f"<@{user}>" if ID.fullmatch(user) else code(user)


def channel(channel: str) -> str:
    """A channel by id, in mrkdwn. Slack has no name for a direct message."""
    if channel.startswith("D"):
        return "a direct message"
    return f"<#{channel}>" if ID.fullmatch(channel) else code(channel)


def whose(key: Key) -> str:
    """Whose memories a key holds, in mrkdwn."""
    return {
        KeyKind.PERSON: person(key.subject),
        KeyKind.WORKSPACE: "the workspace",
        KeyKind.CHANNEL: channel(key.subject),
        KeyKind.PROPOSALS: "the workspace's proposals",
        KeyKind.OTHER: code(key.value),
    }[key.kind]


def actor_name(name: str) -> str:
    """Who acted, in mrkdwn: a person, or in code what else there is."""
    key = Key.parse(name)
    return person(key.subject) if key.kind is KeyKind.PERSON else code(name)


def code(text: str) -> str:
    """A text as code, in mrkdwn, whatever is in it."""
    return f"`{escaped(text.replace('`', ''))}`"
