"""Forgetting everything: no word of the person is left in any column of any table, nor in the file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from memory.database import tables
from memory.database.open import Database, open_database
from memory.models import Actor, Changes, Key
from memory.store.doctor import examine
from memory.store.store import MemoryStore
from tests.people import (
    ADMIN,
    ANNA,
    ANNAS,
    BOB,
    BOBS,
    IN_CHANNEL,
    OPERATOR,
    OTHER_TEAM,
    STRANGER,
    TEAM,
    WORKSPACE,
    saying,
)

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
GRACE = timedelta(days=30)
WORD = "quokka"


async def everywhere(database: Database) -> str:
    """Every column of every table as one text."""
    async with database.reading() as connection:
        rows = [list(await connection.execute(sa.select(table))) for table in tables.metadata.sorted_tables]
    return str(rows)


def event(user: str, text: str, team: str = TEAM) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": team, "event": {"type": "message", "user": user, "text": text}}


async def spread(database: Database, actor: Actor, key: Key, word: str) -> None:
    """Put a person's word wherever words can be."""
    store = MemoryStore(database)
    memory = await store.create(actor, replace(saying(f"I like {word}", key), tags=(word,), metadata={word: word}))
    await store.update(actor, memory.id, Changes(text=f"I love {word}"))
    admin = replace(ADMIN, team=key.team, id=f"slack:{key.team}:U9")
    await store.get(admin, memory.id, reason=f"she said {word}")
    await store.update(admin, memory.id, Changes(disabled=True), reason=f"no {word}")
    gone = await store.create(actor, saying(f"{word} gone", key))
    await store.delete(actor, gone.id, reason=f"enough {word}")
    await store.create(actor, saying(f"{word} for all", Key.workspace(key.team)))
    rejected = await store.create(actor, saying(f"{word} for nobody", Key.workspace(key.team)))
    await store.proposals.reject(admin, rejected.id, reason=f"not {word}")
    user = key.subject
    turn = {
        "event_id": f"Ev{user}{key.team}",
        "team": key.team,
        "channel": "D1",
        "thread_ts": "1",
        "user": user,
        "message_ts": "1",
        "question": f"what of {word}?",
        "answer": f"{word}!",
        "given": [memory.id],
        "counted": True,
        "created_at": NOON,
    }
    async with database.transaction() as tx:
        await tx.execute(sa.insert(tables.turns).values(turn))
        for state in ("pending", "running"):
            waiting = {
                "event_id": f"Ev{user}{key.team}{state}",
                "conversation": f"{key.team}:D1{user}{state}",
                "user": user,
                "ts": "1",
                "body": event(user, f"remember: {word}", key.team),
                "state": state,
                "not_before": NOON,
                "received_at": datetime.now(UTC),
            }
            await tx.execute(sa.insert(tables.inbox).values(waiting))


async def test_no_word_of_a_person_is_left_anywhere_and_of_others_every_word(
    database: Database, database_url: str
) -> None:
    store, strange = MemoryStore(database), Key.person(OTHER_TEAM, "U1")
    await spread(database, ANNA, ANNAS, WORD)
    await spread(database, BOB, BOBS, "wombat")
    await spread(database, STRANGER, strange, "dingo")
    before = await everywhere(database)
    assert await store.delete_all(ANNA, ANNAS) == 2  # the memory, and the proposal that waits
    after = await everywhere(database)
    assert WORD in before
    assert WORD not in after
    for word in ("wombat", "dingo"):
        assert after.count(word) == before.count(word)
    assert all(finding.well for finding in examine(database_url, GRACE))
    log = [entry for entry in await store.audit.entries(ADMIN, team=TEAM) if entry.key == ANNAS.value]
    assert [entry.verb for entry in log] == [
        "forget",
        "delete",
        "delete",
        "create",
        "disable",
        "read",
        "update",
        "create",
    ]
    assert {entry.reason for entry in log} == {None}
    assert {(entry.actor, entry.number) for entry in log} >= {(ADMIN.id, 1), (ANNA.id, 2)}
    async with database.reading() as connection:
        query = sa.select(tables.inbox.c.state, tables.inbox.c.body).where(tables.inbox.c.event_id.like("EvU1T1%"))
        assert sorted((await connection.execute(query)).all()) == [("done", None), ("running", None)]


async def test_a_workspace_that_is_purged_leaves_no_word_and_others_every_word(
    database: Database, database_url: str
) -> None:
    store, strange = MemoryStore(database), Key.person(OTHER_TEAM, "U1")
    for actor, key in ((ANNA, ANNAS), (BOB, BOBS)):
        await spread(database, actor, key, f"{WORD} {key.subject}")
    await store.create(BOB, saying(WORD, IN_CHANNEL))
    await store.proposals.notify(ADMIN, on=True)
    await spread(database, STRANGER, strange, "dingo")
    before = await everywhere(database)
    await store.suspension.suspend(OPERATOR, WORKSPACE)
    assert (await store.suspension.erase(OPERATOR, datetime.now(UTC))).keys == (WORKSPACE,)
    after = await everywhere(database)
    assert WORD not in after
    assert after.count("dingo") == before.count("dingo")
    assert not await store.proposals.notified(ADMIN)
    assert all(finding.well for finding in examine(database_url, GRACE))


def holding(folder: Path, word: str) -> list[str]:
    """The files in which a word stands."""
    return [file.name for file in folder.iterdir() if word.encode() in file.read_bytes()]


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_no_word_of_a_person_is_left_in_the_files(database_url: str, tmp_path: Path) -> None:
    async with open_database(database_url) as database:
        await spread(database, ANNA, ANNAS, WORD)
        assert holding(tmp_path, WORD)
        await MemoryStore(database).delete_all(ANNA, ANNAS)
        assert not holding(tmp_path, WORD)


async def test_what_was_given_to_a_channel_or_the_workspace_stays(database: Database) -> None:
    store = MemoryStore(database)
    await store.create(ANNA, saying("be brief", IN_CHANNEL))
    proposal = await store.create(ANNA, saying("we like tea", WORKSPACE))
    await store.proposals.approve(ADMIN, proposal.id)
    assert await store.delete_all(ANNA, ANNAS) == 0
    assert (await store.find(ADMIN, IN_CHANNEL)).total == (await store.find(ADMIN, WORKSPACE)).total == 1
    assert [entry.verb for entry in await store.audit.entries(ANNA, key=ANNAS)] == ["forget"]


@pytest.mark.parametrize("state", ["pending", "running"])
async def test_an_event_is_theirs_by_its_column_wherever_slack_wrote_it(database: Database, state: str) -> None:
    """An edit names its author elsewhere in Slack's JSON than a message does."""
    edit = {
        "event": {"type": "message", "subtype": "message_changed", "previous_message": {"user": "U1", "text": WORD}}
    }
    row = {"conversation": "T1:D1", "ts": "1", "state": state, "not_before": NOON, "received_at": NOON, "body": edit}
    async with database.transaction() as tx:
        await tx.execute(sa.insert(tables.inbox).values(row | {"event_id": "Ev1", "user": "U1"}))
    store = MemoryStore(database)
    await store.delete_all(BOB, BOBS)
    assert WORD in await everywhere(database)
    await store.delete_all(ANNA, ANNAS)
    assert WORD not in await everywhere(database)
