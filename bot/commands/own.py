"""The verbs for one's own memories. Each is a function of a call, and returns what that person is told."""

from __future__ import annotations

import json
from dataclasses import replace

from bot import views
from bot.commands import audit as audit_log
from bot.commands import why as reasons
from bot.commands.call import Call, Desk, Run, check_words, chosen
from bot.slack.mrkdwn import plain
from bot.views import PER_PAGE, Listing, Reply, note
from memory.errors import MemoryConflict, MemoryInvalid
from memory.models import Changes, Filter, Key, NewMemory, Origin

MOST_RECEIPTS = 24  # in one message: of two blocks each, and Slack takes 50

# --------------------------------------------------------------------------------------------------- to look


async def list_memories(desk: Desk, call: Call) -> Reply:
    words, page = call.paged()
    word = words.casefold()
    shared = {
        "workspace": Key.workspace(call.actor.team),
        "team": Key.workspace(call.actor.team),
        "channel": Key.channel(call.actor.team, call.channel),
    }
    filters = {"": Filter(), "all": Filter(), "on": Filter(state="on"), "off": Filter(state="off")}
    if word == "proposals":
        return await _proposed(desk, call, page)
    if word in shared:
        return await _listed(desk, call, shared[word], Filter(), f"list {word}", page)
    if word.startswith("#") and len(word) > 1:
        return await _listed(desk, call, call.own, Filter(tag=word[1:]), f"list {word}", page)
    if word not in filters:
        raise MemoryInvalid(
            "I can list: all, on, off, #tag, workspace, channel, proposals. To look for words use `search`."
        )
    return await _listed(desk, call, call.own, filters[word], f"list {word}".strip(), page)


async def search(desk: Desk, call: Call) -> Reply:
    words, page = call.paged()
    if not words:
        raise MemoryInvalid("Search for what? For example: `/memory search short answers`.")
    check_words(words)
    return await _listed(desk, call, call.own, Filter(words=plain(words)), f"search {words}", page)


async def _listed(desk: Desk, call: Call, key: Key, which: Filter, command: str, page: int) -> Reply:
    found = await desk.store.find(call.actor, key, which, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    own = key == call.own
    title = "What I remember about you" if own else views.owner(key)
    plainly = "I remember nothing about you yet. Try `remember: I like short answers`."
    empty = plainly if own and which == Filter() else "Nothing found." if own else "Nothing is kept here."
    return views.listing(Listing(title, command, found, page, empty, desk.now()))


async def _proposed(desk: Desk, call: Call, page: int) -> Reply:
    """What this person proposed for the workspace, and no admin has decided on yet."""
    offset = (page - 1) * PER_PAGE
    found = await desk.store.proposals(call.actor, call.actor.team, own=True, offset=offset, limit=PER_PAGE)
    title, empty = "What you proposed for the workspace", "Nothing of yours waits for an admin."
    return views.listing(Listing(title, "list proposals", found, page, empty, desk.now()))


async def show(desk: Desk, call: Call) -> Reply:
    return views.details(await chosen(desk, call, call.words), desk.now())


async def export(desk: Desk, call: Call) -> Reply:
    _, page = call.paged()
    proposed = await desk.store.proposals(call.actor, call.actor.team, own=True)
    return views.export([*[each async for each in desk.store.export(call.actor, call.own)], *proposed.memories], page)


async def audit(desk: Desk, call: Call) -> Reply:
    return await audit_log.read(desk, call, audit_log.Part("audit", key=call.own))


async def why(desk: Desk, call: Call) -> Reply:
    turn = await desk.turns.last(call.actor.team, call.channel, call.actor.user, call.thread_ts)
    if turn is None:
        return note("I have not answered you here yet, so there is nothing to explain.")
    return reasons.reply(await reasons.explain(desk, call.actor, turn), desk.now())


# ------------------------------------------------------------------------------------------------- to change


async def add(desk: Desk, call: Call) -> Reply:
    """Only the person sees a command and its answer, so what is added by one is private."""
    new = NewMemory(
        key=call.own,
        text=plain(call.words).strip(),
        origin=Origin(user_id=call.actor.user, channel_id=call.channel, thread_ts=call.thread_ts),
    )
    return views.receipt(await desk.store.create(call.actor, new, request_id=call.request_id))


async def edit(desk: Desk, call: Call) -> Reply:
    word, _, text = call.words.partition(" ")
    memory = await chosen(desk, call, word)
    if not text.strip():
        return views.ask_edit(memory)
    changed = await desk.store.update(
        call.actor, memory.id, Changes(text=plain(text).strip()), expected_revision=memory.revision
    )
    return note(f"Changed m{changed.number}: {views.quoted(changed)}")


def changing(changes: Changes, done: str) -> Run:
    """A verb that changes one field of one memory."""

    async def change(desk: Desk, call: Call) -> Reply:
        memory = await desk.store.update(call.actor, (await chosen(desk, call, call.words)).id, changes)
        return note(f"{done.format(number=f'm{memory.number}')} {views.quoted(memory)}")

    return change


async def reword(desk: Desk, call: Call) -> Reply:
    """Change the words to those that were offered, unless the memory was changed since: `<id> <revision> <JSON>`."""
    memory_id, revision, text = call.words.split(" ", 2)
    changed = await desk.store.update(
        call.actor, memory_id, Changes(text=json.loads(text)), expected_revision=int(revision)
    )
    return note(f"Changed m{changed.number}: {views.quoted(changed)}")


async def drop(desk: Desk, call: Call) -> Reply:
    """Delete, as was offered, unless the memory was changed since: `<id> <revision>`."""
    memory_id, revision = call.words.split(" ")
    if (await desk.store.get(call.actor, memory_id)).revision != int(revision):
        raise MemoryConflict
    return await erase(desk, replace(call, words=memory_id))


async def keep(desk: Desk, call: Call) -> Reply:
    memory = await chosen(desk, call, call.words)
    return note(f"m{memory.number} stays as it is: {views.quoted(memory)}")


async def delete(desk: Desk, call: Call) -> Reply:
    return views.ask_delete(await chosen(desk, call, call.words))


async def erase(desk: Desk, call: Call) -> Reply:
    memory = await desk.store.delete(call.actor, call.words)
    if memory.proposed:
        return note(f"Withdrawn: {views.quoted(memory)} is not proposed any more.")
    return note(f"Deleted m{memory.number} for good.")


async def receipts(desk: Desk, call: Call) -> Reply:
    """The receipts that stood in one message, of what is still there."""
    ids = call.words.split()[:MOST_RECEIPTS]
    found = await desk.store.look_at(call.actor, ids)
    shown = [views.receipt(found[each]) for each in ids if each in found]
    (reply,) = views.together(shown, 2 * MOST_RECEIPTS) or [Reply("")]
    return reply


async def forget_all(desk: Desk, call: Call) -> Reply:
    found = await desk.store.find(call.actor, call.own, limit=1)
    return views.ask_delete_all(found.total)


async def erase_all(desk: Desk, call: Call) -> Reply:
    await desk.turns.count_all_applied(desk.store)  # what the workspace's memories were used for stays counted
    deleted = await desk.store.delete_all(call.actor, call.own)
    if desk.recall:
        desk.recall.forget(call.own)
    return note(
        f"Forgotten: {deleted} {'memory' if deleted == 1 else 'memories'} and our conversations are deleted for good. "
        "What stays: in the audit log that it happened, as ids and dates without any of your words; and what you gave "
        "to a channel or the workspace, which is not yours alone."
    )


async def pause(desk: Desk, call: Call) -> Reply:
    await desk.store.pause(call.actor, call.own, paused=True)
    return note(
        "Your memory is paused: I read none of it and keep nothing new. Nothing is deleted. "
        "`/memory resume` switches it on again."
    )


async def resume(desk: Desk, call: Call) -> Reply:
    await desk.store.pause(call.actor, call.own, paused=False)
    return note("Your memory is on again.")
