"""Waiting for what has to happen: as short as it takes, and with a limit that only a failure meets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from inspect import isawaitable

PATIENCE = 60.0  # seconds: generous, for the machine may be busy


async def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Return as soon as what is asked, or what comes of awaiting it, is true. Raises TimeoutError after so long."""
    async with asyncio.timeout(seconds):
        while True:
            answer = holds()
            if await answer if isawaitable(answer) else answer:
                return
            await asyncio.sleep(0.01)
