"""Which functions of the project a conversation enters, in their order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parent.parent


@contextmanager
def walked() -> Iterator[list[str]]:
    """Yield the `file:function` of every call in this thread, as they happen; the playground's own are left out."""
    entered: list[str] = []
    names: dict[str, str | None] = {}

    def profile(frame: FrameType, event: str, _argument: Any) -> None:
        if event != "call":
            return
        code = frame.f_code
        if code.co_filename not in names:
            names[code.co_filename] = _own(code.co_filename)
        if file := names[code.co_filename]:
            entered.append(f"{file}:{code.co_qualname.replace('.<locals>', '')}")

    sys.setprofile(profile)
    try:
        yield entered
    finally:
        sys.setprofile(None)


def _own(filename: str) -> str | None:
    path = Path(filename)
    if not path.is_relative_to(ROOT):
        return None
    name = path.relative_to(ROOT).as_posix()
    return name if name.startswith(("bot/", "memory/")) and not name.startswith("bot/playground/") else None
