"""Many saves to one key at the same moment: how many are kept, beside the recipe that keeps one text per person."""

from __future__ import annotations

import asyncio
from multiprocessing import Pipe, get_context

import sqlalchemy as sa

from benchmarks.databases import kinds, new_database
from benchmarks.measure import Figure
from benchmarks.saving import CROWDED, PEER, crowd, person
from memory.database import tables
from memory.database.open import Database, open_database

SAVES = 200
PROCESSES = {"SQLite": "one process", "PostgreSQL": "two processes"}


async def measure(quick: bool) -> list[Figure]:
    """200 saves at once, five times: from one process on SQLite, from two on PostgreSQL."""
    figures = []
    for kind in kinds():
        runs = [await _run(kind) for _ in range(2 if quick else 5)]
        kept, confirmed, peer_kept, peer_confirmed = zip(*runs, strict=True)
        figures.append(
            Figure(
                f"{SAVES} concurrent creates to one key from {PROCESSES[kind]}: kept, of the confirmed",
                kind,
                f"{_span(kept)} of {_span(confirmed)}, numbers unique",
                f"read, append, write back: {_span(peer_kept)} of {_span(peer_confirmed)}",
                f"{sum(confirmed) - sum(kept)} lost, peer {sum(peer_confirmed) - sum(peer_kept)}",
            )
        )
    return figures


def _span(values: tuple[int, ...]) -> str:
    return str(values[0]) if len(set(values)) == 1 else f"{min(values)}-{max(values)}"


async def _run(kind: str) -> tuple[int, int, int, int]:
    """Kept and confirmed of ours, then of the peer's."""
    with new_database(kind) as url:
        async with open_database(url) as database, database.transaction() as tx:
            await tx.execute(sa.text("CREATE TABLE peer (key text PRIMARY KEY, value text NOT NULL)"))
            await tx.execute(sa.insert(PEER).values(key=CROWDED, value=""))
        confirmed, peer_confirmed = await asyncio.to_thread(_crowds, url, 1 if kind == "SQLite" else 2)
        async with open_database(url) as database:
            return await _kept(database), confirmed, await _peer_kept(database), peer_confirmed


def _crowds(url: str, processes: int) -> tuple[int, int]:
    context = get_context("spawn")
    pipes, children = [], []
    for number in range(processes):
        here, there = Pipe()
        texts = [f"save {each} of process {number}" for each in range(SAVES // processes)]
        child = context.Process(target=crowd, args=(url, texts, there))
        child.start()
        pipes.append(here)
        children.append(child)
    for pipe in pipes:
        pipe.recv()  # every process has opened the database
    confirmed = []
    for word in ("ours", "peer"):
        for pipe in pipes:
            pipe.send(word)
        confirmed.append(sum(pipe.recv() for pipe in pipes))
    for child in children:
        child.join()
    return confirmed[0], confirmed[1]


async def _kept(database: Database) -> int:
    """How many memories there are, once it is sure that no two share a number and none was left out."""
    columns = tables.memories.c
    _, key = person(CROWDED)
    query = sa.select(sa.func.count(), sa.func.count(columns.number.distinct()), sa.func.max(columns.number))
    async with database.reading() as connection:
        count, numbers, highest = (await connection.execute(query.where(columns.key == key.value))).one()
    if not count == numbers == highest:
        raise RuntimeError(f"{count} memories, {numbers} numbers, the highest {highest}")
    return int(count)


async def _peer_kept(database: Database) -> int:
    async with database.reading() as connection:
        value = await connection.scalar(sa.select(PEER.c.value))
    return str(value).count("\n")
