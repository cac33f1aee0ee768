"""An answer on its way to Slack: whatever breaks, every word of it stands there in the end, and stands there once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.web.async_client import AsyncWebClient

from bot.answer.stream import STREAM_EVERY, Answer
from bot.playground.standin.delivery import DeliveryRules
from bot.playground.standin.messages import Message
from bot.playground.standin.seen import Seen
from bot.playground.standin.standin import StandInSlack
from bot.slack.calls import DeliveryFailed, Lanes
from bot.slack.client import web_client
from bot.slack.conversation import Conversation
from bot.views.footer import footer
from tests.bot.answer.test_gate import assert_leads_nowhere

EVENT = "Ev1"
NOBODY_LISTENS = DeliveryRules(connect_patience=0.0, retry_delays=())
WRITING = ("chat.startStream", "chat.appendStream", "chat.stopStream", "chat.postMessage", "chat.update")


class Asking:
    """One question of bob's, and an answer to it that may take several attempts."""

    def __init__(self, slack: StandInSlack, client: AsyncWebClient, question: Message) -> None:
        self.slack = slack
        self.client = client
        self.question = question
        bob = slack.person("bob")
        self.here = Conversation(
            client,
            Lanes(),
            bob.user.team_id,
            question.channel,
            bob.user.id,
            alone=True,
            root=question.ts,
            home=bob.user.team_id,
            event_id=EVENT,
        )
        self.bot = slack.workspace.installation().user_id
        self.stamps: list[str] = []

    async def attempt(self, pieces: Sequence[str], *, again: bool) -> bool:
        """Answer, as a turn does: after an interrupted attempt look first what is there. Returns whether it worked."""
        before = await self.here.posted(self.question.ts, self.bot) if again else None
        if before and "answer" in before.parts:
            return True
        begun = sorted({*self.stamps, *(before.unfinished if before else ())})
        answer = Answer(self.here, self.noted, begun, footer=footer(EVENT, 0))
        try:
            for piece in pieces:
                await answer.add(piece)
            await answer.close()
        except DeliveryFailed as error:
            assert error.passing
            return False
        return True

    async def noted(self, stamps: Sequence[str]) -> None:
        self.stamps = list(stamps)

    def seen(self) -> list[Seen]:
        return [one for one in self.slack.person("bob").sees(since=self.question) if one.author == "membot"]

    def words(self) -> list[str]:
        return re.findall(r"w\d+", " ".join(one.text for one in self.seen()))


@pytest.fixture
async def asking() -> AsyncIterator[Asking]:
    async with StandInSlack.open(rules=NOBODY_LISTENS) as slack, web_client(slack.bot_token, slack.api_url) as client:
        yield Asking(slack, client, await slack.person("bob").say("hello"))


FAULTS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(WRITING),
        "kind": st.sampled_from(["drop", "drop after", "500", "no"]),
    }
)


@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=6), fault=FAULTS)
@settings(max_examples=40, deadline=None)
async def test_after_any_single_fault_every_word_stands_there_once(sizes: list[int], fault: dict[str, str]) -> None:
    async with StandInSlack.open(rules=NOBODY_LISTENS) as slack, web_client(slack.bot_token, slack.api_url) as client:
        asking = Asking(slack, client, await slack.person("bob").say("hello"))
        words = iter(range(100))
        pieces = ["".join(f"w{next(words)} " for _ in range(size)) for size in sizes]
        method, kind = fault["method"], fault["kind"]
        if kind.startswith("drop"):
            slack.faults.add(method, drop=True, after=kind.endswith("after"))
        elif kind == "500":
            slack.faults.add(method, error="internal_error", status=500)
        else:
            slack.faults.add(method, error="invalid_arguments")
        done = await asking.attempt(pieces, again=False)
        for _ in range(3):
            done = done or await asking.attempt(pieces, again=True)
        assert done
        assert asking.words() == [f"w{number}" for number in range(sum(sizes))], [one.text for one in asking.seen()]
        below = [button.label for one in asking.seen() for button in one.buttons]
        assert below == ["Good answer", "Bad answer", "No memories used"] or (kind == "no" and not below)
        if (method, kind) != ("chat.stopStream", "no"):  # a stream that Slack will not end, Slack ends in its own time
            assert not any(one.streaming for one in asking.seen())


def long_answer(words: int) -> list[str]:
    text = " ".join(f"w{number} and some more" + ("\n\n" if number % 5 == 0 else "") for number in range(words))
    return [text[start : start + 900] for start in range(0, len(text), 900)]


async def test_a_long_answer_interrupted_in_its_second_message_is_completed_and_not_doubled(asking: Asking) -> None:
    pieces = long_answer(1200)
    answer = Answer(asking.here, asking.noted)
    for piece in pieces[: len(pieces) * 2 // 3]:
        await answer.add(piece)
    await asyncio.sleep(STREAM_EVERY)
    await answer.add(pieces[len(pieces) * 2 // 3])  # and here the process dies
    assert len(asking.seen()) == 2
    assert await asking.attempt(pieces, again=True)
    assert asking.words() == [f"w{number}" for number in range(1200)]
    assert not any(one.streaming for one in asking.seen())


async def test_what_an_interrupted_attempt_said_too_much_is_taken_away(asking: Asking) -> None:
    answer = Answer(asking.here, asking.noted)
    for piece in long_answer(1200):
        await answer.add(piece)
    await asyncio.sleep(STREAM_EVERY)
    await answer.add("w1200")
    assert len(asking.seen()) > 1
    assert await asking.attempt(["w0 w1"], again=True)
    assert asking.words() == ["w0", "w1"]
    assert len(asking.seen()) == 1


async def test_a_finished_answer_is_not_given_again(asking: Asking) -> None:
    assert await asking.attempt(["w0 w1"], again=False)
    assert await asking.attempt(["w2 w3"], again=True)
    assert asking.words() == ["w0", "w1"]


async def test_an_interrupted_answer_is_finished_where_it_stands_even_if_the_thread_cannot_be_read(
    asking: Asking,
) -> None:
    answer = Answer(asking.here, asking.noted)
    await answer.add("w0 ")
    asking.slack.faults.add("conversations.replies", error="missing_scope")
    assert await asking.attempt(["w0 w1 w2"], again=True)
    assert asking.words() == ["w0", "w1", "w2"]


async def test_an_answer_that_slack_will_never_take_is_told_as_that(asking: Asking) -> None:
    for each in ("chat.startStream", "chat.postMessage"):
        asking.slack.faults.add(each, error="is_archived", times=5)
    answer = Answer(asking.here, asking.noted)
    with pytest.raises(DeliveryFailed) as failed:
        await answer.add("w0")
    assert not failed.value.passing


async def test_code_that_is_cut_where_it_was_shown_stays_code_in_both_messages(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answer.stream.STREAM_EVERY", 0.0)
    answer = Answer(asking.here, asking.noted)
    text = "```\n" + "".join(f"w{number} https://evil.example/{number} " + "x" * 990 for number in range(30))
    for start in range(0, len(text), 400):  # the best place to cut is often behind what was shown
        await answer.add(text[start : start + 400])
    await answer.close()
    assert len(asking.seen()) > 2
    for one in asking.seen():
        assert one.message.text.count("```") == 2
        assert_leads_nowhere(one.message.text, [])
    assert asking.words() == [f"w{number}" for number in range(30)]
