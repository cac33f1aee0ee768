"""The audit log in a modal, and its export. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.mrkdwn import escaped
from bot.slack.reply import section
from bot.views.blocks import in_parts
from bot.views.lists import audit_line
from bot.views.modals import Modal, press, row
from bot.views.state import ViewState
from memory.models import AuditEntry

NOTHING = "The audit log holds nothing more."


def audit_log(state: ViewState, entries: Sequence[AuditEntry], *, more: bool) -> Modal:
    """One page of the audit log, newest first. `more`: there are older entries."""
    parts = in_parts("\n".join(map(audit_line, entries))) or [NOTHING]
    buttons = row(
        press("Newer", f"page {state.page - 1}") if state.page > 1 else None,
        press("Older", f"page {state.page + 1}") if more else None,
        press("Export", f"{state.screen}-export"),
    )
    return Modal(state, [buttons, *(section(part) for part in parts)])


def audit_export(state: ViewState, lines: Sequence[str], older: int | None) -> Modal:
    """A part of the log as JSON, a document of its own; `older` is the entry before which the next one begins."""
    if not lines:
        return Modal(state, [section(NOTHING)])
    document = '{"audit": [\n' + ",\n".join(lines) + "\n]}"
    follow = "; older ones follow" if older else ""
    title = f"*Audit log as JSON*, newest first ({len(lines):,} {'entry' if len(lines) == 1 else 'entries'}{follow})"
    nav = (
        press("Newest", "before 0") if state.before else None,
        press("Older", f"before {older}") if older else None,
    )
    parts = [section(f"```{part}```") for part in in_parts(escaped(document))]
    return Modal(state, [section(title), *([row(*nav)] if any(nav) else []), *parts])
