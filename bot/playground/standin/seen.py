"""What stands on a person's screen: messages as she sees them, and the buttons in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.playground.standin.messages import Message, named_blocks
from bot.playground.standin.modals import View
from bot.playground.standin.refusal import Json, NotPossible
from bot.playground.standin.render import Pressable, blocks_text, label, mrkdwn, pressables
from bot.playground.standin.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Confirm:
    """The dialog that asks before a button does its work."""

    title: str
    text: str
    confirm: str
    deny: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button, or one option of a menu, as it stands in a message or view."""

    label: str
    action_id: str
    value: str
    confirm: Confirm | None
    style: str | None
    place: Message | View
    pressable: Pressable


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as one person sees it. `text` is drawn, with buttons as `[1] Undo`; `message` is the raw one."""

    text: str
    author: str
    ephemeral: bool
    ts: str
    thread_ts: str | None
    channel: str
    buttons: tuple[Button, ...]
    streaming: bool
    edited: bool
    status: str | None
    reactions: tuple[str, ...]
    unfurl_links: bool | None
    unfurl_media: bool | None
    message: Message

    def button(self, name: str) -> Button:
        """The button with this label or action_id. Raises `NotPossible`."""
        return button_of(self.buttons, name)


def seen_message(message: Message, workspace: Workspace, first: int = 1) -> Seen:
    """One message as it is seen, its buttons numbered from `first` on."""
    names = workspace.names()
    return Seen(
        text=_drawn(message, names, first),
        author=message.username or names.get(message.user, message.user),
        ephemeral=message.only_for is not None,
        ts=message.ts,
        thread_ts=message.thread_ts,
        channel=message.channel,
        buttons=buttons_in(_all_blocks(message), message),
        streaming=message.stream is not None and message.stream.is_open(workspace.clock.now()),
        edited=message.edited_ts is not None,
        status=workspace.statuses.get((message.channel, message.ts)),
        reactions=tuple(f":{name}: {names.get(user, user)}" for name, user in message.reactions),
        unfurl_links=message.unfurl_links,
        unfurl_media=message.unfurl_media,
        message=message,
    )


def buttons_in(blocks: Iterable[Json], place: Message | View) -> tuple[Button, ...]:
    """Everything that can be pressed in these blocks of a message or view."""
    return tuple(_button(one, place) for one in pressables(blocks))


def button_of(buttons: tuple[Button, ...], name: str) -> Button:
    """The button with this label or action_id. Raises `NotPossible`."""
    for button in buttons:
        if name in (button.label, button.action_id):
            return button
    there = ", ".join(button.label for button in buttons) or "none"
    raise NotPossible(f"There is no button {name!r} here, only: {there}.")


def _button(pressable: Pressable, place: Message | View) -> Button:
    element = pressable.element
    chosen = pressable.option or element
    asked = element.get("confirm")
    return Button(
        label=pressable.label,
        action_id=str(element.get("action_id", "")),
        value=str(chosen.get("value", "")),
        confirm=_confirm(asked) if isinstance(asked, dict) else None,
        style=element.get("style"),
        place=place,
        pressable=pressable,
    )


def _confirm(asked: Json) -> Confirm:
    return Confirm(*(label(asked.get(part)) for part in ("title", "text", "confirm", "deny")))


def _all_blocks(message: Message) -> tuple[Json, ...]:
    """The message's blocks and those of its attachments."""
    return (*message.blocks, *(block for one in message.attachments for block in named_blocks(one.get("blocks") or ())))


def _drawn(message: Message, names: Mapping[str, str], first: int) -> str:
    blocks = _all_blocks(message)
    said = "" if message.blocks else mrkdwn(message.text, names)
    quoted = [mrkdwn(str(one.get("text") or one.get("fallback") or ""), names) for one in message.attachments]
    files = [f"(file: {one.get('title') or one.get('name')})" for one in message.files]
    parts = [said, blocks_text(blocks, names, first), *(f"> {text}" for text in quoted if text), *files]
    return "\n".join(part for part in parts if part)
