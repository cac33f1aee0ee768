"""A town of workspaces in which the app is installed by OAuth, over signed HTTP: two companies, and an organisation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import sqlalchemy as sa
from cryptography.fernet import Fernet

from bot.playground.run import settled
from bot.playground.standin.demo_workspace import SAM, demo_workspace
from bot.playground.standin.human import Person
from bot.playground.standin.ids import bot_id, bot_user_id
from bot.playground.standin.journal import Delivery
from bot.playground.standin.messages import Message
from bot.playground.standin.oauth import APP_ID
from bot.playground.standin.payloads import mention_event, message_event
from bot.playground.standin.people import Channel, Installation, Team, User
from bot.playground.standin.seen import Seen
from bot.playground.standin.standin import StandInSlack
from bot.playground.standin.workspace import Workspace
from bot.run import Running, over_http, running
from bot.settings import read_slack_settings
from memory.database.tables import metadata
from memory.models import Actor, Key, Role
from memory.settings import read_settings
from tests.scripted_model import ScriptedModel

GLOBEX, EAST, WEST, ORG = "T04W8XK2P", "T03L5RN7V", "T03L5RQ1C", "E03L4ZD9M"
GRETA, HENRY = "U04X2H6TB", "U04X7M3KD"
WANDA, EMIL, INES = "W03N1P8QY", "W03N6V2SF", "W03N9T4GL"
IN_GLOBEX, IN_EAST = "C04W9QZ5R", "C03M8KX7J"  # channels
KEY = Fernet.generate_key().decode()


def town() -> Workspace:
    """Acme as in the demo; Globex with greta (an admin) and henry; the organisation's East and West with wanda in both,
    emil in the East alone and ines, an admin there; sam of another company reads along in their channels."""
    world = demo_workspace()
    world.installations.clear()
    both = frozenset({EAST, WEST})
    world.add(
        Team(GLOBEX, "Globex", "globex"),
        Team(EAST, "East", "east", ORG),
        Team(WEST, "West", "west", ORG),
        User(GRETA, "greta", GLOBEX, is_admin=True),
        User(HENRY, "henry", GLOBEX),
        User(WANDA, "wanda", EAST, enterprise_id=ORG, teams=both),
        User(EMIL, "emil", EAST, enterprise_id=ORG, teams=frozenset({EAST})),
        User(INES, "ines", EAST, is_admin=True, enterprise_id=ORG, teams=frozenset({EAST})),
        Channel(IN_GLOBEX, "globex", "public", GLOBEX, frozenset({GRETA, HENRY, bot_user_id(GLOBEX)})),
    )
    east = frozenset({WANDA, EMIL, INES, SAM, bot_user_id(ORG), bot_user_id(EAST)})
    world.add(Channel(IN_EAST, "east", "public", EAST, east, is_ext_shared=True))
    return world


class PatientModel(ScriptedModel):
    """Waits, once it was asked, until it is let go; what was cancelled meanwhile never speaks."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.go = asyncio.Event(), asyncio.Event()
        self.go.set()

    def hold(self) -> None:
        self.go.clear()
        self.reached.clear()

    async def answer(self, messages: Any) -> AsyncGenerator[str, None]:
        self.reached.set()
        await self.go.wait()
        async for piece in super().answer(messages):
            yield piece


@dataclass
class Installer:
    """A browser: it keeps the cookie that it was given."""

    slack: StandInSlack
    base: str
    cookie: str = ""

    async def begin(self, team: str = "") -> str:
        """Open `/slack/install`; returns where Slack would then send the browser back to."""
        status, headers, _ = await self.get(f"{self.base}/slack/install{f'?team={team}' if team else ''}")
        assert status == 302, status
        self.cookie = headers["Set-Cookie"].partition(";")[0]
        status, headers, text = await self.get(headers["Location"])
        assert status == 302, text
        return headers["Location"]

    async def install(self, team: str = "") -> tuple[int, str]:
        """Install from the first page to the last; returns what that says."""
        status, _, text = await self.get(await self.begin(team))
        return status, text

    async def get(self, url: str) -> tuple[int, Mapping[str, str], str]:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        jar = aiohttp.DummyCookieJar()
        async with (
            aiohttp.ClientSession(cookie_jar=jar) as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status, answer.headers, await answer.text()


@dataclass
class Town:
    """The bot in the town."""

    slack: StandInSlack
    run: Running
    model: PatientModel
    browser: Installer
    asked: list[int] = field(default_factory=list)

    async def install(self, *places: str) -> None:
        for place in places:
            status, text = await self.browser.install(place)
            assert status == 200, text

    def person(self, name: str, team: str | None = None) -> Person:
        """Somebody, as they act in one of their workspaces."""
        known = self.slack.person(name)
        if team is None:
            return known
        return Person(replace(known.user, team_id=team), self.slack.workspace, known._deliveries, known._hooks)

    async def say(self, who: Person, text: str, channel: str | None = None) -> list[Seen]:
        """Say something; returns what that person then sees of the bot."""
        sent = await who.say(text, channel)
        await self.settled()
        return [seen for seen in who.sees(channel, since=sent) if seen.author == "membot"]

    async def told(
        self, who: Person, text: str, channel: str, place: str, *, kind: str = "message", **envelope: Any
    ) -> Delivery:
        """What somebody says in a channel, as the installation at `place` hears it; `envelope` is what is forged."""
        world = self.slack.workspace
        message = Message(channel, self.slack.clock.ts(), who.user.id, who.user.team_id, text=text)
        world.put(message)
        event = (mention_event if kind == "app_mention" else message_event)(message, world.channel(channel))
        app = next((one for one in world.installations if one.team_id == place), None)
        app = app or Installation(place, bot_user_id(place), bot_id(place), APP_ID, "xoxb-none", "")
        delivery = await self.slack.deliver_event(event, app=app, **envelope)
        await self.settled()
        return delivery

    async def settled(self) -> None:
        await settled(self.run)

    async def prompt(self, who: Person, text: str = "Tell me something", channel: str | None = None) -> str:
        """What the model is given when this person asks."""
        before = len(self.model.prompts)
        await self.say(who, text, channel)
        assert len(self.model.prompts) == before + 1, "the model was not asked"
        return self.model.prompts[-1]

    async def texts(self, team: str, user: str) -> list[str]:
        """What a person's key holds."""
        key = Key.person(team, user)
        page = await self.run.parts.store.find(Actor(key.value, Role.MEMBER, "test", team, user, None), key)
        return [memory.text for memory in page.memories]

    async def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        async with self.run.parts.database.reading() as connection:
            return {
                table.name: await connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in metadata.sorted_tables
            }

    def called(self, *methods: str) -> int:
        return sum(len(self.slack.journal.called(method)) for method in methods)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.slack.clock.now(), UTC)


@asynccontextmanager
async def open_town(database_url: str, **variables: str) -> AsyncIterator[Town]:
    """Start the bot in a town where it is installed nowhere yet."""
    model = PatientModel()
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(StandInSlack.open(workspace=town(), signing_secret="of-the-town"))
        env = {
            "DATABASE_URL": database_url,
            "SLACK_CLIENT_ID": slack.oauth.client_id,
            "SLACK_CLIENT_SECRET": slack.oauth.client_secret,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "TOKEN_ENCRYPTION_KEY": KEY,
            "PORT": "0",
            **variables,
        }
        settings = read_slack_settings(env)
        run = await stack.enter_async_context(running(read_settings(env), settings, model.opened()))
        port = await stack.enter_async_context(over_http(run, settings))
        base = f"http://127.0.0.1:{port}"
        slack.events_url = f"{base}/slack/events"
        slack.oauth.redirect_url = f"{base}/slack/oauth_redirect"
        yield Town(slack, run, model, Installer(slack, base))
