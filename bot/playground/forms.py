"""What a person's client sends of the elements she filled in or pressed: `state` and `actions`."""

from __future__ import annotations

from bot.playground.modals import View
from bot.playground.refusal import Json, NotPossible
from bot.playground.render import label
from bot.playground.seen import Button


def view_state(view: View, values: dict[str, str]) -> Json:
    """`view.state.values` after filling in `values`. Raises `NotPossible` for an unknown input."""
    state: Json = {}
    for block in view.blocks:
        element = block.get("element") or block.get("accessory")
        if not isinstance(element, dict) or element.get("type") in ("button", "image", "overflow"):
            continue
        names = (block.get("block_id"), element.get("action_id"), label(block.get("label")))
        said = next((values.pop(str(name)) for name in names if name in values), None)
        state.setdefault(str(block["block_id"]), {})[str(element.get("action_id"))] = _input_state(element, said)
    if values:
        raise NotPossible(f"The view has no input called {', '.join(values)}.")
    return state


def _input_state(element: Json, said: str | None) -> Json:
    kind = str(element.get("type"))
    options = element.get("options") or ()
    if kind == "checkboxes":
        wanted = None if said is None else {one.strip() for one in said.split(",")}
        chosen = element.get("initial_options") or [] if wanted is None else [
            one for one in options if {one.get("value"), label(one.get("text"))} & wanted
        ]  # fmt: skip
        return {"type": kind, "selected_options": chosen}
    if options:
        fitting = (one for one in options if said in (one.get("value"), label(one.get("text"))))
        return {"type": kind, "selected_option": element.get("initial_option") if said is None else next(fitting, None)}
    key = {"datepicker": "date", "timepicker": "time", "users_select": "user", "conversations_select": "conversation"}
    name = key.get(kind)
    if name:
        return {"type": kind, f"selected_{name}": element.get(f"initial_{name}") if said is None else said}
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
