"""Takes the pictures of docs/images: `python -m tests.e2e.screenshots`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from bot.playground.standin.demo_workspace import ALICE, BOB
from tests.e2e.conftest import ARGUMENTS, chromium
from tests.e2e.playground import Playground, running_playground, say

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDE = {"width": 1280, "height": 760}
PHONE = {"width": 400, "height": 780}
TALL = {"width": 1000, "height": 780}


def first(page: Page) -> None:
    expect(page.get_by_role("heading", name="A bot that remembers")).to_be_visible()


def story(page: Page) -> None:
    say(page, "remember: I like short answers")
    expect(page.get_by_role("log")).to_contain_text("Saved as m1")
    say(page, "How do rockets work?")
    expect(page.get_by_role("log")).to_contain_text("I took into account: I like short answers)")
    say(page, "/memory list")
    expect(page.get_by_role("log")).to_contain_text("m1 · I like short answers")


def inside(page: Page) -> None:
    story(page)
    page.get_by_role("button", name="Under the hood").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("tokens")


def saved(page: Page) -> None:
    """A few memories, one of them used in an answer, one disabled."""
    for number, text in enumerate(("I like short answers", "I work in Berlin #work", "my editor is Vim #tools"), 1):
        say(page, f"remember: {text}")
        expect(page.get_by_role("log")).to_contain_text(f"Saved as m{number}")
    say(page, "Where do I work?")
    expect(page.get_by_role("log")).to_contain_text("Memories used (3)")
    say(page, "/memory disable m3")
    expect(page.get_by_role("log")).to_contain_text("Disabled m3")


def listed(page: Page) -> None:
    saved(page)
    say(page, "/memory")
    expect(page.locator("#modal")).to_contain_text("1–3 of 3")


def edited(page: Page) -> None:
    saved(page)
    page.get_by_role("button", name="Edit").first.click()
    page.locator("#modal").get_by_label("What to remember").fill("")
    page.locator("#modal").get_by_role("button", name="Save").click()
    expect(page.locator("#modal").get_by_role("alert")).to_be_visible()


def used(page: Page) -> None:
    saved(page)
    page.get_by_role("button", name="Memories used (3)").click()
    expect(page.locator("#modal")).to_contain_text("This answer was given 3 memories")


def at_home(page: Page) -> None:
    saved(page)
    page.get_by_label("Act as").select_option(BOB)
    page.get_by_role("button", name="membot", exact=True).click()
    say(page, "remember: I am on parental leave from May")
    expect(page.get_by_role("log")).to_contain_text("Saved as m1")
    say(page, "remember for the team: we deploy on Tuesdays")
    expect(page.get_by_role("log")).to_contain_text("it waits for an admin")
    page.get_by_label("Act as").select_option(ALICE)
    page.get_by_role("button", name="Home", exact=True).click()
    expect(page.get_by_role("log")).to_contain_text("1 proposal waits")


def remembered(page: Page) -> None:
    page.get_by_label("Act as").select_option(BOB)
    page.get_by_role("button", name="#general").click()
    say(page, "The staging database is wiped every Sunday night")
    expect(page.get_by_role("log")).to_contain_text("every Sunday")
    page.get_by_label("Act as").select_option(ALICE)
    page.get_by_role("button", name="#general").click()
    page.get_by_role("button", name="Actions for the message of bob").click()
    page.get_by_role("button", name="Remember this").click()
    expect(page.locator("#modal")).to_contain_text("@bob")


def reviewed(page: Page) -> None:
    at_home(page)
    page.get_by_role("button", name="Review memories").click()
    expect(page.locator("#modal")).to_contain_text("m1")


PICTURES: dict[str, tuple[Callable[[Page], None], dict[str, Any]]] = {
    "playground-first": (first, {"viewport": WIDE}),
    "playground-light": (inside, {"viewport": WIDE}),
    "playground-dark": (inside, {"viewport": WIDE, "color_scheme": "dark"}),
    "playground-phone": (story, {"viewport": PHONE, "device_scale_factor": 2}),
    "list": (listed, {"viewport": TALL}),
    "edit": (edited, {"viewport": TALL}),
    "used": (used, {"viewport": TALL, "color_scheme": "dark"}),
    "home": (at_home, {"viewport": {"width": 1100, "height": 1000}}),
    "remember-this": (remembered, {"viewport": TALL}),
    "review": (reviewed, {"viewport": {"width": 1000, "height": 900}, "color_scheme": "dark"}),
}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as driver, running_playground() as playground:
        browser = driver.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        for name, (act, window) in PICTURES.items():
            take(
                browser.new_context(reduced_motion="reduce", locale="en-GB", **window).new_page(), playground, act, name
            )
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
