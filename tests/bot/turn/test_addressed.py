"""Whom a message in a thread is for: a table of what people say there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.turn.addressed import is_between_others

BETWEEN_OTHERS = (
    "<@U07AAA> can you take this over?",
    "can you take this over, <@U07AAA|ann>?",
    "<!subteam^S07AAA> please look",
    "<!here> anybody?",
    "thanks",
    "Thanks!",
    "thanks, will do :+1:",
    "thank you so much :pray:",
    "Got it, thx!",
    ":+1:",
    "👍",
    "perfect — cheers.",
    "Danke dir!",
    "vielen Dank :slightly_smiling_face:",
    "merci beaucoup",
    "muchas gracias",
    "grazie mille",
    "muito obrigado",
    "dank je",
    "dziękuję",
    "ありがとうございます！",
    "谢谢",
    "",
)
FOR_THE_BOT = (
    "and how do I restart it?",
    "thanks, but how do I restart it?",
    "ok?",
    "?",
    "no, in German please",
    "yes",
    "Yes, do it",
    "no",
    "ok do it",
    "sure",
    "it works for him",
    "what about <#C07AAA|general>?",
    "thanks to the cache it is fast, why?",
    "Danke. Und auf Deutsch?",
    "continue",
    "which of these is good",
    "谢谢，那怎么重启？",
)


@pytest.mark.parametrize("text", BETWEEN_OTHERS)
def test_what_people_say_to_each_other_or_to_close_asks_nothing(text: str) -> None:
    assert is_between_others(text, "U07BOT")


@pytest.mark.parametrize("text", FOR_THE_BOT)
def test_what_goes_on_is_for_the_bot(text: str) -> None:
    assert not is_between_others(text, "U07BOT")


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    assert is_between_others(text, "U07BOT") in (True, False)
