"""Runs the parts one after the other, and shows what each has measured as soon as it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter

from benchmarks.measure import Figure, Skipped, line, table

Part = Callable[[bool], Awaitable[Sequence[Figure | Skipped]]]


def run(parts: Mapping[str, Part], quick: bool, tell: Callable[[str], None]) -> int:
    """Measure every part, and return the exit code: 1 if one of them failed, which stops no other.

    `tell` takes the rows of each part when it is done, and at the end the table of all.
    """
    figures: list[Figure] = []
    failed: list[str] = []
    for name, part in parts.items():
        begun = perf_counter()
        try:
            rows = asyncio.run(_measured(part, quick))
        except Exception as error:  # noqa: BLE001 - whatever a part fails with must not take the others' rows with it
            failed.append(f"{name} failed: {type(error).__name__}: {error}")
            tell(failed[-1])
            continue
        tell(f"{name}, {perf_counter() - begun:.0f} s")
        for row in rows:
            tell(f"  {line(row)}")
        figures += [row for row in rows if isinstance(row, Figure)]
    if figures:
        tell(f"\n{table(figures)}\n")
    for each in failed:
        tell(each)
    return 1 if failed else 0


async def _measured(part: Part, quick: bool) -> Sequence[Figure | Skipped]:
    return await part(quick)
