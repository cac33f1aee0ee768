"""One turn, top to bottom: what a person said, what is kept of it, and the answer.

Every step can be repeated: a turn that a crash interrupted is taken again from the start, and what it had done before
is found (a memory by its request, a message in Slack by its metadata or its ts) and not done twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot import commands, views
from bot.answer import (
    FAULTS,
    NO_PREVIEWS,
    WHOLE,
    Answer,
    DeliveryFailed,
    Place,
    Posted,
    fault,
    passing,
    posted,
    waiting,
)
from bot.call import Call, Desk
from bot.directives import Command, Directive, Forget, Recollect, Remember, parse
from bot.events import Said
from bot.identity import audience
from bot.mrkdwn import escaped, plain
from bot.turns import Thread, Turn, Turns
from bot.views import Reply, note
from memory.errors import MemoryNotFound, MemoryRefused, ModelError, ModelSilent, NotPermitted
from memory.language_model import LanguageModel, Message
from memory.models import Actor, Filter, Key, NewMemory, Origin, Role
from memory.prompt import quoted, system_prompt
from memory.recall import Recall

log = logging.getLogger(__name__)

STATUS_SECONDS = 1.0
MOST_DIRECTIVES = 50  # in one message
BLOCKS_AT_ONCE = 45  # Slack takes 50 in a message
MEMBERS_ONLY = "I keep memories for members of this workspace only, so I did not keep that."
ASK_AN_ADMIN = (
    "Only admins can save something for the whole workspace. Ask one of them to say it, "
    "or save it for yourself: `remember: …`"
)
GIVEN_UP = "Sorry, I could not answer this. What I confirmed as saved is saved. Please try again."
GREETING = (
    "Hello! Ask me anything, or tell me what to keep: `remember: I like short answers`. There is `memory help` too."
)


@dataclass(frozen=True, slots=True)
class Mind:
    """What a turn is taken with."""

    desk: Desk
    recall: Recall
    model: LanguageModel
    system_prompt: str

    @property
    def turns(self) -> Turns:
        return self.desk.turns


@dataclass(frozen=True, slots=True)
class Addressed:
    """A message to the bot: who said what, and how to reach them. `again`: an earlier attempt was interrupted."""

    event_id: str
    said: Said
    actor: Actor
    home: str  # the workspace that the person belongs to
    bot_user_id: str
    client: AsyncWebClient
    again: bool = False

    @property
    def thread(self) -> Thread:
        return Thread(self.actor.team, self.said.channel, self.said.root)

    @property
    def place(self) -> Place:
        return Place(self.said.channel, self.said.root, self.said.user, self.home, self.event_id)


async def take_turn(mind: Mind, to: Addressed) -> None:
    """Take the turn. Raises what makes another attempt worth while: StorageFailed, or Slack being away."""
    parsed = parse(to.said.text, bot_user_id=to.bot_user_id, now=mind.desk.now(), verbs=commands.NAMES)
    before = await posted(to.client, to.place, to.said.ts, to.bot_user_id) if to.again else Posted()
    told = [await _act(mind, to, place, each) for place, each in enumerate(parsed.directives[:MOST_DIRECTIVES])]
    told += [note(escaped(problem)) for problem in parsed.problems]
    if len(parsed.directives) > MOST_DIRECTIVES:
        left = len(parsed.directives) - MOST_DIRECTIVES
        told.append(note(f"That was more than I take at once: I did not look at the last {left} of them."))
    if not (told or parsed.rest.strip()):
        told.append(note(GREETING))
    for part, reply in enumerate(views.together(told, BLOCKS_AT_ONCE)):
        if f"told:{part}" not in before.parts:
            await _delivered(to, _tell(to, reply, f"told:{part}"))
    if parsed.rest.strip() and WHOLE not in before.parts:
        await _delivered(to, _answer(mind, to, plain(parsed.rest).strip(), before.unfinished))


async def _delivered(to: Addressed, delivery: Awaitable[None]) -> None:
    """Wait for a delivery. One that Slack will never take is given up; for any other the turn is taken again."""
    try:
        await delivery
    except DeliveryFailed as error:
        if error.passing:
            raise
        log.warning("Slack does not take what is said to event %s (%s)", to.event_id, error)


# ---------------------------------------------------------------------------------------------------- directives


async def _act(mind: Mind, to: Addressed, place: int, directive: Directive) -> Reply:
    """Do what one directive asks, and return what to tell the person about it."""
    if to.actor.role is Role.OUTSIDER:
        return note(MEMBERS_ONLY)
    request_id = f"{to.event_id}:{place}"
    call = Call(to.actor, to.said.channel, thread_ts=to.said.thread_ts, request_id=request_id)
    match directive:
        case Remember():
            return await _remember(mind.desk, to, request_id, directive)
        case Forget():
            return await _forget(mind.desk, call, directive)
        case Recollect(about):
            return await commands.run(mind.desk, replace(call, words=f"search {about}" if about else "list"))
        case Command(text):
            return await commands.run(mind.desk, replace(call, words=text))


async def _remember(desk: Desk, to: Addressed, request_id: str, wanted: Remember) -> Reply:
    said, actor = to.said, to.actor
    keys = {
        "me": Key.person(actor.team, actor.user),
        "team": Key.workspace(actor.team),
        # A conversation with the bot alone has nobody else in it: for this channel is for me.
        "channel": Key.person(actor.team, actor.user) if said.alone else Key.channel(actor.team, said.channel),
    }
    new = NewMemory(
        key=keys[wanted.scope],
        text=wanted.text,
        visibility="private" if said.alone else "open",
        tags=wanted.tags,
        expires_at=wanted.expires_at,
        origin=Origin(said.user, said.channel, said.thread_ts, said.ts, session_id=to.event_id),
    )
    try:
        return views.receipt(await desk.store.create(actor, new, request_id=request_id))
    except NotPermitted as error:
        return note(ASK_AN_ADMIN) if wanted.scope == "team" else views.refusal(error)
    except MemoryNotFound:  # an attempt before this one saved it, and it was deleted since
        return note("That was saved, and deleted since.")
    except MemoryRefused as error:
        return views.refusal(error)


async def _forget(desk: Desk, call: Call, wanted: Forget) -> Reply:
    if wanted.number is not None:
        return await commands.run(desk, replace(call, words=f"delete m{wanted.number}"))
    found = await desk.store.find(call.actor, call.own, Filter(words=wanted.words))
    if found.total == 1:
        return views.ask_delete(found.memories[0])
    if found.total:
        return await commands.run(desk, replace(call, words=f"search {escaped(wanted.words)}"))
    return note(f"I remember nothing about “{escaped(wanted.words[:100])}”.")


async def _tell(to: Addressed, reply: Reply, part: str) -> None:
    """Tell one person something, and nobody else: in a channel as an ephemeral, or else by direct message."""
    content: dict[str, Any] = {"text": views.cut(reply.text), "blocks": list(reply.blocks)}
    if not to.said.alone:
        ephemeral = partial(
            to.client.chat_postEphemeral,
            channel=to.said.channel,
            user=to.said.user,
            thread_ts=to.said.thread_ts,
            **content,
        )
        try:
            await waiting(ephemeral)
        except FAULTS as error:
            log.info("An ephemeral could not be shown (%s); telling by direct message", fault(error))
        else:
            return
    where: dict[str, Any] = {"channel": to.said.user}
    if to.said.alone:
        where = {"channel": to.said.channel, "thread_ts": to.said.root}
    direct = partial(to.client.chat_postMessage, **where, **content, metadata=to.place.metadata(part), **NO_PREVIEWS)
    try:
        await waiting(direct)
    except FAULTS as error:
        raise DeliveryFailed(fault(error), passing=passing(error)) from error


# -------------------------------------------------------------------------------------------------------- answer


async def _answer(mind: Mind, to: Addressed, question: str, unfinished: Sequence[str]) -> None:
    earlier = await mind.turns.get(to.event_id)
    answer = Answer(
        to.client,
        to.place,
        noted=partial(mind.turns.answering, to.event_id),
        begun=sorted({*(earlier.answer_ts if earlier else ()), *unfinished}),
    )
    if earlier and earlier.answer is not None:  # the model had finished: only Slack was not told, or not all of it
        await answer.add(earlier.answer)
        await answer.close()
        return
    listeners = audience(to.actor, channel=to.said.channel, alone=to.said.alone, shared_outside=to.said.shared_outside)
    recalled, transcript, _ = await asyncio.gather(
        mind.recall.recall(listeners), mind.turns.transcript(to.thread), _thinking(to)
    )
    turn = Turn(to.event_id, to.thread, to.said.user, to.said.ts, question, (), mind.desk.now())
    await mind.turns.begin(turn, recalled)
    messages = prompt(mind.system_prompt, recalled.block, transcript, to.said.user, question)
    if await _spoken(mind.model, messages, answer):
        await mind.turns.answered(to.event_id, answer.whole())
    await answer.close()


async def _spoken(model: LanguageModel, messages: Sequence[Message], answer: Answer) -> bool:
    """Let the model speak; return whether it came to its end. If not, the person is told why in one sentence."""
    try:
        async for piece in model.answer(messages):
            await answer.add(piece)
        if not answer.whole().strip():
            raise ModelSilent
    except ModelError as error:
        log.warning("The language model gave no whole answer (%s)", type(error).__name__)
        await answer.add(f"\n\n_{error}_" if answer.text.strip() else str(error))
        return False
    return True


def prompt(base: str, block: str, transcript: Sequence[Turn], user: str, question: str) -> list[Message]:
    """The messages for the model. Whoever else spoke in the thread is named: no one's words pass for another's."""
    messages: list[Message] = []
    if system := system_prompt(base, block):
        messages.append({"role": "system", "content": system})
    for turn in transcript:
        # Quoted, so that no line of it can name another speaker.
        named = turn.question if turn.user == user else f"[{turn.user} wrote] {quoted(turn.question)}"
        messages.append({"role": "user", "content": named})
        messages.append({"role": "assistant", "content": turn.answer or ""})
    messages.append({"role": "user", "content": question})
    return messages


async def _thinking(to: Addressed) -> None:
    """Show that an answer is on its way, where the workspace can show it."""
    try:
        async with asyncio.timeout(STATUS_SECONDS):  # it is nice to have, and nobody should wait for it
            await to.client.assistant_threads_setStatus(
                channel_id=to.said.channel, thread_ts=to.said.root, status="is thinking…"
            )
    except FAULTS as error:
        log.debug("No status could be shown (%s)", fault(error))


async def give_up(to: Addressed) -> None:
    """Tell the person that there will be no answer. Raises DeliveryFailed."""
    await _tell(to, note(GIVEN_UP), "given up")
