"""Whether a key knows a text already, word for word or nearly."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database.rows import found_by
from memory.database.tables import MINHASHES
from memory.database.tables import memories as table
from memory.models import Key
from memory.text.flags import FLAGS, flags
from memory.text.similar import Fingerprint, alike

COMPARED = 5  # of the memories that share a MinHash with a text, the newest so many are compared with it


def _compare() -> sa.CompoundSelect[Any]:
    """Asks for the memory with a digest, and for the newest that share a MinHash; each part is one look into an index.

    Made once: putting it together costs more than its answer.
    """
    within = (table.c.key == sa.bindparam("key"), table.c.id != sa.bindparam("besides"))
    read = sa.select(table.c.id, table.c.digest, table.c.text)
    same = read.where(*within, table.c.digest == sa.bindparam("digest"))
    near = (
        read.where(*within, table.c[name] == sa.bindparam(name))
        .order_by(table.c.number.desc())
        .limit(sa.literal(COMPARED, literal_execute=True))
        for name in MINHASHES
    )
    return sa.union_all(*(sa.select(each.subquery()) for each in (same, *near)))


COMPARE = _compare()


async def compare(
    connection: AsyncConnection, key: Key, text: str, fingerprint: Fingerprint, *, besides: str = ""
) -> tuple[str | None, bool]:
    """The id of the key's memory that says the same as the text, and whether another nearly does.

    The memory `besides` is not looked at. The fingerprint is the text's.
    """
    asked = {"key": key.value, "besides": besides} | found_by(fingerprint)
    rows = {row.id: row for row in await connection.execute(COMPARE, asked)}
    same = next((row.id for row in rows.values() if row.digest == fingerprint.digest), None)
    return same, any(alike(text, row.text) for row in rows.values() if row.digest != fingerprint.digest)


def flagged(text: str, *, near: bool) -> tuple[str, ...]:
    """All flags of a text, that another is nearly the same included."""
    return (*flags(text), *(FLAGS[-1:] if near else ()))
