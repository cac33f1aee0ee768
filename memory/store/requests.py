"""What a repeated request did the first time. Only ids are kept, so that a memory that was deleted since stays gone."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database.tables import requests as table

ASKED = sa.select(table.c.memory_id).where(table.c.id == sa.bindparam("request"))
ADDED = sa.insert(table)


async def done(tx: AsyncConnection, request: str | None) -> str | None:
    """The id of the memory that this request was about, if it was done before."""
    return await tx.scalar(ASKED, {"request": request}) if request else None


async def keep(tx: AsyncConnection, request: str | None, memory_id: str, now: datetime) -> None:
    """Keep that a request is done, in the transaction that does it."""
    if request:
        await tx.execute(ADDED, {"id": request, "memory_id": memory_id, "created_at": now})
