"""docs/map.md says where things are: every room stands on it, every name on it exists, and its walks are walked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.bot.conftest import Office
from tests.walks import walked

ROOT = Path(__file__).parents[2]
MAP = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(?P<file>(?:bot|memory|tests|docs|benchmarks)/[\w./-]+?)(?::(?P<name>[\w.]+))?`")
ROOM = re.compile(r"^\| `(?P<name>[\w/.]+)` \|", re.MULTILINE)
QUESTION = re.compile(r"^\| … [^|`]*(?:`[^`|]*`[^|`]*)*\? \| .*`.+`.* \|$", re.MULTILINE)
HOP = re.compile(r"^\d+\. `(?P<hop>[\w/]+\.py:[\w.]+)`", re.MULTILINE)


@pytest.fixture
def backend() -> str:
    """The way is the same on every database."""
    return "sqlite"


@cache
def names_in(path: Path) -> frozenset[str]:
    """The functions, classes, methods, fields and constants of a file."""
    return frozenset(_names(ast.parse(path.read_text(encoding="utf-8")).body))


def _names(body: Sequence[ast.stmt], inside: str = "") -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield f"{inside}{node.name}"
            case ast.ClassDef():
                yield f"{inside}{node.name}"
                yield from _names(node.body, f"{inside}{node.name}.")
            case ast.Assign():
                yield from (f"{inside}{each.id}" for each in node.targets if isinstance(each, ast.Name))
            case ast.AnnAssign(target=ast.Name() as target):
                yield f"{inside}{target.id}"


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", MAP, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def hops(title: str) -> list[str]:
    return [match["hop"] for match in HOP.finditer(section(title))]


@pytest.mark.parametrize("named", sorted({match.group() for match in NAMED.finditer(MAP)}))
def test_every_name_on_the_map_exists(named: str) -> None:
    match = NAMED.fullmatch(named)
    assert match
    path = ROOT / match["file"]
    assert path.exists(), named
    assert not match["name"] or match["name"] in names_in(path), named


@pytest.mark.parametrize("top", ["bot", "memory"])
def test_every_room_stands_on_the_map_and_no_other(top: str) -> None:
    seen = {f"{top}/{each.name}" for each in (ROOT / top).iterdir() if each.is_dir() or each.suffix == ".py"} - {
        f"{top}/__pycache__",
        f"{top}/__init__.py",
    }
    told = {match["name"].rstrip("/") for match in ROOM.finditer(section(f"The rooms of {top}/"))}
    assert told == seen


def test_the_map_answers_what_a_newcomer_asks() -> None:
    assert len(QUESTION.findall(section("Where do I …"))) >= 25


def walk(expected: Sequence[str], entered: Sequence[str]) -> list[str]:
    """The hops that were not entered, each after the one before it."""
    rest, calls = list(expected), iter(entered)
    for call in calls:
        if rest and call == rest[0]:
            rest = rest[1:]
    return rest


async def test_a_message_goes_the_way_that_the_map_shows(office: Office) -> None:
    with walked() as entered:
        await office.person("bob").say("remember: I like tea\nHow do rockets work?")
        await office.settled()
    assert not walk(hops("The way of one message"), entered)


async def test_a_click_goes_the_way_that_the_map_shows(office: Office) -> None:
    bob = office.person("bob")
    await office.say("bob", "remember: I like tea")
    await bob.command("/memory", "")
    await office.settled()
    disable = next(button for button in bob.buttons(bob.views[-1]) if button.label == "Disable")
    with walked() as entered:
        await office.click("bob", disable)
    assert not walk(hops("The way of one click"), entered)
