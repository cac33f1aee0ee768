"""Every surface of the bot in a real browser: the list, its forms, Home, the shortcuts, what is below an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from bot.playground.standin.demo_workspace import ALICE, BOB, PEOPLE
from tests.e2e.conftest import Violations
from tests.e2e.playground import Playground, running_playground, say


@pytest.fixture(scope="module")
def process() -> Iterator[Playground]:
    with running_playground() as started:
        yield started


@pytest.fixture
def opened(page: Page, process: Playground) -> Page:
    process.start_over()
    page.goto(process.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("membot (direct message)")
    return page


def log(page: Page) -> Locator:
    return page.get_by_role("log")


def last(page: Page) -> Locator:
    return log(page).get_by_role("article").last


def modal(page: Page) -> Locator:
    return page.locator("#modal")


def save(page: Page, *texts: str) -> None:
    for number, text in enumerate(texts, 1):
        say(page, f"remember: {text}")
        expect(log(page)).to_contain_text(f"Saved as m{number}")


def choose(page: Page, about: str, option: str) -> None:
    """Choose in the menu of a row."""
    page.get_by_role("button", name=f"More actions for “{about}”").click()
    page.get_by_role("menuitem", name=option).click()


# ------------------------------------------------------------------------------------------------- list and forms


def test_the_list_narrows_and_acts(opened: Page) -> None:
    page = opened
    save(page, "I like tea #drinks", "I live in Bonn")
    say(page, "/memory")
    expect(modal(page).get_by_role("heading", name="My memories")).to_be_visible()
    expect(modal(page)).to_contain_text("m2 · I live in Bonn")
    choose(page, "m2 · I live in Bonn", "Disable")
    expect(modal(page)).to_contain_text("Disabled m2")
    modal(page).get_by_role("combobox").first.select_option("Off")
    expect(modal(page)).not_to_contain_text("m1 · I like tea")
    expect(modal(page)).to_contain_text("m2 · I live in Bonn")
    modal(page).get_by_role("combobox").first.select_option("All")
    expect(modal(page)).to_contain_text("m1 · I like tea")
    modal(page).get_by_label("Search").fill("tea")
    page.keyboard.press("Enter")
    expect(modal(page)).not_to_contain_text("m2 · I live in Bonn")
    expect(modal(page)).to_contain_text("m1 · I like tea")
    choose(page, "m1 · I like tea", "Delete…")
    expect(modal(page)).to_contain_text("Delete m1 for good?")
    modal(page).get_by_role("button", name="Delete").click()
    expect(modal(page)).to_contain_text("Deleted m1")
    page.keyboard.press("Escape")
    expect(modal(page)).to_be_hidden()


def test_a_form_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(opened: Page, violations: Violations) -> None:
    page = opened
    save(page, "I like tea", "I live in Bonn")
    last(page).get_by_role("button", name="Edit").click()
    text = modal(page).get_by_label("What to remember")
    expect(text).to_have_value("I live in Bonn")
    text.fill("")
    modal(page).get_by_role("button", name="Save").click()
    expect(modal(page).get_by_role("alert")).to_contain_text("the text is empty")
    expect(text).to_have_attribute("aria-invalid", "true")
    assert violations(page) == []
    text.fill("My key is ghp_" + "a1B2" * 9)
    modal(page).get_by_role("button", name="Save").click()
    expect(modal(page).get_by_role("alert")).not_to_contain_text("empty")
    expect(modal(page).get_by_role("alert")).not_to_contain_text("ghp_")
    text.fill("I like tea")
    modal(page).get_by_role("button", name="Save").click()
    expect(modal(page)).to_contain_text("This is already m1")
    text.fill("I live in Cologne")
    modal(page).get_by_label("Tags").fill("home")
    modal(page).get_by_role("button", name="Save").click()
    expect(modal(page)).to_be_hidden()
    expect(last(page)).to_contain_text("Changed m2: “I live in Cologne”")
    expect(last(page)).to_contain_text("“I live in Cologne” #home (private")


def test_another_persons_list_is_empty(opened: Page) -> None:
    page = opened
    save(page, "I like tea")
    page.get_by_label("Act as").select_option(BOB)
    page.get_by_role("button", name="My memories").click()
    expect(modal(page)).to_contain_text("I remember nothing about you yet")
    expect(modal(page)).not_to_contain_text("tea")


# --------------------------------------------------------------------------------------------- Home and shortcuts


def test_home_shows_how_it_is_now_whatever_changed_it(opened: Page, violations: Violations) -> None:
    page = opened
    page.get_by_role("button", name="Home").click()
    expect(log(page)).to_contain_text("Your memory is on.")
    page.get_by_role("button", name="membot").click()
    save(page, "I like tea")
    page.get_by_role("button", name="Home").click()
    expect(log(page)).to_contain_text("m1 · I like tea")
    choose(page, "m1 · I like tea", "Pin")
    expect(log(page)).to_contain_text("pinned")
    log(page).get_by_role("button", name="Pause").click()
    expect(log(page)).to_contain_text("Your memory is paused.")
    assert violations(page) == []


def test_a_message_is_remembered_by_its_shortcut(opened: Page) -> None:
    page = opened
    page.get_by_label("Act as").select_option(BOB)
    page.get_by_role("button", name="#general").click()
    say(page, "we deploy on Tuesdays")
    expect(last(page)).to_contain_text("we deploy")
    page.get_by_label("Act as").select_option(ALICE)
    page.get_by_role("button", name="#general").click()
    last(page).get_by_role("button", name="Actions for the message of bob").click()
    page.get_by_role("button", name="Remember this").click()
    expect(modal(page)).to_contain_text("@bob")
    expect(modal(page).get_by_label("What to remember")).to_have_value("we deploy on Tuesdays")
    modal(page).get_by_role("button", name="Save").click()
    expect(modal(page)).to_contain_text("Saved as m1")


# --------------------------------------------------------------------------------------------------- below an answer


def test_memories_used_tells_why_and_others_see_counts_only(opened: Page, violations: Violations) -> None:
    page = opened
    page.get_by_role("button", name="#general").click()
    say(page, "@membot remember: I like tea")
    expect(last(page)).to_contain_text("Saved as m1")
    say(page, "@membot What do I like?")
    used = log(page).get_by_role("button", name="Memories used (1)")
    used.click()
    expect(modal(page)).to_contain_text("This answer was given 1 memory")
    expect(modal(page)).to_contain_text("as one of the newest")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_label("Act as").select_option(BOB)
    page.get_by_role("button", name="#general").click()
    used.click()
    expect(modal(page)).to_contain_text("This answer was given 1 memory")
    expect(modal(page)).not_to_contain_text("tea")


def test_a_thumb_down_asks_whether_a_memory_was_wrong(opened: Page) -> None:
    page = opened
    save(page, "I like tea")
    say(page, "What do I like?")
    last(page).get_by_role("button", name="Good answer").click()
    last(page).get_by_role("button", name="Bad answer").click()
    expect(modal(page).get_by_role("heading", name="Was a memory wrong?")).to_be_visible()
    choose(page, "m1 · I like tea", "Disable")
    expect(modal(page)).to_contain_text("Disabled m1")


# ----------------------------------------------------------------------------------------------------------- admins


def act_as(page: Page, name: str, place: str = "membot") -> None:
    page.get_by_label("Act as").select_option(PEOPLE[name])
    # What is new there is said behind the name.
    page.get_by_role("button", name=re.compile(rf"^{re.escape(place)}(?!\w)")).click()


def test_what_is_said_for_the_team_waits_for_an_admin(opened: Page, violations: Violations) -> None:
    page = opened
    act_as(page, "bob")
    say(page, "remember for the team: we deploy on Tuesdays")
    expect(last(page)).to_contain_text("it waits for an admin")
    say(page, "When do we deploy?")
    expect(last(page)).to_contain_text("No memories used")
    act_as(page, "bob", "Home")
    expect(log(page)).to_contain_text("Your memory is on.")
    expect(log(page)).not_to_contain_text("Review memories")

    act_as(page, "alice", "Home")
    expect(log(page)).to_contain_text("1 proposal waits for an admin")
    assert violations(page) == []
    log(page).get_by_role("button", name="All proposals").click()
    expect(modal(page)).to_contain_text("we deploy on Tuesdays")
    modal(page).get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Edit…").click()
    words = modal(page).get_by_label("What the whole workspace is to remember")
    expect(words).to_have_value("we deploy on Tuesdays")
    words.fill("We deploy on Wednesdays")
    modal(page).get_by_role("button", name="Approve").click()
    expect(modal(page)).to_contain_text("Nothing is proposed")
    page.keyboard.press("Escape")

    act_as(page, "bob")
    expect(log(page)).to_contain_text("approved what you proposed for the workspace, with a changed text")
    say(page, "And when do we deploy?")
    expect(last(page)).to_contain_text("Memories used (1)")


def test_an_admin_reads_a_private_memory_with_a_reason_and_its_owner_is_told(
    opened: Page, violations: Violations
) -> None:
    page = opened
    act_as(page, "bob")
    save(page, "I am looking for another job")
    act_as(page, "alice", "Home")
    log(page).get_by_role("button", name="Review memories").click()
    expect(modal(page)).to_contain_text("m1")
    expect(modal(page)).not_to_contain_text("another job")
    assert violations(page) == []
    modal(page).get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Open text…").click()
    modal(page).get_by_label("Why do you read it?").fill("A complaint about this bot")
    modal(page).get_by_role("button", name="Open").click()
    expect(modal(page)).to_contain_text("I am looking for another job")
    page.keyboard.press("Escape")
    act_as(page, "bob")
    expect(log(page)).to_contain_text("opened your private memory m1 to review it")
    expect(log(page)).to_contain_text("A complaint about this bot")
