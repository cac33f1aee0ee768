"""What a language model is to the rest: messages in, pieces of an answer out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from typing import Literal, Protocol, TypedDict

from memory.errors import ModelOverfilled


class Message(TypedDict):
    """One message of the conversation that a model is asked to continue."""

    role: Literal["system", "user", "assistant"]
    content: str


class LanguageModel(Protocol):
    """Anything that answers. `name` is fit to be shown to an operator."""

    @property
    def name(self) -> str: ...

    @property
    def ready(self) -> bool:
        """Whether the next answer can begin at once. A model that is not ready still answers, later."""

    def answer(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """Yield the answer in pieces as they arrive; joined, they are more than white space.

        Raises a `ModelError` when there is no whole answer. Pieces that were yielded before stay valid: after them
        only `ModelInterrupted` or a kind of it is raised, and never `ModelOverfilled`. Closing the generator, or
        cancelling the task that waits for it, ends the request.
        """

    async def aclose(self) -> None:
        """Let go of every connection. Can be called twice."""


async def answer_to_first(model: LanguageModel, prompts: Iterable[Sequence[Message]]) -> AsyncGenerator[str, None]:
    """Yield the answer to the first of some ever shorter prompts that the model can read. Raises as `answer` does."""
    for messages in prompts:
        pieces = model.answer(messages)
        try:
            first = await anext(pieces, "")
        except ModelOverfilled:
            continue
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece
        return
    raise ModelOverfilled


def folded(messages: Sequence[Message]) -> list[Message]:
    """The same for a model that takes no system role: what it says stands at the head of the first message."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    rest = [message for message in messages if message["role"] != "system"]
    first = [rest.pop(0)["content"]] if rest and rest[0]["role"] == "user" else []
    return [{"role": "user", "content": "\n\n".join(system + first)}, *rest]
