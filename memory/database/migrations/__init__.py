"""Brings a database's tables up to the version that the code expects (Alembic), step by step.

Theory of operation. Each file in versions/ is a step, and a transaction of its own. So that a new release can be
started while replicas of the release before still run, a step is of one of two kinds, by its file's name:

`…_pre_…` is done when a process of the new release starts, before it serves. It is harmless to the release before: it
adds tables, indexes, and columns that may be empty or have a default. Steps from before this rule count as such.
`…_post_…` is done when no replica of the release before is left: it may take away what only that one needed, or put
right what it wrote. An operator says so (`python -m bot migrate --post`); else the next release begins with it. A new
database, or one of a single process, needs no such word.

What must not run beside this database's tables any more is told by the one row of `schema_needs`: the step that code
must know. So an older release goes on, and starts again, until a `post` step says that it must not.

A step that moves many rows has a function `batch(connection) -> bool`: it does some of the work and returns whether
there may be more. Each call is a transaction of its own; what is left to do it finds in the rows, so an upgrade that
was interrupted goes on where it was. `upgrade` runs when nothing is left.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory

from memory.errors import SchemaNewer

POST = re.compile(r"\w+?_post_")


def advance(connection: sa.Connection, *, post: bool) -> bool:
    """Do the next step, or some of it, in the caller's transaction. Returns False when there was none to do.

    Without `post` the last steps that are to be done afterwards are left. A new database is made whole at once. Raises
    SchemaNewer when this code must not use the database any more.
    """
    steps, current = _steps(), _current(connection)
    order = list(steps)
    if current is None:
        return _upgrade(connection, order[-1])
    if current not in order:
        if _needed(connection) not in {None, *order}:
            raise SchemaNewer
        return False
    left = order[order.index(current) + 1 : None if post else order.index(_last_pre(steps)) + 1]
    if not left:
        return False
    batch = getattr(steps[left[0]].module, "batch", None)
    return bool(batch and batch(connection)) or _upgrade(connection, left[0])


def _upgrade(connection: sa.Connection, step: str) -> bool:
    """Bring the tables to a step, and keep what code they need then."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, step)
    steps = _steps()
    if _is_post(steps[step]):
        order = list(steps)
        _need(connection, next(each for each in reversed(order[: order.index(step)]) if not _is_post(steps[each])))
    return True


def serves(connection: sa.Connection) -> bool:
    """Whether the tables are such that this code can work with them."""
    steps, current = _steps(), _current(connection)
    order = list(steps)
    if current in order:
        return order.index(current) >= order.index(_last_pre(steps))
    return current is not None and _needed(connection) in {None, *order}


def waiting(connection: sa.Connection) -> list[str]:
    """The names of the steps that wait until no replica of the release before is left."""
    steps, current = _steps(), _current(connection)
    order = list(steps)
    left = order[order.index(current) + 1 :] if current in order else []
    return [Path(steps[each].path).stem for each in left]


def _current(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _needed(connection: sa.Connection) -> str | None:
    """The step that code must know to use the database; None: whatever is newer here is harmless to it."""
    return connection.exec_driver_sql("SELECT revision FROM schema_needs").scalar()


def _need(connection: sa.Connection, revision: str) -> None:
    needs = sa.table("schema_needs", sa.column("revision"))
    connection.execute(sa.delete(needs))
    connection.execute(sa.insert(needs).values(revision=revision))


@cache  # they are files of the program: reading them takes longer than looking whether there is anything to do
def _steps() -> dict[str, Script]:
    """Every step by its name, in their order."""
    scripts = ScriptDirectory.from_config(_config())
    return {script.revision: script for script in reversed(list(scripts.walk_revisions()))}


def _last_pre(steps: dict[str, Script]) -> str:
    return next(each for each in reversed(steps) if not _is_post(steps[each]))


def _is_post(step: Script) -> bool:
    return POST.match(Path(step.path).name) is not None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
