"""The list of memories as a modal: opened, narrowed, turned, acted in; and what happens when Slack or time fails it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.playground.standin import demo_workspace as acme
from bot.playground.standin.human import Person
from bot.playground.standin.modals import View
from bot.playground.standin.seen import Button
from memory.models import Changes, Key, NewMemory, Origin
from tests.bot.conftest import Office
from tests.bot.dialogs.test_forms import ALICE, BOB, TEAM, keep, pressing, send, stored, top


async def listing(office: Office, who: str = "alice") -> Person:
    """Open the list, and return the person who sees it."""
    ack = await office.person(who).command("/memory")
    assert ack.ok
    assert not ack.body
    await office.settled()
    return office.person(who)


async def press(office: Office, person: Person, label: str, row: int = 1) -> None:
    """Press the button, or choose the option of a menu, with this label; of several the `row`th."""
    found = [button for button in person.buttons(person.views[-1]) if button.label == label]
    assert (await person.click(found[row - 1])).ok  # type: ignore[union-attr] # nothing asks first here
    await office.settled()


def menu(person: Person) -> list[str]:
    return [button.label for button in person.buttons(person.views[-1]) if button.action_id == "view:menu"]


async def test_the_bare_command_opens_the_list(office: Office) -> None:
    await office.say("alice", "remember #drinks: I like tea")
    await keep(office, ALICE, "no exclamation marks", visibility="open", pinned=True)
    alice = await listing(office)
    shown = top(alice)
    assert alice.views[-1].title == "My memories"
    assert "m1 · I like tea" in shown
    assert "m2 · no exclamation marks" in shown
    assert "1–2 of 2" in shown
    assert menu(alice)[:5] == ["Edit", "Disable", "Make private", "Unpin", "Delete…"]
    assert menu(alice)[5:] == ["Edit", "Disable", "Make open", "Pin", "Delete…"]


async def test_a_memory_links_to_where_it_was_said(office: Office) -> None:
    said = await office.person("alice").say("@membot remember: I like tea", "#general")
    await office.settled()
    await keep(office, ALICE, "from nowhere")
    alice = await listing(office)
    blocks = json.dumps(alice.views[-1].content)
    ts = said.ts.replace(".", "")
    assert f"said <https://acme.slack.com/archives/{acme.GENERAL}/p{ts}|" in blocks
    assert f"in <#{acme.GENERAL}>" in blocks
    assert blocks.count("slack.com/archives") == 1
    assert len(office.slack.journal.called("auth.test")) <= 3


async def test_without_the_workspaces_address_there_is_a_list_without_links(office: Office) -> None:
    await office.say("alice", "remember: I like tea")
    office.slack.faults.add("auth.test", times=5)
    alice = await listing(office)
    assert "m1 · I like tea" in top(alice)
    assert "https://" not in json.dumps(alice.views[-1].content)


async def test_an_empty_list_suggests_first_steps(office: Office) -> None:
    alice = await listing(office)
    assert "I remember nothing about you yet" in top(alice)
    await press(office, alice, "Add")
    assert alice.views[-1].title == "Add a memory"
    await send(office, alice.views[-1], text="I like tea")
    assert "Saved as m1: “I like tea” (private" in top(alice)
    assert "m1 · I like tea" in top(alice)
    assert len(alice.views) == 1


async def test_ten_go_on_a_page(office: Office) -> None:
    for number in range(23):
        await keep(office, ALICE, f"fact {number}")
    alice = await listing(office)
    assert "1–10 of 23" in top(alice)
    await press(office, alice, "Next")
    await press(office, alice, "Next")
    assert "21–23 of 23" in top(alice)
    assert "Next" not in [button.label for button in alice.buttons(alice.views[-1])]
    for _ in range(3):
        await press(office, alice, "Delete…")
        await send(office, alice.views[-1])
    assert "11–20 of 20" in top(alice)
    await press(office, alice, "Previous")
    assert "1–10 of 20" in top(alice)


async def test_it_is_narrowed_by_state_tag_and_words(office: Office) -> None:
    await keep(office, ALICE, "I like tea", tags=("drinks",))
    await keep(office, ALICE, "I like oat milk", tags=("drinks", "food"))
    off = await keep(office, ALICE, "I like bread", tags=("food",))
    await office.run.parts.store.update(ALICE, off.id, Changes(disabled=True))
    alice = await listing(office)
    await press(office, alice, "Off")
    assert "bread" in top(alice)
    assert "tea" not in top(alice)
    await press(office, alice, "All")
    await press(office, alice, "#drinks")
    assert "1–2 of 2" in top(alice)
    await alice.choose_in(alice.views[-1], "Search", "OAT")
    await office.settled()
    assert "1–1 of 1" in top(alice)
    assert "oat milk" in top(alice)
    await press(office, alice, "In use")
    assert "oat milk" in top(alice)
    await alice.submit(alice.views[-1], {"Search": "nothing like it"})
    assert "Nothing found." in top(alice)
    await alice.submit(alice.views[-1], {"Search": ""})
    await press(office, alice, "All tags")
    assert "1–2 of 2" in top(alice)


@pytest.mark.parametrize(
    ("label", "told", "then"),
    [
        ("Disable", "Disabled m1: “I like tea”", "Enable"),
        ("Make open", "m1 is open now: “I like tea”", "Make private"),
        ("Pin", "Pinned m1: “I like tea”", "Unpin"),
    ],
)
async def test_the_menu_of_a_memory_switches_it(office: Office, label: str, told: str, then: str) -> None:
    await keep(office, ALICE, "I like tea")
    alice = await listing(office)
    await press(office, alice, label)
    assert told in top(alice)
    assert then in menu(alice)
    await press(office, alice, then)
    assert label in menu(alice)


async def test_editing_and_deleting_show_the_same_page_of_the_list_again(office: Office) -> None:
    for number in range(12):
        await keep(office, ALICE, f"fact {number}")
    alice = await listing(office)
    await press(office, alice, "Next")
    await press(office, alice, "Edit")
    assert len(alice.views) == 2
    await send(office, alice.views[-1], text="changed")
    assert "Changed m2: “changed”" in top(alice)
    assert "11–12 of 12" in top(alice)
    await press(office, alice, "Delete…", 2)
    assert "Delete m1 for good? “fact 0”" in top(alice)
    await send(office, alice.views[-1])
    assert "Deleted m1 for good." in top(alice)
    assert "11–11 of 11" in top(alice)


async def test_a_menu_that_is_stale_refuses_and_shows_how_it_is(office: Office) -> None:
    memory = await keep(office, ALICE, "I like tea")
    alice = await listing(office)
    changed = await office.run.parts.store.update(ALICE, memory.id, Changes(text="I like cocoa"))
    await press(office, alice, "Disable")
    assert "This memory was changed in the meantime." in top(alice)
    assert "I like cocoa" in top(alice)
    assert (await stored(office, memory)) == changed
    await press(office, alice, "Delete…")
    await office.run.parts.store.update(ALICE, memory.id, Changes(text="I like cola"))
    await send(office, alice.views[-1])
    assert "It was changed in the meantime" in top(alice)
    assert "I like cola" in top(alice)
    await send(office, alice.views[-1])
    assert "I remember nothing" in top(alice)


async def test_a_memory_that_is_gone_is_told(office: Office) -> None:
    memory = await keep(office, ALICE, "I like tea")
    alice = await listing(office)
    await press(office, alice, "Delete…")
    await office.run.parts.store.delete(ALICE, memory.id)
    await send(office, alice.views[-1])
    assert "That memory was deleted already." in top(alice)


async def test_everything_is_forgotten_after_asking_and_can_be_exported_first(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    await keep(office, ALICE, "I like milk")
    await keep(office, BOB, "I like cola")
    alice = await listing(office)
    await press(office, alice, "Forget everything")
    assert "This deletes your 2 memories" in top(alice)
    await press(office, alice, "Export")
    assert '"text": "I like tea"' in top(alice)
    await alice.close(alice.views[-1])
    await send(office, alice.views[-1])
    assert "2 memories and our conversations are deleted" in top(alice)
    assert "I remember nothing about you yet" in top(alice)
    assert "I like cola" in await office.command("bob", "list")


async def test_the_export_is_turned_like_a_book(office: Office) -> None:
    texts = [f"{number} " + "🦆" * 1500 for number in range(30)]
    for text in texts:
        await keep(office, ALICE, text)
    alice = await listing(office)
    await press(office, alice, "Export")
    found = ""
    while True:
        found += top(alice)
        if "Next" not in [button.label for button in alice.buttons(alice.views[-1])]:
            break
        await press(office, alice, "Next")
    assert found.count('"revision"') == 30
    assert found.count("🦆") == 30 * 1500


async def test_a_paused_memory_is_said_and_switched_on(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    await office.command("alice", "pause")
    alice = await listing(office)
    assert "Your memory is paused" in top(alice)
    await press(office, alice, "Pin")
    assert "Your memory is paused, so I did not change anything" in top(alice)
    await press(office, alice, "Resume")
    assert "Your memory is on again." in top(alice)
    assert "Your memory is paused" not in top(alice)


async def test_my_memories_is_a_shortcut_too(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    assert (await office.person("alice").shortcut("open_memories")).ok
    await office.settled()
    assert "m1 · I like tea" in top(office.person("alice"))


# --------------------------------------------------------------------------------------------- whose memory it is


async def test_an_outsider_sees_that_there_is_nothing(office: Office) -> None:
    sam = await listing(office, "sam")
    assert "members of this workspace only" in top(sam)


async def test_a_guest_has_a_list_of_their_own(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    gus = await listing(office, "gus")
    assert "tea" not in top(gus)
    assert "I remember nothing about you yet" in top(gus)


def forged(button: Button, value: str) -> Button:
    """The same menu, with another value."""
    option = {**(button.pressable.option or {}), "value": value}
    return replace(button, pressable=replace(button.pressable, option=option))


@pytest.mark.parametrize("verb", ["edit", "disable", "enable", "open", "pin", "delete", "form"])
async def test_a_forged_id_reaches_nothing(office: Office, verb: str) -> None:
    secret = await keep(office, ALICE, "alice's secret plan")
    await keep(office, BOB, "bob's own")
    bob = await listing(office, "bob")
    button = next(button for button in bob.buttons(bob.views[-1]) if button.action_id == "view:menu")
    await bob.click(forged(button, f"{verb} {secret.id} 1"))
    await office.settled()
    assert "secret plan" not in "".join(bob.view_text(view) for view in bob.views)
    if len(bob.views) > 1 and bob.views[-1].content.get("submit"):
        await bob.submit(bob.views[-1])
        await office.settled()
    assert "secret plan" not in "".join(bob.view_text(view) for view in bob.views)
    assert (await stored(office, secret)) == secret


@pytest.mark.parametrize(
    "value", ["", "page", "page x", "page -1", "page 99999999", "nonsense", "edit", "disable x y", "export 77"]
)
async def test_a_value_that_means_nothing_does_no_harm(office: Office, value: str) -> None:
    memory = await keep(office, ALICE, "I like tea")
    alice = await listing(office)
    button = next(button for button in alice.buttons(alice.views[-1]) if button.action_id == "view:menu")
    assert (await alice.click(forged(button, value))).ok  # type: ignore[union-attr] # nothing asks first
    await office.settled()
    assert "Loading" not in top(alice)
    assert "went wrong" not in top(alice)
    assert (await stored(office, memory)) == memory


async def test_anothers_view_shows_nothing_to_whoever_acts_in_it(office: Office) -> None:
    """Slack lets nobody act in another's view; were it so, nothing would happen."""
    memory = await keep(office, ALICE, "alice's secret plan")
    alice = await listing(office)
    before: View = alice.views[-1]
    for label in ("Disable", "Make open", "Edit", "Delete…"):
        await office.person("bob").click(pressing(alice, label))
        await office.settled()
    assert alice.views == (before,)
    assert not office.person("bob").views
    assert (await stored(office, memory)) == memory


async def test_anothers_question_is_answered_for_nobody(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    await keep(office, BOB, "I like cola")
    alice = await listing(office)
    await press(office, alice, "Forget everything")
    await office.person("bob").submit(alice.views[-1])
    await office.settled()
    assert "made for somebody else" in top(alice)
    assert "I like tea" in await office.command("alice", "list")
    assert "I like cola" in await office.command("bob", "list")


async def test_a_workspaces_memories_are_not_in_a_persons_list(office: Office) -> None:
    admin = replace(ALICE, role=ALICE.role.__class__.ADMIN)
    await office.run.parts.store.create(admin, NewMemory(Key.workspace(TEAM), "We deploy on Tuesdays"))
    assert "Tuesdays" not in top(await listing(office))


# ------------------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize("error", ["expired_trigger_id", "ratelimited", "fatal_error"])
async def test_a_list_that_cannot_be_opened_is_told_as_a_message(office: Office, error: str) -> None:
    await keep(office, ALICE, "I like tea")
    office.slack.faults.add("views.open", error=error)
    assert "I like tea" in await office.command("alice", "")
    await office.settled()
    assert not office.person("alice").views


async def test_slack_hanging_is_waited_for_no_longer_than_it_waits_for_us(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    office.slack.faults.add("views.open", hang=True)
    ack = await office.person("alice").command("/memory")
    assert ack.ok
    assert ack.ms < 3000
    assert "I like tea" in ack.body["text"]
    await office.settled()


async def test_a_list_that_cannot_be_filled_says_so_and_tries_again(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    office.slack.faults.add("users.info", times=2)
    alice = await listing(office)
    assert "Slack did not tell me who you are just now" in top(alice)
    await press(office, alice, "Try again")
    assert "m1 · I like tea" in top(alice)


@pytest.mark.parametrize("error", ["view_too_large", "invalid_arguments"])
async def test_a_refused_list_becomes_an_error_and_no_endless_loading(office: Office, error: str) -> None:
    await keep(office, ALICE, "I like tea")
    office.slack.faults.add("views.update", error=error, times=2)
    alice = await listing(office)
    assert "Something went wrong" in top(alice)
    await press(office, alice, "Try again")
    assert "m1 · I like tea" in top(alice)


async def test_a_dialog_that_cannot_be_pushed_is_told_in_the_list(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    alice = await listing(office)
    office.slack.faults.add("views.push", error="expired_trigger_id")
    await press(office, alice, "Edit")
    assert "Slack did not open the dialog just now" in top(alice)
    assert "m1 · I like tea" in top(alice)


async def test_a_closed_view_is_not_filled_and_nothing_breaks(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    office.slack.faults.add("users.info", error="", delay=0.3)
    alice = office.person("alice")
    await alice.command("/memory")
    await alice.close(alice.views[-1])
    await office.settled()
    assert not alice.views


async def test_two_quick_clicks_end_with_the_newest_state(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    await keep(office, ALICE, "I like milk")
    alice = await listing(office)
    buttons = [button for button in alice.buttons(alice.views[-1]) if button.label == "Disable"]
    for button in buttons:
        await alice.click(button)
    await office.settled()
    assert menu(alice).count("Enable") == 2


# ------------------------------------------------------------------------------------------------------- links


@pytest.mark.parametrize(
    "origin",
    [
        Origin(channel_id="C1> <!channel", message_ts="1700000000.000100"),
        Origin(channel_id="C1", message_ts="1|x> <!here>"),
        Origin(user_id="U1> <!channel>", channel_id="D1"),
        Origin(channel_id="C1", message_ts="1700000000.000100", thread_ts="1> <!channel>"),
    ],
)
async def test_an_origin_that_is_no_slacks_makes_no_token(office: Office, origin: Origin) -> None:
    await keep(office, ALICE, "I like tea", origin=origin)
    alice = await listing(office)
    assert "<!" not in json.dumps(alice.views[-1].content)
    assert "m1 · I like tea" in top(alice)
