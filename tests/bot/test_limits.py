"""Limits for saves and answers, at every door: told in one sentence, and not counted twice."""

from __future__ import annotations

import re

from tests.bot.conftest import open_office
from tests.bot.test_conversations import texts
from tests.scripted_model import ScriptedModel

SOON = re.compile(r"In one day, one person may \S.* so I .*; it goes on in \d+ (?:second|minute|hour)s?\.")


async def test_saves_are_limited_at_every_door(database_url: str, model: ScriptedModel) -> None:
    async with open_office(database_url, model, {"SAVES_PER_DAY": "3"}) as office:
        await office.say("bob", "remember: one")
        await office.say("bob", "memory add two")
        await office.command("bob", "add three")
        assert SOON.fullmatch(await office.command("bob", "add four"))
        for words in ("remember: five", "memory add six", "@membot remember for this channel: seven"):
            seen = await office.say("bob", words, "#general" if words.startswith("@") else None)
            assert SOON.fullmatch(seen[0].text), seen[0].text
        assert sorted(await texts(office, "bob")) == ["one", "three", "two"]
        await office.say("alice", "remember: alice has her own count")
        assert len(await texts(office, "alice")) == 1


async def test_answers_are_limited_and_saving_goes_on(database_url: str, model: ScriptedModel) -> None:
    async with open_office(database_url, model, {"ANSWERS_PER_DAY": "2"}) as office:
        for _ in range(2):
            await office.say("alice", "hello")
        seen = await office.say("alice", "remember: admins are limited too\nhello?")
        assert "Saved as m1" in seen[0].text
        assert SOON.fullmatch(seen[1].text)
        assert len(model.asked) == 2
        (told,) = await office.say("alice", "@membot hello", "#general")
        assert told.ephemeral
        await office.say("bob", "hello")
        assert len(model.asked) == 3


async def test_a_workspaces_answers_are_limited(database_url: str, model: ScriptedModel) -> None:
    async with open_office(database_url, model, {"WORKSPACE_ANSWERS_PER_DAY": "2"}) as office:
        for who in ("alice", "bob", "carol"):
            (seen,) = await office.say(who, "hello")
        assert "all of this workspace together may ask me 2 times" in seen.text
        assert len(model.asked) == 2


async def test_an_event_that_is_delivered_or_worked_off_twice_counts_once(
    database_url: str, model: ScriptedModel
) -> None:
    async with open_office(database_url, model, {"ANSWERS_PER_DAY": "2", "SAVES_PER_DAY": "2"}) as office:
        office.slack.faults.add("chat.startStream", drop=True, times=2)  # each attempt asks the model again
        await office.say("bob", "remember: tea\nhello")
        for delivery in list(office.slack.deliveries):
            await office.slack.redeliver(delivery)
        await office.settled()
        await office.say("bob", "remember: milk\nhello again")
        assert len(await texts(office, "bob")) == 2
        answered = [one for one in office.person("bob").sees() if "You said" in one.text]
        assert len(answered) == 2


async def test_zero_is_no_limit(database_url: str, model: ScriptedModel) -> None:
    async with open_office(database_url, model, {"SAVES_PER_MINUTE": "0", "SAVES_PER_DAY": "0"}) as office:
        lines = "\n".join(f"- text {number}" for number in range(45))
        for part in range(2):
            await office.say("bob", f"remember:\n{lines.replace('text', f'text {part}')}")
        assert len(await texts(office, "bob")) == 90
