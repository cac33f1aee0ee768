"""The whole bot, over signed HTTP, in the stand-in Slack: what conversations are held with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from bot.playground.page.world import World
from bot.playground.run import open_world, settled
from bot.playground.standin.human import Person
from bot.playground.standin.seen import Button, Seen
from bot.playground.standin.standin import StandInSlack
from bot.playground.terminal.script import Script
from bot.run import Running, over_http, running
from bot.settings import read_slack_settings
from memory.settings import read_settings
from tests.scripted_model import ScriptedModel

# What stands below an answer that was given no memories.
BELOW = "\n[1] Good answer  [2] Bad answer\n[3] No memories used"


@dataclass
class Office:
    """A workspace with the bot in it."""

    slack: StandInSlack
    run: Running
    model: ScriptedModel

    def person(self, name: str) -> Person:
        return self.slack.person(name)

    async def say(
        self, who: str, text: str, channel: str | None = None, thread: object = None, **extra: Any
    ) -> list[Seen]:
        """Say something and return what that person sees of it, once the bot has reacted: the bot's own messages."""
        person = self.slack.person(who)
        sent = await person.say(text, channel, thread, **extra)  # type: ignore[arg-type]
        await settled(self.run)
        return [seen for seen in person.sees(channel, since=sent) if seen.author == "membot"]

    async def command(self, who: str, text: str, channel: str | None = None) -> str:
        """Use `/memory` and return the text of the answer."""
        ack = await self.slack.person(who).command("/memory", text, channel)
        assert ack.ok, ack
        return str(ack.body["text"])

    async def click(self, who: str, button: Button) -> None:
        """Press a button and wait for what it shows."""
        await self.slack.person(who).click(button)
        await settled(self.run)

    async def settled(self) -> None:
        await settled(self.run)


@asynccontextmanager
async def open_office(
    database_url: str, model: ScriptedModel, variables: Mapping[str, str] | None = None
) -> AsyncIterator[Office]:
    """Open a workspace with the bot, over HTTP."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(StandInSlack.open())
        env = {
            "DATABASE_URL": database_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "PORT": "0",
            **(variables or {}),
        }
        settings = read_slack_settings(env)
        run = await stack.enter_async_context(running(read_settings(env), settings, model.opened()))
        port = await stack.enter_async_context(over_http(run, settings))
        slack.events_url = f"http://127.0.0.1:{port}/slack/events"
        yield Office(slack, run, model)


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
async def office(database_url: str, model: ScriptedModel) -> AsyncIterator[Office]:
    async with open_office(database_url, model) as opened:
        yield opened


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """The playground's workspace: the bot with the demo model and a database of its own."""
    async with open_world(read_settings({})) as opened:
        yield opened


@pytest.fixture
def demo(world: World) -> Script:
    """A conversation with the demo model, as the playground saves them."""
    return Script(world.slack, world.inside.settled)
