"""The environment, read once, into a frozen value. A wrong value stops the start and names its variable."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

DEFAULT_SYSTEM_PROMPT = "You are a helpful assistant in a company's Slack. Answer in the language of the question."


class SettingsError(Exception):
    """A variable of the environment is missing or wrong; the message names it and never its value."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the environment: its name, default, and how its text is read.

    `read` raises ValueError with a sentence that follows the name ("must be a whole number"). A `secret` may also be
    given as a file: `NAME_FILE` holds the path.
    """

    name: str
    default: str = ""
    read: Callable[[str], Any] = str
    secret: bool = False


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Read a whole number from low to high."""

    def read(text: str) -> int:
        if not text.strip().isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def seconds(text: str) -> float:
    """Read a time in seconds, more than 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 3600:
        raise ValueError("must be a number of seconds, more than 0 and at most 3600")
    return value


def one_of(*choices: str) -> Callable[[str], str]:
    """Read one of some words, whatever the case."""
    spelled = {choice.casefold(): choice for choice in choices}

    def read(text: str) -> str:
        if text.strip().casefold() not in spelled:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return spelled[text.strip().casefold()]

    return read


VARIABLES = (
    Variable("DATABASE_URL", "sqlite+aiosqlite:///membot.db", secret=True),
    Variable("MEMORIES_PER_KEY", "1000", whole_number(1, 100_000)),
    Variable("MEMORY_TOKEN_BUDGET", "500", whole_number(0, 100_000)),
    Variable("SAVES_PER_MINUTE", "60", whole_number(0, 1_000_000)),
    Variable("SAVES_PER_DAY", "1000", whole_number(0, 1_000_000)),
    Variable("WORKSPACE_SAVES_PER_MINUTE", "600", whole_number(0, 1_000_000)),
    Variable("WORKSPACE_SAVES_PER_DAY", "20000", whole_number(0, 1_000_000)),
    Variable("ANSWERS_PER_MINUTE", "20", whole_number(0, 1_000_000)),
    Variable("ANSWERS_PER_DAY", "500", whole_number(0, 1_000_000)),
    Variable("WORKSPACE_ANSWERS_PER_MINUTE", "200", whole_number(0, 1_000_000)),
    Variable("WORKSPACE_ANSWERS_PER_DAY", "10000", whole_number(0, 1_000_000)),
    Variable("ADMIN_REVIEW", "reason", one_of("reason", "full")),
    Variable("LLM_MODEL", "demo"),
    Variable("LLM_API_BASE"),
    Variable("LLM_API_KEY", secret=True),
    Variable("LLM_TIMEOUT", "60", seconds),
    Variable("SYSTEM_PROMPT", DEFAULT_SYSTEM_PROMPT),
    Variable("TRANSCRIPT_DAYS", "30", whole_number(1, 3650)),
    Variable("PURGE_GRACE_DAYS", "30", whole_number(0, 3650)),
    Variable("LOG_LEVEL", "INFO", one_of("DEBUG", "INFO", "WARNING", "ERROR")),
)


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """What the memory store, recall and the language model need to know. Fields are named as their variables."""

    database_url: str = field(repr=False)
    memories_per_key: int
    memory_token_budget: int
    saves_per_minute: int
    saves_per_day: int
    workspace_saves_per_minute: int
    workspace_saves_per_day: int
    answers_per_minute: int
    answers_per_day: int
    workspace_answers_per_minute: int
    workspace_answers_per_day: int
    admin_review: str
    llm_model: str
    llm_api_base: str
    llm_api_key: str = field(repr=False)
    llm_timeout: float
    system_prompt: str
    transcript_days: int
    purge_grace_days: int
    log_level: str


def environment(folder: Path | None = None) -> dict[str, str]:
    """The process's environment over the `.env` file of the folder (default: where it was started).

    Raises SettingsError when that file cannot be read.
    """
    try:
        written = dotenv_values((folder or Path.cwd()) / ".env", encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("The file .env cannot be read: it must be text in UTF-8.") from error
    return {name: value for name, value in written.items() if value is not None} | dict(os.environ)


def share_provider_keys(env: Mapping[str, str]) -> None:
    """Put what `.env` says about the language model's provider where LiteLLM looks: into the process's environment.

    That is everything but our own variables, and what concerns Slack. A provider's key may be given as a file too
    (`OPENAI_API_KEY_FILE`). What the environment has already stays, and what stands there without a value is not set.
    """
    ours = {variable.name for variable in VARIABLES}
    for name, value in env.items():
        if not value or name.removesuffix("_FILE") in ours or name.startswith(("SLACK_", "TOKEN_ENCRYPTION_KEY")):
            continue
        if name.endswith("_API_KEY_FILE"):
            os.environ.setdefault(name.removesuffix("_FILE"), _from_file(name, value))
        else:
            os.environ.setdefault(name, value)


def read_variables(variables: tuple[Variable, ...], env: Mapping[str, str]) -> dict[str, Any]:
    """Read the variables into field names (lower case) and values. Raises SettingsError, naming the variable."""
    return {variable.name.lower(): _read(variable, env) for variable in variables}


def _read(variable: Variable, env: Mapping[str, str]) -> Any:
    text = env.get(variable.name, "").strip()
    path = env.get(f"{variable.name}_FILE", "").strip()
    if variable.secret and path:
        if text:
            raise SettingsError(f"Set either {variable.name} or {variable.name}_FILE, not both.")
        text = _from_file(f"{variable.name}_FILE", path)
    try:
        return variable.read(text or variable.default)
    except ValueError as error:
        raise SettingsError(f"{variable.name} {error}.") from None


def _from_file(name: str, path: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8-sig").strip()
    except (OSError, ValueError):  # ValueError: not UTF-8, or no path at all
        # The path stays out, of the cause too: whoever mistook the variable put the secret itself there.
        raise SettingsError(f"{name} names a file that cannot be read.") from None
    if not text:
        raise SettingsError(f"{name} names a file that is empty.")
    return text


def read_settings(env: Mapping[str, str]) -> MemorySettings:
    """Read the settings of memory and model. Raises SettingsError."""
    return MemorySettings(**read_variables(VARIABLES, env))
