"""An answer that is not whole, and a thread that the model cannot read whole: what is shown, kept, and asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.answer.answer import MARKS, ever_shorter, unmarked
from memory.errors import ModelCutShort, ModelError, ModelFiltered, ModelInterrupted, ModelNotSetUp, ModelOverfilled
from tests.bot.conftest import Office


def last_asked(office: Office, count: int) -> list[str]:
    return [message["content"] for message in office.model.asked[-1][-count:]]


@pytest.mark.parametrize("error", [ModelInterrupted(), ModelCutShort(), ModelFiltered()])
async def test_an_answer_that_is_not_whole_says_why_and_can_be_gone_on_with(office: Office, error: ModelError) -> None:
    office.model.next("The three steps are: first, open the", error=error)
    (seen,) = await office.say("bob", "How?")
    assert seen.text == f"The three steps are: first, open the\n\n_{error}_"
    assert seen.buttons == ()
    await office.say("bob", "continue", thread=seen)
    assert last_asked(office, 3) == ["How?", "The three steps are: first, open the", "continue"]


@pytest.mark.parametrize("error", [ModelCutShort(), ModelFiltered(), ModelNotSetUp()])
async def test_an_answer_that_ended_before_its_first_word_says_why_and_is_not_kept(
    office: Office, error: ModelError
) -> None:
    office.model.next(error=error)
    (seen,) = await office.say("bob", "How?")
    assert seen.text == str(error)
    await office.say("bob", "And now?", thread=seen)
    assert str(error) not in str(office.model.asked[-1])


def reads_at_most(characters: int) -> Any:
    def brain(messages: Sequence[Mapping[str, Any]]) -> str:
        if sum(len(message["content"]) for message in messages) > characters:
            raise ModelOverfilled
        return "word " * 40

    return brain


async def test_a_thread_that_outgrew_the_model_leaves_out_its_oldest_turns(office: Office) -> None:
    office.model.brain = reads_at_most(1500)
    (first,) = await office.say("bob", "question 0")
    for number in range(1, 9):
        (seen,) = await office.say("bob", f"question {number}", thread=first)
        assert seen.text.startswith("word word")
    assert office.model.asked[-1][-1]["content"] == "question 8"
    kept = [message["content"] for message in office.model.asked[-1] if message["content"].startswith("question")]
    assert kept == ["question 4", "question 5", "question 6", "question 7", "question 8"]


async def test_what_is_too_much_on_its_own_is_told(office: Office) -> None:
    office.model.brain = reads_at_most(0)
    (seen,) = await office.say("bob", "hello")
    assert seen.text == str(ModelOverfilled())
    assert len(office.model.asked) == 1


def test_a_thread_gets_shorter_at_most_four_times() -> None:
    for turns in range(31):
        thread: Any = range(turns)
        lengths = [len(one) for one in ever_shorter(thread)]
        assert lengths[0] == turns
        assert lengths[-1] == 0
        assert len(lengths) == len(set(lengths)) <= 5
        assert all(tuple(one) == tuple(thread)[turns - len(one) :] for one in ever_shorter(thread))


def test_a_mark_is_no_word_of_an_answer() -> None:
    assert [unmarked(f"Hello.\n\n{mark}") for mark in MARKS] == ["Hello."] * len(MARKS)
    assert unmarked("It said _Stopped._ and went on.") == "It said _Stopped._ and went on."
