"""What a start costs: importing the bot, and the memory of an idle one with the demo model."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

import aiohttp

from benchmarks.measure import Figure, ratio, taking_turns
from bot.playground.standin.standin import StandInSlack

# What the bot stands on, whatever it does itself.
LIBRARIES = "import aiohttp.web, alembic.command, slack_bolt.async_app, sqlalchemy.ext.asyncio, psycopg, aiosqlite"
BOT = "import bot.__main__"
TELL = """
import sys, time
begun = time.perf_counter()
{imports}
print(time.perf_counter() - begun, "litellm" in sys.modules)
"""
TELL_AND_WAIT = "{imports}\nprint('ready', flush=True)\ninput()"
READY_SECONDS = 30
IDLE_SECONDS = 3


async def measure(quick: bool) -> list[Figure]:
    """Import time beside that of the libraries alone; and resident memory, on Linux."""
    taken = await taking_turns({"ours": _importing(BOT), "floor": _importing(LIBRARIES)}, 3 if quick else 9)
    figures = [
        Figure(
            "import of bot.__main__, which leaves litellm alone",
            "",
            f"{median(taken['ours']) * 1000:.0f} ms",
            f"its libraries {median(taken['floor']) * 1000:.0f} ms",
            ratio(taken["ours"], taken["floor"]),
        )
    ]
    if sys.platform != "linux":
        return figures
    ours, floor = await _idle_bot(), await _idle_libraries()
    memory = Figure(
        "resident memory of the idle bot, demo model",
        "SQLite",
        f"{ours:.0f} MiB",
        f"its libraries {floor:.0f} MiB",
        f"{ours / floor:.2f}",
    )
    return [*figures, memory]


def _importing(imports: str) -> Callable[[], Awaitable[float]]:
    async def run() -> float:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", TELL.format(imports=imports), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        seconds, litellm = said.decode().split()
        if litellm == "True":
            raise RuntimeError("litellm was imported.")
        return float(seconds)

    return run


async def _idle_bot() -> float:
    """MiB of `python -m bot` over HTTP, after it was ready and had nothing to do for a while."""
    with tempfile.TemporaryDirectory(prefix="membot-bench-") as folder:
        async with StandInSlack.open() as slack:
            port = await _free_port()
            environment = os.environ | {
                "SLACK_BOT_TOKEN": slack.bot_token,
                "SLACK_SIGNING_SECRET": slack.signing_secret,
                "SLACK_API_URL": slack.api_url,
                "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/bench.db",
                "LLM_MODEL": "demo",
                "LOG_LEVEL": "ERROR",
                "HOST": "127.0.0.1",
                "PORT": str(port),
            }
            environment.pop("SLACK_APP_TOKEN", None)
            process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", env=environment)
            try:
                await _ready(f"http://127.0.0.1:{port}/readyz")
                await asyncio.sleep(IDLE_SECONDS)
                return _resident(process.pid)
            finally:
                process.send_signal(signal.SIGTERM)
                await process.wait()


async def _idle_libraries() -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        TELL_AND_WAIT.format(imports=LIBRARIES),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdout is None:
        raise RuntimeError("There is no pipe to the process.")
    await process.stdout.readline()
    resident = _resident(process.pid)
    await process.communicate(b"\n")
    return resident


async def _free_port() -> int:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with server:
        return int(server.sockets[0].getsockname()[1])


async def _ready(url: str) -> None:
    async with asyncio.timeout(READY_SECONDS), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)


def _resident(pid: int) -> float:
    """MiB of memory that the process holds."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc", str(pid), "status").read_text())
    return int(found[1]) / 1024 if found else 0.0
