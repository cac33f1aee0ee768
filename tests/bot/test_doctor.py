"""`python -m bot doctor`: one line for each check and fault, 0 or 1, and neither a secret nor a text."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.maintenance import examined
from memory.database.open import open_database
from memory.store.store import MemoryStore
from tests.people import ANNA, saying


def doctor(monkeypatch: pytest.MonkeyPatch, folder: Path, url: str) -> int:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DATABASE_URL", url)
    return examined()


async def fill(url: str, statement: str = "") -> None:
    async with open_database(url) as database:
        for each in range(3):
            await MemoryStore(database).create(ANNA, saying(f"quokka {each}"))
        if statement:
            async with database.transaction() as tx:
                await tx.execute(sa.text(statement))


def test_all_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, database_url: str
) -> None:
    asyncio.run(fill(database_url))
    assert doctor(monkeypatch, tmp_path, database_url) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    checks = ("settings", "model", "database", "version", "schema", "counters", "audit log", "inbox", "notices")
    for check in (*checks, "purge"):
        assert sum(f" {check}: " in line for line in lines) == 1, check
    assert "quokka" not in str(lines)


def test_a_fault_is_told_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, database_url: str
) -> None:
    asyncio.run(fill(database_url, "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)"))
    assert doctor(monkeypatch, tmp_path, database_url) == 1
    faults = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAULT")]
    assert faults == ["FAULT audit log: T1: it ends after 2 rows, and 3 were written"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_it_runs_beside_the_bot_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str
) -> None:
    async def beside() -> int:
        async with open_database(database_url, alone=True) as database:
            await MemoryStore(database).create(ANNA, saying("tea"))
            before = (tmp_path / "membot.db").read_bytes()
            code = await asyncio.to_thread(doctor, monkeypatch, tmp_path, database_url)
            assert (tmp_path / "membot.db").read_bytes() == before
            await MemoryStore(database).create(ANNA, saying("milk"))
            return code

    assert asyncio.run(beside()) == 0


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_damaged_file_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, database_url: str
) -> None:
    asyncio.run(fill(database_url))
    file = tmp_path / "membot.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * 4096 + whole[8192:])
    assert doctor(monkeypatch, tmp_path, database_url) == 1
    assert "FAULT" in capsys.readouterr().out


def test_a_new_installation_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert doctor(monkeypatch, tmp_path, "sqlite+aiosqlite:///membot.db") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == [
        "ok    model: demo is set up",
        "ok    database: there is no file membot.db yet; the bot makes it when it starts",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_place_where_no_database_can_be_made_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert doctor(monkeypatch, tmp_path, f"sqlite+aiosqlite:///{tmp_path}/nowhere/membot.db") == 1
    assert f"FAULT database: there is no folder {tmp_path}/nowhere" in capsys.readouterr().out


def test_a_model_that_is_not_set_up_is_a_fault_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked: list[tuple[str, str | None, str | None]] = []

    def fault(name: str, *, api_base: str | None, api_key: str | None) -> str:
        asked.append((name, api_base, api_key))
        return "X_API_KEY is not set"

    monkeypatch.setattr("bot.maintenance.setup_fault", fault)
    monkeypatch.setenv("LLM_MODEL", "x/y")
    assert doctor(monkeypatch, tmp_path, "sqlite+aiosqlite:///membot.db") == 1
    assert "FAULT model: X_API_KEY is not set" in capsys.readouterr().out.splitlines()
    assert asked == [("x/y", None, None)]


def test_settings_that_cannot_be_read_are_named_without_their_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "hunter2")
    assert doctor(monkeypatch, tmp_path, "sqlite+aiosqlite:///membot.db") == 1
    assert capsys.readouterr().out == "FAULT settings: SLACK_BOT_TOKEN must start with xoxb-.\n"
