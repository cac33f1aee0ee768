"""Who it is: the sender of a payload as an actor, with the rights that they have now.

Every door asks here, after it has read what is wanted: a message, a command, a button, a view, a shortcut, a Home and
a notice. What is known of a person may be five minutes old, and how new it must be depends on what they want:

| wants  | what                                                   | asked of Slack anew                           |
|--------|--------------------------------------------------------|-----------------------------------------------|
| reads  | an answer: which memories are recalled                 | never                                         |
| acts   | to see, change or delete memories, by whatever door    | of an admin, who may not be one any more      |
| shares | to keep something for others, or to see what is others'| of everybody: a member may be a guest by now  |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from slack_sdk.web.async_client import AsyncWebClient

from bot.people import identity
from bot.people.identity import Profile, Speaker
from bot.people.installations import Where
from bot.people.lifecycle import Lifecycle, Resting
from bot.people.profiles import Profiles
from bot.people.workspaces import Workspaces
from memory.models import Actor, Key, Role

Wants = Literal["reads", "acts", "shares"]


@dataclass(frozen=True, slots=True)
class Actors:
    """Says who acts. `admin_user_ids` are admins besides Slack's own."""

    profiles: Profiles
    workspaces: Workspaces
    lifecycle: Lifecycle
    admin_user_ids: frozenset[str]

    async def of(self, who: Speaker, client: AsyncWebClient, door: str, channel: str, *, wants: Wants) -> Actor:
        """The sender as an actor in a channel ("" for none).

        Raises SlackAway, Resting for whom the bot does nothing any more, and StorageFailed.
        """
        profile = await self._profile(who, client, wants)
        role = identity.role(who, profile, self.admin_user_ids)
        if role is Role.OUTSIDER and who.organisation:  # their own workspace is not one of ours
            who = replace(who, team=who.organisation)
        actor = identity.actor(who, role, door=door, channel=channel)
        await self._met(actor, who.organisation)
        return actor

    async def at_home(self, person: Key, client: AsyncWebClient, door: str) -> Actor:
        """The person that a key names, where no payload is at hand: for what the bot does by itself.

        The installation names the organisation. Raises as `of`.
        """
        installed = await self.workspaces.find(Where(person.team))
        organisation = installed.organisation if installed else None
        who = Speaker(person.team, person.subject, person.team, organisation)
        return await self.of(who, client, door, "", wants="acts")

    async def client(self, team: str) -> AsyncWebClient | None:
        """The client that acts in a workspace, where the app is installed."""
        installed = await self.workspaces.find(Where(team))
        return self.workspaces.client(installed) if installed else None

    async def is_app(self, who: Speaker, client: AsyncWebClient) -> bool:
        """Whether it is an app that posts as if it were a person. Raises SlackAway."""
        profile = await self.profiles.profile(client, who.team, who.user)
        return profile is not None and profile.is_app

    async def _profile(self, who: Speaker, client: AsyncWebClient, wants: Wants) -> Profile | None:
        if await self.lifecycle.rests(who):
            profile = await self.profiles.fresh(client, who.team, who.user)
            if profile is None or "deleted" in profile.flags:
                raise Resting
            await self.lifecycle.returned(who.team, who.user)
            return profile
        known = self.profiles.known(who.team, who.user)
        was_admin = identity.role(who, known, self.admin_user_ids) is Role.ADMIN
        if known and (wants == "shares" or (wants == "acts" and was_admin)):
            return await self.profiles.fresh(client, who.team, who.user)
        return known or await self.profiles.profile(client, who.team, who.user)

    async def _met(self, actor: Actor, organisation: str | None) -> None:
        """Note which workspaces an organisation's installation serves: when it ends, they end with it."""
        if organisation and actor.role is not Role.OUTSIDER:
            installed = await self.workspaces.find(Where(actor.team, organisation, True))
            if installed:
                await self.workspaces.serves(installed, actor.team)
