"""Proposals: nobody's memory before an admin says so, decided once, and their proposer is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from memory.database import tables
from memory.database.open import Database, open_database
from memory.errors import (
    MemoryExists,
    MemoryInvalid,
    MemoryLimitReached,
    MemoryNotFound,
    MemoryPaused,
    NotPermitted,
    ProposalSettled,
    SecretSeen,
    StorageFailed,
)
from memory.models import Actor, Changes, Filter, Key, Memory
from memory.recall.audience import Audience
from memory.recall.recall import Recall
from memory.store.limits import Limits
from memory.store.notices import Notices
from memory.store.store import MemoryStore
from tests.people import (
    ADMIN,
    ANNA,
    ANNAS,
    BOB,
    CHANNEL,
    GUEST,
    OPERATOR,
    OUTSIDER,
    STRANGE_ADMIN,
    STRANGER,
    TEAM,
    WORKSPACE,
    person,
    saying,
)

SECOND = person("U10", ADMIN.role, channel=CHANNEL)
PROPOSALS = Key.proposals(TEAM)


async def proposed(store: MemoryStore, text: str = "we deploy on Tuesdays", by: Actor = ANNA) -> Memory:
    return await store.create(by, saying(text, WORKSPACE))


async def waiting(database: Database) -> list[tuple[str, str, Any]]:
    async with database.reading() as connection:
        rows = await connection.execute(sa.select(tables.notices).order_by(tables.notices.c.id))
        return [(row.user, row.kind, row.about) for row in rows]


async def verbs(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list(await connection.scalars(sa.select(tables.audit.c.verb).order_by(tables.audit.c.id)))


async def test_what_a_member_says_for_the_workspace_is_nobodys_memory_before_it_is_approved(
    database: Database, store: MemoryStore
) -> None:
    proposal = await proposed(store)
    assert (proposal.proposed, proposal.key, proposal.visibility) == (True, PROPOSALS, "open")
    audience = Audience(ANNAS, WORKSPACE, Key.channel(TEAM, CHANNEL), alone=True)
    recall = Recall(database, budget=500)
    assert (await recall.recall(audience)).memories == ()
    for actor in (ANNA, BOB, ADMIN):
        assert (await store.find(actor, WORKSPACE)).total == 0
    assert (await store.find(ANNA, ANNAS)).total == 0
    for state in ("all", "on", "off", "expired"):
        assert (await store.review(ADMIN, TEAM, Filter(state=state))).total == 0
    assert (await store.review(ADMIN, TEAM, Filter(words="deploy"))).total == 0
    assert (await store.review(ADMIN, TEAM, Filter(state="proposed"))).memories == (proposal,)
    async with database.reading() as connection:
        count = sa.select(tables.keys.c.memories).where(tables.keys.c.value == WORKSPACE.value)
        assert not await connection.scalar(count)
    with pytest.raises(MemoryNotFound):
        await store.get_number(ANNA, WORKSPACE, 1)
    approved = await store.proposals.approve(ADMIN, proposal.id)
    assert (await recall.recall(audience)).memories == (approved,)


async def test_an_approved_proposal_is_the_workspaces_next_memory_and_keeps_its_id_and_source(
    database: Database, store: MemoryStore
) -> None:
    await store.create(ADMIN, saying("we like tea", WORKSPACE))
    proposal = await proposed(store)
    approved = await store.proposals.approve(ADMIN, proposal.id, text=" we deploy on Mondays ")
    assert approved == replace(
        proposal,
        key=WORKSPACE,
        number=2,
        text=" we deploy on Mondays ",
        revision=2,
        updated_at=approved.updated_at,
        updated_by=ADMIN.id,
    )
    assert await store.get(BOB, proposal.id) == await store.get_number(BOB, WORKSPACE, 2) == approved
    assert await verbs(database) == ["create", "propose", "approve"]
    entry = (await store.audit.entries(ADMIN, team=TEAM))[0]
    assert (entry.key, entry.number, entry.before) == (WORKSPACE.value, 2, {"text": "we deploy on Tuesdays"})
    assert (await store.create(ADMIN, saying("new", WORKSPACE))).number == 3
    about = {"number": 2, "text": approved.text, "changed": True, "by": "U9"}
    assert await waiting(database) == [("U1", "approved", about)]
    for verb in (store.update(ANNA, approved.id, Changes(text="x")), store.delete(ANNA, approved.id)):
        with pytest.raises(NotPermitted):  # it is the admins' now
            await verb


async def test_a_rejected_proposal_is_gone_with_its_words_and_the_proposer_gets_the_reason(
    database: Database, store: MemoryStore
) -> None:
    proposal = await proposed(store, "quokka")
    assert await store.proposals.reject(ADMIN, proposal.id, reason=" not ours ") == proposal
    assert (await store.proposals.find(ADMIN, TEAM)).total == 0
    assert await waiting(database) == [("U1", "rejected", {"text": "quokka", "reason": "not ours", "by": "U9"})]
    log = await store.audit.entries(ADMIN, team=TEAM)
    assert [(entry.verb, entry.reason) for entry in log] == [("reject", "not ours"), ("propose", None)]
    assert "quokka" not in str(log)
    assert await proposed(store, "quokka")  # and may be proposed again


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (lambda store, each: store.proposals.approve(ADMIN, each.id), "approved already: it is m1 of the workspace"),
        (lambda store, each: store.proposals.reject(ADMIN, each.id), "rejected already"),
        (lambda store, each: store.delete(ANNA, each.id), "withdrawn by whoever made it"),
        (lambda store, each: store.delete_all(ANNA, ANNAS), "deleted"),
    ],
    ids=["approved", "rejected", "withdrawn", "forgotten"],
)
async def test_what_is_decided_is_refused_with_what_became_of_it(
    database: Database, store: MemoryStore, first: Callable[[MemoryStore, Memory], Any], said: str
) -> None:
    proposal = await proposed(store)
    await first(store, proposal)
    before = await verbs(database)
    for verb in (store.proposals.approve, store.proposals.reject):
        with pytest.raises(ProposalSettled, match=said):
            await verb(SECOND, proposal.id)
    assert await verbs(database) == before


async def test_an_approved_one_that_was_deleted_since_says_so(store: MemoryStore) -> None:
    proposal = await proposed(store)
    await store.proposals.approve(ADMIN, proposal.id)
    await store.delete(ADMIN, proposal.id)
    with pytest.raises(ProposalSettled, match="approved already, and deleted since"):
        await store.proposals.reject(ADMIN, proposal.id)


@pytest.mark.parametrize("other", ["reject", "approve", "withdraw"])
async def test_of_two_who_decide_at_once_exactly_one_wins(database_url: str, database: Database, other: str) -> None:
    async with open_database(database_url) as second:
        one, two = MemoryStore(database), MemoryStore(second)
        for each in range(10):
            proposal = await proposed(one, f"fact {each}")
            rivals: dict[str, Coroutine[Any, Any, Memory | None]] = {
                "reject": two.proposals.reject(SECOND, proposal.id),
                "approve": two.proposals.approve(SECOND, proposal.id, text=f"other {proposal.number}"),
                "withdraw": two.delete(ANNA, proposal.id),
            }
            rival = rivals.pop(other)
            for unused in rivals.values():
                unused.close()
            answers = await asyncio.gather(one.proposals.approve(ADMIN, proposal.id), rival, return_exceptions=True)
            kinds = [type(answer) for answer in answers]
            assert kinds.count(Memory) == 1, answers
            assert kinds.count(ProposalSettled) + kinds.count(MemoryNotFound) + kinds.count(NotPermitted) == 1, answers
        found = (await one.find(ADMIN, WORKSPACE)).memories
        assert sorted(memory.number for memory in found) == list(range(1, len(found) + 1))


@pytest.mark.parametrize("actor", [ANNA, BOB, GUEST, OUTSIDER, STRANGER])
async def test_only_admins_decide(store: MemoryStore, actor: Actor) -> None:
    proposal = await proposed(store)
    for verb in (store.proposals.approve, store.proposals.reject):
        for memory_id in (proposal.id, "mem_unknown", "mem_\0"):
            with pytest.raises(NotPermitted, match="Only admins"):
                await verb(actor, memory_id)
    with pytest.raises(NotPermitted):
        await store.proposals.notify(actor, on=True)
    assert (await store.proposals.find(ADMIN, TEAM)).memories == (proposal,)


async def test_an_admin_of_another_workspace_knows_of_none(store: MemoryStore) -> None:
    proposal = await proposed(store)
    anothers = await store.create(ANNA, saying("tea"))
    for memory_id in (proposal.id, anothers.id, "mem_unknown", "mem_\0"):
        with pytest.raises(MemoryNotFound, match="There is no such proposal"):
            await store.proposals.approve(STRANGE_ADMIN, memory_id)
    assert (await store.proposals.find(STRANGE_ADMIN, TEAM)).total == 0
    with pytest.raises(MemoryNotFound):
        await store.proposals.approve(ADMIN, anothers.id)  # an ordinary memory is no proposal
    await store.proposals.approve(ADMIN, proposal.id)
    with pytest.raises(MemoryNotFound):
        await store.proposals.approve(STRANGE_ADMIN, proposal.id)


@pytest.mark.parametrize("actor", [GUEST, OUTSIDER, STRANGER])
async def test_who_is_no_member_proposes_nothing(store: MemoryStore, actor: Actor) -> None:
    with pytest.raises(NotPermitted):
        await proposed(store, by=actor)


async def test_who_has_paused_proposes_nothing(store: MemoryStore) -> None:
    await store.pause(ANNA, ANNAS, paused=True)
    with pytest.raises(MemoryPaused):
        await proposed(store)


async def test_a_proposer_sees_and_withdraws_her_own_and_nobody_elses(database: Database, store: MemoryStore) -> None:
    mine, other = await proposed(store), await proposed(store, "we like tea", by=BOB)
    assert (await store.proposals.find(ANNA, TEAM)).memories == (mine,)
    assert (await store.proposals.find(ADMIN, TEAM, own=True)).memories == ()
    assert await store.get(ANNA, mine.id) == mine
    for attempt in (store.get(ANNA, other.id), store.delete(ANNA, other.id)):
        with pytest.raises(MemoryNotFound):
            await attempt
    with pytest.raises(NotPermitted):
        await store.update(ANNA, mine.id, Changes(text="we deploy on Mondays"))
    with pytest.raises(NotPermitted):
        await store.update(ADMIN, mine.id, Changes(disabled=True))
    with pytest.raises(NotPermitted):
        await store.delete(ADMIN, mine.id)  # an admin rejects it, and she is told
    assert await store.delete(ANNA, mine.id) == mine
    assert (await verbs(database))[-1] == "withdraw"
    assert "Tuesdays" not in str(await store.audit.entries(ADMIN, team=TEAM))


async def test_the_queue_is_paged_oldest_first(store: MemoryStore) -> None:
    for each in range(5):
        await proposed(store, f"fact {each}", by=ANNA if each % 2 else BOB)
    pages = [await store.proposals.find(ADMIN, TEAM, offset=offset, limit=2) for offset in (0, 2, 4)]
    texts = [[memory.text for memory in page.memories] for page in pages]
    assert texts == [["fact 0", "fact 1"], ["fact 2", "fact 3"], ["fact 4"]]
    assert {page.total for page in pages} == {5}


async def test_a_duplicate_is_refused_at_once_and_once_more_when_it_is_approved(store: MemoryStore) -> None:
    await store.create(ADMIN, saying("we like tea", WORKSPACE))
    with pytest.raises(MemoryExists, match="it is m1"):
        await proposed(store, "We like TEA.")
    proposal = await proposed(store)
    with pytest.raises(MemoryExists, match="proposed already, and waits"):
        await proposed(store, "WE deploy on Tuesdays", by=BOB)
    await store.create(ADMIN, saying("we deploy on Tuesdays!", WORKSPACE))
    with pytest.raises(MemoryExists, match="it is m2"):
        await store.proposals.approve(ADMIN, proposal.id)
    assert (await store.proposals.approve(ADMIN, proposal.id, text="we deploy on Mondays")).number == 3


async def test_a_text_that_cannot_be_a_memory_is_refused_and_the_proposal_still_waits(store: MemoryStore) -> None:
    proposal = await proposed(store)
    for text, error in ((" ", MemoryInvalid), ("x" * 2001, MemoryInvalid), ("password: hunter2-Tr0ub4dor", SecretSeen)):
        with pytest.raises(error):
            await store.proposals.approve(ADMIN, proposal.id, text=text)
    assert (await store.proposals.find(ADMIN, TEAM)).memories == (proposal,)


async def test_the_caps_of_the_workspace_and_of_the_queue_are_two(database: Database) -> None:
    store = MemoryStore(database, Limits(per_key=2))
    proposals = [await proposed(store, f"fact {each}") for each in range(2)]
    with pytest.raises(MemoryLimitReached):
        await proposed(store, "fact 3")
    for each in range(2):
        await store.create(ADMIN, saying(f"memory {each}", WORKSPACE))
    with pytest.raises(MemoryLimitReached):
        await store.proposals.approve(ADMIN, proposals[0].id)
    await store.delete(ADMIN, (await store.get_number(ADMIN, WORKSPACE, 1)).id)
    await store.proposals.approve(ADMIN, proposals[0].id)
    assert await proposed(store, "fact 4")


async def test_an_expired_proposal_is_not_approved(database: Database) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    store = MemoryStore(database, clock=lambda: now)
    proposal = await store.create(ANNA, replace(saying("tea", WORKSPACE), expires_at=now + timedelta(hours=1)))
    now += timedelta(hours=2)
    with pytest.raises(MemoryInvalid, match="expired"):
        await store.proposals.approve(ADMIN, proposal.id)
    await store.proposals.reject(ADMIN, proposal.id)


async def test_a_repeated_request_proposes_once_and_follows_the_approval(store: MemoryStore) -> None:
    new = saying("we deploy on Tuesdays", WORKSPACE)
    first = await store.create(ANNA, new, request_id="Ev1:0")
    assert await store.create(ANNA, new, request_id="Ev1:0") == first
    approved = await store.proposals.approve(ADMIN, first.id)
    assert await store.create(ANNA, new, request_id="Ev1:0") == approved


async def test_only_admins_who_asked_hear_of_proposals_and_of_several_once(
    database: Database, store: MemoryStore
) -> None:
    await proposed(store, "nobody asked")
    assert await waiting(database) == []
    for admin in (ADMIN, SECOND, SECOND):
        await store.proposals.notify(admin, on=True)
    await store.proposals.notify(STRANGE_ADMIN, on=True)
    assert [await store.proposals.notified(each) for each in (ADMIN, ANNA)] == [True, False]
    await proposed(store, "one")
    await proposed(store, "two")
    assert {(user, kind) for user, kind, _ in await waiting(database)} == {("U9", "proposed"), ("U10", "proposed")}
    assert len(await waiting(database)) == 2
    await store.proposals.notify(ADMIN, on=False)
    notices = Notices(database)
    while notice := await notices.take():
        await notices.done(notice)
    await proposed(store, "three")
    assert [user for user, _, _ in await waiting(database)] == ["U10"]


async def test_without_its_notice_nothing_is_decided(database: Database, store: MemoryStore) -> None:
    proposal = await proposed(store)
    async with database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE notices RENAME TO hidden"))
    try:
        for verb in (store.proposals.approve, store.proposals.reject):
            with pytest.raises(StorageFailed):
                await verb(ADMIN, proposal.id)
    finally:
        async with database.transaction() as tx:
            await tx.execute(sa.text("ALTER TABLE hidden RENAME TO notices"))
    assert (await store.proposals.find(ADMIN, TEAM)).memories == (proposal,)
    assert (await store.find(ADMIN, WORKSPACE)).total == 0


async def test_the_operator_decides_too(store: MemoryStore) -> None:
    assert (await store.proposals.approve(OPERATOR, (await proposed(store)).id)).number == 1


# -------------------------------------------------------------------------------------------- the same request again


async def test_a_request_that_is_repeated_says_what_the_first_did(database: Database, store: MemoryStore) -> None:
    proposals, one, two = store.proposals, await proposed(store, "we like tea"), await proposed(store, "we like mate")
    approved = await proposals.approve(ADMIN, one.id, text="we love tea", request_id="Ev1")
    assert await proposals.reject(ADMIN, two.id, reason="too bitter", request_id="Ev2") == two
    done, told = await verbs(database), await waiting(database)
    assert await proposals.approve(ADMIN, one.id, text="we love tea", request_id="Ev1") == approved
    assert await proposals.reject(ADMIN, two.id, reason="too bitter", request_id="Ev2") is None
    assert (await verbs(database), await waiting(database)) == (done, told)
    async with database.reading() as connection:
        kept = str((await connection.execute(sa.select(tables.requests))).all())
    assert not any(word in kept for word in ("tea", "mate", "bitter"))


@pytest.mark.parametrize("other", ["another request", "somebody else", "another verb", "no request"])
async def test_any_other_request_is_told_what_became_of_it(store: MemoryStore, other: str) -> None:
    proposal = await proposed(store)
    await store.proposals.approve(ADMIN, proposal.id, request_id="Ev1")
    verb = store.proposals.reject if other == "another verb" else store.proposals.approve
    request = {"another request": "Ev2", "no request": None}.get(other, "Ev1")
    with pytest.raises(ProposalSettled, match="approved already"):
        await verb(SECOND if other == "somebody else" else ADMIN, proposal.id, request_id=request)


async def test_a_repeated_approval_of_what_was_deleted_since_says_so(store: MemoryStore) -> None:
    proposal = await proposed(store)
    await store.proposals.approve(ADMIN, proposal.id, request_id="Ev1")
    await store.delete(ADMIN, proposal.id)
    with pytest.raises(ProposalSettled, match="approved already, and deleted since"):
        await store.proposals.approve(ADMIN, proposal.id, request_id="Ev1")


async def test_of_the_same_request_at_once_both_say_the_same(database_url: str, database: Database) -> None:
    async with open_database(database_url) as second:
        one, two = MemoryStore(database), MemoryStore(second)
        proposal = await proposed(one)
        both = (each.proposals.approve(ADMIN, proposal.id, request_id="Ev1") for each in (one, two))
        first, again = await asyncio.gather(*both)
        assert first == again


async def test_a_rejection_moves_nothing_of_the_workspace(database: Database, store: MemoryStore) -> None:
    """Its version is what everybody's Home waits for."""
    version = sa.select(tables.keys.c.version).where(tables.keys.c.value == WORKSPACE.value)
    await store.create(ADMIN, saying("we like tea", WORKSPACE))
    proposal = await proposed(store)
    async with database.reading() as connection:
        before = await connection.scalar(version)
    await store.proposals.reject(ADMIN, proposal.id)
    async with database.reading() as connection:
        assert await connection.scalar(version) == before
