"""What happens with modals: they are opened at once, filled, acted in and sent.

A trigger lives three seconds, so a view is opened with “Loading…” and filled in the background; whatever goes wrong
then, the view says so. Values in a view name a memory and never a right: each act is done as whoever Slack signed for,
and who that is, is asked once for the act and for what is shown after it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.commands import table
from bot.commands.call import Call
from bot.commands.in_time import BROKEN, in_time
from bot.dialogs import forms, screens
from bot.dialogs.background import Background
from bot.dialogs.click import Click, MessageToRemember, Viewer
from bot.dialogs.forms import Outcome, Sent
from bot.dialogs.home import Publisher
from bot.dialogs.screens import SCREENS, framed
from bot.people.who import Actors, Wants
from bot.slack.calls import FAULTS, fault, passing, waiting
from bot.slack.conversation import respond
from bot.slack.mrkdwn import escaped
from bot.slack.reply import note as one_line
from bot.views import modals
from bot.views.forms import block_of
from bot.views.modals import Modal
from bot.views.state import TURNS, ViewState, turned
from memory.models import Actor, Key
from memory.parts import Parts

log = logging.getLogger(__name__)

OPEN_SECONDS = 1.3
FILL_SECONDS = 10.0
NOT_OPENED = "Slack did not open the dialog just now. Please try again."
NOT_YOURS = "This dialog was made for somebody else."
# A verb of a menu with the memory and its revision: what was shown is what is meant.
OF_A_MENU = re.compile(r"(?P<words>.*\bmem_\w+) (?P<revision>\d{1,9})")


@dataclass(frozen=True, slots=True)
class OpenView:
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

    async def _actor(self, click: Click, channel: str, wants: Wants = "acts") -> Actor:
        return await self.actors.of(click.who, click.client, "slack view", channel, wants=wants)

    # ------------------------------------------------------------------------------------------- open and fill

    async def open(
        self, click: Click, state: ViewState, *, push: bool = False, message: MessageToRemember | None = None
    ) -> bool:
        """Open a modal, or push it onto the one that is open; return whether Slack said that it is there.

        What is in it comes later. If Slack did not answer in time it may be there all the same, and is filled too.
        """
        state, external_id = replace(state, user=click.who.user), secrets.token_hex(16)
        view = framed(modals.loading(state, external_id))
        call = click.client.views_push if push else click.client.views_open
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                answer = (await call(trigger_id=click.text("trigger_id"), view=view)).get("view")
        except FAULTS as error:
            log.info("A view could not be opened (%s)", fault(error))
            if passing(error):
                self.background.start(self._fill(click, OpenView(external_id=external_id), state, message=message))
            return False
        answer = answer if isinstance(answer, Mapping) else {}
        view_now = OpenView(str(answer.get("id") or ""), external_id, str(answer.get("hash") or ""))
        self.background.start(self._fill(click, view_now, state, message=message))
        return True

    async def _fill(
        self,
        click: Click,
        view: OpenView,
        state: ViewState,
        *,
        said: str = "",
        note: str = "",
        actor: Actor | None = None,
        message: MessageToRemember | None = None,
    ) -> None:
        """Put into an open view what it shows now; or why it cannot be shown.

        What was `said` by a press is done before, and told above. `actor` is who it is, where that was asked just now.
        """

        def failed(sentence: str) -> Modal:
            return modals.error(state, sentence, again=message is None)  # the message is not kept for another try

        async def filled() -> Modal:
            who = actor or await self._actor(click, state.channel)
            told = await self._done(who, state.channel, said) if said else note
            url = await self.publisher.permalinks.address(click.client, click.who.team)
            return await screens.show(self.parts, Viewer(who, state, url, told, message))

        await self._put(click.client, view, await in_time(filled, failed, seconds=FILL_SECONDS), failed(BROKEN))

    async def _put(self, client: AsyncWebClient, view: OpenView, modal: Modal, instead: Modal) -> None:
        """Show a modal; `instead` of it one that Slack surely takes, if it refuses this one."""
        which = {"view_id": view.view_id} if view.view_id else {"external_id": view.external_id}
        for content, given_hash in ((modal, view.hash), (modal, ""), (instead, "")):
            try:
                change = partial(client.views_update, view=framed(content), hash=given_hash or None, **which)
                await waiting(change, repeatable=True)
            except FAULTS as error:
                log.info("A view could not be changed (%s)", fault(error))
                if fault(error) == "not_found":  # it was closed
                    return
            else:
                return

    # --------------------------------------------------------------------------------------------- acts in views

    async def act(self, click: Click) -> None:
        """Do what was pressed or chosen in a modal or in the Home. Returns soon: what takes time goes on behind it."""
        if click.view.get("type") == "home":
            await self._act_at_home(click)
            return
        state = screens.state_of(click.view)
        view = OpenView(str(click.view.get("id")), "", str(click.view.get("hash")))
        if state.user != click.who.user:
            log.warning("Somebody acted in a view that was made for somebody else")
            return
        name, _, words = click.pressed.partition(" ")
        if name in SCREENS and name != state.screen:
            if not await self.open(click, screens.opened(click.pressed, state), push=True):
                self.background.start(self._fill(click, view, state, note=NOT_OPENED))
            return
        said = "" if name in TURNS else click.pressed
        self.background.start(self._fill(click, view, turned(state, name, words), said=said))

    async def _act_at_home(self, click: Click) -> None:
        key = Key.person(click.who.team, click.who.user)
        if click.pressed.partition(" ")[0] in SCREENS:
            if not await self.open(click, screens.opened(click.pressed)):
                self.background.start(self.publisher.opened(key, NOT_OPENED))
            return

        async def acted() -> tuple[str, Actor | None]:
            actor = await self._actor(click, "")
            return await self._done(actor, "", click.pressed), actor

        async def work() -> None:
            told, actor = await in_time(acted, lambda why: (escaped(why), None), seconds=FILL_SECONDS)
            await self.publisher.opened(key, told, actor)

        self.background.start(work())

    async def _done(self, actor: Actor, channel: str, said: str) -> str:
        """Do what a press says by the table of verbs, and return what to tell, in mrkdwn; "" when it is no verb."""
        menu = OF_A_MENU.fullmatch(said)
        words, revision = (menu["words"], int(menu["revision"])) if menu else (said, None)
        if not words or table.find(words)[0] is None:
            return ""
        call = Call(actor, channel, words, pressed=True, revision=revision)
        return (await table.run(self.parts, call)).text

    # ------------------------------------------------------------------------------------------------ forms sent

    async def submit(self, click: Click) -> dict[str, Any]:
        """Do what a form asks, and return what Slack is to do with the view; nothing closes it."""
        state = screens.state_of(click.view)
        if state.user != click.who.user:
            log.warning("Somebody sent a view that was made for somebody else")
            return _updated(modals.error(ViewState(user=click.who.user), NOT_YOURS, again=False))
        row = SCREENS[state.screen]

        async def sent() -> dict[str, Any]:
            if row.send is None:
                return {}
            actor = await self._actor(click, state.channel, forms.wants(state, click.view))
            outcome = await row.send(self.parts, Sent(actor, state, click.view))
            if outcome.done:
                self.background.start(self._finish(click, actor, state, outcome))
            return _answer(state, outcome)

        def failed(sentence: str) -> dict[str, Any]:
            if row.again:  # what was typed is not lost
                return _updated(row.again(state, click.view, escaped(sentence)))
            return _updated(modals.error(state, sentence))

        return await in_time(sent, failed)

    async def _finish(self, click: Click, actor: Actor, state: ViewState, outcome: Outcome) -> None:
        """Tell what was done, in what lies below and where the view was opened from."""
        if state.below:
            root = OpenView(str(click.view.get("root_view_id") or ""))
            await self._fill(click, root, screens.below(state), note=outcome.done, actor=actor)
        if state.response_url:
            await self._tell(actor, state, outcome)

    async def _tell(self, actor: Actor, state: ViewState, outcome: Outcome) -> None:
        """Say it where the view was opened from. When that is too long ago Slack refuses, and nothing is missing."""
        told = one_line(outcome.done)
        if then := state.then or (f"receipts {outcome.memory.id}" if outcome.memory else ""):
            call = Call(actor, state.channel, thread_ts=state.thread_ts or None)
            told = await table.show_after(self.parts, call, then, outcome.done)
        await respond(state.response_url, told, rewrites=state.rewrites)


def _answer(state: ViewState, outcome: Outcome) -> dict[str, Any]:
    """What Slack is to do with a form."""
    if outcome.wrong:
        errors = {block_of(state, name): sentence for name, sentence in outcome.wrong.items()}
        return {"response_action": "errors", "errors": errors}
    return _updated(outcome.modal) if outcome.modal else {}


def _updated(modal: Modal) -> dict[str, Any]:
    return {"response_action": "update", "view": framed(modal)}
