"""Slack's side of Socket Mode: WebSockets the app opened, envelopes down, acknowledgements up.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

from aiohttp import WSMsgType, web

from bot.playground.standin.refusal import Json, SlackRefused

MOST_CONNECTIONS = 10


class Unanswered(Exception):
    """The app gave no acknowledgement; the text is Slack's retry reason."""


class Connection:
    """One open WebSocket, with the envelopes on it that still wait for their ack."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self._waiting: dict[str, asyncio.Future[Any]] = {}

    async def send(self, envelope: Json, timeout: float) -> Any:  # noqa: ASYNC109 - Slack's three seconds, not a caller's
        """Send an envelope and return its ack's payload. Raises `Unanswered`."""
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = ack
        try:
            await self.socket.send_str(json.dumps(envelope))
            return await asyncio.wait_for(ack, timeout)
        except TimeoutError:
            raise Unanswered("timeout") from None
        except ConnectionError:
            raise Unanswered("connection_failed") from None
        finally:
            self._waiting.pop(envelope["envelope_id"], None)

    def received(self, message: Json) -> None:
        ack = self._waiting.get(str(message.get("envelope_id")))
        if ack and not ack.done():
            ack.set_result(message.get("payload"))

    def lost(self) -> None:
        for ack in self._waiting.values():
            if not ack.done():
                ack.set_exception(Unanswered("connection_failed"))


class SocketMode:
    """All connections of the app. Each envelope goes to one of them, in turn."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.base = ""
        self._tickets: set[str] = set()
        self._turn = 0
        self._changed = asyncio.Condition()

    def ticket_url(self) -> str:
        """What `apps.connections.open` answers: an address for one connection."""
        if len(self.connections) >= MOST_CONNECTIONS:
            raise SlackRefused("too_many_websockets")
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return f"{self.base}link?ticket={ticket}"

    async def link(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": len(self.connections) + 1, "debug_info": {}})
        connection = Connection(socket)
        await self._join(connection)
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    connection.received(_json_object(message.data))
        finally:
            await self._leave(connection)
        return socket

    async def connected(self, count: int = 1) -> None:
        """Return when the app has at least `count` connections open."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.connections) >= count)

    async def replaced(self, connection: Connection) -> None:
        """Return when this connection is gone and another is open."""
        async with self._changed:
            await self._changed.wait_for(lambda: connection not in self.connections and bool(self.connections))

    async def send(self, envelope: Json, *, ack_timeout: float, patience: float) -> Any:
        """Send to one connection, waiting `patience` seconds for one to exist. Raises `Unanswered`."""
        try:
            await asyncio.wait_for(self.connected(), patience)
        except TimeoutError:
            raise Unanswered("not_connected") from None
        self._turn += 1
        return await self.connections[self._turn % len(self.connections)].send(envelope, ack_timeout)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to connect anew, as Slack does every few hours; other reasons: `warning`, `link_disabled`."""
        for connection in tuple(self.connections):
            await connection.socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "loopback"}}
            )

    async def cut(self) -> None:
        """Lose every connection without a word."""
        for connection in tuple(self.connections):
            await self._leave(connection)
            await connection.socket.close()

    async def _join(self, connection: Connection) -> None:
        async with self._changed:
            self.connections.append(connection)
            self._changed.notify_all()

    async def _leave(self, connection: Connection) -> None:
        connection.lost()
        async with self._changed:
            if connection in self.connections:
                self.connections.remove(connection)
            self._changed.notify_all()


def _json_object(data: str) -> Json:
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
