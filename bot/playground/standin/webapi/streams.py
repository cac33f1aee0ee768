"""`chat.startStream`, `appendStream`, `stopStream`: a message that grows while people read it.

A stream is open from its start until it is stopped or its life runs out; only then can `chat.update` change it.
"""

from __future__ import annotations

from dataclasses import replace

from bot.playground.standin import payloads
from bot.playground.standin.limits import MARKDOWN, MESSAGE_BLOCKS, check_blocks
from bot.playground.standin.messages import Message, Stream, named_blocks
from bot.playground.standin.refusal import Json, SlackRefused
from bot.playground.standin.webapi.call import Call, Methods


def start(call: Call) -> Json:
    channel = call.writable()
    call.required("thread_ts", "invalid_thread_ts")
    thread_ts = call.thread(channel)
    if channel.kind != "im":
        call.required("recipient_user_id", "missing_recipient_user_id")
        call.required("recipient_team_id", "missing_recipient_team_id")
    now = call.workspace.clock.now()
    message = Message(
        channel.id,
        call.workspace.clock.ts(),
        call.app.user_id,
        call.app.team_id,
        thread_ts=thread_ts,
        bot_id=call.app.bot_id,
        app_id=call.app.app_id,
        stream=Stream(now),
    )
    call.workspace.put(_written(call, message))
    call.workspace.clear_status(channel.id, thread_ts)
    return {"channel": channel.id, "ts": message.ts}


def append(call: Call) -> Json:
    message = _open_stream(call)
    if not call.text("markdown_text") and not call.listed("chunks", "invalid_chunks"):
        raise SlackRefused("no_text")
    call.workspace.put(_written(call, message))
    return {"channel": message.channel, "ts": message.ts}


def stop(call: Call) -> Json:
    message = _written(call, _open_stream(call))
    blocks = call.listed("blocks")
    if len(blocks) > MESSAGE_BLOCKS:
        raise SlackRefused("invalid_blocks", f"no more than {MESSAGE_BLOCKS} items allowed [json-pointer:/blocks]")
    check_blocks(blocks, "invalid_blocks", "/blocks")
    ended = replace(
        message,
        blocks=named_blocks([*message.blocks, *blocks]),
        metadata=call.parsed("metadata") or message.metadata,
        stream=replace(message.stream or Stream(0.0), stopped=True),
    )
    call.workspace.put(ended)
    channel = call.workspace.channels[message.channel]
    if status := call.text("session_status"):
        call.workspace.sessions[channel.id, message.root] = status
    call.announce(payloads.message_event(ended, channel), channel)
    return {"channel": channel.id, "ts": ended.ts, "message": ended.to_json(with_metadata=True)}


def _open_stream(call: Call) -> Message:
    message = call.own_message(call.channel(), "message_not_owned_by_app")
    if message.stream is None or not message.stream.is_open(call.workspace.clock.now()):
        raise SlackRefused("message_not_in_streaming_state")
    return message


def _written(call: Call, message: Message) -> Message:
    """The message with this call's `markdown_text` and `chunks` at its end."""
    chunks = call.listed("chunks", "invalid_chunks")
    if text := call.text("markdown_text"):
        if chunks:
            raise SlackRefused("invalid_arguments", "markdown_text and chunks exclude each other")
        chunks = [{"type": "markdown_text", "text": text}]
    for chunk in chunks:
        message = _with_chunk(message, chunk)
    if len(message.text) > MARKDOWN:
        raise SlackRefused("msg_too_long")
    return message


def _with_chunk(message: Message, chunk: Json) -> Message:
    match chunk.get("type"):
        case "markdown_text":
            return _with_markdown(message, str(chunk.get("text", "")))
        case "task_update":
            card = {"type": "task_card", "task_id": chunk.get("id"), **{k: chunk.get(k) for k in ("title", "status")}}
            others = [one for one in message.blocks if one.get("task_id") != card["task_id"]]
            return replace(message, blocks=(*others, card))
        case "plan_update":
            return message
        case "blocks":
            return replace(message, blocks=named_blocks([*message.blocks, *(chunk.get("blocks") or ())]))
        case other:
            raise SlackRefused("invalid_chunks", f"unsupported chunk type: {other}")


def _with_markdown(message: Message, text: str) -> Message:
    blocks = list(message.blocks)
    if blocks and blocks[-1].get("type") == "markdown":
        blocks[-1] = {**blocks[-1], "text": blocks[-1]["text"] + text}
    else:
        blocks.append({"type": "markdown", "text": text})
    return replace(message, text=message.text + text, blocks=tuple(blocks))


METHODS: Methods = {"chat.startStream": start, "chat.appendStream": append, "chat.stopStream": stop}
