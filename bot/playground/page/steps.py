"""What a person does on the page, one JSON object each, done with the same hands as in the terminal and the tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.playground.page.world import World
from bot.playground.standin.forms import Said, Values
from bot.playground.standin.human import Ack, Person
from bot.playground.standin.messages import Message
from bot.playground.standin.modals import View
from bot.playground.standin.refusal import Json, NotPossible, SlackRefused
from bot.playground.standin.seen import Button, buttons_in

LONGEST_STEP = 10 * 365 * 86_400  # seconds that the clock goes forward at once


class Garbled(Exception):
    """A step that no page of ours would send."""


async def take(world: World, step: Json) -> Ack | None:
    """Do one step. Raises `NotPossible` or `SlackRefused` where Slack would not offer it, `Garbled` if it is none."""
    do = _STEPS.get(str(step.get("step")))
    if do is None:
        raise Garbled("There is no such step.")
    try:
        return await do(world, world.slack.person(text(step, "as")), step)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Garbled(f"The step is not complete ({type(error).__name__}).") from error


def text(step: Json, name: str) -> str:
    """A part of the step that has to be text. Raises `Garbled`."""
    value = step.get(name)
    if not isinstance(value, str):
        raise Garbled(f"{name} must be text.")
    return value


async def _say(world: World, person: Person, step: Json) -> Ack | None:
    said, channel, thread = text(step, "text").strip(), text(step, "channel"), step.get("thread")
    if said.startswith("/"):
        command, _, words = said.partition(" ")
        if command not in {one.text.split()[0] for one in world.inside.completions}:
            raise NotPossible(f"{command} is not a command here. To send it as a message, put a space before it.")
        if thread:
            raise NotPossible(f"Slack has no slash commands in threads. Type it as a message: {said[1:]}")
        return await person.command(command, words.strip(), channel)
    if said:
        await person.say(said, channel, str(thread) if thread else None)
    return None


async def _press(_world: World, person: Person, step: Json) -> Ack | None:
    """Press a button, choose an option of a menu, or put a value into an element that tells the app at once."""
    place, filled, chosen = place_of(person, step), values(step), said(step.get("said"))
    block_id, action_id = text(step, "block_id"), text(step, "action_id")
    button = button_at(place, block_id, action_id, chosen)
    if button:
        return await person.click(button, values=filled)
    return await person.choose(place, block_id, action_id, chosen, filled)


def button_at(place: Message | View, block_id: str, action_id: str, said: Said) -> Button | None:
    """The button, or the option with the value `said` of a menu, that stands there; None for what holds a value."""
    attached = [block for one in getattr(place, "attachments", ()) for block in one.get("blocks") or ()]
    for button in buttons_in((*place.blocks, *attached), place):
        element, option = button.pressable.element, button.pressable.option
        if (button.pressable.block_id, button.action_id) != (block_id, action_id):
            continue
        if element.get("type") in ("static_select", "radio_buttons", "checkboxes"):
            return None
        if option is None or option.get("value", "") == said:
            return button
    return None


async def _submit(_world: World, person: Person, step: Json) -> Ack:
    return await person.submit(view_of(person, step), values(step))


async def _close(_world: World, person: Person, step: Json) -> None:
    await person.close(view_of(person, step))


async def _home(_world: World, person: Person, _step: Json) -> None:
    await person.open_home()


async def _react(_world: World, person: Person, step: Json) -> None:
    await person.react(_message(person, step), text(step, "emoji"))


async def _edit(_world: World, person: Person, step: Json) -> None:
    await person.edit(_message(person, step), text(step, "text"))


async def _delete(_world: World, person: Person, step: Json) -> None:
    await person.delete(_message(person, step))


async def _shortcut(_world: World, person: Person, step: Json) -> Ack:
    return await person.shortcut(text(step, "callback_id"), _message(person, step) if "ts" in step else None)


async def _stop(_world: World, person: Person, step: Json) -> None:
    await person.stop(_message(person, step))


async def _forward(world: World, _person: Person, step: Json) -> None:
    """Put the clock forward, and let the bot do what has become due."""
    seconds = float(step["seconds"])
    if not 0 < seconds <= LONGEST_STEP:
        raise Garbled("The clock only goes forward, ten years at most.")
    await world.inside.settled()
    world.slack.clock.advance(seconds)
    await world.inside.moved()
    world.slack.workspace.changes.happened()


_STEPS: Mapping[str, Callable[[World, Person, Json], Awaitable[Ack | None]]] = {
    "say": _say,
    "press": _press,
    "submit": _submit,
    "close": _close,
    "home": _home,
    "react": _react,
    "edit": _edit,
    "delete": _delete,
    "shortcut": _shortcut,
    "stop": _stop,
    "forward": _forward,
}


# --- what a step names ---


def place_of(person: Person, step: Json) -> Message | View:
    return view_of(person, step) if step.get("view") else _message(person, step)


def _message(person: Person, step: Json) -> Message:
    channel, ts = text(step, "channel"), text(step, "ts")
    for seen in person.sees(channel):
        if seen.ts == ts:
            return seen.message
    raise NotPossible("That message is gone.")


def view_of(person: Person, step: Json) -> View:
    wanted = text(step, "view")
    for view in (*person.views, *([person.home] if person.home else [])):
        if view.id == wanted:
            return view
    raise NotPossible("That view is closed.")


def values(step: Json) -> Values:
    """What was filled in: `{block_id: {action_id: said}}`."""
    filled: Mapping[str, Mapping[str, Any]] = step.get("values") or {}
    return {(block, action): said(one) for block, inputs in filled.items() for action, one in inputs.items()}


def said(value: Any) -> Said:
    if value is None or isinstance(value, str):
        return value
    return [str(one) for one in value] if isinstance(value, list) else str(value)


REFUSED = (NotPossible, SlackRefused)
