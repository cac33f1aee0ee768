"""What many open Homes cost: a look for what is due while nothing is, and a change that all of them show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from itertools import count
from statistics import median
from time import process_time

import sqlalchemy as sa

from benchmarks.databases import kinds, new_database
from benchmarks.measure import Figure, milliseconds, ratio, seconds_of, taking_turns
from bot.dialogs.homes import Homes
from memory.database.open import Database, open_database
from memory.database.tables import homes as table
from memory.models import Actor, Key, NewMemory, Role
from memory.store.store import MemoryStore

FEW, MANY = 50, 50_000
OPEN = 5_000  # Homes of one workspace, all of which a change concerns
LOOKS = 100  # in one round
NUMBERS = count()

Work = Callable[[], Awaitable[float]]


async def measure(quick: bool) -> list[Figure]:
    """Both on each database: CPU of a look at few and at many Homes, and time of a change with none and with many."""
    figures = []
    for kind in kinds():
        async with AsyncExitStack() as stack:
            opened = {}
            for homes in (0, FEW, OPEN, MANY):
                url = stack.enter_context(new_database(kind))
                opened[homes] = await stack.enter_async_context(open_database(url))
                await fill(opened[homes], homes)
            looks: dict[str, Work] = {str(homes): partial(_looks, Homes(opened[homes])) for homes in (FEW, MANY)}
            looked = await taking_turns(looks, 5 if quick else 15)
            changes: dict[str, Work] = {str(homes): partial(_change, opened[homes]) for homes in (0, OPEN)}
            changed = await taking_turns(changes, 7 if quick else 21)
        few, many = looked[str(FEW)], looked[str(MANY)]
        none, all_of_them = changed["0"], changed[str(OPEN)]
        figures += [
            Figure(
                f"CPU of a look for Homes to publish, none stale, of {MANY:,}",
                kind,
                milliseconds(median(many)),
                f"of {FEW} {milliseconds(median(few))}",
                ratio(many, few),
            ),
            Figure(
                f"one change of a workspace's memories with {OPEN:,} Homes open",
                kind,
                milliseconds(median(all_of_them)),
                f"with none {milliseconds(median(none))}",
                ratio(all_of_them, none),
            ),
        ]
    return figures


async def fill(database: Database, homes: int) -> None:
    """Put so many Homes of one workspace into the database, all of them true."""
    now = datetime.now(UTC)
    true = {"workspace": "slack:T1", "version": 0, "workspace_version": 0, "not_before": now, "opened_at": now}
    rows = [{"key": f"slack:T1:U{number}", "stale": False, **true} for number in range(homes)]
    async with database.transaction() as tx:
        for start in range(0, homes, 5000):
            await tx.execute(sa.insert(table), rows[start : start + 5000])
        if not database.is_sqlite:  # what autovacuum does by itself a minute later
            await tx.execute(sa.text("ANALYZE"))


async def _looks(homes: Homes) -> float:
    """Seconds of CPU of one look, all threads of this process."""
    begun = process_time()
    for _ in range(LOOKS):
        if await homes.due(2):
            raise RuntimeError("A Home is due, though none is stale.")
    return (process_time() - begun) / LOOKS


async def _change(database: Database) -> float:
    """Seconds of one change while every Home is true; they are made so again before it."""
    async with database.transaction() as tx:
        await tx.execute(sa.update(table).where(table.c.stale).values(stale=False))
    admin = Actor("slack:T1:U1", Role.ADMIN, "bench", "T1", "U1")
    new = NewMemory(Key.workspace("T1"), f"We deploy number {next(NUMBERS)} on some Tuesday", "open")
    taken = await seconds_of(lambda: MemoryStore(database).create(admin, new))
    async with database.reading() as connection:
        true = await connection.scalar(sa.select(sa.func.count()).select_from(table).where(sa.not_(table.c.stale)))
    if true:
        raise RuntimeError(f"{true} Homes were not marked by a change that they show.")
    return taken
