"""Said → understood: every way to ask the bot to remember, and what only looks like one."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.turn.directives import Command, Directive, Forget, Parsed, Recollect, Remember, parse

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday


def read(text: str) -> Parsed:
    return parse(text, bot_user_id="UBOT", now=NOW)


def end_of(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 23, 59, 59, tzinfo=UTC)


TEA = Remember("I like tea")

DIRECTIVES: tuple[tuple[str, list[Directive]], ...] = (
    ("remember: I like tea", [TEA]),
    ("Remember: I like tea", [TEA]),
    ("REMEMBER : I like tea", [TEA]),
    ("remember:I like tea", [TEA]),
    ("  remember:   I like tea  ", [TEA]),
    ("please remember: I like tea", [TEA]),
    ("Please, remember: I like tea", [TEA]),
    ("remember this: I like tea", [TEA]),
    ("remember that: I like tea", [TEA]),
    ("<@UBOT> remember: I like tea", [TEA]),
    ("<@UBOT|membot> remember: I like tea", [TEA]),
    ("<@UBOT>, remember: I like tea", [TEA]),
    ("<@UBOT>: remember: I like tea", [TEA]),
    ("<@UBOT>remember: I like tea", [TEA]),
    ("<@UBOT>\nremember: I like tea", [TEA]),
    ("• remember: I like tea", [TEA]),
    ("- remember: I like tea", [TEA]),
    ("* remember: I like tea", [TEA]),
    ("1. remember: I like tea", [TEA]),
    ("*remember:* I like tea", [TEA]),
    ("*remember*: I like tea", [TEA]),
    ("_remember:_ I like tea", [TEA]),
    ("**remember:** I like tea", [TEA]),
    ("*_remember:_* I like tea", [TEA]),
    ("*remember: I like tea*", [TEA]),
    ("• *remember:* I like tea", [TEA]),
    ("remember: *I like* tea", [Remember("*I like* tea")]),
    ("ｒｅｍｅｍｂｅｒ：I like tea", [TEA]),
    ("remember：I like tea", [TEA]),
    ("\u200bremember\u00a0: I like tea", [TEA]),
    ("– remember: I like tea", [TEA]),
    ("remember: Don’t — “ever” – call  me 🫖", [Remember("Don’t — “ever” – call  me 🫖")]),
    ("remember: a: b", [Remember("a: b")]),
    ("remember::tada: party", [Remember(":tada: party")]),
    ("remember for me: I like tea", [Remember("I like tea", "me", True)]),
    ("remember this for me: I like tea", [Remember("I like tea", "me", True)]),
    ("remember for this channel: no Fridays", [Remember("no Fridays", "channel", True)]),
    ("remember for the team: no Fridays", [Remember("no Fridays", "team", True)]),
    ("remember for everyone: no Fridays", [Remember("no Fridays", "team", True)]),
    ("remember for the workspace: no Fridays", [Remember("no Fridays", "team", True)]),
    ("remember, for our whole team: no Fridays", [Remember("no Fridays", "team", True)]),
    ("remember until 2026-12-31: x", [Remember("x", expires_at=end_of(2026, 12, 31))]),
    ("remember until 31.12.2026: x", [Remember("x", expires_at=end_of(2026, 12, 31))]),
    ("remember until Dec 31: x", [Remember("x", expires_at=end_of(2026, 12, 31))]),
    ("remember until January 2nd: x", [Remember("x", expires_at=end_of(2027, 1, 2))]),
    ("remember until Dec 31, 2027: x", [Remember("x", expires_at=end_of(2027, 12, 31))]),
    ("remember until 31 December 2026: x", [Remember("x", expires_at=end_of(2026, 12, 31))]),
    ("remember until feb 29: x", [Remember("x", expires_at=end_of(2028, 2, 29))]),
    ("remember until today: x", [Remember("x", expires_at=end_of(2026, 11, 20))]),
    ("remember until tomorrow: x", [Remember("x", expires_at=end_of(2026, 11, 21))]),
    ("remember until friday: x", [Remember("x", expires_at=end_of(2026, 11, 27))]),
    ("remember until Wednesday: x", [Remember("x", expires_at=end_of(2026, 11, 25))]),
    ("remember until next tue: x", [Remember("x", expires_at=end_of(2026, 11, 24))]),
    ("remember until end of month: x", [Remember("x", expires_at=end_of(2026, 11, 30))]),
    ("remember until the end of next month: x", [Remember("x", expires_at=end_of(2026, 12, 31))]),
    ("remember until end of the week: x", [Remember("x", expires_at=end_of(2026, 11, 22))]),
    ("remember for 3 days: x", [Remember("x", expires_at=end_of(2026, 11, 23))]),
    ("remember for two weeks: x", [Remember("x", expires_at=end_of(2026, 12, 4))]),
    ("remember for 1 month: x", [Remember("x", expires_at=end_of(2026, 12, 20))]),
    ("remember for a year: x", [Remember("x", expires_at=end_of(2027, 11, 20))]),
    (
        "remember this for the team until 2026-12-31 #Ops #on-call: no Fridays #q4",
        [Remember("no Fridays", "team", True, ("ops", "on-call", "q4"), end_of(2026, 12, 31))],
    ),
    ("remember for 3 days for this channel: x", [Remember("x", "channel", True, (), end_of(2026, 11, 23))]),
    ("remember until friday for me: x", [Remember("x", "me", True, (), end_of(2026, 11, 27))]),
    ("*remember* for the team: no Fridays", [Remember("no Fridays", "team", True)]),
    ("_remember_ for the team: no Fridays", [Remember("no Fridays", "team", True)]),
    ("remember *for the team*: no Fridays", [Remember("no Fridays", "team", True)]),
    ("remember: I like tea #food, #drinks", [Remember("I like tea", tags=("food", "drinks"))]),
    ("remember #work: I like tea", [Remember("I like tea", tags=("work",))]),
    ("remember <#C1|work>: I like tea", [Remember("I like tea", tags=("work",))]),
    ("remember: I like tea #Food #food ＃drinks", [Remember("I like tea", tags=("food", "drinks"))]),
    ("remember: fix #1234", [Remember("fix #1234")]),
    ("remember: ask in <#C1|general>", [Remember("ask in #general")]),
    ("remember: #hashtag", [Remember("#hashtag")]),
    ("remember: use #tags in between", [Remember("use #tags in between")]),
    ("remember: a &lt; b &amp; <@U2|bob> <https://x.com|x.com>", [Remember("a < b & @bob x.com")]),
    ("remember: &lt;!channel&gt;", [Remember("<!channel>")]),
    ("remember: run `make test` first", [Remember("run `make test` first")]),
    ("remember:\n- one\n- two", [Remember("one"), Remember("two")]),
    ("remember:\n\n• one\n• two", [Remember("one"), Remember("two")]),
    (
        "remember for the team #x:\n1. one\n2. two #y",
        [
            Remember("one", "team", True, ("x",)),
            Remember("two", "team", True, ("x", "y")),
        ],
    ),
    ("remember: I like tea\n- and cake", [TEA, Remember("and cake")]),
    ("remember: deploy rules:\n- a\n- b", [Remember("deploy rules: a"), Remember("deploy rules: b")]),
    ("remember:\nI like tea", [TEA]),
    ("remember:\nI like tea\nand cake", [Remember("I like tea\nand cake")]),
    ("remember: I like tea\nremember: no Fridays", [TEA, Remember("no Fridays")]),
    ("- remember: I like tea\n- remember: no Fridays", [TEA, Remember("no Fridays")]),
    ("remember: I like tea\r\nforget: m7", [TEA, Forget(7)]),
    ("forget: m7", [Forget(7)]),
    ("Forget: M7.", [Forget(7)]),
    ("forget: 7", [Forget(7)]),
    ("forget: m7, m8 and m9", [Forget(7), Forget(8), Forget(9)]),
    ("forget:\n- m7\n- my tea", [Forget(7), Forget(None, "my tea")]),
    ("*forget:* my tea", [Forget(None, "my tea")]),
    ("please forget that: my &lt;tea&gt;", [Forget(None, "my <tea>")]),
    ("forget: 7 dwarfs", [Forget(None, "7 dwarfs")]),
    ("what do you remember", [Recollect()]),
    ("<@UBOT> What do you remember?", [Recollect()]),
    ("what do you remember about tea?", [Recollect("tea")]),
    ("what do you remember about <@U2|bob> &amp; me!", [Recollect("@bob & me")]),
    ("what do you remember about me?", [Recollect()]),
    ("*What do you remember about node.js?*", [Recollect("node.js")]),
    ("memory list", [Command("list")]),
    ("Memory List #tea", [Command("list #tea")]),
    ("<@UBOT> memory disable m7", [Command("disable m7")]),
    ("memory", [Command("")]),
    ("memory edit m7 I like  tea", [Command("edit m7 I like  tea")]),
    ("memory edit 7 I like tea", [Command("edit 7 I like tea")]),
    ("memory open 7", [Command("open 7")]),
    ("memory delete m7x", [Command("delete m7x")]),
    ("memory search tea", [Command("search tea")]),
    ("memory add I like tea", [Command("add I like tea")]),
    ("memory why?", [Command("why")]),
    ("memory forget-all", [Command("forget-all")]),
    ("memory admin list <@U2>", [Command("admin list <@U2>")]),
    ("/memory lst", [Command("lst")]),
)

ORDINARY = (
    "",
    "hello",
    "do you remember when we met?",
    "do you remember: the film?",
    "I remember: it was fun",
    "remember when we met",
    "remember when we met: it was fun",
    "please remember to call",
    "remember the milk",
    "remember the milk: two litres",
    "remember #1234: fix it",
    "remembering: a poem",
    "remember-me: a cookie",
    "remember for a while: it is cold",
    "remember :tada: when we won",
    "so remember: I like tea",
    "<@U2> remember: I like tea",
    "“remember: I like tea”",
    "`remember: I like tea`",
    "```remember: I like tea```",
    "```\nremember: I like tea\n```",
    "```\nremember: I like tea",
    "&gt; remember: I like tea",
    "&gt;remember: I like tea",
    "&gt;&gt;&gt; a\nremember: I like tea\nforget: m7",
    "forget it",
    "forget about it: it is over",
    "what do you remember about tea? And write a poem.",
    "what do you remember from school",
    "memory is a funny thing",
    "memory leaks in C",
    "memory open issues in C++",
    "memory open issues",
    "memory delete operations",
    "memory list comprehension",
    "memory show 3 examples",
    "memory help the patient",
    "memory why is it leaking",
    "memory admin tools",
    "memory lst",
    "memory\ncpu\ndisk",
    "memory add-on cards",
)

PROBLEMS = (
    "remember until 12/31/2026: x",
    "remember until 2020-01-01: x",
    "remember until someday: x",
    "remember until 2026-02-30: x",
    "remember until 12:30: x",
    "remember for 0 days: x",
    "remember for 3 fortnights: x",
    "remember for 9999 years: x",
    "remember for me for the team: x",
    "remember:",
    "remember:\n```\ncode\n```",
    "forget:",
    "remember: x #a #b #c #d #e #f #g #h #i",
    "remember until yesterday:\n- a\n- b",
)


@pytest.mark.parametrize(("said", "understood"), DIRECTIVES)
def test_what_is_said_is_understood(said: str, understood: list[Directive]) -> None:
    assert read(said) == Parsed(tuple(understood), "", ())


@pytest.mark.parametrize("said", ORDINARY)
def test_an_ordinary_message_stays_whole(said: str) -> None:
    assert read(said) == Parsed((), said, ())


@pytest.mark.parametrize("said", PROBLEMS)
def test_what_cannot_be_kept_is_told(said: str) -> None:
    parsed = read(said)
    assert parsed.directives == ()
    assert len(parsed.problems) == 1


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("remember: I like tea\nWhat is 2 &lt; 3?", "What is 2 &lt; 3?"),
        ("<@UBOT> hello", "hello"),
        ("<@UBOT>, hello\n\nremember: I like tea\n\n", "hello"),
        ("<@UBOT>\nremember: I like tea\n<@UBOT> hello <@UBOT>", "hello <@UBOT>"),
        ("one\nremember: I like tea\ntwo", "one\ntwo"),
        ("remember:\nI like tea\n\nWhat is new?", "What is new?"),
        ("remember:\n- I like tea\nWhat is new?", "What is new?"),
        ("remember: I like tea ```\nx = 1\n```\nWhat is it?", "```\nx = 1\n```\nWhat is it?"),
        ("remember: I like tea\n&gt; a quote", "&gt; a quote"),
        ("```\nremember: no\n```\nremember: I like tea", "```\nremember: no\n```"),
        ("&gt; remember: no\nremember: I like tea", "&gt; remember: no"),
        ("remember: I like tea\n&gt;&gt;&gt; a\nremember: no", "&gt;&gt;&gt; a\nremember: no"),
    ],
)
def test_the_rest_is_left_to_be_answered(said: str, rest: str) -> None:
    assert read(said).rest == rest
    assert all(directive == TEA for directive in read(said).directives)


def test_a_problem_with_one_directive_leaves_the_others() -> None:
    parsed = read("remember until 1/2/2027: a\nremember: I like tea")
    assert parsed.directives == (TEA,)
    assert "1/2/2027" in parsed.problems[0]


def test_a_verb_of_buttons_alone_is_no_command() -> None:
    for said in ("memory erase mem_1", "memory admin erase mem_1", "memory erase-all"):
        assert parse(said, bot_user_id="UBOT", now=NOW).directives == ()


_LINES = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            (
                "remember:",
                "remember: x",
                "- item",
                "&gt; remember: QUOTED",
                "```",
                "`remember: CODE`",
                "&gt;&gt;&gt;",
                "forget: m7",
                "memory list",
                "<@UBOT>",
                "*remember until friday:* y #z",
                "remember ```",
                "remember: z ```",
                "",
            )
        ),
    ),
    max_size=12,
).map("\n".join)


@settings(deadline=None)
@given(_LINES)
def test_any_message_is_read(text: str) -> None:
    read(text)


@settings(deadline=None)
@given(_LINES)
def test_quotes_and_code_never_become_memories(text: str) -> None:
    found = read(f"{text}\n&gt; remember: QUOTED\n`remember: CODE`").directives
    texts = [d.text for d in found if isinstance(d, Remember)] + [d.words for d in found if isinstance(d, Forget)]
    assert not any("QUOTED" in one or one == "CODE" for one in texts)


@settings(deadline=None)
@given(st.text("abcremb: \n-&gt;#", max_size=60))
def test_a_fenced_message_holds_no_directive(text: str) -> None:
    assert read(f"```\n{text}\nremember: x\n```").directives == ()


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\r\n")))
def test_any_text_on_the_line_is_kept_as_typed(text: str) -> None:
    encoded = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    parsed = read("remember: " + encoded)
    if not text.strip():
        assert parsed.directives == ()
    else:
        (kept,) = parsed.directives
        assert isinstance(kept, Remember)
        assert text.strip().startswith(kept.text)
        assert len(text.strip().split()) - len(kept.text.split()) >= len(kept.tags)
        assert kept.tags or kept.text == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "remember: x\n" * 1000,
        "remember:\n" + "- x\n" * 8000,
        "remember: " + "#a " * 13_000,
        "a" * 40_000,
        "*" * 40_000,
        "<@UBOT>" * 5_700,
        "- " * 20_000,
        "\n" * 40_000,
        "&gt;\n" * 10_000,
        "remember " * 4_400,
        "memory " * 5_700,
        "what do you remember about " * 1_500,
        "remember " + "until " * 6_000 + ": x",
        "remember:\n" * 4_000,
        "ｒ" * 40_000,
    ],
    ids=lambda text: repr(text[:14]),
)
def test_a_long_message_is_read_in_a_moment(text: str) -> None:
    started = time.process_time()
    read(text)
    assert time.process_time() - started < 1  # about 0.05 s; quadratic work would take minutes
