"""LiteLLM held against a model on loopback that fails in every known way. The only tests that import LiteLLM."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import subprocess
import sys
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import NoReturn

import pytest

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
from memory.model import litellm_model as completion
from memory.model.demo import DemoModel
from memory.model.language_model import LanguageModel, Message
from memory.model.litellm_model import LiteLLMModel, open_model
from tests.loopback_model import (
    Behaviour,
    Exchange,
    LoopbackModel,
    aborts,
    answers,
    breaks,
    busy,
    cut,
    delayed,
    error_chunk,
    fails,
    finishes_without_done,
    garbage,
    hangs,
    html,
    no_choices,
    not_json,
    rejects_key,
    stalls,
    unstreamed,
)
from tests.waiting import PATIENCE, until

KEY = "sk-made-up-51a8"
PROMPT = "the plum tree stands behind the mill"
MESSAGES: list[Message] = [{"role": "system", "content": PROMPT}, {"role": "user", "content": f"say: {PROMPT}"}]
TIMEOUT = 5.0


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_API_BASE", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("memory.model.litellm_model._BACKOFF", 0.05)


@pytest.fixture
async def server() -> AsyncIterator[LoopbackModel]:
    async with LoopbackModel.open() as opened:
        yield opened


@pytest.fixture
async def model(server: LoopbackModel) -> AsyncIterator[LiteLLMModel]:
    opened = await warmed(server)
    yield opened
    await opened.aclose()


@pytest.fixture
def everything_logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[[], str]]:
    """What any logger said at any level, and what was printed."""
    caplog.set_level(logging.DEBUG)
    yield lambda: caplog.text + "".join(capfd.readouterr())


async def warmed(server: LoopbackModel, *, api_key: str | None = KEY, timeout: float = TIMEOUT) -> LiteLLMModel:  # noqa: ASYNC109
    model = LiteLLMModel("openai/test", api_base=server.api_base, api_key=api_key, timeout=timeout)
    await model.warm()
    return model


async def ask(model: LanguageModel) -> tuple[str, ModelError | None]:
    """The pieces that arrived, joined, and the error after them."""
    arrived = ""
    try:
        async for piece in model.answer(MESSAGES):
            arrived += piece
    except ModelError as error:
        return arrived, error
    return arrived, None


def all_texts(error: BaseException | None) -> Iterator[str]:
    """Everything that an error and what stands behind it would show in a log."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is None or each in seen:
            continue
        seen.append(each)
        yield from (str(each), repr(each), repr(vars(each)))
        waiting += [each.__cause__, each.__context__]


# --- sound answers --------------------------------------------------------------------------------------------------


async def test_an_answer_arrives_in_pieces(server: LoopbackModel, model: LiteLLMModel) -> None:
    server.next(answers("Hello there, my friend."))
    pieces = [piece async for piece in model.answer(MESSAGES)]
    assert "".join(pieces) == "Hello there, my friend."
    assert len(pieces) > 2
    assert all(pieces)


async def test_the_messages_arrive_as_they_are(server: LoopbackModel, model: LiteLLMModel) -> None:
    await ask(model)
    assert server.requests[0].body["messages"] == MESSAGES
    assert server.requests[0].body["model"] == "test"


async def test_a_finish_reason_is_end_enough(server: LoopbackModel, model: LiteLLMModel) -> None:
    server.next(breaks(["Hello ", "there."], finishes_without_done))
    assert await ask(model) == ("Hello there.", None)


async def test_white_space_before_the_first_word_is_part_of_the_answer(
    server: LoopbackModel, model: LiteLLMModel
) -> None:
    server.next(breaks(["  ", "\n", "Hello"], finishes_without_done))
    assert await ask(model) == ("  \nHello", None)


async def test_a_server_that_does_not_stream_is_asked_for_the_whole_answer(
    server: LoopbackModel, model: LiteLLMModel
) -> None:
    server.always(unstreamed("All at once."))
    assert await ask(model) == ("All at once.", None)


# --- every way to fail ----------------------------------------------------------------------------------------------

CONTEXT = fails(400, "This model's maximum context length is 4097 tokens", code="context_length_exceeded")

# behaviour, what arrives, the error, and how many requests are made
FAULTS: dict[str, tuple[Behaviour, str, type[ModelError], int]] = {
    "429": (busy(), "", ModelBusy, 3),
    "429 for longer than the timeout": (busy(60), "", ModelBusy, 1),
    "503 with a web page": (html(503), "", ModelBusy, 3),
    "529": (fails(529), "", ModelBusy, 3),
    "401 that echoes the key": (rejects_key, "", ModelRejected, 1),
    "400": (fails(400), "", ModelRejected, 1),
    "402": (fails(402), "", ModelRejected, 1),
    "403": (fails(403), "", ModelRejected, 1),
    "404": (fails(404, "no such model", code="model_not_found"), "", ModelRejected, 1),
    "context": (CONTEXT, "", ModelOverfilled, 1),
    "500": (fails(500, PROMPT), "", ModelUnreachable, 2),
    "502": (fails(502), "", ModelUnreachable, 2),
    "200 with a web page": (html(200), "", ModelUnreachable, 2),
    "200 that is not JSON": (not_json, "", ModelUnreachable, 4),
    "garbage at once": (breaks([], garbage), "", ModelUnreachable, 2),
    "aborted at once": (breaks([], aborts), "", ModelUnreachable, 2),
    "no choices": (no_choices, "", ModelSilent, 1),
    "null content": (answers(None), "", ModelSilent, 1),
    "empty answer": (answers(""), "", ModelSilent, 1),
    "white space only": (answers(" \n \t "), "", ModelSilent, 1),
    "cut at once": (breaks([], cut), "", ModelSilent, 1),
    "cut": (breaks(["Hello ", "th"], cut), "Hello th", ModelInterrupted, 1),
    "aborted": (breaks(["Hello ", "th"], aborts), "Hello th", ModelInterrupted, 1),
    "garbage chunk": (breaks(["Hello "], garbage), "Hello ", ModelInterrupted, 1),
    "error chunk": (breaks(["Hello "], error_chunk), "Hello ", ModelInterrupted, 1),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_becomes_an_error_that_quotes_nobody(
    server: LoopbackModel, model: LiteLLMModel, everything_logged: Callable[[], str], fault: str
) -> None:
    behaviour, arrives, error, requests = FAULTS[fault]
    server.always(behaviour)
    arrived, raised = await ask(model)
    assert (arrived, type(raised), len(server.requests)) == (arrives, error, requests)
    await asyncio.sleep(0.05)  # LiteLLM logs in tasks of its own
    told = everything_logged() + "".join(all_texts(raised))
    assert KEY not in told
    assert PROMPT not in told


async def test_a_refused_connection_is_told_as_unreachable() -> None:
    async with LoopbackModel.open() as gone:
        model = await warmed(gone)
    _, error = await ask(model)
    await model.aclose()
    assert type(error) is ModelUnreachable


async def test_a_failure_is_logged_by_class_and_status(
    server: LoopbackModel, model: LiteLLMModel, caplog: pytest.LogCaptureFixture
) -> None:
    server.next(rejects_key)
    await ask(model)
    logged = [record.getMessage() for record in caplog.records if record.name == "memory.model.litellm_model"]
    assert logged == ["openai/test gave no whole answer: AuthenticationError, status 401"]


# --- retries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", [busy(), html(503), fails(500), breaks([], aborts)])
async def test_a_passing_fault_is_not_noticed(server: LoopbackModel, model: LiteLLMModel, behaviour: Behaviour) -> None:
    server.next(behaviour, answers("Hello."))
    assert await ask(model) == ("Hello.", None)


async def test_retry_after_is_waited_for_when_it_fits(server: LoopbackModel, model: LiteLLMModel) -> None:
    server.next(busy(1.2), answers("Hello."))
    started = time.monotonic()
    assert await ask(model) == ("Hello.", None)
    assert 1.2 <= time.monotonic() - started < PATIENCE


# --- the timeout ----------------------------------------------------------------------------------------------------


async def drips(exchange: Exchange) -> NoReturn:
    while True:
        await exchange.piece("word ")
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (hangs, ModelTimedOut),
        (breaks([], stalls), ModelTimedOut),
        (breaks(["Hello "], stalls), ModelInterrupted),
        (drips, ModelInterrupted),
        (delayed(0.4, busy(0.5)), ModelBusy),
    ],
)
async def test_an_answer_ends_within_the_timeout(
    server: LoopbackModel, behaviour: Behaviour, error: type[ModelError]
) -> None:
    model = await warmed(server, timeout=0.7)
    server.always(behaviour)
    started = time.monotonic()
    _, raised = await ask(model)
    assert time.monotonic() - started < 10  # of those who hang, none ends by itself
    assert type(raised) is error
    assert not [text for text in all_texts(raised) if KEY in text or PROMPT in text]
    await model.aclose()


async def test_the_timeout_never_cancels_the_work_between_two_pieces(server: LoopbackModel) -> None:
    model = await warmed(server, timeout=0.4)
    server.next(breaks(["one "], stalls))
    worked_on: list[str] = []
    with pytest.raises(ModelInterrupted):
        async for piece in model.answer(MESSAGES):
            await asyncio.sleep(0.8)
            worked_on.append(piece)
    assert worked_on == ["one "]
    await model.aclose()


# --- ending early ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", [hangs, breaks(["Hello "], stalls)])
async def test_cancelling_closes_the_connection(
    server: LoopbackModel, model: LiteLLMModel, behaviour: Behaviour
) -> None:
    server.next(behaviour)
    asking = asyncio.create_task(ask(model))
    await until(lambda: len(server.requests) == 1)
    await asyncio.sleep(0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await until(lambda: server.left_early == 1)


async def test_leaving_the_answer_closes_the_connection(server: LoopbackModel, model: LiteLLMModel) -> None:
    server.next(breaks(["Hello "], stalls))
    async with aclosing(model.answer(MESSAGES)) as pieces:
        assert await anext(pieces) == "Hello "
    await until(lambda: server.left_early == 1)


async def test_nothing_is_left_open(server: LoopbackModel) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        async with open_model("openai/test", api_base=server.api_base, timeout=TIMEOUT) as model:
            for behaviour in (answers("Hello."), breaks(["Hello "], cut), fails(400)):
                server.next(behaviour)
                await ask(model)
        await asyncio.sleep(0.05)
        gc.collect()
    assert not [warning for warning in seen if issubclass(warning.category, ResourceWarning)]


async def test_a_model_can_be_opened_again_after_one_was_closed(server: LoopbackModel) -> None:
    for _ in range(2):
        async with open_model("openai/test", api_base=server.api_base, timeout=TIMEOUT) as model:
            server.next(answers("Hello."))
            assert await ask(model) == ("Hello.", None)


# --- keys, opening, importing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "in_environment", "sent"),
    [(None, None, "Bearer none"), (None, KEY, f"Bearer {KEY}"), ("sk-given", KEY, "Bearer sk-given")],
)
async def test_a_local_server_needs_no_key_and_gets_the_one_there_is(
    server: LoopbackModel, monkeypatch: pytest.MonkeyPatch, given: str | None, in_environment: str | None, sent: str
) -> None:
    if in_environment:
        monkeypatch.setenv("OPENAI_API_KEY", in_environment)
    model = await warmed(server, api_key=given)
    server.next(answers("Hello."))
    assert await ask(model) == ("Hello.", None)
    assert server.requests[0].headers["authorization"] == sent
    await model.aclose()


async def test_demo_is_the_demo_model() -> None:
    async with open_model("demo") as model:
        assert isinstance(model, DemoModel)


async def test_a_model_is_ready_once_litellm_is_imported(server: LoopbackModel) -> None:
    model = LiteLLMModel("openai/test", api_base=server.api_base)
    before = model.ready
    await model.aclose()
    assert model.warm() is model.warm()
    await model.warm()
    assert (before, model.ready) == (False, True)
    await model.aclose()


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """LiteLLM, imported once for the file: what the import puts into the environment outlives the first test."""
    completion._import_litellm()


async def test_litellm_is_told_to_keep_to_itself(model: LiteLLMModel) -> None:
    litellm = await model.warm()
    assert (litellm.telemetry, litellm.suppress_debug_info) == (False, True)
    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    assert os.environ["LITELLM_MODE"] == "PRODUCTION"


@pytest.mark.parametrize("name", ["LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpx", "httpcore"])
async def test_a_library_may_warn_but_quotes_nothing(
    model: LiteLLMModel, everything_logged: Callable[[], str], name: str
) -> None:
    logger = logging.getLogger(name)
    logger.info("info %s", PROMPT)
    try:
        raise ValueError(PROMPT)
    except ValueError:
        logger.exception("error %s", PROMPT)
    told = everything_logged()
    assert PROMPT not in told
    assert "test_litellm_model.py" in told


def test_litellm_is_not_imported_before_it_is_needed() -> None:
    seen = "import memory.model.litellm_model, sys; print('litellm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", seen], capture_output=True, check=True, text=True).stdout == "False\n"  # noqa: S603
