"""How many signed events a second are written down and acknowledged, beside a Bolt app that keeps nothing."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from statistics import median
from typing import NamedTuple

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.databases import kinds, new_database
from benchmarks.measure import Figure, milliseconds, percentile, ratio, taking_turns
from bot.app import App
from bot.people.workspaces import OneWorkspace
from bot.run import composed
from bot.slack.client import web_client
from bot.slack.http import Door, serving
from bot.slack.inbox import Inbox
from memory.database.open import Database, open_database
from memory.model.demo import DemoModel
from memory.parts import joined

SECRET = "a secret for this run only"
CONNECTIONS = 32
CONVERSATIONS = 100


class Sent(NamedTuple):
    """What the sender saw: seconds for all, and seconds from request to answer for each."""

    all: float
    each: list[float]


async def measure(quick: bool) -> list[Figure]:
    """Signed POSTs over loopback from another process, 32 at a time; nobody works the inbox off meanwhile."""
    events, rounds = (200, 3) if quick else (400, 7)
    figures = []
    for kind in kinds():
        async with AsyncExitStack() as stack:
            url = stack.enter_context(new_database(kind))
            database = await stack.enter_async_context(open_database(url))
            # Never called: only working the inbox off would.
            client = await stack.enter_async_context(web_client("xoxb-bench", "http://127.0.0.1:9/api/"))
            inbox = Inbox(database)
            app = _app(database, inbox, client)
            ours = await stack.enter_async_context(serving(_door(app.bolt), "127.0.0.1", 0))
            bare = await stack.enter_async_context(serving(_door(_bare_bolt()), "127.0.0.1", 0))
            pipe = _sender()
            stack.callback(pipe.send, None)
            sent = await taking_turns({"ours": _send(pipe, ours, events), "bare": _send(pipe, bare, events)}, rounds)
            written = await inbox.open_events()
            if written != events * (rounds + 1):
                raise RuntimeError(f"{events * (rounds + 1)} events were acknowledged, {written} written down.")
        figures += _figures(kind, events * rounds, sent["ours"], sent["bare"])
    return figures


def _figures(kind: str, events: int, ours: Sequence[Sent], bare: Sequence[Sent]) -> list[Figure]:
    rates = [[len(sent.each) / sent.all for sent in arm] for arm in (ours, bare)]
    slowest = [[percentile(sent.each, 99) for sent in arm] for arm in (ours, bare)]
    return [
        Figure(
            f"events written down and acknowledged per second ({events:,}, {CONNECTIONS} connections)",
            kind,
            f"{median(rates[0]):,.0f}/s",
            f"bare Bolt {median(rates[1]):,.0f}/s",
            ratio(*rates),
        ),
        Figure(
            "… p99 from request to acknowledgement",
            kind,
            milliseconds(median(slowest[0])),
            f"bare Bolt {milliseconds(median(slowest[1]))}",
            ratio(*slowest),
        ),
    ]


def _app(database: Database, inbox: Inbox, client: AsyncWebClient) -> App:
    return composed(joined(database, DemoModel()), inbox, OneWorkspace(client), client, signing_secret=SECRET)


def _bare_bolt() -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U0", bot_id="B0", bot_token="xoxb-bench")

    async def listen() -> None:
        """Do nothing."""

    app = AsyncApp(signing_secret=SECRET, authorize=authorize)
    app.event("message")(listen)
    return app


def _door(app: AsyncApp) -> Door:
    async def ready() -> dict[str, bool]:
        return {}

    return Door(app, SignatureVerifier(SECRET), ready)


def _send(pipe: Connection, port: int, events: int) -> Callable[[], Awaitable[Sent]]:
    async def send() -> Sent:
        pipe.send((f"http://127.0.0.1:{port}/slack/events", events))
        seconds, each = await asyncio.to_thread(pipe.recv)
        return Sent(seconds, each)

    return send


def _sender() -> Connection:
    here, there = Pipe()
    get_context("spawn").Process(target=_serve, args=(there,), daemon=True).start()
    return here


def _serve(pipe: Connection) -> None:
    while order := pipe.recv():
        pipe.send(asyncio.run(_posted(*order)))


async def _posted(url: str, events: int) -> tuple[float, list[float]]:
    verifier = SignatureVerifier(SECRET)
    waiting = [_event(number) for number in range(events)]
    stamp = str(int(time.time()))
    signed = [(body, verifier.generate_signature(timestamp=stamp, body=body) or "") for body in waiting]
    taken: list[float] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
        begun = time.perf_counter()
        await asyncio.gather(*(partial(_post, session, url, stamp, signed, taken)() for _ in range(CONNECTIONS)))
        return time.perf_counter() - begun, taken


async def _post(
    session: aiohttp.ClientSession, url: str, stamp: str, signed: list[tuple[str, str]], taken: list[float]
) -> None:
    """One connection: the next event as soon as the last one was acknowledged."""
    while signed:
        body, signature = signed.pop()
        headers = {
            "content-type": "application/json",
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": signature,
        }
        begun = time.perf_counter()
        async with session.post(url, data=body, headers=headers) as answer:
            if answer.status != 200:
                raise RuntimeError(f"An event was answered with {answer.status}.")
            await answer.read()
        taken.append(time.perf_counter() - begun)


def _event(number: int) -> str:
    user = f"U{number % CONVERSATIONS}"
    return json.dumps(
        {
            "token": "bench",
            "type": "event_callback",
            "team_id": "T1",
            "api_app_id": "A1",
            "event_id": f"Ev{secrets.token_hex(8)}",
            "event_time": int(time.time()),
            "authorizations": [{"enterprise_id": None, "team_id": "T1", "user_id": "U0", "is_bot": True}],
            "event": {
                "type": "message",
                "channel": f"D{user}",
                "channel_type": "im",
                "user": user,
                "team": "T1",
                "text": "How would you explain to a new colleague what a write-ahead log is for?",
                "ts": f"{time.time():.6f}{number:04d}"[:17],
                "client_msg_id": secrets.token_hex(16),
            },
        }
    )
