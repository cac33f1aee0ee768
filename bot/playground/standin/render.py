"""Block Kit and mrkdwn as plain text for a terminal: functions of values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.playground.standin.refusal import Json

DIVIDER = "───"

_TOKEN = re.compile(r"<([^<>\n]+)>")
_ENTITY = re.compile("&(amp|lt|gt);")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">"}
_EMPHASIS = re.compile(r"(?<![\w*_~`])([*_~])(?=\S)([^*_~`\n]*?\S)\1(?![\w*_~`])")
_STRONG = re.compile(r"\*\*(?=\S)(.+?)\*\*")
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_HEADING = re.compile(r"(?m)^#{1,6} +")
_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Pressable:
    """Something to press: a button, or one option of a menu. `option` is the chosen option's object, if any."""

    label: str
    block_id: str
    element: Json
    option: Json | None = None


def pressables(blocks: Iterable[Json]) -> tuple[Pressable, ...]:
    """Everything that can be pressed in these blocks, in the order in which it is drawn."""
    return tuple(one for block in blocks for element in _elements(block) for one in _choices(block, element))


def blocks_text(blocks: Iterable[Json], names: Mapping[str, str], first: int = 1) -> str:
    """These blocks as lines of text. What can be pressed is numbered from `first` on, as `pressables` orders it."""
    lines: list[str] = []
    number = first
    for block in blocks:
        drawn = _DRAW.get(str(block.get("type")), _unknown)(block, names)
        choices = [one for element in _elements(block) for one in _choices(block, element)]
        if choices:
            buttons = "  ".join(f"[{place}] {one.label}" for place, one in enumerate(choices, number))
            drawn = f"{drawn}\n{buttons}" if drawn else buttons
            number += len(choices)
        if drawn:
            lines.append(drawn)
    return "\n".join(lines)


def mrkdwn(text: str, names: Mapping[str, str]) -> str:
    """mrkdwn as a person reads it: `<@U07P5W1JH>` is `@bob`, `*bold*` loses its marks, `&lt;` is `<`; code stays."""
    parts = _CODE.split(text)
    shown = [part if place % 2 else _EMPHASIS.sub(r"\2", part) for place, part in enumerate(parts)]
    named = _TOKEN.sub(lambda token: _named(token[1], names), "".join(shown))
    return _ENTITY.sub(lambda entity: _CHARACTERS[entity[1]], named)


def markdown(text: str, names: Mapping[str, str]) -> str:
    """Standard markdown as a person reads it: without the marks of headings, bold text and links."""
    parts = _CODE.split(text)
    plain = [part if place % 2 else _unmarked(part) for place, part in enumerate(parts)]
    named = _TOKEN.sub(lambda token: _named(token[1], names), "".join(plain))
    return _ENTITY.sub(lambda entity: _CHARACTERS[entity[1]], named)


def label(value: object, names: Mapping[str, str] | None = None) -> str:
    """The text of a text object."""
    if not isinstance(value, dict):
        return str(value or "")
    text = str(value.get("text", ""))
    return mrkdwn(text, names or {}) if value.get("type") == "mrkdwn" else text


def _unmarked(text: str) -> str:
    return _LINK.sub(r"\1 (\2)", _STRONG.sub(r"\1", _HEADING.sub("", text)))


def _named(token: str, names: Mapping[str, str]) -> str:
    target, _, said = token.partition("|")
    sign, name = target[:1], target[1:]
    if sign in "@#":
        return sign + (said or names.get(name, name)).removeprefix(sign)
    if sign == "!":
        return said or "@" + name
    return f"{said} ({target})" if said and said != target else target.removeprefix("mailto:")


# --- what can be pressed ---


def _elements(block: Json) -> Iterator[Json]:
    if block.get("type") == "section" and isinstance(block.get("accessory"), dict):
        yield block["accessory"]
    if block.get("type") in ("actions", "context_actions"):
        yield from (element for element in block.get("elements") or () if isinstance(element, dict))


def _choices(block: Json, element: Json) -> Iterator[Pressable]:
    block_id = str(block.get("block_id", ""))
    kind = element.get("type")
    if kind in ("button", "workflow_button"):
        yield Pressable(label(element.get("text")), block_id, element)
    elif kind == "icon_button":
        yield Pressable(label(element.get("text")) or str(element.get("icon")), block_id, element)
    elif kind == "feedback_buttons":
        for name in ("positive_button", "negative_button"):
            chosen = element.get(name) or {}
            yield Pressable(label(chosen.get("text")), block_id, element, chosen)
    elif kind in ("overflow", "static_select", "radio_buttons", "checkboxes"):
        for option in element.get("options") or ():
            yield Pressable(label(option.get("text")), block_id, element, option)


# --- blocks ---


def _section(block: Json, names: Mapping[str, str]) -> str:
    fields = [label(field, names) for field in block.get("fields") or ()]
    texts = [label(block.get("text"), names), *fields, _image(block.get("accessory") or {}, names)]
    return "\n".join(text for text in texts if text)


def _header(block: Json, names: Mapping[str, str]) -> str:
    return f"== {label(block.get('text'), names)} =="


def _context(block: Json, names: Mapping[str, str]) -> str:
    texts = [_image(one, names) or label(one, names) for one in block.get("elements") or () if isinstance(one, dict)]
    return " · ".join(text for text in texts if text)


def _divider(_block: Json, _names: Mapping[str, str]) -> str:
    return DIVIDER


def _image(block: Json, _names: Mapping[str, str]) -> str:
    return f"(picture: {block.get('alt_text', '')})" if block.get("type") == "image" else ""


def _markdown(block: Json, names: Mapping[str, str]) -> str:
    return markdown(str(block.get("text", "")), names)


def _pressed_only(_block: Json, _names: Mapping[str, str]) -> str:
    return ""


def _input(block: Json, names: Mapping[str, str]) -> str:
    element = block.get("element") or {}
    options = [label(option.get("text")) for option in element.get("options") or ()]
    value = str(element.get("initial_value") or label((element.get("initial_option") or {}).get("text")))
    hint = label(block.get("hint"), names)
    choice = f" ({' | '.join(options)})" if options else ""
    return f"{label(block.get('label'), names)}{choice}: {value}" + (f"\n  {hint}" if hint else "")


def _task(block: Json, _names: Mapping[str, str]) -> str:
    mark = {"complete": "✓", "error": "✗"}.get(str(block.get("status")), "…")
    return f"{mark} {label(block.get('title'))}"


def _rich_text(block: Json, names: Mapping[str, str]) -> str:
    return "\n".join(_rich(element, names) for element in block.get("elements") or ())


def _rich(element: Json, names: Mapping[str, str]) -> str:
    inner = element.get("elements") or ()
    match element.get("type"):
        case "rich_text_list":
            ordered = element.get("style") == "ordered"
            lines = [_rich(one, names) for one in inner]
            return "\n".join(f"{place}. {line}" if ordered else f"• {line}" for place, line in enumerate(lines, 1))
        case "rich_text_quote":
            return "> " + "".join(_span(one, names) for one in inner)
        case _:
            return "".join(_span(one, names) for one in inner)


def _span(element: Json, names: Mapping[str, str]) -> str:
    match element.get("type"):
        case "user":
            return "@" + names.get(str(element.get("user_id")), str(element.get("user_id")))
        case "channel":
            return "#" + names.get(str(element.get("channel_id")), str(element.get("channel_id")))
        case "link":
            return str(element.get("text") or element.get("url"))
        case "emoji":
            return f":{element.get('name')}:"
        case "broadcast":
            return f"@{element.get('range')}"
        case _:
            return str(element.get("text", ""))


def _table(block: Json, names: Mapping[str, str]) -> str:
    rows = block.get("rows") or ()
    return "\n".join(" | ".join(_rich_text(cell, names) or str(cell.get("text", "")) for cell in row) for row in rows)


def _unknown(block: Json, _names: Mapping[str, str]) -> str:
    return f"[unknown block: {block.get('type')}]"


_DRAW: Mapping[str, Callable[[Json, Mapping[str, str]], str]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "divider": _divider,
    "image": _image,
    "markdown": _markdown,
    "actions": _pressed_only,
    "context_actions": _pressed_only,
    "input": _input,
    "task_card": _task,
    "rich_text": _rich_text,
    "table": _table,
}
