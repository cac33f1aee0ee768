"""What a memory's text may be, and when two texts say the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.errors import MemoryInvalid
from memory.text.clean import (
    MAX_CHARACTERS,
    clean_metadata,
    clean_reason,
    clean_tag,
    clean_tags,
    clean_text,
    clean_type,
    digest,
    matches,
    same_text,
)

whole = st.text(st.characters(exclude_categories=["Cs"]))


@given(whole.filter(lambda text: text.replace("\0", "").strip()))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(whole.filter(lambda text: text.replace("\0", "").strip()))
def test_a_text_is_kept_as_it_was_typed_but_for_nul_and_composition(text: str) -> None:
    assert clean_text(text) == unicodedata.normalize("NFC", text.replace("\0", ""))


def test_white_space_line_ends_and_case_stay() -> None:
    assert clean_text("  First line\r\n\tSecond LINE \n") == "  First line\r\n\tSecond LINE \n"


def test_a_text_is_composed() -> None:
    assert clean_text("cafe\u0301") == "caf\u00e9"


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\0", " \0 ", "\u00a0"])
def test_nothing_is_no_memory(text: str) -> None:
    with pytest.raises(MemoryInvalid, match="empty"):
        clean_text(text)


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\ud83d \ude00"])
def test_half_a_character_is_refused(text: str) -> None:
    with pytest.raises(MemoryInvalid, match="broken character"):
        clean_text(text)


def test_a_text_has_one_to_2000_characters_after_cleaning() -> None:
    assert clean_text("x") == "x"
    assert len(clean_text("é" * MAX_CHARACTERS)) == MAX_CHARACTERS == 2000
    assert len(clean_text("e\u0301\0" * MAX_CHARACTERS)) == MAX_CHARACTERS
    with pytest.raises(MemoryInvalid, match="2,001 characters, and 2,000"):
        clean_text("x" * 2001)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I like short answers", "i LIKE Short answers"),
        ("I like short answers", "I like short answers."),
        ("I like short answers", "  I like\n\tshort   answers ?! … "),
        ("I like short answers", "I like short answers。"),
        ("I like short answers", "I like\u00a0short answers"),
        ("Straße", "STRASSE"),
        ("café", "cafe\u0301"),
        ("Καφές", "ΚΑΦΈΣ"),
        ("Å", "\u212b"),
    ],
)
def test_texts_that_say_the_same(one: str, other: str) -> None:
    assert same_text(one) == same_text(other)
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("short answers", "shortanswers"),
        ("tea", "no tea"),
        ("a.b", "ab"),
        ("C", "C++"),
        ("C", "C#"),
        ("50", "50%"),
        ("?", "!"),
        ("café", "cafe"),
    ],
)
def test_texts_that_do_not_say_the_same(one: str, other: str) -> None:
    assert digest(one) != digest(other)


@given(whole)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert same_text(same_text(text)) == same_text(text)


@given(whole, st.sampled_from([" ", ".", "!?", "\n", " … "]))
def test_what_stands_at_the_end_does_not_matter(text: str, end: str) -> None:
    said = f"{text}x"
    assert digest(said + end) == digest(said)


@given(st.text(st.characters(codec="ascii")))
def test_case_does_not_matter(text: str) -> None:
    assert same_text(text.upper()) == same_text(text.lower())


@pytest.mark.parametrize(
    ("words", "found"),
    [("", True), ("short", True), ("ANSWERS short", True), ("ans", True), ("café", True), ("long", False)],
)
def test_each_of_the_words_must_occur(words: str, found: bool) -> None:
    assert matches(words, "I like Short answers", "CAFE\u0301") is found


def test_words_may_occur_in_different_texts_but_not_across_them() -> None:
    assert matches("short work", "short answers", "work")
    assert not matches("answerswork", "short answers", "work")


@given(st.lists(whole.map(lambda tag: tag[:20]), max_size=8))
def test_tags_that_are_clean_stay_as_they_are(tags: list[str]) -> None:
    try:
        cleaned = clean_tags(tuple(tags))
    except MemoryInvalid:  # folding the case of some letters makes three of one
        return
    assert clean_tags(cleaned) == cleaned
    assert len(set(cleaned)) == len(cleaned)


def test_tags_are_lower_cased_without_hash_and_each_once() -> None:
    assert clean_tags(("#Work", " work ", "ÉTÉ", "", "#", "e\u0301te\u0301", "a\0b")) == ("work", "été", "ab")
    assert clean_tag("# #Work") == "work"


@pytest.mark.parametrize("tags", [tuple("abcdefghi"), ("x" * 51,), ("\ud800",)])
def test_more_than_8_tags_or_a_tag_that_is_too_long_or_broken_is_refused(tags: tuple[str, ...]) -> None:
    with pytest.raises(MemoryInvalid):
        clean_tags(tags)


@pytest.mark.parametrize("name", ["", "  ", "x" * 51, "\udfff"])
def test_a_type_has_one_to_50_characters(name: str) -> None:
    assert clean_type(" fact\0 ") == "fact"
    with pytest.raises(MemoryInvalid):
        clean_type(name)


@pytest.mark.parametrize(("reason", "kept"), [(None, None), ("", None), (" \0 ", None), (" asked ", "asked")])
def test_a_reason_that_says_nothing_is_none(reason: str | None, kept: str | None) -> None:
    assert clean_reason(reason) == kept


def test_a_reason_is_cut_at_500_characters() -> None:
    assert clean_reason("x" * 600) == "x" * 500


@pytest.mark.parametrize("metadata", [float("nan"), float("inf"), {"a": object()}, {"a": "\ud800"}, "x" * 20_001, b"x"])
def test_what_is_not_plain_json_or_too_long_is_no_metadata(metadata: object) -> None:
    with pytest.raises(MemoryInvalid):
        clean_metadata(metadata)  # type: ignore[arg-type]


def test_metadata_nested_without_end_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(MemoryInvalid):
        clean_metadata(endless)  # type: ignore[arg-type]


def test_metadata_is_what_will_be_read_back() -> None:
    assert clean_metadata({"a": (1, 2.5)}) == {"a": [1, 2.5]}
