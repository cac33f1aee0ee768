"""What is said at the end of a run about how long its parts took."""

from __future__ import annotations

from dataclasses import dataclass

from tests.rooms import Room, lines, rooms


@dataclass
class Reported:
    nodeid: str
    duration: float


REPORTS = [
    Reported("tests/bot/slack/test_http.py::test_a[x::y/z]", 0.5),
    Reported("tests/bot/slack/test_http.py::test_a[x::y/z]", 1.0),
    Reported("tests/bot/slack/test_inbox.py::test_b", 2.0),
    Reported("tests/test_docs.py::test_c", 4.0),
]


def test_each_room_has_its_tests_and_seconds_the_slowest_first() -> None:
    assert rooms(REPORTS) == [Room("tests", 1, 4.0), Room("tests/bot/slack", 2, 3.5)]


def test_the_last_line_is_the_sum() -> None:
    assert [line.split() for line in lines(rooms(REPORTS))] == [
        ["4.0", "s", "1", "tests", "tests"],
        ["3.5", "s", "2", "tests", "tests/bot/slack"],
        ["7.5", "s", "3", "tests", "all"],
    ]


def test_a_run_of_nothing_says_so() -> None:
    assert lines(rooms([])) == ["     0.0 s      0 tests  all"]
