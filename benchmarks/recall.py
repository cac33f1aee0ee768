"""How long it takes to fetch the block for a turn, as the key and the whole table grow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from statistics import median
from typing import NamedTuple

import sqlalchemy as sa

from benchmarks.databases import kinds, new_database
from benchmarks.measure import Figure, alternating, milliseconds, percentile, ratio
from memory.database import tables
from memory.database.open import Database, open_database
from memory.models import Key
from memory.recall.audience import Audience
from memory.recall.recall import Recall

TEAM = "T1"
SIZES = (20, 1_000, 10_000)
BUDGET = 500
PER_PERSON = 100  # memories of each of the others

# The same statement fills both databases; these are the only words they do not share.
WORDS = {
    "sqlite": {
        "tags": "'[]'",
        "moment": "strftime('%Y-%m-%d %H:%M:%S.000000', '2026-01-01', '+' || i || ' seconds')",
    },
    "postgresql": {
        "tags": "CAST('[]' AS json)",
        "moment": "timestamptz '2026-01-01 00:00:00Z' + i * interval '1 second'",
    },
}
# The rows of each key lie scattered among all others, as they do when people save over months.
FILL = """
INSERT INTO memories (id, key, number, team, text, digest, visibility, type, tags, priority, pinned, disabled, source,
                      times_applied, revision, created_at, created_by, updated_at, updated_by)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
SELECT 'mem_' || i,
       CASE WHEN i % {each20} = 0 THEN 'slack:T1:U20'
            WHEN i % {each1000} = 1 THEN 'slack:T1:U1000'
            WHEN i % {each10000} = 2 THEN 'slack:T1:U10000'
            ELSE 'slack:T1:W' || (i % {people}) END,
       i, 'T1', 'For questions about topic ' || i || ' I like a short answer with one example', 'digest ' || i,
       'private', 'preference', {tags}, 0, false, false, 'slack', 0, 1, {moment}, 'bench', {moment}, 'bench'
FROM n
"""
KEYS = """
INSERT INTO keys (value, last_number, memories, version)
SELECT key, max(number), count(*), 1 FROM memories GROUP BY key
"""

AUDIENCES = {size: Audience(Key.person(TEAM, f"U{size}"), Key.workspace(TEAM), alone=True) for size in SIZES}
FLOOR = 0


class Arm(NamedTuple):
    """One way that is measured: rows in the table, and memories in the key (FLOOR: the look-up by primary key)."""

    rows: int
    size: int


Fetch = Callable[[], Awaitable[object]]
Times = dict[Arm, list[float]]  # seconds


async def fill(database: Database, rows: int) -> None:
    """Put so many memories into the database: 20, 1,000 and 10,000 in three keys, the others in small ones."""
    words = WORDS[database.url.get_backend_name()]
    steps = {f"each{size}": rows // size for size in SIZES}
    async with database.transaction() as tx:
        await tx.execute(sa.text("PRAGMA cache_size = -500000" if database.is_sqlite else "SET statement_timeout = 0"))
        await tx.execute(sa.text(FILL.format(rows=rows, people=rows // PER_PERSON, **steps, **words)))
        await tx.execute(sa.text(KEYS))
        if not database.is_sqlite:  # what autovacuum does by itself a minute later
            await tx.execute(sa.text("ANALYZE"))


async def measure(quick: bool) -> list[Figure]:
    """The fetch, with the block known (warm) and not known (cold), beside one look-up by primary key."""
    totals = (100_000, 200_000) if quick else (100_000, 1_000_000)
    figures = []
    for kind in kinds():
        async with AsyncExitStack() as stack:
            databases = {}
            for total in totals:
                url = stack.enter_context(new_database(kind))
                databases[total] = await stack.enter_async_context(open_database(url))
                await fill(databases[total], total)
                await _check(databases[total])
            for way, prepare in (("known", _known), ("not known", _not_known)):
                arms = {name: arm for total in totals for name, arm in prepare(databases[total], total).items()}
                await alternating(arms, 5)  # warms up
                rounds = [await alternating(arms, 20 if quick else 50) for _ in range(5 if quick else 9)]
                figures += _figures(kind, way, totals, _medians(rounds))
    return figures


async def _check(database: Database) -> None:
    columns = tables.keys.c
    async with database.reading() as connection:
        for size, audience in AUDIENCES.items():
            key = f"slack:{TEAM}:U{size}"
            kept = await connection.scalar(sa.select(columns.memories).where(columns.value == key))
            if kept != size or not (await Recall(database, budget=BUDGET).recall(audience)).block:
                raise RuntimeError(f"{key} holds {kept} memories, not {size}, or none is injected.")


def _known(database: Database, total: int) -> dict[Arm, Fetch]:
    recall = Recall(database, budget=BUDGET)
    return _floor(database, total) | {
        Arm(total, size): partial(recall.recall, audience) for size, audience in AUDIENCES.items()
    }


def _not_known(database: Database, total: int) -> dict[Arm, Fetch]:
    def fetch(audience: Audience) -> Awaitable[object]:
        return Recall(database, budget=BUDGET).recall(audience)

    return _floor(database, total) | {
        Arm(total, size): partial(fetch, audience) for size, audience in AUDIENCES.items()
    }


def _floor(database: Database, total: int) -> dict[Arm, Fetch]:
    query = sa.select(tables.keys.c.version).where(tables.keys.c.value == f"slack:{TEAM}:U{SIZES[0]}")

    async def look_up() -> None:
        async with database.reading() as connection:
            await connection.scalar(query)

    return {Arm(total, FLOOR): look_up}


def _medians(rounds: Sequence[Times]) -> Times:
    return {name: [percentile(each[name], 50) for each in rounds] for name in rounds[0]}


def _figures(kind: str, way: str, totals: tuple[int, int], p50: Times) -> list[Figure]:
    small, large = totals
    fewest, most = SIZES[0], SIZES[-1]
    figures = [
        Figure(
            f"block fetch p50, block {way}, {total:,} rows; {' · '.join(f'{size:,}' for size in SIZES)} in the key",
            kind,
            " · ".join(f"{median(p50[Arm(total, size)]) * 1000:.2f}" for size in SIZES) + " ms",
            f"one primary key look-up {milliseconds(median(p50[Arm(total, FLOOR)]))}",
            ratio(p50[Arm(total, most)], p50[Arm(total, FLOOR)]),
        )
        for total in totals
    ]
    for title, ours, theirs in (
        (f"… growth, key {fewest:,} → {most:,}, at {small:,} rows", Arm(small, most), Arm(small, fewest)),
        (f"… growth, key {fewest:,} → {most:,}, at {large:,} rows", Arm(large, most), Arm(large, fewest)),
        (f"… growth, key {SIZES[1]:,} → {most:,}, at {large:,} rows", Arm(large, most), Arm(large, SIZES[1])),
        (f"… growth, rows {small:,} → {large:,}, key {fewest:,}", Arm(large, fewest), Arm(small, fewest)),
        (f"… growth, rows {small:,} → {large:,}, key {most:,}", Arm(large, most), Arm(small, most)),
    ):
        mine, other = p50[ours], p50[theirs]
        figures.append(Figure(title, kind, milliseconds(median(mine)), milliseconds(median(other)), ratio(mine, other)))
    return figures
