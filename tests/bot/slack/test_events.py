"""Slack's events: what a person typed is written down, and nothing else, whatever arrives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.events import Stopped, incoming, rewritten, said, stopped
from bot.slack.inbox import Incoming

TS, ROOT = "1700000002.000200", "1700000001.000100"
GONE = object()


def body(*, outer: Any = None, **fields: Any) -> dict[str, Any]:
    """An event as Slack sends it: a message in a direct message, but for what is said otherwise."""
    event = {
        "type": "message",
        "channel": "D024BE91L",
        "channel_type": "im",
        "user": "U2147483697",
        "team": "T061EG9R6",
        "client_msg_id": "4a2f9c0e-5f3e-4b7a-9f6e-6f3b1f0c0f0a",
        "text": "Hello there",
        "ts": TS,
        "event_ts": TS,
        "blocks": [{"type": "rich_text", "elements": []}],
    } | fields
    return {
        "token": "z26uFbvR1xHJEdHE1OQiO6t8",
        "team_id": "T061EG9R6",
        "api_app_id": "A0FFV41KK",
        "event": {name: value for name, value in event.items() if value is not GONE},
        "type": "event_callback",
        "event_id": "Ev9UQ52YNA",
        "event_time": 1700000002,
        "authorizations": [{"enterprise_id": None, "team_id": "T061EG9R6", "user_id": "UBOT", "is_bot": True}],
        "is_ext_shared_channel": False,
    } | (outer or {})


CHANNEL = {"channel": "C0LAN2Q65", "channel_type": "channel"}
DM = "T061EG9R6:D024BE91L"
IN_CHANNEL = "T061EG9R6:C0LAN2Q65"

WRITTEN: dict[str, tuple[dict[str, Any], str, bool]] = {
    "typed in a direct message": ({}, DM, True),
    "typed in a thread of a direct message": ({"thread_ts": ROOT}, DM, True),
    "typed in a direct message, as an emulator sends it": ({"channel_type": GONE, "team": GONE}, DM, True),
    "typed in a channel": (CHANNEL, f"{IN_CHANNEL}:{TS}", False),
    "typed in a channel's thread": (CHANNEL | {"thread_ts": ROOT}, f"{IN_CHANNEL}:{ROOT}", False),
    "typed in a private channel": (
        {"channel": "G0LAN2Q65", "channel_type": "group"},
        f"T061EG9R6:G0LAN2Q65:{TS}",
        False,
    ),
    "typed in a direct message of several": (CHANNEL | {"channel_type": "mpim"}, f"{IN_CHANNEL}:{TS}", False),
    "a mention": (
        CHANNEL | {"type": "app_mention", "channel_type": GONE, "text": "<@UBOT> hello"},
        f"{IN_CHANNEL}:{TS}",
        False,
    ),
    "a file with a comment": ({"subtype": "file_share", "files": [{"id": "F1"}], "upload": False}, DM, True),
    "a file without one": ({"subtype": "file_share", "files": [{"id": "F1"}], "text": ""}, DM, True),
    "a reply that is also sent to the channel": (
        CHANNEL | {"subtype": "thread_broadcast", "thread_ts": ROOT, "root": {"ts": ROOT}},
        f"{IN_CHANNEL}:{ROOT}",
        False,
    ),
}

EDITED = {"type": "message", "user": "U2147483697", "text": "Hello, world!", "ts": ROOT}
NOT_WRITTEN: dict[str, dict[str, Any]] = {
    "an edit": body(subtype="message_changed", hidden=True, message=EDITED, previous_message=EDITED, text=GONE),
    "an edit that looks typed": body(subtype="message_changed", message=EDITED),
    "a bot's edit": body(
        subtype="message_changed", message=EDITED | {"text": "x", "bot_id": "B1"}, previous_message=EDITED
    ),
    "a bot's deletion": body(subtype="message_deleted", previous_message=EDITED | {"bot_id": "B1"}),
    "a deletion of something unknown": body(subtype="message_deleted", deleted_ts=ROOT),
    "an edit by another": body(
        subtype="message_changed", message=EDITED | {"text": "x", "user": "U2"}, previous_message=EDITED
    ),
    "a stop": body(type="agent_session_stopped", thread_ts=ROOT, streaming_message_ts=[], event_ts=TS),
    "a bot's message": body(subtype="bot_message", bot_id="BB12033", username="github", user=GONE),
    "a bot's message with a user": body(bot_id="B123", app_id="A123", bot_profile={"id": "B123", "name": "other"}),
    "a bot's message with its profile only": body(bot_profile={"id": "B123"}),
    "a mention by a bot that is nobody": body(type="app_mention", bot_id="B123", user=GONE),
    "a bot's edited mention": body(type="app_mention", subtype="message_changed", bot_id="B123"),
    "a workflow's message": body(subtype="bot_message", bot_id="B0WF", workflow_id="Wf012", user=GONE),
    "Slackbot": body(user="USLACKBOT", text="Reminder: remember: everything."),
    "a custom response": body(user="USLACKBOT", subtype="slackbot_response"),
    "someone joined": body(subtype="channel_join", text="<@U2147483697> has joined the channel"),
    "a new topic": body(subtype="channel_topic", topic="hello world"),
    "a /me message": body(subtype="me_message"),
    "the root of an assistant's thread": body(subtype="assistant_app_thread"),
    "a hidden message": body(hidden=True),
    "a reaction": body(type="reaction_added", reaction="thumbsup", item={"type": "message", "ts": ROOT}),
    "the home page opened": body(type="app_home_opened", tab="home"),
    "a changed profile": body(type="user_change", user={"id": "U1", "deleted": True}),
    "an uninstalled app": body(outer={"event": {"type": "app_uninstalled"}}),
    "no event": body(outer={"event": None}),
    "an event that is a list": body(outer={"event": [1]}),
    "no event id": body(outer={"event_id": None}),
    "an empty event id": body(outer={"event_id": ""}),
    "an event id that no database can hold": body(outer={"event_id": "Ev\ud800"}),
    "a type that is a list": body(type=["message"]),
    "a subtype that is a list": body(subtype=["file_share"]),
    "a subtype that is an object": body(subtype={}),
    "an empty ts": body(ts=""),
    "a ts that no database can hold": body(ts="1\0"),
    "an url_verification": {"type": "url_verification", "challenge": "x"},
    "nothing": {},
} | {
    f"{name} is {value!r}": body(**{name: value})
    for name in ("channel", "user", "text", "ts")
    for value in (None, 7, ["x"], {"id": "x"})
}


@pytest.mark.parametrize(("fields", "conversation", "alone"), WRITTEN.values(), ids=WRITTEN)
def test_what_a_person_typed_is_written_down(fields: dict[str, Any], conversation: str, alone: bool) -> None:
    event = body(**fields)
    written, message = incoming("T061EG9R6", event), said(event)
    channel = event["event"]["channel"]
    assert written == Incoming("Ev9UQ52YNA", f"T061EG9R6:{channel}:{TS}", conversation, "U2147483697", TS, event)
    assert message
    assert (message.alone, message.text) == (alone, event["event"]["text"])
    assert message.root == event["event"].get("thread_ts", TS)


@pytest.mark.parametrize("event", NOT_WRITTEN.values(), ids=NOT_WRITTEN)
def test_nothing_else_is_written_down(event: dict[str, Any]) -> None:
    assert incoming("T061EG9R6", event) is None


def test_without_a_workspace_nothing_is_written_down() -> None:
    assert incoming("", body()) is None


def test_a_mention_and_its_message_are_one_message() -> None:
    message = incoming("T1", body(**CHANNEL))
    mention = incoming("T1", body(type="app_mention", **CHANNEL | {"channel_type": GONE}, outer={"event_id": "Ev2"}))
    assert message
    assert mention
    assert (message.message, message.conversation) == (mention.message, mention.conversation)


@pytest.mark.parametrize(
    ("fields", "mentioned"),
    [
        ({"text": "<@UBOT> hi"}, True),
        ({"text": "hi <@UBOT|membot>"}, True),
        ({"text": "hi <@UBOTHER>"}, False),
        ({"text": "hi @UBOT"}, False),
        ({"type": "app_mention", "text": "hi"}, True),
    ],
)
def test_the_bot_is_spoken_to_by_name(fields: dict[str, Any], mentioned: bool) -> None:
    message = said(body(**CHANNEL | fields))
    assert message
    assert message.mentions("UBOT") is mentioned


@pytest.mark.parametrize(("flag", "outside"), [(True, True), (False, False), (None, False), ("yes", False)])
def test_a_channel_shared_with_others_is_known(flag: object, outside: bool) -> None:
    message = said(body(outer={"is_ext_shared_channel": flag}, **CHANNEL))
    assert message
    assert message.shared_outside is outside


@pytest.mark.parametrize("thread_ts", [None, 7, "", ["x"]])
def test_an_odd_thread_is_no_thread(thread_ts: object) -> None:
    message = said(body(thread_ts=thread_ts))
    assert message
    assert message.thread_ts is None


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(("message", "file_share")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("type", "subtype", "channel", "user", "text", "ts", "thread_ts", "bot_id", "channel_type", "hidden")


@given(st.dictionaries(st.sampled_from(FIELDS), ANY_JSON), ANY_JSON, ANY_JSON)
def test_no_event_makes_it_stumble(fields: dict[str, Any], event: object, event_id: object) -> None:
    incoming("T1", body(**fields, outer={"event_id": event_id}))
    incoming("T1", body(outer={"event": event}))


TOMBSTONE = {
    "type": "message",
    "subtype": "tombstone",
    "user": "USLACKBOT",
    "text": "This message was deleted.",
    "ts": ROOT,
}
CHANGES: dict[str, tuple[dict[str, Any], str | None]] = {
    "an edit": (body(subtype="message_changed", message=EDITED | {"text": "Hi!"}, previous_message=EDITED), "Hi!"),
    "a deletion": (body(subtype="message_deleted", deleted_ts=ROOT, previous_message=EDITED), None),
    "a deletion under which others wrote": (
        body(subtype="message_changed", message=TOMBSTONE, previous_message=EDITED),
        None,
    ),
}


@pytest.mark.parametrize(("event", "after"), CHANGES.values(), ids=CHANGES)
def test_a_change_of_what_a_person_typed_is_worked_off_after_it(event: dict[str, Any], after: str | None) -> None:
    written, change = incoming("T061EG9R6", event), rewritten(event)
    assert said(event) is None
    assert written == Incoming("Ev9UQ52YNA", None, DM, "U2147483697", TS, event)
    assert change
    assert (change.user, change.ts, change.before, change.after) == ("U2147483697", ROOT, "Hello, world!", after)


@pytest.mark.parametrize("missing", ["channel", "thread_ts", "user", "event_ts", "type"])
def test_a_stop_says_where_who_and_when(missing: str) -> None:
    fields = {"type": "agent_session_stopped", "thread_ts": ROOT, "streaming_message_ts": [], "event_ts": TS}
    assert stopped(body(**fields)) == Stopped("D024BE91L", ROOT, "U2147483697", TS)
    assert stopped(body(**fields | {missing: GONE})) is None


def test_what_an_app_says_is_looked_at_only_where_slack_calls_it_a_mention() -> None:
    mention = said(body(type="app_mention", bot_id="B123", channel="C0LAN2Q65", channel_type=GONE))
    assert mention is not None
    assert mention.from_app
    assert not mention.alone


def test_what_apps_say_in_a_channel_is_worked_off_one_after_the_other() -> None:
    mentions = [body(type="app_mention", bot_id="B1", channel="C1", channel_type=GONE, ts=f"{n}.0") for n in (1, 2)]
    first, second = (incoming("T1", each) for each in mentions)
    assert first and second
    assert first.conversation == second.conversation
