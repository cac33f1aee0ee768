"""Erasing everything that a person, or all of a workspace, ever said: in each table, in the caller's transaction.

This file knows every column that can hold a person's words. What stays is ids, verbs and dates: in the audit log, and
the ids of events and requests, which are deleted when Slack can no longer repeat them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import tables
from memory.database.open import Database
from memory.database.rows import from_row
from memory.models import Actor, Key, KeyKind, Memory
from memory.store import audit

AT_ONCE = 500


async def lock(tx: AsyncConnection, database: Database, key: Key) -> None:
    """Lock every key whose memories `erase` may delete, in the order of their values, and move their versions."""
    await tx.execute(database.insert(tables.keys).values(value=key.value).on_conflict_do_nothing())
    columns = tables.keys.c
    if key.kind is KeyKind.WORKSPACE:
        whose = sa.or_(columns.value == key.value, columns.value.startswith(f"{key.value}:", autoescape=True))
    else:
        whose = columns.value.in_((key.value, Key.proposals(key.team).value))
    locked = sa.select(columns.value).where(whose).order_by(columns.value).with_for_update()
    values = [value for value in (await tx.scalars(locked)).all() if Key.parse(value).team == key.team]
    for some in (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE)):
        await tx.execute(sa.update(tables.keys).where(columns.value.in_(some)).values(version=columns.version + 1))


async def erase(tx: AsyncConnection, actor: Actor, key: Key, now: datetime, *, verb: str) -> int:
    """Erase what was said by a person (their key), or in a workspace (its key). Returns how many memories that were.

    `lock` was called before. The log gets one row with the verb for the key, and one for each memory.
    """
    memories = await _memories(tx, key)
    ids = [memory.id for memory in memories]
    for some in (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)):
        await tx.execute(sa.delete(tables.memories).where(tables.memories.c.id.in_(some)))
        await audit.erase(tx, some)
    await _words(tx, key)
    for value in {memory.key.value for memory in memories}:
        left = sa.select(sa.func.count()).where(tables.memories.c.key == value).scalar_subquery()
        await tx.execute(sa.update(tables.keys).where(tables.keys.c.value == value).values(memories=left))
    rows = [audit.row(actor, now, "delete", memory.key, memory=memory) for memory in memories]
    await audit.write(tx, *rows, audit.row(actor, now, verb, key))
    return len(memories)


async def _memories(tx: AsyncConnection, key: Key) -> Sequence[Memory]:
    """What is deleted: all of a workspace; of a person their own key and what they have proposed."""
    columns = tables.memories.c
    proposed = sa.and_(columns.key == Key.proposals(key.team).value, columns.created_by == key.value)
    theirs = columns.team == key.team if key.kind is KeyKind.WORKSPACE else sa.or_(columns.key == key.value, proposed)
    # Locked in the order of ids, as `count_applied` does: the two must not lock the rows crosswise.
    query = sa.select(tables.memories).where(theirs).order_by(columns.id).with_for_update()
    return [from_row(row) for row in await tx.execute(query)]


async def _words(tx: AsyncConnection, key: Key) -> None:
    """Erase the words that are kept beside the memories."""
    turns, notices, inbox, log = tables.turns.c, tables.notices.c, tables.inbox.c, tables.audit.c
    event = inbox.body["event"]["user"].as_string()
    in_team = inbox.conversation.startswith(f"{key.team}:", autoescape=True)
    if key.kind is KeyKind.WORKSPACE:
        said, told, written, logged = turns.team == key.team, notices.team == key.team, in_team, log.team == key.team
        await tx.execute(sa.delete(tables.watchers).where(tables.watchers.c.team == key.team))
    else:
        said = sa.and_(turns.team == key.team, turns.user == key.subject)
        told = sa.and_(notices.team == key.team, notices.user == key.subject)
        written = sa.and_(in_team, event == key.subject)
        proposals = Key.proposals(key.team).value
        made = sa.select(log.memory_id).where(log.key == proposals, log.verb == "propose", log.actor == key.value)
        logged = sa.or_(log.key == key.value, sa.and_(log.key == proposals, log.memory_id.in_(made)))
    await tx.execute(sa.delete(tables.turns).where(said))
    await tx.execute(sa.delete(tables.notices).where(told))
    is_open = inbox.state.in_(("pending", "running"))
    wiped = {"body": sa.null(), "state": sa.case((inbox.state == "pending", "done"), else_=inbox.state)}
    await tx.execute(sa.update(tables.inbox).where(is_open, written).values(wiped))
    await audit.erase_all(tx, logged)
