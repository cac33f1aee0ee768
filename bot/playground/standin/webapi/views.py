"""`views.*`: modals and the Home tab."""

from __future__ import annotations

from dataclasses import replace

from bot.playground.standin.limits import check_view
from bot.playground.standin.messages import named_blocks
from bot.playground.standin.modals import View
from bot.playground.standin.refusal import Json, SlackRefused
from bot.playground.standin.webapi.call import Call, Methods


def open_view(call: Call) -> Json:
    content = checked_view(call.parsed("view"), "modal")
    user = call.workspace.views.exchange(call.required("trigger_id"))
    return {"view": call.workspace.views.open(new_view(call, user, content)).to_json()}


def push(call: Call) -> Json:
    content = checked_view(call.parsed("view"), "modal")
    user = call.workspace.views.exchange(call.required("trigger_id"))
    return {"view": call.workspace.views.push(new_view(call, user, content)).to_json()}


def update(call: Call) -> Json:
    views = call.workspace.views
    view = views.find(call.text("view_id"), call.text("external_id"))
    content = checked_view(call.parsed("view"), str(view.content["type"]))
    _check_hash(call, view)
    return {"view": views.change(view, content).to_json()}


def publish(call: Call) -> Json:
    user = call.required("user_id")
    if user not in call.workspace.users:
        raise SlackRefused("user_not_found")
    content = checked_view(call.parsed("view"), "home")
    before = call.workspace.views.home(user)
    if before:
        _check_hash(call, before)
    return {"view": call.workspace.views.publish(new_view(call, user, content)).to_json()}


def checked_view(content: object, kind: str) -> Json:
    """The view's content if Slack would take it; ids that are absent are given."""
    if not isinstance(content, dict):
        raise SlackRefused("invalid_arguments", "must be an object [json-pointer:/view]")
    check_view(content)
    if content.get("type") != kind:
        raise SlackRefused("invalid_arguments", f"must be {kind} [json-pointer:/view/type]")
    return {**content, "blocks": list(named_blocks(content["blocks"]))}


def new_view(call: Call, user: str, content: Json) -> View:
    view_id = call.workspace.clock.id("V")
    digest = call.workspace.views.hash(content)
    return View(view_id, user, call.app.team_id, content, digest, view_id, None, call.app.app_id, call.app.bot_id)


def _check_hash(call: Call, view: View) -> None:
    if call.text("hash") not in (None, view.hash):
        raise SlackRefused("hash_conflict")


def answered(view: View, content: Json) -> View:
    """The view that a submission's `response_action` puts on top of, or in place of, this one."""
    return replace(view, content=checked_view(content, "modal"), errors=())


METHODS: Methods = {
    "views.open": open_view,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
