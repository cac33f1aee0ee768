"""Many rows at once: in batches, and in an order in which no two transactions hold each other up for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from memory.database.open import Database

NAMED_AT_ONCE = 500  # parameters of one statement
DELETED_AT_ONCE = 5000  # rows: a few tenths of a second, so far within any limit that a statement has


def batched(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """The values, as many at a time as one statement may well name."""
    return (values[start : start + NAMED_AT_ONCE] for start in range(0, len(values), NAMED_AT_ONCE))


def in_order(table: sa.Table, *where: sa.ColumnElement[bool], skip: bool = False) -> sa.ColumnElement[bool]:
    """A condition for an UPDATE or DELETE of rows: they are locked in the order of the table's primary key before.

    So two statements that change the same rows wait for each other, and never crosswise. `skip`: rows that somebody
    else holds are left out instead.
    """
    columns = tuple(table.primary_key)
    chosen = sa.select(*columns).where(*where).order_by(*columns).with_for_update(skip_locked=skip)
    return _among(columns, chosen.cte("chosen"))


async def delete_in_batches(database: Database, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    """Delete rows for which that holds until none is left, each batch in a transaction of its own; return how many.

    A row that somebody else holds just now is left for the next time. Raises StorageFailed; what was deleted by then
    stays deleted.
    """
    columns = tuple(table.primary_key)
    some = sa.select(*columns).where(*where).limit(DELETED_AT_ONCE).with_for_update(skip_locked=True)
    # Python's sqlite3 counts no rows of a statement that begins with WITH, so they are asked for.
    statement = sa.delete(table).where(_among(columns, some.cte("chosen"))).returning(columns[0])
    deleted, more = 0, True
    while more:
        async with database.transaction() as tx:
            count = len((await tx.execute(statement)).all())
        deleted, more = deleted + count, count == DELETED_AT_ONCE
    return deleted


def _among(columns: Sequence[sa.Column[Any]], chosen: sa.CTE) -> sa.ColumnElement[bool]:
    return sa.tuple_(*columns).in_(sa.select(*chosen.c))
