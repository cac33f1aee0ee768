"""One memory read, and what of it somebody may see."""

from __future__ import annotations

import dataclasses

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory import policy
from memory.database import tables
from memory.database.rows import from_row, is_id
from memory.errors import MemoryNotFound
from memory.models import Actor, Memory


async def first(connection: AsyncConnection, *where: sa.ColumnElement[bool]) -> Memory | None:
    """The first memory for which that holds."""
    row = (await connection.execute(sa.select(tables.memories).where(*where))).first()
    return from_row(row) if row else None


async def by_id(connection: AsyncConnection, memory_id: str) -> Memory | None:
    """The memory of that id, whoever asks. What cannot be an id need not reach the database, which may choke on it."""
    return await first(connection, tables.memories.c.id == memory_id) if is_id(memory_id) else None


async def readable(connection: AsyncConnection, actor: Actor, memory_id: str) -> Memory:
    """The memory of that id. Raises MemoryNotFound, also for one that the actor may not know of."""
    memory = await by_id(connection, memory_id)
    if memory is None or not policy.may_know(actor, memory):
        raise MemoryNotFound
    return memory


def shown(actor: Actor, memory: Memory, *, full_review: bool) -> Memory:
    """The memory as the actor may see it: without its words where they take a reason."""
    if policy.sees_text(actor, memory, full_review=full_review):
        return memory
    return dataclasses.replace(memory, text="", tags=(), metadata=None)
