"""The verbs that admins have for the workspace's memories: `/memory admin …`."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.commands import audit as audit_log
from bot.commands.call import Call, Run, check_words
from bot.slack.mrkdwn import plain
from bot.slack.reply import Reply, note
from bot.views.blocks import PER_PAGE, quoted
from bot.views.lists import Listing, details, listing, owner
from bot.views.receipts import ask_delete, rejected
from memory.errors import MemoryInvalid, ReasonRequired
from memory.models import Filter, Key, State
from memory.parts import Parts
from memory.policy import needs_reason
from memory.text.flags import FLAGS

MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>|@?([UW][A-Z0-9]{2,})")
CHANNEL = re.compile(r"<#([CG][A-Z0-9]+)(?:\|[^>]*)?>|#?([CG][A-Z0-9]{2,})")
WORD = re.compile(r"<[^<>]*>|\S+")  # a mention may hold a name with a space
STATES: dict[str, State] = {"all": "all", "on": "on", "off": "off", "expired": "expired", "proposed": "proposed"}
HINT = (
    "I can list `@user`, `#channel`, `workspace` or `channel`; those that are `on`, `off`, `expired` or `proposed`; "
    f"and those with a flag: {', '.join(f'`flag:{flag}`' for flag in FLAGS)}. "
    "Pick a person or a channel from Slack's suggestions as you type."
)
NOTIFIED = "I will tell you when somebody proposes a memory for the workspace. `/memory admin notify off` ends that."
NOT_NOTIFIED = "I do not tell you when somebody proposes a memory. `/memory admin notify on` changes that."


async def list_memories(parts: Parts, call: Call) -> Reply:
    words, page = call.paged()
    which = chosen_filter(call, words)
    found = await parts.store.review(call.actor, call.actor.team, which, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    title = owner(which.key) if which.key else "All memories of this workspace"
    command = " ".join(("admin list", *words.split()))
    return listing(Listing(title, command, found, page, "Nothing is kept there.", parts.clock(), call.offers, "admin "))


def chosen_filter(call: Call, words: str) -> Filter:
    """Which memories to list, in any order of the words. Raises MemoryInvalid for what is none of them."""
    which = Filter()
    for word in WORD.findall(words):
        said = word.casefold()
        if said in STATES:
            which = replace(which, state=STATES[said])
        elif said.removeprefix("flag:") in FLAGS and said.startswith("flag:"):
            which = replace(which, flag=said.removeprefix("flag:"))
        elif key := _key(call, word):
            which = replace(which, key=key)
        else:
            raise MemoryInvalid(HINT)
    return which


def _key(call: Call, word: str) -> Key | None:
    """Whose memories a word names, if it names any."""
    if word.casefold() in {"workspace", "team"}:
        return Key.workspace(call.actor.team)
    if word.casefold() == "channel":
        return Key.channel(call.actor.team, call.channel)
    if person := MENTION.fullmatch(word):
        return Key.person(call.actor.team, person[1] or person[2])
    if channel := CHANNEL.fullmatch(word):
        return Key.channel(call.actor.team, channel[1] or channel[2])
    return None


async def search(parts: Parts, call: Call) -> Reply:
    words, page = call.paged()
    if not words:
        raise MemoryInvalid("Search for what? For example: `/memory admin search deploy`.")
    check_words(words)
    which = Filter(words=plain(words))
    found = await parts.store.review(call.actor, call.actor.team, which, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    title, command = "Found in this workspace", f"admin search {words}"
    empty = "Nothing found. Private texts are not searched."
    return listing(Listing(title, command, found, page, empty, parts.clock(), call.offers, "admin "))


async def show(parts: Parts, call: Call) -> Reply:
    memory_id, reason = _id_and_typed(call)
    memory = await parts.store.get(call.actor, memory_id, reason=reason)
    return details(memory, parts.clock(), call.offers(memory))


def anybodys(run: Run) -> Run:
    """A verb for one's own memory, as admins have it for everybody's: by its id, with the reason behind it."""

    async def with_reason(parts: Parts, call: Call) -> Reply:
        memory_id, reason = _id_and_typed(call)
        return await run(parts, replace(call, words=memory_id, typed=reason))

    return with_reason


async def delete(parts: Parts, call: Call) -> Reply:
    memory_id, reason = _id_and_typed(call)
    memory = await parts.store.look(call.actor, memory_id)
    if reason is None and needs_reason(call.actor, memory, deleting=True):  # before the question, not after it
        raise ReasonRequired("delete", memory.id)
    return ask_delete(memory, "admin ", reason or "")


async def audit(parts: Parts, call: Call) -> Reply:
    return await audit_log.read(parts, call, audit_log.Part("admin audit", team=call.actor.team))


# ---------------------------------------------------------------------------------------------------- proposals


async def proposals(parts: Parts, call: Call) -> Reply:
    _, page = call.paged()
    found = await parts.store.proposals.find(call.actor, call.actor.team, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    title, empty = "Proposals for the workspace, oldest first", "Nothing is proposed."
    return listing(Listing(title, "admin proposals", found, page, empty, parts.clock(), call.offers, "admin "))


async def approve(parts: Parts, call: Call) -> Reply:
    memory_id, text = _id_and_typed(call)
    memory = await parts.store.proposals.approve(call.actor, memory_id, text=text, request_id=call.request_id)
    return note(f"Approved: it is m{memory.number} of the workspace, {quoted(memory)}.")


async def reject(parts: Parts, call: Call) -> Reply:
    memory_id, reason = _id_and_typed(call)
    proposal = await parts.store.proposals.reject(call.actor, memory_id, reason=reason, request_id=call.request_id)
    return note(rejected(proposal))


async def notify(parts: Parts, call: Call) -> Reply:
    word = call.words.strip().casefold()
    if word not in {"", "on", "off"}:
        raise MemoryInvalid("Say `/memory admin notify on` or `/memory admin notify off`.")
    if word:
        await parts.store.proposals.notify(call.actor, on=word == "on")
    return note(NOTIFIED if await parts.store.proposals.notified(call.actor) else NOT_NOTIFIED)


def _id_and_typed(call: Call) -> tuple[str, str | None]:
    """The id of a memory, and the reason or text that was given with it: in a form, or behind the id."""
    memory_id, _, words = call.words.partition(" ")
    if not memory_id.startswith("mem_"):
        raise MemoryInvalid("Which memory? Say its id, like mem_12ab: `/memory admin list` shows them.")
    return memory_id, call.typed if call.typed is not None else plain(words).strip() or None
