"""Secrets in a text: named patterns, each with an example that is one and a near miss that is not.

The text is matched in a folded copy (NFKC, invisible and combining characters dropped, every dash a `-`), so that
full-width letters or a zero-width space do not hide a token. Every repetition is bounded or starts at a boundary, so
the work grows with the length of the text and not faster. Nothing here returns, logs or raises the secret itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[re.Match[str]], bool]


@dataclass(frozen=True, slots=True)
class SecretPattern:
    """One row. `checked` decides whether a match really is one; None means that the pattern alone is proof.

    `marks` are lower-case words of which one must be in the text for the pattern to be tried at all.
    """

    kind: str
    marks: tuple[str, ...]
    pattern: re.Pattern[str]
    example: str
    harmless: str
    checked: Check | None = None

    def found_in(self, folded: str, lowered: str) -> bool:
        if self.marks and not any(mark in lowered for mark in self.marks):
            return False
        matches = self.pattern.finditer(folded)
        return any(self.checked is None or self.checked(match) for match in matches)


def secret_kind(text: str) -> str | None:
    """What kind of secret the text holds, as a person would call it ("a Slack token"), or None for ordinary prose."""
    folded = _folded(text)
    lowered = folded.lower()
    return next((row.kind for row in PATTERNS if row.found_in(folded, lowered)), None)


# --- Folding -----------------------------------------------------------------------------------------------------

_DROPPED_CATEGORIES = frozenset({"Cf", "Cc", "Mn", "Me"})
_BLANK_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters by category, yet nothing is drawn
_CONTROLS = dict.fromkeys(i for i in range(32) if chr(i) not in "\t\n\r\v\f")
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r"\s*\n\s*")


def _folded(text: str) -> str:
    text = text.translate(_CONTROLS) if text.isascii() else "".join(map(_visible, text))
    text = _BLANKS.sub(" ", text)
    return _LINE_ENDS.sub("\n", text) if "\n" in text else text


def _visible(char: str) -> str:
    """The character as it is matched, at most four (one ligature folds to 18).

    Folded one by one: combining marks go anyway, and sorting a long run of them takes NFKC quadratic time.
    """
    if char.isascii():
        return "" if ord(char) in _CONTROLS else char
    category = unicodedata.category(char)
    if char in _BLANK_FILLERS or (category in _DROPPED_CATEGORIES and char != "\x85"):
        return ""
    if category == "Pd":
        return "-"
    if category == "Nd":
        return str(unicodedata.digit(char))
    folded = unicodedata.normalize("NFKC", char)
    return char if folded == char else "".join(map(_visible, folded[:4]))


# --- Numbers that prove themselves -------------------------------------------------------------------------------

# Issuer ranges and lengths: ISO/IEC 7812, https://en.wikipedia.org/wiki/Payment_card_number
_CARD_ISSUERS = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"30[0-5]|3095|36|3[89]"), (14, 16)),
    (re.compile(r"6011|64[4-9]|65|62|81"), (16, 17, 18, 19)),
    (re.compile(r"35(?:2[89]|[3-8])"), (16, 17, 18, 19)),
    (re.compile(r"50(?:18|20|38)|5893|6304|6759|676[1-3]"), (13, 14, 15, 16, 17, 18, 19)),
)
_DOUBLED = str.maketrans("0123456789", "0246813579")


def _luhn(digits: str) -> bool:
    return (sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))) % 10 == 0


def _is_card(match: re.Match[str]) -> bool:
    """Whether the digit groups, read from the first on, make up a card number that ends where a group ends."""
    lengths = next((lengths for issuer, lengths in _CARD_ISSUERS if issuer.match(match[1].replace(" ", ""))), ())
    digits = ""
    for group in re.split(r"[ .-]", match[1]):
        digits += group
        if len(digits) in lengths and len(set(digits)) > 1 and _luhn(digits):
            return True
    return False


# https://www.swift.com/standards/data-standards/iban-international-bank-account-number
_IBANS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 "
    "FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 "
    "LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 "
    "SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
)
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBANS.split()}


_GROUPS = re.compile(r"[A-Za-z0-9]{4}(?:[ -][A-Za-z0-9]{4})+(?:[ -][A-Za-z0-9]{1,4})?|[A-Za-z0-9]+")


def _is_iban(match: re.Match[str]) -> bool:
    """Written as people write it: in one piece, or in groups of four. So a hash and the words after it are none."""
    length = _IBAN_LENGTHS.get(match[1][:2].upper(), 0)
    written = _GROUPS.match(match[1])
    account = re.sub("[ -]", "", written[0] if written else "").upper()[:length]
    if not length or len(account) < length:
        return False
    return int("".join(str(int(c, 36)) for c in account[4:] + account[:4])) % 97 == 1


# --- Phrases: "my password is …" ---------------------------------------------------------------------------------

_ACCESS = (
    r"(?:pass ?words?|passwd|pass ?-?phrase|pass ?code|passwort|kennwort|mot de passe|contrase[nñ]a"
    r"|(?<![a-z])(?:pwd?|psw))"
)
_KEY = (
    r"(?:(?:api|access|secret|signing|private|encryption|license|licence|auth)[ _-]?key|apikey"
    r"|(?<![a-z])(?:token|secret)|(?<![a-z])pass)"
)
_PIN = (
    r"(?<![a-z])(?:pin(?:[ -]?(?:code|number))?"
    r"|(?:door|alarm|gate|access|security|safe|lock|entry|login)[ -]?code|cv[vc]2?)"
)
_PURPOSE = r"(?: (?:for|of|to|on|at|from|in|für|von|pour|de)(?: [^\s:=]{1,40}){1,5}?)?"
_MARK = "[*_~`\"'”“’]{0,3}"
_ASSIGNS = rf"{_MARK} ?(?::=|=>|->|={{1,2}}|:)"
_SAYS = (
    rf"{_MARK} (?:is|was|ist|war|lautet|est|es|reads|equals|would be|will be|should be|has been)(?![a-z])"
    r"(?: now| still| just| currently| simply| again| always| actually| called| jetzt)?(?![a-z]):?"
)
_VALUE = r"(?=\s?([^\n]{1,160}))"
_ADJECTIVES = (
    "correct right wrong safe strong weak long short easy hard simple complex good bad okay fine valid invalid new old "
    "same unique random public private secret secure insecure empty blank blue ready unknown known different similar "
    "important relevant permanent personal local global static dynamic numeric alphanumeric complicated"
)
# What one says about a password, rather than what it says itself.
_SAID_OF_PASSWORDS = (
    "a an the my your our his her its their this that these those it he she we you they i me us them who what when "
    "where why how which whose there here and or but if then else so because since while until unless although as "
    "than in on at by for from of to with without within inside under over behind between near via per up down out off "
    "into about after before during through against not no never none nobody nothing any every each all both some one "
    "two only also too very quite rather really more most less least much many few enough often sometimes usually "
    "probably maybe perhaps already yet soon later again still now just always currently simply actually called "
    "is are was were be been being has have had do does did can could may might must shall should will would need "
    "needs required optional mandatory stored needed kept used set reset sent lost gone given taken written known "
    "shown hidden found made put hash salt hashed salted sealed broken stolen leaked changed due dead hers mine ours "
    "yours theirs part key up-to-date case-sensitive case sensitive confidential longer shorter stronger weaker better "
    "worse safer harder easier like see ask use rotate choose pick check look read open click enter type store keep "
    "share change ensure make create follow please contact avoid send get let tbd tba n/a na null nil true false yes "
    "ok todo redacted omitted value string str bytes bool int float any object text field word words char chars "
    "characters digits letters managed policy policies rules manager reminder length format type minimum maximum min "
    "max at-least 1password bitwarden lastpass keepass keepassxc dashlane vault keychain okta doppler sops infisical "
    "erforderlich nötig notwendig optional falsch richtig korrekt sicher unsicher stark schwach lang kurz neu alt leer "
    "abgelaufen gespeichert hinterlegt geändert vergessen bekannt unbekannt gesperrt im am an auf bei beim von vom zu "
    "zum zur für mit ohne nach unter über der die das den dem des ein eine einen einem einer nicht kein keine noch "
    "schon immer nur auch sehr zu wichtig geheim requis obligatoire dans le la les un une sur chez pas trop en el los "
    "everything everyone everyone's everybody somewhere anywhere nowhere elsewhere stale overdue incorrect plain "
    "plaintext exactly identical equal irrelevant impossible trivial essential vital paramount obsolete corrupt tricky "
    "stupid silly great nice cool awful next humans people users "
    "incorrecto correcto obligatorio"
)
_STATES = frozenset(_ADJECTIVES.split())
_PREDICATES = _STATES | frozenset(_SAID_OF_PASSWORDS.split())
_UNITS = frozenset({"characters", "chars", "digits", "letters", "words", "bits", "days", "weeks", "zeichen", "stellen"})
_PREDICATE_ENDING = re.compile(
    r"[a-z]*[aeiouy][a-z]*(?:[^aeiou]ed|ied|ued|eed|ated|ired|ized|ised|able|ible|ous|ful|less|ive|ial|ical|tory)"
    r"|[a-z]*[aeiouy][a-z]+[a-z]ing|[a-z-]+-(?:sensitive|specific|based|protected|only|generated|free|wide|time|use)"
    r"|[0-9]{1,3}-(?:char|character|digit|letter|word|day)s?"
)
_PLACEHOLDER = re.compile(
    r"<[^>]*>?|&lt;|\$\{|\$[A-Z_]{3,}|\{\{|%[A-Z_]+%|\[[A-Za-z _-]+\]"
    r"|:[a-z0-9_+-]{2,40}:|[*•.x_…-]{3,}\Z|[\w.]+\(|os\.environ|process\.env"
)
_LOOKS_ORDINARY = re.compile(
    r"(?i)v?[0-9]+(?:[.,:/-][0-9]+)*(?:[a-z]{1,2}|ms|sec|min|hrs?|days?|chars?|bits?|bytes?|tokens?|[%€$])?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:t[0-9:.z+-]*)?"
    r"|(?:oauth|sha|md|pbkdf|argon|base|utf|aes|rs|hs|es|ed|ipv|web|mp)"
    r"-?[0-9]+(?:\.[0-9]+)?[a-z]*"
    r"|1password|keepass[0-9]|[a-z]+-[0-9]{1,5}|https?://.*"
)
_EDGES = "\"'`*_~“”‘’«»„()[],;. "


def _words(value: str) -> list[str]:
    return [word for raw in value.split()[:6] if (word := raw.strip(_EDGES).rstrip("!?:") or raw.strip(_EDGES))]


def _credential(word: str) -> bool:
    """Whether one word by itself looks made for a machine: letters and digits mixed, or a long run of digits."""
    if len(word) < 6 or _LOOKS_ORDINARY.fullmatch(word) or _PLACEHOLDER.match(word):
        return word.isdecimal() and len(word) >= 6
    letters = any(c.isalpha() for c in word)
    mixed = letters and (any(c.isdecimal() for c in word) or any(c in "!@#$%^&*?~" for c in word))
    return mixed or (len(word) >= 16 and word.isalnum() and word != word.lower() and not word.istitle())


def _predicate(word: str) -> bool:
    ordinary = word.islower() and len(word) <= 24
    return word.lower() in _PREDICATES or (ordinary and _PREDICATE_ENDING.fullmatch(word) is not None)


def _content(word: str) -> bool:
    return len(word) > 2 and word.isalpha() and word.islower() and not _predicate(word)


def _is_password(match: re.Match[str]) -> bool:
    """Whether what follows "password is" is a password, and not something said about one.

    It is, unless its first word is a predicate ("required", "stored", an -ed or -ing word), a placeholder
    (`<password>`, `$DB_PASSWORD`), or a count ("12 characters"). An adjective before three more plain words is a
    pass phrase ("correct horse battery staple").
    """
    if _PLACEHOLDER.match(match[1].strip("\"'`*_ ")) or match[1].startswith("//"):
        return False
    words = _words(match[1])
    if not words or len(words[0]) < 3:
        return False
    first, following = words[0], words[1:]
    if match[0].lower().startswith(("passwords", "pass words")):
        return _credential(first)
    if first.lower() == "secret" and not following and ("=" in match[0] or ":" in match[0]):
        return True
    return _pass_phrase(first, following) or not (_predicate(first) or _counts_or_qualifies(first, following))


def _pass_phrase(first: str, following: list[str]) -> bool:
    return first.lower() in _STATES and len(following) >= 3 and all(map(_content, following[:3]))


def _counts_or_qualifies(first: str, following: list[str]) -> bool:
    """ "12 characters", "8-12 characters", "automatically rotated"."""
    if not following:
        return False
    counted = re.fullmatch(r"[0-9]+(?:[+-][0-9]*)?", first) is not None
    unit = following[0].lower() in _UNITS or _content(following[0])
    return (counted and unit) or (first.islower() and first.endswith("ly"))


def _is_key(match: re.Match[str]) -> bool:
    """The same for words that mean many things ("token", "secret"): the value must look made, or stand alone."""
    words = _words(match[1])
    if not words or _PLACEHOLDER.match(match[1].strip("\"'`*_ ")):
        return False
    if _credential(words[0]) and not (words[0].isdecimal() and len(words) > 1):
        return True
    assigned = "=" in match[0] or ":" in match[0]
    word = words[0]
    alone = len(words) == 1 and len(word) >= 8 and word.isalpha() and word.islower() and not match[0].startswith("pass")
    return assigned and alone and not _predicate(word)


def _is_new_password(match: re.Match[str]) -> bool:
    words = _words(match[1])
    before = match.string[max(0, match.start() - 60) : match.end()].lower()
    return (
        bool(words) and _credential(words[0]) and re.search(r"\b(?:set|chang|reset|updat|switch)", before) is not None
    )


def _names_password(match: re.Match[str]) -> bool:
    words = match.string[max(0, match.start() - 80) : match.start()].split()
    word = words[-1].strip(_EDGES) if words else ""
    return _credential(word) or (word.isdecimal() and len(word) >= 4)


def _is_bare_password(match: re.Match[str]) -> bool:
    """After "password" alone a word of three kinds of characters; after "password's" any that looks made."""
    word = match[1].strip(_EDGES)
    classes = sum(any(kind(c) for c in word) for kind in (str.isupper, str.islower, str.isdecimal, "!@#$%^&*?".count))
    return (classes >= 3 or match[0].endswith("s ")) and _credential(word)


def _is_bearer(match: re.Match[str]) -> bool:
    return _credential(match[1])


def _has_userinfo(match: re.Match[str]) -> bool:
    return _PLACEHOLDER.match(match[1]) is None


def _row(
    kind: str, marks: str, pattern: str, example: str, harmless: str, checked: Check | None = None
) -> SecretPattern:
    return SecretPattern(
        kind, tuple(marks.split("|")) if marks else (), re.compile(pattern), example, harmless, checked
    )


_START = "(?<![A-Za-z0-9])"
_ALNUM = "[A-Za-z0-9]"
_URLSAFE = "[A-Za-z0-9_-]"
_WITH_DIGIT = "(?=[A-Za-z_-]{0,60}[0-9])"

# The examples are invented, and put together here so that no scanner of repositories takes them for real ones.
PATTERNS: tuple[SecretPattern, ...] = (
    _row(
        "a Slack token",
        "xox",
        r"xox[a-z](?:[.-]xox[a-z])?-[0-9A-Za-z-]{10}",
        "xox" + "b-" + "1" * 12 + "-" + "2" * 12 + "-" + "aB3" * 8,
        "Slack tokens begin with xoxb- or xoxp-",
    ),
    _row(
        "a Slack app token",
        "xapp-",
        r"xapp-[0-9]-[0-9A-Za-z-]{10}",
        "xapp" + "-1-" + "A" * 11 + "-" + "1" * 13 + "-" + "ab1" * 10,
        "app-level tokens begin with xapp-",
    ),
    _row(
        "a Slack webhook address",
        "hooks.slack",
        r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Za-z0-9]{6,20}/[A-Za-z0-9]{6,20}/[A-Za-z0-9]{8}",
        "https://hooks.slack" + ".com/services/T" + "0" * 8 + "/B" + "0" * 8 + "/" + "aB3" * 8,
        "see https://hooks.slack.com/services for the webhooks",
    ),
    _row(
        "a GitHub token",
        "gh|github_pat_",
        rf"gh[pousr]_{_ALNUM}{{20}}|github_pat_[A-Za-z0-9_]{{22}}",
        "gh" + "p_" + "aB3d" * 9,
        "classic GitHub tokens start with ghp_ and newer ones with github_pat_",
    ),
    _row(
        "a GitLab token",
        "gl",
        rf"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-{_URLSAFE}{{16}}",
        "gl" + "pat-" + "aB3d" * 5,
        "the prefix glpat- belongs to GitLab",
    ),
    _row(
        "an AWS access key",
        "akia|asia",
        r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])",
        "AK" + "IA" + "ABCD2345" * 2,
        "AKIA is how AWS access keys begin",
    ),
    _row(
        "an AWS secret key",
        "secret",
        r"(?i)secret[ _-]?(?:access)?[ _-]?key[\"']? ?(?:[:=]|is) ?[\"']?[A-Za-z0-9/+]{40}",
        "aws_secret_access_key" + "=" + "aB3/" * 10,
        "aws_secret_access_key is read from the environment",
    ),
    _row(
        "a Google API key",
        "aiza|gocspx-|ya29.",
        rf"AIza{_URLSAFE}{{35}}|GOCSPX-{_URLSAFE}{{20}}|ya29\.{_URLSAFE}{{30}}",
        "AI" + "za" + "aB3_x" * 7,
        "Google keys begin with AIza",
    ),
    _row(
        "a Google service account key",
        "private_key",
        r"[\"']private_key(?:_id)?[\"']\s?:\s?[\"'](?:-{1,5} ?BEGIN|[0-9a-f]{40})",
        '{"type": "service_account", "private' + '_key": "-----BEGIN ' + 'PRIVATE KEY-----\\nabc"}',
        'the field is called "private_key" in the JSON file',
    ),
    _row(
        "an Azure key",
        "accountkey=|sharedaccesskey=|q~|sig=",
        r"(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40}|[0-9]Q~[A-Za-z0-9_.~-]{31}|[?&]sig=[A-Za-z0-9%+/]{40}",
        "DefaultEndpointsProtocol=https;Account" + "Key=" + "aB3/" * 21 + "==",
        "put AccountKey=<your key> into the connection string",
    ),
    _row(
        "an Anthropic key",
        "sk-ant-",
        rf"sk-ant-{_URLSAFE}{{16}}",
        "sk" + "-ant-api03-" + "aB3d" * 10,
        "Anthropic keys begin with sk-ant-",
    ),
    _row(
        "an OpenAI key",
        "sk-",
        rf"(?<![A-Za-z0-9_-])sk-{_WITH_DIGIT}{_URLSAFE}{{16}}",
        "sk" + "-proj-" + "aB3d" * 10,
        "sk-learn-contrib-lightning-package is a fork of sk-learn",
    ),
    _row(
        "a Stripe key",
        "_live_|_test_|whsec_",
        r"[rs]k_(?:live|test)_[A-Za-z0-9]{16}|whsec_[A-Za-z0-9+/]{20}",
        "sk" + "_live_" + "aB3d" * 6,
        "live keys begin with sk_live_ and test keys with sk_test_",
    ),
    _row(
        "a Twilio key",
        "sk|twilio",
        r"(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![0-9a-f])|(?i:twilio)[^\n]{0,40}(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])",
        "SK" + "0123abcd" * 4,
        "we send texts through Twilio, see SK for Slovakia",
    ),
    _row(
        "a SendGrid key",
        "sg.",
        rf"(?<![A-Za-z0-9_-])SG\.{_URLSAFE}{{16,32}}\.{_URLSAFE}{{16}}",
        "SG" + "." + "aB3d" * 5 + "xY." + "aB3d" * 10,
        "SG. stands for Singapore here",
    ),
    _row(
        "an npm token",
        "npm_",
        rf"{_START}npm_{_ALNUM}{{30}}",
        "npm" + "_" + "aB3d" * 9,
        "npm_config_registry points at our mirror",
    ),
    _row(
        "a PyPI token",
        "pypi-",
        rf"{_START}pypi-Ag{_URLSAFE}{{40}}",
        "pypi" + "-AgEI" + "aB3d" * 20,
        "pypi-publish is the name of the workflow",
    ),
    _row(
        "a Hugging Face token",
        "hf_",
        rf"{_START}hf_{_ALNUM}{{30}}",
        "hf" + "_" + "aBcD" * 9,
        "hf_transfer makes downloads faster",
    ),
    _row(
        "a DigitalOcean token",
        "_v1_",
        r"do[opr]_v1_[0-9a-f]{40}",
        "dop" + "_v1_" + "0123abcd" * 8,
        "dop_v1_ is the prefix at DigitalOcean",
    ),
    _row(
        "a Telegram bot token",
        ":aa",
        rf"(?<![0-9A-Za-z])[0-9]{{8,10}}:AA{_URLSAFE}{{33}}",
        "1234567890" + ":AA" + "aB3" * 11,
        "the match ended 12345678:AA",
    ),
    _row(
        "a JSON web token",
        "eyj",
        rf"(?<![A-Za-z0-9_-])eyJ{_URLSAFE}{{8,}}\.eyJ{_URLSAFE}{{8,}}\.{_URLSAFE}{{8}}",
        "ey" + "JhbGciOiJIUzI1NiJ9" + ".ey" + "JzdWIiOiIxMjM0In0" + "." + "aB3d" * 10,
        "a JWT starts with eyJ and has two dots",
    ),
    _row(
        "a private key",
        "private key",
        r"-BEGIN (?:[A-Z0-9]{1,10} ){0,3}PRIVATE KEY|(?i:AGE-SECRET-KEY-1)[A-Za-z0-9]{20}",
        "-----BEGIN RSA " + "PRIVATE KEY-----\nabc\n-----END RSA " + "PRIVATE KEY-----",
        "never mail a private key: begin with a new one",
    ),
    _row(
        "a password in an address",
        "://",
        r"://[^\s/:@<>]{0,100}:(?![0-9]{1,5}[?#])([^\s/@]{1,200})@",
        "postgres://bob:" + "hunter2" + "@db.example.com/app",
        "http://localhost:8080/users/@bob and https://example.com:443?mail=a@b.c",
        _has_userinfo,
    ),
    _row(
        "an authorization header",
        "bearer|authorization",
        r"(?i)(?:authorization[\"']? ?[:=] ?[\"']?(?:bearer |basic |token )|(?<![a-z])bearer )"
        r"([A-Za-z0-9._~+/=-]{8,400})",
        "Authorization: Bearer " + "aB3d" * 6,
        "send the header Authorization: Bearer <token>, as bearer authentication asks",
        _is_bearer,
    ),
    _row(
        "a password",
        "pass|pw|psw|kennwort|mot de passe|contrase",
        rf"(?i){_ACCESS}{_PURPOSE}(?:{_ASSIGNS}|{_SAYS}){_VALUE}",
        "the wifi password is correct horse battery staple",
        "the password is required for the VPN",
        _is_password,
    ),
    _row(
        "a password",
        "pass|pw|kennwort",
        rf"(?i){_ACCESS}(?: (?:is|was|has been|got))?(?: now)?"
        rf"(?: (?:set|changed|reset|updated|switched))? to{_VALUE}",
        "I changed my password to hunter2",
        "change your password to something longer",
        _is_new_password,
    ),
    _row(
        "a password",
        "pass|pw|kennwort|pin",
        r"(?i) (?:is|ist|=) (?:my|our|the|mein|unser|das)(?: [a-z-]{2,20}){0,2}? "
        rf"(?:{_ACCESS}|pin)(?=[.!,;]|\s|\Z)"
        r"(?! (?:manager|policy|field|store|safe|rule|tool|app|vault)s?)",
        "hunter2 is my password",
        "1Password is our password manager, and this is the password policy",
        _names_password,
    ),
    _row(
        "a password",
        "pass|pw|kennwort",
        rf"(?i){_ACCESS}(?:['’]s|{_MARK}) (?=([^\s]{{6,80}}))",
        "use the password " + "Tr0ub4dor&3",
        "reset the password tomorrow, OAuth2.0 needs no password anyway",
        _is_bare_password,
    ),
    _row(
        "a key or token",
        "key|token|secret|pass",
        rf"(?i){_KEY}{_PURPOSE}(?:{_ASSIGNS}|{_SAYS}){_VALUE}",
        "the api key is " + "k3y" * 4,
        "the token is expired and the secret is patience",
        _is_key,
    ),
    _row(
        "a PIN",
        "pin|code|cvv|cvc|cv2",
        rf"(?i){_PIN}{_PURPOSE}(?:{_ASSIGNS}|{_SAYS})\s?{_MARK}[0-9][0-9 -]{{2,11}}"
        r"(?![0-9]|\.[0-9]| ?(?:mm|cm|mil|k?v|k?hz)\b)",
        "my PIN is 1234",
        "the pin is 12 mm long",
    ),
    _row(
        "a payment card number",
        "",
        r"(?<![0-9A-Za-z+_/=.-])(?=[2-68])(?=([0-9]{4,19}(?:[ .-][0-9]{3,13}){0,4})(?![0-9]))",
        "4111 1111 " + "1111 1111",
        "order 4111 1111 1111 1112",
        _is_card,
    ),
    _row(
        "a bank account number",
        "",
        r"(?<![A-Za-z0-9])(?=([A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}))",
        "DE89 3704 0044 " + "0532 0130 00",
        "DE89 3704 0044 0532 0130 01",
        _is_iban,
    ),
    _row(
        "a social security number",
        "ssn|social security",
        r"(?i)(?:(?<![a-z])ssn|social security)(?![a-z])[^0-9\n]{0,40}[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}(?![0-9])",
        "my SSN is " + "078-05-" + "1120",
        "the social security office opens at 9:00, room 120",
    ),
)
