"""LiteLLM held against a model on loopback that fails in every known way. The only tests that import LiteLLM."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import Any, NoReturn

import pytest
from aiohttp import web

from memory.errors import (
    ModelBusy,
    ModelCutShort,
    ModelError,
    ModelFiltered,
    ModelInterrupted,
    ModelNotSetUp,
    ModelOverfilled,
    ModelRejected,
    ModelSilent,
    ModelTimedOut,
    ModelUnreachable,
)
from memory.model import litellm_model as completion
from memory.model.demo import DemoModel
from memory.model.language_model import LanguageModel, Message
from memory.model.litellm_model import LiteLLMModel, open_model, setup_fault
from tests.loopback_model import (
    Behaviour,
    Exchange,
    LoopbackModel,
    Received,
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
    refuses,
    rejects_key,
    stalls,
    streams,
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


SOUND: dict[str, Behaviour] = {
    "reasoning in the text": streams({"content": "<thi"}, {"content": "nk>so</th"}, {"content": "ink>\n\nHello."}),
    "reasoning beside it": streams(
        {"reasoning_content": "so"},
        {"reasoning": "so"},
        {"thinking_blocks": [{"thinking": "so"}]},
        {"content": "Hello."},
    ),
    "parts": streams(
        {"content": [{"type": "text", "text": "Hel"}]}, {"content": ["lo", {"type": "text", "text": "."}]}
    ),
    "parts of other types": streams(
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "so"}]}]},
        {"content": [{"type": "reasoning", "text": "so"}, {"type": "image_url", "image_url": {"url": "x"}}, None]},
        {"content": [{"type": "text", "text": "Hello."}]},
    ),
    "one part": streams({"content": {"type": "text", "text": "Hello."}}),
    "nothing now and then": streams({"content": []}, {"content": None}, {}, {"content": "Hello."}, {"content": ""}),
    "reasoning in a document": unstreamed("<think>so</think>Hello."),
}


@pytest.mark.parametrize("kind", SOUND)
async def test_of_any_content_only_the_answer_is_shown(server: LoopbackModel, model: LiteLLMModel, kind: str) -> None:
    server.always(SOUND[kind])
    assert await ask(model) == ("Hello.", None)


async def test_numbers_are_words_too(server: LoopbackModel, model: LiteLLMModel) -> None:
    server.next(streams({"content": 4}, {"content": 2.5}))
    assert await ask(model) == ("42.5", None)


@pytest.mark.parametrize("provider", ["openai", "hosted_vllm", "deepseek", "groq", "openrouter", "mistral"])
async def test_each_provider_of_the_protocol_is_read_alike(server: LoopbackModel, provider: str) -> None:
    model = LiteLLMModel(f"{provider}/test", api_base=server.api_base, api_key=KEY, timeout=TIMEOUT)
    server.next(SOUND["parts"])
    server.next(streams({"content": "<think>so</think>Hello th"}, finish="length"))
    arrived, error = await ask(model)
    assert (arrived, error) == ("Hello.", None)
    arrived, error = await ask(model)
    assert (arrived, type(error)) == ("Hello th", ModelCutShort)
    await model.aclose()


async def test_a_model_that_closes_reasoning_without_opening_it_is_known_from_then_on(
    server: LoopbackModel, model: LiteLLMModel
) -> None:
    server.next(streams({"content": "Plan: soup.\n</think>\n"}, {"content": "Soup."}))
    server.next(streams({"content": "Plan: tea.\n"}, {"content": "</think>\nTea."}))
    await ask(model)
    assert await ask(model) == ("Tea.", None)


async def test_a_hundred_equal_chunks_are_shown_as_they_are(server: LoopbackModel, model: LiteLLMModel) -> None:
    server.next(streams(*[{"content": "----"}] * 150))
    assert await ask(model) == ("----" * 150, None)


# --- the system role ------------------------------------------------------------------------------------------------

FOLDED = [{"role": "user", "content": f"{PROMPT}\n\nsay: {PROMPT}"}]


def has_system(received: Received) -> bool:
    return any(message["role"] == "system" for message in received.messages)


@pytest.mark.parametrize(
    "refusal",
    [
        fails(400, "System role not supported"),
        fails(400, "Unsupported value: 'messages[0].role' does not support 'system' with this model."),
        fails(400, "Developer instruction is not enabled for models/test"),
        fails(500, "Only user and assistant roles are supported!"),
        fails(400, "Conversation roles must alternate user/assistant/user/assistant/..."),
    ],
)
async def test_a_model_without_a_system_role_is_told_all_the_same(
    server: LoopbackModel, model: LiteLLMModel, refusal: Behaviour
) -> None:
    server.always(refuses(has_system, refusal, answers("Hello.")))
    assert await ask(model) == ("Hello.", None)
    assert await ask(model) == ("Hello.", None)
    assert [has_system(received) for received in server.requests] == [True, False, False]
    assert [received.messages for received in server.requests[1:]] == [FOLDED, FOLDED]


async def test_a_refusal_of_the_role_is_believed_once(server: LoopbackModel, model: LiteLLMModel) -> None:
    server.always(fails(400, "System role not supported"))
    _, error = await ask(model)
    assert (type(error), len(server.requests)) == (ModelRejected, 2)


async def test_a_model_that_litellm_knows_to_take_no_system_role_is_not_asked_in_vain(server: LoopbackModel) -> None:
    model = LiteLLMModel("openai/o1-mini-test", api_base=server.api_base, api_key=KEY, timeout=TIMEOUT)
    litellm = await LiteLLMModel("openai/test").warm()
    litellm.register_model({"o1-mini-test": {"litellm_provider": "openai", "supports_system_messages": False}})
    server.next(answers("Hello."))
    assert await ask(model) == ("Hello.", None)
    assert server.requests[0].messages == FOLDED
    await model.aclose()


# --- every way to fail ----------------------------------------------------------------------------------------------

CONTEXT = fails(400, "This model's maximum context length is 4097 tokens", code="context_length_exceeded")


async def overfull_chunk(exchange: Exchange) -> web.StreamResponse:
    await exchange.raw('data: {"error": {"message": "maximum context length is 9 tokens", "code": 400}}\n\n')
    return await exchange.end()


async def filtered_and_ended(exchange: Exchange) -> web.StreamResponse:
    for content, reason in (("Hello", "content_filter"), (None, "stop")):
        await exchange.chunk({"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": reason}]})
    return await exchange.done()


# behaviour, what arrives, the error, and how many requests are made
FAULTS: dict[str, tuple[Behaviour, str, type[ModelError], int]] = {
    "429": (busy(), "", ModelBusy, 3),
    "429 for longer than the timeout": (busy(60), "", ModelBusy, 1),
    "503 with a web page": (html(503), "", ModelBusy, 3),
    "529": (fails(529), "", ModelBusy, 3),
    "401 that echoes the key": (rejects_key, "", ModelNotSetUp, 1),
    "400": (fails(400), "", ModelRejected, 1),
    "402": (fails(402), "", ModelRejected, 1),
    "403": (fails(403), "", ModelRejected, 1),
    "404": (fails(404, "no such model", code="model_not_found"), "", ModelNotSetUp, 1),
    "400 for a model that there is not": (fails(400, "invalid model ID"), "", ModelNotSetUp, 1),
    "500 for a key that is missing": (
        fails(500, "Missing credentials. Please pass an `api_key`"),
        "",
        ModelNotSetUp,
        1,
    ),
    "no credit": (fails(429, "no", code="insufficient_quota"), "", ModelRejected, 1),
    "context": (CONTEXT, "", ModelOverfilled, 1),
    "context, in Anthropic's words": (fails(400, "prompt is too long: 9 tokens > 8 maximum"), "", ModelOverfilled, 1),
    "context, by code only": (fails(400, "no", code="context_length_exceeded"), "", ModelOverfilled, 1),
    "context, as llama.cpp says it": (
        fails(400, "the request exceeds the available context size"),
        "",
        ModelOverfilled,
        1,
    ),
    "context, by status": (fails(413), "", ModelOverfilled, 1),
    "more than a minute's tokens": (fails(429, "Request too large for m on tokens per min"), "", ModelOverfilled, 1),
    "context, in the stream": (breaks([], overfull_chunk), "", ModelOverfilled, 1),
    "length": (streams({"content": "Hello th"}, finish="length"), "Hello th", ModelCutShort, 1),
    "length before a word": (streams(finish="length"), "", ModelCutShort, 1),
    "length while thinking": (streams({"content": "<think>so"}, finish="length"), "", ModelCutShort, 1),
    "length in a document": (unstreamed("Hello th", finish="length"), "Hello th", ModelCutShort, 2),
    "Gemini's word for length": (streams({"content": "Hello"}, finish="MAX_TOKENS"), "Hello", ModelCutShort, 1),
    "filter": (streams({"content": "Hello th"}, finish="content_filter"), "Hello th", ModelFiltered, 1),
    "filter before a word": (streams(finish="content_filter"), "", ModelFiltered, 1),
    "filter, and then an end": (filtered_and_ended, "Hello", ModelFiltered, 1),
    "filter of the prompt": (fails(400, "no", code="content_filter"), "", ModelFiltered, 1),
    "only reasoning": (streams({"content": "<think>so</think>"}), "", ModelSilent, 1),
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
    assert logged == [
        "openai/test gave no whole answer: AuthenticationError, status 401",
        "The language model is not set up: the provider knows no such model, or refuses the key: "
        "see LLM_MODEL, LLM_API_KEY and the provider's own key",
    ]


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


async def says_its_role_and_hangs(exchange: Exchange) -> web.StreamResponse:
    await exchange.piece("")
    return await hangs(exchange)


@pytest.mark.parametrize(
    ("behaviour", "error", "least"),
    [
        (hangs, ModelTimedOut, 1.6),
        (breaks([], stalls), ModelTimedOut, 1.6),
        (says_its_role_and_hangs, ModelTimedOut, 1.6),
        (delayed(1.0, answers("Hello.")), None, 1.0),
        (breaks(["Hello "], stalls), ModelInterrupted, 0.8),
        (drips, ModelInterrupted, 8),
        (busy(1.7), ModelBusy, 0),
        (breaks(["Okay, the user asks"], stalls), ModelTimedOut, 0.8),
    ],
)
async def test_an_answer_ends_within_the_timeouts(
    server: LoopbackModel, behaviour: Behaviour, error: type[ModelError] | None, least: float
) -> None:
    model = await warmed(server, timeout=0.8)
    server.always(behaviour)
    started = time.monotonic()
    _, raised = await ask(model)
    assert least <= time.monotonic() - started < 30  # of those who hang, none ends by itself
    assert type(raised) is (error or type(None))
    assert not [text for text in all_texts(raised) if KEY in text or PROMPT in text]
    await model.aclose()


FLOWING: dict[str, list[dict[str, Any]]] = {
    "words": [{"content": "word "}] * 8,
    "reasoning beside the text": [{"reasoning_content": "so"}] * 8,
    "reasoning in the text": [{"content": "<think>"}, *[{"content": "so"}] * 8, {"content": "</think>"}],
    "reasoning that LiteLLM keeps to itself": [{"content": [{"type": "thinking", "thinking": "so"}]}] * 8,
}


@pytest.mark.parametrize("kind", FLOWING)
async def test_a_slow_model_that_flows_is_not_cut(server: LoopbackModel, kind: str) -> None:
    model = await warmed(server, timeout=0.8)
    server.next(streams(*FLOWING[kind], {"content": "end."}, every=0.3))
    arrived, error = await ask(model)
    assert (arrived.removeprefix("word " * 8), error) == ("end.", None)
    await model.aclose()


async def test_waiting_for_litellm_counts_for_no_limit(server: LoopbackModel, monkeypatch: pytest.MonkeyPatch) -> None:
    litellm = completion._import_litellm()

    def slowly() -> object:
        time.sleep(0.6)
        return litellm

    monkeypatch.setattr(completion, "_import_litellm", slowly)
    model = LiteLLMModel("openai/test", api_base=server.api_base, api_key=KEY, timeout=0.1)
    server.next(answers("Hello."))
    assert await ask(model) == ("Hello.", None)
    await model.aclose()


async def test_a_litellm_that_never_loads_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = threading.Event()
    monkeypatch.setattr(completion, "LOADING", 0.1)
    monkeypatch.setattr(completion, "_import_litellm", gone.wait)
    _, error = await ask(LiteLLMModel("openai/test"))
    gone.set()
    assert type(error) is ModelTimedOut


async def test_a_litellm_that_cannot_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> NoReturn:
        raise ImportError(PROMPT)

    monkeypatch.setattr(completion, "_import_litellm", broken)
    model = LiteLLMModel("openai/test")
    _, error = await ask(model)
    assert (type(error), model.ready) == (ModelUnreachable, False)
    assert PROMPT not in "".join(all_texts(error))


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


FAULTY = {
    "openai/gpt-4o-mini": "OPENAI_API_KEY is not set, nor is LLM_API_KEY (openai/gpt-4o-mini)",
    "gpt-4o-mini": "OPENAI_API_KEY is not set, nor is LLM_API_KEY (gpt-4o-mini)",
    "anthropic/claude-sonnet-4-5": "ANTHROPIC_API_KEY is not set, nor is LLM_API_KEY (anthropic/claude-sonnet-4-5)",
    "gemini/x": "GOOGLE_API_KEY or GEMINI_API_KEY is not set, nor is LLM_API_KEY (gemini/x)",
    "nobody/knows": "LLM_MODEL names no provider that LiteLLM knows (nobody/knows)",
    "gpt-9000": "LLM_MODEL names no provider that LiteLLM knows (gpt-9000)",
}


@pytest.mark.parametrize("name", FAULTY)
async def test_a_model_that_is_not_set_up_says_so_at_the_start_and_to_the_person_at_once(
    caplog: pytest.LogCaptureFixture, name: str
) -> None:
    async with open_model(name) as model:
        assert isinstance(model, LiteLLMModel)
        await model.warm()
        logged = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
        assert logged == [f"The language model is not set up: {FAULTY[name]}"]
        assert not model.ready
        started = time.monotonic()
        _, error = await ask(model)
        assert type(error) is ModelNotSetUp
        assert time.monotonic() - started < 2
    assert setup_fault(name) == FAULTY[name]


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("openai/gpt-4o-mini", "OPENAI_API_KEY"),
        ("perplexity/sonar", "PERPLEXITY_API_KEY"),
        ("huggingface/a/b", "HF_TOKEN"),
        ("azure/mine", "AZURE_CLIENT_ID"),
        ("ollama/llama3", None),
        ("bedrock/anthropic.claude-3-sonnet-20240229-v1:0", None),
        ("demo", None),
    ],
)
def test_a_model_that_is_set_up_in_any_way_has_no_fault(
    monkeypatch: pytest.MonkeyPatch, name: str, variable: str | None
) -> None:
    if variable:
        monkeypatch.setenv(variable, KEY)
    assert setup_fault(name) == ""


def test_a_key_of_ones_own_or_a_server_of_ones_own_is_enough() -> None:
    assert setup_fault("anthropic/claude-sonnet-4-5", api_key=KEY) == ""
    assert setup_fault("openai/mine", api_base="http://127.0.0.1:9/v1") == ""


async def test_a_fault_that_was_none_is_over_with_the_first_answer(
    server: LoopbackModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completion, "_fault", lambda *_: "so it seems")
    model = await warmed(server)
    server.next(fails(503), answers("Hello."))
    assert type((await ask(model))[1]) is ModelNotSetUp
    assert await ask(model) == ("Hello.", None)
    assert model.ready
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
