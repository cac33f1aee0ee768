"""Puts what was done on the page into the words of the terminal, so that it can be played again as a test."""

from __future__ import annotations

from dataclasses import dataclass

from bot.playground.page import steps
from bot.playground.page.world import World
from bot.playground.standin.forms import view_state
from bot.playground.standin.human import Person
from bot.playground.standin.messages import Message
from bot.playground.standin.modals import View
from bot.playground.standin.refusal import Json, NotPossible
from bot.playground.standin.render import label


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the terminal: who types it, where, and what. `lost` says what no line can say, instead."""

    who: str
    place: str
    typed: str
    lost: bool = False


class Recorder:
    """Keeps the lines for everything that was done."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._latest: dict[str, Message] = {}

    def lines_for(self, world: World, step: Json) -> list[Line]:
        """The lines for a step that is about to be taken: what it names is still there."""
        person = world.slack.person(steps.text(step, "as"))
        try:
            place, typed = self._typed(person, step)
        except (NotPossible, LookupError, TypeError, ValueError, AttributeError):
            return [Line(person.name, "dm", f"what {person.name} did here ({step.get('step')})", lost=True)]
        return [Line(person.name, place, one) for one in typed]

    def taken(self, world: World, step: Json, lines: list[Line]) -> None:
        """The step was taken: keep its lines."""
        self.lines += lines
        if step.get("step") == "say" and not str(step.get("text")).startswith("/"):
            person = world.slack.person(str(step["as"]))
            own = [one.message for one in person.sees(str(step["channel"])) if one.message.user == person.user.id]
            if own:
                self._latest[str(step["channel"])] = own[-1]

    def _typed(self, person: Person, step: Json) -> tuple[str, list[str]]:
        channel = person.place(str(step["channel"])).label if step.get("channel") else "dm"
        match step.get("step"):
            case "say":
                return self._said(person, step, channel)
            case "press":
                return channel, self._pressed(person, step)
            case "submit":
                view = steps.view_of(person, step)
                return "dm", [*_filled(view, step), ":submit"]
            case "close" | "home":
                return "dm", [f":{step['step']}"]
            case "react" | "edit" | "delete" | "shortcut" | "stop" if step.get("ts"):
                self._last(person, step)
                rest = step.get("emoji") or step.get("text") or step.get("callback_id") or ""
                return channel, [f":{step['step']} {rest}".rstrip()]
            case "forward":
                return "dm", [f":forward {round(float(step['seconds']) / 60)} minutes"]
        raise NotPossible("no line says that")

    def _said(self, person: Person, step: Json, channel: str) -> tuple[str, list[str]]:
        if not step.get("thread"):
            return channel, [str(step["text"])]
        latest = self._latest.get(str(step["channel"]))
        if not latest or latest.user != person.user.id or latest.root != step["thread"]:
            raise NotPossible("another thread than that of the last message")
        return f"{channel}/thread", [str(step["text"])]

    def _last(self, person: Person, step: Json) -> None:
        """Refuse what is done to another message than the terminal would take."""
        latest = self._latest.get(str(step["channel"]))
        if not latest or latest.user != person.user.id or latest.ts != step["ts"]:
            raise NotPossible("another message than the last")

    def _pressed(self, person: Person, step: Json) -> list[str]:
        place = steps.place_of(person, step)
        said = steps.said(step.get("said"))
        button = steps.button_at(place, str(step["block_id"]), str(step["action_id"]), said)
        if button is None:
            return [*_filled(place, step), f":choose {_name(place, step)} = {_words(said)}"]
        same = [one for one in person.buttons_of(place) if one.label == button.label]
        which = same.index(button) + 1
        name = button.label if which == 1 else f"{button.label} #{which}"
        if person.labelled(name, str(step.get("channel") or person.place("dm").id)) != button:
            raise NotPossible("a button of an older message")
        return [f":click {name}", *([":click 1"] if button.confirm else [])]


def _filled(place: Message | View, step: Json) -> list[str]:
    """`:fill` lines for what is not as the view came."""
    if not isinstance(place, View):
        return []
    filled = steps.values(step)
    before, after = view_state(place, {}), view_state(place, filled)
    changed = {ids: said for ids, said in filled.items() if _value(before, ids) != _value(after, ids)}
    return [f":fill {ids[0]} = {_words(said)}" for ids, said in changed.items()]


def _value(state: Json, ids: str | tuple[str, str]) -> object:
    return state.get(ids[0], {}).get(ids[1])


def _name(place: Message | View, step: Json) -> str:
    if not isinstance(place, View):
        raise NotPossible("a menu in a message")
    block = next(one for one in place.blocks if one["block_id"] == step["block_id"])
    return label(block.get("label")) or str(step["action_id"])


def _words(said: object) -> str:
    return ", ".join(map(str, said)) if isinstance(said, list | tuple) else str(said or "")
