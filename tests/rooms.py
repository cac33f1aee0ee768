"""How long the tests of each room took: what `make test` says at its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Report(Protocol):
    """What pytest reports of one phase of a test: its set-up, the test itself, or its end. `duration` in seconds."""

    nodeid: str
    duration: float


@dataclass(frozen=True, slots=True)
class Room:
    """A folder of tests, how many of them were run, and how long they took together."""

    folder: str
    tests: int
    seconds: float


def rooms(reports: Iterable[Report]) -> list[Room]:
    """The rooms, the slowest first. The seconds of tests that ran side by side are added up."""
    tests: dict[str, set[str]] = {}
    seconds: dict[str, float] = {}
    for report in reports:
        folder = report.nodeid.partition("::")[0].rpartition("/")[0]
        tests.setdefault(folder, set()).add(report.nodeid)
        seconds[folder] = seconds.get(folder, 0.0) + report.duration
    return sorted((Room(each, len(tests[each]), seconds[each]) for each in tests), key=lambda room: -room.seconds)


def lines(found: Sequence[Room]) -> list[str]:
    """A line for each room, and one for all of them."""
    whole = Room("all", sum(room.tests for room in found), sum(room.seconds for room in found))
    return [f"{room.seconds:8.1f} s {room.tests:6d} tests  {room.folder}" for room in (*found, whole)]
