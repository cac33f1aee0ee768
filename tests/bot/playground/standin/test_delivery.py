"""How events, commands and clicks reach a real Bolt app over signed HTTP."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.playground.standin.delivery import DeliveryRules
from bot.playground.standin.demo_workspace import ACME, ALICE, BOB, GENERAL, MEMBOT, MEMBOT_BOT, OTHER_TEAM, dm
from bot.playground.standin.human import Person
from bot.playground.standin.standin import StandInSlack
from tests.bot.playground.conftest import RULES
from tests.bot.playground.echo_bot import Body, client, echo_app, over_http


async def test_bolt_accepts_the_signature_and_answers(slack: StandInSlack, alice: Person, heard: list[Body]) -> None:
    await alice.say("hi")
    await slack.quiet()
    assert [seen.text for seen in alice.sees()] == ["hi", "You said: hi"]
    assert slack.deliveries[0].status == 200


async def test_bolt_refuses_another_secret(alice: Person, slack: StandInSlack) -> None:
    async with StandInSlack.open(signing_secret="other", rules=RULES) as other:
        async with over_http(slack, echo_app(other, [])):
            await alice.say("hi")
        assert slack.deliveries[0].status == 401


async def test_an_event_carries_what_slack_sends(alice: Person, heard: list[Body]) -> None:
    await alice.say("a < b & @bob in #general, see https://example.org/?a=1&b=2")
    body = heard[0]
    assert body["team_id"] == ACME
    assert body["event_id"].startswith("Ev")
    assert body["authorizations"][0] == {
        "enterprise_id": None,
        "team_id": ACME,
        "user_id": MEMBOT,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    event = body["event"]
    assert event["text"] == f"a &lt; b &amp; <@{BOB}> in <#{GENERAL}|general>, see <https://example.org/?a=1&amp;b=2>"
    assert (event["channel_type"], event["user"], event["team"]) == ("im", ALICE, ACME)
    assert event["blocks"][0]["type"] == "rich_text"
    assert event["client_msg_id"]


async def test_a_mention_arrives_twice_with_one_ts(slack: StandInSlack, alice: Person, heard: list[Body]) -> None:
    sent = await alice.say("@membot hi", channel="#general")
    assert {body["event"]["type"] for body in heard} == {"message", "app_mention"}
    assert {body["event"]["ts"] for body in heard} == {sent.ts}
    assert len({body["event_id"] for body in heard}) == 2


async def test_without_the_subscription_only_the_mention_arrives(alice: Person) -> None:
    async with StandInSlack.open(rules=DeliveryRules(subscribe_channel_messages=False)) as slack:
        bodies: list[Body] = []
        async with over_http(slack, echo_app(slack, bodies)):
            await slack.person("alice").say("@membot hi", channel="#general")
            await slack.person("alice").say("not for the bot", channel="#general")
        assert [body["event"]["type"] for body in bodies] == ["app_mention"]


async def test_a_stranger_in_a_shared_channel_brings_her_own_team(slack: StandInSlack, heard: list[Body]) -> None:
    await slack.person("sam").say("hello", channel="#shared")
    body = heard[0]
    assert (body["team_id"], body["context_team_id"], body["is_ext_shared_channel"]) == (OTHER_TEAM, ACME, True)
    assert body["event"]["user_team"] == OTHER_TEAM
    assert body["authorizations"][0]["team_id"] == ACME


async def test_an_edit_and_a_deletion_are_told(slack: StandInSlack, alice: Person, heard: list[Body]) -> None:
    sent = await alice.say("one", channel="#general")
    await alice.edit(sent, "two")
    await alice.delete(sent)
    changed, deleted = (body["event"] for body in heard[1:])
    assert (changed["subtype"], changed["message"]["text"], changed["previous_message"]["text"]) == (
        "message_changed",
        "two",
        "one",
    )
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", sent.ts)


async def test_the_bots_own_messages_are_told_too(slack: StandInSlack) -> None:
    bodies: list[Body] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        return web.Response()

    async with listening(slack, take):
        await client(slack).chat_postMessage(channel=dm(ALICE), text="hi")
        await slack.quiet()
    assert (bodies[0]["event"]["bot_id"], bodies[0]["event"]["user"]) == (MEMBOT_BOT, MEMBOT)


async def test_a_failing_app_is_asked_again_with_the_reason(slack: StandInSlack, alice: Person) -> None:
    headers: list[tuple[str | None, str | None]] = []
    statuses = iter((500, 200))

    async def fail_once(request: web.Request) -> web.Response:
        headers.append((request.headers.get("X-Slack-Retry-Num"), request.headers.get("X-Slack-Retry-Reason")))
        return web.Response(status=next(statuses))

    async with listening(slack, fail_once):
        await alice.say("hi")
        await slack.quiet()
    assert headers == [(None, None), ("1", "http_error")]
    assert len({delivery.payload["event_id"] for delivery in slack.deliveries}) == 1


async def test_an_app_that_takes_too_long_is_asked_again(slack: StandInSlack, alice: Person) -> None:
    waits = iter((1.0, 0.0))

    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(next(waits))
        return web.Response()

    async with listening(slack, slow):
        await alice.say("hi")
        await slack.quiet()
    assert [(one.status, one.reason) for one in slack.deliveries] == [(None, "http_timeout"), (200, None)]


async def test_an_app_can_refuse_retries(slack: StandInSlack, alice: Person) -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    async with listening(slack, refuse):
        await alice.say("hi")
        await slack.quiet()
    assert len(slack.deliveries) == 1


async def test_an_absent_app_is_tried_three_times_and_a_command_once(slack: StandInSlack, alice: Person) -> None:
    slack.events_url = "http://127.0.0.1:9/slack/events"
    await alice.say("hi")
    await slack.quiet()
    assert [one.reason for one in slack.deliveries] == ["connection_failed"] * 3
    ack = await alice.command("/echo", "x")
    assert (ack.status, ack.reason) == (None, "connection_failed")
    assert alice.sees()[-1].text == "/echo failed with the error “operation_timeout”"
    assert len(slack.journal.delivered("/echo")) == 1


async def test_any_event_can_be_delivered_and_delivered_again(slack: StandInSlack, heard: list[Body]) -> None:
    event = {
        "type": "message",
        "subtype": "bot_message",
        "bot_id": "B1",
        "channel": GENERAL,
        "text": "x",
        "ts": "1.1",
    }
    first = await slack.deliver_event(event, event_id="Ev1", authorizations=[{"team_id": "T1", "enterprise_id": None}])
    again = await slack.redeliver(first)
    assert [body["event_id"] for body in heard] == ["Ev1", "Ev1"]
    assert (again.attempt, heard[0]["authorizations"][0]["team_id"]) == (1, "T1")


class listening:
    """A bare HTTP server in the app's place."""

    def __init__(self, slack: StandInSlack, take: object) -> None:
        app = web.Application()
        app.router.add_post("/slack/events", take)  # type: ignore[arg-type]
        self._slack, self._runner = slack, web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._slack.events_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
