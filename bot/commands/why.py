"""Why an answer is as it is: the memories that it was given, and what stayed out.

What stands below an answer names its event and nothing more. Who presses there is known from Slack's signed payload,
and only who asked is shown any words.
"""

from __future__ import annotations

from bot.commands.call import Call
from bot.slack.reply import Reply, note
from bot.views.explanation import NOT_YOUR_ANSWER, Explanation, answer_reply
from memory.models import Actor, Key
from memory.parts import Parts
from memory.turns import Feedback, Turn


async def why(parts: Parts, call: Call) -> Reply:
    turn = await parts.turns.last(call.actor.team, call.channel, call.actor.user, call.thread_ts)
    if turn is None:
        return note("I have not answered you here yet, so there is nothing to explain.")
    return answer_reply(await explain(parts, call.actor, turn), parts.clock(), call.offers)


async def explain(parts: Parts, actor: Actor, turn: Turn) -> Explanation:
    """What this turn's answer was given, as far as who asks may know it. Raises StorageFailed."""
    reasons = dict(turn.left_out)
    known = await parts.store.look_at(actor, [*turn.given, *reasons])
    return Explanation(
        turn.created_at,
        len(turn.given),
        tuple(known[each] for each in turn.given if each in known),
        tuple((known[each], why) for each, why in reasons.items() if each in known),
        await parts.store.paused(Key.person(actor.team, actor.user)),
    )


async def rate(parts: Parts, event_id: str, team: str, user: str, feedback: Feedback) -> str:
    """Keep a thumb; return what is to be told: that the answer is another's. Of thumbs down a modal says so."""
    kept = await parts.turns.rate(event_id, team, user, feedback)
    return "" if kept or feedback == "down" else NOT_YOUR_ANSWER
