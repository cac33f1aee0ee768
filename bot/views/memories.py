"""Memories as rows of a view, each with its menu; the list modal. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.slack.mrkdwn import shortened
from bot.slack.reply import Block, cut, section
from bot.views.blocks import PER_PAGE, Choice, Offers, context, standing, taken_apart, words
from bot.views.modals import DO, Modal, menu, plain_text, press, row
from bot.views.state import ViewState
from memory.models import KeyKind, Memory, Origin, Page

ROW_CHARACTERS = 500  # of a text in a list: ten of the longest, all emoji, stay far below the 250 KB of a view
CONTEXT_CHARACTERS = 2000
MOST_OPTIONS = 100
OPTION_CHARACTERS = 75
STATES = {"all": "All", "on": "In use", "off": "Off", "expired": "Expired"}
FIRST_STEPS = (
    "I remember nothing about you yet. Three things to begin with:\n"
    "• Tell me in a message: `remember: I like short answers`\n"
    "• Choose *Remember this* from the menu of any message\n"
    "• Press *Add* here"
)
PAUSED = "Your memory is paused: I use none of it and keep nothing new."
_ID = re.compile(r"[A-Z0-9]{1,30}")
_TS = re.compile(r"(\d{1,12})\.(\d{6})")


@dataclass(frozen=True, slots=True)
class MemoryList:
    """What the list modal shows: a page of memories, all tags that there are, and a note above (mrkdwn).

    `url` is the workspace's address in Slack, "" when it is not known. `any`: there are memories, shown or not.
    """

    state: ViewState
    page: Page
    tags: Sequence[str]
    now: datetime
    offers: Offers
    url: str = ""
    note: str = ""
    paused: bool = False
    any: bool = True


def memory_list(shown: MemoryList) -> Modal:
    """The list modal."""
    state, page = shown.state, shown.page
    head = [section(shown.note)] if shown.note else []
    if shown.paused:
        head.append(section(PAUSED) | {"accessory": press("Resume", "resume") | {"action_id": f"{DO}:resume"}})
    history = press("What happened to my memories", "history")
    if not shown.any:
        return Modal(state, [*head, section(FIRST_STEPS), row(press("Add", "add"), history)])
    rows = [
        block for memory in page.memories for block in memory_row(memory, shown.now, shown.url, shown.offers(memory))
    ]
    foot = turning(state, page)
    foot.append(
        row(
            press("Add", "add"),
            press("Export", "export 1"),
            history,
            press("Forget everything", "forget", danger=True),
        )
    )
    return Modal(state, [*head, *_filters(state, shown.tags), *rows, *foot], submit="Search")


def turning(state: ViewState, page: Page) -> list[Block]:
    """Which of how many are shown, and the buttons that lead on and back."""
    first = (state.page - 1) * PER_PAGE + 1
    last = first + len(page.memories) - 1
    blocks = [context(f"{first:,}–{last:,} of {page.total:,}" if page.memories else "Nothing found.")]
    if state.page > 1 or last < page.total:
        blocks.append(
            row(
                press("Previous", f"page {state.page - 1}") if state.page > 1 else None,
                press("Next", f"page {state.page + 1}") if last < page.total else None,
            )
        )
    return blocks


def memory_row(memory: Memory, now: datetime, url: str, choices: Sequence[Choice]) -> list[Block]:
    """One memory: its number and words with its menu, and what is to be known about it."""
    told = standing(memory, now)
    if memory.times_applied:
        told.append(f"used {memory.times_applied:,} time{'' if memory.times_applied == 1 else 's'}")
    about = " · ".join([*told, *said_where(memory, url)])
    text = words(f"m{memory.number} · {cut(memory.text, ROW_CHARACTERS)}")
    return [text | menu(memory, choices), context(cut(about, CONTEXT_CHARACTERS))]


def said_where(memory: Memory, url: str) -> list[str]:
    """When and where it was said, in mrkdwn, with a link to the message where there is one."""
    origin, moment = memory.origin, f"{memory.created_at:%Y-%m-%d}"
    link = permalink(url, origin)
    told = [f"said <{link}|{moment}>" if link else f"saved {moment}"]
    channel = origin.channel_id or ""
    if _ID.fullmatch(channel):
        told[0] += " in a direct message" if channel.startswith("D") else f" in <#{channel}>"
    author = origin.user_id or ""
    if _ID.fullmatch(author) and memory.key.kind is KeyKind.PERSON and author != memory.key.subject:
        told.append(f"words of <@{author}>")
    return told


def permalink(url: str, origin: Origin) -> str:
    """The address of the message in which a memory was said; "" when that cannot be told.

    `https://acme.slack.com/archives/C1/p1700000000000100`, and in a thread `?thread_ts=…&cid=…` behind it
    (https://docs.slack.dev/reference/methods/chat.getPermalink).
    """
    channel, ts = origin.channel_id or "", _TS.fullmatch(origin.message_ts or "")
    if not (url and ts and _ID.fullmatch(channel)):
        return ""
    address = f"{url}archives/{channel}/p{ts[1]}{ts[2]}"
    root = origin.thread_ts or ""
    if _TS.fullmatch(root) and root != origin.message_ts:
        address += f"?thread_ts={root}&amp;cid={channel}"
    return address


def _filters(state: ViewState, tags: Sequence[str]) -> list[Block]:
    """What narrows the list: a menu of states, one of tags if there are any, and words."""
    menus = [state_menu(state)]
    if tags or state.tag:
        known = list(dict.fromkeys([*([state.tag] if state.tag else []), *tags]))[: MOST_OPTIONS - 1]
        options = [option("all", "All tags"), *(option(f"#{tag}", f"#{tag}") for tag in known)]
        chosen = next((each for each in options if state.tag and each["value"] == f"#{state.tag}"), options[0])
        menus.append(select("tag", "Tag", options, chosen))
    return [row(*menus), search_box(state)]


def state_menu(state: ViewState) -> Block:
    """The menu of states."""
    states = {value: option(value, label) for value, label in STATES.items()}
    return select("state", "Which", list(states.values()), states[state.which])


def search_box(state: ViewState) -> Block:
    """The words to look for: sent by Enter, or with the view."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": f"{DO}:words",
        "max_length": 100,
        "placeholder": plain_text("Words to look for"),
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    element |= {"initial_value": state.words[:100]} if state.words else {}
    search = {"type": "input", "block_id": "words", "label": plain_text("Search"), "element": element}
    return search | {"optional": True, "dispatch_action": True}


def select(name: str, label: str, options: list[Block], chosen: Block) -> Block:
    """A menu from which one is chosen."""
    return {
        "type": "static_select",
        "action_id": f"{DO}:{name}",
        "placeholder": plain_text(label),
        "options": options,
        "initial_option": chosen,
    }


def option(value: str, label: str) -> Block:
    """One choice of a menu."""
    return {"text": plain_text(shortened(taken_apart(label), OPTION_CHARACTERS)), "value": value}


def searched(view: Mapping[str, Any]) -> str:
    """The words that stand in the list's search, from the view of Slack's payload."""
    found: Any = view.get("state")
    blocks = found.get("values") if isinstance(found, Mapping) else None
    for name, block in (blocks if isinstance(blocks, Mapping) else {}).items():
        if str(name).partition(":")[0] == "words":
            found = block.get(f"{DO}:words") if isinstance(block, Mapping) else None
            typed = found.get("value") if isinstance(found, Mapping) else None
            return typed[:100] if isinstance(typed, str) else ""
    return ""


def at_page(state: ViewState, total: int) -> ViewState:
    """The same, on the last page there is when there are fewer than that."""
    return replace(state, page=max(1, min(state.page, -(-total // PER_PAGE))))
