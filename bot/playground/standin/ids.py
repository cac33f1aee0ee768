"""Ids in the form of Slack's, such as `D07K2M4QX`: the same in every run for the same thing, and like nobody's name."""

from __future__ import annotations

import base64
import hashlib


def stable_id(prefix: str, *of: str) -> str:
    """An id for what these name: the prefix says what kind of thing has it, as Slack's do."""
    digest = hashlib.sha256(" ".join((prefix, *of)).encode()).digest()
    return f"{prefix}0{base64.b32encode(digest).decode()[:7]}"


def direct_message_id(one: str, other: str) -> str:
    """The id of the direct message of these two users."""
    return stable_id("D", *sorted((one, other)))


def bot_user_id(place: str) -> str:
    """The user whom installing the app adds to a team or an organisation."""
    return stable_id("U", place)


def bot_id(place: str) -> str:
    """The bot that this user is."""
    return stable_id("B", place)
