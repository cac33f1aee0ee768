"""The app as Slack has it registered: its credentials, where it may be installed, and which of its tokens live.

`/oauth/v2/authorize` is the page on which a person allows it: here she does so at once, or refuses with `denies`. Codes
and refresh tokens are good once, as on Slack (https://docs.slack.dev/authentication/using-token-rotation).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from bot.playground.standin.ids import bot_id, bot_user_id
from bot.playground.standin.people import ALL_SCOPES, Installation, User
from bot.playground.standin.refusal import Json, SlackRefused
from bot.playground.standin.workspace import Workspace

APP_ID = "A06UZ4J2M"
CODE_SECONDS = 600.0
TOKEN_SECONDS = 43_200


@dataclass(frozen=True, slots=True)
class Code:
    """What somebody allowed, until the app asks for it."""

    place: str
    user: str
    scopes: tuple[str, ...]
    redirect_uri: str | None
    given_at: float
    used: bool = False


class OAuth:
    """The registration, and everything that was given out. `place` is a team's id, or an organisation's."""

    def __init__(self, workspace: Workspace) -> None:
        self.client_id = "1234.5678"
        self.client_secret = "playground-client-secret"  # noqa: S105 - only ever checked on loopback
        self.redirect_url = "http://127.0.0.1/slack/oauth_redirect"
        self.rotates = False
        self.denies = False
        self.user = ""  # who allows it; the first person of the team without
        self._workspace = workspace
        self._codes: dict[str, Code] = {}
        self._refresh_tokens: dict[str, str] = {}  # token → place
        self._expiry: dict[str, float] = {}
        self._earlier: dict[str, Installation] = {}  # tokens that still work after a rotation
        self._dead: dict[str, str] = {}  # token → what Slack says of it

    # --- the page ---

    def authorize(self, query: Json) -> str:
        """Where the browser goes next. Raises SlackRefused for what Slack shows as an error page."""
        if query.get("client_id") != self.client_id:
            raise SlackRefused("invalid_client_id")
        scopes = tuple(str(query.get("scope") or "").split(","))
        if not all(scopes):
            raise SlackRefused("no_scopes")
        redirect_uri = query.get("redirect_uri")
        if redirect_uri and not str(redirect_uri).startswith(self.redirect_url):
            raise SlackRefused("bad_redirect_uri")
        place = str(query.get("team") or next(iter(self._workspace.teams)))
        if place not in self._workspace.teams and place not in self._organisations():
            raise SlackRefused("invalid_team")
        answer = {"state": query.get("state", "")}
        if self.denies:
            return f"{redirect_uri or self.redirect_url}?{urlencode({'error': 'access_denied'} | answer)}"
        code = self._workspace.clock.id("code-")
        now = self._workspace.clock.now()
        self._codes[code] = Code(place, self._installer(place), scopes, redirect_uri, now)
        return f"{redirect_uri or self.redirect_url}?{urlencode({'code': code} | answer)}"

    def _organisations(self) -> set[str]:
        return {team.enterprise_id for team in self._workspace.teams.values() if team.enterprise_id}

    def _teams_of(self, organisation: str) -> frozenset[str]:
        teams = self._workspace.teams.values()
        return frozenset(team.id for team in teams if team.enterprise_id == organisation)

    def _installer(self, place: str) -> str:
        homes = {place} | self._teams_of(place)
        people = (user.id for user in self._workspace.users.values() if user.team_id in homes and not user.is_bot)
        return self.user or next(people, "USLACKBOT")

    # --- oauth.v2.access ---

    def access(self, arguments: Json, authorization: str) -> Json:
        """Tokens for a code, or new ones for a refresh token. The client's credentials come by basic authorization."""
        client_id, client_secret = _credentials(authorization, arguments)
        if client_id != self.client_id:
            raise SlackRefused("invalid_client_id")
        if client_secret != self.client_secret:
            raise SlackRefused("bad_client_secret")
        if arguments.get("grant_type") == "refresh_token":
            return self._rotated(str(arguments.get("refresh_token") or ""))
        return self._exchanged(str(arguments.get("code") or ""), arguments.get("redirect_uri"))

    def _exchanged(self, name: str, redirect_uri: object) -> Json:
        code = self._codes.get(name)
        if code is None or self._workspace.clock.now() - code.given_at > CODE_SECONDS:
            raise SlackRefused("invalid_code")
        if code.used:
            raise SlackRefused("code_already_used")
        if (redirect_uri or None) != (code.redirect_uri or None):
            raise SlackRefused("bad_redirect_uri")
        self._codes[name] = replace(code, used=True)
        app = self.install(code.place, frozenset(code.scopes))
        return self._answer(app) | {"authed_user": {"id": code.user}}

    def install(self, place: str, scopes: frozenset[str] = ALL_SCOPES) -> Installation:
        """Install the app in a team or an organisation, in place of how it was installed there."""
        teams = self._teams_of(place)
        team = self._workspace.teams.get(place)
        bots = (user for user in self._workspace.users.values() if user.is_bot and user.team_id == place)
        bot = next(bots, User(bot_user_id(place), "membot", place, bot_id=bot_id(place)))
        self._workspace.add(bot)
        app = Installation(
            place, bot.id, bot.bot_id or "", APP_ID, self._token(place), "", scopes,
            enterprise_id=place if teams else team.enterprise_id if team else None, teams=teams,
        )  # fmt: skip
        others = [one for one in self._workspace.installations if one.team_id != place]
        self._workspace.installations[:] = [*others, app]
        return app

    def _rotated(self, refresh_token: str) -> Json:
        place = self._refresh_tokens.pop(refresh_token, None)
        old = next((one for one in self._workspace.installations if one.team_id == place), None)
        if place is None or old is None:
            raise SlackRefused("invalid_refresh_token")
        self._earlier[old.bot_token] = old  # it lives until it expires
        app = replace(old, bot_token=self._token(place))
        self._workspace.installations[self._workspace.installations.index(old)] = app
        return self._answer(app)

    def _token(self, place: str) -> str:
        if not self.rotates:
            return self._workspace.clock.id(f"xoxb-{place}-")
        token = self._workspace.clock.id(f"xoxe.xoxb-1-{place}-")
        self._expiry[token] = self._workspace.clock.now() + TOKEN_SECONDS
        return token

    def _answer(self, app: Installation) -> Json:
        team, organisation = self._workspace.teams.get(app.team_id), app.enterprise_id
        body: Json = {
            "app_id": app.app_id,
            "access_token": app.bot_token,
            "token_type": "bot",
            "scope": ",".join(sorted(app.scopes)),
            "bot_user_id": app.user_id,
            "team": {"id": team.id, "name": team.name} if team else None,
            "enterprise": {"id": organisation, "name": organisation} if organisation else None,
            "is_enterprise_install": app.is_enterprise_install,
        }
        if app.bot_token not in self._expiry:
            return body
        refresh_token = self._workspace.clock.id("xoxe-1-")
        self._refresh_tokens[refresh_token] = app.team_id
        return body | {"refresh_token": refresh_token, "expires_in": TOKEN_SECONDS}

    # --- tokens ---

    def installation(self, token: str) -> Installation:
        """Whose token it is. Raises `not_authed`, `invalid_auth`, `token_expired` or `account_inactive`."""
        if not token:
            raise SlackRefused("not_authed")
        if token in self._dead:
            raise SlackRefused(self._dead[token])
        app = next((one for one in self._workspace.installations if one.bot_token == token), self._earlier.get(token))
        if app is None:
            raise SlackRefused("invalid_auth")
        if self._expiry.get(token, float("inf")) <= self._workspace.clock.now():
            raise SlackRefused("token_expired")
        return app

    def revoke(self, place: str) -> Installation:
        """Uninstall the app: from now on every token of it there is dead. Returns what it was."""
        app = next(one for one in self._workspace.installations if one.team_id == place)
        self._workspace.installations.remove(app)
        for token in (app.bot_token, *(token for token, one in self._earlier.items() if one.team_id == place)):
            self._dead[token] = "account_inactive"
        self._refresh_tokens = {token: of for token, of in self._refresh_tokens.items() if of != place}
        return app


def _credentials(authorization: str, arguments: Json) -> tuple[str, str]:
    """Client id and secret, by basic authorization or as arguments."""
    if not authorization.startswith("Basic "):
        return str(arguments.get("client_id") or ""), str(arguments.get("client_secret") or "")
    try:
        name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise SlackRefused("invalid_client_id") from None
    return name, secret
