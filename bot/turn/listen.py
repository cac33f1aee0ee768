"""Is it for us: a direct message, a mention, a thread that the bot takes part in, an app that mentions it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.answer.answer import Answering
from bot.commands.table import concerns_others
from bot.people.identity import Speaker
from bot.people.lifecycle import Resting
from bot.people.who import Actors, Wants
from bot.slack.calls import Lanes
from bot.slack.conversation import Conversation
from bot.slack.events import Rewritten, Said, message_name
from bot.slack.inbox import Inbox
from bot.turn import edited_messages
from bot.turn.addressed import is_between_others
from bot.turn.directives import Command, Parsed, Remember, parse
from bot.turn.turn import Addressed, delivered, take_turn
from bot.turn.understood import understood
from memory.models import Role
from memory.turns import Thread

APPS_WAIT = timedelta(hours=1)  # between two answers to another app in one channel


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event that was taken from the inbox: by whom, and through which client. `again`: work on it had begun."""

    event_id: str
    who: Speaker
    client: AsyncWebClient
    bot_user_id: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Listening:
    """Takes the turns for what is said to the bot. Its methods raise what makes another attempt worth while."""

    answering: Answering
    actors: Actors
    inbox: Inbox
    lanes: Lanes

    async def message(self, arrived: Arrived, said: Said) -> None:
        """Take the turn for a message, if it is one for the bot."""
        if said.user == arrived.bot_user_id or not await self._concerns(arrived.who.team, said, arrived.bot_user_id):
            return
        parts = self.answering.parts
        typed = parse(said.text, bot_user_id=arrived.bot_user_id, now=parts.clock())
        # Where others read along, what people say to each other is theirs: own words count when the bot is spoken to.
        spoken_to = said.alone or said.mentions(arrived.bot_user_id)
        parsed = understood(typed, parts.clock()) if spoken_to else typed
        try:
            actor = await self.actors.of(
                arrived.who, arrived.client, "slack message", said.channel, wants=wants(parsed)
            )
        except Resting:
            return
        if said.from_app or (actor.role is Role.OUTSIDER and await self.actors.is_app(arrived.who, arrived.client)):
            # An app asks: it saves nothing, and nobody is there to be told anything.
            said, parsed = replace(said, from_app=True), Parsed((), typed.rest, ())
            if not (parsed.rest.strip() and said.mentions(arrived.bot_user_id) and await self._first(arrived, said)):
                return
        here = self.conversation(arrived, said)
        await take_turn(self.answering, Addressed(said, parsed, actor, here, arrived.bot_user_id, arrived.again))

    async def change(self, arrived: Arrived, change: Rewritten) -> None:
        """Follow up that somebody edited or deleted a message: nearly always one from which nothing was made."""
        store = self.answering.parts.store
        if not await store.anything_from(arrived.who.team, change.channel, change.ts):
            return
        try:
            actor = await self.actors.of(arrived.who, arrived.client, "slack message", change.channel, wants="acts")
        except Resting:
            return
        in_thread = change.alone or change.root != change.ts
        here = Conversation(
            arrived.client,
            self.lanes,
            arrived.who.team,
            change.channel,
            change.user,
            change.alone,
            thread_ts=change.root if in_thread else None,
            root=change.root,
            home=arrived.who.home,
            event_id=arrived.event_id,
        )
        offers = edited_messages.Followed(change, actor, here, arrived.bot_user_id, arrived.again)
        await delivered(here, edited_messages.follow(self.answering.parts, offers))

    async def may_concern(self, team: str, said: Said, bot_user_id: str) -> bool:
        """Whether a message is worth writing down. Raises StorageFailed.

        That is one for the bot, and one in a thread of which something still waits: the bot may take part by then. What
        waits is looked at first, or else a turn that ends between the two looks would be missed.
        """
        if self._may_be_meant(said, bot_user_id) and await self.inbox.is_open(said.conversation(team)):
            return True
        return await self._concerns(team, said, bot_user_id)

    async def may_concern_change(self, team: str, change: Rewritten) -> bool:
        """Whether a change of a message is worth writing down. Raises StorageFailed.

        That is one of a message from which a memory was made, or may be as soon as it is read.
        """
        waits = await self.inbox.waits(message_name(team, change.channel, change.ts))
        return waits or await self.answering.parts.store.anything_from(team, change.channel, change.ts)

    async def _concerns(self, team: str, said: Said, bot_user_id: str) -> bool:
        """Whether a message is for the bot: nobody else is there, it is mentioned, or it takes part in the thread."""
        if said.alone or said.mentions(bot_user_id):
            return True
        thread = Thread(team, said.channel, said.root)
        return self._may_be_meant(said, bot_user_id) and await self.answering.parts.turns.takes_part(thread)

    def _may_be_meant(self, said: Said, bot_user_id: str) -> bool:
        """Whether a message in a thread can be for the bot without naming it: people there also speak to each other."""
        if said.thread_ts is None:
            return False
        if not is_between_others(said.text, bot_user_id):
            return True
        return bool(parse(said.text, bot_user_id=bot_user_id, now=self.answering.parts.clock()).directives)

    def conversation(self, arrived: Arrived, said: Said) -> Conversation:
        """Where the person is answered."""
        return Conversation(
            arrived.client,
            self.lanes,
            arrived.who.team,
            said.channel,
            said.user,
            said.alone,
            thread_ts=said.root if said.alone else said.thread_ts,
            root=said.root,
            home=arrived.who.home,
            event_id=arrived.event_id,
        )

    async def _first(self, arrived: Arrived, said: Said) -> bool:
        """Whether an app has not been answered here for a while: two apps that answer each other end after one turn."""
        parts = self.answering.parts
        last = await parts.turns.last(arrived.who.team, said.channel, said.user, None)
        return last is None or last.event_id == arrived.event_id or parts.clock() - last.created_at > APPS_WAIT


def wants(parsed: Parsed) -> Wants:
    """What rights a message takes: none for a question, those of now for what it asks to keep or to do."""
    if any(_shares(each) for each in parsed.directives):
        return "shares"
    return "acts" if parsed.directives else "reads"


def _shares(directive: object) -> bool:
    match directive:
        case Remember():
            return directive.scope != "me"
        case Command(text):
            return concerns_others(text)
    return False
