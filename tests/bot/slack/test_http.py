"""The HTTP door: only what Slack signed, in the form Slack sends it, reaches Bolt; the rest leaves no trace."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot.slack.http import MOST_BYTES, MOST_NESTED, Door, serving
from memory.logs import DiscreetFormatter
from tests.waiting import PATIENCE

SECRET = "0123456789abcdef"
CANARY = "canary-words-of-a-person"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
EVENT = {
    "type": "event_callback",
    "team_id": "T1",
    "event_id": "Ev1",
    "event": {"type": "message", "channel": "D1", "user": "U1", "text": CANARY, "ts": "1.1"},
}


def signed(body: bytes, *, kind: str = JSON, at: int | None = None) -> dict[str, str]:
    """The headers that Slack sends with this body."""
    moment = str(int(time.time()) if at is None else at)
    mac = SignatureVerifier(SECRET).generate_signature(timestamp=moment, body=body.decode(errors="replace"))
    return {"Content-Type": kind, "X-Slack-Request-Timestamp": moment, "X-Slack-Signature": mac or ""}


@dataclass(slots=True)
class Served:
    """A door that is open: its address, what came through, and what is written to the log meanwhile."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    ready: Callable[[], Any] = field(default=lambda: {"database": True, "schema": True})
    log: io.StringIO = field(default_factory=io.StringIO)

    async def post(self, body: bytes | AsyncIterator[bytes], headers: dict[str, str]) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/slack/events", data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}{path}") as answer:
            return answer.status, await answer.json()


def bolt(served: Served) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_user_id="UBOT")

    async def keep(body: dict[str, Any], next: Callable[[], Any]) -> BoltResponse | None:  # noqa: A002 - Bolt's name
        served.bodies.append(body)
        if body.get("type") != "event_callback":
            await next()
            return None
        return BoltResponse(status=200, body="")

    return AsyncApp(
        signing_secret=SECRET, authorize=authorize, before_authorize=keep, ignoring_self_events_enabled=False
    )


@asynccontextmanager
async def opened() -> AsyncIterator[Served]:
    served = Served()

    async def ready() -> dict[str, bool]:
        parts = served.ready()
        return dict(await parts if asyncio.iscoroutine(parts) else parts)

    handler = logging.StreamHandler(served.log)
    handler.setFormatter(DiscreetFormatter())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        async with serving(Door(bolt(served), SignatureVerifier(SECRET), ready), "127.0.0.1", 0) as port:
            served.url = f"http://127.0.0.1:{port}"
            yield served
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with opened() as door:
        yield door


BODY = json.dumps(EVENT).encode()
NOW = int(time.time())


def without(name: str) -> dict[str, str]:
    return {each: value for each, value in signed(BODY).items() if each != name}


FORGED: dict[str, Callable[[], dict[str, str]]] = {
    "no signature": lambda: without("X-Slack-Signature"),
    "no timestamp": lambda: without("X-Slack-Request-Timestamp"),
    "neither": lambda: {"Content-Type": JSON},
    "an empty signature": lambda: signed(BODY) | {"X-Slack-Signature": ""},
    "a wrong signature": lambda: signed(BODY) | {"X-Slack-Signature": "v0=" + "0" * 64},
    "another body's signature": lambda: signed(BODY + b" "),
    "a signature that is not ASCII": lambda: signed(BODY) | {"X-Slack-Signature": "v0=ünïcode"},
    "a signature of another version": lambda: signed(BODY) | {"X-Slack-Signature": "v1=" + "0" * 64},
    "an old timestamp": lambda: signed(BODY, at=int(time.time()) - 301),
    "a timestamp from the future": lambda: signed(BODY, at=int(time.time()) + 360),
    "another timestamp than was signed": lambda: (
        signed(BODY) | {"X-Slack-Request-Timestamp": str(int(time.time()) - 7)}
    ),
    "a timestamp that is no number": lambda: signed(BODY) | {"X-Slack-Request-Timestamp": "yesterday"},
    "a timestamp with a fraction": lambda: signed(BODY) | {"X-Slack-Request-Timestamp": f"{NOW}.5"},
    "a negative timestamp": lambda: signed(BODY) | {"X-Slack-Request-Timestamp": f"-{NOW}"},
    "a timestamp in other digits": lambda: signed(BODY) | {"X-Slack-Request-Timestamp": "١٧٠٠٠٠٠٠٠٠"},
    "a superscript as a timestamp": lambda: signed(BODY) | {"X-Slack-Request-Timestamp": "²"},
    "an endless timestamp": lambda: signed(BODY) | {"X-Slack-Request-Timestamp": "9" * 5000},
}


def quiet(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing came through, nothing of the body is in the log, and there is no traceback."""
    assert served.bodies == []
    for written in (served.log.getvalue(), caplog.text):
        assert "canary" not in written
        assert "Traceback" not in written
        assert "(message withheld)" not in written


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
async def test_what_slack_did_not_sign_is_refused_and_leaves_no_trace(
    served: Served, headers: Callable[[], dict[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    status, text = await served.post(BODY, headers())
    assert status == 401
    assert "canary" not in text
    quiet(served, caplog)


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


WORD = json.dumps(CANARY).encode()
MALFORMED: dict[str, tuple[bytes, str, int]] = {
    "nothing": (b"", JSON, 400),
    "half of it": (BODY[:-1], JSON, 400),
    "an array": (b"[" + BODY + b"]", JSON, 400),
    "a string": (WORD, JSON, 400),
    "a number": (b"7", JSON, 400),
    "null": (b"null", JSON, 400),
    "NaN": (b'{"a": NaN, "b": ' + WORD + b"}", JSON, 400),
    "an endless number": (b'{"a": ' + b"9" * 5000 + b"}", JSON, 400),
    "two objects": (BODY + BODY, JSON, 400),
    "a form that says it is JSON": (form(payload=BODY.decode()), JSON, 400),
    "nested without end": (b'{"a":' * 100_000, JSON, 400),
    "nested deeper than is read": (b'{"a":' * (MOST_NESTED + 1) + WORD + b"}" * (MOST_NESTED + 1), JSON, 400),
    "nested as deep as Python reads": (b'{"a":' * 900 + WORD + b"}" * 900, JSON, 400),
    "lists nested as deep as Python reads": (b'{"a":' + b"[" * 900 + WORD + b"]" * 900 + b"}", JSON, 400),
    "not UTF-8": (b'{"a": "\xff\xfe"}', JSON, 400),
    "a payload that is not JSON": (form(payload=CANARY), FORM, 400),
    "a payload that is a list": (form(payload=f'["{CANARY}"]'), FORM, 400),
    "an empty payload": (b"payload=", FORM, 400),
    "two payloads": (b"payload={}&payload=" + CANARY.encode(), FORM, 400),
    "JSON that says it is a form": (b'{"text": "' + CANARY.encode(), FORM, 400),
    "plain text": (CANARY.encode(), "text/plain", 415),
    "XML": (BODY, "application/xml", 415),
    "no content type": (BODY, "", 415),
    "too large": (BODY[:-1] + b" " * MOST_BYTES + b"}", JSON, 413),
    "an event that is words": (b'{"type": "event_callback", "event": ' + WORD + b"}", JSON, 400),
    "an event that is null": (b'{"type": "event_callback", "event": null}', JSON, 400),
    "a button without an action": (form(payload='{"type": "block_actions", "actions": []}'), FORM, 400),
    "authorizations that are a number": (b'{"authorizations": 7}', JSON, 400),
    "a channel that is a list": (b'{"channel": [1], "user": [1], "team": 7}', JSON, 400),
    "response URLs that are words": (b'{"response_urls": ["' + CANARY.encode() + b'"]}', JSON, 400),
}


@pytest.mark.parametrize(("body", "kind", "expected"), MALFORMED.values(), ids=MALFORMED)
async def test_what_is_signed_but_malformed_is_refused_and_leaves_no_trace(
    served: Served, body: bytes, kind: str, expected: int, caplog: pytest.LogCaptureFixture
) -> None:
    status, text = await served.post(body, signed(body, kind=kind))
    assert status == expected
    assert "canary" not in text
    quiet(served, caplog)


async def test_a_body_in_chunks_is_no_larger_than_others(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MOST_BYTES // 65536 + 2):
            yield (CANARY * 65536).encode()[:65536]

    try:
        status, _ = await served.post(chunks(), signed(b""))
        assert status == 413
    except aiohttp.ClientConnectionError:
        pass  # the server had heard enough
    quiet(served, caplog)


async def test_a_compressed_body_is_refused_and_not_unpacked(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    for body in (gzip.compress(BODY), b"\x1f\x8b" + BODY):
        status, _ = await served.post(body, signed(body) | {"Content-Encoding": "gzip"})
        assert status == 400
    quiet(served, caplog)


@pytest.mark.parametrize(
    "request_text",
    [
        "POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + CANARY,
        "POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + CANARY,
        "POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: canary\r\n\r\n",
        CANARY + "\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused(served: Served, request_text: str, caplog: pytest.LogCaptureFixture) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request_text.encode())
    async with asyncio.timeout(PATIENCE):
        assert b" 400 " in await reader.readline()
    writer.close()
    assert served.bodies == []
    assert "canary" not in served.log.getvalue()


async def test_a_client_that_breaks_off_disturbs_nobody(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + CANARY.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    for _ in range(2):  # what comes later is answered, so the end of the other connection was seen before
        assert await served.get("/healthz") == (200, {"ok": True})
    quiet(served, caplog)
    assert (await served.post(BODY, signed(BODY)))[0] == 200


async def test_what_slack_signed_gets_through_with_its_body(served: Served) -> None:
    assert await served.post(BODY, signed(BODY)) == (200, "")
    assert served.bodies == [EVENT]
    assert "canary" not in served.log.getvalue()


async def test_a_charset_in_the_content_type_is_fine(served: Served) -> None:
    assert (await served.post(BODY, signed(BODY, kind="application/json; charset=utf-8")))[0] == 200
    assert served.bodies == [EVENT]


async def test_a_command_and_a_button_get_through(served: Served) -> None:
    command = form(command="/memory", text="list ü", team_id="T1", user_id="U1", channel_id="C1")
    press = {"type": "block_actions", "user": {"id": "U1", "team_id": "T1"}, "actions": [{"action_id": "a"}]}
    for body in (command, form(payload=json.dumps(press))):
        await served.post(body, signed(body, kind=FORM))
    assert served.bodies[0]["text"] == "list ü"
    assert served.bodies[1] == press


async def test_as_deep_as_is_read_gets_through(served: Served) -> None:
    deep = (b'{"type":"event_callback","a":' + b'{"a":' * (MOST_NESTED - 3)) + b"1" + b"}" * (MOST_NESTED - 2)
    assert (await served.post(deep, signed(deep)))[0] == 200


async def test_slacks_question_whether_the_address_is_ours_is_answered(served: Served) -> None:
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "3eZbrw1aBm2rZgRNFdxV"}).encode()
    status, text = await served.post(body, signed(body))
    assert status == 200
    assert "3eZbrw1aBm2rZgRNFdxV" in text


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(("id", "type", "team")), inner),
    max_leaves=5,
)
PARTS = ("type", "event", "team", "team_id", "user", "channel", "authorizations", "view", "actions", "container")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(st.sampled_from(PARTS), SHAPES), max_size=10))
def test_no_signed_object_of_any_shape_makes_a_traceback(bodies: list[dict[str, Any]]) -> None:
    async def all_of_them() -> None:
        async with opened() as door:
            for each in bodies:
                body = json.dumps(each | {"type": "event_callback"}).encode()
                assert (await door.post(body, signed(body)))[0] in {200, 400}
            assert "(message withheld)" not in door.log.getvalue()

    asyncio.run(all_of_them())


async def test_the_process_says_that_it_lives(served: Served) -> None:
    assert await served.get("/healthz") == (200, {"ok": True})


async def test_the_bot_says_whether_it_is_ready_part_by_part(served: Served) -> None:
    assert await served.get("/readyz") == (200, {"ok": True, "database": True, "schema": True})
    served.ready = lambda: {"database": True, "schema": False}
    assert await served.get("/readyz") == (503, {"ok": False, "database": True, "schema": False})


async def test_a_database_that_hangs_is_not_ready_after_two_seconds(served: Served) -> None:
    served.ready = lambda: asyncio.sleep(60)
    began = time.monotonic()
    assert await served.get("/readyz") == (503, {"ok": False, "database": False})
    assert 1.5 < time.monotonic() - began < PATIENCE


async def test_other_methods_and_paths_are_refused(served: Served) -> None:
    async with aiohttp.ClientSession() as session:
        assert (await session.get(f"{served.url}/slack/events")).status == 405
        assert (await session.post(f"{served.url}/slack/commands", data=BODY, headers=signed(BODY))).status == 404
    assert served.bodies == []


async def test_a_port_that_is_taken_is_an_error(served: Served) -> None:
    port = int(served.url.rpartition(":")[2])
    with pytest.raises(OSError, match="address"):
        async with serving(Door(bolt(served), SignatureVerifier(SECRET), dict), "127.0.0.1", port):  # type: ignore[arg-type]
            pass
