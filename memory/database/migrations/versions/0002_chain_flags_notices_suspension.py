"""A hash chain over the audit log; flags and MinHashes of memories; notices, watchers; suspended keys."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from memory.database.tables import AnyJSON, UTCDateTime
from memory.store import chain
from memory.text.flags import flags, minhashes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MINHASHES = ("minhash_1", "minhash_2", "minhash_3", "minhash_4")
AT_ONCE = 1000

audit = sa.table(
    "audit",
    *(sa.column(name) for name in ("id", "actor", "door", "verb", "team", "key", "memory_id", "number", "reason")),
    sa.column("at", UTCDateTime),
    sa.column("before", sa.JSON),
    sa.column("after", sa.JSON),
    *(sa.column(name) for name in ("words_salt", "words_digest", "reason_salt", "reason_digest", "digest")),
)
audit_heads = sa.table("audit_heads", sa.column("team"), sa.column("entries"), sa.column("digest"))
memories = sa.table(
    "memories", sa.column("id"), sa.column("text"), sa.column("flags", AnyJSON), *map(sa.column, MINHASHES)
)


def upgrade() -> None:
    op.add_column("keys", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_keys_suspended_at",
        "keys",
        ["suspended_at"],
        unique=False,
        sqlite_where=sa.text("suspended_at IS NOT NULL"),
        postgresql_where=sa.text("suspended_at IS NOT NULL"),
    )
    op.add_column("memories", sa.Column("flags", sa.Text(), server_default="[]", nullable=False))
    for name in MINHASHES:
        op.add_column("memories", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.add_column("audit", sa.Column("words_salt", sa.Text(), nullable=True))
    op.add_column("audit", sa.Column("words_digest", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("audit", sa.Column("reason_salt", sa.Text(), nullable=True))
    op.add_column("audit", sa.Column("reason_digest", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("audit", sa.Column("digest", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_table(
        "audit_heads",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("team", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("once", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("once", name=op.f("uq_notices_once")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_not_before", "notices", ["not_before"], unique=False)
    op.create_index("ix_notices_user", "notices", ["team", "user"], unique=False)
    op.create_table(
        "watchers",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("team", "user", name=op.f("pk_watchers")),
    )
    connection = op.get_bind()
    _chain(connection)
    _flag(connection)
    for name in MINHASHES:
        op.create_index(f"ix_memories_{name}", "memories", ["key", name, "number"], unique=False)


def _chain(connection: sa.Connection) -> None:
    """Make a chain of the log as it stands: it shows what is done to the log from now on."""
    update = sa.update(audit).where(audit.c.id == sa.bindparam("row"))
    made = ("words_salt", "words_digest", "reason_salt", "reason_digest", "digest")
    update = update.values({name: sa.bindparam(f"new_{name}") for name in made})
    for team in connection.scalars(sa.select(audit.c.team).distinct()).all():
        digest, entries = chain.FIRST, 0
        for rows in _pages(connection, sa.select(audit).where(audit.c.team == team), audit.c.id):
            links = []
            for row in rows:
                link = chain.sealed(row, digest)
                digest = link["digest"]
                links.append({"row": row["id"]} | {f"new_{name}": link[name] for name in made})
            connection.execute(update, links)
            entries += len(rows)
        connection.execute(sa.insert(audit_heads).values(team=team, entries=entries, digest=digest))


def _flag(connection: sa.Connection) -> None:
    """Flag what is there by its text alone; `near-duplicate` is for what is written from now on."""
    update = sa.update(memories).where(memories.c.id == sa.bindparam("row"))
    update = update.values({name: sa.bindparam(f"new_{name}") for name in ("flags", *MINHASHES)})
    for rows in _pages(connection, sa.select(memories.c.id, memories.c.text), memories.c.id):
        hashes = [zip(MINHASHES, minhashes(row["text"]), strict=True) for row in rows]
        connection.execute(
            update,
            [
                {"row": row["id"], "new_flags": list(flags(row["text"]))} | {f"new_{name}": each for name, each in made}
                for row, made in zip(rows, hashes, strict=True)
            ],
        )


def _pages(connection: sa.Connection, query: sa.Select[Any], by: sa.ColumnElement[Any]) -> Iterable[list[Any]]:
    """All rows in the order of a unique column, some at once: what is kept may be more than fits into memory."""
    query = query.order_by(by).limit(AT_ONCE)
    page = connection.execute(query).mappings().all()
    while page:
        yield list(page)
        page = connection.execute(query.where(by > page[-1][by.key or ""])).mappings().all()
