"""The verbs that admins have for the workspace's memories: `/memory admin …`."""

from __future__ import annotations

import re
from dataclasses import replace

from bot import views
from bot.call import Call, Desk, Run, check_words
from bot.mrkdwn import plain
from bot.views import PER_PAGE, Listing, Reply, note
from memory.errors import MemoryInvalid, NotPermitted
from memory.models import Changes, Filter, Key

ADMIN_USAGE = (
    "admin list [@user|workspace|channel] · admin search <words> · admin show|disable|enable|delete <id> [reason]"
    " · admin audit"
)
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>|@?([UW][A-Z0-9]{2,})")
CHANNEL = re.compile(r"<#([CG][A-Z0-9]+)(?:\|[^>]*)?>")
MENTION_HINT = "I can list `@user`, `workspace` or `channel`. Pick the person from Slack's suggestions as you type."
AUDIT_PER_PAGE = 25


async def admin(desk: Desk, call: Call) -> Reply:
    """Run an admin's verb."""
    if not call.is_admin:
        raise NotPermitted("Only admins of this workspace may do that.")
    first, _, rest = call.words.partition(" ")
    verb = first.casefold() or "list"
    run = ADMIN_VERBS.get(verb)
    if run is None or (verb == "erase" and not call.pressed):
        raise MemoryInvalid(f"An admin can say: {ADMIN_USAGE}.")
    return await run(desk, replace(call, words=rest.strip()))


async def list_memories(desk: Desk, call: Call) -> Reply:
    words, page = call.paged()
    key = _key(call, words)
    offset = (page - 1) * PER_PAGE
    if key is None:
        found = await desk.store.review(call.actor, call.actor.team, offset=offset, limit=PER_PAGE)
    else:
        found = await desk.store.find(call.actor, key, offset=offset, limit=PER_PAGE)
    title = views.owner(key) if key else "All memories of this workspace"
    command = f"admin list {words}".strip()
    return views.listing(Listing(title, command, found, page, "Nothing is kept there.", desk.now(), "admin "))


def _key(call: Call, words: str) -> Key | None:
    """Whose memories to list; None stands for everybody's."""
    if not words:
        return None
    if words.casefold() in {"workspace", "team"}:
        return Key.workspace(call.actor.team)
    if words.casefold() == "channel":
        return Key.channel(call.actor.team, call.channel)
    if person := MENTION.fullmatch(words):
        return Key.person(call.actor.team, person[1] or person[2])
    if channel := CHANNEL.fullmatch(words):
        return Key.channel(call.actor.team, channel[1])
    raise MemoryInvalid(MENTION_HINT)


async def search(desk: Desk, call: Call) -> Reply:
    words, page = call.paged()
    if not words:
        raise MemoryInvalid("Search for what? For example: `/memory admin search deploy`.")
    check_words(words)
    which = Filter(words=plain(words))
    found = await desk.store.review(call.actor, call.actor.team, which, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    empty = "Nothing found. Private texts are not searched."
    return views.listing(
        Listing("Found in this workspace", f"admin search {words}", found, page, empty, desk.now(), "admin ")
    )


async def show(desk: Desk, call: Call) -> Reply:
    memory_id, reason = _id_and_reason(call)
    memory = await desk.store.get(call.actor, memory_id, reason=reason)
    return views.details(memory, desk.now(), "admin ")


def switching(*, disabled: bool) -> Run:
    """A verb that switches anybody's memory off or on."""

    async def switch(desk: Desk, call: Call) -> Reply:
        memory_id, reason = _id_and_reason(call)
        memory = await desk.store.update(call.actor, memory_id, Changes(disabled=disabled), reason=reason)
        return note(f"{'Disabled' if disabled else 'Enabled'} m{memory.number} of `{memory.key}`.")

    return switch


async def delete(desk: Desk, call: Call) -> Reply:
    memory_id, reason = _id_and_reason(call)
    memory = await desk.store.look(call.actor, memory_id)
    return views.ask_delete(memory, "admin ", reason or "")


async def erase(desk: Desk, call: Call) -> Reply:
    memory_id, reason = _id_and_reason(call)
    memory = await desk.store.delete(call.actor, memory_id, reason=reason)
    return note(f"Deleted m{memory.number} of `{memory.key}` for good.")


async def audit(desk: Desk, call: Call) -> Reply:
    _, page = call.paged()
    entries = await desk.store.audit_log(
        call.actor, team=call.actor.team, offset=(page - 1) * AUDIT_PER_PAGE, limit=AUDIT_PER_PAGE + 1
    )
    return views.audit_list(entries[:AUDIT_PER_PAGE], page, more=len(entries) > AUDIT_PER_PAGE)


def _id_and_reason(call: Call) -> tuple[str, str | None]:
    memory_id, _, reason = call.words.partition(" ")
    if not memory_id.startswith("mem_"):
        raise MemoryInvalid("Which memory? Say its id, like mem_12ab: `/memory admin list` shows them.")
    return memory_id, plain(reason).strip() or None


ADMIN_VERBS: dict[str, Run] = {
    "list": list_memories,
    "search": search,
    "show": show,
    "disable": switching(disabled=True),
    "enable": switching(disabled=False),
    "delete": delete,
    "erase": erase,
    "audit": audit,
}
