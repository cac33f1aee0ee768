"""Who may read and write which memories: the whole table, actor by actor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from memory.database.rows import new_memory
from memory.errors import MemoryNotFound
from memory.models import Actor, Changes, Key, Memory, NewMemory
from memory.policy import (
    may_change,
    may_create,
    may_delete,
    may_empty,
    may_know,
    may_propose,
    may_review,
    needs_reason,
    owns,
    sees_text,
)
from memory.store.store import MemoryStore
from tests.people import (
    ADMIN,
    ANNA,
    ANNAS,
    BOB,
    GUEST,
    IN_CHANNEL,
    OPERATOR,
    OTHER_TEAM,
    OUTSIDER,
    STRANGE_ADMIN,
    STRANGER,
    TEAM,
    WORKSPACE,
    saying,
)

READ, CREATE, EDIT, SWITCH, DELETE, TEXT, EMPTY = ("read", "create", "edit", "switch", "delete", "text", "empty")
PROPOSE, REASON_OFF, REASON_DELETE = "propose", "say why to disable", "say why to delete"
ALL = {READ, CREATE, EDIT, SWITCH, DELETE, TEXT, EMPTY}
NOTHING: set[str] = set()
OTHER_CHANNEL = Key.channel(TEAM, "C2")
ELSEWHERE = Key.parse("notes:1")

PROPOSALS = Key.proposals(TEAM)

# The memories are made by somebody else: who made one is asked in the tests below.
TABLE: list[tuple[Actor, str, Key, set[str]]] = [
    (ANNA, "own", ANNAS, ALL),
    (ANNA, "workspace", WORKSPACE, {READ, TEXT, PROPOSE}),
    (ANNA, "channel", IN_CHANNEL, {READ, CREATE, SWITCH, TEXT}),
    (ANNA, "other channel", OTHER_CHANNEL, NOTHING),
    (ANNA, "proposal", PROPOSALS, NOTHING),
    (ANNA, "another namespace", ELSEWHERE, NOTHING),
    (BOB, "another's", ANNAS, NOTHING),
    (ADMIN, "own", Key.person(TEAM, "U9"), ALL),
    (ADMIN, "workspace", WORKSPACE, ALL - {EMPTY} | {PROPOSE}),
    (ADMIN, "channel", IN_CHANNEL, {READ, CREATE, EDIT, SWITCH, DELETE, TEXT, REASON_DELETE}),
    (ADMIN, "other channel", OTHER_CHANNEL, {READ, EDIT, SWITCH, DELETE, TEXT, REASON_OFF, REASON_DELETE}),
    (ADMIN, "proposal", PROPOSALS, {READ, TEXT}),
    (ADMIN, "another's", ANNAS, {READ, SWITCH, DELETE, REASON_OFF, REASON_DELETE}),
    (ADMIN, "another namespace", ELSEWHERE, NOTHING),
    (GUEST, "own", Key.person(TEAM, "U7"), ALL),
    (GUEST, "workspace", WORKSPACE, NOTHING),
    (GUEST, "channel", IN_CHANNEL, {READ, SWITCH, TEXT}),
    (GUEST, "other channel", OTHER_CHANNEL, NOTHING),
    (GUEST, "proposal", PROPOSALS, NOTHING),
    (GUEST, "another's", ANNAS, NOTHING),
    (OUTSIDER, "own", Key.person(TEAM, "U8"), NOTHING),
    (OUTSIDER, "workspace", WORKSPACE, NOTHING),
    (OUTSIDER, "channel", IN_CHANNEL, NOTHING),
    (OUTSIDER, "proposal", PROPOSALS, NOTHING),
    (OUTSIDER, "another's", ANNAS, NOTHING),
    (STRANGER, "same user id elsewhere", ANNAS, NOTHING),
    (STRANGER, "workspace", WORKSPACE, NOTHING),
    (STRANGER, "same channel id elsewhere", IN_CHANNEL, NOTHING),
    (STRANGE_ADMIN, "another's", ANNAS, NOTHING),
    (STRANGE_ADMIN, "workspace", WORKSPACE, NOTHING),
    (STRANGE_ADMIN, "proposal", PROPOSALS, NOTHING),
    (OPERATOR, "anybody's", ANNAS, ALL),
    (OPERATOR, "workspace", WORKSPACE, ALL),
    (OPERATOR, "channel", IN_CHANNEL, ALL),
    (OPERATOR, "proposal", PROPOSALS, ALL),
    (OPERATOR, "another namespace", ELSEWHERE, ALL),
]


def memory_of(key: Key, *, by: Actor = OPERATOR) -> Memory:
    return new_memory(NewMemory(key, "private words"), number=1, actor=by, now=datetime.now(UTC))


def allowed(actor: Actor, memory: Memory) -> set[str]:
    """What the policy lets this actor do to this memory and its key."""
    asked = {
        READ: may_know(actor, memory),
        CREATE: may_create(actor, memory.key),
        EDIT: may_change(actor, memory, Changes(text="other words")),
        SWITCH: may_change(actor, memory, Changes(disabled=True)),
        DELETE: may_delete(actor, memory),
        TEXT: may_know(actor, memory) and sees_text(actor, memory, full_review=False),
        EMPTY: may_empty(actor, memory.key),
        PROPOSE: may_propose(actor, memory.key),
        REASON_OFF: may_change(actor, memory, Changes(disabled=True)) and needs_reason(actor, memory),
        REASON_DELETE: may_delete(actor, memory) and needs_reason(actor, memory, deleting=True),
    }
    return {verb for verb, yes in asked.items() if yes}


@pytest.mark.parametrize(
    ("actor", "key", "verbs"),
    [pytest.param(actor, key, verbs, id=f"{actor.role}-{actor.id}-{what}") for actor, what, key, verbs in TABLE],
)
def test_the_table_of_who_may_do_what(actor: Actor, key: Key, verbs: set[str]) -> None:
    assert allowed(actor, memory_of(key)) == verbs


def test_a_member_changes_in_the_channel_what_they_made_and_only_while_in_it() -> None:
    mine = memory_of(IN_CHANNEL, by=ANNA)
    assert allowed(ANNA, mine) == {READ, CREATE, EDIT, SWITCH, DELETE, TEXT}
    assert allowed(replace(ANNA, channel="C2"), mine) == NOTHING
    assert allowed(BOB, mine) == {READ, CREATE, SWITCH, TEXT}


def test_who_has_become_a_guest_still_changes_in_the_channel_what_they_made() -> None:
    assert allowed(GUEST, memory_of(IN_CHANNEL, by=GUEST)) == {READ, EDIT, SWITCH, DELETE, TEXT}


def test_an_admin_needs_no_reason_for_what_they_made_themselves() -> None:
    mine = memory_of(OTHER_CHANNEL, by=ADMIN)
    assert allowed(ADMIN, mine) == {READ, EDIT, SWITCH, DELETE, TEXT}


@pytest.mark.parametrize(
    "changes", [Changes(text="x"), Changes(pinned=True), Changes(disabled=True, priority=1), Changes(tags=())]
)
@pytest.mark.parametrize("actor", [BOB, GUEST])
def test_who_made_it_not_only_switches_in_the_channel(actor: Actor, changes: Changes) -> None:
    assert not may_change(actor, memory_of(IN_CHANNEL, by=ANNA), changes)
    assert may_change(actor, memory_of(IN_CHANNEL, by=ANNA), Changes(disabled=False))


def test_a_proposal_is_seen_and_withdrawn_by_who_made_it_and_changed_by_nobody() -> None:
    mine = memory_of(PROPOSALS, by=ANNA)
    assert allowed(ANNA, mine) == {READ, DELETE, TEXT}
    assert allowed(BOB, mine) == NOTHING
    assert allowed(ADMIN, mine) == {READ, TEXT}
    assert allowed(ADMIN, memory_of(PROPOSALS, by=ADMIN)) == {READ, DELETE, TEXT}
    assert allowed(replace(ANNA, role=GUEST.role), mine) == NOTHING


@pytest.mark.parametrize(
    "changes",
    [
        Changes(text="x"),
        Changes(visibility="open"),
        Changes(pinned=True),
        Changes(tags=()),
        Changes(disabled=True, priority=1),
    ],
)
def test_an_admin_changes_no_word_of_another_person(changes: Changes) -> None:
    assert not may_change(ADMIN, memory_of(ANNAS), changes)


def test_an_admin_sees_open_texts_and_with_full_review_all() -> None:
    private = memory_of(ANNAS)
    assert sees_text(ADMIN, replace(private, visibility="open"), full_review=False)
    assert not sees_text(ADMIN, private, full_review=False)
    assert sees_text(ADMIN, private, full_review=True)


@pytest.mark.parametrize("actor", [ANNA, GUEST, OUTSIDER, STRANGER, STRANGE_ADMIN])
def test_only_admins_of_the_workspace_and_the_operator_review_it(actor: Actor) -> None:
    assert not may_review(actor, TEAM)
    assert may_review(ADMIN, TEAM)
    assert not may_review(ADMIN, OTHER_TEAM)
    assert not may_review(ADMIN, "")
    assert may_review(OPERATOR, TEAM)


def test_nobody_owns_a_key_without_a_person() -> None:
    assert not owns(replace(ANNA, user=""), Key.person(TEAM, ""))


ATTEMPTS: dict[str, Callable[[MemoryStore, Actor, str], object]] = {
    "get": lambda store, actor, memory_id: store.get(actor, memory_id),
    "get with a reason": lambda store, actor, memory_id: store.get(actor, memory_id, reason="curious"),
    "look": lambda store, actor, memory_id: store.look(actor, memory_id),
    "edit": lambda store, actor, memory_id: store.update(actor, memory_id, Changes(text="mine now")),
    "edit a stale one": lambda store, actor, memory_id: store.update(
        actor, memory_id, Changes(text="mine now"), expected_revision=99
    ),
    "disable": lambda store, actor, memory_id: store.update(actor, memory_id, Changes(disabled=True)),
    "change nothing": lambda store, actor, memory_id: store.update(actor, memory_id, Changes()),
    "delete": lambda store, actor, memory_id: store.delete(actor, memory_id),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("actor", [BOB, GUEST, OUTSIDER, STRANGER, STRANGE_ADMIN], ids=lambda actor: actor.role)
async def test_anothers_id_answers_exactly_like_an_unknown_id(store: MemoryStore, attempt: str, actor: Actor) -> None:
    memory = await store.create(ANNA, saying("Anna's words"))
    answers = []
    for memory_id in (memory.id, "mem_00000000000000000000000000000000", "", "mem_\0", "mem_\ud800", "m1"):
        with pytest.raises(MemoryNotFound) as refusal:
            await ATTEMPTS[attempt](store, actor, memory_id)  # type: ignore[misc]
        answers.append((type(refusal.value), refusal.value.args))
    assert len(set(answers)) == 1
    assert await store.get(ANNA, memory.id) == memory


async def test_anothers_number_answers_exactly_like_an_unknown_number(store: MemoryStore) -> None:
    await store.create(ANNA, saying("Anna's words"))
    answers = []
    for number in (1, 2, 0, -1, 999_999_999):
        with pytest.raises(MemoryNotFound) as refusal:
            await store.get_number(BOB, ANNAS, number)
        answers.append(refusal.value.args)
    assert len(set(answers)) == 1
