"""What a memory's text may be, and when two texts say the same."""

from __future__ import annotations

import hashlib
import json
import string
import unicodedata

from memory.errors import MemoryInvalid
from memory.models import JSON

MAX_CHARACTERS = 2000
MAX_TAGS = 8
MAX_TAG_CHARACTERS = 50
MAX_TYPE_CHARACTERS = 50
MAX_REASON_CHARACTERS = 500
MAX_METADATA_CHARACTERS = 20_000


def clean_text(text: str) -> str:
    """Return the text as it will be stored: NUL dropped, NFC, otherwise as typed.

    Raises MemoryInvalid when nothing is left, when it is longer than MAX_CHARACTERS, or when it holds a lone surrogate:
    half a character, which no database can keep as UTF-8.
    """
    cleaned = _whole(text)
    if not cleaned.strip():
        raise MemoryInvalid("There is nothing to remember: the text is empty.")
    if len(cleaned) > MAX_CHARACTERS:
        raise MemoryInvalid(f"That is too long: {len(cleaned):,} characters, and {MAX_CHARACTERS:,} is the most.")
    return cleaned


def _whole(text: str) -> str:
    """Return the text without NUL and in NFC. Raises MemoryInvalid when it holds half a character."""
    cleaned = unicodedata.normalize("NFC", text.replace("\0", ""))
    if any("\ud800" <= character <= "\udfff" for character in cleaned):
        raise MemoryInvalid("That text holds a broken character, so I did not keep it.")
    return cleaned


def clean_tag(tag: str) -> str:
    """Return the tag as it is kept and compared: lower-cased, without the `#`. Raises MemoryInvalid as `clean_text`."""
    return _whole(_whole(tag).casefold()).lstrip(f"#{string.whitespace}").rstrip()


def clean_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags lower-cased, each once, in their order. Raises MemoryInvalid when too many or too long."""
    cleaned = tuple(dict.fromkeys(tag for tag in map(clean_tag, tags) if tag))
    if len(cleaned) > MAX_TAGS:
        raise MemoryInvalid(f"Those are too many tags: {len(cleaned)}, and {MAX_TAGS} is the most.")
    if any(len(tag) > MAX_TAG_CHARACTERS for tag in cleaned):
        raise MemoryInvalid(f"That tag is too long: {MAX_TAG_CHARACTERS} characters is the most.")
    return cleaned


def clean_type(name: str) -> str:
    """Return the type without white space around it. Raises MemoryInvalid when it is empty or too long."""
    cleaned = _whole(name).strip()
    if not 0 < len(cleaned) <= MAX_TYPE_CHARACTERS:
        raise MemoryInvalid(f"A type has 1 to {MAX_TYPE_CHARACTERS} characters.")
    return cleaned


def clean_reason(reason: str | None) -> str | None:
    """Return the reason as the audit log keeps it: its first MAX_REASON_CHARACTERS; None when it says nothing."""
    return _whole(reason or "").strip()[:MAX_REASON_CHARACTERS] or None


def clean_metadata(metadata: JSON) -> JSON:
    """Return the metadata as it will be read back. Raises MemoryInvalid when it is not plain JSON, or too long."""
    try:
        encoded = json.dumps(metadata, ensure_ascii=False, allow_nan=False)
        encoded.encode()
        kept: JSON = json.loads(encoded)
    except (TypeError, ValueError, RecursionError) as error:
        raise MemoryInvalid("The metadata is not plain JSON.") from error
    if len(encoded) > MAX_METADATA_CHARACTERS:
        raise MemoryInvalid(f"The metadata is too long: {MAX_METADATA_CHARACTERS:,} characters is the most.")
    return kept


def same_text(text: str) -> str:
    """Fold away what does not change the meaning: case, composition, white space, punctuation at the end."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    spaced = " ".join(folded.split())
    end = len(spaced)
    while end and (spaced[end - 1] == " " or _ends_a_sentence(spaced[end - 1])):
        end -= 1
    return spaced[:end] or spaced


def _ends_a_sentence(character: str) -> bool:
    return unicodedata.category(character).startswith("P") and character not in "#%"  # C# is not C, 50% is not 50


def digest(text: str) -> str:
    """A fixed-length name for all texts that say the same: 64 hexadecimal digits."""
    return hashlib.sha256(same_text(text).encode()).hexdigest()


def matches(words: str, *texts: str) -> bool:
    """Whether each of the words occurs in one of the texts, whatever the case."""
    haystack = "\n".join(same_text(text) for text in texts)
    return all(word in haystack for word in same_text(words).split())
