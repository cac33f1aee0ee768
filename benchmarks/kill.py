"""kill -9 while memories are saved: what was confirmed must be there, once."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
from collections import Counter
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from threading import Timer

import sqlalchemy as sa

from benchmarks.databases import kinds, new_database
from benchmarks.measure import Figure
from benchmarks.saving import load
from memory.database import tables
from memory.database.open import Database, open_database

PEOPLE = ("U1", "U2", "U3", "U4")
SECONDS = (0.05, 0.3)  # of load before the kill
LINE = re.compile(r"(\w+) (\d+) (mem_\w+)\n")


async def measure(quick: bool) -> list[Figure]:
    """50 kills on each database; the next process repeats, with its request id, what was not confirmed."""
    figures = []
    for kind in kinds():
        kills = 10 if quick else 50
        with new_database(kind) as url:
            async with open_database(url):
                pass
            confirmed = await asyncio.to_thread(_under_fire, url, kills)
            async with open_database(url) as database:
                lost, doubled, sound = await _verdict(database, confirmed)
        figures.append(
            Figure(
                f"{kills} × kill -9 under load: confirmed saves that are there",
                kind,
                f"{len(confirmed) - lost:,} of {len(confirmed):,}",
                f"integrity {sound}",
                f"{lost} lost, {doubled} doubled",
            )
        )
    return figures


def _under_fire(url: str, kills: int) -> dict[str, tuple[str, int]]:
    """Kill the saving process so many times; return what was confirmed: id → who and which save."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.saving"])
    confirmed: dict[str, tuple[str, int]] = {}
    for _ in range(kills):
        here, there = Pipe(duplex=False)
        begin = {user: 1 + max((n for who, n in confirmed.values() if who == user), default=0) for user in PEOPLE}
        child = context.Process(target=load, args=(url, begin, there))
        child.start()
        there.close()
        said = _heard_until_killed(here, child.pid or 0)
        child.join()
        confirmed |= {match[3]: (match[1], int(match[2])) for match in LINE.finditer(said)}
    return confirmed


def _heard_until_killed(here: Connection, child: int) -> str:
    heard = os.read(here.fileno(), 65536)  # "ready": the load begins now
    killing = Timer(random.uniform(*SECONDS), os.kill, (child, signal.SIGKILL))
    killing.start()
    while some := os.read(here.fileno(), 65536):
        heard += some
    killing.join()
    here.close()
    return heard.decode()


async def _verdict(database: Database, confirmed: dict[str, tuple[str, int]]) -> tuple[int, int, str]:
    """How many confirmed saves are missing, how many are there twice, and what the database says of itself."""
    columns = tables.memories.c
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(columns.id, columns.key, columns.number, columns.text))).all()
        audited = (await connection.scalars(sa.select(tables.audit.c.memory_id))).all()
        sound = await connection.scalar(sa.text("PRAGMA integrity_check")) if database.is_sqlite else "of the server"
    present = {row.id for row in rows}
    if sorted(audited) != sorted(present):
        raise RuntimeError("The audit log does not tell of every memory exactly once.")
    texts, numbers = Counter(row.text for row in rows), Counter((row.key, row.number) for row in rows)
    doubled = sum(count - 1 for counter in (texts, numbers) for count in counter.values())
    return len(confirmed.keys() - present), doubled, str(sound)
