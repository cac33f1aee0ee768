"""`chat.*`: posting, changing and deleting messages."""

from __future__ import annotations

from dataclasses import replace

from bot.playground.standin import payloads
from bot.playground.standin.limits import MESSAGE_TEXT, UPDATE_TEXT, check_message
from bot.playground.standin.messages import Message, named_blocks
from bot.playground.standin.people import Channel
from bot.playground.standin.refusal import Json, SlackRefused
from bot.playground.standin.webapi.call import Call, Methods


def post_message(call: Call) -> Json:
    channel = call.writable()
    thread_ts = call.thread(channel)
    message = replace(_composed(call, channel), thread_ts=thread_ts)
    call.workspace.put(message)
    call.workspace.clear_status(channel.id, thread_ts)
    call.announce(payloads.message_event(message, channel), channel)
    return {"channel": channel.id, "ts": message.ts, "message": message.to_json(with_metadata=True)}


def post_ephemeral(call: Call) -> Json:
    channel = call.writable()
    user = call.required("user", "user_not_found")
    if user not in call.workspace.users:
        raise SlackRefused("user_not_found")
    if user not in channel.members:
        raise SlackRefused("user_not_in_channel")
    thread_ts = call.thread(channel)
    message = replace(_composed(call, channel), thread_ts=thread_ts, only_for=user, metadata=None)
    call.workspace.put(message)
    return {"message_ts": message.ts}


def update(call: Call) -> Json:
    channel = call.channel()
    message = call.own_message(channel, "cant_update_message")
    if message.stream and message.stream.is_open(call.workspace.clock.now()):
        raise SlackRefused("streaming_state_conflict")
    wanted = _composed(call, channel, longest=UPDATE_TEXT)
    keeps_blocks = "blocks" not in call.arguments and "markdown_text" not in call.arguments and not wanted.text
    changed = call.workspace.change(
        message,
        text=wanted.text,
        blocks=message.blocks if keeps_blocks else wanted.blocks,
        attachments=wanted.attachments,
        metadata=wanted.metadata or message.metadata,
        edited_ts=call.workspace.clock.ts(),
    )
    call.announce(payloads.changed_event(changed, message, channel, call.workspace.clock.ts()), channel)
    return {
        "channel": channel.id,
        "ts": changed.ts,
        "text": changed.text,
        "message": changed.to_json(with_metadata=True),
    }


def delete(call: Call) -> Json:
    channel = call.channel()
    message = call.own_message(channel, "cant_delete_message")
    call.workspace.remove(message)
    call.announce(payloads.deleted_event(message, channel, call.workspace.clock.ts()), channel)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.workspace.message(channel.id, call.required("message_ts", "message_not_found"))
    domain = call.workspace.teams[channel.team_id].domain
    link = f"https://{domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    in_thread = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.thread_ts else ""
    return {"channel": channel.id, "permalink": link + in_thread}


def _composed(call: Call, channel: Channel, longest: int = MESSAGE_TEXT) -> Message:
    text, blocks, markdown = call.text("text"), call.listed("blocks"), call.text("markdown_text")
    attachments = call.listed("attachments", "invalid_attachments")
    check_message(text, blocks, markdown_text=markdown, longest=longest)
    if not (text or blocks or markdown or attachments):
        raise SlackRefused("no_text")
    if markdown:
        text, blocks = markdown, [{"type": "markdown", "text": markdown}]
    return Message(
        channel.id,
        call.workspace.clock.ts(),
        call.app.user_id,
        call.app.team_id,
        text=text or "",
        blocks=named_blocks(blocks),
        attachments=tuple(attachments),
        metadata=call.parsed("metadata"),
        bot_id=call.app.bot_id,
        app_id=call.app.app_id,
        username=call.text("username"),
        unfurl_links=call.flag("unfurl_links") if "unfurl_links" in call.arguments else None,
        unfurl_media=call.flag("unfurl_media") if "unfurl_media" in call.arguments else None,
    )


METHODS: Methods = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
}
