"""What migrations 0009 and 0010 do: note whose words an open event may hold, by Slack's events of 2026. Do not edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

AT_ONCE = 1000
NOBODY = ""  # looked at, and it names nobody

inbox = sa.table(
    "inbox", sa.column("id", sa.BigInteger), sa.column("user"), sa.column("state"), sa.column("body", sa.JSON)
)


def batch(connection: sa.Connection) -> bool:
    """Note it for some of the events for which it is not noted, and return whether there may be more."""
    is_open = inbox.c.state.in_(("pending", "running"))
    query = sa.select(inbox.c.id, inbox.c.body).where(is_open, inbox.c.user.is_(None))
    query = query.order_by(inbox.c.id).limit(AT_ONCE).with_for_update()
    rows = [{"row": row.id, "author": author(row.body) or NOBODY} for row in connection.execute(query)]
    if rows:
        noted = sa.update(inbox).where(inbox.c.id == sa.bindparam("row")).values(user=sa.bindparam("author"))
        connection.execute(noted, rows)
    return len(rows) == AT_ONCE


def author(body: Any) -> str | None:
    """Who wrote the message; of an edit or a deletion who had written it; whose account was changed."""
    event = _part(body, "event")
    user = _part(event, "previous_message").get("user") or event.get("user")
    named = user.get("id") if isinstance(user, Mapping) else user
    return named if isinstance(named, str) else None


def _part(value: Any, name: str) -> Mapping[str, Any]:
    part = value.get(name) if isinstance(value, Mapping) else None
    return part if isinstance(part, Mapping) else {}
