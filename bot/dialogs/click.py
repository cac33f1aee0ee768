"""What somebody pressed, chose, typed or sent, read from Slack's payload; and who looks at what then. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.people.identity import Speaker, part
from bot.slack.mrkdwn import escaped
from bot.views.state import ViewState
from memory.models import Actor, Key

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Click:
    """A click, a choice, a command or a form: who did it, the client to answer with, and Slack's payload."""

    who: Speaker
    client: AsyncWebClient = field(repr=False)
    body: Body = field(repr=False)

    def text(self, name: str, of: str = "") -> str:
        """A field of the payload, or `of` one of its parts; "" when it is not there."""
        return text_of(part(self.body, of) if of else self.body, name)

    @property
    def channel(self) -> str:
        return self.text("channel_id") or self.text("id", of="channel")

    @property
    def thread_ts(self) -> str | None:
        """The thread that a button stands in."""
        return self.text("thread_ts", of="container") or self.text("thread_ts", of="message") or None

    @property
    def view(self) -> Body:
        return part(self.body, "view")

    @property
    def value(self) -> str:
        """What a pressed button carries."""
        return text_of(self._action, "value")

    @property
    def pressed(self) -> str:
        """What was pressed or chosen in a view: a word, and what belongs to it."""
        name = text_of(self._action, "action_id").rpartition(":")[2]
        chosen = text_of(part(self._action, "selected_option"), "value") or self.value
        if name in {"state", "tag", "words", "flag"}:
            return f"{name} {chosen}"
        if name in {"person", "channel"}:
            return f"whose {text_of(self._action, 'selected_user') or text_of(self._action, 'selected_conversation')}"
        return chosen

    @property
    def _action(self) -> Body:
        return part({"first": next(iter(self.body.get("actions") or ()), None)}, "first")


def text_of(values: Body, name: str) -> str:
    """A field that should be a text; "" when it is anything else."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class MessageToRemember:
    """A message that somebody wants remembered. `text` is as Slack encodes it; `author` is mrkdwn."""

    text: str
    author: str
    own: bool

    @classmethod
    def of(cls, click: Click) -> MessageToRemember:
        """The message that a shortcut was used on."""
        author = click.text("user", of="message")
        name = text_of(part(part(click.body, "message"), "bot_profile"), "name") or click.text("username", of="message")
        whose = f"<@{author}>" if author.isalnum() else escaped(name[:80]) or "somebody else"
        return cls(click.text("text", of="message"), whose, own=author == click.who.user)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody looks at a screen: who, what the view keeps, the workspace's address, and a note above it (mrkdwn).

    `message` is what the screen `remember` is about; no view keeps it.
    """

    actor: Actor
    state: ViewState = field(default_factory=ViewState)
    url: str = ""
    note: str = ""
    message: MessageToRemember | None = None

    @property
    def own(self) -> Key:
        return Key.person(self.actor.team, self.actor.user)
