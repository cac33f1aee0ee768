"""Examines a database without changing it: is it reachable, sound, at the right schema, and as it was written?

It only reads, in one transaction that sees one moment, and takes no lock of the bot's: it may run while the bot does.
What it says names keys, counts and digests, and never a memory's words or a secret.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from memory.database import tables
from memory.database.migrations import serves, waiting
from memory.database.open import BUSY_SECONDS, address
from memory.errors import StorageUnavailable
from memory.store import chain
from memory.store.suspension import LATE as LATE_PURGE
from memory.store.suspension import resting_since

AT_ONCE = 1000
OLDEST_POSTGRES = 13
LATE = timedelta(minutes=15)  # eight attempts with their pauses take a few minutes; what waits longer is stuck
MOST_FAULTS = 10  # of one kind are told one by one


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, in one line."""

    well: bool
    line: str


def examine(database_url: str, grace: timedelta) -> Iterator[Finding]:
    """Examine the database, check by check. Stops early where nothing more can be read.

    What is suspended may be kept for the grace, and not for longer.
    """
    try:
        url = address(database_url)
        if new := _not_made_yet(url):
            yield new
            return
        with _reading(url) as connection:
            yield Finding(True, f"database: {url.get_backend_name()} answers")
            yield _version(connection)
            if connection.dialect.name == "sqlite":
                yield _integrity(connection)
            schema = _schema(connection)
            yield schema
            if schema.well:
                yield from _counters(connection)
                yield from _log(connection)
                yield from _backlog(connection, datetime.now(UTC))
                yield from _purges(connection, datetime.now(UTC) - grace - LATE_PURGE)
    except StorageUnavailable as error:
        yield Finding(False, f"database: {error}")
    except (SQLAlchemyError, sqlite3.Error, OSError, ValueError) as error:
        # Without its message, which can hold what was read. ValueError: a value that was put in by hand.
        yield Finding(False, f"database: it cannot be read ({type(error).__name__})")


def _not_made_yet(url: URL) -> Finding | None:
    """A new installation has no file before its first start, which is no fault; no place for one is."""
    path = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or path.exists():
        return None
    if not path.absolute().parent.is_dir():
        return Finding(False, f"database: there is no folder {path.absolute().parent}")
    return Finding(True, f"database: there is no file {path} yet; the bot makes it when it starts")


@contextmanager
def _reading(url: URL) -> Iterator[sa.Connection]:
    """A connection that sees one moment of the database, and cannot write."""
    options: dict[str, Any] = {"hide_parameters": True, "poolclass": sa.NullPool}
    if url.get_backend_name() == "sqlite":
        where = f"{Path(url.database or '').absolute().as_uri()}?mode=ro"

        def connect() -> sqlite3.Connection:
            return sqlite3.connect(where, uri=True, timeout=BUSY_SECONDS, isolation_level=None)

        engine = sa.create_engine("sqlite://", creator=connect, **options)
        begin = "BEGIN"
    else:
        engine = sa.create_engine(url, connect_args={"connect_timeout": BUSY_SECONDS}, **options)
        begin = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(begin)
            yield connection
    finally:
        engine.dispose()


def _version(connection: sa.Connection) -> Finding:
    if connection.dialect.name == "sqlite":
        return Finding(True, f"version: SQLite {sqlite3.sqlite_version}")
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar() or 0)  # 150020 is 15.20
    well = version >= OLDEST_POSTGRES * 10_000
    said = f"version: PostgreSQL {version // 10_000}.{version % 10_000}"
    return Finding(well, said if well else f"{said}, and the bot is made for {OLDEST_POSTGRES} or newer")


def _schema(connection: sa.Connection) -> Finding:
    if not serves(connection):
        return Finding(False, "schema: another version than this program; start the bot")
    if not (steps := waiting(connection)):
        return Finding(True, "schema: up to date")
    last = "python -m bot migrate --post, when no older replica is left"
    return Finding(True, f"schema: up to date; to do: {', '.join(steps)} ({last})")


def _integrity(connection: sa.Connection) -> Finding:
    verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    well = verdict == "ok"
    return Finding(well, "integrity: sound" if well else "integrity: the file is damaged; restore it from a backup")


def _counters(connection: sa.Connection) -> Iterator[Finding]:
    """Each key counts its memories, for the cap: the count has to be right."""
    memories, keys = tables.memories.c, tables.keys.c
    counted = sa.select(memories.key, sa.func.count().label("rows")).group_by(memories.key).subquery()
    rows = sa.func.coalesce(counted.c.rows, 0)
    joined = sa.outerjoin(tables.keys, counted, keys.value == counted.c.key)
    wrong = sa.select(keys.value, keys.memories, rows.label("rows")).select_from(joined).where(keys.memories != rows)
    orphans = sa.select(memories.key).where(memories.key.not_in(sa.select(keys.value))).distinct()
    faults = [f"key {row.value} counts {row.memories} memories and has {row.rows}" for row in connection.execute(wrong)]
    faults += [f"key {key} has memories and no count" for key in connection.scalars(orphans)]
    total = connection.scalar(sa.select(sa.func.count()).select_from(tables.keys))
    yield from _found("counters", faults, f"right for {total} keys")


def _log(connection: sa.Connection) -> Iterator[Finding]:
    """Walk each team's chain from its first row to its head."""
    heads = {row.team: row for row in connection.execute(sa.select(tables.audit_heads))}
    teams = set(connection.scalars(sa.select(tables.audit.c.team).distinct()))
    for team in sorted(teams | set(heads)):
        faults, digest, entries = [], chain.FIRST, 0
        for row in _entries(connection, team):
            if fault := chain.fault(row, digest):
                faults.append(f"{team or 'no team'}: row {row['id']} {fault}")
            digest, entries = row["digest"], entries + 1
        head = heads.get(team)
        if head is None:
            faults.append(f"{team or 'no team'}: its head is gone")
        elif (head.entries, head.digest) != (entries, digest):
            faults.append(f"{team or 'no team'}: it ends after {entries} rows, and {head.entries} were written")
        yield from _found("audit log", faults, f"{team or 'no team'}: {entries} rows are whole, head {digest[:16]}")


def _entries(connection: sa.Connection, team: str) -> Iterator[Any]:
    """A team's rows in their order, some at once."""
    log = tables.audit.c
    query = sa.select(tables.audit).where(log.team == team).order_by(log.id).limit(AT_ONCE)
    page = connection.execute(query).mappings().all()
    while page:
        yield from page
        page = connection.execute(query.where(log.id > page[-1]["id"])).mappings().all()


def _backlog(connection: sa.Connection, now: datetime) -> Iterator[Finding]:
    """What waits to be worked off, and how long it has waited."""
    inbox, notices = tables.inbox.c, tables.notices.c
    waits = (
        ("inbox", sa.select(sa.func.count(), sa.func.min(inbox.received_at)).where(tables.open_states)),
        ("notices", sa.select(sa.func.count(), sa.func.min(notices.created_at))),
    )
    for name, query in waits:
        count, oldest = connection.execute(query).one()
        late = name == "inbox" and oldest is not None and now - oldest > LATE
        since = f", the oldest since {oldest:%Y-%m-%d %H:%M} UTC" if oldest else ""
        yield Finding(not late, f"{name}: {count} waiting{since}")


def _purges(connection: sa.Connection, before: datetime) -> Iterator[Finding]:
    """What should have been erased by now, and is still there."""
    rows = connection.execute(resting_since(before)).all()
    late = [f"{row.value} was suspended at {row.suspended_at:%Y-%m-%d %H:%M} UTC and is not erased" for row in rows]
    yield from _found("purge", late, "nothing that was suspended is kept for longer than PURGE_GRACE_DAYS")


def _found(name: str, faults: list[str], well: str) -> Iterator[Finding]:
    if not faults:
        yield Finding(True, f"{name}: {well}")
    yield from (Finding(False, f"{name}: {fault}") for fault in faults[:MOST_FAULTS])
    if len(faults) > MOST_FAULTS:
        yield Finding(False, f"{name}: and {len(faults) - MOST_FAULTS} more faults")
