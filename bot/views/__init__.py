"""What people see: Block Kit, as functions of values. Pure."""

from bot.views.blocks import PER_PAGE, Block, Reply, actions, button, cut, label, line, note, quoted, section
from bot.views.export import document, export
from bot.views.lists import Listing, audit_list, details, listing, owner
from bot.views.receipts import ask_delete, ask_delete_all, ask_edit, receipt, refusal, together

__all__ = [
    "PER_PAGE",
    "Block",
    "Listing",
    "Reply",
    "actions",
    "ask_delete",
    "ask_delete_all",
    "ask_edit",
    "audit_list",
    "button",
    "cut",
    "details",
    "document",
    "export",
    "label",
    "line",
    "listing",
    "note",
    "owner",
    "quoted",
    "receipt",
    "refusal",
    "section",
    "together",
]
