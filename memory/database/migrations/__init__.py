"""Brings a database's tables up to the version that the code expects (Alembic)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from memory.errors import SchemaNewer


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


@cache
def _scripts() -> ScriptDirectory:
    """The migrations, read from their files once: whether all are applied is asked at every start and by `/readyz`."""
    return ScriptDirectory.from_config(_config())


def upgrade(connection: sa.Connection) -> None:
    """Apply what is missing in the caller's transaction. Raises SchemaNewer when the database is ahead of the code."""
    scripts = _scripts()
    known = {script.revision for script in scripts.walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise SchemaNewer
    if current == scripts.get_current_head():
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def at_head(connection: sa.Connection) -> bool:
    """Whether the tables are exactly those that the code expects."""
    return MigrationContext.configure(connection).get_current_revision() == _scripts().get_current_head()
