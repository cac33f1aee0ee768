"""What is done when a form is sent: a memory is kept, changed or deleted, or the form says why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.commands import own
from bot.commands.call import Call
from bot.people.who import Wants
from bot.views import forms, modals
from bot.views.blocks import line, quoted
from bot.views.forms import Form, Typed
from bot.views.modals import CHANGED, Modal
from bot.views.receipts import receipt
from bot.views.refusals import why_refused
from bot.views.state import ViewState
from memory.errors import MemoryConflict, MemoryExists, MemoryNotFound, SecretSeen
from memory.models import UNSET, Actor, Changes, Key, Memory, NewMemory, Origin
from memory.parts import Parts

GONE = "This memory was deleted in the meantime."
GONE_ALREADY = "That memory was deleted already."


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent: by whom, what it kept, and Slack's view with what was typed."""

    actor: Actor
    state: ViewState
    view: Mapping[str, Any]

    @property
    def typed(self) -> Typed:
        return forms.read(self.view)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a form. It closes, unless there is a modal to show in its place, or something wrong.

    `wrong` is a sentence by the name of an input, `done` says what was done (mrkdwn), `memory` is what was saved.
    """

    modal: Modal | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)
    done: str = ""
    memory: Memory | None = None


def wants(state: ViewState, view: Mapping[str, Any]) -> Wants:
    """What rights a form takes: those of now, and from everybody where it keeps something for others."""
    return "shares" if state.screen == "remember" and forms.read(view).place != "me" else "acts"


async def save(parts: Parts, sent: Sent) -> Outcome:
    """Save what was typed. Raises those refusals and failures that are no fault of one input."""
    state, typed = sent.state, sent.typed
    try:
        return await (_change if state.screen == "edit" else _create)(parts, sent, typed)
    except SecretSeen as error:
        return Outcome(wrong={"text": why_refused(error)})
    except MemoryExists as error:
        return Outcome(forms.form(forms.duplicate(state, typed, error.existing)))
    except MemoryConflict:
        now = await parts.store.get(sent.actor, state.memory)
        told = f"m{now.number} was changed in the meantime. It says now: {line(now, parts.clock())}"
        ask = "What you typed is still here: *Save* writes it over that."
        return Outcome(forms.form(forms.edited(state, now, f"{told}\n{ask}", typed)))
    except MemoryNotFound:
        return Outcome(modals.error(state, GONE, again=False))


def once_more(state: ViewState, view: Mapping[str, Any], note: str) -> Modal:
    """The form with what was typed, and why it was not saved (mrkdwn)."""
    return forms.form(Form(state, forms.read(view), note))


async def delete(parts: Parts, sent: Sent) -> Outcome:
    """Delete the memory, if it is still as it was when it was asked about."""
    state = sent.state
    call = Call(sent.actor, state.channel, state.memory, pressed=True, revision=state.revision)
    try:
        return Outcome(done=(await own.erase(parts, call)).text)
    except MemoryConflict:
        memory = await parts.store.look(sent.actor, state.memory)
        return Outcome(modals.confirm_delete(state, memory, CHANGED))
    except MemoryNotFound:
        return Outcome(done=GONE_ALREADY)


async def forget_everything(parts: Parts, sent: Sent) -> Outcome:
    return Outcome(done=(await own.erase_all(parts, Call(sent.actor, "", pressed=True))).text)


async def _change(parts: Parts, sent: Sent, typed: Typed) -> Outcome:
    memory = await parts.store.get(sent.actor, sent.state.memory)
    if wrong := forms.problems(typed, parts.clock().date(), memory.expires_at):
        return Outcome(wrong=wrong)
    changes = _changes(typed, memory)
    changed = await parts.store.update(sent.actor, memory.id, changes, expected_revision=sent.state.revision)
    return Outcome(done=f"Changed m{changed.number}: {quoted(changed)}", memory=changed)


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


async def _create(parts: Parts, sent: Sent, typed: Typed) -> Outcome:
    if wrong := forms.problems(typed, parts.clock().date()):
        return Outcome(wrong=wrong)
    memory = await parts.store.create(sent.actor, _new(sent.actor, sent.state, typed))
    told = receipt(memory).text
    if sent.state.screen == "remember":
        return Outcome(forms.saved(sent.state, memory, told), done=told, memory=memory)
    return Outcome(done=told, memory=memory)


def _new(actor: Actor, state: ViewState, typed: Typed) -> NewMemory:
    """What is to be kept. Where the form offered no such place, it is kept for who sent it."""
    keys = {
        "me": Key.person(actor.team, actor.user),
        "channel": Key.channel(actor.team, state.channel),
        "team": Key.workspace(actor.team),
        "proposal": Key.workspace(actor.team),
    }
    return NewMemory(
        key=keys[typed.place if typed.place in state.places.split() else "me"],
        text=typed.text,
        visibility=typed.visibility,
        tags=typed.tag_names,
        pinned=typed.pinned,
        expires_at=forms.ends(typed),
        origin=Origin(
            user_id=state.author or actor.user,
            channel_id=state.channel or None,
            thread_ts=state.thread_ts or None,
            message_ts=state.ts or None,
        ),
    )
