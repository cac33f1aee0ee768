"""What each screen of a modal shows: read from the store as the person who looks, and nobody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from bot.commands import why
from bot.commands.call import Call, chosen
from bot.commands.in_time import MEMBERS_ONLY
from bot.dialogs import admin_screens
from bot.dialogs.look import Look
from bot.slack.mrkdwn import plain
from bot.views import forms, modals
from bot.views.blocks import PER_PAGE
from bot.views.export import export_pages, export_view
from bot.views.forms import Form, Typed
from bot.views.home import LATEST, Counts, Front, home, home_error
from bot.views.memories import Shown, at_page, memories
from bot.views.modals import View
from memory import policy
from memory.models import Actor, Filter, Key, Role
from memory.parts import Parts
from memory.text.clean import MAX_CHARACTERS

EVERY = Filter()


async def screen(parts: Parts, look: Look) -> View:
    """The view that a look shows. Raises MemoryRefused and StorageFailed."""
    if look.actor.role is Role.OUTSIDER:
        return modals.error(look.held, MEMBERS_ONLY, again=False)
    return await SCREENS[look.held.screen](parts, look)


async def list_screen(parts: Parts, look: Look) -> View:
    held, store = look.held, parts.store
    which = Filter(state=held.state, tag=held.tag or None, words=held.words)
    found = await store.find(look.actor, look.own, which, offset=(held.page - 1) * PER_PAGE, limit=PER_PAGE)
    if not found.memories and held.page > 1:  # the last of its page was deleted
        held = at_page(held, found.total)
        found = await store.find(look.actor, look.own, which, offset=(held.page - 1) * PER_PAGE, limit=PER_PAGE)
    return memories(
        Shown(
            held=held,
            page=found,
            tags=await store.tags(look.actor, look.own),
            now=parts.clock(),
            url=look.url,
            note=look.note,
            paused=await store.paused(look.own),
            any=bool(found.total) or (await store.find(look.actor, look.own, EVERY, limit=1)).total > 0,
        )
    )


async def edit_screen(parts: Parts, look: Look) -> View:
    memory = await chosen(parts, Call(look.actor, look.held.channel), look.held.memory)
    return forms.form(forms.edited(look.held, memory, look.note))


async def add_screen(parts: Parts, look: Look) -> View:  # noqa: ARG001 - every screen is asked the same
    return forms.form(Form(look.held, Typed(), look.note))


@dataclass(frozen=True, slots=True)
class Chosen:
    """A message that somebody wants remembered. `text` is as Slack encodes it; `author` is mrkdwn."""

    text: str
    author: str
    own: bool


async def remember_screen(parts: Parts, look: Look, message: Chosen) -> View:
    """The form for a message, with where it may be kept."""
    if look.actor.role is Role.OUTSIDER:
        return modals.error(look.held, MEMBERS_ONLY, again=False)
    channel, team = Key.channel(look.actor.team, look.held.channel), Key.workspace(look.actor.team)
    places = ["me"]
    if policy.may_create(look.actor, channel) and await _hears(parts, look.actor, channel):
        places.append("channel")
    if policy.may_create(look.actor, team):
        places.append("team")
    elif policy.may_propose(look.actor, team):
        places.append("proposal")
    words = plain(message.text).strip()
    held = replace(look.held, places=" ".join(places))
    typed = Typed(text=words[:MAX_CHARACTERS])
    cut = len(words) > MAX_CHARACTERS
    return forms.form(forms.remembering(held, typed, author=message.author, own=message.own, cut=cut))


async def _hears(parts: Parts, actor: Actor, channel: Key) -> bool:
    """Whether the bot is in the channel, as far as that can be told without the right to ask Slack.

    A direct message is nobody's channel: what is kept there is kept for the person.
    """
    if not channel.subject.startswith(("C", "G")):
        return False
    if await parts.turns.spoken_in(actor.team, channel.subject):
        return True
    return (await parts.store.find(actor, channel, EVERY, limit=1)).total > 0


async def delete_screen(parts: Parts, look: Look) -> View:
    return modals.confirm_delete(look.held, await parts.store.look(look.actor, look.held.memory), look.note)


async def forget_screen(parts: Parts, look: Look) -> View:
    found = await parts.store.find(look.actor, look.own, limit=1)
    return modals.confirm_forget(look.held, found.total)


async def export_screen(parts: Parts, look: Look) -> View:
    pages = export_pages([memory async for memory in parts.store.export(look.actor, look.own)])
    return export_view(replace(look.held, page=min(look.held.page, len(pages))), pages)


async def home_screen(parts: Parts, look: Look) -> View:
    """The Home tab of whoever looks."""
    if look.actor.role is Role.OUTSIDER:
        return home_error(MEMBERS_ONLY, again=False)
    store, team = parts.store, Key.workspace(look.actor.team)
    total = (await store.find(look.actor, look.own, EVERY, limit=1)).total
    on = (await store.find(look.actor, look.own, Filter(state="on"), limit=1)).total
    readable = policy.may_read(look.actor, team)
    shared = (await store.find(look.actor, team, EVERY, limit=1)).total if readable else None
    front = Front(
        counts=Counts(total, on, shared),
        latest=await store.latest(look.actor, look.own, LATEST),
        now=parts.clock(),
        url=look.url,
        paused=await store.paused(look.own),
        full_review=parts.limits.full_review,
        review=await admin_screens.review_part(parts, look),
        note=look.note,
    )
    return home(front)


async def why_screen(parts: Parts, look: Look) -> View:
    return await why.view(parts, look.actor, look.held, look.note)


SCREENS: Mapping[str, Callable[[Parts, Look], Awaitable[View]]] = {
    "list": list_screen,
    "edit": edit_screen,
    "add": add_screen,
    "delete": delete_screen,
    "forget": forget_screen,
    "export": export_screen,
    "why": why_screen,
    "wrong": why_screen,
    **admin_screens.SCREENS,
}
