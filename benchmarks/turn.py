"""What memory costs a turn: CPU of this process with 20 memories, beside the same turn of a person without any."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from statistics import median
from time import process_time

from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.databases import new_database
from benchmarks.measure import Figure, milliseconds, ratio, taking_turns
from bot.answer.answer import Answering
from bot.playground.standin.demo_workspace import ACME, ALICE, BOB, MEMBOT, dm
from bot.playground.standin.messages import Message as Posted
from bot.playground.standin.standin import StandInSlack
from bot.slack.calls import Lanes
from bot.slack.client import web_client
from bot.slack.conversation import Conversation
from bot.slack.events import Said
from bot.turn.directives import parse
from bot.turn.turn import Addressed, take_turn
from memory.database.open import Database, open_database
from memory.model.language_model import Message
from memory.models import Actor, Key, NewMemory, Role
from memory.parts import joined
from memory.recall.audience import Audience
from memory.recall.recall import NOTHING, Recall, Recalled

# Of the stand-in's workspace.
TEAM = ACME
REMEMBERING, FORGETFUL = ALICE, BOB
DIRECT_MESSAGES = {REMEMBERING: dm(ALICE), FORGETFUL: dm(BOB)}

BUDGET = 500
MEMORIES = 20
TOPICS = (
    *("Python", "tests", "style", "docs", "reviews", "deploys", "alerts", "meetings", "mail", "charts"),
    *("names", "dates", "units", "maps", "code", "tone", "travel", "lunch", "music", "books"),
)
QUESTION = "How would you explain to a new colleague what a write-ahead log is for?"
ANSWER = ("A write-ahead log keeps ", "every change in order ", "before it is applied.")


class FixedModel:
    """The same answer to everything, at once: what is left is what the turn itself costs."""

    name = "fixed"
    ready = True

    async def answer(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Yield the answer. The messages are looked at no more than to see that they are there."""
        for piece in ANSWER if messages else ():
            yield piece

    async def aclose(self) -> None:
        """Nothing is held."""


class NoRecall(Recall):
    """Asks nothing of the database: the turn of a bot that has no memory at all."""

    async def recall(self, audience: Audience) -> Recalled:  # noqa: ARG002 - the base's signature
        return NOTHING


async def measure(quick: bool) -> list[Figure]:
    """CPU of `take_turn` with the real store, recall, turns and client; Slack's stand-in is another process."""
    times, rounds = 10, 11 if quick else 61  # many short rounds: what else the machine does then hits all alike
    with new_database("SQLite") as url, _slack(3 * times * (rounds + 1)) as slack:
        async with open_database(url) as database, web_client(slack.token, slack.api_url) as client:
            answering = await _answering(database)
            without = Answering(replace(answering.parts, recall=NoRecall(database, budget=BUDGET)))
            arms = {
                "on": partial(_cpu, answering, REMEMBERING, client, slack.roots, times),
                "empty": partial(_cpu, answering, FORGETFUL, client, slack.roots, times),
                "off": partial(_cpu, without, FORGETFUL, client, slack.roots, times),
            }
            taken = await taking_turns(arms, rounds)
    return [
        Figure(
            f"CPU per turn with {MEMORIES} memories",
            "SQLite",
            milliseconds(median(taken["on"])),
            f"{title} {milliseconds(median(taken[arm]))}",
            ratio(taken["on"], taken[arm]),
        )
        for arm, title in (("empty", "same turn, no memories"), ("off", "same turn, no recall"))
    ]


async def _answering(database: Database) -> Answering:
    """The parts with a fixed model; the remembering person's memories are there, all of them within the budget."""
    parts = joined(database, FixedModel(), budget=BUDGET, system_prompt="You are a helpful assistant.")
    actor = Actor(f"slack:{TEAM}:{REMEMBERING}", Role.MEMBER, "bench", team=TEAM, user=REMEMBERING)
    for topic in TOPICS:
        await parts.store.create(
            actor, NewMemory(key=Key.person(TEAM, REMEMBERING), text=f"Short answers about {topic}")
        )
    given = await parts.recall.recall(Audience(Key.person(TEAM, REMEMBERING), Key.workspace(TEAM), alone=True))
    if len(given.memories) != MEMORIES:
        raise RuntimeError(f"{len(given.memories)} memories are injected, not {MEMORIES}.")
    return Answering(parts)


async def _cpu(answering: Answering, user: str, client: AsyncWebClient, roots: list[str], times: int) -> float:
    """Seconds of CPU for one turn, with its share of the housekeeping; each turn begins a thread."""
    lanes, begun = Lanes(), process_time()
    for _ in range(times):
        said = Said(DIRECT_MESSAGES[user], user, QUESTION, roots.pop(), None, True, False, False)
        actor = Actor(f"slack:{TEAM}:{user}", Role.MEMBER, "bench", team=TEAM, user=user)
        parsed = parse(said.text, bot_user_id=MEMBOT, now=answering.parts.clock())
        here = Conversation(
            client, lanes, TEAM, said.channel, user, True, root=said.ts, home=TEAM, event_id=secrets.token_hex(8)
        )
        await take_turn(answering, Addressed(said, parsed, actor, here, MEMBOT))
    await answering.parts.turns.count_applied(answering.parts.store)
    return (process_time() - begun) / times


@dataclass(frozen=True, slots=True)
class Slack:
    """The stand-in in another process. `roots`: messages in both direct messages, each to be answered once."""

    api_url: str
    token: str
    roots: list[str]


@contextmanager
def _slack(messages: int) -> Iterator[Slack]:
    here, there = Pipe()
    process = get_context("spawn").Process(target=_serve, args=(messages, there))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("stop")
        process.join()


def _serve(messages: int, pipe: Connection) -> None:
    asyncio.run(_stand_in(messages, pipe))


async def _stand_in(messages: int, pipe: Connection) -> None:
    async with StandInSlack.open() as slack:
        roots = [slack.clock.ts() for _ in range(messages)]
        for user, channel in DIRECT_MESSAGES.items():
            for ts in roots:
                slack.workspace.put(Posted(channel, ts, user, TEAM, text=QUESTION))
        pipe.send(Slack(slack.api_url, slack.bot_token, roots))
        await asyncio.to_thread(pipe.recv)
