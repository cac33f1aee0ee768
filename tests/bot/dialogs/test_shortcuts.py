"""“Remember this” on a message: whose words they are, where they may be kept, and where they came from."""

from __future__ import annotations

import pytest

from bot.playground.standin import demo_workspace as acme
from bot.playground.standin.human import Person
from bot.playground.standin.messages import Message
from bot.playground.standin.seen import Seen
from memory.models import Actor, Key, Role
from memory.store.store import MemoryStore
from tests.bot.conftest import Office
from tests.bot.dialogs.test_forms import ALICE, TEAM, actor, pressing, send, top


async def remember(office: Office, who: str, message: Message | Seen) -> Person:
    assert (await office.person(who).shortcut("remember_message", message)).ok
    await office.settled()
    return office.person(who)


def store(office: Office) -> MemoryStore:
    return office.run.parts.store


async def kept(office: Office, who: Actor, key: Key | None = None) -> list[str]:
    found = await store(office).find(who, key or Key.person(TEAM, who.user))
    return [memory.text for memory in found.memories]


async def test_ones_own_message_is_remembered_with_where_it_stands(office: Office) -> None:
    root = await office.person("bob").say("who likes what?", "#random")
    said = await office.person("alice").say("I like a & b <3 and @bob", "#random", root)
    alice = await remember(office, "alice", said)
    assert alice.views[-1].title == "Remember this"
    assert "What to remember: I like a & b <3 and @" in top(alice)
    assert "not yours" not in top(alice)
    assert "For whom" not in top(alice) or "For this channel" not in top(alice)
    await send(office, alice.views[-1], tags="people")
    assert "Saved as m1:" in top(alice)
    (memory,) = (await store(office).find(ALICE, Key.person(TEAM, acme.ALICE))).memories
    assert memory.text.startswith("I like a & b <3")
    assert memory.visibility == "private"
    assert memory.tags == ("people",)
    origin = memory.origin
    assert (origin.channel_id, origin.message_ts, origin.thread_ts) == (acme.RANDOM, said.ts, root.ts)
    assert origin.user_id == acme.ALICE
    assert f"p{said.ts.replace('.', '')}?thread_ts={root.ts}" in str((await listed(office)).views[-1].content)


async def listed(office: Office) -> Person:
    await office.person("alice").command("/memory")
    await office.settled()
    return office.person("alice")


async def test_anothers_words_are_named_as_theirs(office: Office) -> None:
    said = await office.person("bob").say("we deploy on Tuesdays", "#random")
    alice = await remember(office, "alice", said)
    assert "These are the words of @bob, not yours" in top(alice)
    await send(office, alice.views[-1])
    assert "words of @bob" in top(await listed(office))


async def test_the_bots_own_answer_can_be_remembered(office: Office) -> None:
    (answer,) = await office.say("alice", "hello")
    alice = await remember(office, "alice", answer)
    assert "These are the words of @membot" in top(alice)


async def test_what_is_saved_can_be_edited_at_once(office: Office) -> None:
    alice = await remember(office, "alice", await office.person("alice").say("I like tea", "#random"))
    await send(office, alice.views[-1])
    await office.click("alice", pressing(alice, "Edit"))
    await send(office, alice.views[-1], text="I like coffee")
    assert await kept(office, ALICE) == ["I like coffee"]


async def test_a_channel_is_offered_only_where_the_bot_is(office: Office) -> None:
    said = await office.person("bob").say("be brief", "#random")
    assert "For this channel" not in top(await remember(office, "bob", said))
    await office.say("bob", "@membot hello", "#random")
    bob = await remember(office, "bob", said)
    assert "For this channel" in top(bob)
    assert "For the whole workspace, once an admin agrees" in top(bob)
    await send(office, bob.views[-1], "bob", **{"For whom": "channel"})
    assert await kept(office, actor(acme.BOB), None) == []
    in_channel = Actor(
        id=f"slack:{acme.ACME}:{acme.BOB}", role=Role.MEMBER, door="x", team=TEAM, user=acme.BOB, channel=acme.RANDOM
    )
    assert await kept(office, in_channel, Key.channel(TEAM, acme.RANDOM)) == ["be brief"]


async def test_admins_may_keep_it_for_the_workspace_and_members_may_propose_it(office: Office) -> None:
    said = await office.person("bob").say("we deploy on Tuesdays", "#random")
    alice = await remember(office, "alice", said)
    await send(office, alice.views[-1], **{"For whom": "team"})
    assert await kept(office, actor(acme.BOB), Key.workspace(TEAM)) == ["we deploy on Tuesdays"]
    bob = await remember(office, "bob", await office.person("bob").say("be kind", "#random"))
    await send(office, bob.views[-1], "bob", **{"For whom": "proposal"})
    assert "Proposed: “be kind” (for the whole workspace: it waits for an admin" in top(bob)
    assert await kept(office, actor(acme.BOB), Key.workspace(TEAM)) == ["we deploy on Tuesdays"]


async def test_nobody_else_may_by_a_forged_form(office: Office) -> None:
    gus = await remember(office, "gus", await office.person("bob").say("buy crypto", "#general"))
    form = gus.views[-1]
    forged = form.content["private_metadata"].replace("}", ',"places":"me team channel"}')
    radio = {"type": "input", "block_id": "place:remember", "label": {"type": "plain_text", "text": "For whom"}}
    option = {"text": {"type": "plain_text", "text": "x"}, "value": "team"}
    element = {"type": "radio_buttons", "action_id": "place", "options": [option], "initial_option": option}
    blocks = [*form.blocks, radio | {"element": element}]
    changed = office.slack.workspace.views.change(form, form.content | {"private_metadata": forged, "blocks": blocks})
    await send(office, changed, "gus")
    assert "You may not do that." in top(gus)
    assert await kept(office, actor(acme.BOB), Key.workspace(TEAM)) == []


@pytest.mark.parametrize(("who", "told"), [("sam", "members of this workspace only"), ("gus", "What to remember")])
async def test_outsiders_are_refused_and_guests_keep_for_themselves(office: Office, who: str, told: str) -> None:
    channel = {"sam": "#shared", "gus": "#general"}[who]
    person = await remember(office, who, await office.person("bob").say("hello", channel))
    assert told in top(person)
    assert "For this channel" not in top(person)


async def test_a_secret_in_a_message_is_not_kept(office: Office) -> None:
    said = await office.person("alice").say("my password is hunter2-Tr0ub4dor", "#random")
    alice = await remember(office, "alice", said)
    await send(office, alice.views[-1])
    ((block, sentence),) = alice.views[-1].errors
    assert block.startswith("text:")
    assert "looks like a secret" in sentence
    assert await kept(office, ALICE) == []


async def test_a_duplicate_is_told_and_opened(office: Office) -> None:
    await office.say("alice", "remember: I like tea")
    alice = await remember(office, "alice", await office.person("alice").say("I like tea!", "#random"))
    await send(office, alice.views[-1])
    assert "This is already m1" in top(alice)
    await office.click("alice", pressing(alice, "Open m1"))
    assert alice.views[-1].title == "Edit m1"


async def test_a_long_message_is_cut_and_an_empty_one_is_empty(office: Office) -> None:
    alice = await remember(office, "alice", await office.person("alice").say("long 🦆 " * 900, "#random"))
    assert "longer than a memory may be" in top(alice)
    await send(office, alice.views[-1])
    assert "Saved as m1" in top(alice)
    alice = await remember(office, "alice", await office.person("alice").say("", "#random", blocks=()))
    await send(office, alice.views[-1])
    assert "the text is empty" in str(alice.views[-1].errors)


async def test_mentions_in_a_message_notify_nobody(office: Office) -> None:
    said = await office.person("bob").say("x", "#random")
    office.slack.workspace.change(said, text=f"&lt;!channel&gt; <!here> <@{acme.BOB}>")
    alice = await remember(office, "alice", said)
    await send(office, alice.views[-1])
    assert "<!" not in str(alice.views[-1].content)
    assert await kept(office, ALICE) == [f"<!channel> @here @{acme.BOB}"]


async def test_a_shortcut_that_cannot_open_says_so_to_one_person(office: Office) -> None:
    said = await office.person("bob").say("x", "#random")
    office.slack.faults.add("views.open", error="expired_trigger_id", times=2)
    alice = await remember(office, "alice", said)
    told = alice.sees("#random")[-1]
    assert told.ephemeral
    assert "did not open the dialog" in told.text
    await alice.shortcut("open_memories")
    await office.settled()
    assert "did not open the dialog" in alice.sees()[-1].text
