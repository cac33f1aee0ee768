"""What went over the wire: every Web API call of the app, every delivery to it, every use of a response_url."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.playground.standin.changes import Changes
from bot.playground.standin.refusal import Json


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One Web API call. `fault` is set when the answer was tampered with on purpose."""

    method: str
    arguments: Json
    answer: Json
    status: int
    at: float
    ms: float
    fault: str | None = None

    @property
    def ok(self) -> bool:
        return bool(self.answer.get("ok"))


@dataclass(frozen=True, slots=True)
class HookUse:
    """One message that the app sent to a response_url."""

    body: Json
    answer: Json
    status: int
    at: float
    ms: float

    @property
    def ok(self) -> bool:
        return bool(self.answer.get("ok"))


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to hand something to the app. `status` is None when no answer came; `reason` says why."""

    what: str
    payload: Json
    transport: str
    attempt: int
    status: int | None
    body: Any
    reason: str | None
    at: float
    ms: float

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def event(self) -> Json:
        """The inner event of an Events API delivery."""
        return dict(self.payload.get("event") or {})


Entry = ApiCall | HookUse | Delivery


@dataclass(slots=True)
class Journal:
    """Everything, in the order in which it was answered."""

    changes: Changes = field(default_factory=Changes)
    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.changes.happened()

    @property
    def calls(self) -> list[ApiCall]:
        return [one for one in self.entries if isinstance(one, ApiCall)]

    @property
    def deliveries(self) -> list[Delivery]:
        return [one for one in self.entries if isinstance(one, Delivery)]

    def called(self, method: str) -> list[ApiCall]:
        return [call for call in self.calls if call.method == method]

    def delivered(self, what: str) -> list[Delivery]:
        """Attempts of one kind: `message`, `app_mention`, `/memory`, `block_actions`, `view_submission` …"""
        return [one for one in self.deliveries if one.what == what]
