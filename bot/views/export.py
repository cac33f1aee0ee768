"""All memories of a person as JSON, in pages. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.slack.mrkdwn import escaped
from bot.slack.reply import Block, Reply, note, section
from bot.views.blocks import actions, button, in_parts
from bot.views.modals import Modal, press, row
from bot.views.state import ViewState
from memory.models import Memory

EXPORT_CHARACTERS = 25_000
EXPORT_BYTES = 180_000  # of JSON: a character outside ASCII counts up to twelve, and a view holds 250 KB


def exported(memory: Memory) -> dict[str, Any]:
    """A memory as JSON, with every field that is kept."""
    values = {name: getattr(memory, name) for name in Memory.__slots__}
    return values | {"key": memory.key.value, "origin": asdict(memory.origin), "tags": list(memory.tags)}


def export_pages(memories: Sequence[Memory]) -> list[str]:
    """All memories as JSON, as many to a page as one reply holds; each page is a JSON document of its own."""
    lines = [json.dumps(exported(memory), ensure_ascii=False, default=datetime.isoformat) for memory in memories]
    pages: list[list[str]] = [[]]
    characters = size = 0
    for each in lines:
        said = escaped(each)
        characters += len(said)
        size += len(json.dumps(said))
        if (characters > EXPORT_CHARACTERS or size > EXPORT_BYTES) and pages[-1]:
            pages.append([])
            characters, size = len(said), len(json.dumps(said))
        pages[-1].append(each)
    return ['{"memories": [\n' + ",\n".join(page) + "\n]}" for page in pages]


def export_reply(memories: Sequence[Memory], number: int) -> Reply:
    """One page of the export."""
    if not memories:
        return note("There is nothing to export: I remember nothing about you.")
    pages = export_pages(memories)
    number = min(max(number, 1), len(pages))
    of = f", page {number} of {len(pages)}" if len(pages) > 1 else ""
    title = f"*Your memories as JSON* ({len(memories)}{of})"
    nav = (
        button("Previous", f"export page {number - 1}") if number > 1 else None,
        button("Next", f"export page {number + 1}") if number < len(pages) else None,
    )
    return document(title, pages[number - 1], *nav)


def document(title: str, text: str, *nav: Block | None) -> Reply:
    """A text to be copied as it is, with buttons that lead on to more of it."""
    blocks = [section(title), *(section(f"```{part}```") for part in in_parts(escaped(text)))]
    if any(nav):
        blocks.append(actions(*nav))
    return Reply(f"{title}\n```{escaped(text)}```", tuple(blocks))


def export_view(state: ViewState, pages: Sequence[str]) -> Modal:
    """One page of the export, `state.page`, as a modal."""
    of = f" Page {state.page} of {len(pages)}; each is a document of its own." if len(pages) > 1 else ""
    parts = [section(f"```{part}```") for part in in_parts(escaped(pages[state.page - 1]))]
    nav = (
        press("Previous", f"export {state.page - 1}") if state.page > 1 else None,
        press("Next", f"export {state.page + 1}") if state.page < len(pages) else None,
    )
    blocks = [section(f"*Your memories as JSON.*{of}"), *([row(*nav)] if any(nav) else []), *parts]
    return Modal(state, blocks)
