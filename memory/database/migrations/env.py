"""Alembic runs this file: it uses the connection, and so the transaction, of whoever asked for the upgrade."""

from alembic import context

from memory.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
    transactional_ddl=True,  # SQLite can, when the transaction is begun by hand as ours is
)
with context.begin_transaction():
    context.run_migrations()
