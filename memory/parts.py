"""Everything that keeps, recalls and answers, opened once and handed on as one value."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from memory.clock import Clock, utc_now
from memory.database.open import Database, open_database
from memory.model.language_model import LanguageModel
from memory.model.litellm_model import open_model
from memory.recall.recall import Recall
from memory.settings import MemorySettings
from memory.store.limits import Limits
from memory.store.rates import Rate, Rates
from memory.store.store import MemoryStore
from memory.turns import Turns


@dataclass(frozen=True, slots=True)
class Parts:
    """What every door works with. `system_prompt` is the operator's own, without any memory."""

    database: Database
    store: MemoryStore
    turns: Turns
    recall: Recall
    model: LanguageModel
    limits: Limits
    clock: Clock
    system_prompt: str = ""


def joined(
    database: Database,
    model: LanguageModel,
    *,
    limits: Limits | None = None,
    budget: int = 500,
    clock: Clock = utc_now,
    system_prompt: str = "",
) -> Parts:
    """The parts over an open database. `budget` is in tokens."""
    limits = limits or Limits()
    store = MemoryStore(database, limits, clock=clock)
    recall = Recall(database, budget=budget, clock=clock)
    return Parts(database, store, Turns(database, limits.answers), recall, model, limits, clock, system_prompt)


def limits_of(settings: MemorySettings) -> Limits:
    """The limits that the settings name."""
    saves = Rates(
        Rate(settings.saves_per_minute, settings.saves_per_day),
        Rate(settings.workspace_saves_per_minute, settings.workspace_saves_per_day),
    )
    answers = Rates(
        Rate(settings.answers_per_minute, settings.answers_per_day),
        Rate(settings.workspace_answers_per_minute, settings.workspace_answers_per_day),
    )
    return Limits(settings.memories_per_key, settings.admin_review == "full", saves, answers)


def chosen_model(settings: MemorySettings) -> AbstractAsyncContextManager[LanguageModel]:
    """The language model that the settings name."""
    return open_model(
        settings.llm_model,
        api_base=settings.llm_api_base or None,
        api_key=settings.llm_api_key or None,
        timeout=settings.llm_timeout,
    )


@asynccontextmanager
async def open_parts(
    settings: MemorySettings,
    opened: AbstractAsyncContextManager[LanguageModel] | None = None,
    clock: Clock = utc_now,
) -> AsyncIterator[Parts]:
    """Open the database, as its only process where it is SQLite, and the model. Raises StorageFailed.

    `opened` is another model than the settings name.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings.database_url, alone=True))
        model = await stack.enter_async_context(opened or chosen_model(settings))
        yield joined(
            database,
            model,
            limits=limits_of(settings),
            budget=settings.memory_token_budget,
            clock=clock,
            system_prompt=settings.system_prompt,
        )
