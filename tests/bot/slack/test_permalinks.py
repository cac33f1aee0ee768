"""The addresses of workspaces: asked once an hour, and so many are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.permalinks import KEPT_SECONDS, MOST_KEPT, Permalinks


@dataclass
class Asked:
    """A client that says where its workspace is, and a clock."""

    url: str = "https://acme.slack.com/"
    fails: bool = False
    times: int = 0
    seconds: float = field(default=1000.0)

    async def auth_test(self) -> dict[str, Any]:
        self.times += 1
        if self.fails:
            raise TimeoutError
        return {"url": self.url}

    async def address(self, permalinks: Permalinks, team: str = "T1") -> str:
        return await permalinks.address(cast(AsyncWebClient, self), team)


@pytest.fixture
def slack() -> Asked:
    return Asked()


@pytest.fixture
def permalinks(slack: Asked) -> Permalinks:
    return Permalinks(lambda: slack.seconds)


async def test_a_workspace_that_was_renamed_is_found_within_the_hour(slack: Asked, permalinks: Permalinks) -> None:
    assert await slack.address(permalinks) == "https://acme.slack.com/"
    slack.url = "https://apex.slack.com/"
    slack.seconds += KEPT_SECONDS - 1
    assert await slack.address(permalinks) == "https://acme.slack.com/"
    assert slack.times == 1
    slack.seconds += 1
    assert await slack.address(permalinks) == "https://apex.slack.com/"


async def test_while_slack_does_not_answer_the_old_address_is_better_than_none(
    slack: Asked, permalinks: Permalinks
) -> None:
    slack.fails = True
    assert await slack.address(permalinks) == ""
    slack.fails = False
    assert await slack.address(permalinks) == "https://acme.slack.com/"
    slack.fails, slack.seconds = True, slack.seconds + KEPT_SECONDS
    assert await slack.address(permalinks) == "https://acme.slack.com/"


async def test_what_is_no_address_of_slacks_is_none(slack: Asked, permalinks: Permalinks) -> None:
    slack.url = "javascript:alert(1)"
    assert await slack.address(permalinks) == ""
    assert await slack.address(permalinks) == ""
    assert slack.times == 1


async def test_so_many_are_kept_and_no_more(slack: Asked, permalinks: Permalinks) -> None:
    for number in range(MOST_KEPT + 1):
        await slack.address(permalinks, f"T{number}")
    asked = slack.times
    await slack.address(permalinks, f"T{MOST_KEPT}")
    assert slack.times == asked
    await slack.address(permalinks, "T0")
    assert slack.times == asked + 1
