"""What a person's client sends of the elements she filled in or pressed: `state` and `actions`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.playground.standin.messages import Message
from bot.playground.standin.modals import View
from bot.playground.standin.refusal import Json, NotPossible
from bot.playground.standin.render import label
from bot.playground.standin.seen import Button

Said = str | Sequence[str] | None
"""What was put into one element: text, a date, the value of an option, or several; None for what it had at first."""

Values = Mapping[str | tuple[str, str], Said]
"""What was filled in, by block_id, action_id, label, or (block_id, action_id)."""

_PRESSED = frozenset({"button", "workflow_button", "overflow", "image", "feedback_buttons", "icon_button"})
_SELECTED = {"users_select": "user", "conversations_select": "conversation", "channels_select": "channel"}
_PICKED = {"datepicker": "date", "timepicker": "time"}


def view_state(view: View, values: Values) -> Json:
    """`view.state.values` after filling in `values`. Raises `NotPossible` for an unknown input."""
    state: Json = {}
    left = dict(values)
    for block, element in _stateful(view.blocks):
        block_id, action_id = str(block["block_id"]), str(element.get("action_id"))
        names = ((block_id, action_id), block_id, action_id, label(block.get("label")))
        said = next((left.pop(name) for name in names if name in left), None)
        state.setdefault(block_id, {})[action_id] = element_state(element, said)
    if left:
        raise NotPossible(f"The view has no input called {', '.join(map(str, left))}.")
    return state


def element_state(element: Json, said: Said) -> Json:
    """One element's entry in `state`, and the part of an `actions` entry that tells what was chosen."""
    kind = str(element.get("type"))
    if kind == "checkboxes" or kind.startswith("multi_"):
        return {"type": kind, **_several(kind, element, said)}
    if "options" in element or "option_groups" in element:
        initial = element.get("initial_option")
        return {"type": kind, "selected_option": initial if said is None else _option(element, said)}
    if kind == "datetimepicker":
        initial = element.get("initial_date_time")
        return {"type": kind, "selected_date_time": initial if said is None else int(str(said))}
    name = _SELECTED.get(kind) or _PICKED.get(kind)
    if name:
        return {"type": kind, f"selected_{name}": element.get(f"initial_{name}") if said is None else said or None}
    return {"type": kind, "value": element.get("initial_value") if said is None else said or None}


def pressed(button: Button, ts: str) -> Json:
    """The entry of `actions` for a button or a chosen option."""
    element, option = button.pressable.element, button.pressable.option
    kind = str(element.get("type"))
    action: Json = {"type": kind, "block_id": button.pressable.block_id, "action_id": button.action_id, "action_ts": ts}
    if kind == "checkboxes":
        return action | {"selected_options": [option]}
    if kind == "feedback_buttons" and option:
        return action | {"text": option.get("text"), "value": option.get("value", "")}
    if option is not None:
        return action | {"selected_option": option}
    return action | {name: element[name] for name in ("text", "value", "style", "confirm", "url") if name in element}


def chosen(place: Message | View, block_id: str, action_id: str, said: Said, ts: str) -> Json:
    """The entry of `actions` for an element that holds a value. Raises `NotPossible` when it is not there."""
    for block, element in _stateful(place.blocks):
        if (block.get("block_id"), element.get("action_id")) == (block_id, action_id):
            return {**element_state(element, said), "block_id": block_id, "action_id": action_id, "action_ts": ts}
    raise NotPossible("That is not there any more.")


def named(view: View, name: str) -> tuple[str, str]:
    """The block_id and action_id of the element with this label, block_id or action_id. Raises `NotPossible`."""
    for block, element in _stateful(view.blocks):
        names = (
            label(element.get("placeholder")),
            label(block.get("label")),
            block["block_id"],
            element.get("action_id"),
        )
        if name in names:
            return str(block["block_id"]), str(element.get("action_id"))
    raise NotPossible(f"The view has no input called {name}.")


def _stateful(blocks: Sequence[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element that holds a value, with its block."""
    for block in blocks:
        inside = block.get("elements") if block.get("type") == "actions" else ()
        for element in (block.get("element"), block.get("accessory"), *(inside or ())):
            if isinstance(element, dict) and element.get("type") not in _PRESSED:
                yield block, element


def _several(kind: str, element: Json, said: Said) -> Json:
    wanted = None if said is None else {one.strip() for one in (said.split(",") if isinstance(said, str) else said)}
    name = _SELECTED.get(kind.removeprefix("multi_"))
    if name:
        return {f"selected_{name}s": element.get(f"initial_{name}s") or [] if wanted is None else sorted(wanted)}
    if wanted is None:
        return {"selected_options": element.get("initial_options") or []}
    return {"selected_options": [one for one in _options(element) if wanted & {one.get("value"), label(one["text"])}]}


def _option(element: Json, said: Said) -> Json | None:
    return next((one for one in _options(element) if said in (one.get("value"), label(one.get("text")))), None)


def _options(element: Json) -> list[Json]:
    grouped = [one for group in element.get("option_groups") or () for one in group.get("options") or ()]
    return [*(element.get("options") or ()), *grouped]
