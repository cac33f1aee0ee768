"""Opens the database, SQLite or PostgreSQL, and hands out transactions.

SQLite: WAL, `synchronous=FULL`, and exactly one connection that writes and checkpoints; readers are read-only
connections that never checkpoint. Before SQLite 3.51.3 two connections doing both could corrupt the file
(https://sqlite.org/wal.html, "WAL-reset bug"), and most Pythons carry an older one. Every write transaction is
`BEGIN IMMEDIATE`: a deferred one that reads before it writes loses updates or fails as soon as two of them meet.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

import aiosqlite
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from memory.database.migrations import advance
from memory.errors import StorageDamaged, StorageFailed, StorageUnavailable

log = logging.getLogger(__name__)
Result = TypeVar("Result")

BUSY_SECONDS = 5
SCRUB_MILLISECONDS = 100
READERS = 4
POSTGRES_POOL = 10
POOL_SECONDS = 15  # for a connection while all are in use: as long as one statement may take
# While the tables are changed. Times in seconds but for the first.
LOCK_MILLISECONDS = 500
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0
UPGRADE_SECONDS = 300.0
LOCK_NOT_AVAILABLE = "55P03"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
LOCKED = (
    "The tables cannot be brought up to date: somebody keeps them locked, perhaps a backup or a long query. "
    "Start again when it is over; nothing is half done."
)
# A statement that hangs must not hang a person: 3 s is all the time Slack gives a command.
POSTGRES_OPTIONS = "-c lock_timeout=5000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=60000"
INSERT: dict[str, Callable[[sa.Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def insert_of(connection: AsyncConnection) -> Callable[[sa.Table], sqlite.Insert | postgresql.Insert]:
    """`INSERT` of the database that this connection is open to: it knows `ON CONFLICT`."""
    return INSERT[connection.dialect.name]


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the driver's errors into ours. An IntegrityError stays: it is an answer, and its caller reads it."""
    try:
        yield
    except IntegrityError:
        raise
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StorageFailed from error


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. Make one with `async with open_database(url)`."""

    url: URL
    writer: AsyncEngine
    reader: AsyncEngine
    _one_writer: asyncio.Lock | None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """One write transaction: all of it or, on any error, nothing. Raises StorageFailed, or IntegrityError."""
        with _translated():
            async with AsyncExitStack() as stack:
                if self._one_writer:
                    await stack.enter_async_context(self._one_writer)
                yield await stack.enter_async_context(self.writer.begin())

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that only reads."""
        with _translated():
            async with self.reader.connect() as connection:
                yield connection

    async def scrub(self) -> None:
        """Empty SQLite's write-ahead log, where what was just deleted can still be read.

        Never fails: while somebody reads, the log stays for the next scrub, or for the end of the process.
        """
        if self._one_writer is None:
            return
        with suppress(StorageFailed), _translated():
            async with self._one_writer, self.writer.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                try:
                    await driver.execute(f"PRAGMA busy_timeout = {SCRUB_MILLISECONDS}")
                    await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                finally:  # whoever is cancelled here must not leave the only writer impatient
                    await asyncio.shield(driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}"))

    @property
    def insert(self) -> Callable[[sa.Table], sqlite.Insert | postgresql.Insert]:
        """`INSERT` of this database's own dialect: it knows `ON CONFLICT`."""
        return INSERT[self.url.get_backend_name()]

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"


def address(url: str) -> URL:
    """The address of a database that is supported. Raises StorageUnavailable, which never holds the address."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise StorageUnavailable("DATABASE_URL is not a database's address.") from error
    if parsed.drivername not in {"sqlite+aiosqlite", "postgresql+psycopg"}:
        raise StorageUnavailable("DATABASE_URL must start with sqlite+aiosqlite:/// or postgresql+psycopg://.")
    if not parsed.database or parsed.database == ":memory:":
        raise StorageUnavailable("DATABASE_URL must name a database: sqlite+aiosqlite:///membot.db, for example.")
    return parsed


@asynccontextmanager
async def open_database(url: str, *, alone: bool = False, post: bool = False) -> AsyncIterator[Database]:
    """Open the database and bring its tables up to date.

    `alone` makes this process the file's only user, which SQLite needs in production; PostgreSQL ignores it.
    `post`: no replica of the release before is left, so that the last steps may be done too (SQLite has only one).
    Raises StorageUnavailable, StorageDamaged or SchemaNewer, each before anything was written.
    """
    parsed = address(url)
    async with AsyncExitStack() as stack:
        if parsed.get_backend_name() == "sqlite":
            path = Path(parsed.database or "")
            await asyncio.to_thread(_check_file, path)
            if alone:
                stack.enter_context(_only_process(path))
            database = _sqlite(parsed)
        else:
            database = _postgresql(parsed)
        stack.push_async_callback(database.writer.dispose)  # the last to go: whoever closes last checkpoints
        stack.push_async_callback(database.reader.dispose)
        await _migrate(database, post=post or database.is_sqlite)
        yield database


async def _migrate(database: Database, *, post: bool) -> None:
    """Create or upgrade the tables; of several that start at once one does each step, and the others wait."""
    try:
        while await _unlocked(database, partial(advance, post=post)):
            pass
    except StorageFailed as error:
        if isinstance(error.__cause__, DBAPIError | OSError):
            raise StorageUnavailable(_why_not(database.url)) from error
        raise


async def _unlocked(database: Database, step: Callable[[sa.Connection], Result]) -> Result:
    """Do a step of the upgrade, as soon as nobody holds the tables that it changes.

    Who waits for a table makes everybody wait who comes later. So it waits for LOCK_MILLISECONDS and lets them pass
    before it tries again, for UPGRADE_SECONDS at most. Raises StorageUnavailable.
    """
    until, pause = time.monotonic() + UPGRADE_SECONDS, FIRST_PAUSE
    while True:
        try:
            return await _do(database, step)
        except StorageFailed as error:
            if not _is_locked(error):
                raise
            if time.monotonic() + pause > until:
                raise StorageUnavailable(LOCKED) from error
        log.warning("The tables cannot be changed just now: somebody reads them. Trying again in %.1f s", pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def _do(database: Database, step: Callable[[sa.Connection], Result]) -> Result:
    async with database.transaction() as tx:
        if not database.is_sqlite:
            await tx.execute(sa.text("SET LOCAL statement_timeout = 0"))
            await tx.execute(sa.text("SET LOCAL lock_timeout = 0"))  # for whoever is at it already
            await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("membot:migrations"))))
            await tx.execute(sa.text(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}"))
        return await tx.run_sync(step)


def _is_locked(error: StorageFailed) -> bool:
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE


def _why_not(url: URL) -> str:
    where = url.database if url.get_backend_name() == "sqlite" else f"{url.host}:{url.port or 5432}/{url.database}"
    return f"The database {where} cannot be opened. Check DATABASE_URL, and that it may be written to."


def _check_file(path: Path) -> None:
    """Read the whole file before anything writes to it, so that a damaged one stays as it is for a repair."""
    try:
        if not path.parent.is_dir():
            raise StorageUnavailable(f"The database {path} cannot be opened: there is no folder {path.parent}.")
        if not path.exists() or not path.stat().st_size:
            return
        where = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(where, uri=True, timeout=BUSY_SECONDS)) as connection:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except (sqlite3.OperationalError, OSError) as error:
        raise StorageUnavailable(f"The database {path} cannot be opened.") from error
    except sqlite3.DatabaseError as error:
        raise StorageDamaged(_damaged(path)) from error
    if verdict != ("ok",):
        raise StorageDamaged(_damaged(path))
    if names and "alembic_version" not in names:
        raise StorageUnavailable(f"The database {path} belongs to another program; nothing in it was touched.")


def _damaged(path: Path) -> str:
    return f"The database {path} is damaged. Restore it from a backup; nothing in it was touched."


@contextmanager
def _only_process(path: Path) -> Iterator[None]:
    """Hold the file's lock while this process runs; it goes with the process, however that ends."""
    try:
        lock: IO[str] = path.with_name(f"{path.name}.lock").open("w")
    except OSError as error:
        raise StorageUnavailable(f"The database {path} cannot be opened: its folder may not be written to.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StorageUnavailable(
                f"Another process is using {path}. SQLite serves one; for several use PostgreSQL (DATABASE_URL)."
            ) from error
        yield


class _Connection(aiosqlite.Connection):
    """A connection that rolls back before it closes.

    When a task is cancelled in the middle of a statement, SQLAlchemy closes the connection; but SQLite keeps a closed
    one, and its write lock, for as long as anything refers to a statement that was not read to its end.
    """

    async def close(self) -> None:
        try:
            await self.rollback()
        finally:
            await super().close()


def _connected(database: str, **options: Any) -> _Connection:
    connection = _Connection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy does with those it makes itself
    return connection


def _sqlite(url: URL) -> Database:
    def connected(begin: str, *pragmas: str) -> Callable[[AsyncEngine], AsyncEngine]:
        def prepare(engine: AsyncEngine) -> AsyncEngine:
            @event.listens_for(engine.sync_engine, "connect")
            def on_connect(connection: Any, _entry: ConnectionPoolEntry) -> None:
                connection.isolation_level = None  # the driver must not begin transactions of its own
                cursor = connection.cursor()
                for pragma in (f"busy_timeout = {BUSY_SECONDS * 1000}", *pragmas):
                    cursor.execute(f"PRAGMA {pragma}")
                cursor.close()

            if begin:

                @event.listens_for(engine.sync_engine, "begin")
                def on_begin(connection: sa.Connection) -> None:
                    connection.exec_driver_sql(begin)

            return engine

        return prepare

    # secure_delete overwrites what is deleted: gone for good means gone from the file.
    writing = connected("BEGIN IMMEDIATE", "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
    # A reader begins nothing: each of its statements sees what is committed, as in PostgreSQL, and costs a third less.
    reading = connected("", "query_only = ON", "wal_autocheckpoint = 0")
    options: dict[str, Any] = {"hide_parameters": True, "max_overflow": 0}
    options["connect_args"] = {"async_creator_fn": _connected}
    writer = writing(create_async_engine(url, pool_size=1, **options))
    reader = reading(create_async_engine(url, pool_size=READERS, **options))
    return Database(url, writer, reader, asyncio.Lock())


def _postgresql(url: URL) -> Database:
    engine = create_async_engine(
        url,
        hide_parameters=True,  # parameters are people's words, and an exception ends in a log
        pool_size=POSTGRES_POOL,
        pool_pre_ping=True,  # a server that was restarted costs no person an error
        pool_timeout=POOL_SECONDS,
        connect_args={"connect_timeout": BUSY_SECONDS, "options": POSTGRES_OPTIONS},
    )
    return Database(url, engine, engine, None)
