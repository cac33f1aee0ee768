"""The form in which a memory is edited, added, or made from a message; and what was typed into it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from bot.slack.reply import Block, section
from bot.views.blocks import context, quoted
from bot.views.modals import Modal, about, plain_text, press, row
from bot.views.state import ViewState
from memory.errors import MemoryInvalid
from memory.models import Memory, Visibility
from memory.text.clean import clean_tags, clean_text

VISIBILITIES: Mapping[Visibility, str] = {
    "private": "Private: used only where nobody but you sees the answer",
    "open": "Open: also used where others see the answer",
}
PLACES = {
    "me": "For me",
    "channel": "For this channel",
    "team": "For the whole workspace",
    "proposal": "For the whole workspace, once an admin agrees",
}
PINNED = "Pinned: comes first"
TEXT_ROOM = 3000  # the most that Slack takes as the text that an input begins with


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form. `tags` have commas between them; `until` is a day, YYYY-MM-DD, or empty."""

    text: str = ""
    visibility: Visibility = "private"
    tags: str = ""
    until: str = ""
    pinned: bool = False
    place: str = "me"

    @property
    def tag_names(self) -> tuple[str, ...]:
        return tuple(self.tags.replace(" #", ",").split(","))


@dataclass(frozen=True, slots=True)
class Form:
    """A form to show: what the view is about, what stands in it, and what is said above it (mrkdwn).

    `same` is another memory that says the same already.
    """

    state: ViewState
    typed: Typed
    note: str = ""
    same: Memory | None = None


def form(shown: Form) -> Modal:
    """The form as a modal."""
    state, typed = shown.state, shown.typed
    blocks: list[Block] = [section(shown.note)] if shown.note else []
    if shown.same:
        blocks.append(row(press(f"Open m{shown.same.number}", f"form {shown.same.id}")))
    text: Block = {"type": "plain_text_input", "action_id": "text", "multiline": True}
    text |= {"initial_value": typed.text[:TEXT_ROOM]} if typed.text else {}
    blocks.append(_input(state, "text", "What to remember", text, needed=True))
    places = {name: PLACES[name] for name in state.places.split() if name in PLACES}
    if len(places) > 1:
        blocks.append(_input(state, "place", "For whom", _radio("place", places, typed.place), needed=True))
    if not state.shared:
        choice = _radio("visibility", dict(VISIBILITIES), typed.visibility)
        hint = "What is kept for others is open to all of them." if len(places) > 1 else ""
        blocks.append(_input(state, "visibility", "Where it is used", choice, needed=True, hint=hint))
    tags: Block = {"type": "plain_text_input", "action_id": "tags"}
    tags |= {"initial_value": typed.tags[:TEXT_ROOM]} if typed.tags else {}
    blocks.append(_input(state, "tags", "Tags", tags, hint="With commas between them."))
    until: Block = {"type": "datepicker", "action_id": "until"} | ({"initial_date": typed.until} if typed.until else {})
    blocks.append(_input(state, "until", "Until the end of", until, hint="A day, in UTC. Without one it stays."))
    pinned: Block = {"type": "checkboxes", "action_id": "pinned", "options": [_option("pinned", PINNED)]}
    pinned |= {"initial_options": pinned["options"]} if typed.pinned else {}
    blocks.append(_input(state, "pinned", "Order", pinned))
    title = f"Edit m{state.number}" if state.screen == "edit" and state.number else ""
    return Modal(state, blocks, submit="Save", close="Cancel", title=title)


def edited(state: ViewState, memory: Memory, note: str = "", typed: Typed | None = None) -> Form:
    """The form of a memory as it is now, or with what was typed before somebody else changed it."""
    return Form(about(state, memory), typed or as_typed(memory), note)


def as_typed(memory: Memory) -> Typed:
    """What the form of this memory begins with."""
    until = f"{memory.expires_at:%Y-%m-%d}" if memory.expires_at else ""
    return Typed(memory.text, memory.visibility, ", ".join(memory.tags), until, memory.pinned)


def remembering(state: ViewState, typed: Typed, *, author: str, own: bool, cut: bool) -> Form:
    """The form for a message: with a warning where the words are another's. `author` is mrkdwn."""
    told = [] if own else [f":warning: These are the words of {author}, not yours. They will be kept as yours."]
    told += ["The message is longer than a memory may be; this is its beginning."] if cut else []
    return Form(state, typed, "\n".join(told))


def duplicate(state: ViewState, typed: Typed, same: Memory) -> Form:
    """The form again, where another memory says the same."""
    off = ", which is disabled" if same.disabled else ""
    return Form(state, typed, f"This is already m{same.number}{off}: {quoted(same, 300)}", same)


def saved(state: ViewState, memory: Memory, note: str) -> Modal:
    """Says that a memory was saved, after it was. `note` is mrkdwn."""
    return Modal(
        replace(state, memory=memory.id),
        [
            section(note),
            *([] if memory.proposed else [context("You can change or delete it any time: `/memory`.")]),
            *([] if memory.proposed else [row(press("Edit", f"form {memory.id}"))]),
        ],
    )


# ------------------------------------------------------------------------------------------------ what was typed


def read(view: Mapping[str, Any]) -> Typed:
    """What a person typed into the form, from the view of Slack's payload."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, Mapping) else None
    elements: dict[str, Mapping[str, Any]] = {}
    for block_id, block in (values if isinstance(values, Mapping) else {}).items():
        name = str(block_id).partition(":")[0]
        element = block.get(name) if isinstance(block, Mapping) else None
        elements[name] = element if isinstance(element, Mapping) else {}

    def chosen(name: str, known: Mapping[Any, str]) -> Any:
        option = elements.get(name, {}).get("selected_option")
        value = option.get("value") if isinstance(option, Mapping) else None
        return value if value in known else next(iter(known))

    return Typed(
        text=_words(elements.get("text", {}).get("value")),
        visibility=chosen("visibility", VISIBILITIES),
        tags=_words(elements.get("tags", {}).get("value")),
        until=_words(elements.get("until", {}).get("selected_date")),
        pinned=bool(elements.get("pinned", {}).get("selected_options")),
        place=chosen("place", PLACES),
    )


def problems(typed: Typed, today: date, kept_until: datetime | None = None) -> dict[str, str]:
    """What is wrong with what was typed: a sentence by the name of the input. `kept_until` may stay, though past."""
    found = {}
    for name, check in (("text", lambda: clean_text(typed.text)), ("tags", lambda: clean_tags(typed.tag_names))):
        try:
            check()
        except MemoryInvalid as error:
            found[name] = str(error)
    try:
        end = ends(typed, kept_until)
    except ValueError:
        return found | {"until": "That is not a day."}
    if end and end != kept_until and end.date() < today:
        found["until"] = "That day has passed: choose today or a later one."
    return found


def ends(typed: Typed, kept_until: datetime | None = None) -> datetime | None:
    """The moment until which the memory is used: the end of the day in UTC. Raises ValueError."""
    if not typed.until:
        return None
    day = date.fromisoformat(typed.until)
    return kept_until if kept_until and kept_until.date() == day else datetime.combine(day, time(23, 59, 59), UTC)


def block_of(state: ViewState, name: str) -> str:
    """The block_id of an input. It names the memory: Slack keeps what was typed into a block for as long as it has the
    same id, also when the view comes to show another memory."""
    return f"{name}:{state.memory or state.screen}"


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""


def _input(state: ViewState, name: str, label: str, element: Block, *, needed: bool = False, hint: str = "") -> Block:
    block: Block = {
        "type": "input",
        "block_id": block_of(state, name),
        "label": plain_text(label),
        "element": element,
        "optional": not needed,
    }
    return block | ({"hint": plain_text(hint)} if hint else {})


def _radio(name: str, options: Mapping[Any, str], chosen: str) -> Block:
    choices = {value: _option(value, label) for value, label in options.items()}
    first = next(iter(choices.values()))
    return {
        "type": "radio_buttons",
        "action_id": name,
        "options": list(choices.values()),
        "initial_option": choices.get(chosen, first),
    }


def _option(value: str, label: str) -> Block:
    return {"text": plain_text(label), "value": value}
