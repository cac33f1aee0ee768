"""Agent sessions: a title and a status while an answer is under way, and a Stop that really stops it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.stop import until
from bot.playground.run import settled
from bot.playground.standin.messages import Message
from bot.playground.standin.seen import Seen
from bot.playground.standin.standin import StandInSlack
from bot.run import Running, over_http, running
from bot.settings import read_slack_settings
from memory.errors import ModelBusy, StorageFailed
from memory.settings import read_settings
from memory.turns import Thread, Turns
from tests.bot.conftest import Office
from tests.scripted_model import ScriptedModel

PATIENCE = 10.0


@dataclass
class Breath:
    """Where a model stops speaking, until its call is ended."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.ended.set()
            raise


async def happens(event: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE):
        await event.wait()


def answer(office: Office, who: str, question: Message, channel: str | None = None) -> Seen:
    """The one message that answers a question."""
    (seen,) = [one for one in office.person(who).sees(channel, since=question) if one.author == "membot"]
    return seen


async def test_stop_ends_the_models_call_and_keeps_what_was_said(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answer.stop.LOOK_EVERY", 600.0)  # here it is told at once, and need not be looked for
    breath, bob = Breath(), office.person("bob")
    office.model.next("one two ", breath, "three")
    question = await bob.say("Count to three")
    await happens(breath.begun)
    await bob.stop(question)
    await happens(breath.ended)
    await office.settled()
    seen = answer(office, "bob", question)
    assert seen.text.startswith("one two\n\n_Stopped._") or seen.text.startswith("one two \n\n_Stopped._")
    assert "three" not in seen.text
    assert not seen.streaming
    assert seen.button("No memories used")
    assert office.slack.workspace.sessions[question.channel, question.ts] == "active"
    await office.say("bob", "And then?", thread=question)
    assert [one["content"] for one in office.model.asked[1][-3:-1]] == ["Count to three", "one two"]


async def test_stop_before_the_first_word(office: Office) -> None:
    breath, bob = Breath(), office.person("bob")
    office.model.next(breath, "one")
    question = await bob.say("Count to three")
    await happens(breath.begun)
    await bob.stop(question)
    await office.settled()
    assert answer(office, "bob", question).text.startswith("_Stopped._")
    assert len(office.model.asked) == 1


async def test_stop_twice_after_the_end_and_where_nothing_is_said(office: Office) -> None:
    breath, bob = Breath(), office.person("bob")
    (receipt,) = await office.say("bob", "remember: I like tea")
    await bob.stop(receipt)
    office.model.next("one ", breath)
    question = await bob.say("Count to three")
    await happens(breath.begun)
    await bob.stop(question)
    await bob.stop(question)
    await office.settled()
    whole = answer(office, "bob", question).text
    await bob.stop(question)
    await office.settled()
    assert answer(office, "bob", question).text == whole
    assert whole.count("Stopped") == 1


async def test_a_stop_that_arrives_late_ends_no_later_answer(office: Office) -> None:
    breath, bob = Breath(), office.person("bob")
    office.model.next("one ", breath)
    question = await bob.say("Count to three")
    await happens(breath.begun)
    await bob.stop(question)
    await office.settled()
    late = next(one for one in office.slack.deliveries if one.what == "agent_session_stopped")
    office.model.next("four ", lambda: office.slack.redeliver(late), "five")
    seen = await office.say("bob", "And then?", thread=question)
    assert "four five" in seen[-1].text
    assert "Stopped" not in seen[-1].text


async def test_a_stop_that_cannot_be_written_down_is_sent_again_by_slack(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    breath, bob, stop = Breath(), office.person("bob"), Turns.stop
    away = iter([True])

    async def stop_later(turns: Turns, thread: Thread, user: str, before: str) -> tuple[str, ...]:
        if next(away, False):
            raise StorageFailed
        return await stop(turns, thread, user, before)

    monkeypatch.setattr(Turns, "stop", stop_later)
    office.model.next("one ", breath)
    question = await bob.say("Count to three")
    await happens(breath.begun)
    await bob.stop(question)
    await happens(breath.ended)
    await office.settled()
    assert [one.status for one in office.slack.deliveries if one.what == "agent_session_stopped"] == [500, 200]


async def test_only_who_asked_may_stop(office: Office) -> None:
    breath = Breath()
    office.model.next("one ", breath)
    question = await office.person("bob").say("@membot count to three", "#general")
    await happens(breath.begun)
    await office.person("carol").stop(question)
    await office.run.app.background.done()
    told = office.person("carol").sees("#general", since=question)[-1]
    assert told.ephemeral
    assert told.text == "Only the person who asked can stop this answer."
    assert not breath.ended.is_set()
    await office.person("bob").stop(question)
    await happens(breath.ended)
    await office.settled()
    assert "_Stopped._" in answer(office, "bob", question, "#general").text


async def test_of_an_answer_that_failed_nobody_is_told_that_it_is_not_theirs_to_stop(office: Office) -> None:
    office.model.next("one ", error=ModelBusy())
    question = await office.person("bob").say("@membot count to three", "#general")
    await office.settled()
    for who in ("carol", "bob"):
        await office.person(who).stop(question)
        await office.settled()
    assert not [one for one in office.person("carol").sees("#general", since=question) if one.ephemeral]
    assert "Stopped" not in answer(office, "bob", question, "#general").text


async def test_what_was_stopped_before_a_crash_is_not_asked_again(office: Office) -> None:
    bob, turns = office.person("bob"), office.run.parts.turns

    async def stopped_and_crashed() -> None:
        newest = await turns.newest(bob.user.team_id)
        assert newest
        assert await turns.stop(newest.thread, bob.user.id, "9") == (newest.event_id,)
        raise StorageFailed

    office.model.next("one two ", stopped_and_crashed)
    question = await bob.say("Count to three")
    await office.settled()
    seen = [one for one in bob.sees(since=question) if one.author == "membot"]
    assert [one.text.splitlines()[0].strip() for one in seen] == ["one two", "_Stopped._"]
    assert not any(one.streaming for one in seen)
    assert len(office.model.asked) == 1
    assert office.slack.workspace.sessions[question.channel, question.ts] == "active"


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_stop_reaches_the_replica_that_answers(database_url: str) -> None:
    async with StandInSlack.open() as slack:
        models, breath, bob = (ScriptedModel(), ScriptedModel()), Breath(), slack.person("bob")
        for model in models:
            model.next("one two ", breath, "three")
        one, two = (replica(slack, database_url, model) for model in models)
        async with one as (run, one_url), two as (_, two_url):
            slack.events_url = one_url
            question = await bob.say("Count to three")
            await happens(breath.begun)
            slack.events_url = two_url if models[0].asked else one_url  # the one that does not answer
            await bob.stop(question)
            await happens(breath.ended)
            await settled(run)
            (seen,) = [each for each in bob.sees(since=question) if each.author == "membot"]
            assert "_Stopped._" in seen.text


@asynccontextmanager
async def replica(slack: StandInSlack, database_url: str, model: ScriptedModel) -> AsyncIterator[tuple[Running, str]]:
    env = {
        "DATABASE_URL": database_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "PORT": "0",
    }
    settings = read_slack_settings(env)
    async with AsyncExitStack() as stack:
        run = await stack.enter_async_context(running(read_settings(env), settings, model.opened()))
        port = await stack.enter_async_context(over_http(run, settings))
        yield run, f"http://127.0.0.1:{port}/slack/events"


# ------------------------------------------------------------------------------------------------------- status


def asked_for(office: Office, method: str) -> int:
    return sum(call.method == method for call in office.slack.calls)


async def test_a_session_has_a_title_and_a_status_while_the_answer_is_under_way(office: Office) -> None:
    workspace, seen = office.slack.workspace, []
    office.model.next(lambda: seen.append(dict(workspace.sessions)), "Hello")
    office.model.next("one ", lambda: seen.append(dict(workspace.sessions)), "two")
    await office.say("bob", "What is the use of a very long question, which goes on and on without an end?")
    question = await office.person("bob").say("Short?")
    await office.settled()
    assert seen[1][question.channel, question.ts] == "processing"
    assert set(workspace.sessions.values()) == {"active"}
    assert workspace.titles[question.channel, question.ts] == "Short?"
    assert "What is the use of a very long question, which goes on and…" in workspace.titles.values()
    assert not workspace.statuses


@pytest.mark.parametrize("error", ["missing_scope", "unknown_method", "not_allowed_token_type", "some_new_word"])
async def test_a_workspace_without_sessions_has_the_status_line_and_is_not_asked_again(
    office: Office, error: str
) -> None:
    workspace, seen = office.slack.workspace, []
    office.slack.faults.add("agents.sessions.setStatus", error=error, times=9)
    for _ in range(2):
        office.model.next("one ", lambda: seen.append(asked_for(office, "assistant.threads.setStatus")), "two")
        await office.say("bob", "Count")
    assert seen == [1, 2]
    assert asked_for(office, "agents.sessions.setStatus") == 1
    assert not workspace.sessions


async def test_a_workspace_with_neither_is_answered_all_the_same(office: Office) -> None:
    for method in ("agents.sessions.setStatus", "assistant.threads.setStatus"):
        office.slack.faults.add(method, error="unknown_method", times=9)
    for _ in range(2):
        assert await office.say("bob", "Count")
    assert asked_for(office, "agents.sessions.setStatus") == asked_for(office, "assistant.threads.setStatus") == 1


async def test_what_fails_in_one_place_or_for_a_moment_is_asked_again(office: Office) -> None:
    office.slack.faults.add("agents.sessions.setStatus", error="thread_not_found", times=2)
    office.slack.faults.add("agents.sessions.setStatus", error="internal_error", status=500)
    for _ in range(3):
        await office.say("bob", "Count")
    assert set(office.slack.workspace.sessions.values()) == {"active"}


async def test_a_status_that_hangs_holds_no_answer_up(office: Office) -> None:
    office.slack.faults.add("agents.sessions.setStatus", hang=True)
    async with asyncio.timeout(PATIENCE):
        seen = await office.say("bob", "Count")
    assert len(seen) == 1


# ------------------------------------------------------------------------------------------------- until it is stopped


@dataclass
class Speaker:
    """Says some words, and knows when its call is over."""

    words: list[str]
    error: ModelBusy | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    said: list[str] = field(default_factory=list)

    async def speak(self) -> AsyncGenerator[str]:
        try:
            for word in self.words:
                self.said.append(word)
                yield word
            if self.error:
                raise self.error
        finally:
            self.over.set()


async def test_the_call_is_ended_even_while_slack_keeps_the_answer_waiting() -> None:
    speaker, stopped = Speaker(["one", "two"]), asyncio.Event()
    async with aclosing(until(stopped, speaker.speak())) as pieces:
        assert await anext(pieces) == "one"
        stopped.set()
        await happens(speaker.over)  # and nobody asks for the next piece meanwhile
        assert speaker.said == ["one"]


@given(words=st.lists(st.text(), max_size=6), stop_at=st.integers(0, 8), fails=st.booleans())
async def test_pieces_pass_until_the_stop_and_the_call_is_over_then(
    words: list[str], stop_at: int, fails: bool
) -> None:
    speaker, stopped, heard = Speaker(words, ModelBusy() if fails else None), asyncio.Event(), []
    stops = stop_at <= len(words)
    if stop_at == 0:
        stopped.set()
    try:
        async with aclosing(until(stopped, speaker.speak())) as pieces:
            async for piece in pieces:
                heard.append(piece)
                assert speaker.said == heard
                if len(heard) == stop_at:
                    stopped.set()
    except ModelBusy:
        assert fails
        assert not stops
    else:
        assert stops or not fails
    assert heard == words[:stop_at]
    assert speaker.over.is_set() or not speaker.said
