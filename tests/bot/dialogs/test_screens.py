"""The table of screens: a screen is one row and one function."""

from __future__ import annotations

import pytest

from bot.dialogs import screens
from bot.dialogs.click import Viewer
from bot.dialogs.forms import Outcome, Sent
from bot.dialogs.screens import SCREENS, Screen
from bot.slack.reply import section
from bot.views.modals import Modal
from bot.views.state import ViewState
from memory.parts import Parts
from tests.bot.conftest import Office
from tests.bot.dialogs.test_forms import ALICE, keep, top
from tests.bot.dialogs.test_list import forged, listing


async def counting(parts: Parts, viewer: Viewer) -> Modal:
    page = await parts.store.find(viewer.actor, viewer.own)
    return Modal(viewer.state, [section(f"{page.total} kept, of {viewer.state.memory}")], submit="Count")


async def test_a_screen_is_added_by_one_row_and_one_function(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def counted(_parts: Parts, sent: Sent) -> Outcome:
        return Outcome(done=f"Counted for {sent.state.memory}.")

    row = Screen("How many?", counting, ("memory",), counted, below=("list",))
    monkeypatch.setitem(SCREENS, "counting", row)
    memory = await keep(office, ALICE, "I like tea")
    alice = await listing(office)
    menu = next(button for button in alice.buttons(alice.views[-1]) if button.action_id == "view:menu")
    await alice.click(forged(menu, f"counting {memory.id} 1"))
    await office.settled()
    assert alice.views[-1].title == "How many?"
    assert f"1 kept, of {memory.id}" in top(alice)
    await alice.submit(alice.views[-1])
    await office.settled()
    assert f"Counted for {memory.id}." in top(alice)
    assert "m1 · I like tea" in top(alice)


@pytest.mark.parametrize("name", sorted(SCREENS))
def test_a_screen_keeps_fields_that_there_are_and_lies_on_screens_that_there_are(name: str) -> None:
    row = SCREENS[name]
    assert set(row.keeps) <= set(ViewState.__slots__)
    assert set(row.below) <= set(SCREENS)
    assert 0 < len(row.title) <= 24  # https://docs.slack.dev/reference/views
    for below in row.below:
        over = ViewState(screen=below, user="U1", page=3, words="tea", whose="U2", event="Ev1", channel="C1")
        state = screens.opened(f"{name} mem_1 3", over)
        kept = screens.framed(Modal(state, []))
        assert screens.below(screens.state_of(kept)) == over.only(SCREENS[below].keeps)


def test_what_is_opened_from_home_lies_on_nothing() -> None:
    for name in SCREENS:
        assert screens.opened(f"{name} mem_1 3").below == ""
