"""Suspending: what somebody left behind rests, nothing of it is recalled, and after a grace it is erased for good.

A person's key is suspended when they are deactivated, a workspace's when the app is uninstalled there: that suspends
every key of the workspace. Reinstating brings back everything as it was. The date on the key's row is all there is.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from memory.database import tables
from memory.errors import NotPermitted
from memory.models import Actor, Key, KeyKind, Role
from memory.store import audit, erasure
from memory.store.locks import Keeper

SUSPENDABLE = frozenset({KeyKind.PERSON, KeyKind.WORKSPACE})


class Suspending(Keeper):
    """The verbs for those who left. All but `suspended` are the operator's: the bot itself acts, no person."""

    async def suspend(self, actor: Actor, key: Key) -> None:
        """Let a person's key, or by the workspace's key all of a workspace, rest from now on. Again changes nothing.

        Of a person of whom nothing is kept nothing is written down either.
        """
        await self._set_suspended(actor, key, self._now())

    async def reinstate(self, actor: Actor, key: Key) -> None:
        """End the rest of a key or a workspace: everything is back. Of one that does not rest it changes nothing."""
        await self._set_suspended(actor, key, None)

    async def _set_suspended(self, actor: Actor, key: Key, moment: datetime | None) -> None:
        if actor.role is not Role.OPERATOR or key.kind not in SUSPENDABLE:
            raise NotPermitted
        async with self._database.transaction() as tx:
            if key.kind is KeyKind.PERSON and not await tx.scalar(sa.select(sa.or_(*_known(key)))):
                return
            suspended = (await self._lock(tx, key)).suspended_at is not None
            if suspended == (moment is not None):
                return
            await self._set_key(tx, key, suspended_at=moment)
            verb = "suspend" if moment else "reinstate"
            await audit.write(tx, audit.row(actor, self._now(), verb, key))

    async def suspended(self, *keys: Key) -> bool:
        """Whether one of these keys rests, or the workspace of one of them: then nothing is worked on for it."""
        named = {key.value for key in keys} | {Key.workspace(key.team).value for key in keys if key.team}
        columns = tables.keys.c
        query = sa.select(sa.exists().where(columns.value.in_(named), columns.suspended_at.is_not(None)))
        async with self._database.reading() as connection:
            return bool(await connection.scalar(query))

    async def erase_suspended(self, actor: Actor, before: datetime) -> tuple[Key, ...]:
        """Erase for good what has rested since before a moment, and return whose it was.

        Each key is one transaction of its own.
        """
        if actor.role is not Role.OPERATOR:
            raise NotPermitted
        columns = tables.keys.c
        query = sa.select(columns.value).where(columns.suspended_at < before).order_by(columns.value)
        async with self._database.reading() as connection:
            keys = [Key.parse(value) for value in await connection.scalars(query)]
        erased = [key for key in keys if await self._erase_suspended(actor, key, before)]
        if erased:
            await self._database.scrub()
        return tuple(erased)

    async def _erase_suspended(self, actor: Actor, key: Key, before: datetime) -> bool:
        async with self._database.transaction() as tx:
            await erasure.lock(tx, self._database, key)
            since = await tx.scalar(sa.select(tables.keys.c.suspended_at).where(tables.keys.c.value == key.value))
            if since is None or since >= before:  # reinstated meanwhile
                return False
            await erasure.erase(tx, actor, key, self._now(), verb="purge")
            # A person or a workspace that comes back later begins anew.
            await self._set_key(tx, key, suspended_at=None)
        return True


def _known(key: Key) -> tuple[sa.Exists, ...]:
    """Whether anything of a person is kept: their key, what they proposed, a conversation."""
    memories, turns = tables.memories.c, tables.turns.c
    return (
        sa.exists().where(tables.keys.c.value == key.value),
        sa.exists().where(memories.team == key.team, memories.created_by == key.value),
        sa.exists().where(turns.team == key.team, turns.user == key.subject),
    )
