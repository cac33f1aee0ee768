"""What an answer was not given, and why; an index for what has expired."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turns", sa.Column("left_out", sa.JSON(), nullable=True))
    ends = sa.text("expires_at IS NOT NULL")
    op.create_index("ix_memories_expiry", "memories", ["key", "expires_at"], sqlite_where=ends, postgresql_where=ends)
