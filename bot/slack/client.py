"""The client for Slack's Web API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, ClientTimeout
from slack_sdk.web.async_client import AsyncWebClient

SLACK_SECONDS = 15  # for one request to Slack


@asynccontextmanager
async def web_client(token: str, api_url: str) -> AsyncIterator[AsyncWebClient]:
    """The client for Slack's Web API, with one session for all its requests.

    It tries nothing again: a message whose answer was lost may be there, and only who sent it knows how to look.
    """
    async with ClientSession(timeout=ClientTimeout(total=SLACK_SECONDS), trust_env=True) as session:
        yield AsyncWebClient(
            token=token,
            base_url=api_url,
            session=session,
            timeout=SLACK_SECONDS,
            retry_handlers=[],
        )
