"""What is said to people in Slack: blocks, and the same as one text. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from memory.models import Memory

Block = dict[str, Any]


# https://docs.slack.dev/reference/block-kit: a section holds 3,000 characters.
SECTION_CHARACTERS = 2900
TEXT_CHARACTERS = 3500


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to one person: blocks, and the same as one text for notifications and screen readers.

    `saved` is the memory whose receipt it is, `public` what everybody in the conversation is told besides.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    public: Reply | None = None
    saved: Memory | None = None

    @property
    def content(self) -> dict[str, Any]:
        """What Slack's methods take of it."""
        return {"text": cut(self.text), "blocks": list(self.blocks)}

    def with_note(self, note: str) -> Reply:
        """The same, under a line that says what was just done."""
        if not self.text:
            return Reply(note, (section(note),))
        return Reply(f"{note}\n\n{self.text}", (section(note), *(self.blocks or (section(self.text),))))


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": shortened_mrkdwn(text), "verbatim": True}}


def shortened_mrkdwn(text: str) -> str:
    return text if len(text) <= SECTION_CHARACTERS else f"{text[:SECTION_CHARACTERS]}…"


def note(text: str) -> Reply:
    """One line, in mrkdwn."""
    return Reply(text, (section(text),))


def cut(text: str, limit: int = TEXT_CHARACTERS) -> str:
    """Text that Slack certainly takes; whoever reads it sees that there is more."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
