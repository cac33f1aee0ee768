"""Slack in, Slack out: every listener of the Bolt app.

An event is written down by `before_authorize`, which Bolt awaits before it acknowledges: an error there is a 500, and
Slack sends the event again. The inbox later dispatches the stored event through the same app, so that what works on it
is an ordinary Bolt listener. Commands and buttons do their small piece of work at once, within Slack's three seconds.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from aiohttp import ClientSession, ClientTimeout
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest, AsyncRespond
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot import commands, identity, notices, turn, views
from bot.answer import FAULTS, NO_PREVIEWS, DeliveryFailed, fault, passing, waiting
from bot.call import Call
from bot.events import account_change, incoming, said
from bot.inbox import Claimed, Inbox
from bot.installations import Installed, Where
from bot.lifecycle import ENDING, Lifecycle, Resting
from bot.people import People, SlackAway
from bot.turn import Addressed, Mind
from bot.turns import Thread
from bot.views import Reply, note
from bot.workspaces import TokenExpired, Workspaces, where
from memory.errors import StorageFailed
from memory.models import Actor, Role
from memory.notices import Notice

log = logging.getLogger(__name__)

# Slack waits 3 s for the answer to a command or a button: what takes longer is told so.
PATIENCE = 2.3
SLACK_SECONDS = 15  # for one request to Slack
TOO_SLOW = "That took too long, and I do not know whether it was done. Look with `/memory list`, then try again."
WHO = "Slack did not tell me who you are just now, so I did nothing. Please try again."
BROKEN = "Something went wrong, and it was written to my log. Please try again."
NOT_INSTALLED = "I am not installed in this workspace, so I did nothing. Whoever runs this bot can install me again."
RESTING = "What I kept here rests, because the app or this account was removed. I did nothing."
CLAIM = "claimed"  # the event of the inbox that a request repeats
INSTALLED = "installed"  # through which installation it came

Body = Mapping[str, Any]


@dataclass(slots=True)
class Bot:
    """The Bolt app with what it works with. `handle` and `give_up` are what the inbox calls."""

    mind: Mind
    inbox: Inbox
    workspaces: Workspaces
    client: AsyncWebClient = field(repr=False)  # Bolt makes one for each request after it
    admin_user_ids: frozenset[str]
    signing_secret: str = field(default="", repr=False)
    people: People = field(default_factory=People)
    app: AsyncApp = field(init=False)
    lifecycle: Lifecycle = field(init=False)
    _showing: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        async def authorize(context: AsyncBoltContext) -> AuthorizeResult:
            return _authorized(context[INSTALLED])

        self.lifecycle = Lifecycle(self.mind.desk.store, self.workspaces, self.people)
        self.app = AsyncApp(
            client=self.client,
            signing_secret=self.signing_secret or None,
            authorize=authorize,
            before_authorize=self._admit,
            process_before_response=True,
            # Our own messages carry a bot_id, and `said` leaves them out; Bolt would log what it ignores.
            ignoring_self_events_enabled=False,
        )
        self.app.error(self._on_error)
        for kind in ("message", "app_mention"):
            self.app.event(kind)(self._on_message)
        self.app.event("user_change")(self._on_account)
        self.app.command(re.compile(r"^/"))(self._on_command)
        self.app.action(re.compile(rf"^{views.ACTION}:"))(self._on_button)
        self.app.action(re.compile(""))(_acknowledge)

    # --------------------------------------------------------------------------------------------- events in

    async def _admit(
        self,
        body: dict[str, Any],
        context: AsyncBoltContext,
        next: Callable[[], Awaitable[None]],  # noqa: A002 - Bolt's name
    ) -> BoltResponse | None:
        """Before Bolt looks for a token: turn away what comes from nowhere we are, and write an event down."""
        if CLAIM in context or body.get("type") == "url_verification":
            await next()
            return None
        place = where(context, body)
        if body.get("type") == "event_callback":
            await self._write_down(place, identity.tenant(context.team_id, body), body)
            return BoltResponse(status=200, body="")
        try:
            installed = await self.workspaces.find(place)
        except (StorageFailed, TokenExpired, *FAULTS) as error:
            if "command" not in body:
                raise
            log.warning("A command failed (%s)", type(error.__cause__ or error).__name__)
            return BoltResponse(status=200, body=str(error) if isinstance(error, StorageFailed) else WHO)
        if installed is None:
            log.warning("Turned away: the app is not installed in %s", place.ids)
            return BoltResponse(status=200, body=NOT_INSTALLED if "command" in body else "")
        context[INSTALLED] = installed
        await next()
        return None

    async def _write_down(self, place: Where, team: str, body: Body) -> None:
        """Write an event down, if it is one of ours; Slack hears 200 when this returns.

        One from where the app is not installed is acknowledged as well, and leaves no trace but a line in the log: sent
        again it would be the same, and Slack switches off an app that refuses too much.
        """
        if identity.part(body, "event").get("type") in ENDING:
            await self.lifecycle.ended(place, body)
            return
        change = account_change(body)
        event = change.incoming(team, body) if change else incoming(team, body)
        if event is None:
            return
        if not await self.workspaces.admits(place):
            log.warning("Turned away: the app is not installed in %s", place.ids)
            return
        if change and not await self.lifecycle.concerns(team, change.user, deleted=change.deleted):
            return  # a new picture or a new status: it happens all day
        await self.inbox.write(event)

    async def handle(self, claimed: Claimed) -> None:
        """Work on a stored event. Raises whatever makes another attempt worth while."""
        request, installed = await self._repeated(claimed)
        if installed is None:
            log.info("Event %s is left: the app is not installed there any more", claimed.event_id)
            return
        request.context[INSTALLED] = installed
        user = identity.part(claimed.body, "event").get("user")
        work = self.app.async_dispatch(request)
        await self.lifecycle.under_way.run(installed.id, user if isinstance(user, str) else "", work)

    async def give_up(self, claimed: Claimed) -> None:
        """Tell the person that no attempt has succeeded."""
        request, installed = await self._repeated(claimed)
        message = said(claimed.body)
        if message and installed:
            who = identity.speaker(request.context.team_id, claimed.body, installed.organisation)
            # Slack may be what is away, so it is not asked who this is: to be told this, nobody needs to be anyone.
            actor = identity.actor(who, Role.OUTSIDER, door="slack message", channel=message.channel)
            client = self.workspaces.client(installed)
            await turn.give_up(Addressed(claimed.event_id, message, actor, who.home, "", client))

    async def _repeated(self, claimed: Claimed) -> tuple[AsyncBoltRequest, Installed | None]:
        """A stored event as a request, and the app where it came from."""
        request = AsyncBoltRequest(mode="socket_mode", body=dict(claimed.body), context={CLAIM: claimed})
        return request, await self.workspaces.find(where(request.context, claimed.body))

    async def _on_error(self, error: Exception, context: AsyncBoltContext) -> None:
        """A repeated event's error goes to the inbox; any other is logged, and Bolt answers 500."""
        if CLAIM in context:
            raise error
        log.error("A request failed", exc_info=error)

    async def _on_message(self, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        claimed, message = context.get(CLAIM), said(body)
        if message is None or not isinstance(claimed, Claimed):
            return
        bot_user_id = context.bot_user_id or ""
        thread = Thread(identity.tenant(context.team_id, body), message.channel, message.root)
        spoken_to = message.alone or message.mentions(bot_user_id)
        if not spoken_to and not (message.thread_ts and await self.mind.turns.takes_part(thread)):
            return
        who = identity.speaker(context.team_id, body, _organisation(context))
        shared = "remember" in message.text.casefold()  # it may be for the whole workspace
        try:
            actor = await self._actor(who, client, "slack message", message.channel, changes=shared)
        except Resting:
            return
        await self._met(actor, context)
        to = Addressed(claimed.event_id, message, actor, who.home, bot_user_id, client, claimed.again)
        await turn.take_turn(self.mind, to)

    async def _on_account(self, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        """Somebody's account changed. Events come late and in any order, so Slack is asked how it is now."""
        change, installed = account_change(body), context.get(INSTALLED)
        if change is None or CLAIM not in context or not isinstance(installed, Installed):
            return
        team = identity.tenant(context.team_id, body)
        profile = await self.people.profile(client, team, change.user, fresh=True)
        deleted = "deleted" in profile.flags if profile else change.deleted
        await self.lifecycle.settle(installed, team, change.user, deleted=deleted)

    async def _met(self, actor: Actor, context: AsyncBoltContext) -> None:
        """Note which workspaces an organisation's installation serves: when it ends, they end with it."""
        installed = context.get(INSTALLED)
        if isinstance(installed, Installed) and actor.role is not Role.OUTSIDER:
            await self.workspaces.serves(installed, actor.team)

    async def _actor(
        self, who: identity.Speaker, client: AsyncWebClient, door: str, channel: str, *, changes: bool
    ) -> Actor:
        """Who acts. An admin who is about to change what is not theirs must be one now, not some minutes ago.

        Raises SlackAway, or Resting for whom the bot does nothing any more.
        """
        rests = await self.lifecycle.rests(who)
        profile = await self.people.profile(client, who.team, who.user, fresh=rests)
        if rests:
            await self._woken(who, profile)
        role = identity.role(who, profile, self.admin_user_ids)
        if role is Role.ADMIN and changes:
            profile = await self.people.profile(client, who.team, who.user, fresh=True)
            role = identity.role(who, profile, self.admin_user_ids)
        if role is Role.OUTSIDER and who.organisation:  # their own workspace is not one of ours
            who = replace(who, team=who.organisation)
        return identity.actor(who, role, door=door, channel=channel)

    async def _woken(self, who: identity.Speaker, profile: identity.Profile | None) -> None:
        """Bring back whoever speaks again; raise Resting when Slack says that they cannot."""
        if profile is None or "deleted" in profile.flags:
            raise Resting
        await self.lifecycle.returned(who.team, who.user)

    async def tell(self, notice: Notice) -> None:
        """Tell a person something by direct message. Raises what makes another attempt worth while."""
        installed = await self.workspaces.find(Where(notice.team))
        if installed is None:
            raise DeliveryFailed("not installed", passing=True)
        client = self.workspaces.client(installed)
        if notice.kind == "proposed" and not await self._still_admin(notice, client, installed):
            return
        reply = notices.told(notice)
        message = partial(
            client.chat_postMessage,
            channel=notice.user,
            text=views.cut(reply.text),
            blocks=list(reply.blocks),
            **NO_PREVIEWS,
        )
        try:
            await waiting(message)
        except FAULTS as error:
            if passing(error):
                raise DeliveryFailed(fault(error), passing=True) from error
            log.warning("Slack does not take a notice (%s)", fault(error))

    async def _still_admin(self, notice: Notice, client: AsyncWebClient, installed: Installed) -> bool:
        """Whether an admin who wants to hear of proposals is one still; who is not any more will hear of none."""
        who = identity.Speaker(notice.team, notice.user, notice.team, installed.organisation)
        actor = await self._actor(who, client, "slack notice", notice.user, changes=True)
        if actor.role is Role.ADMIN:
            return True
        await self.mind.desk.store.notify_of_proposals(actor, on=False)
        return False

    # ------------------------------------------------------------------------------------ commands, buttons

    async def _on_command(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        who = identity.speaker(context.team_id, body, _organisation(context))
        channel = str(body.get("channel_id") or "")

        async def work() -> Reply:
            words = str(body.get("text") or "")
            actor = await self._actor(who, client, "slack command", channel, changes=True)
            await self._met(actor, context)
            return await commands.run(self.mind.desk, Call(actor, channel, words))

        reply = await _in_time(work)
        await ack(response_type="ephemeral", text=views.cut(reply.text), blocks=list(reply.blocks))

    async def _on_button(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        respond: AsyncRespond,
    ) -> None:
        who = identity.speaker(context.team_id, body, _organisation(context))
        channel = str(identity.part(body, "channel").get("id") or "")
        words = str(body["actions"][0].get("value") or "")
        # `why` asks about the thread in which it was asked.
        thread_ts = identity.part(body, "container").get("thread_ts") or identity.part(body, "message").get("thread_ts")

        async def work() -> Reply:
            actor = await self._actor(who, client, "slack button", channel, changes=True)
            await self._met(actor, context)
            return await commands.run(self.mind.desk, Call(actor, channel, words, thread_ts, pressed=True))

        reply = await _in_time(work)
        await ack()
        # Bolt acknowledges when this returns, and Slack waits 3 s for that: the answer goes its own way.
        showing = asyncio.create_task(_show(respond, reply))
        self._showing.add(showing)
        showing.add_done_callback(self._showing.discard)

    async def shown(self) -> None:
        """Return when every button's answer is on its way to Slack, or has failed to go."""
        while self._showing:
            await asyncio.wait(tuple(self._showing))


def _authorized(installed: Installed) -> AuthorizeResult:
    """What Bolt wants to know of an installation. Nothing of it is asked of Slack."""
    return AuthorizeResult(
        enterprise_id=installed.enterprise_id,
        team_id=None if installed.is_enterprise_install else installed.id,
        bot_user_id=installed.bot_user_id,
        bot_id=installed.bot_id,
        bot_token=installed.token,
    )


def _organisation(context: AsyncBoltContext) -> str | None:
    installed = context.get(INSTALLED)
    return installed.organisation if isinstance(installed, Installed) else None


async def _show(respond: AsyncRespond, reply: Reply) -> None:
    """Put a button's answer in the place of the message that it stood in."""
    try:
        async with asyncio.timeout(SLACK_SECONDS):
            await respond(replace_original=True, text=views.cut(reply.text), blocks=list(reply.blocks))
    except FAULTS as error:
        log.info("A button's answer could not be shown (%s)", fault(error))


async def _in_time(work: Callable[[], Awaitable[Reply]]) -> Reply:
    """Do the work, or say in one sentence why not: the outermost edge of commands and buttons."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await work()
    except TimeoutError:
        log.warning("A command took longer than %s s", PATIENCE)
        return note(TOO_SLOW)
    except StorageFailed as error:
        log.warning("A command failed (%s)", type(error.__cause__ or error).__name__)
        return note(str(error))
    except Resting:
        return note(RESTING)
    except SlackAway:
        log.warning("A command failed, because Slack did not say who used it")
        return note(WHO)
    except Exception:
        log.exception("A command failed")
        return note(BROKEN)


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()


@asynccontextmanager
async def web_client(token: str, api_url: str) -> AsyncIterator[AsyncWebClient]:
    """The client for Slack's Web API, with one session for all its requests.

    It tries nothing again: a message whose answer was lost may be there, and only who sent it knows how to look.
    """
    async with ClientSession(timeout=ClientTimeout(total=SLACK_SECONDS), trust_env=True) as session:
        yield AsyncWebClient(
            token=token,
            base_url=api_url,
            session=session,
            timeout=SLACK_SECONDS,
            retry_handlers=[],
        )
