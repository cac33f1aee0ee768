"""What saves in a process of its own: a crowd at one key, and a load that is killed."""

from __future__ import annotations

import asyncio
import os
from multiprocessing.connection import Connection

import sqlalchemy as sa

from memory.database.open import Database, open_database
from memory.models import Actor, Key, NewMemory, Role
from memory.store.limits import Limits
from memory.store.store import MemoryStore

TEAM = "T1"
CROWDED = "U1"  # the one key of the crowd
ROOMY = Limits(per_key=100_000)
PEER = sa.table("peer", sa.column("key"), sa.column("value"))


def person(user: str) -> tuple[Actor, Key]:
    """Somebody who saves, and their key."""
    key = Key.person(TEAM, user)
    return Actor(id=key.value, role=Role.MEMBER, door="bench", team=TEAM, user=user), key


async def save_at_once(store: MemoryStore, texts: list[str]) -> int:
    """Save all of them at the same moment in one key; return how many were confirmed."""
    actor, key = person(CROWDED)
    saves = (store.create(actor, NewMemory(key=key, text=text)) for text in texts)
    outcomes = await asyncio.gather(*saves, return_exceptions=True)
    return sum(not isinstance(outcome, BaseException) for outcome in outcomes)


async def append_at_once(database: Database, texts: list[str]) -> int:
    """The peer: one text per person; read it, append a line, write it back. Returns how many were confirmed."""

    async def append(text: str) -> None:
        async with database.reading() as connection:
            value = await connection.scalar(sa.select(PEER.c.value).where(PEER.c.key == CROWDED))
        async with database.transaction() as tx:
            await tx.execute(sa.update(PEER).where(PEER.c.key == CROWDED).values(value=f"{value}- {text}\n"))

    outcomes = await asyncio.gather(*map(append, texts), return_exceptions=True)
    return sum(not isinstance(outcome, BaseException) for outcome in outcomes)


def crowd(url: str, texts: list[str], start: Connection) -> None:
    """The whole life of one process of a crowd: say that it is ready, wait for the word, save, tell how many."""
    asyncio.run(_crowd(url, texts, start))


async def _crowd(url: str, texts: list[str], start: Connection) -> None:
    async with open_database(url) as database:
        start.send("ready")
        for _ in range(2):
            word = await asyncio.to_thread(start.recv)
            work = (
                save_at_once(MemoryStore(database, ROOMY), texts) if word == "ours" else append_at_once(database, texts)
            )
            start.send(await work)


def load(url: str, begin: dict[str, int], acknowledged: Connection) -> None:
    """Save until the process is killed, and tell of each save after it was confirmed.

    `begin` maps each person to the number of their next save. The first one may repeat what was committed, but not
    confirmed, before the last kill: it comes with the same request id.
    """
    asyncio.run(_load(url, begin, acknowledged.fileno()))


async def _load(url: str, begin: dict[str, int], out: int) -> None:
    async with open_database(url) as database:
        store = MemoryStore(database, ROOMY)
        os.write(out, b"ready\n")

        async def save(user: str, number: int) -> None:
            actor, key = person(user)
            while True:
                name = f"{user} save {number}"
                memory = await store.create(actor, NewMemory(key=key, text=name), request_id=name)
                os.write(out, f"{user} {number} {memory.id}\n".encode())  # one write: a kill leaves no half line
                number += 1

        await asyncio.gather(*(save(user, number) for user, number in begin.items()))
