"""A stand-in Slack on loopback, and the ways to talk through it."""

from bot.playground.conversation import Conversation
from bot.playground.delivery import DeliveryRules
from bot.playground.human import Ack, Person
from bot.playground.people import Channel, Installation, Team, User
from bot.playground.refusal import NotPossible
from bot.playground.seen import Button, Confirm, Seen
from bot.playground.standin import StandInSlack
from bot.playground.terminal import converse, play
from bot.playground.workspace import Workspace, demo_workspace

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
