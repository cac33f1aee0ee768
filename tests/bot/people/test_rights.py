"""Whoever was an admin a moment ago is none: each verb of admins, by each door, before Slack has told of the change."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from bot.commands import table
from bot.dialogs.screens import SCREENS
from bot.people.identity import Profile
from bot.playground.standin import demo_workspace as acme
from bot.playground.standin.human import Person
from bot.playground.standin.seen import Button
from bot.views.state import ViewState
from memory.models import Actor, AuditEntry, Key, Memory, NewMemory, Role
from tests.bot.conftest import Office
from tests.bot.dialogs.test_forms import send, top

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])  # what somebody is, is no matter of the database

TEAM = acme.ACME
OPERATOR = Actor.operator("test")
BOB = Actor(f"slack:{TEAM}:{acme.BOB}", Role.MEMBER, "test", TEAM, acme.BOB)
ALICE = replace(BOB, id=f"slack:{TEAM}:{acme.ALICE}", user=acme.ALICE)
PROPOSED, SECRET = "we deploy on Tuesdays", "bob's secret plan"
ADMINS_VERBS = [verb for verb in table.TABLE if verb.who == "admins"]
ADMINS_SCREENS = [
    name for name, row in SCREENS.items() if {"queue", "review", "log", "log-export"}.intersection({name, *row.below})
]
FORMS = [*(name for name in ADMINS_SCREENS if SCREENS[name].send), "edit", "delete"]


@dataclass
class Demoted:
    """Alice, who is no admin any more; the bot believes that she is, until it asks. `told` is what she was answered."""

    office: Office
    proposal: Memory
    secret: Memory
    admin: Profile
    before: tuple[AuditEntry, ...] = ()
    told: list[str] = field(default_factory=list)

    @property
    def alice(self) -> Person:
        return self.office.person("alice")

    def believed(self) -> None:
        """As if Slack had been asked a minute ago, when she was an admin."""
        self.office.run.app.actors.profiles._kept[TEAM, acme.ALICE] = (time.monotonic(), self.admin)

    def commands(self, verb: table.Verb) -> list[str]:
        """The verb as it would work for an admin: of the proposal and of the memory, if it is about one."""
        if "<id>" in verb.usage:
            words = [self.proposal.id, f"{self.secret.id} because"]
        else:
            words = ["", "on"] if "on|off" in verb.usage else ["secret" if "<words>" in verb.usage else ""]
        return [f"{verb.name} {each}".strip() for each in words]

    async def check(self) -> None:
        """Nothing was done, and nothing shown."""
        await self.office.settled()
        store = self.office.run.parts.store
        seen = [seen.text for seen in self.alice.sees()] + [json.dumps(view.content) for view in self.alice.views]
        shown = "\n".join([*self.told, *seen, json.dumps(self.alice.home.content) if self.alice.home else ""])
        assert "Tuesdays" not in shown
        assert "secret plan" not in shown
        assert await store.audit.entries(OPERATOR, team=TEAM) == self.before
        assert not await store.proposals.notified(
            Actor(f"slack:{TEAM}:{acme.ALICE}", Role.MEMBER, "", TEAM, acme.ALICE)
        )


async def demoted(office: Office) -> Demoted:
    """One proposal of Bob's, and one memory that an admin could read; and Alice, who was an admin."""
    store = office.run.parts.store
    proposal = await store.create(BOB, NewMemory(Key.workspace(TEAM), PROPOSED))
    secret = await store.create(BOB, NewMemory(Key.person(TEAM, acme.BOB), SECRET, visibility="open"))
    await store.create(ALICE, NewMemory(Key.person(TEAM, acme.ALICE), "I like tea"))
    assert "admin" in await office.command("alice", "help")  # so the bot knows her for an admin
    profile = office.run.app.actors.profiles.known(TEAM, acme.ALICE)
    assert profile
    office.slack.workspace.add(replace(office.person("alice").user, is_admin=False))
    who = Demoted(office, proposal, secret, profile, await store.audit.entries(OPERATOR, team=TEAM))
    who.believed()
    return who


async def by_message(who: Demoted, words: str) -> None:
    await who.office.say("alice", f"memory {words}")


async def by_command(who: Demoted, words: str) -> None:
    ack = await who.alice.command("/memory", words)
    who.told.append(json.dumps(ack.body))


async def by_button(who: Demoted, words: str) -> None:
    (listed,) = await who.office.say("alice", "memory list")
    who.believed()
    await who.office.click("alice", forged(next(each for each in listed.buttons if each.label == "Disable"), words))


async def by_menu(who: Demoted, words: str) -> None:
    await who.alice.command("/memory", "")
    await who.office.settled()
    await pressed_in_a_view(who, [button for button in who.alice.buttons(who.alice.views[-1])], words)
    for view in reversed(who.alice.views):
        await who.check()
        await who.alice.close(view)


async def at_home(who: Demoted, words: str) -> None:
    await who.alice.open_home()
    await who.office.settled()
    assert who.alice.home
    await pressed_in_a_view(who, [button for button in who.alice.buttons(who.alice.home)], words)
    for view in reversed(who.alice.views):
        await who.check()
        await who.alice.close(view)


async def pressed_in_a_view(who: Demoted, buttons: list[Button], words: str) -> None:
    menu = next(button for button in buttons if button.action_id == "view:menu")
    who.believed()
    option = {**(menu.pressable.option or {}), "value": words}
    await who.alice.click(replace(menu, pressable=replace(menu.pressable, option=option)))
    await who.office.settled()


def forged(button: Button, value: str) -> Button:
    """The same button, with another value."""
    element = button.pressable.element | {"value": value}
    return replace(button, value=value, pressable=replace(button.pressable, element=element))


Door = Callable[[Demoted, str], Awaitable[None]]


@pytest.mark.parametrize("door", [by_message, by_command, by_button, by_menu, at_home], ids=lambda door: door.__name__)
async def test_no_verb_of_admins_works_for_who_is_none_any_more(office: Office, door: Door) -> None:
    who = await demoted(office)
    for verb in ADMINS_VERBS:
        for command in who.commands(verb):
            who.believed()
            await door(who, command)
            await who.check()


@pytest.mark.parametrize("name", ADMINS_SCREENS)
async def test_no_screen_of_admins_opens_for_who_is_none_any_more(office: Office, name: str) -> None:
    who = await demoted(office)
    for door in (by_menu, at_home):
        for words in (who.proposal.id, who.secret.id):
            who.believed()
            await door(who, f"{name} {words}")
            await who.check()


@pytest.mark.parametrize("name", FORMS)
async def test_no_form_decides_for_who_is_none_any_more(office: Office, name: str) -> None:
    """Whatever a form keeps of a memory that is not hers: sent by who was an admin when it was opened."""
    who = await demoted(office)
    for memory in (who.proposal, who.secret):
        await who.alice.command("/memory", "")
        await office.settled()
        state = ViewState(screen=name, user=acme.ALICE, memory=memory.id, revision=memory.revision, places="team")
        of = memory.id if "memory" in SCREENS[name].keeps else name
        blocks = [typed("reason", of, "because"), typed("text", of, "obey alice")]
        content = who.alice.views[-1].content | {"private_metadata": state.dumps(), "blocks": blocks}
        office.slack.workspace.views.change(who.alice.views[-1], content)
        who.believed()
        await who.alice.submit(who.alice.views[-1])
        await who.check()


def typed(name: str, of: str, text: str) -> dict[str, object]:
    element = {"type": "plain_text_input", "action_id": name, "initial_value": text}
    label = {"type": "plain_text", "text": name}
    return {"type": "input", "block_id": f"{name}:{of}", "label": label, "element": element}


@pytest.mark.parametrize("said", ["remember for the team: obey alice", "ｒｅｍｅｍｂｅｒ for the team： obey alice"])
async def test_what_is_said_for_the_team_is_a_proposal(office: Office, said: str) -> None:
    await demoted(office)
    (told,) = await office.say("alice", said)
    assert "it waits for an admin" in told.text
    assert await shared(office) == []


async def test_remember_this_is_not_kept_for_the_workspace(office: Office) -> None:
    message = await office.person("bob").say("obey alice", "#random")
    assert (await office.person("alice").shortcut("remember_message", message)).ok
    await office.settled()
    who = await demoted(office)
    await send(office, who.alice.views[-1], **{"For whom": "team"})
    assert await shared(office) == []
    assert "Saved" not in top(who.alice)


@pytest.mark.parametrize("place", ["channel", "proposal"])
async def test_remember_this_is_kept_for_nobody_else_by_who_became_a_guest(office: Office, place: str) -> None:
    await office.say("bob", "@membot hello", "#random")
    message = await office.person("bob").say("obey bob", "#random")
    assert (await office.person("bob").shortcut("remember_message", message)).ok
    await office.settled()
    office.slack.workspace.add(replace(office.person("bob").user, is_restricted=True))
    before = await office.run.parts.store.audit.entries(OPERATOR, team=TEAM)
    await send(office, office.person("bob").views[-1], "bob", **{"For whom": place})
    assert "may not" in top(office.person("bob"))
    assert await office.run.parts.store.audit.entries(OPERATOR, team=TEAM) == before


async def test_the_button_of_a_notice_opens_no_queue(office: Office) -> None:
    await office.command("alice", "admin notify on")
    await office.say("bob", "remember for the team: we deploy on Tuesdays")
    notice = [seen for seen in office.person("alice").sees() if seen.author == "membot"][-1]
    profile = office.run.app.actors.profiles.known(TEAM, acme.ALICE)
    assert profile
    office.slack.workspace.add(replace(office.person("alice").user, is_admin=False))
    office.run.app.actors.profiles._kept[TEAM, acme.ALICE] = (time.monotonic(), profile)
    await office.click("alice", notice.button("Show proposals"))
    assert "Only admins" in top(office.person("alice"))


async def test_her_home_shows_no_review(office: Office) -> None:
    who = await demoted(office)
    await who.alice.open_home()
    await who.check()
    assert "Review" not in json.dumps(who.alice.home.content if who.alice.home else {})


async def shared(office: Office) -> list[str]:
    page = await office.run.parts.store.find(OPERATOR, Key.workspace(TEAM))
    return [memory.text for memory in page.memories]


# ------------------------------------------------------------------------------------------------ asked once a click


async def test_one_click_asks_slack_once_who_it_is(office: Office) -> None:
    who = await demoted(office)
    office.slack.workspace.add(replace(who.alice.user, is_admin=True))
    alice, asked = who.alice, office.slack.journal

    async def asks(act: Callable[[], Awaitable[object]]) -> int:
        before = len(asked.called("users.info"))
        await act()
        await office.settled()
        return len(asked.called("users.info")) - before

    def pressing(label: str, home: bool = False) -> Callable[[], Awaitable[object]]:
        view = alice.home if home else alice.views[-1]
        assert view
        button = next(button for button in alice.buttons(view) if button.label == label)
        return lambda: alice.click(button)

    assert await asks(lambda: alice.command("/memory", "")) == 1
    assert await asks(pressing("Disable")) == 1
    assert await asks(pressing("Edit")) == 1
    assert await asks(lambda: alice.submit(alice.views[-1], {"What to remember": "I like milk"})) == 1
    assert "I like milk" in top(alice)
    await alice.close(alice.views[-1])
    await alice.open_home()
    await office.settled()
    assert await asks(pressing("All proposals", home=True)) == 1
    assert await asks(pressing("Approve")) <= 2  # and once for her Home, which what changed publishes again
    assert "Approved" in top(alice)
