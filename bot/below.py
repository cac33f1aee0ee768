"""What stands below an answer is pressed: thumbs, “Memories used”, and the rows of what that opens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot import commands, identity, modal, why
from bot.aside import Listener
from bot.call import Call, Desk
from bot.edge import in_time
from bot.edge import say as say_one
from bot.identity import Speaker
from bot.views import note
from memory.models import Actor

Body = Mapping[str, Any]
ActorOf = Callable[[Speaker, AsyncWebClient, str, str], Awaitable[Actor]]


@dataclass(frozen=True, slots=True)
class Below:
    """The work of those listeners. It is done after the acknowledgement, for which Slack waits; it raises nothing.

    `looking` and `changing` say who somebody is, `listener` who pressed something in a message and where.
    """

    desk: Desk
    looking: ActorOf
    changing: ActorOf
    listener: Callable[[Body, str], Listener]

    async def praise(self, body: Body, who: Speaker, client: AsyncWebClient, event_id: str) -> None:
        """Keep a thumbs up."""

        async def rate() -> str:
            return "" if await self.desk.turns.rate(event_id, who.team, who.user, "up") else why.NOT_YOUR_ANSWER

        if refused := await in_time(rate, str):
            await say_one(client, self.listener(body, who.user), note(refused))

    async def explain(
        self, body: Body, who: Speaker, client: AsyncWebClient, title: str, event_id: str, *, rate: bool = False
    ) -> None:
        """Open the modal about an answer, and first keep a thumbs down, if it was one."""
        channel = str(identity.part(body, "channel").get("id") or "")

        async def work() -> modal.View:
            if rate and not await self.desk.turns.rate(event_id, who.team, who.user, "down"):
                return why.sentence(title, why.NOT_YOUR_ANSWER)
            actor = await self.looking(who, client, "slack button", channel)
            return await why.view(self.desk, actor, await self.desk.turns.get(event_id), title)

        say = partial(why.sentence, title)
        filled = asyncio.create_task(in_time(work, say))  # whether or not the modal opens: a thumb is kept
        trigger = str(body.get("trigger_id") or "")
        if not await modal.open_modal(client, trigger, say(why.LOADING), filled, say(why.FAILED)):
            await filled
            await say_one(client, self.listener(body, who.user), note(why.FAILED))

    async def change_row(self, body: Body, who: Speaker, client: AsyncWebClient) -> None:
        """Do what was chosen for a memory in that modal, as if its command had been typed, and show how it stands."""
        shown = identity.part(body, "view")
        title = str(identity.part(shown, "title").get("text") or why.USED)
        words = str(identity.part(body["actions"][0], "selected_option").get("value") or "")

        async def work() -> modal.View:
            turn = await self.desk.turns.get(str(shown.get("private_metadata") or ""))
            # Where it was asked is where who asked may act; for anybody else it is nowhere.
            channel = turn.thread.channel if turn and (turn.thread.team, turn.user) == (who.team, who.user) else ""
            actor = await self.changing(who, client, "slack button", channel)
            reply = await commands.run(self.desk, Call(actor, channel, words, pressed=True))
            return await why.view(self.desk, actor, turn, title, reply.text)

        say = partial(why.sentence, title)
        await modal.show(client, str(shown.get("id") or ""), await in_time(work, say), say(why.FAILED))
