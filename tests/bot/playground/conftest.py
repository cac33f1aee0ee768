"""A stand-in Slack for each test, and the web client of its app."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin.delivery import DeliveryRules
from bot.playground.standin.human import Person
from bot.playground.standin.standin import StandInSlack
from tests.bot.playground.echo_bot import Body, client, echo_app, over_http

RULES = DeliveryRules(ack_timeout=0.2, retry_delays=(0.0, 0.01), connect_patience=0.2)


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    async with StandInSlack.open(rules=RULES) as opened:
        yield opened


@pytest.fixture
def web(slack: StandInSlack) -> AsyncWebClient:
    return client(slack)


@pytest.fixture
def alice(slack: StandInSlack) -> Person:
    return slack.person("alice")


@pytest.fixture
def bob(slack: StandInSlack) -> Person:
    return slack.person("bob")


@pytest.fixture
async def heard(slack: StandInSlack) -> AsyncIterator[list[Body]]:
    """What the echo bot, connected over signed HTTP, hears."""
    bodies: list[Body] = []
    async with over_http(slack, echo_app(slack, bodies)):
        yield bodies
