"""What a person is told right after something was done, or was not, and what is asked before. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.mrkdwn import escaped
from bot.slack.reply import Reply, cut, note, section
from bot.views.blocks import actions, button, context, edit_button, label, quoted, words
from bot.views.names import actor_name, person, whose
from bot.views.refusals import why_refused
from memory.errors import MemoryExists, MemoryStoreError
from memory.models import KeyKind, Memory

VISIBILITY = {
    "private": "private: used only where nobody but you sees the answer",
    "open": "open: also used where others see the answer",
}
WHOSE = {
    KeyKind.WORKSPACE: "for the whole workspace: used in everybody's answers",
    KeyKind.CHANNEL: "for this channel: used in everybody's answers here",
    KeyKind.PROPOSALS: "for the whole workspace: it waits for an admin, and I will tell you what becomes of it",
}


def receipt(memory: Memory, beside: Sequence[str] = ()) -> Reply:
    """Says that a memory was saved, after it was; of a channel's everybody there is told.

    `beside` are the ids of all whose receipts stand in one message.
    """
    where = WHOSE.get(memory.key.kind) or VISIBILITY[memory.visibility]
    until = f", until {memory.expires_at:%Y-%m-%d}" if memory.expires_at else ""
    tags = "".join(f" #{escaped(tag)}" for tag in memory.tags)
    done = "Proposed" if memory.proposed else f"Saved as {label(memory)}"
    text = f"{done}: {quoted(memory)}{tags} ({where}{until})."
    then = " ".join(["receipts", *(beside or [memory.id])])
    show = {
        "private": button("Open", f"open {memory.id}", then=then),
        "open": button("Private", f"private {memory.id}", then=then),
    }
    row = actions(
        button("Undo", f"erase {memory.id}", then=then),
        None if memory.proposed else edit_button(memory, then=then),
        show[memory.visibility] if memory.key.kind is KeyKind.PERSON else None,
    )
    public = announcement(memory) if memory.key.kind is KeyKind.CHANNEL else None
    return Reply(text, (section(text), row), public, memory)


def named(memory: Memory, *, own: bool) -> str:
    """What a memory is called in a sentence, in mrkdwn: its number, and whose it is where it is not one's own."""
    return label(memory) if own or memory.proposed else f"{label(memory)} of {whose(memory.key)}"


def sentence(done: str, memory: Memory, *, own: bool) -> str:
    """Says what was done with {memory}, and the words of it that whoever did it may read (mrkdwn)."""
    words = f": {quoted(memory)}" if memory.text else "."
    return f"{done.format(memory=named(memory, own=own))}{words}"


def together(replies: Sequence[Reply], most_blocks: int) -> list[Reply]:
    """Join what is told into as few messages as hold so many blocks each.

    A button in a message puts its answer in the place of the whole message, so each names all receipts beside it.
    """
    groups: list[list[Reply]] = []
    for reply in replies:
        if groups and sum(len(each.blocks) for each in (*groups[-1], reply)) <= most_blocks:
            groups[-1].append(reply)
        else:
            groups.append([reply])
    return [_joined(group) for group in groups]


def _joined(group: Sequence[Reply]) -> Reply:
    beside = [reply.saved.id for reply in group if reply.saved]
    parts = [receipt(reply.saved, beside) if reply.saved else reply for reply in group]
    return Reply("\n".join(part.text for part in parts), tuple(block for part in parts for block in part.blocks))


def announcement(memory: Memory) -> Reply:
    """Says to a channel what was set for it, and by whom."""
    by = memory.origin.user_id
    who = person(by) if by else actor_name(memory.created_by)
    said = f"{who} set this for the channel. I take it into account in everybody's answers here"
    off = f"Anybody here can switch it off: `/memory disable {memory.id}`"
    return Reply(cut(f"{said}: {quoted(memory, 2000)} {off}"), (section(f"{said}:"), words(memory.text), context(off)))


def ask_edit(memory: Memory) -> Reply:
    """Offer the form of a memory, where only a button can open it."""
    text = f"Edit m{memory.number}? {quoted(memory)}\nOr say the new text: `memory edit m{memory.number} I like tea`."
    return Reply(text, (section(text), actions(edit_button(memory, label=f"Edit m{memory.number}"))))


def ask_to_pause() -> Reply:
    """Offer to switch memory off, which deletes nothing."""
    said = "Shall I pause your memory? While it is paused I read none of it and keep nothing new. Nothing is deleted."
    return Reply(said, (section(said), actions(button("Pause", "pause"))))


def offer(text: str) -> Reply:
    """Offer to save what may have been meant to be remembered."""
    said = f"Save “{escaped(text)}” as a memory?"
    buttons = actions(button("Save", f"add {escaped(text)}"), button("No", "decline"))
    return Reply(said, (section(said), buttons))


def refusal(error: MemoryStoreError) -> Reply:
    """Says why something was not done, in one line."""
    if not isinstance(error, MemoryExists):
        return note(escaped(why_refused(error)))
    existing = error.existing
    text = f"{escaped(why_refused(error))} {quoted(existing)}"
    if existing.disabled:
        return Reply(text, (section(text), actions(button("Enable", f"enable {existing.id}"))))
    return note(text)


def rejected(proposal: Memory | None) -> str:
    """Says that a proposal was rejected, in mrkdwn; of one that was rejected before no word is known."""
    return f"Rejected and deleted: {quoted(proposal)}." if proposal else "Rejected and deleted."


def ask_delete(memory: Memory, verbs: str = "", reason: str = "") -> Reply:
    """Ask before a memory is deleted."""
    text = f"Delete m{memory.number} for good? {quoted(memory)}\nTo keep it and not use it, disable it instead."
    return Reply(
        text,
        (
            section(text),
            actions(
                button(
                    "Delete",
                    f"{verbs}erase {memory.id} {reason[:500]}".strip(),
                    ask=f"m{memory.number} will be gone for good.",
                    danger=True,
                ),
                None if memory.disabled else button("Disable", f"{verbs}disable {memory.id}"),
            ),
        ),
    )


def ask_delete_all(total: int) -> Reply:
    """Ask before everything is deleted, and offer the export."""
    count = f"{total} memories" if total != 1 else "1 memory"
    text = (
        f"Forget everything? This deletes your {count} and our conversations for good. Export them first if you like."
    )
    return Reply(
        text,
        (
            section(text),
            actions(
                button("Forget everything", "erase-all", ask=f"{count} will be gone for good.", danger=True),
                button("Export", "export"),
            ),
        ),
    )
