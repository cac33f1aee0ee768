"""The audit log: what each change was, written in the change's own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory import policy
from memory.database import tables
from memory.database.batches import batched, in_order
from memory.database.open import Database, insert_of
from memory.errors import NotPermitted
from memory.models import JSON, Actor, AuditEntry, Key, KeyKind, Memory, Role
from memory.store import chain, stale

RECORDED = ("text", "visibility", "type", "tags", "priority", "pinned", "disabled", "metadata", "expires_at")
CHANGES_NOTHING = frozenset({"read"})
# Made once: they are part of every change.
heads = tables.audit_heads
HEAD = sa.select(heads.c.entries, heads.c.digest).where(heads.c.team == sa.bindparam("of")).with_for_update()
ADDED = sa.insert(tables.audit)
GROWN = (
    sa.update(heads)
    .where(heads.c.team == sa.bindparam("of"))
    .values(digest=sa.bindparam("new"), entries=heads.c.entries + sa.bindparam("more", type_=sa.BigInteger))
)


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
    """Add rows of one team to the log, as the next links of its chain.

    Every change ends here, with its keys locked, so here it is also noted which Homes are not true any more.

    The team's head stays locked until the transaction ends: no two rows can follow the same one. Whoever writes to the
    log has locked its keys before, so this is the last lock that anybody waits for.
    """
    team = rows[0]["team"]
    await stale.mark(tx, {Key.parse(each["key"]) for each in rows if each["verb"] not in CHANGES_NOTHING})
    head = (await tx.execute(HEAD, {"of": team})).first()
    if head is None:
        new = insert_of(tx)(heads).values(team=team, entries=0, digest=chain.FIRST)
        await tx.execute(new.on_conflict_do_nothing())
        head = (await tx.execute(HEAD, {"of": team})).one()
    digest, links = head.digest, []
    for each in rows:
        links.append(chain.sealed(each, digest))
        digest = links[-1]["digest"]
    await tx.execute(ADDED, links)
    await tx.execute(GROWN, {"of": team, "new": digest, "more": len(links)})


async def erase(tx: AsyncConnection, memory_ids: Sequence[str]) -> None:
    """Take the words of deleted memories out of the log; who did what, when and why stays, and so does the chain."""
    await _erase(tx, *(tables.audit.c.memory_id.in_(some) for some in batched(memory_ids)))


async def erase_all(tx: AsyncConnection, where: sa.ColumnElement[bool]) -> None:
    """Take everything that was said out of these rows of the log, reasons too: ids, verbs and dates stay."""
    await _erase(tx, where)
    said = sa.or_(tables.audit.c.reason.is_not(None), tables.audit.c.reason_salt.is_not(None))
    rows = in_order(tables.audit, where, said)
    await tx.execute(sa.update(tables.audit).where(rows).values(reason=None, reason_salt=None))


async def _erase(tx: AsyncConnection, *wheres: sa.ColumnElement[bool]) -> None:
    """Take the words out of the rows for which one of these holds."""
    log = tables.audit.c
    query = sa.select(log.id, log.before, log.after).where(log.words_salt.is_not(None))
    rows = [row for where in wheres for row in await tx.execute(query.where(where))]
    bare = [
        {"row": each.id, "old": chain.wordless(each.before), "new": chain.wordless(each.after), "salt": None}
        for each in sorted(rows, key=lambda each: each.id)  # and so they are locked
    ]
    if bare:
        statement = sa.update(tables.audit).where(log.id == sa.bindparam("row"))
        values: dict[str, Any] = {
            "before": sa.bindparam("old"),
            "after": sa.bindparam("new"),
            "words_salt": sa.bindparam("salt"),
        }
        await tx.execute(statement.values(values), bare)


@dataclass(frozen=True, slots=True)
class AuditLog:
    """What people may read of the log. Every method may raise StorageFailed."""

    database: Database
    full_review: bool

    async def entries(
        self,
        actor: Actor,
        *,
        team: str | None = None,
        key: Key | None = None,
        before: int | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries of the log: a workspace's for its admins, one key's for whoever may read it.

        `before` leaves out the entry of that id and the newer ones. Raises NotPermitted.
        """
        log = tables.audit.c
        allowed = policy.may_read(actor, key) if key else team is not None and policy.may_review(actor, team)
        if not allowed:
            raise NotPermitted(policy.ADMINS_ONLY)
        query = sa.select(tables.audit).where(log.key == key.value if key else log.team == team)
        if before is not None:
            query = query.where(log.id < before)
        query = query.order_by(log.id.desc()).offset(offset).limit(limit)
        full = self.full_review or actor.role is Role.OPERATOR
        own = Key.person(actor.team, actor.user) if actor.user else None
        async with self.database.reading() as connection:
            return tuple(entry(row, full_review=full, own=own) for row in await connection.execute(query))


def entry(values: sa.Row[Any], *, full_review: bool, own: Key | None) -> AuditEntry:
    """A row as a reader may see it: the words of another person's key stay out unless review is full."""
    names = [field.name for field in fields(AuditEntry)]
    read = AuditEntry(**{name: getattr(values, name) for name in names})
    key = Key.parse(read.key)
    if full_review or key.kind is not KeyKind.PERSON or key == own:
        return read
    return AuditEntry(
        **{name: getattr(read, name) for name in names if name not in {"before", "after"}},
        before=chain.wordless(read.before),
        after=chain.wordless(read.after),
    )
