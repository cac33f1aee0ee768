"""What admins have in Slack: the queue of proposals, the review and the audit log, as dialogs and in their Home."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from bot.dialogs import screens
from bot.dialogs.click import Viewer
from bot.playground.standin import demo_workspace as acme
from bot.playground.standin.forms import Values
from bot.playground.standin.human import Person
from bot.playground.standin.modals import View
from bot.views.state import ViewState
from memory.errors import MemoryNotFound, NotPermitted
from memory.models import Actor, AuditEntry, Changes, Key, Memory, NewMemory, Role
from tests.bot.commands.test_shared import direct, ids
from tests.bot.conftest import Office, open_office
from tests.bot.dialogs.test_forms import ALICE, BOB, TEAM, actor, keep, top
from tests.bot.dialogs.test_home import opened as at_home
from tests.bot.dialogs.test_home import press as press_at_home
from tests.bot.dialogs.test_home import shown
from tests.bot.dialogs.test_list import forged, listing, press
from tests.scripted_model import ScriptedModel

CAROL = actor(acme.CAROL)
ADMIN = replace(ALICE, role=Role.ADMIN)
ADMINS_ONLY = "Only admins of this workspace may do that."
OPERATOR = Actor.operator("test")


async def propose(office: Office, *texts: str, who: Actor = BOB) -> list[Memory]:
    store = office.run.parts.store
    return [await store.create(who, NewMemory(Key.workspace(TEAM), text)) for text in texts]


async def queue(office: Office, who: str = "alice") -> Person:
    """The queue, as it opens from Home."""
    person = await at_home(office, who)
    await press_at_home(office, person, "All proposals")
    return person


async def review(office: Office, who: str = "alice") -> Person:
    """The review, as `/memory admin` opens it."""
    ack = await office.person(who).command("/memory", "admin")
    assert ack.ok
    assert not ack.body
    await office.settled()
    return office.person(who)


async def demote(office: Office, name: str = "alice") -> None:
    office.slack.workspace.add(replace(office.person(name).user, is_admin=False))


async def promote(office: Office, name: str) -> None:
    office.slack.workspace.add(replace(office.person(name).user, is_admin=True))


async def shared(office: Office) -> list[str]:
    page = await office.run.parts.store.find(OPERATOR, Key.workspace(TEAM))
    return [memory.text for memory in page.memories]


async def log(office: Office) -> tuple[AuditEntry, ...]:
    return await office.run.parts.store.audit.entries(OPERATOR, team=TEAM)


def everything(person: Person) -> str:
    home = [person.home] if person.home else []
    return json.dumps([view.content for view in (*person.views, *home)], ensure_ascii=False)


def refused(view: View) -> str:
    return " ".join(sentence for _, sentence in view.errors)


# ---------------------------------------------------------------------------------------------------- proposals


async def test_a_home_shows_the_oldest_proposals_to_admins_and_a_new_one_at_once(office: Office) -> None:
    alice, bob = await at_home(office, "alice"), await at_home(office, "bob")
    assert "Nothing is proposed for the workspace." in shown(alice)
    for number in range(5):
        await office.say("bob", f"remember for the team: fact {number}")
    assert "5 proposals wait for an admin" in shown(alice)
    assert [f"fact {number}" in shown(alice) for number in range(5)] == [True, True, True, False, False]
    assert "by @bob" in shown(alice)
    assert acme.BOB not in shown(alice)
    assert "Review" not in shown(bob)
    assert "fact" not in shown(bob)


async def test_a_proposal_is_approved_at_home(office: Office) -> None:
    await propose(office, "we deploy on Tuesdays", "we like tea")
    alice = await at_home(office)
    await press_at_home(office, alice, "Approve")
    assert "Approved: it is m1 of the workspace, “we deploy on Tuesdays”." in shown(alice)
    assert "1 proposal waits for an admin" in shown(alice)
    assert await shared(office) == ["we deploy on Tuesdays"]
    assert "approved what you proposed" in direct(office, "bob")[-1].text


async def test_a_proposal_is_approved_with_other_words(office: Office) -> None:
    await propose(office, "we deploy on Tuesdays", "we like tea")
    alice = await queue(office)
    await press(office, alice, "Edit…")
    assert "we deploy on Tuesdays" in top(alice)
    await alice.submit(alice.views[-1], {"text": " "})
    assert refused(alice.views[-1])
    await alice.submit(alice.views[-1], {"text": "the password is hunter2-Tr0ub4dor"})
    assert "looks like a secret" in refused(alice.views[-1])
    assert await shared(office) == []
    await alice.submit(alice.views[-1], {"text": "we deploy on Mondays"})
    await office.settled()
    assert len(alice.views) == 1
    assert "Approved: it is m1 of the workspace, “we deploy on Mondays”." in top(alice)
    assert "we like tea" in top(alice)
    assert "Tuesdays" not in top(alice)
    assert "with a changed text" in direct(office, "bob")[-1].text


async def test_words_that_no_row_shows_are_not_approved_unread(office: Office) -> None:
    text = "we like tea " * 60 + "and never mention our rival"
    await propose(office, text)
    alice = await queue(office)
    assert "Approve" not in [button.label for button in alice.buttons(alice.views[-1])]
    await press(office, alice, "Read all, approve…")
    assert text in top(alice)
    await alice.submit(alice.views[-1])
    await office.settled()
    assert await shared(office) == [text]


async def test_what_the_workspace_knows_already_is_told_in_the_form(office: Office) -> None:
    await propose(office, "we like milk", who=ADMIN)
    await propose(office, "we like tea")
    alice = await queue(office)
    await press(office, alice, "Edit…")
    await alice.submit(alice.views[-1], {"text": "we like milk"})
    assert "I already know that: it is m1. “we like milk”" in top(alice)
    assert alice.views[-1].content["submit"]
    assert await shared(office) == ["we like milk"]


@pytest.mark.parametrize("reason", ["not everybody's", ""])
async def test_a_proposal_is_rejected_with_or_without_a_reason(office: Office, reason: str) -> None:
    await propose(office, "we deploy on Tuesdays")
    alice = await queue(office)
    await press(office, alice, "Reject…")
    assert "Reject and delete “we deploy on Tuesdays”?" in top(alice)
    await alice.submit(alice.views[-1], {"reason": reason})
    await office.settled()
    assert "Rejected and deleted: “we deploy on Tuesdays”." in top(alice)
    assert "Nothing is proposed for the workspace." in top(alice)
    told = direct(office, "bob")[-1].text
    assert (f"The reason: “{reason}”" if reason else "No reason was given.") in told
    assert await ids(office) == []


async def test_ten_proposals_go_on_a_page(office: Office) -> None:
    await propose(office, *(f"fact {number}" for number in range(11)))
    alice = await queue(office)
    assert "1–10 of 11" in top(alice)
    await press(office, alice, "Next")
    assert "fact 10" in top(alice)
    await press(office, alice, "Approve")
    assert "Approved: it is m1" in top(alice)
    assert "1–10 of 10" in top(alice)


async def test_of_two_admins_one_decides_and_the_other_sees_how_it_is(office: Office) -> None:
    await promote(office, "bob")
    (proposal,) = await propose(office, "we deploy on Tuesdays", who=CAROL)
    alice, bob = await queue(office, "alice"), await queue(office, "bob")
    approve = [next(each for each in one.buttons(one.views[-1]) if each.label == "Approve") for one in (alice, bob)]
    await asyncio.gather(alice.click(approve[0]), bob.click(approve[1]))
    await office.settled()
    told = sorted(top(one).partition("\n")[0] for one in (alice, bob))
    assert told == [
        "Approved: it is m1 of the workspace, “we deploy on Tuesdays”.",
        "That proposal was approved already: it is m1 of the workspace.",
    ]
    assert await shared(office) == ["we deploy on Tuesdays"]
    assert [entry.verb for entry in await log(office) if entry.memory_id == proposal.id] == ["approve", "propose"]


@pytest.mark.parametrize("label", ["Edit…", "Reject…"])
async def test_a_proposal_that_is_withdrawn_before_the_form_is_sent(office: Office, label: str) -> None:
    (proposal,) = await propose(office, "we deploy on Tuesdays")
    alice = await queue(office)
    await press(office, alice, label)
    await office.run.parts.store.delete(BOB, proposal.id)
    await alice.submit(alice.views[-1])
    await office.settled()
    assert "That proposal was withdrawn by whoever made it." in top(alice)
    await alice.close(alice.views[-1])
    assert "Nothing is proposed for the workspace." in top(alice)
    assert await shared(office) == []


async def test_a_proposal_that_is_withdrawn_before_it_is_opened(office: Office) -> None:
    (proposal,) = await propose(office, "we deploy on Tuesdays")
    alice = await queue(office)
    await office.run.parts.store.delete(BOB, proposal.id)
    await press(office, alice, "Edit…")
    assert "That proposal was withdrawn by whoever made it." in top(alice)
    await alice.close(alice.views[-1])
    await press(office, alice, "Approve")
    assert "That proposal was withdrawn by whoever made it." in top(alice)


async def test_who_is_told_of_proposals_is_switched_at_home(office: Office) -> None:
    alice = await at_home(office)
    await press_at_home(office, alice, "Tell me of new proposals")
    assert "I will tell you when somebody proposes" in shown(alice)
    await office.say("bob", "remember for the team: we deploy on Tuesdays")
    told = direct(office, "alice")[-1]
    await office.click("alice", told.button("Show proposals"))
    assert "we deploy on Tuesdays" in top(alice)
    await press_at_home(office, alice, "Do not tell me of new proposals")
    assert "I do not tell you" in shown(alice)
    before = len(direct(office, "alice"))
    await office.say("bob", "remember for the team: we like tea")
    assert len(direct(office, "alice")) == before


async def test_a_queue_that_does_not_open_is_told_under_the_message(office: Office) -> None:
    await office.command("alice", "admin notify on")
    await office.say("bob", "remember for the team: we deploy on Tuesdays")
    office.slack.faults.add("views.open", error="expired_trigger_id")
    await office.click("alice", direct(office, "alice")[-1].button("Show proposals"))
    assert "Slack did not open the dialog" in direct(office, "alice")[-1].text


# -------------------------------------------------------------------------------------------------------- review


async def test_a_review_shows_everybodys_memories_without_private_texts(office: Office) -> None:
    await keep(office, BOB, "see https://example.com about my doctor", tags=("health",))
    await keep(office, BOB, "I like tea", visibility="open")
    await propose(office, "we deploy on Tuesdays", who=ADMIN)
    await propose(office, "we like milk")
    alice = await review(office)
    text = top(alice)
    assert alice.views[-1].title == "Review"
    assert "m1 · (private: the text takes a reason)" in text
    assert "m2 · I like tea" in text
    assert "of @bob · private · used 0 times · saved " in text
    assert "flags: url" in text
    assert "m1 · we deploy on Tuesdays" in text
    assert "of the workspace · workspace" in text
    assert "1–3 of 3" in text
    for words in ("doctor", "health", "example.com", "milk"):
        assert words not in everything(alice), words


async def test_a_review_is_narrowed_by_person_channel_state_flag_and_words(office: Office) -> None:
    await keep(office, BOB, "see https://example.com", visibility="open")
    off = await keep(office, ALICE, "I like tea", visibility="open")
    await office.run.parts.store.update(ALICE, off.id, Changes(disabled=True))
    await office.say("bob", "@membot remember for this channel: be brief", "#general")
    await propose(office, "we deploy on Tuesdays", who=ADMIN)
    alice = await review(office)
    assert "1–4 of 4" in top(alice)

    async def choose(name: str, said: str) -> str:
        await alice.choose_in(alice.views[-1], name, said)
        await office.settled()
        return top(alice)

    assert "1–1 of 1" in await choose("Person", acme.BOB)
    assert "example.com" in top(alice)
    assert alice.views[-1].content["blocks"][0]["elements"][0]["initial_user"] == acme.BOB
    general = office.person("bob").place("#general").id
    assert "be brief" in await choose("Channel", general)
    assert "1–1 of 1" in top(alice)
    await press(office, alice, "Only the workspace’s")
    assert "we deploy on Tuesdays" in top(alice)
    assert "1–1 of 1" in top(alice)
    await press(office, alice, "Show all")
    assert "1–4 of 4" in top(alice)
    assert "example.com" in await choose("Flag", "url")
    assert "1–1 of 1" in top(alice)
    await press(office, alice, "Show all")
    assert "I like tea" in await choose("Which", "off")
    assert "1–1 of 1" in top(alice)
    await press(office, alice, "Show all")
    assert "brief" in await choose("Search", "BRIEF")
    assert "1–1 of 1" in top(alice)
    await alice.submit(alice.views[-1], {"Search": "nothing like it"})
    assert "Nothing found." in top(alice)


async def test_a_private_text_is_opened_with_a_reason_and_its_owner_is_told(office: Office) -> None:
    memory = await keep(office, BOB, "I see a doctor on Mondays")
    alice = await review(office)
    await press(office, alice, "Open text…")
    assert "doctor" not in everything(alice)
    await alice.submit(alice.views[-1], {"reason": "  "})
    assert "Say why" in refused(alice.views[-1])
    assert [entry.verb for entry in await log(office)] == ["create"]
    await alice.submit(alice.views[-1], {"reason": "a complaint"})
    await office.settled()
    assert "m1 · I see a doctor on Mondays" in top(alice)
    entry = (await log(office))[0]
    assert (entry.verb, entry.actor, entry.reason, entry.memory_id) == ("read", ALICE.id, "a complaint", memory.id)
    told = direct(office, "bob")[-1].text
    assert "opened your private memory m1 to review it. The reason: “a complaint”" in told
    await alice.close(alice.views[-1])
    assert "doctor" not in everything(alice)


async def test_with_full_review_no_reason_is_asked_for_a_text(database_url: str, model: ScriptedModel) -> None:
    async with open_office(database_url, model, {"ADMIN_REVIEW": "full"}) as office:
        await keep(office, BOB, "I see a doctor on Mondays")
        alice = await review(office)
        assert "m1 · I see a doctor on Mondays" in top(alice)
        await press(office, alice, "Open")
        assert "doctor" in top(alice)
        assert not alice.views[-1].content.get("submit")
        assert not direct(office, "bob")


async def test_what_is_anothers_is_disabled_and_deleted_with_a_reason(office: Office) -> None:
    await keep(office, BOB, "buy crypto")
    alice = await review(office)
    await press(office, alice, "Disable…")
    assert "crypto" not in everything(alice)
    await alice.submit(alice.views[-1], {"reason": " "})
    assert "Say why" in refused(alice.views[-1])
    await alice.submit(alice.views[-1], {"reason": "my password is hunter2-Tr0ub4dor"})
    assert "secret" in refused(alice.views[-1])
    await alice.submit(alice.views[-1], {"reason": "spam"})
    await office.settled()
    assert "Disabled m1 of @bob." in top(alice)
    await press(office, alice, "Enable")
    assert "Enabled m1" in top(alice)
    await press(office, alice, "Delete…")
    await alice.submit(alice.views[-1], {"reason": ""})
    assert "Say why" in refused(alice.views[-1])
    await alice.submit(alice.views[-1], {"reason": "still spam"})
    await office.settled()
    assert "Deleted m1 of @bob for good." in top(alice)
    assert "Nothing found." in top(alice)
    told = [(entry.verb, entry.reason) for entry in await log(office)]
    assert told == [("delete", "still spam"), ("enable", None), ("disable", "spam"), ("create", None)]


async def test_what_belongs_to_all_is_disabled_and_deleted_without_a_reason(office: Office) -> None:
    await propose(office, "we deploy on Tuesdays", who=ADMIN)
    alice = await review(office)
    await press(office, alice, "Disable")
    assert "Disabled m1 of the workspace: “we deploy on Tuesdays”" in top(alice)
    await press(office, alice, "Delete…")
    assert "for good?" in top(alice)
    assert not [block for block in alice.views[-1].blocks if block["type"] == "input"]
    await alice.submit(alice.views[-1])
    await office.settled()
    assert "Deleted m1 of the workspace for good." in top(alice)
    assert await shared(office) == []


@pytest.mark.parametrize("label", ["Disable…", "Delete…"])
async def test_a_memory_that_changed_meanwhile_is_asked_about_again(office: Office, label: str) -> None:
    memory = await keep(office, BOB, "I like tea", visibility="open")
    store, alice = office.run.parts.store, await review(office)
    await press(office, alice, label)
    await store.update(BOB, memory.id, Changes(text="I like coffee"))
    await alice.submit(alice.views[-1], {"reason": "spam"})
    assert "It was changed in the meantime." in top(alice)
    assert "I like coffee" in top(alice)
    now = await store.get(BOB, memory.id)
    assert not now.disabled
    await store.delete(BOB, memory.id)
    await alice.submit(alice.views[-1], {"reason": "spam"})
    await office.settled()
    assert "There is no such memory." in top(alice)


async def test_a_review_comes_back_to_its_page_and_filter_after_an_act(office: Office) -> None:
    for number in range(12):
        await keep(office, BOB, f"fact {number} https://example.com/{number}", visibility="open")
    await keep(office, ALICE, "I like tea", visibility="open")
    alice = await review(office)
    await alice.choose_in(alice.views[-1], "Person", acme.BOB)
    await office.settled()
    await press(office, alice, "Next")
    await press(office, alice, "Delete…")
    await alice.submit(alice.views[-1], {"reason": "spam"})
    await office.settled()
    assert "11–11 of 11" in top(alice)
    assert "tea" not in top(alice)


async def test_the_words_of_the_command_still_answer_as_text(office: Office) -> None:
    await keep(office, BOB, "I like tea", visibility="open")
    assert "I like tea" in await office.command("alice", "admin list")
    office.slack.faults.add("views.open", error="expired_trigger_id")
    assert "I like tea" in await office.command("alice", "admin")


# --------------------------------------------------------------------------------------------------------- the log


async def test_admins_read_the_workspaces_log_page_by_page_and_export_it(office: Office) -> None:
    for number in range(30):
        await keep(office, BOB, f"fact {number}")
    alice = await at_home(office)
    await press_at_home(office, alice, "Audit log")
    assert alice.views[-1].title == "Audit log"
    assert top(alice).count("create") == 25
    await press(office, alice, "Older")
    assert top(alice).count("create") == 5
    await press(office, alice, "Newer")
    await press(office, alice, "Export")
    assert top(alice).count('"verb": "create"') == 30
    assert "fact" not in everything(alice)


async def test_everybody_reads_their_own_part_and_no_other(office: Office) -> None:
    memory = await keep(office, BOB, "I like tea")
    await keep(office, ALICE, "alice's secret plan")
    await office.command("alice", f"admin disable {memory.id} spam")
    bob = await listing(office, "bob")
    await press(office, bob, "What happened to my memories")
    assert "disable" in top(bob)
    assert "reason: spam" in top(bob)
    await press(office, bob, "Export")
    assert '"text": "I like tea"' in top(bob)
    assert top(bob).count('"verb"') == 2
    assert "secret plan" not in everything(bob)


async def test_who_has_no_memory_left_reads_what_happened_to_them(office: Office) -> None:
    memory = await keep(office, BOB, "I like tea")
    await office.run.parts.store.delete(ADMIN, memory.id, reason="spam")
    bob = await listing(office, "bob")
    await press(office, bob, "What happened to my memories")
    assert "delete" in top(bob)
    assert "reason: spam" in top(bob)


async def test_a_long_log_is_exported_part_by_part_each_entry_once(office: Office) -> None:
    memory = await keep(office, BOB, "🦆" * 1995)
    for number in range(1, 12):  # each entry holds the words before and after
        await office.run.parts.store.update(BOB, memory.id, Changes(text=f"{number}" + "🦆" * 1995))
    bob = await listing(office, "bob")
    await press(office, bob, "What happened to my memories")
    await press(office, bob, "Export")
    found, parts = top(bob).count('"verb"'), 1
    while "Older" in [button.label for button in bob.buttons(bob.views[-1])]:
        await press(office, bob, "Older")
        found, parts = found + top(bob).count('"verb"'), parts + 1
        assert "There is more than Slack shows" not in top(bob)
    assert found == 12
    assert parts > 1


# --------------------------------------------------------------------------------------------------- who may not


async def test_an_admin_who_was_demoted_is_refused_at_the_next_act(office: Office) -> None:
    await propose(office, "we deploy on Tuesdays")
    memory = await keep(office, BOB, "I see a doctor on Mondays")
    alice = await queue(office)
    await demote(office)
    await press(office, alice, "Approve")
    assert top(alice).startswith(ADMINS_ONLY)
    assert "Tuesdays" not in top(alice)
    await office.settled()
    for label in ("Approve", "Edit…", "Reject…", "Review memories", "Audit log", "All proposals"):
        if label in [button.label for button in alice.buttons(alice.home)]:  # type: ignore[arg-type] # it is there
            await press_at_home(office, alice, label)
            assert "Tuesdays" not in top(alice)
    assert await shared(office) == []
    assert len(await ids(office)) == 1
    assert (await office.run.parts.store.get(BOB, memory.id)) == memory


@pytest.mark.parametrize(("label", "sent"), [("Edit…", {"text": "mine"}), ("Reject…", {"reason": "mine"})])
async def test_a_form_of_who_was_demoted_decides_nothing(office: Office, label: str, sent: Values) -> None:
    await propose(office, "we deploy on Tuesdays")
    alice = await queue(office)
    await press(office, alice, label)
    await demote(office)
    await alice.submit(alice.views[-1], sent)
    await office.settled()
    assert ADMINS_ONLY in top(alice)
    assert await shared(office) == []
    assert len(await ids(office)) == 1


@pytest.mark.parametrize("label", ["Open text…", "Disable…", "Delete…"])
async def test_a_review_of_who_was_demoted_does_nothing(office: Office, label: str) -> None:
    memory = await keep(office, BOB, "I see a doctor on Mondays")
    alice = await review(office)
    await press(office, alice, label)
    await demote(office)
    await alice.submit(alice.views[-1], {"reason": "curious"})
    await office.settled()
    assert ADMINS_ONLY in top(alice)
    assert "doctor" not in everything(alice)
    assert not direct(office, "bob")
    assert (await office.run.parts.store.get(BOB, memory.id)) == memory


@pytest.mark.parametrize("name", ["bob", "gus"])
async def test_whoever_is_no_admin_opens_no_review(office: Office, name: str) -> None:
    await keep(office, ALICE, "alice's secret plan", visibility="open")
    person = await review(office, name)
    assert ADMINS_ONLY in top(person)
    assert "secret plan" not in everything(person)


VERBS = (
    "admin approve",
    "amend",
    "reject",
    "read",
    "off",
    "remove",
    "admin reject",
    "admin disable",
    "admin erase",
    "disable",
    "queue",
    "review",
    "log",
    "log-export",
    "admin notify",
)


@pytest.mark.parametrize("verb", VERBS)
async def test_a_forged_value_gives_no_right(office: Office, verb: str) -> None:
    (proposal,) = await propose(office, "we deploy on Tuesdays", who=CAROL)
    secret = await keep(office, ALICE, "alice's secret plan", visibility="open")
    await keep(office, BOB, "bob's own")
    await press_nothing(office, verb, proposal, secret)


async def press_nothing(office: Office, verb: str, proposal: Memory, secret: Memory) -> None:
    before = await log(office)
    for memory in (proposal, secret):
        bob = await listing(office, "bob")
        button = next(each for each in bob.buttons(bob.views[-1]) if each.action_id == "view:menu")
        await bob.click(
            forged(button, f"{verb} {'on' if verb == 'admin notify' else f'{memory.id} {memory.revision}'}")
        )
        await office.settled()
        if bob.views[-1].content.get("submit") and len(bob.views) > 1:
            await bob.submit(bob.views[-1])
            await office.settled()
        assert "Tuesdays" not in everything(bob)
        assert "secret plan" not in everything(bob)
    assert await log(office) == before
    assert not await office.run.parts.store.proposals.notified(BOB)


@pytest.mark.parametrize("name", ["queue", "amend", "reject", "review", "read", "off", "remove", "log", "log-export"])
async def test_forged_metadata_gives_no_right(office: Office, name: str) -> None:
    """What a view keeps could name any screen and memory; whoever sends it is who Slack signed for."""
    (proposal,) = await propose(office, "we deploy on Tuesdays", who=CAROL)
    secret = await keep(office, ALICE, "alice's secret plan")
    before = await log(office)
    for memory in (proposal, secret):
        bob = await listing(office, "bob")
        kept = ViewState(screen=name, user=acme.BOB, memory=memory.id, revision=memory.revision)
        asked = {
            "type": "input", "block_id": f"reason:{memory.id}", "label": {"type": "plain_text", "text": "Why"},
            "element": {"type": "plain_text_input", "action_id": "reason", "initial_value": "because"},
        }  # fmt: skip
        content = bob.views[-1].content | {"private_metadata": kept.dumps(), "blocks": [asked]}
        office.slack.workspace.views.change(bob.views[-1], content)
        await bob.submit(bob.views[-1])
        await office.settled()
        assert "Tuesdays" not in everything(bob)
        assert "secret plan" not in everything(bob)
    assert await log(office) == before
    assert await office.run.parts.store.get(ALICE, secret.id) == secret


async def test_an_admin_of_another_workspace_sees_and_does_nothing(office: Office) -> None:
    (proposal,) = await propose(office, "we deploy on Tuesdays")
    secret = await keep(office, BOB, "bob's secret plan", visibility="open")
    parts = office.run.parts
    other = Actor(f"slack:{acme.OTHER_TEAM}:{acme.SAM}", Role.ADMIN, "test", acme.OTHER_TEAM, acme.SAM)
    for state in (
        ViewState(screen="queue"),
        ViewState(screen="review"),
        ViewState(screen="review", whose=acme.BOB),
        ViewState(screen="review", whose="workspace"),
        ViewState(screen="log"),
        ViewState(screen="log-export"),
    ):
        told = json.dumps(screens.framed(await screens.show(parts, Viewer(other, state))))
        assert "Tuesdays" not in told
        assert "secret plan" not in told
        assert secret.id not in told
    told = json.dumps(await screens.home_screen(parts, Viewer(other)))
    assert "Nothing is proposed" in told
    for name in ("amend", "reject", "read", "off", "remove"):
        for memory in (proposal, secret):
            with pytest.raises((MemoryNotFound, NotPermitted)):
                await screens.show(parts, Viewer(other, ViewState(screen=name, memory=memory.id)))
    sam = await review(office, "sam")
    assert "members of this workspace only" in top(sam)


async def test_slack_not_saying_who_it_is_keeps_what_was_typed(office: Office) -> None:
    await propose(office, "we deploy on Tuesdays")
    alice = await queue(office)
    await press(office, alice, "Edit…")
    office.slack.faults.add("users.info", times=3)
    await alice.submit(alice.views[-1], {"text": "we deploy on Mondays"})
    await office.settled()
    assert "Slack did not tell me who you are" in top(alice)
    assert "we deploy on Mondays" in top(alice)
    await alice.submit(alice.views[-1])
    await office.settled()
    assert await shared(office) == ["we deploy on Mondays"]
