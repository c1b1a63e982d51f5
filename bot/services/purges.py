"""What is remembered of a purge: an entry of the audit log, and where its copy belongs."""

from __future__ import annotations

from bot.db.engine import Database
from bot.db.sessions import WriteSession
from bot.domain.audit import MEMBER, AuditRecord, AuditSource
from bot.domain.general import GeneralSettings
from bot.domain.moderation import PURGED, ModerationSettings
from bot.domain.purge import Report, Wanted
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService


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

    async def note(
        self,
        guild_id: int,
        channel_id: int,
        wanted: Wanted,
        report: Report,
        *,
        by: int,
        source: AuditSource,
        reason: str | None,
    ) -> None:
        """Write down what a purge did, and what was asked for."""
        target = ("channel", channel_id) if wanted.user_id is None else (MEMBER, wanted.user_id)
        counts = {"channel": str(channel_id), "deleted": report.deleted, "found": report.found}
        record = AuditRecord(
            PURGED, by, source, target[0], str(target[1]), after=counts | wanted.described(), description=reason
        )

        async def unit(session: WriteSession) -> None:
            await self._audit.record(session, guild_id, record)

        await self._database.transact(unit)
