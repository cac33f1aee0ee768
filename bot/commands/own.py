"""The verbs for one's own memories. Each is a function of a call, and returns what that person is told."""

from __future__ import annotations

import json
from dataclasses import replace

from bot.commands import audit as audit_log
from bot.commands.call import Call, Run, check_words, chosen, chosen_id
from bot.slack.mrkdwn import plain
from bot.slack.reply import Reply, note
from bot.views.blocks import PER_PAGE, quoted
from bot.views.export import export_reply
from bot.views.lists import Listing, details, listing, owner
from bot.views.receipts import ask_delete, ask_delete_all, ask_edit, named, receipt, sentence, together
from memory.errors import MemoryConflict, MemoryInvalid
from memory.models import Changes, Filter, Key, NewMemory, Origin
from memory.parts import Parts

MOST_RECEIPTS = 24  # in one message: of two blocks each, and Slack takes 50

# --------------------------------------------------------------------------------------------------- to look


async def list_memories(parts: Parts, call: Call) -> Reply:
    words, page = call.paged()
    word = words.casefold()
    shared = {
        "workspace": Key.workspace(call.actor.team),
        "team": Key.workspace(call.actor.team),
        "channel": Key.channel(call.actor.team, call.channel),
    }
    filters = {"": Filter(), "all": Filter(), "on": Filter(state="on"), "off": Filter(state="off")}
    if word == "proposals":
        return await _proposed(parts, call, page)
    if word in shared:
        return await _listed(parts, call, shared[word], Filter(), f"list {word}", page)
    if word.startswith("#") and len(word) > 1:
        return await _listed(parts, call, call.own, Filter(tag=word[1:]), f"list {word}", page)
    if word not in filters:
        raise MemoryInvalid(
            "I can list: all, on, off, #tag, workspace, channel, proposals. To look for words use `search`."
        )
    return await _listed(parts, call, call.own, filters[word], f"list {word}".strip(), page)


async def search(parts: Parts, call: Call) -> Reply:
    words, page = call.paged()
    if not words:
        raise MemoryInvalid("Search for what? For example: `/memory search short answers`.")
    check_words(words)
    return await _listed(parts, call, call.own, Filter(words=plain(words)), f"search {words}", page)


async def _listed(parts: Parts, call: Call, key: Key, which: Filter, command: str, page: int) -> Reply:
    found = await parts.store.find(call.actor, key, which, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    own = key == call.own
    title = "What I remember about you" if own else owner(key)
    plainly = "I remember nothing about you yet. Try `remember: I like short answers`."
    empty = plainly if own and which == Filter() else "Nothing found." if own else "Nothing is kept here."
    return listing(Listing(title, command, found, page, empty, parts.clock(), call.offers))


async def _proposed(parts: Parts, call: Call, page: int) -> Reply:
    """What this person proposed for the workspace, and no admin has decided on yet."""
    offset = (page - 1) * PER_PAGE
    found = await parts.store.proposals.find(call.actor, call.actor.team, own=True, offset=offset, limit=PER_PAGE)
    title, empty = "What you proposed for the workspace", "Nothing of yours waits for an admin."
    return listing(Listing(title, "list proposals", found, page, empty, parts.clock(), call.offers))


async def show(parts: Parts, call: Call) -> Reply:
    memory = await chosen(parts, call, call.words)
    return details(memory, parts.clock(), call.offers(memory))


async def export(parts: Parts, call: Call) -> Reply:
    _, page = call.paged()
    proposed = await parts.store.proposals.find(call.actor, call.actor.team, own=True)
    return export_reply([*[each async for each in parts.store.export(call.actor, call.own)], *proposed.memories], page)


async def audit(parts: Parts, call: Call) -> Reply:
    return await audit_log.read(parts, call, audit_log.Part("audit", key=call.own))


# ------------------------------------------------------------------------------------------------- to change


async def add(parts: Parts, call: Call) -> Reply:
    """Only the person sees a command and its answer, so what is added by one is private."""
    new = NewMemory(
        key=call.own,
        text=plain(call.words).strip(),
        origin=Origin(user_id=call.actor.user, channel_id=call.channel, thread_ts=call.thread_ts),
    )
    return receipt(await parts.store.create(call.actor, new, request_id=call.request_id))


async def edit(parts: Parts, call: Call) -> Reply:
    word, _, text = call.words.partition(" ")
    memory = await chosen(parts, call, word)
    if not text.strip():
        return ask_edit(memory)
    changed = await parts.store.update(
        call.actor, memory.id, Changes(text=plain(text).strip()), expected_revision=memory.revision
    )
    return note(f"Changed m{changed.number}: {quoted(changed)}")


def changing(changes: Changes, done: str) -> Run:
    """A verb that makes one change of one memory; `done` says so, with {memory} in it."""

    async def change(parts: Parts, call: Call) -> Reply:
        memory_id = await chosen_id(parts, call, call.words)
        memory = await parts.store.update(
            call.actor, memory_id, changes, expected_revision=call.revision, reason=call.typed
        )
        return note(sentence(done, memory, own=memory.key == call.own))

    return change


async def reword(parts: Parts, call: Call) -> Reply:
    """Change the words to those that were offered, unless the memory was changed since: `<id> <revision> <JSON>`."""
    memory_id, revision, text = call.words.split(" ", 2)
    changed = await parts.store.update(
        call.actor, memory_id, Changes(text=json.loads(text)), expected_revision=int(revision)
    )
    return note(f"Changed m{changed.number}: {quoted(changed)}")


async def drop(parts: Parts, call: Call) -> Reply:
    """Delete, as was offered, unless the memory was changed since: `<id> <revision>`."""
    memory_id, revision = call.words.split(" ")
    return await erase(parts, replace(call, words=memory_id, revision=int(revision)))


async def keep(parts: Parts, call: Call) -> Reply:
    memory = await chosen(parts, call, call.words)
    return note(f"m{memory.number} stays as it is: {quoted(memory)}")


async def decline(parts: Parts, call: Call) -> Reply:  # noqa: ARG001 - as every verb
    return note("I did not save it.")


async def delete(parts: Parts, call: Call) -> Reply:
    return ask_delete(await chosen(parts, call, call.words))


async def erase(parts: Parts, call: Call) -> Reply:
    """Delete a memory by its id, or withdraw a proposal."""
    if call.revision is not None and (await parts.store.look(call.actor, call.words)).revision != call.revision:
        raise MemoryConflict
    memory = await parts.store.delete(call.actor, call.words, reason=call.typed)
    if memory.proposed:
        return note(f"Withdrawn: {quoted(memory)} is not proposed any more.")
    return note(f"Deleted {named(memory, own=memory.key == call.own)} for good.")


async def receipts(parts: Parts, call: Call) -> Reply:
    """The receipts that stood in one message, of what is still there."""
    ids = call.words.split()[:MOST_RECEIPTS]
    found = await parts.store.look_at(call.actor, ids)
    shown = [receipt(found[each]) for each in ids if each in found]
    (reply,) = together(shown, 2 * MOST_RECEIPTS) or [Reply("")]
    return reply


async def forget_all(parts: Parts, call: Call) -> Reply:
    found = await parts.store.find(call.actor, call.own, limit=1)
    return ask_delete_all(found.total)


async def erase_all(parts: Parts, call: Call) -> Reply:
    await parts.turns.count_all_applied(parts.store)  # what the workspace's memories were used for stays counted
    deleted = await parts.store.delete_all(call.actor, call.own)
    parts.recall.forget(call.own)
    return note(
        f"Forgotten: {deleted} {'memory' if deleted == 1 else 'memories'} and our conversations are deleted for good. "
        "What stays: in the audit log that it happened, as ids and dates without any of your words; and what you gave "
        "to a channel or the workspace, which is not yours alone."
    )


async def pause(parts: Parts, call: Call) -> Reply:
    await parts.store.pause(call.actor, call.own, paused=True)
    return note(
        "Your memory is paused: I read none of it and keep nothing new. Nothing is deleted. "
        "`/memory resume` switches it on again."
    )


async def resume(parts: Parts, call: Call) -> Reply:
    await parts.store.pause(call.actor, call.own, paused=False)
    return note("Your memory is on again.")
