"""The state of the stand-in, and its clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.playground.standin.demo_workspace import ACME, ALICE, BOB, CAROL, GUS, MEMBOT, OTHER_TEAM, SAM, demo_workspace
from bot.playground.standin.human import Person
from bot.playground.standin.movable_clock import MovableClock
from bot.playground.standin.refusal import NotPossible
from bot.playground.standin.standin import StandInSlack
from tests.bot.playground.echo_bot import Body


def test_every_ts_is_later_than_the_one_before() -> None:
    clock = MovableClock()
    stamps = [clock.ts() for _ in range(1000)]
    assert stamps == sorted(set(stamps))
    assert all(len(stamp.split(".")[1]) == 6 for stamp in stamps)


def test_the_clock_can_be_put_forward() -> None:
    clock = MovableClock()
    before = clock.now()
    clock.advance(3600)
    assert 3600 <= clock.now() - before < 3601


def test_the_demo_has_an_admin_a_guest_and_a_stranger() -> None:
    world = demo_workspace()
    assert world.user("@alice").is_admin
    assert world.user("gus").to_json(ACME)["is_restricted"] is True
    assert world.user(SAM).team_id == OTHER_TEAM
    assert world.channel("#general").members == {ALICE, BOB, CAROL, GUS, MEMBOT}
    with pytest.raises(NotPossible, match="nobody called zoe"):
        world.user("zoe")


def test_a_direct_message_is_opened_once() -> None:
    world = demo_workspace()
    opened = world.direct_message(ALICE, BOB)
    assert world.direct_message(BOB, ALICE) == opened


async def test_the_bot_hears_nothing_where_it_is_no_member(
    slack: StandInSlack, alice: Person, heard: list[Body]
) -> None:
    general = slack.workspace.channel("#general")
    slack.workspace.add(replace(general, members=general.members - {MEMBOT}))
    await alice.say("@membot hi", channel="#general")
    assert heard == []
