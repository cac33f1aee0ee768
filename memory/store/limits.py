"""What the operator decided about the store."""

from __future__ import annotations

from dataclasses import dataclass

from memory.store.rates import UNLIMITED, Rates


@dataclass(frozen=True, slots=True)
class Limits:
    """Memories per key, whether admins read private texts without a reason, and how often something may be saved and
    asked."""

    per_key: int = 1000
    full_review: bool = False
    saves: Rates = UNLIMITED
    answers: Rates = UNLIMITED
