"""Chooses the memories for a turn: those that this audience allows, ranked, within the token budget.

Ranking is pinned, then priority, then newest. What an audience allows is a list of (key, visibility) pairs, and the
database is asked for the first memories of each pair only; so a key with ten thousand memories costs what one with
twenty costs. The finished block is kept until a change in one of its keys moves that key's version.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import tables
from memory.database.open import Database
from memory.database.rows import from_row
from memory.models import Key, KeyKind, LeftOut, Memory, Visibility, Why
from memory.recall.prompt import memory_block, memory_line
from memory.store.store import RECALL_ORDER
from memory.text.tokens import token_count

CACHED_AUDIENCES = 2000
MOST_LEFT_OUT = 50  # of each kind: so that telling what stayed out costs the same for every key
SMALLEST_LINE = 4  # tokens of the shortest line there can be: `- "x"`
SHORT_LINE = 16  # many lines cost more, so looking at this many of them usually fills the budget
FULL = 0.75  # of the budget: once a memory was left out for want of room, a shorter one further down is not looked for

# Made once: it is asked in every turn, and putting a statement together costs more than this one's answer.
VERSIONS = sa.select(
    tables.keys.c.value, tables.keys.c.version, tables.keys.c.paused, tables.keys.c.suspended_at
).where(tables.keys.c.value.in_(sa.bindparam("keys", expanding=True)))
# What a memory is made of; digests and the like are not read here.
RECALLED = tuple(column for column in tables.memories.c if column.name not in {"digest", "team", *tables.MINHASHES})


@dataclass(frozen=True, slots=True)
class Audience:
    """Who will see the answer. `alone`: nobody but the person. A key that is None is not for these eyes."""

    person: Key | None
    workspace: Key | None = None
    channel: Key | None = None
    alone: bool = False

    def allows(self) -> tuple[tuple[Key, Visibility], ...]:
        """What may be injected: a memory reaches a prompt only if everyone who will see the answer may see it."""
        pairs: list[tuple[Key | None, Visibility]] = [
            (self.person, "open"),
            (self.workspace, "open"),
            (None if self.alone else self.channel, "open"),
        ]
        if self.alone:
            pairs.append((self.person, "private"))
        return tuple((key, visibility) for key, visibility in pairs if key is not None)

    def concerns(self, key: Key) -> bool:
        """Whether the key is one of these; a workspace's key stands for all of the workspace."""
        mine = [each for each in (self.person, self.workspace, self.channel) if each]
        whole = key.kind is KeyKind.WORKSPACE
        return key in mine or (whole and any(each.team == key.team for each in mine))


@dataclass(frozen=True, slots=True)
class Recalled:
    """The memories for a turn in their order, the block that shows them, and the first of those that stayed out."""

    memories: tuple[Memory, ...] = ()
    block: str = ""
    tokens: int = 0
    left_out: tuple[LeftOut, ...] = ()


NOTHING = Recalled()


@dataclass(frozen=True, slots=True)
class _Kept:
    versions: tuple[tuple[str, int], ...]
    until: datetime | None
    recalled: Recalled


class Recall:
    """Recalls memories. It keeps finished blocks, and asks the database each time whether they are still true."""

    def __init__(
        self, database: Database, *, budget: int, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._budget = budget
        self._now = clock
        self._kept: OrderedDict[Audience, _Kept] = OrderedDict()

    async def recall(self, audience: Audience) -> Recalled:
        """Return what to inject for this audience. Raises StorageFailed.

        Nothing while the person has paused, nor while they or their workspace are suspended.
        """
        allowed = audience.allows()
        if not allowed:
            return NOTHING
        now = self._now()
        async with self._database.reading() as connection:
            versions, resting = await self._versions(connection, audience, allowed)
            if resting:
                return NOTHING
            kept = self._kept.get(audience)
            if kept and kept.versions == versions and (kept.until is None or now < kept.until):
                self._kept.move_to_end(audience)
                return kept.recalled
            for line in (SHORT_LINE, SMALLEST_LINE):
                most = self._budget // line + 1
                candidates = await self._candidates(connection, allowed, now, most)
                recalled = fit(candidates, self._budget)
                full = recalled.left_out and recalled.tokens >= FULL * self._budget
                if full or len(candidates) < most:
                    break
            kept_out = await self._kept_out(connection, allowed, now, alone=audience.alone)
        recalled = replace(recalled, left_out=(*recalled.left_out[:MOST_LEFT_OUT], *kept_out))
        ends = [memory.expires_at for memory in candidates if memory.expires_at]
        self._kept[audience] = _Kept(versions, min(ends, default=None), recalled)
        if len(self._kept) > CACHED_AUDIENCES:
            self._kept.popitem(last=False)
        return recalled

    async def _versions(
        self, connection: AsyncConnection, audience: Audience, allowed: Sequence[tuple[Key, Visibility]]
    ) -> tuple[tuple[tuple[str, int], ...], bool]:
        asked = {key.value for key, _ in allowed}
        # A workspace that is suspended rests as a whole, also where its own memories are not for these eyes.
        whole = {Key.workspace(key.team).value for key, _ in allowed if key.team}
        rows = sorted((await connection.execute(VERSIONS, {"keys": sorted(asked | whole)})).all())
        own = audience.person.value if audience.person else None
        resting = any(row.suspended_at is not None or (row.paused and row.value == own) for row in rows)
        return tuple((row.value, row.version) for row in rows if row.value in asked), resting

    def forget(self, key: Key) -> None:
        """Let go of every finished block that may hold words of this key, or of any key of this workspace."""
        for audience in [each for each in self._kept if each.concerns(key)]:
            del self._kept[audience]

    async def _candidates(
        self, connection: AsyncConnection, allowed: Sequence[tuple[Key, Visibility]], now: datetime, most: int
    ) -> list[Memory]:
        """The first `most` memories of all that are allowed, in the order of recall."""
        columns = tables.memories.c
        firsts = (
            sa.select(*RECALLED)
            .where(columns.key == key.value, sa.not_(columns.disabled), columns.visibility == visibility)
            .where(sa.or_(columns.expires_at.is_(None), columns.expires_at > now))
            .order_by(*RECALL_ORDER)
            .limit(most)
            for key, visibility in allowed
        )
        together = sa.union_all(*(sa.select(first.subquery()) for first in firsts))
        return rank([from_row(row) for row in await connection.execute(together)])[:most]

    async def _kept_out(
        self, connection: AsyncConnection, allowed: Sequence[tuple[Key, Visibility]], now: datetime, *, alone: bool
    ) -> list[LeftOut]:
        """The first memories of these keys that may not go in, whatever the budget, in the order of recall."""
        columns = tables.memories.c
        keys = dict.fromkeys(key.value for key, _ in allowed)
        here = sa.or_(columns.visibility == "open", sa.literal(alone))
        kinds: dict[Why, tuple[sa.ColumnElement[bool], ...]] = {
            "disabled": (columns.disabled,),
            "private here": (sa.not_(columns.disabled), sa.not_(here)),
            "expired": (sa.not_(columns.disabled), here, columns.expires_at.is_not(None), columns.expires_at <= now),
        }
        firsts = (
            sa.select(tables.memories, sa.literal(why).label("why"))
            .where(columns.key == key, *conditions)
            .order_by(*RECALL_ORDER)
            .limit(MOST_LEFT_OUT)
            for key in keys
            for why, conditions in kinds.items()
        )
        together = sa.union_all(*(sa.select(first.subquery()) for first in firsts))
        rows = {row.id: row for row in await connection.execute(together)}
        return [LeftOut(memory.id, rows[memory.id].why) for memory in rank([from_row(row) for row in rows.values()])]


def rank(memories: Sequence[Memory]) -> list[Memory]:
    """Pinned first, then the higher priority, then the newer; ids break a tie, so the order is always the same."""
    return sorted(
        memories,
        key=lambda memory: (memory.pinned, memory.priority, memory.created_at, memory.number, memory.id),
        reverse=True,
    )


def fit(ranked: Sequence[Memory], budget: int) -> Recalled:
    """Take memories in their order while the whole block stays within `budget` tokens.

    One that does not fit is left out and a shorter one after it may still go in.
    """
    spent = token_count(memory_block([" "]))
    chosen: list[Memory] = []
    lines: list[str] = []
    for memory in ranked:
        line = memory_line(memory)
        cost = token_count(f"{line}\n")
        if spent + cost <= budget:
            chosen.append(memory)
            lines.append(line)
            spent += cost
    while (tokens := token_count(block := memory_block(lines))) > budget:
        # Parts may count a little less than their whole, and the budget is a promise.
        chosen.pop()
        lines.pop()
    taken = {memory.id for memory in chosen}
    no_room = tuple(LeftOut(memory.id, "over budget") for memory in ranked if memory.id not in taken)
    return Recalled(tuple(chosen), block, tokens, no_room)
