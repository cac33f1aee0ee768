"""The table of screens: what each modal is called, keeps, shows and does; and what each shows of one's own memories.

To add a screen is one row and one function. What is shown is read from the store as the person who looks, and as nobody
else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.commands import table
from bot.commands.call import Call, chosen
from bot.commands.in_time import MEMBERS_ONLY
from bot.commands.why import explain
from bot.dialogs import admin, forms
from bot.dialogs.click import MessageToRemember, Viewer
from bot.dialogs.forms import Outcome, Sent
from bot.slack.mrkdwn import plain
from bot.views import explanation, modals
from bot.views import forms as views
from bot.views.blocks import PER_PAGE
from bot.views.export import export_pages, export_view
from bot.views.home import LATEST, Counts, Front, home, home_error
from bot.views.memories import MemoryList, at_page, memory_list, searched
from bot.views.modals import Modal, View
from bot.views.state import ViewState, turned
from memory import policy
from memory.models import Actor, Filter, Key, Role
from memory.parts import Parts
from memory.text.clean import MAX_CHARACTERS

EVERY = Filter()
NO_MESSAGE = "The message is not kept: choose *Remember this* from its menu once more."


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen: its title, what it shows, and the fields of its state that it keeps besides `screen` and `user`.

    `send` is what its form does, and `again` shows the form once more with what was typed, when that could not be done.
    `below` are the screens that it may lie on: that one is shown anew after its form was sent.
    """

    title: str
    show: Callable[[Parts, Viewer], Awaitable[Modal]]
    keeps: tuple[str, ...] = ()
    send: Callable[[Parts, Sent], Awaitable[Outcome]] | None = None
    again: Callable[[ViewState, Mapping[str, Any], str], Modal] | None = None
    below: tuple[str, ...] = ()


async def show(parts: Parts, viewer: Viewer) -> Modal:
    """What a screen shows to whoever looks. Raises MemoryRefused and StorageFailed."""
    if viewer.actor.role is Role.OUTSIDER:
        return modals.error(viewer.state, MEMBERS_ONLY, again=False)
    return await SCREENS[viewer.state.screen].show(parts, viewer)


def framed(modal: Modal) -> View:
    """A modal as it leaves for Slack: with its screen's title, and keeping what its screen keeps."""
    state = modal.state
    return modals.framed(replace(modal, state=state.only(_fields(state.screen))), SCREENS[state.screen].title)


def state_of(view: Mapping[str, Any]) -> ViewState:
    """What a view kept, from Slack's payload. A screen that is not known counts as the list."""
    state = ViewState.loads(view.get("private_metadata"))
    state = state if state.screen in SCREENS else replace(state, screen="list")
    state = state if state.below in SCREENS[state.screen].below else replace(state, below="")
    return state.only(_fields(state.screen))


def opened(said: str, over: ViewState | None = None) -> ViewState:
    """What a view keeps that is opened by what was pressed: from the Home, or over another."""
    name, _, words = said.partition(" ")
    row, state = SCREENS[name], ViewState(screen=name)
    below = next((each for each in (over.screen, over.below) if each in row.below), "") if over else ""
    if over and below:
        state = replace(over.only(SCREENS[below].keeps), screen=name, below=below)
    return state.changed(memory=words.partition(" ")[0]) if "memory" in row.keeps else state


def below(state: ViewState) -> ViewState:
    """What the view keeps that lies below this one."""
    return replace(state.only(SCREENS[state.below].keeps), screen=state.below)


def _fields(name: str) -> set[str]:
    """The fields that a screen keeps: its own, and those of what lies below it."""
    row = SCREENS[name]
    theirs = [field for each in row.below for field in ("below", *SCREENS[each].keeps)]
    return {*row.keeps, *theirs}


# ------------------------------------------------------------------------------------------------ one's own memories


async def list_screen(parts: Parts, viewer: Viewer) -> Modal:
    state, store = viewer.state, parts.store
    which = Filter(state=state.which, tag=state.tag or None, words=state.words)
    found = await store.find(viewer.actor, viewer.own, which, offset=(state.page - 1) * PER_PAGE, limit=PER_PAGE)
    if not found.memories and state.page > 1:  # the last of its page was deleted
        state = at_page(state, found.total)
        found = await store.find(viewer.actor, viewer.own, which, offset=(state.page - 1) * PER_PAGE, limit=PER_PAGE)
    return memory_list(
        MemoryList(
            state=state,
            page=found,
            tags=await store.tags(viewer.actor, viewer.own),
            now=parts.clock(),
            offers=partial(table.offers, viewer.actor),
            url=viewer.url,
            note=viewer.note,
            paused=await store.paused(viewer.own),
            any=bool(found.total) or (await store.find(viewer.actor, viewer.own, EVERY, limit=1)).total > 0,
        )
    )


async def search(parts: Parts, sent: Sent) -> Outcome:
    """Look for the words that were typed, in the list or the review."""
    return Outcome(await show(parts, Viewer(sent.actor, turned(sent.state, "words", searched(sent.view)))))


async def edit_screen(parts: Parts, viewer: Viewer) -> Modal:
    memory = await chosen(parts, Call(viewer.actor, viewer.state.channel), viewer.state.memory)
    return views.form(views.edited(viewer.state, memory, viewer.note))


async def add_screen(parts: Parts, viewer: Viewer) -> Modal:  # noqa: ARG001 - every screen is asked the same
    return views.form(views.Form(viewer.state, views.Typed(), viewer.note))


async def remember_screen(parts: Parts, viewer: Viewer) -> Modal:
    """The form for a message, with where it may be kept."""
    message, actor = viewer.message, viewer.actor
    if message is None:
        return modals.error(viewer.state, NO_MESSAGE, again=False)
    state = replace(viewer.state, places=" ".join(await _places(parts, actor, viewer.state.channel)))
    return views.form(_about(message, state))


def _about(message: MessageToRemember, state: ViewState) -> views.Form:
    words = plain(message.text).strip()
    typed = views.Typed(text=words[:MAX_CHARACTERS])
    return views.remembering(state, typed, author=message.author, own=message.own, cut=len(words) > MAX_CHARACTERS)


async def _places(parts: Parts, actor: Actor, channel_id: str) -> list[str]:
    """Where this actor may keep a message of the channel."""
    channel, team = Key.channel(actor.team, channel_id), Key.workspace(actor.team)
    places = ["me"]
    if policy.may_create(actor, channel) and await _hears(parts, actor, channel):
        places.append("channel")
    if policy.may_create(actor, team):
        places.append("team")
    elif policy.may_propose(actor, team):
        places.append("proposal")
    return places


async def _hears(parts: Parts, actor: Actor, channel: Key) -> bool:
    """Whether the bot is in the channel, as far as that can be told without the right to ask Slack.

    A direct message is nobody's channel: what is kept there is kept for the person.
    """
    if not channel.subject.startswith(("C", "G")):
        return False
    if await parts.turns.spoken_in(actor.team, channel.subject):
        return True
    return (await parts.store.find(actor, channel, EVERY, limit=1)).total > 0


async def delete_screen(parts: Parts, viewer: Viewer) -> Modal:
    memory = await parts.store.look(viewer.actor, viewer.state.memory)
    return modals.confirm_delete(viewer.state, memory, viewer.note)


async def forget_screen(parts: Parts, viewer: Viewer) -> Modal:
    found = await parts.store.find(viewer.actor, viewer.own, limit=1)
    return modals.confirm_forget(viewer.state, found.total)


async def export_screen(parts: Parts, viewer: Viewer) -> Modal:
    pages = export_pages([memory async for memory in parts.store.export(viewer.actor, viewer.own)])
    return export_view(replace(viewer.state, page=min(viewer.state.page, len(pages))), pages)


async def answer_screen(parts: Parts, viewer: Viewer) -> Modal:
    """What an answer was given: everything for who asked, counts for others."""
    actor, state = viewer.actor, viewer.state
    turn = await parts.turns.get(state.event)
    if turn is None or turn.thread.team != actor.team:
        return explanation.answer_forgotten(state)
    if turn.user != actor.user:
        return explanation.answer_of_another(state, turn)
    offers = partial(table.offers, actor, only=("edit", "disable", "enable"))
    explained = await explain(parts, actor, turn)
    return explanation.answer_modal(state, explained, parts.clock(), offers, viewer.note)


async def home_screen(parts: Parts, viewer: Viewer) -> View:
    """The Home tab of whoever looks."""
    if viewer.actor.role is Role.OUTSIDER:
        return home_error(MEMBERS_ONLY, again=False)
    store, team = parts.store, Key.workspace(viewer.actor.team)
    total = (await store.find(viewer.actor, viewer.own, EVERY, limit=1)).total
    on = (await store.find(viewer.actor, viewer.own, Filter(state="on"), limit=1)).total
    readable = policy.may_read(viewer.actor, team)
    shared = (await store.find(viewer.actor, team, EVERY, limit=1)).total if readable else None
    front = Front(
        counts=Counts(total, on, shared),
        latest=await store.latest(viewer.actor, viewer.own, LATEST),
        now=parts.clock(),
        offers=partial(table.offers, viewer.actor),
        url=viewer.url,
        paused=await store.paused(viewer.own),
        full_review=parts.limits.full_review,
        review=await admin.review_part(parts, viewer),
        note=viewer.note,
    )
    return home(front)


# ---------------------------------------------------------------------------------------------------------- the table

MEMORY = ("memory", "number", "revision")
OPENED_FROM = ("channel", "thread_ts", "response_url", "rewrites", "then")
MESSAGE = ("channel", "ts", "thread_ts", "author", "places")

SCREENS: Mapping[str, Screen] = {
    "list": Screen("My memories", list_screen, ("page", "which", "tag", "words"), search),
    "add": Screen("Add a memory", add_screen, (), forms.save, forms.once_more, below=("list",)),
    "edit": Screen(
        "Edit",
        edit_screen,
        (*MEMORY, "shared", *OPENED_FROM),
        forms.save,
        forms.once_more,
        below=("list", "why", "wrong"),
    ),
    "remember": Screen("Remember this", remember_screen, ("memory", *MESSAGE), forms.save, forms.once_more),
    "delete": Screen("Delete for good?", delete_screen, MEMORY, forms.delete, below=("list",)),
    "forget": Screen("Forget everything?", forget_screen, (), forms.forget_everything, below=("list",)),
    "export": Screen("Export", export_screen, ("page",)),
    "why": Screen("Memories used", answer_screen, ("event", "channel")),
    "wrong": Screen("Was a memory wrong?", answer_screen, ("event", "channel")),
    "queue": Screen("Proposals", admin.queue_screen, ("page",)),
    "amend": Screen("Approve as", admin.amend_screen, MEMORY, admin.amend, admin.once_more, below=("queue",)),
    "reject": Screen("Reject?", admin.reject_screen, MEMORY, admin.reject, admin.once_more, below=("queue",)),
    "review": Screen("Review", admin.review_screen, ("page", "which", "words", "whose", "flag"), search),
    "read": Screen("Review", admin.read_screen, MEMORY, admin.read, admin.once_more, below=("review",)),
    "off": Screen("Disable?", admin.off_screen, MEMORY, admin.off, admin.once_more, below=("review",)),
    "remove": Screen("Delete for good?", admin.remove_screen, MEMORY, admin.remove, admin.once_more, below=("review",)),
    "log": Screen("Audit log", admin.log_screen, ("page",)),
    "log-export": Screen("Export", admin.log_export_screen, ("before",)),
    "history": Screen("What happened", admin.log_screen, ("page",)),
    "history-export": Screen("Export", admin.log_export_screen, ("before",)),
}
