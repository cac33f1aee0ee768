"""Asks any model through LiteLLM, which is imported here only, and only when first used.

LiteLLM is the switch between providers; what this file adds is what a bot needs to lean on it: one layer that retries,
and settings that are looked at before the first question. Whatever goes wrong becomes a `ModelError` that carries no
word of the provider, because providers echo keys and prompts in their error texts.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from functools import cache, partial
from typing import Any

from memory.errors import (
    ModelBusy,
    ModelError,
    ModelInterrupted,
    ModelNotSetUp,
    ModelTimedOut,
    ModelUnreachable,
)
from memory.model.attempt import Attempt, Patience
from memory.model.demo import DemoModel
from memory.model.failures import Failure
from memory.model.language_model import LanguageModel, Message, folded

DEMO = "demo"
LOADING = 300.0  # seconds: LiteLLM takes 5 to load, and a busy machine many times that

_log = logging.getLogger(__name__)

# The import reads these, so they must be in the environment before it: this is the one place that writes there. Without
# the first, the import downloads a price list; without the second, it loads any `.env` it finds.
_ENVIRONMENT = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}
_LOUD_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpx", "httpcore")

_RETRIES = {ModelBusy: 2, ModelUnreachable: 1}
_BACKOFF = 0.5  # seconds before the first retry, twice as long before each further one, give or take half
_REFUSED = "the provider knows no such model, or refuses the key: see LLM_MODEL, LLM_API_KEY and the provider's own key"


class LiteLLMModel:
    """A model by its LiteLLM name, such as `openai/gpt-4o-mini` (https://docs.litellm.ai/docs/providers).

    `timeout` is the most seconds of silence between two words. The first may take twice as long, retries included, and
    the whole answer ten times. Waiting until LiteLLM is imported counts for none of them.
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
        self._fault = ""  # why it cannot answer, as far as the settings tell
        self._folds = False  # it takes no system role: learnt from LiteLLM, or from its refusal
        self._unopened = False  # its last answer closed a reasoning that it had not opened

    @property
    def ready(self) -> bool:
        """Whether LiteLLM is imported, and no setting is missing."""
        return self._imported and not self._fault

    def warm(self) -> asyncio.Task[Any]:
        """Begin to import LiteLLM in a thread, if that has not begun yet, and return the task that does it."""
        if self._importing is None:
            self._importing = asyncio.create_task(self._import(), name="import litellm")
        return self._importing

    async def answer(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Yield the answer in pieces as they arrive, within the timeouts. See `LanguageModel.answer`."""
        litellm = await self._loaded()
        patience = Patience(self._timeout)
        tried: Counter[type[ModelError]] = Counter()
        while True:
            attempt = Attempt(partial(self._open, litellm, messages, patience), patience, self._unopened)
            async with aclosing(attempt.pieces()) as pieces:
                async for piece in pieces:
                    yield piece
            if attempt.failure is None:
                self._unopened, self._fault = attempt.answer.unopened, ""
                return
            await self._go_on_after(attempt.failure, attempt.spoken, tried, patience)

    async def aclose(self) -> None:
        """Close the connections that LiteLLM holds; it keeps them for the whole process."""
        if not self._imported:
            return
        litellm = await self.warm()
        await litellm.llms.custom_httpx.async_client_cleanup.close_litellm_async_clients()
        litellm.in_memory_llm_clients_cache.flush_cache()  # it would hand out the closed clients again

    @property
    def _imported(self) -> bool:
        task = self._importing
        return task is not None and task.done() and not task.cancelled() and task.exception() is None

    async def _import(self) -> Any:
        litellm = await asyncio.to_thread(_import_litellm)
        self._fault = _fault(litellm, self.name, self._api_base, self._api_key)
        self._folds = _takes_no_system_role(litellm, self.name)
        if self._fault:
            _log.error("The language model is not set up: %s", self._fault)
        return litellm

    async def _loaded(self) -> Any:
        """LiteLLM, once it is imported. Raises ModelTimedOut or ModelUnreachable, without the cause's words."""
        failure: type[ModelError]
        try:
            async with asyncio.timeout(LOADING):
                return await asyncio.shield(self.warm())
        except TimeoutError:
            failure = ModelTimedOut
        except Exception as error:  # noqa: BLE001 - an import can raise anything
            _log.error("LiteLLM cannot be imported (%s)", type(error).__name__)
            failure = ModelUnreachable
        raise failure

    async def _open(self, litellm: Any, messages: Sequence[Message], patience: Patience, stream: bool) -> Any:
        return await litellm.acompletion(
            self.name,
            [dict(message) for message in (folded(messages) if self._folds else messages)],
            stream=stream,
            api_base=self._api_base,
            api_key=self._key(),
            timeout=patience.left + 1,  # ours comes first; LiteLLM's own default is 6000 s
            num_retries=0,
            max_retries=0,
            drop_params=True,
        )

    async def _go_on_after(
        self, failure: Failure, spoken: bool, tried: Counter[type[ModelError]], patience: Patience
    ) -> None:
        """Return when it is worth trying again, and time to. Else raise what the person is told."""
        _log.warning("%s gave no whole answer: %s", self.name, failure.seen)
        if spoken:
            raise failure.error if issubclass(failure.error, ModelInterrupted) else ModelInterrupted
        if failure.system_role and not self._folds:
            self._folds = True
            return
        if self._fault or failure.error is ModelNotSetUp:
            _log.error("The language model is not set up: %s", self._fault or _REFUSED)
            raise ModelNotSetUp
        pause = _pause(failure, tried, patience.until_first)
        if pause is None:
            raise failure.error
        tried[failure.error] += 1
        await asyncio.sleep(pause)

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


def setup_fault(name: str, *, api_base: str | None = None, api_key: str | None = None) -> str:
    """Say which variable is missing or wrong for this model; "" when none is. Loads LiteLLM, and asks nobody."""
    return "" if name == DEMO else _fault(_quiet_litellm(), name, api_base, api_key)


@cache
def _import_litellm() -> Any:
    """Import LiteLLM and rehearse with it, in a thread, while the event loop serves others."""
    litellm = _quiet_litellm()
    asyncio.run(_rehearse(litellm))
    return litellm


@cache
def _quiet_litellm() -> Any:
    """Import LiteLLM (5 s, 190 MB) and make it quiet."""
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
    litellm.REPEATED_STREAMING_CHUNK_LIMIT = sys.maxsize  # else a hundred equal chunks, as of a long rule, are an error
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


def _fault(litellm: Any, name: str, api_base: str | None, api_key: str | None) -> str:
    """Say which variable is missing or wrong, as far as that can be told without asking anybody; "" when none is."""
    try:
        litellm.get_llm_provider(name, api_base=api_base)
    except Exception:  # noqa: BLE001 - whatever it raises, it does not know where to ask
        return f"LLM_MODEL names no provider that LiteLLM knows ({name})"
    if api_base or api_key:  # a server of one's own asks for another key, or for none
        return ""
    # Keys only: what else LiteLLM looks for has defaults, or other ways to be found.
    missing = [key for key in litellm.validate_environment(name)["missing_keys"] if key.endswith("_API_KEY")]
    if not missing or any(map(_is_set_otherwise, missing)):
        return ""
    return f"{' or '.join(missing)} is not set, nor is LLM_API_KEY ({name})"


def _is_set_otherwise(key: str) -> bool:
    """Whether a key of this provider is set under another name than LiteLLM's check knows, though its requests do."""
    provider = key.removesuffix("_API_KEY")
    provider = {"HUGGINGFACE": "HF_", "COHERE": "CO_", "PERPLEXITYAI": "PERPLEXITY", "TOGETHERAI": "TOGETHER"}.get(
        provider, provider + "_"
    )
    return any(
        name.startswith(provider) and name.endswith(("KEY", "TOKEN", "CLIENT_ID")) and value
        for name, value in os.environ.items()
    )


def _takes_no_system_role(litellm: Any, name: str) -> bool:
    try:
        return litellm.get_model_info(name).get("supports_system_messages") is False
    except Exception:  # noqa: BLE001 - it raises Exception itself for a model that it does not know
        return False


def _pause(failure: Failure, tried: Counter[type[ModelError]], left: float) -> float | None:
    """Return for how many seconds to wait before trying again, or None when that is not worth it."""
    if tried[failure.error] >= _RETRIES.get(failure.error, 0):
        return None
    backoff = _BACKOFF * 2 ** tried.total() * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, no secret
    pause = max(backoff, failure.retry_after or 0.0)
    return pause if pause < left else None
