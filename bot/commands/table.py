"""The table of verbs: `/memory`, its twin in plain text, buttons, menus, forms and the help are read from it.

To add a verb is one row and one function. Whether somebody may do a thing is not decided here but by the store's
policy, for every verb and memory alike.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from bot.commands import admin, fits, own, why
from bot.commands.call import Call, Run
from bot.commands.fits import Fits, anything, never
from bot.commands.in_time import MEMBERS_ONLY
from bot.slack.mrkdwn import escaped, plain
from bot.slack.reply import Reply, note, section
from bot.views.blocks import Choice
from bot.views.home import WHERE, admins_may
from bot.views.receipts import refusal
from memory import policy
from memory.errors import MemoryRefused
from memory.models import UNSET, Actor, Changes, KeyKind, Memory, Role
from memory.parts import Parts
from memory.policy import ADMINS_ONLY

Who = Literal["everybody", "admins"]


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: what it is called, how it is used, what it does in a few words, and the function that does it.

    `fits`: what must follow it in a message. `label` is what its button or entry in a menu says ("": it has none);
    it is there for a memory that its `changes` would change, or of which `offered` says so. `button_only`: it cannot be
    typed. `shared`: with which words it shows what is others'.
    """

    name: str
    usage: str
    about: str
    run: Run
    fits: Fits = anything
    changes: Changes | None = None
    label: str = ""
    offered: Callable[[Actor, Memory], bool] | None = None
    who: Who = "everybody"
    button_only: bool = False
    shared: Fits = never

    def may(self, actor: Actor, memory: Memory) -> bool:
        """Whether it is offered to this actor for a memory: it would do something, and they may."""
        if self.changes:
            return _would_change(self.changes, memory) and policy.may_change(actor, memory, self.changes)
        return self.offered is not None and self.offered(actor, memory)


def find(words: str) -> tuple[Verb | None, str]:
    """The verb that words begin with, and what follows it. Without any it is `list`."""
    first, rest = _split(words)
    if first == "admin" and (second := _split(rest))[0]:
        first, rest = f"admin {second[0]}", second[1]
    return next((verb for verb in TABLE if verb.name == (first or "list")), None), rest


def _split(words: str) -> tuple[str, str]:
    first, _, rest = words.strip().partition(" ")
    return plain(first).casefold(), rest.strip()


def typed() -> Sequence[Verb]:
    """The verbs that can be typed."""
    return [verb for verb in TABLE if not verb.button_only]


def offers(actor: Actor, memory: Memory, who: Who = "everybody", only: Sequence[str] = ()) -> Sequence[Choice]:
    """What can be done with a memory by the verbs of everybody, or of admins; of some verbs, if those are named."""
    verbs = [verb for verb in TABLE if verb.label and verb.who == who and (not only or verb.name in only)]
    return [(verb.name, verb.label) for verb in verbs if verb.may(actor, memory)]


def concerns_others(words: str, *, pressed: bool = False) -> bool:
    """Whether a command shows or decides on what is not one's own: then whoever asks must be who they were.

    A button's second line is what it shows afterwards.
    """
    verb, rest = find(words.partition("\n")[0] if pressed else words)
    return verb is not None and (verb.who == "admins" or verb.shared(rest))


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
    verb, rest = find(call.words)
    if not call.is_admin and (verb.who == "admins" if verb else _split(call.words)[0] == "admin"):
        return note(ADMINS_ONLY)
    if verb is None or (verb.button_only and not call.pressed):
        return _unknown(parts, call)
    try:
        return await verb.run(parts, replace(call, words=rest, offers=partial(offers, call.actor, who=verb.who)))
    except MemoryRefused as error:
        return refusal(error)


def _unknown(parts: Parts, call: Call) -> Reply:
    """Names the nearest verb, and shows the help."""
    first, rest = _split(call.words)
    of_admins = first == "admin"
    name = f"admin {_split(rest)[0]}" if of_admins else first
    names = [verb.name for verb in typed() if verb.name.startswith("admin ") is of_admins]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.8 if of_admins else 0.5)
    meant = f" Did you mean `{near[0]}`?" if near else ""
    return helped(parts, call).with_note(f"I do not know `{escaped(name[:40])}`.{meant}")


async def help_me(parts: Parts, call: Call) -> Reply:
    return helped(parts, call)


def helped(parts: Parts, call: Call) -> Reply:
    """How to use the bot, from the same table that runs it."""
    of_admins = [_used(verb) for verb in typed() if verb.who == "admins"] if call.is_admin else []
    shown = [_used(verb) for verb in typed() if verb.who == "everybody"]
    told = [SAY, "\n".join(shown), "\n".join(of_admins), f"{WHERE} {admins_may(full_review=parts.limits.full_review)}"]
    told = [each for each in told if each]
    return Reply("\n\n".join(told), tuple(section(each) for each in told))


def _used(verb: Verb) -> str:
    return f"`/memory {verb.usage}` {verb.about}"


def _would_change(changes: Changes, memory: Memory) -> bool:
    """Whether a memory is not so yet, and can be. What is shared is always open."""
    wanted = {name: value for name in Changes.__slots__ if (value := getattr(changes, name)) is not UNSET}
    possible = "visibility" not in wanted or memory.key.kind is KeyKind.PERSON
    return possible and not memory.proposed and any(getattr(memory, name) != value for name, value in wanted.items())


def _may_edit(actor: Actor, memory: Memory) -> bool:
    return policy.may_change(actor, memory, Changes(text=memory.text))


def _may_delete(actor: Actor, memory: Memory) -> bool:
    return not memory.proposed and policy.may_delete(actor, memory)


def _may_withdraw(actor: Actor, memory: Memory) -> bool:
    return memory.proposed and policy.may_delete(actor, memory)


def _may_decide(actor: Actor, memory: Memory) -> bool:
    return memory.proposed and policy.may_review(actor, memory.key.team)


SAY = (
    "*Tell me what to remember*\n"
    "`remember: I like short answers` keeps it for you, and every later answer takes it into account. "
    "Add `until friday`, `for 2 weeks` or `#tags` before the colon, "
    "or `for this channel` to keep it for everybody here; `for the team` proposes it for the whole workspace.\n"
    "`forget: m7` or `forget: short answers` deletes. `what do you remember about answers` lists.\n"
    "In a thread, where Slack runs no commands, say `memory list` instead of `/memory list`."
)

OFF, ON = Changes(disabled=True), Changes(disabled=False)
FIRST, IN_LINE = Changes(pinned=True), Changes(pinned=False)
PRIVATE, OPEN = Changes(visibility="private"), Changes(visibility="open")
disable = own.changing(OFF, "Disabled {memory}")
enable = own.changing(ON, "Enabled {memory}")
pin = own.changing(FIRST, "Pinned {memory}")
unpin = own.changing(IN_LINE, "Unpinned {memory}")
make_private = own.changing(PRIVATE, "{memory} is private now")
make_open = own.changing(OPEN, "{memory} is open now")

EVERYBODYS = (
    Verb(
        "list",
        "list [all|on|off|#tag|workspace|channel|proposals]",
        "shows what I remember",
        own.list_memories,
        fits=fits.kind_of_list,
        shared=fits.shared_list,
    ),
    Verb("search", "search <words>", "finds memories by their words", own.search),
    Verb("show", "show m7", "shows everything about one memory", own.show, fits=fits.number, shared=fits.by_id),
    Verb("add", "add <text>", "keeps something, for you alone", own.add),
    Verb(
        "edit",
        "edit m7 <text>",
        "changes the words",
        own.edit,
        fits=fits.number_and_text,
        label="Edit",
        offered=_may_edit,
    ),
    Verb("disable", "disable m7", "keeps it but does not use it", disable, fits.number, OFF, "Disable"),
    Verb("enable", "enable m7", "uses it again", enable, fits.number, ON, "Enable"),
    Verb(
        "private",
        "private m7",
        "uses it only where nobody but you sees the answer",
        make_private,
        fits.number,
        PRIVATE,
        "Make private",
    ),
    Verb("open", "open m7", "uses it where others see the answer too", make_open, fits.number, OPEN, "Make open"),
    Verb("pin", "pin m7", "puts it first", pin, fits.number, FIRST, "Pin"),
    Verb("unpin", "unpin m7", "puts it back in line", unpin, fits.number, IN_LINE, "Unpin"),
    Verb(
        "delete",
        "delete m7",
        "deletes it for good, after asking",
        own.delete,
        fits=fits.number,
        label="Delete…",
        offered=_may_delete,
    ),
    Verb("pause", "pause", "switches your memory off, deleting nothing", own.pause, fits.nothing),
    Verb("resume", "resume", "switches it on again", own.resume, fits.nothing),
    Verb("forget-all", "forget-all", "deletes everything about you, after asking", own.forget_all),
    Verb("export", "export", "gives you everything as JSON", own.export, fits.nothing),
    Verb(
        "audit", "audit [export]", "shows what was done to your memories, and by whom", own.audit, fits.page_or_export
    ),
    Verb("why", "why", "shows what my last answer here was given", why.why, fits.nothing),
    Verb("help", "help", "shows this", help_me, fits.nothing),
    Verb("receipts", "receipts <ids>", "shows receipts again", own.receipts, button_only=True),
    Verb(
        "erase",
        "erase <id>",
        "deletes, once the question was answered",
        own.erase,
        label="Withdraw",
        offered=_may_withdraw,
        button_only=True,
    ),
    Verb("reword", "reword <id> <revision> <text>", "changes the words as offered", own.reword, button_only=True),
    Verb("drop", "drop <id> <revision>", "deletes as offered", own.drop, button_only=True),
    Verb("decline", "decline", "leaves unsaved what was offered", own.decline, button_only=True),
    Verb("keep", "keep <id>", "leaves it as it is", own.keep, button_only=True),
    Verb("erase-all", "erase-all", "deletes all, once the question was answered", own.erase_all, button_only=True),
)

ADMINS = (
    Verb("admin", "admin", "reviews this workspace's memories", admin.list_memories, fits.nothing),
    Verb(
        "admin list",
        "admin list [@user|#channel|workspace|channel] [on|off|expired|proposed] [flag:url]",
        "shows everybody's memories",
        admin.list_memories,
    ),
    Verb("admin search", "admin search <words>", "finds among all of them", admin.search),
    Verb("admin show", "admin show <id> [reason]", "shows one memory", admin.show),
    Verb(
        "admin disable",
        "admin disable <id> [reason]",
        "keeps it but does not use it",
        admin.anybodys(disable),
        changes=OFF,
        label="Disable",
    ),
    Verb("admin enable", "admin enable <id>", "uses it again", admin.anybodys(enable), changes=ON, label="Enable"),
    Verb(
        "admin delete",
        "admin delete <id> [reason]",
        "deletes it for good, after asking",
        admin.delete,
        label="Delete…",
        offered=_may_delete,
    ),
    Verb("admin proposals", "admin proposals", "shows what members proposed for the workspace", admin.proposals),
    Verb(
        "admin approve",
        "admin approve <id> [new text]",
        "makes a proposal a memory of the workspace",
        admin.approve,
        label="Approve",
        offered=_may_decide,
    ),
    Verb(
        "admin reject",
        "admin reject <id> [reason]",
        "deletes a proposal",
        admin.reject,
        label="Reject",
        offered=_may_decide,
    ),
    Verb("admin notify", "admin notify [on|off]", "tells you of new proposals", admin.notify),
    Verb("admin audit", "admin audit [export]", "shows who did what, and when", admin.audit),
    Verb("admin help", "admin help", "shows this", help_me),
    Verb("admin erase", "admin erase <id>", "deletes, once asked", admin.anybodys(own.erase), button_only=True),
)

TABLE: tuple[Verb, ...] = (*EVERYBODYS, *(replace(verb, who="admins") for verb in ADMINS))
