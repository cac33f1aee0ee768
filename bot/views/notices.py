"""What people are told by direct message about what others did with their memories and proposals. Pure."""

from __future__ import annotations

from bot.slack.mrkdwn import escaped, shortened
from bot.slack.reply import Reply, note, section
from bot.views.blocks import QUEUE, actions, button
from memory.store.notices import Notice


def notice_reply(notice: Notice) -> Reply:
    """The words of a notice."""
    text = WORDS[notice.kind](notice)
    if notice.kind == "proposed":
        return Reply(text, (section(text), actions(button("Show proposals", "queue") | {"action_id": QUEUE})))
    return note(text)


def _proposed(_notice: Notice) -> str:
    return "Somebody proposed a memory for the workspace. `/memory admin proposals` shows what waits."


def _approved(notice: Notice) -> str:
    changed = ", with a changed text" if notice.about["changed"] else ""
    return (
        f"{_who(notice)} approved what you proposed for the workspace{changed}. "
        f"It is m{notice.about['number']} there: {_quoted(notice)}"
    )


def _rejected(notice: Notice) -> str:
    reason = notice.about["reason"]
    why = f" The reason: “{escaped(reason)}”" if reason else " No reason was given."
    return f"{_who(notice)} did not approve what you proposed for the workspace: {_quoted(notice)}{why}"


def _read(notice: Notice) -> str:
    return (
        f"{_who(notice)} opened your private memory m{notice.about['number']} to review it. "
        f"The reason: “{escaped(notice.about['reason'])}” It is in the audit log: `/memory audit`."
    )


WORDS = {"proposed": _proposed, "approved": _approved, "rejected": _rejected, "read": _read}


def _who(notice: Notice) -> str:
    by = notice.about["by"]
    return f"<@{by}>" if by else "Whoever runs this bot"


def _quoted(notice: Notice) -> str:
    return f"“{escaped(shortened(notice.about['text'], 300))}”"
