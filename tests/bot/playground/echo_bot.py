"""A tiny real Bolt app that answers, so that the stand-in can be proved against Bolt and slack_sdk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin.standin import StandInSlack

Body = dict[str, Any]

UNDO = {
    "type": "button",
    "action_id": "undo",
    "text": {"type": "plain_text", "text": "Undo"},
    "value": "m1",
    "confirm": {
        "title": {"type": "plain_text", "text": "Undo?"},
        "text": {"type": "plain_text", "text": "It cannot be brought back."},
        "confirm": {"type": "plain_text", "text": "Undo it"},
        "deny": {"type": "plain_text", "text": "Keep it"},
    },
}
FORM = {
    "type": "modal",
    "callback_id": "form",
    "title": {"type": "plain_text", "text": "Edit"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Words"},
            "element": {"type": "plain_text_input", "action_id": "typed", "initial_value": "tea"},
        }
    ],
}


def client(slack: StandInSlack) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, base_url=slack.api_url)


MENU: list[Body] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Saved*"}},
    {"type": "actions", "elements": [UNDO]},
]


def echo_app(slack: StandInSlack, heard: list[Body]) -> AsyncApp:
    """Echoes messages, offers `Undo` on `menu`, streams on `stream`; `/echo` answers in its ack and by response_url."""
    app = AsyncApp(client=client(slack), signing_secret=slack.signing_secret, raise_error_for_unhandled_request=False)
    _listen(app, heard)
    _interact(app, heard)
    return app


def _listen(app: AsyncApp, heard: list[Body]) -> None:
    @app.event("message")
    async def message(event: Body, body: Body, client: AsyncWebClient) -> None:
        heard.append(body)
        text, place = event.get("text", ""), event["channel"]
        if event.get("subtype") or event.get("channel_type") != "im":
            return
        if text == "menu":
            await client.chat_postMessage(channel=place, thread_ts=event["ts"], text="Saved", blocks=MENU)
        elif text == "stream":
            stream = await client.chat_stream(channel=place, thread_ts=event["ts"], buffer_size=1)
            await stream.append(markdown_text="**one** ")
            await stream.append(markdown_text="two")
            await stream.stop()
        else:
            await client.chat_postMessage(channel=place, text=f"You said: {text}")

    @app.event("app_mention")
    async def mention(event: Body, body: Body, client: AsyncWebClient) -> None:
        heard.append(body)
        await client.chat_postEphemeral(channel=event["channel"], user=event["user"], text="Only you see this")

    @app.event("app_home_opened")
    async def home(event: Body, client: AsyncWebClient) -> None:
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "Welcome home"}}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})


def _interact(app: AsyncApp, heard: list[Body]) -> None:
    @app.command("/echo")
    async def echo(ack: Any, command: Body, respond: Any, client: AsyncWebClient) -> None:
        heard.append(command)
        if command["text"] == "form":
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=FORM)
            return
        await ack(f"Echo: {command['text']}")
        await respond(text="And later", blocks=[{"type": "actions", "elements": [UNDO]}])

    @app.action("undo")
    async def undo(ack: Any, body: Body, respond: Any) -> None:
        heard.append(body)
        await ack()
        await respond(text="Undone", replace_original=True)

    @app.view("form")
    async def form(ack: Any, view: Body) -> None:
        heard.append(view)
        if view["state"]["values"]["words"]["typed"]["value"] == "bad":
            await ack(response_action="errors", errors={"words": "No such words"})
        else:
            await ack()

    @app.shortcut("keep")
    async def keep(ack: Any, body: Body) -> None:
        heard.append(body)
        await ack()


@asynccontextmanager
async def over_http(slack: StandInSlack, app: AsyncApp) -> AsyncIterator[None]:
    """Serve the app's events url on loopback and point the stand-in at it."""
    runner = web.AppRunner(app.web_app("/slack/events"), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield
    finally:
        slack.events_url = None
        await runner.cleanup()


@asynccontextmanager
async def over_socket(slack: StandInSlack, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """Connect the app by Socket Mode."""
    handler = AsyncSocketModeHandler(app, slack.app_token, web_client=AsyncWebClient(base_url=slack.api_url))
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
