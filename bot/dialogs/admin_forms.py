"""What admins do in modals: at once, or by a form that asks first. Each act is done as whoever Slack signed for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.commands.admin import NOT_NOTIFIED, NOTIFIED
from bot.dialogs import admin_screens as screens
from bot.dialogs.admin_screens import only_admins
from bot.dialogs.forms import Saved
from bot.slack.mrkdwn import escaped
from bot.views import forms, modals
from bot.views import review as views
from bot.views.blocks import quoted
from bot.views.held import Held, Screen
from bot.views.modals import View
from bot.views.names import whose
from bot.views.receipts import rejected
from bot.views.refusals import why_refused
from memory.errors import (
    MemoryConflict,
    MemoryExists,
    MemoryInvalid,
    MemoryNotFound,
    ProposalSettled,
    ReasonRequired,
)
from memory.models import Actor, Changes, Memory
from memory.parts import Parts

Sent = Mapping[str, Any]

CHANGED = "It was changed in the meantime. This is how it is now.\n"
SAY_WHY = "Say why: it is somebody else's. The reason is kept in the audit log."


# ------------------------------------------------------------------------------------------------------- at once


async def approve(parts: Parts, actor: Actor, words: str) -> str:
    """Approve a proposal as it is; return what to tell, in mrkdwn."""
    return _approved(await parts.store.proposals.approve(only_admins(actor), words.partition(" ")[0]))


async def notify(parts: Parts, actor: Actor, words: str) -> str:
    """Switch on or off whether this admin is told of new proposals."""
    await parts.store.proposals.notify(only_admins(actor), on=words == "on")
    return NOTIFIED if words == "on" else NOT_NOTIFIED


ACTS: Mapping[str, Callable[[Parts, Actor, str], Awaitable[str]]] = {"approve": approve, "notify": notify}


# -------------------------------------------------------------------------------------------------------- by a form


async def sent(parts: Parts, actor: Actor, held: Held, view: Sent) -> Saved:
    """Do what a form asks. What was settled or deleted meanwhile is told in its place, and in the list below."""
    actor = only_admins(actor)
    try:
        return await SENT[held.screen](parts, actor, held, view)
    except MemoryExists as error:
        return _shown(
            views.amending(held, forms.read(view).text, f"{escaped(why_refused(error))} {quoted(error.existing)}")
        )
    except MemoryInvalid as error:
        return _wrong(held, "text" if held.screen == "amend" else "reason", why_refused(error))
    except (ProposalSettled, MemoryNotFound) as error:
        return _shown(modals.error(held, why_refused(error), again=False), escaped(why_refused(error)))


async def _amend(parts: Parts, actor: Actor, held: Held, view: Sent) -> Saved:
    return {}, None, _approved(await parts.store.proposals.approve(actor, held.memory, text=forms.read(view).text))


async def _reject(parts: Parts, actor: Actor, held: Held, view: Sent) -> Saved:
    proposal = await parts.store.proposals.reject(actor, held.memory, reason=views.reason_in(held, view))
    return {}, None, rejected(proposal)


async def _read(parts: Parts, actor: Actor, held: Held, view: Sent) -> Saved:
    try:
        memory = await parts.store.get(actor, held.memory, reason=views.reason_in(held, view))
    except ReasonRequired:
        return _wrong(held, "reason", SAY_WHY)
    return _shown(views.opened(held, memory, parts.clock()))


async def _off(parts: Parts, actor: Actor, held: Held, view: Sent) -> Saved:
    reason, changes = views.reason_in(held, view), Changes(disabled=True)
    try:
        memory = await parts.store.update(actor, held.memory, changes, expected_revision=held.revision, reason=reason)
    except ReasonRequired:
        return _wrong(held, "reason", SAY_WHY)
    except MemoryConflict:
        return _shown(screens.ask_off(held, await parts.store.look(actor, held.memory), CHANGED))
    return {}, None, f"Disabled m{memory.number} of {whose(memory.key)}."


async def _remove(parts: Parts, actor: Actor, held: Held, view: Sent) -> Saved:
    memory, reason = await parts.store.look(actor, held.memory), views.reason_in(held, view)
    if memory.revision != held.revision:
        return _shown(screens.ask_remove(held, actor, memory, CHANGED, reason))
    try:
        await parts.store.delete(actor, memory.id, reason=reason)
    except ReasonRequired:
        if reason is None:  # it takes one since this was asked
            return _shown(screens.ask_remove(held, actor, memory, CHANGED))
        return _wrong(held, "reason", SAY_WHY)
    return {}, None, f"Deleted m{memory.number} of {whose(memory.key)} for good."


SENT: Mapping[str, Callable[[Parts, Actor, Held, Sent], Awaitable[Saved]]] = {
    "amend": _amend,
    "reject": _reject,
    "read": _read,
    "off": _off,
    "remove": _remove,
}
# Each of them, and what lies below it.
FORMS: Mapping[str, Screen] = {
    "amend": "queue",
    "reject": "queue",
    "read": "review",
    "off": "review",
    "remove": "review",
}


def again(held: Held, view: Sent, note: str) -> View:
    """The form once more, with what was typed, and why it was not done (mrkdwn)."""
    if held.screen == "amend":
        return views.amending(held, forms.read(view).text, note)
    return views.asking(held, note, views.reason_in(held, view))


def _approved(memory: Memory) -> str:
    return f"Approved: it is m{memory.number} of the workspace, {quoted(memory)}."


def _wrong(held: Held, name: str, sentence: str) -> Saved:
    return {"response_action": "errors", "errors": {forms.block_of(held, name): sentence}}, None, ""


def _shown(view: View, done: str = "") -> Saved:
    return {"response_action": "update", "view": view}, None, done
