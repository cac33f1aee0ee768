"""`conversations.*` and `reactions.*`."""

from __future__ import annotations

from bot.playground.standin.messages import Message
from bot.playground.standin.refusal import Json, SlackRefused
from bot.playground.standin.webapi.call import Call, Methods


def open_conversation(call: Call) -> Json:
    if call.text("channel"):
        return {"channel": call.channel().to_json(call.app.user_id)}
    users = [user for user in (call.text("users") or "").split(",") if user]
    if len(users) != 1 or users[0] not in call.workspace.users:
        raise SlackRefused("user_not_found" if users else "users_list_not_supplied")
    channel = call.workspace.direct_message(users[0], call.app.user_id)
    return {"channel": {"id": channel.id, **channel.to_json(call.app.user_id)}}


def info(call: Call) -> Json:
    return {"channel": call.channel().to_json(call.app.user_id)}


def list_conversations(call: Call) -> Json:
    kinds = (call.text("types") or "public_channel").split(",")
    named = {"public": "public_channel", "private": "private_channel", "im": "im", "mpim": "mpim"}
    app = call.app.user_id
    found = [one for one in call.workspace.channels.values() if named[one.kind] in kinds]
    shown = [one.to_json(app) for one in found if one.kind == "public" or app in one.members]
    return {"channels": shown, "response_metadata": {"next_cursor": ""}}


def members(call: Call) -> Json:
    return {"members": sorted(call.channel().members), "response_metadata": {"next_cursor": ""}}


def history(call: Call) -> Json:
    roots = [one for one in call.workspace.messages(_readable(call)) if one.thread_ts in (None, one.ts)]
    return _page(call, list(reversed(roots)))


def replies(call: Call) -> Json:
    thread = call.workspace.thread(_readable(call), call.required("ts", "thread_not_found"))
    if not thread:
        raise SlackRefused("thread_not_found")
    return _page(call, thread)


def add_reaction(call: Call) -> Json:
    message, reaction = _reacted(call)
    if reaction in message.reactions:
        raise SlackRefused("already_reacted")
    call.workspace.change(message, reactions=(*message.reactions, reaction))
    return {}


def remove_reaction(call: Call) -> Json:
    message, reaction = _reacted(call)
    if reaction not in message.reactions:
        raise SlackRefused("no_reaction")
    call.workspace.change(message, reactions=tuple(one for one in message.reactions if one != reaction))
    return {}


def _reacted(call: Call) -> tuple[Message, tuple[str, str]]:
    message = call.workspace.message(call.channel().id, call.required("timestamp", "message_not_found"))
    return message, (call.required("name", "invalid_name").strip(":"), call.app.user_id)


def _readable(call: Call) -> str:
    channel = call.channel()
    if call.app.user_id not in channel.members:
        raise SlackRefused("not_in_channel")
    return channel.id


def _page(call: Call, messages: list[Message]) -> Json:
    """One page, cut by `oldest`, `latest`, `limit` and `cursor`."""
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "9" * 17
    kept = [one for one in messages if oldest <= one.ts <= latest]
    start, limit = call.number("cursor", 0), call.number("limit", 100)
    page = kept[start : start + limit]
    following = str(start + limit) if start + limit < len(kept) else ""
    whole = call.flag("include_all_metadata")
    shown = [_with_replies(call, one, one.to_json(with_metadata=whole)) for one in page]
    return {"messages": shown, "has_more": bool(following), "response_metadata": {"next_cursor": following}}


def _with_replies(call: Call, message: Message, body: Json) -> Json:
    below = call.workspace.thread(message.channel, message.ts)[1:]
    if not below:
        return body
    users = sorted({reply.user for reply in below})
    return body | {
        "thread_ts": message.ts,
        "reply_count": len(below),
        "reply_users": users,
        "latest_reply": below[-1].ts,
    }


METHODS: Methods = {
    "conversations.open": open_conversation,
    "conversations.info": info,
    "conversations.list": list_conversations,
    "conversations.members": members,
    "conversations.history": history,
    "conversations.replies": replies,
    "reactions.add": add_reaction,
    "reactions.remove": remove_reaction,
}
