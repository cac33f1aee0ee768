"""The workspace that the playground opens, and most tests: Acme, its people and its channels."""

from __future__ import annotations

from bot.playground.standin.ids import direct_message_id
from bot.playground.standin.movable_clock import MovableClock
from bot.playground.standin.oauth import APP_ID
from bot.playground.standin.people import Channel, Installation, Team, User
from bot.playground.standin.workspace import Workspace

ACME, OTHER_TEAM = "T06H3R9VD", "T05QZ81NK"
ALICE, BOB, CAROL, GUS = "U07K2M4QX", "U07P5W1JH", "U07Q6Z8FN", "U083D4X7K"
SAM = "U05R2Y9TM"
PEOPLE = {"alice": ALICE, "bob": BOB, "carol": CAROL, "gus": GUS, "sam": SAM}
MEMBOT, MEMBOT_BOT = "U06V1L3GP", "B06V1LQ7D"
GENERAL, RANDOM, SHARED = "C06H3S2LM", "C06H3T5WQ", "C07AB12CD"


def dm(user: str) -> str:
    """The id of somebody's direct message with membot."""
    return direct_message_id(user, MEMBOT)


def demo_workspace(clock: MovableClock | None = None) -> Workspace:
    """Acme: alice (an admin), bob, carol, gus (a guest in one channel), sam (from another team), and membot."""
    world = Workspace(clock)
    people = (
        User(ALICE, "alice", ACME, is_admin=True),
        User(BOB, "bob", ACME),
        User(CAROL, "carol", ACME),
        User(GUS, "gus", ACME, is_restricted=True, is_ultra_restricted=True),
        User(SAM, "sam", OTHER_TEAM),
    )
    world.add(Team(ACME, "Acme", "acme"), Team(OTHER_TEAM, "Other", "other"), *people)
    world.install(Installation(ACME, MEMBOT, MEMBOT_BOT, APP_ID, "xoxb-playground", "xapp-playground"))
    members = frozenset({ALICE, BOB, CAROL, MEMBOT})
    world.add(
        Channel(GENERAL, "general", "public", ACME, members | {GUS}),
        Channel(RANDOM, "random", "public", ACME, members),
        Channel(SHARED, "shared", "public", ACME, members | {SAM}, is_ext_shared=True),
    )
    for one in people:
        pair, outside = frozenset({one.id, MEMBOT}), one.team_id != ACME
        world.add(Channel(dm(one.id), "", "im", ACME, pair, is_ext_shared=outside))
    return world
