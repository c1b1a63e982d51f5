"""What is remembered of a purge: an entry of the audit log, and where its copy belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.db.engine import Database
from bot.db.sessions import WriteSession
from bot.domain.audit import CHANNEL, MEMBER, AuditRecord, AuditSource
from bot.domain.general import GeneralSettings
from bot.domain.moderation import PURGED, ModerationSettings
from bot.domain.purge import Report, Wanted
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService


@dataclass(frozen=True)
class Order:
    """What somebody wants deleted, as it is written down."""

    channel_id: int
    wanted: Wanted
    by: int
    source: AuditSource
    reason: str | None


class PurgesService:
    """Writes purges down."""

    def __init__(self, database: Database, audit: AuditService, settings: GuildSettingsService) -> None:
        self._database = database
        self._audit = audit
        self._settings = settings

    async def log_channel(self, guild_id: int) -> int | None:
        """Where staff reads what moderators do: moderation's own channel, else the log channel; None: nowhere."""
        own = (await self._settings.read(guild_id, ModerationSettings)).value.log_channel
        return own if own is not None else (await self._settings.read(guild_id, GeneralSettings)).value.log_channel

    async def begin(self, guild_id: int, order: Order, *, found: int) -> int:
        """Write down that so many messages are about to be deleted; the id of the entry, for `end`.

        Raises:
            Unavailable: the database is away, so nothing should be deleted.
        """
        record = _record(order, {"found": found, "unfinished": True})

        async def unit(session: WriteSession) -> int:
            return await self._audit.begin(session, guild_id, record)

        return await self._database.transact(unit)

    async def end(self, guild_id: int, entry_id: int, order: Order, report: Report) -> None:
        """Write down beside it what was really done."""
        record = _record(order, {"deleted": report.deleted, "found": report.found})

        async def unit(session: WriteSession) -> None:
            await self._audit.complete(session, guild_id, entry_id, record)

        await self._database.transact(unit)


def _record(order: Order, came_of_it: Mapping[str, int | bool]) -> AuditRecord:
    wanted = order.wanted
    target = (CHANNEL, order.channel_id) if wanted.user_id is None else (MEMBER, wanted.user_id)
    after = {"channel": str(order.channel_id), **came_of_it, **wanted.described()}
    about = (order.by, order.source, target[0], str(target[1]))
    return AuditRecord(PURGED, *about, after=after, description=order.reason)
