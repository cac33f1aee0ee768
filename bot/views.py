"""What people see of their memories: Block Kit, as functions of values. Pure.

A memory's words always stand in `plain_text`, or escaped: whatever was stored, it is shown as it was typed, and no
mention in it notifies anyone. Buttons carry the command that they run; who presses one is checked as if they typed it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.mrkdwn import escaped, shortened
from memory.errors import MemoryExists, MemoryStoreError
from memory.models import AuditEntry, Key, KeyKind, Memory, Page

Block = dict[str, Any]

TOKEN_START = re.compile(r"<(?=[!@#])")

PER_PAGE = 10
ACTION = "memory"
# https://docs.slack.dev/reference/block-kit: a section holds 3,000 characters, a button's value 2,000.
SECTION_CHARACTERS = 2900
VALUE_CHARACTERS = 2000
EXPORT_CHARACTERS = 25_000
TEXT_CHARACTERS = 3500


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to one person: blocks, and the same as one text for notifications and screen readers."""

    text: str
    blocks: tuple[Block, ...] = ()

    def with_note(self, note: str) -> Reply:
        """The same, under a line that says what was just done."""
        return Reply(f"{note}\n\n{self.text}", (section(note), *(self.blocks or (section(self.text),))))


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": shortened_mrkdwn(text), "verbatim": True}}


def shortened_mrkdwn(text: str) -> str:
    return text if len(text) <= SECTION_CHARACTERS else f"{text[:SECTION_CHARACTERS]}…"


def words(text: str) -> Block:
    """A section that shows a text as it is. Nothing in plain text is a mention; an empty space makes doubly sure."""
    plain = TOKEN_START.sub("<\u200b", text)[:SECTION_CHARACTERS]
    return {"type": "section", "text": {"type": "plain_text", "text": plain, "emoji": False}}


def context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def actions(*buttons: Block | None) -> Block:
    """A row of buttons; each needs a name of its own within the row."""
    present = [button for button in buttons if button]
    return {
        "type": "actions",
        "elements": [button | {"action_id": f"{ACTION}:{place}"} for place, button in enumerate(present)],
    }


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


def quoted(memory: Memory, limit: int = 150) -> str:
    """A memory's words within a sentence."""
    return f"“{escaped(shortened(memory.text, limit))}”" if memory.text else "(its text takes a reason)"


def standing(memory: Memory, now: datetime) -> list[str]:
    """What is special about a memory, in words."""
    shared = {KeyKind.WORKSPACE: "workspace", KeyKind.CHANNEL: "channel"}
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


def line(memory: Memory, now: datetime) -> str:
    """One memory as one line of text."""
    return f"m{memory.number} · {quoted(memory, 300)} · {' · '.join(standing(memory, now))}"


# ------------------------------------------------------------------------------------------------------- receipts


VISIBILITY = {
    "private": "private: used only where nobody but you sees the answer",
    "open": "open: also used where others see the answer",
}
WHOSE = {
    KeyKind.WORKSPACE: "for the whole workspace: used in everybody's answers",
    KeyKind.CHANNEL: "for this channel: used in everybody's answers here",
}


def receipt(memory: Memory) -> Reply:
    """Says that a memory was saved, after it was."""
    where = WHOSE.get(memory.key.kind) or VISIBILITY[memory.visibility]
    until = f", until {memory.expires_at:%Y-%m-%d}" if memory.expires_at else ""
    tags = "".join(f" #{escaped(tag)}" for tag in memory.tags)
    text = f"Saved as m{memory.number}: {quoted(memory)}{tags} ({where}{until})."
    return Reply(text, (section(text), actions(button("Undo", f"erase {memory.id}"))))


def refusal(error: MemoryStoreError) -> Reply:
    """Says why something was not done, in one line."""
    if not isinstance(error, MemoryExists):
        return note(escaped(str(error)))
    existing = error.existing
    text = f"{escaped(str(error))} {quoted(existing)}"
    if existing.disabled:
        return Reply(text, (section(text), actions(button("Enable", f"enable {existing.id}"))))
    return note(text)


def note(text: str) -> Reply:
    """One line, in mrkdwn."""
    return Reply(text, (section(text),))


# ---------------------------------------------------------------------------------------------------------- lists


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of memories, and the command that shows it: buttons lead back to it, and on to the next."""

    title: str
    command: str
    page: Page
    number: int  # of the page, from 1
    empty: str
    now: datetime
    verbs: str = ""  # put before the verbs of the buttons: "admin " where an admin reviews


def listing(shown: Listing) -> Reply:
    """Show a page of memories with their buttons."""
    if not shown.page.memories:
        return note(shown.empty)
    pages = -(-shown.page.total // PER_PAGE)
    of = f" · page {shown.number} of {pages}" if pages > 1 else ""
    title = f"*{shown.title}* ({shown.page.total}){of}"
    here = f"{shown.command} page {shown.number}"
    blocks = [section(title)]
    for memory in shown.page.memories:
        blocks += row(memory, here, shown.now, shown.verbs)
    nav = (
        button("Previous", f"{shown.command} page {shown.number - 1}") if shown.number > 1 else None,
        button("Next", f"{shown.command} page {shown.number + 1}") if shown.number < pages else None,
    )
    if any(nav):
        blocks.append(actions(*nav))
    lines = [line(memory, shown.now) for memory in shown.page.memories]
    return Reply(cut("\n".join([title, *lines])), tuple(blocks))


def row(memory: Memory, here: str, now: datetime, verbs: str = "") -> list[Block]:
    """One memory in a list: its words, what is special about it, and what can be done with it."""
    told = standing(memory, now)
    if memory.times_applied:
        told.append(f"used {memory.times_applied} time{'' if memory.times_applied == 1 else 's'}")
    told.append(f"saved {memory.created_at:%Y-%m-%d}")
    if verbs or memory.key.kind is not KeyKind.PERSON:
        told += [f"`{memory.id}`", f"`{memory.key}`"]
    text = memory.text or "(private: the text takes a reason)"
    return [words(f"m{memory.number} · {text}"), context(" · ".join(told)), _row_actions(memory, here, verbs)]


def _row_actions(memory: Memory, here: str, verbs: str) -> Block:
    def run(label: str, verb: str) -> Block:
        return button(label, f"{verbs}{verb} {memory.id}", then=here)

    off = run("Enable", "enable") if memory.disabled else run("Disable", "disable")
    delete = button(
        "Delete", f"{verbs}erase {memory.id}", then=here, ask=f"m{memory.number} will be gone for good.", danger=True
    )
    if verbs or memory.key.kind is not KeyKind.PERSON:
        return actions(off, delete)
    pin = run("Unpin", "unpin") if memory.pinned else run("Pin", "pin")
    show = run("Make open", "open") if memory.visibility == "private" else run("Make private", "private")
    return actions(off, pin, show, delete)


def details(memory: Memory, now: datetime, verbs: str = "") -> Reply:
    """Everything that is known about one memory."""
    facts = [
        f"`{memory.id}` · key `{memory.key}` · revision {memory.revision}",
        f"saved {_when(memory.created_at)} by `{memory.created_by}` through {memory.source}{_said(memory)}",
        f"changed {_when(memory.updated_at)} by `{memory.updated_by}`",
        f"used in {memory.times_applied} answers"
        + (f", last {_when(memory.last_applied_at)}" if memory.last_applied_at else ""),
    ]
    about = " · ".join(standing(memory, now))
    blocks = [
        words(f"m{memory.number} · {memory.text}"),
        context(about),
        context("\n".join(facts)),
        _row_actions(memory, "", verbs),
    ]
    return Reply("\n".join([line(memory, now), *facts]), tuple(blocks))


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _said(memory: Memory) -> str:
    return f", said in `{memory.origin.channel_id}`" if memory.origin.channel_id else ""


# ------------------------------------------------------------------------------------------------------ questions


def ask_delete(memory: Memory, verbs: str = "", reason: str = "") -> Reply:
    """Ask before a memory is deleted."""
    text = f"Delete m{memory.number} for good? {quoted(memory)}\nTo keep it and not use it, disable it instead."
    return Reply(
        text,
        (
            section(text),
            actions(
                button(
                    "Delete",
                    f"{verbs}erase {memory.id} {reason[:500]}".strip(),
                    ask=f"m{memory.number} will be gone for good.",
                    danger=True,
                ),
                None if memory.disabled else button("Disable", f"{verbs}disable {memory.id}"),
            ),
        ),
    )


def ask_delete_all(total: int) -> Reply:
    """Ask before everything is deleted, and offer the export."""
    count = f"{total} memories" if total != 1 else "1 memory"
    text = (
        f"Forget everything? This deletes your {count} and our conversations for good. Export them first if you like."
    )
    return Reply(
        text,
        (
            section(text),
            actions(
                button("Forget everything", "erase-all", ask=f"{count} will be gone for good.", danger=True),
                button("Export", "export"),
            ),
        ),
    )


# --------------------------------------------------------------------------------------------------- export, audit


def exported(memory: Memory) -> dict[str, Any]:
    """A memory as JSON, with every field that is kept."""
    values = {name: getattr(memory, name) for name in Memory.__slots__}
    return values | {"key": memory.key.value, "origin": asdict(memory.origin), "tags": list(memory.tags)}


def export_pages(memories: Sequence[Memory]) -> list[str]:
    """All memories as JSON, as many to a page as one reply holds; each page is a JSON document of its own."""
    lines = [json.dumps(exported(memory), ensure_ascii=False, default=datetime.isoformat) for memory in memories]
    pages: list[list[str]] = [[]]
    size = 0
    for each in lines:
        size += len(escaped(each))
        if size > EXPORT_CHARACTERS and pages[-1]:
            pages.append([])
            size = len(escaped(each))
        pages[-1].append(each)
    return ['{"memories": [\n' + ",\n".join(page) + "\n]}" for page in pages]


def export(memories: Sequence[Memory], number: int) -> Reply:
    """One page of the export."""
    if not memories:
        return note("There is nothing to export: I remember nothing about you.")
    pages = export_pages(memories)
    number = min(max(number, 1), len(pages))
    of = f", page {number} of {len(pages)}" if len(pages) > 1 else ""
    title = f"*Your memories as JSON* ({len(memories)}{of})"
    document = pages[number - 1]
    blocks = [section(title), *(section(f"```{part}```") for part in _parts(escaped(document)))]
    nav = (
        button("Previous", f"export page {number - 1}") if number > 1 else None,
        button("Next", f"export page {number + 1}") if number < len(pages) else None,
    )
    if any(nav):
        blocks.append(actions(*nav))
    return Reply(f"{title}\n```{escaped(document)}```", tuple(blocks))


def _parts(text: str, size: int = SECTION_CHARACTERS - 10) -> list[str]:
    """Cut escaped text to size, and no `&amp;` in two."""
    parts = []
    while text:
        end = size
        if len(text) > size and "&" in text[size - 5 : size]:
            end = text.rindex("&", size - 5, size)
        parts.append(text[:end])
        text = text[end:]
    return parts


def audit_list(entries: Sequence[AuditEntry], number: int, *, more: bool) -> Reply:
    """One page of the audit log, newest first."""
    if not entries:
        return note("The audit log holds nothing more.")
    text = "\n".join(["*Audit log*, newest first", *map(_audit_line, entries)])
    blocks = [section(part) for part in _parts(text)]
    nav = (
        button("Newer", f"admin audit page {number - 1}") if number > 1 else None,
        button("Older", f"admin audit page {number + 1}") if more else None,
    )
    if any(nav):
        blocks.append(actions(*nav))
    return Reply(cut(text), tuple(blocks))


def _audit_line(entry: AuditEntry) -> str:
    what = f"m{entry.number} `{entry.memory_id}` of `{entry.key}`" if entry.memory_id else f"`{entry.key}`"
    before = entry.before if isinstance(entry.before, dict) else {}
    after = entry.after if isinstance(entry.after, dict) else {}
    fields = sorted({*before, *after}) if entry.verb == "update" else []
    changed = f" · changed {', '.join(fields)}" if fields else ""
    why = f" · reason: {escaped(entry.reason)}" if entry.reason else ""
    return f"{_when(entry.at)} · `{entry.actor}` · {entry.verb} · {what} · by {entry.door}{changed}{why}"


def owner(key: Key) -> str:
    """Whose memories a key holds, for a title."""
    return {
        KeyKind.PERSON: f"Memories of `{key.subject}`",
        KeyKind.WORKSPACE: "The workspace's memories",
        KeyKind.CHANNEL: f"Memories of channel `{key.subject}`",
        KeyKind.OTHER: f"Memories of `{escaped(key.value)}`",
    }[key.kind]


def cut(text: str, limit: int = TEXT_CHARACTERS) -> str:
    """Text that Slack certainly takes; whoever reads it sees that there is more."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
