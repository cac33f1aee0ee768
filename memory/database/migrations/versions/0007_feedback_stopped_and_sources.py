"""What people thought of an answer, whether they stopped it; an index for the messages that memories were said in."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turns", sa.Column("feedback", sa.Text(), nullable=True))
    op.add_column("turns", sa.Column("stopped", sa.Boolean(), nullable=False, server_default=sa.false()))
    said = sa.text("source_message_ts IS NOT NULL")
    op.create_index(
        "ix_memories_message",
        "memories",
        ["source_channel_id", "source_message_ts"],
        sqlite_where=said,
        postgresql_where=said,
    )
