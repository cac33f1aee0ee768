"""Which texts are alike, and that those which are share a MinHash."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.text.similar import LIKE, Fingerprint, alike, minhashes, similarity

any_text = st.text(min_size=1, max_size=200)


@settings(max_examples=150, deadline=None)
@given(any_text, any_text)
def test_similarity_is_a_part_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0.0 <= similarity(one, other) == similarity(other, one) <= 1.0
    assert similarity(one, one) == 1.0


@settings(max_examples=150, deadline=None)
@given(any_text)
def test_minhashes_are_four_small_numbers_and_always_the_same(text: str) -> None:
    hashes = minhashes(text)
    assert len(hashes) == 4
    assert all(0 <= each < 2**31 for each in hashes)
    assert hashes == minhashes(f"  {text.upper().lower()}") or text.upper().lower() != text


@pytest.mark.parametrize("text", ["x" * 2000, "a1 " * 666, "@" * 2000])
def test_no_fingerprint_takes_long(text: str) -> None:
    started = time.perf_counter()
    Fingerprint.of(text)
    assert time.perf_counter() - started < 0.5


LOOK_ALIKE = [
    ("I like short answers", "I like short answers a lot", True),
    ("We deploy on Tuesdays", "we deploy on Tuesday", True),
    ("I am on call until Monday", "I am on call until Sunday", True),
    ("Answers should be short, please", "Short answers, please", False),
    ("I like tea", "I like coffee", False),
    ("我喜欢简短的回答", "我喜欢简短的回答方式", True),
    ("Ich mag kurze Antworten", "Ich mag keine langen Antworten", False),
]


@pytest.mark.parametrize(("one", "other", "expected"), LOOK_ALIKE)
def test_texts_that_are_alike(one: str, other: str, *, expected: bool) -> None:
    assert alike(one, other) is expected, similarity(one, other)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("abcdefghij ", min_size=8, max_size=60), min_size=40, max_size=40, unique=True))
def test_texts_that_are_alike_nearly_always_share_a_minhash(texts: list[str]) -> None:
    """With s of LIKE the chance to share none is (1 - LIKE) ** 4, under 2 in 100."""
    assert (1 - LIKE) ** 4 < 0.02
    for text in texts:
        longer = f"{text} {text[:3]}"
        if similarity(text, longer) >= 0.95:
            assert set(minhashes(text)) & set(minhashes(longer))
