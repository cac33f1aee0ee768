"""One request to a model through LiteLLM, from the question to the last word: how long is waited, what is shown.

A stream that was cut short is noticed, reasoning is left out, and content of any shape is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from memory.errors import ModelInterrupted, ModelSilent, ModelTimedOut, ModelUnreachable
from memory.model.failures import Failure, ended, failure_of
from memory.model.reasoning import WithoutReasoning, without_reasoning

FIRST_WORD = 2  # times the longest silence between two words: until the first
WHOLE = 10  # times the same: until the last

_PAGES = ("text/html", "text/plain")  # content types in which no stream of an answer comes
_TEXT = ("text", "output_text", "", None)  # the types of parts that are the answer's; thinking, images … are not
_REASONING = ("reasoning_content", "reasoning", "thinking_blocks")


class Patience:
    """How long an answer is waited for: its first word, each further one, and the whole."""

    def __init__(self, silence: float) -> None:
        now = asyncio.get_running_loop().time()
        self._silence = silence
        self._first, self._end = now + FIRST_WORD * silence, now + WHOLE * silence
        self._waiting: asyncio.Timeout | None = None

    @property
    def left(self) -> float:
        """Seconds until the answer has to be whole."""
        return self._end - asyncio.get_running_loop().time()

    @property
    def until_first(self) -> float:
        """Seconds until the first word has to be there."""
        return self._first - asyncio.get_running_loop().time()

    @asynccontextmanager
    async def waiting(self, *, begun: bool) -> AsyncIterator[None]:
        """Raise TimeoutError when what is waited for inside takes too long. `begun`: words came before."""
        async with asyncio.timeout_at(self._after_a_word() if begun else self._first) as self._waiting:
            yield

    def heard(self) -> None:
        """Something came, though perhaps nothing that ends the wait: it starts anew."""
        if self._waiting:
            self._waiting.reschedule(self._after_a_word())

    def _after_a_word(self) -> float:
        return min(self._end, asyncio.get_running_loop().time() + self._silence)


class Attempt:
    """One request, and the reading of what comes back. Once the pieces have ended, `failure` tells whether it is whole.

    The failure is a value and not an exception, because a raised error would carry LiteLLM's as its context, and with
    it the provider's words.
    """

    def __init__(self, ask: Callable[[bool], Awaitable[Any]], patience: Patience, suspected: bool) -> None:
        self.failure: Failure | None = None
        self.spoken = False
        self.answer = WithoutReasoning(suspected)
        self._ask = ask
        self._patience = patience
        self._stream: Any = None
        self._blank = ""  # white space at the beginning: no answer yet, but part of one
        self._begun = False  # something came, if only reasoning
        self._early: Failure | None = None  # why it ended before it was whole, by the provider's own account

    async def pieces(self) -> AsyncGenerator[str, None]:
        """Yield what is to be shown, piece by piece."""
        try:
            await self._open()
            while (text := await self._next()) is not None:
                if text:
                    yield text
            if self._is_document() and (text := await self._document()):
                yield text
        except TimeoutError:
            self.failure = Failure(ModelTimedOut, "the timeout passed")
        except Exception as error:  # noqa: BLE001 - LiteLLM and its providers raise anything, and none of it may get out
            self.failure = failure_of(error)
        finally:
            if self._stream is not None:
                await self._stream.aclose()
        # What was held back of an answer that failed before its first word is not shown: it may be tried again.
        if (not self.failure or self.spoken) and (rest := self._shown(self.answer.close())):
            yield rest
        self.failure = self.failure or self._flaw()

    async def _open(self) -> None:
        async with self._patience.waiting(begun=False):
            self._stream = await self._ask(True)
        if hasattr(getattr(self._stream, "completion_stream", None), "__aiter__"):
            self._stream.completion_stream = _Chunks(self._stream.completion_stream, self._heard)

    async def _next(self) -> str | None:
        """What the next chunk lets be shown; None after the last."""
        # Only this wait is under the timeout: one around a yield would cancel the caller's own work.
        async with self._patience.waiting(begun=self._begun):
            chunk = await anext(self._stream, None)
        if chunk is None:
            return None
        if not chunk.choices:
            return ""
        self._ended_for(chunk.choices[0].finish_reason)
        return self._shown(self.answer.feed(text_of(chunk.choices[0].delta.content)))

    def _heard(self, chunk: Any) -> None:
        """Something came from the provider. LiteLLM may keep it to itself, and drops content that is no string."""
        for choice in (getattr(chunk, "choices", None) or ())[:1]:
            self._ended_for(getattr(choice, "finish_reason", None))
            content = getattr(choice.delta, "content", None)
            self._begun = self._begun or bool(content) or any(getattr(choice.delta, name, None) for name in _REASONING)
            if not isinstance(content, str | None):
                choice.delta.content = text_of(content) or None
        if self._begun:
            self._patience.heard()

    def _ended_for(self, reason: object) -> None:
        if isinstance(reason, str) and (flaw := ended(reason)):
            self._early = self._early or flaw

    def _shown(self, text: str) -> str:
        """The text, unless nothing but white space has come."""
        text, self._blank = self._blank + text, ""
        if not (self.spoken or text.strip()):
            self._blank, text = text, ""
        self.spoken = self.spoken or bool(text)
        return text

    def _is_document(self) -> bool:
        """Whether the server answered with one document, which LiteLLM sees as a stream of nothing."""
        return not (self._begun or self._finished) and self._content_type.startswith("application/json")

    async def _document(self) -> str:
        """Ask again, for the answer in one piece."""
        async with self._patience.waiting(begun=False):
            whole = await self._ask(False)
        if not whole.choices:
            return ""
        self._ended_for(whole.choices[0].finish_reason)
        return self._shown(without_reasoning(text_of(whole.choices[0].message.content)))

    @property
    def _finished(self) -> str | None:
        """The provider's reason for the end.

        LiteLLM makes up a final `finish_reason="stop"` when a stream just ends; `received_finish_reason` has only what
        the provider sent. Every provider sends one, some without the `[DONE]` or the usage that others end with.
        """
        reason: str | None = getattr(self._stream, "received_finish_reason", "unknown")
        return reason

    @property
    def _content_type(self) -> str:
        headers = getattr(self._stream, "_response_headers", None) or {}
        return str(headers.get("content-type", ""))

    def _flaw(self) -> Failure | None:
        """Say what is wrong with an answer that ended without an error."""
        if self._early:
            return self._early
        if self.spoken:
            return (
                None if self._finished or self._is_document() else Failure(ModelInterrupted, "the stream ended early")
            )
        if not self._finished and self._content_type.startswith(_PAGES):
            return Failure(ModelUnreachable, "this is no stream of an answer")
        return Failure(ModelSilent, "the answer is empty")


class _Chunks:
    """A provider's chunks on their way into LiteLLM; `heard` sees each before."""

    def __init__(self, source: Any, heard: Callable[[Any], None]) -> None:
        self._source = source
        self._chunks = aiter(source)
        self._heard = heard

    def __aiter__(self) -> _Chunks:
        return self

    async def __anext__(self) -> Any:
        chunk = await anext(self._chunks)
        self._heard(chunk)
        return chunk

    async def aclose(self) -> None:
        close = getattr(self._source, "aclose", None) or self._source.close
        await close()


def text_of(content: object) -> str:
    """The words of a message's content: a string, a number, or a list of those and of parts; "" if it has none."""
    match content:
        case str():
            return content
        case bool():
            return ""
        case int() | float():
            return str(content)
        case list() | tuple():
            return "".join(map(text_of, content))
        case {"text": text, **rest} if rest.get("type") in _TEXT:
            return text_of(text)
    return ""
