"""A language's tables as compiled patterns, each bounded, so that reading is linear for any text."""

from __future__ import annotations

import re

from memory.text.intent.folded import SIMPLIFIED
from memory.text.intent.language import Language

# May stand behind a verb and adds nothing to it.
_ALWAYS = "always|for later|immer|toujours|siempre|sempre|altijd|zawsze|goed|bene|dobrze"
_SIMPLIFIED = str.maketrans(SIMPLIFIED)


class Rules:
    """The patterns of one language; `head` is all that stands before what is to be kept."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.head = compiled(_spaced_head(language) if language.spaced else _unspaced_head(language))
        self.own = compiled(language.own)
        self.recalls = compiled(language.recalls)
        self.this = compiled(language.this)
        self.scopes = tuple((scope, compiled(pattern)) for scope, pattern in language.scopes)
        boundary = r"\b" if language.spaced else ""
        self.passing = compiled(f"{boundary}{language.passing}{boundary}")
        blank = "" if language.spaced else "?"
        please = rf"(?:(?:{language.please}),? {blank}){{0,3}}+"
        self.polite = compiled(rf"{please}(?P<asks>(?:{language.asks}),? {blank})?{please}")
        self.lead = compiled(rf"(?:(?:{_for(language)}|{language.please}),? ?){{0,3}}+") if language.last else None
        self.last = tuple(compiled(rf"(?:{pattern})\Z") for pattern in language.last)
        self.orders = tuple(map(compiled, language.orders))
        self.habits = tuple(map(compiled, language.habits))
        self.facts = tuple(map(compiled, language.facts))
        self.commands = tuple((each, compiled(each.pattern)) for each in language.commands)


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern for folded text, in which a traditional character is a simplified one."""
    return re.compile(pattern.translate(_SIMPLIFIED))


def _for(language: Language) -> str:
    """For whom: a scope or a `#channel`."""
    return "|".join([*(pattern for _, pattern in language.scopes), rf"(?:{language.room})#[\w-]{{1,80}}"])


def _spaced_head(language: Language) -> str:
    please, whom, that = language.please, _for(language), language.that
    polite = rf"(?:(?:{please}),? ){{0,3}}+"
    parts = (
        polite,
        rf"(?:(?P<first>{whom})[,:]? )?",
        polite,
        rf"(?P<asks>(?:{language.asks}),? )?",
        polite,
        rf"(?:(?P<before>{whom})[,:]? )?",
        rf"(?:(?P<verb>{language.verbs})|(?P<note>{language.notes}))(?![\w'-])",
        rf"(?:,? (?:{please}|{_ALWAYS})(?!\w)){{0,2}}",
        rf"(?P<this>,? (?:{language.this})(?= ?[:;]| - | (?:{whom})|[.! ]*\Z))?",
        rf"(?: (?P<after>{whom}))?",
        rf"(?: (?P<date>{language.dates})(?=,? (?:{that}) | ?[:;]| - ))?",
        rf"(?: (?P<behind>{whom}))?",
        # What joins the verb and the text; a colon that opens an emoji's name is none.
        r"(?: ?(?P<colon>[:;](?![a-z0-9_+-]{1,40}:)|(?<= )-(?= )) ?",
        rf"|,? (?P<that>{that})(?: |(?<=')|(?=')):? ?",
        r"| ?(?P<comma>,) ?(?=[^ ])|(?P<blank> )(?=[^ ])|(?P<none>[.! ]{0,20}\Z))",
    )
    return "".join(parts)


def _unspaced_head(language: Language) -> str:
    please, whom = language.please, _for(language)
    polite = rf"(?:(?:{please}),? ?){{0,3}}+"
    parts = (
        rf"{polite}(?P<first>{whom})?,? ?{polite}(?P<asks>{language.asks})?{polite}(?P<before>{whom})?",
        rf"(?:(?P<verb>{language.verbs})|(?P<note>{language.notes}))",
        rf"(?P<this>{language.this}(?=[:,.!]|\Z))?(?P<after>{whom})?(?P<date>{language.dates})?(?P<behind>(?!))?",
        r"(?: ?(?P<colon>[:;-]) ?|(?P<that>(?!))| ?(?P<comma>,) ?|(?P<none>[.! ]{0,20}\Z)|(?P<blank>))",
    )
    return "".join(parts)
