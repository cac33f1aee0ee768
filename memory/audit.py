"""The audit log: what each change was, written in the change's own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory import tables
from memory.models import JSON, Actor, AuditEntry, Key, KeyKind, Memory

# What a person said, in whatever column: erased from the log when the memory is deleted.
WORDS = frozenset({"text", "tags", "metadata"})
RECORDED = ("text", "visibility", "type", "tags", "priority", "pinned", "disabled", "metadata", "expires_at")


def recorded(memory: Memory) -> dict[str, JSON]:
    """The fields of a memory that the log keeps."""
    values = {name: getattr(memory, name) for name in RECORDED}
    return values | {
        "tags": list(memory.tags),
        "expires_at": memory.expires_at.isoformat() if memory.expires_at else None,
    }


def difference(before: Memory, after: Memory) -> tuple[dict[str, JSON], dict[str, JSON]]:
    """Only the fields that differ, as they were and as they are."""
    old, new = recorded(before), recorded(after)
    changed = [name for name in RECORDED if old[name] != new[name]]
    return {name: old[name] for name in changed}, {name: new[name] for name in changed}


def row(
    actor: Actor,
    at: datetime,
    verb: str,
    key: Key,
    *,
    memory: Memory | None = None,
    reason: str | None = None,
    before: JSON = None,
    after: JSON = None,
) -> dict[str, Any]:
    """One row of the log, ready to be inserted."""
    return {
        "at": at,
        "actor": actor.id,
        "door": actor.door,
        "verb": verb,
        "team": key.team,
        "key": key.value,
        "memory_id": memory.id if memory else "",
        "number": memory.number if memory else 0,
        "reason": reason,
        "before": before,
        "after": after,
    }


async def write(tx: AsyncConnection, *rows: Mapping[str, Any]) -> None:
    """Add rows to the log."""
    await tx.execute(sa.insert(tables.audit), [dict(each) for each in rows])


async def erase(tx: AsyncConnection, memory_ids: Iterable[str]) -> None:
    """Take the words of deleted memories out of the log; who did what, and when, stays."""
    log = tables.audit.c
    ids = tuple(memory_ids)
    rows = (await tx.execute(sa.select(log.id, log.before, log.after).where(log.memory_id.in_(ids)))).all()
    wordless = [{"row": each.id, "old": _wordless(each.before), "new": _wordless(each.after)} for each in rows]
    if wordless:
        statement = sa.update(tables.audit).where(log.id == sa.bindparam("row"))
        await tx.execute(statement.values(before=sa.bindparam("old"), after=sa.bindparam("new")), wordless)


def _wordless(values: Any) -> JSON:
    return {name: value for name, value in values.items() if name not in WORDS} if isinstance(values, dict) else None


def entry(values: sa.Row[Any], *, full_review: bool, own: Key | None) -> AuditEntry:
    """A row as a reader may see it: the words of another person's key stay out unless review is full."""
    names = [field.name for field in fields(AuditEntry)]
    read = AuditEntry(**{name: getattr(values, name) for name in names})
    key = Key.parse(read.key)
    if full_review or key.kind is not KeyKind.PERSON or key == own:
        return read
    return AuditEntry(
        **{name: getattr(read, name) for name in names if name not in {"before", "after"}},
        before=_wordless(read.before),
        after=_wordless(read.after),
    )
