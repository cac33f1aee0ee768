"""An OpenAI-compatible model on 127.0.0.1, which answers, obeys attackers and breaks in every known way.

    async with LoopbackModel.open() as model:
        model.next(busy(retry_after=1), answers("Hello."))
        ...                                   # point the code under test at model.api_base
        assert model.prompts == ["You are …", "You are …"]

A brain is a function from messages to an answer; a behaviour decides what goes over the wire for one request. The
requests take the queued behaviours in order, and after that each is answered by the brain.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

Brain = Callable[[Sequence[Mapping[str, Any]]], str]
Behaviour = Callable[["Exchange"], Awaitable[web.StreamResponse]]

_PIECES = re.compile(r"\S+\s*|\s+")
_SAVED_LINE = re.compile(r'^- (?:\(\w+\) )?(".*")$', re.MULTILINE)
_ASKS_FOR_PROMPT = re.compile(
    r"\b(repeat|print|show|reveal|output|dump|list|tell|what)\b.*"
    r"\b(prompt|instructions|rules|everything|know|remember|memories|preferences|above|secrets?)\b",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"\b(?:say|output|write|print|post|include|append|answer with|reply with)\b:?\s+(.+)", re.IGNORECASE
)
_LOADED = re.compile(r"<[!@#][^>\s]+>|!\[[^\]]*\]\([^)]*\)|<?https?://[^\s>]+>?|@(?:channel|here|everyone)")


# --- brains ---------------------------------------------------------------------------------------------------------


def echo(messages: Sequence[Mapping[str, Any]]) -> str:
    """Say the last message again."""
    return text_of(messages[-1])


def confess(messages: Sequence[Mapping[str, Any]]) -> str:
    """Say everything that was in the prompt, whatever was asked."""
    return "\n".join(text_of(message) for message in messages)


def obedient(messages: Sequence[Mapping[str, Any]]) -> str:
    """Do what any text in the prompt asks for, saved memories included: no defence may count on the model."""
    system = "\n".join(text_of(message) for message in messages if message.get("role") in {"system", "developer"})
    said = "\n".join(text_of(message) for message in messages if message.get("role") not in {"system", "developer"})
    heard = "\n".join((said, *_saved(system)))
    answer = [f"You said: {text_of(messages[-1])}"]
    answer += [system] if _ASKS_FOR_PROMPT.search(heard) else []
    answer += [order.strip() for order in _ORDERS.findall(heard)]
    answer += _LOADED.findall(heard)
    return "\n".join(answer)


def _saved(system: str) -> list[str]:
    return [str(json.loads(line)) for line in _SAVED_LINE.findall(system)]


def text_of(message: Mapping[str, Any]) -> str:
    """Return the words of one message, whether its content is a string or a list of parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content)


# --- the server -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Received:
    """One request as it arrived: the parsed body, and the headers with lower-case names."""

    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        messages: Sequence[Mapping[str, Any]] = self.body["messages"]
        return messages

    @property
    def prompt(self) -> str:
        """The system prompt, empty when there was none."""
        return "\n".join(text_of(each) for each in self.messages if each.get("role") in {"system", "developer"})


class Exchange:
    """One request and the way to answer it, whole or as a stream, as the request asked."""

    def __init__(self, received: Received, request: web.Request, brain: Brain) -> None:
        self.received = received
        self.request = request
        self.brain = brain
        self._stream: web.StreamResponse | None = None

    @property
    def streams(self) -> bool:
        return bool(self.received.body.get("stream"))

    async def send(self, text: str | None) -> web.StreamResponse:
        """Send one whole, sound answer."""
        if not self.streams:
            return self.whole(text)
        for piece in _PIECES.findall(text or "") or [text]:
            await self.piece(piece)
        await self.chunk({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        return await self.done()

    def whole(self, text: str | None, finish: str = "stop") -> web.Response:
        """Answer with one document."""
        return web.json_response(self._whole([{"index": 0, "message": _message(text), "finish_reason": finish}]))

    async def piece(self, text: str | None) -> None:
        """Stream a few words."""
        await self.chunk({"choices": [{"index": 0, "delta": _message(text), "finish_reason": None}]})

    async def chunk(self, body: Mapping[str, Any]) -> None:
        common = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": self._model}
        await self.raw(f"data: {json.dumps({**common, **body})}\n\n")

    async def done(self) -> web.StreamResponse:
        await self.raw("data: [DONE]\n\n")
        return await self.end()

    async def raw(self, text: str) -> None:
        """Stream these very characters."""
        await (await self._opened()).write(text.encode())

    async def end(self) -> web.StreamResponse:
        """End the response properly, whatever it held."""
        stream = await self._opened()
        await stream.write_eof()
        return stream

    async def abort(self) -> web.StreamResponse:
        """Break the connection in the middle of the response."""
        stream = await self._opened()
        if self.request.transport is not None:
            self.request.transport.abort()
        return stream

    def empty(self) -> web.Response:
        return web.json_response(self._whole([]))

    @property
    def _model(self) -> str:
        return str(self.received.body.get("model", "test"))

    async def _opened(self) -> web.StreamResponse:
        if self._stream is None:
            self._stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await self._stream.prepare(self.request)
        return self._stream

    def _whole(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        common = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": self._model}
        return {**common, "choices": choices, "usage": usage}


def _message(text: str | None) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


class LoopbackModel:
    """The running server: what it received, and what it shall do next."""

    def __init__(self, brain: Brain) -> None:
        self.brain = brain
        self.api_base = ""
        self.requests: list[Received] = []
        self.left_early = 0
        self._queue: deque[Behaviour] = deque()
        self._always: Behaviour | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, brain: Brain = obedient) -> AsyncIterator[LoopbackModel]:
        model = cls(brain)
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", model._answer)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            model.api_base = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
            yield model
        finally:
            await runner.cleanup()

    @property
    def prompts(self) -> list[str]:
        """The system prompt of each request so far."""
        return [received.prompt for received in self.requests]

    def next(self, *behaviours: Behaviour) -> None:
        """Treat the next requests like this, one behaviour each."""
        self._queue.extend(behaviours)

    def always(self, behaviour: Behaviour | None) -> None:
        """Treat every request like this once the queue is empty; None gives the word back to the brain."""
        self._always = behaviour

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = Received(await request.json(), headers)
        self.requests.append(received)
        behaviour = self._queue.popleft() if self._queue else self._always or thinks
        try:
            return await behaviour(Exchange(received, request, self.brain))
        except (asyncio.CancelledError, ConnectionError):
            self.left_early += 1
            raise


# --- behaviours -----------------------------------------------------------------------------------------------------


async def thinks(exchange: Exchange) -> web.StreamResponse:
    """Answer what the brain says."""
    return await exchange.send(exchange.brain(exchange.received.messages))


def answers(text: str | None) -> Behaviour:
    """Answer these words. None is the null content that some providers send."""

    async def behave(exchange: Exchange) -> web.StreamResponse:
        return await exchange.send(text)

    return behave


def delayed(seconds: float, then: Behaviour = thinks) -> Behaviour:
    """Wait before doing anything."""

    async def behave(exchange: Exchange) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await then(exchange)

    return behave


async def hangs(exchange: Exchange) -> web.StreamResponse:
    """Take the request and never answer."""
    await asyncio.Event().wait()
    return await exchange.end()


def unstreamed(text: str, finish: str = "stop") -> Behaviour:
    """Answer with one document, even when a stream was asked for."""

    async def behave(exchange: Exchange) -> web.StreamResponse:
        return exchange.whole(text, finish)

    return behave


def fails(status: int, message: str = "no", *, code: str | None = None, retry_after: str | None = None) -> Behaviour:
    """Refuse with OpenAI's error body."""

    async def behave(exchange: Exchange) -> web.StreamResponse:
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
        return web.json_response(body, status=status, headers=headers)

    return behave


def busy(retry_after: float | None = None) -> Behaviour:
    """Refuse with 429."""
    return fails(429, "Rate limit reached", retry_after=None if retry_after is None else f"{retry_after:g}")


async def rejects_key(exchange: Exchange) -> web.StreamResponse:
    """Refuse with 401, echoing the key and the question as careless providers do."""
    key = exchange.received.headers.get("authorization", "")
    return await fails(401, f"Incorrect API key provided: {key}. You sent: {confess(exchange.received.messages)}")(
        exchange
    )


def html(status: int = 503) -> Behaviour:
    """Answer with a web page, as a proxy before the model does."""

    async def behave(exchange: Exchange) -> web.StreamResponse:
        page = f"<html><body><h1>{status}</h1>{confess(exchange.received.messages)}</body></html>"
        return web.Response(status=status, text=page, content_type="text/html")

    return behave


async def not_json(exchange: Exchange) -> web.StreamResponse:
    """Answer 200 with something that is not JSON, though it says it is."""
    return web.Response(text="all is well", content_type="application/json")


async def no_choices(exchange: Exchange) -> web.StreamResponse:
    """Answer 200 with an empty list of choices."""
    if not exchange.streams:
        return exchange.empty()
    await exchange.chunk({"choices": []})
    return await exchange.done()


def breaks(pieces: Iterable[str], how: Callable[[Exchange], Awaitable[web.StreamResponse]]) -> Behaviour:
    """Stream these pieces, then break in the given way: `cut`, `aborts`, `stalls`, `garbage`, `error_chunk`."""

    async def behave(exchange: Exchange) -> web.StreamResponse:
        for piece in pieces:
            await exchange.piece(piece)
            await asyncio.sleep(0.01)
        return await how(exchange)

    return behave


async def cut(exchange: Exchange) -> web.StreamResponse:
    """End the response in good order, but with neither a finish_reason nor [DONE]."""
    return await exchange.end()


async def aborts(exchange: Exchange) -> web.StreamResponse:
    """Reset the connection."""
    return await exchange.abort()


async def stalls(exchange: Exchange) -> web.StreamResponse:
    """Keep the connection open and say nothing more."""
    await exchange.raw(": still here\n\n")
    return await hangs(exchange)


async def garbage(exchange: Exchange) -> web.StreamResponse:
    """Send a chunk that is not JSON, with the prompt in it."""
    await exchange.raw(f"data: {{oops {json.dumps(confess(exchange.received.messages))}\n\n")
    return await exchange.end()


async def error_chunk(exchange: Exchange) -> web.StreamResponse:
    """Send the error that some providers put into a stream that began with 200."""
    error = {"message": f"overloaded while reading {confess(exchange.received.messages)}", "type": "server_error"}
    await exchange.raw(f"data: {json.dumps({'error': error})}\n\n")
    return await exchange.end()


def streams(*deltas: Mapping[str, Any], finish: str | None = "stop", every: float = 0.0) -> Behaviour:
    """Stream these deltas as they are, one each so many seconds, and end for this reason."""

    async def behave(exchange: Exchange) -> web.StreamResponse:
        for delta in deltas:
            await exchange.chunk({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
            await asyncio.sleep(every)
        if finish:
            await exchange.chunk({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        return await exchange.done()

    return behave


def refuses(wrong: Callable[[Received], bool], how: Behaviour, then: Behaviour = thinks) -> Behaviour:
    """Refuse the requests in which something is wrong, and treat the others soundly."""

    async def behave(exchange: Exchange) -> web.StreamResponse:
        return await (how if wrong(exchange.received) else then)(exchange)

    return behave


async def finishes_without_done(exchange: Exchange) -> web.StreamResponse:
    """End a sound stream with a finish_reason, but neither usage nor [DONE]: some small servers do."""
    await exchange.chunk({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return await exchange.end()
