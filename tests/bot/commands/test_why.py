"""Below an answer: what it was given and why, what stayed out, what can be done about it, and thumbs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.playground.standin.demo_workspace import ACME, BOB
from bot.playground.standin.human import Person
from bot.playground.standin.modals import View
from bot.playground.standin.seen import Seen
from memory.errors import ModelInterrupted
from memory.models import Changes, Key, NewMemory
from memory.turns import Turn
from tests.bot.conftest import Office, open_office
from tests.bot.test_conversations import OPERATOR
from tests.scripted_model import ScriptedModel

USED = "Memories used"
BOBS = Key.person(ACME, BOB)


async def opened(office: Office, who: str, seen: Seen, label: str) -> str:
    """Press what stands below an answer, and return what the modal says."""
    person = office.person(who)
    await person.click(person.seen(seen.message).button(label))
    await office.settled()
    return person.view_text(person.views[-1])


def top(person: Person) -> View:
    return person.views[-1]


async def chosen(office: Office, who: str, label: str, place: int = 1) -> str:
    """Choose something in the top modal, and return what it says then."""
    person = office.person(who)
    buttons = [one for one in person.buttons(top(person)) if one.label == label]
    await office.click(who, buttons[place - 1])
    return person.view_text(top(person))


async def the_turn(office: Office) -> Turn:
    turn = await office.run.parts.turns.newest(ACME)
    assert turn
    return turn


async def test_who_asked_sees_what_the_answer_was_given_and_why_and_what_stayed_out(
    database_url: str, model: ScriptedModel
) -> None:
    async with open_office(database_url, model, {"MEMORY_TOKEN_BUDGET": "200"}) as office:
        await office.say("bob", "remember:\n- I like tea\n- I like milk\n- I like rain\n- " + "long " * 300)
        await office.say("bob", "remember until tomorrow: I am away")
        for command in ("pin m1", "disable m3"):
            await office.command("bob", command)
        (seen,) = await office.say("bob", "What should I drink?")
        text = await opened(office, "bob", seen, "Memories used (3)")
        view = top(office.person("bob"))
        assert view.title == USED
        assert "This answer was given 3 memories" in text
        given, out = text.split("What stayed out")
        assert given.index("m1 · I like tea\n") < given.index("m5 · I am away") < given.index("m2 · I like milk")
        assert "because it is pinned · private" in given
        assert "as one of the newest · private" in given
        assert "m3 · I like rain" in out
        assert "disabled · private" in out
        assert "m4 · long long" in out
        assert "no room" in out
        assert (await the_turn(office)).event_id in view.content["private_metadata"]


async def test_private_memories_that_stayed_out_are_told_to_nobody_else(office: Office) -> None:
    await office.say("bob", "remember: my salary is small")
    await office.say("carol", "@membot remember for this channel: we deploy on Tuesdays", "#general")
    await office.say("alice", "@membot remember for the team: we write British English", "#general")
    (seen,) = await office.say("bob", "@membot hello", "#general")
    text = await opened(office, "bob", seen, "Memories used (2)")
    assert "by the workspace" not in text
    assert "the workspace's, set by @alice" in text
    assert "this channel's, set by @carol" in text
    assert "m1 · my salary is small" in text
    assert "private, and others were reading" in text
    # The channel's anybody in it may switch off; the words are changed by who said them.
    labels = [one.label for one in office.person("bob").buttons(top(office.person("bob")))]
    assert labels == ["Disable", "Edit", "Disable"]
    for other in ("carol", "alice"):
        told = await opened(office, other, seen, "Memories used (2)")
        assert told == "This answer was given 2 memories. The memories themselves are shown to the person who asked."
    told = await opened(office, "gus", seen, "Memories used (2)")
    assert "salary" not in told
    assert "Tuesdays" not in told


async def test_outsiders_see_a_sentence(office: Office) -> None:
    await office.say("alice", "@membot remember for this channel: we deploy on Tuesdays", "#shared")
    for who in ("bob", "sam"):
        seen = (await office.say(who, "@membot hello", "#shared"))[-1]
        label = f"{USED} (1)" if who == "bob" else "No memories used"
        text = await opened(office, "sam", seen, label)
        assert text == "I keep memories for members of this workspace only, so there is nothing here for you."


async def test_a_memory_is_disabled_and_enabled_where_it_is_shown(office: Office) -> None:
    await office.say("bob", "remember: I like tea")
    (seen,) = await office.say("bob", "hello")
    await opened(office, "bob", seen, "Memories used (1)")
    text = await chosen(office, "bob", "Disable")
    assert text.startswith("Disabled m1: “I like tea”")
    assert "private · disabled · changed since" in text
    text = await chosen(office, "bob", "Enable")
    assert text.startswith("Enabled m1: “I like tea”")
    assert "I like tea" in (await office.say("bob", "hello") and office.model.prompts[-1])


async def test_a_memory_is_edited_where_it_is_shown(office: Office) -> None:
    await office.say("bob", "remember: I like tea")
    (seen,) = await office.say("bob", "hello")
    await opened(office, "bob", seen, "Memories used (1)")
    await chosen(office, "bob", "Edit")
    bob = office.person("bob")
    assert top(bob).title == "Edit m1"
    await bob.submit(top(bob), {"What to remember": "I like coffee"})
    await office.settled()
    assert len(bob.views) == 1
    text = bob.view_text(top(bob))
    assert text.startswith("Changed m1: “I like coffee”")
    assert "changed since" in text
    assert top(bob).title == USED


async def test_what_was_changed_or_deleted_since_is_said_to_be(office: Office) -> None:
    await office.say("bob", "remember:\n- I like tea\n- I like milk\n- I like rain")
    (seen,) = await office.say("bob", "hello")
    await office.command("bob", "edit m1 I like coffee")
    (again,) = await office.say("bob", "hello")
    erased = await office.run.parts.store.find(OPERATOR, BOBS)
    await office.run.parts.store.delete(OPERATOR, erased.memories[0].id)
    text = await opened(office, "bob", seen, "Memories used (3)")
    assert "1 of them was deleted since" in text
    milk, coffee = text.split("m2 · I like milk")[1].split("m1 · I like coffee")
    assert "as one of the newest · private · changed since" in coffee
    assert "changed since" not in milk
    assert "rain" not in text
    assert "changed since" not in await opened(office, "bob", again, "Memories used (3)")


async def test_why_says_the_same(office: Office) -> None:
    await office.say("bob", "remember:\n- I like tea\n- I like milk")
    await office.command("bob", "disable m2")
    await office.say("bob", "hello")
    text = await office.command("bob", "why")
    assert "My last answer to you here was given 1 memory" in text
    assert "m1 · “I like tea” · private · as one of the newest" in text
    assert "What stayed out" in text
    assert "m2 · “I like milk” · disabled" in text


async def test_many_memories_stay_within_what_slack_takes(database_url: str, model: ScriptedModel) -> None:
    async with open_office(database_url, model, {"MEMORY_TOKEN_BUDGET": "600"}) as office:
        store = office.run.parts.store
        for number in range(120):
            memory = await store.create(OPERATOR, NewMemory(BOBS, f"number {number} {'&' * 20}"))
            if number % 4 == 0:
                await store.update(OPERATOR, memory.id, Changes(disabled=True))
        (seen,) = await office.say("bob", "hello")
        given = len((await the_turn(office)).given)
        assert given > 25
        text = await opened(office, "bob", seen, f"Memories used ({given})")
        assert f"And {given - 25} more" in text
        assert len(top(office.person("bob")).blocks) <= 100


# ------------------------------------------------------------------------------------------------ when Slack refuses


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
@pytest.mark.parametrize("stream", [True, False])
async def test_where_slack_knows_no_such_blocks_the_answer_stands_alone(
    office: Office, error: str, stream: bool
) -> None:
    if not stream:
        office.slack.faults.add("chat.startStream", error="unknown_method")
    office.slack.faults.add("chat.stopStream" if stream else "chat.update", error=error)
    office.model.next("one ", "two")
    (seen,) = await office.say("bob", "hello")
    assert seen.text == "one two"
    assert not seen.streaming


async def test_without_a_stream_the_answer_has_it_too(office: Office) -> None:
    office.slack.faults.add("chat.startStream", error="unknown_method")
    office.model.next("one ", "two")
    (seen,) = await office.say("bob", "hello")
    assert seen.text.startswith("one two\n")
    assert seen.button("No memories used")
    await office.say("bob", "and?", thread=seen)
    assert [one["content"] for one in office.model.asked[1][-3:]] == ["hello", "one two", "and?"]


async def test_an_answer_that_broke_off_has_no_thumbs(office: Office) -> None:
    office.model.next("one ", error=ModelInterrupted())
    (seen,) = await office.say("bob", "hello")
    assert seen.buttons == ()


async def test_a_modal_that_slack_does_not_open_is_told(office: Office) -> None:
    (seen,) = await office.say("bob", "hello")
    office.slack.faults.add("views.open", error="expired_trigger_id")
    await office.click("bob", seen.button("No memories used"))
    assert "`/memory why`" in office.person("bob").sees()[-1].text
    assert office.person("bob").views == ()


async def test_a_modal_that_slack_does_not_fill_says_so(office: Office) -> None:
    (seen,) = await office.say("bob", "hello")
    office.slack.faults.add("views.update", error="invalid_arguments", times=2)
    assert "Something went wrong" in await opened(office, "bob", seen, "No memories used")


async def test_of_a_forgotten_turn_nothing_is_known(office: Office) -> None:
    (seen,) = await office.say("bob", "hello")
    await office.run.parts.turns.forget_before(datetime.now(UTC) + timedelta(days=1))
    assert await opened(office, "bob", seen, "No memories used") == "I no longer know what this answer was given."


# ------------------------------------------------------------------------------------------------------------ thumbs


async def test_thumbs_are_kept_with_the_turn_and_can_be_changed(office: Office) -> None:
    await office.say("bob", "remember: I like tea")
    (seen,) = await office.say("bob", "hello")
    await office.click("bob", seen.button("Good answer"))
    assert (await the_turn(office)).feedback == "up"
    assert office.person("bob").views == ()
    text = await opened(office, "bob", seen, "Bad answer")
    assert (await the_turn(office)).feedback == "down"
    assert top(office.person("bob")).title == "Was a memory wrong?"
    assert "m1 · I like tea" in text
    await chosen(office, "bob", "Disable")
    assert top(office.person("bob")).title == "Was a memory wrong?"


async def test_a_thumb_down_is_kept_even_if_slack_opens_no_modal(office: Office) -> None:
    (seen,) = await office.say("bob", "hello")
    office.slack.faults.add("views.open", error="expired_trigger_id")
    await office.click("bob", seen.button("Bad answer"))
    assert (await the_turn(office)).feedback == "down"


async def test_nobody_rates_anothers_answer(office: Office) -> None:
    (seen,) = await office.say("bob", "@membot hello", "#general")
    await office.click("carol", seen.button("Good answer"))
    told = office.person("carol").sees("#general")[-1]
    assert (told.text, told.ephemeral) == ("Only the person who asked can rate this answer.", True)
    assert "Only the person who asked" in await opened(office, "carol", seen, "Bad answer")
    assert (await the_turn(office)).feedback is None


async def test_a_thumb_in_a_thread_is_refused_there(office: Office) -> None:
    (seen,) = await office.say("bob", "@membot hello", "#general")
    await office.click("carol", seen.button("Good answer"))
    assert office.person("carol").sees("#general")[-1].thread_ts == seen.thread_ts
