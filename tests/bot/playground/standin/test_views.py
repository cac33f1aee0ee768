"""Modals and the Home tab: triggers, the stack of three, hashes, submissions."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin.demo_workspace import ALICE
from bot.playground.standin.human import Person
from bot.playground.standin.refusal import NotPossible
from bot.playground.standin.standin import StandInSlack
from tests.bot.playground.echo_bot import FORM, Body
from tests.bot.playground.standin.test_webapi import error

HOME = {"type": "home", "blocks": [{"type": "divider"}]}


def trigger(slack: StandInSlack) -> str:
    return slack.workspace.views.trigger(ALICE)


async def test_a_trigger_works_once_and_for_three_seconds(slack: StandInSlack, web: AsyncWebClient) -> None:
    used = trigger(slack)
    await web.views_open(trigger_id=used, view=FORM)
    with pytest.raises(SlackApiError) as refused:
        await web.views_open(trigger_id=used, view=FORM)
    assert error(refused) == "exchanged_trigger_id"
    late = trigger(slack)
    slack.clock.advance(3.1)
    with pytest.raises(SlackApiError) as refused:
        await web.views_open(trigger_id=late, view=FORM)
    assert error(refused) == "expired_trigger_id"


async def test_three_modals_lie_on_each_other_and_no_more(
    slack: StandInSlack, web: AsyncWebClient, alice: Person
) -> None:
    await web.views_open(trigger_id=trigger(slack), view=FORM)
    for _ in range(2):
        await web.views_push(trigger_id=trigger(slack), view=FORM)
    with pytest.raises(SlackApiError) as refused:
        await web.views_push(trigger_id=trigger(slack), view=FORM)
    assert error(refused) == "push_limit_reached"
    assert [view.previous_id for view in alice.views] == [None, alice.views[0].id, alice.views[1].id]


async def test_an_update_of_an_old_state_is_a_conflict(slack: StandInSlack, web: AsyncWebClient) -> None:
    opened = (await web.views_open(trigger_id=trigger(slack), view=FORM))["view"]
    await web.views_update(view_id=opened["id"], view=FORM, hash=opened["hash"])
    with pytest.raises(SlackApiError) as refused:
        await web.views_update(view_id=opened["id"], view=FORM, hash=opened["hash"])
    assert error(refused) == "hash_conflict"


async def test_a_home_tab_keeps_its_id(web: AsyncWebClient, alice: Person) -> None:
    first = (await web.views_publish(user_id=ALICE, view=HOME))["view"]
    second = (await web.views_publish(user_id=ALICE, view=HOME, hash=first["hash"]))["view"]
    assert first["id"] == second["id"]
    with pytest.raises(SlackApiError) as refused:
        await web.views_publish(user_id=ALICE, view=HOME, hash=first["hash"])
    assert error(refused) == "hash_conflict"


async def test_errors_stay_on_the_form_and_a_good_answer_closes_it(
    slack: StandInSlack, alice: Person, heard: list[Body]
) -> None:
    await alice.command("/echo", "form")
    await slack.quiet()
    view = alice.views[-1]
    await alice.submit(view, {"Words": "bad"})
    assert alice.views[-1].errors == (("words", "No such words"),)
    await alice.submit(view)
    assert heard[-1]["state"]["values"] == {"words": {"typed": {"type": "plain_text_input", "value": "tea"}}}
    assert alice.views == ()


async def test_a_form_takes_only_its_own_inputs(slack: StandInSlack, alice: Person, heard: list[Body]) -> None:
    await alice.command("/echo", "form")
    await slack.quiet()
    with pytest.raises(NotPossible, match="no input called Colour"):
        await alice.submit(alice.views[-1], {"Colour": "red"})
