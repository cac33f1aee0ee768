"""`python -m bot migrate`: what every start does to the tables, and what it leaves for `--post`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.maintenance import examined, migrated
from tests.memory.database.test_upgrades import BEFORE, left_by


def test_migrate_does_what_may_be_done_yet_and_post_the_rest(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    new_database_url: str,
    backend: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", new_database_url)
    asyncio.run(left_by(new_database_url, BEFORE))
    assert migrated(post=False) == 0
    assert "up to date" in capsys.readouterr().out
    assert examined() == 0
    assert ("0010_post_whose_open_events" in capsys.readouterr().out) == (backend == "postgresql")
    assert migrated(post=True) == 0
    capsys.readouterr()
    assert examined() == 0
    assert "_post_" not in capsys.readouterr().out


def test_a_database_that_cannot_be_opened_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/missing/membot.db")
    assert migrated(post=True) == 1
    assert "there is no folder" in capsys.readouterr().err
