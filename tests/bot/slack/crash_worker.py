"""A process that works an inbox off until it is killed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import sqlalchemy as sa

from bot.slack.inbox import Claimed, Inbox
from memory.database.open import open_database
from tests.bot.slack.inboxes import QUICK

EFFECTS = "CREATE TABLE effects (number INTEGER PRIMARY KEY, tries INTEGER NOT NULL)"
EFFECT = "INSERT INTO effects VALUES (:number, 1) ON CONFLICT (number) DO UPDATE SET tries = effects.tries + 1"


def work_for_ever(url: str) -> None:
    asyncio.run(_work(url))


async def _work(url: str) -> None:
    """An effect is written in one transaction, as a turn's are, and a repeat of it is counted."""
    async with open_database(url, alone=True) as database:
        inbox = Inbox(database, replace(QUICK, workers=4))
        if database.is_sqlite:
            await inbox.take_over()

        async def work(claimed: Claimed) -> None:
            await asyncio.sleep(0.02)
            async with database.transaction() as tx:
                await tx.execute(sa.text(EFFECT), {"number": claimed.body["number"]})
            await asyncio.sleep(0.02)

        async with inbox.working(work, work):
            await asyncio.Event().wait()
