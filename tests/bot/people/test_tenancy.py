"""Many workspaces in one bot: each acts with its own token and sees its own memories, whoever attacks."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.app import NOT_INSTALLED
from bot.playground.standin.demo_workspace import ACME, BOB, MEMBOT
from bot.playground.standin.ids import bot_user_id, direct_message_id
from bot.playground.standin.lifecycle import uninstall
from bot.playground.standin.people import Channel
from bot.slack.inbox import Claimed
from bot.turn.turn import GIVEN_UP
from memory.models import JSON, Actor, Key, Role
from memory.store import notices
from tests.bot.people.tenancy import EAST, GLOBEX, GRETA, HENRY, ORG, WANDA, WEST, Town, open_town

IN_BOTH = "C05V2QX8L"  # a channel that Acme and Globex share


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[Town]:
    async with open_town(database_url) as opened:
        yield opened


async def test_each_workspace_is_answered_by_its_own_bot_from_its_own_memories(town: Town) -> None:
    await town.install(ACME, GLOBEX)
    bob, henry = town.person("bob"), town.person("henry")
    await town.say(bob, "remember: bob likes tea")
    await town.say(henry, "remember: henry likes rum")
    assert "bob likes tea" in await town.prompt(bob)
    assert "bob likes tea" not in (given := await town.prompt(henry))
    assert "henry likes rum" in given
    authors = {who.name: {seen.message.user for seen in who.sees()} - {who.user.id} for who in (bob, henry)}
    assert authors == {"bob": {MEMBOT}, "henry": {bot_user_id(GLOBEX)}}
    assert all(call.ok for call in town.slack.calls), [call for call in town.slack.calls if not call.ok]


async def test_an_admin_of_one_workspace_is_nobody_in_another(town: Town) -> None:
    await town.install(ACME, GLOBEX)
    await town.say(town.person("henry"), "remember: henry likes rum")
    listed = await town.person("alice").command("/memory", "admin list")
    assert "henry" not in str(listed.body)
    assert "its text takes a reason" in str((await town.person("greta").command("/memory", "admin list")).body)
    audited = await town.person("alice").command("/memory", "admin audit")
    assert HENRY not in str(audited.body)


async def test_the_same_person_in_two_workspaces_has_two_memories(town: Town) -> None:
    await town.install(EAST, WEST)
    in_east, in_west = town.person("wanda", EAST), town.person("wanda", WEST)
    await town.say(in_east, "remember: east secret plan")
    assert "east secret plan" in await town.prompt(in_east)
    assert "east secret plan" not in await town.prompt(in_west)
    assert "east secret plan" not in str((await in_west.command("/memory", "list")).body)
    assert (await town.texts(EAST, WANDA), await town.texts(WEST, WANDA)) == (["east secret plan"], [])


async def test_the_same_channel_id_in_two_workspaces_is_two_channels(town: Town) -> None:
    """A channel that two companies share has one id on both sides."""
    await town.install(ACME, GLOBEX)
    members = frozenset({BOB, HENRY, MEMBOT, bot_user_id(GLOBEX)})
    town.slack.workspace.add(Channel(IN_BOTH, "both", "public", ACME, members, is_ext_shared=True))
    bob, henry = town.person("bob"), town.person("henry")
    await town.told(bob, f"<@{MEMBOT}> remember for this channel: acme plans", IN_BOTH, ACME, kind="app_mention")
    await town.told(bob, f"<@{MEMBOT}> What do you know?", IN_BOTH, ACME, kind="app_mention")
    await town.told(henry, f"<@{bot_user_id(GLOBEX)}> What do you know?", IN_BOTH, GLOBEX, kind="app_mention")
    assert ["acme plans" in prompt for prompt in town.model.prompts] == [True, False]


@pytest.mark.parametrize("words", ["delete {id}", "show {id}", "disable {id}", "edit {id} changed", "private {id}"])
async def test_a_forged_value_in_a_button_reaches_nothing_of_another_workspace(town: Town, words: str) -> None:
    await town.install(ACME, GLOBEX)
    await town.say(town.person("henry"), "remember: henry likes rum")
    receipt = (await town.say(town.person("bob"), "remember: tea"))[0]
    memory = (await find(town, GLOBEX, HENRY))[0]
    for forged in (memory.id, f"m{memory.number} {GLOBEX}", f"slack:{GLOBEX}:{HENRY}", f"{GLOBEX}:{memory.id}"):
        await town.person("bob").click(replace(receipt.buttons[0], value=words.format(id=forged), confirm=None))
        await town.settled()
    left = (await find(town, GLOBEX, HENRY))[0]
    assert (left.text, left.disabled, left.visibility) == (memory.text, memory.disabled, memory.visibility)
    assert not [seen for seen in town.person("bob").sees() if "rum" in seen.text]


async def find(town: Town, team: str, user: str) -> Any:
    key = Key.person(team, user)
    store = town.run.parts.store
    return (await store.find(Actor(key.value, Role.MEMBER, "test", team, user, None), key)).memories


async def test_another_workspaces_token_in_a_body_changes_nothing(town: Town) -> None:
    await town.install(ACME, GLOBEX)
    bob, theirs = town.person("bob"), town.slack.workspace.installation(GLOBEX)
    forged: dict[str, Any] = {"token": theirs.bot_token, "bot_token": theirs.bot_token, "context": {"team_id": GLOBEX}}
    await town.told(bob, "remember: tea", bob.place(None).id, ACME, **forged)
    assert (await town.texts(ACME, BOB), await town.texts(GLOBEX, BOB)) == (["tea"], [])
    assert [seen.message.user for seen in bob.sees() if seen.author == "membot"] == [MEMBOT]


async def test_the_same_event_replayed_for_another_workspace_is_that_workspaces(town: Town) -> None:
    """The same body with another team around it: a person there is a stranger, and nothing is kept of them."""
    await town.install(ACME, GLOBEX)
    bob = town.person("bob")
    await town.say(bob, "remember: bob likes tea")
    bot = bot_user_id(GLOBEX)
    forged = Channel(direct_message_id(BOB, bot), "", "im", GLOBEX, frozenset({BOB, bot}))
    town.slack.workspace.add(forged)
    await town.told(bob, "remember: more\nWhat do you know?", forged.id, GLOBEX)
    assert await town.texts(GLOBEX, BOB) == []
    assert "bob likes tea" not in town.model.prompts[-1]


# ------------------------------------------------------------------------------------------------ not installed there


async def uninvited(town: Town) -> dict[str, int]:
    """Henry's company has not installed it; his messages, commands and clicks come all the same."""
    henry, before = town.person("henry"), await town.rows()
    bot = bot_user_id(GLOBEX)
    private = Channel(direct_message_id(HENRY, bot), "", "im", GLOBEX, frozenset({HENRY, bot}))
    town.slack.workspace.add(private)
    for text in ("remember: rum", "What do you know?"):
        delivery = await town.told(henry, text, private.id, GLOBEX)
        assert (delivery.status, delivery.reason) == (200, None)
    app = replace(town.slack.workspace.installation(ACME), team_id=GLOBEX, user_id=bot_user_id(GLOBEX))
    changed = {"type": "user_change", "user": {"id": HENRY, "team_id": GLOBEX, "deleted": True}}
    assert (await town.slack.deliver_event(changed, app=app)).status == 200
    await town.settled()
    return {name: count - before[name] for name, count in (await town.rows()).items() if count != before[name]}


async def test_a_message_from_where_it_is_not_installed_is_refused_and_stores_nothing(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    await town.install(ACME)
    calls = len(town.slack.calls)
    assert await uninvited(town) == {}
    assert len(town.slack.calls) == calls
    assert town.run.app.actors.profiles._kept == {}
    assert caplog.text.count(f"not installed in ('{GLOBEX}',)") == 3
    assert "rum" not in caplog.text


async def test_a_command_from_where_it_is_not_installed_is_told_so(town: Town) -> None:
    await town.install(ACME)
    before = await town.rows()
    henry = town.person("henry")
    body = {"team_id": GLOBEX, "user_id": HENRY, "channel_id": "D1", "command": "/memory", "text": "add rum"}
    answer = await henry._deliveries.command(body)
    assert (answer.status, answer.body) == (200, NOT_INSTALLED)
    press = {
        "type": "block_actions",
        "team": {"id": GLOBEX},
        "user": {"id": HENRY, "team_id": GLOBEX},
        "actions": [{"action_id": "memory:list", "value": "list", "type": "button"}],
    }
    assert (await henry._deliveries.interaction(press)).status == 200
    assert await town.rows() == before


def heard_from(town: Town, name: str) -> set[str]:
    """Which of the bots have written to somebody."""
    return {seen.message.user for seen in town.person(name).sees() if seen.author == "membot"}


async def test_what_is_tried_again_is_answered_by_the_right_bot(town: Town) -> None:
    await town.install(ACME, GLOBEX)
    town.slack.faults.add("chat.postMessage", error="internal_error", status=500)
    await town.say(town.person("henry"), "remember: rum")
    assert town.called("chat.postMessage") == 2
    assert heard_from(town, "henry") == {bot_user_id(GLOBEX)}


async def test_who_is_given_up_on_is_told_by_the_right_bot_and_by_none_where_it_is_gone(town: Town) -> None:
    await town.install(ACME, GLOBEX)
    henry = town.person("henry")
    await town.told(henry, "hello", henry.place(None).id, GLOBEX)
    said = next(one for one in town.slack.deliveries if one.event.get("user") == HENRY)
    claimed = Claimed(1, "Ev1", said.payload, 9)
    await town.run.app.give_up(claimed)
    assert GIVEN_UP in henry.sees()[-1].text
    assert heard_from(town, "henry") == {bot_user_id(GLOBEX)}
    town.slack.clock.advance(60)
    await uninstall(town.slack, GLOBEX)
    calls = len(town.slack.calls)
    await town.run.app.give_up(claimed)
    await town.run.app.handle(claimed)
    assert len(town.slack.calls) == calls


async def test_a_notice_is_told_by_the_right_bot_also_in_an_organisation(town: Town) -> None:
    await town.install(ACME, GLOBEX, ORG)
    wanda = town.person("wanda", EAST)
    await town.say(wanda, "hello")  # by whom the organisation's workspaces become known
    about: dict[str, JSON] = {"number": 1, "id": "mem_1", "by": GRETA, "reason": "audit"}
    for key in (Key.person(GLOBEX, HENRY), Key.person(EAST, WANDA)):
        async with town.run.parts.database.transaction() as tx:
            await notices.write(tx, notices.New(key, "read", about), datetime.now(UTC))
    await town.settled()
    assert heard_from(town, "henry") == {bot_user_id(GLOBEX)}
    assert "opened your private memory" in wanda.sees()[-1].text
    assert {seen.message.user for seen in wanda.sees() if seen.author == "membot"} == {bot_user_id(ORG)}
