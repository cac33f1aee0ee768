"""`assistant.threads.*` and `agents.sessions.*`: the status line, titles and suggested prompts of agent threads."""

from __future__ import annotations

from bot.playground.standin.refusal import Json, SlackRefused
from bot.playground.standin.webapi.call import Call, Methods

SESSION_STATUSES = frozenset({"active", "processing", "suspended", "closed"})
MOST_PROMPTS, MOST_LOADING_MESSAGES, LONGEST_TITLE = 4, 10, 200


def set_status(call: Call) -> Json:
    place = _thread(call)
    if len(call.listed("loading_messages", "invalid_arguments")) > MOST_LOADING_MESSAGES:
        raise SlackRefused("invalid_arguments", f"no more than {MOST_LOADING_MESSAGES} loading_messages")
    if status := call.text("status"):
        call.workspace.statuses[place] = status
    else:
        call.workspace.statuses.pop(place, None)
    return {}


def set_title(call: Call) -> Json:
    call.workspace.titles[_thread(call)] = call.required("title")
    return {}


def set_suggested_prompts(call: Call) -> Json:
    channel = call.channel("channel_id")
    prompts = call.listed("prompts", "invalid_arguments")
    if not 1 <= len(prompts) <= MOST_PROMPTS:
        raise SlackRefused("invalid_arguments", f"must be 1 to {MOST_PROMPTS} prompts")
    if any(not prompt.get("title") or not prompt.get("message") for prompt in prompts):
        raise SlackRefused("invalid_arguments", "a prompt has a title and a message")
    call.workspace.prompts[channel.id] = {"title": call.text("title"), "prompts": prompts}
    return {}


def set_session_status(call: Call) -> Json:
    place = _thread(call)
    status = call.required("status")
    title = call.text("title") or ""
    if status not in SESSION_STATUSES or len(title) > LONGEST_TITLE:
        raise SlackRefused("invalid_arguments", f"status is one of {sorted(SESSION_STATUSES)}, title at most 200")
    call.workspace.sessions[place] = status
    if title:
        call.workspace.titles[place] = title
    return {}


def _thread(call: Call) -> tuple[str, str]:
    channel = call.channel("channel_id")
    thread_ts = call.required("thread_ts")
    if not call.workspace.thread(channel.id, thread_ts):
        raise SlackRefused("thread_not_found")
    return channel.id, thread_ts


METHODS: Methods = {
    "assistant.threads.setStatus": set_status,
    "assistant.threads.setTitle": set_title,
    "assistant.threads.setSuggestedPrompts": set_suggested_prompts,
    "agents.sessions.setStatus": set_session_status,
}
