"""Slack's text on the way in and out: decoded, encoded, shortened and split.

Slack escapes `&`, `<` and `>` in what people type, and writes mentions and links as `<…>` tokens
(https://docs.slack.dev/messaging/formatting-message-text).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

# --- In: what a person typed -------------------------------------------------------------------------------------

_TOKEN = re.compile(r"<([^<>\n]+)>")
_ENTITY = re.compile("&(amp|lt|gt);")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">"}
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SCHEME = re.compile(r"(?i)(?:https?://|mailto:|tel:)")


def plain(text: str) -> str:
    """What a person typed, from Slack's encoded form: tokens become words, then entities are decoded once.

    As tokens go first, a typed `&lt;!channel&gt;` becomes the literal `<!channel>`: what this returns is a person's
    text, to be `escaped` again before Slack sees it.
    """
    words = _TOKEN.sub(_word, text)
    return _ENTITY.sub(lambda match: _CHARACTERS[match[1]], words)


def escaped(text: str) -> str:
    """The text as literal mrkdwn: nothing in it can be a mention, a channel link or a special token.

    `plain(escaped(text)) == text` for every text. In Block Kit set `verbatim: true` beside it, or Slack links bare
    names by itself.
    """
    return text.translate(_ENTITIES)


def _word(match: re.Match[str]) -> str:
    target, _, label = match[1].partition("|")
    return _WORDS.get(target[:1], _link)(target, label)


def _mention(target: str, label: str) -> str:
    return "@" + (label or target[1:]).removeprefix("@")


def _channel(target: str, label: str) -> str:
    return "#" + (label or target[1:]).removeprefix("#")


def _special(target: str, label: str) -> str:
    """`<!here>`, `<!subteam^S1|@ops>`, `<!date^1392734382^{date}|a fallback>`."""
    name, _, argument = target[1:].partition("^")
    if name == "date":
        return label or argument
    return "@" + (label or argument or name).removeprefix("@")


def _link(target: str, label: str) -> str:
    if not label:
        return _SCHEME.sub("", target, count=1) if target.startswith(("mailto:", "tel:")) else target
    if target.startswith("tel:") or _bare(label) == _bare(target):
        return label
    return f"{label} ({target.removeprefix('mailto:')})"


def _bare(address: str) -> str:
    return _SCHEME.sub("", address, count=1).rstrip("/").lower()


_WORDS: dict[str, Callable[[str, str], str]] = {"@": _mention, "#": _channel, "!": _special}


# --- Out: in the room there is -----------------------------------------------------------------------------------


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters on one line; what was cut ends in a single "…"."""
    line = re.sub(r"\s+", lambda blank: blank[0] if blank[0].splitlines() == [blank[0]] else " ", text)
    if len(line) <= limit:
        return line
    if limit < 1:
        return ""
    return line[: _whole(line, limit - 1)].rstrip(" …") + "…"


def _whole(text: str, cut: int) -> int:
    """The last place up to `cut` that does not tear a combining sequence, an emoji or a surrogate pair."""
    for place in range(cut, max(-1, cut - 32), -1):
        if place in (0, len(text)) or not (_continues(text[place]) or text[place - 1] == "\u200d"):
            return place
    return cut


def _continues(char: str) -> bool:
    return (
        char == "\u200d"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\udc00" <= char <= "\udfff"
        or unicodedata.category(char)[0] == "M"
    )


_FENCE = re.compile(r"^ {0,3}(`{3,}(?=[^`\n]*$)|~{3,})[^\n]*$", re.MULTILINE)
LONGEST_SPAN = 200
_SPAN = re.compile(rf"`[^`\n]{{1,{LONGEST_SPAN}}}`")  # code within a line
_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?。！？])\s"), re.compile(r"\s"))


def split_markdown(text: str, limit: int) -> list[str]:
    """The text in parts of at most `limit` characters, cut between paragraphs, lines, sentences or words if it can be.

    A code fence that is open at a cut is closed there and opened again, with its info string, in the next part (unless
    the limit is too small to hold both). Only white space at the cuts is lost. A blank text has no parts. Raises
    ValueError for a limit below 1.
    """
    if limit < 1:
        raise ValueError("the limit must be at least 1")
    parts, fence, rest = [], "", text
    while rest.strip():
        opened = f"{fence}\n" if fence and len(fence) + len(_marker(fence)) + 2 < limit // 2 else ""
        room = limit - len(opened)
        if len(rest) <= room:
            parts.append(opened + rest)
            break
        head, rest, fence, closing = _first_part(rest, fence, room)
        if head.strip():
            parts.append(opened + head + closing)
    return parts


def cut_markdown(text: str, place: int) -> tuple[str, str]:
    """The text in two, cut at this place; a code fence that is open there is closed and opened again."""
    fence = _fence_after(text[:place], "")
    if not fence:
        return text[:place], text[place:]
    return f"{text[:place]}\n{_marker(fence)}", f"{fence}\n{text[place:]}"


def _first_part(text: str, fence: str, room: int) -> tuple[str, str, str, str]:
    """The part that fits, what is left, the fence that is open between the two, and the line that closes it."""
    markers = [match[1] for match in _FENCE.finditer(text, 0, room)]
    reserve = max((len(marker) + 1 for marker in (*markers, _marker(fence)) if marker), default=0)
    if reserve > room // 2:
        reserve = 0
    head, rest = _broken(text, room - reserve)
    line = head.rfind("\n") + 1
    if line and not _fence_after(head[:line], fence) and _fence_after(head, fence):
        head, rest = head[: line - 1], text[line:]  # rather than an empty block here
    after = _fence_after(head, fence)
    return head, rest, after, f"\n{_marker(after)}" if after and reserve else ""


def _broken(text: str, room: int) -> tuple[str, str]:
    # Code that was torn would be code no more, and what stands in it might become a link.
    spans = [match.span() for match in _SPAN.finditer(text, 0, room + LONGEST_SPAN)]
    for pattern in _BREAKS:
        found = (match for match in pattern.finditer(text, 0, room + 1) if match.start() > room // 3)
        places = [match for match in found if not any(start < match.start() < end for start, end in spans)]
        if places:
            return text[: places[-1].start()], text[places[-1].end() :]
    cut = _whole(text, room) or room
    cut = next((start for start, end in spans if start and start < cut < end), cut)
    return text[:cut], text[cut:]


def _fence_after(text: str, fence: str) -> str:
    """The opening line of the fence that is open where the text ends; "" when none is (CommonMark 4.5)."""
    for match in _FENCE.finditer(text):
        line = match[0].strip()
        if not fence:
            fence = line
        elif line == match[1] and line.startswith(_marker(fence)):
            fence = ""
    return fence


def _marker(fence: str) -> str:
    return fence[: len(fence) - len(fence.lstrip(fence[:1]))]
