"""A streamed answer, and all the ways in which it may not go on."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin.demo_workspace import GENERAL
from bot.playground.standin.human import Person
from bot.playground.standin.standin import StandInSlack
from tests.bot.playground.standin.test_webapi import DM, error, said


async def test_a_stream_grows_and_ends_with_blocks_and_metadata(
    slack: StandInSlack, web: AsyncWebClient, alice: Person
) -> None:
    root = said(slack)
    stream = await web.chat_startStream(channel=DM, thread_ts=root.ts, markdown_text="**one** ")
    await web.chat_appendStream(channel=DM, ts=stream["ts"], markdown_text="two")
    assert (alice.sees()[-1].text, alice.sees()[-1].streaming) == ("one two", True)
    button = {"type": "button", "action_id": "used", "text": {"type": "plain_text", "text": "Memories used"}}
    metadata = {"event_type": "turn", "event_payload": {}}
    blocks = [{"type": "actions", "elements": [button]}]
    ended = await web.chat_stopStream(channel=DM, ts=stream["ts"], blocks=blocks, metadata=metadata)
    seen = alice.sees()[-1]
    assert (seen.text, seen.streaming) == ("one two\n[1] Memories used", False)
    assert ended["message"]["metadata"] == metadata


async def test_a_stream_needs_a_thread_and_in_a_channel_a_recipient(slack: StandInSlack, web: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        await web.api_call("chat.startStream", json={"channel": DM})
    assert error(refused) == "invalid_thread_ts"
    root = said(slack, GENERAL)
    with pytest.raises(SlackApiError) as refused:
        await web.chat_startStream(channel=GENERAL, thread_ts=root.ts)
    assert error(refused) == "missing_recipient_user_id"


async def test_an_open_stream_cannot_be_updated_and_a_stopped_one_not_appended(
    slack: StandInSlack, web: AsyncWebClient
) -> None:
    stream = await web.chat_startStream(channel=DM, thread_ts=said(slack).ts)
    with pytest.raises(SlackApiError) as refused:
        await web.chat_update(channel=DM, ts=stream["ts"], text="no")
    assert error(refused) == "streaming_state_conflict"
    await web.chat_stopStream(channel=DM, ts=stream["ts"], markdown_text="done")
    for late in (web.chat_appendStream, web.chat_stopStream):
        with pytest.raises(SlackApiError) as refused:
            await late(channel=DM, ts=stream["ts"], markdown_text="more")
        assert error(refused) == "message_not_in_streaming_state"


async def test_a_stream_dies_after_five_minutes_and_can_then_be_updated(
    slack: StandInSlack, web: AsyncWebClient, alice: Person
) -> None:
    stream = await web.chat_startStream(channel=DM, thread_ts=said(slack).ts, markdown_text="a")
    slack.clock.advance(301)
    with pytest.raises(SlackApiError) as refused:
        await web.chat_appendStream(channel=DM, ts=stream["ts"], markdown_text="b")
    assert error(refused) == "message_not_in_streaming_state"
    await web.chat_update(channel=DM, ts=stream["ts"], text="whole")
    assert alice.sees()[-1].text == "whole"


async def test_a_stream_is_too_long_at_12001_characters(slack: StandInSlack, web: AsyncWebClient) -> None:
    stream = await web.chat_startStream(channel=DM, thread_ts=said(slack).ts, markdown_text="a" * 12_000)
    with pytest.raises(SlackApiError) as refused:
        await web.chat_appendStream(channel=DM, ts=stream["ts"], markdown_text="b")
    assert error(refused) == "msg_too_long"


async def test_a_task_is_shown_once_however_often_it_changes(
    slack: StandInSlack, web: AsyncWebClient, alice: Person
) -> None:
    stream = await web.chat_startStream(channel=DM, thread_ts=said(slack).ts)
    for status in ("in_progress", "complete"):
        task = {"type": "task_update", "id": "t", "title": "Checked 4 memories", "status": status}
        await web.chat_appendStream(channel=DM, ts=stream["ts"], chunks=[task])
    assert alice.sees()[-1].text == "✓ Checked 4 memories"
