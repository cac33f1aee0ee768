"""What an operator does besides running the bot: examine it, migrate its tables, encrypt its tokens anew."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import timedelta

from bot.people.encryption import TokenCipher
from bot.people.installations import Installations
from bot.settings import Way, read_slack_settings
from memory.database.open import open_database
from memory.errors import StorageFailed
from memory.logs import set_up_logging
from memory.model.litellm_model import setup_fault
from memory.settings import MemorySettings, SettingsError, environment, read_settings, share_provider_keys
from memory.store.doctor import Finding, examine


def examined() -> int:
    """Examine settings, model and database, with a line for each check and each fault; 1 when something is wrong."""
    well = True
    for finding in _findings():
        print(f"{'ok   ' if finding.well else 'FAULT'} {finding.line}", flush=True)  # noqa: T201 - who asked for it
        well = well and finding.well
    return 0 if well else 1


def _findings() -> Iterator[Finding]:
    try:
        env = environment()
        memory, slack = read_settings(env), read_slack_settings(env)
        yield Finding(True, f"settings: readable; the bot runs by {slack.way}")
    except SettingsError as error:
        yield Finding(False, f"settings: {error}")
        return
    share_provider_keys(env)
    yield _examined_model(memory)
    yield from examine(memory.database_url, timedelta(days=memory.purge_grace_days))


def _examined_model(memory: MemorySettings) -> Finding:
    """Whether the model has what it needs, without asking it."""
    name = memory.llm_model
    fault = setup_fault(name, api_base=memory.llm_api_base or None, api_key=memory.llm_api_key or None)
    return Finding(not fault, f"model: {fault or f'{name} is set up'}")


def rotated() -> int:
    """Encrypt every token with the newest key; 1 when that is not possible, with a sentence that says why."""
    try:
        env = environment()
        memory, slack = read_settings(env), read_slack_settings(env)
        if slack.way is not Way.OAUTH:
            raise SettingsError("There are no tokens to encrypt: SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are not set.")
        set_up_logging(memory.log_level)
        changed = asyncio.run(rotate_keys(memory.database_url, slack.token_encryption_key))
    except (SettingsError, StorageFailed) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 1
    print(f"Encrypted with the newest key: {changed}. Every other installation was already.")  # noqa: T201 - as above
    return 0


async def rotate_keys(database_url: str, keys: tuple[str, ...]) -> int:
    """Return how many installations were encrypted by an older key. Raises StorageFailed."""
    async with open_database(database_url, alone=True) as database:
        return await Installations(database, TokenCipher(keys)).rotate_keys()


def migrated(*, post: bool) -> int:
    """Bring the tables up to date, as a start does; 1 when that is not possible, with a sentence that says why."""
    try:
        memory = read_settings(environment())
        set_up_logging(memory.log_level)
        asyncio.run(migrate(memory.database_url, post=post))
    except (SettingsError, StorageFailed) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 1
    print("The tables are up to date.")  # noqa: T201 - as above
    return 0


async def migrate(database_url: str, *, post: bool) -> None:
    """Bring the tables up to date; `post`: the steps too that no older replica may see. Raises StorageFailed."""
    async with open_database(database_url, alone=True, post=post):
        pass
