"""What every test may ask for: a database of its own on SQLite and on PostgreSQL, and a clean environment.

At the end of a run it says how long each room took. Hypothesis draws other examples in each run, and keeps what failed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase

import bot.settings
import memory.settings
from memory.database.migrations import advance
from memory.database.open import Database, open_database
from memory.store.store import MemoryStore
from tests import postgres
from tests.rooms import lines, rooms

OURS = {variable.name for variable in (*memory.settings.VARIABLES, *bot.settings.VARIABLES)}
PROVIDERS = ("_API_KEY", "_API_BASE", "_API_VERSION")
FAILED = DirectoryBasedExampleDatabase(".hypothesis/examples")

# The same everywhere, and no limit in time: hypothesis would choose others where it finds that it runs in CI.
settings.register_profile("ours", derandomize=False, deadline=None, print_blob=True, database=FAILED)
settings.load_profile("ours")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long each room took."""
    reports = [each for some in terminalreporter.stats.values() for each in some if isinstance(each, pytest.TestReport)]
    terminalreporter.section("seconds and tests by room")
    for line in lines(rooms(reports)):
        terminalreporter.write_line(line)


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
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, made once for the whole run: to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "membot.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One PostgreSQL database for the whole run, so that its tables are made once. It has the rows of earlier tests."""
    with postgres.new_database() as url:
        migrate(url)
        yield url


def migrate(url: str) -> None:
    """Make the tables, and let SQLite's file be as the bot would have made it."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        advance(connection, post=True)  # a new database is made whole at once
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: each runs on both."""
    return str(request.param)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest) -> str:
    """The DATABASE_URL of a database without rows."""
    return str(request.getfixturevalue(f"{backend}_database_url"))


@pytest.fixture
def sqlite_database_url(migrated_file: Path, tmp_path: Path) -> str:
    """The DATABASE_URL of a SQLite database without rows."""
    shutil.copyfile(migrated_file, tmp_path / "membot.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'membot.db'}"


@pytest.fixture
def postgresql_database_url(postgres_url: str) -> str:
    """The DATABASE_URL of a PostgreSQL database without rows."""
    postgres.empty_tables(postgres_url)
    return postgres_url


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
