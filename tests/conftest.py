"""What every test may ask for: a database of its own on SQLite and on PostgreSQL, and a clean environment."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

import bot.settings
import memory.settings
from memory.database.open import Database, open_database
from memory.store.store import MemoryStore
from tests import postgres

OURS = {variable.name for variable in (*memory.settings.VARIABLES, *bot.settings.VARIABLES)}
PROVIDERS = ("_API_KEY", "_API_BASE", "_API_VERSION")


@pytest.fixture(autouse=True)
def clean_environment() -> Iterator[None]:
    """Keep what the person's shell says about a bot out of the tests, and what one test sets out of the next."""
    with patch.dict(os.environ):
        for name in list(os.environ):
            variable = name.removesuffix("_FILE")
            if variable in OURS or variable.endswith(PROVIDERS):
                del os.environ[name]
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One PostgreSQL database for the whole run, so that its tables are made once."""
    with postgres.new_database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: each runs on both."""
    return str(request.param)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The DATABASE_URL of a database without rows."""
    if backend == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'membot.db'}"
    url = str(request.getfixturevalue("postgres_url"))
    postgres.empty_tables(url)
    return url


@pytest.fixture
def new_database_url(backend: str, tmp_path: Path) -> Iterator[str]:
    """The DATABASE_URL of a database without tables."""
    if backend == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
        return
    with postgres.new_database() as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database without rows."""
    async with open_database(database_url) as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> MemoryStore:
    """A store that is empty."""
    return MemoryStore(database)
