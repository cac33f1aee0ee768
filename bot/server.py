"""Slack over HTTP: `POST /slack/events`, and `GET /healthz` and `GET /readyz` for whoever keeps the process alive.

Bolt is reached only by a request that Slack signed and whose body is what it says it is. Everything else ends here with
a 4xx: nothing is stored, and no body and no traceback is logged (Bolt would log the one on a bad signature, and the
other on a malformed body).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs

from aiohttp import web
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

log = logging.getLogger(__name__)

MOST_BYTES = 1024 * 1024  # of a body; Slack's own are far smaller
STOP_SECONDS = 5.0  # for requests that are under way at the end
READY_SECONDS = 2.0


class Refusal(Exception):
    """A request that goes no further, the status that says so, and why in a few words."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def checked(headers: dict[str, str], raw: bytes, verifier: SignatureVerifier) -> str:
    """Return the body of a request that Slack signed. Raises Refusal. Pure but for the verifier's clock."""
    timestamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 16 and signature):
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
        payload = parse_qs(body).get("payload", [None])[0]
    else:
        raise Refusal(415, "neither JSON nor a form")
    try:
        if payload is not None and not isinstance(json.loads(payload), dict):
            raise Refusal(400, "not an object")
    except (ValueError, RecursionError):
        raise Refusal(400, "malformed") from None


@dataclass(frozen=True, slots=True)
class Door:
    """What answers the HTTP requests. `ready` says, part by part, whether the bot can do its work."""

    app: AsyncApp
    verifier: SignatureVerifier
    ready: Callable[[], Awaitable[dict[str, bool]]]

    async def events(self, request: web.Request) -> web.Response:
        """Everything that Slack sends."""
        try:
            body = checked(
                {name.lower(): value for name, value in request.headers.items()}, await request.read(), self.verifier
            )
        except Refusal as refusal:
            log.info("A request was refused with %d: %s", refusal.status, refusal.why)
            return web.json_response({"error": refusal.why}, status=refusal.status)
        except web.HTTPRequestEntityTooLarge:
            log.info("A request was refused with 413: too large")
            return web.json_response({"error": "too large"}, status=413)
        headers = {name: [value] for name, value in request.headers.items()}
        bolt_request = AsyncBoltRequest(body=body, query=request.query_string, headers=headers)  # type: ignore[arg-type]
        return _response(await self.app.async_dispatch(bolt_request))

    async def healthz(self, _request: web.Request) -> web.Response:
        """The process answers."""
        return web.json_response({"ok": True})

    async def readyz(self, _request: web.Request) -> web.Response:
        """The database, its schema and the model are there."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                parts = await self.ready()
        except TimeoutError:
            parts = {"database": False}
        ready = all(parts.values())
        return web.json_response({"ok": ready} | parts, status=200 if ready else 503)


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
    application.router.add_get("/healthz", door.healthz)
    application.router.add_get("/readyz", door.readyz)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
