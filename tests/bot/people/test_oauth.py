"""Installing by OAuth, from the first page to the tokens in the database, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from cryptography.fernet import Fernet

from bot.maintenance import rotate_keys
from bot.people.encryption import TokenCipher, TokensUnreadable, read_keys
from bot.people.installations import Installations, Installed, OAuthStates, Where
from bot.people.oauth import OPTIONAL_SCOPES, SCOPES
from bot.people.workspaces import ManyWorkspaces, TokenExpired
from bot.playground.standin.demo_workspace import ACME, ALICE
from memory.database.open import Database, open_database
from memory.database.tables import installations as table
from memory.database.tables import oauth_states
from tests.bot.conftest import open_office
from tests.bot.people.tenancy import GLOBEX, KEY, ORG, Installer, Town, open_town
from tests.scripted_model import ScriptedModel

NEWER = Fernet.generate_key().decode()


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[Town]:
    async with open_town(database_url) as opened:
        yield opened


def test_the_scopes_are_the_manifests() -> None:
    manifest = yaml.safe_load((Path(__file__).parents[3] / "manifest.yml").read_text(encoding="utf-8"))
    scopes = manifest["oauth_config"]["scopes"]
    assert (list(SCOPES), list(OPTIONAL_SCOPES)) == (scopes["bot"], scopes["bot_optional"])


# ------------------------------------------------------------------------------------------------------ installing


async def test_whoever_installs_it_can_talk_to_it_at_once(town: Town) -> None:
    status, text = await town.browser.install(ACME)
    assert (status, "Membot is installed" in text) == (200, True)
    assert "Saved" in (await town.say(town.person("alice"), "remember: tea"))[0].text
    assert await town.texts(ACME, ALICE) == ["tea"]


async def test_an_event_costs_no_auth_test(town: Town) -> None:
    await town.install(ACME)
    before = town.called("auth.test")
    for _ in range(3):
        await town.say(town.person("bob"), "hello")
        await town.person("bob").command("/memory", "list")
    assert (town.called("auth.test") - before, before) == (0, 1)  # one, while it was installed


async def test_it_asks_slack_for_the_manifests_scopes_and_for_the_workspace_that_was_named(town: Town) -> None:
    await town.install(GLOBEX)
    app = town.slack.workspace.installation(GLOBEX)
    assert (app.team_id, app.scopes) == (GLOBEX, frozenset({*SCOPES, *OPTIONAL_SCOPES}))


@pytest.mark.parametrize("team", ["T1%26client_id%3Devil", "T1%0d%0aX: y", "javascript:1", "T" * 100])
async def test_a_workspace_that_is_none_is_not_passed_on(town: Town, team: str) -> None:
    status, headers, _ = await town.browser.get(f"{town.browser.base}/slack/install?team={team}")
    assert status == 302
    assert "team=" not in headers["Location"]
    assert headers["Location"].count("client_id=") == 1


async def test_a_state_is_good_once(town: Town) -> None:
    back = await town.browser.begin(ACME)
    first, again = await town.browser.get(back), await town.browser.get(back)
    assert (first[0], again[0]) == (200, 401)
    assert "opened twice" in again[2]
    assert town.called("oauth.v2.access") == 1


async def test_of_two_who_bring_the_same_state_at_once_one_gets_in(database: Database) -> None:
    states = OAuthStates(database)
    for _ in range(5):
        state = await states.async_issue()
        used = await asyncio.gather(*(states.async_consume(state) for _ in range(8)))
        assert used.count(True) == 1


async def test_a_state_expires_and_leaves_nothing(database: Database) -> None:
    states = OAuthStates(database)
    state = await states.async_issue()
    async with database.transaction() as tx:
        assert state not in str((await tx.execute(sa.select(oauth_states))).all())
        await tx.execute(sa.update(oauth_states).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert not await states.async_consume(state)
    await states.async_issue()
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(oauth_states)) == 1


async def test_another_browser_cannot_bring_the_state(town: Town) -> None:
    back = await town.browser.begin(ACME)
    town.browser.cookie = ""
    status, _, text = await town.browser.get(back)
    assert (status, "browser" in text) == (400, True)
    assert (await town.rows())["installations"] == 0


@pytest.mark.parametrize("state", ["", "forged", "x" * 5000, "%00", "%ff%fe"])
async def test_a_forged_state_installs_nothing(town: Town, state: str) -> None:
    town.browser.cookie = f"slack-app-oauth-state={state or 'none'}"
    status, _, _ = await town.browser.get(f"{town.browser.base}/slack/oauth_redirect?code=1&state={state}")
    assert status in {400, 401}
    assert town.called("oauth.v2.access") == 0


async def test_who_does_not_allow_it_is_told_that_nothing_was_changed(town: Town) -> None:
    town.slack.oauth.denies = True
    status, text = await town.browser.install(ACME)
    assert (status, "was not allowed" in text) == (200, True)
    assert (await town.rows())["installations"] == 0


async def test_the_pages_repeat_nothing_of_the_address_and_are_kept_by_nobody(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    evil = "%3Cscript%3Ealert(1)%3C/script%3E"
    _, headers, text = await town.browser.get(f"{town.browser.base}/slack/oauth_redirect?error={evil}&state={evil}")
    assert "script" not in text
    assert "alert" not in caplog.text
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "fault",
    [{"error": "invalid_code"}, {"error": "internal_error", "status": 500}, {"drop": True}, {"error": "ratelimited"}],
)
async def test_when_slack_does_not_confirm_nothing_is_kept_and_another_try_works(
    town: Town, fault: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    town.slack.faults.add("oauth.v2.access", **fault)  # type: ignore[arg-type]
    status, text = await town.browser.install(ACME)
    assert (status, "did not confirm" in text) == (401, True)
    assert (await town.rows())["installations"] == 0
    assert "code-" not in caplog.text
    assert (await town.browser.install(ACME))[0] == 200


async def test_installing_again_keeps_one_installation_and_the_newer_token(town: Town) -> None:
    await town.install(ACME, ACME)
    assert (await town.rows())["installations"] == 1
    assert "You said: hi" in (await town.say(town.person("bob"), "hi"))[0].text


async def test_without_oauth_there_is_nothing_to_install(database_url: str) -> None:
    async with open_office(database_url, ScriptedModel()) as office:
        base = str(office.slack.events_url).removesuffix("/slack/events")
        browser = Installer(office.slack, base)
        assert [(await browser.get(f"{base}/slack/{page}"))[0] for page in ("install", "oauth_redirect")] == [404, 404]


# -------------------------------------------------------------------------------------------------- tokens at rest


def everything_in(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.iterdir())


async def test_no_token_or_secret_is_in_the_file_the_log_or_a_repr(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    path = tmp_path / "membot.db"
    async with open_town(f"sqlite+aiosqlite:///{path}") as town:
        town.slack.oauth.rotates = True
        await town.install(ACME, ORG)
        await town.say(town.person("bob"), "hello")
        town.slack.clock.advance(11 * 3600)
        apps = town.slack.workspace.installations
        secrets = [app.bot_token for app in apps] + list(town.slack.oauth._refresh_tokens)
        secrets += [town.slack.oauth.client_secret, town.slack.signing_secret, KEY]
        workspaces = town.run.app.workspaces
        found = await workspaces.find(Where(ACME))
        shown = f"{town.run.app!r} {workspaces!r} {found!r}"
        written = everything_in(tmp_path)
    written += everything_in(tmp_path)
    assert len(secrets) == 7
    for secret in secrets:
        assert secret.encode() not in written
        assert secret not in caplog.text
        assert secret not in shown


def installed(place: str = "T1", token: str = "xoxb-1", **fields: object) -> Installed:  # noqa: S107 - made up
    whole = Installed(place, None, False, "UBOT", "BBOT", token, datetime.now(UTC))
    return replace(whole, **fields)  # type: ignore[arg-type]  # the caller names Installed's own fields


async def stored(database: Database) -> list[str]:
    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(table.c.token, table.c.refresh_token).order_by(table.c.id))).all()
    return [value for row in rows for value in row if value]


async def test_rotating_keys_encrypts_everything_anew_and_again_changes_nothing(database: Database) -> None:
    old = Installations(database, TokenCipher([KEY]))
    for number in range(5):
        await old.save(installed(f"T{number}", f"xoxb-{number}", refresh_token=f"xoxe-{number}"))
    new = Installations(database, TokenCipher([NEWER, KEY]))
    assert [await new.rotate_keys(), await new.rotate_keys()] == [5, 0]
    only_new = Installations(database, TokenCipher([NEWER]))
    await only_new.check_keys()
    found = await only_new.find(Where("T3"))
    assert found is not None
    assert (found.token, found.refresh_token) == ("xoxb-3", "xoxe-3")
    with pytest.raises(TokensUnreadable):
        await old.check_keys()


async def test_rotating_keys_that_is_interrupted_is_finished_by_the_next_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Installations(database, TokenCipher([KEY]))
    for number in range(4):
        await old.save(installed(f"T{number}", f"xoxb-{number}"))
    new = Installations(database, TokenCipher([NEWER, KEY]))
    renewed, real = 0, TokenCipher.renewed

    def dies(self: TokenCipher, text: str) -> str:
        nonlocal renewed
        renewed += 1
        if renewed == 3:
            raise KeyboardInterrupt
        return real(self, text)

    monkeypatch.setattr(TokenCipher, "renewed", dies)
    with pytest.raises(KeyboardInterrupt):
        await new.rotate_keys()
    await new.check_keys()  # all of it can be read in between
    monkeypatch.undo()
    assert await new.rotate_keys() == 2
    await Installations(database, TokenCipher([NEWER])).check_keys()


async def test_the_command_rotates_the_keys_of_a_database(database_url: str) -> None:
    async with open_database(database_url) as database:
        await Installations(database, TokenCipher([KEY])).save(installed())
        before = await stored(database)
    assert await rotate_keys(database_url, (NEWER, KEY)) == 1
    async with open_database(database_url) as database:
        assert await stored(database) != before
        await Installations(database, TokenCipher([NEWER])).check_keys()


async def test_the_bot_does_not_start_with_a_key_that_does_not_fit(database_url: str) -> None:
    async with open_town(database_url) as town:
        await town.install(ACME)
    with pytest.raises(TokensUnreadable, match="TOKEN_ENCRYPTION_KEY"):
        async with open_town(database_url, TOKEN_ENCRYPTION_KEY=NEWER):
            pass
    async with open_town(database_url, TOKEN_ENCRYPTION_KEY=f"{NEWER}\n{KEY}"):
        pass


@pytest.mark.parametrize(
    "text", ["short", f"{KEY},nonsense", "é" * 44, "A" * 43], ids=["short", "a good one too", "not ASCII", "too short"]
)
def test_a_key_that_is_none_is_refused_with_the_way_to_make_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"Fernet\.generate_key") as raised:
        read_keys(text)
    assert text not in str(raised.value)


# -------------------------------------------------------------------------------------------------- rotating tokens


async def soon(town: Town, place: str = ACME, *, minutes: int = 60) -> None:
    """Let the token of a place expire in so many minutes."""
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    async with town.run.parts.database.transaction() as tx:
        await tx.execute(sa.update(table).where(table.c.id == place).values(expires_at=moment))


def many(town: Town) -> Installations:
    return town.run.app.workspaces.installations  # type: ignore[attr-defined,no-any-return]


async def refresh(town: Town) -> None:
    await town.run.app.workspaces.refresh()  # type: ignore[attr-defined]


async def test_a_token_is_exchanged_before_it_expires(town: Town) -> None:
    town.slack.oauth.rotates = True
    await town.install(ACME)
    await refresh(town)
    assert town.called("oauth.v2.access") == 1  # 12 hours are left
    await soon(town)
    await refresh(town)
    await refresh(town)
    assert town.called("oauth.v2.access") == 2
    found = await many(town).find(Where(ACME))
    assert found is not None
    assert found.token == town.slack.workspace.installation(ACME).bot_token
    town.slack.clock.advance(11.9 * 3600)  # the first token would be nearly dead
    assert "You said: hi" in (await town.say(town.person("bob"), "hi"))[0].text


async def test_a_token_that_has_expired_is_exchanged_when_it_is_needed(town: Town) -> None:
    town.slack.oauth.rotates = True
    await town.install(ACME)
    town.slack.clock.advance(13 * 3600)
    await soon(town, minutes=-60)
    assert "You said: hi" in (await town.say(town.person("bob"), "hi"))[0].text


FAULTS = [{"error": "internal_error", "status": 500}, {"drop": True}, {"error": "invalid_refresh_token"}]


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_exchange_that_fails_keeps_the_installation_and_is_tried_again(
    town: Town, fault: dict[str, object]
) -> None:
    town.slack.oauth.rotates = True
    await town.install(ACME)
    await soon(town)
    town.slack.faults.add("oauth.v2.access", **fault)  # type: ignore[arg-type]
    await refresh(town)
    assert "You said: hi" in (await town.say(town.person("bob"), "hi"))[0].text  # with the token that still lives
    await refresh(town)
    found = await many(town).find(Where(ACME))
    assert found is not None
    assert found.token == town.slack.workspace.installation(ACME).bot_token
    assert not found.expires_before(datetime.now(UTC) + timedelta(hours=11))


async def test_two_processes_exchange_a_token_once(town: Town) -> None:
    town.slack.oauth.rotates = True
    await town.install(ACME)
    await soon(town)
    mine = town.run.app.workspaces
    assert isinstance(mine, ManyWorkspaces)
    other = ManyWorkspaces(mine.installations, mine.base, mine.client_id, mine.client_secret)
    town.slack.faults.add("oauth.v2.access", error="", delay=0.2)
    await asyncio.gather(mine.refresh(), other.refresh(), mine.refresh())
    assert town.called("oauth.v2.access") == 2
    found = await many(town).find(Where(ACME))
    assert found is not None
    assert found.token == town.slack.workspace.installation(ACME).bot_token


async def test_who_needs_an_expired_token_waits_for_the_process_that_exchanges_it(town: Town) -> None:
    town.slack.oauth.rotates = True
    await town.install(ACME)
    await soon(town, minutes=-1)
    mine = town.run.app.workspaces
    assert isinstance(mine, ManyWorkspaces)
    other = ManyWorkspaces(mine.installations, mine.base, mine.client_id, mine.client_secret)
    town.slack.faults.add("oauth.v2.access", error="", delay=0.3)
    found = await asyncio.gather(*(each.find(Where(ACME)) for each in (mine, other, mine)))
    assert {one.token for one in found if one} == {town.slack.workspace.installation(ACME).bot_token}
    assert town.called("oauth.v2.access") == 2


async def test_a_late_exchange_does_not_overwrite_a_new_installation(town: Town) -> None:
    town.slack.oauth.rotates = True
    await town.install(ACME)
    before = await many(town).find(Where(ACME))
    assert before is not None
    assert await many(town).begin_refresh(before)
    await town.install(ACME)
    newer = await many(town).find(Where(ACME))
    await many(town).end_refresh(before, installed(ACME, "xoxe.xoxb-1-late", refresh_token="xoxe-late"))
    assert await many(town).find(Where(ACME)) == newer


async def test_while_the_token_is_dead_and_no_new_one_comes_the_event_waits(town: Town) -> None:
    town.slack.oauth.rotates = True
    await town.install(ACME)
    await soon(town, minutes=-1)
    town.slack.faults.add("oauth.v2.access", error="internal_error", status=500)
    with pytest.raises(TokenExpired):
        await town.run.app.workspaces.find(Where(ACME))
    assert await town.run.app.workspaces.admits(Where(ACME))  # what is said meanwhile is written down
