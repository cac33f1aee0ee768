"""The playground in a browser, as a newcomer meets it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from bot.playground.standin.demo_workspace import BOB, PEOPLE
from tests.e2e.conftest import Violations
from tests.e2e.playground import Playground, running_playground, say

PHONE = {"width": 400, "height": 800}
SHORT = "Demo answer. (I took into account: I like short answers)"
LONG = "I am a demo model"


@pytest.fixture(scope="session")
def process() -> Iterator[Playground]:
    with running_playground() as started:
        yield started


@pytest.fixture
def playground(process: Playground) -> Playground:
    process.start_over()
    return process


@pytest.fixture
def opened(page: Page, playground: Playground) -> Page:
    page.goto(playground.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("membot (direct message)")
    return page


def log(page: Page) -> Locator:
    return page.get_by_role("log")


def last(page: Page) -> Locator:
    return log(page).get_by_role("article").last


def become(page: Page, name: str) -> None:
    page.get_by_label("Act as").select_option(PEOPLE[name])


# ---------------------------------------------------------------------------------------------- the first screen


def test_the_first_screen_leads_through_the_whole_story(opened: Page) -> None:
    page = opened
    expect(log(page).get_by_role("heading", name="A bot that remembers")).to_be_visible()
    suggestions = log(page).get_by_role("listitem").get_by_role("button")
    expect(suggestions).to_have_text(["remember: I like short answers", "How do rockets work?", "/memory list"])

    suggestions.first.click()
    expect(last(page)).to_contain_text("Saved as m1: “I like short answers”")
    guide = page.locator("#guide")
    expect(guide).to_contain_text("2 of 6")
    guide.get_by_role("button", name="How do rockets work?").click()
    expect(last(page)).to_contain_text(SHORT)
    guide.get_by_role("button", name="/memory list").click()
    listed = last(page)
    expect(listed).to_contain_text("only you see this")
    expect(listed).to_contain_text("m1 · I like short answers")

    listed.get_by_role("button", name="Disable").click()
    expect(listed).to_contain_text("Disabled m1")
    expect(guide).to_contain_text("5 of 6")
    guide.get_by_role("button", name="How do rockets work?").click()
    expect(last(page)).to_contain_text(LONG)
    expect(last(page)).to_contain_text("I was given no memories")

    guide.get_by_role("button", name="How do rockets work?").click()
    expect(page.get_by_label("Act as")).to_have_value(BOB)
    expect(guide).to_contain_text("Nothing crossed")
    expect(log(page).get_by_role("article")).to_have_count(2)
    guide.get_by_role("button", name="See the prompt").click()
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("to bob in a direct message")
    expect(panel.locator("mark")).to_have_count(1)  # the word that explains the marks
    expect(panel.locator(".left-out")).to_contain_text("alice's m1 I like short answers")
    expect(panel.locator(".left-out")).to_contain_text("somebody else's")


def test_deleting_asks_first(opened: Page) -> None:
    page = opened
    say(page, "remember: I like tea")
    expect(last(page)).to_contain_text("Saved as m1")
    say(page, "/memory delete m1")
    last(page).get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("alertdialog", name="Are you sure?")
    expect(dialog).to_contain_text("m1 will be gone for good.")
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog).to_be_hidden()
    expect(last(page)).not_to_contain_text("Deleted")
    last(page).get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(last(page)).to_contain_text("Deleted m1 for good.")


# ------------------------------------------------------------------------------------------------- the conversation


def test_slash_commands_are_completed_and_earlier_lines_come_back(opened: Page) -> None:
    page = opened
    words = page.get_by_label("Message", exact=True)
    words.press_sequentially("/memory li")
    options = page.get_by_role("listbox", name="Commands").get_by_role("option")
    expect(options).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(words).to_have_attribute("aria-activedescendant", "completion-0")
    page.keyboard.press("Tab")
    expect(words).to_have_value("/memory list ")
    page.keyboard.press("Enter")
    expect(last(page)).to_contain_text("I remember nothing about you yet")
    words.focus()
    page.keyboard.press("ArrowUp")
    expect(words).to_have_value("/memory list")
    words.fill("/nothing here")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("/nothing is not a command here")


def test_an_ephemeral_answer_is_marked_and_nobody_else_sees_it(opened: Page) -> None:
    page = opened
    page.get_by_role("button", name="#general").click()
    say(page, "@membot remember: I like tea")
    expect(last(page)).to_contain_text("only you see this")
    expect(last(page)).to_contain_text("open: also used where others see the answer")
    become(page, "bob")
    page.get_by_role("button", name="#general").click()
    expect(log(page).get_by_role("article")).to_have_count(1)
    expect(last(page)).to_contain_text("@membot remember: I like tea")


def test_threads_reactions_edits_and_deletes(opened: Page) -> None:
    page = opened
    say(page, "What is Slack?")
    expect(last(page)).to_contain_text(LONG)
    mine = log(page).get_by_role("article").first
    mine.get_by_role("button", name="Actions for the message of alice").click()
    page.get_by_role("button", name="React").first.click()
    expect(mine.get_by_role("button", name="thumbsup: alice")).to_be_visible()
    mine.get_by_role("button", name="Actions for the message of alice").click()
    page.get_by_role("button", name="Reply in thread").click()
    expect(page.locator("#replying")).to_contain_text("In the thread of “What is Slack?”")
    say(page, "And what is a thread?")
    expect(log(page).locator(".thread")).to_have_count(1)
    expect(log(page).get_by_role("article")).to_have_count(4)
    mine.get_by_role("button", name="Actions for the message of alice").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(log(page).locator(".thread")).to_have_count(1)
    expect(log(page)).to_contain_text("This message was deleted.")


def test_an_answer_is_seen_while_it_is_written(opened: Page) -> None:
    page = opened
    page.evaluate(
        """() => {
            window.grown = [];
            new MutationObserver(() => {
                const writing = document.querySelector(".streaming");
                if (writing) window.grown.push(writing.textContent.length);
            }).observe(document.querySelector("#log"), { childList: true, subtree: true });
        }"""
    )
    say(page, " ".join(["What", *["do you think about this and that and"] * 12, "me?"]))
    expect(log(page).locator(".reply")).to_have_count(1)
    expect(log(page).locator(".streaming")).to_have_count(0)
    grown = page.evaluate("window.grown")
    assert grown, "the answer was never seen unfinished"
    assert grown == sorted(grown)


# ----------------------------------------------------------------------------------------------------- under the hood


def test_memories_are_live_and_flash_when_they_change(opened: Page) -> None:
    page = opened
    page.get_by_role("button", name="Under the hood").click()
    page.get_by_role("tab", name="Memories").click()
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("Nothing is remembered")
    say(page, "remember: I like tea")
    expect(panel.locator(".memory.flash")).to_contain_text("m1 I like tea")
    say(page, "/memory pin m1")
    expect(panel.locator(".memory.flash")).to_contain_text("pinned")
    page.get_by_role("tab", name="Prompt").click()
    expect(panel.locator(".memory")).to_have_count(0)
    page.get_by_role("tab", name="Memories").click()
    expect(panel.locator(".flash")).to_have_count(0)


def test_the_prompt_marks_memories_and_the_clock_makes_them_expire(opened: Page) -> None:
    page = opened
    say(page, "remember until tomorrow: I am in Rome")
    expect(last(page)).to_contain_text("Saved as m1")
    say(page, "Where am I?")
    page.get_by_role("button", name="Under the hood").click()
    panel = page.get_by_role("tabpanel")
    expect(panel.locator("pre mark")).to_have_text('m1- "I am in Rome"')
    expect(panel).to_contain_text(re.compile(r"1 memory: \d+ of 500 tokens"))
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="30 days later").click()
    expect(page.locator("#clock")).to_contain_text("put forward")
    page.keyboard.press("Escape")
    say(page, "Where am I now?")
    expect(panel.locator(".left-out")).to_contain_text("expired")
    expect(panel.locator("pre mark")).to_have_count(0)


def test_the_wire_shows_every_request_with_its_answer(opened: Page) -> None:
    page = opened
    page.get_by_role("button", name="Under the hood").click()
    page.get_by_role("tab", name="Wire").click()
    say(page, "/memory help")
    entry = page.locator(".entry").filter(has_text="/memory").first
    expect(entry).to_contain_text(re.compile(r"\d+(\.\d)? ms"))
    entry.locator("summary").click()
    expect(entry).to_contain_text('"command": "/memory"')
    expect(entry).to_contain_text('"status": 200')


# -------------------------------------------------------------------------------------------- starting over, saving


def test_a_conversation_is_saved_as_a_test_file(opened: Page, tmp_path: Path) -> None:
    page = opened
    say(page, "remember: I like tea")
    expect(last(page)).to_contain_text("Saved as m1")
    page.get_by_role("button", name="More", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as test").click()
    download.value.save_as(tmp_path / "test_conversation.py")
    assert '"remember: I like tea"' in (tmp_path / "test_conversation.py").read_text()


def test_starting_over_brings_the_first_screen_back(opened: Page) -> None:
    page = opened
    say(page, "remember: I like tea")
    expect(last(page)).to_contain_text("Saved as m1")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Start over").click()
    expect(log(page).get_by_role("heading", name="A bot that remembers")).to_be_visible()
    page.reload()
    expect(log(page).get_by_role("heading", name="A bot that remembers")).to_be_visible()


def test_without_the_token_the_page_says_what_to_do(page: Page, playground: Playground) -> None:
    page.goto(playground.url.partition("#")[0])
    expect(page.get_by_role("alert")).to_contain_text("Open the address that was printed")


# ------------------------------------------------------------------------------------------- for every eye and hand


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["wide", "phone"])
def test_every_state_of_the_page_is_accessible(
    opened: Page, violations: Violations, scheme: str, viewport: dict[str, int]
) -> None:
    page = opened
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size(viewport)  # type: ignore[arg-type]
    assert violations(page) == []
    say(page, "remember: I like tea")
    expect(last(page)).to_contain_text("Saved as m1")
    say(page, "What do I like?")
    expect(last(page)).to_contain_text("I took into account")
    say(page, "/memory list")
    expect(last(page)).to_contain_text("m1 · I like tea")
    assert violations(page) == []
    for tab in ("Prompt", "Memories", "Wire"):
        if page.locator("#inside").is_hidden():
            page.get_by_role("button", name="Under the hood").click()
        page.get_by_role("tab", name=tab).click()
        assert violations(page) == []
    page.locator("#inside-close").click()
    last(page).get_by_role("button", name="Delete").click()
    assert violations(page) == []


def test_a_phone_shows_everything_without_scrolling_sideways(opened: Page) -> None:
    page = opened
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    say(page, "remember: " + "a word and " * 30)
    expect(last(page)).to_contain_text("Saved as m1")
    say(page, "/memory list")
    expect(last(page)).to_contain_text("m1 ·")
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) == PHONE["width"]
    page.get_by_role("button", name="Under the hood").click()
    page.get_by_role("tab", name="Wire").click()
    assert page.evaluate(width) == PHONE["width"]
    box = page.get_by_role("tabpanel").bounding_box()
    assert box
    assert box["width"] <= PHONE["width"]


def test_the_story_can_be_told_with_the_keyboard_alone(opened: Page) -> None:
    page = opened
    page.get_by_label("Message", exact=True).focus()
    page.keyboard.type("remember: I like tea\n")
    expect(last(page)).to_contain_text("Saved as m1")
    page.keyboard.type("/memory delete m1\n")
    button = last(page).get_by_role("button", name="Delete")
    expect(button).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if button.evaluate("it => it === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("alertdialog", name="Are you sure?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").focus()
    page.keyboard.press("Enter")
    expect(last(page)).to_contain_text("Deleted m1 for good.")
