"""How long a durable save takes, with its duplicate check and its audit row."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from string import ascii_lowercase
from typing import Any, Protocol

import psycopg
from sqlalchemy.engine import make_url

from benchmarks.databases import driver_url, kinds, new_database
from benchmarks.measure import Figure, alternating, milliseconds, percentile, ratio
from memory.database.open import open_database
from memory.database.rows import to_row
from memory.models import Actor, Key, Memory, NewMemory, Role
from memory.store import audit
from memory.store.limits import Limits
from memory.store.store import MemoryStore
from memory.text.similar import Fingerprint

ANNA = Actor(id="slack:T1:U1", role=Role.MEMBER, door="bench", team="T1", user="U1")
ANNAS = Key.person("T1", "U1")
ROOMY = Limits(per_key=100_000)


class Connection(Protocol):
    """What sqlite3 and psycopg have in common here."""

    def execute(self, query: Any, parameters: Any = ..., /) -> object: ...


async def measure(quick: bool) -> list[Figure]:
    """`MemoryStore.create` beside two bare inserts through the driver alone, one call of each after the other."""
    times, rounds = (30, 5) if quick else (100, 9)
    figures = []
    for kind in kinds():
        with new_database(kind) as url, new_database(kind) as floor_url:
            async with open_database(floor_url):  # makes the same tables, with the same indexes
                pass
            async with open_database(url) as database:
                store = MemoryStore(database, ROOMY)
                insert, close = {"SQLite": _sqlite, "PostgreSQL": _postgresql}[kind](
                    floor_url, await store.create(ANNA, _saying())
                )
                arms = {"ours": partial(_create, store), "bare": partial(_at_once, insert)}
                await alternating(arms, 10)  # warms up
                taken = [await alternating(arms, times) for _ in range(rounds)]
                close()
        figures += [_figure(kind, percent, taken) for percent in (50, 99)]
    return figures


async def _create(store: MemoryStore) -> None:
    await store.create(ANNA, _saying())


async def _at_once(insert: Callable[[], None]) -> None:
    insert()


def _saying() -> NewMemory:
    topic = "".join(secrets.choice(ascii_lowercase) for _ in range(10))
    return NewMemory(key=ANNAS, text=f"For questions about {topic} I like a short answer")


def _figure(kind: str, percent: int, rounds: Sequence[dict[str, list[float]]]) -> Figure:
    mine, other = ([percentile(taken[arm], percent) for taken in rounds] for arm in ("ours", "bare"))
    driver = {"SQLite": "raw sqlite3", "PostgreSQL": "raw psycopg"}[kind]
    return Figure(
        f"durable create p{percent}, with duplicate check and audit",
        kind,
        milliseconds(median(mine)),
        f"{driver}, two inserts {milliseconds(median(other))}",
        ratio(mine, other),
    )


def _sqlite(url: str, template: Memory) -> tuple[Callable[[], None], Callable[[], None]]:
    connection = sqlite3.connect(Path(make_url(url).database or ""), isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    memory, entry = _rows(template)

    def save() -> None:
        connection.execute("BEGIN IMMEDIATE")
        _insert_both(connection, ":{}", memory, entry)
        connection.execute("COMMIT")

    return save, connection.close


def _postgresql(url: str, template: Memory) -> tuple[Callable[[], None], Callable[[], None]]:
    connection = psycopg.connect(driver_url(url))
    memory, entry = _rows(template)

    def save() -> None:
        _insert_both(connection, "%({})s", memory, entry)
        connection.commit()

    return save, connection.close


def _rows(template: Memory) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows that `create` writes, as a driver without SQLAlchemy takes them."""
    entry = audit.row(ANNA, template.created_at, "create", ANNAS, memory=template, after=audit.recorded(template))
    return _plain(to_row(template, Fingerprint.of(template.text))), _plain(entry)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    times = {name: value.isoformat(" ") for name, value in row.items() if name.endswith("_at") or name == "at" if value}
    structures = {name: json.dumps(value) for name, value in row.items() if isinstance(value, dict | list)}
    return row | times | structures


def _insert_both(connection: Connection, mark: str, memory: dict[str, Any], entry: dict[str, Any]) -> None:
    fresh = secrets.token_hex(16)
    number = int(fresh[:7], 16)
    for table, row in (
        ("memories", memory | {"id": f"mem_{fresh}", "number": number, "digest": fresh}),
        ("audit", entry | {"memory_id": f"mem_{fresh}", "number": number}),
    ):
        columns = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(mark.format(name) for name in row)
        connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", row)
