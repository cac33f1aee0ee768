"""Faults on order: what Slack should do wrong, for which Web API method, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

When = Literal["before", "after"]
Breakage = Literal["answer", "hang", "drop"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of failure. `when="after"`: the effect happens, and only the answer is lost or replaced.

    `breakage="hang"` never answers, `"drop"` cuts the connection; `delay` (seconds) comes before anything else.
    """

    error: str = "internal_error"
    status: int = 200
    retry_after: float | None = None
    when: When = "before"
    breakage: Breakage = "answer"
    delay: float = 0.0

    @property
    def name(self) -> str:
        return self.error if self.breakage == "answer" else self.breakage


class Faults:
    """Faults waiting for calls. The first that fits a method is used up by one call."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, Fault, int]] = []

    def add(  # noqa: PLR0913 - each keyword is one way to fail; a test names one or two of them
        self,
        method: str,
        *,
        error: str = "internal_error",
        status: int | None = None,
        retry_after: float | None = None,
        times: int = 1,
        hang: bool = False,
        drop: bool = False,
        after: bool = False,
        delay: float = 0.0,
    ) -> None:
        """Let the next `times` calls of `method` (`"*"`: of any) fail.

        `error="ratelimited"` answers 429 with `Retry-After`, other errors 200 unless `status` says otherwise. `delay`
        alone (`error=""`) makes a good answer come late.
        """
        limited = error == "ratelimited"
        fault = Fault(
            error=error,
            status=status or (429 if limited else 200),
            retry_after=retry_after if retry_after is not None or not limited else 1.0,
            when="after" if after else "before",
            breakage="hang" if hang else "drop" if drop else "answer",
            delay=delay,
        )
        self._waiting.append((method, fault, times))

    def take(self, method: str) -> Fault | None:
        for place, (wanted, fault, times) in enumerate(self._waiting):
            if wanted in (method, "*"):
                left = [(wanted, fault, times - 1)] if times > 1 else []
                self._waiting[place : place + 1] = left
                return fault
        return None

    def clear(self) -> None:
        self._waiting.clear()
