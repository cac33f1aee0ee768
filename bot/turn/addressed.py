"""Whom a message in a thread is for, where nobody is named by the thread itself. Pure.

The bot follows a thread that it takes part in, but it does not butt into what people there say to each other.
"""

from __future__ import annotations

import re

from bot.slack.mrkdwn import plain

_MENTION = re.compile(r"<(?:@(?P<person>[UW][A-Z0-9]+)|!subteam\^\w+|!(?:here|channel|everyone))(?:\|[^<>]*)?>")
_EMOJI = re.compile(r":[a-z0-9_+'-]+:", re.IGNORECASE)
_LONGEST_THANKS = 80  # characters: more than that says something
_BETWEEN = re.compile(
    r"[\s.,;:!?…！。、，・()\-–—*_~'’\"“”]+|\b(?:and|und|et|y|e|en|i|so|very|much|a lot|vielen|lieben|mille)\b"
)
_PHRASES = re.compile(
    r"\b(?:will do|got it|sounds good|works for me|no problem|thank you|dank je|va bene|bien entendu)\b"
)
# Words that only close a conversation, in the languages of the house; none that answers a question, like "yes".
_CLOSING = frozenset(
    re.findall(
        r"\w+",
        """thanks thx ty cheers great perfect awesome nice cool super lovely gotcha noted understood appreciated np
        danke dir dank schön prima passt · merci beaucoup parfait · gracias muchas perfecto genial
        grazie perfetto capito · obrigado obrigada valeu perfeito muito · bedankt dankjewel
        dziękuję dziekuje dzięki dzieki · ありがとう ありがとうございます 了解 了解です 谢谢 多谢 收到""",
    )
)


def is_between_others(text: str, bot_user_id: str) -> bool:
    """Whether a message in a thread speaks to somebody else, or to nobody any more: it asks nothing of the bot.

    `text` is as Slack encodes it, and does not mention the bot.
    """
    named = [match["person"] for match in _MENTION.finditer(text)]
    return any(person != bot_user_id for person in named) or _only_closes(text)


def _only_closes(text: str) -> bool:
    said = _EMOJI.sub(" ", plain(text))[: _LONGEST_THANKS + 1].casefold()
    if len(said) > _LONGEST_THANKS or "?" in said or "？" in said:
        return False
    words = [word for word in _BETWEEN.split(_PHRASES.sub(" ", said)) if word]
    return all(word in _CLOSING or not any(map(str.isalnum, word)) for word in words)
