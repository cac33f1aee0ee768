"""A clock for the tests of the store: it stands still until a test puts it forward."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()
