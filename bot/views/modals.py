"""The frame of every modal, and those that say one thing: loading, done, not done, are you sure. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.slack.mrkdwn import escaped
from bot.slack.reply import Block, section
from bot.views.blocks import context, quoted
from bot.views.held import Held
from memory.models import Memory

View = dict[str, Any]

# https://docs.slack.dev/reference/views: 100 blocks, and 250 KB of JSON; a margin is left for what Slack adds.
MOST_BLOCKS = 100
MOST_BYTES = 240_000
DO = "view"  # what the action_id of everything in a view begins with
CUT = "There is more than Slack shows in one view: the rest is left out here."
TITLES = {
    "list": "My memories",
    "add": "Add a memory",
    "edit": "Edit",
    "remember": "Remember this",
    "delete": "Delete for good?",
    "forget": "Forget everything?",
    "export": "Export",
    "history": "What happened",
    "history-export": "Export",
    "queue": "Proposals",
    "amend": "Approve as",
    "reject": "Reject?",
    "review": "Review",
    "read": "Review",
    "off": "Disable?",
    "remove": "Delete for good?",
    "log": "Audit log",
    "log-export": "Export",
    "why": "Memories used",
    "wrong": "Was a memory wrong?",
}


def modal(held: Held, blocks: Sequence[Block], *, submit: str = "", close: str = "Close") -> View:
    """A modal with these blocks, cut to what Slack takes."""
    view: View = {
        "type": "modal",
        "callback_id": held.screen,
        "title": plain_text(TITLES[held.screen]),
        "close": plain_text(close),
        "private_metadata": held.dumps(),
        "blocks": list(blocks),
    }
    return fitted(view | ({"submit": plain_text(submit)} if submit else {}))


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


def loading(held: Held, external_id: str) -> View:
    """What is shown until there is something to show. It has an id of ours, should Slack's answer be lost."""
    told = section("Loading… If nothing comes within some seconds, close this and try again.")
    return modal(held, [told]) | {"external_id": external_id}


def error(held: Held, sentence: str, *, again: bool = True) -> View:
    """Says why there is nothing to show, and offers to try again where that may help."""
    blocks = [section(escaped(sentence))]
    return modal(held, [*blocks, row(press("Try again", "again"))] if again else blocks)


def done(held: Held, sentence: str) -> View:
    """Says what was done. `sentence` is mrkdwn."""
    return modal(held, [section(sentence)])


def confirm_delete(held: Held, memory: Memory, note: str = "") -> View:
    """Ask before a memory is deleted."""
    ask = f"Delete m{memory.number} for good? {quoted(memory, 1000)}\nTo keep it and not use it, disable it instead."
    told = [section(note)] if note else []
    kept = replace(held, memory=memory.id, number=memory.number, revision=memory.revision)
    return modal(kept, [*told, section(ask)], submit="Delete", close="Keep")


def confirm_forget(held: Held, total: int) -> View:
    """Ask before everything is deleted, and offer the export."""
    count = f"{total:,} {'memory' if total == 1 else 'memories'}"
    ask = f"Forget everything? This deletes your {count} and our conversations for good. Export them first if you like."
    return modal(held, [section(ask), row(press("Export", "export 1"))], submit="Forget everything", close="Keep")
