"""Slack in, Slack out: every listener of the Bolt app.

An event is written down by `before_authorize`, which Bolt awaits before it acknowledges: an error there is a 500, and
Slack sends the event again. The inbox later dispatches the stored event through the same app, so that what works on it
is an ordinary Bolt listener. Commands and buttons do their small piece of work at once, within Slack's three seconds.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands import table as commands
from bot.commands import why
from bot.commands.call import Call
from bot.commands.in_time import PATIENCE, WHO, in_time, say
from bot.dialogs import dialogs as surfaces
from bot.dialogs.background import Background
from bot.dialogs.dialogs import Surfaces, Visit
from bot.dialogs.home import Publisher
from bot.dialogs.homes import Homes
from bot.dialogs.screens import Chosen
from bot.dialogs.shortcuts import OPEN_MEMORIES, REMEMBER_MESSAGE
from bot.people import identity
from bot.people.installations import Installed, Where
from bot.people.lifecycle import ENDING, Lifecycle
from bot.people.profiles import People, Resting
from bot.people.workspaces import TokenExpired, Workspaces, where
from bot.slack.calls import FAULTS, DeliveryFailed, Lanes, fault, passing, waiting
from bot.slack.conversation import NO_PREVIEWS, Listener
from bot.slack.events import Said, Stopped, account_change, incoming, rewritten, said, stopped
from bot.slack.inbox import Claimed, Inbox
from bot.slack.reply import Reply, cut, note
from bot.turn import edited_messages as sources
from bot.turn import turn
from bot.turn.turn import Addressed, Answering
from bot.views import notices
from bot.views.blocks import ACTION, EDIT, QUEUE
from bot.views.held import Held, Screen
from bot.views.modals import DO
from memory.errors import StorageFailed
from memory.models import Actor, Key, Role
from memory.store.notices import Notice
from memory.turns import Feedback, Thread

log = logging.getLogger(__name__)

APPS_WAIT = timedelta(hours=1)  # between two answers to another app in one channel
NOT_INSTALLED = "I am not installed in this workspace, so I did nothing. Whoever runs this bot can install me again."
CLAIM = "claimed"  # the event of the inbox that a request repeats
INSTALLED = "installed"  # through which installation it came
# Not written into the inbox, where it would wait behind an answer: a Home can be published again at any time.
AT_ONCE = ("app_home_opened",)

NOT_YOURS_TO_STOP = "Only the person who asked can stop this answer."

Body = Mapping[str, Any]


@dataclass(slots=True)
class Bot:
    """The Bolt app with what it works with. `handle` and `give_up` are what the inbox calls."""

    answering: Answering
    inbox: Inbox
    homes: Homes
    workspaces: Workspaces
    client: AsyncWebClient = field(repr=False)  # Bolt makes one for each request after it
    admin_user_ids: frozenset[str]
    signing_secret: str = field(default="", repr=False)
    people: People = field(default_factory=People)
    lanes: Lanes = field(default_factory=Lanes)
    app: AsyncApp = field(init=False)
    lifecycle: Lifecycle = field(init=False)
    background: Background = field(default_factory=Background)
    surfaces: Surfaces = field(init=False)
    publisher: Publisher = field(init=False)

    def __post_init__(self) -> None:
        async def authorize(context: AsyncBoltContext) -> AuthorizeResult:
            return _authorized(context[INSTALLED])

        self.lifecycle = Lifecycle(self.answering.parts.store, self.workspaces, self.people)
        parts = self.answering.parts
        self.publisher = Publisher(self.homes, parts, self._client_of, self._at_home, parts.clock)
        self.surfaces = Surfaces(parts, partial(self._actor, changes=True), self.background, self.publisher)
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
        self.app.event("app_home_opened")(self._on_home_opened)
        self.app.event("user_change")(self._on_account)
        self.app.command(re.compile(r"^/"))(self._on_command)
        self.app.action(re.compile(rf"^{ACTION}:"))(self._on_button)
        self.app.action(re.compile(rf"^{EDIT}:"))(self._on_edit_button)
        self.app.action(re.compile(rf"^{QUEUE}:"))(self._on_queue_button)
        self.app.action(re.compile(rf"^{DO}:"))(self._on_view_action)
        self.app.action(why.OPEN)(self._on_why)
        self.app.action(why.RATE)(self._on_thumb)
        self.app.view(re.compile(""))(self._on_view)
        self.app.shortcut(OPEN_MEMORIES.callback_id)(self._on_open_memories)
        self.app.shortcut(REMEMBER_MESSAGE.callback_id)(self._on_remember_message)
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
        at_once = identity.part(body, "event").get("type") in AT_ONCE
        if body.get("type") == "event_callback" and not at_once:
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
        stop, change = stopped(body), account_change(body)
        event = change.incoming(team, body) if change else incoming(team, body)
        if stop is None and event is None:
            return
        if not await self.workspaces.admits(place):
            log.warning("Turned away: the app is not installed in %s", place.ids)
        elif stop:  # it must not wait in the inbox behind what it is to stop
            await self._stop(place, team, stop)
        elif change and not await self.lifecycle.concerns(team, change.user, deleted=change.deleted):
            return  # a new picture or a new status: it happens all day
        elif event:
            await self.inbox.write(event)

    async def _stop(self, place: Where, team: str, stop: Stopped) -> None:
        """Stop an answer for who had asked; tell anybody else that it is not theirs. Raises StorageFailed."""
        thread = Thread(team, stop.channel, stop.thread_ts)
        if await self.answering.stops.stop(self.answering.parts.turns, thread, stop.user, stop.at):
            return
        if await self.answering.parts.turns.under_way(thread, stop.at):
            listener = Listener(stop.channel, stop.user, stop.thread_ts, stop.channel.startswith("D"))
            installed = await self.workspaces.find(place)
            if installed:
                self.background.start(say(self.workspaces.client(installed), listener, note(NOT_YOURS_TO_STOP)))

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
            client, lane = self.workspaces.client(installed), self.lanes.of(message.channel)
            await turn.give_up(self.answering, Addressed(claimed.event_id, message, actor, who.home, "", client, lane))

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
        bot_user_id = context.bot_user_id or ""
        if message is None and isinstance(claimed, Claimed):
            await self._on_change(claimed, body, context, client)
        if message is None or not isinstance(claimed, Claimed) or message.user == bot_user_id:
            return
        thread = Thread(identity.tenant(context.team_id, body), message.channel, message.root)
        spoken_to = message.alone or message.mentions(bot_user_id)
        if not spoken_to and not (message.thread_ts and await self.answering.parts.turns.takes_part(thread)):
            return
        who = _speaker(context, body)
        shared = "remember" in message.text.casefold()  # it may be for the whole workspace
        try:
            actor = await self._actor(who, client, "slack message", message.channel, changes=shared)
        except Resting:
            return
        if message.from_app or (actor.role is Role.OUTSIDER and await self._is_app(client, who)):
            message = replace(message, from_app=True)
            if not (message.mentions(bot_user_id) and await self._first_from_app(message, who.team, claimed.event_id)):
                return
        lane = self.lanes.of(message.channel)
        to = Addressed(claimed.event_id, message, actor, who.home, bot_user_id, client, lane, claimed.again)
        await turn.take_turn(self.answering, to)

    async def _on_change(
        self, claimed: Claimed, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """Somebody edited or deleted a message: nearly always one from which nothing was made."""
        change = rewritten(body)
        if change is None:
            return
        message = identity.part(identity.part(body, "event"), "previous_message")  # Slack names who it was in there
        who = _speaker(context, {**body, "event": message})
        if not await self.answering.parts.store.anything_from(who.team, change.channel, change.ts):
            return
        try:
            actor = await self._actor(who, client, "slack message", change.channel, changes=False)
        except Resting:
            return
        bot_user_id, lane = context.bot_user_id or "", self.lanes.of(change.channel)
        to = sources.Followed(claimed.event_id, change, actor, who.home, bot_user_id, client, lane, claimed.again)
        try:
            await sources.follow(self.answering.parts, to)
        except DeliveryFailed as error:
            if error.passing:
                raise
            log.warning("Slack does not take what is said to event %s (%s)", claimed.event_id, error)

    async def _is_app(self, client: AsyncWebClient, who: identity.Speaker) -> bool:
        """Whether it is an app that posts as if it were a person."""
        profile = await self.people.profile(client, who.team, who.user)
        return profile is not None and profile.is_app

    async def _first_from_app(self, message: Said, team: str, event_id: str) -> bool:
        """Whether an app has not been answered here for a while: two apps that answer each other end after one turn."""
        last = await self.answering.parts.turns.last(team, message.channel, message.user, None)
        return last is None or last.event_id == event_id or datetime.now(UTC) - last.created_at > APPS_WAIT

    async def _on_home_opened(self, body: dict[str, Any], context: AsyncBoltContext) -> None:
        who = _speaker(context, body)
        if identity.part(body, "event").get("tab") == "home" and who.user and who.team:
            self.background.start(self.publisher.opened(Key.person(who.team, who.user)))

    async def _on_account(self, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        """Somebody's account changed. Events come late and in any order, so Slack is asked how it is now."""
        change, installed = account_change(body), context.get(INSTALLED)
        if change is None or CLAIM not in context or not isinstance(installed, Installed):
            return
        team = identity.tenant(context.team_id, body)
        profile = await self.people.profile(client, team, change.user, fresh=True)
        deleted = "deleted" in profile.flags if profile else change.deleted
        await self.lifecycle.settle(installed, team, change.user, deleted=deleted)

    async def _met(self, actor: Actor, organisation: str | None) -> None:
        """Note which workspaces an organisation's installation serves: when it ends, they end with it."""
        if organisation and actor.role is not Role.OUTSIDER:
            installed = await self.workspaces.find(Where(actor.team, organisation, True))
            if installed:
                await self.workspaces.serves(installed, actor.team)

    async def _client_of(self, team: str) -> AsyncWebClient | None:
        """The client for a workspace, where the app is installed."""
        installed = await self.workspaces.find(Where(team))
        return self.workspaces.client(installed) if installed else None

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
        actor = identity.actor(who, role, door=door, channel=channel)
        await self._met(actor, who.organisation)
        return actor

    async def _at_home(self, who: identity.Speaker, client: AsyncWebClient, door: str, channel: str) -> Actor:
        """Whose Home is published. No payload of Slack's is at hand: the installation names the organisation."""
        installed = await self.workspaces.find(Where(who.team))
        who = replace(who, organisation=installed.organisation if installed else None)
        return await self._actor(who, client, door, channel, changes=False)

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
            text=cut(reply.text),
            blocks=list(reply.blocks),
            **NO_PREVIEWS,
        )
        try:
            await waiting(message, lane=self.lanes.of(notice.user))
        except FAULTS as error:
            if passing(error):
                raise DeliveryFailed.of(error) from error
            log.warning("Slack does not take a notice (%s)", fault(error))

    async def _still_admin(self, notice: Notice, client: AsyncWebClient, installed: Installed) -> bool:
        """Whether an admin who wants to hear of proposals is one still; who is not any more will hear of none."""
        who = identity.Speaker(notice.team, notice.user, notice.team, installed.organisation)
        actor = await self._actor(who, client, "slack notice", notice.user, changes=True)
        if actor.role is Role.ADMIN:
            return True
        await self.answering.parts.store.notify_of_proposals(actor, on=False)
        return False

    # ------------------------------------------------------------------------------------ commands, buttons

    async def _on_command(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        began = time.monotonic()
        who = _speaker(context, body)
        channel, words = str(body.get("channel_id") or ""), str(body.get("text") or "")
        if held := surfaces.wanted(words):
            held = replace(held, channel=channel, response_url=str(body.get("response_url") or ""))
            if await self.surfaces.open(Visit(who, client, str(body.get("trigger_id") or "")), held):
                await ack()
                return

        async def work() -> Reply:
            actor = await self._actor(who, client, "slack command", channel, changes=True)
            return await commands.run(self.answering.parts, Call(actor, channel, words))

        reply = await in_time(work, note, seconds=PATIENCE - (time.monotonic() - began))
        await ack(response_type="ephemeral", text=cut(reply.text), blocks=list(reply.blocks))

    async def _on_button(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        who = _speaker(context, body)
        channel = str(identity.part(body, "channel").get("id") or "")
        words = str(body["actions"][0].get("value") or "")

        async def work() -> Reply:
            actor = await self._actor(who, client, "slack button", channel, changes=True)
            return await commands.run(self.answering.parts, Call(actor, channel, words, _thread_of(body), pressed=True))

        reply = await in_time(work, note)
        await ack()
        # Bolt acknowledges when this returns, and Slack waits 3 s for that: the answer goes its own way.
        # An answer takes the place of what only this person sees. Under a message for everybody it stands by itself.
        alone = channel.startswith("D")
        listener = self._listener(body, who.user)
        in_place = alone or identity.part(body, "container").get("is_ephemeral") is True
        self.background.start(_show(str(body.get("response_url") or ""), client, listener, reply, in_place=in_place))

    async def _on_edit_button(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        memory_id, _, then = str(body["actions"][0].get("value") or "").partition("\n")
        held = Held(
            screen="edit",
            memory=memory_id,
            then=then,
            channel=str(identity.part(body, "channel").get("id") or ""),
            thread_ts=_thread_of(body) or "",
            response_url=str(body.get("response_url") or ""),
            rewrites=True,
        )
        await self._open(ack, body, _visit(context, body, client), held)

    async def _on_queue_button(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await self._open(ack, body, _visit(context, body, client), Held(screen="queue"))

    async def _on_view_action(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        visit = _visit(context, body, client)
        await self.surfaces.act(visit, body)
        await ack()

    async def _on_open_memories(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await self._open(ack, body, _visit(context, body, client), Held(screen="list"))

    async def _on_remember_message(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        visit = _visit(context, body, client)
        held, message = surfaces.chosen_message(visit.who, body)
        await self._open(ack, body, visit, held, message)

    async def _open(self, ack: AsyncAck, body: Body, visit: Visit, held: Held, message: Chosen | None = None) -> None:
        """Open a modal; tell who asked for it when Slack does not. A global shortcut has no response_url."""
        opened = await self.surfaces.open(visit, held, message=message)
        await ack()
        if opened:
            return
        if url := str(body.get("response_url") or ""):
            self.background.start(surfaces.respond(url, note(surfaces.NOT_OPENED), rewrites=False))
        else:
            self.background.start(surfaces.tell_directly(visit.client, visit.who.user, surfaces.NOT_OPENED))

    async def _on_view(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        visit = _visit(context, body, client)
        await ack(**await self.surfaces.submit(visit, body))

    # ------------------------------------------------------------------------------------------ below an answer

    async def _on_why(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await self._explain(_visit(context, body, client), body, "why", str(body["actions"][0].get("value") or ""))
        await ack()

    async def _on_thumb(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        visit = _visit(context, body, client)
        thumb, _, event_id = str(body["actions"][0].get("value") or "").partition(" ")
        self.background.start(self._rate(visit, body, event_id, "down" if thumb == "down" else "up"))
        if thumb == "down":
            await self._explain(visit, body, "wrong", event_id)
        await ack()

    async def _explain(self, visit: Visit, body: Body, screen: Screen, event_id: str) -> None:
        """Open the modal about an answer. Where it was asked is where who asked may act in it."""
        channel = str(identity.part(body, "channel").get("id") or "")
        if not await self.surfaces.open(visit, Held(screen=screen, event=event_id[:100], channel=channel)):
            self.background.start(say(visit.client, self._listener(body, visit.who.user), note(why.FAILED)))

    async def _rate(self, visit: Visit, body: Body, event_id: str, feedback: Feedback) -> None:
        """Keep a thumb; the modal that a thumb down opens tells by itself that the answer is another's."""

        async def rate() -> str:
            kept = await self.answering.parts.turns.rate(event_id, visit.who.team, visit.who.user, feedback)
            return "" if kept or feedback == "down" else why.NOT_YOUR_ANSWER

        if refused := await in_time(rate, str):
            await say(visit.client, self._listener(body, visit.who.user), note(refused))

    def _listener(self, body: Body, user: str) -> Listener:
        """Who pressed something in a message, and the thread that it stands in."""
        channel = str(identity.part(body, "channel").get("id") or "")
        return Listener(channel, user, _thread_of(body), channel.startswith("D"), self.lanes.of(channel))

    async def shown(self) -> None:
        """Return when every answer to a click is on its way to Slack, or has failed to go."""
        await self.background.done()


async def _show(url: str, client: AsyncWebClient, to: Listener, reply: Reply, *, in_place: bool) -> None:
    """Show a button's answer to who pressed it; in the place of the message that it stood in, if that may be.

    Where its response_url does not work any more, the answer comes as a new message.
    """
    if not await surfaces.respond(url, reply, rewrites=in_place):
        await say(client, to, reply)


def _thread_of(body: Body) -> str | None:
    """The thread that a button stands in: `why` asks about the thread in which it was asked."""
    thread_ts = identity.part(body, "container").get("thread_ts") or identity.part(body, "message").get("thread_ts")
    return thread_ts if isinstance(thread_ts, str) else None


def _authorized(installed: Installed) -> AuthorizeResult:
    """What Bolt wants to know of an installation. Nothing of it is asked of Slack."""
    return AuthorizeResult(
        enterprise_id=installed.enterprise_id,
        team_id=None if installed.is_enterprise_install else installed.id,
        bot_user_id=installed.bot_user_id,
        bot_id=installed.bot_id,
        bot_token=installed.token,
    )


def _speaker(context: AsyncBoltContext, body: Body) -> identity.Speaker:
    """Who sent it; where the app is installed for an organisation, whose that is."""
    installed = context.get(INSTALLED)
    organisation = installed.organisation if isinstance(installed, Installed) else None
    return identity.speaker(context.team_id, body, organisation)


def _visit(context: AsyncBoltContext, body: Body, client: AsyncWebClient) -> Visit:
    return Visit(_speaker(context, body), client, str(body.get("trigger_id") or ""))


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()
