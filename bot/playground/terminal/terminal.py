"""A conversation with the bot in a terminal: a person types, and sees what Slack would show her."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TextIO

from bot.playground.standin.forms import Said
from bot.playground.standin.messages import Message
from bot.playground.standin.modals import View
from bot.playground.standin.people import Channel
from bot.playground.standin.refusal import NotPossible, SlackRefused
from bot.playground.standin.seen import Button
from bot.playground.standin.standin import StandInSlack
from bot.playground.terminal.keyboard import Ask, Show, keyboard
from bot.playground.terminal.screen import Paint, Screen, coloured, plain

Settled = Callable[[], Awaitable[None]]

WELCOME = "A stand-in for Slack, on this machine only. Type a message to the bot, or :help."
LEFT, MISTYPED = 0, 2
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


class Mistyped(Exception):
    """A line that starts with `:` and means nothing here."""


class Terminal:
    """One terminal. `settled` returns when the bot has finished reacting, so that what is shown is complete."""

    def __init__(
        self, slack: StandInSlack, settled: Settled, show: Show, *, who: str = "alice", paint: Paint = plain
    ) -> None:
        self._slack = slack
        self._settled = settled
        self._show = show
        self._paint = paint
        self._screens: dict[str, Screen] = {}
        self._asking: Button | None = None
        self._values: dict[str | tuple[str, str], Said] = {}
        self._thread: str | None = None
        self._latest: dict[str, Message] = {}
        self._at_home = False
        self._screen = self._screen_of(who)
        self._place: Channel = self._screen.person.place(None)
        self.left = False

    @property
    def prompt(self) -> str:
        """Who is typing, and where: `alice · dm › `."""
        thread = " · thread" if self._thread else ""
        return f"{self._paint(self._screen.person.name, 'name')} · {self._place.label}{thread} › "

    async def enter(self, line: str) -> None:
        """Do what one line says and show what came of it. Raises `Mistyped`; a step Slack does not offer is told."""
        line = line.strip()
        if not line:
            return
        try:
            await self._do(line)
        except (NotPossible, SlackRefused) as refused:
            self._show(self._paint(f"  ! {refused}", "warning"))
        await self._settled()
        self._show_changes()

    def stand(self, who: str, place: str | None = None) -> None:
        """Be this person, here or in `dm`, `#general`, `thread`, `#general/thread`, having read all there is.

        Raises `NotPossible`.
        """
        self._screen = self._screen_of(who)
        if place is not None:
            channel, _, thread = place.rpartition("/") if place.endswith("thread") else (place, "", "")
            if channel:
                self._go(channel)
            if thread:
                self._enter_thread("")
        elif self._screen.person.user.id not in self._place.members:
            self._go("dm")
        self._screen.catch_up()

    async def _do(self, line: str) -> None:
        if line.startswith(":") and line[1:2].isalpha():
            await self._verb(line)
        elif line.startswith("/"):
            await self._command(line)
        else:
            await self._say(line)

    async def _verb(self, line: str) -> None:
        name, _, rest = line[1:].partition(" ")
        if name not in _VERBS:
            raise Mistyped(f"There is no :{name}. Type :help to see what there is.")
        done = _VERBS[name].do(self, rest.strip())
        if done is not None:
            await done

    # --- talking ---

    async def _say(self, line: str) -> None:
        self._at_home = False
        message = await self._screen.person.say(line, self._place.id, self._thread)
        self._screen.know(message)
        self._latest[self._place.id] = message

    async def _command(self, line: str) -> None:
        command, _, text = line.partition(" ")
        if self._thread:
            raise NotPossible(f"Slack has no slash commands in threads. Type it as a message: {line[1:]}")
        await self._screen.person.command(command, text.strip(), self._place.id)

    async def _edit(self, text: str) -> None:
        message = await self._screen.person.edit(self._last(), text)
        self._latest[self._place.id] = message
        self._screen.know(message)

    async def _delete(self, _rest: str) -> None:
        await self._screen.person.delete(self._last())

    async def _react(self, name: str) -> None:
        await self._screen.person.react(self._last(), name)

    # --- moving about ---

    def _as(self, who: str) -> None:
        self._screen = self._screen_of(who)
        self._asking = None
        if self._screen.person.user.id not in self._place.members:
            self._go("dm")

    def _go(self, place: str) -> None:
        self._place = self._screen.person.place(place)
        self._thread = None

    def _enter_thread(self, _rest: str) -> None:
        self._thread = self._last().root

    def _top(self, _rest: str) -> None:
        self._thread = None

    def _who(self, _rest: str) -> None:
        me = self._screen.person
        people = [user.name for user in self._slack.workspace.users.values() if not user.is_bot]
        self._show(f"  You are {me.name}. Others: {', '.join(name for name in people if name != me.name)}.")
        self._show(f"  You are in: {', '.join(place.label for place in me.places)}.")

    # --- pressing ---

    async def _click(self, number: str) -> None:
        asking, self._asking = self._asking, None
        if asking:
            await self._answer(asking, number)
            return
        button = self._button(number)
        if button.confirm:
            self._asking = button
            self._show("\n".join(self._screen.dialog(button.confirm)))
        else:
            await self._screen.person.click(button)

    def _button(self, name: str) -> Button:
        """The button with this number among those last shown, or the newest with this label (`Undo #2`: its second)."""
        buttons = self._screen.buttons
        if name.isdigit() and 1 <= int(name) <= len(buttons):
            return buttons[int(name) - 1]
        found = self._screen.person.labelled(name, self._place.id)
        if found:
            return found
        raise Mistyped(
            f"There is no button {name or 'without a number'} here: :click 1 to {len(buttons)}, or its label."
        )

    async def _answer(self, asking: Button, number: str) -> None:
        if number not in ("1", "2"):
            self._asking = asking
            raise Mistyped("Answer the question first: :click 1 or :click 2.")
        await self._screen.person.click(asking, confirm=number == "1")

    async def _shortcut(self, callback_id: str) -> None:
        await self._screen.person.shortcut(callback_id, self._last())

    async def _global(self, callback_id: str) -> None:
        await self._screen.person.shortcut(callback_id)

    async def _stop(self, _rest: str) -> None:
        await self._screen.person.stop(self._last())

    # --- dialogs and the Home tab ---

    def _fill(self, rest: str) -> None:
        name, equals, value = rest.partition("=")
        if not equals:
            raise Mistyped("Say which input, and what goes into it: :fill Label = words")
        self._values[name.strip()] = value.strip()

    async def _choose(self, rest: str) -> None:
        name, equals, value = rest.partition("=")
        if not equals:
            raise Mistyped("Say which menu or input, and what to choose: :choose Label = words")
        await self._screen.person.choose_in(self._view(), name.strip(), value.strip(), self._values)

    async def _submit(self, _rest: str) -> None:
        values, self._values = self._values, {}
        await self._screen.person.submit(self._view(), values)

    async def _close(self, _rest: str) -> None:
        self._values = {}
        await self._screen.person.close(self._view())

    def _view(self) -> View:
        """The dialog on top, else the Home tab if there is one."""
        person = self._screen.person
        view = person.views[-1] if person.views else person.home
        if view is None:
            raise NotPossible("No dialog is open.")
        return view

    def _forward(self, rest: str) -> None:
        amount, _, unit = rest.partition(" ")
        seconds = _SECONDS.get(unit.rstrip("s"))
        if not amount.isdigit() or not seconds:
            raise Mistyped("Say by how much: :forward 3 days (minutes, hours, days)")
        self._slack.clock.advance(int(amount) * seconds)

    async def _home(self, _rest: str) -> None:
        await self._screen.person.open_home()
        self._at_home = True

    def _help(self, _rest: str) -> None:
        self._show("  A line is a message; /memory … is a slash command. Beyond that:")
        for name, verb in _VERBS.items():
            self._show(f"  {f':{name} {verb.usage}'.rstrip():<24} {verb.says}")

    def _quit(self, _rest: str) -> None:
        self.left = True

    # --- parts ---

    def _show_changes(self) -> None:
        for line in self._screen.changes(self._place.id):
            self._show(line)
        home = self._screen.person.home
        if self._at_home:
            self._at_home = False
            for line in self._screen.view(home) if home else ("  (the bot has no Home tab)",):
                self._show(line)

    def _screen_of(self, who: str) -> Screen:
        person = self._slack.person(who)
        if person.user.is_bot or person.user.deleted:
            raise NotPossible(f"{person.name} cannot type here.")
        return self._screens.setdefault(person.user.id, Screen(person, self._paint))

    def _last(self) -> Message:
        """The message she last sent here, else the last one here."""
        latest = self._latest.get(self._place.id)
        if latest and latest.user == self._screen.person.user.id:
            return latest
        messages = self._slack.workspace.messages(self._place.id)
        if not messages:
            raise NotPossible("There is no message here yet.")
        return messages[-1]


@dataclass(frozen=True, slots=True)
class _Verb:
    usage: str
    says: str
    do: Callable[[Terminal, str], Awaitable[None] | None]


_VERBS: Mapping[str, _Verb] = {
    "click": _Verb("2", "press the button with that number", Terminal._click),
    "as": _Verb("bob", "be somebody else", Terminal._as),
    "in": _Verb("#general | dm", "go to a channel, or back to your direct message", Terminal._go),
    "thread": _Verb("", "enter the thread of the last message", Terminal._enter_thread),
    "top": _Verb("", "leave the thread", Terminal._top),
    "edit": _Verb("new words", "change your last message", Terminal._edit),
    "delete": _Verb("", "delete your last message", Terminal._delete),
    "react": _Verb("eyes", "put an emoji on your last message", Terminal._react),
    "shortcut": _Verb("name", "run a message shortcut on your last message", Terminal._shortcut),
    "global": _Verb("name", "run a shortcut that belongs to no message", Terminal._global),
    "fill": _Verb("Label = words", "fill in a dialog, one input at a time", Terminal._fill),
    "choose": _Verb("Label = words", "choose in a menu of a dialog that works at once", Terminal._choose),
    "submit": _Verb("", "send the dialog", Terminal._submit),
    "close": _Verb("", "close the dialog", Terminal._close),
    "home": _Verb("", "open the bot's Home tab", Terminal._home),
    "stop": _Verb("", "press Stop on the answer being written", Terminal._stop),
    "forward": _Verb("3 days", "put the clock forward", Terminal._forward),
    "who": _Verb("", "who is here", Terminal._who),
    "help": _Verb("", "this list", Terminal._help),
    "quit": _Verb("", "leave", Terminal._quit),
}


async def converse(
    slack: StandInSlack,
    settled: Settled,
    ask: Ask,
    show: Show,
    *,
    script: bool = False,
    paint: Paint = plain,
    welcome: str = WELCOME,
) -> int:
    """Talk until `ask` gives None or `:quit`; returns the exit code: 2 if a line of a script means nothing, else 0.

    A line that starts with `# ` is a remark and does nothing.
    """
    terminal = Terminal(slack, settled, show, paint=paint)
    show(welcome)
    while not terminal.left:
        line = await ask(terminal.prompt)
        if line is None:
            return LEFT
        if line.startswith("# "):
            continue
        try:
            await terminal.enter(line)
        except Mistyped as mistyped:
            show(paint(f"  ! {mistyped}", "warning"))
            if script:
                return MISTYPED
    return LEFT


def paint_for(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Paint:
    """Colour at a terminal, unless `NO_COLOR` is set (https://no-color.org)."""
    return coloured if stream.isatty() and not environment.get("NO_COLOR") else plain


async def play(slack: StandInSlack, settled: Settled, welcome: str = WELCOME) -> int:
    """`converse` on this process's own terminal, or on a script piped into it."""

    def show(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    ask, paint = keyboard(sys.stdin, show), paint_for(sys.stdout)
    return await converse(slack, settled, ask, show, script=not sys.stdin.isatty(), paint=paint, welcome=welcome)
