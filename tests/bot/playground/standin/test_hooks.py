"""`response_url`: what it can do, how often, and for how long."""

from __future__ import annotations

import aiohttp

from bot.playground.standin.human import Person
from bot.playground.standin.standin import StandInSlack
from tests.bot.playground.echo_bot import Body


async def post(url: str, **body: object) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return response.status


async def response_url(alice: Person, heard: list[Body]) -> str:
    await alice.command("/echo", "form", channel="#general")
    return str(heard[-1]["response_url"])


async def test_it_answers_one_person_unless_told_otherwise(alice: Person, bob: Person, heard: list[Body]) -> None:
    url = await response_url(alice, heard)
    assert await post(url, text="psst") == 200
    assert await post(url, text="hear ye", response_type="in_channel") == 200
    assert [(seen.text, seen.ephemeral) for seen in alice.sees("#general")] == [("psst", True), ("hear ye", False)]
    assert [seen.text for seen in bob.sees("#general")] == ["hear ye"]


async def test_it_works_five_times(alice: Person, heard: list[Body]) -> None:
    url = await response_url(alice, heard)
    assert [await post(url, text=str(number)) for number in range(6)] == [200, 200, 200, 200, 200, 404]


async def test_it_works_for_thirty_minutes(slack: StandInSlack, alice: Person, heard: list[Body]) -> None:
    url = await response_url(alice, heard)
    slack.clock.advance(1801)
    assert await post(url, text="late") == 404
    assert alice.sees("#general") == ()


async def test_it_replaces_and_deletes_an_ephemeral(slack: StandInSlack, alice: Person, heard: list[Body]) -> None:
    await alice.command("/echo", "x")
    await slack.quiet()
    await alice.click(alice.sees()[-1].button("Undo"))
    await slack.quiet()
    assert alice.sees()[-1].text == "Undone"
    assert await post(heard[-1]["response_url"], delete_original=True) == 200
    assert [seen.text for seen in alice.sees()] == ["Echo: x"]


async def test_too_many_blocks_are_refused(alice: Person, heard: list[Body]) -> None:
    assert await post(await response_url(alice, heard), blocks=[{"type": "divider"}] * 51) == 400
