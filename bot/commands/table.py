"""`/memory`, its twin in plain text, and the buttons, through one table of verbs.

Whether somebody may do a thing is not decided here but by the store's policy, for every verb and memory alike.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace

from bot.commands import own as verbs
from bot.commands.admin import ADMIN_USAGE, admin
from bot.commands.call import Call, Run
from bot.commands.in_time import MEMBERS_ONLY
from bot.slack.mrkdwn import escaped, plain
from bot.slack.reply import Reply, note, section
from bot.views.home import WHERE, admins_may
from bot.views.receipts import refusal
from memory.errors import MemoryRefused
from memory.models import Changes, Role
from memory.parts import Parts


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: how it is used, what it does in a few words, and the function that does it."""

    name: str
    usage: str
    about: str
    run: Run
    button_only: bool = False


def concerns_others(words: str) -> bool:
    """Whether a command shows or decides on what is not one's own: then whoever asks must be who they were."""
    first, _, rest = plain(words).strip().casefold().partition(" ")
    return first == "admin" or (first == "list" and rest.partition(" ")[0] in {"workspace", "team", "channel"})


async def run(parts: Parts, call: Call) -> Reply:
    """Run what stands in the call's words, verb first, and say what happened. Refusals are told, not raised.

    A button's words may hold a second line: the command whose answer is shown afterwards. Raises StorageFailed.
    """
    if call.actor.role is Role.OUTSIDER:
        return note(MEMBERS_ONLY)
    words, _, then = call.words.partition("\n") if call.pressed else (call.words, "", "")
    reply = await _run_one(parts, replace(call, words=words))
    return await show_after(parts, call, then, reply.text) if then else reply


async def show_after(parts: Parts, call: Call, then: str, done: str) -> Reply:
    """What a command shows, under a line that says what was `done`. Raises StorageFailed.

    It may hold a person's own words, so it gets no button's rights, but to show receipts.
    """
    words = replace(call, words=then, pressed=then.startswith("receipts "))
    return (await _run_one(parts, words)).with_note(done)


async def _run_one(parts: Parts, call: Call) -> Reply:
    first, _, rest = call.words.strip().partition(" ")
    name = plain(first).casefold() or "list"
    verb = VERBS.get(name)
    if verb is None or (verb.button_only and not call.pressed):
        return _unknown(parts, call, name)
    try:
        return await verb.run(parts, replace(call, words=rest.strip()))
    except MemoryRefused as error:
        return refusal(error)


def _unknown(parts: Parts, call: Call, name: str) -> Reply:
    near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.5)
    meant = f" Did you mean `{near[0]}`?" if near else ""
    return helped(parts, call).with_note(f"I do not know `{escaped(name[:40])}`.{meant}")


async def help_me(parts: Parts, call: Call) -> Reply:
    return helped(parts, call)


def helped(parts: Parts, call: Call) -> Reply:
    """How to use the bot, from the same table that runs it."""
    shown = [verb for verb in TABLE if not verb.button_only and (call.is_admin or verb.name != "admin")]
    table = "\n".join(f"`/memory {verb.usage}` {verb.about}" for verb in shown)
    told = [SAY, table, f"{WHERE} {admins_may(full_review=parts.limits.full_review)}"]
    return Reply("\n\n".join(told), tuple(section(each) for each in told))


SAY = (
    "*Tell me what to remember*\n"
    "`remember: I like short answers` keeps it for you, and every later answer takes it into account. "
    "Add `until friday`, `for 2 weeks` or `#tags` before the colon, "
    "or `for this channel` to keep it for everybody here; `for the team` proposes it for the whole workspace.\n"
    "`forget: m7` or `forget: short answers` deletes. `what do you remember about answers` lists.\n"
    "In a thread, where Slack runs no commands, say `memory list` instead of `/memory list`."
)

TABLE = (
    Verb("list", "list [all|on|off|#tag|workspace|channel|proposals]", "shows what I remember", verbs.list_memories),
    Verb("search", "search <words>", "finds memories by their words", verbs.search),
    Verb("show", "show m7", "shows everything about one memory", verbs.show),
    Verb("add", "add <text>", "keeps something, for you alone", verbs.add),
    Verb("edit", "edit m7 <text>", "changes the words", verbs.edit),
    Verb(
        "disable",
        "disable m7",
        "keeps it but does not use it",
        verbs.changing(Changes(disabled=True), "Disabled {number}:"),
    ),
    Verb("enable", "enable m7", "uses it again", verbs.changing(Changes(disabled=False), "Enabled {number}:")),
    Verb("delete", "delete m7", "deletes it for good, after asking", verbs.delete),
    Verb("pin", "pin m7", "puts it first", verbs.changing(Changes(pinned=True), "Pinned {number}:")),
    Verb("unpin", "unpin m7", "puts it back in line", verbs.changing(Changes(pinned=False), "Unpinned {number}:")),
    Verb(
        "private",
        "private m7",
        "uses it only where nobody but you sees the answer",
        verbs.changing(Changes(visibility="private"), "{number} is private now:"),
    ),
    Verb(
        "open",
        "open m7",
        "uses it where others see the answer too",
        verbs.changing(Changes(visibility="open"), "{number} is open now:"),
    ),
    Verb("pause", "pause", "switches your memory off, deleting nothing", verbs.pause),
    Verb("resume", "resume", "switches it on again", verbs.resume),
    Verb("forget-all", "forget-all", "deletes everything about you, after asking", verbs.forget_all),
    Verb("export", "export", "gives you everything as JSON", verbs.export),
    Verb("audit", "audit [export]", "shows what was done to your memories, and by whom", verbs.audit),
    Verb("why", "why", "shows what my last answer here was given", verbs.why),
    Verb("admin", ADMIN_USAGE, "reviews this workspace's memories", admin),
    Verb("help", "help", "shows this", help_me),
    Verb("receipts", "receipts <ids>", "shows receipts again", verbs.receipts, button_only=True),
    Verb("erase", "erase <id>", "deletes, once the question was answered", verbs.erase, button_only=True),
    Verb("reword", "reword <id> <revision> <text>", "changes the words as offered", verbs.reword, button_only=True),
    Verb("drop", "drop <id> <revision>", "deletes as offered", verbs.drop, button_only=True),
    Verb("keep", "keep <id>", "leaves it as it is", verbs.keep, button_only=True),
    Verb("erase-all", "erase-all", "deletes all, once the question was answered", verbs.erase_all, button_only=True),
)
VERBS = {verb.name: verb for verb in TABLE}
NAMES = tuple(verb.name for verb in TABLE if not verb.button_only)
