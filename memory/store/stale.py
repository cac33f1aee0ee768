"""Which Homes do not show how it is any more, noted in the transaction of the change itself.

A Home is a view of keys: of a person's own memories, of how many the workspace has, and an admin's of what is proposed.
Which of them a change concerns is decided here alone. A Home that is stale already is left as it is, so that of many
changes in a row the first one pays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database.batches import in_order
from memory.database.tables import homes as table
from memory.models import Key, KeyKind

Whose = Literal["person", "workspace", "admins"]

NEVER = -1  # the version of what was not published yet, or of whose own memories something was changed since

WHICH: Mapping[Whose, Callable[[Any], sa.ColumnElement[bool]]] = {
    "person": lambda value: table.c.key == value,
    "workspace": lambda value: table.c.workspace == value,
    "admins": lambda value: sa.and_(table.c.workspace == value, table.c.admin),
}


def _all(whose: Whose) -> sa.Update:
    """Marks many, which are locked in the order of their keys before: two changes must not lock them crosswise."""
    true = WHICH[whose](sa.bindparam("of")), sa.not_(table.c.stale)
    return sa.update(table).where(in_order(table, *true)).values(stale=True)


def _one() -> sa.Update:
    """Marks a person's own, as one to be published before others: who changes something sees it first."""
    unmarked = sa.or_(sa.not_(table.c.stale), table.c.version != NEVER)
    return sa.update(table).where(WHICH["person"](sa.bindparam("of")), unmarked).values(stale=True, version=NEVER)


# Made once: they are part of every change.
MARKS: Mapping[Whose, sa.Update] = {"person": _one(), "workspace": _all("workspace"), "admins": _all("admins")}


def concerned(keys: Collection[Key]) -> list[tuple[Whose, str]]:
    """Whose Homes show something of these keys, each with the key of the person or the workspace. Pure.

    Nothing of a channel is shown in any. Who is in a workspace of which all are concerned is not named by themselves.
    """
    found: set[tuple[Whose, str]] = set()
    for key in keys:
        if key.kind is KeyKind.PERSON:
            found.add(("person", key.value))
        elif key.kind in {KeyKind.WORKSPACE, KeyKind.PROPOSALS}:
            whose: Whose = "workspace" if key.kind is KeyKind.WORKSPACE else "admins"
            found.add((whose, Key.workspace(key.team).value))
    return sorted(each for each in found if not _covered(each, found))


def _covered(each: tuple[Whose, str], found: Collection[tuple[Whose, str]]) -> bool:
    whose, value = each
    return whose != "workspace" and ("workspace", Key.workspace(Key.parse(value).team).value) in found


async def mark(tx: AsyncConnection, keys: Collection[Key]) -> None:
    """Mark the Homes that show something of these keys, which the caller has locked, as not true any more."""
    marks = concerned(keys)
    if len(marks) > 1:  # all of them in one order, too
        which = sa.or_(*(WHICH[whose](value) for whose, value in marks))
        await tx.execute(sa.select(table.c.key).where(which).order_by(table.c.key).with_for_update())
    for whose, value in marks:
        await tx.execute(MARKS[whose], {"of": value})
