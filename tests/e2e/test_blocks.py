"""What the page draws of Block Kit, and what the app is told when somebody uses it."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from tests.e2e.conftest import Violations
from tests.e2e.harness import Stage

Block = dict[str, Any]

HOSTILE = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<a href='javascript:alert(1)'>x</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<javascript:alert(1)|click>",
    "[click](javascript:alert(1))",
    "![click](data:text/html,x)",
    "<data:text/html;base64,PHNjcmlwdD4=|click>",
    "W" * 10_000,
    "*" * 5_000,
    "> " * 5_000,
    "`" * 4_999,
    "[" * 5_000 + "](",
    "- " * 5_000,
)


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Block:
    return {"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": text}}


def option(text: str, value: str, **more: Any) -> Block:
    return {"text": plain(text), "value": value, **more}


def button(text: str, **more: Any) -> Block:
    return {"type": "button", "action_id": "press", "text": plain(text), **more}


def actions(*elements: Block, block_id: str = "row") -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def field(element: Block, label: str = "Label", block_id: str = "in", **more: Any) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": "it", **element},
        **more,
    }


ASK = {
    "title": plain("Delete it?"),
    "text": {"type": "mrkdwn", "text": "It will be *gone* for good."},
    "confirm": plain("Delete"),
    "deny": plain("Keep"),
    "style": "danger",
}
ONE_TWO = [option("One", "1"), option("Two", "2"), option("Three", "3")]


# --- text ---


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("*a* _b_ ~c~ `d`", "<strong>a</strong> <em>b</em> <s>c</s> <code>d</code>"),
        ("2*3*4 snake_case_name a~b", "2*3*4 snake_case_name a~b"),
        ("<@U1> <@U9> <#C1|old> <!here>", "@alice @U9 #general @here"),
        ("<!subteam^S1|@team>", "@team"),
        ("&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"),
        ("```a *b*\n&lt;c```", "<pre><code>a *b*\n&lt;c</code></pre>"),
        ("&gt; said\nmore", "<blockquote>said</blockquote>more"),
        ("one\ntwo", "one<br>two"),
        (":tada: :made_up: 10:30:00", "🎉 :made_up: 10:30:00"),
        ("<!date^0^{date_num}|long ago> <!date^0^{date}>", "long ago &lt;!date^0^{date}&gt;"),
        ("<constructor> <@constructor>", "&lt;constructor&gt; @constructor"),
    ],
)
def test_mrkdwn_is_drawn(stage: Stage, text: str, drawn: str) -> None:
    stage.call("mrkdwn", text)
    assert stage.html().replace('<span class="mention">', "").replace("</span>", "") == drawn


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("# A\n### B", '<h2 class="heading heading-1">A</h2><h3 class="heading heading-2">B</h3>'),
        ("**a *b*** `c`", "<p><strong>a *b</strong>* <code>c</code></p>"),
        ("***a*** ~~b~~ __c__ _d_ *e*", None),
        ("- a\n  - b\n- c", "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li><p>a</p></li><li><p>b</p></li></ol>'),
        ("- [x] a\n- [ ] b", "<ul><li><p>☑ a</p></li><li><p>☐ b</p></li></ul>"),
        ("```py\n<b>\n```\nafter", "<pre><code>&lt;b&gt;</code></pre><p>after</p>"),
        ("```\nstill being written", "<pre><code>still being written</code></pre>"),
        ("> a\n> > b", "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>"),
        ("a\n\n---\nb", "<p>a</p><hr><p>b</p>"),
        (r"\*a\* 1 \< 2 &amp; <@U2>", '<p>*a* 1 &lt; 2 &amp; <span class="mention">@bob</span></p>'),
        ("<b>bold</b>", "<p>&lt;b&gt;bold&lt;/b&gt;</p>"),
    ],
)
def test_markdown_is_drawn(stage: Stage, text: str, drawn: str | None) -> None:
    stage.call("markdown", text)
    expected = drawn or "<p><strong><em>a</em></strong> <s>b</s> <strong>c</strong> <em>d</em> <em>e</em></p>"
    assert stage.html() == expected


def test_a_markdown_table_has_a_head(stage: Stage) -> None:
    stage.draw({"type": "markdown", "text": "| a | b |\n|---|--:|\n| 1 | x \\| y |"})
    expect(stage.page.get_by_role("columnheader")).to_have_text(["a", "b"])
    expect(stage.page.get_by_role("cell")).to_have_text(["1", "x | y"])


@pytest.mark.parametrize("text", ["<https://a.example/x?a=1&amp;b=2|here>", "[here](https://a.example/x?a=1&amp;b=2)"])
def test_links_open_elsewhere_and_tell_nothing(stage: Stage, text: str) -> None:
    stage.call("mrkdwn" if text.startswith("<") else "markdown", text)
    link = stage.page.get_by_role("link", name="here")
    expect(link).to_have_attribute("href", "https://a.example/x?a=1&b=2")
    expect(link).to_have_attribute("rel", "noreferrer noopener")
    expect(link).to_have_attribute("target", "_blank")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_is_quick_and_fits(stage: Stage, text: str) -> None:
    began = time.monotonic()
    rich = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}, {"type": "link", "url": text}]}
    stage.draw(
        mrkdwn(text),
        {"type": "section", "text": plain(text)},
        {"type": "markdown", "text": text},
        {"type": "rich_text", "elements": [rich]},
        {"type": "header", "text": plain(text)},
        {"type": "image", "alt_text": text, "image_url": text},
        actions(button(text, url=text, accessibility_label=text)),
        field({"type": "plain_text_input", "initial_value": text}, label=text),
        {"type": text},
    )
    assert time.monotonic() - began < 3
    assert stage.page.locator("#stage :is(script, img, iframe, [onerror], [onclick], [style])").count() == 0
    assert stage.page.locator("#stage a").count() == 0
    assert stage.page.locator("#log").evaluate("(it) => it.scrollWidth <= it.clientWidth")


def test_rich_text_is_drawn_whole(stage: Stage) -> None:
    def section(*elements: Block) -> Block:
        return {"type": "rich_text_section", "elements": list(elements)}

    def items(indent: int, *texts: str) -> Block:
        made = [section({"type": "text", "text": text}) for text in texts]
        return {
            "type": "rich_text_list",
            "style": "ordered" if indent else "bullet",
            "indent": indent,
            "elements": made,
        }

    spans = (
        {"type": "text", "text": "hi ", "style": {"bold": True, "italic": True}},
        {"type": "user", "user_id": "U1"},
        {"type": "channel", "channel_id": "C1"},
        {"type": "broadcast", "range": "here"},
        {"type": "emoji", "name": "tada"},
        {"type": "date", "timestamp": 0, "format": "{date_num}", "fallback": "then"},
        {"type": "link", "url": "https://a.example", "text": "a link"},
        {"type": "usergroup", "usergroup_id": "S1"},
        {"type": "color", "value": "#fff"},
    )
    code = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "<b>"}]}
    quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}]}
    stage.draw({"type": "rich_text", "elements": [section(*spans), items(0, "a"), items(1, "b"), code, quote]})
    html = stage.html()
    assert "<em><strong>hi </strong></em>" in html
    assert (
        "<ul><li>a<ol><li>b</li></ol></li></ul><pre><code>&lt;b&gt;</code></pre><blockquote>quoted</blockquote>" in html
    )
    for words in ("@alice", "#general", "@here", "🎉", "then", "a link"):
        assert words in html
    said = [f"This page cannot draw a “{kind}” part of a rich text." for kind in ("usergroup", "color")]
    expect(stage.page.get_by_role("note")).to_have_text(said)


# --- blocks ---


KINDS: dict[str, tuple[Block, str]] = {
    "section": (mrkdwn("words"), "words"),
    "fields": ({"type": "section", "fields": [plain("left"), plain("right")]}, "left"),
    "header": ({"type": "header", "text": plain("a title")}, "a title"),
    "context": ({"type": "context", "elements": [{"type": "mrkdwn", "text": "small"}]}, "small"),
    "image": ({"type": "image", "alt_text": "a cat", "image_url": "https://pics.example/c.png"}, "pics.example"),
    "markdown": ({"type": "markdown", "text": "**md**"}, "md"),
    "table": ({"type": "table", "rows": [[{"type": "raw_text", "text": "cell"}]]}, "cell"),
    "task_card": ({"type": "task_card", "title": "Look", "status": "error"}, "failed"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_block_is_drawn(stage: Stage, kind: str) -> None:
    block, words = KINDS[kind]
    stage.draw(block)
    assert words in stage.text()
    expect(stage.page.get_by_role("note").filter(has_text="cannot draw")).to_have_count(0)


BLOCKS_NOT_DRAWN = ("video", "card", "plan", "alert", "constructor")
ELEMENTS_NOT_DRAWN = (
    "external_select",
    "multi_static_select",
    "multi_users_select",
    "timepicker",
    "datetimepicker",
    "number_input",
    "email_text_input",
    "url_text_input",
    "workflow_button",
    "file_input",
)


def test_what_cannot_be_drawn_is_said(stage: Stage) -> None:
    stage.draw(
        *({"type": kind} for kind in BLOCKS_NOT_DRAWN),
        *(actions({"type": kind}) for kind in ELEMENTS_NOT_DRAWN),
        *(field({"type": kind}) for kind in ELEMENTS_NOT_DRAWN),
        {"type": "context", "elements": [{"type": "sound"}]},
        {"type": "task_card", "title": "Look", "status": "complete", "details": {"type": "rich_text"}},
        {},
    )
    said = stage.page.get_by_role("note").all_inner_texts()
    elements = [f"“{kind}” element" for kind in ELEMENTS_NOT_DRAWN]
    assert [re.fullmatch(r"This page cannot draw an? (.+)\.", one).group(1) for one in said] == [  # type: ignore[union-attr]
        *(f"“{kind}” block" for kind in BLOCKS_NOT_DRAWN),
        *elements,
        *elements,
        "“sound” element",
        "“details” part of a task",
        "“undefined” block",
    ]
    assert stage.values() == {}


def test_an_attachment_is_drawn(stage: Stage) -> None:
    attachment = {"color": "danger", "text": "*body*", "fallback": "not this", "blocks": [mrkdwn("inside")]}
    stage.call("attach", {**attachment, "title": "Title", "actions": [{"type": "button"}]})
    for words in ("body", "inside", "cannot draw a “title” part", "cannot draw an “actions” part"):
        assert words in stage.text()
    assert "not this" not in stage.text()
    stage.call("attach", {"fallback": "only this"})
    assert stage.text() == "only this"


# --- pressing and choosing ---


def test_a_button_tells_where_it_stands(stage: Stage) -> None:
    stage.draw(mrkdwn("m1 · I like short answers"), actions(button("Disable")), actions(button("Next"), block_id="nav"))
    disable = stage.page.get_by_role("button", name="Disable", exact=True)
    expect(disable).to_have_attribute("aria-description", "m1 · I like short answers")
    disable.click()
    following = stage.page.get_by_role("button", name="Next", exact=True)
    assert following.get_attribute("aria-description") is None
    following.click()
    assert stage.acts() == [
        {"block_id": "row", "action_id": "press", "said": None},
        {"block_id": "nav", "action_id": "press", "said": None},
    ]


def test_a_button_with_an_address_is_a_link_that_also_tells(stage: Stage) -> None:
    stage.draw(actions(button("Docs", url="https://docs.invalid/")))
    stage.page.context.route("https://docs.invalid/", lambda route: route.fulfill(body="docs"))
    with stage.page.context.expect_page() as opened:
        stage.page.get_by_role("link", name="Docs").click()
    assert opened.value.url == "https://docs.invalid/"
    assert stage.said() == [None]


def test_an_overflow_menu_works_by_keyboard(stage: Stage) -> None:
    menu = {"type": "overflow", "action_id": "more", "options": ONE_TWO}
    text = "m1 · I like short answers, and " + "long " * 20
    stage.draw({"type": "section", "block_id": "s", "text": plain(text), "accessory": menu})
    more = stage.page.get_by_role("button", name="More actions for “m1 · I like short answers, and long")
    assert len((more.get_attribute("aria-label") or "").split("“")[1]) == 61
    more.focus()
    stage.page.keyboard.press("Enter")
    expect(stage.page.get_by_role("menuitem", name="One")).to_be_focused()
    stage.page.keyboard.press("Escape")
    expect(stage.page.get_by_role("menu")).to_be_hidden()
    expect(more).to_be_focused()
    stage.page.keyboard.press("Enter")
    stage.page.keyboard.press("ArrowUp")
    stage.page.keyboard.press("ArrowUp")
    stage.page.keyboard.press("Enter")
    expect(stage.page.get_by_role("menu")).to_be_hidden()
    assert stage.acts() == [{"block_id": "s", "action_id": "more", "said": "2"}]


@pytest.mark.parametrize(("press", "expected"), [("Delete", [None]), ("Keep", []), ("Escape", [])])
def test_a_confirm_asks_first(stage: Stage, press: str, expected: list[None]) -> None:
    stage.draw(actions(button("Remove", confirm=ASK)))
    remove = stage.page.get_by_role("button", name="Remove")
    remove.click()
    dialog = stage.page.get_by_role("alertdialog", name="Delete it?", description="It will be gone for good.")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    assert stage.said() == []
    if press == "Escape":
        stage.page.keyboard.press("Escape")
    else:
        dialog.get_by_role("button", name=press).click()
    expect(dialog).to_have_count(0)
    stage.wait_for_acts(len(expected))
    expect(remove).to_be_focused()
    assert stage.said() == expected


def test_a_confirm_of_one_option_asks_for_that_one_only(stage: Stage) -> None:
    menu = {"type": "overflow", "action_id": "more", "options": [option("Edit", "e"), option("Drop", "d", confirm=ASK)]}
    stage.draw(actions(menu))
    more = stage.page.get_by_role("button", name="More actions")
    more.click()
    stage.page.get_by_role("menuitem", name="Edit").click()
    more.click()
    stage.page.get_by_role("menuitem", name="Drop").click()
    assert stage.said() == ["e"]
    stage.page.get_by_role("button", name="Delete").click()
    stage.wait_for_acts(2)
    assert stage.said() == ["e", "d"]


def test_a_choice_that_was_not_meant_goes_back(stage: Stage) -> None:
    stage.draw(
        actions(
            {
                "type": "static_select",
                "action_id": "a",
                "placeholder": plain("Pick"),
                "options": ONE_TWO,
                "initial_option": ONE_TWO[0],
                "confirm": ASK,
            },
            {"type": "checkboxes", "action_id": "b", "options": ONE_TWO, "confirm": ASK},
        )
    )
    keep = stage.page.get_by_role("button", name="Keep")
    select = stage.page.get_by_role("combobox", name="Pick")
    select.select_option("Two")
    keep.click()
    expect(select).to_have_value("1")
    stage.page.get_by_label("Three").check()
    keep.click()
    expect(stage.page.get_by_label("Three")).not_to_be_checked()
    assert stage.said() == []


def test_choices_tell_their_values(stage: Stage) -> None:
    stage.draw(
        actions(
            {"type": "static_select", "action_id": "a", "placeholder": plain("Pick"), "options": ONE_TWO},
            {"type": "users_select", "action_id": "b", "placeholder": plain("Who")},
            {"type": "channels_select", "action_id": "c", "placeholder": plain("Channel")},
            {"type": "conversations_select", "action_id": "d", "placeholder": plain("Where")},
            {"type": "datepicker", "action_id": "e"},
        ),
        actions({"type": "radio_buttons", "action_id": "h", "options": ONE_TWO}, block_id="radio"),
        actions({"type": "checkboxes", "action_id": "i", "options": ONE_TWO}, block_id="boxes"),
    )
    page = stage.page
    page.get_by_role("combobox", name="Pick").select_option("Two")
    page.get_by_role("combobox", name="Who").select_option("bob")
    page.get_by_role("combobox", name="Channel").select_option("general")
    page.get_by_role("combobox", name="Where").select_option("alice")
    page.get_by_label("Date", exact=True).fill("2026-11-20")
    page.get_by_role("radio", name="Two").check()
    page.get_by_role("checkbox", name="One").check()
    page.get_by_role("checkbox", name="Three").check()
    assert stage.said() == ["2", "U2", "C1", "U1", "2026-11-20", "2", ["1"], ["1", "3"]]


def test_feedback_is_told_and_stays_pressed(stage: Stage) -> None:
    feedback = {
        "type": "feedback_buttons",
        "action_id": "f",
        "positive_button": {"text": plain("Good"), "value": "up"},
        "negative_button": {"text": plain("Bad"), "value": "down"},
    }
    icon = {"type": "icon_button", "action_id": "i", "icon": "trash", "text": plain("Remove")}
    stage.draw({"type": "context_actions", "block_id": "c", "elements": [feedback, icon]})
    stage.page.get_by_role("button", name="Bad").click()
    stage.page.get_by_role("button", name="Remove").click()
    assert stage.said() == ["down", None]
    stage.redraw()
    expect(stage.page.get_by_role("button", name="Bad", pressed=True)).to_be_visible()
    expect(stage.page.get_by_role("button", name="Good", pressed=False)).to_be_visible()


# --- filling in ---


FILLED = [
    ({"type": "plain_text_input", "max_length": 5}, "words that are long", "words"),
    ({"type": "plain_text_input", "multiline": True}, "two\nlines", "two\nlines"),
    ({"type": "datepicker"}, "2026-01-02", "2026-01-02"),
]


@pytest.mark.parametrize(("element", "text", "filled"), FILLED)
def test_what_is_filled_in_is_kept_and_not_told(stage: Stage, element: Block, text: str, filled: str) -> None:
    stage.draw(field(element, label="Say it"))
    control = stage.page.get_by_label("Say it")
    if "max_length" in element:
        control.press_sequentially(text)
    else:
        control.fill(text)
    assert stage.values() == {"in": {"it": filled}}
    assert stage.acts() == []
    stage.redraw()
    expect(stage.page.get_by_label("Say it")).to_have_value(filled)


def test_initial_values_are_submitted_when_nothing_was_touched(stage: Stage) -> None:
    stage.draw(
        field({"type": "plain_text_input", "initial_value": "begun"}, block_id="a"),
        field({"type": "radio_buttons", "options": ONE_TWO, "initial_option": ONE_TWO[1]}, block_id="b"),
        field({"type": "checkboxes", "options": ONE_TWO, "initial_options": ONE_TWO[:2]}, block_id="c"),
        field({"type": "checkboxes", "options": ONE_TWO}, block_id="d"),
        field({"type": "datepicker", "initial_date": "2026-01-02"}, block_id="e"),
        field({"type": "static_select", "options": ONE_TWO}, block_id="f"),
        field({"type": "static_select", "options": ONE_TWO, "initial_option": ONE_TWO[2]}, block_id="g"),
        actions(button("No value"), {"type": "users_select", "action_id": "u", "initial_user": "U1"}, block_id="h"),
        field({"type": "plain_text_input", "initial_value": "odd"}, block_id="__proto__"),
    )
    filled = stage.values()
    assert {name: next(iter(one.values())) for name, one in filled.items()} == {
        "a": "begun",
        "b": "2",
        "c": ["1", "2"],
        "d": [],
        "e": "2026-01-02",
        "f": None,
        "g": "3",
        "h": "U1",
        "__proto__": "odd",
    }
    expect(stage.page.locator("input[type=date]")).to_have_value("2026-01-02")


def test_text_is_told_on_enter_or_at_each_character(stage: Stage) -> None:
    each = {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    stage.draw(
        field({"type": "plain_text_input"}, label="Enter", block_id="a", dispatch_action=True),
        field({"type": "plain_text_input", **each}, label="Each", block_id="b", dispatch_action=True),
    )
    stage.page.get_by_label("Enter").press_sequentially("hi")
    assert stage.said() == []
    stage.page.keyboard.press("Enter")
    stage.page.get_by_label("Each").press_sequentially("yo")
    stage.page.keyboard.press("Enter")
    assert stage.said() == ["hi", "y", "yo"]


def test_an_error_belongs_to_its_field(stage: Stage) -> None:
    stage.draw(
        field({"type": "plain_text_input"}, label="Name", block_id="a", hint=plain("As in the passport.")),
        field({"type": "radio_buttons", "options": ONE_TWO}, label="Which", block_id="b"),
        field({"type": "plain_text_input"}, label="Other", block_id="c", optional=True),
        errors={"a": "Too short.", "b": "Choose one."},
    )
    page = stage.page
    name = page.get_by_role("textbox", name="Name", description="As in the passport. Too short.")
    expect(name).to_have_attribute("aria-invalid", "true")
    group = page.get_by_role("radiogroup", name="Which", description="Choose one.")
    expect(group).to_have_attribute("aria-invalid", "true")
    other = page.get_by_role("textbox", name="Other (optional)")
    assert other.get_attribute("aria-invalid") is None
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map((it) => it.id)).size") == len(
        page.locator("[id]").all()
    )


# --- drawing again ---


def test_focus_and_caret_stay_when_blocks_are_drawn_again(stage: Stage) -> None:
    blocks = (field({"type": "plain_text_input", "multiline": True}), actions(button("A"), button("B", action_id="b")))
    stage.draw(*blocks)
    text = stage.page.get_by_label("Label")
    text.fill("hello")
    stage.page.keyboard.press("Home")
    stage.page.keyboard.press("ArrowRight")
    stage.redraw()
    expect(text).to_be_focused()
    stage.page.keyboard.type("_")
    expect(text).to_have_value("h_ello")
    stage.page.get_by_role("button", name="B").focus()
    stage.redraw()
    expect(stage.page.get_by_role("button", name="B")).to_be_focused()


def test_focus_follows_into_a_node_that_takes_the_place_of_the_old_one(stage: Stage) -> None:
    stage.draw(field({"type": "plain_text_input"}))
    stage.page.get_by_label("Label").press_sequentially("ab")
    stage.call("replace")
    expect(stage.page.get_by_label("Label")).to_be_focused()
    stage.page.keyboard.type("c")
    expect(stage.page.get_by_label("Label")).to_have_value("abc")


def test_focus_stays_near_when_what_had_it_is_gone(stage: Stage) -> None:
    stage.draw(actions(button("Undo")))
    stage.page.get_by_role("button", name="Undo").focus()
    stage.redraw(mrkdwn("It is undone."))
    expect(stage.page.locator("#stage")).to_be_focused()


# --- for everybody ---


EVERYTHING: tuple[Block, ...] = (
    *(block for block, _ in KINDS.values()),
    {
        "type": "section",
        "text": plain("m1"),
        "accessory": {"type": "overflow", "action_id": "o", "options": ONE_TWO},
    },
    actions(button("Yes", style="primary"), button("No", style="danger"), button("Docs", url="https://a.example")),
    field({"type": "plain_text_input", "placeholder": plain("like so")}, block_id="a", hint=plain("hint")),
    field({"type": "radio_buttons", "options": ONE_TWO}, block_id="b"),
    field({"type": "checkboxes", "options": ONE_TWO}, block_id="c"),
    field({"type": "users_select"}, block_id="d"),
    field({"type": "static_select", "options": ONE_TWO}, block_id="e"),
    field({"type": "datepicker"}, block_id="f"),
    {"type": "markdown", "text": "# A\n\n- b\n\n[link](https://a.example) `code`\n\n> said\n\n|a|\n|-|\n|1|"},
    {"type": "video"},
)
WINDOWS = [
    {"color_scheme": "light"},
    {"color_scheme": "dark"},
    {"color_scheme": "light", "viewport": {"width": 360, "height": 700}},
]


@pytest.mark.parametrize("window", WINDOWS, ids=["light", "dark", "phone"])
def test_everybody_can_use_it(stage: Stage, violations: Violations, window: dict[str, Any]) -> None:
    errors = {"a": "Too short.", "b": "Choose one.", "c": "Choose.", "d": "Choose."}
    stage.draw(*EVERYTHING, errors=errors)
    assert violations(stage.page, "#stage") == []
    assert stage.page.locator("#log").evaluate("(it) => it.scrollWidth <= it.clientWidth")
    small = "[...document.querySelectorAll('#stage :is(button, select, summary, textarea, input, .option)')]"
    boxes = f"{small}.filter((it) => !it.closest('.option, [popover]')).map((it) => it.getBoundingClientRect().height)"
    assert min(stage.page.evaluate(boxes)) >= 24


@pytest.mark.parametrize("window", WINDOWS, ids=["light", "dark", "phone"])
def test_everybody_can_use_menus_and_questions(stage: Stage, violations: Violations, window: dict[str, Any]) -> None:
    menu = {"type": "overflow", "action_id": "o", "options": ONE_TWO, "confirm": ASK}
    stage.draw({"type": "section", "text": plain("m1"), "accessory": menu})
    stage.page.get_by_role("button", name="More actions").click()
    box = stage.page.get_by_role("menu").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= stage.page.evaluate("innerWidth")
    assert violations(stage.page, "#stage") == []
    stage.page.get_by_role("menuitem", name="One").click()
    assert violations(stage.page, "dialog") == []


# --- whatever comes ---


WORDS = st.one_of(st.sampled_from(HOSTILE[:8]), st.text(max_size=30), st.text("*_~`<>|[]()#-+1.\n &:!@\\", max_size=40))
TEXTS = st.fixed_dictionaries({"type": st.sampled_from(["plain_text", "mrkdwn"]), "text": WORDS})
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | WORDS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "text", "value"]), inner),
    max_leaves=6,
)
OPTIONS = st.lists(st.fixed_dictionaries({"text": TEXTS, "value": WORDS}), max_size=4) | ANYTHING
ELEMENT_TYPES = st.sampled_from(
    [
        "button",
        "overflow",
        "static_select",
        "multi_static_select",
        "users_select",
        "multi_users_select",
        "radio_buttons",
        "checkboxes",
        "image",
        "plain_text_input",
        "email_text_input",
        "feedback_buttons",
        "icon_button",
        "datepicker",
        "timepicker",
        "datetimepicker",
        "video",
        "number_input",
        "url_text_input",
        "constructor",
    ]
)
ELEMENTS = st.fixed_dictionaries(
    {"type": ELEMENT_TYPES},
    optional={
        "action_id": ANYTHING,
        "text": ANYTHING,
        "placeholder": ANYTHING,
        "options": OPTIONS,
        "option_groups": ANYTHING,
        "initial_option": ANYTHING,
        "initial_options": ANYTHING,
        "initial_users": ANYTHING,
        "positive_button": ANYTHING,
        "alt_text": ANYTHING,
        "accessibility_label": ANYTHING,
        "dispatch_action_config": ANYTHING,
        "multiline": ANYTHING,
        "url": ANYTHING,
        "max_selected_items": ANYTHING,
    },
)
SPANS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["text", "link", "user", "channel", "emoji", "broadcast", "date", "color", "team", "__proto__"]
        )
    },
    optional={"text": ANYTHING, "url": ANYTHING, "name": ANYTHING, "style": ANYTHING, "timestamp": ANYTHING},
)
RICH = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted", "x"]
        )
    },
    optional={"elements": st.lists(SPANS | st.fixed_dictionaries({"elements": st.lists(SPANS)})), "indent": ANYTHING},
)
BLOCK_TYPES = st.sampled_from(
    [
        "section",
        "header",
        "divider",
        "context",
        "image",
        "actions",
        "context_actions",
        "markdown",
        "rich_text",
        "table",
        "input",
        "task_card",
        "plan",
        "alert",
        "card",
        "video",
        "__proto__",
    ]
)
BLOCKS = st.fixed_dictionaries(
    {"type": BLOCK_TYPES},
    optional={
        "block_id": ANYTHING,
        "text": ANYTHING,
        "fields": ANYTHING,
        "title": ANYTHING,
        "label": ANYTHING,
        "hint": ANYTHING,
        "accessory": ELEMENTS | ANYTHING,
        "element": ELEMENTS | ANYTHING,
        "elements": st.lists(ELEMENTS | RICH, max_size=4) | ANYTHING,
        "actions": st.lists(ELEMENTS, max_size=2) | ANYTHING,
        "rows": ANYTHING | st.lists(st.lists(TEXTS)),
        "column_settings": ANYTHING,
        "tasks": ANYTHING,
        "status": ANYTHING,
        "level": ANYTHING,
        "details": ANYTHING,
        "sources": ANYTHING,
    },
)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(blocks=st.lists(BLOCKS, max_size=4))
def test_no_tree_of_blocks_breaks_the_page(stage: Stage, blocks: list[Block]) -> None:
    stage.draw(*blocks)
    stage.values()
    drawn = stage.page.evaluate("() => document.querySelector('#stage').childElementCount")
    assert drawn == len(blocks)  # each is drawn, or there is a note in its place
    assert stage.page.locator("#stage :is(script, img, [onerror], [style], a[href^=javascript])").count() == 0
