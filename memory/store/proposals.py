"""Proposals: what a member says for the whole workspace waits for an admin.

A proposal is a memory in a key of its own, `slack:<team>:proposals`, which is in nobody's audience: it is not
recalled, not listed with the workspace's memories, and counted and numbered by itself. Approving moves it into the
workspace's key, where it gets its number; rejecting and withdrawing delete it, words and all. It keeps its id all the
way, so the log tells what became of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory import policy
from memory.clock import Clock
from memory.database import tables
from memory.database.open import Database
from memory.database.rows import from_row, is_id, new_memory
from memory.errors import MemoryExists, MemoryInvalid, MemoryNotFound, NotPermitted, ProposalSettled
from memory.models import JSON, Actor, Key, KeyKind, Memory, NewMemory, Page, Role
from memory.store import audit, duplicates, notices, reading, requests
from memory.store.checks import checked_reason, checked_wording
from memory.store.limits import Limits
from memory.store.locks import Locked, lock
from memory.text.similar import Fingerprint

NO_SUCH = "There is no such proposal."
ADMINS_DECIDE = "Only admins of this workspace decide on proposals."


@dataclass(frozen=True, slots=True)
class Proposals:
    """The verbs for proposals. `MemoryStore.create` makes them, and `MemoryStore.delete` withdraws them."""

    database: Database
    limits: Limits
    clock: Clock

    # ------------------------------------------------------------------------------------------------- find, get

    async def find(
        self, actor: Actor, team: str, *, own: bool = False, offset: int = 0, limit: int | None = None
    ) -> Page:
        """Return the proposals that wait, oldest first: the admins' queue; for others, or with `own`, one's own."""
        columns = tables.memories.c
        query = sa.select(tables.memories).where(columns.key == Key.proposals(team).value)
        if own or not policy.may_review(actor, team):
            query = query.where(columns.created_by == actor.id)
        async with self.database.reading() as connection:
            total = await connection.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
            rows = await connection.execute(query.order_by(columns.number).offset(offset).limit(limit))
            return Page(tuple(from_row(row) for row in rows), total or 0)

    async def get(self, actor: Actor, memory_id: str) -> Memory:
        """Return a proposal that waits, to an admin. Raises ProposalSettled, MemoryNotFound or NotPermitted."""
        async with self.database.reading() as connection:
            proposal = await _waiting(connection, actor, memory_id)
            if proposal is None:
                raise await _settled(connection, actor, memory_id)
        return proposal

    # --------------------------------------------------------------------------------------------------- decide

    async def approve(
        self, actor: Actor, memory_id: str, *, text: str | None = None, request_id: str | None = None
    ) -> Memory:
        """Make a proposal a memory of the workspace, with another text if one is given; its proposer is told.

        A `request_id` that is repeated returns the memory that the first call made. Raises ProposalSettled, which says
        what became of the proposal, MemoryNotFound, NotPermitted, and what `create` raises.
        """
        request = _request("approve", actor, memory_id, request_id)
        async with self.database.transaction() as tx:
            taken = await self._take(tx, actor, memory_id, Key.workspace, Key.proposals)
            if taken:
                proposal, (workspace, queue) = taken
                return await self._approve(proposal, workspace, queue, text, request)
            memory = await reading.by_id(tx, memory_id) if await requests.done(tx, request) else None
            if memory is None:
                raise await _settled(tx, actor, memory_id)
            return memory

    async def reject(
        self, actor: Actor, memory_id: str, *, reason: str | None = None, request_id: str | None = None
    ) -> Memory | None:
        """Delete a proposal for good and return what it was; its proposer is told, with the reason.

        A `request_id` that is repeated returns None: the first call did it, and the words are gone. Raises
        ProposalSettled, MemoryNotFound, NotPermitted or SecretSeen.
        """
        reason, request = checked_reason(reason), _request("reject", actor, memory_id, request_id)
        async with self.database.transaction() as tx:
            taken = await self._take(tx, actor, memory_id, Key.proposals)
            if taken is None:
                if await requests.done(tx, request):
                    return None
                raise await _settled(tx, actor, memory_id)
            proposal, (queue,) = taken
            await requests.keep(tx, request, proposal.id, queue.now)
            await _tell_proposer(queue, proposal, "rejected", {"text": proposal.text, "reason": reason})
            await queue.remove([proposal], verb="reject", reason=reason)
        await self.database.scrub()
        return proposal

    async def _take(
        self, tx: AsyncConnection, actor: Actor, memory_id: str, *keys: Callable[[str], Key]
    ) -> tuple[Memory, list[Locked]] | None:
        """A proposal that waits, and these keys of its team, which are locked, in the order of their values."""
        found = await _waiting(tx, actor, memory_id)
        if found is None:
            return None
        now = self.clock()
        locked = [await lock(tx, key(found.key.team), actor, now) for key in keys]
        proposal = await _waiting(tx, actor, memory_id)
        return (proposal, locked) if proposal else None

    async def _approve(
        self, proposal: Memory, workspace: Locked, queue: Locked, text: str | None, request: str | None
    ) -> Memory:
        if proposal.expired(workspace.now):
            raise MemoryInvalid("That proposal has expired, so it would never be used. Reject it instead.")
        text = checked_wording(proposal.text if text is None else text, proposal.tags)
        fingerprint = Fingerprint.of(text)
        near = await workspace.make_way(text, fingerprint)
        workspace.refuse_full(self.limits.per_key)
        memory = dataclasses.replace(
            proposal,
            key=workspace.key,
            number=workspace.next_number,
            text=text,
            flags=duplicates.flagged(text, near=near),
            revision=proposal.revision + 1,
            updated_at=workspace.now,
            updated_by=workspace.actor.id,
        )
        await workspace.adopt(memory, fingerprint, queue)
        await requests.keep(workspace.tx, request, memory.id, workspace.now)
        about: dict[str, JSON] = {"number": memory.number, "text": text, "changed": text != proposal.text}
        await _tell_proposer(queue, proposal, "approved", about)
        before, after = audit.difference(proposal, memory)
        await workspace.log("approve", memory, before=before, after=after)
        return memory

    # -------------------------------------------------------------------------------------------------- propose

    async def add(self, queue: Locked, new: NewMemory, request: str | None) -> Memory:
        """Keep a proposal in its locked key, and let the admins know who want to."""
        team, fingerprint = queue.key.team, Fingerprint.of(new.text)
        same, near = await duplicates.compare(queue.tx, Key.workspace(team), new.text, fingerprint)
        existing = await reading.by_id(queue.tx, same) if same else None
        if existing and not existing.expired(queue.now):
            raise MemoryExists(existing)
        await queue.make_way(new.text, fingerprint)
        queue.refuse_full(self.limits.per_key)
        flags = duplicates.flagged(new.text, near=near)
        memory = new_memory(new, number=queue.next_number, actor=queue.actor, now=queue.now, flags=flags)
        await queue.insert(memory, fingerprint, request)
        await _tell_watchers(queue)
        await queue.log("propose", memory, after=audit.recorded(memory))
        return memory

    # --------------------------------------------------------------------------------------------- who is told

    async def notify(self, actor: Actor, *, on: bool) -> None:
        """Switch on or off whether this admin is told when somebody proposes something. Off is for anybody."""
        if on and actor.role is not Role.ADMIN:
            raise NotPermitted(ADMINS_DECIDE)
        columns = tables.watchers.c
        if on:
            mine = {"team": actor.team, "user": actor.user}
            statement: sa.Executable = self.database.insert(tables.watchers).values(mine).on_conflict_do_nothing()
        else:
            statement = sa.delete(tables.watchers).where(columns.team == actor.team, columns.user == actor.user)
        async with self.database.transaction() as tx:
            await tx.execute(statement)

    async def notified(self, actor: Actor) -> bool:
        """Whether this person is told when somebody proposes something."""
        columns = tables.watchers.c
        query = sa.select(sa.exists().where(columns.team == actor.team, columns.user == actor.user))
        async with self.database.reading() as connection:
            return bool(await connection.scalar(query))


def _request(verb: str, actor: Actor, memory_id: str, request_id: str | None) -> str | None:
    """A request belongs to who makes it and to one decision: the same id from somebody else is another."""
    return f"{verb} {actor.id} {memory_id} {request_id}" if request_id else None


async def _waiting(connection: AsyncConnection, actor: Actor, memory_id: str) -> Memory | None:
    """The proposal, if it waits for this admin. Raises NotPermitted when they are none."""
    if actor.role not in {Role.ADMIN, Role.OPERATOR}:
        raise NotPermitted(ADMINS_DECIDE)
    memory = await reading.by_id(connection, memory_id)
    return memory if memory and memory.proposed and policy.may_review(actor, memory.key.team) else None


async def _settled(connection: AsyncConnection, actor: Actor, memory_id: str) -> ProposalSettled | MemoryNotFound:
    """Why there is nothing to decide on any more, as the log knows it."""
    if not is_id(memory_id):
        return MemoryNotFound(NO_SUCH)
    log = tables.audit.c
    query = sa.select(log.verb, log.team).where(log.memory_id == memory_id).order_by(log.id)
    verbs = [row.verb for row in await connection.execute(query) if policy.may_review(actor, row.team)]
    if "propose" not in verbs:
        return MemoryNotFound(NO_SUCH)
    if "approve" not in verbs:
        outcome = {"reject": "rejected already", "withdraw": "withdrawn by whoever made it"}.get(verbs[-1], "deleted")
        return ProposalSettled(f"That proposal was {outcome}.")
    memory = await reading.by_id(connection, memory_id)
    became = f": it is m{memory.number} of the workspace" if memory else ", and deleted since"
    return ProposalSettled(f"That proposal was approved already{became}.")


async def _tell_proposer(queue: Locked, proposal: Memory, kind: notices.Kind, about: Mapping[str, JSON]) -> None:
    """Write down that who proposed it is told, unless they decide themselves."""
    proposer = Key.parse(proposal.created_by)
    if proposer.kind is KeyKind.PERSON and proposal.created_by != queue.actor.id:
        about = {**about, "by": queue.actor.user}
        await notices.write(queue.tx, notices.New(proposer, kind, about), queue.now)


async def _tell_watchers(queue: Locked) -> None:
    """Write down that the admins who want to hear of proposals are told, each once while it waits."""
    team = queue.key.team
    watchers = await queue.tx.scalars(sa.select(tables.watchers.c.user).where(tables.watchers.c.team == team))
    for user in watchers.all():
        if user != queue.actor.user:
            once = f"proposed {team} {user}"
            await notices.write(queue.tx, notices.New(Key.person(team, user), "proposed", {}, once), queue.now)
