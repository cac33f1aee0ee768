"""Who and where: teams, people, channels, and the app's installation in a team."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.playground.standin.refusal import Json

ChannelKind = Literal["public", "private", "im", "mpim"]
ALL_SCOPES = frozenset({"*"})

_CHANNEL_TYPES = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}


@dataclass(frozen=True, slots=True)
class Team:
    """A workspace, perhaps of an organisation."""

    id: str
    name: str
    domain: str
    enterprise_id: str | None = None

    def to_json(self) -> Json:
        return {"id": self.id, "name": self.name, "domain": self.domain, "email_domain": "", "icon": {}}


@dataclass(frozen=True, slots=True)
class User:
    """A member of a team, a guest in it, or a bot (then `bot_id` is set)."""

    id: str
    name: str
    team_id: str
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False
    bot_id: str | None = None
    enterprise_id: str | None = None
    teams: frozenset[str] = field(default_factory=frozenset)  # of the organisation, that they belong to

    @property
    def is_bot(self) -> bool:
        return self.bot_id is not None

    def belongs(self, place: str) -> bool:
        """Whether they are of this team or organisation."""
        return place in {self.team_id, self.enterprise_id, *self.teams}

    def to_json(self, viewer_team: str) -> Json:
        """The `user` object of `users.info`, as a token of `viewer_team` sees it."""
        body: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "real_name": self.name.title(),
            "tz": "Etc/UTC",
            "tz_offset": 0,
            "profile": {"display_name": self.name, "real_name": self.name.title(), "team": self.team_id},
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 1763690000,
        }
        if self.enterprise_id:
            organisation = {"id": self.id, "enterprise_id": self.enterprise_id, "teams": sorted(self.teams)}
            body["enterprise_user"] = organisation | {"is_admin": False, "is_owner": False}
        if not self.belongs(viewer_team):
            return body | {"is_stranger": True}
        return body | {
            "is_admin": self.is_admin,
            "is_owner": self.is_owner,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted or self.is_ultra_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
        }


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation: a channel, a private channel, a direct message or a group of people."""

    id: str
    name: str
    kind: ChannelKind
    team_id: str
    members: frozenset[str] = field(default_factory=frozenset)
    is_archived: bool = False
    is_ext_shared: bool = False

    @property
    def type(self) -> str:
        """The `channel_type` of events: `channel`, `group`, `im` or `mpim`."""
        return _CHANNEL_TYPES[self.kind]

    @property
    def label(self) -> str:
        return f"#{self.name}" if self.kind in ("public", "private") else "dm" if self.kind == "im" else self.name

    def to_json(self, bot_user: str) -> Json:
        body: Json = {
            "id": self.id,
            "created": 1763690000,
            "is_archived": self.is_archived,
            "is_channel": self.kind == "public",
            "is_group": self.kind == "private",
            "is_im": self.kind == "im",
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "public",
            "is_member": bot_user in self.members,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": False,
            "context_team_id": self.team_id,
        }
        if self.kind == "im":
            return body | {"user": next((user for user in sorted(self.members) if user != bot_user), bot_user)}
        return body | {
            "name": self.name,
            "num_members": len(self.members),
            "topic": {"value": ""},
            "purpose": {"value": ""},
        }


@dataclass(frozen=True, slots=True)
class Installation:
    """The app in one team: its tokens and identities. `scopes` of `{"*"}` means every scope there is.

    Installed for a whole organisation, `team_id` is the organisation's, and `teams` are its workspaces.
    """

    team_id: str
    user_id: str
    bot_id: str
    app_id: str
    bot_token: str
    app_token: str
    scopes: frozenset[str] = ALL_SCOPES
    enterprise_id: str | None = None
    teams: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_enterprise_install(self) -> bool:
        return bool(self.teams)
