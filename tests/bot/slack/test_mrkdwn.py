"""Slack's text: every token is understood on the way in, and none notifies anyone on the way out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answer.mentions import HarmlessStream, harmless_markdown
from bot.slack.mrkdwn import escaped, plain, shortened, split_markdown

ENCODED = (
    ("hello", "hello"),
    ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
    ("&amp;lt;", "&lt;"),
    ("&quot;", "&quot;"),
    ("<@U123>", "@U123"),
    ("<@U123|bob>", "@bob"),
    ("<#C1|general>", "#general"),
    ("<#C1>", "#C1"),
    ("<#C1|>", "#C1"),
    ("<!channel> <!here|here> <!everyone|@everyone>", "@channel @here @everyone"),
    ("<!subteam^S1|@ops>", "@ops"),
    ("<!subteam^S1>", "@S1"),
    ("<!date^1392734382^{date}|18 Feb 2014>", "18 Feb 2014"),
    ("<https://example.com>", "https://example.com"),
    ("<https://example.com|the page>", "the page (https://example.com)"),
    ("<https://example.com/|example.com>", "example.com"),
    ("<http://example.com|example.com>", "example.com"),
    ("<https://example.com?a=1&amp;b=2>", "https://example.com?a=1&b=2"),
    ("<mailto:a@b.c|a@b.c>", "a@b.c"),
    ("<mailto:a@b.c|Bob>", "Bob (a@b.c)"),
    ("<mailto:a@b.c>", "a@b.c"),
    ("<tel:+4915123|+49 151 23>", "+49 151 23"),
    ("&lt;!channel&gt; &lt;@U123&gt;", "<!channel> <@U123>"),
    ("<> < a", "<> < a"),
)

NOTIFYING = (
    ("<!channel>", "@channel"),
    ("<!here>", "@here"),
    ("<!everyone|everyone>", "@everyone"),
    ("<!CHANNEL>", "@CHANNEL"),
    ("<!subteam^S123>", "@S123"),
    ("<!subteam^S123|@ops>", "@ops"),
    ("<@U123>", "@U123"),
    ("<@W123|bob>", "@bob"),
    ("<#C123|general>", "#general"),
    ("hi <@U123>, see <#C1>!", "hi @U123, see #C1!"),
    ("<<!channel>>", "@channel"),
    ("<<!channel>", "@channel"),
    ("<!channel>>", "@channel>"),
    ("< !channel >", "@channel"),
    ("<! here>", "@here"),
    ("<\u200b!channel>", "@channel"),
    ("<!channel", "@channel"),
    ("<@U123", "@U123"),
    ("`<!channel>`", "`@channel`"),
    ("```\n<@U123>\n```", "```\n@U123\n```"),
    ("[x](<!channel>)", "[x](@channel)"),
    ("\\<!channel>", "\\@channel"),
)

ORDINARY = (
    "a < b and b > c",
    "if (a<b && c>d) { x <<= 2; }",
    "[x](https://y) and <https://example.com|label>",
    "<!-- a comment --> <!DOCTYPE html> <div>",
    "&lt;!channel&gt; &lt;@U123&gt;",
    "<!date^1392734382^{date}|18 Feb>",
    "> quoted\n> > twice",
    "<<<<<<< HEAD",
    "@channel and #general as words",
    "vector<int> v; #include <stdio.h>",
)

_CHARS = "<>!@#|^ \u200bU1ChannelCherWSsubtam\n&;`"
_PIECES = st.sampled_from(
    (
        "<",
        ">",
        "!",
        "@",
        "#",
        "<@U1",
        "<!chan",
        "nel",
        "<!here>",
        "<#C1|x>",
        "|",
        "^",
        "<!subteam^S1",
        "＠",
        "<<<<",
        " ",
    )
)
_NOISE = st.one_of(st.text(_CHARS, max_size=40), st.lists(_PIECES, max_size=30).map("".join), st.text(max_size=20))
_ALIVE = re.compile(r"<(?:!(?i:channel|here|everyone|group|subteam\^)|@[UWB][A-Z0-9]|#[CGD][A-Z0-9])")


@pytest.mark.parametrize(("encoded", "typed"), ENCODED)
def test_encoded_text_becomes_what_was_typed(encoded: str, typed: str) -> None:
    assert plain(encoded) == typed


@settings(deadline=None)
@given(st.text())
def test_text_survives_being_escaped_and_read_back(text: str) -> None:
    assert plain(escaped(text)) == text
    assert not set("<>") & set(escaped(text))


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    plain(text)


@pytest.mark.parametrize(("answer", "shown"), NOTIFYING)
def test_an_answer_cannot_notify_anyone(answer: str, shown: str) -> None:
    assert harmless_markdown(answer) == shown


@pytest.mark.parametrize("answer", ORDINARY)
def test_an_ordinary_answer_stays_as_it_is(answer: str) -> None:
    assert harmless_markdown(answer) == answer


@settings(deadline=None)
@given(_NOISE)
def test_no_token_survives_and_a_second_pass_changes_nothing(text: str) -> None:
    once = harmless_markdown(text)
    assert not re.search(r"<(?:!(?:channel|here|everyone|group|subteam\^)|@[UWB]|#[CGD])", once)
    assert harmless_markdown(once) == once


@pytest.mark.parametrize("openers", [1, 7, 8, 9, 16, 17, 500])
def test_a_token_behind_many_openers_is_still_disarmed(openers: int) -> None:
    once = harmless_markdown("<" * openers + "@U123>")
    assert not _ALIVE.search(once)
    assert harmless_markdown(once) == once


@settings(deadline=None)
@given(st.lists(_NOISE, max_size=12))
def test_a_stream_gives_the_same_text_for_every_chunking(chunks: list[str]) -> None:
    stream, fed, shown = HarmlessStream(), "", ""
    for chunk in chunks:
        fed += chunk
        shown += stream.feed(chunk)
        assert len(shown) >= len(harmless_markdown(fed)) - 200
        assert not _ALIVE.search(shown)
    assert shown + stream.close() == harmless_markdown(fed)


@settings(deadline=None)
@given(_NOISE)
def test_a_stream_of_single_characters_gives_the_same_text(text: str) -> None:
    stream = HarmlessStream()
    assert "".join(map(stream.feed, text)) + stream.close() == harmless_markdown(text)


@pytest.mark.parametrize("tail", ["<" * 5000, "<@U" + "A" * 5000, "<@U1|" + "a" * 5000, "<" + " " * 5000, ("< " * 300)])
def test_a_stream_holds_back_a_bounded_tail_only(tail: str) -> None:
    stream = HarmlessStream()
    shown = "".join(map(stream.feed, tail))
    assert len(tail) - len(shown) <= 200
    assert shown + stream.close() == harmless_markdown(tail)


def test_a_stream_shows_ordinary_text_at_once() -> None:
    stream = HarmlessStream()
    assert stream.feed("a < b, and <https://example.com> too") == "a < b, and <https://example.com> too"


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("hello", 5, "hello"),
        ("hello", 4, "hel…"),
        ("two\nlines", 20, "two lines"),
        ("two \r\n\n lines", 20, "two lines"),
        ("a  b\u2028c", 20, "a  b c"),
        ("hello there", 7, "hello…"),
        ("wait… more", 7, "wait…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
        ("👍🏽👍🏽", 2, "…"),
        ("hello", 1, "…"),
        ("hello", 0, ""),
    ],
)
def test_a_text_is_shortened_between_characters(text: str, limit: int, short: str) -> None:
    assert shortened(text, limit) == short


@settings(deadline=None)
@given(st.text(), st.integers(0, 50))
def test_a_shortened_text_fits(text: str, limit: int) -> None:
    assert len(shortened(text, limit)) <= limit


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 10, []),
        (" \n ", 10, []),
        ("short", 10, ["short"]),
        ("one two\n\nthree four", 12, ["one two", "three four"]),
        ("one two\nthree four", 12, ["one two", "three four"]),
        ("One two. Three four.", 14, ["One two.", "Three four."]),
        ("one two three", 8, ["one two", "three"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        (
            "```python\nx = 1\ny = 2\nz = 3\nw = 4\nv = 5\nu = 6\n```",
            40,
            ["```python\nx = 1\ny = 2\nz = 3\nw = 4\n```", "```python\nv = 5\nu = 6\n```"],
        ),
        (
            "Some words before it.\n```python\nx = 1\ny = 2\n```",
            34,
            ["Some words before it.", "```python\nx = 1\ny = 2\n```"],
        ),
    ],
)
def test_a_long_answer_is_split_where_it_reads_best(text: str, limit: int, parts: list[str]) -> None:
    assert split_markdown(text, limit) == parts


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="`~")), st.integers(1, 60))
def test_splitting_keeps_every_visible_character_in_order(text: str, limit: int) -> None:
    parts = split_markdown(text, limit)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(len(part) <= limit and part.strip() for part in parts)


_BLOCKS = st.lists(
    st.one_of(
        st.text("ab .\n", min_size=1, max_size=80),
        st.lists(st.text("xy =", max_size=30), max_size=8).map(lambda lines: "\n".join(["```py", *lines, "```"])),
    ),
    max_size=8,
).map("\n".join)


@settings(deadline=None)
@given(_BLOCKS, st.integers(40, 120))
def test_every_part_closes_the_fences_that_it_opens(text: str, limit: int) -> None:
    parts = split_markdown(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert all(len(re.findall("^```", part, re.MULTILINE)) % 2 == 0 for part in parts)
    kept = re.sub("(?m)^```(?:py)?$", "", "\n".join(parts))
    assert "".join(kept.split()) == "".join(re.sub("(?m)^```(?:py)?$", "", text).split())


@settings(deadline=None)
@given(st.text("`~ab \n", max_size=200), st.integers(1, 40))
def test_any_fences_are_split_without_losing_words(text: str, limit: int) -> None:
    parts = split_markdown(text, limit)
    assert all(len(part) <= limit for part in parts)
    given_out = iter("".join(parts))
    assert all(char in given_out for char in text if char in "ab")


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        split_markdown("text", 0)
