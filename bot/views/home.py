"""The Home tab. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.slack.mrkdwn import escaped
from bot.slack.reply import Block, section
from bot.views.blocks import Offers, context
from bot.views.memories import FIRST_STEPS, memory_row
from bot.views.modals import View, fitted, header, press, row
from memory.models import Memory

LATEST = 5
ABOUT = (
    "I answer questions, and I remember what you tell me: say `remember: I like short answers`, and every later answer "
    "takes it into account. You can see, edit and delete each memory, here or with `/memory`."
)
ON = "*Your memory is on.* I use what you told me, and keep what you ask me to."
OFF = "*Your memory is paused.* I use none of it and keep nothing new. Nothing is deleted."
WHERE = (
    "What you save in a direct message is private: used only where nobody but you sees the answer. "
    "What you save where others read along is open. `/memory why` shows what my last answer was given."
)
FULL_REVIEW = "Admins of this workspace can read everybody's memories, private ones too."
REASONED_REVIEW = "Admins see that you have private memories, and read one only with a reason, and you are told."


@dataclass(frozen=True, slots=True)
class Counts:
    """How many memories somebody has: in all, of those in use, and how many the workspace shares (None: not theirs)."""

    total: int = 0
    on: int = 0
    shared: int | None = None


@dataclass(frozen=True, slots=True)
class Front:
    """What a Home shows. `review` is the part for admins; `note` stands above everything (mrkdwn)."""

    counts: Counts
    latest: Sequence[Memory]
    now: datetime
    offers: Offers
    url: str = ""
    paused: bool = False
    full_review: bool = False
    review: Sequence[Block] = ()
    note: str = ""


def home(front: Front) -> View:
    """The Home tab of a member or guest."""
    counts = front.counts
    switch = press("Resume", "resume") if front.paused else press("Pause", "pause")
    blocks: list[Block] = [section(front.note)] if front.note else []
    blocks += [
        header("Membot"),
        section(ABOUT),
        section(OFF if front.paused else ON) | {"accessory": switch | {"action_id": "view:switch"}},
    ]
    if counts.total:
        blocks += [header("Your latest memories"), context(_counted(counts))]
        blocks += [
            block for memory in front.latest for block in memory_row(memory, front.now, front.url, front.offers(memory))
        ]
        blocks.append(
            row(
                press(f"See all {counts.total:,}", "list"),
                press("Add", "add"),
                press("Export", "export 1"),
                press("Forget everything", "forget", danger=True),
            )
        )
    else:
        blocks += [header("Your memories"), section(FIRST_STEPS), row(press("Add", "add"))]
        blocks += [context(_counted(counts))] if counts.shared else []
    blocks += front.review
    blocks += [header("Privacy"), context(f"{WHERE} {admins_may(full_review=front.full_review)}")]
    return fitted({"type": "home", "blocks": blocks})


def home_error(sentence: str, *, again: bool = True) -> View:
    """A Home that says why it shows nothing."""
    return {
        "type": "home",
        "blocks": [section(escaped(sentence)), *([row(press("Try again", "again"))] if again else [])],
    }


def admins_may(*, full_review: bool) -> str:
    """What admins can read of other people's memories."""
    return FULL_REVIEW if full_review else REASONED_REVIEW


def _counted(counts: Counts) -> str:
    told = (
        [f"{counts.total:,} in all", f"{counts.on:,} in use", f"{counts.total - counts.on:,} off"]
        if counts.total
        else []
    )
    if counts.shared:
        told.append(f"and {counts.shared:,} of the whole workspace: `/memory list workspace`")
    return " · ".join(told)
