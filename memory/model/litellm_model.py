"""Asks any model through LiteLLM, which is imported here only, and only when first used.

LiteLLM is the switch between providers; what this file adds is what a bot needs to lean on it. There is one deadline
for the whole answer and one layer that retries. A stream that was cut short is noticed. And whatever goes wrong becomes
a `ModelError` that carries no word of the provider, because providers echo keys and prompts in their error texts.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from memory.errors import (
    ModelBusy,
    ModelError,
    ModelInterrupted,
    ModelOverfilled,
    ModelRejected,
    ModelSilent,
    ModelTimedOut,
    ModelUnreachable,
)
from memory.model.demo import DemoModel
from memory.model.language_model import LanguageModel, Message

DEMO = "demo"

_log = logging.getLogger(__name__)

# The import reads these, so they must be in the environment before it: this is the one place that writes there. Without
# the first, the import downloads a price list; without the second, it loads any `.env` it finds.
_ENVIRONMENT = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}
_LOUD_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpx", "httpcore")

_BY_NAME: Mapping[str, type[ModelError]] = {
    "ContextWindowExceededError": ModelOverfilled,
    "ContentPolicyViolationError": ModelSilent,
    "Timeout": ModelTimedOut,
}
_BY_STATUS: Mapping[int | None, type[ModelError]] = {
    400: ModelRejected,
    401: ModelRejected,
    402: ModelRejected,
    403: ModelRejected,
    404: ModelRejected,
    408: ModelTimedOut,
    413: ModelOverfilled,
    422: ModelRejected,
    429: ModelBusy,
    503: ModelBusy,
    529: ModelBusy,  # Anthropic's "overloaded"
}
_RETRIES: Mapping[type[ModelError], int] = {ModelBusy: 2, ModelUnreachable: 1}
_BACKOFF = 0.5  # seconds before the first retry, twice as long before each further one, give or take half
_PAGES = ("text/html", "text/plain")  # content types in which no stream of an answer comes


@dataclass(frozen=True, slots=True)
class _Failure:
    """What went wrong in words that are ours alone, and for how many seconds the provider asked us to wait."""

    error: type[ModelError]
    seen: str
    retry_after: float | None = None


# Some servers answer a request for a stream with the whole answer at once: then that is what they are asked for.
_NOT_STREAMED = _Failure(ModelUnreachable, "this is no stream, but one document")


class LiteLLMModel:
    """A model by its LiteLLM name, such as `openai/gpt-4o-mini` (https://docs.litellm.ai/docs/providers).

    `timeout` is the most seconds from the question to the end of the answer, retries and a late import included.
    Without `api_key`, LiteLLM finds the provider's key in the environment. 429, 503 and 529 are tried again at most
    twice, an unreachable provider once, and only as long as nothing was yielded; what a provider refuses is not.
    """

    def __init__(
        self, model: str, *, api_base: str | None = None, api_key: str | None = None, timeout: float = 60.0
    ) -> None:
        self.name = model
        self._api_base = api_base
        self._api_key = api_key
        self._timeout = timeout
        self._importing: asyncio.Task[Any] | None = None

    @property
    def ready(self) -> bool:
        """Whether LiteLLM is imported."""
        task = self._importing
        return task is not None and task.done() and not task.cancelled() and task.exception() is None

    def warm(self) -> asyncio.Task[Any]:
        """Begin to import LiteLLM in a thread, if that has not begun yet, and return the task that does it."""
        if self._importing is None:
            self._importing = asyncio.create_task(asyncio.to_thread(_import_litellm), name="import litellm")
        return self._importing

    async def answer(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Yield the answer in pieces as they arrive, within the timeout. See `LanguageModel.answer`."""
        deadline = asyncio.get_running_loop().time() + self._timeout
        tried: Counter[type[ModelError]] = Counter()
        begun = False
        while True:
            failure: _Failure | None = None
            async with aclosing(self._attempt(messages, deadline)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, _Failure):
                        failure = piece
                    else:
                        begun = True
                        yield piece
            if failure is None:
                return
            _log.warning("%s gave no whole answer: %s", self.name, failure.seen)
            pause = _pause(failure, tried, deadline - asyncio.get_running_loop().time())
            if begun or pause is None:
                raise (ModelInterrupted if begun else failure.error)()
            tried[failure.error] += 1
            await asyncio.sleep(pause)

    async def aclose(self) -> None:
        """Close the connections that LiteLLM holds; it keeps them for the whole process."""
        if not self.ready:
            return
        litellm = await self.warm()
        await litellm.llms.custom_httpx.async_client_cleanup.close_litellm_async_clients()
        litellm.in_memory_llm_clients_cache.flush_cache()  # it would hand out the closed clients again

    async def _attempt(self, messages: Sequence[Message], deadline: float) -> AsyncGenerator[str | _Failure, None]:
        """Ask once. Yield the pieces, and last the failure if there was one.

        The failure is a value and not an exception, because a raised error would carry LiteLLM's as its context, and
        with it the provider's words.
        """
        stream: Any = None
        failure: _Failure | None = None
        held, spoken = "", False
        try:
            async with asyncio.timeout_at(deadline):
                stream = await self._open(messages, deadline)
            while True:
                # Only this wait is under the timeout: one around a yield would cancel the caller's own work.
                async with asyncio.timeout_at(deadline):
                    chunk = await anext(stream, None)
                if chunk is None:
                    break
                held += _text_of(chunk)
                if held and (spoken or held.strip()):
                    yield held
                    held, spoken = "", True
            failure = _flaw(stream, spoken)
            if failure is _NOT_STREAMED:
                async with asyncio.timeout_at(deadline):
                    whole = await self._open(messages, deadline, stream=False)
                answer = _whole_text_of(whole)
                if answer.strip():
                    yield answer
                failure = None if answer.strip() else _Failure(ModelSilent, "the answer is empty")
        except TimeoutError:
            failure = _Failure(ModelTimedOut, "the timeout passed")
        except Exception as error:  # noqa: BLE001 - LiteLLM and its providers raise anything, and none of it may get out
            failure = _failure_of(error)
        finally:
            if stream is not None:
                await stream.aclose()
        if failure is not None:
            yield failure

    async def _open(self, messages: Sequence[Message], deadline: float, *, stream: bool = True) -> Any:
        litellm = await asyncio.shield(self.warm())
        left = deadline - asyncio.get_running_loop().time()
        return await litellm.acompletion(
            self.name,
            [dict(message) for message in messages],
            stream=stream,
            api_base=self._api_base,
            api_key=self._key(),
            timeout=left + 1,  # ours comes first; LiteLLM's own default is 6000 s
            num_retries=0,
            max_retries=0,
            drop_params=True,
        )

    def _key(self) -> str | None:
        """Return the key to send; None leaves it to LiteLLM, which looks in the environment.

        OpenAI's client refuses to start without a key, but a local server that speaks its protocol needs none.
        """
        local = self._api_base is not None and self.name.startswith("openai/")
        if self._api_key or not local or os.environ.get("OPENAI_API_KEY"):
            return self._api_key
        return "none"


@asynccontextmanager
async def open_model(
    name: str,
    *,
    api_base: str | None = None,
    api_key: str | None = None,
    timeout: float = 60.0,  # noqa: ASYNC109
) -> AsyncIterator[LanguageModel]:
    """Open the model of this name: `demo`, or one of LiteLLM's, which is then being imported in the background."""
    if name == DEMO:
        yield DemoModel()
        return
    model = LiteLLMModel(name, api_base=api_base, api_key=api_key, timeout=timeout)
    model.warm()
    try:
        yield model
    finally:
        await model.aclose()


@cache
def _import_litellm() -> Any:
    """Import LiteLLM (5 s, 190 MB) and make it quiet, in a thread, while the event loop serves others."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for logger in map(logging.getLogger, _LOUD_LOGGERS):
        logger.setLevel(max(logger.level, logging.WARNING))
        logger.addFilter(_without_words)
    litellm: Any = importlib.import_module("litellm")
    importlib.import_module("litellm.llms.custom_httpx.async_client_cleanup")
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.turn_off_message_logging = True
    asyncio.run(_rehearse(litellm))
    return litellm


async def _rehearse(litellm: Any) -> None:
    """Fail one request to this machine, and count one token.

    The first request of a process loads so much that it would halt the event loop for a second.
    """
    with suppress(Exception):  # whatever it raises, the model is no worse for it
        await litellm.acompletion(
            "openai/rehearsal",
            [{"role": "user", "content": "-"}],
            stream=True,
            api_base="http://127.0.0.1:9/v1",
            api_key="none",
            timeout=1,
            max_retries=0,
        )
    with suppress(Exception):
        litellm.token_counter(model="openai/rehearsal", text="-")
    await litellm.llms.custom_httpx.async_client_cleanup.close_litellm_async_clients()
    litellm.in_memory_llm_clients_cache.flush_cache()


def _without_words(record: logging.LogRecord) -> bool:
    """Keep where a library warned and drop what it said: its warnings can quote prompts and keys."""
    record.msg, record.args = "a warning in %s, line %d", (record.filename, record.lineno)
    record.exc_info = record.exc_text = record.stack_info = None
    return True


def _whole_text_of(response: Any) -> str:
    content = response.choices[0].message.content if response.choices else None
    return content if isinstance(content, str) else ""


def _text_of(chunk: Any) -> str:
    content = chunk.choices[0].delta.content if chunk.choices else None
    return content if isinstance(content, str) else ""


def _flaw(stream: Any, spoken: bool) -> _Failure | None:
    """Say what is wrong with a stream that ended without an error.

    LiteLLM makes up a final `finish_reason="stop"` when a stream just ends; `received_finish_reason` has only what the
    provider sent. Every provider sends one, some without the `[DONE]` or the usage that others end with.
    """
    finished = getattr(stream, "received_finish_reason", "unknown")
    if spoken:
        return None if finished else _Failure(ModelInterrupted, "the stream ended early")
    headers = getattr(stream, "_response_headers", None) or {}
    content_type = str(headers.get("content-type", ""))
    if not finished and content_type.startswith("application/json"):
        return _NOT_STREAMED
    if not finished and content_type.startswith(_PAGES):
        return _Failure(ModelUnreachable, "this is no stream of an answer")
    return _Failure(ModelSilent, "the answer is empty")


def _failure_of(error: Exception) -> _Failure:
    """Classify what LiteLLM raised by its class and status, never by its text."""
    cause = getattr(error, "original_exception", None) or error  # of a MidStreamFallbackError
    name, status = type(cause).__name__, getattr(cause, "status_code", None)
    kind = _BY_NAME.get(name) or _BY_STATUS.get(status, ModelUnreachable)
    headers = getattr(cause, "litellm_response_headers", None) or {}
    return _Failure(kind, f"{name}, status {status}", _seconds(headers.get("retry-after")))


def _seconds(header: str | None) -> float | None:
    """Read Retry-After where it is a number; the other form, a date, is rare and not worth the clock it needs."""
    try:
        return float(header) if header else None
    except ValueError:
        return None


def _pause(failure: _Failure, tried: Counter[type[ModelError]], left: float) -> float | None:
    """Return for how many seconds to wait before trying again, or None when that is not worth it."""
    if tried[failure.error] >= _RETRIES.get(failure.error, 0):
        return None
    backoff = _BACKOFF * 2 ** tried.total() * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, no secret
    pause = max(backoff, failure.retry_after or 0.0)
    return pause if pause < left else None
