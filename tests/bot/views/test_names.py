"""Ids as the names that people know."""

from __future__ import annotations

import pytest

from bot.playground.standin.demo_workspace import ACME, ALICE, GENERAL, demo_workspace, dm
from bot.playground.standin.render import mrkdwn
from bot.views.names import actor_name, channel, person, whose
from memory.models import Key

OPERATOR = "operator:playground"


@pytest.mark.parametrize(
    ("key", "read"),
    [
        (Key.person(ACME, ALICE), "@alice"),
        (Key.channel(ACME, GENERAL), "#general"),
        (Key.channel(ACME, dm(ALICE)), "a direct message"),
        (Key.workspace(ACME), "the workspace"),
        (Key.proposals(ACME), "the workspace's proposals"),
        (Key.parse("letta:agent-7"), "`letta:agent-7`"),
    ],
)
def test_whose_memories_are_told_by_name(key: Key, read: str) -> None:
    assert mrkdwn(whose(key), demo_workspace().names()) == read


def test_who_acted_is_a_person_by_name_or_what_else_there_is() -> None:
    assert actor_name(f"slack:{ACME}:{ALICE}") == f"<@{ALICE}>"
    assert actor_name(OPERATOR) == f"`{OPERATOR}`"


def test_what_is_no_id_of_slacks_becomes_no_mention_of_anybody() -> None:
    for forged in ("U1> <!channel", "U1|alice", "U1`", "!everyone", ""):
        assert "<" not in person(forged)
        assert "<" not in channel(f"C-{forged}")
