"""What Slack makes of what people type."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.playground.standin.render import blocks_text, mrkdwn
from bot.playground.terminal.typed import Typed

USERS = {"bob": "U0BOB", "membot": "U0BOT"}
CHANNELS = {"general": "C0GENERAL"}


def typed(text: str) -> Typed:
    return Typed(text, USERS, CHANNELS)


def test_names_that_exist_become_tokens() -> None:
    assert typed("@bob, see #general").text == "<@U0BOB>, see <#C0GENERAL|general>"
    assert typed("@bob.").mentioned == {"U0BOB"}


def test_names_that_do_not_exist_stay_words() -> None:
    assert typed("@zoe at me@bob.org #1").text == "@zoe at me@bob.org #1"


def test_what_looks_like_a_token_is_escaped() -> None:
    assert typed("<!channel> & <@U0BOB>").text == "&lt;!channel&gt; &amp; &lt;@U0BOB&gt;"


@given(st.text())
def test_what_is_read_is_what_was_typed(text: str) -> None:
    read = typed(text)
    assert blocks_text(read.blocks, {"U0BOB": "bob", "U0BOT": "membot", "C0GENERAL": "general"}) == text
    if not set("*_~`") & set(text):
        assert mrkdwn(read.text, {"U0BOB": "bob", "U0BOT": "membot"}) == text
