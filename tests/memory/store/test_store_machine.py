"""The store against a dictionary: whatever people in two workspaces do, nothing leaks and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from memory.database import tables
from memory.database.open import open_database
from memory.errors import MemoryExists, MemoryNotFound, MemoryPaused, NotPermitted
from memory.models import Actor, Changes, Filter, Key, Memory
from memory.recall.audience import Audience
from memory.recall.recall import Recall
from memory.store.store import MemoryStore
from memory.text.clean import digest
from tests.people import person, saying

PEOPLE = {actor.id: actor for actor in (person("U1"), person("U2"), person("U1", team="T2"), person("U2", team="T2"))}
people = st.sampled_from(list(PEOPLE.values()))
words = st.sampled_from(["tea", "Tea.", "coffee", "water", "milk", "juice"])


def own(actor: Actor) -> Key:
    return Key.person(actor.team, actor.user)


class StoreMachine(RuleBasedStateMachine):
    """Does what people do, and remembers in dictionaries what must be so."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opened = open_database(self.url)
        self.database = self.run(self.opened.__aenter__())
        self.run(self.clear())
        self.store = MemoryStore(self.database)
        self.recall = Recall(self.database, budget=5000)
        self.kept: dict[str, dict[str, Memory]] = {name: {} for name in PEOPLE}
        self.numbers = dict.fromkeys(PEOPLE, 0)
        self.paused: set[str] = set()
        self.changes = 0

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    async def clear(self) -> None:
        async with self.database.transaction() as tx:
            for table in tables.metadata.sorted_tables:
                await tx.execute(sa.delete(table))

    def teardown(self) -> None:
        self.run(self.opened.__aexit__(None, None, None))
        self.runner.close()

    def some(self, data: st.DataObject) -> tuple[Actor, Memory]:
        name = data.draw(st.sampled_from([name for name, memories in self.kept.items() if memories]))
        return PEOPLE[name], data.draw(st.sampled_from(list(self.kept[name].values())))

    def same(self, actor: Actor, text: str) -> list[str]:
        return [each.id for each in self.kept[actor.id].values() if digest(each.text) == digest(text)]

    @rule(actor=people, text=words)
    def create(self, actor: Actor, text: str) -> None:
        work = self.store.create(actor, saying(text, own(actor)))
        if actor.id in self.paused or self.same(actor, text):
            with pytest.raises(MemoryPaused if actor.id in self.paused else MemoryExists):
                self.run(work)
            return
        memory = self.run(work)
        self.numbers[actor.id] += 1
        assert memory.number == self.numbers[actor.id]
        self.kept[actor.id][memory.id] = memory
        self.changes += 1

    @precondition(lambda self: any(self.kept.values()))
    @rule(
        data=st.data(),
        changes=st.one_of(
            st.builds(Changes, disabled=st.booleans()),
            st.builds(Changes, pinned=st.booleans()),
            st.builds(Changes, text=words),
        ),
    )
    def update(self, data: st.DataObject, changes: Changes) -> None:
        actor, memory = self.some(data)
        work = self.store.update(actor, memory.id, changes, expected_revision=memory.revision)
        wanted = {name: getattr(changes, name) for name in ("text", "pinned", "disabled")}
        wanted = {name: value for name, value in wanted.items() if value != "unset"}
        if all(getattr(memory, name) == value for name, value in wanted.items()):
            assert self.run(work) == memory
            return
        taken = "text" in wanted and set(self.same(actor, wanted["text"])) - {memory.id}
        if (actor.id in self.paused and wanted != {"disabled": True}) or taken:
            with pytest.raises((MemoryPaused, MemoryExists)):
                self.run(work)
            return
        changed = self.run(work)
        assert changed.revision == memory.revision + 1
        assert {name: getattr(changed, name) for name in wanted} == wanted
        self.kept[actor.id][memory.id] = changed
        self.changes += 1

    @precondition(lambda self: any(self.kept.values()))
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        actor, memory = self.some(data)
        self.run(self.store.delete(actor, memory.id))
        del self.kept[actor.id][memory.id]
        self.changes += 1

    @rule(actor=people, paused=st.booleans())
    def pause(self, actor: Actor, paused: bool) -> None:
        self.run(self.store.pause(actor, own(actor), paused=paused))
        self.changes += paused != (actor.id in self.paused)
        (self.paused.add if paused else self.paused.discard)(actor.id)

    @precondition(lambda self: any(self.kept.values()))
    @rule(data=st.data(), intruder=people)
    def intrude(self, data: st.DataObject, intruder: Actor) -> None:
        owner, memory = self.some(data)
        if intruder == owner:
            return
        for work in (
            self.store.get(intruder, memory.id),
            self.store.delete(intruder, memory.id),
            self.store.update(intruder, memory.id, Changes(disabled=True)),
            self.store.get_number(intruder, memory.key, memory.number),
        ):
            with pytest.raises(MemoryNotFound):
                self.run(work)
        with pytest.raises(NotPermitted):
            self.run(self.store.find(intruder, memory.key, Filter()))

    @invariant()
    def everybody_has_their_own_and_nothing_else(self) -> None:
        for name, actor in PEOPLE.items():
            mine = self.kept[name]
            found = self.run(self.store.find(actor, own(actor)))
            assert {memory.id: memory for memory in found.memories} == mine
            audience = Audience(own(actor), Key.workspace(actor.team), alone=True)
            recalled = {memory.id for memory in self.run(self.recall.recall(audience)).memories}
            on = {memory.id for memory in mine.values() if not memory.disabled}
            assert recalled == (set() if name in self.paused else on)

    @invariant()
    def each_change_is_in_the_log_once(self) -> None:
        async def rows() -> int:
            async with self.database.reading() as connection:
                return await connection.scalar(sa.select(sa.func.count()).select_from(tables.audit)) or 0

        assert self.run(rows()) == self.changes


def test_the_store_does_what_a_dictionary_does(database_url: str) -> None:
    machine = type("Machine", (StoreMachine,), {"url": database_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=4,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
