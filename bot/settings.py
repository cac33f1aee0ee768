"""Slack's part of the environment, read once into a frozen value, and which way of running it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from memory.settings import SettingsError, Variable, read_variables, whole_number


class Way(StrEnum):
    """How the bot meets Slack."""

    SOCKET = "Socket Mode"
    HTTP = "HTTP"
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
    Variable("SLACK_API_URL", "https://slack.com/api/", _address),
    Variable("HOST", "127.0.0.1"),
    Variable("PORT", "3000", whole_number(0, 65535)),
    Variable("ADMIN_USER_IDS", "", _ids),
)


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """How to reach Slack and be reached by it. Fields are named as their variables."""

    slack_bot_token: str
    slack_app_token: str
    slack_signing_secret: str
    slack_api_url: str
    host: str
    port: int
    admin_user_ids: frozenset[str]

    @property
    def way(self) -> Way:
        """Which way of running these settings ask for. Raises SettingsError when a part of one is missing."""
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


def read_slack_settings(env: Mapping[str, str]) -> SlackSettings:
    """Read Slack's settings. Raises SettingsError, naming the variable."""
    return SlackSettings(**read_variables(VARIABLES, env))
