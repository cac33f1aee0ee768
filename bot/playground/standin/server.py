"""The addresses of the stand-in on loopback: `/api/{method}`, `/link`, `/hooks/{id}`, `/upload/{id}`."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from email.utils import formatdate

from aiohttp import web

from bot.playground.standin.delivery import Deliveries
from bot.playground.standin.faults import Fault, Faults
from bot.playground.standin.hooks import Hooks
from bot.playground.standin.journal import ApiCall, HookUse, Journal
from bot.playground.standin.oauth import OAuth
from bot.playground.standin.people import ALL_SCOPES
from bot.playground.standin.refusal import Json, SlackRefused
from bot.playground.standin.webapi import CHANNEL_SCOPES, METHODS, READING, SCOPES, Call
from bot.playground.standin.workspace import Workspace

BODY_LIMIT = 16 * 2**20


@dataclass(slots=True)
class Traffic:
    """What is being answered right now, and when something last happened (monotonic seconds)."""

    open: int = 0
    last: float = 0.0

    def begin(self) -> None:
        self.open += 1
        self.last = time.monotonic()

    def end(self) -> None:
        self.open -= 1
        self.last = time.monotonic()


class SlackServer:
    """One aiohttp application on 127.0.0.1."""

    def __init__(
        self, workspace: Workspace, deliveries: Deliveries, hooks: Hooks, faults: Faults, journal: Journal
    ) -> None:
        self.url = ""
        self.traffic = Traffic()
        self.oauth = OAuth(workspace)
        self._workspace = workspace
        self._deliveries = deliveries
        self._hooks = hooks
        self._faults = faults
        self._journal = journal
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> None:
        """Listen. `port` 0 takes a free one."""
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/oauth/v2/authorize", self._authorize)
        app.router.add_get("/link", self._deliveries.socket.link)
        app.router.add_post("/hooks/{hook}", self._hook)
        app.router.add_post("/upload/{file}", self._upload)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        bound = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{bound}/"
        self._hooks.base = f"{self.url}hooks/"
        self._deliveries.socket.base = f"ws://127.0.0.1:{bound}/"

    async def close(self) -> None:
        self._closing.set()
        await self._deliveries.socket.cut()
        if self._runner:
            await self._runner.cleanup()

    # --- Web API ---

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method, arguments = request.match_info["method"], await _arguments(request)
        token = _token(request, arguments)
        fault = self._faults.take(method)
        self.traffic.begin()
        started = time.perf_counter()
        try:
            answer, status = self._answer(method, arguments, token, fault)
            elapsed = (time.perf_counter() - started) * 1000
            name = fault.name if fault else None
            now = self._workspace.clock.now()
            self._journal.add(ApiCall(method, arguments, answer, status, now, elapsed, name))
            if fault:
                await self._break(fault, request)
        finally:
            self.traffic.end()
        headers = {"Date": formatdate(self._workspace.clock.now(), usegmt=True)}
        if fault and fault.retry_after is not None:
            headers["Retry-After"] = f"{fault.retry_after:g}"
        return web.json_response(answer, status=status, headers=headers)

    def _answer(self, method: str, arguments: Json, token: str, fault: Fault | None) -> tuple[Json, int]:
        """The method's answer, or the fault's in its place."""
        replaced = fault is not None and fault.breakage == "answer" and fault.error != ""
        if fault and fault.when == "before" and (replaced or fault.breakage != "answer"):
            return {"ok": False, "error": fault.error}, fault.status
        try:
            answer = {"ok": True, **self._run(method, arguments, token)}
        except SlackRefused as refused:
            return refused.answer(), 200
        if fault and replaced:
            return {"ok": False, "error": fault.error}, fault.status
        return answer, 200

    def _run(self, method: str, arguments: Json, token: str) -> Json:
        if method == "api.test":
            return {"args": arguments}
        if method == "apps.connections.open":
            self._check_app_token(token)
            return {"url": self._deliveries.socket.ticket_url()}
        if method == "oauth.v2.access":
            return self.oauth.access(arguments, token)
        if method not in METHODS:
            raise SlackRefused("unknown_method")
        app = self.oauth.installation(token)
        call = Call(method, arguments, self._workspace, app, self._deliveries.announce, self.url)
        _check_scope(call)
        return METHODS[method](call)

    def _check_app_token(self, token: str) -> None:
        if token not in {app.app_token for app in self._workspace.installations}:
            raise SlackRefused("invalid_auth" if token else "not_authed")

    async def _break(self, fault: Fault, request: web.Request) -> None:
        """Delay, hang or drop the connection, as ordered."""
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.breakage == "hang":
            self.traffic.end()
            await self._closing.wait()
            self.traffic.begin()
        if fault.breakage != "answer" and request.transport:
            request.transport.abort()

    # --- the other addresses ---

    async def _authorize(self, request: web.Request) -> web.Response:
        """The page on which a person allows the app; it sends the browser back to it."""
        try:
            return web.Response(status=302, headers={"Location": self.oauth.authorize(dict(request.query))})
        except SlackRefused as refused:
            return web.Response(status=400, text=refused.code)

    async def _hook(self, request: web.Request) -> web.Response:
        self.traffic.begin()
        try:
            body = await _object(request)
            await self._hooks.after_ack(request.match_info["hook"])
            started = time.perf_counter()
            answer, status = self._used(request.match_info["hook"], body)
            elapsed = (time.perf_counter() - started) * 1000
            self._journal.add(HookUse(body or {}, answer, status, self._workspace.clock.now(), elapsed))
        finally:
            self.traffic.end()
        return web.Response(text="ok") if status == 200 else web.json_response(answer, status=status)

    def _used(self, hook: str, body: Json | None) -> tuple[Json, int]:
        if body is None:
            return {"ok": False, "error": "invalid_payload"}, 400
        try:
            self._hooks.use(hook, body)
        except SlackRefused as refused:
            return refused.answer(), 404 if refused.code.endswith("_url") else 400
        return {"ok": True}, 200

    async def _upload(self, request: web.Request) -> web.Response:
        file = self._workspace.files.get(request.match_info["file"])
        if file is None:
            return web.Response(status=404)
        file["content"] = await _uploaded(request)
        return web.Response(text="OK")


async def _arguments(request: web.Request) -> Json:
    """One mapping of the query string, and of the JSON or form body."""
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            body = {}
        return arguments | (body if isinstance(body, dict) else {})
    if request.method == "POST":
        return arguments | dict(await request.post())
    return arguments


async def _object(request: web.Request) -> Json | None:
    """The JSON body; None if it is no JSON."""
    try:
        body = await request.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else {}


async def _uploaded(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for field in (await request.post()).values():
        if isinstance(field, web.FileField):
            return field.file.read()
    return b""


def _token(request: web.Request, arguments: Json) -> str:
    """The bearer token, else the `token` argument, which is kept out of the journal."""
    argument = str(arguments.pop("token", ""))
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or argument


def _check_scope(call: Call) -> None:
    if call.app.scopes == ALL_SCOPES:
        return
    reads = READING.get(call.method)
    if reads:
        needed: str | None = f"{CHANNEL_SCOPES[call.channel().kind]}:{reads}"
    else:
        needed = max((family for family in SCOPES if call.method.startswith(family)), key=len, default=None)
        needed = SCOPES[needed] if needed else None
    if needed and needed not in call.app.scopes:
        raise SlackRefused("missing_scope", needed=needed, provided=",".join(sorted(call.app.scopes)))
