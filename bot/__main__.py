"""What was typed: run the bot, open its playground (browser or `chat`), `doctor`, `migrate`, `rotate-keys`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping
from functools import partial

from slack_sdk.errors import SlackApiError

from bot.maintenance import examined, migrated, rotated
from bot.playground.run import can_browse, open_page, open_terminal
from bot.run import serve
from bot.settings import Way, read_slack_settings
from bot.slack.calls import FAULTS, fault
from memory.errors import StorageFailed
from memory.logs import set_up_logging
from memory.settings import SettingsError, environment, read_settings, share_provider_keys

BESIDE_SLACK = (
    "SLACK_BOT_TOKEN is set, so this looks like the place of a real bot. To open the playground all the same: "
    ".venv/bin/python -m bot playground --beside-slack"
)


def start(env: Mapping[str, str], way: str | None, *, beside_slack: bool) -> int:
    """Run in the way that was asked for, else in the one that the settings ask for."""
    memory, slack = read_settings(env), read_slack_settings(env)
    share_provider_keys(env)
    if way == "chat":
        set_up_logging("ERROR")
        return asyncio.run(open_terminal(memory, env))
    if way == "playground" or slack.way is Way.PLAYGROUND:
        if slack.slack_bot_token and not beside_slack:
            raise SettingsError(BESIDE_SLACK)
        set_up_logging("ERROR")
        return asyncio.run(open_page(memory, slack, browse=can_browse(env)))
    set_up_logging(memory.log_level)
    asyncio.run(serve(memory, slack))
    return 0


def main() -> int:
    """Choose what to do: run the bot, examine it, change its tables, or renew the encryption of its tokens."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="A Slack bot that remembers.")
    parser.add_argument(
        "way",
        nargs="?",
        choices=["playground", "chat", "doctor", "migrate", "rotate-keys"],
        help="playground: try it in a browser, without Slack; chat: in this terminal; doctor: examine it; "
        "migrate: bring the tables up to date, as every start does; "
        "rotate-keys: encrypt Slack's tokens with the newest TOKEN_ENCRYPTION_KEY",
    )
    parser.add_argument("--beside-slack", action="store_true", help="open the playground although a Slack token is set")
    parser.add_argument("--post", action="store_true", help="migrate: all of it, as no older replica is left")
    chosen = parser.parse_args()
    chores: dict[str, Callable[[], int]] = {
        "doctor": examined,
        "migrate": partial(migrated, post=chosen.post),
        "rotate-keys": rotated,
    }
    if chosen.way in chores:
        return chores[chosen.way]()
    try:
        return start(environment(), chosen.way, beside_slack=chosen.beside_slack)
    except KeyboardInterrupt:
        return 130
    except (SettingsError, StorageFailed) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 1
    except SlackApiError as error:
        print(f"Slack refused the token: {fault(error)}.", file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 1
    except FAULTS as error:
        print(f"The bot cannot start: {fault(error)}.", file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 1


if __name__ == "__main__":
    sys.exit(main())
