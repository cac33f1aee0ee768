"""Where the app is installed by OAuth: one row for each workspace or organisation, its tokens encrypted.

slack_sdk's own SQLAlchemy store was not enough: it writes tokens as they are, keeps every earlier one, and a refresh
there overwrites what another process, or a new installation, has written meanwhile. Here each row has a revision, and
whoever writes tokens names the one that was read.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.people.encryption import TokenCipher
from memory.clock import Clock, utc_now
from memory.database.batches import delete_in_batches
from memory.database.open import Database
from memory.database.tables import installations as table
from memory.database.tables import oauth_states, organisation_teams

STATE_SECONDS = 600  # from the button "Install" to the answer of whoever allows it
REFRESH_LEASE = timedelta(seconds=60)  # longer than one request to Slack may take
WHOLE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Where:
    """Which installation a payload came through, as it says itself. `bot` is the bot's user id."""

    team: str | None
    enterprise: str | None = None
    organisation_wide: bool = False
    bot: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The installations that it may mean, the likeliest first."""
        named = [self.enterprise] if self.organisation_wide else [self.team, self.enterprise]
        if self.organisation_wide and not self.enterprise and (self.team or "").startswith("E"):
            named = [self.team]  # Slack names the organisation in the place of a workspace
        return tuple(each for each in named if each)


@dataclass(frozen=True, slots=True)
class Installed:
    """The app in one workspace (`id` is T…), or in a whole organisation (E…), with the token to act there.

    `installed_at` is by Slack's clock.
    """

    id: str
    enterprise_id: str | None
    is_enterprise_install: bool
    bot_user_id: str
    bot_id: str
    token: str = field(repr=False)
    installed_at: datetime
    installed_by: str | None = None
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    revision: int = 0

    @property
    def organisation(self) -> str | None:
        """The organisation that all of this is installed for; None for a single workspace."""
        return self.enterprise_id if self.is_enterprise_install else None

    def expires_before(self, moment: datetime) -> bool:
        """Whether the token is dead by then, and can be exchanged for another."""
        return self.expires_at is not None and self.refresh_token is not None and self.expires_at < moment


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an installation without its tokens, also after it was uninstalled."""

    id: str
    is_enterprise_install: bool
    bot_user_id: str
    active: bool


@dataclass(frozen=True, slots=True)
class Installations:
    """Keeps installations in the database. Every method may raise StorageFailed; TokensUnreadable is one.

    The lease of who exchanges a token goes by the machine's own time, which replicas compare with each other's: put
    forward, `clock` must not have two ask for what Slack gives once.
    """

    database: Database
    cipher: TokenCipher
    clock: Clock = utc_now

    # ---------------------------------------------------------------------------------------------- installing

    async def save(self, new: Installed) -> None:
        """Keep a new installation, in place of an older one there."""
        values = self._tokens(new) | {
            "id": new.id,
            "enterprise_id": new.enterprise_id,
            "is_enterprise_install": new.is_enterprise_install,
            "bot_user_id": new.bot_user_id,
            "bot_id": new.bot_id,
            "installed_by": new.installed_by,
            "installed_at": new.installed_at,
            "uninstalled_at": None,
            "revision": 1,
            "refreshing_until": None,
        }
        insert = self.database.insert(table).values(values)
        changed = {name: insert.excluded[name] for name in values if name not in {"id", "revision"}}
        # Of two that finish at once the later one counts, whichever is written first.
        upsert = insert.on_conflict_do_update(
            index_elements=["id"],
            set_=changed | {"revision": table.c.revision + 1},
            where=table.c.installed_at <= insert.excluded.installed_at,
        )
        async with self.database.transaction() as tx:
            await tx.execute(upsert)

    async def uninstall(self, installation: str, at: datetime) -> bool:
        """Let the tokens of an installation go; return whether it was there. One made after `at` stays as it is."""
        gone: dict[str, Any] = {"token": None, "refresh_token": None, "expires_at": None}
        values = gone | {"uninstalled_at": self.clock(), "revision": table.c.revision + 1}
        # Events have whole seconds, by the same clock.
        older = table.c.installed_at < at + WHOLE_SECOND
        statement = sa.update(table).where(table.c.id == installation, table.c.uninstalled_at.is_(None), older)
        async with self.database.transaction() as tx:
            changed = await tx.scalar(statement.values(values).returning(table.c.id))
        await self.database.scrub()
        return changed is not None

    async def forget(self, before: datetime) -> None:
        """Delete what is left of installations that ended before a moment.

        The workspaces that they served go first: what an interruption leaves is found again.
        """
        ended = sa.and_(table.c.uninstalled_at.is_not(None), table.c.uninstalled_at < before)
        organisations = sa.select(table.c.id).where(ended)
        served = organisation_teams.c.enterprise_id.in_(organisations)
        await delete_in_batches(self.database, organisation_teams, served)
        await delete_in_batches(self.database, table, ended)
        await delete_in_batches(self.database, oauth_states, oauth_states.c.expires_at < self.clock())

    # ----------------------------------------------------------------------------------------------- looking up

    async def find(self, where: Where) -> Installed | None:
        """The installation that serves a workspace: its own, or else its organisation's."""
        named: sa.ColumnElement[bool] = table.c.id.in_(where.ids)
        if not where.enterprise:  # a notice knows the workspace alone, and a payload may leave the organisation out
            serving = sa.select(organisation_teams.c.enterprise_id).where(organisation_teams.c.team == where.team)
            named = sa.or_(named, table.c.id == serving.scalar_subquery())
        if where.organisation_wide and not where.ids and where.bot:
            named = sa.or_(named, sa.and_(table.c.is_enterprise_install, table.c.bot_user_id == where.bot))
        query = sa.select(table).where(named, table.c.token.is_not(None), table.c.uninstalled_at.is_(None))
        async with self.database.reading() as connection:
            found = {row.id: row for row in await connection.execute(query.order_by(table.c.id))}
        row = next((found[each] for each in where.ids if each in found), next(iter(found.values()), None))
        return None if row is None else self._installed(row)

    async def known(self) -> list[Known]:
        """Every installation, those that ended too."""
        async with self.database.reading() as connection:
            rows = (await connection.execute(sa.select(table).order_by(table.c.id))).all()
        return [Known(row.id, row.is_enterprise_install, row.bot_user_id, row.uninstalled_at is None) for row in rows]

    async def remember_team(self, team: str, enterprise: str) -> None:
        """Keep that an organisation's installation serves this workspace of it."""
        new = self.database.insert(organisation_teams).values(team=team, enterprise_id=enterprise)
        moved = new.on_conflict_do_update(index_elements=["team"], set_={"enterprise_id": enterprise})
        async with self.database.transaction() as tx:
            await tx.execute(moved)

    async def teams(self, installation: str) -> list[str]:
        """The workspaces that an installation serves: itself, and those that an organisation's has served."""
        columns = organisation_teams.c
        query = sa.select(columns.team).where(columns.enterprise_id == installation).order_by(columns.team)
        async with self.database.reading() as connection:
            return [installation, *(await connection.scalars(query)).all()]

    # ------------------------------------------------------------------------------------------ rotating tokens

    async def expiring(self, before: datetime) -> list[Installed]:
        """The installations whose tokens expire before a moment."""
        query = sa.select(table).where(
            table.c.uninstalled_at.is_(None), table.c.refresh_token.is_not(None), table.c.expires_at < before
        )
        async with self.database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [self._installed(row) for row in rows]

    async def begin_refresh(self, installed: Installed) -> bool:
        """Whether this process may now ask for new tokens: nobody else does, and they are not there yet."""
        now = utc_now()
        free = sa.or_(table.c.refreshing_until.is_(None), table.c.refreshing_until < now)
        mine = (table.c.id == installed.id, table.c.revision == installed.revision, free)
        statement = sa.update(table).where(*mine).values(refreshing_until=now + REFRESH_LEASE).returning(table.c.id)
        async with self.database.transaction() as tx:
            return await tx.scalar(statement) is not None

    async def is_refreshing(self, installed: Installed) -> bool:
        """Whether some process is asking for new tokens."""
        at_it = (table.c.id == installed.id, table.c.refreshing_until > utc_now())
        async with self.database.reading() as connection:
            return bool(await connection.scalar(sa.select(sa.exists().where(*at_it))))

    async def end_refresh(self, installed: Installed, fresh: Installed | None) -> None:
        """Keep the new tokens (None: there are none), unless what they come from was replaced meanwhile."""
        values: dict[str, Any] = {"refreshing_until": None}
        if fresh:
            values |= self._tokens(fresh) | {"revision": table.c.revision + 1}
        mine = (table.c.id == installed.id, table.c.revision == installed.revision, table.c.uninstalled_at.is_(None))
        async with self.database.transaction() as tx:
            await tx.execute(sa.update(table).where(*mine).values(values))
        if fresh:
            await self.database.scrub()

    # -------------------------------------------------------------------------------------------- rotating keys

    async def check_keys(self) -> None:
        """Raise TokensUnreadable when one of the stored tokens cannot be decrypted."""
        async with self.database.reading() as connection:
            for row in await connection.execute(sa.select(table).where(table.c.token.is_not(None))):
                self._installed(row)

    async def rotate_keys(self) -> int:
        """Encrypt every token with the newest key, and return how many installations that changed.

        Each is one transaction: interrupted, it is finished by the next call; again, it changes nothing.
        """
        async with self.database.reading() as connection:
            ids = (await connection.scalars(sa.select(table.c.id).where(table.c.token.is_not(None)))).all()
        changed = [each for each in ids if await self._renew(each)]
        await self.database.scrub()
        return len(changed)

    async def _renew(self, installation: str) -> bool:
        query = sa.select(table).where(table.c.id == installation, table.c.token.is_not(None)).with_for_update()
        async with self.database.transaction() as tx:
            row = (await tx.execute(query)).first()
            if row is None:
                return False
            stored = {name: value for name in ("token", "refresh_token") if (value := getattr(row, name)) is not None}
            renewed = {name: self.cipher.renewed(value) for name, value in stored.items()}
            if renewed == stored:
                return False
            await tx.execute(sa.update(table).where(table.c.id == installation).values(renewed))
        return True

    # ------------------------------------------------------------------------------------------------- encoding

    def _tokens(self, of: Installed) -> dict[str, Any]:
        return {
            "token": self.cipher.encrypted(of.token),
            "refresh_token": self.cipher.encrypted(of.refresh_token) if of.refresh_token else None,
            "expires_at": of.expires_at,
        }

    def _installed(self, row: sa.Row[Any]) -> Installed:
        return Installed(
            id=row.id,
            enterprise_id=row.enterprise_id,
            is_enterprise_install=row.is_enterprise_install,
            bot_user_id=row.bot_user_id,
            bot_id=row.bot_id,
            token=self.cipher.decrypted(row.token),
            installed_at=row.installed_at,
            installed_by=row.installed_by,
            refresh_token=self.cipher.decrypted(row.refresh_token) if row.refresh_token else None,
            expires_at=row.expires_at,
            revision=row.revision,
        )


class OAuthStates(AsyncOAuthStateStore):
    """The states of installing, each good once and for STATE_SECONDS. slack_sdk's own lets two callers use one."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._now = clock

    async def async_issue(self, *args: Sequence[Any], **kwargs: Any) -> str:  # noqa: ARG002 - slack_sdk's signature
        """Make a new state and keep its digest."""
        state, now = secrets.token_urlsafe(32), self._now()
        values = {"digest": _digest(state), "expires_at": now + timedelta(seconds=STATE_SECONDS)}
        async with self._database.transaction() as tx:
            await tx.execute(sa.delete(oauth_states).where(oauth_states.c.expires_at < now))
            await tx.execute(sa.insert(oauth_states).values(values))
        return state

    async def async_consume(self, state: str) -> bool:
        """Use a state up; return whether it was good."""
        is_it = (oauth_states.c.digest == _digest(state), oauth_states.c.expires_at > self._now())
        async with self._database.transaction() as tx:
            used = await tx.scalar(sa.delete(oauth_states).where(*is_it).returning(oauth_states.c.digest))
        return used is not None


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode(errors="replace")).hexdigest()
