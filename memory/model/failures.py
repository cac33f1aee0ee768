"""What went wrong, by what LiteLLM raised or a provider gave as the reason for its end. Pure.

The texts of providers quote keys and prompts. They are looked at here for a few phrases, and go no further.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from memory.errors import (
    ModelBusy,
    ModelCutShort,
    ModelError,
    ModelFiltered,
    ModelNotSetUp,
    ModelOverfilled,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong in words that are ours alone, and for how many seconds the provider asked us to wait.

    `system_role`: it was the system prompt's role that the model does not take.
    """

    error: type[ModelError]
    seen: str
    retry_after: float | None = None
    system_role: bool = False


_BY_NAME: Mapping[str, type[ModelError]] = {
    "AuthenticationError": ModelNotSetUp,
    "ContextWindowExceededError": ModelOverfilled,
    "ContentPolicyViolationError": ModelFiltered,
    "NotFoundError": ModelNotSetUp,
    "Timeout": ModelTimedOut,
}
_BY_CODE: Mapping[str, type[ModelError]] = {
    "content_filter": ModelFiltered,
    "context_length_exceeded": ModelOverfilled,
    "insufficient_quota": ModelRejected,  # a 429 that no waiting mends: there is no credit
    "invalid_api_key": ModelNotSetUp,
    "model_not_found": ModelNotSetUp,
}
_BY_STATUS: Mapping[int | None, type[ModelError]] = {
    400: ModelRejected,
    401: ModelNotSetUp,
    402: ModelRejected,
    403: ModelRejected,
    404: ModelNotSetUp,
    408: ModelTimedOut,
    413: ModelOverfilled,
    422: ModelRejected,
    429: ModelBusy,
    503: ModelBusy,
    529: ModelBusy,  # Anthropic's "overloaded"
}
# LiteLLM and its clients raise these without a request, as a server's 500 or as 400.
_NOT_SET_UP = re.compile(
    r"LLM Provider NOT provided|Missing credentials|Missing \w+ API Key|Unable to locate credentials|"
    r"api_key client option must be set|API key not valid|invalid model ID|"
    r"model [`'\"]?\S+ (?:does not exist|not found)",
    re.IGNORECASE,
)
_OVERFILLED = re.compile(
    r"maximum context (?:length|limit)|context_length_exceeded|"
    r"(?:prompt|input|request|context) (?:is )?too (?:long|large)|"
    r"exceeds? (?:the |its )?(?:available |maximum |model'?s? )*context|exceeds? the maximum number of tokens",
    re.IGNORECASE,
)
_SYSTEM_ROLE = re.compile(
    r"\b(?:system|developer)['\"`]? (?:role|messages?|prompts?|instructions?) (?:is|are)?\s*(?:not|un)\s?\w+|"
    r"does(?: not|n't) support ['\"`]?(?:the )?system|role:? ['\"`]?system['\"`]? is (?:not|un)|"
    r"only user and assistant roles|conversation roles must alternate",
    re.IGNORECASE,
)
_LENGTH = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
_FILTER = frozenset(
    {"content_filter", "content_filtered", "guardrail_intervened", "refusal", "safety", "recitation", "blocklist"}
    | {"prohibited_content", "spii", "language", "image_safety"}
)


def failure_of(error: Exception) -> Failure:
    """Classify what LiteLLM raised: by class and code, by a few phrases, and last by status."""
    cause = getattr(error, "original_exception", None) or error  # of a MidStreamFallbackError
    name, status, text = type(cause).__name__, getattr(cause, "status_code", None), str(cause)
    headers = getattr(cause, "litellm_response_headers", None) or {}
    refused = status not in (401, 402, 403, 404)  # of these, the status says enough
    kind = _BY_NAME.get(name) or _BY_CODE.get(_code_of(cause)) or (_by_text(text) if refused else None)
    return Failure(
        kind or _BY_STATUS.get(status, ModelUnreachable),
        f"{name}, status {status}",
        _seconds(headers.get("retry-after")),
        refused and _SYSTEM_ROLE.search(text) is not None,
    )


def ended(reason: str) -> Failure | None:
    """Say what a finish reason means for the answer: None for one that is whole."""
    if reason.lower() in _LENGTH:
        return Failure(ModelCutShort, "it reached the longest answer")
    if reason.lower() in _FILTER:
        return Failure(ModelFiltered, "the provider held it back")
    return None


def _by_text(text: str) -> type[ModelError] | None:
    if _OVERFILLED.search(text):
        return ModelOverfilled
    return ModelNotSetUp if _NOT_SET_UP.search(text) else None


def _code_of(cause: Any) -> str:
    """The code that a provider of OpenAI's protocol gave; LiteLLM keeps it in the body, or in what it raised over."""
    for each in (cause, cause.__context__):
        body = getattr(each, "body", None)
        if isinstance(body, Mapping) and isinstance(body.get("code"), str):
            return str(body["code"])
    return ""


def _seconds(header: str | None) -> float | None:
    """Read Retry-After where it is a number; the other form, a date, is rare and not worth the clock it needs."""
    try:
        return float(header) if header else None
    except ValueError:
        return None
