"""What an admin's eye should fall on in a memory: flags, computed from its text when it is written. Pure.

A flag is a hint for a review and decides nothing: a flagged memory is kept, recalled and shown like any other. The
patterns are short lists of words in English, German, French, Spanish, Italian, Portuguese and Dutch, so they miss
what is said in other words or languages, and now and then flag what is harmless. tests/memory/text/test_flags.py holds
the examples by which they are measured, those that they get wrong too.

`instruction` means that the text speaks to the bot about the bot: it sets its rules aside, gives it a role, or tells
it what to say or hide. "Answer briefly" is an ordinary preference and no such thing. `recommendation` means that it
praises or prescribes one thing before others. `personal-data` means an e-mail address, a phone number, a bank account
number with a right check sum, a street with a number, or a date of birth; names alone are not found.

`near-duplicate` compares with the other memories of one key, when the text is written and not again; what is alike
stands in memory/text/similar.py.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, get_args

Flag = Literal["instruction", "recommendation", "url", "personal-data", "near-duplicate"]
FLAGS: tuple[Flag, ...] = get_args(Flag)

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
