"""Tells whoever watches the stand-in that something in it changed."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Changes:
    """A count of what changed, and a way to wait until it grows."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def happened(self) -> None:
        """Count a change and wake everybody who waits."""
        self.count += 1
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def after(self, count: int, patience: float) -> None:
        """Return when there was a change after `count`, or at the latest in `patience` seconds."""
        if self.count > count:
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        with suppress(TimeoutError):
            await asyncio.wait_for(waiting, patience)
        self._waiting.discard(waiting)
