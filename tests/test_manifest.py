"""The app manifest: within Slack's limits, with the least scopes, and nothing in it that the app does not do."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands import table as commands
from bot.dialogs.shortcuts import SHORTCUTS
from bot.people.identity import Profile
from bot.people.installations import Installed
from bot.people.workspaces import OneWorkspace
from bot.playground.under_the_hood import PAGE_SHORTCUTS
from bot.run import composed
from bot.slack.inbox import Inbox
from bot.turn.directives import parse
from memory.database.open import open_database
from memory.model.demo import DemoModel
from memory.parts import joined

LEAST_SCOPES = {"app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "users:read"}
OPTIONAL_SCOPES = {"channels:history", "groups:history", "mpim:history"}

WITHOUT_SCOPE = {"app_home_opened", "app_uninstalled", "tokens_revoked"}
# https://docs.slack.dev/reference/events: an event reaches an app that has its scope.
SCOPE_OF_EVENT = {
    "agent_session_stopped": "assistant:write",
    "user_change": "users:read",
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.mpim": "mpim:history",
}


@pytest.fixture(scope="module")
def manifest() -> Any:
    return yaml.safe_load((Path(__file__).parent.parent / "manifest.yml").read_text(encoding="utf-8"))


def test_names_and_texts_are_within_slacks_limits(manifest: Any) -> None:
    """https://docs.slack.dev/reference/app-manifest"""
    information, features = manifest["display_information"], manifest["features"]
    prompts = features["agent_view"]["suggested_prompts"]

    assert 0 < len(information["name"]) <= 35
    assert 0 < len(information["description"]) <= 140
    assert 0 < len(features["bot_user"]["display_name"]) <= 80
    assert 0 < len(features["agent_view"]["agent_description"]) <= 300
    assert 0 < len(prompts) <= 4
    assert all(prompt["title"] and prompt["message"] for prompt in prompts)
    assert len(features["slash_commands"]) <= 50
    for command in features["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", command["command"])
        assert 0 < len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000


def test_it_asks_for_the_six_least_scopes_and_leaves_the_rest_to_whoever_installs_it(manifest: Any) -> None:
    scopes = manifest["oauth_config"]["scopes"]

    assert sorted(scopes["bot"]) == sorted(LEAST_SCOPES)
    assert set(scopes["bot_optional"]) <= OPTIONAL_SCOPES
    assert "user" not in scopes


def test_every_event_comes_with_a_scope_that_is_always_granted(manifest: Any) -> None:
    events = manifest["settings"]["event_subscriptions"]["bot_events"]

    needed = {SCOPE_OF_EVENT[event] for event in events if event not in WITHOUT_SCOPE}
    assert needed <= set(manifest["oauth_config"]["scopes"]["bot"])
    assert len(events) == len(set(events))


def test_every_optional_scope_brings_an_event_that_the_app_can_be_given(manifest: Any) -> None:
    assert set(manifest["oauth_config"]["scopes"]["bot_optional"]) <= set(SCOPE_OF_EVENT.values())


def test_it_is_an_agent_in_the_form_that_slack_still_takes(manifest: Any) -> None:
    assert "agent_view" in manifest["features"]
    assert "assistant_view" not in manifest["features"]
    assert manifest["features"]["app_home"]["messages_tab_enabled"]
    assert not manifest["features"]["app_home"]["messages_tab_read_only_enabled"]


def test_it_runs_over_socket_mode_with_buttons_for_one_workspace(manifest: Any) -> None:
    settings = manifest["settings"]

    assert settings["socket_mode_enabled"]
    assert settings["interactivity"]["is_enabled"]
    assert not settings["org_deploy_enabled"]
    assert not settings["token_rotation_enabled"]


def test_the_shortcuts_are_those_that_the_app_answers(manifest: Any) -> None:
    declared = manifest["features"]["shortcuts"]

    assert {tuple(sorted(each.items())) for each in declared} == {
        (("callback_id", one.callback_id), ("description", one.about), ("name", one.name), ("type", one.kind))
        for one in SHORTCUTS
    }
    assert all(len(one.name) <= 24 and len(one.about) <= 150 and len(one.callback_id) <= 255 for one in SHORTCUTS)
    assert len(declared) <= 10
    assert [one.callback_id for one in PAGE_SHORTCUTS] == [one.callback_id for one in SHORTCUTS]


def test_the_home_tab_is_there_with_the_event_that_opens_it(manifest: Any) -> None:
    assert manifest["features"]["app_home"]["home_tab_enabled"]
    assert "app_home_opened" in manifest["settings"]["event_subscriptions"]["bot_events"]


def test_the_usage_hint_names_only_verbs_that_exist(manifest: Any) -> None:
    names = [verb.name for verb in commands.typed()]
    for command in manifest["features"]["slash_commands"]:
        hinted = command["usage_hint"].strip("[]").split("|")
        assert hinted == [name for name in names if name in hinted]


def test_people_who_are_named_in_a_command_arrive_as_ids(manifest: Any) -> None:
    assert all(command["should_escape"] for command in manifest["features"]["slash_commands"])


def test_the_suggested_prompts_are_understood(manifest: Any) -> None:
    for prompt in manifest["features"]["agent_view"]["suggested_prompts"]:
        parsed = parse(prompt["message"], bot_user_id="UBOT", now=datetime.now(UTC))

        assert len(parsed.directives) == 1
        assert not parsed.problems


async def test_the_slash_command_is_answered_by_the_app(manifest: Any, tmp_path: Path) -> None:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'membot.db'}") as database:
        parts = joined(database, DemoModel())
        client = AsyncWebClient("xoxb-1", base_url="http://127.0.0.1:9/")
        installed = Installed("T1", None, False, "UBOT", "BBOT", "xoxb-1", datetime.now(UTC))
        app = composed(parts, Inbox(database), OneWorkspace(client, installed), client)
        app.actors.profiles._kept["T1", "U1"] = (time.monotonic(), Profile(frozenset({"T1"}), frozenset()))
        for command in manifest["features"]["slash_commands"]:
            body = {"command": command["command"], "text": "help", "team_id": "T1", "user_id": "U1", "channel_id": "D1"}
            answer = await app.bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))

            assert answer.status == 200
            assert "remember: I like short answers" in answer.body
