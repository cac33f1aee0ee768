"""Reasoning in a streamed text: what is shown is the same however the stream is cut into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.model.reasoning import HELD, WithoutReasoning, without_reasoning

SHOWN = {
    # reasoning at the beginning
    "<think>hm</think>Try the soup.": "Try the soup.",
    "<think>\nThey have diabetes.\n</think>\n\nTry the soup.": "Try the soup.",
    "<thinking>hm</thinking>\nYes.": "Yes.",
    "<reasoning>hm</reasoning>Yes.": "Yes.",
    "<THINK>hm</Think>Yes.": "Yes.",
    "  \n<think></think>\n\nYes.": "  \nYes.",
    "<think>a < b, `</thin`</think>Yes.": "Yes.",
    "<think>never closed": "",
    # later
    "First.\n<think>hm</think>\nSecond.": "First.\nSecond.",
    "First <think>hm</think> second.": "First second.",
    "Yes.\n\n<think>hm": "Yes.\n\n",
    # only the closing tag
    "Okay, the user wants soup. I can say so.\n</think>\n\nTry the soup.": "Try the soup.",
    "The saved preference says they have diabetes.</think>Try the soup.": "Try the soup.",
    "Hmm.</think>Try the soup.": "Try the soup.",
    "我需要回答。</think>好": "好",
    "Alright, I should think.\n" + "Step by step. " * 500 + "</think>Yes.": "Yes.",
    # too late: it was shown already
    "Hello.\n</think>\nYes.": "Hello.\nYes.",
    # reads like reasoning, and is the answer
    "Okay, the user guide is in docs/.": "Okay, the user guide is in docs/.",
    "Let me think: 4.": "Let me think: 4.",
    # text about tags
    "The tag `<think>` opens it, `</think>` ends it.": "The tag `<think>` opens it, `</think>` ends it.",
    "Models say <think> first.": "Models say <think> first.",
    "```html\n<think>\nhm\n</think>\n```\nDone.": "```html\n<think>\nhm\n</think>\n```\nDone.",
    "1. Do this:\n   ~~~\n<think>\n   ```\n</think>\n   ~~~\n<think>x</think>Done.": (
        "1. Do this:\n   ~~~\n<think>\n   ```\n</think>\n   ~~~\nDone."
    ),
    "```` <think> ````\n<think>x</think>Done.": "```` <think> ````\nDone.",
    "I have to show it:\n```\n</think>\n```\n": "I have to show it:\n```\n</think>\n```\n",
    "a <b> c </thin> d <think": "a <b> c </thin> d <think",
    "": "",
}


def shown(pieces: list[str]) -> str:
    answer = WithoutReasoning()
    return "".join(map(answer.feed, pieces)) + answer.close()


@pytest.mark.parametrize("text", SHOWN)
def test_only_the_answer_is_shown(text: str) -> None:
    assert shown([text]) == shown(list(text)) == SHOWN[text]


TAGS = ["<think>", "</think>", "</thinking>", "<reasoning>", "<", "</", "think>"]
CODE = ["```", "~~~", "`", "\n", "\n\n", " ", "- ", "> "]
WORDS = ["hm", "Okay, ", "the user ", "Hello", "word " * 30]
parts = st.sampled_from([*TAGS, *CODE, *WORDS])


@given(st.lists(parts, max_size=12).map("".join), st.data())
def test_how_a_stream_is_cut_makes_no_difference(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert shown(pieces) == shown([text])


def test_an_answer_is_shown_as_it_comes() -> None:
    answer = WithoutReasoning()
    assert [answer.feed(piece) for piece in ("Hel", "lo <", "b> the", "re")] == ["Hel", "lo ", "<b> the", "re"]


def test_a_beginning_that_only_may_be_reasoning_is_held_back_for_some_words_only() -> None:
    answer = WithoutReasoning()
    held = answer.feed("The soup of the day is ")
    assert (held, answer.feed("made of " + "carrots and " * 10 + "peas")[:23]) == ("", "The soup of the day is ")


def test_what_reads_like_reasoning_and_never_ends_is_shown_in_the_end() -> None:
    text = "Okay, the user wants soup. " + "soup " * (HELD // 5)
    answer = WithoutReasoning()
    assert answer.feed(text) == text


def test_a_model_that_closes_what_it_did_not_open_is_known_from_then_on() -> None:
    first = WithoutReasoning()
    first.feed("Plan: soup.\n</think>\nSoup.")
    assert first.unopened
    second = WithoutReasoning(suspected=first.unopened)
    assert second.feed("Plan: tea.") == ""
    assert second.feed("\n</think>\nTea.") == "Tea."


def test_of_a_whole_text_everything_before_a_lone_closing_tag_is_reasoning() -> None:
    assert without_reasoning("Plan: soup.</think>Soup.") == "Soup."
    assert without_reasoning("Soup.") == "Soup."
