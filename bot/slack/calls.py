"""How a call to Slack fails, and what is done about it: wait in order, go another way, or give up.

| Slack says | kind |
|---|---|
| 429 with Retry-After, 5xx, nothing (reset, timeout), a word of AWAY | passing: the same request may succeed later |
| a word of LOCKED_OUT | nothing at all can be said to this workspace |
| a word of GONE | nothing can be said in this place |
| any other word | this request will never succeed; another form of it may |

Every request is made at most twice here. What is still passing then is left to the inbox, whose attempts are counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

AWAY = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})
GONE = frozenset({"channel_not_found", "not_in_channel", "is_archived"})
LOCKED_OUT = frozenset(
    {"account_inactive", "token_revoked", "token_expired", "invalid_auth", "not_authed", "org_login_required"}
)
TOO_LONG = frozenset({"msg_too_long", "msg_blocks_too_long"})
# What a call to Slack may fail with: Slack's own no, the network's, or an answer that is none of Slack's.
FAULTS = (SlackApiError, ClientError, OSError, TimeoutError, ValueError)

SHORT_WAIT = 0.5
LONGEST_WAIT = 30.0  # the longest Retry-After that is waited for


class DeliveryFailed(Exception):
    """Slack does not take what is said; the message is the fault's name. `passing`: it may later."""

    def __init__(self, message: str, *, passing: bool) -> None:
        super().__init__(message)
        self.passing = passing

    @property
    def locked_out(self) -> bool:
        """Whether nothing at all can be said to this workspace."""
        return str(self) in LOCKED_OUT

    @classmethod
    def of(cls, error: BaseException) -> DeliveryFailed:
        """What a fault of Slack's means for what was to be said."""
        return cls(fault(error), passing=passing(error))


@dataclass(frozen=True, slots=True)
class Lanes:
    """A lock for each channel: who waits for Slack there holds it, and what is said after them waits behind them."""

    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def of(self, channel: str) -> asyncio.Lock:
        return self._locks.setdefault(channel, asyncio.Lock())


async def waiting(
    request: Callable[[], Awaitable[Any]], *, repeatable: bool = False, lane: asyncio.Lock | None = None
) -> Any:
    """Make a request to Slack, and once again when it was too many: after as long as Slack asks (at most LONGEST_WAIT).

    A `repeatable` one, which does no harm twice, is also made again when Slack or the network was away. In a `lane`
    requests are made one after the other, in the order in which they came, the wait included.
    """
    async with lane or nullcontext():
        try:
            return await request()
        except FAULTS as error:
            wait = retry_after(error)
            if wait is None and repeatable and passing(error):
                wait = SHORT_WAIT
            if wait is None or wait > LONGEST_WAIT:
                raise
            await asyncio.sleep(wait)
            return await request()


def retry_after(error: BaseException) -> float | None:
    """The seconds that Slack asks to wait; None when it asks for none."""
    response = error.response if isinstance(error, SlackApiError) else None
    headers = getattr(response, "headers", None) or {}
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    return float(value) if value and str(value).isdecimal() else None


def answered(error: BaseException) -> Mapping[str, Any]:
    """What Slack answered, if it was Slack: a proxy answers with anything."""
    response = error.response if isinstance(error, SlackApiError) else None
    data = response.data if isinstance(response, AsyncSlackResponse) else response
    return data if isinstance(data, Mapping) else {}


def fault(error: BaseException) -> str:
    """One word for what went wrong, Slack's own where it has one. Safe to log."""
    return str(answered(error).get("error") or type(error).__name__)


def passing(error: BaseException) -> bool:
    """Whether the same request may succeed later: Slack or the network was away, and did not say no."""
    code = answered(error).get("error")
    return not code or code in AWAY or getattr(getattr(error, "response", None), "status_code", 200) >= 500
