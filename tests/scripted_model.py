"""A language model inside the test: it keeps what it was asked, and answers as it is told to, or obeys attackers."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from memory.errors import ModelError
from memory.model.language_model import Message
from tests.loopback_model import Brain, obedient


@dataclass
class ScriptedModel:
    """Answers by its brain, unless something is queued: pieces of an answer, and an error after them."""

    brain: Brain = obedient
    asked: list[list[Message]] = field(default_factory=list)
    queued: deque[tuple[Sequence[str | Callable[[], object]], ModelError | None]] = field(default_factory=deque)
    name: str = "scripted"
    ready: bool = True

    @property
    def prompts(self) -> list[str]:
        """The system prompt of each turn."""
        return [messages[0]["content"] if messages[0]["role"] == "system" else "" for messages in self.asked]

    def next(self, *pieces: str | Callable[[], object], error: ModelError | None = None) -> None:
        """Answer the next question with these pieces, then fail with the error if there is one.

        A function among the pieces is called in its turn, and waited for: what happens while the model speaks.
        """
        self.queued.append((pieces, error))

    async def answer(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        self.asked.append(list(messages))
        pieces, error = self.queued.popleft() if self.queued else ([self.brain(messages)], None)
        for piece in pieces:
            if isinstance(piece, str):
                yield piece
            elif isinstance(waiting := piece(), Awaitable):
                await waiting
        if error:
            raise error

    async def aclose(self) -> None:
        """Nothing is open."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[ScriptedModel]:
        yield self
