"""A memory as a row of the database, and back."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from memory.database.tables import MINHASHES
from memory.models import Actor, Key, Memory, NewMemory, Origin
from memory.text.similar import Fingerprint

PUT_OTHERWISE = frozenset({"key", "origin", "tags", "flags"})
COUNTED = frozenset({"times_applied", "last_applied_at"})  # they move by themselves, without the key's lock


def new_id() -> str:
    """A random name that cannot be guessed from another: 128 bits."""
    return f"mem_{secrets.token_hex(16)}"


def is_id(text: str) -> bool:
    """Whether this can be a memory's id at all; what cannot need not reach the database, which may choke on it."""
    return text.isascii() and text.isprintable()


def new_memory(new: NewMemory, *, number: int, actor: Actor, now: datetime, flags: tuple[str, ...] = ()) -> Memory:
    """The first revision of a memory whose fields are clean already."""
    return Memory(
        id=new_id(),
        number=number,
        key=new.key,
        text=new.text,
        visibility=new.visibility,
        type=new.type,
        tags=new.tags,
        priority=new.priority,
        pinned=new.pinned,
        disabled=False,
        source=new.source,
        origin=new.origin,
        metadata=new.metadata,
        times_applied=0,
        last_applied_at=None,
        revision=1,
        expires_at=new.expires_at,
        created_at=now,
        created_by=actor.id,
        updated_at=now,
        updated_by=actor.id,
        flags=flags,
    )


def to_row(memory: Memory, fingerprint: Fingerprint) -> dict[str, Any]:
    """All columns of a memory. The fingerprint is its text's."""
    return _fields(memory) | found_by(fingerprint)


def found_by(fingerprint: Fingerprint) -> dict[str, Any]:
    """The columns by which a text is found."""
    return {"digest": fingerprint.digest} | dict(zip(MINHASHES, fingerprint.minhashes, strict=True))


def changed_row(memory: Memory, fingerprint: Fingerprint | None) -> dict[str, Any]:
    """The columns that a change of a memory may move. Without a fingerprint its text stayed as it was."""
    values = {name: value for name, value in _fields(memory).items() if name not in COUNTED}
    return values | (found_by(fingerprint) if fingerprint else {})


def _fields(memory: Memory) -> dict[str, Any]:
    values = {name: getattr(memory, name) for name in Memory.__slots__ if name not in PUT_OTHERWISE}
    origin = {f"source_{name}": value for name, value in asdict(memory.origin).items()}
    return (
        values
        | origin
        | {
            "key": memory.key.value,
            "team": memory.key.team,
            "tags": list(memory.tags),
            "flags": list(memory.flags),
        }
    )


def from_row(row: sa.Row[Any]) -> Memory:
    """The memory that a row keeps."""
    values = row._mapping
    return Memory(
        **{name: values[name] for name in Memory.__slots__ if name not in PUT_OTHERWISE},
        key=Key.parse(values["key"]),
        tags=tuple(values["tags"]),
        flags=tuple(values["flags"]),
        origin=Origin(**{name: values[f"source_{name}"] for name in Origin.__slots__}),
    )
