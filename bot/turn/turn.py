"""One turn, top to bottom: what a person said, what is kept of it, and the answer.

Every step can be repeated: a turn that a crash interrupted is taken again from the start, and what it had done before
is found (a memory by its request, a message in Slack by its metadata or its ts) and not done twice. Only what is shown
to one person in a channel leaves nothing to be found: it may be shown again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.answer.answer import Answering, Question
from bot.answer.stream import WHOLE
from bot.commands import table
from bot.commands.call import Call
from bot.slack.calls import DeliveryFailed
from bot.slack.conversation import Conversation, Posted
from bot.slack.events import Said
from bot.slack.mrkdwn import escaped, plain, shortened
from bot.slack.reply import Reply, note
from bot.turn.directives import AskToPause, Command, Directive, Forget, ForgetLast, Parsed, Recollect, Remember
from bot.views.receipts import ask_delete, ask_to_pause, offer, receipt, refusal, together
from bot.views.refusals import why_refused
from memory.errors import MemoryNotFound, MemoryRefused, NotPermitted, TooOften
from memory.models import Actor, Filter, Key, NewMemory, Origin, Role
from memory.parts import Parts
from memory.policy import may_read

log = logging.getLogger(__name__)

MOST_DIRECTIVES = 50  # in one message
LAST_SAVED_WITHIN = timedelta(hours=1)  # "forget that" means nothing older
BLOCKS_AT_ONCE = 45  # Slack takes 50 in a message
MEMBERS_ONLY = "I keep memories for members of this workspace only, so I did not keep that."
STRANGER = "I keep and use memories for members of this workspace only, so I answer you without any."
MEMBERS_PROPOSE = (
    "Only members of this workspace can propose something for all of it. You can save it for yourself: `remember: …`"
)
GIVEN_UP = "Sorry, I could not answer this. What I confirmed as saved is saved. Please try again."
NOT_HERE = "Slack does not let me write there, so I could not answer you. Write to me directly, and I will."
UNREAD = "I cannot read files, so I did not look at {names}. Tell me in words what it is about."
MOST_FILES_NAMED = 5
GREETING = (
    "Hello! Ask me anything, or tell me what to keep: `remember: I like short answers`. There is `memory help` too."
)


@dataclass(frozen=True, slots=True)
class Addressed:
    """A message to the bot: what was said, what it asks, by whom and where.

    `again`: an earlier attempt was interrupted, and `bot_user_id` wrote what it had posted.
    """

    said: Said
    parsed: Parsed
    actor: Actor
    here: Conversation
    bot_user_id: str
    again: bool = False


async def take_turn(answering: Answering, to: Addressed) -> None:
    """Take the turn. Raises what makes another attempt worth while: StorageFailed, or Slack being away."""
    before = await to.here.posted(to.said.ts, to.bot_user_id) if to.again else Posted()
    told = await _done(answering.parts, to)
    for number, reply in enumerate(together(told, BLOCKS_AT_ONCE)):
        if (part := f"told:{number}") not in before.parts:
            await delivered(to.here, to.here.tell(reply, part))
    public = [reply.public for reply in told if reply.public]
    for number, reply in enumerate(together(public, BLOCKS_AT_ONCE)):
        if (part := f"announced:{number}") not in before.parts:
            await delivered(to.here, to.here.announce(reply, part))
    if question := _question(to):
        await _answered(answering, to, question, before)
    if to.parsed.offered and "offered" not in before.parts and await _keeps(answering.parts, to.actor):
        await delivered(to.here, to.here.tell(offer(to.parsed.offered), "offered"))


async def give_up(answering: Answering, here: Conversation) -> None:
    """Tell the person that there will be no answer, and end what had begun of one. Raises DeliveryFailed."""
    await answering.give_up(here)
    await here.tell(note(GIVEN_UP), "given up")


async def delivered(here: Conversation, delivery: Awaitable[None]) -> DeliveryFailed | None:
    """Wait for a delivery. Returns the refusal of one that Slack never takes; for any other the turn is taken again."""
    try:
        await delivery
    except DeliveryFailed as error:
        if error.passing:
            raise
        log.warning("Slack does not take what is said to event %s (%s)", here.event_id, error)
        return error
    return None


async def _done(parts: Parts, to: Addressed) -> list[Reply]:
    """Do what the directives ask, and return all that the person is told."""
    wanted = to.parsed.directives
    told = [await _act(parts, to, place, each) for place, each in enumerate(wanted[:MOST_DIRECTIVES])]
    told += [note(escaped(problem)) for problem in to.parsed.problems]
    if (left := len(wanted) - MOST_DIRECTIVES) > 0:
        told.append(note(f"That was more than I take at once: I did not look at the last {left} of them."))
    stranger = to.actor.role is Role.OUTSIDER and not (told or to.said.from_app)
    if stranger and await _is_first(parts, to):
        told.append(note(STRANGER))
    if not (told or to.parsed.rest.strip()):
        told.append(note(UNREAD.format(names=escaped(_named(to.said.files))) if to.said.files else GREETING))
    return told


def _question(to: Addressed) -> str:
    """What the model is asked: what is left of the words, and which files it cannot see; "" when nothing is asked."""
    words = plain(to.parsed.rest).strip()
    if not (words and to.said.files):
        return words
    return f"{words}\n\n[Attached, and not readable for you: {_named(to.said.files)}]"


def _named(files: Sequence[str]) -> str:
    shown = ", ".join(shortened(name, 60) for name in files[:MOST_FILES_NAMED])
    more = len(files) - MOST_FILES_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


async def _answered(answering: Answering, to: Addressed, question: str, before: Posted) -> None:
    """Answer, unless that was done; and show in Slack that the answer is over, however it ended."""
    try:
        if WHOLE not in before.parts:
            asked = Question(to.here, to.actor, to.said, question)
            refusal = await delivered(to.here, answering.answer(asked, before))
            if refusal and not (refusal.locked_out or to.here.alone or to.said.from_app):
                await delivered(to.here, to.here.tell(note(NOT_HERE), "not here"))
    except TooOften as error:
        if not to.said.from_app:
            await delivered(to.here, to.here.tell(note(why_refused(error)), "too often"))
        return
    await answering.end(to.here, question)


async def _keeps(parts: Parts, actor: Actor) -> bool:
    """Whether anything can be kept for this person now."""
    return actor.role is not Role.OUTSIDER and not await parts.store.paused(Key.person(actor.team, actor.user))


async def _is_first(parts: Parts, to: Addressed) -> bool:
    """Whether this person has not spoken to the bot here before."""
    before = await parts.turns.last(to.actor.team, to.said.channel, to.said.user, None)
    return before is None or before.event_id == to.here.event_id


# ---------------------------------------------------------------------------------------------------- directives


async def _act(parts: Parts, to: Addressed, place: int, directive: Directive) -> Reply:
    """Do what one directive asks, and return what to tell the person about it."""
    if to.actor.role is Role.OUTSIDER:
        return note(MEMBERS_ONLY)
    request_id = f"{to.here.event_id}:{place}"
    call = Call(to.actor, to.said.channel, thread_ts=to.said.thread_ts, request_id=request_id)
    match directive:
        case Remember():
            return await _remember(parts, to, request_id, directive)
        case Forget():
            return await _forget(parts, call, directive)
        case AskToPause() | ForgetLast():
            return ask_to_pause() if isinstance(directive, AskToPause) else await _forget_last(parts, call)
        case Recollect(about):
            return await table.run(parts, replace(call, words=f"search {about}" if about else "list"))
        case Command(text):
            return await table.run(parts, replace(call, words=text))


async def _remember(parts: Parts, to: Addressed, request_id: str, wanted: Remember) -> Reply:
    said, actor = to.said, to.actor
    keys = {
        "me": Key.person(actor.team, actor.user),
        "team": Key.workspace(actor.team),
        # A conversation with the bot alone has nobody else in it: for this channel is for me.
        "channel": Key.person(actor.team, actor.user) if said.alone else Key.channel(actor.team, said.channel),
    }
    new = NewMemory(
        key=keys[wanted.scope],
        text=wanted.text,
        visibility="private" if said.alone else "open",
        tags=wanted.tags,
        expires_at=wanted.expires_at,
        origin=Origin(said.user, said.channel, said.thread_ts, said.ts, session_id=to.here.event_id),
    )
    try:
        return receipt(await parts.store.create(actor, new, request_id=request_id))
    except NotPermitted as error:
        return note(MEMBERS_PROPOSE) if wanted.scope == "team" else refusal(error)
    except MemoryNotFound:  # an attempt before this one saved it, and it was deleted since
        return note("That was saved, and deleted since.")
    except MemoryRefused as error:
        return refusal(error)


async def _forget_last(parts: Parts, call: Call) -> Reply:
    """Ask whether to delete what this person saved last, if that was not long ago."""
    actor = call.actor
    keys = (call.own, Key.channel(actor.team, call.channel), Key.workspace(actor.team), Key.proposals(actor.team))
    newest = [each for key in keys if may_read(actor, key) for each in await parts.store.latest(actor, key, 5)]
    mine = [each for each in newest if each.created_by == actor.id]
    last = max(mine, key=lambda each: each.created_at, default=None)
    if last is None or parts.clock() - last.created_at > LAST_SAVED_WITHIN:
        return note("Forget what? Say its number, like `forget: m7`: `memory list` shows them.")
    return ask_delete(last)


async def _forget(parts: Parts, call: Call, wanted: Forget) -> Reply:
    if wanted.number is not None:
        return await table.run(parts, replace(call, words=f"delete m{wanted.number}"))
    found = await parts.store.find(call.actor, call.own, Filter(words=wanted.words))
    if found.total == 1:
        return ask_delete(found.memories[0])
    if found.total:
        return await table.run(parts, replace(call, words=f"search {escaped(wanted.words)}"))
    return note(f"I remember nothing about “{escaped(wanted.words[:100])}”.")
