"""Slack in, Slack out: every listener of the Bolt app.

An event is written down by `before_authorize`, which Bolt awaits before it acknowledges: an error there is a 500, and
Slack sends the event again. The inbox later dispatches the stored event through the same app, so that what works on it
is an ordinary Bolt listener. Commands and buttons do their small piece of work at once, within Slack's three seconds.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from aiohttp import ClientSession, ClientTimeout
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest, AsyncRespond
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot import commands, identity, modal, sources, turn, views, why
from bot.answer import NO_PREVIEWS
from bot.aside import Listener, tell
from bot.call import Call
from bot.events import Said, Stopped, incoming, rewritten, said, stopped
from bot.faults import FAULTS, DeliveryFailed, Lanes, fault, waiting
from bot.inbox import Claimed, Inbox
from bot.people import People, SlackAway
from bot.turn import Addressed, Mind
from bot.turns import Thread
from bot.views import Reply, note
from memory.errors import StorageFailed
from memory.models import Actor, Role

log = logging.getLogger(__name__)

# Slack waits 3 s for the answer to a command or a button: what takes longer is told so.
PATIENCE = 2.3
SLACK_SECONDS = 15  # for one request to Slack
TOO_SLOW = "That took too long, and I do not know whether it was done. Look with `/memory list`, then try again."
WHO = "Slack did not tell me who you are just now, so I did nothing. Please try again."
BROKEN = "Something went wrong, and it was written to my log. Please try again."
APPS_WAIT = timedelta(hours=1)  # between two answers to another app in one channel
CLAIM = "claimed"  # the event of the inbox that a request repeats

NOT_YOURS_TO_STOP = "Only the person who asked can stop this answer."

Body = Mapping[str, Any]
Told = TypeVar("Told")


@dataclass(slots=True)
class Bot:
    """The Bolt app with what it works with. `handle` and `give_up` are what the inbox calls."""

    mind: Mind
    inbox: Inbox
    client: AsyncWebClient
    token: str
    admin_user_ids: frozenset[str]
    signing_secret: str = ""
    people: People = field(default_factory=People)
    lanes: Lanes = field(default_factory=Lanes)
    app: AsyncApp = field(init=False)
    _authorized: AuthorizeResult | None = None
    _showing: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        async def authorize() -> AuthorizeResult:  # Bolt would take the `self` of a method for an argument of its own
            return await self._authorize()

        self.app = AsyncApp(
            client=self.client,
            signing_secret=self.signing_secret or None,
            authorize=authorize,
            before_authorize=self._write_down,
            process_before_response=True,
            # Our own messages carry a bot_id, and `said` leaves them out; Bolt would log what it ignores.
            ignoring_self_events_enabled=False,
        )
        self.app.error(self._on_error)
        for kind in ("message", "app_mention"):
            self.app.event(kind)(self._on_message)
        self.app.command(re.compile(r"^/"))(self._on_command)
        self.app.action(re.compile(rf"^{views.ACTION}:"))(self._on_button)
        self.app.action(why.OPEN)(self._on_why)
        self.app.action(why.RATE)(self._on_thumb)
        self.app.action(why.ROW)(self._on_row)
        self.app.action(re.compile(""))(_acknowledge)

    # ------------------------------------------------------------------------------------------- who we are

    async def _authorize(self) -> AuthorizeResult:
        """Who this app is, asked of Slack once. An error is raised, not answered: Slack, or the inbox, tries again."""
        if self._authorized is None:
            answer = await waiting(self.client.auth_test, repeatable=True)
            self._authorized = AuthorizeResult(
                enterprise_id=answer.get("enterprise_id"),
                team_id=answer.get("team_id"),
                bot_user_id=answer.get("user_id"),
                bot_id=answer.get("bot_id"),
                bot_token=self.token,
            )
        return self._authorized

    async def check_token(self) -> None:
        """Ask Slack who we are, at the start. Raises SlackApiError when the token is not valid."""
        await self._authorize()

    # --------------------------------------------------------------------------------------------- events in

    async def _write_down(
        self,
        body: dict[str, Any],
        context: AsyncBoltContext,
        next: Callable[[], Awaitable[None]],  # noqa: A002 - Bolt's name
    ) -> BoltResponse | None:
        if body.get("type") != "event_callback" or CLAIM in context:
            await next()
            return None
        team = identity.tenant(context.team_id, body)
        if stop := stopped(body):  # it must not wait in the inbox behind what it is to stop
            await self._stop(team, stop)
        elif event := incoming(team, body):
            await self.inbox.write(event)
        return BoltResponse(status=200, body="")

    async def _stop(self, team: str, stop: Stopped) -> None:
        """Stop an answer for who had asked; tell anybody else that it is not theirs. Raises StorageFailed."""
        thread = Thread(team, stop.channel, stop.thread_ts)
        if await self.mind.stops.stop(self.mind.turns, thread, stop.user, stop.at):
            return
        if await self.mind.turns.under_way(thread, stop.at):
            listener = Listener(stop.channel, stop.user, stop.thread_ts, stop.channel.startswith("D"))
            self._later(_tell(self.client, listener, note(NOT_YOURS_TO_STOP)))

    async def handle(self, claimed: Claimed) -> None:
        """Work on a stored event. Raises whatever makes another attempt worth while."""
        request = AsyncBoltRequest(mode="socket_mode", body=dict(claimed.body), context={CLAIM: claimed})
        await self.app.async_dispatch(request)

    async def give_up(self, claimed: Claimed) -> None:
        """Tell the person that no attempt has succeeded."""
        message = said(claimed.body)
        if message:
            context = AsyncBoltRequest(mode="socket_mode", body=dict(claimed.body)).context
            who = identity.speaker(context.team_id, claimed.body)
            # Slack may be what is away, so it is not asked who this is: to be told this, nobody needs to be anyone.
            actor = identity.actor(who, Role.OUTSIDER, door="slack message", channel=message.channel)
            lane = self.lanes.of(message.channel)
            await turn.give_up(self.mind, Addressed(claimed.event_id, message, actor, who.home, "", self.client, lane))

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
        if not spoken_to and not (message.thread_ts and await self.mind.turns.takes_part(thread)):
            return
        who = identity.speaker(context.team_id, body)
        shared = "remember" in message.text.casefold()  # it may be for the whole workspace
        actor = await self._actor(who, client, "slack message", message.channel, changes=shared)
        if message.from_app or (actor.role is Role.OUTSIDER and await self._is_app(client, who)):
            message = replace(message, from_app=True)
            if not (message.mentions(bot_user_id) and await self._first_from_app(message, who.team, claimed.event_id)):
                return
        lane = self.lanes.of(message.channel)
        to = Addressed(claimed.event_id, message, actor, who.home, bot_user_id, client, lane, claimed.again)
        await turn.take_turn(self.mind, to)

    async def _on_change(
        self, claimed: Claimed, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """Somebody edited or deleted a message: nearly always one from which nothing was made."""
        change = rewritten(body)
        if change is None:
            return
        message = identity.part(identity.part(body, "event"), "previous_message")  # Slack names who it was in there
        who = identity.speaker(context.team_id, {**body, "event": message})
        if not await self.mind.desk.store.anything_from(who.team, change.channel, change.ts):
            return
        actor = await self._actor(who, client, "slack message", change.channel, changes=False)
        bot_user_id, lane = context.bot_user_id or "", self.lanes.of(change.channel)
        to = sources.Followed(claimed.event_id, change, actor, who.home, bot_user_id, client, lane, claimed.again)
        try:
            await sources.follow(self.mind.desk, to)
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
        last = await self.mind.turns.last(team, message.channel, message.user, None)
        return last is None or last.event_id == event_id or datetime.now(UTC) - last.created_at > APPS_WAIT

    async def _actor(
        self, who: identity.Speaker, client: AsyncWebClient, door: str, channel: str, *, changes: bool
    ) -> Actor:
        """Who acts. An admin who is about to change what is not theirs must be one now, not some minutes ago."""
        profile = await self.people.profile(client, who.team, who.user)
        role = identity.role(who, profile, self.admin_user_ids)
        if role is Role.ADMIN and changes:
            profile = await self.people.profile(client, who.team, who.user, fresh=True)
            role = identity.role(who, profile, self.admin_user_ids)
        return identity.actor(who, role, door=door, channel=channel)

    # ------------------------------------------------------------------------------------ commands, buttons

    async def _on_command(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        who = identity.speaker(context.team_id, body)
        channel = str(body.get("channel_id") or "")

        async def work() -> Reply:
            words = str(body.get("text") or "")
            actor = await self._actor(who, client, "slack command", channel, changes=True)
            return await commands.run(self.mind.desk, Call(actor, channel, words))

        reply = await _in_time(work, note)
        await ack(response_type="ephemeral", text=views.cut(reply.text), blocks=list(reply.blocks))

    async def _on_button(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        respond: AsyncRespond,
    ) -> None:
        who = identity.speaker(context.team_id, body)
        channel = str(identity.part(body, "channel").get("id") or "")
        words = str(body["actions"][0].get("value") or "")
        # `why` asks about the thread in which it was asked.
        thread_ts = identity.part(body, "container").get("thread_ts") or identity.part(body, "message").get("thread_ts")

        async def work() -> Reply:
            actor = await self._actor(who, client, "slack button", channel, changes=True)
            return await commands.run(self.mind.desk, Call(actor, channel, words, thread_ts, pressed=True))

        reply = await _in_time(work, note)
        await ack()
        # Bolt acknowledges when this returns, and Slack waits 3 s for that: the answer goes its own way.
        container = identity.part(body, "container")
        # An answer takes the place of what only this person sees. Under a message for everybody it stands by itself.
        alone = channel.startswith("D")
        listener = Listener(channel, who.user, thread_ts, alone, self.lanes.of(channel))
        in_place = alone or container.get("is_ephemeral") is True
        self._later(_show(respond, client, listener, reply, in_place=in_place))

    # ------------------------------------------------------------------------------------------ below an answer

    async def _on_why(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        self._later(self._explain(body, context, client, why.USED, str(body["actions"][0].get("value") or "")))

    async def _on_thumb(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        thumb, _, event_id = str(body["actions"][0].get("value") or "").partition(" ")
        if thumb == "down":
            self._later(self._explain(body, context, client, why.WRONG, event_id, rate=True))
        else:
            self._later(self._praise(body, context, client, event_id))

    async def _on_row(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack()
        self._later(self._change_row(body, context, client))

    async def _praise(
        self, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient, event_id: str
    ) -> None:
        who, channel = identity.speaker(context.team_id, body), str(identity.part(body, "channel").get("id") or "")

        async def rate() -> str:
            return "" if await self.mind.turns.rate(event_id, who.team, who.user, "up") else why.NOT_YOUR_ANSWER

        if refused := await _in_time(rate, str):
            await _tell(client, self._listener(body, who.user, channel), note(refused))

    async def _explain(
        self,
        body: dict[str, Any],
        context: AsyncBoltContext,
        client: AsyncWebClient,
        title: str,
        event_id: str,
        *,
        rate: bool = False,
    ) -> None:
        """Open the modal about an answer, and first keep a thumbs down, if it was one."""
        who, channel = identity.speaker(context.team_id, body), str(identity.part(body, "channel").get("id") or "")

        async def work() -> modal.View:
            if rate and not await self.mind.turns.rate(event_id, who.team, who.user, "down"):
                return why.sentence(title, why.NOT_YOUR_ANSWER)
            actor = await self._actor(who, client, "slack button", channel, changes=False)
            return await why.view(self.mind.desk, actor, await self.mind.turns.get(event_id), title)

        say = partial(why.sentence, title)
        filled = asyncio.create_task(_in_time(work, say))  # whether or not the modal opens: a thumb is kept
        trigger = str(body.get("trigger_id") or "")
        if not await modal.open_modal(client, trigger, say(why.LOADING), filled, say(why.FAILED)):
            await filled
            await _tell(client, self._listener(body, who.user, channel), note(why.FAILED))

    async def _change_row(self, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        """Do what was chosen for a memory in that modal, as if its command had been typed, and show how it stands."""
        who, shown = identity.speaker(context.team_id, body), identity.part(body, "view")
        title = str(identity.part(shown, "title").get("text") or why.USED)
        words = str(identity.part(body["actions"][0], "selected_option").get("value") or "")

        async def work() -> modal.View:
            turn = await self.mind.turns.get(str(shown.get("private_metadata") or ""))
            # Where it was asked is where who asked may act; for anybody else it is nowhere.
            channel = turn.thread.channel if turn and (turn.thread.team, turn.user) == (who.team, who.user) else ""
            actor = await self._actor(who, client, "slack button", channel, changes=True)
            reply = await commands.run(self.mind.desk, Call(actor, channel, words, pressed=True))
            return await why.view(self.mind.desk, actor, turn, title, reply.text)

        say = partial(why.sentence, title)
        await modal.show(client, str(shown.get("id") or ""), await _in_time(work, say), say(why.FAILED))

    def _listener(self, body: Body, user: str, channel: str) -> Listener:
        """Who pressed something in a message, and the thread that it stands in."""
        place = identity.part(body, "container").get("thread_ts") or identity.part(body, "message").get("thread_ts")
        return Listener(channel, user, place, channel.startswith("D"), self.lanes.of(channel))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it after the acknowledgement, for which Slack waits."""
        showing = asyncio.create_task(work)
        self._showing.add(showing)
        showing.add_done_callback(self._showing.discard)

    async def shown(self) -> None:
        """Return when every button's answer is on its way to Slack, or has failed to go."""
        while self._showing:
            await asyncio.wait(tuple(self._showing))


async def _show(respond: AsyncRespond, client: AsyncWebClient, to: Listener, reply: Reply, *, in_place: bool) -> None:
    """Show a button's answer to who pressed it; in the place of the message that it stood in, if that may be.

    A response_url lives 30 minutes and works five times; Slack may also be away. Then the answer comes as a new message
    (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses).
    """
    content: dict[str, Any] = {"text": views.cut(reply.text), "blocks": list(reply.blocks)}
    try:
        async with asyncio.timeout(SLACK_SECONDS):
            answer = await respond(response_type="ephemeral", replace_original=in_place, **content)
        if answer.status_code < 300:
            return
        reason = f"status {answer.status_code}"
    except FAULTS as error:
        reason = fault(error)
    log.info("A button's answer could not be shown in its place (%s)", reason)
    await _tell(client, to, reply)


async def _tell(client: AsyncWebClient, to: Listener, reply: Reply) -> None:
    """Tell one person, if Slack takes it."""
    try:
        await tell(client, to, {"text": views.cut(reply.text), "blocks": list(reply.blocks)}, NO_PREVIEWS)
    except DeliveryFailed as error:
        log.warning("What was asked by a button could not be told (%s)", error)


async def _in_time(work: Callable[[], Awaitable[Told]], say: Callable[[str], Told]) -> Told:
    """Do the work, or `say` in one sentence why not: the outermost edge of commands and buttons."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await work()
    except TimeoutError:
        log.warning("A command took longer than %s s", PATIENCE)
        return say(TOO_SLOW)
    except StorageFailed as error:
        log.warning("A command failed (%s)", type(error.__cause__ or error).__name__)
        return say(str(error))
    except SlackAway:
        log.warning("A command failed, because Slack did not say who used it")
        return say(WHO)
    except Exception:
        log.exception("A command failed")
        return say(BROKEN)


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
