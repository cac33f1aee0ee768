"""Takes the pictures of docs/images: `python -m tests.e2e.screenshots`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.conftest import ARGUMENTS, chromium
from tests.e2e.playground import Playground, running_playground, say

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDE = {"width": 1280, "height": 760}
PHONE = {"width": 400, "height": 780}


def first(page: Page) -> None:
    expect(page.get_by_role("heading", name="A bot that remembers")).to_be_visible()


def story(page: Page) -> None:
    say(page, "remember: I like short answers")
    expect(page.get_by_role("log")).to_contain_text("Saved as m1")
    say(page, "How do rockets work?")
    expect(page.get_by_role("log")).to_contain_text("I took into account: I like short answers)")
    say(page, "/memory list")
    expect(page.get_by_role("log")).to_contain_text("m1 · I like short answers")


def hood(page: Page) -> None:
    story(page)
    page.get_by_role("button", name="Under the hood").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("tokens")


PICTURES: dict[str, tuple[Callable[[Page], None], dict[str, Any]]] = {
    "playground-first": (first, {"viewport": WIDE}),
    "playground-light": (hood, {"viewport": WIDE}),
    "playground-dark": (hood, {"viewport": WIDE, "color_scheme": "dark"}),
    "playground-phone": (story, {"viewport": PHONE, "device_scale_factor": 2}),
}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as driver, running_playground() as playground:
        browser = driver.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        for name, (act, look) in PICTURES.items():
            take(browser.new_context(reduced_motion="reduce", locale="en-GB", **look).new_page(), playground, act, name)
        browser.close()


def take(page: Page, playground: Playground, act: Callable[[Page], None], name: str) -> None:
    playground.start_over()
    page.goto(playground.url)
    act(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    page.screenshot(path=IMAGES / f"{name}.png")
    page.context.close()


if __name__ == "__main__":
    main()
