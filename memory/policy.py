"""Who may read and write which memories. Pure, and the only place that decides it.

| actor    | own key | workspace's key      | channel's key (while in it)           | another person's key            |
|----------|---------|----------------------|---------------------------------------|---------------------------------|
| member   | all     | read                 | read, create; change what they made   | nothing                         |
| admin    | all     | all                  | as a member; disable and delete any   | review; disable and delete any  |
| guest    | all     | nothing              | nothing                               | nothing                         |
| outsider | nothing | nothing              | nothing                               | nothing                         |
| operator | all     | all                  | all                                   | all                             |

To review is to see everything about a memory but the text of a private one, which takes a reason (or
`ADMIN_REVIEW=full`). What an actor may not read does not exist for them: the store answers as to an unknown id.
"""

from __future__ import annotations

from memory.models import Actor, Changes, Key, KeyKind, Memory, Role


def owns(actor: Actor, key: Key) -> bool:
    """Whether it is this actor's own key."""
    return (
        actor.role is not Role.OUTSIDER
        and key.kind is KeyKind.PERSON
        and bool(actor.user)
        and (key.team, key.subject) == (actor.team, actor.user)
    )


def _belongs(actor: Actor, key: Key) -> bool:
    return actor.role in {Role.MEMBER, Role.ADMIN} and bool(key.team) and key.team == actor.team


def _in_channel(actor: Actor, key: Key) -> bool:
    return _belongs(actor, key) and key.kind is KeyKind.CHANNEL and key.subject == actor.channel


def may_read(actor: Actor, key: Key) -> bool:
    """Whether the actor may know which memories are in the key."""
    return (
        actor.role is Role.OPERATOR
        or owns(actor, key)
        or _in_channel(actor, key)
        or (_belongs(actor, key) and (key.kind is KeyKind.WORKSPACE or actor.role is Role.ADMIN))
    )


def may_create(actor: Actor, key: Key) -> bool:
    """Whether the actor may add a memory to the key."""
    return (
        actor.role is Role.OPERATOR
        or owns(actor, key)
        or _in_channel(actor, key)
        or (_belongs(actor, key) and key.kind is KeyKind.WORKSPACE and actor.role is Role.ADMIN)
    )


def may_change(actor: Actor, memory: Memory, changes: Changes) -> bool:
    """Whether the actor may make these changes. An admin may switch anybody's memory off and on, and change no word."""
    if actor.role is Role.OPERATOR or owns(actor, memory.key):
        return True
    if not may_read(actor, memory.key):
        return False
    if memory.key.kind is KeyKind.CHANNEL and memory.created_by == actor.id:
        return True
    if actor.role is not Role.ADMIN:
        return False
    return memory.key.kind is KeyKind.WORKSPACE or changes == Changes(disabled=changes.disabled)


def may_delete(actor: Actor, memory: Memory) -> bool:
    """Whether the actor may delete the memory: whoever may switch it off may delete it."""
    return may_change(actor, memory, Changes(disabled=True))


def may_empty(actor: Actor, key: Key) -> bool:
    """Whether the actor may delete all of the key at once, or switch it off and on."""
    return actor.role is Role.OPERATOR or owns(actor, key)


def sees_text(actor: Actor, memory: Memory, *, full_review: bool) -> bool:
    """Whether the actor may read the text without giving a reason. Assumes that they may read the key."""
    return (
        actor.role is Role.OPERATOR
        or owns(actor, memory.key)
        or memory.key.kind is not KeyKind.PERSON
        or memory.visibility == "open"
        or full_review
    )


def may_review(actor: Actor, team: str) -> bool:
    """Whether the actor may look through all keys of the workspace."""
    return actor.role is Role.OPERATOR or (actor.role is Role.ADMIN and actor.team == team)
