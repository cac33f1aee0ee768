"""Opening a database: what is set, what is refused, and that a refusal touches nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import tables
from memory.database.migrations import serves
from memory.database.open import Database, open_database
from memory.errors import SchemaNewer, StorageDamaged, StorageFailed, StorageUnavailable
from memory.store.store import MemoryStore
from tests.people import ANNA, ANNAS, saying

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])
on_postgresql = pytest.mark.parametrize("backend", ["postgresql"])

OPEN = """
import asyncio, sys
from memory.database.open import open_database
from memory.errors import StorageFailed

async def main(url, alone):
    try:
        async with open_database(url, alone=alone == "alone"):
            print("open", flush=True)
            await asyncio.sleep(float(sys.argv[3]))
    except StorageFailed as error:
        print(error, flush=True)
        sys.exit(1)

asyncio.run(main(*sys.argv[1:3]))
"""


async def starter(url: str, alone: str = "shared", seconds: float = 0) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", OPEN, url, alone, str(seconds), stdout=asyncio.subprocess.PIPE
    )


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def refused(url: str, error: type[StorageFailed], *, alone: bool = False) -> str:
    """Open the database, and return the sentence with which that is refused."""
    with pytest.raises(error) as refusal:
        async with open_database(url, alone=alone):
            pass
    assert type(refusal.value) is error
    return str(refusal.value)


@on_sqlite
async def test_sqlite_writes_through_one_safe_connection(database: Database) -> None:
    async def pragma(connection: AsyncConnection, name: str) -> object:
        return (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()

    async with database.transaction() as tx:
        names = ("journal_mode", "synchronous", "secure_delete", "busy_timeout")
        assert [await pragma(tx, name) for name in names] == ["wal", 2, 1, 5000]
    async with database.reading() as connection:
        assert [await pragma(connection, name) for name in ("query_only", "wal_autocheckpoint")] == [1, 0]
    with pytest.raises(StorageFailed):
        async with database.reading() as connection:
            await connection.execute(sa.delete(tables.memories))


async def test_a_transaction_is_whole_or_not_there(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await tx.execute(sa.insert(tables.keys).values(value="k"))
            raise ZeroDivisionError
    async with database.reading() as connection:
        assert not (await connection.execute(sa.select(tables.keys))).all()


async def test_the_tables_are_those_that_the_migrations_make(new_database_url: str) -> None:
    async with open_database(new_database_url) as database, database.transaction() as tx:
        assert await tx.run_sync(serves)
        difference = await tx.run_sync(
            lambda connection: compare_metadata(
                MigrationContext.configure(connection, opts={"compare_server_default": True}), tables.metadata
            )
        )
        assert difference == []


async def test_opening_again_changes_nothing(new_database_url: str) -> None:
    async with open_database(new_database_url) as database:
        memory = await MemoryStore(database).create(ANNA, saying("tea"))
    async with open_database(new_database_url) as database:
        assert (await MemoryStore(database).find(ANNA, ANNAS)).memories == (memory,)


async def test_two_who_start_at_once_both_get_the_tables(new_database_url: str) -> None:
    both = [await starter(new_database_url) for _ in range(2)]
    assert [(await process.communicate())[0] for process in both] == [b"open\n"] * 2
    async with open_database(new_database_url) as database:
        assert await MemoryStore(database).create(ANNA, saying("tea"))


async def test_a_newer_schema_is_refused(new_database_url: str) -> None:
    async with open_database(new_database_url) as database, database.transaction() as tx:
        await tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        await tx.execute(sa.text("DELETE FROM schema_needs"))
        await tx.execute(sa.text("INSERT INTO schema_needs VALUES ('9998')"))
    assert "newer version" in await refused(new_database_url, SchemaNewer)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "membot.db",
        "sqlite:///x.db",
        "mysql://me:hunter2@db/x",
        "postgresql://me:hunter2@db/x",
        "postgresql+psycopg://me:hunter2@db",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "postgresql+psycopg://me:hunter2@db:port/x",
    ],
)
async def test_an_address_that_is_not_supported_is_refused_by_name(url: str) -> None:
    message = await refused(url, StorageUnavailable)
    assert "DATABASE_URL" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "content",
    [b"Dear diary, this is no database at all. " * 50, b"SQLite format 3\0" + b"\xff" * 4096, b"\0" * 100],
    ids=["text", "header only", "zeros"],
)
async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "membot.db"
    path.write_bytes(content)
    assert str(path) in await refused(url_of(path), StorageDamaged, alone=True)
    assert path.read_bytes() == content
    assert files(tmp_path) == ["membot.db"]


async def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "membot.db"
    async with open_database(url_of(path)) as database:
        for each in range(50):
            await MemoryStore(database).create(ANNA, saying(f"fact {each} " * 20))
    whole = path.read_bytes()
    for start in range(4096, len(whole), 16384):
        damaged = whole[:start] + bytes(byte ^ 0xFF for byte in whole[start : start + 64]) + whole[start + 64 :]
        path.write_bytes(damaged)
        assert "damaged" in await refused(url_of(path), StorageDamaged)
        assert path.read_bytes() == damaged
    path.write_bytes(whole[: len(whole) // 2])
    await refused(url_of(path), StorageDamaged)
    assert path.read_bytes() == whole[: len(whole) // 2]


async def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE memories (theirs TEXT)")
    connection.close()
    content = path.read_bytes()
    assert "another program" in await refused(url_of(path), StorageUnavailable)
    assert path.read_bytes() == content


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert "no folder" in await refused(url_of(tmp_path / "no" / "membot.db"), StorageUnavailable)
    assert files(tmp_path) == []


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("path", ["/proc/membot.db", "/", f"/tmp/{'x' * 300}/membot.db", f"/tmp/{'x' * 300}"])
async def test_a_place_that_cannot_be_written_is_refused_with_a_sentence(path: str, alone: bool) -> None:
    assert "cannot be opened" in await refused(f"sqlite+aiosqlite:///{path}", StorageUnavailable, alone=alone)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("mode", [0o500, 0o000])
async def test_a_folder_that_may_not_be_written_is_refused_with_a_sentence(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode)
    try:
        assert "cannot be opened" in await refused(url_of(folder / "membot.db"), StorageUnavailable)
    finally:
        folder.chmod(0o700)


async def test_alone_means_one_process_until_it_is_gone_however_it_ends(tmp_path: Path) -> None:
    url = url_of(tmp_path / "membot.db")
    holder = await starter(url, "alone", 60)
    assert holder.stdout
    assert await holder.stdout.readline() == b"open\n"
    second = await starter(url, "alone")
    message, _ = await second.communicate()
    assert second.returncode == 1
    assert b"Another process is using" in message
    assert b"PostgreSQL" in message
    holder.send_signal(signal.SIGKILL)
    await holder.wait()
    async with open_database(url, alone=True) as database:
        assert await MemoryStore(database).create(ANNA, saying("tea"))


async def test_alone_is_over_when_the_database_is_closed(new_database_url: str) -> None:
    for _ in range(2):
        async with open_database(new_database_url, alone=True):
            pass


async def test_a_server_that_is_not_there_is_named_at_once_without_the_password() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        port = taken.getsockname()[1]
        started = time.monotonic()
        message = await refused(f"postgresql+psycopg://me:hunter2@127.0.0.1:{port}/x", StorageUnavailable)
    assert time.monotonic() - started < 5
    assert f"127.0.0.1:{port}/x" in message
    assert "hunter2" not in message


@on_postgresql
async def test_a_database_that_the_server_does_not_have_is_refused(database_url: str) -> None:
    message = await refused(f"{database_url}_missing", StorageUnavailable)
    assert "cannot be opened" in message


@on_postgresql
async def test_connections_that_the_server_closed_cost_nobody_an_error(database: Database) -> None:
    store = MemoryStore(database)
    await store.create(ANNA, saying("tea"))
    async with database.transaction() as tx:
        others = sa.text("datname = current_database() AND pid <> pg_backend_pid()")
        terminate = sa.select(sa.func.pg_terminate_backend(sa.column("pid")))
        await tx.execute(terminate.select_from(sa.table("pg_stat_activity")).where(others))
    assert (await store.create(ANNA, saying("coffee"))).number == 2


@on_sqlite
async def test_scrubbing_that_is_cancelled_leaves_the_writer_patient(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody reads, the log cannot be emptied: scrubbing waits a moment, and may be cancelled in it."""
    monkeypatch.setattr("memory.database.open.SCRUB_MILLISECONDS", 60_000)
    async with database.reading() as reader:
        await reader.exec_driver_sql("BEGIN")
        await reader.exec_driver_sql("SELECT count(*) FROM keys")
        async with database.transaction() as tx:
            await tx.execute(sa.insert(tables.keys).values(value="k"))
        scrubbing = asyncio.create_task(database.scrub())
        await asyncio.sleep(0.3)
        scrubbing.cancel()
        await asyncio.sleep(0)
        await reader.rollback()  # so that the checkpoint ends
        with pytest.raises(asyncio.CancelledError):
            await scrubbing
    async with database.transaction() as tx:
        assert (await tx.exec_driver_sql("PRAGMA busy_timeout")).scalar() == 5000
