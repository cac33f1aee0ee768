"""Whose words the open events may hold that were written down before anybody noted it."""

from memory.database.migrations.as_of_0009 import batch

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

__all__ = ["batch", "upgrade"]


def upgrade() -> None:
    """The rows are all that this step changes."""
