"""The audit log's chain, and the examination that walks it: what is done to the log by hand is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.database import tables
from memory.database.open import Database, open_database
from memory.models import Changes
from memory.store import chain
from memory.store.doctor import Finding, examine
from memory.store.store import MemoryStore
from tests.people import ADMIN, ANNA, ANNAS, BOB, BOBS, STRANGER, WORKSPACE, saying
from tests.people import OTHER_TEAM as OTHER

GRACE = timedelta(days=30)

texts = st.text(max_size=20)
words = st.none() | st.dictionaries(st.sampled_from(["text", "tags", "metadata", "pinned", "type"]), texts, max_size=4)
rows = st.fixed_dictionaries(
    {name: texts for name in chain.FIXED if name != "number"}
    | {
        "number": st.integers(0, 10**6),
        "at": st.datetimes(timezones=st.just(UTC)),
        "before": words,
        "after": words,
        "reason": st.none() | texts,
    }
)


def linked(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    digest, made = chain.FIRST, []
    for each in links:
        made.append(chain.sealed(each, digest))
        digest = made[-1]["digest"]
    return made


def faults(links: list[dict[str, Any]]) -> list[str | None]:
    previous = [chain.FIRST, *(link["digest"] for link in links)]
    return [chain.fault(link, before) for link, before in zip(links, previous, strict=False)]


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, min_size=1, max_size=6))
def test_a_chain_that_nobody_touched_is_whole(written: list[dict[str, Any]]) -> None:
    assert set(faults(linked(written))) == {None}


@settings(max_examples=100, deadline=None)
@given(st.lists(rows, min_size=1, max_size=5), st.data())
def test_any_change_by_hand_breaks_it(written: list[dict[str, Any]], data: st.DataObject) -> None:
    links = linked(written)
    place = data.draw(st.integers(0, len(links) - 1))
    changed = data.draw(rows)
    name = data.draw(st.sampled_from(sorted(changed)))
    before = links[place][name]
    links[place][name] = changed[name]
    assert any(faults(links)) or chain._said(links[place]) == chain._said(links[place] | {name: before})


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, min_size=3, max_size=6), st.data())
def test_a_row_that_is_gone_or_moved_breaks_it(written: list[dict[str, Any]], data: st.DataObject) -> None:
    links = linked(written)
    place = data.draw(st.integers(0, len(links) - 2))
    assert any(faults(links[:place] + links[place + 1 :]))
    assert any(faults([*links[:place], links[place + 1], links[place], *links[place + 2 :]]))


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, min_size=1, max_size=5), st.data())
def test_erasing_words_with_their_salt_does_not(written: list[dict[str, Any]], data: st.DataObject) -> None:
    links = linked(written)
    link = data.draw(st.sampled_from(links))
    link |= {"before": chain.wordless(link["before"]), "after": chain.wordless(link["after"]), "words_salt": None}
    link |= {"reason": None, "reason_salt": None}
    assert set(faults(links)) == {None}


# --------------------------------------------------------------------------------------------------- in a database


async def busy(database: Database) -> MemoryStore:
    """A store in which something of each kind has happened."""
    store = MemoryStore(database)
    memory = await store.create(ANNA, replace(saying("quokka"), tags=("drink",), metadata={"a": [1.5, None, 10**40]}))
    await store.update(ANNA, memory.id, Changes(text="quokka two", expires_at=datetime(2030, 1, 1, tzinfo=UTC)))
    await store.get(ADMIN, memory.id, reason="asked")
    await store.update(ADMIN, memory.id, Changes(disabled=True), reason="spam")
    await store.create(STRANGER, saying("elsewhere", replace(ANNAS, team=OTHER, value=f"slack:{OTHER}:U1")))
    gone = await store.create(BOB, saying("wombat", BOBS))
    await store.delete(BOB, gone.id)
    proposal = await store.create(BOB, saying("deploy", WORKSPACE))
    await store.proposals.approve(ADMIN, proposal.id)
    await store.pause(BOB, BOBS, paused=True)
    return store


async def examined(url: str) -> list[Finding]:
    return await asyncio.to_thread(lambda: list(examine(url, GRACE)))


async def wrong(url: str) -> list[str]:
    return [finding.line for finding in await examined(url) if not finding.well]


async def by_hand(database: Database, statement: str, values: Mapping[str, Any] | None = None) -> None:
    async with database.transaction() as tx:
        assert (await tx.execute(sa.text(statement), values or {})).rowcount


async def test_a_log_that_nobody_touched_is_well_while_the_bot_runs(database: Database, database_url: str) -> None:
    store = await busy(database)
    findings = await examined(database_url)
    assert all(finding.well for finding in findings), findings
    said = "\n".join(finding.line for finding in findings)
    assert "audit log: T1: 9 rows are whole" in said
    assert "audit log: T2: 1 rows are whole" in said
    assert "quokka" not in said
    await store.delete_all(ANNA, ANNAS)
    await store.delete_all(BOB, BOBS)
    assert await wrong(database_url) == []


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit WHERE id = 1",
        "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)",
        "DELETE FROM audit WHERE id >= 4",
        "DELETE FROM audit WHERE team = 'T1'",
        "UPDATE audit SET actor = 'slack:T1:U3' WHERE id = 3",
        "UPDATE audit SET reason = 'another' WHERE id = 3",
        "UPDATE audit SET reason = NULL WHERE id = 3",
        "UPDATE audit SET verb = 'create' WHERE id = 2",
        "UPDATE audit SET number = 2 WHERE id = 1",
        """UPDATE audit SET after = '{"text": "wombat"}' WHERE id = 1""",
        """UPDATE audit SET before = '{"pinned": true}' WHERE id = 1""",
        "UPDATE audit SET at = '2020-01-01 00:00:00' WHERE id = 2",
        "UPDATE audit SET team = 'T2', key = 'slack:T2:U1' WHERE id = 4",
        "UPDATE audit SET digest = 'x' WHERE id = (SELECT max(id) FROM audit)",
        "UPDATE audit_heads SET entries = entries - 1 WHERE team = 'T1'",
        "UPDATE audit_heads SET digest = 'x' WHERE team = 'T1'",
        "DELETE FROM audit_heads WHERE team = 'T1'",
    ],
)
async def test_what_is_done_to_the_log_by_hand_is_seen(database: Database, database_url: str, tampering: str) -> None:
    await busy(database)
    await by_hand(database, tampering)
    found = await wrong(database_url)
    assert found
    assert all(line.startswith("audit log: T") for line in found)
    assert "quokka" not in str(found)


async def test_a_row_that_was_put_in_is_seen(database: Database, database_url: str) -> None:
    await busy(database)
    copied = "at, actor, door, verb, team, key, memory_id, number, before, after, words_digest, reason_digest, digest"
    statement = f"INSERT INTO audit ({copied}) SELECT {copied} FROM audit WHERE id = 1"  # noqa: S608 - our own columns
    await by_hand(database, statement)
    assert await wrong(database_url)


async def test_many_at_once_make_one_whole_chain(database: Database, database_url: str) -> None:
    async with open_database(database_url) as other:
        stores = [MemoryStore(database), MemoryStore(other)]
        people = [(ANNA, ANNAS), (BOB, BOBS), (ADMIN, WORKSPACE)]
        saves = (
            stores[each % 2].create(people[each % 3][0], saying(f"fact {each}", people[each % 3][1]))
            for each in range(60)
        )
        await asyncio.gather(*saves)
    assert await wrong(database_url) == []


# ------------------------------------------------------------------------------------------------ the other checks


async def test_a_count_that_is_wrong_is_named_by_its_key(database: Database, database_url: str) -> None:
    await busy(database)
    await by_hand(database, "UPDATE keys SET memories = 7 WHERE value = :key", {"key": ANNAS.value})
    await by_hand(database, "DELETE FROM keys WHERE value = :key", {"key": WORKSPACE.value})
    assert await wrong(database_url) == [
        f"counters: key {ANNAS} counts 7 memories and has 1",
        f"counters: key {WORKSPACE} has memories and no count",
    ]


async def test_an_event_that_waits_too_long_is_told(database: Database, database_url: str) -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    values = {"event_id": "Ev1", "conversation": "T1:D1", "ts": "1", "body": {}, "state": "pending"}
    async with database.transaction() as tx:
        await tx.execute(sa.insert(tables.inbox).values(values | {"not_before": long_ago, "received_at": long_ago}))
    assert await wrong(database_url) == ["inbox: 1 waiting, the oldest since 2026-01-01 00:00 UTC"]


async def test_another_schema_ends_the_examination(database: Database, database_url: str) -> None:
    async with database.reading() as connection:
        newest = await connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    await by_hand(database, "UPDATE alembic_version SET version_num = '0001'")
    try:
        (found,) = await wrong(database_url)
        assert found.startswith("schema: another version")
    finally:
        await by_hand(database, f"UPDATE alembic_version SET version_num = '{newest}'")  # noqa: S608 - read from the same column


async def test_a_database_that_is_not_there_is_told_without_its_password() -> None:
    for url in (
        "postgresql+psycopg://me:hunter2@127.0.0.1:1/x",
        "sqlite+aiosqlite:///no/such.db",
        "mysql://me:hunter2@x",
    ):
        (finding,) = await examined(url)
        assert not finding.well
        assert "hunter2" not in finding.line
