"""The frame of every modal, and those that say one thing: loading, done, not done, are you sure. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.slack.mrkdwn import escaped
from bot.slack.reply import Block, section
from bot.views.blocks import Choice, context, quoted
from bot.views.state import ViewState
from memory.models import KeyKind, Memory

View = dict[str, Any]

# https://docs.slack.dev/reference/views: 100 blocks, and 250 KB of JSON; a margin is left for what Slack adds.
MOST_BLOCKS = 100
MOST_BYTES = 240_000
DO = "view"  # what the action_id of everything in a view begins with
CUT = "There is more than Slack shows in one view: the rest is left out here."
CHANGED = "It was changed in the meantime. This is how it is now."


@dataclass(frozen=True, slots=True)
class Modal:
    """What a modal shows: its blocks, and what it keeps. Its frame is put around it where it leaves for Slack.

    `title` is another than its screen has; `external_id` an id of ours, should Slack's answer be lost.
    """

    state: ViewState
    blocks: Sequence[Block]
    submit: str = ""
    close: str = "Close"
    title: str = ""
    external_id: str = ""


def framed(modal: Modal, title: str) -> View:
    """The view that Slack takes: with its frame, and cut to what fits."""
    view: View = {
        "type": "modal",
        "callback_id": modal.state.screen,
        "title": plain_text(modal.title or title),
        "close": plain_text(modal.close),
        "private_metadata": modal.state.dumps(),
        "blocks": list(modal.blocks),
        **({"submit": plain_text(modal.submit)} if modal.submit else {}),
        **({"external_id": modal.external_id} if modal.external_id else {}),
    }
    return fitted(view)


def fitted(view: View) -> View:
    """The view, without its last blocks where they are too many or too big, and then with a note that says so."""
    if _fits(view):
        return view
    blocks = view["blocks"][: MOST_BLOCKS - 1]
    while not _fits(view | {"blocks": [*blocks, context(CUT)]}):
        blocks = blocks[:-1]
    return view | {"blocks": [*blocks, context(CUT)]}


def _fits(view: View) -> bool:
    return len(view["blocks"]) <= MOST_BLOCKS and len(json.dumps(view).encode()) <= MOST_BYTES


def plain_text(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def header(text: str) -> Block:
    return {"type": "header", "text": plain_text(text)}


def press(label: str, value: str, *, danger: bool = False) -> Block:
    """A button of a view. `row` gives it its name."""
    pressed: Block = {"type": "button", "text": plain_text(label), "value": value}
    return pressed | ({"style": "danger"} if danger else {})


def row(*elements: Block | None) -> Block:
    """A row of elements; each that has no name yet gets one."""
    present = [element for element in elements if element]
    named = [{"action_id": f"{DO}:do:{place}"} | element for place, element in enumerate(present)]
    return {"type": "actions", "elements": named}


def menu(memory: Memory, choices: Sequence[Choice]) -> Block:
    """The menu of a row, to be added to its section; nothing where there is nothing to choose.

    Each entry names the revision that is shown, so that a memory which was changed since is left alone.
    """
    if not choices:
        return {}
    mark = f"{memory.id} {memory.revision}"
    options = [{"text": plain_text(label), "value": f"{verb} {mark}"} for verb, label in choices]
    return {"accessory": {"type": "overflow", "action_id": f"{DO}:menu", "options": options}}


def loading(state: ViewState, external_id: str) -> Modal:
    """What is shown until there is something to show."""
    told = section("Loading… If nothing comes within some seconds, close this and try again.")
    return Modal(state, [told], external_id=external_id)


def error(state: ViewState, sentence: str, *, again: bool = True) -> Modal:
    """Says why there is nothing to show, and offers to try again where that may help."""
    blocks = [section(escaped(sentence))]
    return Modal(state, [*blocks, row(press("Try again", "again"))] if again else blocks)


def about(state: ViewState, memory: Memory) -> ViewState:
    """What a view keeps of the memory that it is about."""
    shared = memory.key.kind is not KeyKind.PERSON
    return replace(state, memory=memory.id, number=memory.number, revision=memory.revision, shared=shared)


def confirm_delete(state: ViewState, memory: Memory, note: str = "") -> Modal:
    """Ask before a memory is deleted."""
    ask = f"Delete m{memory.number} for good? {quoted(memory, 1000)}\nTo keep it and not use it, disable it instead."
    told = [section(note)] if note else []
    return Modal(about(state, memory), [*told, section(ask)], submit="Delete", close="Keep")


def confirm_forget(state: ViewState, total: int) -> Modal:
    """Ask before everything is deleted, and offer the export."""
    count = f"{total:,} {'memory' if total == 1 else 'memories'}"
    ask = f"Forget everything? This deletes your {count} and our conversations for good. Export them first if you like."
    blocks = [section(ask), row(press("Export", "export 1"))]
    return Modal(state, blocks, submit="Forget everything", close="Keep")
