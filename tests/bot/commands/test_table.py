"""`/memory`: every verb, for oneself, for others, and for numbers that are none. No Slack is needed for that."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.commands import fits, own
from bot.commands import table as commands
from bot.commands.call import Call
from bot.slack.reply import Block, Reply, note
from memory.database.open import Database
from memory.errors import SecretSeen
from memory.model.demo import DemoModel
from memory.models import Actor, Changes, Key, NewMemory, Role
from memory.parts import Parts, joined
from memory.store.limits import Limits
from memory.turns import Thread, Turn
from tests.bot.conftest import Office

TEAM = "T1"
ONE_NUMBER = ("show", "edit", "disable", "enable", "delete", "pin", "unpin", "private", "open")


def person(user: str, role: Role = Role.MEMBER, team: str = TEAM, channel: str | None = "D1") -> Actor:
    return Actor(id=f"slack:{team}:{user}", role=role, door="test", team=team, user=user, channel=channel)


ALICE, BOB, ADA = person("UALICE"), person("UBOB"), person("UADA", Role.ADMIN)


@pytest.fixture
def parts(database: Database) -> Parts:
    return joined(database, DemoModel())


async def say(parts: Parts, who: Actor, words: str, *, pressed: bool = False, channel: str = "D1") -> Reply:
    return await commands.run(parts, Call(replace(who, channel=channel), channel, words, pressed=pressed))


async def keep(parts: Parts, who: Actor, *texts: str) -> list[str]:
    key = Key.person(who.team, who.user)
    return [(await parts.store.create(who, NewMemory(key, text))).id for text in texts]


def buttons(reply: Reply) -> list[Block]:
    return [each for block in reply.blocks if block["type"] == "actions" for each in block["elements"]]


def labels(reply: Reply) -> list[str]:
    return [button["text"]["text"] for button in buttons(reply)]


def pressing(reply: Reply, label: str) -> str:
    return str(next(each["value"] for each in buttons(reply) if each["text"]["text"] == label))


# ----------------------------------------------------------------------------------------------- a conversation


async def test_a_memory_goes_through_its_life(parts: Parts) -> None:
    talk: Sequence[tuple[str, str]] = [
        ("", "I remember nothing about you yet."),
        ("add I like short answers", "Saved as m1: “I like short answers” (private"),
        ("add I LIKE short  answers!", "I already know that: it is m1."),
        ("list", "m1 · “I like short answers” · private"),
        ("show m1", "revision 1"),
        ("edit m1 I like long answers", "Changed m1: “I like long answers”"),
        ("disable 1", "Disabled m1:"),
        ("list off", "m1 · “I like long answers” · private · disabled"),
        ("list on", "Nothing found."),
        ("add i like long answers", "I already know that: it is m1, which is disabled."),
        ("enable M1", "Enabled m1:"),
        ("pin m1", "Pinned m1:"),
        ("list", "private · pinned"),
        ("unpin m1", "Unpinned m1:"),
        ("open m1", "m1 is open now:"),
        ("private m1", "m1 is private now:"),
        ("search LONG", "m1 · “I like long answers”"),
        ("search short", "Nothing found."),
        ("delete m1", "Delete m1 for good?"),
        ("list", "m1 ·"),
        ("pause", "Your memory is paused"),
        ("add something new", "Switch it on with `/memory resume`."),
        ("edit m1 something new", "Your memory is paused"),
        ("list", "m1 ·"),
        ("resume", "Your memory is on again."),
        ("forget-all", "This deletes your 1 memory and our conversations"),
        ("list", "m1 ·"),
        ("help", "`/memory disable m7`"),
        ("why", "I have not answered you here yet"),
    ]
    for words, expected in talk:
        assert expected in (await say(parts, ALICE, words)).text, words


async def test_deleting_asks_and_then_deletes_for_good(parts: Parts) -> None:
    await keep(parts, ALICE, "I like tea")
    asked = await say(parts, ALICE, "delete m1")
    assert labels(asked) == ["Delete", "Disable"]
    assert all("confirm" in each for each in buttons(asked) if each.get("style") == "danger")
    assert (await say(parts, ALICE, pressing(asked, "Delete"), pressed=True)).text == "Deleted m1 for good."
    assert "There is no memory m1." in (await say(parts, ALICE, "show m1")).text


async def test_what_a_button_does_cannot_be_typed(parts: Parts) -> None:
    (memory_id,) = await keep(parts, ALICE, "I like tea")
    for typed in (f"erase {memory_id}", "erase-all", f"erase {memory_id}\nlist"):
        assert "I do not know" in (await say(parts, ALICE, typed)).text
    assert "m1" in (await say(parts, ALICE, "list")).text


async def test_forgetting_everything_asks_offers_the_export_and_erases_conversations_too(parts: Parts) -> None:
    await keep(parts, ALICE, "I like tea", "I like milk")
    await keep(parts, BOB, "I like coffee")
    thread = Thread(TEAM, "D1", "1.0")
    await parts.turns.begin(Turn("Ev1", thread, ALICE.user, "1.0", "hello", (), datetime.now(UTC)))
    asked = await say(parts, ALICE, "forget-all")
    assert labels(asked) == ["Forget everything", "Export"]
    done = await say(parts, ALICE, pressing(asked, "Forget everything"), pressed=True)
    assert "2 memories and our conversations are deleted" in done.text
    assert await parts.turns.get("Ev1") is None
    assert "I like coffee" in (await say(parts, BOB, "list")).text


# -------------------------------------------------------------------------------------------- whose memory it is


@pytest.mark.parametrize("verb", ONE_NUMBER)
async def test_anothers_memory_answers_exactly_like_an_unknown_one(parts: Parts, verb: str) -> None:
    (theirs,) = await keep(parts, BOB, "bob's secret plan")
    unknown = theirs[:-6] + "ffffff"
    answers = [(await say(parts, ALICE, f"{verb} {each} new text")).text for each in (theirs, unknown)]
    if verb != "edit":
        answers = [(await say(parts, ALICE, f"{verb} {each}")).text for each in (theirs, unknown)]
    assert answers[0] == answers[1] == "There is no such memory."
    assert (await say(parts, ALICE, f"{verb} m1")).text == "There is no memory m1. `/memory list` shows yours."
    assert "bob's secret plan" in (await say(parts, BOB, "list on")).text


@pytest.mark.parametrize("verb", ONE_NUMBER)
@pytest.mark.parametrize(
    "number", ["m", "x7", "m-1", "7.5", "m7m", "mm7", "<@U1>", "m" + "9" * 30, "'; drop table", "٧"]
)
async def test_a_malformed_number_is_told_as_one(parts: Parts, verb: str, number: str) -> None:
    text = (await say(parts, ALICE, f"{verb} {number}")).text
    assert "is not the number of a memory" in text or "There is no memory" in text


@pytest.mark.parametrize("verb", ONE_NUMBER)
async def test_a_missing_number_is_asked_for(parts: Parts, verb: str) -> None:
    assert (await say(parts, ALICE, verb)).text.startswith("Which memory?")


async def test_a_button_pressed_by_somebody_else_does_nothing(parts: Parts) -> None:
    (memory_id,) = await keep(parts, ALICE, "I like tea")
    for command in (f"erase {memory_id}", f"disable {memory_id}\nlist", f"admin erase {memory_id}"):
        assert "tea" not in (await say(parts, BOB, command, pressed=True)).text
    assert "private" in (await say(parts, ALICE, "list on")).text


async def test_an_outsider_is_told_that_there_is_nothing_for_them(parts: Parts) -> None:
    outsider = person("UALICE", Role.OUTSIDER)
    await keep(parts, ALICE, "I like tea")
    for words in ("list", "add x", "show m1", "export", "erase-all", "why", "help"):
        assert "members of this workspace only" in (await say(parts, outsider, words, pressed=True)).text


async def test_a_guest_has_their_own_memories_and_no_others(parts: Parts) -> None:
    guest = person("UGUS", Role.GUEST)
    await parts.store.create(ADA, NewMemory(Key.workspace(TEAM), "We deploy on Tuesdays"))
    assert "Saved as m1" in (await say(parts, guest, "add I like tea")).text
    for words in ("list workspace", "admin list", "admin audit", "admin proposals"):
        text = (await say(parts, guest, words, channel="C1")).text
        assert "may not" in text or "Only admins" in text, words


# -------------------------------------------------------------------------------------------------------- lists


async def test_ten_memories_go_on_a_page(parts: Parts) -> None:
    await keep(parts, ALICE, *(f"fact {number}" for number in range(23)))
    first = await say(parts, ALICE, "list")
    assert "(23) · page 1 of 3" in first.text
    assert "Previous" not in labels(first)
    second = await say(parts, ALICE, pressing(first, "Next"), pressed=True)
    third = await say(parts, ALICE, pressing(second, "Next"), pressed=True)
    assert "Next" not in labels(third)
    seen = [number for page in (first, second, third) for number in re.findall(r"^m(\d+) ·", page.text, re.MULTILINE)]
    assert seen == [str(number) for number in range(23, 0, -1)]
    back = await say(parts, ALICE, pressing(third, "Previous"), pressed=True)
    assert back == second


async def test_a_button_in_a_list_leads_back_to_the_list(parts: Parts) -> None:
    await keep(parts, ALICE, *(f"fact {number}" for number in range(12)))
    second = await say(parts, ALICE, "list page 2")
    after = await say(parts, ALICE, pressing(second, "Disable"), pressed=True)
    assert after.text.startswith("Disabled m2:")
    assert "page 2 of 2" in after.text
    assert "disabled" in after.text


async def test_tags_and_shared_memories_can_be_listed(parts: Parts) -> None:
    await parts.store.create(ALICE, NewMemory(Key.person(TEAM, ALICE.user), "tea", tags=("Drinks",)))
    await keep(parts, ALICE, "cars")
    in_channel = person("UALICE", channel="C1")
    await parts.store.create(ADA, NewMemory(Key.workspace(TEAM), "We deploy on Tuesdays"))
    await parts.store.create(in_channel, NewMemory(Key.channel(TEAM, "C1"), "Be brief here"))
    tagged = (await say(parts, ALICE, "list #drinks")).text
    assert "tea" in tagged
    assert "cars" not in tagged
    assert "Tuesdays" in (await say(parts, ALICE, "list workspace")).text
    assert "Be brief here" in (await say(parts, ALICE, "list channel", channel="C1")).text
    assert "Be brief here" not in (await say(parts, ALICE, "list channel", channel="C2")).text


async def test_a_list_says_what_it_can_list(parts: Parts) -> None:
    assert "I can list: all, on, off, #tag, workspace, channel" in (await say(parts, ALICE, "list bananas")).text


async def test_words_with_a_meaning_for_databases_or_slack_are_just_words(parts: Parts) -> None:
    await keep(parts, ALICE, "100% of <!channel> & _all_ * NEAR( \"x\" OR 'y'", "plain")
    for words in ("100%", "_all_", '"x"', "NEAR(", "&lt;!channel&gt;", "'y'", "*"):
        found = await say(parts, ALICE, f"search {words}")
        assert "(1)" in found.text, words
        assert "<!channel>" not in json.dumps(found.blocks[0]) + json.dumps(found.blocks[2:])
        assert "<!channel>" not in found.text


# ---------------------------------------------------------------------------------------------- unknown verbs


@pytest.mark.parametrize(
    ("said", "meant"), [("lsit", "list"), ("delte m1", "delete"), ("forgetall", "forget-all"), ("Disabel 1", "disable")]
)
async def test_an_unknown_verb_gets_the_nearest_and_the_help(parts: Parts, said: str, meant: str) -> None:
    text = (await say(parts, ALICE, said)).text
    assert f"Did you mean `{meant}`?" in text
    assert "`/memory list" in text


async def test_help_tells_admins_more_and_everybody_what_admins_can_read(parts: Parts) -> None:
    assert "admin" not in (await say(parts, ALICE, "help")).text.replace("Admins", "")
    assert "admin audit" in (await say(parts, ADA, "help")).text
    assert "only with a reason" in (await say(parts, ALICE, "help")).text
    full = replace(parts, limits=Limits(full_review=True))
    assert "can read everybody's memories, private ones too" in (await say(full, ALICE, "help")).text


async def test_a_verb_is_added_by_one_row_and_one_function(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def statistics(parts: Parts, call: Call) -> Reply:
        page = await parts.store.find(call.actor, call.own)
        return note(f"{page.total} kept{call.words}")

    row = commands.Verb("statistics", "statistics", "counts your memories", statistics, fits.nothing)
    assert "I do not know `statistics`" in await office.command("alice", "statistics")
    monkeypatch.setattr(commands, "TABLE", (*commands.TABLE, row))
    assert "`/memory statistics` counts your memories" in await office.command("alice", "help")
    assert await office.command("alice", "statistics") == "0 kept"
    assert "Did you mean `statistics`?" in await office.command("alice", "statistic")
    assert [seen.text for seen in await office.say("alice", "memory statistics?")] == ["0 kept"]
    assert not [seen for seen in await office.say("alice", "memory statistics are fun") if "kept" in seen.text]


async def test_a_verb_of_admins_is_added_by_one_row(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def statistics(parts: Parts, call: Call) -> Reply:
        page = await parts.store.review(call.actor, call.actor.team)
        return note(f"{page.total} kept")

    row = commands.Verb("admin statistics", "admin statistics", "counts all", statistics, who="admins")
    monkeypatch.setattr(commands, "TABLE", (*commands.TABLE, row))
    assert "`/memory admin statistics` counts all" in await office.command("alice", "help")
    assert "statistics" not in await office.command("bob", "help")
    assert await office.command("alice", "admin statistics") == "0 kept"
    assert await office.command("bob", "admin statistics") == "Only admins of this workspace may do that."
    assert "Did you mean `admin statistics`?" in await office.command("alice", "admin statistic")
    assert [seen.text for seen in await office.say("alice", "memory admin statistics")] == ["0 kept"]


async def test_a_change_is_added_to_every_menu_by_one_row(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    urgent = Changes(priority=100)
    run = own.changing(urgent, "{memory} is urgent now")
    row = commands.Verb("urgent", "urgent m7", "puts it before all others", run, fits.number, urgent, "Make urgent")
    monkeypatch.setattr(commands, "TABLE", (*commands.TABLE, row))
    (memory_id,) = await keep(parts, ALICE, "I like tea")
    memory = await parts.store.get(ALICE, memory_id)
    assert ("urgent", "Make urgent") in commands.offers(ALICE, memory)
    shown = await say(parts, ALICE, "list")
    done = await say(parts, ALICE, pressing(shown, "Make urgent"), pressed=True)
    assert done.text.startswith("m1 is urgent now: “I like tea”")
    assert "Make urgent" not in labels(done)


@pytest.mark.parametrize("verb", [verb for verb in commands.TABLE if verb.changes and verb.who == "everybody"])
async def test_a_menus_choice_leaves_what_was_changed_since(parts: Parts, verb: commands.Verb) -> None:
    (memory_id,) = await keep(parts, ALICE, "I like tea")
    for revision in (0, 2):
        call = Call(ALICE, "D1", f"{verb.name} {memory_id}", pressed=True, revision=revision)
        assert (await commands.run(parts, call)).text.startswith("This memory was changed in the meantime.")
    assert (await parts.store.get(ALICE, memory_id)).revision == 1


# ------------------------------------------------------------------------------------------------------- export


def documents(reply: Reply) -> list[dict[str, object]]:
    joined = "".join(
        block["text"]["text"].removeprefix("```").removesuffix("```") for block in reply.blocks[1:] if "text" in block
    )
    plain = joined.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return list(json.loads(plain)["memories"])


async def test_the_export_holds_every_memory_whole(parts: Parts) -> None:
    texts = [f"{number} " + "long & <wide> words ``` \n" * 60 for number in range(30)]
    await keep(parts, ALICE, *texts)
    reply = await say(parts, ALICE, "export")
    exported = documents(reply)
    while "Next" in labels(reply):
        assert len(reply.blocks) <= 50
        assert all(len(block.get("text", {}).get("text", "")) <= 3000 for block in reply.blocks)
        reply = await say(parts, ALICE, pressing(reply, "Next"), pressed=True)
        exported += documents(reply)
    assert [each["text"] for each in exported] == texts
    assert exported[0]["number"] == 1
    assert {"key", "tags", "visibility", "created_at", "origin", "metadata"} <= exported[0].keys()


# ---------------------------------------------------------------------------------------------------------- why


async def test_why_shows_what_the_last_answer_was_given_and_what_is_gone(parts: Parts) -> None:
    ids = await keep(parts, ALICE, "I like tea", "I like milk")
    thread = Thread(TEAM, "D1", "1.0")
    await parts.turns.begin(Turn("Ev1", thread, ALICE.user, "1.0", "hello", tuple(ids), datetime.now(UTC)))
    shown = (await say(parts, ALICE, "why")).text
    assert "given 2 memories" in shown
    assert "I like tea" in shown
    await parts.store.delete(ALICE, ids[0])
    assert "1 of them was deleted since" in (await say(parts, ALICE, "why")).text
    assert "I have not answered you here yet" in (await say(parts, BOB, "why")).text
    assert "I have not answered you here yet" in (await say(parts, ALICE, "why", channel="D2")).text


# ------------------------------------------------------------------------------------------------------- admins


@pytest.mark.parametrize(
    "words",
    [
        "list",
        "search tea",
        "show mem_x",
        "disable mem_x",
        "delete mem_x",
        "audit",
        "",
        "proposals",
        "approve mem_x",
        "reject mem_x",
        "notify on",
    ],
)
async def test_only_admins_review(parts: Parts, words: str) -> None:
    assert (await say(parts, ALICE, f"admin {words}")).text == "Only admins of this workspace may do that."


async def test_an_admin_sees_a_private_text_only_with_a_reason_that_is_logged(parts: Parts) -> None:
    (memory_id,) = await keep(parts, ALICE, "I see a doctor on Mondays")
    for words in (
        "admin list",
        f"admin list <@{ALICE.user}|alice in Bonn>",
        f"admin show {memory_id}",
        "admin search doctor",
    ):
        assert "doctor on" not in (await say(parts, ADA, words)).text, words
    assert "takes a reason" in (await say(parts, ADA, "admin list")).text
    assert "m1" in (await say(parts, ADA, f"admin list <@{ALICE.user}|alice in Bonn> on")).text
    shown = await say(parts, ADA, f"admin show {memory_id} a complaint by the owner")
    assert "I see a doctor on Mondays" in json.dumps(shown.blocks)
    log = (await say(parts, ADA, "admin audit")).text
    assert "read" in log
    assert "a complaint by the owner" in log
    assert "doctor" not in log


async def test_full_review_needs_no_reason(database: Database) -> None:
    parts = joined(database, DemoModel(), limits=Limits(full_review=True))
    await keep(parts, ALICE, "I see a doctor on Mondays")
    assert "I see a doctor" in (await say(parts, ADA, "admin list")).text
    assert "I see a doctor" in (await say(parts, ADA, "admin search doctor")).text


async def test_an_admin_disables_enables_and_deletes_anybodys_memory(parts: Parts) -> None:
    (memory_id,) = await keep(parts, ALICE, "buy crypto now")
    assert "Disabled m1" in (await say(parts, ADA, f"admin disable {memory_id} spam")).text
    assert "disabled" in (await say(parts, ALICE, "list")).text
    assert "Enabled m1" in (await say(parts, ADA, f"admin enable {memory_id}")).text
    asked = await say(parts, ADA, f"admin delete {memory_id} spam")
    assert "crypto" not in asked.text
    deleted = await say(parts, ADA, pressing(asked, "Delete"), pressed=True)
    assert "Deleted m1" in deleted.text
    assert "I remember nothing" in (await say(parts, ALICE, "list")).text
    log = (await say(parts, ADA, "admin audit")).text
    assert "reason: spam" in log
    assert "crypto" not in log


async def test_an_admin_of_another_workspace_is_nobody_here(parts: Parts) -> None:
    (memory_id,) = await keep(parts, ALICE, "I like tea")
    other = person("UOTHER", Role.ADMIN, team="T2")
    assert "tea" not in (await say(parts, other, "admin list")).text
    assert (await say(parts, other, f"admin show {memory_id} because")).text == "There is no such memory."
    assert (await say(parts, other, f"admin delete {memory_id}")).text == "There is no such memory."
    assert (await say(parts, other, f"admin approve {memory_id}")).text == "There is no such proposal."


async def test_an_expired_memory_is_listed_as_off(parts: Parts) -> None:
    soon = datetime.now(UTC) - timedelta(seconds=1)
    await parts.store.create(ALICE, NewMemory(Key.person(TEAM, ALICE.user), "on holiday", expires_at=soon))
    assert "expired" in (await say(parts, ALICE, "list off")).text
    assert "Nothing found." in (await say(parts, ALICE, "list on")).text


# ----------------------------------------------------------------------------------------------------- smuggling


async def test_a_line_break_in_a_command_never_becomes_a_second_command(parts: Parts) -> None:
    await keep(parts, ALICE, *(f"fact {number} erase-all" for number in range(12)))
    found = await say(parts, ALICE, "search fact\nerase-all")
    assert "\n" not in pressing(found, "Next")
    await say(parts, ALICE, pressing(found, "Next"), pressed=True)
    await say(parts, ALICE, "list\nerase-all", pressed=True)
    assert "(12)" in (await say(parts, ALICE, "list")).text


async def test_an_admins_deletion_asks_however_it_is_spelled(parts: Parts) -> None:
    (memory_id,) = await keep(parts, ALICE, "I like tea")
    for verb in ("erase", "ERASE", "Erase"):
        assert f"I do not know `admin {verb.lower()}`" in (await say(parts, ADA, f"admin {verb} {memory_id}")).text
    assert "I like tea" in (await say(parts, ALICE, "list")).text


@pytest.mark.parametrize(
    "words", ["add my password is #hunter2-Tr0ub4dor", "add my wifi password is hunter2-Tr0ub4dor"]
)
async def test_a_secret_is_not_kept_however_it_is_written(parts: Parts, words: str) -> None:
    assert "looks like a secret" in (await say(parts, ALICE, words)).text
    assert "I remember nothing" in (await say(parts, ALICE, "list")).text


async def test_a_secret_split_between_text_and_tags_is_not_kept(parts: Parts) -> None:
    new = NewMemory(Key.person(TEAM, ALICE.user), "my password is", tags=("hunter2-tr0ub4dor",))
    with pytest.raises(SecretSeen):
        await parts.store.create(ALICE, new)


async def test_a_decision_that_is_taken_again_by_the_same_request_says_what_it_did(parts: Parts) -> None:
    """The bot died after it had decided and before it had said so: the turn is taken again."""
    store, workspace = parts.store, Key.workspace(TEAM)
    one, two = [await store.create(ALICE, NewMemory(workspace, text)) for text in ("we like tea", "we like mate")]
    for words, told in (
        (f"admin approve {one.id} we love tea", "Approved: it is m1 of the workspace, “we love tea”."),
        (f"admin reject {two.id} too bitter", "Rejected and deleted"),
    ):
        call = Call(ADA, "D1", words, request_id=f"Ev1:{words}")
        for _ in range(2):
            assert told in (await commands.run(parts, call)).text
        assert "already" in (await commands.run(parts, replace(call, request_id="Ev2"))).text
    verbs = [entry.verb for entry in await store.audit.entries(ADA, team=TEAM)]
    assert (verbs.count("approve"), verbs.count("reject")) == (1, 1)
