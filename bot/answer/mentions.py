"""Mentions in the model's answer become plain words: it must not notify anyone. Pure."""

from __future__ import annotations

import re

# No token is longer than this, as every repetition below is bounded; nor is what a stream holds back.
_LONGEST = 180
_BLANK = "[\\s\u200b-\u200d\u2060\ufeff]"
_NOTIFYING = re.compile(
    rf"(?P<open>(?:<{_BLANK}{{0,2}}){{1,8}})"
    rf"(?:(?P<special>!){_BLANK}{{0,2}}(?:(?P<name>(?i:channel|here|everyone|group))|(?i:subteam)\^(?P<team>[A-Za-z0-9]{{0,24}}))"
    rf"|@{_BLANK}{{0,2}}(?P<user>[UWB][A-Z0-9]{{0,24}})|#{_BLANK}{{0,2}}(?P<channel>[CGD][A-Z0-9]{{0,24}}))"
    rf"(?:\|(?P<label>[^<>|\n]{{0,60}})(?=>))?"
    rf"(?P<close>(?:{_BLANK}{{0,2}}>){{0,8}})"
)
_CLOSER = re.compile(f"{_BLANK}{{0,2}}>")
_UNFINISHED = re.compile(
    rf"(?:<{_BLANK}*)+(?:[!@#]{_BLANK}*[A-Za-z0-9^]*(?:\|[^<>|\n]*)?(?:{_BLANK}*>)*{_BLANK}*)?\Z",
)


def harmless_markdown(text: str) -> str:
    """The text with every token that notifies or links someone turned into plain words: `<!channel>` → `@channel`.

    Nested, spaced and half-open forms too, and inside code, where Slack still may resolve them. Entities
    (`&lt;!channel&gt;`), links, dates and comparison signs stay. Applying it twice changes nothing more.
    """
    return _NOTIFYING.sub(_harmless, text)


def _harmless(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 4) : match.start()]
    label = match["label"]
    if match["channel"] is not None:
        sigil, word = "#", label or match["channel"]
    else:
        sigil, word = "@", label or match["name"] or match["user"] or match["team"] or "subteam"
    if "<" in before:  # more openers than one match takes: no ASCII sign may come to stand behind the last of them
        sigil = {"#": "＃", "@": "＠"}[sigil]
    closers = _CLOSER.sub("", match["close"], count=match["open"].count("<"))
    return sigil + word.lstrip("@#!") + closers


class HarmlessStream:
    """`harmless_markdown` for a text that arrives in chunks; holds back at most 200 characters of an open token.

    The results of every `feed` and of `close`, joined, equal `harmless_markdown` of the whole.
    """

    def __init__(self) -> None:
        self._given = ""
        self._held = ""

    def feed(self, chunk: str) -> str:
        """Take the next chunk; return what is safe to show by now."""
        return self._advance(chunk, final=False)

    def close(self) -> str:
        """The rest, once the text has ended."""
        return self._advance("", final=True)

    def _advance(self, chunk: str, *, final: bool) -> str:
        text, start = self._given + self._held + chunk, len(self._given)
        shown, position = [], start
        settled = len(text) if final else self._settled(text, start)
        for match in _NOTIFYING.finditer(text, start):
            if match.start() >= settled:
                break
            shown += [text[position : match.start()], _harmless(match)]
            position = match.end()
        settled = max(settled, position)
        shown.append(text[position:settled])
        self._given, self._held = text[max(0, settled - 4) : settled], text[settled:]
        return "".join(shown)

    def _settled(self, text: str, start: int) -> int:
        """Where the first token begins that the next chunk could still change."""
        position = text.find("<", max(start, len(text) - _LONGEST))
        while position != -1:
            if _UNFINISHED.match(text, position):
                return position
            position = text.find("<", position + 1)
        return len(text)
