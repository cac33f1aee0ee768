"""The form of a memory: opened from a receipt, a command or a list, filled in, sent, refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.playground.standin import demo_workspace as acme
from bot.playground.standin.human import Person
from bot.playground.standin.modals import View
from bot.playground.standin.seen import Button, Seen
from memory.models import Actor, Changes, Key, Memory, NewMemory, Role
from tests.bot.conftest import Office

TEAM = acme.ACME


def actor(user: str, role: Role = Role.MEMBER) -> Actor:
    return Actor(id=f"slack:{TEAM}:{user}", role=role, door="test", team=TEAM, user=user)


ALICE, BOB = actor(acme.ALICE), actor(acme.BOB)


async def keep(office: Office, who: Actor, text: str, **fields: object) -> Memory:
    new = replace(NewMemory(Key.person(TEAM, who.user), text), **fields)  # type: ignore[arg-type]
    return await office.run.parts.store.create(who, new)


async def stored(office: Office, memory: Memory, who: Actor = ALICE) -> Memory:
    return await office.run.parts.store.get(who, memory.id)


async def editing(office: Office, who: str, number: str = "m1", channel: str | None = None) -> View:
    """Open the form of a memory by a command, and return it filled."""
    assert (await office.person(who).command("/memory", f"edit {number}", channel)).ok
    await office.settled()
    return office.person(who).views[-1]


async def send(office: Office, view: View, who: str = "alice", **values: str | None) -> None:
    names = {"text": "What to remember", "use": "Where it is used", "tags": "Tags", "until": "Until the end of"}
    ack = await office.person(who).submit(view, {names.get(name, name): value for name, value in values.items()})
    assert ack.ok, ack
    await office.settled()


def top(person: Person) -> str:
    return person.view_text(person.views[-1]) if person.views else ""


def pressing(person: Person, label: str) -> Button:
    return next(button for button in person.buttons(person.views[-1]) if button.label == label)


async def receipt(office: Office, text: str = "I like tea", channel: str | None = None) -> Seen:
    mention = "@membot " if channel else ""
    return (await office.say("alice", f"{mention}remember: {text}", channel))[0]


# ----------------------------------------------------------------------------------------------------- receipts


async def test_a_receipt_has_undo_edit_and_the_other_visibility(office: Office) -> None:
    assert [button.label for button in (await receipt(office)).buttons] == ["Undo", "Edit", "Open"]
    assert [button.label for button in (await receipt(office, "x", "#general")).buttons] == ["Undo", "Edit", "Private"]


async def test_a_channels_receipt_has_undo_and_edit(office: Office) -> None:
    seen = await office.say("alice", "@membot remember for this channel: be brief", "#general")
    assert [button.label for button in seen[0].buttons] == ["Undo", "Edit"]


@pytest.mark.parametrize("channel", [None, "#general"])
async def test_edit_on_a_receipt_changes_the_memory_and_rewrites_the_receipt(
    office: Office, channel: str | None
) -> None:
    alice, said = office.person("alice"), await receipt(office, channel=channel)
    await office.click("alice", said.button("Edit"))
    assert alice.views[-1].title == "Edit m1"
    assert "What to remember: I like tea" in top(alice)
    await send(office, alice.views[-1], text="I like coffee", tags="drinks, #hot")
    assert not alice.views
    shown = next(seen for seen in alice.sees(channel) if seen.ts == said.ts)
    assert "Changed m1: “I like coffee”" in shown.text
    assert "Saved as m1: “I like coffee” #drinks #hot" in shown.text
    assert shown.buttons[0].label == "Undo"


async def test_what_is_done_with_one_receipt_leaves_the_others_beside_it(office: Office) -> None:
    alice = office.person("alice")
    (said,) = await office.say("alice", "remember:\n- tea\n- milk\n- bread")

    def now() -> Seen:
        return next(seen for seen in alice.sees() if seen.ts == said.ts)

    undo, edit, show = (now().buttons[place] for place in (0, 4, 8))
    assert [button.label for button in (undo, edit, show)] == ["Undo", "Edit", "Open"]
    await office.click("alice", show)
    assert "m3 is open now" in now().text
    assert now().buttons[8].label == "Private"
    await office.click("alice", edit)
    await send(office, alice.views[-1], text="oat milk")
    assert "Saved as m2: “oat milk”" in now().text
    await office.click("alice", now().buttons[0])
    assert "Deleted m1 for good." in now().text
    assert "tea" not in now().text
    assert [button.label for button in now().buttons] == ["Undo", "Edit", "Open", "Undo", "Edit", "Private"]
    for _ in range(2):
        await office.click("alice", now().buttons[0])
    assert now().text == "Deleted m3 for good."


async def test_receipts_of_others_are_not_shown_whatever_a_button_says(office: Office) -> None:
    secret = await keep(office, BOB, "bob's secret plan")
    said = await receipt(office)
    button = said.button("Open")
    element = button.pressable.element | {"value": f"open {secret.id}\nreceipts {secret.id}"}
    forged = replace(button, value=element["value"], pressable=replace(button.pressable, element=element))
    await office.click("alice", forged)
    assert "secret plan" not in "".join(seen.text for seen in office.person("alice").sees())


async def test_a_receipt_that_cannot_be_rewritten_any_more_breaks_nothing(office: Office) -> None:
    alice, said = office.person("alice"), await receipt(office)
    await office.click("alice", said.button("Edit"))
    view = alice.views[-1]
    office.slack.clock.advance(3600)
    await send(office, view, text="I like coffee")
    assert not alice.views
    assert "I like coffee" in await office.command("alice", "list")
    assert "I like tea" in next(seen for seen in alice.sees() if seen.ts == said.ts).text


async def test_a_channel_memory_is_edited_by_whoever_made_it_and_by_nobody_else(office: Office) -> None:
    seen = await office.say("alice", "@membot remember for this channel: be brief", "#general")
    await office.click("alice", seen[0].button("Edit"))
    form = office.person("alice").views[-1]
    assert "Where it is used" not in top(office.person("alice"))
    await send(office, form, text="be very brief")
    assert "be very brief" in await office.command("alice", "list channel", "#general")


async def test_edit_in_a_list_shows_the_list_again(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    alice = office.person("alice")
    (listed,) = await office.say("alice", "memory list")
    await office.click("alice", listed.button("Edit"))
    await send(office, alice.views[-1], text="I like coffee")
    shown = next(seen for seen in alice.sees() if seen.ts == listed.ts)
    assert "Changed m1: “I like coffee”" in shown.text
    assert "What I remember about you" in shown.text


# ----------------------------------------------------------------------------------------------------- commands


async def test_edit_without_words_opens_the_form_and_the_answer_is_shown_to_one_person(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    form = await editing(office, "alice", channel="#general")
    await send(office, form, "alice", text="I like coffee", use="open", until="2999-12-31", pinned="pinned")
    (told,) = [seen for seen in office.person("alice").sees("#general") if seen.author == "membot"]
    assert told.ephemeral
    assert "Changed m1" in told.text
    assert "“I like coffee” (open: also used where others see the answer, until 2999-12-31)" in told.text
    assert not office.person("bob").sees("#general")


async def test_the_text_twin_offers_a_button_that_opens_the_form(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    (told,) = await office.say("alice", "memory edit m1")
    await office.click("alice", told.button("Edit m1"))
    assert "What to remember: I like tea" in top(office.person("alice"))


@pytest.mark.parametrize(("number", "said"), [("m9", "There is no memory m9"), ("x", "is not the number of a memory")])
async def test_a_number_that_is_none_is_told_in_the_view(office: Office, number: str, said: str) -> None:
    await editing(office, "alice", number)
    assert said in top(office.person("alice"))
    assert "Loading" not in top(office.person("alice"))


async def test_a_trigger_that_is_gone_falls_back_to_a_button(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    office.slack.faults.add("views.open", error="expired_trigger_id")
    assert "Edit m1? “I like tea”" in await office.command("alice", "edit m1")
    assert not office.person("alice").views


# ------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("values", "block", "said"),
    [
        ({"text": ""}, "text", "the text is empty"),
        ({"text": " \n "}, "text", "the text is empty"),
        ({"text": "x" * 2001}, "text", "That is too long: 2,001 characters"),
        ({"text": "my password is hunter2-Tr0ub4dor"}, "text", "That looks like a secret"),
        ({"tags": ",".join(f"t{n}" for n in range(9))}, "tags", "too many tags"),
        ({"tags": "x" * 51}, "tags", "That tag is too long"),
        ({"until": "2001-01-01"}, "until", "That day has passed"),
        ({"until": "2001-13-01"}, "until", "That is not a day"),
    ],
)
async def test_what_is_wrong_is_told_beside_its_input(
    office: Office, values: dict[str, str], block: str, said: str
) -> None:
    memory = await keep(office, ALICE, "I like tea")
    await send(office, await editing(office, "alice"), **values)
    (error,) = office.person("alice").views[-1].errors
    assert error[0].startswith(f"{block}:")
    assert said in error[1]
    assert "hunter2" not in error[1]
    assert (await stored(office, memory)) == memory


async def test_a_duplicate_names_the_other_and_opens_it(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    await keep(office, ALICE, "I like milk", tags=("white",))
    alice = office.person("alice")
    await send(office, await editing(office, "alice", "m1"), text="i LIKE milk.")
    assert "This is already m2: “I like milk”" in top(alice)
    assert "What to remember: i LIKE milk." in top(alice)
    await office.click("alice", pressing(alice, "Open m2"))
    assert alice.views[-1].title == "Edit m2"
    assert "Tags: white" in top(alice)
    await send(office, alice.views[-1], text="I like oat milk")
    assert "I like oat milk" in await office.command("alice", "show m2")
    assert "I like tea" in await office.command("alice", "show m1")


async def test_a_stale_form_shows_how_it_is_now_keeps_what_was_typed_and_then_overwrites(office: Office) -> None:
    memory, alice = await keep(office, ALICE, "I like tea"), office.person("alice")
    form = await editing(office, "alice")
    await office.run.parts.store.update(ALICE, memory.id, Changes(text="I like cocoa", tags=("new",)))
    await send(office, form, text="I like coffee")
    assert "m1 was changed in the meantime. It says now: m1 · “I like cocoa” · private · #new" in top(alice)
    assert "What to remember: I like coffee" in top(alice)
    assert (await stored(office, memory)).text == "I like cocoa"
    await send(office, alice.views[-1])
    assert (await stored(office, memory)).text == "I like coffee"


async def test_a_memory_deleted_meanwhile_is_told(office: Office) -> None:
    memory = await keep(office, ALICE, "I like tea")
    form = await editing(office, "alice")
    await office.run.parts.store.delete(ALICE, memory.id)
    await send(office, form, text="I like coffee")
    assert "This memory was deleted in the meantime." in top(office.person("alice"))
    assert "I remember nothing" in await office.command("alice", "list")


async def test_a_paused_memory_is_told_and_what_was_typed_stays(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    form = await editing(office, "alice")
    await office.command("alice", "pause")
    await send(office, form, text="I like coffee")
    assert "Your memory is paused, so I did not change anything. Switch it on" in top(office.person("alice"))
    assert "What to remember: I like coffee" in top(office.person("alice"))


async def test_nothing_changed_is_no_new_revision(office: Office) -> None:
    memory = await keep(office, ALICE, "a, b", tags=("x", "y"), expires_at=datetime(2999, 1, 2, 3, 4, tzinfo=UTC))
    await send(office, await editing(office, "alice"))
    assert (await stored(office, memory)) == memory


# --------------------------------------------------------------------------------------------- whose memory it is


async def test_nobody_opens_anothers_memory(office: Office) -> None:
    memory = await keep(office, ALICE, "alice's secret plan")
    await editing(office, "bob", memory.id)
    assert "There is no such memory." in top(office.person("bob"))


async def test_a_form_that_was_made_for_somebody_else_is_not_taken(office: Office) -> None:
    memory = await keep(office, ALICE, "I like tea")
    form = await editing(office, "alice")
    await send(office, form, "bob", text="I like coffee")
    assert (await stored(office, memory)) == memory


async def test_forged_ids_in_what_a_view_keeps_open_nothing(office: Office) -> None:
    """Slack keeps private_metadata; but were it forged, the store would still refuse."""
    memory = await keep(office, ALICE, "alice's secret plan")
    await keep(office, BOB, "bob's own")
    form = await editing(office, "bob")
    for user in (acme.BOB, acme.ALICE):
        forged = {"screen": "edit", "user": user, "memory": memory.id, "revision": 1}
        content = form.content | {"private_metadata": json.dumps(forged)}
        changed = office.slack.workspace.views.change(form, content)
        await send(office, changed, "bob", text="overwritten")
        assert "secret plan" not in top(office.person("bob"))
        assert (await stored(office, memory)) == memory
        form = await editing(office, "bob")


@pytest.mark.parametrize(
    "metadata", ["", "null", "[]", "{", '{"page": "x", "user": 5}', "\x00", '{"screen": "nonsense"}']
)
async def test_broken_metadata_is_nobodys(office: Office, metadata: str) -> None:
    memory = await keep(office, ALICE, "I like tea")
    form = await editing(office, "alice")
    changed = office.slack.workspace.views.change(form, form.content | {"private_metadata": metadata})
    await send(office, changed, text="I like coffee")
    assert (await stored(office, memory)) == memory


# ------------------------------------------------------------------------------------------------------- faults


async def test_a_fill_that_slack_refuses_becomes_an_error_with_a_way_on(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    office.slack.faults.add("views.update", error="invalid_arguments", times=2)
    await editing(office, "alice")
    alice = office.person("alice")
    assert "Something went wrong" in top(alice)
    await office.click("alice", pressing(alice, "Try again"))
    assert "What to remember: I like tea" in top(alice)


@pytest.mark.parametrize("breakage", ["hash_conflict", "ratelimited", "internal_error"])
async def test_a_fill_that_fails_once_is_made_again(office: Office, breakage: str) -> None:
    await keep(office, ALICE, "I like tea")
    office.slack.faults.add("views.update", error=breakage)
    await editing(office, "alice")
    assert "What to remember: I like tea" in top(office.person("alice"))


async def test_a_view_whose_opening_was_not_answered_is_filled_all_the_same(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    office.slack.faults.add("views.open", drop=True, after=True)
    assert "Edit m1?" in await office.command("alice", "edit m1")
    await office.settled()
    assert "What to remember: I like tea" in top(office.person("alice"))


async def test_what_a_person_types_is_not_in_the_log(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    said = await receipt(office)
    with caplog.at_level("DEBUG", "bot"):
        await office.click("alice", said.button("Edit"))
        await send(office, office.person("alice").views[-1], text="I like coffee")
        office.slack.clock.advance(3600)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("bot", "memory")))
    assert "coffee" not in ours
    assert "hooks" not in ours
    assert "http" not in ours
