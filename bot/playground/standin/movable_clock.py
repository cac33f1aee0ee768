"""The clock of the stand-in workspace, which a test can put forward."""

from __future__ import annotations

import time


class MovableClock:
    """Real time plus what it was put forward by; every `ts` it gives is later than the one before."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._last = 0

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds

    def ts(self) -> str:
        """A message's timestamp, unique and growing: `1763690000.000100`."""
        micros = self._tick()
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def id(self, prefix: str) -> str:
        """A new id such as `Ev63F1A…`, never given twice, not even after a restart."""
        return f"{prefix}{self._tick():X}"

    def _tick(self) -> int:
        self._last = max(int(self.now() * 1_000_000), self._last + 1)
        return self._last
