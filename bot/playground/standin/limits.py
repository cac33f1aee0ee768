"""The limits Slack holds messages and views to, refused with Slack's own error codes.

Sources: the validators of slack_sdk's models and https://docs.slack.dev/reference/block-kit.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from bot.playground.standin.refusal import Json, SlackRefused

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MESSAGE_TEXT, UPDATE_TEXT, MARKDOWN = 40_000, 4_000, 12_000
VIEW_BYTES, PRIVATE_METADATA, VIEW_TITLE = 250_000, 3_000, 24

_KNOWN_TO_SDK = frozenset({"section", "divider", "image", "actions", "context", "context_actions", "input", "header"})

_TEXT_LIMITS: Mapping[str, Mapping[str, int]] = {
    "section": {"text": 3000},
    "header": {"text": 150},
    "input": {"label": 2000, "hint": 2000},
    "button": {"text": 75, "value": 2000, "url": 3000, "accessibility_label": 75},
    "option": {"text": 75, "value": 150, "description": 75},
    "confirm": {"title": 100, "text": 300, "confirm": 30, "deny": 30},
    "markdown": {"text": MARKDOWN},
    "plain_text_input": {"placeholder": 150},
    "image": {"alt_text": 2000, "image_url": 3000, "title": 2000},
}
_LIST_LIMITS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "section": {"fields": (1, 10)},
    "actions": {"elements": (1, 25)},
    "context": {"elements": (1, 10)},
    "context_actions": {"elements": (1, 5)},
    "overflow": {"options": (1, 5)},
    "static_select": {"options": (1, 100), "option_groups": (1, 100)},
    "multi_static_select": {"options": (1, 100), "option_groups": (1, 100)},
    "radio_buttons": {"options": (1, 10)},
    "checkboxes": {"options": (1, 10)},
}
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "header": ("text",),
    "button": ("text",),
    "actions": ("elements",),
    "context": ("elements",),
    "input": ("label", "element"),
    "option": ("text", "value"),
    "overflow": ("options",),
    "confirm": ("title", "text", "confirm", "deny"),
    "markdown": ("text",),
}


def check_message(
    text: str | None, blocks: Sequence[Json], *, markdown_text: str | None = None, longest: int = MESSAGE_TEXT
) -> None:
    """Refuse what `chat.postMessage` and its kin refuse."""
    if markdown_text is not None and (text or blocks):
        raise SlackRefused("markdown_text_conflict")
    if len(text or "") > longest or len(markdown_text or "") > MARKDOWN:
        raise SlackRefused("msg_too_long")
    if len(blocks) > MESSAGE_BLOCKS:
        raise SlackRefused("invalid_blocks", f"no more than {MESSAGE_BLOCKS} items allowed [json-pointer:/blocks]")
    if sum(len(str(block.get("text", ""))) for block in blocks if block.get("type") == "markdown") > MARKDOWN:
        raise SlackRefused("msg_blocks_too_long")
    check_blocks(blocks, "invalid_blocks", "/blocks")


def check_view(view: Json) -> None:
    """Refuse what `views.*` refuse: size, counts, lengths, a missing title or submit button."""
    faults = list(_view_faults(view))
    if faults:
        raise SlackRefused("invalid_arguments", *faults)
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise SlackRefused("view_too_large")
    check_blocks(view["blocks"], "invalid_arguments", "/view/blocks")


def check_blocks(blocks: Sequence[Json], code: str, pointer: str) -> None:
    """Refuse blocks that break a limit, with every fault and its JSON pointer."""
    faults = [fault for number, block in enumerate(blocks) for fault in _block_faults(block, f"{pointer}/{number}")]
    ids = Counter(block["block_id"] for block in blocks if isinstance(block, dict) and block.get("block_id"))
    faults += [f"block_id already exists: {name} [json-pointer:{pointer}]" for name, times in ids.items() if times > 1]
    if faults:
        raise SlackRefused(code, *faults)


def _view_faults(view: Json) -> Iterator[str]:
    if view.get("type") not in ("modal", "home"):
        yield "must be modal or home [json-pointer:/view/type]"
    if not isinstance(view.get("blocks"), list):
        yield "missing required field: blocks [json-pointer:/view]"
    elif len(view["blocks"]) > VIEW_BLOCKS:
        yield f"no more than {VIEW_BLOCKS} items allowed [json-pointer:/view/blocks]"
    if view.get("type") == "modal" and not view.get("title"):
        yield "missing required field: title [json-pointer:/view]"
    for name in ("title", "submit", "close"):
        if len(_length_of(view.get(name))) > VIEW_TITLE:
            yield f"must be less than {VIEW_TITLE + 1} characters [json-pointer:/view/{name}/text]"
    for name, longest in (("private_metadata", PRIVATE_METADATA), ("callback_id", 255), ("external_id", 255)):
        if len(str(view.get(name) or "")) > longest:
            yield f"must be less than {longest + 1} characters [json-pointer:/view/{name}]"
    inputs = any(isinstance(block, dict) and block.get("type") == "input" for block in view.get("blocks") or [])
    if view.get("type") == "modal" and inputs and not view.get("submit"):
        yield "missing required field: submit, as the view has an input block [json-pointer:/view]"


def _block_faults(block: object, pointer: str) -> Iterator[str]:
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        yield f"must be an object with a type [json-pointer:{pointer}]"
        return
    faults = list(_faults(block, str(block["type"]), pointer))
    if not faults and block["type"] in _KNOWN_TO_SDK:
        faults = list(_sdk_faults(block, pointer))
    yield from faults


def _faults(part: Json, kind: str, pointer: str) -> Iterator[str]:
    """Faults of this object and of everything in it."""
    for name in _REQUIRED.get(kind, ()):
        if part.get(name) in (None, "", []):
            yield f"missing required field: {name} [json-pointer:{pointer}]"
    for name, longest in (("block_id", 255), ("action_id", 255), *_TEXT_LIMITS.get(kind, {}).items()):
        if len(_length_of(part.get(name))) > longest:
            yield f"must be less than {longest + 1} characters [json-pointer:{pointer}/{name}]"
    for name, (fewest, most) in _LIST_LIMITS.get(kind, {}).items():
        if name in part and not fewest <= len(part[name] or ()) <= most:
            yield f"must have {fewest} to {most} items [json-pointer:{pointer}/{name}]"
    yield from (f"must be less than 2001 characters [json-pointer:{pointer}/fields/{number}]"
                for number, one in enumerate(part.get("fields") or ()) if len(_length_of(one)) > 2000)  # fmt: skip
    yield from _empty_texts(part, kind, pointer)
    for name, child, child_kind in _children(part):
        yield from _faults(child, child_kind, f"{pointer}/{name}")


def _empty_texts(part: Json, kind: str, pointer: str) -> Iterator[str]:
    for name in ("text", "title", "label"):
        value = part.get(name)
        if isinstance(value, dict) and "type" in value and not value.get("text"):
            yield f"must be more than 0 characters [json-pointer:{pointer}/{name}/text]"
    if kind == "section" and not part.get("text") and not part.get("fields"):
        yield f"missing required field: text or fields [json-pointer:{pointer}]"


def _children(part: Json) -> Iterator[tuple[str, Json, str]]:
    """The objects inside that have limits of their own, each with the name of its kind."""
    for name in ("accessory", "element", "positive_button", "negative_button"):
        if isinstance(part.get(name), dict):
            yield name, part[name], str(part[name].get("type", "button"))
    if isinstance(part.get("confirm"), dict) and "title" in part["confirm"]:
        yield "confirm", part["confirm"], "confirm"
    for number, element in enumerate(part.get("elements") or ()):
        if isinstance(element, dict) and part.get("type") != "rich_text":
            yield f"elements/{number}", element, str(element.get("type"))
    for number, option in enumerate(part.get("options") or ()):
        if isinstance(option, dict):
            yield f"options/{number}", option, "option"


def _sdk_faults(block: Json, pointer: str) -> Iterator[str]:
    """What slack_sdk's own models refuse beyond the tables above."""
    try:
        for parsed in Block.parse_all([block]):
            parsed.to_dict()
    except SlackObjectFormationError as wrong:
        yield f"{wrong} [json-pointer:{pointer}]"


def _length_of(value: object) -> str:
    """The characters that count: of a text object its text, of a string itself."""
    if isinstance(value, dict):
        value = value.get("text")
    return value if isinstance(value, str) else ""
