"""Slack's Web API: one function a method, grouped as Slack groups them."""

from bot.playground.standin.webapi import assistant, chat, conversations, files, streams, users, views
from bot.playground.standin.webapi.call import Call, Methods

METHODS: Methods = {
    **assistant.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **streams.METHODS,
    **users.METHODS,
    **views.METHODS,
}

SCOPES = {
    "chat.": "chat:write",
    "reactions.": "reactions:write",
    "users.": "users:read",
    "bots.": "users:read",
    "team.": "team:read",
    "files.": "files:write",
    "assistant.threads.setStatus": "chat:write",
    "assistant.": "assistant:write",
    "agents.": "assistant:write",
    "conversations.open": "im:write",
}
"""The scope each method (or each of a family) needs. What else reads a conversation depends on its kind."""

READING = {
    "conversations.history": "history",
    "conversations.replies": "history",
    "conversations.info": "read",
    "conversations.members": "read",
}
CHANNEL_SCOPES = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}

__all__ = ["CHANNEL_SCOPES", "METHODS", "READING", "SCOPES", "Call", "Methods"]
