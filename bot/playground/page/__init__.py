"""The playground in a browser: the stand-in Slack, with a view under the bot's hood."""

from bot.playground.page.hood import Completion, Hood, Shortcut
from bot.playground.page.server import PlaygroundPage
from bot.playground.page.world import World

__all__ = ["Completion", "Hood", "PlaygroundPage", "Shortcut", "World"]
