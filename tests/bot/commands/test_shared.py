"""Shared memories and admins, in conversations: proposals, channels, review, the audit log, and who is told what."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.playground.standin.seen import Seen
from memory.database import tables
from memory.models import Actor, Key, NewMemory, Role
from tests.bot.conftest import Office, open_office
from tests.scripted_model import ScriptedModel

OPERATOR = Actor.operator("test")
DEPLOY = "remember for the team: we deploy on Tuesdays"


async def ids(office: Office, key: Key | None = None) -> list[str]:
    """The ids of the proposals that wait, or of a key's memories, oldest first."""
    store, team = office.run.parts.store, office.person("alice").user.team_id
    page = await store.find(OPERATOR, key) if key else await store.proposals.find(OPERATOR, team)
    return [memory.id for memory in sorted(page.memories, key=lambda memory: memory.number)]


def key_of(office: Office, name: str) -> Key:
    user = office.person(name).user
    return Key.person(user.team_id, user.id)


def direct(office: Office, name: str) -> list[Seen]:
    return [seen for seen in office.person(name).sees() if seen.author == "membot"]


# ---------------------------------------------------------------------------------------------------- proposals


async def test_a_proposal_waits_is_approved_and_its_proposer_is_told(office: Office) -> None:
    (receipt,) = await office.say("bob", DEPLOY)
    assert "Proposed: “we deploy on Tuesdays”" in receipt.text
    assert "it waits for an admin" in receipt.text
    await office.say("carol", "when do we deploy?")
    assert "Tuesdays" not in office.model.prompts[-1]
    assert "Tuesdays" not in await office.command("carol", "list workspace")
    assert "we deploy on Tuesdays" in await office.command("bob", "list proposals")
    assert "Tuesdays" not in await office.command("carol", "list proposals")
    assert "we deploy on Tuesdays" in await office.command("alice", "admin proposals")
    (proposal,) = await ids(office)
    assert "Approved: it is m1" in await office.command("alice", f"admin approve {proposal} we deploy on Mondays")
    await office.settled()
    told = direct(office, "bob")[-1].text
    assert "approved what you proposed for the workspace, with a changed text. It is m1 there" in told
    assert "“we deploy on Mondays”" in told
    await office.say("carol", "when do we deploy?")
    assert '(workspace) "we deploy on Mondays"' in office.model.prompts[-1]
    again = await office.command("alice", f"admin reject {proposal}")
    assert again == "That proposal was approved already: it is m1 of the workspace."
    assert len([seen for seen in direct(office, "bob") if "approved" in seen.text]) == 1


async def test_a_rejected_proposer_hears_the_reason(office: Office) -> None:
    await office.say("bob", "remember for the team: <!channel> tea & biscuits")
    (proposal,) = await ids(office)
    assert "Rejected and deleted" in await office.command("alice", f"admin reject {proposal} not everybody's")
    await office.settled()
    told = direct(office, "bob")[-1].text
    assert "did not approve" in told
    assert "The reason: “not everybody's”" in told
    assert "<!channel>" not in json.dumps([call.arguments.get("text") for call in office.slack.calls])
    assert await ids(office) == []


async def test_undo_withdraws_a_proposal(office: Office) -> None:
    (receipt,) = await office.say("bob", DEPLOY)
    await office.click("bob", receipt.button("Undo"))
    assert "Withdrawn" in direct(office, "bob")[-1].text
    assert await ids(office) == []


async def test_admins_who_asked_hear_of_proposals_without_their_words(office: Office) -> None:
    assert "I will tell you" in await office.command("alice", "admin notify on")
    await office.say("bob", "remember for the team:\n- we deploy on Tuesdays\n- we like tea")
    told = [seen for seen in direct(office, "alice") if "proposed" in seen.text]
    assert len(told) == 1
    assert "Tuesdays" not in told[0].text
    await office.click("alice", told[0].button("Show proposals"))
    alice = office.person("alice")
    assert alice.views[-1].title == "Proposals"
    assert "we deploy on Tuesdays" in alice.view_text(alice.views[-1])
    assert "I do not tell you" in await office.command("alice", "admin notify off")
    await office.say("bob", "remember for the team: we like milk")
    assert not [seen for seen in direct(office, "alice") if seen.text.startswith("Somebody proposed")][1:]


async def test_who_is_no_admin_any_more_hears_of_no_proposal(office: Office) -> None:
    await office.command("alice", "admin notify on")
    office.slack.workspace.add(replace(office.person("alice").user, is_admin=False))
    await office.say("bob", DEPLOY)
    assert len(await ids(office)) == 1
    assert not [seen for seen in direct(office, "alice") if "proposed" in seen.text]
    async with office.run.parts.database.reading() as connection:
        assert not (await connection.execute(sa.select(tables.watchers))).all()


async def due_again(office: Office) -> None:
    """As if the time had passed after which what could not be told is tried again."""
    async with office.run.parts.database.transaction() as tx:
        await tx.execute(sa.update(tables.notices).values(not_before=datetime(2026, 1, 1, tzinfo=UTC)))
    await office.settled()


async def test_what_slack_does_not_take_is_told_later_and_once(office: Office) -> None:
    await office.say("bob", DEPLOY)
    (proposal,) = await ids(office)
    office.slack.faults.add("chat.postMessage", error="internal_error", status=500, times=1)
    await office.command("alice", f"admin approve {proposal}")
    await office.settled()
    assert not [seen for seen in direct(office, "bob") if "approved" in seen.text]
    for _ in range(3):
        await due_again(office)
    assert len([seen for seen in direct(office, "bob") if "approved" in seen.text]) == 1


async def test_what_slack_will_never_take_is_given_up(office: Office) -> None:
    await office.say("bob", DEPLOY)
    (proposal,) = await ids(office)
    office.slack.faults.add("chat.postMessage", error="account_inactive", times=1)
    await office.command("alice", f"admin reject {proposal}")
    await office.settled()
    async with office.run.parts.database.reading() as connection:
        assert not (await connection.execute(sa.select(tables.notices))).all()


async def test_who_was_to_be_told_when_the_bot_died_is_told_by_the_next_start(
    database_url: str, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("bot.upkeep.TIDY_EVERY", 3600)  # this one never comes to telling anybody
        async with open_office(database_url, model) as office:
            await office.say("bob", DEPLOY)
            (proposal,) = await ids(office)
            await office.command("alice", f"admin approve {proposal}")
    async with open_office(database_url, model) as office:
        await office.settled()
        assert "approved what you proposed" in direct(office, "bob")[-1].text


# ----------------------------------------------------------------------------------------------- channel memories


async def test_a_channels_memory_is_announced_to_everybody_there_with_who_set_it(office: Office) -> None:
    seen = await office.say("bob", "@membot remember for this channel: be brief & kind <!here>", "#general")
    receipt, public = seen
    assert receipt.ephemeral
    assert not public.ephemeral
    (shown,) = [one for one in office.person("carol").sees("#general") if one.author == "membot"]
    assert "bob" in shown.text
    assert "be brief & kind" in shown.text
    assert shown.thread_ts
    assert "<!here" not in json.dumps(
        [call.arguments.get(part) for call in office.slack.calls for part in ("text", "blocks")]
    )


async def test_what_was_not_kept_is_not_announced(office: Office) -> None:
    await office.say("bob", "@membot remember for this channel: be brief", "#general")
    before = len(office.person("carol").sees("#general"))
    for said in ("be brief", "my password is hunter2-Tr0ub4dor"):
        await office.say("bob", f"@membot remember for this channel: {said}", "#general")
    theirs = [one for one in office.person("carol").sees("#general")[before:] if one.author == "membot"]
    assert theirs == []


async def test_anybody_in_the_channel_switches_it_off_and_only_its_author_or_an_admin_deletes_it(
    office: Office,
) -> None:
    await office.say("bob", "@membot remember for this channel: be brief", "#general")
    place = office.person("bob").place("#general")
    (memory,) = await ids(office, Key.channel(office.person("bob").user.team_id, place.id))
    assert "Disabled m1" in await office.command("carol", f"disable {memory}", "#general")
    assert await office.command("carol", f"enable {memory}") == "There is no such memory."  # not said in the channel
    assert "Enabled m1" in await office.command("carol", f"enable {memory}", "#general")
    assert "may not" in await office.command("carol", f"edit {memory} be long", "#general")
    assert "members of this workspace only" in await office.command("sam", f"disable {memory}", "#shared")
    assert "Changed m1" in await office.command("bob", f"edit {memory} be kind", "#general")
    assert "say why" in await office.command("alice", f"admin delete {memory}")
    assert "Disabled m1" in await office.command("alice", f"admin disable {memory} rude")


# --------------------------------------------------------------------------------------------------------- review


async def test_who_opens_a_private_memory_gives_a_reason_and_its_owner_is_told(office: Office) -> None:
    await office.say("bob", "remember: I see a doctor on Mondays")
    (memory,) = await ids(office, key_of(office, "bob"))
    assert "give a reason" in await office.command("alice", f"admin show {memory}")
    await office.settled()
    assert not [seen for seen in direct(office, "bob") if "opened" in seen.text]
    assert "doctor" in await office.command("alice", f"admin show {memory} complaint <12> & more")
    await office.settled()
    told = direct(office, "bob")[-1].text
    assert "opened your private memory m1 to review it. The reason: “complaint <12> & more”" in told
    assert "doctor" not in told
    log = await office.command("bob", "audit")
    assert "read" in log
    assert "complaint" in log


async def test_with_full_review_nobody_needs_a_reason_nor_is_told(database_url: str, model: ScriptedModel) -> None:
    async with open_office(database_url, model, {"ADMIN_REVIEW": "full"}) as office:
        await office.say("bob", "remember: I see a doctor on Mondays")
        (memory,) = await ids(office, key_of(office, "bob"))
        assert "doctor" in await office.command("alice", f"admin show {memory}")
        await office.settled()
        assert not [seen for seen in direct(office, "bob") if "opened" in seen.text]


async def test_an_admin_says_why_they_disable_or_delete_what_is_anothers(office: Office) -> None:
    await office.say("bob", "remember: I like tea")
    (memory,) = await ids(office, key_of(office, "bob"))
    for verb in ("disable", "delete"):
        assert f"Say it so: `/memory admin {verb} {memory} &lt;reason&gt;`" in await office.command(
            "alice", f"admin {verb} {memory}"
        )
    assert "Disabled m1" in await office.command("alice", f"admin disable {memory} spam")
    assert "Delete m1 for good?" in await office.command("alice", f"admin delete {memory} spam")


async def test_a_review_is_filtered_by_person_channel_state_and_flag(office: Office) -> None:
    await office.say("bob", "remember: see https://example.com")
    await office.say("carol", "@membot remember: I like tea", "#general")
    await office.say("carol", "@membot remember for this channel: be brief", "#general")
    await office.say("bob", DEPLOY)
    found = {
        "@bob": "m1",
        "#general": "be brief",
        "flag:url": "m1",
        "on": "be brief",
        "flag:url @bob on": "m1",
        "proposed": "we deploy on Tuesdays",
    }
    for words, expected in found.items():
        assert expected in await office.command("alice", f"admin list {words}"), words
    for words in ("off", "expired", "flag:instruction", "workspace", "@bob off", "#general flag:url"):
        assert await office.command("alice", f"admin list {words}") == "Nothing is kept there.", words
    assert "(3)" in await office.command("alice", "admin list")
    assert "https" not in await office.command("alice", "admin list flag:url")
    for words in ("flag:bananas", "bananas", "flag:"):
        assert "I can list" in await office.command("alice", f"admin list {words}")


# ---------------------------------------------------------------------------------------------------------- audit


def entries(text: str) -> list[dict[str, object]]:
    document = text.partition("```")[2].rpartition("```")[0]
    plain = document.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return list(json.loads(plain)["audit"])


async def test_everybody_reads_and_exports_their_own_part_of_the_log_and_admins_all(office: Office) -> None:
    await office.say("bob", "remember: I like tea & <milk>")
    await office.say("carol", "remember: I like coffee")
    bob = await office.command("bob", "audit")
    assert "create" in bob
    assert office.person("carol").user.id not in bob
    (own,) = entries(await office.command("bob", "audit export"))
    assert own["after"]["text"] == "I like tea & <milk>"  # type: ignore[index]
    assert "Only admins" in await office.command("bob", "admin audit export")
    everything = entries(await office.command("alice", "admin audit export"))
    assert [entry["verb"] for entry in everything] == ["create", "create"]
    assert "tea" not in json.dumps(everything)


async def test_a_long_log_is_exported_page_by_page_each_entry_once(office: Office) -> None:
    store, key = office.run.parts.store, key_of(office, "bob")
    actor = Actor(key.value, Role.MEMBER, "test", key.team, key.subject)
    for number in range(40):
        await store.create(actor, NewMemory(key, f"{number} " + "& long words " * 120))
    seen: list[object] = []
    words = "audit export"
    while words:
        ack = await office.person("bob").command("/memory", words)
        page = "".join(
            block["text"]["text"].removeprefix("```").removesuffix("```")
            for block in ack.body["blocks"][1:]
            if "text" in block
        )
        seen += [entry["id"] for entry in entries(f"```{page}```")]
        assert len(ack.body["blocks"]) <= 50
        buttons = [each for block in ack.body["blocks"] if block["type"] == "actions" for each in block["elements"]]
        words = buttons[0]["value"] if buttons else ""
    assert seen == sorted(set(seen), reverse=True)  # type: ignore[type-var]
    assert len(seen) == 40


async def test_forgetting_everything_says_what_stays_and_leaves_no_word(office: Office) -> None:
    await office.say("bob", "remember: the quokka is mine\nWhat is a quokka?")
    await office.say("bob", "remember for the team: quokka day is friday")
    asked = await office.command("bob", "forget-all")
    assert "Forget everything?" in asked
    (shown,) = await office.say("bob", "memory forget-all")
    await office.click("bob", shown.button("Forget everything"))
    done = direct(office, "bob")[-1].text
    assert "ids and dates" in done
    async with office.run.parts.database.reading() as connection:
        rows = [list(await connection.execute(sa.select(table))) for table in tables.metadata.sorted_tables]
    assert "quokka" not in str(rows)
    assert "quokka" not in str(office.run.parts.recall._blocks._kept)
