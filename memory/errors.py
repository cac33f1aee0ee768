"""Every refusal the memory store and the model can give, as one tree. A docstring is the default message.

MemoryStoreError
├── MemoryRefused            the request was understood and is not granted
│   ├── MemoryNotFound       no such memory, or not yours to know of: the two are never told apart
│   ├── MemoryExists         a duplicate in the same key; carries the existing memory
│   ├── MemoryInvalid        the text or another field is not acceptable; says which
│   │   └── SecretSeen       the text holds a secret; carries the kind, never the value
│   ├── MemoryLimitReached   the key holds as many memories as it may
│   ├── TooOften             that was the most for this minute or day; says when it goes on
│   ├── MemoryConflict       changed by someone else since it was read
│   ├── MemoryPaused         this person has switched memory off
│   ├── ReasonRequired       an admin must say why: to read a private text, or to act on what is somebody else's
│   ├── ProposalSettled      approved, rejected or withdrawn before; says which
│   └── NotPermitted         this actor may not do this to this key
└── StorageFailed            the database could not do it; nothing was saved
    ├── StorageUnavailable   the database cannot be opened or reached
    ├── StorageDamaged       the database file is not a sound database
    └── SchemaNewer          the database was written by a newer version

ModelError                   the language model gave no whole answer
├── ModelTimedOut        no answer, or not all of it, within the time allowed
├── ModelBusy            too many requests, or overloaded; was tried again
├── ModelRejected        no credit, or a request the provider does not take: for whoever runs the bot to mend
│   └── ModelNotSetUp    no key or a wrong one, or a model that there is not
├── ModelUnreachable     no connection, or something else than a model answered
├── ModelSilent          the answer was empty
├── ModelOverfilled      the prompt is longer than the model's context
└── ModelInterrupted     cut off after a part of the answer had arrived
    ├── ModelCutShort    reached the longest answer that the model may give, perhaps before its first word
    └── ModelFiltered    held back by the provider from here on, perhaps from its first word on
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memory.models import Memory


class _Told(Exception):
    """An error whose docstring is what a person is told when nothing more exact is known."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or ""))


class MemoryStoreError(_Told):
    """The memory could not be kept or read."""


class MemoryRefused(MemoryStoreError):
    """That is not possible."""


class MemoryNotFound(MemoryRefused):
    """There is no such memory."""


class MemoryExists(MemoryRefused):
    """I already know that."""

    def __init__(self, existing: Memory) -> None:
        state = ", which is disabled" if existing.disabled else ""
        known = f"I already know that: it is m{existing.number}{state}."
        super().__init__("That is proposed already, and waits for an admin." if existing.proposed else known)
        self.existing = existing


class MemoryInvalid(MemoryRefused):
    """That cannot be a memory."""


class SecretSeen(MemoryInvalid):
    """That looks like a secret, so I did not keep it."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"That looks like a secret ({kind}), so I did not keep it.")
        self.kind = kind


class MemoryLimitReached(MemoryRefused):
    """There is no room for another memory: delete one first."""


class TooOften(MemoryRefused):
    """That is the most for now. Please try again later."""

    def __init__(self, what: str, most: int, span: str, shared: bool, *, wait: int) -> None:
        who = "all of this workspace together" if shared else "one person"
        done = {"saves": f"save {most:,} memories", "answers": f"ask me {most:,} times"}[what]
        refused = {"saves": "I did not keep this one", "answers": "I do not answer this"}[what]
        super().__init__(f"In one {span}, {who} may {done}, so {refused}; it goes on in {_duration(wait)}.")
        self.wait = wait


def _duration(seconds: int) -> str:
    """A time in words, rounded up."""
    unit, name = next((each for each in ((3600, "hour"), (60, "minute")) if seconds > 2 * each[0]), (1, "second"))
    number = -(-seconds // unit)
    return f"{number} {name}{'' if number == 1 else 's'}"


class MemoryConflict(MemoryRefused):
    """This memory was changed in the meantime. Look at it again, then repeat your change."""


class MemoryPaused(MemoryRefused):
    """Your memory is paused, so I did not change anything."""


class ReasonRequired(MemoryRefused):
    """That memory is somebody else's, so say why. The reason is kept in the audit log."""

    def __init__(self, verb: str, memory_id: str) -> None:
        """`verb` is what was asked for: read, disable or delete."""
        private = "This is a private memory: give a reason to read it. The reason is kept in the audit log."
        super().__init__(private if verb == "read" else None)
        self.verb = verb
        self.memory_id = memory_id


class ProposalSettled(MemoryRefused):
    """That proposal was decided already."""


class NotPermitted(MemoryRefused):
    """You may not do that."""


class StorageFailed(MemoryStoreError):
    """The database did not answer, so nothing was changed. Please try again in a minute."""


class StorageUnavailable(StorageFailed):
    """The database cannot be opened."""


class StorageDamaged(StorageFailed):
    """The database file is damaged. Restore it from a backup; nothing in it was touched."""


class SchemaNewer(StorageFailed):
    """The database was written by a newer version of Membot. Start that version instead; nothing was touched."""


class ModelError(_Told):
    """The language model did not answer. Please try again in a minute."""


class ModelTimedOut(ModelError):
    """The language model took too long to answer. Please try again in a minute."""


class ModelBusy(ModelError):
    """The language model is busy right now. Please try again in a minute."""


class ModelRejected(ModelError):
    """The language model refused the bot's request. Please tell whoever runs this bot: asking again will not help."""


class ModelNotSetUp(ModelRejected):
    """The language model is not set up: whoever runs this bot has to set its key or its name. Please tell them."""


class ModelUnreachable(ModelError):
    """The language model cannot be reached right now. Please try again in a minute."""


class ModelSilent(ModelError):
    """The language model had no answer to that. Please try again, perhaps in other words."""


class ModelOverfilled(ModelError):
    """That was more than the language model can read at once. Please try again with a shorter message."""


class ModelInterrupted(ModelError):
    """The answer was cut off here. Please try again."""


class ModelCutShort(ModelInterrupted):
    """The language model stopped here, at the longest answer that it may give."""


class ModelFiltered(ModelInterrupted):
    """The language model's provider held back what comes here. Please try again in other words."""
