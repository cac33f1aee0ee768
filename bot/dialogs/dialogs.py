"""What happens with modals: they are opened at once, filled, acted in and sent.

A trigger lives three seconds, so a view is opened with “Loading…” and filled in the background; whatever goes wrong
then, the view says so. Values in a view name a memory and never a right: each act is done as whoever Slack signed for.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.commands import table as commands
from bot.commands.call import Call
from bot.commands.in_time import BROKEN, in_time
from bot.dialogs import admin_forms, admin_screens
from bot.dialogs.background import Background
from bot.dialogs.forms import Answer, Saved, saved_form
from bot.dialogs.home import Publisher
from bot.dialogs.look import Look
from bot.dialogs.screens import Chosen, remember_screen, screen
from bot.people.identity import Speaker, part
from bot.people.who import Actors
from bot.slack.calls import FAULTS, fault, passing, waiting
from bot.slack.conversation import respond
from bot.slack.mrkdwn import escaped, plain
from bot.slack.reply import note as one_line
from bot.views import forms, modals
from bot.views.blocks import quoted
from bot.views.held import Held
from bot.views.memories import searched
from bot.views.modals import View
from memory.errors import MemoryConflict, MemoryNotFound
from memory.models import Actor, Changes, Key, Memory
from memory.parts import Parts

log = logging.getLogger(__name__)

Body = Mapping[str, Any]

OPEN_SECONDS = 1.3
FILL_SECONDS = 10.0
NOT_OPENED = "Slack did not open the dialog just now. Please try again."
NOT_YOURS = "This dialog was made for somebody else."
CHANGED = "It was changed in the meantime. This is how it is now."
SWITCHES = {
    "disable": (Changes(disabled=True), "Disabled"),
    "enable": (Changes(disabled=False), "Enabled"),
    "pin": (Changes(pinned=True), "Pinned"),
    "unpin": (Changes(pinned=False), "Unpinned"),
    "private": (Changes(visibility="private"), "Now private:"),
    "open": (Changes(visibility="open"), "Now open:"),
}

# What may lie below a view, and is shown anew after an act in it.
LISTS = {"list", "why", "wrong", *admin_forms.FORMS.values()}
SWITCHING = {*SWITCHES, "pause", "resume", *admin_forms.ACTS}
OPENING = {"edit", "delete", "add", "forget", "export", *admin_screens.SCREENS}


@dataclass(frozen=True, slots=True)
class Visit:
    """A click, a choice, a command or a form: who did it, and the client and trigger to answer it with."""

    who: Speaker
    client: AsyncWebClient
    trigger_id: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """An open view. `hash` is how it was when it was looked at: Slack refuses to change it if it is not so any more."""

    view_id: str = ""
    external_id: str = ""
    hash: str = ""


@dataclass(slots=True)
class Dialogs:
    """The modals of the bot."""

    parts: Parts
    actors: Actors
    background: Background
    publisher: Publisher

    async def _actor(self, visit: Visit, channel: str) -> Actor:
        return await self.actors.of(visit.who, visit.client, "slack view", channel, wants="acts")

    # ------------------------------------------------------------------------------------------- open and fill

    async def open(self, visit: Visit, held: Held, *, push: bool = False, message: Chosen | None = None) -> bool:
        """Open a modal, or push it onto the one that is open; return whether Slack said that it is there.

        What is in it comes later. If Slack did not answer in time it may be there all the same, and is filled too.
        `message` is what the screen `remember` is about.
        """
        held = replace(held, user=visit.who.user)
        external_id = secrets.token_hex(16)
        view = modals.loading(held, external_id)
        call = visit.client.views_push if push else visit.client.views_open
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                opened = (await call(trigger_id=visit.trigger_id, view=view)).get("view")
        except FAULTS as error:
            log.info("A view could not be opened (%s)", fault(error))
            if passing(error):
                self.background.start(self.fill(visit, Target(external_id=external_id), held, message=message))
            return False
        opened = opened if isinstance(opened, Mapping) else {}
        target = Target(str(opened.get("id") or ""), external_id, str(opened.get("hash") or ""))
        self.background.start(self.fill(visit, target, held, message=message))
        return True

    async def fill(
        self, visit: Visit, target: Target, held: Held, note: str = "", message: Chosen | None = None
    ) -> None:
        """Put into an open view what it shows now; or why it cannot be shown."""

        def failed(sentence: str) -> View:
            return modals.error(held, sentence, again=message is None)  # the message is not kept for another try

        async def shown() -> View:
            actor = await self._actor(visit, held.channel)
            url = await self.publisher.permalinks.address(visit.client, visit.who.team)
            look = Look(actor, held, url, note)
            return await (remember_screen(self.parts, look, message) if message else screen(self.parts, look))

        await self._put(visit.client, target, await in_time(shown, failed, seconds=FILL_SECONDS), failed(BROKEN))

    async def _put(self, client: AsyncWebClient, target: Target, view: View, instead: View) -> None:
        """Show a view; `instead` of it one that Slack surely takes, if it refuses this one."""
        which = {"view_id": target.view_id} if target.view_id else {"external_id": target.external_id}
        for content, given_hash in ((view, target.hash), (view, ""), (instead, "")):
            try:
                change = partial(client.views_update, view=content, hash=given_hash or None, **which)
                await waiting(change, repeatable=True)
            except FAULTS as error:
                log.info("A view could not be changed (%s)", fault(error))
                if fault(error) == "not_found":  # it was closed
                    return
            else:
                return

    # --------------------------------------------------------------------------------------------- acts in views

    async def act(self, visit: Visit, body: Body) -> None:
        """Do what was pressed or chosen in a modal or in the Home. Returns soon: what takes time goes on behind it."""
        view = part(body, "view")
        if view.get("type") == "home":
            await self._act_at_home(visit, body)
            return
        held, target = Held.loads(view.get("private_metadata")), Target(str(view.get("id")), "", str(view.get("hash")))
        if held.user != visit.who.user:
            log.warning("Somebody acted in a view that was made for somebody else")
            return
        verb, words = pressed(body)
        if verb in OPENING and held.screen != verb:
            if not await self.open(visit, child(verb, words, held), push=True):
                self.background.start(self.fill(visit, target, held, NOT_OPENED))
            return
        self.background.start(self._turn(visit, target, held, verb, words))

    async def _turn(self, visit: Visit, target: Target, held: Held, verb: str, words: str) -> None:
        done = await self._switched(visit, held.channel, verb, words) if verb in SWITCHING else ""
        await self.fill(visit, target, turned(held, verb, words), done)

    async def _act_at_home(self, visit: Visit, body: Body) -> None:
        verb, words = pressed(body)
        key = Key.person(visit.who.team, visit.who.user)
        if verb in OPENING or verb == "list":
            if not await self.open(visit, child(verb, words)):
                self.background.start(self.publisher.opened(key, NOT_OPENED))
            return

        async def work() -> None:
            done = await self._switched(visit, "", verb, words) if verb in SWITCHING else ""
            await self.publisher.opened(key, done)

        self.background.start(work())

    async def _switched(self, visit: Visit, channel: str, verb: str, words: str) -> str:
        """Do it, and return what to tell, in mrkdwn; also when it was refused or went wrong."""

        async def work() -> str:
            actor = await self._actor(visit, channel)
            return await self._switch(actor, verb, words)

        return await in_time(work, escaped, seconds=FILL_SECONDS)

    async def _switch(self, actor: Actor, verb: str, words: str) -> str:
        """Change one field of a memory, or pause and resume; return what to tell, in mrkdwn. Refusals are raised."""
        if verb in admin_forms.ACTS:
            return await admin_forms.ACTS[verb](self.parts, actor, words)
        if verb not in SWITCHES:
            return (await commands.run(self.parts, Call(actor, "", verb, pressed=True))).text
        changes, done = SWITCHES[verb]
        memory_id, _, revision = words.partition(" ")
        try:
            memory = await self.parts.store.update(
                actor, memory_id, changes, expected_revision=int(revision) if revision.isdecimal() else 0
            )
        except MemoryConflict:
            memory = await self.parts.store.look(actor, memory_id)
            return f"m{memory.number} was left as it is. {CHANGED}"
        except MemoryNotFound:
            return "That memory is not there any more."
        return f"{done} m{memory.number}: {quoted(memory)}"

    # ------------------------------------------------------------------------------------------------ forms sent

    async def submit(self, visit: Visit, body: Body) -> Answer:
        """Do what a form asks, and return what Slack is to do with the view; nothing closes it."""
        view = part(body, "view")
        held = Held.loads(view.get("private_metadata"))
        if held.user != visit.who.user:
            log.warning("Somebody sent a view that was made for somebody else")
            return updated(modals.error(replace(Held(), user=visit.who.user), NOT_YOURS, again=False))

        async def work() -> Answer:
            actor = await self._actor(visit, held.channel)
            sent = {
                "list": self._search,
                "review": self._search,
                "delete": self._delete,
                "forget": self._forget,
                **dict.fromkeys(admin_forms.FORMS, self._decide),
            }.get(held.screen, self._save)
            answer, memory, done = await sent(actor, held, view)
            if done:
                root = Target(str(view.get("root_view_id") or ""))
                self.background.start(self._finish(visit, held, root, memory, done))
            return answer

        def failed(sentence: str) -> Answer:
            if held.screen in {"edit", "add", "remember"}:  # what was typed is not lost
                return updated(forms.form(forms.Form(held, forms.read(view), escaped(sentence))))
            if held.screen in admin_forms.FORMS:
                return updated(admin_forms.again(held, view, escaped(sentence)))
            return updated(modals.error(held, sentence))

        return await in_time(work, failed)

    async def _save(self, actor: Actor, held: Held, view: Body) -> Saved:
        return await saved_form(self.parts, actor, held, view)

    async def _decide(self, actor: Actor, held: Held, view: Body) -> Saved:
        return await admin_forms.sent(self.parts, actor, held, view)

    async def _search(self, actor: Actor, held: Held, view: Body) -> Saved:
        return updated(await screen(self.parts, Look(actor, turned(held, "words", searched(view))))), None, ""

    async def _forget(self, actor: Actor, held: Held, view: Body) -> Saved:  # noqa: ARG002 - as the others
        return {}, None, (await commands.run(self.parts, Call(actor, "", "erase-all", pressed=True))).text

    async def _delete(self, actor: Actor, held: Held, view: Body) -> Saved:  # noqa: ARG002 - as the others
        try:
            memory = await self.parts.store.look(actor, held.memory)
        except MemoryNotFound:
            return {}, None, "That memory was deleted already."
        if memory.revision != held.revision:
            return updated(modals.confirm_delete(held, memory, CHANGED)), None, ""
        deleted = await self.parts.store.delete(actor, memory.id)
        return {}, None, f"Deleted m{deleted.number} for good."

    async def _finish(self, visit: Visit, held: Held, root: Target, memory: Memory | None, done: str) -> None:
        """Tell what was done, in the list below and where the view was opened from."""
        if held.listed:
            await self.fill(visit, root, listing_of(held), done)
        if held.response_url:
            await self._tell(visit, held, memory, done)

    async def _tell(self, visit: Visit, held: Held, memory: Memory | None, note: str) -> None:
        """Say it where the view was opened from. When that is too long ago Slack refuses, and nothing is missing."""
        told = one_line(note)
        if then := held.then or (f"receipts {memory.id}" if memory else ""):
            actor = await self._actor(visit, held.channel)
            call = Call(actor, held.channel, thread_ts=held.thread_ts or None)
            told = await commands.show_after(self.parts, call, then, note)
        await respond(held.response_url, told, rewrites=held.rewrites)


def chosen_message(who: Speaker, body: Body) -> tuple[Held, Chosen]:
    """The message that a shortcut was used on, from Slack's payload: where it stands, and what it says."""
    message = part(body, "message")
    author, name = _text(message, "user"), _text(part(message, "bot_profile"), "name") or _text(message, "username")
    root = _text(message, "thread_ts")
    held = Held(
        screen="remember",
        channel=_text(part(body, "channel"), "id"),
        ts=_text(message, "ts") or _text(body, "message_ts"),
        thread_ts=root,
        author=author,
    )
    whose = f"<@{author}>" if author.isalnum() else escaped(name[:80]) or "somebody else"
    return held, Chosen(_text(message, "text"), whose, own=author == who.user)


def _text(values: Body, name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def pressed(body: Body) -> tuple[str, str]:
    """The verb of what was pressed or chosen in a view, and the words with it."""
    action = part({"first": next(iter(body.get("actions") or ()), None)}, "first")
    name = str(action.get("action_id") or "").rpartition(":")[2]
    option = part(action, "selected_option").get("value")
    if name in {"state", "tag", "words", "flag"}:
        return name, str(option or action.get("value") or "")
    if name in {"person", "channel"}:
        return "whose", str(action.get("selected_user") or action.get("selected_conversation") or "")
    verb, _, words = str(option or action.get("value") or "").partition(" ")
    return verb, words


def turned(held: Held, verb: str, words: str) -> Held:
    """What the view is to show after this was pressed in it; the same, when it is nothing that turns."""
    match verb:
        case "page" | "export" if words.isdecimal():
            return Held.loads(replace(held, page=int(words)).dumps())
        case "state":
            return Held.loads(replace(held, state=words, page=1).dumps())  # type: ignore[arg-type] # loads checks it
        case "tag":
            return replace(held, tag=words.removeprefix("#")[:100] if words.startswith("#") else "", page=1)
        case "words":
            return replace(held, words=words[:100], page=1)
        case "form":
            return replace(held, screen="edit", memory=words, number=0, revision=0, places="")
    return admin_screens.narrowed(held, verb, words)


def child(verb: str, words: str, over: Held | None = None) -> Held:
    """What a view keeps that is opened by this verb: from the Home, or `over` another."""
    held = replace(over, memory="", number=0, revision=0) if over else Held()
    held = replace(held, screen=verb, listed=over is not None and (over.listed or over.screen in LISTS))  # type: ignore[arg-type] # the callers' verbs are screens
    if verb in {"edit", "delete", *admin_forms.FORMS}:
        return replace(held, memory=words.partition(" ")[0])
    return replace(held, page=1) if verb in {"export", *admin_screens.LOGS} else held


def listing_of(held: Held) -> Held:
    """What the list, queue or review below this view keeps."""
    return Held(
        screen="why" if held.event else admin_forms.FORMS.get(held.screen, "list"),
        event=held.event,
        channel=held.channel if held.event else "",
        user=held.user,
        page=held.page,
        state=held.state,
        tag=held.tag,
        words=held.words,
        whose=held.whose,
        flag=held.flag,
    )


def updated(view: View) -> Answer:
    return {"response_action": "update", "view": view}


def wanted(text: str) -> Held | None:
    """The modal that a slash command's words ask for, if they do."""
    first, _, rest = plain(text).strip().partition(" ")
    if not first:
        return Held(screen="list")
    if first.casefold() == "admin" and not rest.strip():
        return Held(screen="review")
    if first.casefold() == "edit" and rest.strip() and " " not in rest.strip():
        return Held(screen="edit", memory=rest.strip()[:100])
    return None
