"""Every table of the database. Migrations create them; a test holds the two equal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite keeps no time zone, so it is put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


class AnyJSON(TypeDecorator[Any]):
    """Any JSON value, exactly. SQLite would make a bare number in a JSON column a number of its own: 10**40 a float."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else json.loads(value)


# One row per key, locked by each change in it: it hands out the numbers, holds the cap, and its version says whether
# a block that was rendered earlier is still true.
keys = sa.Table(
    "keys",
    metadata,
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("last_number", sa.Integer, nullable=False, server_default="0"),
    sa.Column("memories", sa.Integer, nullable=False, server_default="0"),
    sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("suspended_at", UTCDateTime),  # its person, or on a workspace's key everybody there, is away
)
is_suspended = keys.c.suspended_at.is_not(None)
sa.Index("ix_keys_suspended_at", keys.c.suspended_at, sqlite_where=is_suspended, postgresql_where=is_suspended)

# Of each text the least hash of its trigrams, under so many hash functions: texts that are alike share one of them.
MINHASHES = ("minhash_1", "minhash_2", "minhash_3", "minhash_4")

memories = sa.Table(
    "memories",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("team", sa.Text, nullable=False),  # of the key; "" outside Slack; a review reads a whole workspace by it
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),  # equal for texts that say the same
    sa.Column("visibility", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("pinned", sa.Boolean, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_user_id", sa.Text),
    sa.Column("source_channel_id", sa.Text),
    sa.Column("source_thread_ts", sa.Text),
    sa.Column("source_message_ts", sa.Text),
    sa.Column("source_session_id", sa.Text),
    sa.Column("metadata", AnyJSON),
    sa.Column("times_applied", sa.Integer, nullable=False),
    sa.Column("last_applied_at", UTCDateTime),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("expires_at", UTCDateTime),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("updated_at", UTCDateTime, nullable=False),
    sa.Column("updated_by", sa.Text, nullable=False),
    sa.Column("flags", AnyJSON, nullable=False, server_default="[]"),
    *(sa.Column(name, sa.Integer, nullable=False, server_default="0") for name in MINHASHES),
    sa.UniqueConstraint("key", "number"),
    sa.UniqueConstraint("key", "digest"),
)

# The order of recall, so that the first memories of a key are read without looking at the others.
sa.Index(
    "ix_memories_recall",
    memories.c.key,
    memories.c.disabled,
    memories.c.visibility,
    memories.c.pinned.desc(),
    memories.c.priority.desc(),
    memories.c.created_at.desc(),
    memories.c.number.desc(),
)
sa.Index("ix_memories_team", memories.c.team, memories.c.created_at)
ends = memories.c.expires_at.is_not(None)
sa.Index("ix_memories_expiry", memories.c.key, memories.c.expires_at, sqlite_where=ends, postgresql_where=ends)
for name in MINHASHES:
    sa.Index(f"ix_memories_{name}", memories.c.key, memories.c[name], memories.c.number)
said = memories.c.source_message_ts.is_not(None)
sa.Index(
    "ix_memories_message",
    memories.c.source_channel_id,
    memories.c.source_message_ts,
    sqlite_where=said,
    postgresql_where=said,
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("door", sa.Text, nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("memory_id", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("before", sa.JSON),
    sa.Column("after", sa.JSON),
    # The chain, see memory/store/chain.py. Rows of one team follow each other in the order of their ids.
    sa.Column("words_salt", sa.Text),  # erased with the words before and after
    sa.Column("words_digest", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("reason_salt", sa.Text),  # erased with the reason
    sa.Column("reason_digest", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("digest", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Index("ix_audit_team", "team", "id"),
    sa.Index("ix_audit_key", "key", "id"),
    sa.Index("ix_audit_memory_id", "memory_id"),
    sqlite_autoincrement=True,
)

# The end of each team's chain: cutting rows off at the tail is seen too.
audit_heads = sa.Table(
    "audit_heads",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("entries", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
)

# What somebody has to be told, written in the transaction of what happened, and gone once they were told.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("about", sa.JSON, nullable=False),
    sa.Column("once", sa.Text, unique=True),  # of several that say the same, one waits
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("not_before", UTCDateTime, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Index("ix_notices_not_before", "not_before"),
    sa.Index("ix_notices_user", "team", "user"),
    sqlite_autoincrement=True,
)

# The admins who want to hear of each proposal.
watchers = sa.Table(
    "watchers",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, primary_key=True),
)

# What a repeated request already did. It keeps ids only, so that a memory that was deleted since stays gone.
requests = sa.Table(
    "requests",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("memory_id", sa.Text, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Index("ix_requests_created_at", "created_at"),
)

# How often something was done in the present minute and day. `subject` is a key, `started` the second in which the span
# began (Unix time).
counters = sa.Table(
    "counters",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("what", sa.Text, primary_key=True),  # saves, answers
    sa.Column("span", sa.Text, primary_key=True),  # minute, day
    sa.Column("started", sa.BigInteger, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
)

# Slack's events, written down before they are acknowledged.
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("event_id", sa.Text, nullable=False, unique=True),
    sa.Column("message", sa.Text, unique=True),  # team:channel:ts; one message may arrive as two events
    sa.Column("conversation", sa.Text, nullable=False),
    sa.Column("user", sa.Text),  # whose words it may hold; who writes it down says so
    # Slack's time of the message, fixed width: the order within a conversation
    sa.Column("ts", sa.Text, nullable=False),
    sa.Column("body", sa.JSON),  # erased when it is done
    sa.Column("state", sa.Text, nullable=False),  # pending, running, done, dead
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("owner", sa.Text),
    sa.Column("lease_until", UTCDateTime),
    sa.Column("interrupted", sa.Boolean, nullable=False, server_default=sa.false()),  # work on it had begun before
    sa.Column("not_before", UTCDateTime, nullable=False),
    sa.Column("received_at", UTCDateTime, nullable=False),
    sqlite_autoincrement=True,
)
open_states = inbox.c.state.in_(("pending", "running"))
sa.Index("ix_inbox_open", inbox.c.id, sqlite_where=open_states, postgresql_where=open_states)
sa.Index(
    "ix_inbox_conversation",
    inbox.c.conversation,
    inbox.c.ts,
    inbox.c.id,
    sqlite_where=open_states,
    postgresql_where=open_states,
)
sa.Index("ix_inbox_user", inbox.c.user, sqlite_where=open_states, postgresql_where=open_states)
# The database itself refuses a second running event of one conversation, whichever replica claims it.
running = inbox.c.state == "running"
sa.Index("uq_inbox_running", inbox.c.conversation, unique=True, sqlite_where=running, postgresql_where=running)
sa.Index("ix_inbox_received_at", inbox.c.received_at)

# One message in, one answer out: the transcript of a thread, and what each answer was given.
turns = sa.Table(
    "turns",
    metadata,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("thread_ts", sa.Text, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("message_ts", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("answer", sa.Text),  # None until the model has finished
    sa.Column("answer_ts", sa.Text),  # of its messages in Slack, kept as soon as they are named
    sa.Column("given", sa.JSON, nullable=False),  # ids of the memories that were injected
    sa.Column("left_out", sa.JSON),  # [id, why] of those that were not
    sa.Column("counted", sa.Boolean, nullable=False),  # whether `given` is in times_applied
    sa.Column("stopped", sa.Boolean, nullable=False, server_default=sa.false()),  # who asked wants no more of it
    sa.Column("feedback", sa.Text),  # up, down: what who asked thinks of the answer
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Index("ix_turns_thread", "team", "channel", "thread_ts", "created_at"),
    sa.Index("ix_turns_user", "team", "user", "created_at"),
    sa.Index("ix_turns_created_at", "created_at"),
)
uncounted = sa.not_(turns.c.counted)
sa.Index("ix_turns_uncounted", turns.c.created_at, sqlite_where=uncounted, postgresql_where=uncounted)

# Whose Home tab was published, and with which versions of the person's and the workspace's key.
homes = sa.Table(
    "homes",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # of the person
    sa.Column("workspace", sa.Text, nullable=False),  # the workspace's key
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("workspace_version", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("not_before", UTCDateTime, nullable=False),  # somebody publishes it until then, or waits to try again
    sa.Column("opened_at", UTCDateTime, nullable=False),
    sa.Column("admin", sa.Boolean, nullable=False, server_default=sa.false()),  # shows what only admins see
    sa.Column("stale", sa.Boolean, nullable=False, server_default=sa.true()),  # something was changed since
)
is_stale = homes.c.stale
sa.Index("ix_homes_stale", homes.c.not_before, sqlite_where=is_stale, postgresql_where=is_stale)
sa.Index("ix_homes_workspace", homes.c.workspace)

# What this program must know of to use the tables, see memory/database/migrations/__init__.py. One row, or none.
schema_needs = sa.Table("schema_needs", metadata, sa.Column("revision", sa.Text, primary_key=True))

# Where the app is installed by OAuth: one row for a workspace (T…), or for a whole organisation (E…). The tokens are
# encrypted; when the app is uninstalled they go, and the row stays until what was said there is erased.
installations = sa.Table(
    "installations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("enterprise_id", sa.Text),
    sa.Column("is_enterprise_install", sa.Boolean, nullable=False),
    sa.Column("bot_user_id", sa.Text, nullable=False),
    sa.Column("bot_id", sa.Text, nullable=False),
    sa.Column("token", sa.Text),
    sa.Column("refresh_token", sa.Text),
    sa.Column("expires_at", UTCDateTime),
    sa.Column("installed_by", sa.Text),
    sa.Column("installed_at", UTCDateTime, nullable=False),  # by Slack's clock, as events are
    sa.Column("uninstalled_at", UTCDateTime),
    sa.Column("revision", sa.BigInteger, nullable=False),  # of the tokens: a refresh that lost a race writes nothing
    sa.Column("refreshing_until", UTCDateTime),  # one process at a time asks for new tokens
)

# Which workspaces an organisation's installation has served: they are uninstalled with it.
organisation_teams = sa.Table(
    "organisation_teams",
    metadata,
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("enterprise_id", sa.Text, nullable=False),
    sa.Index("ix_organisation_teams_enterprise_id", "enterprise_id"),
)

# The `state` of each installing that was begun: a digest of it, so that reading the table helps nobody to forge one.
oauth_states = sa.Table(
    "oauth_states",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("expires_at", UTCDateTime, nullable=False),
    sa.Index("ix_oauth_states_expires_at", "expires_at"),
)
