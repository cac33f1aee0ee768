"""The package: one version, and everything in it that the bot needs when it runs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import memory.database.migrations

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def project() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_changelog_begins_with_the_version_of_the_package(project: Any) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\] - (unreleased|\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)

    assert newest
    assert newest[1] == project["project"]["version"]


def test_every_package_that_the_wheel_takes_is_one(project: Any) -> None:
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert packages == ["bot", "memory"]
    for package in packages:
        folders = {path.parent for path in (ROOT / package).rglob("*.py")}
        assert all((folder / "__init__.py").is_file() or folder.name == "versions" for folder in folders)


def test_the_migrations_lie_inside_a_package_and_so_in_the_wheel() -> None:
    """Hatchling takes every file of a package that Git does not ignore."""
    folder = Path(memory.database.migrations.__file__).parent
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert folder == ROOT / "memory" / "database" / "migrations"
    assert (folder / "env.py").is_file()
    assert (folder / "script.py.mako").is_file()
    assert list((folder / "versions").glob("0001_*.py"))
    assert not [line for line in ignored if re.search(r"mako|migrations|versions|\*\.py$", line)]


def test_the_readme_and_the_licence_go_with_it(project: Any) -> None:
    assert (ROOT / project["project"]["readme"]).read_text(encoding="utf-8").startswith("# Membot\n")
    assert all((ROOT / name).is_file() for name in project["project"]["license-files"])
