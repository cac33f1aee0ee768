"""A hash chain over the audit log; flags and MinHashes of memories; notices, watchers; suspended keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MINHASHES = ("minhash_1", "minhash_2", "minhash_3", "minhash_4")


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
    for name in MINHASHES:
        op.create_index(f"ix_memories_{name}", "memories", ["key", name, "number"], unique=False)
