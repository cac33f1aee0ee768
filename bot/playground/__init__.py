"""A stand-in Slack on loopback, and the ways to talk through it."""

from bot.playground.standin.delivery import DeliveryRules
from bot.playground.standin.human import Ack, Person
from bot.playground.standin.people import Channel, Installation, Team, User
from bot.playground.standin.refusal import NotPossible
from bot.playground.standin.seen import Button, Confirm, Seen
from bot.playground.standin.standin import StandInSlack
from bot.playground.standin.workspace import Workspace, demo_workspace
from bot.playground.terminal.conversation import Conversation
from bot.playground.terminal.terminal import converse, play

__all__ = [
    "Ack",
    "Button",
    "Channel",
    "Confirm",
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
    "play",
]
