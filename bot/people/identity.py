"""Who speaks, from which workspace, and who else will see the answer. Pure.

Which ids to trust follows Slack's own payloads (https://docs.slack.dev/apis/slack-connect): the workspace is the one
where the app is installed, never the sender's; a sender from elsewhere is an outsider, however the payload is shaped.

1. The workspace is Bolt's `context.team_id`; where that is None (an app installed for a whole organisation), what the
   event or the payload names; where only the organisation is known, that. It is never empty for a payload of Slack's.
2. Where the sender comes from is `event.user_team`, `event.team` or `user.team_id`, else the workspace. It may be an
   organisation (E…).
3. A sender who does not belong to the workspace, or whom `users.info` calls a stranger, is an outsider: nothing of
   theirs is read or written, and nothing recalled. Where the app is installed for an organisation, whoever is not of
   that organisation is one, whatever the payload leaves out.
4. A person's key is the workspace and their id: one person in two workspaces of an organisation has two keys.
5. Guests have their own memories alone. Bots have none.
6. Admins are Slack's admins and owners, and those who are configured. Nobody but a member becomes one, and where the
   app is installed for an organisation an admin of one workspace is none in another.
7. Nothing that a button or a view carries says who somebody is, or whose a memory is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from memory.models import Actor, Key, Role
from memory.recall.audience import Audience

Json = Mapping[str, Any]

ADMIN_FLAGS = ("is_admin", "is_owner", "is_primary_owner")
GUEST_FLAGS = ("is_restricted", "is_ultra_restricted")
NOT_A_MEMBER_FLAGS = ("is_stranger", "is_bot", "deleted")


@dataclass(frozen=True, slots=True)
class Profile:
    """What `users.info` says of a person. `teams` are the workspaces that they belong to, when it says so.

    `home` is the one that the flags are about, `name` what the person is called in Slack, and `zone` where they live.
    """

    teams: frozenset[str]
    flags: frozenset[str]
    home: str = ""
    name: str = ""
    zone: tzinfo = UTC

    @property
    def is_app(self) -> bool:
        return "is_bot" in self.flags

    @classmethod
    def read(cls, user: Json) -> Profile:
        """Read Slack's user object."""
        enterprise = user.get("enterprise_user")
        enterprise = enterprise if isinstance(enterprise, Mapping) else {}
        teams = enterprise.get("teams")
        named = [user.get("team_id"), enterprise.get("enterprise_id"), *(teams if isinstance(teams, list) else ())]
        known = (*ADMIN_FLAGS, *GUEST_FLAGS, *NOT_A_MEMBER_FLAGS)
        return cls(
            frozenset(team for team in named if isinstance(team, str) and team),
            frozenset(flag for flag in known if user.get(flag)),
            str(user.get("team_id") or ""),
            _name(user),
            _zone(user.get("tz")),
        )


def _name(user: Json) -> str:
    """What Slack shows of a person: the name they chose, else their full name, else that of their account."""
    profile = part(user, "profile")
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    return next((name.strip() for name in names if isinstance(name, str) and name.strip()), "")


def _zone(name: object) -> tzinfo:
    """The time zone of a name like `Europe/Berlin`; UTC for one that is not known here."""
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person in a workspace, and from which workspace they come.

    `organisation` is set where the app is installed for a whole organisation: then its payloads name no workspace that
    is certainly ours, and only a member of the organisation is one of us.
    """

    team: str
    user: str
    home: str
    organisation: str | None = None


def tenant(context_team: str | None, body: Json) -> str:
    """The workspace that the app acts in: an id, never empty for a payload of Slack's.

    Bolt's `context.team_id` comes first; it is None for an app installed for a whole organisation.
    """
    event, user, team = part(body, "event"), part(body, "user"), part(body, "team")
    named = (
        context_team,
        event.get("team"),
        body.get("team_id"),
        team.get("id"),
        user.get("team_id"),
        _authorization(body).get("enterprise_id"),
        body.get("enterprise_id"),
    )
    return next((name for name in named if isinstance(name, str) and name), "")


def speaker(context_team: str | None, body: Json, organisation: str | None = None) -> Speaker:
    """Who sent this event, command or button press. `home` falls back on the workspace itself.

    `organisation` is the one that the app is installed for as a whole; a payload does not always name it.
    """
    team, event, user = tenant(context_team, body), part(body, "event"), part(body, "user")
    homes = (event.get("user_team"), event.get("source_team"), event.get("team"), user.get("team_id"))
    home = next((name for name in homes if isinstance(name, str) and name), team)
    who = event.get("user") or body.get("user_id") or user.get("id")
    organisation = organisation or (None if context_team else _authorization(body).get("enterprise_id"))
    return Speaker(
        team, who if isinstance(who, str) else "", home, organisation if isinstance(organisation, str) else None
    )


def role(who: Speaker, profile: Profile | None, admin_user_ids: frozenset[str]) -> Role:
    """What the speaker is to the workspace. Whoever Slack tells us nothing about has their own memories and no more."""
    flags = profile.flags if profile else frozenset()
    teams = (profile.teams if profile else None) or {who.home}
    # Within one organisation a person belongs to several workspaces; then Slack names all of them.
    required = {who.home, who.team} | ({who.organisation} if who.organisation else set())
    belongs = who.user and who.team and required <= teams
    if not belongs or flags.intersection(NOT_A_MEMBER_FLAGS):
        return Role.OUTSIDER
    if profile is None or flags.intersection(GUEST_FLAGS):
        return Role.GUEST
    # A whole organisation's token is told about one workspace of a person: an admin there is none elsewhere.
    told_of_here = not who.organisation or profile.home == who.team
    if who.user in admin_user_ids or (told_of_here and flags.intersection(ADMIN_FLAGS)):
        return Role.ADMIN
    return Role.MEMBER


def actor(who: Speaker, as_role: Role, *, door: str, channel: str | None) -> Actor:
    """The speaker as the memory store knows them."""
    return Actor(
        id=Key.person(who.team, who.user).value,
        role=as_role,
        door=door,
        team=who.team,
        user=who.user,
        channel=channel,
    )


def audience(who: Actor, *, channel: str, alone: bool, shared_outside: bool = False) -> Audience:
    """Who will see the answer to this person here. Where outsiders read along, the workspace's memories stay out."""
    if who.role is Role.OUTSIDER:
        return Audience(person=None)
    person = Key.person(who.team, who.user)
    if who.role is Role.GUEST:
        return Audience(person=person, alone=alone)
    return Audience(
        person=person,
        workspace=None if shared_outside else Key.workspace(who.team),
        channel=None if alone else Key.channel(who.team, channel),
        alone=alone,
    )


def _authorization(body: Json) -> Json:
    """For whom the app got this event, if the payload says so."""
    authorizations = body.get("authorizations")
    first = authorizations[0] if isinstance(authorizations, list) and authorizations else {}
    return first if isinstance(first, Mapping) else {}


def part(body: Json, name: str) -> Json:
    """A part of a payload that should be an object; an empty one when it is anything else."""
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}
