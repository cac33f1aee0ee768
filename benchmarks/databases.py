"""Databases for one run: a file in a temporary folder, and a PostgreSQL database that is dropped at the end."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"


def driver_url(url: str | URL) -> str:
    """The address as psycopg itself reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _server() -> URL:
    return make_url(os.environ.get("TEST_POSTGRES_URL") or SERVER)


def postgres_version() -> str | None:
    """The version of the server that TEST_POSTGRES_URL names, or of a local one; None when none answers."""
    try:
        with psycopg.connect(driver_url(_server()), connect_timeout=2) as connection:
            row = connection.execute("SHOW server_version").fetchone()
    except psycopg.OperationalError:
        return None
    return str(row[0]).partition(" ")[0] if row else None


def kinds() -> tuple[str, ...]:
    """The kinds of databases that can be measured here."""
    return ("SQLite", "PostgreSQL") if postgres_version() else ("SQLite",)


@contextmanager
def new_database(kind: str) -> Iterator[str]:
    """Make an empty database, yield its DATABASE_URL, and remove it."""
    with {"SQLite": _sqlite, "PostgreSQL": _postgresql}[kind]() as url:
        yield url


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="membot-bench-") as folder:
        yield f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}"


@contextmanager
def _postgresql() -> Iterator[str]:
    server, name = _server(), f"membot_bench_{secrets.token_hex(6)}"
    with psycopg.connect(driver_url(server), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            ours = server.set(drivername="postgresql+psycopg", database=name)
            yield ours.render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
