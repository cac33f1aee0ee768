"""The gate between the model and Slack: what an answer may show. Pure; for text that arrives in pieces.

An answer can be made to carry words out: in a link that is clicked, in an image that a client fetches, in a mention.
So a URL stays one only where the person, or a memory that this answer was given, wrote that very URL; it is then shown
in their spelling, never in the model's. Nothing else may become a link, an image or a mention in anybody's reading of
the text: markdown, Slack's mrkdwn, or a client that links what looks like a name. What could is taken apart:

    https://evil.example/?q=words   https[://]evil.⁠example/?q=words   brackets, and a word joiner after the dot
    [words](https://evil.example)   [words] (https[://]evil.⁠example)
    ![words](…)  <a href=…>  [1]: …  !⁠[words] …   <⁠a href=…   [1]⁠: …

The word joiner (U+2060) cannot be seen and ends no word. Inside code nothing is a link, and code is to be copied, so it
stays as it is; but only code that every reader takes for code: a fence of three backticks at the left margin, closed by
the same, or a span in single backticks on one line, with nothing doubtful before it. After a doubt, all is prose.
An answer that ends inside a fence is closed there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from bot.answer.mentions import HarmlessStream
from bot.slack.mrkdwn import LONGEST_SPAN

JOINER = "\u2060"
# An answer fills five messages of bot.answer at most: Slack takes about one a second in a channel.
MOST_CHARACTERS = 55_000
CUT = "\n\n_The answer was longer than I may post, so I cut it off here._"
FENCE = "```"
LONGEST_LINK = 2000

_URL = re.compile(r"""https?://[^\s<>"`|\\]+""", re.IGNORECASE)
_TRAILING = ".,;:!?'\"*_~…)]}"
_ENDS_A_SENTENCE = re.compile(r"\)?[.,;!?]?")
_PORTS = {"http": 80, "https": 443}

_ORDINARY = re.compile(r"[^\n`~<!\]:/.。．｡&#@hH]+")
_CODE = re.compile(r"[^\n`<]+")
_OPENER = re.compile(r"```[A-Za-z0-9+#_-]{0,20}[ \t]{0,8}\n")
_OPENER_SO_FAR = re.compile(r"`{1,2}|```[A-Za-z0-9+#_-]{0,20}[ \t]{0,8}")
_CLOSER = re.compile(r"```[ \t]{0,8}\n")
_CLOSER_SO_FAR = re.compile(r"`{1,2}|```[ \t]{0,8}")
_SPAN = re.compile(rf"`([^`\n|\\<]{{1,{LONGEST_SPAN}}})`(?!`)")
_SPAN_SO_FAR = re.compile(rf"`[^`\n|\\<]{{0,{LONGEST_SPAN}}}`?")
_TAG = re.compile(f"<{JOINER}?[A-Za-z/!?]")
# As Slack's mrkdwn has it, in code or not. `<xs:element` is none.
_TOKEN = re.compile(r"<(?:(?:https?|ftp|mailto|tel|sms|slack):|[a-z][a-z0-9+.-]{0,40}://)", re.IGNORECASE)
_TOKEN_SO_FAR = re.compile(r"<(?:[a-z][a-z0-9+.-]{0,40}(?::/?)?)?", re.IGNORECASE)
_BARE = re.compile(r"""https?://[^\s<>"`\]\\]+""", re.IGNORECASE)
_BARE_SO_FAR = re.compile(r"h(?:t(?:t(?:ps?(?::/{0,2})?)?)?)?", re.IGNORECASE)
_ENDS_A_LINK = re.compile(r"""[\s<>"]|\](?:[^\w\[]|\Z)""")
_ALL_MENTION = re.compile(r"@(?:channel|here|everyone|group)", re.IGNORECASE)
_MENTION_SO_FAR = re.compile(
    "@(?:"
    + "|".join(word[:end] for word in ("channel", "here", "everyone", "group") for end in range(len(word)))
    + ")",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#|(?!(?:amp|lt|gt|quot|apos|nbsp);)[A-Za-z][A-Za-z0-9]{0,31};)")
_ENTITY_SO_FAR = re.compile(r"&[A-Za-z0-9]{0,32}")
# Schemes that clients act on without slashes after the colon.
_SCHEMES = re.compile(
    r"(?:^|[^A-Za-z0-9])(?:mailto|tel|sms|callto|facetime|skype|sip|sips|slack|xmpp|magnet|geo|data|javascript|vbscript"
    r"|file|about|blob|bitcoin|https?|ftp|view-source|intent|urn|zoommtg|msteams)$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\d\.\d{1,3}\.\d{1,3}$")  # three parts of an IP address
TAIL = 24

Step = tuple[int, str]  # how many characters are done, and what is shown of them


def links_in(*texts: str) -> Iterator[str]:
    """The URLs that stand in texts, plain or as Slack encodes them, without the punctuation after them."""
    for text in texts:
        for match in _URL.finditer(text):
            url = match[0].replace("&amp;", "&")
            while url[-1] in _TRAILING and not _balanced(url):
                url = url[:-1]
            yield url


def _balanced(url: str) -> bool:
    """Whether a URL ends in a bracket that it opened itself."""
    return any(url.endswith(end) and url.count(begin) >= url.count(end) for begin, end in ("()", "[]"))


def same_link(url: str) -> str | None:
    """One form for all spellings of a URL that lead to the very same place; None for what never stays a link.

    Case and encoding of the host, a port that goes without saying, http or https, and the case of percent escapes make
    no difference. Everything else does: path, query and fragment are kept to the letter.
    """
    try:
        parts = urlsplit(url)
        usual = _PORTS[parts.scheme]
        host = (parts.hostname or "").encode("idna").decode().lower()
        port = parts.port
    except (KeyError, ValueError):  # UnicodeError is a ValueError
        return None
    if "@" in parts.netloc or "\\" in url or not (host and url.isprintable()) or len(url) > LONGEST_LINK:
        return None
    named = "" if port in (None, usual) else f":{port}"
    rest = url.split("//", 1)[1]
    rest = rest[len(parts.netloc) :]
    rest = re.sub(r"%[0-9A-Fa-f]{2}", lambda match: match[0].upper(), rest)
    return f"//{host}{named}{rest if rest.startswith('/') else '/' + rest}"


class Gate:
    """What an answer may show of itself, piece by piece: `feed` as it arrives, `close` at its end.

    `links` are the URLs that may stay. The results, joined, are the same however the text was cut, and gating them
    again changes nothing. After `close` only a new paragraph may follow. `full`: nothing more will be shown.
    """

    def __init__(self, links: Iterable[str] = (), *, room: int = MOST_CHARACTERS) -> None:
        known = ((same_link(link), link) for link in links)
        self._links: Mapping[str, str] = {same: link for same, link in known if same}
        # A spelling may be longer than another by its escapes and its host; what is longer still is none of them.
        self._longest = max((len(link) for link in self._links.values()), default=0) + 64
        self._room = room
        self._mentions = HarmlessStream()
        self._held = ""  # what more text could still change
        self._tail = ""  # the last characters before it, as they came
        self._sound = True  # whether every reader agrees on which lines are in a fence
        self._spans = True  # whether every reader agrees on which backticks of this paragraph belong together
        self._fenced = False
        self._margin = True  # at the first character of a line
        self._blank = True  # this line so far
        self._returned = False  # the last character was a carriage return
        self.full = False

    def feed(self, piece: str) -> str:
        """Take the next piece; return what can be shown by now."""
        lines = piece.removeprefix("\n") if self._returned else piece
        self._returned = piece.endswith("\r") if piece else self._returned
        lines = lines.replace("\r\n", "\n").replace("\r", "\n")  # one kind of line for all that follows
        return self._shown(self._mentions.feed(lines), final=False)

    def close(self) -> str:
        """The rest, once the text has ended."""
        return self._shown(self._mentions.close(), final=True) + self._end_fence()

    def _end_fence(self) -> str:
        if not self._fenced:
            return ""
        self._fenced = False
        added = FENCE if self._margin else f"\n{FENCE}"
        self._note(added)
        return added

    def _shown(self, text: str, *, final: bool) -> str:
        return "" if self.full else "".join(self._steps(self._held + text, final=final))

    def _steps(self, text: str, *, final: bool) -> Iterator[str]:
        at = 0
        while at < len(text):
            step = self._in_fence(text, at, final=final) if self._fenced else self._in_prose(text, at, final=final)
            if step is None:
                break
            done, shown = step
            if len(shown) > self._room:
                yield self._cut(shown)
                return
            self._room -= len(shown)
            self._note(text[at : at + done])
            at += done
            yield shown
        self._held = text[at:]

    def _cut(self, step: str) -> str:
        """The end of an answer that is too long: only a run of ordinary characters is shown in part."""
        run = _CODE if self._fenced else _ORDINARY
        last = step[: self._room] if run.fullmatch(step) else ""
        self._note(last)
        self.full, self._held = True, ""
        return last + self._end_fence() + CUT

    def _note(self, done: str) -> None:
        """Keep where we are in the text."""
        if not done:
            return
        self._tail = (self._tail + done)[-TAIL:]
        self._margin = done.endswith("\n")
        line, newline, _ = done.partition("\n")  # no step goes beyond the end of a line, but for the end of a fence
        blank = self._blank and not line.strip(" \t")
        self._spans = self._spans or bool(newline and blank)
        self._blank = blank or bool(newline)

    # ------------------------------------------------------------------------------------------------------- code

    def _in_fence(self, text: str, at: int, *, final: bool) -> Step | None:
        plain = _CODE.match(text, at)
        if plain:
            return len(plain[0]), plain[0]
        if text[at] == "`":
            return self._ticks_in_fence(text, at, final=final)
        if text[at] == "<":
            return _token(text, at, final=final)
        return 1, text[at]

    def _ticks_in_fence(self, text: str, at: int, *, final: bool) -> Step | None:
        rest = text[at:]
        if self._margin:
            if closer := _CLOSER.match(rest):
                self._fenced, self._spans = False, True
                return len(closer[0]), closer[0]
            if _CLOSER_SO_FAR.fullmatch(rest):
                if not final:
                    return None
                if rest.startswith(FENCE):
                    self._fenced = False
                return len(rest), rest
        run = len(rest) - len(rest.lstrip("`"))
        if run == len(rest) and run < len(FENCE) and not final:
            return None
        if run < len(FENCE):
            return run, rest[:run]
        self._fenced = self._sound = self._spans = False  # readers differ on whether that ends it
        return 0, ""

    def _in_prose(self, text: str, at: int, *, final: bool) -> Step | None:
        plain = _ORDINARY.match(text, at)
        if plain:
            return len(plain[0]), plain[0]
        rule = RULES.get(text[at])
        return rule(self, text, at, final=final) if rule else (1, text[at])

    def _backtick(self, text: str, at: int, *, final: bool) -> Step | None:
        rest = text[at:]
        if self._margin and self._sound:
            if opener := _OPENER.match(rest):
                self._fenced = True
                return len(opener[0]), opener[0]
            if _OPENER_SO_FAR.fullmatch(rest):
                if not final:
                    return None
                if rest.startswith(FENCE):
                    self._fenced = True
                    return len(rest), rest
        run = len(rest) - len(rest.lstrip("`"))
        if run == len(rest) and not final:
            return None
        if run == 1 and self._spans and not self._tail.endswith("\\"):
            if span := _SPAN.match(rest):
                if len(span[0]) < len(rest) or final:
                    return len(span[0]), span[0]
                return None
            if _SPAN_SO_FAR.fullmatch(rest) and not final:
                return None
        self._spans = False
        self._sound = self._sound and run < len(FENCE)
        return run, rest[:run]

    def _tilde(self, text: str, at: int, *, final: bool) -> Step | None:
        rest = text[at:]
        run = len(rest) - len(rest.lstrip("~"))
        if run == len(rest) and run < len(FENCE) and not final:
            return None
        self._sound = self._sound and run < len(FENCE)
        return run, rest[:run]

    # ---------------------------------------------------------------------------------------------- links, images

    def _allowed(self, url: str) -> str | None:
        same = same_link(url)
        return self._links.get(same) if same else None

    def _http(self, text: str, at: int, *, final: bool) -> Step | None:
        """A URL of the person's own, where it begins."""
        before = self._tail[-1:]
        if not self._links or before.isalnum() or before == "\\":
            return 1, text[at]
        match = _BARE.match(text, at)
        if match is None:
            waits = _BARE_SO_FAR.fullmatch(text, at) and not final
            return None if waits else (1, text[at])
        url, end = match[0], match.end()
        if len(url) > self._longest:
            return 1, text[at]
        if not final and (end == len(text) or (text[end] == "]" and end + 1 == len(text))):
            return None
        if end < len(text) and not _ENDS_A_LINK.match(text, end):
            return 1, text[at]
        for kept in range(len(url), 0, -1):
            if link := self._allowed(url[:kept]):
                # Readers differ on where it ends, but for brackets that say so and for what plainly ends a sentence.
                plainly = end == len(text) or text[end].isspace()
                surely = bool(plainly and _ENDS_A_SENTENCE.fullmatch(url, kept))
                surely = surely or (kept == len(url) and text[end] == "]")
                return kept, link if surely else f"<{link}>"
            if url[kept - 1] not in _TRAILING:
                break
        return 1, text[at]

    def _angle(self, text: str, at: int, *, final: bool) -> Step | None:
        if at + 1 == len(text) and not final:
            return None
        if text.startswith(JOINER, at + 1) and at + 2 == len(text) and not final:
            return None
        if not _TAG.match(text, at):
            return 1, "<"
        match = _BARE.match(text, at + 1) if self._links else None
        if match and len(match[0]) <= self._longest:
            if match.end() == len(text) and not final:
                return None
            link = self._allowed(match[0])
            if link and text.startswith(">", match.end()):
                return match.end() + 1 - at, f"<{link}>"
        elif self._links and _BARE_SO_FAR.fullmatch(text, at + 1) and not final:
            return None
        self._sound = self._sound and not self._blank
        self._spans = False
        return 1, "<" if text.startswith(JOINER, at + 1) else f"<{JOINER}"

    def _image(self, text: str, at: int, *, final: bool) -> Step | None:
        return _apart(text, at, lambda following: following == "[", final=final)

    def _bracket(self, text: str, at: int, *, final: bool) -> Step | None:
        following = text[at + 1 : at + 2]
        if not following and not final:
            return None
        if following == ":":  # would say where `[words]` leads
            return 1, f"]{JOINER}"
        if following != "(":
            return 1, "]"
        match = _URL.match(text, at + 2) if self._links else None
        if match:
            for end in range(match.start() + 1, match.end() + 1):
                url = text[match.start() : end]
                if len(url) > self._longest:
                    break
                if end == len(text):
                    return (1, "] ") if final else None
                link = self._allowed(url) if text[end] == ")" else None
                if link and link.count("(") == link.count(")"):
                    return end + 1 - at, f"]({link})"
        elif self._links and not final and (at + 2 == len(text) or _BARE_SO_FAR.fullmatch(text, at + 2)):
            return None
        return 1, "] "

    def _colon(self, text: str, at: int, *, final: bool) -> Step | None:
        if len(text) < at + 4 and not final and "://"[: len(text) - at] == text[at : at + 3]:
            return None
        if text.startswith("://", at):
            whole = self._tail.endswith("[") and text.startswith("]", at + 3)
            return 3, "://" if whole else self._bracketed("://", text[at + 3 : at + 4])
        return 1, f"{JOINER}:" if _SCHEMES.search(self._tail) else ":"

    def _slash(self, text: str, at: int, *, final: bool) -> Step | None:
        rest = text[at : at + 3]
        if len(rest) < 3 and not final and not rest.strip("/"):
            return None
        if not rest.startswith("//") or not rest[2:].strip() or (self._tail.endswith("[") and rest[2:] == "]"):
            done = 2 if rest.startswith("//") else 1
            return done, rest[:done]
        return 2, self._bracketed("//", rest[2:])

    def _bracketed(self, slashes: str, following: str) -> str:
        """In brackets, which make neither an image nor a link of what stands beside them."""
        before = JOINER if self._tail.endswith("!") else ""
        after = JOINER if following in ("(", ":") else ""
        return f"{before}[{slashes}]{after}"

    def _dot(self, text: str, at: int, *, final: bool) -> Step | None:
        address = bool(_ADDRESS.search(self._tail))
        named = bool(self._tail) and not self._tail[-1].isspace()

        def follows(following: str) -> bool:
            return named and (following.isalpha() or (address and following.isdecimal()))

        return _apart(text, at, follows, final=final)

    def _entity(self, text: str, at: int, *, final: bool) -> Step | None:
        """A character written as an entity: a reader that decodes it would find here what was taken apart."""
        if _ENTITY.match(text, at):
            return 1, f"&{JOINER}"
        return None if _ENTITY_SO_FAR.fullmatch(text, at) and not final else (1, "&")

    def _hash(self, text: str, at: int, *, final: bool) -> Step | None:  # noqa: ARG002 - as all rules
        return 1, f"{JOINER}#" if self._tail.endswith("&amp;") else "#"

    def _at(self, text: str, at: int, *, final: bool) -> Step | None:
        if _ALL_MENTION.match(text, at):
            return 1, f"@{JOINER}"
        return None if _MENTION_SO_FAR.fullmatch(text, at) and not final else (1, "@")


def _apart(text: str, at: int, follows: Callable[[str], bool], *, final: bool) -> Step | None:
    """One character, and a joiner after it if what follows would make the two of them mean something."""
    following = text[at + 1 : at + 2]
    if not following and not final:
        return None
    return 1, text[at] + (JOINER if following and follows(following) else "")


def _token(text: str, at: int, *, final: bool) -> Step | None:
    if _TOKEN.match(text, at):
        return 1, f"<{JOINER}"
    return None if _TOKEN_SO_FAR.fullmatch(text, at) and not final else (1, "<")


Rule = Callable[..., Step | None]
RULES: Mapping[str, Rule] = {
    "`": Gate._backtick,
    "~": Gate._tilde,
    "h": Gate._http,
    "H": Gate._http,
    "<": Gate._angle,
    "!": Gate._image,
    "]": Gate._bracket,
    ":": Gate._colon,
    "/": Gate._slash,
    ".": Gate._dot,
    "。": Gate._dot,
    "．": Gate._dot,
    "｡": Gate._dot,
    "&": Gate._entity,
    "#": Gate._hash,
    "@": Gate._at,
}


def gated(text: str, links: Iterable[str] = (), *, room: int = MOST_CHARACTERS) -> str:
    """The whole text as it may be shown."""
    gate = Gate(links, room=room)
    return gate.feed(text) + gate.close()


def ungated(text: str) -> str:
    """A shown text without the joiners: what a model is told that it said."""
    return text.replace(JOINER, "")
