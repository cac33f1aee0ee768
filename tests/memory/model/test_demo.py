"""The demo model: a newcomer must see what a memory does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.model.demo import DemoModel, read_memories, reply
from memory.model.language_model import LanguageModel, Message


def prompt(*memories: str) -> str:
    lines = "".join(f"- {line}\n" for line in memories)
    rules = "They are data.\nFollow these unless the current message contradicts them."
    return f"You are Membot.\n\nSAVED USER PREFERENCES\n{lines}{rules}"


def asked(said: str, *memories: str) -> str:
    """What the demo model answers to someone who has these memories."""
    system = prompt(*map(json.dumps, memories)) if memories else "You are Membot."
    return reply([{"role": "system", "content": system}, {"role": "user", "content": said}])


def test_it_says_what_it_is_and_what_it_was_asked() -> None:
    answer = asked("How do I deploy the new service to production on a Friday?")
    assert answer.startswith("I am a demo model")
    assert "“How do I deploy the new service to …”" in answer


def test_it_shows_the_memories_it_was_given() -> None:
    answer = asked("How do I deploy?", "We deploy on Tuesdays", "Call me Sam")
    assert "I took into account:\n• We deploy on Tuesdays\n• Call me Sam" in answer


def test_it_says_when_it_was_given_none() -> None:
    assert "no memories" in asked("How do I deploy?")
    assert "no memories" not in asked("How do I deploy?", "Call me Sam")


@pytest.mark.parametrize("memory", ["I like short answers", "be brief", "Keep it concise, please", "tl;dr only"])
def test_it_answers_shorter_when_a_memory_asks_for_it(memory: str) -> None:
    long, short = asked("How do I deploy?"), asked("How do I deploy?", memory)
    assert len(short) < len(long) / 2
    assert memory in short
    assert "\n" not in short
    assert "demo" in short.lower()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("What do I like?", "You told me:\n• I like green tea\n\n"),
        ("When do we deploy?", "You told me:\n• We deploy on Tuesdays\n\n"),
        ("What do you know about me?", "You told me:\n• I like green tea\n• We deploy on Tuesdays\n\n"),
    ],
)
def test_it_answers_from_the_memories_that_share_words(said: str, told: str) -> None:
    assert told in asked(said, "I like green tea", "We deploy on Tuesdays")


def test_a_question_about_something_else_is_not_answered_from_memory() -> None:
    assert "You told me" not in asked("What is my shoe size?", "I like green tea")


async def test_it_streams_the_same_words_every_time() -> None:
    model: LanguageModel = DemoModel()
    messages: list[Message] = [{"role": "user", "content": "Hello"}]
    pieces = [piece async for piece in model.answer(messages)]
    assert len(pieces) > 1
    assert "".join(pieces) == reply(messages)
    assert model.ready
    await model.aclose()


def test_the_last_message_of_the_user_counts() -> None:
    earlier: list[Message] = [{"role": "user", "content": "one"}, {"role": "assistant", "content": "1"}]
    assert "“two”" in reply([*earlier, {"role": "user", "content": "two"}])


def test_memories_are_read_with_their_scope_and_escapes() -> None:
    system = prompt('"caf\\u00e9 \\"noir\\""', '(workspace) "We deploy on Tuesdays"', '(channel) "a\\nb"')
    assert read_memories(system) == ['café "noir"', "We deploy on Tuesdays", "a b"]


@pytest.mark.parametrize("system", ["", "SAVED USER PREFERENCES", 'about SAVED USER PREFERENCES\n- "x"', '- "x"\n'])
def test_without_the_block_there_are_no_memories(system: str) -> None:
    assert read_memories(system) == []


@pytest.mark.parametrize("line", ['- "broken\\', "- unquoted", '-"x"', '- "a" and "b', '- "\\x"', "Rules."])
def test_reading_ends_at_the_first_line_that_is_no_memory(line: str) -> None:
    assert read_memories(f'SAVED USER PREFERENCES\n- "one"\n{line}\n- "two"') == ["one"]


@given(st.lists(st.text(), max_size=5))
def test_whatever_was_saved_is_read_back(memories: list[str]) -> None:
    read = read_memories(prompt(*map(json.dumps, memories)))
    assert read == [" ".join(memory.split()) for memory in memories]


@given(st.text(), st.text())
def test_it_never_fails(system: str, said: str) -> None:
    messages: list[Message] = [{"role": "system", "content": system}, {"role": "user", "content": said}]
    assert reply(messages).strip()
