"""Measures fairly on a machine that others use too: two ways take turns, and what counts is their ratio."""

from __future__ import annotations

import math
import os
import platform
import sqlite3
import statistics
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib.metadata import version
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")
Name = TypeVar("Name", bound=Hashable)
LEGEND = (
    "measured, beside: the median of the rounds. ratio: measured / beside in the same round, the median "
    "(and the middle half) of the rounds."
)
LIBRARIES = ("sqlalchemy", "aiosqlite", "psycopg", "slack-bolt", "slack-sdk", "aiohttp")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table: what was measured, and beside it a floor or a peer of the same run."""

    figure: str
    where: str
    measured: str
    beside: str = ""
    ratio: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """What could not be measured here, and why: a tool is missing."""

    figure: str
    why: str


def line(row: Figure | Skipped) -> str:
    """One row, to be read before the table is there."""
    if isinstance(row, Skipped):
        return f"{row.figure}: skipped, {row.why}"
    told = (f"{row.figure} ({row.where})" if row.where else row.figure, row.measured, row.beside, row.ratio)
    return " | ".join(each for each in told if each)


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


async def taking_turns(
    arms: Mapping[str, Callable[[], Awaitable[T]]], rounds: int, *, warm_up: int = 1
) -> dict[str, list[T]]:
    """Run every arm once a round, each round in the opposite order, and return what each gave after the warm-up."""
    given: dict[str, list[T]] = {name: [] for name in arms}
    for number in range(rounds + warm_up):
        names = list(arms)
        for name in names if number % 2 == 0 else names[::-1]:
            result = await arms[name]()
            if number >= warm_up:
                given[name].append(result)
    return given


async def seconds_of(work: Callable[[], Awaitable[object]]) -> float:
    """How long the work takes, in seconds of wall clock."""
    begun = perf_counter()
    await work()
    return perf_counter() - begun


async def alternating(arms: Mapping[Name, Callable[[], Awaitable[object]]], times: int) -> dict[Name, list[float]]:
    """Call every arm so many times, one after the other and every second time in the opposite order: seconds each."""
    taken: dict[Name, list[float]] = {name: [] for name in arms}
    for number in range(times):
        for name in list(arms) if number % 2 == 0 else list(arms)[::-1]:
            taken[name].append(await seconds_of(arms[name]))
    return taken


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """The median of the rounds' ratios, and between which two the middle half of them lies."""
    each = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    low, middle, high = statistics.quantiles(each, n=4, method="inclusive")
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


def milliseconds(seconds: float) -> str:
    """A time for the table."""
    return f"{seconds * 1000:.2f} ms"


def load() -> str:
    """The load averages of 1, 5 and 15 minutes."""
    return " ".join(f"{each:.2f}" for each in os.getloadavg())


def versions(postgres: str | None) -> str:
    """What the figures were measured on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, PostgreSQL {postgres or 'none'}, "
        f"{libraries}; {os.cpu_count()} CPUs, {platform.system()} {platform.machine()}"
    )


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table with aligned columns."""
    names = [field.name for field in fields(Figure)]
    rows = [names, *([getattr(figure, name) for name in names] for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(names))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])
