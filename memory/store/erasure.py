"""Erasing everything that a person, or all of a workspace, ever said: in each table, in the caller's transaction.

This file knows every column that can hold a person's words. What stays is ids, verbs and dates: in the audit log, and
the ids of events and requests, which are deleted when Slack can no longer repeat them. It is done in the one order of
locks that memory/store/locks.py tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import tables
from memory.database.batches import batched, in_order
from memory.database.open import insert_of
from memory.database.rows import from_row
from memory.models import Actor, Key, KeyKind, Memory
from memory.store import audit
from memory.store.locks import delete_memories


async def erase(tx: AsyncConnection, actor: Actor, key: Key, now: datetime, *, verb: str) -> int:
    """Erase what was said by a person (their key), or in a workspace (its key). Returns how many memories that were.

    The log gets one row with the verb for the key, and one for each memory.
    """
    await _events(tx, key)
    await tx.execute(sa.delete(tables.turns).where(in_order(tables.turns, *turns_of(key))))
    await _lock(tx, key)
    memories = await _memories(tx, key)
    await delete_memories(tx, [memory.id for memory in memories])
    for value in {memory.key.value for memory in memories}:
        left = sa.select(sa.func.count()).where(tables.memories.c.key == value).scalar_subquery()
        await tx.execute(sa.update(tables.keys).where(tables.keys.c.value == value).values(memories=left))
    await _told(tx, key)
    await audit.erase_all(tx, _logged(key))
    rows = [audit.row(actor, now, "delete", memory.key, memory=memory) for memory in memories]
    await audit.write(tx, *rows, audit.row(actor, now, verb, key))
    return len(memories)


def turns_of(key: Key) -> tuple[sa.ColumnElement[bool], ...]:
    """The turns of a person, or of all of a workspace."""
    turns = tables.turns.c
    in_team = turns.team == key.team
    return (in_team,) if key.kind is KeyKind.WORKSPACE else (in_team, turns.user == key.subject)


async def _events(tx: AsyncConnection, key: Key) -> None:
    """Erase what waits to be worked off. What is being worked on ends by itself."""
    inbox = tables.inbox.c
    written = [tables.open_states, inbox.conversation.startswith(f"{key.team}:", autoescape=True)]
    if key.kind is KeyKind.PERSON:
        written.append(inbox.user == key.subject)
    wiped = {"body": sa.null(), "state": sa.case((inbox.state == "pending", "done"), else_=inbox.state)}
    await tx.execute(sa.update(tables.inbox).where(in_order(tables.inbox, *written)).values(wiped))


async def _lock(tx: AsyncConnection, key: Key) -> None:
    """Lock every key whose memories are deleted, in the order of their values, and move their versions."""
    await tx.execute(insert_of(tx)(tables.keys).values(value=key.value).on_conflict_do_nothing())
    columns = tables.keys.c
    if key.kind is KeyKind.WORKSPACE:
        whose = sa.or_(columns.value == key.value, columns.value.startswith(f"{key.value}:", autoescape=True))
    else:
        whose = columns.value.in_((key.value, Key.proposals(key.team).value))
    locked = sa.select(columns.value).where(whose).order_by(columns.value).with_for_update()
    values = [value for value in (await tx.scalars(locked)).all() if Key.parse(value).team == key.team]
    for some in batched(values):
        await tx.execute(sa.update(tables.keys).where(columns.value.in_(some)).values(version=columns.version + 1))


async def _memories(tx: AsyncConnection, key: Key) -> Sequence[Memory]:
    """What is deleted: all of a workspace; of a person their own key and what they have proposed."""
    columns = tables.memories.c
    proposed = sa.and_(columns.key == Key.proposals(key.team).value, columns.created_by == key.value)
    theirs = columns.team == key.team if key.kind is KeyKind.WORKSPACE else sa.or_(columns.key == key.value, proposed)
    query = sa.select(tables.memories).where(theirs).order_by(columns.id).with_for_update()
    return [from_row(row) for row in await tx.execute(query)]


async def _told(tx: AsyncConnection, key: Key) -> None:
    """Erase what they would have been told; of a workspace also who wanted to be told."""
    notices, watchers = tables.notices, tables.watchers
    told = [notices.c.team == key.team]
    if key.kind is KeyKind.PERSON:
        told.append(notices.c.user == key.subject)
    await tx.execute(sa.delete(notices).where(in_order(notices, *told)))
    if key.kind is KeyKind.WORKSPACE:
        await tx.execute(sa.delete(watchers).where(in_order(watchers, watchers.c.team == key.team)))


def _logged(key: Key) -> sa.ColumnElement[bool]:
    """The rows of the log that can hold their words: of their key, and of what they have proposed."""
    log = tables.audit.c
    if key.kind is KeyKind.WORKSPACE:
        return log.team == key.team
    proposals = Key.proposals(key.team).value
    made = sa.select(log.memory_id).where(log.key == proposals, log.verb == "propose", log.actor == key.value)
    return sa.or_(log.key == key.value, sa.and_(log.key == proposals, log.memory_id.in_(made)))
