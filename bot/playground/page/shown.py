"""What one person's page shows, as a flat map of names to JSON. The page is sent what changed in it, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bot.playground.page.world import World
from bot.playground.standin.journal import ApiCall, Delivery, Entry, HookUse
from bot.playground.standin.messages import Message
from bot.playground.standin.modals import View
from bot.playground.standin.people import Channel, User
from bot.playground.standin.refusal import Json
from bot.playground.standin.seen import Seen

MOST_ENTRIES = 400  # of the wire; older ones are left out
_SECRET_FIELDS = frozenset({"token", "bot_token"})


async def shown(world: World, person_id: str) -> Json:
    """The whole map for one person: `me`, `place/…`, `message/…`, `status/…`, `prompts/…`, `modals`, `home`,
    `memories`, `prompt`, `wire/…`."""
    slack = world.slack
    person = slack.person(person_id)
    everything: Json = {"me": _me(world, person.user)}
    for number, place in enumerate(sorted(person.places, key=lambda place: place.kind != "im")):
        everything[f"place/{place.id}"] = _place(world, place, person.user, number)
        for seen in person.sees(place.id):
            mark = "/me" if seen.ephemeral else ""
            everything[f"message/{place.id}/{seen.ts}{mark}"] = _message(world, seen, person.user)
        if place.id in slack.workspace.prompts:
            everything[f"prompts/{place.id}"] = slack.workspace.prompts[place.id]
    mine = {place.id for place in person.places}
    for (channel, ts), status in slack.workspace.statuses.items():
        if channel in mine:
            everything[f"status/{channel}/{ts}"] = status
    everything["modals"] = [_view(view) for view in person.views]
    everything["home"] = _view(person.home) if person.home else None
    everything["memories"] = await _memories(world, person.user, mine)
    everything["prompt"] = await world.inside.prompt()
    return everything | dict(_wire(world))


def _me(world: World, user: User) -> Json:
    workspace = world.slack.workspace
    team = workspace.installation().team_id
    people = [one for one in workspace.users.values() if not one.is_bot and not one.deleted]
    return {
        "id": user.id,
        "workspace": workspace.teams[team].name,
        "bot": workspace.installation().user_id,
        "people": [{"id": one.id, "name": one.name, "role": _role(one, team)} for one in people],
        "names": workspace.names(),
        "now": _time(world.slack.clock.now()),
        "ahead": round(world.slack.clock.ahead),
        "model": world.inside.model,
        "completions": [{"text": one.text, "about": one.about} for one in world.inside.completions],
        "shortcuts": [
            {"callback_id": one.callback_id, "name": one.name, "kind": one.kind} for one in world.inside.shortcuts
        ],
    }


def _role(user: User, team_id: str) -> str:
    if user.team_id != team_id:
        return "from another workspace"
    if user.is_admin or user.is_owner:
        return "admin"
    return "guest" if user.is_restricted or user.is_ultra_restricted else "member"


def _place(world: World, place: Channel, user: User, number: int) -> Json:
    names = world.slack.workspace.names()
    others = sorted(place.members - {user.id})
    return {
        "id": place.id,
        "order": number,
        "kind": place.kind,
        "label": names.get(others[0], "") if place.kind == "im" and others else place.label,
        "members": [names.get(one, one) for one in sorted(place.members)],
        "outside": place.is_ext_shared,
        "title": {ts: title for (channel, ts), title in world.slack.workspace.titles.items() if channel == place.id},
    }


def _message(world: World, seen: Seen, user: User) -> Json:
    message: Message = seen.message
    return {
        "channel": seen.channel,
        "ts": seen.ts,
        "thread_ts": seen.thread_ts,
        "at": _time(float(seen.ts)),
        "author": seen.author,
        "user": message.user,
        "mine": message.user == user.id,
        "bot": message.bot_id is not None or message.username is not None,
        "ephemeral": seen.ephemeral,
        "text": message.text,
        "blocks": list(message.blocks),
        "attachments": list(message.attachments),
        "files": [str(one.get("title") or one.get("name") or "") for one in message.files],
        "reactions": _reactions(world, message),
        "streaming": seen.streaming,
        "edited": seen.edited,
    }


def _reactions(world: World, message: Message) -> list[Json]:
    names = world.slack.workspace.names()
    emojis = dict.fromkeys(emoji for emoji, _ in message.reactions)
    return [
        {"name": emoji, "by": [names.get(user, user) for other, user in message.reactions if other == emoji]}
        for emoji in emojis
    ]


def _view(view: View) -> Json:
    def words(part: str) -> str:
        value = view.content.get(part)
        return str(value.get("text", "")) if isinstance(value, dict) else ""

    return {
        "id": view.id,
        "hash": view.hash,
        "title": view.title,
        "submit": words("submit"),
        "close": words("close"),
        "blocks": list(view.blocks),
        "errors": dict(view.errors),
    }


async def _memories(world: World, user: User, places: set[str]) -> list[Json]:
    """Those of this person, of the workspace, and of the channels that this person is in."""
    subjects = {user.id, *places}
    return [one for one in await world.inside.memories() if one["subject"] in subjects or one["kind"] == "workspace"]


# --- the wire ---


def _wire(world: World) -> Iterator[tuple[str, Json]]:
    entries = world.slack.journal.entries
    first = max(len(entries) - MOST_ENTRIES, 0)
    for number, entry in enumerate(entries[first:], first):
        yield f"wire/{number}", _entry(entry) | {"number": number, "at": _time(entry.at), "ms": round(entry.ms, 1)}


def _entry(entry: Entry) -> Json:
    match entry:
        case ApiCall():
            error = "" if entry.ok else str(entry.answer.get("error"))
            return _told("call", entry.method, entry.ok, error, entry.arguments, entry.answer)
        case HookUse():
            error = "" if entry.ok else str(entry.answer.get("error"))
            return _told("hook", "response_url", entry.ok, error, entry.body, entry.answer)
        case Delivery():
            error = "" if entry.ok else entry.reason or f"HTTP {entry.status}"
            words = str(entry.payload.get("text") or entry.event.get("text") or "")
            told = _told("in", entry.what, entry.ok, error, entry.payload, {"status": entry.status, "body": entry.body})
            return told | {"words": words, "attempt": entry.attempt}


def _told(kind: str, name: str, ok: bool, error: str, sent: Json, answered: object) -> Json:
    hidden = {key: "…" if key in _SECRET_FIELDS else value for key, value in sent.items()}
    return {"kind": kind, "name": name, "ok": ok, "error": error, "sent": hidden, "answered": answered}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
