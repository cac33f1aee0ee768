"""Slack over HTTP: `POST /slack/events`, and `GET /healthz` and `GET /readyz` for whoever keeps the process alive.

With OAuth also `GET /slack/install` and `GET /slack/oauth_redirect`, which a person's browser opens.

Bolt is reached only by a request that Slack signed and whose body is what it says it is. Everything else ends here with
a 4xx: nothing is stored, and no body and no traceback is logged (Bolt would log the one on a bad signature, and the
other on a malformed body).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

log = logging.getLogger(__name__)

MOST_BYTES = 1024 * 1024  # of a body; Slack's own are far smaller
STOP_SECONDS = 5.0  # for requests that are under way at the end
READY_SECONDS = 2.0
MOST_NESTED = 100  # levels in a body; Slack's own have about ten, and what reads them recurses


class Refusal(Exception):
    """A request that goes no further, the status that says so, and why in a few words."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def checked(headers: Mapping[str, str], raw: bytes, verifier: SignatureVerifier) -> str:
    """Return the body of a request that Slack signed. Raises Refusal. Pure but for the verifier's clock."""
    timestamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    readable = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 16 and signature.isascii()
    if not (readable and signature):
        raise Refusal(401, "no signature")
    try:
        body = raw.decode()
    except UnicodeDecodeError:
        raise Refusal(400, "not UTF-8") from None
    if not verifier.is_valid(body, timestamp, signature):
        raise Refusal(401, "bad or old signature")
    _check_form(headers.get("content-type", ""), body)
    return body


def _check_form(content_type: str, body: str) -> None:
    """Refuse a body that Bolt could not read."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        payload: str | None = body
    elif kind == "application/x-www-form-urlencoded":
        payload = dict(parse_qsl(body, keep_blank_values=True)).get("payload")  # the last one counts, as in Bolt
    else:
        raise Refusal(415, "neither JSON nor a form")
    try:
        read = {} if payload is None else json.loads(payload, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal(400, "malformed") from None
    if not isinstance(read, dict) or _nested_deeper(read, MOST_NESTED) or not _has_slacks_shape(read):
        raise Refusal(400, "not an object of Slack's shape")


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _has_slacks_shape(payload: dict[str, Any]) -> bool:
    """Whether Bolt finds what it looks into without asking."""
    event, actions = payload.get("event", {}), payload.get("actions", [{}])
    return isinstance(event, dict) and isinstance(actions, list) and bool(actions) and isinstance(actions[0], dict)


def _nested_deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        if not inner:
            return False
        level = [part for parts in inner for part in parts]
    return True


@dataclass(frozen=True, slots=True)
class Door:
    """What answers the HTTP requests. `ready` says, part by part, whether the bot can do its work.

    A part that says something else than yes or no is told and changes nothing: a late chore is for a person to look at,
    and taking this process, and by and by every other, out of rotation would mend it nowhere.
    """

    app: AsyncApp
    verifier: SignatureVerifier
    ready: Callable[[], Awaitable[Mapping[str, bool | str]]]
    installing: AsyncOAuthFlow | None = None

    async def events(self, request: web.Request) -> web.Response:
        """Everything that Slack sends."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            bolt_request = _for_bolt(headers, checked(headers, await request.read(), self.verifier))
        except Refusal as refusal:
            return _refused(refusal.status, refusal.why)
        except web.HTTPRequestEntityTooLarge:
            return _refused(413, "too large")
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
            return _refused(400, "broken off, or not as encoded as it says")
        return _response(await self.app.async_dispatch(bolt_request))

    async def install(self, request: web.Request) -> web.Response:
        """Where installing begins."""
        return await _installing(request, self.installing.handle_installation if self.installing else None)

    async def oauth_redirect(self, request: web.Request) -> web.Response:
        """Where Slack sends whoever allowed it, or did not."""
        return await _installing(request, self.installing.handle_callback if self.installing else None)

    async def healthz(self, _request: web.Request) -> web.Response:
        """The process answers."""
        return web.json_response({"ok": True})

    async def readyz(self, _request: web.Request) -> web.Response:
        """The database, its schema and the model are there; and which chore of housekeeping is late."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                parts = dict(await self.ready())
        except TimeoutError:
            parts = {"database": False}
        ready = False not in parts.values()
        return web.json_response({"ok": ready} | parts, status=200 if ready else 503)


def _for_bolt(headers: Mapping[str, str], body: str) -> AsyncBoltRequest:
    try:
        return AsyncBoltRequest(body=body, headers={name: [value] for name, value in headers.items()})
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):  # how Bolt takes a body of the wrong shape
        raise Refusal(400, "not what Slack sends") from None


async def _installing(
    request: web.Request, step: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]] | None
) -> web.Response:
    """One step of installing, outermost: whoever opened the page sees no more than that it failed."""
    if step is None:
        return _refused(404, "installing is not offered")
    headers: dict[str, str | Sequence[str]] = {name.lower(): [value] for name, value in request.headers.items()}
    query: dict[str, Sequence[str]] = {name: request.query.getall(name) for name in request.query}
    try:
        return _response(await step(AsyncBoltRequest(body="", query=query, headers=headers)))
    except Exception:
        log.exception("Installing failed")
        return _refused(500, "installing failed")


def _refused(status: int, why: str) -> web.Response:
    log.info("A request was refused with %d: %s", status, why)
    return web.json_response({"error": why}, status=status)


def _response(answer: BoltResponse) -> web.Response:
    headers = {name: values[0] for name, values in answer.headers.items() if name.lower() != "content-length"}
    content_type = headers.pop("content-type", "text/plain").partition(";")[0]
    return web.Response(
        status=answer.status, body=answer.body.encode(), headers=headers, content_type=content_type, charset="utf-8"
    )


@asynccontextmanager
async def serving(door: Door, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the block runs, and yield the port (`port` 0 takes a free one). Raises OSError when it is taken."""
    application = web.Application(client_max_size=MOST_BYTES)
    application.router.add_post("/slack/events", door.events)
    application.router.add_get("/slack/install", door.install)
    application.router.add_get("/slack/oauth_redirect", door.oauth_redirect)
    application.router.add_get("/healthz", door.healthz)
    application.router.add_get("/readyz", door.readyz)
    runner = web.AppRunner(application, access_log=None, auto_decompress=False, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
