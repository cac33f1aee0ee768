"""What Slack refuses for its size."""

from __future__ import annotations

from typing import Any

import pytest

from bot.playground.standin.limits import check_message, check_view
from bot.playground.standin.refusal import SlackRefused


def words(length: int) -> dict[str, str]:
    return {"type": "plain_text", "text": "x" * length}


def section(length: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}, **more}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": words(1), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def option(**more: Any) -> dict[str, Any]:
    return {"text": words(1), "value": "v", **more}


def overflow(count: int, **more: Any) -> dict[str, Any]:
    options = [option(value=str(number), **more) for number in range(count)]
    return actions({"type": "overflow", "action_id": "o", "options": options})


def confirm(**more: Any) -> dict[str, Any]:
    return {"title": words(1), "text": words(1), "confirm": words(1), "deny": words(1)} | more


AT_THE_LIMIT = [
    section(3000),
    {"type": "header", "text": words(150)},
    actions(*(button(action_id=str(number)) for number in range(25))),
    {"type": "context", "elements": [words(1)] * 10},
    actions(button(text=words(75))),
    actions(button(value="v" * 2000)),
    actions(button(action_id="a" * 255)),
    section(block_id="b" * 255),
    overflow(5),
    actions(button(confirm=confirm(title=words(100), text=words(300), confirm=words(30)))),
    {"type": "markdown", "text": "x" * 12_000},
]
BEYOND = [
    section(3001),
    {"type": "header", "text": words(151)},
    actions(*(button(action_id=str(number)) for number in range(26))),
    {"type": "context", "elements": [words(1)] * 11},
    actions(button(text=words(76))),
    actions(button(value="v" * 2001)),
    actions(button(action_id="a" * 256)),
    section(block_id="b" * 256),
    overflow(6),
    overflow(2, text=words(76)),
    actions({"type": "overflow", "action_id": "o", "options": [option(value="v" * 151)]}),
    actions(button(confirm=confirm(title=words(101)))),
    actions(button(confirm=confirm(text=words(301)))),
    actions(button(confirm=confirm(deny=words(31)))),
    section(accessory=button(text=words(76))),
    section(fields=[words(2001)]),
    {"type": "section"},
    section(0),
    {"text": "no type"},
]


@pytest.mark.parametrize("block", AT_THE_LIMIT)
def test_a_block_at_its_limit_passes(block: dict[str, Any]) -> None:
    check_message("x", [block])


@pytest.mark.parametrize("block", BEYOND)
def test_a_block_beyond_its_limit_is_refused_with_a_pointer(block: dict[str, Any]) -> None:
    with pytest.raises(SlackRefused) as refused:
        check_message("x", [block])
    assert refused.value.code == "invalid_blocks"
    assert "json-pointer:/blocks/0" in refused.value.messages[0]


@pytest.mark.parametrize(
    ("text", "blocks", "markdown", "code"),
    [
        ("x" * 40_001, [], None, "msg_too_long"),
        (None, [], "x" * 12_001, "msg_too_long"),
        ("x", [], "x", "markdown_text_conflict"),
        (None, [section()], "x", "markdown_text_conflict"),
        ("x", [section()] * 51, None, "invalid_blocks"),
        ("x", [section(block_id="same"), section(block_id="same")], None, "invalid_blocks"),
        ("x", [{"type": "markdown", "text": "x" * 7_000}] * 2, None, "msg_blocks_too_long"),
    ],
)
def test_a_message_beyond_its_limit_is_refused(
    text: str, blocks: list[dict[str, Any]], markdown: str, code: str
) -> None:
    with pytest.raises(SlackRefused) as refused:
        check_message(text, blocks, markdown_text=markdown)
    assert refused.value.code == code


def view(**more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": words(24), "blocks": [section()] * 100, **more}


def test_a_view_at_its_limits_passes() -> None:
    check_view(view(private_metadata="x" * 3000))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (view(title=words(25)), "invalid_arguments"),
        (view(title=None), "invalid_arguments"),
        (view(blocks=[section()] * 101), "invalid_arguments"),
        (view(private_metadata="x" * 3001), "invalid_arguments"),
        (
            view(blocks=[{"type": "input", "label": words(1), "element": {"type": "plain_text_input"}}]),
            "invalid_arguments",
        ),
        (view(blocks=[section(2900)] * 100), "view_too_large"),
    ],
)
def test_a_view_beyond_its_limits_is_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(SlackRefused) as refused:
        check_view(wrong)
    assert refused.value.code == code
