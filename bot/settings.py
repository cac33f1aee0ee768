"""Slack's part of the environment, read once into a frozen value, and which way of running it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.people.encryption import MAKE_ONE, read_keys
from memory.settings import SettingsError, Variable, read_variables, whole_number


class Way(StrEnum):
    """How the bot meets Slack."""

    SOCKET = "Socket Mode"
    HTTP = "HTTP"
    OAUTH = "OAuth"
    PLAYGROUND = "playground"


def _ids(text: str) -> frozenset[str]:
    return frozenset(part for part in text.replace(",", " ").split() if part)


def _token(prefix: str) -> Variable:
    def read(text: str) -> str:
        if text and not text.startswith(prefix):
            raise ValueError(f"must start with {prefix}")
        return text

    return Variable({"xoxb-": "SLACK_BOT_TOKEN", "xapp-": "SLACK_APP_TOKEN"}[prefix], read=read, secret=True)


def _address(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ValueError("must be an address that starts with https:// or http://")
    return text.rstrip("/") + "/"


VARIABLES = (
    _token("xoxb-"),
    _token("xapp-"),
    Variable("SLACK_SIGNING_SECRET", secret=True),
    Variable("SLACK_CLIENT_ID"),
    Variable("SLACK_CLIENT_SECRET", secret=True),
    Variable("TOKEN_ENCRYPTION_KEY", read=read_keys, secret=True),
    Variable("SLACK_API_URL", "https://slack.com/api/", _address),
    Variable("HOST", "127.0.0.1"),
    Variable("PORT", "3000", whole_number(0, 65535)),
    Variable("ADMIN_USER_IDS", "", _ids),
)


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """How to reach Slack and be reached by it. Fields are named as their variables."""

    slack_bot_token: str = field(repr=False)
    slack_app_token: str = field(repr=False)
    slack_signing_secret: str = field(repr=False)
    slack_api_url: str
    host: str
    port: int
    admin_user_ids: frozenset[str]
    slack_client_id: str = ""
    slack_client_secret: str = field(default="", repr=False)
    token_encryption_key: tuple[str, ...] = field(default=(), repr=False)

    @property
    def way(self) -> Way:
        """Which way of running these settings ask for. Raises SettingsError when a part of one is missing."""
        if self.slack_client_id or self.slack_client_secret:
            self._check_oauth()
            return Way.OAUTH
        if self.slack_bot_token and self.slack_app_token:
            return Way.SOCKET
        if self.slack_bot_token and self.slack_signing_secret:
            return Way.HTTP
        if self.slack_bot_token:
            raise SettingsError(
                "SLACK_BOT_TOKEN is set; SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is missing."
            )
        if self.slack_app_token or self.slack_signing_secret:
            given = "SLACK_APP_TOKEN" if self.slack_app_token else "SLACK_SIGNING_SECRET"
            raise SettingsError(f"{given} is set; SLACK_BOT_TOKEN is missing.")
        return Way.PLAYGROUND

    def _check_oauth(self) -> None:
        """Raise SettingsError unless everything is there for many workspaces, and nothing for a single one."""
        given = "SLACK_CLIENT_ID" if self.slack_client_id else "SLACK_CLIENT_SECRET"
        needed = {
            "SLACK_CLIENT_ID": self.slack_client_id,
            "SLACK_CLIENT_SECRET": self.slack_client_secret,
            "SLACK_SIGNING_SECRET": self.slack_signing_secret,
        }
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise SettingsError(f"{given} is set; {' and '.join(missing)} {_is_or_are(missing)} missing.")
        tokens = {"SLACK_BOT_TOKEN": self.slack_bot_token, "SLACK_APP_TOKEN": self.slack_app_token}
        alone = [name for name, value in tokens.items() if value]
        if alone:
            raise SettingsError(
                f"SLACK_CLIENT_ID is for many workspaces, {' and '.join(alone)} for a single one: set only one of them."
            )
        if not self.token_encryption_key:
            raise SettingsError(
                f"SLACK_CLIENT_ID is set; TOKEN_ENCRYPTION_KEY is missing, which encrypts the tokens: {MAKE_ONE}"
            )


def _is_or_are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def read_slack_settings(env: Mapping[str, str]) -> SlackSettings:
    """Read Slack's settings. Raises SettingsError, naming the variable."""
    return SlackSettings(**read_variables(VARIABLES, env))
