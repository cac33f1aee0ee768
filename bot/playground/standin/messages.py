"""A message as the workspace keeps it, and as the Web API and events show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.playground.standin.refusal import Json

STREAM_LIFE = 300.0
"""Seconds until Slack ends a stream by itself; undocumented, as seen in slackapi/python-slack-sdk#1859."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A message that is still being written (`chat.startStream`); its life counts from the start."""

    started_at: float
    stopped: bool = False

    def is_open(self, now: float) -> bool:
        return not self.stopped and now - self.started_at < STREAM_LIFE


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `only_for` names the one person who sees it, if it is ephemeral."""

    channel: str
    ts: str
    user: str
    team: str
    text: str = ""
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    files: tuple[Json, ...] = ()
    metadata: Json | None = None
    thread_ts: str | None = None
    subtype: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    username: str | None = None
    edited_ts: str | None = None
    reactions: tuple[tuple[str, str], ...] = ()
    stream: Stream | None = None
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    only_for: str | None = None

    @property
    def root(self) -> str:
        """The `ts` of the thread it stands in, or would start."""
        return self.thread_ts or self.ts

    def to_json(self, *, with_metadata: bool = False) -> Json:
        """The `message` object of answers and events."""
        body: Json = {"type": "message", "user": self.user, "team": self.team, "text": self.text, "ts": self.ts}
        optional: Json = {
            "subtype": self.subtype,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "bot_profile": {"id": self.bot_id, "app_id": self.app_id, "team_id": self.team} if self.bot_id else None,
            "username": self.username,
            "thread_ts": self.thread_ts,
            "blocks": list(self.blocks),
            "attachments": list(self.attachments),
            "files": list(self.files),
            "edited": {"user": self.user, "ts": self.edited_ts} if self.edited_ts else None,
            "metadata": self.metadata if with_metadata else None,
            "reactions": self._reactions(),
        }
        return body | {name: value for name, value in optional.items() if value}

    def _reactions(self) -> list[Json]:
        names = dict.fromkeys(name for name, _ in self.reactions)
        by_name = {name: [user for other, user in self.reactions if other == name] for name in names}
        return [{"name": name, "users": users, "count": len(users)} for name, users in by_name.items()]


def named_blocks(blocks: Iterable[Json]) -> tuple[Json, ...]:
    """Slack gives a block_id to each block without one, and an action_id to each element: payloads carry them."""
    return tuple(_named(block, number) for number, block in enumerate(blocks))


def _named(block: Json, number: int) -> Json:
    named = {**block, "block_id": block.get("block_id") or f"b{number}"}
    if block.get("type") in ("actions", "context_actions"):
        elements = enumerate(block.get("elements") or ())
        named["elements"] = [{**one, "action_id": one.get("action_id") or f"a{place}"} for place, one in elements]
    if isinstance(block.get("accessory"), dict) and block["accessory"].get("type") != "image":
        named["accessory"] = {**block["accessory"], "action_id": block["accessory"].get("action_id") or "a0"}
    if block.get("type") == "input" and isinstance(block.get("element"), dict):
        named["element"] = {**block["element"], "action_id": block["element"].get("action_id") or "a0"}
    return named
