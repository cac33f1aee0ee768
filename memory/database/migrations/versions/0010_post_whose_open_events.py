"""Whose words the open events may hold that replicas of the release before have written down since."""

from memory.database.migrations.as_of_0009 import batch

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

__all__ = ["batch", "upgrade"]


def upgrade() -> None:
    """The rows are all that this step changes."""
