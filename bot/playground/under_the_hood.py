"""Under the hood, for the playground's page: what the model was given for the last answer, and all that is remembered.

It reads what the bot keeps anyway; only the model's messages, which nothing keeps, are recorded on their way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.commands import table as commands
from bot.dialogs.shortcuts import SHORTCUTS
from bot.playground.page.inside import Completion, Shortcut
from memory.model.language_model import LanguageModel, Message
from memory.models import Actor, KeyKind, Memory
from memory.parts import Parts
from memory.recall.prompt import memory_line, system_prompt
from memory.text.tokens import token_count
from memory.turns import Turn

OPERATOR = Actor.operator("playground")
MOST_MEMORIES = 500
PAGE_SHORTCUTS = tuple(Shortcut(one.callback_id, one.name, one.kind) for one in SHORTCUTS)

Json = dict[str, Any]


class RecordingModel:
    """A language model that keeps what it was asked last. `pace`: seconds between its pieces, for one that has none."""

    def __init__(self, model: LanguageModel, pace: float = 0.0) -> None:
        self._model = model
        self._pace = pace
        self.last: tuple[Message, ...] = ()

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def ready(self) -> bool:
        return self._model.ready

    async def answer(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        self.last = tuple(messages)
        async for piece in self._model.answer(messages):
            yield piece
            await asyncio.sleep(self._pace)

    async def aclose(self) -> None:
        await self._model.aclose()


@dataclass(slots=True)
class BotInside:
    """The bot's inside, in the form that the page asks for."""

    team: str
    parts: Parts
    recording: RecordingModel
    budget: int
    settle: Callable[[], Awaitable[None]]
    due: Callable[[], Awaitable[None]]
    completions: Sequence[Completion] = (
        Completion("/memory", "opens what I remember about you"),
        *(Completion(f"/memory {verb.name}", verb.about) for verb in commands.typed()),
    )
    shortcuts: Sequence[Shortcut] = PAGE_SHORTCUTS
    _described: dict[str, Json] = field(default_factory=dict)  # by event: it tells how things stood then

    @property
    def model(self) -> str:
        return self.recording.name

    async def settled(self) -> None:
        await self.settle()

    async def moved(self) -> None:
        await self.due()

    async def memories(self) -> Sequence[Json]:
        now = self.parts.clock()
        return [_described(memory, now) for memory in await self._all()]

    async def prompt(self) -> Json | None:
        turn = await self.parts.turns.newest(self.team)
        if turn is None:
            return None
        asked = self.recording.last
        if turn.event_id not in self._described and asked and asked[-1]["content"] == turn.question:
            self._described = {turn.event_id: await self._describe(turn, asked)}
        return next(iter(self._described.values()), None)

    async def _all(self) -> Sequence[Memory]:
        return (await self.parts.store.review(OPERATOR, self.team, limit=MOST_MEMORIES)).memories

    async def _describe(self, turn: Turn, asked: Sequence[Message]) -> Json:
        there = {memory.id: memory for memory in await self._all()}
        now = self.parts.clock()
        given = [there[one] for one in turn.given if one in there]
        left_out = {one: why for one, why in turn.left_out if one in there}
        others = [one for one in there.values() if one.key.kind is KeyKind.PERSON and one.key.subject != turn.user]
        system = "\n".join(message["content"] for message in asked if message["role"] == "system")
        block = system.removeprefix(system_prompt(self.parts.system_prompt, "")).strip()
        return {
            "event": turn.event_id,
            "user": turn.user,
            "channel": turn.thread.channel,
            "question": turn.question,
            "messages": [{"role": one["role"], "parts": _parts(one, given)} for one in asked],
            "given": [_described(memory, now) for memory in given],
            "left_out": [_described(there[one], now) | {"why": why} for one, why in left_out.items()]
            + [_described(one, now) | {"why": "another's"} for one in others],
            "tokens": token_count(block) if given else 0,
            "budget": self.budget,
        }


def _parts(message: Message, given: Sequence[Memory]) -> list[Json]:
    """A message cut at its memories: `{"text": …}`, and for each memory its number and id too."""
    if message["role"] != "system":
        return [{"text": message["content"]}]
    by_line = {memory_line(memory): memory for memory in given}
    parts: list[Json] = []
    for line in message["content"].splitlines(keepends=True):
        memory = by_line.get(line.rstrip("\n"))
        if memory:
            parts.append({"text": line, "number": memory.number, "id": memory.id, "kind": memory.key.kind.value})
        elif parts and "id" not in parts[-1]:
            parts[-1]["text"] += line
        else:
            parts.append({"text": line})
    return parts


def _described(memory: Memory, now: datetime) -> Json:
    return {
        "id": memory.id,
        "number": memory.number,
        "key": str(memory.key),
        "kind": memory.key.kind.value,
        "subject": memory.key.subject,
        "text": memory.text,
        "visibility": memory.visibility,
        "disabled": memory.disabled,
        "expired": memory.expired(now),
        "expires_at": memory.expires_at.isoformat() if memory.expires_at else None,
        "pinned": memory.pinned,
        "priority": memory.priority,
        "tags": list(memory.tags),
        "times_applied": memory.times_applied,
        "revision": memory.revision,
    }
