"""A person at the keyboard of the stand-in Slack: what she says, presses and sees."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from bot.playground.standin import payloads
from bot.playground.standin.delivery import Deliveries
from bot.playground.standin.forms import Said, Values, chosen, named, pressed, view_state
from bot.playground.standin.hooks import Hooks
from bot.playground.standin.journal import Delivery
from bot.playground.standin.messages import Message
from bot.playground.standin.modals import View
from bot.playground.standin.people import Channel, Installation, Team, User
from bot.playground.standin.refusal import Json, NotPossible, SlackRefused
from bot.playground.standin.render import blocks_text
from bot.playground.standin.seen import Button, Seen, buttons_in, seen_message
from bot.playground.standin.typed import Typed
from bot.playground.standin.webapi.views import answered
from bot.playground.standin.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Ack:
    """What the app answered at once. `status` is None when no answer came in time; `reason` then says why."""

    status: int | None
    body: Any
    ms: float
    reason: str | None

    @property
    def ok(self) -> bool:
        return self.status == 200


class Person:
    """One person of the workspace. Raises `NotPossible` where Slack's apps would not offer the step."""

    def __init__(self, user: User, workspace: Workspace, deliveries: Deliveries, hooks: Hooks) -> None:
        self.user = user
        self._workspace = workspace
        self._deliveries = deliveries
        self._hooks = hooks

    @property
    def name(self) -> str:
        return self.user.name

    # --- messages ---

    async def say(
        self, text: str, channel: str | None = None, thread: Message | Seen | str | None = None, **extra: Any
    ) -> Message:
        """Type a message; returns it once the app answered the events (or did not in time).

        Goes to her direct message with the bot unless `channel` says otherwise. `extra` sets other fields of the
        message: `files`, `attachments`, `subtype`.
        """
        place = self.place(channel)
        typed = self._typed(text)
        message = Message(
            place.id,
            self._workspace.clock.ts(),
            self.user.id,
            self.user.team_id,
            text=typed.text,
            blocks=extra.pop("blocks", typed.blocks),
            thread_ts=_ts(thread),
        )
        self._workspace.put(replace(message, **extra))
        await self._tell(replace(message, **extra), place, typed)
        return replace(message, **extra)

    async def _tell(self, message: Message, place: Channel, typed: Typed) -> None:
        app = self._app(place)
        extra = {"client_msg_id": self._workspace.clock.id("")}
        if app.user_id not in place.members:
            return
        events = [payloads.message_event(message, place) | extra]
        if app.user_id in typed.mentioned and place.kind != "im":
            events.append(payloads.mention_event(message, place) | extra)
        wanted = [event for event in events if self._deliveries.rules.wants(event)]
        await asyncio.gather(*(self._deliveries.event(event, place) for event in wanted))

    async def edit(self, message: Message | Seen, text: str) -> Message:
        """Change her own message."""
        before, place = self._own(message)
        typed = self._typed(text)
        ts = self._workspace.clock.ts()
        changed = self._workspace.change(before, text=typed.text, blocks=typed.blocks, edited_ts=ts)
        await self._event(payloads.changed_event(changed, before, place, ts), place)
        return changed

    async def delete(self, message: Message | Seen) -> None:
        """Delete her own message."""
        before, place = self._own(message)
        self._workspace.remove(before)
        await self._event(payloads.deleted_event(before, place, self._workspace.clock.ts()), place)

    async def react(self, message: Message | Seen, name: str) -> None:
        """Put an emoji on a message, or take it off again."""
        kept = self._workspace.message(message.channel, message.ts)
        mine = (name.strip(":"), self.user.id)
        off = mine in kept.reactions
        left = tuple(one for one in kept.reactions if one != mine)
        self._workspace.change(kept, reactions=left if off else (*kept.reactions, mine))
        item = {"type": "message", "channel": kept.channel, "ts": kept.ts}
        kind = "reaction_removed" if off else "reaction_added"
        event = {"type": kind, "user": self.user.id, "reaction": mine[0], "item": item, "item_user": kept.user}
        await self._event(event | {"event_ts": self._workspace.clock.ts()}, self._workspace.channels[kept.channel])

    def sees(
        self,
        channel: str | None = None,
        thread: Message | Seen | str | None = None,
        since: Message | Seen | str | None = None,
    ) -> tuple[Seen, ...]:
        """What is on her screen in a channel (her direct message with the bot by default), oldest first."""
        place, root = self.place(channel), _ts(thread)
        after = since if since is None or isinstance(since, str) else since.ts
        messages = self._workspace.seen_by(self.user.id, place.id)
        shown = (one for one in messages if (not root or one.root == root) and (not after or one.ts > after))
        return tuple(self.seen(message) for message in shown)

    def seen(self, message: Message, first: int = 1) -> Seen:
        """One message as she sees it, its buttons numbered from `first` on."""
        return seen_message(message, self._workspace, first)

    def place(self, channel: str | None) -> Channel:
        """A place she is in: her direct message with the bot (None or `dm`), or a channel by name or id."""
        if channel in (None, "dm"):
            app = self._workspace.installation(self.user.team_id)
            return self._workspace.direct_message(self.user.id, app.user_id)
        place = self._workspace.channel(channel or "")
        if self.user.id not in place.members:
            raise NotPossible(f"{self.name} is not in {place.label}.")
        return place

    @property
    def places(self) -> tuple[Channel, ...]:
        return tuple(one for one in self._workspace.channels.values() if self.user.id in one.members)

    # --- commands, buttons, shortcuts ---

    async def command(
        self, command: str, text: str = "", channel: str | None = None, thread: Message | Seen | str | None = None
    ) -> Ack:
        """Run a slash command. An answer in the ack is shown as Slack shows it; so is its failure."""
        place = self.place(channel)
        if thread is not None:
            raise NotPossible("Slack has no slash commands in threads.")
        hook = self._hooks.make(self.user.id, place.id)
        trigger = self._workspace.views.trigger(self.user.id)
        typed = self._typed(text).text
        app, team = self._app(place), self._team(place)
        payload = payloads.slash_command(app, team, place, self.user, command, typed, hook, trigger)
        delivery = await self._deliveries.command(payload)
        self._show_answer(delivery, place, command)
        self._hooks.acked(hook)
        return _ack(delivery)

    def _show_answer(self, delivery: Delivery, place: Channel, command: str) -> None:
        body = {"text": delivery.body} if isinstance(delivery.body, str) else delivery.body
        try:
            if not delivery.ok:
                raise SlackRefused("operation_timeout" if delivery.status is None else "dispatch_failed")
            if isinstance(body, dict) and (body.get("text") or body.get("blocks")):
                self._hooks.answer(self.user.id, place.id, body)
        except SlackRefused as refused:
            self._slackbot(place, f"{command} failed with the error “{refused.code}”")

    def _slackbot(self, place: Channel, text: str) -> None:
        ts = self._workspace.clock.ts()
        notice = Message(place.id, ts, "USLACKBOT", self.user.team_id, text, username="Slackbot", only_for=self.user.id)
        self._workspace.put(notice)

    async def click(self, button: Button, confirm: bool = True, values: Values | None = None) -> Ack | None:
        """Press a button or choose an option; `confirm=False` turns back at the confirm dialog (then None).

        `values` is what she has filled in so far in the view that it stands in.
        """
        if button.confirm and not confirm:
            return None
        return await self._act(button.place, pressed(button, self._workspace.clock.ts()), values or {})

    async def choose(
        self, place: Message | View, block_id: str, action_id: str, said: Said, values: Values | None = None
    ) -> Ack:
        """Put a value into an element that tells the app at once: a select, a date, a text that is dispatched."""
        here = self._current(place) if isinstance(place, View) else self._visible(place)
        action = chosen(here, block_id, action_id, said, self._workspace.clock.ts())
        return await self._act(here, action, values or {})

    async def choose_in(self, view: View, name: str, said: Said, values: Values | None = None) -> Ack:
        """The same, by the label, block_id or action_id of an element of a view. Raises `NotPossible`."""
        block_id, action_id = named(view, name)
        return await self.choose(view, block_id, action_id, said, values)

    def labelled(self, name: str, channel: str) -> Button | None:
        """The button with this label in what she looks at: the top view, else the newest message in the channel that
        has one. `Disable #2` is the second of that name there."""
        label, _, place = name.rpartition(" #")
        label, place = (label, place) if label and place.isdigit() else (name, "1")
        shown = [self.buttons(self.views[-1])] if self.views else [one.buttons for one in reversed(self.sees(channel))]
        for buttons in shown:
            found = [button for button in buttons if button.label == label]
            if found:
                return found[int(place) - 1] if 0 < int(place) <= len(found) else None
        return None

    async def _act(self, place: Message | View, action: Json, values: Values) -> Ack:
        trigger = self._workspace.views.trigger(self.user.id)
        if isinstance(place, View):
            view = self._current(place)
            app, team = self._workspace.installation(view.team), self._workspace.teams[view.team]
            state = view_state(view, values)
            return await self._interaction(payloads.view_actions(app, team, self.user, view, action, state, trigger))
        message = self._visible(place)
        channel = self._workspace.channels[message.channel]
        hook = self._hooks.make(self.user.id, channel.id, message)
        app, team = self._app(channel), self._team(channel)
        payload = payloads.message_actions(app, team, channel, self.user, message, action, hook, trigger)
        return await self._interaction(payload)

    async def shortcut(self, callback_id: str, message: Message | Seen | None = None) -> Ack:
        """Run a global shortcut, or a message shortcut on `message`."""
        trigger, ts = self._workspace.views.trigger(self.user.id), self._workspace.clock.ts()
        if message is None:
            app, team = self._workspace.installation(self.user.team_id), self._workspace.teams[self.user.team_id]
            payload = payloads.global_shortcut(app, team, self.user, callback_id, ts, trigger)
        else:
            kept = self._workspace.message(message.channel, message.ts)
            place = self._workspace.channels[kept.channel]
            hook = self._hooks.make(self.user.id, place.id, kept)
            app, team = self._app(place), self._team(place)
            payload = payloads.message_shortcut(app, team, place, self.user, kept, callback_id, hook, trigger)
        return await self._interaction(payload)

    async def _interaction(self, payload: Json) -> Ack:
        delivery = await self._deliveries.interaction(payload)
        self._hooks.acked(str(payload.get("response_url")))
        return _ack(delivery)

    async def stop(self, message: Message | Seen) -> None:
        """Press the native Stop button of the agent session in this message's thread. Slack ends its streams itself."""
        place = self._workspace.channels[message.channel]
        root = message.thread_ts or message.ts
        now = self._workspace.clock.now()
        streams = [
            self._workspace.change(one, stream=replace(one.stream, stopped=True))
            for one in self._workspace.thread(place.id, root)
            if one.stream and one.stream.is_open(now)
        ]
        event: Json = {"type": "agent_session_stopped", "channel": place.id, "thread_ts": root, "user": self.user.id}
        stopped = {"streaming_message_ts": [one.ts for one in streams], "event_ts": self._workspace.clock.ts()}
        await self._event(event | stopped, place)

    # --- views ---

    @property
    def views(self) -> tuple[View, ...]:
        """Her open modals, the top one last."""
        return self._workspace.views.stack(self.user.id)

    @property
    def home(self) -> View | None:
        return self._workspace.views.home(self.user.id)

    async def open_home(self, tab: str = "home") -> None:
        """Open the bot's Home tab, or its Messages tab (`messages`)."""
        place = self.place(None)
        event: Json = {"type": "app_home_opened", "user": self.user.id, "channel": place.id, "tab": tab}
        if self.home and tab == "home":
            event["view"] = self.home.to_json()
        await self._event(event | {"event_ts": self._workspace.clock.ts()}, place)

    def buttons_of(self, place: Message | View) -> tuple[Button, ...]:
        """What can be pressed in a message or a view."""
        return self.buttons(place) if isinstance(place, View) else self.seen(place).buttons

    def buttons(self, view: View) -> tuple[Button, ...]:
        """What can be pressed in a view."""
        return buttons_in(view.blocks, view)

    def view_text(self, view: View, first: int = 1) -> str:
        """A view drawn as text."""
        return blocks_text(view.blocks, self._workspace.names(), first)

    async def submit(self, view: View, values: Values | None = None) -> Ack:
        """Fill a modal in and submit it. `values` names inputs by block_id, action_id, label or both ids.

        The app's `response_action` is carried out: errors stay on the view (`View.errors`), an empty answer closes it.
        """
        view = self._current(view)
        state = view_state(view, values or {})
        app, team = self._workspace.installation(view.team), self._workspace.teams[view.team]
        trigger = self._workspace.views.trigger(self.user.id)
        payload = payloads.view_submission(app, team, self.user, view, state, trigger)
        delivery = await self._deliveries.interaction(payload)
        if delivery.ok:
            self._respond(view, delivery.body if isinstance(delivery.body, dict) else {})
        return _ack(delivery)

    async def close(self, view: View) -> None:
        """Close a modal; the app hears of it if it asked to (`notify_on_close`)."""
        view = self._current(view)
        self._workspace.views.close(view)
        if view.content.get("notify_on_close"):
            app, team = self._workspace.installation(view.team), self._workspace.teams[view.team]
            await self._deliveries.interaction(payloads.view_closed(app, team, self.user, view))

    def _respond(self, view: View, body: Json) -> None:
        views = self._workspace.views
        match body.get("response_action"):
            case "errors":
                views.put(replace(view, errors=tuple((body.get("errors") or {}).items())))
            case "update":
                views.change(view, answered(view, body["view"]).content)
            case "push":
                content = answered(view, body["view"]).content
                pushed = replace(
                    view, id=self._workspace.clock.id("V"), content=content, hash=views.hash(content), errors=()
                )
                views.push(pushed)
            case "clear":
                views.close(view, everything=True)
            case _:
                views.close(view)

    # --- parts ---

    def _current(self, view: View) -> View:
        try:
            return self._workspace.views.find(view.id)
        except SlackRefused:
            raise NotPossible("That view is closed.") from None

    def _visible(self, message: Message) -> Message:
        for kept in self._workspace.seen_by(self.user.id, message.channel):
            if kept.ts == message.ts:
                return kept
        raise NotPossible("That message is gone.")

    def _own(self, message: Message | Seen) -> tuple[Message, Channel]:
        kept = self._workspace.message(message.channel, message.ts)
        if kept.user != self.user.id:
            raise NotPossible("One can only change one's own messages.")
        return kept, self._workspace.channels[kept.channel]

    def _typed(self, text: str) -> Typed:
        users = {user.name: user.id for user in self._workspace.users.values()}
        channels = {one.name: one.id for one in self._workspace.channels.values() if one.kind in ("public", "private")}
        return Typed(text, users, channels)

    def _app(self, place: Channel) -> Installation:
        return self._workspace.installation(place.team_id)

    def _team(self, place: Channel) -> Team:
        return self._workspace.teams[place.team_id]

    async def _event(self, event: Json, place: Channel) -> None:
        if self._deliveries.rules.wants(event) and self._app(place).user_id in place.members:
            await self._deliveries.event(event, place)


def _ts(message: Message | Seen | str | None) -> str | None:
    """The `ts` of the thread that this message starts or stands in."""
    if message is None or isinstance(message, str):
        return message
    return message.thread_ts or message.ts


def _ack(delivery: Delivery) -> Ack:
    return Ack(delivery.status, delivery.body, delivery.ms, delivery.reason)
