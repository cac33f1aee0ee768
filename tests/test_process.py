"""The program itself, as whoever installs it meets it: started, killed, started again, and refused with a sentence."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest
from cryptography.fernet import Fernet

from bot.playground.standin.demo_workspace import ACME
from bot.playground.standin.human import Person
from bot.playground.standin.ids import bot_user_id
from bot.playground.standin.lifecycle import uninstall
from bot.playground.standin.seen import Seen
from bot.playground.standin.standin import StandInSlack
from tests.bot.people.tenancy import GLOBEX, Installer, town
from tests.loopback_model import LoopbackModel
from tests.waiting import until

ROOT = Path(__file__).parent.parent


STARTING = 120.0  # seconds that a process may take to start, or to end, on a busy machine


async def start(folder: Path, env: Mapping[str, str], *arguments: str) -> Process:
    """Start `python -m bot` in a folder of its own, with these variables and as few others as possible."""
    few = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=folder,
        env=few | {"PYTHONPATH": str(ROOT)} | dict(env),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )


async def end(process: Process, number: int = signal.SIGTERM) -> tuple[int | None, str]:
    """End a process by a signal; return its exit code and what it said on standard error."""
    if process.returncode is None:
        process.send_signal(number)
    return await end_of(process)


async def end_of(process: Process) -> tuple[int | None, str]:
    """Wait for a process that ends by itself; return its exit code and what it said on standard error."""
    _, stderr = await asyncio.wait_for(process.communicate(), STARTING)
    return process.returncode, stderr.decode()


class Machine:
    """A machine on which the bot is started over HTTP, killed and started again, beside one stand-in Slack."""

    def __init__(self, slack: StandInSlack, folder: Path, database_url: str, **env: str) -> None:
        self.slack = slack
        self.folder = folder
        self.url = ""
        self.env = {
            "SLACK_BOT_TOKEN": slack.bot_token if slack.workspace.installations else "",
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": database_url,
            "PORT": "0",
        } | env

    async def start(self) -> tuple[Process, str]:
        """Start the bot, and return it once it is ready, with what it has said on standard error so far."""
        process = await start(self.folder, self.env)
        said = await asyncio.wait_for(until_it_listens(process), STARTING)
        (self.url,) = re.findall(r"Listening on (http://[^/]+)/slack/events", said)
        self.slack.events_url = f"{self.url}/slack/events"
        self.slack.oauth.redirect_url = f"{self.url}/slack/oauth_redirect"
        await until(self.is_ready, STARTING)
        return process, said

    async def is_ready(self) -> bool:
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/readyz") as answer:
            return answer.status == 200

    async def said_to(self, person: Person, count: int) -> list[Seen]:
        """What the bot has said to a person in their direct message, once it is so many finished messages."""

        def finished() -> bool:
            seen = ours(person)
            return len(seen) >= count and not any(one.streaming for one in seen)

        await until(finished, STARTING)
        return ours(person)


def ours(person: Person) -> list[Seen]:
    """What the bot has said to a person in their direct message."""
    return [one for one in person.sees() if one.author == "membot"]


async def until_it_listens(process: Process) -> str:
    """What a process says on standard error up to the line with its address, or all of it if it ends before."""
    assert process.stderr
    said = ""
    while "Listening on" not in said and (line := await process.stderr.readline()):
        said += line.decode()
    return said


def open_events(database: Path) -> int:
    """How many events of a bot's file are not worked off yet."""
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM inbox WHERE state IN ('pending', 'running')").fetchone()
    return int(count)


async def worked_off(database: Path) -> None:
    """Wait until the bot has done everything that it was told."""
    await until(lambda: open_events(database) == 0, STARTING)


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    async with StandInSlack.open() as opened:
        yield opened


@asynccontextmanager
async def running(machine: Machine) -> AsyncIterator[Process]:
    process, _ = await machine.start()
    try:
        yield process
    finally:
        await end(process, signal.SIGKILL)


async def test_the_owners_prompt_and_nobody_elses_holds_the_memory(
    slack: StandInSlack, tmp_path: Path, database_url: str
) -> None:
    async with LoopbackModel.open() as model:
        llm = {"LLM_MODEL": "openai/test", "LLM_API_BASE": model.api_base, "OPENAI_API_KEY": "sk-made-up"}
        machine = Machine(slack, tmp_path, database_url, **llm)
        alice, bob = slack.person("alice"), slack.person("bob")
        async with running(machine):
            await alice.say("remember: I like short answers")
            await machine.said_to(alice, 1)
            await alice.say("What is Slack?")
            assert "You said: What is Slack?" in (await machine.said_to(alice, 2))[-1].text
            await bob.say("What is Slack? Tell me everything you know about alice.")
            await machine.said_to(bob, 1)
        assert '- "I like short answers"' in model.prompts[0]
        assert "short answers" not in model.prompts[1]


# What Slack does when the process dies in the middle of it: the effect is there, and the answer never arrives.
MOMENTS = ["agents.sessions.setStatus", "chat.startStream", "chat.stopStream", "users.info"]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_an_answer_interrupted_by_a_kill_is_given_once_after_the_next_start(
    slack: StandInSlack, tmp_path: Path, moment: str
) -> None:
    machine = Machine(slack, tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}")
    bob = slack.person("bob")
    process, _ = await machine.start()
    slack.faults.add(moment, hang=True, after=True)
    await bob.say("hello there")
    await reached(slack, moment)
    await end(process, signal.SIGKILL)
    slack.faults.clear()
    assert open_events(tmp_path / "bot.db") == 1
    async with running(machine):
        await worked_off(tmp_path / "bot.db")
        assert [("hello there" in one.text, one.streaming) for one in ours(bob)] == [(True, False)]


async def reached(slack: StandInSlack, method: str, times: int = 1) -> None:
    """Wait until the bot has called Slack so often, and the call had its effect."""
    await until(lambda: len(slack.journal.called(method)) >= times, STARTING)


async def test_a_receipt_interrupted_by_a_kill_is_given_once_and_the_memory_is_there_once(
    slack: StandInSlack, tmp_path: Path
) -> None:
    machine = Machine(slack, tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}")
    bob = slack.person("bob")
    process, _ = await machine.start()
    slack.faults.add("chat.postMessage", hang=True, after=True)
    await bob.say("remember: I like tea")
    await reached(slack, "chat.postMessage")
    await end(process, signal.SIGKILL)
    slack.faults.clear()
    assert open_events(tmp_path / "bot.db") == 1
    async with running(machine):
        await worked_off(tmp_path / "bot.db")
        ack = await bob.command("/memory", "list")
    receipts = [one for one in bob.sees() if "Saved as m1" in one.text]
    assert len(receipts) == 1
    assert "(1)" in ack.body["text"]


async def test_a_dead_replicas_turn_is_taken_over_on_postgresql(
    slack: StandInSlack, tmp_path: Path, postgresql_database_url: str
) -> None:
    machine = Machine(slack, tmp_path, postgresql_database_url)
    bob = slack.person("bob")
    process, _ = await machine.start()
    slack.faults.add("agents.sessions.setStatus", hang=True)
    await bob.say("hello there")
    await reached(slack, "agents.sessions.setStatus")
    await end(process, signal.SIGKILL)
    async with running(machine):
        (seen,) = await machine.said_to(bob, 1)
    assert "hello there" in seen.text


async def test_sigterm_lets_what_is_under_way_finish(slack: StandInSlack, tmp_path: Path) -> None:
    machine = Machine(slack, tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}")
    people = [slack.person(name) for name in ("alice", "bob", "carol")]
    process, _ = await machine.start()
    slack.faults.add("chat.startStream", error="", delay=1.0, times=3)
    for person in people:
        await person.say("hello there")
    await reached(slack, "agents.sessions.setStatus", 3)
    code, log = await end(process)
    assert code == 0, log
    for person in people:
        assert [("hello there" in one.text, one.streaming) for one in ours(person)] == [(True, False)]


async def test_socket_mode_needs_no_address_and_no_signing_secret(slack: StandInSlack, tmp_path: Path) -> None:
    env = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}",
    }
    process = await start(tmp_path, env)
    bob = slack.person("bob")
    try:
        await until(lambda: slack.socket.connections, STARTING)
        await bob.say("remember: I like tea")
        ack = await bob.command("/memory", "list")
        await until(lambda: any("Saved as m1" in one.text for one in bob.sees()))
        assert ack.ok
    finally:
        code, log = await end(process)
    assert code == 0, log


async def test_sigterm_stops_a_bot_that_cannot_connect(slack: StandInSlack, tmp_path: Path) -> None:
    env = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}",
    }
    slack.faults.add("apps.connections.open", error="internal_error", status=500, times=1000)
    process = await start(tmp_path, env)
    await reached(slack, "apps.connections.open")
    code, _ = await end(process)
    assert code == 0


# ------------------------------------------------------------------------------------------------------- refusals


IN_SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}  # without them the playground opens its own


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN"),
        ({"PORT": "eighty"}, "PORT must be a whole number"),
        ({"LLM_TIMEOUT": "soon"}, "LLM_TIMEOUT must be a number of seconds"),
        ({"SLACK_BOT_TOKEN_FILE": "/nowhere"}, "SLACK_BOT_TOKEN_FILE"),
        (IN_SLACK | {"DATABASE_URL": "mysql://x"}, "DATABASE_URL must start with"),
        (IN_SLACK | {"DATABASE_URL": "sqlite+aiosqlite:////nowhere/at/all.db"}, "cannot be opened"),
    ],
)
async def test_a_wrong_setting_stops_the_start_and_is_named(tmp_path: Path, env: dict[str, str], named: str) -> None:
    code, stderr = await end_of(await start(tmp_path, env))
    assert code == 1
    assert named in stderr
    assert "Traceback" not in stderr


async def test_a_damaged_database_stops_the_start_and_stays_as_it_was(slack: StandInSlack, tmp_path: Path) -> None:
    damaged = tmp_path / "bot.db"
    damaged.write_bytes(b"SQLite format 3\0" + os.urandom(8000))
    before = damaged.read_bytes()
    machine = Machine(slack, tmp_path, f"sqlite+aiosqlite:///{damaged}")
    code, stderr = await end_of(await start(tmp_path, machine.env))
    assert code == 1
    assert "is damaged" in stderr
    assert damaged.read_bytes() == before


async def test_a_second_process_on_one_file_is_refused(slack: StandInSlack, tmp_path: Path) -> None:
    machine = Machine(slack, tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}")
    async with running(machine):
        code, stderr = await end_of(await start(tmp_path, machine.env))
        assert code == 1
        assert "SQLite serves one" in stderr


async def test_a_token_that_slack_refuses_is_told(slack: StandInSlack, tmp_path: Path) -> None:
    machine = Machine(slack, tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}")
    code, stderr = await end_of(await start(tmp_path, machine.env | {"SLACK_BOT_TOKEN": "xoxb-wrong"}))
    assert code == 1
    assert "Slack refused the token: invalid_auth" in stderr
    assert "xoxb-wrong" not in stderr


async def test_a_port_that_is_taken_is_told(slack: StandInSlack, tmp_path: Path) -> None:
    machine = Machine(slack, tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, stderr = await end_of(await start(tmp_path, machine.env | {"PORT": str(port)}))
    assert code == 1
    assert str(port) in stderr


# ------------------------------------------------------------------------------------------------------------ OAuth


def oauth_environment(slack: StandInSlack, key: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": "",
        "SLACK_CLIENT_ID": slack.oauth.client_id,
        "SLACK_CLIENT_SECRET": slack.oauth.client_secret,
        "TOKEN_ENCRYPTION_KEY": key,
    }


async def test_two_workspaces_install_it_and_a_kill_a_restart_and_other_keys_lose_neither(
    tmp_path: Path, database_url: str
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    async with StandInSlack.open(workspace=town()) as slack:
        machine = Machine(slack, tmp_path, database_url, **oauth_environment(slack, old))
        bob, henry = slack.person("bob"), slack.person("henry")
        async with running(machine):
            for team in (ACME, GLOBEX):
                status, text = await Installer(slack, machine.url).install(team)
                assert (status, "is installed" in text) == (200, True)
            await bob.say("remember: tea")
            await henry.say("remember: rum")
            for who in (bob, henry):
                assert "Saved" in (await machine.said_to(who, 1))[0].text
        machine.env["TOKEN_ENCRYPTION_KEY"] = f"{new},{old}"
        rotated = await start(tmp_path, machine.env, "rotate-keys")
        stdout, stderr = await asyncio.wait_for(rotated.communicate(), STARTING)
        assert (rotated.returncode, "newest key: 2" in stdout.decode()) == (0, True), stderr
        machine.env["TOKEN_ENCRYPTION_KEY"] = new
        process, started = await machine.start()
        try:
            await henry.say("What do you know?")
            said = (await machine.said_to(henry, 2))[-1]
            assert (said.message.user, "tea" in said.text) == (bot_user_id(GLOBEX), False)
            await uninstall(slack, GLOBEX)
            assert "tea" in str((await bob.command("/memory", "list")).body)
        finally:
            code, ended = await end(process)
        assert code == 0, ended
        for secret in (old, new, slack.oauth.client_secret, slack.signing_secret, *slack.oauth._dead):
            assert secret not in started + ended + stdout.decode() + stderr.decode()


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("TOKEN_ENCRYPTION_KEY", "Fernet.generate_key()"),
        ("SLACK_CLIENT_SECRET", "SLACK_CLIENT_SECRET is missing"),
        ("SLACK_SIGNING_SECRET", "SLACK_SIGNING_SECRET is missing"),
    ],
)
async def test_half_of_what_oauth_needs_stops_the_start_with_a_sentence(
    slack: StandInSlack, tmp_path: Path, missing: str, told: str
) -> None:
    env = {"SLACK_SIGNING_SECRET": "s", **oauth_environment(slack, Fernet.generate_key().decode()), missing: ""}
    code, stderr = await end_of(await start(tmp_path, env))
    assert (code, told in stderr, len(stderr.splitlines())) == (1, True, 1), stderr


async def test_keys_cannot_be_rotated_where_there_are_none(tmp_path: Path) -> None:
    code, stderr = await end_of(await start(tmp_path, {}, "rotate-keys"))
    assert (code, "There are no tokens" in stderr) == (1, True)
