"""Installing by OAuth: `/slack/install` sends a person to Slack, `/slack/oauth_redirect` takes what Slack gives back.

Bolt's flow with three things of our own: Slack's answer, and not the code, is what may be logged; the pages say one
plain sentence and repeat nothing of the address; and the installation is kept encrypted.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.web.async_client import AsyncWebClient

from bot.people.installations import STATE_SECONDS, Installed, OAuthStates
from bot.people.workspaces import slack_time
from bot.slack.calls import FAULTS, fault
from memory.errors import StorageFailed

log = logging.getLogger(__name__)

# The bot scopes of manifest.yml, which a test holds equal: what an installation has to ask for, and what it may be
# refused. Slack shows the optional ones apart (https://docs.slack.dev/changelog/2026/03/16/optional-scopes).
SCOPES = ("app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "users:read")
OPTIONAL_SCOPES = ("channels:history", "groups:history", "mpim:history")

INSTALLED = "Membot is installed. You can close this page and write to it in Slack, under Apps."
NOT_INSTALLED = "Membot was not installed. Please begin again."
WHY_NOT = {
    "access_denied": "Membot was not installed, because it was not allowed. Nothing was changed.",
    "invalid_browser": "This page was not opened by the browser in which installing began. Please begin again there.",
    "invalid_state": "That took too long, or this page was opened twice. Please begin again.",
    "invalid_code": "Slack did not confirm the installation. Please begin again.",
    "storage_error": "Membot could not keep the installation just now. Please begin again in a minute.",
}
TEAM = re.compile(r"[TE][A-Z0-9]{1,30}")
Kept = Callable[[Installed], Awaitable[None]]


class Installing(AsyncOAuthFlow):
    """The flow. `kept` is given each new installation, and raises StorageFailed when it cannot keep it."""

    def __init__(self, client: AsyncWebClient, client_id: str, client_secret: str, states: OAuthStates, kept: Kept):
        super().__init__(
            client=client,
            logger=log,
            settings=AsyncOAuthSettings(
                client_id=client_id,
                client_secret=client_secret,
                scopes=(*SCOPES, *OPTIONAL_SCOPES),
                install_page_rendering_enabled=False,
                callback_options=AsyncCallbackOptions(success=_success, failure=_failure),
                authorization_url=client.base_url.removesuffix("api/") + "oauth/v2/authorize",
                installation_store=AsyncInstallationStore(),  # `kept` is the store
                state_store=states,
                state_expiration_seconds=STATE_SECONDS,
                logger=log,
            ),
        )
        self._kept = kept

    async def handle_installation(self, request: AsyncBoltRequest) -> BoltResponse:
        """Send the person to Slack."""
        try:
            return await super().handle_installation(request)
        except StorageFailed:
            return page(503, WHY_NOT["storage_error"])

    async def handle_callback(self, request: AsyncBoltRequest) -> BoltResponse:
        """Take what Slack gives back."""
        try:
            return await super().handle_callback(request)
        except StorageFailed:
            return page(503, WHY_NOT["storage_error"])

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        """Slack's page. `?team=T…` chooses the workspace, as Slack's own parameter does."""
        query = {"client_id": self.client_id, "scope": ",".join(self.settings.scopes or ()), "state": state}
        team = next(iter(request.query.get("team", ())), "")
        if TEAM.fullmatch(team):
            query["team"] = team
        return f"{self.settings.authorization_url}?{urlencode(query)}"

    async def run_installation(self, code: str) -> Installation | None:
        """Exchange the code for the installation; None when Slack does not."""
        try:
            answer = await self.client.oauth_v2_access(
                client_id=self.settings.client_id, client_secret=self.settings.client_secret, code=code
            )
            who = await self.client.auth_test(token=answer.get("access_token"))
        except FAULTS as error:
            log.warning("Slack did not confirm an installation (%s)", fault(error))
            return None
        team, enterprise, installer = (answer.get(name) or {} for name in ("team", "enterprise", "authed_user"))
        return Installation(
            app_id=answer.get("app_id"),
            enterprise_id=enterprise.get("id"),
            team_id=team.get("id"),
            bot_token=answer.get("access_token"),
            bot_id=who.get("bot_id"),
            bot_user_id=answer.get("bot_user_id") or who.get("user_id"),
            bot_refresh_token=answer.get("refresh_token"),
            bot_token_expires_in=answer.get("expires_in"),
            user_id=installer.get("id") or "",
            is_enterprise_install=bool(answer.get("is_enterprise_install")),
            installed_at=slack_time(answer).timestamp(),
        )

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:  # noqa: ARG002
        """Keep it. Raises BoltError, which becomes a page that says so."""
        place = installation.enterprise_id if installation.is_enterprise_install else installation.team_id
        if not (place and installation.bot_token and installation.bot_user_id):
            raise BoltError("Slack's answer names no workspace or no bot")
        lives, at = installation.bot_token_expires_at, installation.installed_at
        new = Installed(
            id=place,
            enterprise_id=installation.enterprise_id,
            is_enterprise_install=bool(installation.is_enterprise_install),
            bot_user_id=installation.bot_user_id,
            bot_id=installation.bot_id or "",
            token=installation.bot_token,
            installed_at=datetime.fromtimestamp(at, UTC),
            installed_by=installation.user_id or None,
            refresh_token=installation.bot_refresh_token,
            expires_at=datetime.fromtimestamp(lives, UTC) if lives else None,
        )
        await self._kept(new)
        log.info("Installed in %s", new.id)


async def _success(_args: AsyncSuccessArgs) -> BoltResponse:
    return page(200, INSTALLED)


async def _failure(args: AsyncFailureArgs) -> BoltResponse:
    reason = args.reason if args.reason in WHY_NOT else "another reason"  # it may stand in the address: anybody's words
    log.info("Not installed: %s", reason)
    return page(args.suggested_status_code, WHY_NOT.get(args.reason, NOT_INSTALLED))


def page(status: int, sentence: str) -> BoltResponse:
    """A page of one sentence, which nobody keeps."""
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Membot</title><p>{html.escape(sentence)}</p></html>"
    )
    headers: dict[str, Any] = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",  # the address holds the code
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return BoltResponse(status=status, body=body, headers=headers)
