"""The environment: each variable's default, a good value, and a wrong one that is named and never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from memory.settings import (
    DEFAULT_SYSTEM_PROMPT,
    VARIABLES,
    SettingsError,
    environment,
    read_settings,
    share_provider_keys,
)

DEFAULTS = {
    "DATABASE_URL": "sqlite+aiosqlite:///membot.db",
    "MEMORIES_PER_KEY": 1000,
    "MEMORY_TOKEN_BUDGET": 500,
    "SAVES_PER_MINUTE": 60,
    "SAVES_PER_DAY": 1000,
    "WORKSPACE_SAVES_PER_MINUTE": 600,
    "WORKSPACE_SAVES_PER_DAY": 20000,
    "ANSWERS_PER_MINUTE": 20,
    "ANSWERS_PER_DAY": 500,
    "WORKSPACE_ANSWERS_PER_MINUTE": 200,
    "WORKSPACE_ANSWERS_PER_DAY": 10000,
    "ADMIN_REVIEW": "reason",
    "LLM_MODEL": "demo",
    "LLM_API_BASE": "",
    "LLM_API_KEY": "",
    "LLM_TIMEOUT": 60.0,
    "SYSTEM_PROMPT": DEFAULT_SYSTEM_PROMPT,
    "TRANSCRIPT_DAYS": 30,
    "PURGE_GRACE_DAYS": 30,
    "LOG_LEVEL": "INFO",
}
GOOD = [
    ("DATABASE_URL", "postgresql+psycopg://me:pw@db/x", "postgresql+psycopg://me:pw@db/x"),
    ("MEMORIES_PER_KEY", " 7 ", 7),
    ("MEMORY_TOKEN_BUDGET", "0", 0),
    ("SAVES_PER_MINUTE", "0", 0),
    ("SAVES_PER_DAY", "1", 1),
    ("WORKSPACE_SAVES_PER_MINUTE", "2", 2),
    ("WORKSPACE_SAVES_PER_DAY", "3", 3),
    ("ANSWERS_PER_MINUTE", "4", 4),
    ("ANSWERS_PER_DAY", "5", 5),
    ("WORKSPACE_ANSWERS_PER_MINUTE", "6", 6),
    ("WORKSPACE_ANSWERS_PER_DAY", "7", 7),
    ("ADMIN_REVIEW", "FULL", "full"),
    ("LLM_MODEL", "openai/gpt-5", "openai/gpt-5"),
    ("LLM_API_BASE", "http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1"),
    ("LLM_API_KEY", "key", "key"),
    ("LLM_TIMEOUT", "2.5", 2.5),
    ("SYSTEM_PROMPT", "Be kind.", "Be kind."),
    ("TRANSCRIPT_DAYS", "1", 1),
    ("PURGE_GRACE_DAYS", "0", 0),
    ("LOG_LEVEL", "debug", "DEBUG"),
]
WRONG = [
    ("MEMORIES_PER_KEY", ["0", "-1", "many", "1.5", "100001", "9" * 5000, "²"]),
    ("MEMORY_TOKEN_BUDGET", ["-1", "lots", "100001"]),
    ("SAVES_PER_MINUTE", ["-1", "1000001"]),
    ("ADMIN_REVIEW", ["yes", "none"]),
    ("LLM_TIMEOUT", ["0", "-1", "nan", "inf", "3601", "soon"]),
    ("TRANSCRIPT_DAYS", ["0", "forever"]),
    ("PURGE_GRACE_DAYS", ["-1", "3651", "never"]),
    ("LOG_LEVEL", ["loud"]),
]
SECRETS = [variable.name for variable in VARIABLES if variable.secret]


def value(name: str, **env: str) -> object:
    return getattr(read_settings(env), name.lower())


def test_every_variable_is_tried_here() -> None:
    assert {variable.name for variable in VARIABLES} == set(DEFAULTS) == {name for name, _, _ in GOOD}


@pytest.mark.parametrize(("name", "default"), DEFAULTS.items())
def test_a_variable_that_is_missing_or_empty_has_its_default(name: str, default: object) -> None:
    assert value(name) == value(name, **{name: ""}) == value(name, **{name: "  "}) == default


@pytest.mark.parametrize(("name", "text", "read"), GOOD)
def test_a_good_value_is_read(name: str, text: str, read: object) -> None:
    assert value(name, **{name: text}) == read


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG for text in texts])
def test_a_wrong_value_is_refused_with_the_name_of_its_variable(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} "):
        read_settings({name: text})


def test_the_secrets_are_those_that_could_give_away_a_password() -> None:
    assert SECRETS == ["DATABASE_URL", "LLM_API_KEY"]


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_stand_in_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("\ufeffhunter2\n", encoding="utf-8")
    assert value(name, **{f"{name}_FILE": str(file)}) == "hunter2"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_stands_in_two_places_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"{name} or {name}_FILE") as refusal:
        read_settings({name: "hunter2", f"{name}_FILE": str(tmp_path)})
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe\x00"], ids=["missing", "empty", "blank", "binary"])
@pytest.mark.parametrize("name", SECRETS)
def test_a_file_that_holds_no_secret_is_refused(name: str, content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"^{name}_FILE "):
        read_settings({f"{name}_FILE": str(file)})


@pytest.mark.parametrize("mistaken", ["sk-hunter2", "hunter2\0", "hunter2" * 1000])
def test_a_secret_given_as_the_name_of_a_file_is_not_shown(mistaken: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        read_settings({"LLM_API_KEY_FILE": mistaken})
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_the_environment_stands_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("\ufeffLLM_MODEL=from file\nLOG_LEVEL=ERROR\nEMPTY\n", encoding="utf-8")
    monkeypatch.setenv("LLM_MODEL", "from shell")
    env = environment(tmp_path)
    assert (env["LLM_MODEL"], env["LOG_LEVEL"]) == ("from shell", "ERROR")
    assert "EMPTY" not in env


def test_the_first_line_of_a_file_with_a_byte_order_mark_counts(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\ufeffLLM_MODEL=mine\n", encoding="utf-8")
    assert environment(tmp_path)["LLM_MODEL"] == "mine"


def test_without_a_file_there_is_the_environment(tmp_path: Path) -> None:
    assert environment(tmp_path) == dict(os.environ)


def test_a_file_that_is_not_text_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"LLM_API_KEY=hunter2\xff\n")
    with pytest.raises(SettingsError, match=r"\.env") as refusal:
        environment(tmp_path)
    assert "hunter2" not in str(refusal.value)


def test_a_providers_key_is_shared_as_litellm_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    file.write_text("from a file\n")
    monkeypatch.setenv("OPENAI_API_KEY", "from the shell")
    share_provider_keys(
        {
            "OPENAI_API_KEY": "from .env",
            "ANTHROPIC_API_KEY_FILE": str(file),
            "AWS_REGION_NAME": "eu",
            "SLACK_BOT_TOKEN": "no",
        }
    )
    assert os.environ["OPENAI_API_KEY"] == "from the shell"
    assert os.environ["ANTHROPIC_API_KEY"] == "from a file"
    assert os.environ["AWS_REGION_NAME"] == "eu"
    assert "SLACK_BOT_TOKEN" not in os.environ


def test_a_providers_key_without_a_value_is_not_set() -> None:
    share_provider_keys({"OPENAI_API_KEY": ""})
    assert "OPENAI_API_KEY" not in os.environ
