"""From the question to the last word in Slack: recall, prompt, model, gate, stream.

Every step can be repeated: an answer that a crash interrupted is given again, and what it had posted is found (by its
metadata or its ts) and not posted twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial

from bot.answer.gate import Gate, links_in, ungated
from bot.answer.status import Sessions
from bot.answer.stop import Stops, until
from bot.answer.stream import WHOLE, Answer, SlackMessage
from bot.people.identity import audience
from bot.slack.conversation import Conversation, Posted
from bot.slack.events import Said
from bot.slack.reply import Block
from bot.views.footer import footer
from memory.errors import (
    ModelCutShort,
    ModelError,
    ModelFiltered,
    ModelInterrupted,
    ModelSilent,
    StorageFailed,
)
from memory.model.language_model import Message, answer_to_first
from memory.models import Actor
from memory.parts import Parts
from memory.recall.prompt import quoted, system_prompt
from memory.recall.recall import Recalled
from memory.turns import Thread, Turn

log = logging.getLogger(__name__)

STOPPED = "_Stopped._"
# What stands below an answer that is not whole, and is no word of the model's.
MARKS = (STOPPED, *(f"_{kind()}_" for kind in (ModelInterrupted, ModelCutShort, ModelFiltered)))


@dataclass(frozen=True, slots=True)
class Question:
    """What the model is asked: by whom, where, and in which words; `said` is the whole message that holds them."""

    here: Conversation
    actor: Actor
    said: Said
    text: str

    @property
    def event_id(self) -> str:
        return self.here.event_id

    @property
    def thread(self) -> Thread:
        return Thread(self.actor.team, self.said.channel, self.said.root)


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers questions. What is under way in this process can be stopped."""

    parts: Parts
    sessions: Sessions = field(default_factory=Sessions)
    stops: Stops = field(default_factory=Stops)

    async def answer(self, asked: Question, before: Posted) -> None:
        """Answer in Slack, where an interrupted attempt may have posted something `before`.

        Raises TooOften, StorageFailed, or DeliveryFailed.
        """
        earlier = await self.parts.turns.get(asked.event_id)
        begun = sorted({*(earlier.answer_ts if earlier else ()), *before.unfinished})
        answer = Answer(asked.here, partial(self.parts.turns.answering, asked.event_id), begun)
        if earlier and earlier.answer is not None:  # the model had finished: only Slack was not told, or not all of it
            answer.text, answer.footer = earlier.answer, _below(asked, len(earlier.given))
            await answer.close()
        elif earlier and earlier.stopped:
            await self._end_stopped(asked, begun, _below(asked, len(earlier.given)))
        else:
            await self._given(asked, answer)

    async def end(self, here: Conversation, question: str = "") -> None:
        """Show in Slack that the answer is over, however it ended. Never fails."""
        await self.sessions.end(here, question)

    async def give_up(self, here: Conversation) -> None:
        """End what had begun of an answer that there will not be."""
        with suppress(StorageFailed):
            turn = await self.parts.turns.get(here.event_id)
            for ts in turn.answer_ts[-1:] if turn else ():  # all before it were ended when this one was begun
                await SlackMessage(here, ts=ts).stop()
        await self.end(here)

    async def _given(self, asked: Question, answer: Answer) -> None:
        """Recall, ask the model, and say what it says."""
        said = asked.said
        listeners = audience(asked.actor, channel=said.channel, alone=said.alone, shared_outside=said.shared_outside)
        now = self.parts.clock()  # before the memories are read: one that is changed later was changed since
        recalled, transcript = await asyncio.gather(
            self.parts.recall.recall(listeners), self.parts.turns.transcript(asked.thread)
        )
        given = tuple(memory.id for memory in recalled.memories)
        turn = Turn(asked.event_id, asked.thread, said.user, said.ts, asked.text, given, now, recalled.left_out)
        await self.parts.turns.begin(turn)
        prompts = (
            prompt(self.parts.system_prompt, recalled.block, thread, said.user, asked.text)
            for thread in ever_shorter(transcript)
        )
        answer.gate = _gate(asked, transcript, recalled)
        error = await self._spoken(asked, answer_to_first(self.parts.model, prompts), answer)
        if error is None:
            answer.footer = _below(asked, len(given))
        if error is None or unmarked(answer.whole()) != answer.whole():  # a part, which can be asked to go on
            await self.parts.turns.answered(asked.event_id, answer.whole())
        await answer.close()

    async def _spoken(self, asked: Question, said: AsyncGenerator[str], answer: Answer) -> ModelError | None:
        """Let the model speak. Return None when that came to an end of its own, or of who asked.

        If not, the person is told why in one sentence.
        """
        # Stop is offered when there is something to stop.
        beginning = asyncio.create_task(self.sessions.begin(asked.here, asked.text))

        async def say(text: str) -> None:
            await beginning  # else Slack would show the status after the answer, and leave it there
            await answer.add(text)

        try:
            async with self.stops.watched(self.parts.turns, asked.event_id) as stopped:
                async with aclosing(until(stopped, said)) as pieces:
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
            return error
        finally:
            beginning.cancel()
        return None

    async def _end_stopped(self, asked: Question, begun: Sequence[str], below: Sequence[Block]) -> None:
        """End an answer that was stopped, and interrupted before that was said. What had been shown of it stays."""
        for ts in begun:
            await SlackMessage(asked.here, ts=ts).stop()
        ts = await SlackMessage(asked.here, below).post(STOPPED, WHOLE)
        # The only message that another attempt would write again.
        await self.parts.turns.answering(asked.event_id, [ts])
        await self.parts.turns.answered(asked.event_id, STOPPED)


def _gate(asked: Question, transcript: Sequence[Turn], recalled: Recalled) -> Gate:
    """What lets an answer show the links that who asked, or a memory, wrote."""
    own = (each.question for each in transcript if each.user == asked.said.user)
    return Gate(links_in(asked.said.text, *own, *(memory.text for memory in recalled.memories)))


def _below(asked: Question, given: int) -> Sequence[Block]:
    """What stands below an answer, for people: an app has nothing to press."""
    return () if asked.said.from_app else footer(asked.event_id, given)


def ever_shorter(transcript: Sequence[Turn]) -> Sequence[Sequence[Turn]]:
    """The transcript, its newer half, the newer half of that, … and none of it: for a model that cannot read it all."""
    turns = len(transcript)
    return [transcript[turns - left :] for left in sorted({turns, turns // 2, turns // 4, turns // 8, 0}, reverse=True)]


def unmarked(answer: str) -> str:
    """A kept answer without the mark that says why it is not whole."""
    for mark in MARKS:
        answer = answer.removesuffix(mark).rstrip() if answer.endswith(mark) else answer
    return answer


def prompt(base: str, block: str, transcript: Sequence[Turn], user: str, question: str) -> list[Message]:
    """The messages for the model. Whoever else spoke in the thread is named: no one's words pass for another's."""
    messages: list[Message] = [{"role": "system", "content": system_prompt(base, block)}]
    for turn in transcript:
        # Quoted, so that no line of it can name another speaker.
        named = turn.question if turn.user == user else f"[{turn.user} wrote] {quoted(turn.question)}"
        messages.append({"role": "user", "content": named})
        messages.append({"role": "assistant", "content": unmarked(ungated(turn.answer or "")) or "…"})
    messages.append({"role": "user", "content": question})
    return messages
