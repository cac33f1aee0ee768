"""The playground's page: its size, how soon it is ready, and how fast the bot answers in it."""

from __future__ import annotations

import gzip
import os
from collections.abc import Awaitable, Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import aiohttp

from benchmarks.measure import Figure, Skipped, alternating, milliseconds, percentile, ratio
from bot.playground.page.server import PlaygroundPage
from bot.playground.page.world import World
from bot.playground.run import open_world
from memory.settings import read_settings

STATIC = files("bot.playground.page") / "static"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
READY = "page ready: the first screen can be pressed"
MOST_KB = 30
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


async def measure(quick: bool) -> list[Figure | Skipped]:
    """Size, readiness, and two waits: for a command's acknowledgement, and for a whole streamed answer."""
    settings = read_settings({"LLM_MODEL": "demo"})
    rows: list[Figure | Skipped] = [_size()]
    async with PlaygroundPage.open(lambda _demo: open_world(settings)) as page:
        missing = no_browser()
        rows += [Skipped(READY, missing)] if missing else await _ready(page.url, 3 if quick else 9)
        rows += await _waits(page.world, 20 if quick else 200)
    return rows


def no_browser() -> str:
    """Why no browser can be driven here; empty where one can."""
    if not find_spec("playwright"):
        return "Playwright is not installed (make .venv/.installed-e2e)"
    return "" if Path(CHROMIUM).is_file() else f"there is no Chromium at {CHROMIUM}; CHROMIUM names another place"


def _size() -> Figure:
    sizes = [len(gzip.compress(file.read_bytes(), 6)) for file in STATIC.iterdir() if file.is_file()]
    kilobytes = sum(sizes) / 1000
    return Figure(
        "the page: all its files, gzip",
        "",
        f"{kilobytes:.1f} kB",
        f"its budget {MOST_KB} kB",
        f"{kilobytes / MOST_KB:.2f}",
    )


async def _ready(url: str, times: int) -> list[Figure]:
    """From going to the address until the first screen can be pressed, in a fresh browser context each time."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 - only where there is a browser

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        async def opened(address: str, shown: str) -> None:
            context = await browser.new_context()
            page = await context.new_page()
            await page.goto(address)
            await page.wait_for_selector(shown)
            await context.close()

        arms: dict[str, Callable[[], Awaitable[object]]] = {
            "ours": lambda: opened(url, ".welcome button"),
            "blank": lambda: opened(f"{url.partition('#')[0]}icon.svg", "svg"),
        }
        taken = await alternating(arms, times)
        await browser.close()
    ours, blank = percentile(taken["ours"], 50), percentile(taken["blank"], 50)
    return [
        Figure(
            READY,
            "SQLite",
            milliseconds(ours),
            f"a picture alone {milliseconds(blank)}",
            ratio(taken["ours"], taken["blank"]),
        )
    ]


async def _waits(world: World, times: int) -> list[Figure]:
    alice = world.slack.person("alice")

    async with aiohttp.ClientSession() as http:

        async def command() -> None:
            await alice.command("/memory", "list")

        async def turn() -> None:
            await alice.say("How do rockets work?")
            await world.inside.settled()

        async def health() -> None:
            async with http.get((world.slack.events_url or "").replace("/slack/events", "/healthz")) as answer:
                await answer.read()

        await alice.say("remember: I like short answers")
        taken = await alternating({"command": command, "turn": turn, "floor": health}, times)
    floor = percentile(taken["floor"], 50)
    beside = f"the same door, /healthz {milliseconds(floor)}"
    return [
        Figure(name, "SQLite", milliseconds(percentile(taken[arm], 50)), beside, ratio(taken[arm], taken["floor"]))
        for name, arm in (
            ("signed slash command → acknowledgement with the list, p50", "command"),
            ("message → whole streamed answer, p50", "turn"),
        )
    ]
