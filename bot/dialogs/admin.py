"""What admins see and do in dialogs and in their Home; and the audit log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bot.commands import admin, audit, own, table
from bot.commands.call import Call
from bot.dialogs.click import Viewer
from bot.dialogs.forms import Outcome, Sent
from bot.slack.mrkdwn import escaped
from bot.slack.reply import Block, Reply
from bot.views import forms, history, modals, review
from bot.views.blocks import PER_PAGE, Choice, Offers, quoted
from bot.views.memories import ROW_CHARACTERS, at_page
from bot.views.modals import CHANGED, Modal, about
from bot.views.names import whose
from bot.views.refusals import why_refused
from bot.views.state import SLACK_ID, ViewState
from memory import policy
from memory.errors import (
    MemoryConflict,
    MemoryExists,
    MemoryInvalid,
    MemoryNotFound,
    NotPermitted,
    ProposalSettled,
    ReasonRequired,
)
from memory.models import Actor, Filter, Key, Memory
from memory.parts import Parts
from memory.policy import ADMINS_ONLY

SAY_WHY = "Say why: it is somebody else's. The reason is kept in the audit log."


def only_admins(actor: Actor) -> Actor:
    """The actor, as one who is in no channel: a review stands in none. Raises NotPermitted."""
    if not policy.may_review(actor, actor.team):
        raise NotPermitted(ADMINS_ONLY)
    return replace(actor, channel=None)


# ---------------------------------------------------------------------------------------------------- proposals


async def review_part(parts: Parts, viewer: Viewer) -> list[Block]:
    """What admins see in their Home besides, and nobody else does."""
    if not policy.may_review(viewer.actor, viewer.actor.team):
        return []
    waiting = await parts.store.proposals.find(viewer.actor, viewer.actor.team, limit=review.OLDEST)
    notified = await parts.store.proposals.notified(viewer.actor)
    return review.review_part(waiting, parts.clock(), partial(decisions, viewer.actor), notified=notified)


def decisions(actor: Actor, proposal: Memory) -> Sequence[Choice]:
    """What can be decided on a proposal in a row, and what in a form.

    One that is longer than its row is approved in the form alone, which shows all of it: nobody approves unread words.
    """
    if len(proposal.text) > ROW_CHARACTERS:
        return ("amend", "Read all, approve…"), ("reject", "Reject…")
    at_once = table.offers(actor, proposal, "admins", only=("admin approve",))
    return *at_once, ("amend", "Edit…"), ("reject", "Reject…")


async def queue_screen(parts: Parts, viewer: Viewer) -> Modal:
    actor, state = only_admins(viewer.actor), viewer.state
    found = await parts.store.proposals.find(actor, actor.team, offset=(state.page - 1) * PER_PAGE, limit=PER_PAGE)
    if not found.memories and state.page > 1:  # the last of its page was decided on
        state = at_page(state, found.total)
        found = await parts.store.proposals.find(actor, actor.team, offset=(state.page - 1) * PER_PAGE, limit=PER_PAGE)
    return review.queue(state, found, parts.clock(), partial(decisions, actor), viewer.note)


async def amend_screen(parts: Parts, viewer: Viewer) -> Modal:
    proposal = await parts.store.proposals.get(only_admins(viewer.actor), viewer.state.memory)
    about_it = review.about_proposal(proposal, parts.clock())
    return review.amending(about(viewer.state, proposal), proposal.text, about_it)


async def reject_screen(parts: Parts, viewer: Viewer) -> Modal:
    proposal = await parts.store.proposals.get(only_admins(viewer.actor), viewer.state.memory)
    return review.asking(about(viewer.state, proposal), f"Reject and delete {quoted(proposal, 1000)}?", "")


# --------------------------------------------------------------------------------------------------- all memories


def reviewing(actor: Actor) -> Offers:
    """What an admin can do with a memory in the review; with what takes a reason, a form that asks for it."""

    def choices(memory: Memory) -> Sequence[Choice]:
        asks = policy.needs_reason(actor, memory)
        forms = {"admin disable": ("off", "Disable…")} if asks else {}
        forms["admin delete"] = ("remove", "Delete…")
        offered = [forms.get(choice[0], choice) for choice in table.offers(actor, memory, "admins")]
        return ("read", "Open" if memory.text else "Open text…"), *offered

    return choices


async def review_screen(parts: Parts, viewer: Viewer) -> Modal:
    actor, state = only_admins(viewer.actor), viewer.state
    key = Key.parse(f"slack:{actor.team}:{state.whose}" if SLACK_ID.fullmatch(state.whose) else f"slack:{actor.team}")
    which = Filter(state.which, words=state.words, key=key if state.whose else None, flag=state.flag or None)
    found = await parts.store.review(actor, actor.team, which, offset=(state.page - 1) * PER_PAGE, limit=PER_PAGE)
    if not found.memories and state.page > 1:  # the last of its page was deleted
        state = at_page(state, found.total)
        found = await parts.store.review(actor, actor.team, which, offset=(state.page - 1) * PER_PAGE, limit=PER_PAGE)
    return review.review(review.Reviewed(state, found, parts.clock(), reviewing(actor), viewer.note))


async def read_screen(parts: Parts, viewer: Viewer) -> Modal:
    """A memory's text; where that takes a reason, the question for it."""
    memory = await parts.store.look(only_admins(viewer.actor), viewer.state.memory)
    state = about(viewer.state, memory)
    if memory.text:
        return review.opened(state, memory, parts.clock())
    return review.asking(state, f"m{memory.number} of {whose(memory.key)} is private.", "")


async def off_screen(parts: Parts, viewer: Viewer) -> Modal:
    memory = await parts.store.look(only_admins(viewer.actor), viewer.state.memory)
    return _ask_off(viewer.state, memory)


def _ask_off(state: ViewState, memory: Memory, note: str = "") -> Modal:
    question = f"{note}Disable {_named(memory)}? It is kept and not used."
    return review.asking(about(state, memory), question, "")


async def remove_screen(parts: Parts, viewer: Viewer) -> Modal:
    actor = only_admins(viewer.actor)
    return _ask_remove(viewer.state, actor, await parts.store.look(actor, viewer.state.memory))


def _ask_remove(state: ViewState, actor: Actor, memory: Memory, note: str = "", reason: str | None = None) -> Modal:
    question = f"{note}Delete {_named(memory)} for good?\nTo keep it and not use it, disable it instead."
    asked = (reason or "") if policy.needs_reason(actor, memory, deleting=True) else None
    return review.asking(about(state, memory), question, asked)


def _named(memory: Memory) -> str:
    return f"m{memory.number} of {whose(memory.key)}, {quoted(memory, 1000)}"


# ------------------------------------------------------------------------------------------------ the audit log


async def log_screen(parts: Parts, viewer: Viewer) -> Modal:
    entries, more = await audit.page_of(parts, viewer.actor, _part(viewer), viewer.state.page)
    return history.audit_log(viewer.state, entries, more=more)


async def log_export_screen(parts: Parts, viewer: Viewer) -> Modal:
    lines, older = await audit.document(parts, viewer.actor, _part(viewer), viewer.state.before or None)
    return history.audit_export(viewer.state, lines, older)


def _part(viewer: Viewer) -> audit.Part:
    """The part of the log that a screen shows: the workspace's, or one's own."""
    if viewer.state.screen.startswith("log"):
        return audit.Part("admin audit", team=only_admins(viewer.actor).team)
    return audit.Part("audit", key=viewer.own)


# ------------------------------------------------------------------------------------------------------- forms sent

Send = Callable[[Parts, Sent], Awaitable[Outcome]]


def by_admins(send: Send) -> Send:
    """A form of admins. What was settled or deleted meanwhile is told in its place, and in the list below."""

    async def sent_by_admin(parts: Parts, sent: Sent) -> Outcome:
        sent = replace(sent, actor=only_admins(sent.actor))
        try:
            return await send(parts, sent)
        except ReasonRequired:
            return Outcome(wrong={"reason": SAY_WHY})
        except MemoryExists as error:
            told = f"{escaped(why_refused(error))} {quoted(error.existing)}"
            return Outcome(review.amending(sent.state, sent.typed.text, told))
        except MemoryInvalid as error:
            return Outcome(wrong={"text" if sent.state.screen == "amend" else "reason": why_refused(error)})
        except (ProposalSettled, MemoryNotFound) as error:
            return Outcome(modals.error(sent.state, why_refused(error), again=False), done=escaped(why_refused(error)))

    return sent_by_admin


def _call(sent: Sent, typed: str | None) -> Call:
    """The call that a form stands for: about its memory as it was shown."""
    return Call(sent.actor, "", sent.state.memory, pressed=True, revision=sent.state.revision, typed=typed)


def _reason(sent: Sent) -> str | None:
    return review.reason_in(sent.state, sent.view)


def _done(reply: Reply) -> Outcome:
    return Outcome(done=reply.text)


@by_admins
async def amend(parts: Parts, sent: Sent) -> Outcome:
    return _done(await admin.approve(parts, _call(sent, sent.typed.text)))


@by_admins
async def reject(parts: Parts, sent: Sent) -> Outcome:
    return _done(await admin.reject(parts, _call(sent, _reason(sent))))


@by_admins
async def read(parts: Parts, sent: Sent) -> Outcome:
    memory = await parts.store.get(sent.actor, sent.state.memory, reason=_reason(sent))
    return Outcome(review.opened(sent.state, memory, parts.clock()))


@by_admins
async def off(parts: Parts, sent: Sent) -> Outcome:
    try:
        return _done(await table.disable(parts, _call(sent, _reason(sent))))
    except MemoryConflict:
        memory = await parts.store.look(sent.actor, sent.state.memory)
        return Outcome(_ask_off(sent.state, memory, f"{CHANGED}\n"))


@by_admins
async def remove(parts: Parts, sent: Sent) -> Outcome:
    reason = _reason(sent)
    try:
        return _done(await own.erase(parts, _call(sent, reason)))
    except (MemoryConflict, ReasonRequired) as error:
        if isinstance(error, ReasonRequired) and reason is not None:
            raise
        memory = await parts.store.look(sent.actor, sent.state.memory)  # or it takes a reason since this was asked
        return Outcome(_ask_remove(sent.state, sent.actor, memory, f"{CHANGED}\n", reason))


def once_more(state: ViewState, view: Mapping[str, Any], note: str) -> Modal:
    """The form with what was typed, and why it was not done (mrkdwn)."""
    if state.screen == "amend":
        return review.amending(state, forms.read(view).text, note)
    return review.asking(state, note, review.reason_in(state, view))
