"""Ends an answer while the model still speaks: at once in this process, within about a second in another replica's.

Who asked presses Stop in Slack. That is marked on the turn, in the database, and told to whoever is answering here;
each answering process also looks at the mark of its own turns. So it does not matter which replica Slack told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from memory.errors import StorageFailed
from memory.turns import Thread, Turns

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Stops:
    """The answers under way in this process, by the event that they answer."""

    _under_way: dict[str, asyncio.Event] = field(default_factory=dict)

    async def stop(self, turns: Turns, thread: Thread, user: str, before: str) -> bool:
        """Stop what this person had asked for there before a moment (a ts of Slack's). Raises StorageFailed.

        Returns whether there was anything. Doing it again, or when the answer is whole, changes nothing.
        """
        stopped = await turns.stop(thread, user, before)
        for event_id in stopped:
            if under_way := self._under_way.get(event_id):
                under_way.set()
        return bool(stopped)

    @asynccontextmanager
    async def watched(self, turns: Turns, event_id: str) -> AsyncIterator[asyncio.Event]:
        """Yield what is set when this answer is to be stopped."""
        stopped = self._under_way[event_id] = asyncio.Event()
        looking = asyncio.create_task(_look(turns, event_id, stopped))
        try:
            yield stopped
        finally:
            del self._under_way[event_id]
            looking.cancel()


async def _look(turns: Turns, event_id: str, stopped: asyncio.Event) -> None:
    while not stopped.is_set():
        try:
            if await turns.is_stopped(event_id):
                stopped.set()
        except StorageFailed as error:
            log.info("Whether an answer was stopped could not be read (%s)", type(error.__cause__ or error).__name__)
        await asyncio.sleep(LOOK_EVERY)


async def until(stopped: asyncio.Event, pieces: AsyncGenerator[str]) -> AsyncGenerator[str]:
    """Yield the pieces as they come, none ahead of the one that was taken, until `stopped` is set.

    Then what makes them is cancelled, which ends the model's own call. All of that happens in one task, as the model's
    timeouts need it. Raises what the pieces raise.
    """
    heard: asyncio.Queue[str | None] = asyncio.Queue()

    async def listen() -> None:
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    heard.put_nowait(piece)
                    await heard.join()
        finally:
            heard.put_nowait(None)

    async def interrupt() -> None:
        await stopped.wait()
        listening.cancel()
        heard.put_nowait(None)

    listening, interrupting = asyncio.create_task(listen()), asyncio.create_task(interrupt())
    try:
        while (piece := await heard.get()) is not None and not stopped.is_set():
            yield piece
            heard.task_done()
        if not stopped.is_set():
            await listening
    finally:
        interrupting.cancel()
        listening.cancel()
        await asyncio.gather(listening, interrupting, return_exceptions=True)
