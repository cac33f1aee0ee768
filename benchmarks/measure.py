"""Measures fairly on a machine that others use too: two ways take turns, and what counts is their ratio."""

from __future__ import annotations

import math
import os
import platform
import sqlite3
import statistics
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib.metadata import version
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")
LIBRARIES = ("sqlalchemy", "aiosqlite", "psycopg", "slack-bolt", "slack-sdk", "aiohttp")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. `beside` is the floor or the peer of the same run; `ratio` is measured / beside."""

    figure: str
    where: str
    measured: str
    beside: str = ""
    ratio: str = ""


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


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """The median of the rounds' ratios, and the least and the greatest of them."""
    each = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return f"{statistics.median(each):.2f} ({min(each):.2f}-{max(each):.2f})"


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
