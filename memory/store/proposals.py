"""Proposals: what a member says for the whole workspace waits for an admin.

A proposal is a memory in a key of its own, `slack:<team>:proposals`, which is in nobody's audience: it is not
recalled, not listed with the workspace's memories, and counted and numbered by itself. Approving moves it into the
workspace's key, where it gets its number; rejecting and withdrawing delete it, words and all. It keeps its id all the
way, so the log tells what became of it.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory import policy
from memory.database import tables
from memory.database.rows import from_row, is_id, new_memory, to_row
from memory.errors import MemoryExists, MemoryInvalid, MemoryNotFound, NotPermitted, ProposalSettled
from memory.models import Actor, Key, KeyKind, Memory, NewMemory, Page, Role
from memory.store import audit, notices
from memory.store.locks import Keeper, checked_reason, refuse_secret
from memory.text.clean import clean_text

NO_SUCH = "There is no such proposal."
ADMINS_DECIDE = "Only admins of this workspace decide on proposals."
# Made once: they are part of every save.
ADDED = sa.insert(tables.memories)
COUNTED = (
    sa.update(tables.keys)
    .where(tables.keys.c.value == sa.bindparam("of"))
    .values(last_number=sa.bindparam("last"), memories=sa.bindparam("now"))
)


class Proposing(Keeper):
    """The verbs for proposals. `MemoryStore.create` makes them, and `MemoryStore.delete` withdraws them."""

    async def _insert(self, tx: AsyncConnection, memory: Memory, memories: int, request: str | None) -> None:
        """Add a memory to its locked key, which then holds so many."""
        await tx.execute(ADDED, to_row(memory))
        await tx.execute(COUNTED, {"of": memory.key.value, "last": memory.number, "now": memories})
        if request:
            done = {"id": request, "memory_id": memory.id, "created_at": memory.created_at}
            await tx.execute(sa.insert(tables.requests).values(done))

    async def _propose(
        self, tx: AsyncConnection, actor: Actor, new: NewMemory, key: Any, request: str | None
    ) -> Memory:
        """Keep a proposal in its locked key, whose row is given, and let the admins know who want to."""
        now = self._now()
        existing, flagged = await self._compare(tx, Key.workspace(new.key.team), new.text)
        if existing and not existing.expired(now):
            raise MemoryExists(existing)
        deleted, _ = await self._make_way(tx, actor, new.key, new.text, now)
        self._refuse_full(key.memories - deleted)
        memory = new_memory(new, number=key.last_number + 1, actor=actor, now=now, flags=flagged)
        await self._insert(tx, memory, key.memories - deleted + 1, request)
        team = memory.key.team
        watchers = sa.select(tables.watchers.c.user).where(tables.watchers.c.team == team)
        for user in (await tx.scalars(watchers)).all():
            if user != actor.user:
                once = f"proposed {team} {user}"
                await notices.write(tx, notices.New(Key.person(team, user), "proposed", {}, once), now)
        await audit.write(tx, audit.row(actor, now, "propose", memory.key, memory=memory, after=audit.recorded(memory)))
        return memory

    async def proposals(
        self, actor: Actor, team: str, *, own: bool = False, offset: int = 0, limit: int | None = None
    ) -> Page:
        """Return the proposals that wait, oldest first: the admins' queue; for others, or with `own`, one's own."""
        columns = tables.memories.c
        query = sa.select(tables.memories).where(columns.key == Key.proposals(team).value)
        if own or not policy.may_review(actor, team):
            query = query.where(columns.created_by == actor.id)
        async with self._database.reading() as connection:
            total = await connection.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
            rows = await connection.execute(query.order_by(columns.number).offset(offset).limit(limit))
            return Page(tuple(from_row(row) for row in rows), total or 0)

    async def proposal(self, actor: Actor, memory_id: str) -> Memory:
        """Return a proposal that waits, to an admin. Raises ProposalSettled, MemoryNotFound or NotPermitted."""
        if actor.role not in {Role.ADMIN, Role.OPERATOR}:
            raise NotPermitted(ADMINS_DECIDE)
        if not is_id(memory_id):
            raise MemoryNotFound(NO_SUCH)
        async with self._database.reading() as connection:
            memory = await self._first(connection, tables.memories.c.id == memory_id)
            if memory and memory.proposed and policy.may_review(actor, memory.key.team):
                return memory
            raise await self._settled(connection, actor, memory_id, memory)

    async def approve(self, actor: Actor, memory_id: str, *, text: str | None = None) -> Memory:
        """Make a proposal a memory of the workspace, with another text if one is given; its proposer is told.

        Raises ProposalSettled, which says what became of it, MemoryNotFound, NotPermitted, and what `create` raises.
        """
        if text is not None:
            refuse_secret(text)
            text = clean_text(text)
        async with self._database.transaction() as tx:
            proposal, key = await self._proposed(tx, actor, memory_id)
            now, workspace = self._now(), Key.workspace(proposal.key.team)
            if proposal.expired(now):
                raise MemoryInvalid("That proposal has expired, so it would never be used. Reject it instead.")
            wanted = proposal.text if text is None else text
            refuse_secret(" ".join((wanted, *(f"#{tag}" for tag in proposal.tags))))
            deleted, flagged = await self._make_way(tx, actor, workspace, wanted, now)
            self._refuse_full(key.memories - deleted)
            memory = dataclasses.replace(
                proposal,
                key=workspace,
                number=key.last_number + 1,
                text=wanted,
                flags=flagged,
                revision=proposal.revision + 1,
                updated_at=now,
                updated_by=actor.id,
            )
            await self._save(tx, memory)
            await self._set_key(tx, workspace, last_number=memory.number, memories=key.memories - deleted + 1)
            await self._set_key(tx, proposal.key, memories=tables.keys.c.memories - 1)
            about = {"number": memory.number, "text": memory.text, "changed": memory.text != proposal.text}
            await self._tell_proposer(tx, actor, proposal, "approved", about)
            before, after = audit.difference(proposal, memory)
            row = audit.row(actor, now, "approve", workspace, memory=memory, before=before, after=after)
            await audit.write(tx, row)
        return memory

    async def reject(self, actor: Actor, memory_id: str, *, reason: str | None = None) -> Memory:
        """Delete a proposal for good and return what it was; its proposer is told, with the reason.

        Raises ProposalSettled, MemoryNotFound, NotPermitted or SecretSeen.
        """
        reason = checked_reason(reason)
        async with self._database.transaction() as tx:
            proposal, _ = await self._proposed(tx, actor, memory_id)
            await self._tell_proposer(tx, actor, proposal, "rejected", {"text": proposal.text, "reason": reason})
            await self._remove(tx, actor, [proposal], verb="reject", reason=reason)
        await self._database.scrub()
        return proposal

    async def _tell_proposer(
        self, tx: AsyncConnection, actor: Actor, proposal: Memory, kind: notices.Kind, about: dict[str, Any]
    ) -> None:
        proposer = Key.parse(proposal.created_by)
        if proposer.kind is KeyKind.PERSON and proposal.created_by != actor.id:
            await notices.write(tx, notices.New(proposer, kind, about | {"by": actor.user}), self._now())

    async def _proposed(self, tx: AsyncConnection, actor: Actor, memory_id: str) -> tuple[Memory, Any]:
        """A proposal that waits, and the row of the workspace's key; both keys are locked."""
        if actor.role not in {Role.ADMIN, Role.OPERATOR}:
            raise NotPermitted(ADMINS_DECIDE)
        if not is_id(memory_id):
            raise MemoryNotFound(NO_SUCH)
        memory = await self._first(tx, tables.memories.c.id == memory_id)
        if memory and memory.proposed and policy.may_review(actor, memory.key.team):
            key = await self._lock(tx, Key.workspace(memory.key.team))
            await self._lock(tx, memory.key)
            memory = await self._first(tx, tables.memories.c.id == memory_id)
            if memory and memory.proposed:
                return memory, key
        raise await self._settled(tx, actor, memory_id, memory)

    async def _settled(
        self, tx: AsyncConnection, actor: Actor, memory_id: str, memory: Memory | None
    ) -> ProposalSettled | MemoryNotFound:
        """Why there is nothing to decide on any more, as the log knows it."""
        log = tables.audit.c
        query = sa.select(log.verb, log.team).where(log.memory_id == memory_id).order_by(log.id)
        rows = (await tx.execute(query)).all()
        verbs = [row.verb for row in rows if policy.may_review(actor, row.team)]
        if "propose" not in verbs:
            return MemoryNotFound(NO_SUCH)
        if memory and "approve" in verbs:
            return ProposalSettled(f"That proposal was approved already: it is m{memory.number} of the workspace.")
        if "approve" in verbs:
            return ProposalSettled("That proposal was approved already, and deleted since.")
        outcome = {"reject": "rejected already", "withdraw": "withdrawn by whoever made it"}.get(verbs[-1], "deleted")
        return ProposalSettled(f"That proposal was {outcome}.")

    async def notify_of_proposals(self, actor: Actor, *, on: bool) -> None:
        """Switch on or off whether this admin is told when somebody proposes something. Off is for anybody."""
        if on and actor.role is not Role.ADMIN:
            raise NotPermitted(ADMINS_DECIDE)
        mine = {"team": actor.team, "user": actor.user}
        columns = tables.watchers.c
        async with self._database.transaction() as tx:
            if on:
                await tx.execute(self._database.insert(tables.watchers).values(mine).on_conflict_do_nothing())
            else:
                theirs = (columns.team == actor.team, columns.user == actor.user)
                await tx.execute(sa.delete(tables.watchers).where(*theirs))

    async def notified_of_proposals(self, actor: Actor) -> bool:
        """Whether this person is told when somebody proposes something."""
        columns = tables.watchers.c
        query = sa.select(sa.exists().where(columns.team == actor.team, columns.user == actor.user))
        async with self._database.reading() as connection:
            return bool(await connection.scalar(query))
