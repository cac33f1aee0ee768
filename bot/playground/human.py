"""A person at the keyboard of the stand-in Slack: what she says, presses and sees."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.playground import payloads
from bot.playground.delivery import Deliveries
from bot.playground.hooks import Hooks
from bot.playground.journal import Delivery
from bot.playground.messages import Message, named_blocks
from bot.playground.modals import View
from bot.playground.people import Channel, Installation, Team, User
from bot.playground.refusal import Json, NotPossible, SlackRefused
from bot.playground.render import Pressable, blocks_text, label, mrkdwn, pressables
from bot.playground.typed import Typed
from bot.playground.webapi.views import answered
from bot.playground.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Confirm:
    """The dialog that asks before a button does its work."""

    title: str
    text: str
    confirm: str
    deny: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button, or one option of a menu, as it stands in a message or view."""

    label: str
    action_id: str
    value: str
    confirm: Confirm | None
    style: str | None
    place: Message | View
    pressable: Pressable


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as one person sees it. `text` is drawn, with buttons as `[1] Undo`; `message` is the raw one."""

    text: str
    author: str
    ephemeral: bool
    ts: str
    thread_ts: str | None
    channel: str
    buttons: tuple[Button, ...]
    streaming: bool
    edited: bool
    status: str | None
    reactions: tuple[str, ...]
    unfurl_links: bool | None
    unfurl_media: bool | None
    message: Message

    def button(self, name: str) -> Button:
        """The button with this label or action_id. Raises `NotPossible`."""
        return button_of(self.buttons, name)


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
        events = []
        if app.user_id in place.members:
            events.append(payloads.message_event(message, place) | extra)
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
        held = self._workspace.message(message.channel, message.ts)
        mine = (name.strip(":"), self.user.id)
        off = mine in held.reactions
        left = tuple(one for one in held.reactions if one != mine)
        self._workspace.change(held, reactions=left if off else (*held.reactions, mine))
        item = {"type": "message", "channel": held.channel, "ts": held.ts}
        kind = "reaction_removed" if off else "reaction_added"
        event = {"type": kind, "user": self.user.id, "reaction": mine[0], "item": item, "item_user": held.user}
        await self._event(event | {"event_ts": self._workspace.clock.ts()}, self._workspace.channels[held.channel])

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
        names = self._workspace.names()
        now = self._workspace.clock.now()
        return Seen(
            text=_drawn(message, names, first),
            author=message.username or names.get(message.user, message.user),
            ephemeral=message.only_for is not None,
            ts=message.ts,
            thread_ts=message.thread_ts,
            channel=message.channel,
            buttons=_buttons(message),
            streaming=message.stream is not None and message.stream.is_open(now),
            edited=message.edited_ts is not None,
            status=self._workspace.statuses.get((message.channel, message.ts)),
            reactions=tuple(f":{name}: {names.get(user, user)}" for name, user in message.reactions),
            unfurl_links=message.unfurl_links,
            unfurl_media=message.unfurl_media,
            message=message,
        )

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

    async def click(self, button: Button, confirm: bool = True) -> Ack | None:
        """Press a button or choose an option; `confirm=False` turns back at the confirm dialog (then None)."""
        if button.confirm and not confirm:
            return None
        trigger = self._workspace.views.trigger(self.user.id)
        action = _action(button, self._workspace.clock.ts())
        if isinstance(button.place, View):
            view = self._current(button.place)
            app, team = self._workspace.installation(view.team), self._workspace.teams[view.team]
            state = view_state(view, {})
            payload = payloads.view_actions(app, team, self.user, view, action, state, trigger)
        else:
            message = self._visible(button.place)
            place = self._workspace.channels[message.channel]
            hook = self._hooks.make(self.user.id, place.id, message)
            app, team = self._app(place), self._team(place)
            payload = payloads.message_actions(app, team, place, self.user, message, action, hook, trigger)
        return await self._interaction(payload)

    async def shortcut(self, callback_id: str, message: Message | Seen | None = None) -> Ack:
        """Run a global shortcut, or a message shortcut on `message`."""
        trigger, ts = self._workspace.views.trigger(self.user.id), self._workspace.clock.ts()
        if message is None:
            app, team = self._workspace.installation(self.user.team_id), self._workspace.teams[self.user.team_id]
            payload = payloads.global_shortcut(app, team, self.user, callback_id, ts, trigger)
        else:
            held = self._workspace.message(message.channel, message.ts)
            place = self._workspace.channels[held.channel]
            hook = self._hooks.make(self.user.id, place.id, held)
            app, team = self._app(place), self._team(place)
            payload = payloads.message_shortcut(app, team, place, self.user, held, callback_id, hook, trigger)
        return await self._interaction(payload)

    async def _interaction(self, payload: Json) -> Ack:
        delivery = await self._deliveries.interaction(payload)
        self._hooks.acked(str(payload.get("response_url")))
        return _ack(delivery)

    async def stop(self, message: Message | Seen) -> None:
        """Press the native Stop button of an agent session."""
        place = self._workspace.channels[message.channel]
        root = message.thread_ts or message.ts
        event = {"type": "agent_session_stopped", "channel": place.id, "thread_ts": root, "user": self.user.id}
        await self._event(event | {"streaming_message_ts": [message.ts]}, place)

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

    def buttons(self, view: View) -> tuple[Button, ...]:
        """What can be pressed in a view."""
        return tuple(_button(one, view) for one in pressables(view.blocks))

    def view_text(self, view: View, first: int = 1) -> str:
        """A view drawn as text."""
        return blocks_text(view.blocks, self._workspace.names(), first)

    async def submit(self, view: View, values: Mapping[str, str] | None = None) -> Ack:
        """Fill a modal in and submit it. `values` names inputs by block_id, action_id or label.

        The app's `response_action` is carried out: errors stay on the view (`View.errors`), an empty answer closes it.
        """
        view = self._current(view)
        state = view_state(view, dict(values or {}))
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
        for held in self._workspace.seen_by(self.user.id, message.channel):
            if held.ts == message.ts:
                return held
        raise NotPossible("That message is gone.")

    def _own(self, message: Message | Seen) -> tuple[Message, Channel]:
        held = self._workspace.message(message.channel, message.ts)
        if held.user != self.user.id:
            raise NotPossible("One can only change one's own messages.")
        return held, self._workspace.channels[held.channel]

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


def button_of(buttons: tuple[Button, ...], name: str) -> Button:
    """The button with this label or action_id. Raises `NotPossible`."""
    for button in buttons:
        if name in (button.label, button.action_id):
            return button
    there = ", ".join(button.label for button in buttons) or "none"
    raise NotPossible(f"There is no button {name!r} here, only: {there}.")


def view_state(view: View, values: dict[str, str]) -> Json:
    """`view.state.values` after filling in `values`. Raises `NotPossible` for an unknown input."""
    state: Json = {}
    for block in view.blocks:
        element = block.get("element") or block.get("accessory")
        if not isinstance(element, dict) or element.get("type") in ("button", "image", "overflow"):
            continue
        names = (block.get("block_id"), element.get("action_id"), label(block.get("label")))
        said = next((values.pop(str(name)) for name in names if name in values), None)
        state.setdefault(str(block["block_id"]), {})[str(element.get("action_id"))] = _input_state(element, said)
    if values:
        raise NotPossible(f"The view has no input called {', '.join(values)}.")
    return state


def _input_state(element: Json, said: str | None) -> Json:
    kind = str(element.get("type"))
    options = element.get("options") or ()
    if kind == "checkboxes":
        wanted = None if said is None else {one.strip() for one in said.split(",")}
        chosen = element.get("initial_options") or [] if wanted is None else [
            one for one in options if {one.get("value"), label(one.get("text"))} & wanted
        ]  # fmt: skip
        return {"type": kind, "selected_options": chosen}
    if options:
        fitting = (one for one in options if said in (one.get("value"), label(one.get("text"))))
        return {"type": kind, "selected_option": element.get("initial_option") if said is None else next(fitting, None)}
    key = {"datepicker": "date", "timepicker": "time", "users_select": "user", "conversations_select": "conversation"}
    name = key.get(kind)
    if name:
        return {"type": kind, f"selected_{name}": element.get(f"initial_{name}") if said is None else said}
    return {"type": kind, "value": element.get("initial_value") if said is None else said or None}


def _action(button: Button, ts: str) -> Json:
    element, option = button.pressable.element, button.pressable.option
    kind = str(element.get("type"))
    action: Json = {"type": kind, "block_id": button.pressable.block_id, "action_id": button.action_id, "action_ts": ts}
    if kind == "checkboxes":
        return action | {"selected_options": [option]}
    if kind == "feedback_buttons" and option:
        return action | {"text": option.get("text"), "value": option.get("value", "")}
    if option is not None:
        return action | {"selected_option": option}
    return action | {name: element[name] for name in ("text", "value", "style", "confirm", "url") if name in element}


def _buttons(message: Message) -> tuple[Button, ...]:
    return tuple(_button(one, message) for one in pressables(_all_blocks(message)))


def _button(pressable: Pressable, place: Message | View) -> Button:
    element = pressable.element
    chosen = pressable.option or element
    asked = element.get("confirm")
    return Button(
        label=pressable.label,
        action_id=str(element.get("action_id", "")),
        value=str(chosen.get("value", "")),
        confirm=_confirm(asked) if isinstance(asked, dict) else None,
        style=element.get("style"),
        place=place,
        pressable=pressable,
    )


def _confirm(asked: Json) -> Confirm:
    return Confirm(*(label(asked.get(part)) for part in ("title", "text", "confirm", "deny")))


def _all_blocks(message: Message) -> tuple[Json, ...]:
    """The message's blocks and those of its attachments."""
    return (*message.blocks, *(block for one in message.attachments for block in named_blocks(one.get("blocks") or ())))


def _drawn(message: Message, names: Mapping[str, str], first: int) -> str:
    blocks = _all_blocks(message)
    said = "" if message.blocks else mrkdwn(message.text, names)
    quoted = [mrkdwn(str(one.get("text") or one.get("fallback") or ""), names) for one in message.attachments]
    files = [f"(file: {one.get('title') or one.get('name')})" for one in message.files]
    parts = [said, blocks_text(blocks, names, first), *(f"> {text}" for text in quoted if text), *files]
    return "\n".join(part for part in parts if part)


def _ts(message: Message | Seen | str | None) -> str | None:
    """The `ts` of the thread that this message starts or stands in."""
    if message is None or isinstance(message, str):
        return message
    return message.thread_ts or message.ts


def _ack(delivery: Delivery) -> Ack:
    return Ack(delivery.status, delivery.body, delivery.ms, delivery.reason)
