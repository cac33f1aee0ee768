"""How Slack talks to the app: signed HTTP or Socket Mode, three seconds to answer, and retries of events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

from bot.playground.standin import payloads
from bot.playground.standin.journal import Delivery, Journal
from bot.playground.standin.people import Channel, Installation
from bot.playground.standin.refusal import Json
from bot.playground.standin.socket_mode import SocketMode, Unanswered
from bot.playground.standin.workspace import Workspace

SUBSCRIPTIONS = frozenset(
    {
        "agent_session_stopped",
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "tokens_revoked",
        "user_change",
    }
)
_CHANNEL_MESSAGES = frozenset({"message.channels", "message.groups", "message.mpim"})
_MESSAGE_SUBSCRIPTION = {
    "channel": "message.channels",
    "group": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """How Slack delivers. Times in seconds; Slack's own retry delays are about 0, 60 and 300.

    `own_messages`: the app also hears of what it posted itself, as on Slack, so that loops are found.
    """

    ack_timeout: float = 3.0
    retry_delays: tuple[float, ...] = (0.0, 0.05, 0.1)
    connect_patience: float = 3.0
    subscriptions: frozenset[str] = SUBSCRIPTIONS
    subscribe_channel_messages: bool = True
    own_messages: bool = True

    def wants(self, event: Json) -> bool:
        """Whether the app subscribed to this event."""
        wanted = self.subscriptions if self.subscribe_channel_messages else self.subscriptions - _CHANNEL_MESSAGES
        kind = str(event.get("type"))
        return (
            _MESSAGE_SUBSCRIPTION.get(str(event.get("channel_type")), kind) if kind == "message" else kind
        ) in wanted


@dataclass(frozen=True, slots=True)
class _Parcel:
    """Something to deliver, by its Socket Mode envelope type. `what` is its name in the journal."""

    what: str
    type: str
    payload: Json

    def form(self) -> tuple[str, str]:
        """HTTP body and content type."""
        if self.type == "events_api":
            return json.dumps(self.payload), "application/json"
        fields = self.payload if self.type == "slash_commands" else {"payload": json.dumps(self.payload)}
        return urlencode(fields), "application/x-www-form-urlencoded"

    @property
    def wants_answer(self) -> bool:
        return self.type == "slash_commands" or self.payload.get("type") == "view_submission"


class Deliveries:
    """Everything on its way to the app."""

    def __init__(self, workspace: Workspace, journal: Journal, rules: DeliveryRules, signing_secret: str) -> None:
        self.rules = rules
        self.events_url: str | None = None
        self.socket = SocketMode()
        self._workspace = workspace
        self._journal = journal
        self._signer = SignatureVerifier(signing_secret)
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=rules.ack_timeout))
        self.last = 0.0
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    async def event(
        self,
        event: Json,
        channel: Channel | None = None,
        *,
        event_id: str | None = None,
        app: Installation | None = None,
        **envelope: object,
    ) -> Delivery:
        """Deliver an event; returns the first attempt. Retries go on in the background."""
        app = app or self._workspace.installation(channel.team_id if channel else None)
        clock = self._workspace.clock
        payload = payloads.event_callback(event, app, event_id or clock.id("Ev"), clock.now(), channel) | envelope
        parcel = _Parcel(str(event.get("type")), "events_api", payload)
        first: asyncio.Future[Delivery] = asyncio.get_running_loop().create_future()
        self._start(self._attempts(parcel, first))
        return await asyncio.shield(first)

    def announce(self, event: Json, channel: Channel) -> None:
        """Tell the app, in the background, of what it did itself."""
        if self.rules.own_messages and self.rules.wants(event):
            self._start(self.event(event, channel))

    async def command(self, payload: Json) -> Delivery:
        return await self._once(_Parcel(str(payload["command"]), "slash_commands", payload))

    async def interaction(self, payload: Json) -> Delivery:
        return await self._once(_Parcel(str(payload["type"]), "interactive", payload))

    async def again(self, delivery: Delivery) -> Delivery:
        """Deliver the very same event once more, as Slack's retry does when an ack was lost on the way."""
        parcel = _Parcel(delivery.what, "events_api", delivery.payload)
        return await self._attempt(parcel, delivery.attempt + 1, "http_timeout")

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.close()

    def _start(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attempts(self, parcel: _Parcel, first: asyncio.Future[Delivery]) -> None:
        delivery = await self._attempt(parcel, 0, None)
        if not first.done():
            first.set_result(delivery)
        for number, delay in enumerate(self.rules.retry_delays, 1):
            if delivery.ok or delivery.reason == "no_retry":
                return
            await asyncio.sleep(delay)
            delivery = await self._attempt(parcel, number, delivery.reason)

    async def _once(self, parcel: _Parcel) -> Delivery:
        """Commands and interactions are never retried: a person is waiting."""
        work = asyncio.ensure_future(self._attempt(parcel, 0, None))
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)
        return await work

    async def _attempt(self, parcel: _Parcel, number: int, reason: str | None) -> Delivery:
        started = time.perf_counter()
        send = self._post if self.events_url else self._envelope
        status, body, failed = await send(parcel, number, reason)
        delivery = Delivery(
            what=parcel.what,
            payload=parcel.payload,
            transport="http" if self.events_url else "socket",
            attempt=number,
            status=status,
            body=body,
            reason=failed,
            at=self._workspace.clock.now(),
            ms=(time.perf_counter() - started) * 1000,
        )
        self._journal.add(delivery)
        self.last = time.monotonic()
        return delivery

    async def _post(self, parcel: _Parcel, number: int, reason: str | None) -> tuple[int | None, Any, str | None]:
        body, content_type = parcel.form()
        headers = {"Content-Type": content_type, **self._signed(body)}
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason or "unknown_error"}
        try:
            async with self._http.post(self.events_url or "", data=body.encode(), headers=headers) as response:
                answer = _body(await response.text(), response.content_type)
                good = 200 <= response.status < 300
                stop = response.headers.get("X-Slack-No-Retry") == "1"
                return response.status, answer, None if good else "no_retry" if stop else "http_error"
        except TimeoutError:
            return None, None, "http_timeout"
        except aiohttp.ClientError:
            return None, None, "connection_failed"

    async def _envelope(self, parcel: _Parcel, number: int, reason: str | None) -> tuple[int | None, Any, str | None]:
        envelope: Json = {
            "envelope_id": self._workspace.clock.id("env-"),
            "type": parcel.type,
            "payload": parcel.payload,
            "accepts_response_payload": parcel.wants_answer,
        }
        if parcel.type == "events_api":
            envelope |= {"retry_attempt": number, "retry_reason": reason or ""}
        rules = self.rules
        try:
            body = await self.socket.send(envelope, ack_timeout=rules.ack_timeout, patience=rules.connect_patience)
        except Unanswered as unanswered:
            return None, None, str(unanswered)
        return 200, body, None

    def _signed(self, body: str) -> Mapping[str, str]:
        """Signed with the real time, as the app checks it against its own clock."""
        now = str(int(time.time()))
        signature = self._signer.generate_signature(timestamp=now, body=body) or ""
        return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}


def _body(text: str, content_type: str) -> Any:
    """An answer's body: JSON if it says so and is, else text; None if empty."""
    if not text:
        return None
    if content_type == "application/json":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
