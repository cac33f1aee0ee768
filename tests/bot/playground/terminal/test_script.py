"""Conversations as tests, tried on the echo bot."""

from __future__ import annotations

import pytest

from bot.playground.standin.standin import StandInSlack
from bot.playground.terminal.script import Script
from tests.bot.playground.echo_bot import Body


async def test_a_conversation_goes_as_expected(slack: StandInSlack, heard: list[Body]) -> None:
    await Script(slack).run(
        [
            ("alice", "hi", "You said: hi"),
            ("alice", "menu", ["Saved", "[1] Undo"]),
            ("alice", ":click 1", "It cannot be brought back."),
            ("alice", ":click 1", "Undone"),
            ("alice@#general", "good morning", None),
            ("alice@#general", "@membot hi", "(only you): Only you see this"),
            ("bob@#general", "anything new?", None),
            ("bob", "/echo x", "Echo: x"),
            ("bob@dm", "stream", "one two"),
            ("bob@thread", "/echo x", "no slash commands in threads"),
            ("bob", "and here", "You said: and here"),
        ]
    )


async def test_a_failure_shows_the_whole_conversation(slack: StandInSlack, heard: list[Body]) -> None:
    script = Script(slack)
    with pytest.raises(AssertionError) as failed:
        await script.run([("alice", "hi", "You said: hi"), ("alice", "ho", "You said: hum")])
    assert "After “ho” by alice: “You said: hum” should have been seen." in str(failed.value)
    assert "alice · dm › hi\n  membot: You said: hi\nalice · dm › ho\n  membot: You said: ho" in str(failed.value)


async def test_silence_can_be_expected_and_missed(slack: StandInSlack, heard: list[Body]) -> None:
    with pytest.raises(AssertionError, match="nothing should have been seen"):
        await Script(slack).run([("alice", "hi", None)])
