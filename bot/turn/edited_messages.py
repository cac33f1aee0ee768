"""A message that made memories was edited or deleted: its author is asked what shall become of them.

Nothing is changed by that itself. The offer names the revision of the memory that it is about, so that it works on that
one or says that it is out of date.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.slack.conversation import Conversation, Posted
from bot.slack.events import Rewritten
from bot.slack.mrkdwn import escaped, plain, shortened
from bot.slack.reply import Reply, note, section
from bot.turn.directives import Remember, parse
from bot.turn.understood import understood
from bot.views.blocks import VALUE_CHARACTERS, actions, button, quoted
from memory.models import Actor, Memory
from memory.parts import Parts
from memory.text.clean import same_text
from memory.text.secrets import secret_kind

MOST_OFFERS = 3  # for one message; each is a message of its own
FORMATTING = str.maketrans("", "", "*_~`")


@dataclass(frozen=True, slots=True)
class Followed:
    """An edit or a deletion to be followed up: the change, whose it is, and where they are told."""

    change: Rewritten
    actor: Actor
    here: Conversation
    bot_user_id: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """To give a memory these words; None: to delete it, as the message says it no longer."""

    memory: Memory
    text: str | None


async def follow(parts: Parts, to: Followed) -> None:
    """Offer what the change suggests. Raises StorageFailed, and DeliveryFailed."""
    memories = await parts.store.made_from(to.actor, to.change.channel, to.change.ts)
    offered = offers(memories, to.change, to.bot_user_id, parts.clock())
    if not offered:
        return
    told = [shown(offer, deleted=to.change.after is None) for offer in offered[:MOST_OFFERS]]
    if (more := len(offered) - MOST_OFFERS) > 0:
        told.append(note(f"And {more} more of that message: `/memory list` shows them."))
    before = await to.here.posted(to.change.root, to.bot_user_id) if to.again else Posted()
    for number, reply in enumerate(told):
        if (part := f"offer:{number}") not in before.parts:
            await to.here.tell(reply, part)


def offers(memories: Sequence[Memory], change: Rewritten, bot_user_id: str, now: datetime) -> list[Offer]:
    """What to offer about the memories that were made from the message."""
    if change.after is None:
        return [Offer(memory, None) for memory in memories]
    old, new = (_asked(text, bot_user_id, now) for text in (change.before, change.after))
    if not old:  # it was saved whole, by a shortcut
        old, new = [plain(change.before).strip()], [plain(change.after).strip()]
    unchanged = {_same(text) for text in old} & {_same(text) for text in new}
    was = [text for text in old if _same(text) not in unchanged]
    says = [text for text in new if _same(text) and _same(text) not in unchanged]
    offered = []
    for memory in memories:
        place = _place(memory, was, alone=len(memories) == len(old) == 1)
        if place is None:
            continue
        text = says[place] if place < len(says) else None
        if text is None or not (_same(text) == _same(memory.text) or secret_kind(text)):
            offered.append(Offer(memory, text))
    return offered


def _asked(text: str, bot_user_id: str, now: datetime) -> list[str]:
    """What a message asks to remember."""
    parsed = understood(parse(text, bot_user_id=bot_user_id, now=now), now)
    return [each.text for each in parsed.directives if isinstance(each, Remember)]


def _place(memory: Memory, was: Sequence[str], *, alone: bool) -> int | None:
    """Which of the words that changed made this memory. If they were changed here since, the only ones did."""
    place = next((number for number, text in enumerate(was) if _same(text) == _same(memory.text)), None)
    return 0 if place is None and alone and was else place


def _same(text: str) -> str:
    """Equal for texts that differ in formatting only."""
    return same_text(text.translate(FORMATTING))


def shown(offer: Offer, *, deleted: bool) -> Reply:
    """The offer as its author is told it. Words stand in the button as JSON: as they are, and on one line."""
    memory = offer.memory
    name, own = f"m{memory.number}", f"{memory.id} {memory.revision}"
    keep = button("Keep it" if offer.text is None else "Keep", f"keep {memory.id}")
    if offer.text is None:
        why = "You deleted the message behind" if deleted else "Your edited message no longer asks me to remember"
        text = f"{why} {name}: {quoted(memory)}. Shall I delete {name} too?"
        return Reply(text, (section(text), actions(button(f"Delete {name}", f"drop {own}", danger=True), keep)))
    said = f"“{escaped(shortened(offer.text, 150))}”"
    text = f"You edited the message behind {name}. It says: {quoted(memory)}. Shall it say: {said}?"
    command = f"reword {own} {json.dumps(offer.text)}"
    if len(command) > VALUE_CHARACTERS:
        text += f" That is too long for a button: `/memory edit {name} …` changes it."
        return Reply(text, (section(text),))
    return Reply(text, (section(text), actions(button(f"Update {name}", "") | {"value": command}, keep)))
