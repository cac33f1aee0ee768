"""Lists of memories as messages that one person sees, and everything about one memory. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.slack.mrkdwn import escaped
from bot.slack.reply import Block, Reply, cut, note, section
from bot.views.blocks import (
    PER_PAGE,
    Choice,
    Offers,
    actions,
    button,
    context,
    edit_button,
    in_parts,
    label,
    line,
    standing,
    when,
    words,
)
from bot.views.names import actor_name, channel, whose
from memory.models import AuditEntry, Key, KeyKind, Memory, Page


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of memories, and the command that shows it: buttons lead back to it, and on to the next."""

    title: str
    command: str
    page: Page
    number: int  # of the page, from 1
    empty: str
    now: datetime
    offers: Offers
    verbs: str = ""  # what the verbs of the buttons begin with: "admin " where an admin reviews


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
        blocks += row(memory, here, shown.now, shown.offers(memory), shown.verbs)
    nav = (
        button("Previous", f"{shown.command} page {shown.number - 1}") if shown.number > 1 else None,
        button("Next", f"{shown.command} page {shown.number + 1}") if shown.number < pages else None,
    )
    if any(nav):
        blocks.append(actions(*nav))
    lines = [line(memory, shown.now) for memory in shown.page.memories]
    return Reply(cut("\n".join([title, *lines])), tuple(blocks))


def row(memory: Memory, here: str, now: datetime, choices: Sequence[Choice], verbs: str = "") -> list[Block]:
    """One memory in a list: its words, what is special about it, and what can be done with it."""
    told = standing(memory, now)
    if memory.times_applied:
        told.append(f"used {memory.times_applied} time{'' if memory.times_applied == 1 else 's'}")
    told.append(f"saved {memory.created_at:%Y-%m-%d}")
    if verbs or memory.key.kind is not KeyKind.PERSON:
        told += [f"`{memory.id}`", f"of {whose(memory.key)}"]
    if memory.key.kind is not KeyKind.PERSON:
        told.append(f"by {actor_name(memory.created_by)}")
    if verbs and memory.flags:
        told.append(f"flags: {', '.join(memory.flags)}")
    text = memory.text or "(private: the text takes a reason)"
    return [words(f"{label(memory)} · {text}"), context(" · ".join(told)), *row_actions(memory, choices, here)]


def row_actions(memory: Memory, choices: Sequence[Choice], then: str = "") -> list[Block]:
    """A row of buttons for what can be done with a memory; none where nothing can."""
    return [actions(*(_button(memory, choice, then) for choice in choices))] if choices else []


def _button(memory: Memory, choice: Choice, then: str) -> Block:
    verb, said = choice
    if verb == "edit":  # it opens the form
        return edit_button(memory, then=then)
    if verb.endswith("delete"):  # Slack asks, so the bot need not
        erase, ask = verb.removesuffix("delete") + "erase", f"m{memory.number} will be gone for good."
        return button(said.rstrip("…"), f"{erase} {memory.id}", then=then, ask=ask, danger=True)
    return button(said, f"{verb} {memory.id}", then=then)


def details(memory: Memory, now: datetime, choices: Sequence[Choice]) -> Reply:
    """Everything that is known about one memory."""
    told = facts(memory)
    blocks = [
        words(f"{label(memory)} · {memory.text}"),
        context(" · ".join(standing(memory, now))),
        context("\n".join(told)),
        *row_actions(memory, choices),
    ]
    return Reply("\n".join([line(memory, now), *told]), tuple(blocks))


def facts(memory: Memory) -> list[str]:
    """What is known about a memory besides its words, in mrkdwn, a line each."""
    return [
        f"`{memory.id}` · key `{escaped(memory.key.value)}` · revision {memory.revision}",
        f"saved {when(memory.created_at)} by {actor_name(memory.created_by)} through {memory.source}{_said(memory)}",
        f"changed {when(memory.updated_at)} by {actor_name(memory.updated_by)}",
        f"used in {memory.times_applied} answers"
        + (f", last {when(memory.last_applied_at)}" if memory.last_applied_at else ""),
        *([f"flags: {', '.join(memory.flags)}"] if memory.flags else ()),
    ]


def _said(memory: Memory) -> str:
    return f", said in {channel(memory.origin.channel_id)}" if memory.origin.channel_id else ""


def audit_list(entries: Sequence[AuditEntry], number: int, *, more: bool, command: str = "admin audit") -> Reply:
    """One page of the audit log, newest first."""
    if not entries:
        return note("The audit log holds nothing more.")
    text = "\n".join(["*Audit log*, newest first", *map(audit_line, entries)])
    blocks = [section(part) for part in in_parts(text)]
    nav = (
        button("Newer", f"{command} page {number - 1}") if number > 1 else None,
        button("Older", f"{command} page {number + 1}") if more else None,
    )
    if any(nav):
        blocks.append(actions(*nav))
    return Reply(cut(text), tuple(blocks))


def audit_line(entry: AuditEntry) -> str:
    """One entry of the audit log, in mrkdwn."""
    what = (
        f"m{entry.number} `{entry.memory_id}` of {whose(Key.parse(entry.key))}"
        if entry.memory_id
        else whose(Key.parse(entry.key))
    )
    before = entry.before if isinstance(entry.before, dict) else {}
    after = entry.after if isinstance(entry.after, dict) else {}
    fields = sorted({*before, *after}) if entry.verb == "update" else []
    changed = f" · changed {', '.join(fields)}" if fields else ""
    why = f" · reason: {escaped(entry.reason)}" if entry.reason else ""
    return (
        f"{when(entry.at)} · {actor_name(entry.actor)} · {entry.verb} · {what} · by {escaped(entry.door)}{changed}{why}"
    )


def owner(key: Key) -> str:
    """Whose memories a key holds, for a title, in mrkdwn."""
    titles = {KeyKind.WORKSPACE: "The workspace's memories", KeyKind.PROPOSALS: "Proposals for the workspace"}
    return titles.get(key.kind) or f"Memories of {whose(key)}"
