"""Profiles: of many who ask about one person at once, one asks Slack."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.people.profiles import Profiles, SlackAway


@dataclass
class Slow:
    """A client whose answer comes when it is let go."""

    answer: Any = field(default_factory=lambda: {"user": {"id": "U1", "is_admin": True}})
    go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)

    async def users_info(self, *, user: str) -> Any:
        self.asked.append(user)
        await self.go.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def fifty(profiles: Profiles, slack: Slow, user: str = "U1") -> list[Any]:
    """What fifty are told who ask at once."""
    client = cast(AsyncWebClient, slack)
    asking = [asyncio.create_task(profiles.profile(client, "T1", user)) for _ in range(50)]
    await asyncio.sleep(0)  # all of them have begun
    slack.go.set()
    return await asyncio.gather(*asking, return_exceptions=True)


async def test_of_fifty_who_ask_at_once_one_asks_slack() -> None:
    profiles, slack = Profiles(), Slow()
    told = await fifty(profiles, slack)
    assert slack.asked == ["U1"]
    assert len(told) == 50
    assert all(each is told[0] and each is not None for each in told)
    await profiles.profile(cast(AsyncWebClient, slack), "T1", "U1")
    assert slack.asked == ["U1"]


async def test_all_of_them_hear_that_slack_is_away_and_the_next_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.calls.SHORT_WAIT", 0.0)
    profiles, slack = Profiles(), Slow(TimeoutError())
    told = await fifty(profiles, slack)
    assert all(isinstance(each, SlackAway) for each in told)
    assert len(slack.asked) == 2  # once, and once again
    slack.answer = {"user": {"id": "U1"}}
    assert await profiles.profile(cast(AsyncWebClient, slack), "T1", "U1")


async def test_who_gives_up_waiting_takes_the_answer_from_nobody_else() -> None:
    profiles, slack = Profiles(), Slow()
    client = cast(AsyncWebClient, slack)
    first, second = (asyncio.create_task(profiles.profile(client, "T1", "U1")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    slack.go.set()
    assert await second
    assert slack.asked == ["U1"]
