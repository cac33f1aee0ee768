"""How much alike two texts are, and what a text is found by. Pure.

Two texts are alike when they share LIKE of their trigrams (three characters in a row, punctuation and case aside). So
"on call until Monday" and "on call until Friday" can be alike, and that is meant: an admin should see contradictions
side by side. To compare with few memories out of many, each text has four MinHashes (Broder 1997, "On the resemblance
and containment of documents"): two texts that share the part s of their trigrams share each of the four with the
probability s.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from memory.text.clean import digest, same_text

LIKE = 0.65
HASH_BITS = 31  # a signed integer of four bytes holds it, in any database
# (a * hash + b) modulo a prime: an own order of all trigrams for each (a, b), the same in every process.
PRIME = (1 << 61) - 1
ORDERS = (
    (0x1B873593CC9E2D51, 0x2545F4914F6CDD1D),
    (0x0E6546B64CF5AD43, 0x1B03738712FAD5C9),
    (0x165667B19E3779F9, 0x0BF58476D1CE4E5B),
    (0x094D049BB133111F, 0x1D8E4E27C47D124F),
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a text is found by: `digest` is equal for texts that say the same; of `minhashes` texts that are alike share
    some."""

    digest: str
    minhashes: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Fingerprint:
        return cls(digest(text), minhashes(text))


def similarity(one: str, other: str) -> float:
    """Which part of their trigrams two texts share (the Jaccard index), 0.0 to 1.0."""
    first, second = _trigrams(one), _trigrams(other)
    return len(first & second) / len(first | second)


def alike(one: str, other: str) -> bool:
    """Whether two texts nearly say the same."""
    return similarity(one, other) >= LIKE


def minhashes(text: str) -> tuple[int, ...]:
    """Of the text's trigrams the least hash in each of four orders: whole numbers of 0 to 2**31 - 1."""
    hashes = [zlib.crc32(each.encode()) for each in _trigrams(text)]
    return tuple(min((a * each + b) % PRIME for each in hashes) & ((1 << HASH_BITS) - 1) for a, b in ORDERS)


def _trigrams(text: str) -> set[str]:
    """Never empty: a short text has one, itself between spaces."""
    letters = "".join(each if each.isalnum() else " " for each in same_text(text))
    padded = f"  {' '.join(letters.split()) or same_text(text)} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
