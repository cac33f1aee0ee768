"""What happens to the app and to accounts: uninstalling, deactivating, an admin who is none any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.playground.standin.journal import Delivery
from bot.playground.standin.people import Installation, User
from bot.playground.standin.refusal import Json
from bot.playground.standin.standin import StandInSlack

ENDING = ("tokens_revoked", "app_uninstalled")


async def uninstall(slack: StandInSlack, place: str, order: Sequence[str] = ENDING) -> list[Delivery]:
    """Uninstall the app in a team or an organisation. Its tokens are dead before the app hears of it."""
    app = slack.oauth.revoke(place)
    return [await slack.deliver_event(ending(kind, app), app=app) for kind in order]


def ending(kind: str, app: Installation) -> Json:
    """One of the two events that tell of uninstalling."""
    if kind == "tokens_revoked":
        return {"type": kind, "tokens": {"oauth": [], "bot": [app.user_id]}}
    return {"type": kind}


async def change(slack: StandInSlack, name: str, **fields: object) -> list[Delivery]:
    """Change somebody's account (`deleted`, `is_admin` …) and tell every installation that knows them."""
    user = replace(slack.workspace.user(name), **fields)  # type: ignore[arg-type]  # the caller names User's own fields
    slack.workspace.add(user)
    knowing = [app for app in slack.workspace.installations if user.belongs(app.team_id)]
    return [await slack.deliver_event(changed(user, app, slack.clock.ts()), app=app) for app in knowing]


def changed(user: User, app: Installation, ts: str) -> Json:
    """A `user_change` event, with everything about the person."""
    return {"type": "user_change", "user": user.to_json(app.team_id), "cache_ts": int(float(ts)), "event_ts": ts}
