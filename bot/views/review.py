"""What admins see: the queue of proposals, the review of all memories, and what is asked before they act. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.slack.reply import Block, cut, section
from bot.views.blocks import Choice, Offers, context, standing, words
from bot.views.forms import TEXT_ROOM, block_of
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
from bot.views.modals import DO, Modal, header, menu, plain_text, press, row
from bot.views.names import actor_name, whose
from bot.views.state import ViewState
from memory.models import KeyKind, Memory, Page
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


def review_part(waiting: Page, now: datetime, offers: Offers, *, notified: bool) -> list[Block]:
    """What admins have in their Home besides: the oldest proposals, and the ways to everything else.

    `notified`: this admin is told of new proposals.
    """
    count = waiting.total
    wait = f"*{count:,} {'proposal waits' if count == 1 else 'proposals wait'} for an admin*, the oldest first."
    tell = press("Do not tell me of new proposals", "admin notify off")
    return [
        header("Review"),
        section(wait if count else NO_PROPOSALS),
        *(block for memory in waiting.memories[:OLDEST] for block in proposal_row(memory, now, offers(memory))),
        row(
            press("All proposals", "queue"),
            press("Review memories", "review"),
            press("Audit log", "log"),
            tell if notified else press("Tell me of new proposals", "admin notify on"),
        ),
    ]


def queue(state: ViewState, page: Page, now: datetime, offers: Offers, note: str = "") -> Modal:
    """The proposals that wait, oldest first. `note` is mrkdwn."""
    head = [section(note)] if note else []
    if not page.total:
        return Modal(state, [*head, section(NO_PROPOSALS)])
    rows = [block for memory in page.memories for block in proposal_row(memory, now, offers(memory))]
    return Modal(state, [*head, *rows, *turning(state, page)])


def proposal_row(memory: Memory, now: datetime, choices: Sequence[Choice]) -> list[Block]:
    """A proposal: its words with what can be decided, and who made it and when."""
    text = words(cut(memory.text, ROW_CHARACTERS)) | menu(memory, choices)
    return [text, context(cut(" · ".join(_proposed(memory, now)), CONTEXT_CHARACTERS))]


def amending(state: ViewState, text: str, note: str) -> Modal:
    """The form in which an admin approves a proposal with other words. `note` is mrkdwn."""
    element: Block = {"type": "plain_text_input", "action_id": "text", "multiline": True}
    element |= {"initial_value": text[:TEXT_ROOM]} if text else {}
    asked = {"type": "input", "block_id": block_of(state, "text"), "element": element}
    blocks = [section(note), asked | {"label": plain_text("What the whole workspace is to remember")}]
    return Modal(state, blocks, submit="Approve", close="Cancel")


def about_proposal(memory: Memory, now: datetime) -> str:
    """Who proposed it and when, in mrkdwn."""
    return " · ".join(_proposed(memory, now))


def _proposed(memory: Memory, now: datetime) -> list[str]:
    said = f"{memory.created_at:%Y-%m-%d} by {actor_name(memory.created_by)}"
    return [*standing(memory, now), said, *_flagged(memory)]


# --------------------------------------------------------------------------------------------------- all memories


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A page of a review, what can be done with each memory, and a note above (mrkdwn)."""

    state: ViewState
    page: Page
    now: datetime
    offers: Offers
    note: str = ""


def review(shown: Reviewed) -> Modal:
    """The review modal: what narrows it, and a row for each memory."""
    state, page = shown.state, shown.page
    head = [section(shown.note)] if shown.note else []
    rows = [block for memory in page.memories for block in review_row(memory, shown.now, shown.offers(memory))]
    return Modal(state, [*head, *_filters(state), *rows, *turning(state, page)], submit="Search")


def review_row(memory: Memory, now: datetime, choices: Sequence[Choice]) -> list[Block]:
    """A memory of anybody's: its words, unless they take a reason, and whose it is, its dates, flags and counts."""
    used = f"used {memory.times_applied:,} time{'' if memory.times_applied == 1 else 's'}"
    last = f", last {memory.last_applied_at:%Y-%m-%d}" if memory.last_applied_at else ""
    changed = f"changed {memory.updated_at:%Y-%m-%d}" if memory.revision > 1 else ""
    told = [f"of {whose(memory.key)}", *standing(memory, now), used + last, f"saved {memory.created_at:%Y-%m-%d}"]
    told += [changed] if changed else []
    told += [] if memory.key.kind is KeyKind.PERSON else [f"by {actor_name(memory.created_by)}"]
    text = words(f"m{memory.number} · {cut(memory.text, ROW_CHARACTERS) or TAKES_A_REASON}")
    about = " · ".join([*told, *_flagged(memory)])
    return [text | menu(memory, choices), context(cut(about, CONTEXT_CHARACTERS))]


def opened(state: ViewState, memory: Memory, now: datetime) -> Modal:
    """Everything about one memory, its words too."""
    told = [" · ".join(standing(memory, now)), *facts(memory)]
    return Modal(state, [words(f"m{memory.number} · {memory.text}"), context(cut("\n".join(told), CONTEXT_CHARACTERS))])


def _filters(state: ViewState) -> list[Block]:
    """What narrows a review: a person or a channel, a state, a flag, words.

    Slack keeps what was chosen for as long as a block has the same id, so the id says what is chosen.
    """
    flags = [option("all", "All flags"), *(option(flag, flag) for flag in FLAGS)]
    flag = next((each for each in flags if each["value"] == state.flag), flags[0])
    person: Block = {"type": "users_select", "action_id": f"{DO}:person", "placeholder": plain_text("Person")}
    person |= {"initial_user": state.whose} if state.whose.startswith(("U", "W")) else {}
    channel: Block = {
        "type": "conversations_select",
        "action_id": f"{DO}:channel",
        "placeholder": plain_text("Channel"),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    channel |= {"initial_conversation": state.whose} if state.whose.startswith(("C", "G")) else {}
    narrowed = state.whose or state.flag or state.words or state.which != "all"
    buttons = (
        press("Only the workspace’s", "whose workspace") if state.whose != "workspace" else None,
        press("Show all", "whose all") if narrowed else None,
    )
    return [
        row(person, channel, select("flag", "Flag", flags, flag), state_menu(state))
        | {"block_id": f"narrow:{state.whose}:{state.flag}:{state.which}"},
        search_box(state) | {"block_id": f"words:{state.words}"},
        row(*buttons),
    ]


# ------------------------------------------------------------------------------------------- asked before an act


def asking(state: ViewState, about: str, reason: str | None) -> Modal:
    """Ask before an act on what is somebody else's. `about` is mrkdwn; `reason` stands in its input; None: no input."""
    submit, label, hint = ASKED[state.screen]
    if reason is None:
        return Modal(state, [section(about)], submit=submit, close="Cancel")
    element: Block = {"type": "plain_text_input", "action_id": "reason", "max_length": MAX_REASON_CHARACTERS}
    element |= {"initial_value": reason[:MAX_REASON_CHARACTERS]} if reason else {}
    asked = {
        "type": "input",
        "block_id": block_of(state, "reason"),
        "label": plain_text(label),
        "hint": plain_text(hint),
        "element": element,
        "optional": state.screen == "reject",
    }
    return Modal(state, [section(about), asked], submit=submit, close="Cancel")


def reason_in(state: ViewState, view: Mapping[str, Any]) -> str | None:
    """The reason that was typed; None where none was asked for."""
    found: Any = view.get("state")
    for name in ("values", block_of(state, "reason"), "reason"):
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        return None
    typed = found.get("value")
    return typed if isinstance(typed, str) else ""


# ---------------------------------------------------------------------------------------------------------- parts


def _flagged(memory: Memory) -> list[str]:
    return [f"flags: {', '.join(memory.flags)}"] if memory.flags else []
