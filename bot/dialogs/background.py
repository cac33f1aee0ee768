"""Work that goes on after Slack got its answer, and that can be waited for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

log = logging.getLogger(__name__)


class Background:
    """Tasks that are under way."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Begin it. Its errors are logged."""
        task = asyncio.create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def done(self) -> None:
        """Return when all of it is done, or has failed."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    async def end(self, seconds: float) -> None:
        """Wait for it so many seconds, and cancel what is not done by then: Slack may let one wait for minutes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.done()
        if late := tuple(self._tasks):
            log.warning("%d answers to clicks were given up at the end", len(late))
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def _logged(work: Coroutine[Any, Any, object]) -> None:
    try:
        await work
    except Exception:
        log.exception("Something in the background failed")
