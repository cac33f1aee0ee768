"""Socket Mode, with Bolt's own handler at the other end."""

from __future__ import annotations

import asyncio

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin.human import Person
from bot.playground.standin.refusal import Json
from bot.playground.standin.standin import StandInSlack
from tests.bot.playground.echo_bot import Body, echo_app, over_socket


async def test_an_event_and_a_command_are_answered(slack: StandInSlack, alice: Person) -> None:
    async with over_socket(slack, echo_app(slack, [])):
        await alice.say("hi")
        ack = await alice.command("/echo", "x")
        await slack.quiet()
    assert (ack.status, ack.body) == (200, {"text": "Echo: x"})
    assert [seen.text for seen in alice.sees()][:3] == ["hi", "You said: hi", "Echo: x"]
    assert {one.transport for one in slack.deliveries} == {"socket"}


async def test_asked_to_refresh_bolt_connects_anew(slack: StandInSlack, alice: Person) -> None:
    heard: list[Body] = []
    async with over_socket(slack, echo_app(slack, heard)):
        await slack.socket.connected()
        before = slack.socket.connections[0]
        await slack.socket.disconnect("refresh_requested")
        async with asyncio.timeout(3):
            await slack.socket.replaced(before)
        await alice.say("hi")
    assert len(slack.journal.called("apps.connections.open")) == 2
    assert len(heard) == 1


async def test_an_unacknowledged_event_comes_again(slack: StandInSlack, alice: Person) -> None:
    async with raw_socket(slack) as link:
        assert (await link.receive_json())["type"] == "hello"
        say = asyncio.ensure_future(alice.say("hi"))
        first: Json = await link.receive_json()
        second: Json = await link.receive_json()
        await link.send_json({"envelope_id": second["envelope_id"]})
        await say
        await slack.quiet()
    assert (first["retry_attempt"], second["retry_attempt"], second["retry_reason"]) == (0, 1, "timeout")
    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    assert [one.status for one in slack.deliveries] == [None, 200]


async def test_an_event_on_a_lost_socket_comes_again_on_the_next(slack: StandInSlack, alice: Person) -> None:
    async with raw_socket(slack) as link:
        await link.receive_json()
        say = asyncio.ensure_future(alice.say("hi"))
        lost: Json = await link.receive_json()
        await link.close()
        async with raw_socket(slack) as other:
            await other.receive_json()
            again: Json = await other.receive_json()
            await other.send_json({"envelope_id": again["envelope_id"]})
            await say
            await slack.quiet()
    assert again["payload"]["event_id"] == lost["payload"]["event_id"]
    assert (again["retry_attempt"], again["retry_reason"]) == (1, "connection_failed")


async def test_each_event_goes_to_one_connection_only(slack: StandInSlack, alice: Person) -> None:
    heard: list[Body] = []
    app = echo_app(slack, heard)
    async with over_socket(slack, app), over_socket(slack, app):
        await slack.socket.connected(2)
        for number in range(4):
            await alice.say(str(number))
        await slack.quiet()
    assert len(heard) == 4


async def test_without_a_connection_nothing_is_delivered(slack: StandInSlack, alice: Person) -> None:
    ack = await alice.command("/echo")
    assert (ack.status, ack.reason) == (None, "not_connected")


async def test_a_ticket_opens_one_connection(slack: StandInSlack) -> None:
    url = await ticket(slack)
    async with aiohttp.ClientSession() as http, http.ws_connect(url), http.get(url.replace("ws:", "http:")) as refused:
        assert refused.status == 403


async def ticket(slack: StandInSlack) -> str:
    opened = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=slack.app_token)
    return str(opened["url"])


class raw_socket:
    """A connection that acknowledges nothing by itself."""

    def __init__(self, slack: StandInSlack) -> None:
        self._slack, self._session = slack, aiohttp.ClientSession()

    async def __aenter__(self) -> aiohttp.ClientWebSocketResponse:
        self._link = await self._session.ws_connect(await ticket(self._slack))
        return self._link

    async def __aexit__(self, *_: object) -> None:
        await self._link.close()
        await self._session.close()
