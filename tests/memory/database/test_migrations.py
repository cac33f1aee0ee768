"""Upgrading a database that has rows: nothing is lost, and what the new columns hold is computed."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine

from memory.database import migrations
from memory.database.open import open_database
from memory.database.tables import MINHASHES
from memory.models import Changes
from memory.store.doctor import examine
from memory.store.store import MemoryStore
from memory.text.similar import minhashes
from tests.people import ADMIN, ANNA, ANNAS, TEAM, WORKSPACE, saying

NOON = datetime(2026, 11, 1, 12, 0, 0, 123456, tzinfo=UTC)
GRACE = timedelta(days=30)
TEXTS = {1: "see https://example.com/x", 2: "tea", 3: "écrire à anna@example.com"}
MEMORY = sa.text(
    """INSERT INTO memories (id, key, number, team, text, digest, visibility, type, tags, priority, pinned, disabled,
    source, times_applied, revision, created_at, created_by, updated_at, updated_by) VALUES (:id, :key, :number, 'T1',
    :text, :id, 'private', 'preference', '[]', 0, false, false, 'slack', 3, 1, :at, :by, :at, :by)"""
)
ENTRY = sa.text(
    """INSERT INTO audit (at, actor, door, verb, team, key, memory_id, number, reason, before, after) VALUES
    (:at, :by, 'slack', :verb, :team, :key, :id, :number, :reason, :before, :after)"""
)


async def at_0001(url: str, entries: int) -> None:
    """A database as the first version left it."""
    engine = create_async_engine(url)

    def upgrade(connection: sa.Connection) -> None:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")

    at = NOON if "postgresql" in url else NOON.strftime("%Y-%m-%d %H:%M:%S.%f")
    async with engine.begin() as tx:
        await tx.run_sync(upgrade)
        by: dict[str, object] = {"by": ANNA.id, "key": ANNAS.value, "at": at}
        for number, text in TEXTS.items():
            await tx.execute(MEMORY, by | {"id": f"mem_{number}", "number": number, "text": text})
        await tx.execute(
            sa.text("INSERT INTO keys (value, last_number, memories, version) VALUES (:key, 3, 3, 9)"),
            {"key": ANNAS.value},
        )
        rows = [
            by
            | {
                "verb": "create",
                "team": TEAM if each % 3 else "T2",
                "id": f"mem_{each}",
                "number": each,
                "reason": "why" if each % 5 == 0 else None,
                "before": "null" if each % 2 else json.dumps({"text": "old", "pinned": False}),
                "after": json.dumps({"text": f"tea {each}", "metadata": {"n": 1e-320}, "tags": []}),
            }
            for each in range(entries)
        ]
        await tx.execute(ENTRY, rows)
    await engine.dispose()


@pytest.mark.parametrize("entries", [2, 2500])
async def test_a_database_of_the_first_version_is_upgraded_with_all_its_rows(
    new_database_url: str, entries: int
) -> None:
    await at_0001(new_database_url, entries)
    async with open_database(new_database_url) as database:
        store = MemoryStore(database)
        found = (await store.find(ANNA, ANNAS)).memories
        assert {memory.number: memory.text for memory in found} == TEXTS
        flagged = {memory.number: memory.flags for memory in found}
        assert flagged == {1: ("url",), 2: (), 3: ("personal-data",)}
        assert {memory.times_applied for memory in found} == {3}
        async with database.reading() as connection:
            rows = await connection.execute(sa.text(f"SELECT text, {', '.join(MINHASHES)} FROM memories"))  # noqa: S608 - our own columns
            assert all(tuple(row[1:]) == minhashes(row[0]) for row in rows)
        findings = await asyncio.to_thread(lambda: list(examine(new_database_url, GRACE)))
        assert all(finding.well for finding in findings), findings
        assert await store.create(ANNA, saying("coffee")) == await store.get_number(ANNA, ANNAS, 4)
        await store.update(ANNA, "mem_2", Changes(text="milk"))
        await store.delete(ANNA, "mem_1")
        assert (
            await store.proposals.approve(ADMIN, (await store.create(ANNA, saying("we", WORKSPACE))).id)
        ).number == 1
        findings = await asyncio.to_thread(lambda: list(examine(new_database_url, GRACE)))
        assert all(finding.well for finding in findings), findings
        async with database.transaction() as tx:
            await tx.execute(sa.text("DELETE FROM audit WHERE id = 1"))
        findings = await asyncio.to_thread(lambda: list(examine(new_database_url, GRACE)))
        assert not all(finding.well for finding in findings)


async def test_an_upgrade_that_fails_leaves_everything_as_it_was(
    new_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at_0001(new_database_url, 3)

    def failing(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("memory.database.migrations.as_of_0002.sealed", failing)
        with pytest.raises(ZeroDivisionError):
            async with open_database(new_database_url):
                pass
    async with open_database(new_database_url) as database:
        assert (await MemoryStore(database).find(ANNA, ANNAS)).total == 3
    assert all(finding.well for finding in await asyncio.to_thread(lambda: list(examine(new_database_url, GRACE))))
