"""What exists in the stand-in: people, channels, messages, and what the app has set on threads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.playground.standin.changes import Changes
from bot.playground.standin.ids import direct_message_id
from bot.playground.standin.messages import Message
from bot.playground.standin.modals import Views
from bot.playground.standin.movable_clock import MovableClock
from bot.playground.standin.people import Channel, Installation, Team, User
from bot.playground.standin.refusal import Json, NotPossible, SlackRefused


class Workspace:
    """The whole state. Values in it are frozen: a change puts a new value in the old one's place."""

    def __init__(self, clock: MovableClock | None = None) -> None:
        self.clock = clock or MovableClock()
        self.changes = Changes()
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.installations: list[Installation] = []
        self.statuses: dict[tuple[str, str], str] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.sessions: dict[tuple[str, str], str] = {}
        self.prompts: dict[str, Json] = {}
        self.files: dict[str, Json] = {}
        self.views = Views(self.clock, self.changes)
        self._messages: dict[str, dict[str, Message]] = {}
        self._ephemerals: dict[str, dict[str, Message]] = {}

    # --- people and places ---

    def add(self, *things: Team | User | Channel) -> None:
        """Put teams, people or channels in, or put changed ones in their place."""
        for thing in things:
            match thing:
                case Team():
                    self.teams[thing.id] = thing
                case User():
                    self.users[thing.id] = thing
                case Channel():
                    self.channels[thing.id] = thing
        self.changes.happened()

    def install(self, installation: Installation) -> None:
        """Install the app; a bot user for it is added when the team has none."""
        self.installations.append(installation)
        if installation.user_id not in self.users:
            self.add(User(installation.user_id, "membot", installation.team_id, bot_id=installation.bot_id))

    def installation(self, team_id: str | None = None) -> Installation:
        """The app in this team (by its organisation, perhaps), or the first one there is."""
        ours = (one for one in self.installations if one.team_id == team_id or team_id in one.teams)
        return next(ours, self.installations[0])

    def user(self, name_or_id: str) -> User:
        """A person by name (`bob`, `@bob`) or id. Raises `NotPossible`."""
        wanted = name_or_id.removeprefix("@")
        for user in self.users.values():
            if wanted in (user.id, user.name):
                return user
        raise NotPossible(f"There is nobody called {wanted} here.")

    def channel(self, name_or_id: str) -> Channel:
        """A channel by name (`#general`) or id. Raises `NotPossible`."""
        wanted = name_or_id.removeprefix("#")
        for channel in self.channels.values():
            if wanted in (channel.id, channel.name):
                return channel
        raise NotPossible(f"There is no channel #{wanted} here.")

    def direct_message(self, user_id: str, other_id: str) -> Channel:
        """The direct message of these two, opened if there is none."""
        pair = frozenset({user_id, other_id})
        for channel in self.channels.values():
            if channel.kind == "im" and channel.members == pair:
                return channel
        team = self.users[other_id].team_id
        opened = Channel(direct_message_id(user_id, other_id), "", "im", team, pair)
        self.add(opened)
        return opened

    # --- messages ---

    def put(self, message: Message) -> Message:
        """Keep a new message, or a changed one in place of the old."""
        kept = self._ephemerals if message.only_for else self._messages
        kept.setdefault(message.channel, {})[message.ts] = message
        self.changes.happened()
        return message

    def change(self, message: Message, **fields: object) -> Message:
        return self.put(replace(message, **fields))  # type: ignore[arg-type]  # the caller names Message's own fields

    def remove(self, message: Message) -> None:
        kept = self._ephemerals if message.only_for else self._messages
        kept.get(message.channel, {}).pop(message.ts, None)
        self.changes.happened()

    def message(self, channel: str, ts: str) -> Message:
        """A message that everybody in the channel sees. Raises `message_not_found`."""
        try:
            return self._messages[channel][ts]
        except KeyError:
            raise SlackRefused("message_not_found") from None

    def ephemeral(self, channel: str, ts: str) -> Message | None:
        return self._ephemerals.get(channel, {}).get(ts)

    def messages(self, channel: str) -> list[Message]:
        """All public messages of a channel, oldest first."""
        return list(self._messages.get(channel, {}).values())

    def seen_by(self, user_id: str, channel: str) -> list[Message]:
        """What this person sees in the channel, oldest first: its messages and her own ephemerals."""
        own = (one for one in self._ephemerals.get(channel, {}).values() if one.only_for == user_id)
        return sorted([*self.messages(channel), *own], key=lambda one: one.ts)

    def thread(self, channel: str, root: str) -> list[Message]:
        """A thread's messages, the root first."""
        return [one for one in self.messages(channel) if one.root == root]

    def clear_status(self, channel: str, thread_ts: str | None) -> None:
        """Slack drops the status line when the app answers in the thread."""
        self.statuses.pop((channel, thread_ts or ""), None)

    def names(self) -> dict[str, str]:
        """What ids are called, for showing: `{"U07P5W1JH": "bob", "C06H3S2LM": "general"}`."""
        everything: Iterable[User | Channel] = (*self.users.values(), *self.channels.values())
        return {thing.id: thing.name for thing in everything}
