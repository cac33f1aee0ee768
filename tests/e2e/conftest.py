"""A real browser for the tests of the page: Debian's Chromium, driven by Playwright.

These tests are a run of their own (`python -m pytest tests/e2e`): Playwright's sync API holds the event loop of its
thread, and asyncio tests after it in the same run would find it taken.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Playwright, expect, sync_playwright

from tests.e2e.harness import Stage, serve

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = files("axe_playwright_python") / "axe.min.js"
LOUD = ("error", "warning")
PATIENCE = 30_000  # milliseconds: generous, for the other tests run beside these

expect.set_options(timeout=PATIENCE)


class Violations(Protocol):
    """Asks axe-core."""

    def __call__(self, page: Page, within: str = "html") -> list[str]: ...


def chromium() -> str:
    """Where Chromium is. Skips the test when there is none, or fails it with REQUIRE_BROWSER=1."""
    path = os.environ.get("CHROMIUM") or CHROMIUM
    if not Path(path).is_file():
        reason = f"there is no Chromium at {path}; CHROMIUM names another place (apt-get install chromium)"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"REQUIRE_BROWSER=1, and {reason}")
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One browser for the whole run."""
    launched = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
    yield launched
    launched.close()


@pytest.fixture
def window() -> dict[str, Any]:
    """The window: what `browser.new_context` takes. A test parametrises it for the dark, or for a phone."""
    return {}


@pytest.fixture
def page(browser: Browser, window: dict[str, Any]) -> Iterator[Page]:
    """An empty page of a person of her own. Whatever reaches its console as an error or a warning fails the test."""
    context = browser.new_context(**{"viewport": {"width": 1100, "height": 800}, "locale": "en-GB", **window})
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in LOUD:
            said.append(f"{message.type}: {message.text}")

    def fail(error: Error) -> None:
        said.append(f"uncaught: {error}")

    opened.on("console", hear)
    opened.on("pageerror", fail)
    yield opened
    context.close()
    assert said == []


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where a page with nothing but blocks is served."""
    with serve() as url:
        yield url


@pytest.fixture
def stage(page: Page, address: str) -> Stage:
    page.goto(address)
    page.wait_for_function("window.harness")
    return Stage(page)


@pytest.fixture
def violations() -> Violations:
    """What axe-core finds on a page or within a part of it, one line a finding: the rule and where."""

    def check(page: Page, within: str = "html") -> list[str]:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = page.evaluate("async (within) => (await axe.run(within)).violations", within)
        return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]

    return check
