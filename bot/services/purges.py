"""What is remembered of a purge: an entry of the audit log, and where its copy belongs.

The entry is there before the first message is deleted. One that tells of no end, and that nobody is at, belongs to a
process that died in the middle: staff is told so where it reads of purges.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.sessions import WriteSession
from bot.domain.audit import CHANNEL, MEMBER, AuditEntry, AuditRecord, AuditSource
from bot.domain.general import GeneralSettings
from bot.domain.moderation import PURGED, ModerationSettings
from bot.domain.purge import Report, Wanted
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService
from bot.services.staff_notices import StaffNoticesService

LOOKED_BACK = timedelta(days=7)
"""How long ago a purge may have been cut off for somebody to be told."""

LOOK_EVERY = 60.0
"""Seconds between two looks for servers that nobody looked at since the process began."""

_GUILDS_AT_ONCE = 500


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

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditService,
        settings: GuildSettingsService,
        notices: StaffNoticesService,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._settings = settings
        self._notices = notices
        self._mine: set[int] = set()
        """Entries that this process began: nobody has to be told that these were cut off while it lives."""
        self._looked: set[int] = set()
        """Guilds in which others' entries were looked for. One process at a time serves a guild, so once is enough."""

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
            entry_id = await self._audit.begin(session, guild_id, record)
            self._mine.add(entry_id)
            return entry_id

        return await self._database.transact(unit)

    async def end(self, guild_id: int, entry_id: int, order: Order, report: Report) -> None:
        """Write down beside it what was really done."""
        record = _record(order, {"deleted": report.deleted, "found": report.found})

        async def unit(session: WriteSession) -> None:
            await self._audit.complete(session, guild_id, entry_id, record)

        await self._database.transact(unit)

    async def tell_cut_off(self, guild_ids: Collection[int]) -> int:
        """Complete what an earlier process left unfinished in these guilds, and promise staff the line; how many.

        What was deleted by then, nobody knows any more; the copy in the log channel has everything that was meant.
        """
        told, fresh = 0, sorted(set(guild_ids) - self._looked)
        since = self._clock.now() - LOOKED_BACK
        for begin in range(0, len(fresh), _GUILDS_AT_ONCE):
            some = fresh[begin : begin + _GUILDS_AT_ONCE]
            for guild_id, entry in await self._audit.unfinished(some, PURGED, since=since):
                if entry.id not in self._mine:
                    await self._cut_off(guild_id, entry)
                    told += 1
            self._looked.update(some)
        return told

    async def _cut_off(self, guild_id: int, entry: AuditEntry) -> None:
        after = {key: value for key, value in (entry.record.after or {}).items() if key != "unfinished"}
        record = replace(entry.record, after={**after, "cut_off": True})

        async def unit(session: WriteSession) -> None:
            await self._audit.complete(session, guild_id, entry.id, record)
            own = (await self._settings.within(session, guild_id, ModerationSettings)).log_channel
            general = (await self._settings.within(session, guild_id, GeneralSettings)).log_channel
            if own is not None and own != general:  # the copy is there, and the line of the audit log elsewhere
                await self._notices.tell(session, guild_id, own, record)

        await self._database.transact(unit)


def _record(order: Order, came_of_it: Mapping[str, int | bool]) -> AuditRecord:
    wanted = order.wanted
    target = (CHANNEL, order.channel_id) if wanted.user_id is None else (MEMBER, wanted.user_id)
    after = {"channel": str(order.channel_id), **came_of_it, **wanted.described()}
    about = (order.by, order.source, target[0], str(target[1]))
    return AuditRecord(PURGED, *about, after=after, description=order.reason)
