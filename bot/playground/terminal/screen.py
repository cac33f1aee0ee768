"""What a terminal shows of one person's Slack: lines from messages, views and confirm dialogs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.standin.human import Person
from bot.playground.standin.messages import Message
from bot.playground.standin.modals import View
from bot.playground.standin.people import Channel
from bot.playground.standin.seen import Button, Confirm, Seen

Paint = Callable[[str, str], str]

_CODES = {"name": "1", "faint": "2", "warning": "33"}


def plain(text: str, _style: str) -> str:
    """No colour."""
    return text


def coloured(text: str, style: str) -> str:
    """ANSI colour: `name` bold, `faint` dim, `warning` yellow."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


@dataclass(frozen=True, slots=True)
class _Glimpse:
    """What of a message makes it worth showing again when it changes."""

    message: Message
    streaming: bool
    status: str | None


class Screen:
    """What one person has already been shown. `changes` gives what is new since, and remembers it."""

    def __init__(self, person: Person, paint: Paint = plain) -> None:
        self.person = person
        self.buttons: tuple[Button, ...] = ()
        self._paint = paint
        self._known: dict[tuple[str, str, bool], _Glimpse] = {}
        self._view: tuple[str, str, tuple[tuple[str, str], ...]] | None = None

    def know(self, message: Message) -> None:
        """Take a message as shown: she typed it herself."""
        self._known[message.channel, message.ts, False] = _Glimpse(message, False, None)

    def catch_up(self) -> None:
        """Take everything as shown."""
        self.changes("")

    def changes(self, here: str) -> list[str]:
        """Lines for all that is new or changed, anywhere she looks; `here` is the channel id she stands in."""
        lines: list[str] = []
        buttons: list[Button] = []
        for place in self.person.places:
            lines += self._place(place, here, buttons)
        lines += self._modal(buttons)
        if buttons:
            self.buttons = tuple(buttons)
        return lines

    def view(self, view: View) -> list[str]:
        """Draw a view, and make its buttons the ones that can be pressed."""
        buttons: list[Button] = []
        lines = self._drawn_view(view, buttons)
        self.buttons = tuple(buttons)
        return lines

    def dialog(self, confirm: Confirm) -> list[str]:
        """Draw the question a button asks before it works."""
        said = " ".join(part for part in (confirm.title, confirm.text) if part)
        return [f"  ? {said}", f"    [1] {confirm.confirm}  [2] {confirm.deny}"]

    def _place(self, place: Channel, here: str, buttons: list[Button]) -> list[str]:
        lines: list[str] = []
        present: set[tuple[str, str, bool]] = set()
        for seen in self.person.sees(place.id):
            mark = (place.id, seen.ts, seen.ephemeral)
            present.add(mark)
            glimpse = _Glimpse(seen.message, seen.streaming, seen.status)
            before = self._known.get(mark)
            if glimpse != before:
                lines += self._message(seen, before, place if place.id != here else None, buttons)
                self._known[mark] = glimpse
        gone = [mark for mark in self._known if mark[0] == place.id and mark not in present]
        for mark in gone:
            del self._known[mark]
        return lines + [self._paint("  (a message was removed)", "faint") for _ in gone]

    def _message(
        self, seen: Seen, before: _Glimpse | None, elsewhere: Channel | None, buttons: list[Button]
    ) -> list[str]:
        indent = "  ↳ " if seen.thread_ts else "  "
        lines = []
        if before is None or _content(before.message) != _content(seen.message) or before.streaming != seen.streaming:
            numbered = self.person.seen(seen.message, len(buttons) + 1)
            buttons += numbered.buttons
            lines = self._said(numbered, before is not None, elsewhere, indent)
        if seen.reactions and (before is None or before.message.reactions != seen.message.reactions):
            lines.append(self._paint(f"{indent}({', '.join(seen.reactions)})", "faint"))
        if seen.status and (before is None or before.status != seen.status):
            lines.append(self._paint(f"  … {seen.status}", "faint"))
        return lines

    def _said(self, seen: Seen, again: bool, elsewhere: Channel | None, indent: str) -> list[str]:
        kinds = {"only you": seen.ephemeral, "changed": again and not seen.streaming, "still writing": seen.streaming}
        marks = [*([elsewhere.label] if elsewhere else []), *(kind for kind, holds in kinds.items() if holds)]
        marked = self._paint(f" ({', '.join(marks)})", "faint") if marks else ""
        first, *rest = seen.text.split("\n")
        hang = " " * (len(indent) + len(seen.author) + 2)
        return [
            f"{indent}{self._paint(seen.author, 'name')}{marked}: {first}",
            *((hang + line).rstrip() for line in rest),
        ]

    def _modal(self, buttons: list[Button]) -> list[str]:
        top = self.person.views[-1] if self.person.views else None
        mark = (top.id, top.hash, top.errors) if top else None
        if mark == self._view:
            return []
        self._view = mark
        return self._drawn_view(top, buttons) if top else [self._paint("  (the dialog is closed)", "faint")]

    def _drawn_view(self, view: View, buttons: list[Button]) -> list[str]:
        text = self.person.view_text(view, len(buttons) + 1)
        buttons += self.person.buttons(view)
        lines = [f"  ┌─ {view.title or 'Home'}", *(f"  │ {line}" for line in text.split("\n"))]
        lines += [self._paint(f"  │ ! {block}: {said}", "warning") for block, said in view.errors]
        verbs = ":fill Label = words   :submit   :close" if view.content.get("submit") else ":close"
        return [*lines, "  └─ " + (self._paint(verbs, "faint") if view.content.get("type") == "modal" else "")]


def _content(message: Message) -> tuple[object, ...]:
    return message.text, message.blocks, message.attachments, message.files
