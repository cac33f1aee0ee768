"""The turns: what was asked and answered in each thread, and which memories each answer was given.

They are the transcript that a later answer sees, so that Slack is not read again. A turn holds ids of memories and no
text of theirs: what is deleted is not kept here either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from memory.database.batches import delete_in_batches, in_order
from memory.database.open import Database
from memory.database.tables import inbox
from memory.database.tables import turns as table
from memory.models import LeftOut
from memory.store import rates
from memory.store.rates import UNLIMITED, Rates
from memory.store.store import MemoryStore
from memory.text.tokens import token_count

MOST_TURNS = 30
TRANSCRIPT_TOKENS = 6000
COUNTED_AT_ONCE = 500
TOLD = tuple(column for column in table.c if column.name != "left_out")  # it is long, and no prompt tells of it


# An answer that failed, or was given up, is over although it never was whole: its event is worked off.
UNDER_WAY = (
    table.c.answer.is_(None),
    sa.exists().where(inbox.c.event_id == table.c.event_id, inbox.c.state.in_(("pending", "running"))),
)


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a conversation takes place."""

    team: str
    channel: str
    ts: str


Feedback = Literal["up", "down"]
"""What who asked thinks of the answer."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message in, one answer out. `answer` is None until the model has finished."""

    event_id: str
    thread: Thread
    user: str
    message_ts: str
    question: str
    given: tuple[str, ...]
    created_at: datetime
    left_out: tuple[LeftOut, ...] = ()
    answer: str | None = None
    answer_ts: tuple[str, ...] = ()  # of its messages in Slack
    stopped: bool = False  # who asked wants no more of it
    feedback: Feedback | None = None


@dataclass(frozen=True, slots=True)
class Turns:
    """Keeps turns in the database, and counts how often the model is asked. Every method may raise StorageFailed."""

    database: Database
    answers: Rates = UNLIMITED

    async def begin(self, turn: Turn) -> None:
        """Write down that the model is about to be asked, and with which memories; after a crash, with which now.

        Raises TooOften, and keeps nothing, when this is one too many. One that is begun again is not counted again.
        """
        values: dict[str, Any] = {
            "event_id": turn.event_id,
            "team": turn.thread.team,
            "channel": turn.thread.channel,
            "thread_ts": turn.thread.ts,
            "user": turn.user,
            "message_ts": turn.message_ts,
            "question": _storable(turn.question),
            "given": list(turn.given),
            "left_out": [list(one) for one in turn.left_out],
            "counted": False,
            "created_at": turn.created_at,
        }
        statement = self.database.insert(table).values(values).on_conflict_do_nothing().returning(table.c.event_id)
        same = table.c.event_id == turn.event_id
        again = {name: values[name] for name in ("given", "left_out")}
        async with self.database.transaction() as tx:
            if await tx.scalar(statement):
                await rates.count(
                    tx,
                    self.database.insert,
                    "answers",
                    self.answers,
                    team=turn.thread.team,
                    user=turn.user,
                    now=turn.created_at,
                )
            else:  # and not `counted`: it is one turn, however often it is begun
                await tx.execute(sa.update(table).where(same).values(again))

    async def get(self, event_id: str) -> Turn | None:
        """Return the turn of an event, if it got as far as the model."""
        async with self.database.reading() as connection:
            row = (await connection.execute(sa.select(table).where(table.c.event_id == event_id))).first()
        return _turn(row) if row else None

    async def answering(self, event_id: str, stamps: Sequence[str]) -> None:
        """Keep where the answer's messages stand, as soon as Slack has named them: a restart finishes it there."""
        await self._set(event_id, answer_ts=" ".join(stamps))

    async def answered(self, event_id: str, answer: str) -> None:
        """Keep the whole answer, before Slack is told that it is whole."""
        await self._set(event_id, answer=_storable(answer))

    async def stop(self, thread: Thread, user: str, before: str) -> tuple[str, ...]:
        """Mark the answers that this person had asked for in a thread before a moment, and that are being given.

        Returns their events. `before` is a ts of Slack's: a stop that arrives late ends no later answer.
        """
        asked = (*_in(thread), table.c.user == user, table.c.message_ts < before, *UNDER_WAY)
        async with self.database.transaction() as tx:
            marked = sa.update(table).where(in_order(table, *asked)).values(stopped=True).returning(table.c.event_id)
            return tuple(await tx.scalars(marked))

    async def under_way(self, thread: Thread, before: str) -> bool:
        """Whether anybody's answer here, asked for before a moment, is still being given."""
        where = (*_in(thread), table.c.message_ts < before, *UNDER_WAY)
        async with self.database.reading() as connection:
            return bool(await connection.scalar(sa.select(sa.exists().where(*where))))

    async def is_stopped(self, event_id: str) -> bool:
        """Whether who asked wants no more of this answer."""
        query = sa.select(table.c.stopped).where(table.c.event_id == event_id)
        async with self.database.reading() as connection:
            return bool(await connection.scalar(query))

    async def rate(self, event_id: str, team: str, user: str, feedback: Feedback) -> bool:
        """Keep what this person thinks of an answer; return whether it was theirs to rate."""
        theirs = (table.c.event_id == event_id, table.c.team == team, table.c.user == user)
        async with self.database.transaction() as tx:
            rated = sa.update(table).where(*theirs).values(feedback=feedback).returning(table.c.event_id)
            return await tx.scalar(rated) is not None

    async def _set(self, event_id: str, **values: str) -> None:
        async with self.database.transaction() as tx:
            await tx.execute(sa.update(table).where(table.c.event_id == event_id).values(**values))

    async def transcript(self, thread: Thread) -> list[Turn]:
        """Return the thread's answered turns, oldest first: the newest that fit into TRANSCRIPT_TOKENS.

        They come without what stayed out of them.
        """
        query = (
            sa.select(*TOLD)
            .where(*_in(thread), table.c.answer.is_not(None))
            .order_by(table.c.created_at.desc(), table.c.message_ts.desc())
            .limit(MOST_TURNS)
        )
        async with self.database.reading() as connection:
            newest = [_turn(row) for row in await connection.execute(query)]
        room, fitting = TRANSCRIPT_TOKENS, []
        for turn in newest:
            room -= token_count(turn.question) + token_count(turn.answer or "")
            if room < 0:
                break
            fitting.append(turn)
        return fitting[::-1]

    async def takes_part(self, thread: Thread) -> bool:
        """Whether the bot has taken a turn in this thread, answered or not."""
        async with self.database.reading() as connection:
            return bool(await connection.scalar(sa.select(sa.exists().where(*_in(thread)))))

    async def spoken_in(self, team: str, channel: str) -> bool:
        """Whether the bot has taken a turn in this channel, so that it surely was in it."""
        here = table.c.team == team, table.c.channel == channel
        async with self.database.reading() as connection:
            return bool(await connection.scalar(sa.select(sa.exists().where(*here))))

    async def last(self, team: str, channel: str, user: str, thread_ts: str | None) -> Turn | None:
        """Return the newest turn of this person here: in the thread if one is named, else in the whole conversation."""
        here = [table.c.team == team, table.c.channel == channel, table.c.user == user]
        if thread_ts:
            here.append(table.c.thread_ts == thread_ts)
        query = sa.select(table).where(*here).order_by(table.c.created_at.desc(), table.c.message_ts.desc()).limit(1)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).first()
        return _turn(row) if row else None

    async def newest(self, team: str) -> Turn | None:
        """Return the newest turn of a workspace."""
        query = sa.select(table).where(table.c.team == team).order_by(table.c.created_at.desc()).limit(1)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).first()
        return _turn(row) if row else None

    async def count_applied(self, store: MemoryStore) -> int:
        """Move what turns were given into the memories' `times_applied`, and return how many turns that was.

        One transaction marks the turns and moves the numbers: a crash counts nothing twice, and loses nothing.
        """
        query = sa.select(table.c.event_id, table.c.given, table.c.created_at).where(sa.not_(table.c.counted))
        async with self.database.reading() as connection:
            if not (await connection.execute(query.limit(1))).first():
                return 0
        async with self.database.transaction() as tx:
            rows = (await tx.execute(query.limit(COUNTED_AT_ONCE).with_for_update(skip_locked=True))).all()
            moments: dict[str, list[datetime]] = defaultdict(list)
            for row in rows:
                for memory_id in row.given:
                    moments[memory_id].append(row.created_at)
            await store.count_applied(tx, {each: (len(times), max(times)) for each, times in moments.items()})
            done = [row.event_id for row in rows]
            await tx.execute(sa.update(table).where(table.c.event_id.in_(done)).values(counted=True))
        return len(rows)

    async def count_all_applied(self, store: MemoryStore) -> None:
        """Count until every turn is counted."""
        while await self.count_applied(store):
            pass

    async def forget_before(self, moment: datetime) -> None:
        """Delete the turns that are older, some at once."""
        await delete_in_batches(self.database, table, table.c.created_at < moment, table.c.counted)
        await self.database.scrub()


def _in(thread: Thread) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.team == thread.team, table.c.channel == thread.channel, table.c.thread_ts == thread.ts


def _storable(text: str) -> str:
    """The text without what PostgreSQL (NUL) or UTF-8 (half a surrogate pair) cannot hold."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _turn(row: sa.Row[Any]) -> Turn:
    return Turn(
        event_id=row.event_id,
        thread=Thread(row.team, row.channel, row.thread_ts),
        user=row.user,
        message_ts=row.message_ts,
        question=row.question,
        given=tuple(row.given),
        created_at=row.created_at,
        left_out=tuple(LeftOut(*each) for each in row._mapping.get("left_out") or ()),
        answer=row.answer,
        answer_ts=tuple((row.answer_ts or "").split()),
        stopped=row.stopped,
        feedback=row.feedback,
    )
