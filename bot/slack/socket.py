"""Slack's events over Socket Mode."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.slack.client import web_client


@asynccontextmanager
async def connected(app: AsyncApp, app_token: str, api_url: str, stopped: asyncio.Event) -> AsyncIterator[None]:
    """Take events over Socket Mode while the block runs. Connecting goes on until it works or we are stopped."""
    async with web_client(app_token, api_url) as client:
        handler = AsyncSocketModeHandler(app, app_token, web_client=client)
        connecting = asyncio.ensure_future(handler.connect_async())  # type: ignore[no-untyped-call]
        stopping = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait({connecting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if connecting.done():
                connecting.result()
            yield
        finally:
            for task in (connecting, stopping):
                task.cancel()
            await handler.close_async()  # type: ignore[no-untyped-call]
