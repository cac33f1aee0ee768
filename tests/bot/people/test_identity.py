"""Who speaks and who reads along, by payloads in the shapes that Slack sends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.people import identity
from bot.people.identity import Profile, Speaker
from memory.models import Key, Role
from memory.recall.audience import Audience

OURS, THEIRS, ORG = "T0OURS", "T0THEIRS", "E0ORG"
NOBODY: frozenset[str] = frozenset()


def message(team: str = OURS, **outer: Any) -> dict[str, Any]:
    event = {"type": "message", "user": "U1", "team": team, "text": "hi", "channel": "C1", "ts": "1.1"}
    installed = {"enterprise_id": None, "team_id": OURS, "user_id": "UBOT", "is_enterprise_install": False}
    return {"type": "event_callback", "team_id": team, "event": event, "authorizations": [installed]} | outer


FROM_OUTSIDE = message(THEIRS, is_ext_shared_channel=True, context_team_id=OURS)
FROM_OUTSIDE["event"] |= {"user_team": THEIRS, "source_team": THEIRS}
ORG_INSTALL = [{"enterprise_id": ORG, "team_id": None, "user_id": "UBOT", "is_enterprise_install": True}]
ORG_WIDE = message(enterprise_id=ORG, authorizations=ORG_INSTALL)
ONLY_ORG = message(authorizations=ORG_INSTALL)
del ONLY_ORG["team_id"], ONLY_ORG["event"]["team"]
PRESS = {
    "type": "block_actions",
    "team": {"id": OURS, "domain": "ours"},
    "user": {"id": "U1", "username": "x", "team_id": OURS},
    "channel": {"id": "C1"},
    "actions": [{"action_id": "a"}],
}
PRESS_FROM_OUTSIDE = PRESS | {"user": {"id": "U1", "team_id": THEIRS}}
PRESS_ORG_WIDE = PRESS | {"team": None, "enterprise": {"id": ORG}, "is_enterprise_install": True}
COMMAND = {"command": "/memory", "text": "list", "team_id": OURS, "user_id": "U1", "channel_id": "C1"}
GRID = message()
GRID["event"] |= {"team": ORG, "user_team": "T0SISTER", "source_team": "T0SISTER"}

SPEAKERS: dict[str, tuple[str | None, dict[str, Any], Speaker]] = {
    "a message": (OURS, message(), Speaker(OURS, "U1", OURS)),
    "a message from outside, over Slack Connect": (OURS, FROM_OUTSIDE, Speaker(OURS, "U1", THEIRS)),
    "an app installed for an organisation": (None, ORG_WIDE, Speaker(OURS, "U1", OURS, ORG)),
    "only the organisation is known": (None, ONLY_ORG, Speaker(ORG, "U1", ORG, ORG)),
    "a button": (OURS, PRESS, Speaker(OURS, "U1", OURS)),
    "a button pressed from outside": (OURS, PRESS_FROM_OUTSIDE, Speaker(OURS, "U1", THEIRS)),
    "a button, app installed for an organisation": (OURS, PRESS_ORG_WIDE, Speaker(OURS, "U1", OURS)),
    "that button, and Bolt does not know the workspace": (None, PRESS_ORG_WIDE, Speaker(OURS, "U1", OURS)),
    "a command": (OURS, COMMAND, Speaker(OURS, "U1", OURS)),
    "a command, app installed for an organisation": (None, COMMAND | {"enterprise_id": ORG}, Speaker(OURS, "U1", OURS)),
    "a person of a sister workspace": (OURS, GRID, Speaker(OURS, "U1", "T0SISTER")),
    "nothing": (None, {}, Speaker("", "", "")),
}


@pytest.mark.parametrize(("team", "body", "expected"), SPEAKERS.values(), ids=SPEAKERS)
def test_the_speaker_is_read_from_the_payload(team: str | None, body: dict[str, Any], expected: Speaker) -> None:
    assert identity.speaker(team, body) == expected
    assert identity.tenant(team, body) == expected.team


def user(team: str = OURS, **fields: Any) -> dict[str, Any]:
    """A person as `users.info` describes them."""
    flags = ("is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted", "is_bot")
    return {"id": "U1", "team_id": team, "deleted": False} | dict.fromkeys(flags, False) | fields


def in_org(*teams: str) -> dict[str, Any]:
    return {"id": "U1", "enterprise_id": ORG, "teams": list(teams), "is_admin": False}


MEMBER, OUTSIDE = Speaker(OURS, "U1", OURS), Speaker(OURS, "U1", THEIRS)
SISTER, IN_ORG = Speaker(OURS, "U1", "T0SISTER"), Speaker(OURS, "U1", ORG)

ROLES: dict[str, tuple[Speaker, dict[str, Any] | None, Role]] = {
    "a member": (MEMBER, user(), Role.MEMBER),
    "an admin": (MEMBER, user(is_admin=True), Role.ADMIN),
    "an owner": (MEMBER, user(is_owner=True), Role.ADMIN),
    "the primary owner": (MEMBER, user(is_primary_owner=True), Role.ADMIN),
    "a guest of several channels": (MEMBER, user(is_restricted=True), Role.GUEST),
    "a guest of one channel": (MEMBER, user(is_restricted=True, is_ultra_restricted=True), Role.GUEST),
    "a guest with an admin's flag": (MEMBER, user(is_restricted=True, is_admin=True), Role.GUEST),
    "a stranger": (MEMBER, user(is_stranger=True), Role.OUTSIDER),
    "a bot": (MEMBER, user(is_bot=True), Role.OUTSIDER),
    "a deactivated person": (MEMBER, user(deleted=True), Role.OUTSIDER),
    "a deactivated admin": (MEMBER, user(deleted=True, is_admin=True), Role.OUTSIDER),
    "the payload says elsewhere": (OUTSIDE, user(), Role.OUTSIDER),
    "users.info says elsewhere": (MEMBER, user(THEIRS), Role.OUTSIDER),
    "both say elsewhere": (OUTSIDE, user(THEIRS), Role.OUTSIDER),
    "an admin of elsewhere": (OUTSIDE, user(THEIRS, is_admin=True), Role.OUTSIDER),
    "elsewhere, and nothing is known": (OUTSIDE, None, Role.OUTSIDER),
    "nothing is known": (MEMBER, None, Role.GUEST),
    "users.info names no workspace": (MEMBER, {"id": "U1"}, Role.MEMBER),
    "elsewhere, and users.info names no workspace": (OUTSIDE, {"id": "U1"}, Role.OUTSIDER),
    "a sister workspace, and belongs to both": (
        SISTER,
        user("T0SISTER", enterprise_user=in_org(OURS, "T0SISTER")),
        Role.MEMBER,
    ),
    "a sister workspace, and belongs to that only": (
        SISTER,
        user("T0SISTER", enterprise_user=in_org("T0SISTER")),
        Role.OUTSIDER,
    ),
    "the payload names the organisation": (IN_ORG, user(enterprise_user=in_org(OURS)), Role.MEMBER),
    "another organisation": (Speaker(OURS, "U1", "E0OTHER"), user(enterprise_user=in_org(OURS)), Role.OUTSIDER),
    "no user": (Speaker(OURS, "", OURS), user(), Role.OUTSIDER),
    "no workspace": (Speaker("", "U1", ""), user(), Role.OUTSIDER),
    "teams that are no list": (MEMBER, user(enterprise_user={"enterprise_id": ORG, "teams": 7}), Role.MEMBER),
}


@pytest.mark.parametrize(("who", "described", "role"), ROLES.values(), ids=ROLES)
def test_a_role_follows_from_the_payload_and_the_profile(
    who: Speaker, described: dict[str, Any] | None, role: Role
) -> None:
    profile = None if described is None else Profile.read(described)
    assert identity.role(who, profile, NOBODY) is role
    listed = Role.ADMIN if role is Role.MEMBER else role  # nobody but a member becomes an admin by being listed
    assert identity.role(who, profile, frozenset({"U1"})) is listed
    assert identity.role(who, profile, frozenset({"U2"})) is role


def test_one_person_in_two_workspaces_has_two_keys() -> None:
    speakers = [Speaker(team, "W1", team) for team in ("T1", "T2")]
    ids = {identity.actor(who, Role.MEMBER, door="slack", channel=None).id for who in speakers}
    assert ids == {"slack:T1:W1", "slack:T2:W1"}


PERSON, WORKSPACE, CHANNEL = Key.person(OURS, "U1"), Key.workspace(OURS), Key.channel(OURS, "C1")
AUDIENCES: dict[str, tuple[Role, bool, bool, Audience]] = {
    "a member in a direct message": (Role.MEMBER, True, False, Audience(PERSON, WORKSPACE, None, alone=True)),
    "an admin in a direct message": (Role.ADMIN, True, False, Audience(PERSON, WORKSPACE, None, alone=True)),
    "a member in a channel": (Role.MEMBER, False, False, Audience(PERSON, WORKSPACE, CHANNEL)),
    "an admin in a channel": (Role.ADMIN, False, False, Audience(PERSON, WORKSPACE, CHANNEL)),
    "a member where outsiders read along": (Role.MEMBER, False, True, Audience(PERSON, None, CHANNEL)),
    "a guest in a direct message": (Role.GUEST, True, False, Audience(PERSON, alone=True)),
    "a guest in a channel": (Role.GUEST, False, False, Audience(PERSON)),
    "a guest where outsiders read along": (Role.GUEST, False, True, Audience(PERSON)),
    "an outsider in a direct message": (Role.OUTSIDER, True, False, Audience(None)),
    "an outsider in a channel": (Role.OUTSIDER, False, True, Audience(None)),
}


@pytest.mark.parametrize(("role", "alone", "outside", "expected"), AUDIENCES.values(), ids=AUDIENCES)
def test_the_audience_is_whoever_sees_the_answer(role: Role, alone: bool, outside: bool, expected: Audience) -> None:
    who = identity.actor(MEMBER, role, door="slack", channel="C1")
    found = identity.audience(who, channel="C1", alone=alone, shared_outside=outside)
    assert found == expected
    private = [pair for pair in found.allows() if pair[1] == "private"]
    assert private == ([(PERSON, "private")] if alone and role is not Role.OUTSIDER else [])


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PARTS = ("event", "user", "team", "team_id", "authorizations", "enterprise_id", "user_id")
FIELDS = ("id", "team_id", "team", "user_team", "source_team", "user", "enterprise_id", "enterprise_user", "teams")
LIKE_SLACK = st.dictionaries(st.sampled_from(FIELDS), ANY_JSON | st.dictionaries(st.sampled_from(FIELDS), ANY_JSON))


@given(st.dictionaries(st.sampled_from(PARTS), ANY_JSON | LIKE_SLACK | st.lists(LIKE_SLACK, max_size=2)), LIKE_SLACK)
def test_no_payload_makes_it_stumble(body: dict[str, Any], described: dict[str, Any]) -> None:
    who = identity.speaker(None, body)
    identity.role(who, Profile.read(described), NOBODY)


@pytest.mark.parametrize(
    ("teams", "expected"), [({OURS, ORG}, Role.MEMBER), ({OURS}, Role.OUTSIDER), ({THEIRS}, Role.OUTSIDER)]
)
def test_where_an_organisation_installed_the_app_only_its_members_belong(teams: set[str], expected: Role) -> None:
    who = Speaker(OURS, "U1", OURS, ORG)
    assert identity.role(who, identity.Profile(frozenset(teams), frozenset()), frozenset()) is expected
    assert identity.role(who, None, frozenset({"U1"})) is Role.OUTSIDER
