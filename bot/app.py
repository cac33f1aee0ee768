"""Slack in, Slack out: every listener of the Bolt app. A payload in, one call, an answer out.

An event is written down by `before_authorize`, which Bolt awaits before it acknowledges: an error there is a 500, and
Slack sends the event again. The inbox later hands the stored event to `handle`. Commands and clicks do their small
piece of work at once, within Slack's three seconds.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands import table
from bot.commands.call import Call
from bot.commands.in_time import PATIENCE, WHO, in_time
from bot.dialogs import dialogs
from bot.dialogs.background import Background
from bot.dialogs.dialogs import Dialogs, Visit
from bot.dialogs.home import Publisher
from bot.dialogs.screens import Chosen
from bot.dialogs.shortcuts import OPEN_MEMORIES, REMEMBER_MESSAGE
from bot.people import identity
from bot.people.installations import Installed, Where
from bot.people.lifecycle import ENDING, Lifecycle
from bot.people.who import Actors, Wants
from bot.people.workspaces import TokenExpired, Workspaces, where
from bot.slack.calls import FAULTS
from bot.slack.conversation import Conversation, respond
from bot.slack.events import AccountChange, Stopped, account_change, incoming, rewritten, said, stopped
from bot.slack.inbox import Claimed, Inbox
from bot.slack.reply import Reply, note
from bot.turn import turn
from bot.turn.listen import Arrived, Listening
from bot.views import footer
from bot.views.blocks import ACTION, EDIT, QUEUE
from bot.views.held import Held, Screen
from bot.views.modals import DO
from memory.errors import StorageFailed
from memory.models import Key
from memory.parts import Parts
from memory.turns import Feedback, Thread

log = logging.getLogger(__name__)

NOT_INSTALLED = "I am not installed in this workspace, so I did nothing. Whoever runs this bot can install me again."
INSTALLED = "installed"  # through which installation a request came
# Not written into the inbox, where it would wait behind an answer: a Home can be published again at any time.
AT_ONCE = ("app_home_opened",)

NOT_YOURS_TO_STOP = "Only the person who asked can stop this answer."
NOT_YOURS_TO_RATE = "Only the person who asked can rate this answer."
NOT_EXPLAINED = "Slack did not open the dialog just now. Please try again, or say `/memory why`."

Body = Mapping[str, Any]


@dataclass(slots=True)
class App:
    """The Bolt app over what it works with. `handle` and `give_up` are what the inbox calls."""

    client: AsyncWebClient = field(repr=False)  # Bolt makes one for each request after it
    signing_secret: str = field(repr=False)
    inbox: Inbox
    listening: Listening
    actors: Actors
    lifecycle: Lifecycle
    dialogs: Dialogs
    publisher: Publisher
    background: Background
    bolt: AsyncApp = field(init=False)

    def __post_init__(self) -> None:
        async def authorize(context: AsyncBoltContext) -> AuthorizeResult:
            return _authorized(context[INSTALLED])

        self.bolt = AsyncApp(
            client=self.client,
            signing_secret=self.signing_secret or None,
            authorize=authorize,
            before_authorize=self._admit,
            process_before_response=True,
            # Our own messages carry a bot_id, and `said` leaves them out; Bolt would log what it ignores.
            ignoring_self_events_enabled=False,
        )
        self.bolt.error(_on_error)
        self.bolt.event("app_home_opened")(self._on_home_opened)
        self.bolt.command(re.compile(r"^/"))(self._on_command)
        self.bolt.action(re.compile(rf"^{ACTION}:"))(self._on_button)
        self.bolt.action(re.compile(rf"^{EDIT}:"))(self._on_edit_button)
        self.bolt.action(re.compile(rf"^{QUEUE}:"))(self._on_queue_button)
        self.bolt.action(re.compile(rf"^{DO}:"))(self._on_view_action)
        self.bolt.action(footer.OPEN)(self._on_why)
        self.bolt.action(footer.RATE)(self._on_thumb)
        self.bolt.view(re.compile(""))(self._on_view)
        self.bolt.shortcut(OPEN_MEMORIES.callback_id)(self._on_open_memories)
        self.bolt.shortcut(REMEMBER_MESSAGE.callback_id)(self._on_remember_message)
        self.bolt.action(re.compile(""))(_acknowledge)

    @property
    def parts(self) -> Parts:
        return self.listening.answering.parts

    @property
    def workspaces(self) -> Workspaces:
        return self.actors.workspaces

    # --------------------------------------------------------------------------------------------- events in

    async def _admit(
        self,
        body: dict[str, Any],
        context: AsyncBoltContext,
        next: Callable[[], Awaitable[None]],  # noqa: A002 - Bolt's name
    ) -> BoltResponse | None:
        """Before Bolt looks for a token: turn away what comes from nowhere we are, and write an event down."""
        if body.get("type") == "url_verification":
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
        elif event and await self._is_ours(place, team, body):
            await self.inbox.write(event)

    async def _is_ours(self, place: Where, team: str, body: Body) -> bool:
        """Whether the bot acts on an event: words that are not for it never reach the disk. Raises StorageFailed."""
        if change := account_change(body):  # a new picture or a new status: it happens all day
            return await self.lifecycle.concerns(team, change.user, deleted=change.deleted)
        if message := said(body):
            return await self.listening.may_concern(team, message, place.bot or "")
        rewrite = rewritten(body)
        return rewrite is not None and await self.listening.may_concern_change(team, rewrite)

    async def _stop(self, place: Where, team: str, stop: Stopped) -> None:
        """Stop an answer for who had asked; tell anybody else that it is not theirs. Raises StorageFailed."""
        thread = Thread(team, stop.channel, stop.thread_ts)
        if await self.listening.answering.stops.stop(self.parts.turns, thread, stop.user, stop.at):
            return
        if await self.parts.turns.under_way(thread, stop.at):
            installed = await self.workspaces.find(place)
            if installed:
                client, lanes, alone = self.workspaces.client(installed), self.listening.lanes, stop.channel[:1] == "D"
                here = Conversation(client, lanes, team, stop.channel, stop.user, alone, thread_ts=stop.thread_ts)
                self.background.start(here.try_to_tell(note(NOT_YOURS_TO_STOP)))

    async def handle(self, claimed: Claimed) -> None:
        """Work on a stored event. Raises whatever makes another attempt worth while."""
        context, installed = await self._came_through(claimed)
        if installed is None:
            log.info("Event %s is left: the app is not installed there any more", claimed.event_id)
            return
        user = identity.part(claimed.body, "event").get("user")
        work = self._work_on(claimed, installed, context)
        await self.lifecycle.under_way.run(installed.id, user if isinstance(user, str) else "", work)

    async def _work_on(self, claimed: Claimed, installed: Installed, context: AsyncBoltContext) -> None:
        body, client = claimed.body, self.workspaces.client(installed)
        if change := account_change(body):
            await self._on_account(installed, client, identity.tenant(context.team_id, body), change)
        elif message := said(body):
            await self.listening.message(_arrived(claimed, installed, client, context, body), message)
        elif rewrite := rewritten(body):
            # Slack names who it was in the message as it stood before.
            before = {**body, "event": identity.part(identity.part(body, "event"), "previous_message")}
            await self.listening.change(_arrived(claimed, installed, client, context, before), rewrite)

    async def give_up(self, claimed: Claimed) -> None:
        """Tell the person that no attempt has succeeded."""
        context, installed = await self._came_through(claimed)
        message = said(claimed.body)
        if message and installed:
            # Slack may be what is away, so it is not asked who this is: to be told this, nobody needs to be anyone.
            arrived = _arrived(claimed, installed, self.workspaces.client(installed), context, claimed.body)
            await turn.give_up(self.listening.answering, self.listening.conversation(arrived, message))

    async def _came_through(self, claimed: Claimed) -> tuple[AsyncBoltContext, Installed | None]:
        """Bolt's reading of a stored event, and the app where it came from."""
        context = AsyncBoltRequest(mode="socket_mode", body=dict(claimed.body)).context
        return context, await self.workspaces.find(where(context, claimed.body))

    async def _on_home_opened(self, body: dict[str, Any], context: AsyncBoltContext) -> None:
        who = _speaker(context, body)
        if identity.part(body, "event").get("tab") == "home" and who.user and who.team:
            self.background.start(self.publisher.opened(Key.person(who.team, who.user)))

    async def _on_account(self, installed: Installed, client: AsyncWebClient, team: str, change: AccountChange) -> None:
        """Somebody's account changed. Events come late and in any order, so Slack is asked how it is now."""
        profile = await self.actors.profiles.fresh(client, team, change.user)
        deleted = "deleted" in profile.flags if profile else change.deleted
        await self.lifecycle.settle(installed, team, change.user, deleted=deleted)

    # ------------------------------------------------------------------------------------ commands, buttons

    async def _on_command(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        began = time.monotonic()
        visit = _visit(context, body, client)
        channel, words = str(body.get("channel_id") or ""), str(body.get("text") or "")
        if held := dialogs.wanted(words):
            held = replace(held, channel=channel, response_url=str(body.get("response_url") or ""))
            if await self.dialogs.open(visit, held):
                await ack()
                return
        work = self._command(visit, "slack command", channel, words)
        reply = await in_time(work, note, seconds=PATIENCE - (time.monotonic() - began))
        await ack(response_type="ephemeral", **reply.content)

    async def _on_button(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        here, visit = self._here(body, context, client), _visit(context, body, client)
        words = str(body["actions"][0].get("value") or "")
        work = self._command(visit, "slack button", here.channel, words, thread_ts=here.thread_ts, pressed=True)
        reply = await in_time(work, note)
        await ack()
        # Bolt acknowledges when this returns, and Slack waits 3 s for that: the answer goes its own way.
        # An answer takes the place of what only this person sees. Under a message for everybody it stands by itself.
        in_place = here.alone or identity.part(body, "container").get("is_ephemeral") is True
        self.background.start(_show(str(body.get("response_url") or ""), here, reply, in_place=in_place))

    def _command(
        self, visit: Visit, door: str, channel: str, words: str, *, thread_ts: str | None = None, pressed: bool = False
    ) -> Callable[[], Awaitable[Reply]]:
        async def work() -> Reply:
            wants: Wants = "shares" if table.concerns_others(words) else "acts"
            actor = await self.actors.of(visit.who, visit.client, door, channel, wants=wants)
            return await table.run(self.parts, Call(actor, channel, words, thread_ts, pressed=pressed))

        return work

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
        await self._open(ack, body, context, client, held)

    async def _on_queue_button(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await self._open(ack, body, context, client, Held(screen="queue"))

    async def _on_view_action(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await self.dialogs.act(_visit(context, body, client), body)
        await ack()

    async def _on_open_memories(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await self._open(ack, body, context, client, Held(screen="list"))

    async def _on_remember_message(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        held, message = dialogs.chosen_message(_speaker(context, body), body)
        await self._open(ack, body, context, client, held, message)

    async def _open(
        self,
        ack: AsyncAck,
        body: Body,
        context: AsyncBoltContext,
        client: AsyncWebClient,
        held: Held,
        message: Chosen | None = None,
    ) -> None:
        """Open a modal; tell who asked for it when Slack does not. A global shortcut has no response_url."""
        opened = await self.dialogs.open(_visit(context, body, client), held, message=message)
        await ack()
        if opened:
            return
        refused = note(dialogs.NOT_OPENED)
        if url := str(body.get("response_url") or ""):
            self.background.start(respond(url, refused, rewrites=False))
        else:
            who = _speaker(context, body)
            here = Conversation(client, self.listening.lanes, who.team, who.user, who.user, alone=True)
            self.background.start(here.try_to_tell(refused))

    async def _on_view(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        await ack(**await self.dialogs.submit(_visit(context, body, client), body))

    # ------------------------------------------------------------------------------------------ below an answer

    async def _on_why(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        event_id = str(body["actions"][0].get("value") or "")
        await self._explain(self._here(body, context, client), _visit(context, body, client), "why", event_id)
        await ack()

    async def _on_thumb(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        here = self._here(body, context, client)
        thumb, _, event_id = str(body["actions"][0].get("value") or "").partition(" ")
        self.background.start(self._rate(here, event_id, "down" if thumb == "down" else "up"))
        if thumb == "down":
            await self._explain(here, _visit(context, body, client), "wrong", event_id)
        await ack()

    async def _explain(self, here: Conversation, visit: Visit, screen: Screen, event_id: str) -> None:
        """Open the modal about an answer. Where it was asked is where who asked may act in it."""
        if not await self.dialogs.open(visit, Held(screen=screen, event=event_id[:100], channel=here.channel)):
            self.background.start(here.try_to_tell(note(NOT_EXPLAINED)))

    async def _rate(self, here: Conversation, event_id: str, feedback: Feedback) -> None:
        """Keep a thumb; the modal that a thumb down opens tells by itself that the answer is another's."""

        async def rate() -> str:
            kept = await self.parts.turns.rate(event_id, here.team, here.user, feedback)
            return "" if kept or feedback == "down" else NOT_YOURS_TO_RATE

        if refused := await in_time(rate, str):
            await here.try_to_tell(note(refused))

    def _here(self, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> Conversation:
        """Where something in a message was pressed, and by whom."""
        who, channel = _speaker(context, body), str(identity.part(body, "channel").get("id") or "")
        alone, thread_ts = channel.startswith("D"), _thread_of(body)
        return Conversation(client, self.listening.lanes, who.team, channel, who.user, alone, thread_ts=thread_ts)


async def _show(url: str, here: Conversation, reply: Reply, *, in_place: bool) -> None:
    """Show a button's answer to who pressed it; in the place of the message that it stood in, if that may be.

    Where its response_url does not work any more, the answer comes as a new message.
    """
    if not await respond(url, reply, rewrites=in_place):
        await here.try_to_tell(reply)


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


def _arrived(
    claimed: Claimed, installed: Installed, client: AsyncWebClient, context: AsyncBoltContext, body: Body
) -> Arrived:
    who = identity.speaker(context.team_id, body, installed.organisation)
    return Arrived(claimed.event_id, who, client, installed.bot_user_id, claimed.again)


def _speaker(context: AsyncBoltContext, body: Body) -> identity.Speaker:
    """Who sent it; where the app is installed for an organisation, whose that is."""
    installed = context.get(INSTALLED)
    organisation = installed.organisation if isinstance(installed, Installed) else None
    return identity.speaker(context.team_id, body, organisation)


def _visit(context: AsyncBoltContext, body: Body, client: AsyncWebClient) -> Visit:
    return Visit(_speaker(context, body), client, str(body.get("trigger_id") or ""))


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()


async def _on_error(error: Exception) -> None:
    """A request failed: it is logged, and Bolt answers 500."""
    log.error("A request failed", exc_info=error)
