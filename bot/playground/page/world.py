"""One stand-in workspace with the bot in it. A reset puts a new one in its place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from bot.playground.page.inside import Inside
from bot.playground.standin.standin import StandInSlack


@dataclass(frozen=True, slots=True)
class World:
    """The stand-in Slack, and the inside of the bot that is connected to it."""

    slack: StandInSlack
    inside: Inside


OpenWorld = Callable[[bool], AbstractAsyncContextManager[World]]
"""Opens a new world. True asks for the demo model, whose answers are the same every time."""
