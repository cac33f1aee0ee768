"""The figures: each part is shown when it is there, and one that fails or has no tools takes no other with it."""

from __future__ import annotations

import pytest

from benchmarks import page
from benchmarks.measure import Figure, Skipped
from benchmarks.run import run

TEA = Figure("tea", "SQLite", "2 ms", "water 1 ms", "2.00")
MATE = Figure("mate", "", "3 ms")


async def tea(_quick: bool) -> list[Figure]:
    return [TEA]


async def mate(_quick: bool) -> list[Figure | Skipped]:
    return [Skipped("rum", "there is no bottle"), MATE]


async def broken(_quick: bool) -> list[Figure]:
    raise ModuleNotFoundError("No module named 'kettle'")


def test_the_rows_of_a_part_are_told_before_the_next_begins() -> None:
    told: list[str] = []

    async def late(_quick: bool) -> list[Figure]:
        assert told == ["tea, 0 s", "  tea (SQLite) | 2 ms | water 1 ms | 2.00"]
        return [MATE]

    assert run({"tea": tea, "late": late}, True, told.append) == 0
    assert told[2:4] == ["late, 0 s", "  mate | 3 ms"]


def test_what_was_measured_is_in_the_table_at_the_end() -> None:
    told: list[str] = []
    assert run({"tea": tea, "mate": mate}, True, told.append) == 0
    names = [row.split("|")[1].strip() for row in told[-1].strip().splitlines()]
    assert names[2:] == ["tea", "mate"]


def test_a_part_that_fails_is_told_at_once_and_at_the_end_and_the_others_are_measured() -> None:
    told: list[str] = []
    assert run({"broken": broken, "tea": tea}, True, told.append) == 1
    assert told[0] == told[-1] == "broken failed: ModuleNotFoundError: No module named 'kettle'"
    assert "| tea " in told[-2]


def test_what_cannot_be_measured_here_says_why_and_is_no_failure() -> None:
    told: list[str] = []
    assert run({"mate": mate}, True, told.append) == 0
    assert told[1:3] == ["  rum: skipped, there is no bottle", "  mate | 3 ms"]
    assert "rum" not in told[-1]


def test_where_every_part_fails_there_is_no_table() -> None:
    told: list[str] = []
    assert run({"broken": broken}, True, told.append) == 1
    assert len(told) == 2


@pytest.mark.parametrize(
    ("installed", "chromium", "why"),
    [
        (False, "/usr/bin/env", "Playwright is not installed (make .venv/.installed-e2e)"),
        (True, "/no/such/browser", "there is no Chromium at /no/such/browser; CHROMIUM names another place"),
        (True, "/usr/bin/env", ""),
    ],
)
def test_a_page_without_a_browser_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, installed: bool, chromium: str, why: str
) -> None:
    monkeypatch.setattr(page, "find_spec", lambda _name: object() if installed else None)
    monkeypatch.setattr(page, "CHROMIUM", chromium)
    assert page.no_browser() == why
