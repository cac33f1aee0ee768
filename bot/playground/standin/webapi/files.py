"""`files.getUploadURLExternal` and `completeUploadExternal`: a file in three steps."""

from __future__ import annotations

from bot.playground.standin import payloads
from bot.playground.standin.messages import Message
from bot.playground.standin.refusal import Json, SlackRefused
from bot.playground.standin.webapi.call import Call, Methods


def get_upload_url(call: Call) -> Json:
    file_id = call.workspace.clock.id("F")
    name, size = call.required("filename"), call.number("length", 0)
    call.workspace.files[file_id] = {"id": file_id, "name": name, "size": size, "content": b""}
    return {"upload_url": f"{call.base_url}upload/{file_id}", "file_id": file_id}


def complete_upload(call: Call) -> Json:
    files = [_file(call, str(one.get("id")), one.get("title")) for one in call.listed("files", "invalid_arguments")]
    if call.text("channel_id"):
        channel = call.writable("channel_id")
        message = Message(
            channel.id,
            call.workspace.clock.ts(),
            call.app.user_id,
            call.app.team_id,
            text=call.text("initial_comment") or "",
            files=tuple(files),
            thread_ts=call.thread(channel),
            bot_id=call.app.bot_id,
            app_id=call.app.app_id,
        )
        call.workspace.put(message)
        call.announce(payloads.message_event(message, channel), channel)
    return {"files": files}


def _file(call: Call, file_id: str, title: object) -> Json:
    kept = call.workspace.files.get(file_id)
    if kept is None:
        raise SlackRefused("file_not_found")
    kept["title"] = str(title or kept["name"])
    return {name: kept[name] for name in ("id", "name", "title", "size")}


METHODS: Methods = {
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
}
