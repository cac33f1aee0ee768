"""What is told when the memory refuses: its sentence, and what to type in Slack instead. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from memory.errors import MemoryPaused, MemoryStoreError, ReasonRequired

WITH_A_REASON = {"read": "show", "disable": "disable", "delete": "delete"}

# The memory knows nothing of Slack's commands: which of them helps is told here, for every way in which one is refused.
HINTS: Mapping[type[Exception], Callable[[Any], str]] = {
    MemoryPaused: lambda _: "Switch it on with `/memory resume`.",
    ReasonRequired: lambda error: f"Say it so: `/memory admin {WITH_A_REASON[error.verb]} {error.memory_id} <reason>`.",
}


def why_refused(error: MemoryStoreError) -> str:
    """Why not, in a sentence or two, as plain text."""
    hint = HINTS.get(type(error))
    return f"{error} {hint(error)}" if hint else str(error)
