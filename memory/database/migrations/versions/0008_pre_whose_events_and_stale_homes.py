"""Whose words an event may hold; which Homes are an admin's, and which are stale; what code the tables need."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("user", sa.Text(), nullable=True))
    is_open = sa.text("state IN ('pending', 'running')")
    op.create_index("ix_inbox_user", "inbox", ["user"], sqlite_where=is_open, postgresql_where=is_open)
    op.add_column("homes", sa.Column("admin", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("homes", sa.Column("stale", sa.Boolean(), nullable=False, server_default=sa.true()))
    stale = sa.text("stale")
    op.create_index("ix_homes_stale", "homes", ["not_before"], sqlite_where=stale, postgresql_where=stale)
    op.create_index("ix_homes_workspace", "homes", ["workspace"])
    op.create_table(
        "schema_needs",
        sa.Column("revision", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_schema_needs"),
    )
