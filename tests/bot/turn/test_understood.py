"""What people ask in their own words: as directives, offered, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.turn.directives import (
    AskToPause,
    Command,
    Directive,
    Forget,
    ForgetLast,
    Parsed,
    Recollect,
    Remember,
    parse,
)
from bot.turn.understood import understood
from memory.models import Key
from tests.bot.conftest import Office
from tests.people import OPERATOR

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
FRIDAY = datetime(2026, 11, 27, 23, 59, 59, tzinfo=UTC)


def read(text: str) -> Parsed:
    return understood(parse(text, bot_user_id="UBOT", now=NOW), NOW)


MEANT: tuple[tuple[str, Directive], ...] = (
    ("Remember that I'm vegetarian", Remember("I'm vegetarian")),
    ("<@UBOT> please remember that I work nights", Remember("I work nights")),
    ("rember: I like tea", Remember("I like tea")),
    ("Note to self: I use Vim", Remember("I use Vim")),
    ("merk dir bitte, dass ich Tee mag", Remember("ich Tee mag")),
    ("souviens-toi que je préfère le thé", Remember("je préfère le thé")),
    ("for the team remember: we deploy on Tuesdays", Remember("we deploy on Tuesdays", "team", True)),
    ("remember that I like a &lt; b &amp; c", Remember("I like a < b & c")),
    ("forget that", ForgetLast()),
    ("delete m1", Forget(1)),
    ("forget everything you know about me", Command("forget-all")),
    ("change m2: I like &lt;cocoa&gt;", Command("edit m2 I like &lt;cocoa&gt;")),
    ("show my memories", Recollect("")),
    ("stop remembering", AskToPause()),
    ("help", Command("help")),
)


@pytest.mark.parametrize(("text", "expected"), MEANT)
def test_what_is_asked_in_ones_own_words_is_the_directive_that_it_means(text: str, expected: Directive) -> None:
    assert read(text).directives == (expected,)


@pytest.mark.parametrize(
    "text",
    [
        "do you remember when we met?",
        "remember the milk?",
        "I remember that he said so",
        "How do rockets work?",
        "remember that I'm vegetarian\nand how do rockets work?",
        "```remember that I'm vegetarian```",
        "",
    ],
)
def test_what_asks_nothing_of_the_memory_is_answered(text: str) -> None:
    parsed = read(text)
    assert not parsed.directives
    assert not parsed.offered
    assert parsed.rest == parse(text, bot_user_id="UBOT", now=NOW).rest


@pytest.mark.parametrize(
    "text",
    [
        "don't forget for the team lunch",
        "Merk dir für alle Fälle: ich bin allergisch gegen Nüsse",
        "Remember for us two that the salary talk is Friday",
        "remember for the team lead that I'm on leave",
        "Remember for the team dinner: I'm vegan",
        "For us, remember my salary is 90k",
        "Remember that for this channel discussion I'm on Bob's side",
        "Pour nous deux, retiens que je suis allergique",
        "Update m1 with the new numbers",
        "set m1 to private",
        'change m1 to say "hi"',
        "replace m5 with m6i instances",
        "Ändere m3 auf privat",
        "change m2: private",
    ],
)
def test_what_is_for_others_or_writes_over_something_needs_its_colon(text: str) -> None:
    assert not [each for each in read(text).directives if not isinstance(each, Remember) or each.scope != "me"]


@pytest.mark.parametrize(
    "text",
    [
        "keep in mind that the input may be empty",
        "Remember that the output must be JSON",
        "never forget that x is 0-indexed in this function",
        "Always use the metric units in the table",
        "Denk daran, dass die Liste leer sein kann",
        "Recuerda que el texto debe ser corto",
    ],
)
def test_what_is_said_of_the_task_at_hand_is_answered(text: str) -> None:
    parsed = read(text)
    assert not parsed.directives
    assert parsed.rest == text


def test_a_secret_is_not_repeated_in_an_offer() -> None:
    assert not read("You should remember that my password is hunter2").offered


def test_what_only_may_be_meant_is_answered_and_offered() -> None:
    parsed = read("I'm vegetarian")
    assert (parsed.directives, parsed.rest, parsed.offered) == ((), "I'm vegetarian", "I'm vegetarian")


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    parsed = read(text)
    assert parsed.directives or parsed.problems or parsed.rest == parse(text, bot_user_id="UBOT", now=NOW).rest


async def kept(office: Office) -> list[str]:
    user = office.person("bob").user
    found = await office.run.parts.store.find(OPERATOR, Key.person(user.team_id, user.id))
    return [memory.text for memory in found.memories]


async def test_a_plain_request_is_kept_with_a_receipt_and_not_asked_of_the_model(office: Office) -> None:
    (seen,) = await office.say("bob", "Remember that I'm vegetarian")
    assert "Saved as m1: “I'm vegetarian”" in seen.text
    assert await kept(office) == ["I'm vegetarian"]
    assert not office.model.asked


async def test_forget_that_asks_about_what_was_saved_last(office: Office) -> None:
    (nothing,) = await office.say("bob", "forget that")
    assert "Forget what?" in nothing.text
    await office.say("bob", "remember: I like tea")
    (asked,) = await office.say("bob", "forget that")
    assert "Delete m1 for good? “I like tea”" in asked.text
    (everything,) = await office.say("bob", "forget everything you know about me")
    assert "Forget everything?" in everything.text
    assert await kept(office) == ["I like tea"]


async def test_what_may_be_meant_is_offered_below_the_answer(office: Office) -> None:
    answer, offered = await office.say("bob", "I'm vegetarian")
    assert len(office.model.asked) == 1
    assert "Save “I'm vegetarian” as a memory?" in offered.text
    assert "Save" not in answer.text
    await office.click("bob", offered.button("Save"))
    assert await kept(office) == ["I'm vegetarian"]
    _, again = await office.say("bob", "my dog is called Rex")
    await office.click("bob", again.button("No"))
    assert await kept(office) == ["I'm vegetarian"]
    assert "I did not save it." in office.person("bob").sees()[-1].text


async def test_stop_remembering_offers_a_pause(office: Office) -> None:
    (asked,) = await office.say("bob", "stop remembering")
    await office.click("bob", asked.button("Pause"))
    assert await office.run.parts.store.paused(
        Key.person(office.person("bob").user.team_id, office.person("bob").user.id)
    )


async def test_in_a_thread_what_people_say_to_each_other_in_their_own_words_is_not_kept(office: Office) -> None:
    bob = office.person("bob")
    root = await bob.say("@membot hello", "#general")
    await office.settled()
    await bob.say("don't forget that I'm in Lisbon", "#general", root)
    await office.settled()
    assert await kept(office) == []
    assert len(office.model.asked) == 2


async def test_while_memory_is_paused_nothing_is_offered(office: Office) -> None:
    await office.say("bob", "memory pause")
    assert len(await office.say("bob", "I'm vegetarian")) == 1
