"""What an answer was given, as a modal and as a message: each memory with why, and what stayed out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.slack.mrkdwn import shortened
from bot.slack.reply import Block, Reply, cut, section
from bot.views.blocks import PER_PAGE, Choice, Offers, context, line, quoted, standing, words
from bot.views.lists import row
from bot.views.modals import Modal, menu
from bot.views.state import ViewState
from memory.models import Key, KeyKind, Memory, Why
from memory.turns import Turn

# Slack takes 100 blocks in a view, and a memory takes two.
MOST_GIVEN, MOST_LEFT_OUT = 25, 15
ROW_CHARACTERS = 300

FORGOTTEN = "I no longer know what this answer was given."
NOT_YOURS = "The memories themselves are shown to the person who asked."
NOT_YOUR_ANSWER = "Only the person who asked can rate this answer."
PAUSED = "Your memory is paused: until you switch it on with `/memory resume`, none is used."
ORDER = "pinned first, then by priority, then the newest."
STAYED_OUT: dict[Why, str] = {
    "over budget": "no room: those above filled what an answer may be given",
    "private here": "private, and others were reading",
    "disabled": "disabled",
    "expired": "expired",
}
WHOSE = {KeyKind.WORKSPACE: "the workspace's", KeyKind.CHANNEL: "this channel's"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one answer was given, `total` memories of which these are still there, and what stayed out of it and why."""

    asked_at: datetime
    total: int
    given: tuple[Memory, ...]
    left_out: tuple[tuple[Memory, Why], ...]
    paused: bool

    def title(self, whose: str = "This answer") -> str:
        """How many memories it was given, and what became of those that are not shown."""
        if not self.total:
            return f"*{whose} was given no memories.*"
        gone = self.total - len(self.given)
        deleted = f" {gone} of them {'was' if gone == 1 else 'were'} deleted since." if gone else ""
        return f"*{whose} was given {counted(self.total)}*: {ORDER}{deleted}"

    def since(self, memory: Memory) -> str:
        """Says that a memory is no longer what the answer was given."""
        return "changed since" if memory.updated_at > self.asked_at else ""


def answer_modal(state: ViewState, shown: Explanation, now: datetime, offers: Offers, note: str = "") -> Modal:
    """A modal that explains an answer to who asked, under a line that says what was just done."""
    blocks = [section(note)] if note else []
    blocks.append(section(shown.title()))
    if shown.paused:
        blocks.append(context(PAUSED))
    for memory in shown.given[:MOST_GIVEN]:
        about = joined(reason(memory), *_about(memory, now), shown.since(memory))
        blocks += _memory(memory, about, offers(memory))
    if (more := len(shown.given) - MOST_GIVEN) > 0:
        blocks.append(context(f"And {more} more: `/memory list` shows all of yours."))
    if shown.left_out:
        blocks += [{"type": "divider"}, section("*What stayed out*")]
    for memory, why in shown.left_out[:MOST_LEFT_OUT]:
        about = joined(STAYED_OUT[why], *_about(memory, now), shown.since(memory))
        blocks += _memory(memory, about, offers(memory))
    if (more := len(shown.left_out) - MOST_LEFT_OUT) > 0:
        blocks.append(context(f"And {more} more."))
    return Modal(state, blocks)


def answer_of_another(state: ViewState, turn: Turn) -> Modal:
    """What whoever did not ask is told: how many memories there were, and nothing of them."""
    given = counted(len(turn.given)) if turn.given else "no memories"
    rating = state.screen == "wrong"
    text = NOT_YOUR_ANSWER if rating else f"This answer was given {given}. {NOT_YOURS}"
    return Modal(state, [section(text)])


def answer_forgotten(state: ViewState) -> Modal:
    return Modal(state, [section(FORGOTTEN)])


def answer_reply(shown: Explanation, now: datetime, offers: Offers) -> Reply:
    """The same for `/memory why`, as a message to who asked."""
    title = shown.title("My last answer to you here")
    blocks, lines = [section(title)], [title]
    for memory in shown.given[:PER_PAGE]:
        about = joined(reason(memory), shown.since(memory))
        said, _, *buttons = row(memory, "why", now, offers(memory))
        blocks += [said, context(joined(about, *_about(memory, now))), *buttons]
        lines.append(f"{line(memory, now)} · {about}")
    if (more := len(shown.given) - PER_PAGE) > 0:
        lines.append(f"And {more} more: `/memory list` shows all of yours.")
        blocks.append(context(lines[-1]))
    if shown.left_out:
        out = ["*What stayed out*"]
        out += [f"m{memory.number} · {quoted(memory)} · {STAYED_OUT[why]}" for memory, why in shown.left_out[:PER_PAGE]]
        if (more := len(shown.left_out) - PER_PAGE) > 0:
            out.append(f"And {more} more.")
        blocks.append(section("\n".join(out)))
        lines += out
    return Reply(cut("\n".join(lines)), tuple(blocks))


def counted(memories: int) -> str:
    """So many memories, in words."""
    return f"{memories} {'memory' if memories == 1 else 'memories'}"


def reason(memory: Memory) -> str:
    """Why a memory went in before others, in words."""
    if memory.pinned:
        return "because it is pinned"
    return f"by its priority, {memory.priority}" if memory.priority else "as one of the newest"


def joined(*parts: str) -> str:
    """What is known of a memory, on one line."""
    return " · ".join(part for part in parts if part)


def _about(memory: Memory, now: datetime) -> Sequence[str]:
    """Whose a memory is, and how it stands now."""
    whose = WHOSE.get(memory.key.kind)
    present = standing(memory, now)
    if not whose:
        return present
    maker = Key.parse(memory.created_by)
    by = f", set by <@{maker.subject}>" if maker.kind is KeyKind.PERSON else ""
    return [f"{whose}{by}", *present[1:]]


def _memory(memory: Memory, about: str, choices: Sequence[Choice]) -> list[Block]:
    text = words(f"m{memory.number} · {shortened(memory.text, ROW_CHARACTERS)}")
    return [text | menu(memory, choices), context(about)]
