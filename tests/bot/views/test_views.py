"""Every function that makes something to see: whatever the memories say, Slack takes it, and it notifies nobody."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, get_args

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import bot.views
from bot.commands import table
from bot.dialogs import screens
from bot.dialogs.admin import reviewing
from bot.playground.standin.limits import check_message, check_view
from bot.slack import reply
from bot.slack.reply import Reply
from bot.views import blocks, explanation, forms, history, home, lists, memories, modals, notices, receipts, review
from bot.views.export import document, export_pages, export_reply, export_view
from bot.views.lists import Listing
from bot.views.modals import Modal
from bot.views.state import LONGEST, MOST_PAGES, STATES, ViewState
from memory.errors import MemoryExists, MemoryLimitReached
from memory.models import Actor, AuditEntry, Key, Memory, Origin, Page, Role
from memory.store.notices import Kind, Notice
from memory.text.clean import MAX_CHARACTERS, MAX_TAG_CHARACTERS, MAX_TAGS
from memory.text.flags import FLAGS
from memory.turns import Thread, Turn

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEYS = (Key.person("T1", "U1"), Key.workspace("T1"), Key.channel("T1", "C1"), Key.parse("api:some>one <!here>"))
NASTY = (
    "🦆" * MAX_CHARACTERS,
    "👩‍👩‍👧‍👦" * (MAX_CHARACTERS // 7),
    "&" * MAX_CHARACTERS,
    "<" * MAX_CHARACTERS,
    "`" * MAX_CHARACTERS,
    "<!channel> <!here> <@U0ALICE> <#C0GENERAL> <https://evil.example|click>",
    "&lt;!channel&gt; *bold* _it_ ~no~ ```code``` > quote",
    "\u202eright to left\u202c مرحبا بالعالم שלום",
    "\n\n\nlines\r\n\u2028\u2029\x0b\x0c" * 50,
    "\u200b",
    "z\u0300" * (MAX_CHARACTERS // 2),
    '"}],"blocks":[]',
)
NOTIFYING = ("<!channel", "<!here", "<!everyone", "<!subteam", "<@U0ALICE", "<#C0GENERAL")


def a_memory(text: str, number: int = 1, key: Key = KEYS[0], **fields: Any) -> Memory:
    plain = Memory(
        id=f"mem_{number:032x}",
        number=number,
        key=key,
        text=text,
        visibility="private",
        type="preference",
        tags=(),
        priority=0,
        pinned=False,
        disabled=False,
        source="slack",
        origin=Origin(),
        metadata=None,
        times_applied=0,
        last_applied_at=None,
        revision=1,
        expires_at=None,
        created_at=NOW,
        created_by=key.value,
        updated_at=NOW,
        updated_by=key.value,
    )
    return replace(plain, **fields)


characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.one_of(st.sampled_from(NASTY), st.text(characters, min_size=1, max_size=200)).filter(str.strip)
names = st.one_of(
    st.sampled_from(["<!channel>", "🦆" * MAX_TAG_CHARACTERS]), st.text(characters, min_size=1, max_size=20)
)
tags = st.lists(names.filter(str.strip), max_size=MAX_TAGS, unique=True).map(tuple)
origins = st.builds(
    Origin,
    user_id=st.sampled_from([None, "U1", "U2", "<!channel>"]),
    channel_id=st.sampled_from([None, "C1", "D1", "C1|<!here>"]),
    thread_ts=st.sampled_from([None, "1700000000.000100", "<!here>"]),
    message_ts=st.sampled_from([None, "1700000000.000100", "1700000001.000200", "<!here>"]),
)
some = st.builds(
    a_memory,
    texts,
    st.integers(1, 10**9),
    st.sampled_from(KEYS),
    tags=tags,
    visibility=st.sampled_from(["private", "open"]),
    pinned=st.booleans(),
    disabled=st.booleans(),
    priority=st.integers(-1000, 1000),
    revision=st.integers(1, 10**9),
    times_applied=st.integers(0, 10**9),
    expires_at=st.sampled_from([None, NOW - timedelta(days=1), NOW + timedelta(days=900)]),
    origin=origins,
    metadata=st.sampled_from([None, {"a": "<!channel> 🦆" * 500}]),
)
many = st.lists(some, min_size=1, max_size=12, unique_by=lambda memory: memory.id)

STATE = ViewState(
    user="U1", screen="edit", memory="mem_1", number=7, response_url="https://hooks.slack.com/" + "x" * 200
)
URL = "https://acme.slack.com/"
Payload = Reply | Modal | dict[str, Any]
Payloads = Iterator[Payload]
WHO = Actor("slack:T1:U1", Role.MEMBER, "test", "T1", "U1", "C1")
ADMIN = Actor("slack:T1:U9", Role.ADMIN, "test", "T1", "U9")
OFFERS, ADMINS_OFFERS = partial(table.offers, WHO), partial(table.offers, ADMIN, who="admins")


def shown(found: Sequence[Memory], **fields: Any) -> memories.MemoryList:
    page = Page(tuple(found[:10]), len(found))
    every_tag = sorted({tag for memory in found for tag in memory.tags})
    return memories.MemoryList(ViewState(user="U1", **fields), page, every_tag, NOW, OFFERS, URL)


def in_a_modal(*some_blocks: dict[str, Any]) -> Modal:
    return Modal(STATE, some_blocks)


def _memories(found: list[Memory]) -> Payloads:
    yield memories.memory_list(shown(found))
    yield memories.memory_list(shown(found, tag=(found[0].tags or ("gone",))[0], words="🦆" * 100, which="off"))
    yield memories.memory_list(replace(shown([]), any=False, paused=True, note=blocks.quoted(found[0])))
    yield memories.memory_list(shown([]))


def _form(found: list[Memory]) -> Payloads:
    yield forms.form(forms.edited(STATE, found[0]))
    yield forms.form(forms.duplicate(STATE, forms.as_typed(found[0]), found[-1]))
    typed = forms.Typed("🦆" * 9000, tags="🦆" * 9000, place="team", until="2999-12-31", pinned=True)
    yield forms.form(forms.Form(replace(STATE, screen="remember", places="me channel team"), typed))
    yield forms.form(forms.Form(replace(STATE, screen="add"), forms.Typed(), blocks.line(found[0], NOW)))
    told = forms.remembering(STATE, typed, author="<@U2>", own=False, cut=True)
    yield forms.form(told)


def _home(found: list[Memory]) -> Payloads:
    counts = home.Counts(len(found), 1, 10**6)
    yield home.home(
        home.Front(counts, found[:5], NOW, OFFERS, URL, True, True, review_part(found), blocks.quoted(found[0]))
    )
    yield home.home(home.Front(home.Counts(), (), NOW, OFFERS))


def review_part(found: list[Memory]) -> list[dict[str, Any]]:
    return review.review_part(Page(tuple(found), 10**6), NOW, ADMINS_OFFERS, notified=len(found) % 2 == 0)


def _review(found: list[Memory]) -> Payloads:
    flagged = [replace(each, flags=FLAGS, last_applied_at=NOW) for each in found[:10]]
    for state in (
        ViewState(screen="review"),
        ViewState(screen="review", whose="U1", flag="url", which="expired", words="🦆" * 100),
    ):
        page = Page(tuple(flagged), 10**6)
        yield review.review(review.Reviewed(state, page, NOW, ADMINS_OFFERS, blocks.quoted(found[0])))
    private = [replace(each, text="", tags=()) for each in flagged]
    yield review.review(
        review.Reviewed(ViewState(screen="review", whose="C1"), Page(tuple(private), 12), NOW, ADMINS_OFFERS)
    )
    yield review.review(review.Reviewed(ViewState(screen="review", whose="workspace"), Page((), 0), NOW, ADMINS_OFFERS))


def _queue(found: list[Memory]) -> Payloads:
    waiting = tuple(replace(each, key=Key.proposals("T1"), flags=FLAGS) for each in found[:10])
    yield review.queue(
        ViewState(screen="queue", page=2), Page(waiting, 10**6), NOW, ADMINS_OFFERS, blocks.quoted(found[0])
    )
    yield review.queue(ViewState(screen="queue"), Page((), 0), NOW, ADMINS_OFFERS)


def _asking(found: list[Memory]) -> Payloads:
    for name in ("reject", "read", "off", "remove"):
        for reason in (None, "", "🦆" * 900):
            yield review.asking(replace(STATE, screen=name), blocks.quoted(found[0]), reason)


def _log(found: list[Memory]) -> Payloads:
    entry = AuditEntry(1, NOW, "slack:T1:U1", "test", "update", "k", "mem_1", 1, found[0].text[:500], {"text": "a"}, {})
    yield history.audit_log(ViewState(screen="log", page=2), [entry] * 25, more=True)
    yield history.audit_log(ViewState(screen="history"), [], more=False)


def _export_view(found: list[Memory]) -> Payloads:
    pages = export_pages(found)
    yield from (export_view(replace(STATE, page=number), pages) for number in range(1, len(pages) + 1))


def _listing(found: list[Memory]) -> Payloads:
    for offers, verbs in ((OFFERS, ""), (ADMINS_OFFERS, "admin ")):
        yield lists.listing(Listing("All", "list", Page(tuple(found[:10]), 30), 2, "none", NOW, offers, verbs))


def _audit(found: list[Memory]) -> Payloads:
    entry = AuditEntry(1, NOW, "slack:T1:U1", "test", "update", "k", "mem_1", 1, found[0].text[:500], {"text": "a"}, {})
    yield lists.audit_list([entry] * 25, 2, more=True)
    yield lists.audit_list([], 1, more=False)


def told_of(memory: Memory) -> Iterator[Reply]:
    """Each kind of notice."""
    about = {"by": "U2", "number": memory.number, "text": memory.text, "reason": memory.text, "changed": True}
    for kind in get_args(Kind):
        yield notices.notice_reply(Notice(1, "T1", "U1", kind, about, 1))
    yield notices.notice_reply(Notice(1, "T1", "U1", "rejected", about | {"by": "", "reason": None}, 1))


def an_explanation(found: list[Memory]) -> explanation.Explanation:
    later = NOW - timedelta(days=1)
    return explanation.Explanation(later, 99, tuple(found), tuple((each, "expired") for each in found), paused=True)


def a_turn(found: list[Memory]) -> Turn:
    return Turn("Ev1", Thread("T1", "C1", "1.0"), "U2", "1.0", "hello", tuple(each.id for each in found), NOW)


pressable = modals.press("x", "y")
EXAMPLES: dict[str, Callable[[list[Memory]], Payloads]] = {
    "about_proposal": lambda found: iter([in_a_modal(blocks.context(review.about_proposal(found[0], NOW)))]),
    "amending": lambda found: iter([review.amending(STATE, found[0].text, blocks.quoted(found[0]))]),
    "asking": _asking,
    "actions": lambda found: iter([in_a_modal(blocks.actions(blocks.button("Undo", f"erase {found[0].id}")))]),
    "answer_forgotten": lambda found: iter([explanation.answer_forgotten(STATE)]),
    "answer_modal": lambda found: iter([explanation.answer_modal(STATE, an_explanation(found), NOW, OFFERS, "note")]),
    "answer_of_another": lambda found: iter([explanation.answer_of_another(STATE, a_turn(found))]),
    "answer_reply": lambda found: iter([explanation.answer_reply(an_explanation(found), NOW, OFFERS)]),
    "admins_may": lambda found: iter([]),
    "announcement": lambda found: iter([receipts.announcement(replace(found[0], origin=Origin(user_id="U1")))]),
    "ask_delete": lambda found: iter([receipts.ask_delete(found[0], "admin ", "because " * 100)]),
    "ask_delete_all": lambda found: iter([receipts.ask_delete_all(1), receipts.ask_delete_all(1000)]),
    "ask_edit": lambda found: iter([receipts.ask_edit(found[0])]),
    "audit_list": _audit,
    "button": lambda found: iter([in_a_modal(blocks.actions(blocks.button("x", "y", then=found[0].text)))]),
    "confirm_delete": lambda found: iter([modals.confirm_delete(STATE, found[0], "note")]),
    "confirm_forget": lambda found: iter([modals.confirm_forget(STATE, 1000)]),
    "context": lambda found: iter([in_a_modal(blocks.context(blocks.quoted(found[0])))]),
    "details": lambda found: iter([lists.details(found[0], NOW, of(found[0])) for of in (OFFERS, ADMINS_OFFERS)]),
    "document": lambda found: iter([document("*JSON*", found[0].text)]),
    "edit_button": lambda found: iter([in_a_modal(blocks.actions(blocks.edit_button(found[0], then="list page 2")))]),
    "error": lambda found: iter([modals.error(STATE, found[0].text), modals.error(STATE, "no", again=False)]),
    "export_reply": lambda found: iter([export_reply(found, 1), export_reply(found, 99), export_reply([], 1)]),
    "export_view": _export_view,
    "fitted": lambda found: iter([in_a_modal(*[blocks.words(found[0].text)] * 150)]),
    "form": _form,
    "header": lambda found: iter([in_a_modal(modals.header("Review"))]),
    "home": _home,
    "home_error": lambda found: iter([home.home_error(found[0].text)]),
    "audit_export": lambda found: iter([history.audit_export(STATE, [found[0].text] * 9, 7)]),
    "audit_log": _log,
    "listing": _listing,
    "loading": lambda found: iter([modals.loading(replace(STATE, screen=one), "x" * 32) for one in screens.SCREENS]),
    "memory_list": _memories,
    "memory_row": lambda found: iter([in_a_modal(*memories.memory_row(found[0], NOW, URL, OFFERS(found[0])))]),
    "menu": lambda found: iter([in_a_modal(reply.section("x") | modals.menu(found[0], OFFERS(found[0])))]),
    "framed": lambda found: iter([Modal(STATE, [blocks.words(found[0].text)], submit="Save")]),
    "opened": lambda found: iter([review.opened(STATE, each, NOW) for each in found]),
    "option": lambda found: iter([]),
    "proposal_row": lambda found: iter([in_a_modal(*review.proposal_row(found[0], NOW, ADMINS_OFFERS(found[0])))]),
    "queue": _queue,
    "search_box": lambda found: iter([Modal(STATE, [memories.search_box(STATE)], submit="x")]),
    "select": lambda found: iter([]),
    "state_menu": lambda found: iter([in_a_modal(modals.row(memories.state_menu(STATE)))]),
    "turning": lambda found: iter([in_a_modal(*memories.turning(replace(STATE, page=2), Page(tuple(found), 10**6)))]),
    "offer": lambda found: iter([receipts.offer(found[0].text[:300])]),
    "ask_to_pause": lambda found: iter([receipts.ask_to_pause()]),
    "note": lambda found: iter([reply.note(blocks.quoted(found[0]))]),
    "plain_text": lambda found: iter([]),
    "press": lambda found: iter([in_a_modal(modals.row(modals.press("x", "y", danger=True)))]),
    "receipt": lambda found: iter(receipts.together([receipts.receipt(each) for each in found], 45)),
    "refusal": lambda found: iter([receipts.refusal(MemoryExists(found[0])), receipts.refusal(MemoryLimitReached())]),
    "review": _review,
    "review_part": lambda found: iter([in_a_modal(*review_part(found))]),
    "review_row": lambda found: iter([in_a_modal(*review.review_row(found[0], NOW, ADMINS_OFFERS(found[0])))]),
    "row": lambda found: iter([in_a_modal(*lists.row(found[0], "list", NOW, OFFERS(found[0])), modals.row(pressable))]),
    "row_actions": lambda found: iter([in_a_modal(*lists.row_actions(found[0], [("pin", "Pin")], "list"))]),
    "saved": lambda found: iter([forms.saved(STATE, found[0], receipts.receipt(found[0]).text)]),
    "section": lambda found: iter([in_a_modal(reply.section(found[0].text))]),
    "notice_reply": lambda found: told_of(found[0]),
    "words": lambda found: iter([in_a_modal(blocks.words(found[0].text))]),
}  # fmt: skip
AS_GIVEN = {"section", "context"}  # what they are given is mrkdwn, and whoever gives it has escaped it


def makers() -> set[str]:
    """Every public function of the views that returns something to see."""
    found = set()
    for each in pkgutil.iter_modules(bot.views.__path__):
        module = importlib.import_module(f"bot.views.{each.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            kind = function.__annotations__.get("return")
            ours = function.__module__ == module.__name__ and not name.startswith("_")
            if ours and kind in {"Reply", "Modal", "View", "Block", "list[Block]"}:
                found.add(name)
    return found


def test_every_function_that_makes_something_to_see_is_looked_at_here() -> None:
    assert makers() <= set(EXAMPLES)


def check(payload: Payload, *, as_given: bool = False) -> None:
    """Slack takes it, and no token of a memory's stands in it unescaped."""
    payload = screens.framed(payload) if isinstance(payload, Modal) else payload
    texts: list[tuple[str, str]]
    if isinstance(payload, Reply):
        check_message(reply.cut(payload.text), list(payload.blocks))
        texts = [("mrkdwn", payload.text), *_texts(list(payload.blocks))]
    else:
        check_view(payload)
        texts = [*_texts(payload)]
    for kind, text in texts:
        tokens = NOTIFYING if kind == "plain_text" else (*NOTIFYING, "<https://evil")
        assert as_given or not any(token in text for token in tokens), text[:200]


def _texts(part: Any) -> Iterator[tuple[str, str]]:
    """Every text object: its type, and its text. What stands in an input is no text object: it is shown as typed."""
    if isinstance(part, dict):
        if part.get("type") in {"mrkdwn", "plain_text"}:
            yield part["type"], part["text"]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _texts(each)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
@given(found=many)
@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_slack_takes_it_whatever_the_memories_say(name: str, found: list[Memory]) -> None:
    for payload in EXAMPLES[name](found):
        check(payload, as_given=name in AS_GIVEN)


def test_a_thousand_of_the_longest_memories_fit_every_list() -> None:
    found = [
        a_memory(
            NASTY[number % len(NASTY)], number + 1, tags=tuple(f"{'🦆' * 46}{number % 200}{tag}" for tag in range(8))
        )
        for number in range(1000)
    ]
    for start in range(0, 1000, 10):
        page = memories.memory_list(shown(found[start : start + 10] + found[:990]))
        check(page)
        assert modals.CUT not in json.dumps(page.blocks)
    for payload in (*_export_view(found), *_home(found)):
        check(payload)
        assert modals.CUT not in json.dumps(payload.blocks if isinstance(payload, Modal) else payload)


def test_ten_of_the_longest_memories_fit_a_page_that_says_all_about_them() -> None:
    tags = tuple("🦆" * 48 + str(number) for number in range(MAX_TAGS))
    page = memories.memory_list(shown([a_memory("🦆" * MAX_CHARACTERS, number + 1, tags=tags) for number in range(10)]))
    check(page)
    assert modals.CUT not in json.dumps(page.blocks)


def test_what_does_not_fit_is_cut_with_a_note() -> None:
    big = screens.framed(Modal(STATE, [blocks.words("🦆" * 2900)] * 100))
    assert big["blocks"][-1] == blocks.context(modals.CUT)
    assert len(json.dumps(big).encode()) <= 250_000
    many_blocks = screens.framed(Modal(STATE, [reply.section("x")] * 101))
    assert len(many_blocks["blocks"]) == 100
    assert screens.framed(Modal(STATE, [reply.section("x")] * 100))["blocks"][-1] == reply.section("x")


def test_a_menu_has_no_more_than_five_options() -> None:
    for memory in (
        a_memory("x"),
        a_memory("x", pinned=True, disabled=True, visibility="open"),
        a_memory("x", key=KEYS[2], created_by=WHO.id),
    ):
        for offers in (OFFERS, partial(table.offers, ADMIN), ADMINS_OFFERS, reviewing(ADMIN)):
            assert len(offers(memory)) <= 5


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        (Origin(channel_id="C1", message_ts="1700000000.000100"), f"{URL}archives/C1/p1700000000000100"),
        (
            Origin(channel_id="C1", message_ts="1700000001.000200", thread_ts="1700000000.000100"),
            f"{URL}archives/C1/p1700000001000200?thread_ts=1700000000.000100&amp;cid=C1",
        ),
        (Origin(channel_id="C1", message_ts="1.000100", thread_ts="1.000100"), f"{URL}archives/C1/p1000100"),
        (Origin(channel_id="C1"), ""),
        (Origin(message_ts="1700000000.000100"), ""),
        (Origin(channel_id="C1>", message_ts="1700000000.000100"), ""),
    ],
)
def test_a_permalink_is_slacks(origin: Origin, address: str) -> None:
    assert memories.permalink(URL, origin) == address
    assert memories.permalink("", origin) == ""


# ------------------------------------------------------------------------------------- what a view keeps of itself


states = st.builds(
    ViewState,
    screen=st.sampled_from(sorted(screens.SCREENS)),
    user=st.text(max_size=30),
    memory=st.text(max_size=60),
    number=st.integers(0, 10**9),
    revision=st.integers(0, 10**9),
    shared=st.booleans(),
    page=st.integers(1, 1000),
    which=st.sampled_from(STATES),
    tag=st.text(max_size=50),
    words=st.text(max_size=100),
    whose=st.text(max_size=30),
    flag=st.text(max_size=30),
    before=st.integers(0, 10**18),
    then=st.text(max_size=LONGEST),
)


@given(states)
def test_what_a_view_keeps_comes_back(state: ViewState) -> None:
    assert ViewState.loads(state.dumps()) == state
    seen = screens.framed(Modal(state, []))
    back = screens.state_of(seen)
    assert back == screens.state_of({"private_metadata": back.dumps()})
    kept = {name for name in ViewState.__slots__ if getattr(back, name) == getattr(state, name)}
    assert kept >= {"screen", "user", *screens.SCREENS[state.screen].keeps}


field_names = st.sampled_from([*ViewState.__slots__, "x", "listed", "state"])
simple = st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["list", "edit", "nonsense"])


@given(st.one_of(simple, st.lists(simple), st.dictionaries(field_names, simple | st.lists(simple))))
def test_what_was_tampered_with_comes_back_sound(value: object) -> None:
    state = screens.state_of({"private_metadata": json.dumps(value)})
    row, plain = screens.SCREENS[state.screen], ViewState()
    assert state.which in STATES
    assert 1 <= state.page <= MOST_PAGES
    assert not state.below or state.below in row.below
    for name in ViewState.__slots__:
        assert type(getattr(state, name)) is type(getattr(plain, name))
        assert len(str(getattr(state, name))) <= LONGEST
    kept = {
        *row.keeps,
        "screen",
        "user",
        "below",
        *(each for lies in row.below for each in screens.SCREENS[lies].keeps),
    }
    assert all(getattr(state, name) == getattr(plain, name) for name in set(ViewState.__slots__) - kept)


def test_a_view_of_the_release_before_is_taken_for_what_is_known_of_it() -> None:
    before = {"screen": "edit", "user": "U1", "memory": "mem_1", "revision": 2, "listed": True, "state": "off"}
    assert screens.state_of({"private_metadata": json.dumps(before)}) == ViewState(
        screen="edit", user="U1", memory="mem_1", revision=2
    )
    unknown = screens.state_of({"private_metadata": json.dumps({"screen": "gone", "user": "U1", "memory": "mem_1"})})
    assert unknown == ViewState(user="U1")


def test_the_fullest_that_a_view_keeps_is_within_slacks_limit() -> None:
    fullest = ViewState(
        screen="remember", user="U" * 12, memory="mem_" + "f" * 32, number=10**9, revision=10**9, page=1000,
        shared=True, which="off",
        tag="🦆" * 50, words="🦆" * 100, below="review", response_url="https://hooks.example/" + "x" * 300,
        rewrites=True, then="x" * LONGEST, channel="C" * 12, ts="1700000000.000100", thread_ts="1700000000.000100",
        author="U" * 12, places="me channel team", whose="U" * 30, flag="near-duplicate", before=10**18,
    )  # fmt: skip
    assert len(fullest.dumps()) <= 3000
    assert len(fullest.dumps().encode()) <= 3000
