"""The audit log as people read it: an admin the workspace's, everybody their own part; as a list, or as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from bot.commands.call import Call
from bot.slack.mrkdwn import escaped
from bot.slack.reply import Reply, note
from bot.views.blocks import button
from bot.views.export import EXPORT_BYTES, EXPORT_CHARACTERS
from bot.views.export import document as shown_document
from bot.views.lists import audit_list
from memory.errors import MemoryInvalid
from memory.models import Actor, AuditEntry, Key
from memory.parts import Parts

PER_PAGE = 25
EXPORTED_AT_ONCE = 200  # entries that are read for one page of the export; as many of them go on it as there is room
EXPORT = re.compile(r"export(?: before (\d{1,18}))?")


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the log: of a workspace, or of one key. `command` shows it."""

    command: str
    team: str | None = None
    key: Key | None = None


async def read(parts: Parts, call: Call, part: Part) -> Reply:
    """Show a page of the log, newest first, or export it."""
    words, page = call.paged()
    if export := EXPORT.fullmatch(words.strip().casefold()):
        return await _export(parts, call, part, int(export[1]) if export[1] else None)
    if words.strip():
        raise MemoryInvalid(f"I can show the audit log, or export it: `/memory {part.command} export`.")
    entries, more = await page_of(parts, call.actor, part, page)
    return audit_list(entries, page, more=more, command=part.command)


async def page_of(parts: Parts, actor: Actor, part: Part, number: int) -> tuple[Sequence[AuditEntry], bool]:
    """A page of the log, counted from 1, and whether there are older entries."""
    entries = await parts.store.audit.entries(
        actor, team=part.team, key=part.key, offset=(number - 1) * PER_PAGE, limit=PER_PAGE + 1
    )
    return entries[:PER_PAGE], len(entries) > PER_PAGE


async def document(parts: Parts, actor: Actor, part: Part, before: int | None) -> tuple[Sequence[str], int | None]:
    """As many entries as one reply holds, each as JSON, newest first; and the id before which the older ones are."""
    entries = await parts.store.audit.entries(
        actor, team=part.team, key=part.key, before=before, limit=EXPORTED_AT_ONCE
    )
    lines = _fitting(entries)
    more = len(lines) < len(entries) or len(entries) == EXPORTED_AT_ONCE
    return lines, entries[len(lines) - 1].id if more else None


async def _export(parts: Parts, call: Call, part: Part, before: int | None) -> Reply:
    lines, more = await document(parts, call.actor, part, before)
    if not lines:
        return note("The audit log holds nothing more.")
    older = button("Older", f"{part.command} export before {more}") if more else None
    title = f"*Audit log as JSON*, newest first ({len(lines)} entries{'; older ones follow' if more else ''})"
    return shown_document(title, '{"audit": [\n' + ",\n".join(lines) + "\n]}", older)


def _fitting(entries: Sequence[AuditEntry]) -> list[str]:
    """As many entries as JSON, from the first on, as one reply holds; at least one."""
    lines: list[str] = []
    characters = size = 0
    for entry in entries:
        line = json.dumps(exported(entry), ensure_ascii=False, default=datetime.isoformat)
        said = escaped(line)
        characters += len(said)
        size += len(json.dumps(said))
        if lines and (characters > EXPORT_CHARACTERS or size > EXPORT_BYTES):
            break
        lines.append(line)
    return lines


def exported(entry: AuditEntry) -> dict[str, Any]:
    """An entry as JSON, with every field that its reader may see."""
    return {field.name: getattr(entry, field.name) for field in fields(AuditEntry)}
