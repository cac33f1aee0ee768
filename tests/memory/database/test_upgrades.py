"""Upgrading while others work: nobody waits behind it, and the release before goes on beside the new one."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from memory.database import migrations
from memory.database import open as opening
from memory.database.migrations import advance, serves, waiting
from memory.database.open import Database, insert_of, open_database
from memory.errors import SchemaNewer, StorageUnavailable
from memory.store.store import MemoryStore
from tests.memory.database import release_before
from tests.people import ANNA, saying

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
BEFORE = "0007"  # the last step of the release before
on_postgresql = pytest.mark.parametrize("backend", ["postgresql"])
TABLES = release_before.metadata.sorted_tables
VERSIONS = Path(migrations.__file__).parent / "versions"


def brought_to(step: str) -> Callable[[sa.Connection], None]:
    def upgrade(connection: sa.Connection) -> None:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, step)

    return upgrade


@pytest.fixture
async def engine(new_database_url: str) -> AsyncIterator[AsyncEngine]:
    """A connection of the release before, to tables as it had left them."""
    await left_by(new_database_url, BEFORE)
    opened = create_async_engine(new_database_url)
    yield opened
    await opened.dispose()


async def left_by(url: str, step: str) -> None:
    """Make the tables as they were after a step."""
    engine = create_async_engine(url)
    async with engine.begin() as tx:
        await tx.run_sync(brought_to(step))
    await engine.dispose()


async def step_of(database: Database) -> str | None:
    async with database.reading() as connection:
        step: str | None = await connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return step


# --------------------------------------------------------------------------------------------- the release before


def value_of(column: sa.Column[Any], row: int) -> Any:
    """Some value that the column takes, another in each row."""
    kinds: dict[str, Any] = {"BIGINT": row, "INTEGER": row, "BOOLEAN": False, "DATETIME": NOON, "JSON": [row]}
    if column.name == "state":
        return "pending"
    if column.autoincrement is True:
        return 1000 + row  # far from what the database counts itself
    if isinstance(column.type, release_before.AnyJSON):
        return [row]
    return kinds.get("DATETIME" if isinstance(column.type, release_before.UTCDateTime) else str(column.type), f"v{row}")


def written(table: sa.Table, row: int, *, whole: bool) -> dict[str, Any]:
    """A row as the release before wrote it: with all columns, or with those alone that it had to name."""
    return {
        column.name: value_of(column, row)
        for column in table.columns
        if whole or not (column.nullable or column.server_default or column.autoincrement is True)
    }


def same(table: sa.Table, values: dict[str, Any]) -> list[sa.ColumnElement[bool]]:
    return [column == values[column.name] for column in table.primary_key if column.name in values]


@pytest.mark.parametrize("table", TABLES, ids=str)
async def test_what_the_release_before_says_to_a_table_still_goes(
    new_database_url: str, engine: AsyncEngine, table: sa.Table
) -> None:
    async with open_database(new_database_url) as database:
        async with engine.begin() as tx:
            await old_statements(tx, table)
        assert await step_of(database) != BEFORE


async def old_statements(tx: AsyncConnection, table: sa.Table) -> None:
    """Everything that the release before did to a table: insert, insert or leave, insert or change, read, change,
    delete."""
    one, two = written(table, 1, whole=True), written(table, 2, whole=False)
    primary = [column.name for column in table.primary_key]
    await tx.execute(sa.insert(table), [one])
    await tx.execute(sa.insert(table), [two])
    await tx.execute(insert_of(tx)(table).values(one).on_conflict_do_nothing())
    upsert = insert_of(tx)(table).values(one)
    await tx.execute(upsert.on_conflict_do_update(index_elements=primary, set_={primary[0]: one[primary[0]]}))
    found = (await tx.execute(sa.select(table).where(*same(table, one)).with_for_update())).mappings().one()
    assert dict(found) == one
    for column in table.columns:
        if not column.primary_key:
            await tx.execute(sa.update(table).where(*same(table, one)).values({column.name: one[column.name]}))
    assert len((await tx.execute(sa.select(table))).all()) == 2
    for each in (one, two):
        await tx.execute(sa.delete(table).where(*same(table, each)))


async def test_the_release_before_is_the_one_that_these_tables_were(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        made = await connection.run_sync(
            lambda tx: {name: columns_of(tx, name) for name in sa.inspect(tx).get_table_names()}
        )
    made.pop("alembic_version")
    assert made == {table.name: {column.name for column in table.columns} for table in TABLES}


def columns_of(connection: sa.Connection, table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(connection).get_columns(table)}


# ----------------------------------------------------------------------------------------------- nobody waits


@on_postgresql
async def test_behind_an_upgrade_that_waits_for_a_long_reader_nobody_waits(
    new_database_url: str, engine: AsyncEngine
) -> None:
    """Whoever reads a table keeps it from being altered; and whoever waited to alter it would hold up all others."""
    longest, tried = 0.0, 0
    async with asyncio.timeout(20), engine.connect() as reader:
        await reader.execute(sa.text("SELECT * FROM inbox"))  # and its transaction stays open
        upgrade = asyncio.create_task(opened_once(new_database_url))
        until = time.monotonic() + 3
        while time.monotonic() < until:
            started = time.monotonic()
            async with engine.connect() as somebody:
                await somebody.execute(sa.text("SELECT * FROM inbox"))
                tried += await somebody.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")) or 0
            longest = max(longest, time.monotonic() - started)
            await asyncio.sleep(0.02)
        assert not upgrade.done()
    await upgrade
    assert longest < 1.5  # half a second, and what a busy machine adds


async def opened_once(url: str) -> None:
    async with open_database(url):
        pass


@on_postgresql
async def test_an_upgrade_that_never_gets_its_lock_says_why_and_leaves_everything(
    new_database_url: str, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "UPGRADE_SECONDS", 0.1)
    async with engine.connect() as reader:
        await reader.execute(sa.text("SELECT * FROM inbox"))
        with pytest.raises(StorageUnavailable, match="keeps them locked"):
            await opened_once(new_database_url)
        assert await reader.scalar(sa.text("SELECT version_num FROM alembic_version")) == BEFORE
    await opened_once(new_database_url)


# ------------------------------------------------------------------------------------------------- pre and post


async def test_post_steps_wait_for_a_word_where_several_processes_may_be(
    new_database_url: str, engine: AsyncEngine, backend: str
) -> None:
    async with open_database(new_database_url) as database, database.reading() as connection:
        assert await connection.run_sync(serves)
        left = await connection.run_sync(waiting)
        assert bool(left) == (backend == "postgresql")
        assert all(re.match(r"\d+_post_", name) for name in left)
    async with open_database(new_database_url, post=True) as database, database.reading() as connection:
        assert await connection.run_sync(serves)
        assert await connection.run_sync(waiting) == []


async def test_a_new_database_is_whole_at_once(new_database_url: str) -> None:
    async with open_database(new_database_url) as database, database.reading() as connection:
        assert await connection.run_sync(waiting) == []


@pytest.mark.parametrize(("needs", "goes_on"), [(None, True), ("0009", True), ("9998", False)])
async def test_code_goes_on_beside_newer_tables_until_they_need_newer_code(
    new_database_url: str, needs: str | None, goes_on: bool
) -> None:
    """A newer release has done its `pre` steps, so this one may start again; after a `post` step it may not."""
    async with open_database(new_database_url) as database, database.transaction() as tx:
        await tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        await tx.execute(sa.text("DELETE FROM schema_needs"))
        if needs:
            await tx.execute(sa.text("INSERT INTO schema_needs VALUES (:needs)"), {"needs": needs})
    engine = create_async_engine(new_database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(serves) is goes_on
    await engine.dispose()
    if goes_on:
        async with open_database(new_database_url) as database:
            assert await MemoryStore(database).create(ANNA, saying("tea"))
            assert await step_of(database) == "9999"
    else:
        with pytest.raises(SchemaNewer):
            await opened_once(new_database_url)


async def test_a_post_step_tells_what_code_the_tables_need(new_database_url: str, engine: AsyncEngine) -> None:
    needs = sa.text("SELECT revision FROM schema_needs")
    async with open_database(new_database_url, post=True) as database, database.reading() as connection:
        assert await connection.scalar(needs) == "0009"


# --------------------------------------------------------------------------------------------- batches, and frozen


def message(user: object, **more: object) -> dict[str, Any]:
    return {"event": {"type": "message", "user": user, "text": "I like tea", **more}}


OPEN = {
    "a message": (message("U1"), "U1"),
    "an edit": (message(None, previous_message={"user": "U2", "text": "tea"}), "U2"),
    "an account": ({"event": {"type": "user_change", "user": {"id": "U3", "deleted": True}}}, "U3"),
    "nobody's": ({"event": {"type": "message", "user": ["U1"]}}, ""),
    "no event": ([], ""),
    "nothing": (None, ""),
}


async def test_whose_words_open_events_hold_is_noted_in_batches_that_go_on_where_they_were(
    new_database_url: str, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = release_before.inbox
    rows = [
        written(inbox, number, whole=False)
        | {"event_id": f"Ev{number}", "body": body, "state": "running" if number == 1 else "pending"}
        for number, (body, _) in enumerate(OPEN.values())
    ]
    rows.append(rows[0] | {"event_id": "Ev99", "state": "done"})
    async with engine.begin() as tx:
        for row in rows:
            await tx.execute(sa.insert(inbox).values(row))
    monkeypatch.setattr("memory.database.migrations.as_of_0009.AT_ONCE", 2)
    noted = sa.text('SELECT count("user") FROM inbox')
    async with engine.begin() as tx:
        await tx.run_sync(brought_to("0008"))
        assert await tx.run_sync(lambda connection: advance(connection, post=False))  # and here it is interrupted
    async with open_database(new_database_url) as database, database.reading() as connection:
        found = await connection.execute(sa.text('SELECT "user" FROM inbox ORDER BY id'))
        assert list(found.scalars()) == [user for _, user in OPEN.values()] + [None]
        assert await connection.scalar(noted) == len(OPEN)


def steps() -> Iterator[tuple[str, str]]:
    for path in sorted(VERSIONS.glob("*.py")):
        yield path.name, path.read_text()


def test_steps_stand_on_nothing_that_changes() -> None:
    for name, text in steps():
        imported = re.findall(r"^(?:from|import) (memory\S*)(?: import (\w+))?", text, re.MULTILINE)
        assert all(module.startswith("memory.database.migrations") for module, _ in imported), name
        assert "def downgrade" not in text, name
    for frozen in VERSIONS.parent.glob("as_of_*.py"):
        assert not re.search(r"^(?:from|import) memory", frozen.read_text(), re.MULTILINE), frozen.name


def test_each_step_since_0008_says_when_it_is_done() -> None:
    names = [name for name, _ in steps()]
    assert all(re.match(r"\d{4}_(pre|post)_\w+\.py", name) for name in names if name >= "0008"), names
