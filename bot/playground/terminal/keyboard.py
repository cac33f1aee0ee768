"""Where a terminal's lines come from: a person at the keyboard, or a script."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TextIO

Show = Callable[[str], None]
Ask = Callable[[str], Awaitable[str | None]]


def keyboard(stream: TextIO, show: Show) -> Ask:
    """Lines from a stream: asked for with a prompt at a terminal; else a script, each line shown after its prompt."""

    async def typed(prompt: str) -> str | None:
        return await _in_thread(lambda: _input(prompt))

    async def scripted(prompt: str) -> str | None:
        line = await _in_thread(stream.readline)
        if line:
            show(prompt + line.rstrip("\n"))
        return line.rstrip("\n") if line else None

    return typed if stream.isatty() else scripted


def _input(prompt: str) -> str | None:
    try:
        return input(prompt)
    except EOFError:
        return None


async def _in_thread(read: Callable[[], str | None]) -> str | None:
    """Wait for a blocking read in a daemon thread, so that Ctrl-C does not wait for another key."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str | None] = loop.create_future()

    def finish(line: str | None) -> None:
        if not done.done():
            done.set_result(line)

    def work() -> None:
        line = read()
        if not loop.is_closed():
            loop.call_soon_threadsafe(finish, line)

    threading.Thread(target=work, daemon=True).start()
    return await done
