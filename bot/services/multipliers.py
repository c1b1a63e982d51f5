"""A server's multipliers: set, removed and looked at by its staff."""

from __future__ import annotations

from typing import Any

from bot.db.engine import Database
from bot.db.repositories.leveling import multipliers as rows
from bot.db.sessions import WriteSession
from bot.domain.audit import CHANNEL, AuditRecord
from bot.domain.features import Feature
from bot.domain.leveling import TargetKind
from bot.domain.multipliers import Multiplier, check_room
from bot.errors import MultiplierNotFound
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService
from bot.services.rewards import By
from bot.services.xp_rules import XpRulesService

SET, REMOVED = "multiplier.set", "multiplier.remove"
"""What the audit log calls it."""


class MultipliersService:
    """Keeps the multipliers of each guild. What is set counts from the next message on, in every process."""

    def __init__(
        self, database: Database, audit: AuditService, settings: GuildSettingsService, rules: XpRulesService
    ) -> None:
        self._database = database
        self._audit = audit
        self._settings = settings
        self._rules = rules

    async def all(self, guild_id: int) -> tuple[Multiplier, ...]:
        """The multipliers of a guild, sorted by kind, whether leveling is on or not."""
        return tuple(await self._database.query(lambda session: rows.all_(session, guild_id)))

    async def set(self, guild_id: int, one: Multiplier, by: By) -> Multiplier | None:
        """Set a multiplier in place of the one of the same channel or role, which is returned.

        Raises:
            FeatureOff: leveling is switched off.
            TooManyMultipliers: there are as many as can be.
        """
        await self._settings.require(guild_id, Feature.LEVELING)

        async def unit(session: WriteSession) -> Multiplier | None:
            known = await rows.all_(session, guild_id, lock=True)
            check_room(known, one)
            before = next((other for other in known if other.name == one.name), None)
            if before != one:
                await rows.put(session, guild_id, one, by=by.user_id)
                await self._audit.record(session, guild_id, _record(by, before, one))
                await self._rules.changed(session, guild_id)
            return before

        return await self._database.transact(unit, idempotent=True)

    async def remove(self, guild_id: int, kind: TargetKind, target_id: int, by: By) -> Multiplier:
        """Remove a multiplier; what it was.

        Raises:
            FeatureOff: leveling is switched off.
            MultiplierNotFound: there is none.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
        removed: list[Multiplier] = []

        async def unit(session: WriteSession) -> Multiplier:
            known = await rows.all_(session, guild_id, lock=True)
            found = next((one for one in known if (one.kind, one.target_id) == (kind, target_id)), None)
            if found is None:
                if removed:  # an earlier try, whose commit was cut off
                    return removed[-1]
                raise MultiplierNotFound(f"{kind.value}/{target_id}")
            removed.append(found)
            await rows.drop(session, guild_id, kind, target_id)
            await self._audit.record(session, guild_id, _record(by, found, None))
            await self._rules.changed(session, guild_id)
            return found

        return await self._database.transact(unit, idempotent=True)


def _record(by: By, before: Multiplier | None, after: Multiplier | None) -> AuditRecord:
    one = after or before
    if one is None:
        raise ValueError("no multiplier to tell of")
    kind = "role" if one.kind is TargetKind.ROLE else CHANNEL
    about = (by.user_id, by.source, kind, str(one.target_id), _told(before), _told(after))
    return AuditRecord(REMOVED, *about) if after is None else AuditRecord(SET, *about)


def _told(one: Multiplier | None) -> dict[str, Any] | None:
    return None if one is None else {"factor": f"{one.per_mille / 10:g}%"}
