"""What a person does, and what she sees: never another person's ephemeral or direct message."""

from __future__ import annotations

import pytest

from bot.playground.standin.demo_workspace import ACME, ALICE, BOB
from bot.playground.standin.human import Person
from bot.playground.standin.refusal import NotPossible
from bot.playground.standin.standin import StandInSlack
from tests.bot.playground.echo_bot import Body


def test_nobody_sees_anothers_direct_message(alice: Person, bob: Person) -> None:
    assert alice.place(None).id != bob.place(None).id
    with pytest.raises(NotPossible, match="bob is not in dm"):
        bob.sees(alice.place(None).id)


async def test_a_guest_sees_her_channel_only(slack: StandInSlack) -> None:
    assert [place.label for place in slack.person("gus").places] == ["#general", "dm"]
    with pytest.raises(NotPossible, match="gus is not in #random"):
        await slack.person("gus").say("hi", channel="#random")


async def test_a_command_carries_what_slack_sends(alice: Person, heard: list[Body]) -> None:
    ack = await alice.command("/echo", "for @bob & <me>", channel="#general")
    command = heard[0]
    assert (ack.status, ack.ok) == (200, True)
    assert command["text"] == f"for <@{BOB}> &amp; &lt;me&gt;"
    assert (command["channel_name"], command["user_name"], command["team_id"]) == ("general", "alice", ACME)
    assert command["trigger_id"]


async def test_slack_has_no_commands_in_threads(alice: Person, heard: list[Body]) -> None:
    sent = await alice.say("hi")
    with pytest.raises(NotPossible, match="no slash commands in threads"):
        await alice.command("/echo", "x", thread=sent)


async def test_a_reply_stands_in_the_thread(slack: StandInSlack, alice: Person, heard: list[Body]) -> None:
    root = await alice.say("menu")
    await slack.quiet()
    reply = await alice.say("more", thread=root)
    await slack.quiet()
    assert reply.thread_ts == root.ts
    assert [seen.text for seen in alice.sees(thread=root)] == ["menu", "Saved\n[1] Undo", "more"]
    assert [seen.text for seen in alice.sees(since=reply)] == ["You said: more"]


async def test_a_click_carries_the_message_and_asks_first(
    slack: StandInSlack, alice: Person, heard: list[Body]
) -> None:
    await alice.say("menu")
    await slack.quiet()
    button = alice.sees()[-1].button("Undo")
    assert button.confirm
    assert (button.confirm.title, button.confirm.confirm, button.confirm.deny) == ("Undo?", "Undo it", "Keep it")
    before = len(slack.deliveries)
    assert await alice.click(button, confirm=False) is None
    assert len(slack.deliveries) == before
    await alice.click(button)
    await slack.quiet()
    payload = heard[-1]
    assert (payload["actions"][0]["value"], payload["actions"][0]["type"]) == ("m1", "button")
    assert payload["container"]["is_ephemeral"] is False
    assert payload["message"]["blocks"]
    assert payload["user"] == {"id": ALICE, "username": "alice", "name": "alice", "team_id": ACME}
    assert alice.sees()[-1].text == "Undone"


async def test_a_click_on_an_ephemeral_carries_no_message(
    slack: StandInSlack, alice: Person, heard: list[Body]
) -> None:
    await alice.command("/echo", "x", channel="#general")
    await slack.quiet()
    await alice.click(alice.sees("#general")[-1].button("undo"))
    assert heard[-1]["container"]["is_ephemeral"] is True
    assert "message" not in heard[-1]


async def test_nobody_presses_what_she_does_not_see(
    slack: StandInSlack, alice: Person, bob: Person, heard: list[Body]
) -> None:
    await alice.command("/echo", "x", channel="#general")
    await slack.quiet()
    button = alice.sees("#general")[-1].button("Undo")
    with pytest.raises(NotPossible, match="gone"):
        await bob.click(button)


async def test_a_shortcut_carries_the_message(alice: Person, heard: list[Body]) -> None:
    sent = await alice.say("keep this", channel="#general")
    assert (await alice.shortcut("keep", sent)).ok
    assert (heard[-1]["type"], heard[-1]["message"]["text"]) == ("message_action", "keep this")


async def test_files_and_forwarded_messages_can_be_sent(alice: Person, heard: list[Body]) -> None:
    await alice.say("look", subtype="file_share", files=({"id": "F1", "name": "a.txt"},))
    assert (heard[0]["event"]["subtype"], heard[0]["event"]["files"][0]["id"]) == ("file_share", "F1")
    assert alice.sees()[0].text == "look\n(file: a.txt)"


async def test_the_home_tab_is_published_when_opened(slack: StandInSlack, alice: Person, heard: list[Body]) -> None:
    await alice.open_home()
    await slack.quiet()
    assert alice.home
    assert alice.view_text(alice.home) == "Welcome home"
