"""Every payload that the bot can produce is drawn whole: no block or element of it ends as a note that it cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from bot.views.footer import footer
from tests.bot.views.test_views import EXAMPLES, KEYS, NASTY, NOW, Payload, a_memory
from tests.e2e.harness import Stage

PLAIN = [
    a_memory("I like tea", 1, tags=("drinks",), pinned=True, priority=3, times_applied=2),
    a_memory("I live in Bonn", 2, visibility="open", disabled=True, expires_at=NOW),
    a_memory("We deploy on Tuesdays", 3, KEYS[1]),
    a_memory("Answer in English", 4, KEYS[2]),
]
ODD = [a_memory(text, number + 1) for number, text in enumerate(NASTY)]


def drawn(payload: Payload) -> list[dict[str, Any]]:
    blocks = payload["blocks"] if isinstance(payload, dict) else payload.blocks
    return [{"block_id": f"b{number}", **block} for number, block in enumerate(blocks)]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
@pytest.mark.parametrize("found", [PLAIN, ODD], ids=["plain", "odd"])
def test_every_payload_of_the_bot_is_drawn(stage: Stage, name: str, found: list[Any]) -> None:
    for payload in EXAMPLES[name](list(found)):
        stage.draw(*drawn(payload))
        expect(stage.page.get_by_role("note")).to_have_count(0)


def test_what_stands_below_an_answer_is_drawn(stage: Stage) -> None:
    stage.draw(*({"block_id": f"b{number}", **block} for number, block in enumerate(footer("Ev1", 3))))
    expect(stage.page.get_by_role("button")).to_have_text(["Good answer", "Bad answer", "Memories used (3)"])


def test_a_block_that_is_not_known_is_seen(stage: Stage) -> None:
    stage.draw({"type": "hologram", "block_id": "x"})
    expect(stage.page.get_by_role("note")).to_contain_text("This page cannot draw a “hologram” block")
