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
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands import table
from bot.commands.call import Call
from bot.commands.in_time import PATIENCE, WHO, in_time
from bot.commands.why import rate
from bot.dialogs import opening
from bot.dialogs.background import Background
from bot.dialogs.click import Click, MessageToRemember
from bot.dialogs.dialogs import NOT_OPENED, Dialogs
from bot.dialogs.home import Publisher
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
from bot.views.blocks import ACTION
from bot.views.modals import DO
from bot.views.state import ViewState
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
NOT_EXPLAINED = "Slack did not open the dialog just now. Please try again, or say `/memory why`."

Body = Mapping[str, Any]
Handler = Callable[[AsyncAck, Click], Awaitable[None]]


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
        self.bolt = AsyncApp(
            name="membot",  # else Bolt looks through the whole stack for one, at each start
            client=self.client,
            signing_secret=self.signing_secret or None,
            authorize=_authorize,
            before_authorize=self._admit,
            process_before_response=True,
            # Our own messages carry a bot_id, and `said` leaves them out; Bolt would log what it ignores.
            ignoring_self_events_enabled=False,
        )
        self.bolt.error(_on_error)
        self.bolt.event("app_home_opened")(self._on_home_opened)
        self.bolt.command(re.compile(r"^/"))(_listener(self._on_command))
        self.bolt.action(re.compile(rf"^{ACTION}:"))(_listener(self._on_button))
        self.bolt.action(re.compile(rf"^{DO}:"))(_listener(self._on_view_action))
        self.bolt.action(footer.RATE)(_listener(self._on_thumb))
        for name, state in opening.BUTTONS.items():
            self.bolt.action(re.compile(rf"^{name}(:|$)"))(_listener(partial(self._on_opening, state)))
        for name, state in opening.SHORTCUTS.items():
            self.bolt.shortcut(name)(_listener(partial(self._on_opening, state)))
        self.bolt.view(re.compile(""))(_listener(self._on_view))
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
        under_way = await self.parts.turns.under_way(thread, stop.at)
        if under_way and (installed := await self.workspaces.find(place)):
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

    async def _on_command(self, ack: AsyncAck, click: Click) -> None:
        began = time.monotonic()
        state = opening.of_command(click)
        if state and await self.dialogs.open(click, state):
            await ack()
            return
        command = partial(self._run, click, "slack command", click.text("text"))
        reply = await in_time(command, note, seconds=PATIENCE - (time.monotonic() - began))
        await ack(response_type="ephemeral", **reply.content)

    async def _on_button(self, ack: AsyncAck, click: Click) -> None:
        here = self._here(click)
        reply = await in_time(partial(self._run, click, "slack button", click.value, pressed=True), note)
        await ack()
        # Bolt acknowledges when this returns, and Slack waits 3 s for that: the answer goes its own way.
        # An answer takes the place of what only this person sees. Under a message for everybody it stands by itself.
        in_place = here.alone or identity.part(click.body, "container").get("is_ephemeral") is True
        self.background.start(_show(click.text("response_url"), here, reply, in_place=in_place))

    async def _run(self, click: Click, door: str, words: str, *, pressed: bool = False) -> Reply:
        wants: Wants = "shares" if table.concerns_others(words, pressed=pressed) else "acts"
        actor = await self.actors.of(click.who, click.client, door, click.channel, wants=wants)
        return await table.run(self.parts, Call(actor, click.channel, words, click.thread_ts, pressed=pressed))

    async def _on_opening(self, state: Callable[[Click], ViewState], ack: AsyncAck, click: Click) -> None:
        await self._open(click, state(click))
        await ack()

    async def _open(self, click: Click, state: ViewState) -> None:
        message = MessageToRemember.of(click) if state.screen == "remember" else None
        if not await self.dialogs.open(click, state, message=message):
            self.background.start(self._not_opened(click, state))

    async def _not_opened(self, click: Click, state: ViewState) -> None:
        """Tell who clicked: below the answer, or where else it was. A global shortcut is used nowhere."""
        refused = note(NOT_EXPLAINED if state.event else NOT_OPENED)
        if not state.event and (url := click.text("response_url")):
            await respond(url, refused, rewrites=False)
        else:
            await self._here(click).try_to_tell(refused)

    async def _on_view_action(self, ack: AsyncAck, click: Click) -> None:
        await self.dialogs.act(click)
        await ack()

    async def _on_view(self, ack: AsyncAck, click: Click) -> None:
        await ack(**await self.dialogs.submit(click))

    async def _on_thumb(self, ack: AsyncAck, click: Click) -> None:
        """Keep a thumb; thumbs down asks which memory was wrong."""
        thumb, _, event_id = click.value.partition(" ")
        self.background.start(self._rate(self._here(click), event_id, "down" if thumb == "down" else "up"))
        if thumb == "down":
            await self._open(click, opening.rated(click))
        await ack()

    async def _rate(self, here: Conversation, event_id: str, thumb: Feedback) -> None:
        if refused := await in_time(partial(rate, self.parts, event_id, here.team, here.user, thumb), str):
            await here.try_to_tell(note(refused))

    def _here(self, click: Click) -> Conversation:
        """Where something was pressed, and by whom; where there is no such place, with the bot alone."""
        who, channel, lanes = click.who, click.channel or click.who.user, self.listening.lanes
        alone = channel.startswith("D") or not click.channel
        return Conversation(click.client, lanes, who.team, channel, who.user, alone, thread_ts=click.thread_ts)


def _listener(handler: Handler) -> Callable[..., Awaitable[None]]:
    """A handler in the form that Bolt calls: by the names of what it takes."""

    async def listener(ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await handler(ack, Click(_speaker(context, body), client, body))

    return listener


async def _show(url: str, here: Conversation, reply: Reply, *, in_place: bool) -> None:
    """Show a button's answer to who pressed it; in the place of the message that it stood in, if that may be.

    Where its response_url does not work any more, the answer comes as a new message.
    """
    if not await respond(url, reply, rewrites=in_place):
        await here.try_to_tell(reply)


async def _authorize(context: AsyncBoltContext) -> AuthorizeResult:
    """What Bolt wants to know of an installation. Nothing of it is asked of Slack."""
    installed: Installed = context[INSTALLED]
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


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()


async def _on_error(error: Exception) -> None:
    """A request failed: it is logged, and Bolt answers 500."""
    log.error("A request failed", exc_info=error)
