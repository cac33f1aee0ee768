"""A stand-in Slack on loopback, and the ways to talk through it."""

from bot.playground.conversation import Conversation
from bot.playground.delivery import DeliveryRules
from bot.playground.human import Ack, Button, Person, Seen
from bot.playground.people import Channel, Installation, Team, User
from bot.playground.refusal import NotPossible
from bot.playground.standin import StandInSlack
from bot.playground.terminal import converse, keyboard, play
from bot.playground.workspace import Workspace, demo_workspace

__all__ = [
    "Ack",
    "Button",
    "Channel",
    "Conversation",
    "DeliveryRules",
    "Installation",
    "NotPossible",
    "Person",
    "Seen",
    "StandInSlack",
    "Team",
    "User",
    "Workspace",
    "converse",
    "demo_workspace",
    "keyboard",
    "play",
]
