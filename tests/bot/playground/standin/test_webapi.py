"""The Web API, called by the real slack_sdk client."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin.demo_workspace import (
    ACME,
    ALICE,
    BOB,
    GENERAL,
    GUS,
    MEMBOT,
    MEMBOT_BOT,
    OTHER_TEAM,
    RANDOM,
    SAM,
    SHARED,
    dm,
)
from bot.playground.standin.human import Person
from bot.playground.standin.messages import Message
from bot.playground.standin.people import Channel
from bot.playground.standin.standin import StandInSlack
from tests.bot.playground.conftest import RULES
from tests.bot.playground.echo_bot import client

DM = dm(ALICE)


def error(refused: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(refused.value.response["error"])


def said(slack: StandInSlack, channel: str = DM, user: str = ALICE) -> Message:
    """A message that the app was not told of."""
    return slack.workspace.put(Message(channel, slack.clock.ts(), user, ACME, "hello"))


async def test_a_json_body_is_understood(web: AsyncWebClient) -> None:
    posted = await web.chat_postMessage(channel=DM, text="hi")
    assert posted["message"]["text"] == "hi"
    assert posted["message"]["bot_id"] == MEMBOT_BOT


async def test_a_post_with_arguments_in_the_query_is_understood(slack: StandInSlack, web: AsyncWebClient) -> None:
    message = said(slack)
    await web.reactions_add(channel=DM, timestamp=message.ts, name="eyes")
    assert slack.person("alice").sees()[0].reactions == (":eyes: membot",)
    await web.reactions_remove(channel=DM, timestamp=message.ts, name="eyes")
    assert slack.person("alice").sees()[0].reactions == ()


async def test_a_get_is_understood(web: AsyncWebClient) -> None:
    assert (await web.users_info(user=ALICE))["user"]["is_admin"] is True
    assert (await web.users_info(user=GUS))["user"]["is_ultra_restricted"] is True
    stranger = (await web.users_info(user=SAM))["user"]
    assert stranger["is_stranger"] is True
    assert stranger["team_id"] == OTHER_TEAM
    assert "is_admin" not in stranger


async def test_a_form_with_the_token_as_an_argument_is_understood(slack: StandInSlack) -> None:
    form = {"token": slack.bot_token, "channel": DM, "text": "hi", "blocks": '[{"type":"divider"}]'}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{slack.api_url}chat.postMessage", data=form) as response,
    ):
        assert (await response.json())["message"]["blocks"][0]["type"] == "divider"
    assert "token" not in slack.calls[-1].arguments


@pytest.mark.parametrize(
    ("token", "method", "code"),
    [
        ("", "auth.test", "not_authed"),
        ("xoxb-wrong", "auth.test", "invalid_auth"),
        ("xoxb-playground", "chat.sing", "unknown_method"),
    ],
)
async def test_a_bad_call_is_refused(slack: StandInSlack, token: str, method: str, code: str) -> None:
    with pytest.raises(SlackApiError) as refused:
        await AsyncWebClient(token, base_url=slack.api_url).api_call(method)
    assert error(refused) == code


async def test_a_missing_scope_is_named() -> None:
    async with StandInSlack.open(rules=RULES, scopes=frozenset({"chat:write", "im:history"})) as slack:
        web, message = client(slack), said(slack)
        await web.chat_postMessage(channel=DM, text="hi")
        await web.conversations_replies(channel=DM, ts=message.ts)
        with pytest.raises(SlackApiError) as refused:
            await web.reactions_add(channel=DM, timestamp=message.ts, name="eyes")
        assert (error(refused), refused.value.response["needed"]) == ("missing_scope", "reactions:write")
        with pytest.raises(SlackApiError) as refused:
            await web.conversations_history(channel=GENERAL)
        assert refused.value.response["needed"] == "channels:history"


async def test_only_ones_own_messages_can_be_changed(slack: StandInSlack, web: AsyncWebClient) -> None:
    theirs = said(slack)
    with pytest.raises(SlackApiError) as refused:
        await web.chat_update(channel=DM, ts=theirs.ts, text="no")
    assert error(refused) == "cant_update_message"
    ours = await web.chat_postMessage(channel=DM, text="one")
    await web.chat_update(channel=DM, ts=ours["ts"], text="two")
    assert [seen.text for seen in slack.person("alice").sees()] == ["hello", "two"]
    await web.chat_delete(channel=DM, ts=ours["ts"])
    assert [seen.text for seen in slack.person("alice").sees()] == ["hello"]


async def test_a_thread_needs_a_root(web: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        await web.chat_postMessage(channel=DM, text="hi", thread_ts="1.000001")
    assert error(refused) == "thread_not_found"


@pytest.mark.parametrize(
    ("channel", "code"),
    [("C0NOWHERE", "channel_not_found"), ("C0OLD", "is_archived"), ("C0OTHERS", "not_in_channel")],
)
async def test_a_message_needs_a_place(slack: StandInSlack, web: AsyncWebClient, channel: str, code: str) -> None:
    slack.workspace.add(
        Channel("C0OLD", "old", "public", ACME, frozenset({MEMBOT}), is_archived=True),
        Channel("C0OTHERS", "others", "public", ACME, frozenset({BOB})),
    )
    with pytest.raises(SlackApiError) as refused:
        await web.chat_postMessage(channel=channel, text="hi")
    assert error(refused) == code


async def test_an_ephemeral_is_for_one_person_and_never_in_history(
    slack: StandInSlack, web: AsyncWebClient, alice: Person, bob: Person
) -> None:
    sent = await web.chat_postEphemeral(channel=GENERAL, user=ALICE, text="psst")
    assert [(seen.text, seen.ephemeral) for seen in alice.sees("#general")] == [("psst", True)]
    assert bob.sees("#general") == ()
    assert (await web.conversations_history(channel=GENERAL))["messages"] == []
    with pytest.raises(SlackApiError) as refused:
        await web.chat_update(channel=GENERAL, ts=sent["message_ts"], text="no")
    assert error(refused) == "message_not_found"
    with pytest.raises(SlackApiError) as refused:
        await web.chat_postEphemeral(channel=RANDOM, user=GUS, text="psst")
    assert error(refused) == "user_not_in_channel"


async def test_metadata_comes_back_in_replies_when_asked_for(slack: StandInSlack, web: AsyncWebClient) -> None:
    root = said(slack)
    metadata = {"event_type": "turn", "event_payload": {"id": "t1"}}
    await web.chat_postMessage(channel=DM, text="hi", thread_ts=root.ts, metadata=metadata)
    whole = await web.conversations_replies(channel=DM, ts=root.ts, include_all_metadata=True)
    assert whole["messages"][1]["metadata"] == metadata
    assert whole["messages"][0]["reply_count"] == 1
    assert "metadata" not in (await web.conversations_replies(channel=DM, ts=root.ts))["messages"][1]


async def test_the_status_line_goes_when_the_answer_comes(
    slack: StandInSlack, web: AsyncWebClient, alice: Person
) -> None:
    root = said(slack)
    for answer in (web.chat_postMessage(channel=DM, thread_ts=root.ts, text="hi"),
                   web.chat_startStream(channel=DM, thread_ts=root.ts)):  # fmt: skip
        await web.assistant_threads_setStatus(channel_id=DM, thread_ts=root.ts, status="is thinking…")
        assert alice.sees()[0].status == "is thinking…"
        await answer
        assert alice.sees()[0].status is None


async def test_a_file_comes_in_three_steps(slack: StandInSlack, web: AsyncWebClient, alice: Person) -> None:
    await web.files_upload_v2(channel=DM, content="m1: tea", filename="memories.md", initial_comment="Here")
    assert "(file: memories.md)" in alice.sees()[-1].text
    assert [file["content"] for file in slack.workspace.files.values()] == [b"m1: tea"]


async def test_sessions_titles_and_prompts_are_kept(slack: StandInSlack, web: AsyncWebClient) -> None:
    root = said(slack)
    await web.agents_sessions_setStatus(channel_id=DM, thread_ts=root.ts, status="processing", title="Tea")
    await web.assistant_threads_setSuggestedPrompts(channel_id=DM, prompts=[{"title": "Hi", "message": "Hello"}])
    assert slack.workspace.sessions[DM, root.ts] == "processing"
    assert slack.workspace.titles[DM, root.ts] == "Tea"
    assert slack.workspace.prompts[DM]["prompts"][0]["message"] == "Hello"


async def test_the_rest_of_the_directory_answers(slack: StandInSlack, web: AsyncWebClient) -> None:
    assert (await web.auth_test())["user_id"] == MEMBOT
    assert (await web.team_info())["team"]["name"] == "Acme"
    assert (await web.bots_info(bot=MEMBOT_BOT))["bot"]["user_id"] == MEMBOT
    assert len((await web.users_list())["members"]) == 6
    assert (await web.conversations_open(users=ALICE))["channel"]["id"] == DM
    assert (await web.conversations_info(channel=SHARED))["channel"]["is_ext_shared"] is True
    assert GUS in (await web.conversations_members(channel=GENERAL))["members"]
    message = said(slack)
    assert (await web.chat_getPermalink(channel=DM, message_ts=message.ts))["permalink"].startswith(
        "https://acme.slack.com/"
    )
