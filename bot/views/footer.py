"""What stands below an answer: thumbs, and how many memories it was given. Pure.

It names the answer's event and nothing more: who presses there is known from Slack's signed payload.
"""

from __future__ import annotations

from bot.slack.reply import Block
from bot.views.modals import plain_text

OPEN, RATE = "why:open", "why:rate"  # the names of what can be pressed
USED = "Memories used"


def footer(event_id: str, given: int) -> tuple[Block, ...]:
    """The blocks. They are there with no memories too: that they are missing would tell others something."""
    label = f"{USED} ({given})" if given else "No memories used"
    thumbs = {
        "type": "feedback_buttons",
        "action_id": RATE,
        "positive_button": {"text": plain_text("Good answer"), "value": f"up {event_id}"},
        "negative_button": {"text": plain_text("Bad answer"), "value": f"down {event_id}"},
    }
    used = {"type": "button", "action_id": OPEN, "text": plain_text(label), "value": event_id}
    return {"type": "context_actions", "elements": [thumbs]}, {"type": "actions", "elements": [used]}
