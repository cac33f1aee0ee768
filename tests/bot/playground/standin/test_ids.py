"""Ids in the form of Slack's."""

from __future__ import annotations

import re

from bot.playground.standin.demo_workspace import ALICE, BOB, MEMBOT, demo_workspace, dm
from bot.playground.standin.ids import bot_id, bot_user_id, direct_message_id, stable_id

FORM = re.compile(r"[TUWCDAB]0[A-Z0-9]{7}")


def test_every_id_of_the_demo_has_the_form_of_slacks_and_nobodys_name() -> None:
    world = demo_workspace()
    app = world.installation()
    ids = [*world.teams, *world.users, *world.channels, app.bot_id, app.app_id]
    assert [one for one in ids if not FORM.fullmatch(one)] == []
    assert len(set(ids)) == len(ids)
    called = [name.upper() for name in world.names().values() if name]
    assert [one for one in ids if any(name in one for name in called)] == []


def test_an_id_is_the_same_for_the_same_thing_and_another_for_another() -> None:
    assert dm(ALICE) == direct_message_id(MEMBOT, ALICE) == "D04RH5TCQ"
    assert len({dm(ALICE), dm(BOB), bot_user_id("T1"), bot_user_id("T2"), bot_id("T1"), stable_id("U", "T1", "")}) == 6
    assert FORM.fullmatch(bot_user_id("T1"))
