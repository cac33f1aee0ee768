"""The state of the stand-in, and its clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.playground import NotPossible, Person, StandInSlack, demo_workspace
from bot.playground.standin.clock import Clock
from tests.bot.playground.echo_bot import Body


def test_every_ts_is_later_than_the_one_before() -> None:
    clock = Clock()
    stamps = [clock.ts() for _ in range(1000)]
    assert stamps == sorted(set(stamps))
    assert all(len(stamp.split(".")[1]) == 6 for stamp in stamps)


def test_the_clock_can_be_put_forward() -> None:
    clock = Clock()
    before = clock.now()
    clock.advance(3600)
    assert 3600 <= clock.now() - before < 3601


def test_the_demo_has_an_admin_a_guest_and_a_stranger() -> None:
    world = demo_workspace()
    assert world.user("@alice").is_admin
    assert world.user("gus").to_json("T0DEMO")["is_restricted"] is True
    assert world.user("U0SAM").team_id == "TOTHER"
    assert world.channel("#general").members == {"U0ALICE", "U0BOB", "U0CAROL", "U0GUS", "U0BOT"}
    with pytest.raises(NotPossible, match="nobody called zoe"):
        world.user("zoe")


def test_a_direct_message_is_opened_once() -> None:
    world = demo_workspace()
    opened = world.direct_message("U0ALICE", "U0BOB")
    assert world.direct_message("U0BOB", "U0ALICE") == opened


async def test_the_bot_hears_nothing_where_it_is_no_member(
    slack: StandInSlack, alice: Person, heard: list[Body]
) -> None:
    general = slack.workspace.channel("#general")
    slack.workspace.add(replace(general, members=general.members - {"U0BOT"}))
    await alice.say("@membot hi", channel="#general")
    assert heard == []
