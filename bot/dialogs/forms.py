"""What is done when the form of a memory is sent: it is kept or changed, or the form says why not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.views import forms, modals
from bot.views.blocks import line, quoted
from bot.views.forms import Form, Typed
from bot.views.held import Held
from bot.views.modals import View
from bot.views.receipts import receipt
from bot.views.refusals import why_refused
from memory.errors import MemoryConflict, MemoryExists, MemoryNotFound, SecretSeen
from memory.models import UNSET, Actor, Changes, Key, Memory, NewMemory, Origin
from memory.parts import Parts

Answer = dict[str, Any]
Saved = tuple[Answer, Memory | None, str]
"""What Slack is to do with the view; and if a memory was saved, that one and what to tell of it (mrkdwn)."""

GONE = "This memory was deleted in the meantime."


async def saved_form(parts: Parts, actor: Actor, held: Held, view: Mapping[str, Any]) -> Saved:
    """Save what was typed. Raises those refusals and failures that are no fault of one input."""
    typed = forms.read(view)
    try:
        return await (_changed if held.screen == "edit" else _created)(parts, actor, held, typed)
    except SecretSeen as error:
        return _errors(held, {"text": why_refused(error)})
    except MemoryExists as error:
        return _again(forms.duplicate(held, typed, error.existing))
    except MemoryConflict:
        now = await parts.store.get(actor, held.memory)
        told = f"m{now.number} was changed in the meantime. It says now: {line(now, parts.clock())}"
        ask = "What you typed is still here: *Save* writes it over that."
        return _again(forms.edited(held, now, f"{told}\n{ask}", typed))
    except MemoryNotFound:
        return _shown(modals.error(held, GONE, again=False))


async def _changed(parts: Parts, actor: Actor, held: Held, typed: Typed) -> Saved:
    memory = await parts.store.get(actor, held.memory)
    if wrong := forms.problems(typed, parts.clock().date(), memory.expires_at):
        return _errors(held, wrong)
    changes = _changes(typed, memory)
    changed = await parts.store.update(actor, memory.id, changes, expected_revision=held.revision)
    return {}, changed, f"Changed m{changed.number}: {quoted(changed)}"


def _changes(typed: Typed, memory: Memory) -> Changes:
    """What differs from the memory as it is, for what the form shows of it."""
    before = forms.as_typed(memory)
    until: datetime | None = forms.ends(typed, memory.expires_at)
    return Changes(
        text=typed.text if typed.text != before.text else UNSET,
        visibility=typed.visibility if typed.visibility != before.visibility and _own(memory.key) else UNSET,
        tags=typed.tag_names if typed.tags != before.tags else UNSET,
        pinned=typed.pinned if typed.pinned != before.pinned else UNSET,
        expires_at=until if until != memory.expires_at else UNSET,
    )


def _own(key: Key) -> bool:
    return key == Key.person(key.team, key.subject)


async def _created(parts: Parts, actor: Actor, held: Held, typed: Typed) -> Saved:
    if wrong := forms.problems(typed, parts.clock().date()):
        return _errors(held, wrong)
    keys = {
        "me": Key.person(actor.team, actor.user),
        "channel": Key.channel(actor.team, held.channel),
        "team": Key.workspace(actor.team),
        "proposal": Key.workspace(actor.team),
    }
    new = NewMemory(
        key=keys[typed.place if typed.place in held.places.split() else "me"],
        text=typed.text,
        visibility=typed.visibility,
        tags=typed.tag_names,
        pinned=typed.pinned,
        expires_at=forms.ends(typed),
        origin=Origin(
            user_id=held.author or actor.user,
            channel_id=held.channel or None,
            thread_ts=held.thread_ts or None,
            message_ts=held.ts or None,
        ),
    )
    memory = await parts.store.create(actor, new)
    told = receipt(memory).text
    if held.screen == "remember":
        return _shown(forms.saved(held, memory, told))[0], memory, told
    return {}, memory, told


def _errors(held: Held, wrong: Mapping[str, str]) -> Saved:
    blocks = {forms.block_of(held, name): sentence for name, sentence in wrong.items()}
    return {"response_action": "errors", "errors": blocks}, None, ""


def _again(form: Form) -> Saved:
    return _shown(forms.form(form))


def _shown(view: View) -> Saved:
    return {"response_action": "update", "view": view}, None, ""
