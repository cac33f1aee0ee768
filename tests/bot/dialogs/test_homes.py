"""Whose Home has to be published: none that changed meanwhile is lost, and looking for them costs next to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.homes import Home, Homes
from memory.database.open import Database, open_database
from memory.database.tables import homes as table
from memory.database.tables import keys
from memory.errors import ProposalSettled
from memory.models import Key, NewMemory
from memory.store.store import MemoryStore
from tests.people import ADMIN, ANNA, ANNAS, BOB, BOBS, TEAM, WORKSPACE, person, saying

ADMINS = Key.person(TEAM, "U9")


@pytest.fixture
def homes(database: Database) -> Homes:
    return Homes(database)


async def shown(homes: Homes, *people: Key, admin: bool = False) -> list[Home]:
    """Homes that these people have opened and that were published."""
    opened = [home for each in people if (home := await homes.opened(each))]
    for home in opened:
        await homes.published(home, admin=admin)
    return opened


async def due(homes: Homes) -> list[Key]:
    return [home.key for home in await homes.due(10)]


async def test_what_was_published_is_not_due_before_something_changes(homes: Homes, store: MemoryStore) -> None:
    await shown(homes, ANNAS, BOBS)
    assert await due(homes) == []
    await store.create(ANNA, saying("I like tea"))
    (home,) = await homes.due(10)
    assert home.key == ANNAS
    assert await due(homes) == []  # it is claimed
    await homes.published(home, admin=False)
    assert await due(homes) == []


async def test_whoever_changed_something_comes_before_those_who_see_what_others_changed(
    homes: Homes, store: MemoryStore
) -> None:
    people = [Key.person(TEAM, f"U1{number}") for number in range(5)]
    await shown(homes, *people, BOBS)
    await store.create(ADMIN, saying("We deploy on Tuesdays", WORKSPACE))
    await store.create(BOB, saying("I like tea", BOBS))
    assert [home.key for home in await homes.due(1)] == [BOBS]


async def test_a_proposal_concerns_an_admin_from_their_publication_on(homes: Homes, store: MemoryStore) -> None:
    await shown(homes, ANNAS, BOBS)
    await shown(homes, ADMINS, admin=True)
    await store.create(BOB, saying("We deploy on Tuesdays", WORKSPACE))
    assert await due(homes) == [ADMINS]


@pytest.mark.parametrize("first", [True, False], ids=["never kept anything", "has kept something"])
async def test_what_changes_while_a_home_is_published_is_published_again(
    homes: Homes, store: MemoryStore, *, first: bool
) -> None:
    if not first:
        await store.create(ANNA, saying("I like milk"))
    home = await homes.opened(ANNAS)
    assert home
    await store.create(ANNA, saying("I like tea"))
    await homes.published(home, admin=False)
    assert await due(homes) == [ANNAS]


async def test_a_proposal_made_while_an_admins_home_is_published_is_not_lost(homes: Homes, store: MemoryStore) -> None:
    home = await homes.opened(ADMINS)
    assert home
    await store.create(BOB, saying("We deploy on Tuesdays", WORKSPACE))
    await homes.published(home, admin=True)
    assert await due(homes) == [ADMINS]


@pytest.mark.parametrize("first", [True, False], ids=["never kept anything", "has kept something"])
async def test_a_change_that_is_not_committed_when_a_home_was_published_is_not_lost(
    database: Database, homes: Homes, store: MemoryStore, *, first: bool
) -> None:
    if not first:
        await store.create(ANNA, saying("I like milk"))
    home = await homes.opened(ANNAS)
    assert home
    async with uncommitted(database, saying("I like tea")) as release:
        publishing = asyncio.create_task(homes.published(home, admin=False))
        await asyncio.wait({publishing}, timeout=0.3)
        assert not publishing.done()  # it waits for the change
        release.set()
        await publishing
    assert await due(homes) == [ANNAS]


@asynccontextmanager
async def uncommitted(database: Database, new: NewMemory) -> AsyncIterator[asyncio.Event]:
    """Anna keeps something; all of it is done but the commit, which waits for the event."""
    done, release = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def held() -> AsyncIterator[AsyncConnection]:
        async with database.transaction() as tx:
            yield tx
            done.set()
            await release.wait()

    class Held(Database):
        transaction = staticmethod(held)

    store = MemoryStore(Held(database.url, database.writer, database.reader, database._one_writer))
    change = asyncio.create_task(store.create(ANNA, new))
    await done.wait()
    try:
        yield release
    finally:
        release.set()
        await change


async def test_many_changes_and_publications_at_once_lock_nothing_crosswise(
    homes: Homes, store: MemoryStore, database_url: str
) -> None:
    people = [Key.person(TEAM, f"U{number}") for number in range(1, 8)]
    await shown(homes, *people)
    await shown(homes, ADMINS, admin=True)
    async with AsyncExitStack() as stack:
        replicas = [homes.database]
        if not homes.database.is_sqlite:
            replicas.append(await stack.enter_async_context(open_database(database_url)))

        few = asyncio.Semaphore(6)  # more would wait for each other longer than a lock may take

        async def change(number: int) -> None:
            async with few:
                await changes(number)

        async def changes(number: int) -> None:
            mine = MemoryStore(replicas[number % len(replicas)])
            who = person(f"U{number % 7 + 1}")
            await mine.create(who, saying(f"I like number {number}", Key.person(TEAM, who.user)))
            proposal = await mine.create(who, saying(f"We like number {number} a lot", WORKSPACE))
            with suppress(ProposalSettled):  # who made it may have forgotten everything by now
                await mine.proposals.approve(ADMIN, proposal.id)
            if number % 5 == 0:
                await mine.delete_all(who, Key.person(TEAM, who.user))

        async def publish(number: int) -> None:
            mine = Homes(replicas[number % len(replicas)])
            for _ in range(10):
                for home in await mine.due(2):
                    await mine.published(home, admin=home.key == ADMINS)

        await asyncio.gather(*(change(number) for number in range(20)), *(publish(number) for number in range(4)))
    async with homes.database.reading() as connection:
        found = await connection.execute(sa.select(keys.c.value, keys.c.version))
        versions = {row.value: row.version for row in found}
        rows = (await connection.execute(sa.select(table).where(sa.not_(table.c.stale)))).all()
    assert all(row.version == versions[row.key] for row in rows)  # what counts as shown is shown as it is


async def test_what_the_release_before_has_written_is_published_once_more(database: Database, homes: Homes) -> None:
    now = datetime.now(UTC)
    old = {"workspace": WORKSPACE.value, "version": 3, "workspace_version": 4, "not_before": now, "opened_at": now}
    async with database.transaction() as tx:
        await tx.execute(sa.insert(table), [{"key": f"slack:{TEAM}:U{number}", **old} for number in range(3)])
    found = await homes.due(10)
    assert len(found) == 3
    for home in found:
        await homes.published(home, admin=False)
    assert await due(homes) == []


async def test_looking_for_what_is_due_reads_the_index_of_what_is_stale(database: Database, homes: Homes) -> None:
    said: list[tuple[str, object]] = []

    @sa.event.listens_for(database.reader.sync_engine, "before_cursor_execute")
    def listen(_c: object, _cursor: object, statement: str, parameters: object, _k: object, _m: object) -> None:
        said.append((statement, parameters))

    await fill(database, 3000)
    assert await due(homes) == []
    statement, parameters = next(each for each in said if each[0].startswith("SELECT homes"))
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    async with database.reading() as connection:
        plan = (await connection.exec_driver_sql(explain + statement, parameters)).all()  # type: ignore[arg-type]
    assert "ix_homes_stale" in str(plan)


async def fill(database: Database, count: int) -> None:
    """So many Homes that are true."""
    now = datetime.now(UTC)
    true = {"workspace": WORKSPACE.value, "version": 1, "workspace_version": 1, "not_before": now, "opened_at": now}
    rows = [{"key": f"slack:{TEAM}:U{number:05}", "stale": False, **true} for number in range(count)]
    async with database.transaction() as tx:
        await tx.execute(sa.insert(table), rows)
        if not database.is_sqlite:
            await tx.execute(sa.text("ANALYZE homes"))
