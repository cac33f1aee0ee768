"""What opens a dialog from outside of one: a button of a message, a shortcut, a command. A table says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.dialogs.click import Click
from bot.dialogs.shortcuts import OPEN_MEMORIES, REMEMBER_MESSAGE
from bot.slack.mrkdwn import plain
from bot.views import footer
from bot.views.blocks import EDIT, QUEUE
from bot.views.state import ViewState


def form_of_memory(click: Click) -> ViewState:
    """The form of the memory that a button names; where it is saved, the button's message is written anew."""
    memory_id, _, then = click.value.partition("\n")
    state = replace(_from(click), screen="edit", thread_ts=click.thread_ts or "", rewrites=True)
    return state.changed(memory=memory_id, then=then)


def form_for_message(click: Click) -> ViewState:
    """The form for the message that a shortcut was used on: where it stands, and who wrote it."""
    return ViewState(screen="remember").changed(
        channel=click.channel,
        ts=click.text("ts", of="message") or click.text("message_ts"),
        thread_ts=click.text("thread_ts", of="message"),
        author=click.text("user", of="message"),
    )


def explained(click: Click) -> ViewState:
    """What an answer was given. Where it was asked is where who asked may act in it."""
    return ViewState(screen="why").changed(event=click.value, channel=click.channel)


def rated(click: Click) -> ViewState:
    """What a bad answer was given: was a memory wrong?"""
    return ViewState(screen="wrong").changed(event=click.value.partition(" ")[2], channel=click.channel)


def of_command(click: Click) -> ViewState | None:
    """The dialog that a slash command's words ask for, if they do."""
    first, _, rest = plain(click.text("text")).strip().partition(" ")
    rest = rest.strip()
    if not first:
        return ViewState(screen="list")
    if first.casefold() == "admin" and not rest:
        return ViewState(screen="review")
    if first.casefold() == "edit" and rest and " " not in rest:
        return replace(_from(click), screen="edit").changed(memory=rest[:100])
    return None


def _from(click: Click) -> ViewState:
    return ViewState().changed(channel=click.channel, response_url=click.text("response_url"))


# By what the action_id of a button begins with, and by the callback_id of a shortcut.
BUTTONS: Mapping[str, Callable[[Click], ViewState]] = {
    EDIT: form_of_memory,
    QUEUE: lambda _click: ViewState(screen="queue"),
    footer.OPEN: explained,
}
SHORTCUTS: Mapping[str, Callable[[Click], ViewState]] = {
    OPEN_MEMORIES.callback_id: lambda _click: ViewState(screen="list"),
    REMEMBER_MESSAGE.callback_id: form_for_message,
}
