"""Why an answer is as it is: the memories that it was given, what stayed out, and what can be done about each.

What stands below an answer names its event and nothing more. Who presses there is known from Slack's signed payload,
and only who asked is shown any words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.slack.mrkdwn import shortened
from bot.slack.reply import Block, Reply, cut, section
from bot.views.blocks import PER_PAGE, line, quoted, standing, words
from bot.views.blocks import context as small
from bot.views.held import Held
from bot.views.lists import row as listed
from bot.views.modals import DO, View, modal, plain_text
from memory import policy
from memory.models import Actor, Changes, Key, KeyKind, Memory, Why
from memory.parts import Parts
from memory.turns import Turn

# Slack takes 100 blocks in a view, and a memory takes two.
MOST_GIVEN, MOST_LEFT_OUT = 25, 15
ROW_CHARACTERS = 300

FAILED = "Slack did not open the dialog just now. Please try again, or say `/memory why`."
FORGOTTEN = "I no longer know what this answer was given."
NOT_YOURS = "The memories themselves are shown to the person who asked."
NOT_YOUR_ANSWER = "Only the person who asked can rate this answer."
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

    event_id: str
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
        return f"*{whose} was given {count(self.total)}*: {ORDER}{deleted}"

    def since(self, memory: Memory) -> str:
        """Says that a memory is no longer what the answer was given."""
        return "changed since" if memory.updated_at > self.asked_at else ""


async def view(parts: Parts, actor: Actor, held: Held, note: str = "") -> View:
    """The modal about an answer: everything for who asked, counts for others. Raises StorageFailed."""
    turn = await parts.turns.get(held.event)
    if turn is None or turn.thread.team != actor.team:
        return _sentence(held, FORGOTTEN)
    if turn.user != actor.user:
        return _sentence(held, NOT_YOUR_ANSWER if held.screen == "wrong" else counted(turn))
    return explained(held, await explain(parts, actor, turn), actor, parts.clock(), note)


async def explain(parts: Parts, actor: Actor, turn: Turn) -> Explanation:
    """What this turn's answer was given, as far as who asks may know it. Raises StorageFailed."""
    reasons = dict(turn.left_out)
    known = await parts.store.look_at(actor, [*turn.given, *reasons])
    return Explanation(
        turn.event_id,
        turn.created_at,
        len(turn.given),
        tuple(known[each] for each in turn.given if each in known),
        tuple((known[each], why) for each, why in reasons.items() if each in known),
        await parts.store.paused(Key.person(actor.team, actor.user)),
    )


def count(memories: int) -> str:
    return f"{memories} {'memory' if memories == 1 else 'memories'}"


def reason(memory: Memory) -> str:
    """Why a memory went in before others, in words."""
    if memory.pinned:
        return "because it is pinned"
    return f"by its priority, {memory.priority}" if memory.priority else "as one of the newest"


def _told(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


# ------------------------------------------------------------------------------------------------------- a modal


def _sentence(held: Held, text: str) -> View:
    return modal(held, [section(text)])


def explained(held: Held, shown: Explanation, actor: Actor, now: datetime, note: str = "") -> View:
    """A modal that explains an answer to who asked, under a line that says what was just done."""
    blocks = [section(note)] if note else []
    blocks.append(section(shown.title()))
    if shown.paused:
        blocks.append(small("Your memory is paused: until you switch it on with `/memory resume`, none is used."))
    for memory in shown.given[:MOST_GIVEN]:
        blocks += _row(memory, _told(reason(memory), *_about(memory, now), shown.since(memory)), actor)
    if (more := len(shown.given) - MOST_GIVEN) > 0:
        blocks.append(small(f"And {more} more: `/memory list` shows all of yours."))
    if shown.left_out:
        blocks += [{"type": "divider"}, section("*What stayed out*")]
    for memory, why in shown.left_out[:MOST_LEFT_OUT]:
        blocks += _row(memory, _told(STAYED_OUT[why], *_about(memory, now), shown.since(memory)), actor)
    if (more := len(shown.left_out) - MOST_LEFT_OUT) > 0:
        blocks.append(small(f"And {more} more."))
    return modal(held, blocks)


def counted(turn: Turn) -> str:
    """What whoever did not ask is told."""
    given = count(len(turn.given)) if turn.given else "no memories"
    return f"This answer was given {given}. {NOT_YOURS}"


def _about(memory: Memory, now: datetime) -> Sequence[str]:
    """Whose a memory is, and how it stands now."""
    whose = WHOSE.get(memory.key.kind)
    present = standing(memory, now)
    if not whose:
        return present
    maker = Key.parse(memory.created_by)
    by = f", set by <@{maker.subject}>" if maker.kind is KeyKind.PERSON else ""
    return [f"{whose}{by}", *present[1:]]


def _row(memory: Memory, about: str, actor: Actor) -> tuple[Block, Block]:
    said = words(f"m{memory.number} · {shortened(memory.text, ROW_CHARACTERS)}")
    switch = ("enable", "Enable") if memory.disabled else ("disable", "Disable")
    changes = {("edit", "Edit"): Changes(text=memory.text), switch: Changes(disabled=not memory.disabled)}
    choices = [choice for choice, change in changes.items() if policy.may_change(actor, memory, change)]
    if choices:
        mark = f"{memory.id} {memory.revision}"
        options = [{"text": plain_text(label), "value": f"{verb} {mark}"} for verb, label in choices]
        said["accessory"] = {"type": "overflow", "action_id": f"{DO}:menu", "options": options}
    return said, small(about)


# ---------------------------------------------------------------------------------------------------- as a message


def reply(shown: Explanation, now: datetime) -> Reply:
    """The same for `/memory why`, as a message to who asked."""
    title = shown.title("My last answer to you here")
    blocks, lines = [section(title)], [title]
    for memory in shown.given[:PER_PAGE]:
        about = _told(reason(memory), shown.since(memory))
        said, _, buttons = listed(memory, "why", now)
        blocks += [said, small(_told(about, *_about(memory, now))), buttons]
        lines.append(f"{line(memory, now)} · {about}")
    if (more := len(shown.given) - PER_PAGE) > 0:
        lines.append(f"And {more} more: `/memory list` shows all of yours.")
        blocks.append(small(lines[-1]))
    if shown.left_out:
        out = ["*What stayed out*"]
        out += [f"m{memory.number} · {quoted(memory)} · {STAYED_OUT[why]}" for memory, why in shown.left_out[:PER_PAGE]]
        if (more := len(shown.left_out) - PER_PAGE) > 0:
            out.append(f"And {more} more.")
        blocks.append(section("\n".join(out)))
        lines += out
    return Reply(cut("\n".join(lines)), tuple(blocks))
