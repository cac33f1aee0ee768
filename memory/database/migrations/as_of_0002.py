"""What migration 0002 stands on, as it was when it was written: later changes of the program must not change it.

The flags and MinHashes of a text, the links of the audit log's chain, and how JSON and moments are kept. Do not edit.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import unicodedata
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

# ------------------------------------------------------------------------------------------------------- columns


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite keeps no time zone, so it is put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


class AnyJSON(TypeDecorator[Any]):
    """Any JSON value, exactly. SQLite would make a bare number in a JSON column a number of its own: 10**40 a float."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else json.loads(value)


# -------------------------------------------------------------------------------------------------------- texts

Flag = Literal["instruction", "recommendation", "url", "personal-data", "near-duplicate"]
FLAGS: tuple[Flag, ...] = get_args(Flag)
HASH_BITS = 31  # a signed integer of four bytes holds it, in any database
# (a * hash + b) modulo a prime: an own order of all trigrams for each (a, b), the same in every process.
PRIME = (1 << 61) - 1
ORDERS = (
    (0x1B873593CC9E2D51, 0x2545F4914F6CDD1D),
    (0x0E6546B64CF5AD43, 0x1B03738712FAD5C9),
    (0x165667B19E3779F9, 0x0BF58476D1CE4E5B),
    (0x094D049BB133111F, 0x1D8E4E27C47D124F),
)

_ADDRESS = (
    r"(?:https?://|www\.)[^\s<>]+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|dev|de|eu|fr|es|it|nl|ai|app)/\S*"
)
_INSTRUCTION = (
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:instruction|rule|prompt|guideline|polic(?:y|ies))",
    r"\b(?:system|developer) prompt\b|\bjailbreak|\bprompt injection",
    r"\byou are (?:now|no longer)\b|\b(?:act|behave|respond) as (?:if|though|an?|the)\b|\bpretend (?:to be|that|you)\b",
    r"\b(?:always|never|do not|don'?t|must not|from now on)\s+"
    r"(?:say|tell|claim|mention|reveal|disclose|admit|repeat)\b",
    r"\b(?:when|if|whenever) (?:\w+ ){0,3}asks?\b[^.\n]{0,60}\b(?:say|tell|claim|answer|reply|respond|pretend)\b",
    r"\b(?:ignoriere?|missachte|vergiss)\b[^.\n]{0,40}\b(?:anweisung|regel|vorgabe)",
    r"\bdu bist (?:ab )?(?:jetzt|nun)\b",
    r"\b(?:sag|erwähne|verrate|erzähl)e?\s+(?:\w+\s+){0,2}(?:nie|niemals|nicht|immer)\b",
    r"\bignore[rz]?\b[^.\n]{0,40}\b(?:consignes?|instructions?|règles?)|\btu es (?:maintenant|désormais)\b",
    r"\bne (?:dis|mentionne|révèle|parle) (?:jamais|pas)\b",
    r"\b(?:ignora|ignore|olvida)\b[^.\n]{0,40}\b(?:instrucciones|reglas|istruzioni|regole|instruções|regras)",
    r"\b(?:ahora eres|ora sei|agora você é)\b|\b(?:nunca|siempre) (?:digas|menciones|reveles|di|diga)\b",
    r"\bnegeer\b[^.\n]{0,40}\b(?:instructies|regels)|\bje bent (?:nu|vanaf nu)\b",
    r"忽略[^。\n]{0,20}(?:指令|指示|规则)|(?:指示|命令|ルール)[^。\n]{0,10}無視",
)
_RECOMMENDATION = (
    r"\brecommend(?:s|ed|ing)?\b|\bour preferred (?:\w+ )?(?:vendor|supplier|provider|tool|product)",
    r"\bprefer\b[^.\n]{1,60}\b(?:over|rather than|instead of)\b",
    r"\b(?:buy|order|purchase|choose|pick)\b[^.\n]{1,40}\b(?:from|instead of|rather than|over)\b",
    r"\bthe best (?:\w+ ){0,3}(?:is|are|vendor|supplier|provider|product|tool|choice)\b|\bbetter than\b",
    r"\bempfiehl\b|\bempfehlen\b|\bempfohlen|\bbevorzuge?\b[^.\n]{1,60}\b(?:vor|gegenüber|statt)\b|\bbesser als\b",
    r"\brecommander?\b|\brecommandez\b|\bpréfère[rz]?\b[^.\n]{1,60}\bà\b|\bmeilleure? que\b",
    r"\brecomiend[ao]\b|\brecomendar\b|\bprefiere\b[^.\n]{1,60}\b(?:sobre|antes que|a)\b|\bmejor que\b",
    r"\b(?:raccomanda|consiglia)(?:re|te)?\b|\brecomende\b|\bmeglio di\b|\bmelhor (?:do )?que\b",
    r"\baanbevelen\b|\bbeveel\b[^.\n]{1,40}\baan\b|\bbeter dan\b",
)
_MAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_BORN = (
    r"\b(?:born (?:on|in)|date of birth|birthday|dob|geboren|geburtstag|né[e]? le|date de naissance|anniversaire"
    r"|nacid[oa] el|cumpleaños|nat[oa] il|compleanno|nascid[oa] em|verjaardag)\b"
)
_DATE = (
    r"\d{4}-\d\d?-\d\d?|\d\d?[./]\s?\d\d?[./]\s?\d{2,4}"
    r"|\b\d{1,2}\.?\s+(?:of |de )?[^\W\d]{3,10}|[^\W\d]{3,10}\s+\d{1,2}\b"
)
_STREET = (
    r"\b\d{1,5}[a-z]? (?:[A-Z][\w.'-]*\s){1,4}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court)\b",
    r"\b[A-ZÄÖÜ][\w-]*(?:straße|strasse|str\.|weg|gasse|allee|platz|straat|laan)\s\d{1,4}\s?[a-z]?\b",
    r"\b\d{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|impasse|chemin|place) [\w' -]{3,}",
    r"\b(?:Calle|Avenida|Avda\.|Plaza|Via|Viale|Piazza|Rua|Praça) [\w'. -]{3,40},? (?:n\.?º? ?)?\d{1,4}\b",
)
_PHONE = r"(?<![\w.,-])(?:\+|00)[1-9](?:[\s()./-]{0,2}\d){7,13}(?![\w-])|\(?\b0\d{1,4}\)?[\s/-](?:[\s/-]?\d){5,10}\b"
_AMERICAN = r"(?<![\w.-])(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])"
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b")

_PATTERNS: dict[Flag, re.Pattern[str]] = {
    "instruction": re.compile("|".join(_INSTRUCTION), re.IGNORECASE),
    "recommendation": re.compile("|".join(_RECOMMENDATION), re.IGNORECASE),
    "url": re.compile(_ADDRESS, re.IGNORECASE),
}
_PERSONAL = (
    re.compile(_MAIL),
    re.compile(_PHONE),
    re.compile(_AMERICAN),
    re.compile(f"(?:{_BORN})[^\n]{{0,25}}?(?:{_DATE})", re.IGNORECASE),
    *map(re.compile, _STREET),
)


def flags(text: str) -> tuple[Flag, ...]:
    """The flags that the text alone tells, in the order of FLAGS: all but `near-duplicate`."""
    read = unicodedata.normalize("NFKC", text).replace("’", "'")
    found: set[Flag] = {flag for flag, pattern in _PATTERNS.items() if pattern.search(read)}
    if any(pattern.search(read) for pattern in _PERSONAL) or any(map(_is_iban, _IBAN.findall(read))):
        found.add("personal-data")
    return tuple(flag for flag in FLAGS if flag in found)


def _is_iban(written: str) -> bool:
    """ISO 13616: moved to the end, country and check digits make the whole number 1 modulo 97."""
    number = re.sub("[ -]", "", written)
    # A word behind the number may have been read as a part of it.
    return any(
        int("".join(str(int(each, 36)) for each in cut[4:] + cut[:4])) % 97 == 1
        for cut in (number[:length] for length in range(15, len(number) + 1))
    )


def minhashes(text: str) -> tuple[int, ...]:
    """Of the text's trigrams the least hash in each of four orders: whole numbers of 0 to 2**31 - 1."""
    hashes = [zlib.crc32(each.encode()) for each in _trigrams(text)]
    return tuple(min((a * each + b) % PRIME for each in hashes) & ((1 << HASH_BITS) - 1) for a, b in ORDERS)


def _trigrams(text: str) -> set[str]:
    """Never empty: a short text has one, itself between spaces."""
    letters = "".join(each if each.isalnum() else " " for each in same_text(text))
    padded = f"  {' '.join(letters.split()) or same_text(text)} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


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


# -------------------------------------------------------------------------------------------------------- chain

FIRST = ""  # stands before the first row of a chain
FIXED = ("actor", "door", "verb", "team", "key", "memory_id", "number")
# What a person said, in whatever column: erased from the log when the memory is deleted.
WORDS = frozenset({"text", "tags", "metadata"})

Row = Mapping[str, Any]


def sealed(row: Row, previous: str) -> dict[str, Any]:
    """The row as the next link after the digest `previous`: with salts and digests."""
    linked = dict(row)
    for part, said in _said(row).items():
        salt = None if said is None else secrets.token_hex(16)
        linked |= {f"{part}_salt": salt, f"{part}_digest": _salted(salt, said) if salt else ""}
    return linked | {"digest": _digest(linked, previous)}


def wordless(values: Any) -> Any:
    """What stays of a row's `before` or `after` when its words are erased."""
    return {name: value for name, value in values.items() if name not in WORDS} if isinstance(values, dict) else None


def _said(row: Row) -> dict[str, Any]:
    """What people said in a row, by the part that is erased at once; nothing is None."""
    words = {side: _only_words(row[side]) for side in ("before", "after")}
    return {"words": words if any(words.values()) else None, "reason": row["reason"]}


def _only_words(values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in WORDS} if isinstance(values, dict) else {}


def _salted(salt: str, said: Any) -> str:
    return hashlib.sha256(f"{salt}{_canonical(said)}".encode()).hexdigest()


def _digest(row: Row, previous: str) -> str:
    content = {name: row[name] for name in (*FIXED, "words_digest", "reason_digest")} | {
        "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "before": wordless(row["before"]),
        "after": wordless(row["after"]),
        "previous": previous,
    }
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
