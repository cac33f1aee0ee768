"""What the stand-in says no with: Slack's own error codes to the app, plain sentences to a person."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class SlackRefused(Exception):
    """Slack answers `{"ok": false, "error": code}`; `messages` say where the fault lies, as Slack's do."""

    def __init__(self, code: str, *messages: str, **details: object) -> None:
        super().__init__(": ".join((code, *messages)))
        self.code = code
        self.messages = messages
        self.details = details

    def answer(self) -> Json:
        body: Json = {"ok": False, "error": self.code, **self.details}
        if self.messages:
            body["errors"] = list(self.messages)
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return body


class NotPossible(Exception):
    """A person tried what Slack's own apps do not offer: no such channel, a slash command in a thread."""
