"""What admins see: the queue of proposals, the review of all memories, and what is asked before they act. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.slack.reply import Block, cut, section
from bot.views.blocks import context, standing, words
from bot.views.forms import TEXT_ROOM, block_of
from bot.views.held import Held
from bot.views.lists import facts
from bot.views.memories import (
    CONTEXT_CHARACTERS,
    ROW_CHARACTERS,
    option,
    search_box,
    select,
    state_menu,
    turning,
)
from bot.views.modals import DO, View, header, modal, plain_text, press, row
from bot.views.names import actor_name, whose
from memory import policy
from memory.models import Actor, KeyKind, Memory, Page
from memory.text.clean import MAX_REASON_CHARACTERS
from memory.text.flags import FLAGS

OLDEST = 3  # proposals in the Home
NO_PROPOSALS = "Nothing is proposed for the workspace."
TAKES_A_REASON = "(private: the text takes a reason)"
LOGGED = "It is kept in the audit log."
ASKED = {
    "reject": ("Reject", "Why", "The proposer is told. You may leave it out."),
    "read": ("Open", "Why do you read it?", f"{LOGGED} Its owner is told that you read it, and why."),
    "off": ("Disable", "Why do you disable it?", LOGGED),
    "remove": ("Delete", "Why do you delete it?", LOGGED),
}


# ---------------------------------------------------------------------------------------------------- proposals


def review_part(waiting: Page, now: datetime, *, notified: bool) -> list[Block]:
    """What admins have in their Home besides: the oldest proposals, and the ways to everything else.

    `notified`: this admin is told of new proposals.
    """
    count = waiting.total
    wait = f"*{count:,} {'proposal waits' if count == 1 else 'proposals wait'} for an admin*, the oldest first."
    tell = press("Do not tell me of new proposals", "notify off")
    return [
        header("Review"),
        section(wait if count else NO_PROPOSALS),
        *(block for memory in waiting.memories[:OLDEST] for block in proposal_row(memory, now)),
        row(
            press("All proposals", "queue"),
            press("Review memories", "review"),
            press("Audit log", "log"),
            tell if notified else press("Tell me of new proposals", "notify on"),
        ),
    ]


def queue(held: Held, page: Page, now: datetime, note: str = "") -> View:
    """The proposals that wait, oldest first. `note` is mrkdwn."""
    head = [section(note)] if note else []
    if not page.total:
        return modal(held, [*head, section(NO_PROPOSALS)])
    rows = [block for memory in page.memories for block in proposal_row(memory, now)]
    return modal(held, [*head, *rows, *turning(held, page)])


def proposal_row(memory: Memory, now: datetime) -> list[Block]:
    """A proposal: its words with what can be decided, and who made it and when.

    One that is longer than its row is approved in the form alone, which shows all of it: nobody approves unread words.
    """
    whole = len(memory.text) <= ROW_CHARACTERS
    choices = {"approve": "Approve", "amend": "Edit…"} if whole else {"amend": "Read all, approve…"}
    choices |= {"reject": "Reject…"}
    text = words(cut(memory.text, ROW_CHARACTERS)) | {"accessory": _menu(memory, choices)}
    return [text, context(cut(" · ".join(_proposed(memory, now)), CONTEXT_CHARACTERS))]


def amending(held: Held, text: str, note: str) -> View:
    """The form in which an admin approves a proposal with other words. `note` is mrkdwn."""
    element: Block = {"type": "plain_text_input", "action_id": "text", "multiline": True}
    element |= {"initial_value": text[:TEXT_ROOM]} if text else {}
    asked = {"type": "input", "block_id": block_of(held, "text"), "element": element}
    blocks = [section(note), asked | {"label": plain_text("What the whole workspace is to remember")}]
    return modal(held, blocks, submit="Approve", close="Cancel")


def about_proposal(memory: Memory, now: datetime) -> str:
    """Who proposed it and when, in mrkdwn."""
    return " · ".join(_proposed(memory, now))


def _proposed(memory: Memory, now: datetime) -> list[str]:
    said = f"{memory.created_at:%Y-%m-%d} by {actor_name(memory.created_by)}"
    return [*standing(memory, now), said, *_flagged(memory)]


# --------------------------------------------------------------------------------------------------- all memories


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A page of a review, as the actor sees it, and a note above (mrkdwn)."""

    held: Held
    page: Page
    actor: Actor
    now: datetime
    note: str = ""


def review(shown: Reviewed) -> View:
    """The review modal: what narrows it, and a row for each memory."""
    held, page = shown.held, shown.page
    head = [section(shown.note)] if shown.note else []
    rows = [block for memory in page.memories for block in review_row(memory, shown.actor, shown.now)]
    return modal(held, [*head, *_filters(held), *rows, *turning(held, page)], submit="Search")


def review_row(memory: Memory, actor: Actor, now: datetime) -> list[Block]:
    """A memory of anybody's: its words, unless they take a reason, and whose it is, its dates, flags and counts."""
    used = f"used {memory.times_applied:,} time{'' if memory.times_applied == 1 else 's'}"
    last = f", last {memory.last_applied_at:%Y-%m-%d}" if memory.last_applied_at else ""
    changed = f"changed {memory.updated_at:%Y-%m-%d}" if memory.revision > 1 else ""
    told = [f"of {whose(memory.key)}", *standing(memory, now), used + last, f"saved {memory.created_at:%Y-%m-%d}"]
    told += [changed] if changed else []
    told += [] if memory.key.kind is KeyKind.PERSON else [f"by {actor_name(memory.created_by)}"]
    off = {"off": "Disable…"} if policy.needs_reason(actor, memory) else {"disable": "Disable"}
    choices = {
        "read": "Open" if memory.text else "Open text…",
        **({"enable": "Enable"} if memory.disabled else off),
        "remove": "Delete…",
    }
    text = words(f"m{memory.number} · {cut(memory.text, ROW_CHARACTERS) or TAKES_A_REASON}")
    about = " · ".join([*told, *_flagged(memory)])
    return [text | {"accessory": _menu(memory, choices)}, context(cut(about, CONTEXT_CHARACTERS))]


def opened(held: Held, memory: Memory, now: datetime) -> View:
    """Everything about one memory, its words too."""
    told = [" · ".join(standing(memory, now)), *facts(memory)]
    return modal(held, [words(f"m{memory.number} · {memory.text}"), context(cut("\n".join(told), CONTEXT_CHARACTERS))])


def _filters(held: Held) -> list[Block]:
    """What narrows a review: a person or a channel, a state, a flag, words.

    Slack keeps what was chosen for as long as a block has the same id, so the id says what is chosen.
    """
    flags = [option("all", "All flags"), *(option(flag, flag) for flag in FLAGS)]
    flag = next((each for each in flags if each["value"] == held.flag), flags[0])
    person: Block = {"type": "users_select", "action_id": f"{DO}:person", "placeholder": plain_text("Person")}
    person |= {"initial_user": held.whose} if held.whose.startswith(("U", "W")) else {}
    channel: Block = {
        "type": "conversations_select",
        "action_id": f"{DO}:channel",
        "placeholder": plain_text("Channel"),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    channel |= {"initial_conversation": held.whose} if held.whose.startswith(("C", "G")) else {}
    narrowed = held.whose or held.flag or held.words or held.state != "all"
    buttons = (
        press("Only the workspace’s", "whose workspace") if held.whose != "workspace" else None,
        press("Show all", "whose all") if narrowed else None,
    )
    return [
        row(person, channel, select("flag", "Flag", flags, flag), state_menu(held))
        | {"block_id": f"narrow:{held.whose}:{held.flag}:{held.state}"},
        search_box(held) | {"block_id": f"words:{held.words}"},
        row(*buttons),
    ]


# ------------------------------------------------------------------------------------------- asked before an act


def asking(held: Held, about: str, reason: str | None) -> View:
    """Ask before an act on what is somebody else's. `about` is mrkdwn; `reason` stands in its input; None: no input."""
    submit, label, hint = ASKED[held.screen]
    if reason is None:
        return modal(held, [section(about)], submit=submit, close="Cancel")
    element: Block = {"type": "plain_text_input", "action_id": "reason", "max_length": MAX_REASON_CHARACTERS}
    element |= {"initial_value": reason[:MAX_REASON_CHARACTERS]} if reason else {}
    asked = {
        "type": "input",
        "block_id": block_of(held, "reason"),
        "label": plain_text(label),
        "hint": plain_text(hint),
        "element": element,
        "optional": held.screen == "reject",
    }
    return modal(held, [section(about), asked], submit=submit, close="Cancel")


def of(held: Held, memory: Memory) -> Held:
    """What a view keeps of the memory that it asks about."""
    return replace(held, memory=memory.id, number=memory.number, revision=memory.revision)


def reason_in(held: Held, view: Mapping[str, Any]) -> str | None:
    """The reason that was typed; None where none was asked for."""
    found: Any = view.get("state")
    for name in ("values", block_of(held, "reason"), "reason"):
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        return None
    typed = found.get("value")
    return typed if isinstance(typed, str) else ""


# ---------------------------------------------------------------------------------------------------------- parts


def _menu(memory: Memory, choices: Mapping[str, str]) -> Block:
    options: Sequence[Block] = [
        {"text": plain_text(label), "value": f"{verb} {memory.id} {memory.revision}"} for verb, label in choices.items()
    ]
    return {"type": "overflow", "action_id": f"{DO}:menu", "options": options}


def _flagged(memory: Memory) -> list[str]:
    return [f"flags: {', '.join(memory.flags)}"] if memory.flags else []
