"""Faults on order, as slack_sdk meets them."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin.human import Person
from bot.playground.standin.standin import StandInSlack
from tests.bot.playground.standin.test_webapi import DM, error

METHOD = "chat.postMessage"


def impatient(slack: StandInSlack) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, base_url=slack.api_url, timeout=1, retry_handlers=[])


async def test_a_rate_limit_says_when_to_come_back(slack: StandInSlack, web: AsyncWebClient, alice: Person) -> None:
    slack.faults.add(METHOD, error="ratelimited", retry_after=7)
    with pytest.raises(SlackApiError) as refused:
        await web.chat_postMessage(channel=DM, text="one")
    assert (refused.value.response.status_code, refused.value.response.headers["Retry-After"]) == (429, "7")
    await web.chat_postMessage(channel=DM, text="two")
    assert [seen.text for seen in alice.sees()] == ["two"]


async def test_a_fault_counts_its_times_and_its_method(slack: StandInSlack, web: AsyncWebClient) -> None:
    slack.faults.add(METHOD, error="fatal_error", times=2)
    assert (await web.auth_test())["ok"]
    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            await web.chat_postMessage(channel=DM, text="x")
        assert error(refused) == "fatal_error"
    assert (await web.chat_postMessage(channel=DM, text="x"))["ok"]
    assert [call.fault for call in slack.journal.called(METHOD)] == ["fatal_error", "fatal_error", None]


@pytest.mark.parametrize("after", [False, True])
async def test_a_dropped_connection_has_its_effect_only_if_the_fault_comes_after(
    slack: StandInSlack, alice: Person, after: bool
) -> None:
    slack.faults.add(METHOD, drop=True, after=after)
    with pytest.raises(aiohttp.ClientError):
        await impatient(slack).chat_postMessage(channel=DM, text="x")
    assert len(alice.sees()) == (1 if after else 0)


async def test_an_error_after_the_effect_is_a_lie(slack: StandInSlack, web: AsyncWebClient, alice: Person) -> None:
    slack.faults.add(METHOD, error="internal_error", status=500, after=True)
    with pytest.raises(SlackApiError):
        await web.chat_postMessage(channel=DM, text="x")
    assert [seen.text for seen in alice.sees()] == ["x"]


async def test_a_hanging_call_never_answers(slack: StandInSlack) -> None:
    slack.faults.add(METHOD, hang=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await impatient(slack).chat_postMessage(channel=DM, text="x")


async def test_a_late_answer_is_still_good(slack: StandInSlack, web: AsyncWebClient) -> None:
    slack.faults.add("*", error="", delay=0.05)
    assert (await web.chat_postMessage(channel=DM, text="x"))["ok"]
