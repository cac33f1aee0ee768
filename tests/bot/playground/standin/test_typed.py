"""What Slack makes of what people type."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.playground.standin.demo_workspace import BOB, GENERAL, MEMBOT
from bot.playground.standin.render import blocks_text, mrkdwn
from bot.playground.standin.typed import Typed

USERS = {"bob": BOB, "membot": MEMBOT}
CHANNELS = {"general": GENERAL}


def typed(text: str) -> Typed:
    return Typed(text, USERS, CHANNELS)


def test_names_that_exist_become_tokens() -> None:
    assert typed("@bob, see #general").text == f"<@{BOB}>, see <#{GENERAL}|general>"
    assert typed("@bob.").mentioned == {BOB}


def test_names_that_do_not_exist_stay_words() -> None:
    assert typed("@zoe at me@bob.org #1").text == "@zoe at me@bob.org #1"


def test_what_looks_like_a_token_is_escaped() -> None:
    assert typed(f"<!channel> & <@{BOB}>").text == f"&lt;!channel&gt; &amp; &lt;@{BOB}&gt;"


@given(st.text())
def test_what_is_read_is_what_was_typed(text: str) -> None:
    read = typed(text)
    assert blocks_text(read.blocks, {BOB: "bob", MEMBOT: "membot", GENERAL: "general"}) == text
    if not set("*_~`") & set(text):
        assert mrkdwn(read.text, {BOB: "bob", MEMBOT: "membot"}) == text
