"""What Slack's own apps make of the text a person types: entities, mentions, links, and a rich_text block."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.playground.standin.refusal import Json

_TOKEN = re.compile(r"(https?://[^\s<>|]+)|(?<![\w@])@([\w.-]*\w)|(?<![\w#])#([\w-]+)")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Typed:
    """Typed text, read once. `users` and `channels` map the names that exist to their ids."""

    def __init__(self, text: str, users: Mapping[str, str], channels: Mapping[str, str]) -> None:
        self._parts = list(_parts(text, users, channels))
        self._channels = {channel_id: name for name, channel_id in channels.items()}

    @property
    def text(self) -> str:
        """The `text` of the event: `&lt;`, `<@U07P5W1JH>`, `<#C06H3S2LM|general>`, `<https://…>`."""
        return "".join(self._encoded(kind, value) for kind, value in self._parts)

    @property
    def blocks(self) -> tuple[Json, ...]:
        """The rich_text block Slack sends beside the text."""
        elements = [_element(kind, value) for kind, value in self._parts]
        section = {"type": "rich_text_section", "elements": elements}
        return ({"type": "rich_text", "block_id": "typed", "elements": [section]},)

    @property
    def mentioned(self) -> frozenset[str]:
        return frozenset(value for kind, value in self._parts if kind == "user")

    def _encoded(self, kind: str, value: str) -> str:
        if kind == "user":
            return f"<@{value}>"
        if kind == "channel":
            return f"<#{value}|{self._channels[value]}>"
        escaped = value.translate(_ENTITIES)
        return f"<{escaped}>" if kind == "link" else escaped


def _parts(text: str, users: Mapping[str, str], channels: Mapping[str, str]) -> list[tuple[str, str]]:
    parts: list[tuple[str, str]] = []
    done = 0
    for token in _TOKEN.finditer(text):
        link, user, channel = token.groups()
        kind, value = (
            ("link", link) if link else ("user", users.get(user)) if user else ("channel", channels.get(channel))
        )
        if value is None:
            continue
        if token.start() > done:
            parts.append(("text", text[done : token.start()]))
        parts.append((kind, value))
        done = token.end()
    if done < len(text) or not parts:
        parts.append(("text", text[done:]))
    return parts


def _element(kind: str, value: str) -> Json:
    key = {"user": "user_id", "channel": "channel_id", "link": "url", "text": "text"}[kind]
    return {"type": kind, key: value}
