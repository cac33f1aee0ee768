"""What admins see in modals and in their Home, read from the store as the person who looks; and the audit log."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bot.commands import audit
from bot.dialogs.look import Look
from bot.slack.reply import Block
from bot.views import review as views
from bot.views.blocks import PER_PAGE, quoted
from bot.views.held import Held
from bot.views.history import exporting, log
from bot.views.memories import at_page
from bot.views.modals import View
from bot.views.names import whose
from memory import policy
from memory.errors import NotPermitted
from memory.models import Actor, Filter, Key, Memory
from memory.parts import Parts
from memory.policy import ADMINS_ONLY
from memory.text.flags import FLAGS

LOGS = ("log", "log-export", "history", "history-export")
SLACK_ID = re.compile(r"[UWCG][A-Z0-9]{1,30}")


def only_admins(actor: Actor) -> Actor:
    """The actor, as one who is in no channel: a review stands in none. Raises NotPermitted."""
    if not policy.may_review(actor, actor.team):
        raise NotPermitted(ADMINS_ONLY)
    return replace(actor, channel=None)


async def review_part(parts: Parts, look: Look) -> list[Block]:
    """What admins see in their Home besides, and nobody else does."""
    if not policy.may_review(look.actor, look.actor.team):
        return []
    waiting = await parts.store.proposals.find(look.actor, look.actor.team, limit=views.OLDEST)
    notified = await parts.store.proposals.notified(look.actor)
    return views.review_part(waiting, parts.clock(), notified=notified)


async def queue_screen(parts: Parts, look: Look) -> View:
    actor, held = only_admins(look.actor), look.held
    found = await parts.store.proposals.find(actor, actor.team, offset=(held.page - 1) * PER_PAGE, limit=PER_PAGE)
    if not found.memories and held.page > 1:  # the last of its page was decided on
        held = at_page(held, found.total)
        found = await parts.store.proposals.find(actor, actor.team, offset=(held.page - 1) * PER_PAGE, limit=PER_PAGE)
    return views.queue(held, found, parts.clock(), look.note)


async def amend_screen(parts: Parts, look: Look) -> View:
    proposal = await parts.store.proposals.get(only_admins(look.actor), look.held.memory)
    held = views.of(look.held, proposal)
    return views.amending(held, proposal.text, views.about_proposal(proposal, parts.clock()))


async def reject_screen(parts: Parts, look: Look) -> View:
    proposal = await parts.store.proposals.get(only_admins(look.actor), look.held.memory)
    return views.asking(views.of(look.held, proposal), f"Reject and delete {quoted(proposal, 1000)}?", "")


async def review_screen(parts: Parts, look: Look) -> View:
    actor, held = only_admins(look.actor), look.held
    key = Key.parse(f"slack:{actor.team}:{held.whose}" if SLACK_ID.fullmatch(held.whose) else f"slack:{actor.team}")
    which = Filter(held.state, words=held.words, key=key if held.whose else None, flag=held.flag or None)
    found = await parts.store.review(actor, actor.team, which, offset=(held.page - 1) * PER_PAGE, limit=PER_PAGE)
    if not found.memories and held.page > 1:  # the last of its page was deleted
        held = at_page(held, found.total)
        found = await parts.store.review(actor, actor.team, which, offset=(held.page - 1) * PER_PAGE, limit=PER_PAGE)
    return views.review(views.Reviewed(held, found, actor, parts.clock(), look.note))


async def read_screen(parts: Parts, look: Look) -> View:
    """A memory's text; where that takes a reason, the question for it."""
    memory = await parts.store.look(only_admins(look.actor), look.held.memory)
    held = views.of(look.held, memory)
    if memory.text:
        return views.opened(held, memory, parts.clock())
    return views.asking(held, f"m{memory.number} of {whose(memory.key)} is private.", "")


async def off_screen(parts: Parts, look: Look) -> View:
    memory = await parts.store.look(only_admins(look.actor), look.held.memory)
    return ask_off(look.held, memory)


def ask_off(held: Held, memory: Memory, note: str = "") -> View:
    about = f"{note}Disable {_named(memory)}? It is kept and not used."
    return views.asking(views.of(held, memory), about, "")


async def remove_screen(parts: Parts, look: Look) -> View:
    actor = only_admins(look.actor)
    return ask_remove(look.held, actor, await parts.store.look(actor, look.held.memory))


def ask_remove(held: Held, actor: Actor, memory: Memory, note: str = "", reason: str | None = None) -> View:
    about = f"{note}Delete {_named(memory)} for good?\nTo keep it and not use it, disable it instead."
    asked = (reason or "") if policy.needs_reason(actor, memory, deleting=True) else None
    return views.asking(views.of(held, memory), about, asked)


def _named(memory: Memory) -> str:
    return f"m{memory.number} of {whose(memory.key)}, {quoted(memory, 1000)}"


# ------------------------------------------------------------------------------------------------ the audit log


async def log_screen(parts: Parts, look: Look) -> View:
    entries, more = await audit.page_of(parts, look.actor, _part(look), look.held.page)
    return log(look.held, entries, more=more)


async def log_export_screen(parts: Parts, look: Look) -> View:
    lines, older = await audit.document(parts, look.actor, _part(look), look.held.before or None)
    return exporting(look.held, lines, older)


def _part(look: Look) -> audit.Part:
    """The part of the log that a screen shows: the workspace's, or one's own."""
    if look.held.screen.startswith("log"):
        return audit.Part("admin audit", team=only_admins(look.actor).team)
    return audit.Part("audit", key=look.own)


def narrowed(held: Held, verb: str, words: str) -> Held:
    """What a review or the log is to show after this was pressed in it; the same, when it is nothing of theirs."""
    if verb == "whose" and words == "all":
        return replace(held, whose="", flag="", words="", state="all", page=1)
    if verb == "whose":
        return replace(held, whose=words if words == "workspace" or SLACK_ID.fullmatch(words) else "", page=1)
    if verb == "flag":
        return replace(held, flag=words if words in FLAGS else "", page=1)
    if verb == "before" and words.isdecimal():
        return Held.loads(replace(held, before=int(words[:18])).dumps())
    return held


SCREENS: Mapping[str, Callable[[Parts, Look], Awaitable[View]]] = {
    "queue": queue_screen,
    "amend": amend_screen,
    "reject": reject_screen,
    "review": review_screen,
    "read": read_screen,
    "off": off_screen,
    "remove": remove_screen,
    "log": log_screen,
    "log-export": log_export_screen,
    "history": log_screen,
    "history-export": log_export_screen,
}
