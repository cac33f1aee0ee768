"""The hash chain of the audit log: each row's digest covers its content and the digest of the row before it. Pure.

Theory of operation. Each team has a chain of its own, in the order of the rows' ids. A row's digest is made of the
digest before it, of who did what to which memory and when, and of two digests of what people said: the words before
and after (text, tags, metadata), and the reason. Those two are salted. Erasing words erases their salt with them;
what is left of them, a digest under 128 unknown bits, tells nothing, and the chain still holds.

So a row that is changed, put in, or taken out of the middle breaks the chain, and one that is cut off at the end is
missing from what the team's head keeps: the last digest and the number of rows. Two things it cannot show. Words that
were erased by hand together with their salt look like a deletion. And who may write to the database can compute a
whole new chain: against them, keep the heads somewhere else, as `python -m bot doctor` prints them.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC
from typing import Any

FIRST = ""  # stands before the first row of a chain
FIXED = ("actor", "door", "verb", "team", "key", "memory_id", "number")
# What a person said, in whatever column: erased from the log when the memory is deleted.
WORDS = frozenset({"text", "tags", "metadata"})

Row = Mapping[str, Any]


def sealed(row: Row, previous: str) -> dict[str, Any]:
    """The row as the next link after the digest `previous`: with salts and digests."""
    linked = dict(row)
    for part, said in _said(row).items():
        salt = None if said is None else secrets.token_hex(16)
        linked |= {f"{part}_salt": salt, f"{part}_digest": _salted(salt, said) if salt else ""}
    return linked | {"digest": _digest(linked, previous)}


def fault(row: Row, previous: str) -> str | None:
    """What is wrong with a row that should follow the digest `previous`; None when nothing is."""
    if row["digest"] != _digest(row, previous):
        return "was changed, or the row before it is gone"
    for part, said in _said(row).items():
        salt = row[f"{part}_salt"]
        if said is not None and row[f"{part}_digest"] != _salted(salt or "", said):
            return "holds other words than were written"
        if salt and said is None:
            return "has lost its words"
    return None


def wordless(values: Any) -> Any:
    """What stays of a row's `before` or `after` when its words are erased."""
    return {name: value for name, value in values.items() if name not in WORDS} if isinstance(values, dict) else None


def _said(row: Row) -> dict[str, Any]:
    """What people said in a row, by the part that is erased at once; nothing is None."""
    words = {side: _only_words(row[side]) for side in ("before", "after")}
    return {"words": words if any(words.values()) else None, "reason": row["reason"]}


def _only_words(values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in WORDS} if isinstance(values, dict) else {}


def _salted(salt: str, said: Any) -> str:
    return hashlib.sha256(f"{salt}{_canonical(said)}".encode()).hexdigest()


def _digest(row: Row, previous: str) -> str:
    content = {name: row[name] for name in (*FIXED, "words_digest", "reason_digest")} | {
        "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "before": wordless(row["before"]),
        "after": wordless(row["after"]),
        "previous": previous,
    }
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
