"""Who may read and write which memories. Pure, and the only place that decides it.

| actor    | own key | workspace's key      | channel's key                            | another person's key          |
|----------|---------|----------------------|------------------------------------------|-------------------------------|
| member   | all     | read, propose        | in it: read, create, disable and enable; | nothing                       |
|          |         |                      | edit and delete what they made           |                               |
| admin    | all     | all; decide on what  | read, edit, disable, delete; in it also  | review; disable and delete any|
|          |         | members propose      | create                                   |                               |
| guest    | all     | nothing              | in it: read, disable and enable          | nothing                       |
| outsider | nothing | nothing              | nothing                                  | nothing                       |
| operator | all     | all                  | all                                      | all                           |

A proposal is read and withdrawn by whoever made it, and read and decided on by admins; nobody changes it. To review
is to see everything about a memory but the text of a private one, which takes a reason (or `ADMIN_REVIEW=full`). A
reason is also what an admin gives who disables or deletes what is somebody else's: a person's own memory always, a
channel's where not everybody there could do the same. What an actor may not read does not exist for them: the store
answers as to an unknown id.
"""

from __future__ import annotations

from memory.models import Actor, Changes, Key, KeyKind, Memory, Role

ADMINS_ONLY = "Only admins of this workspace may do that."


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
    here = actor.role in {Role.MEMBER, Role.ADMIN, Role.GUEST} and bool(key.team) and key.team == actor.team
    return here and key.kind is KeyKind.CHANNEL and key.subject == actor.channel


def may_read(actor: Actor, key: Key) -> bool:
    """Whether the actor may know which memories are in the key."""
    return (
        actor.role is Role.OPERATOR
        or owns(actor, key)
        or _in_channel(actor, key)
        or (_belongs(actor, key) and (key.kind is KeyKind.WORKSPACE or actor.role is Role.ADMIN))
    )


def may_know(actor: Actor, memory: Memory) -> bool:
    """Whether the actor may know of this memory: of all in a key that they may read, and of what they propose."""
    proposes = memory.proposed and memory.created_by == actor.id and _belongs(actor, memory.key)
    return proposes or may_read(actor, memory.key)


def may_create(actor: Actor, key: Key) -> bool:
    """Whether the actor may add a memory to the key."""
    return (
        actor.role is Role.OPERATOR
        or owns(actor, key)
        or (_in_channel(actor, key) and actor.role is not Role.GUEST)
        or (_belongs(actor, key) and key.kind is KeyKind.WORKSPACE and actor.role is Role.ADMIN)
    )


def may_propose(actor: Actor, key: Key) -> bool:
    """Whether what the actor says for this key waits for an admin."""
    return _belongs(actor, key) and key.kind is KeyKind.WORKSPACE


def may_change(actor: Actor, memory: Memory, changes: Changes) -> bool:
    """Whether the actor may make these changes. An admin may switch anybody's memory off and on; of what belongs to a
    person they change no word."""
    if actor.role is Role.OPERATOR or owns(actor, memory.key):
        return True
    if memory.proposed or not may_read(actor, memory.key):
        return False
    switches = changes == Changes(disabled=changes.disabled)
    if memory.key.kind is KeyKind.CHANNEL and (memory.created_by == actor.id or switches):
        return True
    return actor.role is Role.ADMIN and (memory.key.kind is not KeyKind.PERSON or switches)


def may_delete(actor: Actor, memory: Memory) -> bool:
    """Whether the actor may delete the memory, or withdraw the proposal."""
    if actor.role is Role.OPERATOR or owns(actor, memory.key):
        return True
    if not may_know(actor, memory):
        return False
    if memory.proposed or memory.key.kind is KeyKind.CHANNEL:
        mine = memory.created_by == actor.id
        return mine or (actor.role is Role.ADMIN and not memory.proposed)
    return actor.role is Role.ADMIN


def needs_reason(actor: Actor, memory: Memory, *, deleting: bool = False) -> bool:
    """Whether the actor must say why they disable (or delete) the memory. Assumes that they may."""
    if actor.role is not Role.ADMIN or owns(actor, memory.key):
        return False
    if memory.key.kind is KeyKind.CHANNEL:
        return memory.created_by != actor.id and (deleting or not _in_channel(actor, memory.key))
    return memory.key.kind is KeyKind.PERSON


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
