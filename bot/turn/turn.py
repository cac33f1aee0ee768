"""One turn, top to bottom: what a person said, what is kept of it, and the answer.

Every step can be repeated: a turn that a crash interrupted is taken again from the start, and what it had done before
is found (a memory by its request, a message in Slack by its metadata or its ts) and not done twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.answer.gate import Gate, links_in, ungated
from bot.answer.status import Asked, Sessions
from bot.answer.stop import Stops, until
from bot.answer.stream import WHOLE, Answer, Place, Posted, SlackMessage, posted
from bot.commands import table as commands
from bot.commands import why
from bot.commands.call import Call
from bot.people.identity import audience
from bot.slack import conversation as aside
from bot.slack.calls import FAULTS, DeliveryFailed, waiting
from bot.slack.conversation import NO_PREVIEWS, Listener
from bot.slack.events import Said
from bot.slack.mrkdwn import escaped, plain
from bot.slack.reply import Block, Reply, cut, note
from bot.turn.directives import Command, Directive, Forget, Parsed, Recollect, Remember, parse
from bot.views.receipts import ask_delete, receipt, refusal, together
from memory.errors import MemoryNotFound, MemoryRefused, ModelError, ModelSilent, NotPermitted, StorageFailed, TooOften
from memory.model.language_model import Message
from memory.models import Actor, Filter, Key, NewMemory, Origin, Role
from memory.parts import Parts
from memory.recall.prompt import quoted, system_prompt
from memory.turns import Thread, Turn, Turns

log = logging.getLogger(__name__)

MOST_DIRECTIVES = 50  # in one message
BLOCKS_AT_ONCE = 45  # Slack takes 50 in a message
MEMBERS_ONLY = "I keep memories for members of this workspace only, so I did not keep that."
STRANGER = "I keep and use memories for members of this workspace only, so I answer you without any."
MEMBERS_PROPOSE = (
    "Only members of this workspace can propose something for all of it. You can save it for yourself: `remember: …`"
)
STOPPED = "_Stopped._"
GIVEN_UP = "Sorry, I could not answer this. What I confirmed as saved is saved. Please try again."
GREETING = (
    "Hello! Ask me anything, or tell me what to keep: `remember: I like short answers`. There is `memory help` too."
)


@dataclass(frozen=True, slots=True)
class Answering:
    """What a turn is taken with."""

    parts: Parts
    sessions: Sessions = field(default_factory=Sessions)
    stops: Stops = field(default_factory=Stops)


@dataclass(frozen=True, slots=True)
class Addressed:
    """A message to the bot: who said what, and how to reach them. `again`: an earlier attempt was interrupted."""

    event_id: str
    said: Said
    actor: Actor
    home: str  # the workspace that the person belongs to
    bot_user_id: str
    client: AsyncWebClient
    lane: asyncio.Lock
    again: bool = False

    @property
    def thread(self) -> Thread:
        return Thread(self.actor.team, self.said.channel, self.said.root)

    @property
    def place(self) -> Place:
        return Place(self.said.channel, self.said.root, self.said.user, self.home, self.event_id, self.lane)

    def asked(self, question: str) -> Asked:
        return Asked(self.client, self.actor.team, self.said.channel, self.said.root, self.said.user, question)

    @property
    def listener(self) -> Listener:
        said = self.said
        return Listener(said.channel, said.user, said.root if said.alone else said.thread_ts, said.alone, self.lane)


async def take_turn(answering: Answering, to: Addressed) -> None:
    """Take the turn. Raises what makes another attempt worth while: StorageFailed, or Slack being away."""
    parsed = parse(to.said.text, bot_user_id=to.bot_user_id, now=answering.parts.clock(), verbs=commands.NAMES)
    if to.said.from_app:  # an app asks: it saves nothing, and nobody is there to be told anything
        parsed = Parsed((), parsed.rest, ())
        if not parsed.rest.strip():
            return
    before = await posted(to.client, to.place, to.said.ts, to.bot_user_id) if to.again else Posted()
    told = await _done(answering, to, parsed)
    for part, reply in enumerate(together(told, BLOCKS_AT_ONCE)):
        if f"told:{part}" not in before.parts:
            await _delivered(to, _tell(to, reply, f"told:{part}"))
    for part, reply in enumerate(together([reply.public for reply in told if reply.public], BLOCKS_AT_ONCE)):
        if f"announced:{part}" not in before.parts:
            await _delivered(to, _announce(to, reply, f"announced:{part}"))
    if question := plain(parsed.rest).strip():
        await _reply(answering, to, question, before)


async def _done(answering: Answering, to: Addressed, parsed: Parsed) -> list[Reply]:
    """Do what the directives ask, and return all that the person is told."""
    told = [await _act(answering, to, place, each) for place, each in enumerate(parsed.directives[:MOST_DIRECTIVES])]
    told += [note(escaped(problem)) for problem in parsed.problems]
    if len(parsed.directives) > MOST_DIRECTIVES:
        left = len(parsed.directives) - MOST_DIRECTIVES
        told.append(note(f"That was more than I take at once: I did not look at the last {left} of them."))
    stranger = to.actor.role is Role.OUTSIDER and not (told or to.said.from_app)
    if stranger and await _is_first(answering.parts.turns, to):
        told.append(note(STRANGER))
    if not (told or parsed.rest.strip()):
        told.append(note(GREETING))
    return told


async def _reply(answering: Answering, to: Addressed, question: str, before: Posted) -> None:
    """Answer, unless that was done; and show in Slack that the answer is over, however it ended."""
    try:
        if WHOLE not in before.parts:
            await _delivered(to, _answer(answering, to, question, before.unfinished))
    except TooOften as error:
        if not to.said.from_app:
            await _delivered(to, _tell(to, note(str(error)), "too often"))
        return
    await answering.sessions.end(to.asked(question))


async def _is_first(turns: Turns, to: Addressed) -> bool:
    """Whether this person has not spoken to the bot here before."""
    before = await turns.last(to.actor.team, to.said.channel, to.said.user, None)
    return before is None or before.event_id == to.event_id


async def _delivered(to: Addressed, delivery: Awaitable[None]) -> None:
    """Wait for a delivery. One that Slack will never take is given up; for any other the turn is taken again."""
    try:
        await delivery
    except DeliveryFailed as error:
        if error.passing:
            raise
        log.warning("Slack does not take what is said to event %s (%s)", to.event_id, error)


# ---------------------------------------------------------------------------------------------------- directives


async def _act(answering: Answering, to: Addressed, place: int, directive: Directive) -> Reply:
    """Do what one directive asks, and return what to tell the person about it."""
    if to.actor.role is Role.OUTSIDER:
        return note(MEMBERS_ONLY)
    request_id = f"{to.event_id}:{place}"
    call = Call(to.actor, to.said.channel, thread_ts=to.said.thread_ts, request_id=request_id)
    match directive:
        case Remember():
            return await _remember(answering.parts, to, request_id, directive)
        case Forget():
            return await _forget(answering.parts, call, directive)
        case Recollect(about):
            return await commands.run(answering.parts, replace(call, words=f"search {about}" if about else "list"))
        case Command(text):
            return await commands.run(answering.parts, replace(call, words=text))


async def _remember(parts: Parts, to: Addressed, request_id: str, wanted: Remember) -> Reply:
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
        return receipt(await parts.store.create(actor, new, request_id=request_id))
    except NotPermitted as error:
        return note(MEMBERS_PROPOSE) if wanted.scope == "team" else refusal(error)
    except MemoryNotFound:  # an attempt before this one saved it, and it was deleted since
        return note("That was saved, and deleted since.")
    except MemoryRefused as error:
        return refusal(error)


async def _forget(parts: Parts, call: Call, wanted: Forget) -> Reply:
    if wanted.number is not None:
        return await commands.run(parts, replace(call, words=f"delete m{wanted.number}"))
    found = await parts.store.find(call.actor, call.own, Filter(words=wanted.words))
    if found.total == 1:
        return ask_delete(found.memories[0])
    if found.total:
        return await commands.run(parts, replace(call, words=f"search {escaped(wanted.words)}"))
    return note(f"I remember nothing about “{escaped(wanted.words[:100])}”.")


async def _tell(to: Addressed, reply: Reply, part: str) -> None:
    """Tell one person something, and nobody else: in a channel as an ephemeral, or else by direct message."""
    content: dict[str, Any] = {"text": cut(reply.text), "blocks": list(reply.blocks)}
    await aside.tell(to.client, to.listener, content, {"metadata": to.place.metadata(part), **NO_PREVIEWS})


async def _announce(to: Addressed, reply: Reply, part: str) -> None:
    """Tell everybody in the conversation something. Raises DeliveryFailed."""
    public = partial(
        to.client.chat_postMessage,
        channel=to.said.channel,
        thread_ts=to.said.root,
        text=cut(reply.text),
        blocks=list(reply.blocks),
        metadata=to.place.metadata(part),
        **NO_PREVIEWS,
    )
    try:
        await waiting(public, lane=to.lane)
    except FAULTS as error:
        raise DeliveryFailed.of(error) from error


# -------------------------------------------------------------------------------------------------------- answer


async def _answer(answering: Answering, to: Addressed, question: str, unfinished: Sequence[str]) -> None:
    earlier = await answering.parts.turns.get(to.event_id)
    begun = sorted({*(earlier.answer_ts if earlier else ()), *unfinished})
    answer = Answer(to.client, to.place, partial(answering.parts.turns.answering, to.event_id), begun)
    if earlier and earlier.answer is not None:  # the model had finished: only Slack was not told, or not all of it
        answer.text, answer.footer = earlier.answer, _footer(to, len(earlier.given))
        await answer.close()
        return
    if earlier and earlier.stopped:
        await _end_stopped(answering, to, begun, _footer(to, len(earlier.given)))
        return
    listeners = audience(to.actor, channel=to.said.channel, alone=to.said.alone, shared_outside=to.said.shared_outside)
    now = answering.parts.clock()  # before the memories are read: one that is changed later was changed since
    recalled, transcript = await asyncio.gather(
        answering.parts.recall.recall(listeners), answering.parts.turns.transcript(to.thread)
    )
    given = tuple(memory.id for memory in recalled.memories)
    await answering.parts.turns.begin(
        Turn(to.event_id, to.thread, to.said.user, to.said.ts, question, given, now, recalled.left_out)
    )
    messages = prompt(answering.parts.system_prompt, recalled.block, transcript, to.said.user, question)
    own = (each.question for each in transcript if each.user == to.said.user)
    links = links_in(to.said.text, *own, *(memory.text for memory in recalled.memories))
    answer.gate = Gate(links)
    if await _spoken(answering, to.asked(question), to.event_id, messages, answer):
        answer.footer = _footer(to, len(recalled.memories))
        await answering.parts.turns.answered(to.event_id, answer.whole())
    await answer.close()


def _footer(to: Addressed, given: int) -> Sequence[Block]:
    """What stands below an answer, for people: an app has nothing to press."""
    return () if to.said.from_app else why.footer(to.event_id, given)


async def _end_stopped(answering: Answering, to: Addressed, begun: Sequence[str], footer: Sequence[Block]) -> None:
    """End an answer that was stopped, and interrupted before that was said. What had been shown of it stays."""
    for ts in begun:
        await SlackMessage(to.client, to.place, ts=ts).stop()
    ts = await SlackMessage(to.client, to.place, footer).post(STOPPED, WHOLE)
    await answering.parts.turns.answering(to.event_id, [ts])  # the only message that another attempt would write again
    await answering.parts.turns.answered(to.event_id, STOPPED)


async def _spoken(
    answering: Answering, asked: Asked, event_id: str, messages: Sequence[Message], answer: Answer
) -> bool:
    """Let the model speak; return whether that came to an end of its own, or of who asked.

    If not, the person is told why in one sentence.
    """
    beginning = asyncio.create_task(answering.sessions.begin(asked))  # Stop is offered when there is something to stop

    async def say(text: str) -> None:
        await beginning  # else Slack would show the status after the answer, and leave it there
        await answer.add(text)

    try:
        async with answering.stops.watched(answering.parts.turns, event_id) as stopped:
            async with aclosing(until(stopped, answering.parts.model.answer(messages))) as pieces:
                async for piece in pieces:
                    await say(piece)
                    if answer.gate.full:  # nobody would see the rest
                        break
            if stopped.is_set():
                await say(f"\n\n{STOPPED}" if answer.whole().strip() else STOPPED)
        if not answer.whole().strip():
            raise ModelSilent
    except ModelError as error:
        log.warning("The language model gave no whole answer (%s)", type(error).__name__)
        await say(f"\n\n_{error}_" if answer.whole().strip() else str(error))
        return False
    finally:
        beginning.cancel()
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
        messages.append({"role": "assistant", "content": ungated(turn.answer or "")})
    messages.append({"role": "user", "content": question})
    return messages


async def give_up(answering: Answering, to: Addressed) -> None:
    """Tell the person that there will be no answer, and end what had begun of one. Raises DeliveryFailed."""
    with suppress(StorageFailed):
        turn = await answering.parts.turns.get(to.event_id)
        for ts in turn.answer_ts[-1:] if turn else ():  # all before it were ended when this one was begun
            await SlackMessage(to.client, to.place, ts=ts).stop()
    await answering.sessions.end(to.asked(""))
    await _tell(to, note(GIVEN_UP), "given up")
