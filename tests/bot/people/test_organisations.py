"""Organisations and shared channels: who is who by the payloads that Slack sends, held against the whole bot.

Shapes: slackapi/java-slack-sdk `json-logs`, and bolt-python `tests/slack_bolt/request/test_internals.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.people.identity import Profile, Speaker, role
from bot.playground.standin.demo_workspace import ACME, BOB, MEMBOT, OTHER_TEAM, SAM, SHARED
from bot.playground.standin.human import Person
from bot.playground.standin.ids import bot_user_id
from bot.playground.standin.messages import Message
from bot.playground.standin.oauth import APP_ID
from bot.playground.standin.people import User
from bot.turn.turn import STRANGER
from memory.models import Actor, Key, NewMemory, Role
from tests.bot.people.tenancy import EAST, GLOBEX, IN_EAST, ORG, WANDA, WEST, Town, open_town

OTHER_ORG = "E02B7XQ4W"
ORG_INSTALL = {"enterprise_id": ORG, "team_id": None, "user_id": bot_user_id(ORG), "is_bot": True}


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[Town]:
    async with open_town(database_url) as opened:
        await opened.install(ACME, ORG)
        yield opened


async def teach(town: Town, team: str, text: str) -> None:
    """What all of a workspace may know."""
    store = town.run.parts.store
    await store.create(Actor.operator(), NewMemory(Key.workspace(team), text, visibility="open"))


async def keys(town: Town) -> dict[str, list[str]]:
    """What was kept, by whose it is."""
    page = await town.run.parts.store.review(Actor.operator(), EAST)
    west = await town.run.parts.store.review(Actor.operator(), WEST)
    acme = await town.run.parts.store.review(Actor.operator(), ACME)
    org = await town.run.parts.store.review(Actor.operator(), ORG)
    other = await town.run.parts.store.review(Actor.operator(), OTHER_TEAM)
    found: dict[str, list[str]] = {}
    for memory in (*page.memories, *west.memories, *acme.memories, *org.memories, *other.memories):
        found.setdefault(memory.key.value, []).append(memory.text)
    return found


def direct(town: Town, who: Person) -> str:
    return who.place(None).id


# ------------------------------------------------------------------------------------- the payloads, row by row


async def test_a_message_from_outside_a_shared_channel_is_an_outsiders(town: Town) -> None:
    """The outer team_id is the sender's, `authorizations[0].team_id` ours."""
    await teach(town, ACME, "acme secret")
    sam = town.person("sam")
    text = f"<@{MEMBOT}> remember: mine\nWhat do you know?"
    delivery = await town.told(sam, text, SHARED, ACME, kind="app_mention")
    assert (delivery.payload["team_id"], delivery.payload["authorizations"][0]["team_id"]) == (OTHER_TEAM, ACME)
    assert "secret" not in town.model.prompts[-1]
    assert await keys(town) == {f"slack:{ACME}": ["acme secret"]}


async def test_an_outsider_is_told_once_that_no_memories_are_used(town: Town) -> None:
    sam = town.person("sam")
    for _ in range(3):
        await town.told(sam, f"<@{MEMBOT}> hello", SHARED, ACME, kind="app_mention")
    told = [seen for seen in sam.sees(SHARED) if STRANGER in seen.text]
    assert (len(told), told[0].ephemeral, len(town.model.asked)) == (1, True, 3)


async def test_an_event_of_an_organisations_installation_is_its_workspaces(town: Town) -> None:
    """Bolt's context.team_id is None."""
    wanda = town.person("wanda", EAST)
    delivery = await town.told(wanda, "remember: tea", direct(town, wanda), ORG, team_id=EAST)
    assert delivery.payload["authorizations"][0]["team_id"] is None
    assert await keys(town) == {f"slack:{EAST}:{WANDA}": ["tea"]}
    assert "tea" in await town.prompt(wanda)


async def press(town: Town, who: Person, words: str, channel: str, **fields: Any) -> None:
    """A click on one of the bot's buttons, in Slack's own shape."""
    payload = {
        "type": "block_actions",
        "user": {"id": who.user.id, "username": who.name, "team_id": who.user.team_id},
        "api_app_id": APP_ID,
        "container": {"type": "message", "message_ts": "1.1", "channel_id": channel, "is_ephemeral": True},
        "channel": {"id": channel, "name": "east"},
        "actions": [{"action_id": "memory:1", "type": "button", "value": words}],
        "response_url": who._hooks.make(who.user.id, channel),
    }
    delivery = await who._deliveries.interaction(payload | fields)
    assert delivery.status == 200
    await town.settled()


async def test_a_button_pressed_from_outside_a_shared_channel_is_an_outsiders(town: Town) -> None:
    """`team` is ours, `user.team_id` theirs, and Bolt's actor_team_id would say ours."""
    bob, sam = town.person("bob"), town.person("sam")
    await town.say(bob, "remember: tea")
    installed: dict[str, Any] = {"team": {"id": ACME}, "enterprise": None, "is_enterprise_install": False}
    for words in ("list", "add forged", "admin list", "export"):
        await press(town, sam, words, SHARED, **installed)
    assert await keys(town) == {f"slack:{ACME}:{BOB}": ["tea"]}
    assert not [seen for seen in sam.sees(SHARED) if "tea" in seen.text]


ORG_PRESS: dict[str, Any] = {"team": None, "enterprise": {"id": ORG, "name": "org"}, "is_enterprise_install": True}


async def test_a_button_in_an_organisation_is_the_workspaces_of_whoever_pressed_it(town: Town) -> None:
    await press(town, town.person("wanda", WEST), "add tea", IN_EAST, **ORG_PRESS)
    assert await keys(town) == {f"slack:{WEST}:{WANDA}": ["tea"]}


async def test_a_button_pressed_from_outside_an_organisation_is_an_outsiders(town: Town) -> None:
    """Bolt takes `user.team_id` for the workspace: it is a stranger's, where the app may be installed too."""
    sam = town.person("sam")
    await town.install(OTHER_TEAM)
    await town.say(sam, "remember: at home")
    await press(town, sam, "add forged", IN_EAST, **ORG_PRESS)
    await press(town, sam, "list", IN_EAST, **ORG_PRESS)
    assert await keys(town) == {f"slack:{OTHER_TEAM}:{SAM}": ["at home"]}
    assert not [seen for seen in sam.sees(IN_EAST) if "at home" in seen.text]


async def test_a_command_in_an_organisation_is_its_workspaces(town: Town) -> None:
    wanda = town.person("wanda", EAST)
    answer = await wanda.command("/memory", "add tea", IN_EAST)
    sent = town.slack.journal.delivered("/memory")[-1].payload
    assert (sent["is_enterprise_install"], sent["enterprise_id"], sent["team_id"]) == ("true", ORG, EAST)
    assert "Saved" in str(answer.body)
    assert await keys(town) == {f"slack:{EAST}:{WANDA}": ["tea"]}


# ----------------------------------------------- an organisation's payload that names no organisation, and a stranger

NAMELESS: dict[str, dict[str, Any]] = {
    "in its authorization": {"authorizations": [ORG_INSTALL | {"enterprise_id": None, "is_enterprise_install": True}]},
    "anywhere": {
        "authorizations": [ORG_INSTALL | {"enterprise_id": None, "is_enterprise_install": True}],
        "enterprise_id": None,
        "context_enterprise_id": None,
        "context_team_id": OTHER_TEAM,
    },
}


@pytest.mark.parametrize("envelope", NAMELESS.values(), ids=NAMELESS)
@pytest.mark.parametrize("theirs", [False, True], ids=["not installed there", "installed there too"])
async def test_a_stranger_stays_one_where_no_organisation_is_named(
    town: Town, envelope: dict[str, Any], theirs: bool
) -> None:
    sam = town.person("sam")
    if theirs:
        await town.install(OTHER_TEAM)
        await town.say(sam, "remember: at home")
    before = await keys(town)
    await teach(town, EAST, "east secret")
    text = f"<@{bot_user_id(ORG)}> remember: forged\nWhat do you know?"
    await town.told(sam, text, IN_EAST, ORG, kind="app_mention", **envelope)
    assert "secret" not in town.model.prompts[-1]
    assert "at home" not in town.model.prompts[-1]
    assert await keys(town) == before | {f"slack:{EAST}": ["east secret"]}
    said = [seen.message.user for seen in sam.sees(IN_EAST) if seen.author == "membot"]
    assert set(said) == {bot_user_id(ORG)}


@pytest.mark.parametrize("envelope", NAMELESS.values(), ids=NAMELESS)
async def test_a_member_is_one_all_the_same(town: Town, envelope: dict[str, Any]) -> None:
    wanda = town.person("wanda", EAST)
    await town.told(wanda, "remember: tea", direct(town, wanda), ORG, **envelope | {"team_id": EAST})
    assert await keys(town) == {f"slack:{EAST}:{WANDA}": ["tea"]}


async def test_an_organisation_that_has_not_installed_it_is_turned_away(town: Town) -> None:
    before = await town.rows()
    elsewhere = [{"enterprise_id": OTHER_ORG, "team_id": None, "user_id": "UELSE", "is_enterprise_install": True}]
    wanda = town.person("wanda", EAST)
    await town.told(wanda, "remember: tea", direct(town, wanda), ORG, authorizations=elsewhere)
    assert await town.rows() == before


# ----------------------------------------------------------------------------------------------- the rules, one by one


async def test_where_only_the_organisation_is_known_its_id_is_the_workspace(town: Town) -> None:
    wanda = town.person("wanda", ORG)
    place = direct(town, town.person("wanda", EAST))
    await town.told(wanda, "remember: tea", place, ORG, team_id=None, context_team_id=None)
    assert await keys(town) == {f"slack:{ORG}:{WANDA}": ["tea"]}


@pytest.mark.parametrize(("home", "kept"), [(ORG, True), (OTHER_ORG, False)])
async def test_a_sender_whose_home_is_an_organisation_is_compared_with_organisations(
    town: Town, home: str, kept: bool
) -> None:
    """In `app_mention`, `user_team` can be an organisation's id."""
    said = town.slack.workspace.put(Message(IN_EAST, town.slack.clock.ts(), WANDA, EAST, text="…"))
    event = {
        "type": "app_mention",
        "user": WANDA,
        "text": f"<@{bot_user_id(ORG)}> remember: tea",
        "ts": said.ts,
        "team": EAST,
        "user_team": home,
        "source_team": home,
        "channel": IN_EAST,
    }
    await town.slack.deliver_event(event, app=town.slack.workspace.installation(ORG), team_id=EAST)
    await town.settled()
    assert await keys(town) == ({f"slack:{EAST}:{WANDA}": ["tea"]} if kept else {})


async def test_a_member_of_a_sister_workspace_alone_is_an_outsider_here(town: Town) -> None:
    await town.install(WEST)  # the workspace by itself
    emil = town.person("emil")
    await town.told(emil, "remember: tea", IN_EAST, WEST, kind="app_mention", team_id=EAST)
    assert await keys(town) == {}


async def test_the_same_person_in_two_workspaces_of_an_organisation_has_two_keys(town: Town) -> None:
    await town.say(town.person("wanda", EAST), "remember: tea")
    place = direct(town, town.person("wanda", EAST))
    await town.told(town.person("wanda", WEST), "remember: rum", place, ORG, team_id=WEST)
    assert await keys(town) == {f"slack:{EAST}:{WANDA}": ["tea"], f"slack:{WEST}:{WANDA}": ["rum"]}


@pytest.mark.parametrize("flag", ["is_restricted", "is_ultra_restricted"])
async def test_a_guest_has_their_own_memories_and_none_of_the_workspaces(town: Town, flag: str) -> None:
    await teach(town, ACME, "acme secret")
    guests = {"is_restricted": User("U08F3K9ZL", "guest", ACME, is_restricted=True)}
    guests["is_ultra_restricted"] = replace(guests["is_restricted"], is_ultra_restricted=True)
    town.slack.workspace.add(guests[flag])
    who = town.person("guest")
    await town.say(who, "remember: mine")
    given = await town.prompt(who)
    assert ("mine" in given, "secret" in given) == (True, False)


@pytest.mark.parametrize("extra", [{"bot_id": "B1"}, {"subtype": "bot_message", "bot_id": "B1"}])
async def test_a_bot_is_never_listened_to(town: Town, extra: dict[str, str]) -> None:
    before = await town.rows()
    await town.person("bob").say("remember: tea", **extra)
    await town.settled()
    assert await town.rows() == before


async def test_a_bot_that_speaks_like_a_person_keeps_nothing(town: Town) -> None:
    town.slack.workspace.add(User("U08G5M1XT", "robot", ACME, bot_id="B08G5M4RC"))
    robot = town.person("robot")
    await town.told(robot, "remember: tea", direct(town, robot), ACME)
    assert await keys(town) == {}


async def test_an_admin_of_one_workspace_of_an_organisation_is_none_in_another(town: Town) -> None:
    """`users.info` by an organisation's token says whether they are one in their home workspace."""
    await town.say(town.person("emil"), "remember: tea")
    ines = replace(town.person("ines").user, teams=frozenset({EAST, WEST}))
    town.slack.workspace.add(ines)
    told = [await town.person("ines", team).command("/memory", "admin list", IN_EAST) for team in (EAST, EAST)]
    assert all("Only admins" not in str(answer.body) for answer in told)
    in_west: dict[str, Any] = {"command": "/memory", "text": "admin list", "user_id": ines.id, "channel_id": IN_EAST}
    in_west |= {"team_id": WEST, "enterprise_id": ORG, "is_enterprise_install": "true"}
    answer = await town.person("ines")._deliveries.command(in_west)
    assert "Only admins" in str(answer.body)


@pytest.mark.parametrize(("team", "expected"), [(EAST, Role.ADMIN), (WEST, Role.MEMBER), (GLOBEX, Role.OUTSIDER)])
def test_flags_count_in_the_workspace_that_they_are_about(team: str, expected: Role) -> None:
    described = {"team_id": EAST, "is_admin": True, "enterprise_user": {"enterprise_id": ORG, "teams": [EAST, WEST]}}
    assert role(Speaker(team, "W1", team, ORG), Profile.read(described), frozenset()) is expected


async def test_ids_that_are_admins_by_configuration_are_so_only_as_members(database_url: str) -> None:
    async with open_town(database_url, ADMIN_USER_IDS=f"{BOB} {SAM}") as town:
        await town.install(ACME)
        assert "Only admins" not in str((await town.person("bob").command("/memory", "admin list")).body)
        refused = str((await town.person("sam").command("/memory", "admin list", SHARED)).body)
        assert "members of this workspace only" in refused
