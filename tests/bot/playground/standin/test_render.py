"""Block Kit and mrkdwn, drawn for a terminal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.standin.demo_workspace import BOB, GENERAL
from bot.playground.standin.render import blocks_text, markdown, mrkdwn, pressables

NAMES = {BOB: "bob", GENERAL: "general"}


def words(text: str, kind: str = "plain_text") -> dict[str, str]:
    return {"type": kind, "text": text}


BUTTON = {"type": "button", "text": words("Undo"), "action_id": "undo", "value": "m1"}
MENU = {
    "type": "overflow",
    "action_id": "menu",
    "options": [{"text": words("Edit"), "value": "e"}, {"text": words("Delete"), "value": "d"}],
}
SPANS = [{"type": "text", "text": "hi "}, {"type": "user", "user_id": BOB}, {"type": "emoji", "name": "tada"}]


@pytest.mark.parametrize(
    ("block", "drawn"),
    [
        ({"type": "section", "text": words(f"*a* &lt;b&gt; <@{BOB}>", "mrkdwn")}, "a <b> @bob"),
        ({"type": "section", "fields": [words("one"), words("two")]}, "one\ntwo"),
        ({"type": "section", "text": words("row"), "accessory": MENU}, "row\n[1] Edit  [2] Delete"),
        ({"type": "header", "text": words("Memories")}, "== Memories =="),
        ({"type": "context", "elements": [words("a"), {"type": "image", "alt_text": "cat"}]}, "a · (picture: cat)"),
        ({"type": "divider"}, "───"),
        ({"type": "actions", "elements": [BUTTON]}, "[1] Undo"),
        ({"type": "markdown", "text": "# Title\n**bold** [x](https://e.org)"}, "Title\nbold x (https://e.org)"),
        ({"type": "image", "alt_text": "a cat"}, "(picture: a cat)"),
        ({"type": "input", "label": words("Text"), "element": {"initial_value": "tea"}}, "Text: tea"),
        ({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": SPANS}]}, "hi @bob:tada:"),
        ({"type": "task_card", "title": "Checked", "status": "complete"}, "✓ Checked"),
        ({"type": "hologram"}, "[unknown block: hologram]"),
    ],
)
def test_a_block_is_drawn(block: dict[str, Any], drawn: str) -> None:
    assert blocks_text([block], NAMES) == drawn


def test_buttons_are_numbered_through_in_the_order_of_pressables() -> None:
    feedback = {
        "type": "feedback_buttons",
        "action_id": "f",
        "positive_button": {"text": words("Good"), "value": "+"},
        "negative_button": {"text": words("Bad"), "value": "-"},
    }
    blocks: list[dict[str, Any]] = [
        {"type": "section", "text": words("row"), "accessory": MENU},
        {"type": "actions", "elements": [BUTTON]},
        {"type": "context_actions", "elements": [feedback]},
    ]
    assert blocks_text(blocks, {}, 4) == "row\n[4] Edit  [5] Delete\n[6] Undo\n[7] Good  [8] Bad"
    assert [one.label for one in pressables(blocks)] == ["Edit", "Delete", "Undo", "Good", "Bad"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("*bold* and _it_", "bold and it"),
        ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
        ("`*code*` stays", "`*code*` stays"),
        (f"<#{GENERAL}|general> <!here>", "#general @here"),
        ("<https://e.org|site>", "site (https://e.org)"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_mrkdwn_is_read(text: str, read: str) -> None:
    assert mrkdwn(text, NAMES) == read


@given(st.text())
def test_any_text_can_be_drawn(text: str) -> None:
    markdown(text, {})
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if not set("*_~`") & set(text):
        assert mrkdwn(escaped, {}) == text
