"""Each way in which Slack fails has its way out: bounded, in order, and nobody is told what was meant for another."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from bot.playground.standin.hooks import LIFE, USES
from bot.playground.standin.seen import Seen
from bot.slack.calls import Lanes, waiting
from bot.slack.inbox import MOST_ATTEMPTS, Pace
from memory.errors import ModelInterrupted
from tests.bot.conftest import BELOW, Office
from tests.waiting import until

QUICK = Pace(poll=0.05, first_delay=0.001)


@pytest.fixture
async def quick(office: Office) -> AsyncIterator[Office]:
    """An office whose inbox tries again soon."""
    office.run.inbox.pace = QUICK
    yield office


def called(office: Office) -> Counter[str]:
    return Counter(call.method for call in office.slack.calls if call.method.startswith("chat."))


def ours(office: Office, who: str, channel: str | None = None) -> list[Seen]:
    return [one for one in office.person(who).sees(channel) if one.author == "membot"]


# ------------------------------------------------------------------------------------------------------ answers


@pytest.mark.parametrize(
    ("fault", "most"),
    [
        ({"error": "ratelimited", "retry_after": 0}, 2),
        ({"error": "internal_error", "status": 500}, 2),
        ({"error": "service_unavailable", "status": 503}, 2),
        ({"drop": True}, 4),
        ({"drop": True, "after": True}, 4),
    ],
)
@pytest.mark.parametrize("method", ["chat.startStream", "chat.postMessage", "chat.stopStream"])
async def test_what_passes_is_waited_for_and_the_answer_stands_there_once(
    quick: Office, method: str, fault: dict[str, object], most: int
) -> None:
    if method == "chat.postMessage":  # is asked for where no stream is
        quick.slack.faults.add("chat.startStream", error="unknown_method", times=2)
    quick.slack.faults.add(method, **fault)  # type: ignore[arg-type]
    quick.model.brain = lambda messages: "One two three."
    await quick.say("bob", "count")
    assert [one.text for one in ours(quick, "bob")] == ["One two three." + BELOW]
    assert called(quick)[method] <= most


@pytest.mark.parametrize("error", ["account_inactive", "token_revoked", "invalid_auth"])
async def test_where_the_app_is_locked_out_one_call_is_made_and_the_turn_is_given_up(quick: Office, error: str) -> None:
    for method in ("chat.startStream", "chat.postMessage", "chat.postEphemeral"):
        quick.slack.faults.add(method, error=error, times=50)
    await quick.say("bob", "@membot hello", "#general")
    assert called(quick) == {"chat.startStream": 1}
    assert await quick.run.inbox.open_events() == 0


@pytest.mark.parametrize("error", ["channel_not_found", "not_in_channel", "is_archived"])
async def test_where_nothing_can_be_said_it_is_said_to_the_person_once_and_the_turn_is_over(
    quick: Office, error: str
) -> None:
    for method in ("chat.startStream", "chat.postEphemeral"):
        quick.slack.faults.add(method, error=error, times=50)
    await quick.say("bob", "@membot hello", "#general")
    assert called(quick) == {"chat.startStream": 1, "chat.postEphemeral": 1, "chat.postMessage": 1}
    assert "does not let me write there" in ours(quick, "bob")[-1].text
    assert await quick.run.inbox.open_events() == 0


@pytest.mark.parametrize("error", ["missing_scope", "unknown_method", "channel_type_not_supported", "ratelimited"])
async def test_where_no_stream_is_to_be_had_the_answer_is_posted(quick: Office, error: str) -> None:
    quick.slack.faults.add("chat.startStream", error=error, times=50)
    await quick.say("bob", "hello")
    assert called(quick)["chat.startStream"] == 1
    assert called(quick)["chat.postMessage"] == 1
    assert len(ours(quick, "bob")) == 1


@pytest.mark.parametrize("method", ["chat.appendStream", "chat.stopStream"])
async def test_a_message_that_is_no_stream_any_more_is_finished_by_an_edit(quick: Office, method: str) -> None:
    quick.slack.faults.add(method, error="message_not_in_streaming_state")
    quick.model.next("One ", lambda: quick.slack.clock.advance(600), "two ", "three.")
    await quick.say("bob", "count")
    assert [one.text for one in ours(quick, "bob")] == ["One two three." + BELOW]
    assert called(quick)["chat.update"] == 1


async def test_a_message_that_is_too_long_for_slack_is_posted_in_parts(quick: Office) -> None:
    words = " ".join(f"w{number}" for number in range(1500))
    for method in ("chat.startStream", "chat.postMessage"):
        quick.slack.faults.add(method, error="msg_too_long")
    quick.model.next(words)
    await quick.say("bob", "write")
    assert " ".join(one.text for one in ours(quick, "bob")).removesuffix(BELOW).split() == words.split()
    assert called(quick)["chat.postMessage"] == 3


async def test_a_slack_that_finds_everything_too_long_is_not_asked_for_ever(quick: Office) -> None:
    for method in ("chat.startStream", "chat.postMessage"):
        quick.slack.faults.add(method, error="msg_too_long", times=500)
    quick.model.next("word " * 2000)
    await quick.say("bob", "write")
    assert called(quick)["chat.postMessage"] < 10
    assert await quick.run.inbox.open_events() == 0


async def test_a_slack_that_stays_away_is_asked_so_often_and_no_more(quick: Office) -> None:
    for method in ("chat.startStream", "chat.postMessage"):
        quick.slack.faults.add(method, error="internal_error", status=500, times=500)
    await quick.say("bob", "hello")
    assert called(quick)["chat.startStream"] == MOST_ATTEMPTS
    assert called(quick)["chat.postMessage"] == MOST_ATTEMPTS + 1  # and once to say that it gave up
    assert await quick.run.inbox.open_events() == 0


async def test_giving_up_ends_the_stream_that_had_begun(quick: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    quick.model.next("The answer is ", error=ModelInterrupted())
    for method, times in (("chat.stopStream", 2), ("chat.update", 2), ("chat.postMessage", 1)):
        quick.slack.faults.add(method, error="internal_error", status=500, times=times)
    monkeypatch.setattr("bot.slack.inbox.MOST_ATTEMPTS", 1)
    await quick.say("bob", "hello")
    seen = ours(quick, "bob")
    assert "I could not answer this" in seen[-1].text
    assert not any(one.streaming for one in seen)


# ------------------------------------------------------------------------------------------------- order and waiting


async def test_who_waits_in_a_channel_holds_up_that_channel_and_no_other() -> None:
    lanes, done, release = Lanes(), [], asyncio.Event()

    async def request(name: str, wait: bool = False) -> None:
        if wait:
            await release.wait()
        done.append(name)

    first = asyncio.create_task(waiting(lambda: request("first", wait=True), lane=lanes.of("C1")))
    second = asyncio.create_task(waiting(lambda: request("second"), lane=lanes.of("C1")))
    third = asyncio.create_task(waiting(lambda: request("third"), lane=lanes.of("C1")))
    await waiting(lambda: request("elsewhere"), lane=lanes.of("C2"))
    assert done == ["elsewhere"]
    release.set()
    await asyncio.gather(first, second, third)
    assert done == ["elsewhere", "first", "second", "third"]


async def test_a_channels_messages_keep_their_order_while_slack_makes_one_wait(quick: Office) -> None:
    quick.slack.faults.add("chat.startStream", error="unknown_method", times=9)
    quick.slack.faults.add("chat.postMessage", error="ratelimited", retry_after=1)
    quick.model.brain = lambda messages: str(messages[-1]["content"]).rsplit(maxsplit=1)[-1]
    await quick.person("bob").say("@membot first", "#general")
    await until(lambda: called(quick)["chat.postMessage"])
    await quick.person("carol").say("@membot second", "#general")
    await quick.say("alice", "elsewhere", "#random")
    await quick.settled()
    assert [one.text for one in ours(quick, "bob", "#general")] == ["first" + BELOW, "second" + BELOW]
    assert called(quick)["chat.postMessage"] <= 4


# ------------------------------------------------------------------------------------- what is meant for one person


@pytest.mark.parametrize(
    "fault",
    [
        {"error": "channel_not_found"},
        {"error": "not_in_channel"},
        {"error": "user_not_in_channel"},
        {"error": "is_archived"},
        {"error": "missing_scope"},
        {"error": "ratelimited", "retry_after": 0},
        {"error": "internal_error", "status": 500},
        {"drop": True},
    ],
)
async def test_an_ephemeral_that_cannot_be_shown_goes_to_the_person_and_never_to_the_channel(
    quick: Office, fault: dict[str, object]
) -> None:
    quick.slack.faults.add("chat.postEphemeral", times=50, **fault)  # type: ignore[arg-type]
    await quick.say("bob", "@membot remember: I like tea", "#general")
    assert all("tea" not in one.text for who in ("bob", "alice", "carol") for one in ours(quick, who, "#general"))
    assert ["Saved as m1" in one.text for one in ours(quick, "bob")] == [True]
    assert called(quick)["chat.postEphemeral"] <= 2


@pytest.mark.parametrize("error", ["account_inactive", "token_revoked"])
async def test_where_the_app_is_locked_out_no_other_way_is_tried(quick: Office, error: str) -> None:
    quick.slack.faults.add("chat.postEphemeral", error=error, times=50)
    await quick.say("bob", "@membot remember: I like tea", "#general")
    assert called(quick) == {"chat.postEphemeral": 1}


async def test_a_person_who_cannot_be_told_at_all_is_not_tried_for_ever(quick: Office) -> None:
    for method in ("chat.postEphemeral", "chat.postMessage"):
        quick.slack.faults.add(method, error="internal_error", status=500, times=500)
    await quick.say("bob", "@membot remember: I like tea", "#general")
    assert called(quick)["chat.postEphemeral"] <= MOST_ATTEMPTS + 1
    assert called(quick)["chat.postMessage"] <= MOST_ATTEMPTS + 1
    assert ours(quick, "alice", "#general") == []


@pytest.mark.parametrize("channel", [None, "#general"])
@pytest.mark.parametrize("how", ["used", "expired"])
async def test_a_button_whose_response_url_is_no_good_is_answered_all_the_same(
    quick: Office, how: str, channel: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (receipt,) = await quick.say("bob", "@membot remember: I like tea" if channel else "remember: I like tea", channel)
    name, value = {"used": ("USES", 0), "expired": ("LIFE", -1.0)}[how]
    assert (USES, LIFE) == (5, 1800.0)
    monkeypatch.setattr(f"bot.playground.standin.hooks.{name}", value)
    before = called(quick)
    await quick.click("bob", receipt.button("Undo"))
    answers = [one for one in ours(quick, "bob", channel) if "Deleted m1" in one.text]
    assert len(answers) == 1
    assert answers[0].ephemeral is bool(channel)
    assert not [one for one in ours(quick, "alice", "#general") if "Deleted" in one.text]
    assert (called(quick) - before).total() == 1


async def test_a_button_that_can_be_answered_nowhere_in_the_channel_is_answered_by_direct_message(
    quick: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    (receipt,) = await quick.say("bob", "@membot remember: I like tea", "#general")
    monkeypatch.setattr("bot.playground.standin.hooks.USES", 0)
    quick.slack.faults.add("chat.postEphemeral", error="user_not_in_channel", times=50)
    await quick.click("bob", receipt.button("Undo"))
    assert "Deleted m1" in ours(quick, "bob")[-1].text
    assert not [one for one in ours(quick, "alice", "#general") if "Deleted" in one.text]
