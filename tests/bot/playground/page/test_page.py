"""The playground's page as its browser part meets it: who gets in, what is shown, and what a person does."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from bot.playground.page.server import PlaygroundPage
from bot.playground.page.world import World
from bot.playground.run import open_world
from bot.playground.standin.demo_workspace import ALICE, BOB, GENERAL, GUS, MEMBOT, SHARED, dm
from bot.playground.terminal.script import Script
from memory.settings import read_settings

TOKEN = "a-token"
SAID = {"step": "say", "as": ALICE, "channel": dm(ALICE)}
STORY = (
    "remember: I like short answers",
    "How do rockets work?",
    "/memory list",
    "/memory disable m1",
    "How do rockets?",
)


@dataclass
class Visitor:
    """A browser without a screen."""

    page: PlaygroundPage
    http: aiohttp.ClientSession
    headers: dict[str, str] = field(default_factory=lambda: {"Authorization": f"Bearer {TOKEN}"})

    @property
    def base(self) -> str:
        return self.page.url.partition("#")[0]

    async def step(self, **step: Any) -> dict[str, Any]:
        async with self.http.post(f"{self.base}step", json=step, headers=self.headers) as response:
            return {"status": response.status, **await response.json()}

    async def say(self, text: str, who: str = ALICE, channel: str | None = None) -> dict[str, Any]:
        said = await self.step(**SAID | {"as": who, "channel": channel or dm(who), "text": text})
        await self.page.world.inside.settled()
        return said

    async def shown(self, who: str = "alice") -> dict[str, Any]:
        """Everything that the page would show this person now."""
        async with self.http.get(f"{self.base}feed?as={who}", headers=self.headers) as response:
            line = json.loads(await response.content.readline())
        return dict(line["all"])

    @asynccontextmanager
    async def watching(self, who: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        async with self.http.get(f"{self.base}feed?as={who}", headers=self.headers) as response:

            async def lines() -> AsyncIterator[dict[str, Any]]:
                async for line in response.content:
                    yield json.loads(line)

            yield lines()


def demo_world(_demo: bool) -> AbstractAsyncContextManager[World]:
    return open_world(read_settings({}))


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    timeout = aiohttp.ClientTimeout(total=20, sock_read=10)
    async with (
        PlaygroundPage.open(demo_world, token=TOKEN) as page,
        aiohttp.ClientSession(timeout=timeout, read_bufsize=2**22) as http,
    ):
        yield Visitor(page, http)


def messages(shown: dict[str, Any]) -> list[dict[str, Any]]:
    return [value for name, value in sorted(shown.items()) if name.startswith("message/")]


def wire(shown: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted((one for name, one in shown.items() if name.startswith("wire/")), key=lambda one: one["number"])


# ------------------------------------------------------------------------------------------------------- who gets in


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "token is missing"),
        ({"Authorization": "Bearer another"}, "token is missing"),
        ({"Authorization": f"Bearer {TOKEN}", "Host": "evil.example"}, "127.0.0.1 only"),
        ({"Authorization": f"Bearer {TOKEN}", "Host": "127.0.0.1:1"}, "127.0.0.1 only"),
        ({"Authorization": f"Bearer {TOKEN}", "Origin": "https://evil.example"}, "Another site"),
        ({"Authorization": f"Bearer {TOKEN}", "Origin": "null"}, "Another site"),
    ],
)
@pytest.mark.parametrize("path", ["feed?as=alice", "step", "reset", "saved"])
async def test_nobody_else_gets_in(visitor: Visitor, path: str, headers: dict[str, str], why: str) -> None:
    method = "GET" if path.startswith(("feed", "saved")) else "POST"
    async with visitor.http.request(method, visitor.base + path, headers=headers) as response:
        assert response.status == 403
        assert why in (await response.json())["refused"]
    assert not visitor.page.world.slack.journal.entries


async def test_the_page_is_served_under_a_strict_policy_and_holds_no_token(visitor: Visitor) -> None:
    for name in ("", "page.js", "page.css", "icon.svg"):
        async with visitor.http.get(visitor.base + name) as response:
            assert response.status == 200
            policy = response.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
            assert "unsafe" not in policy
            assert TOKEN not in await response.text()


@pytest.mark.parametrize("path", ["server.py", "..%2fserver.py", "static/page.js", "none.js", "%2e%2e/inside.py"])
async def test_nothing_else_is_served(visitor: Visitor, path: str) -> None:
    async with visitor.http.get(visitor.base + path) as response:
        assert response.status == 404


async def test_it_listens_on_this_machine_only(visitor: Visitor) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/#token=a-token", visitor.page.url)


async def test_steps_that_no_page_of_ours_sends_are_refused(visitor: Visitor) -> None:
    assert (await visitor.step(step="dance", **{"as": "alice"}))["status"] == 400
    assert (await visitor.step(**SAID))["status"] == 400
    assert (await visitor.step(**SAID | {"text": ["x"]}))["status"] == 400
    assert (await visitor.step(step="forward", seconds=-5, **{"as": "alice"}))["status"] == 400
    assert (await visitor.step(step="press", values=[1], view="V1", **{"as": "alice"}))["status"] in (200, 400)
    for body, kind, status in (
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "text/plain", 415),
    ):
        headers = visitor.headers | {"Content-Type": kind}
        async with visitor.http.post(f"{visitor.base}step", data=body, headers=headers) as response:
            assert response.status == status
    async with visitor.http.get(f"{visitor.base}feed?as=nobody", headers=visitor.headers) as response:
        assert response.status == 404


# ---------------------------------------------------------------------------------------------------- what is shown


async def test_the_first_story(visitor: Visitor) -> None:
    for text in STORY:
        assert await visitor.say(text) in (
            {"status": 200},
            {"status": 200, "ok": True, "reason": None, "ms": pytest.approx(50, abs=2000)},
        )
    shown = await visitor.shown()
    told = [f"{one['author']}: {one['text']}" for one in messages(shown)]
    assert told[0] == "alice: remember: I like short answers"
    assert told[1].startswith("membot: Saved as m1")
    assert told[3].startswith("membot: Demo answer. (I took into account: I like short answers)")
    assert [one["ephemeral"] for one in messages(shown)] == [False, False, False, False, True, True, False, False]
    assert (
        shown["memories"][0] | {"disabled": True, "text": "I like short answers", "number": 1} == shown["memories"][0]
    )
    assert shown["me"]["model"] == "demo"
    assert "/memory list" in [one["text"] for one in shown["me"]["completions"]]


async def test_the_prompt_shows_what_went_in_and_what_did_not(visitor: Visitor) -> None:
    for text in (
        "remember: I like tea",
        "remember until tomorrow: I am in Rome",
        "remember: I hate mornings",
        "/memory disable m3",
    ):
        await visitor.say(text)
    await visitor.say("remember: I live in Bonn", BOB)
    await visitor.say("What do I like?")
    prompt = (await visitor.shown())["prompt"]
    assert (prompt["user"], prompt["question"]) == (ALICE, "What do I like?")
    assert prompt["messages"][-1] == {"role": "user", "parts": [{"text": "What do I like?"}]}
    system = prompt["messages"][0]["parts"]
    assert [(part["number"], part["text"]) for part in system if "id" in part] == [
        (2, '- "I am in Rome"\n'),
        (1, '- "I like tea"\n'),
    ]
    assert "SAVED USER PREFERENCES" in system[0]["text"]
    assert {(one["text"], one["why"]) for one in prompt["left_out"]} == {
        ("I hate mornings", "disabled"),
        ("I live in Bonn", "another's"),
    }
    assert 0 < prompt["tokens"] <= prompt["budget"]

    await visitor.step(step="forward", seconds=3 * 86_400, **{"as": "alice"})
    await visitor.say("@membot What do I like?", channel=GENERAL)
    reasons = {one["text"]: one["why"] for one in (await visitor.shown())["prompt"]["left_out"]}
    assert reasons["I like tea"] == "private here"
    assert reasons["I am in Rome"] == "private here"
    await visitor.say("And now?")
    assert {one["text"]: one["why"] for one in (await visitor.shown())["prompt"]["left_out"]}[
        "I am in Rome"
    ] == "expired"


async def test_a_prompt_that_was_shown_stays_as_it_was(visitor: Visitor) -> None:
    await visitor.say("remember: I like tea")
    await visitor.say("What do I like?")
    before = (await visitor.shown())["prompt"]
    await visitor.say("/memory edit m1 I like milk")
    assert (await visitor.shown())["prompt"] == before


async def test_nobody_sees_another_persons_conversation_or_memories(visitor: Visitor) -> None:
    await visitor.say("remember: I like tea")
    await visitor.say("@membot remember: I like mate", channel=GENERAL)
    shown = await visitor.shown("bob")
    assert [one["text"] for one in messages(shown)] == [f"<@{MEMBOT}> remember: I like mate"]
    assert shown["memories"] == []
    assert f"place/{dm(ALICE)}" not in shown
    gus = await visitor.shown("gus")
    assert [name for name in gus if name.startswith("place/")] == [f"place/{dm(GUS)}", f"place/{GENERAL}"]


async def test_the_feed_sends_what_changed_and_no_more(visitor: Visitor) -> None:
    async with visitor.watching("alice") as lines:
        first = await anext(lines)
        assert "me" in first["all"]
        await visitor.say("hello")
        seen: dict[str, Any] = {}
        while not any("demo model" in str(one.get("text")) for one in seen.values() if isinstance(one, dict)):
            line = await anext(lines)
            assert "all" not in line
            seen |= line["changed"]
        assert f"place/{GENERAL}" not in seen
        await visitor.step(
            step="delete", channel=dm(ALICE), ts=messages(await visitor.shown())[0]["ts"], **{"as": "alice"}
        )
        gone: list[str] = []
        while not gone:
            gone += (await anext(lines))["gone"]
    assert gone[0].startswith(f"message/{dm(ALICE)}/")


async def test_a_streamed_answer_is_shown_while_it_is_written(visitor: Visitor) -> None:
    async with visitor.watching("alice") as lines:
        await visitor.say("hello")
        growing: list[str] = []
        streaming: list[bool] = []
        while not streaming or streaming[-1]:
            line = await anext(lines)
            for name, one in (line.get("changed") or line["all"]).items():
                if name.startswith("message/") and one["bot"]:
                    growing.append(one["text"])
                    streaming.append(one["streaming"])
    assert growing == sorted(growing, key=len)


async def test_what_slack_refuses_is_red_on_the_wire(visitor: Visitor) -> None:
    slack = visitor.page.world.slack
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    view = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []}
    blocks = [{"type": "divider"}] * 51
    for method, arguments in (
        ("views.open", {"trigger_id": "1.dead", "view": view}),
        ("chat.postMessage", {"channel": GENERAL, "text": "x", "blocks": blocks}),
    ):
        async with visitor.http.post(slack.api_url + method, json=arguments, headers=headers) as response:
            assert response.status == 200
    await visitor.say("/memory list")
    hook = slack.deliveries[-1].payload["response_url"]
    for _ in range(6):
        async with visitor.http.post(hook, json={"text": "again"}):
            pass
    refused = [(one["name"], one["error"]) for one in wire(await visitor.shown()) if not one["ok"]]
    assert refused == [
        ("views.open", "invalid_trigger_id"),
        ("chat.postMessage", "invalid_blocks"),
        ("response_url", "used_url"),
    ]
    told = wire(await visitor.shown())
    assert all(one["ms"] >= 0 for one in told)
    assert [one["kind"] for one in told if one["name"] == "/memory"] == ["in"]


# ---------------------------------------------------------------------------------------------- what a person does


async def press(visitor: Visitor, message: dict[str, Any], label: str, who: str = "alice") -> dict[str, Any]:
    for block in message["blocks"]:
        for element in block.get("elements", []):
            if element.get("text", {}) == {"type": "plain_text", "text": label} or element.get("text") == label:
                ids = {"block_id": block["block_id"], "action_id": element["action_id"]}
                pressed = await visitor.step(
                    step="press", channel=message["channel"], ts=message["ts"], said=None, **ids, **{"as": who}
                )
                await visitor.page.world.inside.settled()
                return pressed
    raise AssertionError(f"no button {label}")


async def test_a_button_is_pressed_by_who_sees_it(visitor: Visitor) -> None:
    await visitor.say("remember: I like tea")
    await visitor.say("/memory list")
    listed = messages(await visitor.shown())[-1]
    assert (await press(visitor, listed, "Disable", "bob"))["refused"]
    assert (await press(visitor, listed, "Disable"))["ok"] is True
    assert (await visitor.shown())["memories"][0]["disabled"] is True


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"text": "/unknown x"}, "/unknown is not a command here"),
        ({"text": "/memory list", "thread": "1.0"}, "no slash commands in threads"),
        ({"step": "edit", "ts": "1.0", "text": "x"}, "That message is gone"),
        ({"step": "press", "ts": "1.0", "block_id": "b", "action_id": "a"}, "That message is gone"),
        ({"step": "submit", "view": "V1"}, "That view is closed"),
        ({"channel": SHARED, "as": GUS, "text": "x"}, "gus is not in #shared"),
    ],
)
async def test_what_slack_does_not_offer_is_refused_in_a_sentence(
    visitor: Visitor, step: dict[str, Any], sentence: str
) -> None:
    assert sentence in (await visitor.step(**SAID | step))["refused"]


async def test_starting_over_forgets_everything(visitor: Visitor) -> None:
    await visitor.say("remember: I like tea")
    async with visitor.watching("alice") as lines:
        assert (await anext(lines))["all"]["memories"]
        async with visitor.http.post(f"{visitor.base}reset", headers=visitor.headers) as response:
            assert response.status == 200
        while "all" not in (line := await anext(lines)):
            pass
    assert (line["all"]["memories"], messages(line["all"]), wire(line["all"])) == ([], [], [])


# ------------------------------------------------------------------------------------------------------ save as test


async def played(test: str, world: World) -> None:
    """Run a saved test as pytest would."""
    names: dict[str, Any] = {}
    exec(compile(test, "test_conversation.py", "exec"), names)  # noqa: S102 - the file that the page has just written
    await names["test_conversation"](Script(world.slack, world.inside.settled))


async def test_a_conversation_is_saved_as_a_test_that_passes_and_can_fail(visitor: Visitor, world: World) -> None:
    for text in STORY:
        await visitor.say(text)
    await visitor.say("@membot remember until tomorrow: the sky is “blue”\\", channel=GENERAL)
    await visitor.say("/memory list")
    await press(visitor, messages(await visitor.shown())[-1], "Delete")
    await visitor.step(step="forward", seconds=2 * 86_400, **{"as": "alice"})
    first = next(one["ts"] for one in messages(await visitor.shown()) if one["channel"] == dm(ALICE))
    await visitor.step(step="react", channel=dm(ALICE), emoji="eyes", ts=first, **{"as": "alice"})
    async with visitor.http.get(f"{visitor.base}saved", headers=visitor.headers) as response:
        test = await response.text()
    assert '("alice@dm", "remember: I like short answers", "Saved as m1' in re.sub(r"\s+", " ", test).replace("( ", "(")
    assert '":click Delete"' in test
    assert '"alice@dm", ":forward 2880 minutes"' in test
    assert "# what alice did here (react): there are no words for it" in test
    assert not re.search(r"\d{4}-\d\d-\d\d", test)
    await played(test, world)
    with pytest.raises(AssertionError, match="should have been seen"):
        async with open_world(read_settings({})) as fresh:
            await played(test.replace("Saved as m1", "Saved as m7"), fresh)


async def test_two_pages_at_once_and_one_that_leaves_disturb_nobody(visitor: Visitor) -> None:
    async with visitor.watching("alice") as lines:
        await anext(lines)
    async with visitor.watching("bob") as bobs, visitor.watching("alice") as alices:
        await anext(bobs)
        await anext(alices)
        await asyncio.gather(visitor.say("hello", BOB), visitor.say("hello"))
        assert await anext(bobs)
        assert await anext(alices)
