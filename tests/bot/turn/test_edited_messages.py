"""The message behind a memory is edited or deleted: its author is asked, and nothing happens by itself."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.standin.demo_workspace import ACME
from bot.playground.standin.messages import Message
from bot.playground.standin.seen import Seen
from bot.slack.mrkdwn import plain
from bot.turn.edited_messages import Offer, shown
from memory.database.rows import new_memory
from memory.errors import StorageFailed
from memory.models import Actor, Key, Memory, NewMemory, Origin, Role
from tests.bot.conftest import Office
from tests.bot.test_conversations import texts
from tests.people import ANNA, ANNAS

LONG = "very " * 395


async def remember(office: Office, who: str, text: str, channel: str | None = None) -> Message:
    sent = await office.person(who).say(text, channel)
    await office.settled()
    return sent


async def offers(
    office: Office, who: str, message: Message, text: str | None, channel: str | None = None
) -> list[Seen]:
    """Edit a message (None: delete it), and return what that person is told then."""
    person = office.person(who)
    before = len(person.sees(channel))
    if text is None:
        await person.delete(message)
        before -= 1
    else:
        await person.edit(message, text)
    await office.settled()
    return list(person.sees(channel)[before:])


def labels(seen: Seen) -> list[str]:
    return [button.label for button in seen.buttons]


async def test_an_edit_offers_to_update_and_does_it_when_pressed(office: Office) -> None:
    message = await remember(office, "bob", "remember: I like tea")
    (offer,) = await offers(office, "bob", message, 'remember: I like coffee & <b>cake</b>  "now"')
    assert "You edited the message behind m1. It says: “I like tea”. Shall it say: “I like coffee" in offer.text
    assert labels(offer) == ["Update m1", "Keep"]
    assert offer.thread_ts == message.ts
    assert await texts(office, "bob") == ["I like tea"]
    assert office.model.asked == []
    await office.click("bob", offer.button("Update m1"))
    assert await texts(office, "bob") == ['I like coffee & <b>cake</b>  "now"']
    assert not any("Update m1" in labels(one) for one in office.person("bob").sees())


async def test_keep_keeps(office: Office) -> None:
    message = await remember(office, "bob", "remember: I like tea")
    (offer,) = await offers(office, "bob", message, "remember: I like coffee")
    await office.click("bob", offer.button("Keep"))
    assert await texts(office, "bob") == ["I like tea"]
    assert "m1 stays as it is: “I like tea”" in office.person("bob").sees()[-1].text


async def test_a_deletion_offers_to_delete(office: Office) -> None:
    message = await remember(office, "bob", "remember: I like tea")
    (offer,) = await offers(office, "bob", message, None)
    assert "You deleted the message behind m1: “I like tea”. Shall I delete m1 too?" in offer.text
    assert labels(offer) == ["Delete m1", "Keep it"]
    assert await texts(office, "bob") == ["I like tea"]
    await office.click("bob", offer.button("Delete m1"))
    assert await texts(office, "bob") == []


async def test_in_a_channel_the_author_alone_is_asked(office: Office) -> None:
    message = await remember(office, "bob", "@membot remember for this channel: we deploy on Tuesdays", "#general")
    edited = "@membot remember for this channel: we deploy on Mondays"
    (offer,) = await offers(office, "bob", message, edited, "#general")
    assert offer.ephemeral
    assert not any("Mondays" in one.text for one in office.person("carol").sees("#general") if one.author == "membot")
    await office.click("bob", offer.button("Update m1"))
    assert "we deploy on Mondays" in await office.command("bob", "list channel", "#general")


@pytest.mark.parametrize(
    "edited",
    ["remember: I like tea", "remember: *I like tea*", "remember: _i_ like `tea`.", "Remember  :  I like  tea!"],
)
async def test_an_edit_of_the_formatting_alone_offers_nothing(office: Office, edited: str) -> None:
    message = await remember(office, "bob", "remember: I like tea")
    assert await offers(office, "bob", message, edited) == []


async def test_an_edit_saves_nothing_and_is_no_question(office: Office) -> None:
    question = await remember(office, "bob", "What is Slack?")
    assert await offers(office, "bob", question, "remember: I like tea") == []
    saved = await remember(office, "bob", "remember: I like tea")
    assert await offers(office, "bob", saved, "remember: I like tea\nremember: I like milk\nAnd what is Slack?") == []
    assert await texts(office, "bob") == ["I like tea"]
    assert len(office.model.asked) == 1


async def test_of_several_memories_only_those_that_changed_are_offered(office: Office) -> None:
    message = await remember(office, "bob", "remember:\n- I like tea\n- I like milk\n- I like rain")
    (offer,) = await offers(office, "bob", message, "remember:\n- I like tea\n- I like oat milk\n- I like rain")
    assert labels(offer) == ["Update m2", "Keep"]
    (gone,) = await offers(office, "bob", message, "remember:\n- I like tea\n- I like oat milk")
    assert "Your edited message no longer asks me to remember m3" in gone.text
    assert labels(gone) == ["Delete m3", "Keep it"]


async def test_of_many_memories_some_are_offered_and_the_rest_counted(office: Office) -> None:
    message = await remember(office, "bob", "remember:\n" + "\n".join(f"- number {number}" for number in range(5)))
    told = await offers(office, "bob", message, None)
    assert [one.text.split(":")[0] for one in told] == [
        "You deleted the message behind m1",
        "You deleted the message behind m2",
        "You deleted the message behind m3",
        "And 2 more of that message",
    ]


async def test_an_offer_works_on_what_it_offered_or_says_that_it_is_out_of_date(office: Office) -> None:
    message = await remember(office, "bob", "remember: I like tea")
    (first,) = await offers(office, "bob", message, "remember: I like coffee")
    (second,) = await offers(office, "bob", message, "remember: I like cocoa")
    (third,) = await offers(office, "bob", message, None)
    await office.click("bob", second.button("Update m1"))
    assert await texts(office, "bob") == ["I like cocoa"]
    for offer, label in ((first, "Update m1"), (third, "Delete m1")):
        await office.click("bob", offer.button(label))
        assert any("was changed in the meantime" in one.text for one in office.person("bob").sees())
        assert await texts(office, "bob") == ["I like cocoa"]


async def test_a_memory_that_was_edited_here_is_still_offered_and_one_deleted_is_not(office: Office) -> None:
    message = await remember(office, "bob", "remember: I like tea")
    await office.command("bob", "edit m1 I like green tea")
    (offer,) = await offers(office, "bob", message, "remember: I like coffee")
    assert "It says: “I like green tea”. Shall it say: “I like coffee”" in offer.text
    assert await offers(office, "bob", message, "remember: I like green tea") == []
    await office.click("bob", office.person("bob").sees()[1].button("Undo"))
    assert await texts(office, "bob") == []
    assert await offers(office, "bob", message, None) == []


async def test_an_edit_that_comes_before_the_memory_was_saved_waits_for_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = office.run.parts.store
    create, failed = store.create, asyncio.Event()

    async def away(*arguments: Any, **named: Any) -> Memory:
        if not failed.is_set():
            failed.set()
            raise StorageFailed
        return await create(*arguments, **named)

    monkeypatch.setattr(store, "create", away)
    bob = office.person("bob")
    message = await bob.say("remember: I like tea")
    await bob.edit(message, "remember: I like coffee")
    await office.settled()
    told = [one for one in bob.sees() if one.author == "membot"]
    assert failed.is_set()
    assert "Saved as m1" in told[0].text
    assert labels(told[1]) == ["Update m1", "Keep"]


async def test_what_another_made_from_the_message_is_not_offered_even_to_an_admin(office: Office) -> None:
    message = await remember(office, "alice", "We deploy on Tuesdays", "#general")
    carol = office.person("carol").user
    actor = Actor(Key.person(ACME, carol.id).value, Role.MEMBER, "test", ACME, carol.id, message.channel)
    for key in (Key.person(ACME, carol.id), Key.channel(ACME, message.channel)):
        origin = Origin(carol.id, message.channel, None, message.ts)
        await office.run.parts.store.create(actor, NewMemory(key, "We deploy on Tuesdays", origin=origin))
    assert await offers(office, "alice", message, "We deploy on Mondays", "#general") == []
    assert await offers(office, "alice", message, None, "#general") == []


async def test_a_message_that_was_saved_whole_is_offered_whole(office: Office) -> None:
    message = await remember(office, "bob", "We deploy on <https://example.com|Tuesdays>", "#general")
    bob = office.person("bob").user
    key = Key.person(ACME, bob.id)
    actor = Actor(key.value, Role.MEMBER, "test", ACME, bob.id, message.channel)
    new = NewMemory(key, plain(message.text), origin=Origin(bob.id, message.channel, None, message.ts))
    await office.run.parts.store.create(actor, new)
    (offer,) = await offers(office, "bob", message, "We deploy on Mondays", "#general")
    await office.click("bob", offer.button("Update m1"))
    assert await texts(office, "bob") == ["We deploy on Mondays"]


async def test_a_secret_is_not_offered_nor_repeated(office: Office) -> None:
    message = await remember(office, "bob", "remember: I like tea")
    assert await offers(office, "bob", message, "remember: my password is hunter2-Tr0ub4dor") == []


async def test_words_too_long_for_a_button_are_left_to_the_command(office: Office) -> None:
    message = await remember(office, "bob", "remember: I like tea")
    (offer,) = await offers(office, "bob", message, f"remember: {LONG}{'x' * 20}")
    assert labels(offer) == []
    assert "`/memory edit m1 …`" in offer.text


async def test_while_the_offer_cannot_be_told_it_is_tried_again(office: Office) -> None:
    message = await remember(office, "bob", "remember: I like tea")
    office.slack.faults.add("chat.postMessage", error="internal_error", status=500)
    assert len(await offers(office, "bob", message, "remember: I like coffee")) == 1
    office.slack.faults.add("chat.postMessage", error="is_archived")
    assert await offers(office, "bob", message, "remember: I like cocoa") == []


@given(text=st.text(min_size=1, max_size=2500).filter(lambda text: text.strip()))
def test_a_button_carries_exactly_the_words_that_were_offered(text: str) -> None:
    memory = new_memory(NewMemory(ANNAS, "I like tea"), number=7, actor=ANNA, now=datetime(2026, 11, 20, tzinfo=UTC))
    reply = shown(Offer(memory, text), deleted=False)
    values = [each["value"] for block in reply.blocks[1:] for each in block["elements"]]
    assert all(len(value) <= 2000 for value in values)
    assert "`/memory edit m7 …`" in reply.text or values[1] == f"keep {memory.id}"
    for value in values[:1]:
        verb, memory_id, revision, words = value.strip().split(" ", 3)
        assert (verb, memory_id, revision, json.loads(words)) == ("reword", memory.id, "1", text)
        assert "\n" not in value
