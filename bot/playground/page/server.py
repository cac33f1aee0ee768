"""Serves the page on 127.0.0.1: its files, a feed of what changes, and a place to send what a person does.

Nothing but this machine's own browser gets in: the address holds a random token that every request has to carry in a
header, and requests that name another host (DNS rebinding) or come from another site are refused.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files
from typing import Self

from aiohttp import web

from bot.playground.page import saved, steps
from bot.playground.page.recorder import Recorder
from bot.playground.page.shown import shown
from bot.playground.page.world import OpenWorld, World
from bot.playground.standin.refusal import Json, NotPossible

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_LIMIT = 2**20
FEED_EVERY = 0.03  # seconds between two lines of what changed, so that a stream is shown in steps one can see
FEED_ANYWAY = 1.0  # memories are counted, and streams run out, without anything going over the wire
STATIC = files("bot.playground.page") / "static"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class PlaygroundPage:
    """The page, and the world that it shows."""

    def __init__(self, open_world: OpenWorld, token: str) -> None:
        self.url = ""
        self.token = token
        self._open_world = open_world
        self._world: World | None = None
        self._closing = AsyncExitStack()
        self._recorder = Recorder()
        self._hosts: frozenset[str] = frozenset()
        self._replacing = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False

    @classmethod
    @asynccontextmanager
    async def open(cls, open_world: OpenWorld, *, port: int = 0, token: str | None = None) -> AsyncIterator[Self]:
        """Serve the page while the block runs. Raises OSError when the port is taken."""
        page = cls(open_world, token or secrets.token_urlsafe(24))

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await page._guarded(request, handler)

        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[guard])
        app.router.add_get("/feed", page._feed)
        app.router.add_post("/step", page._step)
        app.router.add_post("/reset", page._reset)
        app.router.add_get("/saved", page._saved)
        app.router.add_get("/{name:[a-z.]*}", _static)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            bound = runner.addresses[0][1]
            page._hosts = frozenset({f"127.0.0.1:{bound}", f"localhost:{bound}"})
            page.url = f"http://127.0.0.1:{bound}/#token={page.token}"
            await page._renew()
            yield page
        finally:
            page._closed = True
            if page._world:
                page._world.slack.workspace.changes.happened()
            await runner.cleanup()
            await asyncio.gather(*page._leaving, return_exceptions=True)
            await page._closing.aclose()

    @property
    def world(self) -> World:
        assert self._world  # noqa: S101 - `open` has set it before anybody can ask
        return self._world

    async def _renew(self) -> None:
        """Put a new world in the place of the old one, which is closed behind it."""
        fresh = AsyncExitStack()
        world = await fresh.enter_async_context(self._open_world(False))
        old, before = self._closing, self._world
        self._closing, self._world, self._recorder = fresh, world, Recorder()
        if before:
            before.slack.workspace.changes.happened()
            leaving = asyncio.create_task(old.aclose())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    # --- who gets in ---

    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what does not come from the page itself."""
        refusal = self._refusal(request)
        if refusal:
            return web.json_response({"refused": refusal}, status=403, headers=HEADERS)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            return web.json_response({"refused": error.reason}, status=error.status, headers=HEADERS)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _refusal(self, request: web.Request) -> str:
        if request.headers.get("Host") not in self._hosts:
            return "This address belongs to the playground on 127.0.0.1 only."
        origin = request.headers.get("Origin")
        if origin is not None and origin not in {f"http://{host}" for host in self._hosts}:
            return "Another site may not use the playground."
        if request.path in ("/feed", "/step", "/reset", "/saved"):
            given = request.headers.get("Authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
                return "The token is missing. Open the address that was printed when the playground started."
        return ""

    # --- what the page asks for ---

    async def _feed(self, request: web.Request) -> web.StreamResponse:
        """One JSON object a line: first everything that this person's page shows, then what changes in it."""
        who = request.query.get("as", "")
        try:
            self.world.slack.person(who)
        except NotPossible as refused:
            raise web.HTTPNotFound(reason=str(refused)) from None
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson", **HEADERS})
        await response.prepare(request)
        known: Json = {}
        world: World | None = None
        while not self._closed and not _left(request):
            count = self.world.slack.workspace.changes.count
            fresh = world is not self.world
            world = self.world
            now = await shown(world, who)
            changed = {name: value for name, value in now.items() if name not in known or known[name] != value}
            gone = [name for name in known if name not in now]
            known = now
            if fresh or changed or gone:
                line = {"all" if fresh else "changed": now if fresh else changed, "gone": [] if fresh else gone}
                try:
                    await response.write(json.dumps(line, default=str).encode() + b"\n")
                except ConnectionError:
                    break
            await asyncio.sleep(FEED_EVERY)
            if world is self.world:
                await world.slack.workspace.changes.after(count, FEED_ANYWAY)
        return response

    async def _step(self, request: web.Request) -> web.Response:
        """Do one step of a person; answer `{}`, or `{"refused": …}` with a sentence for her."""
        step = await _object(request)
        world, recorder = self.world, self._recorder
        try:
            lines = recorder.lines_for(world, step)
            ack = await steps.take(world, step)
        except steps.REFUSED as refused:
            return web.json_response({"refused": str(refused)})
        except steps.Garbled as garbled:
            return web.json_response({"refused": str(garbled)}, status=400)
        recorder.taken(world, step, lines)
        if ack is None:
            return web.json_response({})
        return web.json_response({"ok": ack.ok, "ms": round(ack.ms, 1), "reason": ack.reason})

    async def _reset(self, _request: web.Request) -> web.Response:
        async with self._replacing:
            await self._renew()
        return web.json_response({})

    async def _saved(self, _request: web.Request) -> web.Response:
        """The conversation so far as a test file, played once from the start before it is handed over."""
        async with self._open_world(True) as again:
            test = await saved.conversation_test(again, self._recorder.lines)
        return web.Response(text=test, content_type="text/x-python")


def _left(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _object(request: web.Request) -> Json:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(reason="Steps are sent as application/json.")
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(reason="That is no JSON.") from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(reason="A step is an object.")
    return body


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"] or "index.html"
    suffix = name[name.rfind(".") :]
    file = STATIC / name
    if suffix not in TYPES or not file.is_file():
        raise web.HTTPNotFound(reason="There is no such file.")
    return web.Response(text=file.read_text(encoding="utf-8"), content_type=TYPES[suffix], charset="utf-8")
