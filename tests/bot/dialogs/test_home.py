"""The Home tab: what it shows, what can be done in it, and that it is published again after each change."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.dialogs.home import Publisher
from bot.dialogs.homes import Homes
from bot.playground.standin import demo_workspace as acme
from bot.playground.standin.human import Person
from memory.database.tables import homes
from memory.models import Changes, Key, NewMemory, Role
from tests.bot.conftest import Office
from tests.bot.dialogs.test_forms import ALICE, BOB, TEAM, actor, keep, send, stored, top

ALICES = Key.person(TEAM, acme.ALICE)
ADMIN = replace(actor(acme.ALICE), role=Role.ADMIN)


async def opened(office: Office, who: str = "alice") -> Person:
    await office.person(who).open_home()
    await office.settled()
    return office.person(who)


def shown(person: Person) -> str:
    assert person.home
    return person.view_text(person.home)


async def press(office: Office, person: Person, label: str) -> None:
    assert person.home
    button = next(button for button in person.buttons(person.home) if button.label == label)
    assert (await person.click(button)).ok  # type: ignore[union-attr] # nothing asks first here
    await office.settled()


def published(office: Office) -> int:
    return len(office.slack.journal.called("views.publish"))


def live_by_the_clock_of_slack(office: Office) -> None:
    """So that it can be put forward."""

    def clock() -> datetime:
        return datetime.fromtimestamp(office.slack.clock.now(), UTC)

    publisher = office.run.app.publisher
    publisher.homes = Homes(office.run.parts.database, clock)
    publisher.parts = replace(office.run.parts, clock=clock)


async def rows(office: Office) -> list[str]:
    async with office.run.parts.database.reading() as connection:
        return list(await connection.scalars(sa.select(homes.c.key)))


async def test_an_empty_home_says_what_the_bot_is_and_suggests_first_steps(office: Office) -> None:
    text = shown(await opened(office, "bob"))
    assert "I remember what you tell me" in text
    assert "Your memory is on." in text
    assert "I remember nothing about you yet" in text
    assert "only with a reason" in text
    assert "admin" not in text.replace("Admins", "")


async def test_it_shows_counts_and_the_latest_memories_with_where_they_were_said(office: Office) -> None:
    for number in range(1, 8):
        await office.say("alice", f"remember: fact {number}")
    await office.command("alice", "disable m1")
    await office.command("alice", "pin m1")
    await office.run.parts.store.create(ADMIN, NewMemory(Key.workspace(TEAM), "We deploy on Tuesdays"))
    await keep(office, BOB, "bob's secret plan")
    alice = await opened(office)
    text = shown(alice)
    assert "7 in all · 6 in use · 1 off · and 1 of the whole workspace" in text
    assert all(f"fact {number}" in text for number in range(3, 8))
    assert "fact 1" not in text
    assert "secret plan" not in text
    assert "https://acme.slack.com/archives/" in json.dumps(alice.home.content)  # type: ignore[union-attr]


async def test_the_memories_have_the_same_actions(office: Office) -> None:
    memory = await keep(office, ALICE, "I like tea")
    alice = await opened(office)
    await press(office, alice, "Disable")
    assert "Disabled m1: “I like tea”" in shown(alice)
    assert "0 in use · 1 off" in shown(alice)
    await press(office, alice, "Edit")
    await send(office, alice.views[-1], text="I like coffee")
    assert "m1 · I like coffee" in shown(alice)
    await press(office, alice, "See all 1")
    assert "m1 · I like coffee" in top(alice)
    await alice.close(alice.views[-1])
    await press(office, alice, "Export")
    assert '"text": "I like coffee"' in top(alice)
    await alice.close(alice.views[-1])
    await press(office, alice, "Delete…")
    await send(office, alice.views[-1])
    assert "I remember nothing about you yet" in shown(alice)
    await press(office, alice, "Add")
    await send(office, alice.views[-1], text="I like milk")
    assert "m2 · I like milk" in shown(alice)
    await press(office, alice, "Forget everything")
    await send(office, alice.views[-1])
    assert "I remember nothing about you yet" in shown(alice)
    assert memory.id not in json.dumps(alice.home.content)  # type: ignore[union-attr]


async def test_the_switch_pauses_and_resumes(office: Office) -> None:
    alice = await opened(office)
    await press(office, alice, "Pause")
    assert "Your memory is paused." in shown(alice)
    assert "Your memory is paused" in await office.command("alice", "add x")
    await press(office, alice, "Resume")
    assert "Your memory is on." in shown(alice)


async def test_a_stale_action_refuses_and_shows_how_it_is(office: Office) -> None:
    memory = await keep(office, ALICE, "I like tea")
    alice = await opened(office)
    button = next(button for button in alice.buttons(alice.home) if button.label == "Disable")  # type: ignore[arg-type]
    changed = await office.run.parts.store.update(ALICE, memory.id, Changes(pinned=True))
    await alice.click(button)
    await office.settled()
    assert "This memory was changed in the meantime." in shown(alice)
    assert await stored(office, memory) == changed


async def test_admins_see_the_review_and_nobody_else(office: Office) -> None:
    for name, sees in (("alice", True), ("bob", False), ("gus", False)):
        text = shown(await opened(office, name))
        assert all((part in text) is sees for part in ("== Review ==", "All proposals", "Review memories", "Audit log"))


async def test_an_outsider_is_told_that_there_is_nothing(office: Office) -> None:
    await office.run.app.publisher.opened(Key.person(TEAM, acme.SAM))
    assert "members of this workspace only" in shown(office.person("sam"))


# -------------------------------------------------------------------------------------------- published again


@pytest.mark.parametrize("said", ["remember: I like tea", "memory add I like tea"])
async def test_what_is_said_anywhere_is_in_the_home(office: Office, said: str) -> None:
    bob = await opened(office, "bob")
    await office.say("bob", said)
    assert "I like tea" in shown(bob)
    await office.command("bob", "open m1")
    await office.settled()
    assert "open ·" in shown(bob)


async def test_what_an_admin_does_is_in_the_home(office: Office) -> None:
    memory = await keep(office, BOB, "buy crypto")
    bob = await opened(office, "bob")
    await office.command("alice", f"admin disable {memory.id} spam")
    await office.settled()
    assert "disabled" in shown(bob)


async def test_a_memory_of_the_workspace_is_counted_in_every_home(office: Office) -> None:
    people = [await opened(office, name) for name in ("alice", "bob", "carol")]
    await office.say("alice", "remember for the team: we deploy on Tuesdays")
    assert all("1 of the whole workspace" in shown(person) for person in people)


async def test_a_home_that_nothing_changed_is_not_published(office: Office) -> None:
    await opened(office, "bob")
    before = published(office)
    await keep(office, ALICE, "I like tea")
    for _ in range(3):
        await office.run.app.publisher.tick()
    assert published(office) == before


async def test_nobody_elses_home_is_published_for_a_change_that_is_not_theirs(office: Office) -> None:
    bob = await opened(office, "bob")
    await opened(office, "alice")
    assert bob.home
    before = bob.home.hash
    await office.say("alice", "remember: I like tea")
    assert bob.home.hash == before


async def test_a_proposal_is_published_in_the_homes_of_admins_alone(office: Office) -> None:
    alice, bob, carol = [await opened(office, name) for name in ("alice", "bob", "carol")]
    assert alice.home and bob.home and carol.home
    before, theirs = published(office), (bob.home.hash, carol.home.hash)
    await office.say("bob", "remember for the team: we deploy on Tuesdays")
    assert "we deploy on Tuesdays" in shown(alice)
    assert published(office) == before + 1
    assert (bob.home.hash, carol.home.hash) == theirs


async def test_of_two_replicas_one_publishes(office: Office) -> None:
    await opened(office)
    parts = office.run.parts
    ours, twin = office.run.app.publisher, Publisher(Homes(parts.database, parts.clock), parts, office.run.app.actors)
    for number in range(5):
        before = published(office)
        await keep(office, ALICE, f"fact {number}")
        tried = await asyncio.gather(ours.tick(), twin.tick(), ours.tick(), twin.tick())
        assert sum(tried) <= 1  # none, when the bot's own housekeeping was quicker
        await office.settled()
        assert published(office) == before + 1
        assert f"fact {number}" in shown(office.person("alice"))


async def test_a_claim_of_a_replica_that_died_is_taken_over(office: Office) -> None:
    live_by_the_clock_of_slack(office)
    alice = await opened(office)
    await keep(office, ALICE, "I like tea")
    claimed = await office.run.app.publisher.homes.due(5)
    await office.settled()
    if claimed:  # the bot's own housekeeping may have been quicker
        assert "I like tea" not in shown(alice)
        office.slack.clock.advance(31)
        await office.settled()
    assert "I like tea" in shown(alice)


# ------------------------------------------------------------------------------------------------------- faults


async def test_slack_being_away_is_waited_out_longer_each_time(office: Office) -> None:
    live_by_the_clock_of_slack(office)
    alice = await opened(office)
    office.slack.faults.add("views.publish", error="internal_error", times=3)
    await keep(office, ALICE, "I like tea")
    await office.settled()
    before = published(office)
    for _ in range(5):
        await office.run.app.publisher.tick()
    assert published(office) == before
    for seconds in (6, 11, 21):
        assert "I like tea" not in shown(alice)
        office.slack.clock.advance(seconds)
        await office.settled()
    assert "I like tea" in shown(alice)


async def test_whoever_opens_their_home_does_not_wait_for_that(office: Office) -> None:
    alice = await opened(office)
    office.slack.faults.add("views.publish", error="internal_error")
    await keep(office, ALICE, "I like tea")
    await office.settled()
    await opened(office)
    assert "I like tea" in shown(alice)


async def test_too_many_requests_are_not_repeated_at_once(office: Office) -> None:
    await opened(office, "alice")
    await opened(office, "bob")
    office.slack.faults.add("views.publish", error="ratelimited", retry_after=60, times=9)
    await office.say("alice", "remember for the team: we deploy on Tuesdays")
    before = published(office)
    for _ in range(5):
        await office.run.app.publisher.tick()
    assert published(office) == before <= 5


@pytest.mark.parametrize("error", ["user_not_found", "account_inactive", "not_enabled", "invalid_auth"])
async def test_a_home_that_slack_does_not_want_is_published_no_more(office: Office, error: str) -> None:
    await opened(office)
    assert await rows(office) == [ALICES.value]
    office.slack.faults.add("views.publish", error=error)
    await keep(office, ALICE, "I like tea")
    await office.settled()
    assert await rows(office) == []


async def test_not_knowing_who_it_is_becomes_an_error_and_then_a_home(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    office.slack.faults.add("users.info", times=2)
    alice = await opened(office)
    assert "Slack did not tell me who you are" in shown(alice)
    await press(office, alice, "Try again")
    assert "I like tea" in shown(alice)


async def test_a_dialog_that_does_not_open_is_told_in_the_home(office: Office) -> None:
    await keep(office, ALICE, "I like tea")
    alice = await opened(office)
    office.slack.faults.add("views.open", error="expired_trigger_id")
    await press(office, alice, "Edit")
    assert "Slack did not open the dialog" in shown(alice)


async def test_homes_that_nobody_looks_at_are_forgotten(office: Office) -> None:
    live_by_the_clock_of_slack(office)
    await opened(office, "alice")
    office.slack.clock.advance(20 * 86400)
    await opened(office, "bob")
    office.slack.clock.advance(timedelta(days=11).total_seconds())
    await office.run.upkeep.clean()
    assert await rows(office) == [Key.person(TEAM, acme.BOB).value]


async def test_the_messages_tab_publishes_nothing(office: Office) -> None:
    await office.person("alice").open_home("messages")
    await office.settled()
    assert office.person("alice").home is None


async def test_an_answer_under_way_does_not_hold_up_the_home(office: Office) -> None:
    office.slack.faults.add("chat.startStream", error="", delay=1.5)
    await office.person("alice").say("hello")
    await office.person("alice").open_home()
    await office.run.app.background.done()
    assert office.person("alice").home
    answers = [one for one in office.person("alice").sees() if one.author == "membot"]
    assert all(one.streaming for one in answers)  # begun or not, it is not over
    await office.settled()
    assert not office.person("alice").sees()[-1].streaming


async def test_forged_ids_at_home_reach_nothing(office: Office) -> None:
    secret = await keep(office, ALICE, "alice's secret plan")
    await keep(office, BOB, "bob's own")
    bob = await opened(office, "bob")
    assert bob.home
    button = next(button for button in bob.buttons(bob.home) if button.action_id == "view:menu")
    for verb in ("edit", "delete", "disable", "open", "pin"):
        option = {**(button.pressable.option or {}), "value": f"{verb} {secret.id} 1"}
        await bob.click(replace(button, pressable=replace(button.pressable, option=option)))
        await office.settled()
        assert "secret plan" not in shown(bob) + top(bob)
    assert await stored(office, secret) == secret
