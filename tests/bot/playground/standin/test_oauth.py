"""Installing the app in the stand-in: as strict as Slack with codes, secrets, addresses and tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin.demo_workspace import OTHER_TEAM
from bot.playground.standin.oauth import CODE_SECONDS, TOKEN_SECONDS
from bot.playground.standin.standin import StandInSlack


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    async with StandInSlack.open() as opened:
        yield opened


async def allow(slack: StandInSlack, **query: str) -> tuple[int, dict[str, str]]:
    """Open the page; returns the status and what the browser brings back."""
    asked = {"client_id": slack.oauth.client_id, "scope": "chat:write", "state": "s"} | query
    page = slack.api_url.removesuffix("api/") + "oauth/v2/authorize"
    async with (
        aiohttp.ClientSession() as session,
        session.get(page, params=asked, allow_redirects=False) as answer,
    ):
        parts = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
        return answer.status, {name: values[0] for name, values in parts.items()}


async def access(slack: StandInSlack, **arguments: Any) -> Any:
    client = AsyncWebClient(base_url=slack.api_url)
    credentials = {"client_id": slack.oauth.client_id, "client_secret": slack.oauth.client_secret}
    return await client.oauth_v2_access(**credentials | arguments)


async def refused(slack: StandInSlack, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as raised:
        await access(slack, **arguments)
    return str(raised.value.response["error"])


async def check(slack: StandInSlack, token: str) -> str:
    try:
        return str((await AsyncWebClient(token, base_url=slack.api_url).auth_test())["team_id"])
    except SlackApiError as error:
        return str(error.response["error"])


async def test_a_code_is_good_once_and_not_for_long(slack: StandInSlack) -> None:
    _, brought = await allow(slack, team=OTHER_TEAM)
    assert brought["state"] == "s"
    answer = await access(slack, code=brought["code"])
    assert (answer["team"]["id"], answer["token_type"], answer["scope"]) == (OTHER_TEAM, "bot", "chat:write")
    assert await check(slack, answer["access_token"]) == OTHER_TEAM
    assert await refused(slack, code=brought["code"]) == "code_already_used"
    _, late = await allow(slack)
    slack.clock.advance(CODE_SECONDS + 1)
    assert await refused(slack, code=late["code"]) == "invalid_code"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"client_id": "other"}, "invalid_client_id"),
        ({"client_secret": "wrong"}, "bad_client_secret"),
        ({"redirect_uri": "https://evil.example/"}, "bad_redirect_uri"),
        ({"code": "made-up"}, "invalid_code"),
        ({"grant_type": "refresh_token", "refresh_token": "xoxe-made-up"}, "invalid_refresh_token"),
    ],
)
async def test_what_is_wrong_is_refused(slack: StandInSlack, arguments: dict[str, str], error: str) -> None:
    _, brought = await allow(slack)
    assert await refused(slack, **({"code": brought["code"]} | arguments)) == error


@pytest.mark.parametrize(
    "query", [{"client_id": "other"}, {"scope": ""}, {"team": "TNONE"}, {"redirect_uri": "https://evil.example/"}]
)
async def test_the_page_refuses_what_slack_would(slack: StandInSlack, query: dict[str, str]) -> None:
    assert await allow(slack, **query) == (400, {})


async def test_a_rotated_token_lives_on_until_it_expires_and_its_refresh_token_is_used_up(slack: StandInSlack) -> None:
    slack.oauth.rotates = True
    _, brought = await allow(slack, team=OTHER_TEAM)
    first = await access(slack, code=brought["code"])
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    slack.clock.advance(TOKEN_SECONDS - 60)
    second = await access(slack, **again)
    assert await refused(slack, **again) == "invalid_refresh_token"
    assert [await check(slack, one["access_token"]) for one in (first, second)] == [OTHER_TEAM, OTHER_TEAM]
    slack.clock.advance(61)
    assert [await check(slack, one["access_token"]) for one in (first, second)] == ["token_expired", OTHER_TEAM]
    slack.oauth.revoke(OTHER_TEAM)
    assert await check(slack, second["access_token"]) == "account_inactive"
    assert await refused(slack, grant_type="refresh_token", refresh_token=second["refresh_token"])
