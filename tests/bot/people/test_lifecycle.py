"""The app is uninstalled and comes back, people leave and return: what stops, what rests, what is erased."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.people.installations import Where
from bot.people.lifecycle import OPERATOR
from bot.playground.standin.demo_workspace import ACME, ALICE, BOB
from bot.playground.standin.lifecycle import ENDING, change, changed, ending, uninstall
from memory.database.tables import audit, inbox, installations, keys, memories
from memory.models import Key
from tests.bot.conftest import open_office
from tests.bot.people.tenancy import EAST, GLOBEX, ORG, WANDA, WEST, Town, open_town
from tests.scripted_model import ScriptedModel
from tests.waiting import until


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[Town]:
    async with open_town(database_url) as opened:
        await opened.install(ACME, GLOBEX)
        opened.slack.clock.advance(60)  # what happens next happens later
        yield opened


async def suspended(town: Town, *named: Key) -> bool:
    return await town.run.parts.store.suspension.covers(*named)


async def kept(town: Town) -> list[str]:
    async with town.run.parts.database.reading() as connection:
        return list((await connection.scalars(sa.select(memories.c.text).order_by(memories.c.text))).all())


async def purged(town: Town) -> bool:
    return not await kept(town)


async def put_back(town: Town, days: int) -> None:
    """Let everything that rests have rested so much longer."""
    gone = timedelta(days=days)
    async with town.run.parts.database.transaction() as tx:
        for column in (keys.c.suspended_at, installations.c.uninstalled_at):
            rows = (await tx.execute(sa.select(column).where(column.is_not(None)).distinct())).scalars().all()
            for moment in rows:
                await tx.execute(sa.update(column.table).where(column == moment).values({column.name: moment - gone}))


async def purge(town: Town) -> None:
    for chore in (*town.run.upkeep.besides, *town.run.upkeep.cleaning):
        await chore.once()


# ------------------------------------------------------------------------------------------------------ workspaces


@pytest.mark.parametrize("order", [ENDING, ENDING[::-1], (*ENDING, *ENDING), ENDING[:1], ENDING[1:]])
async def test_uninstalling_stops_work_there_and_nowhere_else(town: Town, order: tuple[str, ...]) -> None:
    bob, henry = town.person("bob"), town.person("henry")
    await town.say(bob, "remember: tea")
    await town.say(henry, "remember: rum")
    for delivery in await uninstall(town.slack, ACME, order):
        assert (delivery.status, delivery.attempt) == (200, 0)
    asked, calls = len(town.model.prompts), len(town.slack.calls)
    await town.told(bob, "What do you know?", bob.place(None).id, ACME)
    assert (len(town.model.prompts), len(town.slack.calls)) == (asked, calls)
    assert await suspended(town, Key.workspace(ACME))
    assert not await suspended(town, Key.workspace(GLOBEX))
    assert "rum" in await town.prompt(henry)
    assert await kept(town) == ["rum", "tea"]


async def test_an_answer_under_way_is_stopped_and_says_no_more(town: Town) -> None:
    bob, henry = town.person("bob"), town.person("henry")
    await town.say(bob, "remember: tea")
    town.model.hold()
    await bob.say("What do you know?")
    await town.model.reached.wait()
    await uninstall(town.slack, ACME)
    calls = len(town.slack.calls)
    town.model.go.set()
    await town.settled()
    assert len(town.slack.calls) == calls
    assert "rum" not in (await town.say(henry, "hi"))[0].text
    async with town.run.parts.database.reading() as connection:
        states = set((await connection.scalars(sa.select(inbox.c.state))).all())
        assert states == {"done"}
        written = sa.cast(inbox.c.body, sa.Text)
        assert not (await connection.execute(sa.select(inbox.c.id).where(written != "null"))).all()


async def test_another_process_stops_what_it_does_for_a_workspace_that_was_uninstalled(town: Town) -> None:
    """The event reaches one process; this one sees it in the database."""
    town.model.hold()
    await town.person("bob").say("hello")
    await town.model.reached.wait()
    town.slack.oauth.revoke(ACME)
    store = town.run.parts.store
    await store.suspension.suspend(OPERATOR, Key.workspace(ACME))
    calls = len(town.slack.calls)
    await town.run.app.lifecycle.stop_resting()
    await asyncio.sleep(0)
    town.model.go.set()
    await town.settled()
    assert len(town.slack.calls) == calls


async def test_reinstalling_within_the_grace_brings_everything_back(town: Town) -> None:
    bob = town.person("bob")
    await town.say(bob, "remember: tea")
    await uninstall(town.slack, ACME)
    await put_back(town, 29)
    await purge(town)
    town.slack.clock.advance(60)
    await town.install(ACME)
    assert "tea" in await town.prompt(bob)


async def test_after_the_grace_everything_of_that_workspace_is_erased_and_nothing_of_another(town: Town) -> None:
    for name, text in (("bob", "tea"), ("alice", "wine"), ("henry", "rum")):
        await town.say(town.person(name), f"remember: {text}")
    await town.say(town.person("alice"), "remember for the team: water")
    await uninstall(town.slack, ACME)
    await purge(town)
    assert await kept(town) == ["rum", "tea", "water", "wine"]
    await put_back(town, 31)
    await purge(town)
    assert await kept(town) == ["rum"]
    rows = await town.rows()
    assert (rows["installations"], rows["turns"]) == (1, 0)
    async with town.run.parts.database.reading() as connection:
        entries = (await connection.execute(sa.select(audit).where(audit.c.team == ACME))).all()
        assert entries
        assert not any("tea" in str(entry) or "wine" in str(entry) for entry in entries)
    town.slack.clock.advance(60)
    await town.install(ACME)
    assert "tea" not in await town.prompt(town.person("bob"))


async def test_without_a_grace_it_is_erased_at_once(database_url: str) -> None:
    async with open_town(database_url, PURGE_GRACE_DAYS="0") as town:
        await town.install(ACME)
        await town.say(town.person("bob"), "remember: tea")
        town.slack.clock.advance(60)
        await uninstall(town.slack, ACME)
        await until(lambda: purged(town))


@pytest.mark.parametrize("kind", ENDING)
async def test_a_late_event_of_an_earlier_installation_does_not_end_the_new_one(town: Town, kind: str) -> None:
    old = town.slack.oauth.revoke(ACME)
    at = int(town.slack.clock.now())
    town.slack.clock.advance(5)
    await town.install(ACME)
    town.slack.clock.advance(300)
    delivery = await town.slack.deliver_event(ending(kind, old), app=old, event_time=at)
    assert delivery.status == 200
    assert not await suspended(town, Key.workspace(ACME))
    assert "You said: hi" in (await town.say(town.person("bob"), "hi"))[0].text


async def test_uninstall_reinstall_and_the_old_event_once_more(town: Town) -> None:
    await town.say(town.person("bob"), "remember: tea")
    delivered = await uninstall(town.slack, ACME)
    town.slack.clock.advance(5)
    await town.install(ACME)
    for delivery in delivered:
        await town.slack.redeliver(delivery)
    assert "tea" in await town.prompt(town.person("bob"))


@pytest.mark.parametrize(
    "tokens", [{"oauth": [BOB]}, {"oauth": [BOB], "bot": []}, {"bot": ["UOTHER"]}, {}, {"bot": "all"}]
)
async def test_that_a_persons_or_another_bots_token_was_revoked_ends_nothing(town: Town, tokens: object) -> None:
    app = town.slack.workspace.installation(ACME)
    await town.slack.deliver_event({"type": "tokens_revoked", "tokens": tokens}, app=app)
    assert not await suspended(town, Key.workspace(ACME))
    assert await town.run.app.workspaces.find(Where(ACME))


async def test_uninstalling_that_cannot_be_written_down_is_not_acknowledged(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dying in the middle: what was done is done, Slack sends the event again, and the rest is done then."""
    lifecycle = town.run.app.lifecycle
    suspension = type(town.run.parts.store.suspension)
    failing = AssertionError("the process dies here")

    async def dies(*_: object) -> None:
        raise failing

    monkeypatch.setattr(suspension, "suspend", dies)
    delivered = await uninstall(town.slack, ACME, ENDING[1:])
    assert delivered[0].status == 500
    assert await town.run.app.workspaces.find(Where(ACME)) is None  # work has stopped all the same
    monkeypatch.undo()
    await lifecycle.keep_house()  # or a retry of Slack's, whichever is first
    assert await suspended(town, Key.workspace(ACME))


async def test_installing_that_dies_in_the_middle_is_put_right(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.say(town.person("bob"), "remember: tea")
    await uninstall(town.slack, ACME)
    town.slack.clock.advance(60)

    async def dies(*_: object) -> None:
        raise AssertionError("the process dies here")

    monkeypatch.setattr(type(town.run.parts.store.suspension), "reinstate", dies)
    status, _ = await town.browser.install(ACME)
    assert status == 500
    monkeypatch.undo()
    await town.run.app.lifecycle.keep_house()
    assert "tea" in await town.prompt(town.person("bob"))


async def test_an_organisation_ends_with_every_workspace_that_it_served_and_no_other(town: Town) -> None:
    await town.install(ORG)
    town.slack.clock.advance(60)
    await town.say(town.person("wanda", EAST), "remember: east")
    await town.say(town.person("wanda", WEST), "remember: west")
    await uninstall(town.slack, ORG)
    rest = {team: await suspended(town, Key.workspace(team)) for team in (EAST, WEST, ORG, ACME, GLOBEX)}
    assert rest == {EAST: True, WEST: True, ORG: True, ACME: False, GLOBEX: False}
    town.slack.clock.advance(60)
    await town.install(ORG)
    assert "west" in await town.prompt(town.person("wanda", WEST))


async def test_uninstalling_over_one_token_lets_the_workspace_rest_and_a_start_brings_it_back(
    database_url: str,
) -> None:
    model = ScriptedModel()
    async with open_office(database_url, model) as office:
        await office.say("bob", "remember: tea")
        app = office.slack.workspace.installation(ACME)
        office.slack.clock.advance(60)
        await office.slack.deliver_event(ending("app_uninstalled", app), app=app)
        assert await office.say("bob", "hi") == []
        assert "rests" in await office.command("bob", "list")
        assert model.asked == []
    async with open_office(database_url, model) as office:
        await office.run.app.workspaces.find(Where(ACME))
        await office.run.app.lifecycle.keep_house()
        assert "tea" in await office.command("bob", "list")


# ---------------------------------------------------------------------------------------------------------- people


async def test_nothing_of_a_deactivated_person_is_recalled_and_all_is_back_when_they_are(town: Town) -> None:
    bob = town.person("bob")
    await town.say(bob, "remember: tea")
    await change(town.slack, "bob", deleted=True)
    await town.settled()
    assert await suspended(town, Key.person(ACME, BOB))
    assert not await suspended(town, Key.person(ACME, ALICE))
    asked = len(town.model.prompts)
    assert await town.say(bob, "hi") == []  # a late message of theirs
    assert len(town.model.prompts) == asked
    await put_back(town, 29)
    await purge(town)
    await change(town.slack, "bob", deleted=False)
    await town.settled()
    assert "tea" in await town.prompt(bob)


async def test_a_deactivated_person_is_erased_after_the_grace_and_nobody_else(town: Town) -> None:
    await town.say(town.person("bob"), "remember: tea")
    await town.say(town.person("carol"), "remember: milk")
    await change(town.slack, "bob", deleted=True)
    await town.settled()
    await put_back(town, 31)
    await purge(town)
    assert await kept(town) == ["milk"]


async def test_who_leaves_an_organisation_rests_in_every_workspace_of_it(town: Town) -> None:
    await town.install(ORG)
    for team in (EAST, WEST):
        await town.say(town.person("wanda", team), f"remember: {team}")
    wanda = town.person("wanda", ORG)  # a payload that names the organisation alone
    place = town.person("wanda", EAST).place(None).id
    await town.told(wanda, f"remember: {ORG}", place, ORG, team_id=None, context_team_id=None)
    assert await kept(town) == [ORG, EAST, WEST]
    await change(town.slack, "wanda", deleted=True)
    await town.settled()
    rest = [await suspended(town, Key.person(team, WANDA)) for team in (EAST, WEST, ORG)]
    assert rest == [True, True, True]
    await change(town.slack, "wanda", deleted=False)
    await town.settled()
    assert not await suspended(town, *(Key.person(team, WANDA) for team in (EAST, WEST, ORG)))


async def test_an_answer_to_somebody_who_is_deactivated_is_stopped(town: Town) -> None:
    bob = town.person("bob")
    await town.say(bob, "remember: tea")
    town.model.hold()
    await bob.say("hello")
    await town.model.reached.wait()
    posted = town.called("chat.startStream", "chat.postMessage")
    await change(town.slack, "bob", deleted=True)
    await until(lambda: not town.run.app.lifecycle.under_way.installations)
    town.model.go.set()
    await town.settled()
    assert town.called("chat.startStream", "chat.postMessage") == posted


async def test_somebody_who_is_back_and_speaks_is_back_even_if_slack_did_not_tell(town: Town) -> None:
    bob = town.person("bob")
    await town.say(bob, "remember: tea")
    await change(town.slack, "bob", deleted=True)
    await town.settled()
    town.slack.workspace.add(bob.user)  # active again, and no event said so
    assert "tea" in await town.prompt(bob)


async def test_a_late_event_of_an_earlier_change_is_held_against_how_it_is_now(town: Town) -> None:
    await town.say(town.person("bob"), "remember: tea")
    user, app = town.person("bob").user, town.slack.workspace.installation(ACME)
    gone = changed(replace(user, deleted=True), app, town.slack.clock.ts())
    await town.slack.deliver_event(gone, app=app)  # but they are active
    await town.settled()
    assert not await suspended(town, Key.person(ACME, BOB))


async def test_who_never_talked_to_it_leaves_nothing_when_they_leave(town: Town) -> None:
    before = await town.rows()
    await change(town.slack, "carol", deleted=True)
    await town.settled()
    after = await town.rows()
    assert {name: after[name] - before[name] for name in ("keys", "audit", "memories", "turns")} == dict.fromkeys(
        ("keys", "audit", "memories", "turns"), 0
    )


async def test_an_account_change_is_kept_without_anything_about_the_person(town: Town) -> None:
    town.slack.faults.add("users.info", error="internal_error", status=500, times=2)
    await change(town.slack, "bob", deleted=True)
    async with town.run.parts.database.reading() as connection:
        bodies = [str(each) for each in (await connection.scalars(sa.select(inbox.c.body))).all()]
        assert set(await connection.scalars(sa.select(inbox.c.user))) == {BOB}
    assert not any("real_name" in body or "display_name" in body for body in bodies)
    await change(town.slack, "alice", is_owner=True)
    await town.settled()
    assert (await town.rows())["inbox"] == 1  # a new title is nothing to work on


async def test_an_admin_who_was_demoted_is_none_at_once(town: Town) -> None:
    alice = town.person("alice")
    assert "admin" in str((await alice.command("/memory", "help")).body)
    await change(town.slack, "alice", is_admin=False)
    answer = await alice.command("/memory", "admin list")
    assert "Only admins" in str(answer.body)


async def test_what_is_known_of_a_person_is_asked_again_after_a_change(town: Town) -> None:
    bob = town.person("bob")
    await town.say(bob, "hi")
    before = town.called("users.info")
    await town.say(bob, "hi again")
    assert town.called("users.info") == before
    await change(town.slack, "bob", is_restricted=True)
    await town.say(bob, "hi again")
    assert town.called("users.info") == before + 1
