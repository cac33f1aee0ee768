"""The blocks that every view is made of, and a memory in a few words. Pure.

A memory's words always stand in `plain_text`, or escaped: whatever was stored, it is shown as it was typed, and no
mention in it notifies anyone. Buttons carry the command that they run; who presses one is checked as if they typed it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.slack.mrkdwn import escaped, shortened
from bot.slack.reply import SECTION_CHARACTERS, Block
from memory.models import KeyKind, Memory

Choice = tuple[str, str]
"""A verb that can be used on a memory, and what its button or its entry in a menu says."""
Offers = Callable[[Memory], Sequence[Choice]]
"""What can be done with a memory by whoever looks at it, as the table of verbs has it."""

TOKEN_START = re.compile(r"<(?=[!@#])")

PER_PAGE = 10
ACTION = "memory"  # what the action_id of a button that runs a command begins with
EDIT = "edit"  # and of one that opens the form of a memory
QUEUE = "queue"  # and of one that opens the queue of proposals
# https://docs.slack.dev/reference/block-kit: a button's value holds 2,000 characters.
VALUE_CHARACTERS = 2000


def words(text: str) -> Block:
    """A section that shows a text as it is."""
    plain = taken_apart(text)[:SECTION_CHARACTERS]
    return {"type": "section", "text": {"type": "plain_text", "text": plain, "emoji": False}}


def taken_apart(text: str) -> str:
    """A text for `plain_text`. Nothing there is a mention; an empty space makes doubly sure."""
    return TOKEN_START.sub("<\u200b", text)


def context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def actions(*buttons: Block | None) -> Block:
    """A row of buttons; each needs a name of its own within the row."""
    present = [button for button in buttons if button]
    named = [each | {"action_id": f"{each.get('action_id', ACTION)}:{place}"} for place, each in enumerate(present)]
    return {"type": "actions", "elements": named}


def button(label: str, command: str, *, then: str = "", ask: str = "", danger: bool = False) -> Block:
    """A button that runs a command, shows `then` afterwards, and first asks, if there is something to ask."""
    command, then = " ".join(command.split()), " ".join(then.split())  # the line break between them is ours
    value = f"{command}\n{then}" if then and len(command) + len(then) < VALUE_CHARACTERS else command
    block: Block = {"type": "button", "text": {"type": "plain_text", "text": label}, "value": value}
    if danger:
        block["style"] = "danger"
    if ask:
        block["confirm"] = {
            "title": {"type": "plain_text", "text": "Are you sure?"},
            "text": {"type": "plain_text", "text": ask},
            "confirm": {"type": "plain_text", "text": label},
            "deny": {"type": "plain_text", "text": "Keep"},
        }
        block["confirm"] |= {"style": "danger"} if danger else {}
    return block


def edit_button(memory: Memory, *, then: str = "", label: str = "Edit") -> Block:
    """A button that opens the form of a memory, and shows `then` once it is saved."""
    return button(label, memory.id, then=then) | {"action_id": EDIT}


def quoted(memory: Memory, limit: int = 150) -> str:
    """A memory's words within a sentence."""
    return f"“{escaped(shortened(memory.text, limit))}”" if memory.text else "(its text takes a reason)"


def standing(memory: Memory, now: datetime) -> list[str]:
    """What is special about a memory, in words."""
    shared = {KeyKind.WORKSPACE: "workspace", KeyKind.CHANNEL: "channel", KeyKind.PROPOSALS: "proposed"}
    said = [
        shared.get(memory.key.kind, memory.visibility),
        "disabled" if memory.disabled else "",
        "expired" if memory.expired(now) else "",
        "pinned" if memory.pinned else "",
        f"priority {memory.priority}" if memory.priority else "",
        f"until {memory.expires_at:%Y-%m-%d}" if memory.expires_at and not memory.expired(now) else "",
        *(f"#{escaped(tag)}" for tag in memory.tags),
    ]
    return [word for word in said if word]


def label(memory: Memory) -> str:
    """What a memory is called: its number. A proposal has none yet."""
    return "proposal" if memory.proposed else f"m{memory.number}"


def line(memory: Memory, now: datetime) -> str:
    """One memory as one line of text."""
    return f"{label(memory)} · {quoted(memory, 300)} · {' · '.join(standing(memory, now))}"


def when(moment: datetime) -> str:
    """A moment, for people."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def in_parts(text: str, size: int = SECTION_CHARACTERS - 10) -> list[str]:
    """Cut escaped text to size, and no `&amp;` in two."""
    parts = []
    while text:
        end = size
        if len(text) > size and "&" in text[size - 5 : size]:
            end = text.rindex("&", size - 5, size)
        parts.append(text[:end])
        text = text[end:]
    return parts
