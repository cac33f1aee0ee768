"""Which Homes a change concerns, and that it marks them in its own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from memory.database.open import Database
from memory.database.tables import homes
from memory.models import Changes, Key, NewMemory
from memory.store.stale import concerned, mark
from memory.store.store import MemoryStore
from tests.people import ADMIN, ANNA, ANNAS, BOB, BOBS, IN_CHANNEL, OPERATOR, TEAM, WORKSPACE, saying

ADMINS = Key.person(TEAM, "U9")
ELSEWHERE = Key.person("T2", "U1")
PROPOSALS = Key.proposals(TEAM)
EVERYBODY = {ANNAS: False, BOBS: False, ADMINS: True, ELSEWHERE: False}


@pytest.fixture(autouse=True)
async def published(database: Database) -> None:
    await publish(database)


async def publish(database: Database, people: Mapping[Key, bool] = EVERYBODY) -> None:
    """Homes that are true, each of an admin or not."""
    now = datetime.now(UTC)
    fixed = {"version": 7, "workspace_version": 7, "not_before": now, "opened_at": now, "stale": False}
    rows = [
        {"key": key.value, "workspace": Key.workspace(key.team).value, "admin": admin} | fixed
        for key, admin in people.items()
    ]
    async with database.transaction() as tx:
        await tx.execute(sa.delete(homes))
        await tx.execute(sa.insert(homes), rows)


async def stale(database: Database) -> set[Key]:
    async with database.reading() as connection:
        return {Key.parse(value) for value in await connection.scalars(sa.select(homes.c.key).where(homes.c.stale))}


@pytest.mark.parametrize(
    ("keys", "whose"),
    [
        ([ANNAS], [("person", "slack:T1:U1")]),
        ([WORKSPACE], [("workspace", "slack:T1")]),
        ([PROPOSALS], [("admins", "slack:T1")]),
        ([PROPOSALS, ANNAS], [("admins", "slack:T1"), ("person", "slack:T1:U1")]),
        ([WORKSPACE, PROPOSALS, ANNAS, BOBS], [("workspace", "slack:T1")]),
        ([WORKSPACE, ELSEWHERE], [("person", "slack:T2:U1"), ("workspace", "slack:T1")]),
        ([IN_CHANNEL], []),
        ([Key.parse("agents:gpt")], []),
        ([], []),
    ],
)
def test_which_homes_show_something_of_some_keys(keys: list[Key], whose: list[tuple[str, str]]) -> None:
    assert concerned(keys) == whose


async def test_a_change_of_ones_own_is_in_ones_own_home(database: Database, store: MemoryStore) -> None:
    memory = await store.create(ANNA, saying("I like tea"))
    assert await stale(database) == {ANNAS}
    for change in (
        store.update(ANNA, memory.id, Changes(pinned=True)),
        store.pause(ANNA, ANNAS, paused=True),
        store.delete(ANNA, memory.id),
        store.delete_all(ANNA, ANNAS),
    ):
        await publish(database)
        await change
        assert await stale(database) == {ANNAS}


async def test_what_is_the_workspaces_is_in_every_home_there(database: Database, store: MemoryStore) -> None:
    await store.create(ADMIN, saying("We deploy on Tuesdays", WORKSPACE))
    assert await stale(database) == {ANNAS, BOBS, ADMINS}


async def test_a_proposal_is_in_the_homes_of_admins_alone(database: Database, store: MemoryStore) -> None:
    proposal = await store.create(BOB, saying("We deploy on Tuesdays", WORKSPACE))
    assert proposal.proposed
    assert await stale(database) == {ADMINS}
    await publish(database)
    await store.proposals.approve(ADMIN, proposal.id)
    assert await stale(database) == {ANNAS, BOBS, ADMINS}


async def test_forgetting_everything_is_in_ones_own_home_and_in_the_admins(
    database: Database, store: MemoryStore
) -> None:
    await store.create(BOB, saying("We deploy on Tuesdays", WORKSPACE))
    await publish(database)
    await store.delete_all(BOB, BOBS)
    assert await stale(database) == {BOBS, ADMINS}


async def test_what_is_refused_or_only_read_leaves_the_homes_as_they_are(
    database: Database, store: MemoryStore
) -> None:
    memory = await store.create(ANNA, saying("I like tea"))
    await publish(database)
    with pytest.raises(Exception, match="already"):
        await store.create(ANNA, saying("I like tea"))
    await store.get(ADMIN, memory.id, reason="asked to")
    await store.create(ANNA, NewMemory(IN_CHANNEL, "Ship on Fridays", visibility="open"))
    await store.suspension.suspend(OPERATOR, Key.person(TEAM, "U0UNKNOWN"))
    assert await stale(database) == set()


async def test_a_change_that_is_rolled_back_marks_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await mark(tx, [WORKSPACE])
            raise ZeroDivisionError
    assert await stale(database) == set()
