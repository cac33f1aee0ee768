"""What is refused before the database is asked: secrets, and fields that cannot be."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from memory.errors import MemoryInvalid, SecretSeen
from memory.models import UNSET, Changes, KeyKind, NewMemory, Visibility
from memory.text.clean import clean_metadata, clean_reason, clean_tags, clean_text, clean_type
from memory.text.secrets import secret_kind

SHARED = frozenset({KeyKind.WORKSPACE, KeyKind.CHANNEL, KeyKind.PROPOSALS})
PRIORITIES = range(-1000, 1001)


def refuse_secret(*texts: str) -> None:
    """Raise SecretSeen when one of the texts looks like a secret."""
    for text in filter(None, texts):
        if kind := secret_kind(text):
            raise SecretSeen(kind)


def checked_reason(reason: str | None) -> str | None:
    """The reason as the log keeps it. Raises SecretSeen."""
    refuse_secret(reason or "")
    return clean_reason(reason)


def checked_memory(new: NewMemory) -> NewMemory:
    """What is asked for as it will be kept. Raises SecretSeen and MemoryInvalid."""
    cleaned = _checked({name: getattr(new, name) for name in CLEANERS})
    if new.key.kind in SHARED:
        cleaned["visibility"] = "open"
    return dataclasses.replace(new, **cleaned)


def checked_changes(changes: Changes) -> dict[str, Any]:
    """The fields that shall change, as they will be kept. Raises SecretSeen and MemoryInvalid."""
    wanted = {name: getattr(changes, name) for name in Changes.__slots__ if getattr(changes, name) is not UNSET}
    return _checked(wanted)


def checked_wording(text: str, tags: tuple[str, ...]) -> str:
    """The text as it will be kept beside tags that are. Raises SecretSeen and MemoryInvalid."""
    refuse_secret(" ".join((text, *(f"#{tag}" for tag in tags))))
    return clean_text(text)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    # Secrets first: of one that is also too long, its owner should hear that it is one.
    tags = tuple(f"#{tag}" for tag in values.get("tags", ()))
    refuse_secret(" ".join((values.get("text", ""), *tags)), *tags)
    cleaned = {name: CLEANERS[name](value) if name in CLEANERS else value for name, value in values.items()}
    if (metadata := cleaned.get("metadata")) is not None:
        refuse_secret(json.dumps(metadata, ensure_ascii=False))
    return cleaned


def _clean_visibility(visibility: Visibility) -> Visibility:
    if visibility not in {"private", "open"}:
        raise MemoryInvalid("A memory is private or open.")
    return visibility


def _clean_moment(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _clean_priority(priority: int) -> int:
    if priority not in PRIORITIES:
        raise MemoryInvalid(f"A priority is a whole number from {PRIORITIES[0]} to {PRIORITIES[-1]}.")
    return priority


CLEANERS: Mapping[str, Callable[[Any], Any]] = {
    "text": clean_text,
    "visibility": _clean_visibility,
    "type": clean_type,
    "tags": clean_tags,
    "priority": _clean_priority,
    "metadata": clean_metadata,
    "expires_at": _clean_moment,
}
