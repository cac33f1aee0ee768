"""Finds the PostgreSQL server of the tests, and makes a database on it that goes away again."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from memory.database import tables

SERVER = "postgresql://postgres@127.0.0.1:5432/test"
ANSWER_SECONDS = 2
RESTART = "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences"


def connect(url: URL) -> psycopg.Connection[tuple[object, ...]]:
    """A connection that commits each statement by itself."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True, connect_timeout=ANSWER_SECONDS)


def server() -> URL:
    """Where the server of the tests answers. Skips the test when it does not, or fails it with REQUIRE_POSTGRES=1."""
    url = make_url(os.environ.get("TEST_POSTGRES_URL") or SERVER)
    try:
        connect(url).close()
    except psycopg.OperationalError:
        reason = f"no PostgreSQL answers at {url.host}:{url.port or 5432}; TEST_POSTGRES_URL names another"
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            pytest.fail(f"REQUIRE_POSTGRES=1, and {reason}")
        pytest.skip(reason)
    return url


@contextmanager
def new_database() -> Iterator[str]:
    """Make an empty database, yield its DATABASE_URL, and drop it, whoever is still connected."""
    url, name = server(), f"membot_test_{secrets.token_hex(6)}"
    quoted = sql.Identifier(name)
    with connect(url) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(quoted))
    try:
        ours = url.set(drivername="postgresql+psycopg", database=name)
        yield ours.render_as_string(hide_password=False)
    finally:
        with connect(url) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


def empty_tables(database_url: str) -> None:
    """Take every row out of every table, and let their numbers begin again.

    In one round trip of DELETEs, which takes milliseconds: TRUNCATE would make a new file for each table and index.
    """
    deletes = [sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)) for table in tables.metadata.sorted_tables]
    with connect(make_url(database_url)) as connection:
        connection.execute(sql.SQL("; ").join([*reversed(deletes), sql.SQL(RESTART)]))
