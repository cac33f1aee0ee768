"""The hash chain over what stood in the audit log, and the flags and MinHashes of the memories that were there."""

from typing import Any

import sqlalchemy as sa

from memory.database.migrations import as_of_0002 as then

revision = "0002b"
down_revision = "0002"
branch_labels = None
depends_on = None

MINHASHES = ("minhash_1", "minhash_2", "minhash_3", "minhash_4")
LINKED = ("words_salt", "words_digest", "reason_salt", "reason_digest", "digest")
AT_ONCE = 1000

audit = sa.table(
    "audit",
    *(sa.column(name) for name in ("id", "actor", "door", "verb", "team", "key", "memory_id", "number", "reason")),
    sa.column("at", then.UTCDateTime),
    sa.column("before", sa.JSON),
    sa.column("after", sa.JSON),
    *map(sa.column, LINKED),
)
heads = sa.table("audit_heads", sa.column("team"), sa.column("entries"), sa.column("digest"))
memories = sa.table(
    "memories", sa.column("id"), sa.column("text"), sa.column("flags", then.AnyJSON), *map(sa.column, MINHASHES)
)


def batch(connection: sa.Connection) -> bool:
    """Chain or flag some rows, and return whether there may be more."""
    return _chain(connection) or _flag(connection)


def upgrade() -> None:
    """The rows are all that this step changes."""


def _chain(connection: sa.Connection) -> bool:
    """Add the next rows of one team to its chain: it shows what is done to the log from now on."""
    unlinked = sa.select(audit).where(audit.c.digest == "").order_by(audit.c.id)
    team = connection.scalar(unlinked.with_only_columns(audit.c.team).limit(1))
    if team is None:
        return False
    head = connection.execute(sa.select(heads.c.entries, heads.c.digest).where(heads.c.team == team)).first()
    entries, digest = head or (0, then.FIRST)
    links: list[dict[str, Any]] = []
    for row in connection.execute(unlinked.where(audit.c.team == team).limit(AT_ONCE)).mappings():
        link = then.sealed(dict(row), digest)
        digest = link["digest"]
        links.append({"row": row["id"]} | {f"new_{name}": link[name] for name in LINKED})
    connection.execute(_setting(audit, LINKED), links)
    connection.execute(sa.delete(heads).where(heads.c.team == team))
    connection.execute(sa.insert(heads).values(team=team, entries=entries + len(links), digest=digest))
    return True


def _flag(connection: sa.Connection) -> bool:
    """Flag some of what is there by its text alone; `near-duplicate` is for what is written from now on."""
    bare = sa.and_(*(memories.c[name] == 0 for name in MINHASHES))
    query = sa.select(memories.c.id, memories.c.text).where(bare).order_by(memories.c.id).limit(AT_ONCE)
    rows = connection.execute(query).all()
    found = [
        {"row": row.id, "new_flags": list(then.flags(row.text))}
        | {f"new_{name}": each for name, each in zip(MINHASHES, then.minhashes(row.text), strict=True)}
        for row in rows
    ]
    if found:
        connection.execute(_setting(memories, ("flags", *MINHASHES)), found)
    return len(rows) == AT_ONCE


def _setting(table: sa.TableClause, names: tuple[str, ...]) -> sa.Update:
    update = sa.update(table).where(table.c.id == sa.bindparam("row"))
    return update.values({name: sa.bindparam(f"new_{name}") for name in names})
