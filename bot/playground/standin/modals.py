"""Modals and Home tabs: who has which view open, and the trigger ids that open them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

from bot.playground.standin.changes import Changes
from bot.playground.standin.movable_clock import MovableClock
from bot.playground.standin.refusal import Json, SlackRefused

TRIGGER_LIFE = 3.0
STACK = 3


@dataclass(frozen=True, slots=True)
class View:
    """A modal or Home tab as one person has it before her. `errors` are per block_id, from a refused submission."""

    id: str
    user: str
    team: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None
    app_id: str
    bot_id: str
    errors: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        title = self.content.get("title") or {}
        return str(title.get("text", ""))

    @property
    def blocks(self) -> tuple[Json, ...]:
        return tuple(self.content.get("blocks") or ())

    def to_json(self, state: Json | None = None) -> Json:
        """The `view` object of answers and payloads."""
        defaults: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "clear_on_close": False}
        return (
            defaults
            | {"notify_on_close": False, "submit": None, "close": None}
            | self.content
            | {
                "id": self.id,
                "team_id": self.team,
                "hash": self.hash,
                "root_view_id": self.root_id,
                "previous_view_id": self.previous_id,
                "app_id": self.app_id,
                "app_installed_team_id": self.team,
                "bot_id": self.bot_id,
                "state": {"values": state or {}},
            }
        )


class Views:
    """Every open view. One person has at most three modals on top of each other, and one Home tab."""

    def __init__(self, clock: MovableClock, changes: Changes) -> None:
        self._clock = clock
        self._changes = changes
        self._triggers: dict[str, tuple[str, float]] = {}
        self._exchanged: set[str] = set()
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def trigger(self, user: str) -> str:
        """A new trigger_id: lives three seconds, works once."""
        trigger_id = self._clock.id("1.")
        self._triggers[trigger_id] = (user, self._clock.now())
        return trigger_id

    def exchange(self, trigger_id: str) -> str:
        """Use a trigger_id up; returns whose it was."""
        if trigger_id not in self._triggers:
            raise SlackRefused("invalid_trigger_id")
        if trigger_id in self._exchanged:
            raise SlackRefused("exchanged_trigger_id")
        user, issued = self._triggers[trigger_id]
        if self._clock.now() - issued > TRIGGER_LIFE:
            raise SlackRefused("expired_trigger_id")
        self._exchanged.add(trigger_id)
        return user

    def stack(self, user: str) -> tuple[View, ...]:
        return tuple(self._stacks.get(user, ()))

    def home(self, user: str) -> View | None:
        return self._homes.get(user)

    def find(self, view_id: str | None, external_id: str | None = None) -> View:
        for view in (*self._homes.values(), *(view for stack in self._stacks.values() for view in stack)):
            if view.id == view_id or (external_id and view.content.get("external_id") == external_id):
                return view
        raise SlackRefused("not_found")

    def open(self, view: View) -> View:
        """Open a new modal; an open one is replaced, as Slack shows one stack a person."""
        self._stacks[view.user] = [view]
        self._changes.happened()
        return view

    def push(self, view: View) -> View:
        stack = self._stacks.setdefault(view.user, [])
        if len(stack) >= STACK:
            raise SlackRefused("push_limit_reached")
        if stack:
            view = replace(view, root_id=stack[0].id, previous_id=stack[-1].id)
        stack.append(view)
        self._changes.happened()
        return view

    def publish(self, view: View) -> View:
        """Show a Home tab; it keeps its id for as long as the person has one."""
        before = self._homes.get(view.user)
        kept = replace(view, id=before.id, root_id=before.id) if before else view
        self._homes[view.user] = kept
        self._changes.happened()
        return kept

    def change(self, view: View, content: Json) -> View:
        """Put other content into an open view."""
        return self.put(replace(view, content=content, hash=self.hash(content), errors=()))

    def put(self, view: View) -> View:
        if view.user in self._homes and self._homes[view.user].id == view.id:
            self._homes[view.user] = view
        stack = self._stacks.get(view.user, [])
        self._stacks[view.user] = [view if one.id == view.id else one for one in stack]
        self._changes.happened()
        return view

    def close(self, view: View, *, everything: bool = False) -> None:
        stack = self._stacks.get(view.user, [])
        self._stacks[view.user] = [] if everything else [one for one in stack if one.id != view.id]
        self._changes.happened()

    def hash(self, content: Json) -> str:
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]
        return f"{self._clock.ts()}.{digest}"
