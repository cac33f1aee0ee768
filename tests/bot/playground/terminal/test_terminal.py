"""The terminal, from a script to what it shows."""

from __future__ import annotations

import io

import pytest

from bot.playground.standin.demo_workspace import ALICE, dm
from bot.playground.standin.standin import StandInSlack
from bot.playground.terminal.keyboard import keyboard
from bot.playground.terminal.screen import coloured, plain
from bot.playground.terminal.terminal import converse, paint_for
from tests.bot.playground.echo_bot import Body


async def played(slack: StandInSlack, *lines: str) -> tuple[int, str]:
    shown: list[str] = []
    script = io.StringIO("".join(f"{line}\n" for line in lines))
    code = await converse(
        slack, slack.quiet, keyboard(script, shown.append), shown.append, script=True, welcome="Hello"
    )
    return code, "\n".join(shown)


async def test_a_script_reads_as_a_conversation(slack: StandInSlack, heard: list[Body]) -> None:
    code, shown = await played(slack, "hi <you>", "menu", ":click 1", ":click 2", ":in #general", "/echo x")
    assert code == 0
    assert (
        shown
        == """Hello
alice · dm › hi <you>
  membot: You said: hi <you>
alice · dm › menu
  ↳ membot: Saved
            [1] Undo
alice · dm › :click 1
  ? Undo? It cannot be brought back.
    [1] Undo it  [2] Keep it
alice · dm › :click 2
alice · dm › :in #general
alice · #general › /echo x
  membot (only you): Echo: x
  membot (only you): [1] Undo"""
    )


async def test_a_confirmed_click_changes_what_is_shown(slack: StandInSlack, heard: list[Body]) -> None:
    _, shown = await played(slack, "/echo x", ":click 1", ":click 1")
    assert shown.endswith("membot (only you, changed): Undone")


async def test_a_slash_command_in_a_thread_is_refused_with_its_twin(slack: StandInSlack, heard: list[Body]) -> None:
    code, shown = await played(slack, "menu", ":thread", "/memory list", "inside", ":top", "outside")
    assert code == 0
    assert "Type it as a message: memory list" in shown
    assert "alice · dm · thread › inside" in shown
    roots = [one.thread_ts for one in slack.workspace.messages(dm(ALICE)) if one.text in ("inside", "outside")]
    assert roots[0] is not None
    assert roots[1] is None


async def test_another_person_does_not_see_what_is_only_for_one(slack: StandInSlack, heard: list[Body]) -> None:
    _, shown = await played(slack, ":in #general", "@membot hi", ":as bob")
    bobs = shown.split("› :as bob\n")[1]
    assert bobs == "  alice: @membot hi"


async def test_a_dialog_is_filled_in_and_sent(slack: StandInSlack, heard: list[Body]) -> None:
    code, shown = await played(slack, "/echo form", ":fill Words = bad", ":submit", ":fill Words = good", ":submit")
    assert code == 0
    assert "┌─ Edit\n  │ Words: tea" in shown
    assert "! words: No such words" in shown
    assert shown.endswith("(the dialog is closed)")


async def test_shortcuts_are_run_on_the_last_message_and_on_none(slack: StandInSlack, heard: list[Body]) -> None:
    code, _ = await played(slack, "hello", ":shortcut keep", ":global keep")
    assert code == 0
    ran = [(body["type"], body["callback_id"]) for body in heard if "callback_id" in body]
    assert ran == [("message_action", "keep"), ("shortcut", "keep")]


async def test_the_home_tab_is_drawn(slack: StandInSlack, heard: list[Body]) -> None:
    _, shown = await played(slack, ":home")
    assert "┌─ Home\n  │ Welcome home" in shown


@pytest.mark.parametrize(
    ("line", "told"),
    [(":sing", "There is no :sing."), (":click 3", "There is no button 3 here"), (":fill x", "Say which input")],
)
async def test_a_script_ends_at_a_line_that_means_nothing(slack: StandInSlack, line: str, told: str) -> None:
    code, shown = await played(slack, line, "never said")
    assert code == 2
    assert told in shown
    assert "never said" not in shown


async def test_what_slack_does_not_offer_is_told_and_goes_on(slack: StandInSlack) -> None:
    code, shown = await played(slack, ":in #nowhere", ":as nobody", ":submit", ":who", ":help", ":quit", "never said")
    assert code == 0
    assert "There is no channel #nowhere here." in shown
    assert "There is nobody called nobody here." in shown
    assert "No dialog is open." in shown
    assert ":click 2" in shown
    assert "never said" not in shown


def test_colour_only_at_a_terminal_that_wants_it() -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert paint_for(Screen(), {}) is coloured
    assert paint_for(Screen(), {"NO_COLOR": "1"}) is plain
    assert paint_for(io.StringIO(), {}) is plain
