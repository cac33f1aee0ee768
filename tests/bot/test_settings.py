"""Slack's settings: which way of running they ask for, and what is said when a part is missing or wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import VARIABLES, Way, read_slack_settings
from memory.settings import SettingsError, read_settings

BOT, APP, SECRET = {"SLACK_BOT_TOKEN": "xoxb-1"}, {"SLACK_APP_TOKEN": "xapp-1"}, {"SLACK_SIGNING_SECRET": "s3cr3t"}
CANARY = "canary-1234"


@pytest.mark.parametrize(
    ("env", "way"),
    [
        ({}, Way.PLAYGROUND),
        ({"SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": " "}, Way.PLAYGROUND),
        ({"PORT": "8080", "ADMIN_USER_IDS": "U1"}, Way.PLAYGROUND),
        (BOT | APP, Way.SOCKET),
        (BOT | APP | SECRET, Way.SOCKET),
        (BOT | SECRET, Way.HTTP),
    ],
)
def test_the_tokens_say_how_to_meet_slack(env: dict[str, str], way: Way) -> None:
    assert read_slack_settings(env).way is way


@pytest.mark.parametrize(
    ("env", "given", "missing"),
    [
        (BOT, "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"),
        (BOT, "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"),
        (APP, "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN"),
        (SECRET, "SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"),
        (APP | SECRET, "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN"),
    ],
)
def test_some_tokens_are_not_enough_and_the_missing_one_is_named(env: dict[str, str], given: str, missing: str) -> None:
    with pytest.raises(SettingsError) as raised:
        _ = read_slack_settings(env).way
    told = str(raised.value)
    assert told.index(f"{given} is set") < told.index(missing) < told.index("missing")
    assert all(value not in told for value in env.values())


def test_without_a_word_the_defaults_hold() -> None:
    settings = read_slack_settings({})
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.admin_user_ids == frozenset()


@pytest.mark.parametrize(("name", "value"), [(name, env[name]) for env in (BOT, APP, SECRET) for name in env])
def test_every_secret_may_be_given_as_a_file(tmp_path: Path, name: str, value: str) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{value}\r\n")
    assert getattr(read_slack_settings({f"{name}_FILE": str(path)}), name.lower()) == value
    with pytest.raises(SettingsError, match=f"{name} or {name}_FILE"):
        read_slack_settings({name: value, f"{name}_FILE": str(path)})
    with pytest.raises(SettingsError, match=f"{name}_FILE"):
        read_slack_settings({f"{name}_FILE": str(tmp_path / "none")})


def test_every_token_and_secret_is_held_to_be_secret() -> None:
    named = {variable.name for variable in VARIABLES if variable.name.endswith(("_TOKEN", "_SECRET", "_KEY"))}
    assert named == {variable.name for variable in VARIABLES if variable.secret}


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("SLACK_BOT_TOKEN", f"xapp-{CANARY}", "xoxb-"),
        ("SLACK_BOT_TOKEN", CANARY, "xoxb-"),
        ("SLACK_APP_TOKEN", f"xoxb-{CANARY}", "xapp-"),
        ("SLACK_API_URL", f"ftp://{CANARY}", "https://"),
        ("SLACK_API_URL", CANARY, "https://"),
        ("PORT", CANARY, "65535"),
        ("PORT", "65536", "65535"),
        ("PORT", "-1", "65535"),
    ],
)
def test_a_wrong_value_names_its_variable_and_not_the_value(name: str, value: str, why: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_slack_settings({name: value})
    assert str(raised.value).startswith(name)
    assert why in str(raised.value)
    assert "canary" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_wrong_value_in_a_file_is_not_shown_either(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(CANARY)
    with pytest.raises(SettingsError) as raised:
        read_slack_settings({"SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")})
    assert "SLACK_BOT_TOKEN" in str(raised.value)
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("text", ["U1,U2", "U1 U2", " U1 , U2, ", "U1\nU2"])
def test_admins_are_named_with_commas_or_spaces(text: str) -> None:
    assert read_slack_settings({"ADMIN_USER_IDS": text}).admin_user_ids == {"U1", "U2"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/api", "http://127.0.0.1:9/api/", "http://127.0.0.1:9/api//"])
def test_slacks_address_ends_in_one_slash(url: str) -> None:
    assert read_slack_settings({"SLACK_API_URL": url}).slack_api_url == "http://127.0.0.1:9/api/"


# ------------------------------------------------------------------------------------------------------------ OAuth

KEY = "A" * 43 + "="
MANY = SECRET | {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "cl13nt", "TOKEN_ENCRYPTION_KEY": KEY}


def test_a_client_asks_for_many_workspaces() -> None:
    assert read_slack_settings(MANY).way is Way.OAUTH
    assert (
        read_slack_settings(MANY | {"TOKEN_ENCRYPTION_KEY": f"{KEY}, {KEY}\n{KEY}"}).token_encryption_key == (KEY,) * 3
    )


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"SLACK_CLIENT_ID": ""}, "SLACK_CLIENT_SECRET is set; SLACK_CLIENT_ID is missing."),
        ({"SLACK_CLIENT_SECRET": ""}, "SLACK_CLIENT_ID is set; SLACK_CLIENT_SECRET is missing."),
        ({"SLACK_SIGNING_SECRET": ""}, "SLACK_CLIENT_ID is set; SLACK_SIGNING_SECRET is missing."),
        (
            {"SLACK_CLIENT_SECRET": "", "SLACK_SIGNING_SECRET": ""},
            "SLACK_CLIENT_ID is set; SLACK_CLIENT_SECRET and SLACK_SIGNING_SECRET are missing.",
        ),
        (BOT, "SLACK_BOT_TOKEN for a single one"),
        (BOT | APP, "SLACK_BOT_TOKEN and SLACK_APP_TOKEN for a single one"),
        ({"TOKEN_ENCRYPTION_KEY": ""}, "TOKEN_ENCRYPTION_KEY is missing"),
    ],
)
def test_half_of_what_many_workspaces_need_is_named(env: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as raised:
        _ = read_slack_settings(MANY | env).way
    assert told in str(raised.value)
    assert not [value for value in (MANY | env).values() if value and value in str(raised.value)]


def test_settings_show_no_secret() -> None:
    shown = repr(read_slack_settings(MANY | BOT | APP)) + repr(read_settings({"LLM_API_KEY": CANARY}))
    assert not [value for value in ("xoxb-1", "xapp-1", "s3cr3t", "cl13nt", KEY, CANARY) if value in shown]
