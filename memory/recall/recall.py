"""Chooses the memories for a turn: those that this audience allows, ranked, within the token budget.

Ranking is pinned, then priority, then newest. What an audience allows is a list of (key, visibility) pairs, and the
database is asked for the first memories of each pair only; so a key with ten thousand memories costs what one with
twenty costs. The finished block is kept until a change in one of its keys moves that key's version, and while there is
room: so many blocks, and so many bytes, are kept at most.
"""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.clock import Clock, utc_now
from memory.database import tables
from memory.database.open import Database
from memory.database.rows import from_row
from memory.models import Key, LeftOut, Memory, Visibility, Why
from memory.recall.audience import Audience
from memory.recall.prompt import memory_block, memory_line
from memory.store.store import RECALL_ORDER
from memory.text.tokens import token_count

CACHED_AUDIENCES = 2000
CACHED_BYTES = 16 * 1024 * 1024
MEMORY_BYTES = 1500  # about what a memory takes besides its text
LEFT_OUT_BYTES = 200
MOST_LEFT_OUT = 15  # of each kind, as many as are ever shown
SMALLEST_LINE = 4  # tokens of the shortest line there can be: `- "x"`
SHORT_LINE = 16  # many lines cost more, so looking at this many of them usually fills the budget
FULL = 0.75  # of the budget: once a memory was left out for want of room, a shorter one further down is not looked for

# Made once: it is asked in every turn, and putting a statement together costs more than this one's answer.
VERSIONS = sa.select(
    tables.keys.c.value, tables.keys.c.version, tables.keys.c.paused, tables.keys.c.suspended_at
).where(tables.keys.c.value.in_(sa.bindparam("keys", expanding=True)))
# What a memory is made of; digests and the like are not read here, nor metadata, which no prompt shows.
NOT_READ = frozenset({"digest", "team", "metadata", *tables.MINHASHES})
RECALLED = (*(column for column in tables.memories.c if column.name not in NOT_READ), sa.null().label("metadata"))
Placed = TypeVar("Placed", Memory, sa.Row[Any])  # what has a place in the order of recall
PLACED = tuple(tables.memories.c[name] for name in ("pinned", "priority", "created_at", "number", "id"))


@dataclass(frozen=True, slots=True)
class Recalled:
    """The memories for a turn in their order, the block that shows them, and the first of those that stayed out.

    The memories come without their metadata.
    """

    memories: tuple[Memory, ...] = ()
    block: str = ""
    tokens: int = 0
    left_out: tuple[LeftOut, ...] = ()

    @property
    def weight(self) -> int:
        """About how many bytes it takes."""
        texts = sum(sys.getsizeof(memory.text) + MEMORY_BYTES for memory in self.memories)
        return sys.getsizeof(self.block) + texts + LEFT_OUT_BYTES * len(self.left_out)


NOTHING = Recalled()


@dataclass(frozen=True, slots=True)
class _Kept:
    versions: tuple[tuple[str, int], ...]
    until: datetime | None
    recalled: Recalled


class _Blocks:
    """Finished blocks by audience, the least recently used first: at most CACHED_AUDIENCES, and CACHED_BYTES in all."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Audience, _Kept] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, audience: Audience, versions: tuple[tuple[str, int], ...], now: datetime) -> Recalled | None:
        """What was finished for this audience, if it is still true."""
        kept = self._kept.get(audience)
        if kept is None or kept.versions != versions or (kept.until and now >= kept.until):
            return None
        self._kept.move_to_end(audience)
        return kept.recalled

    def keep(self, audience: Audience, kept: _Kept) -> None:
        self.drop(audience)
        self._kept[audience] = kept
        self.bytes += kept.recalled.weight
        while len(self._kept) > CACHED_AUDIENCES or self.bytes > CACHED_BYTES:
            self.drop(next(iter(self._kept)))

    def drop(self, audience: Audience) -> None:
        if kept := self._kept.pop(audience, None):
            self.bytes -= kept.recalled.weight

    def forget(self, key: Key) -> None:
        """Drop every block that may hold words of this key, or of any key of this workspace."""
        for audience in [each for each in self._kept if each.concerns(key)]:
            self.drop(audience)


class Recall:
    """Recalls memories. It keeps finished blocks, and asks the database each time whether they are still true."""

    def __init__(self, database: Database, *, budget: int, clock: Clock = utc_now) -> None:
        self._database = database
        self._budget = budget
        self._now = clock
        self._blocks = _Blocks()

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
            if kept := self._blocks.get(audience, versions, now):
                return kept
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
        self._blocks.keep(audience, _Kept(versions, min(ends, default=None), recalled))
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
        self._blocks.forget(key)

    async def _candidates(
        self, connection: AsyncConnection, allowed: Sequence[tuple[Key, Visibility]], now: datetime, most: int
    ) -> list[Memory]:
        """The first `most` memories of all that are allowed, in the order of recall."""
        query = _firsts(tuple(visibility for _, visibility in allowed))
        keys = {f"key{place}": key.value for place, (key, _) in enumerate(allowed)}
        rows = await connection.execute(query, keys | {"now": now, "most": most})
        return rank([from_row(row) for row in rows])[:most]

    async def _kept_out(
        self, connection: AsyncConnection, allowed: Sequence[tuple[Key, Visibility]], now: datetime, *, alone: bool
    ) -> list[LeftOut]:
        """The first memories of these keys that may not go in, whatever the budget, in the order of recall."""
        keys = dict.fromkeys(key.value for key, _ in allowed)
        asked = {f"key{place}": key for place, key in enumerate(keys)}
        rows = rank((await connection.execute(_kept_out(len(keys), alone=alone), asked | {"now": now})).all())
        so_far: Counter[Why] = Counter()
        first = []
        for row in rows:
            so_far[row.why] += 1
            if so_far[row.why] <= MOST_LEFT_OUT:
                first.append(LeftOut(row.id, row.why))
        return first


def _now() -> sa.BindParameter[Any]:
    return sa.bindparam("now", type_=tables.memories.c.expires_at.type)


@cache  # putting it together costs more than its answer
def _firsts(visibilities: tuple[Visibility, ...]) -> sa.CompoundSelect[Any]:
    """Asks for the first `most` memories of each pair: of `key0` with the first of these visibilities, and so on."""
    columns, now = tables.memories.c, _now()
    firsts = (
        sa.select(*RECALLED)
        .where(columns.key == sa.bindparam(f"key{place}"), sa.not_(columns.disabled), columns.visibility == visibility)
        .where(sa.or_(columns.expires_at.is_(None), columns.expires_at > now))
        .order_by(*RECALL_ORDER)
        .limit(sa.bindparam("most", type_=sa.Integer))
        for place, visibility in enumerate(visibilities)
    )
    return sa.union_all(*(sa.select(first.subquery()) for first in firsts))


@cache
def _kept_out(keys: int, *, alone: bool) -> sa.CompoundSelect[Any]:
    """Asks for the first that may not go in, of each key (`key0` and so on) and of each kind: their ids and places."""
    columns, now = tables.memories.c, _now()
    on = sa.not_(columns.disabled)
    kinds: dict[Why, tuple[sa.ColumnElement[bool], ...]] = {
        "disabled": (columns.disabled,),
        "expired": (on, columns.expires_at.is_not(None), columns.expires_at <= now),
    }
    if not alone:
        kinds["expired"] += (columns.visibility == "open",)
        kinds["private here"] = (on, columns.visibility == "private")
    firsts = (
        sa.select(*PLACED, sa.literal(why).label("why"))
        .where(columns.key == sa.bindparam(f"key{place}"), *conditions)
        .order_by(*RECALL_ORDER)
        .limit(MOST_LEFT_OUT)
        for place in range(keys)
        for why, conditions in kinds.items()
    )
    return sa.union_all(*(sa.select(first.subquery()) for first in firsts))


def rank(memories: Sequence[Placed]) -> list[Placed]:
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
