"""`auth.test`, `users.*`, `team.info`, `bots.info`: who is who."""

from __future__ import annotations

from bot.playground.standin.refusal import Json, SlackRefused
from bot.playground.standin.webapi.call import Call, Methods


def auth_test(call: Call) -> Json:
    team = call.workspace.teams.get(call.app.team_id)  # none for a whole organisation, which Slack puts in its place
    return {
        "url": f"https://{team.domain if team else 'org.enterprise'}.slack.com/",
        "team": team.name if team else call.app.team_id,
        "team_id": call.app.team_id,
        "enterprise_id": call.app.enterprise_id,
        "user": call.workspace.users[call.app.user_id].name,
        "user_id": call.app.user_id,
        "bot_id": call.app.bot_id,
        "app_id": call.app.app_id,
        "is_enterprise_install": call.app.is_enterprise_install,
    }


def user_info(call: Call) -> Json:
    user = call.workspace.users.get(call.required("user", "user_not_found"))
    if user is None:
        raise SlackRefused("user_not_found")
    return {"user": user.to_json(call.app.team_id)}


def list_users(call: Call) -> Json:
    members = [user.to_json(call.app.team_id) for user in call.workspace.users.values()]
    return {"members": members, "response_metadata": {"next_cursor": ""}}


def team_info(call: Call) -> Json:
    team = call.workspace.teams.get(call.text("team") or call.app.team_id)
    if team is None:
        raise SlackRefused("team_not_found")
    return {"team": team.to_json()}


def bot_info(call: Call) -> Json:
    for user in call.workspace.users.values():
        if user.bot_id is not None and user.bot_id == (call.text("bot") or call.app.bot_id):
            return {"bot": {"id": user.bot_id, "user_id": user.id, "app_id": call.app.app_id, "name": user.name}}
    raise SlackRefused("bot_not_found")


METHODS: Methods = {
    "auth.test": auth_test,
    "users.info": user_info,
    "users.list": list_users,
    "team.info": team_info,
    "bots.info": bot_info,
}
