"""A server's rewards: set and removed by its staff, looked at by everybody, and brought to all who earned them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.db.engine import Database
from bot.db.repositories import role_grants as grants
from bot.db.repositories.leveling import rewards as rows
from bot.db.repositories.leveling import totals
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.audit import REWARD, AuditRecord, AuditSource
from bot.domain.curves import Progress, Table
from bot.domain.features import Feature
from bot.domain.level_rewards import Moves, check_reward
from bot.domain.level_words import Brought, Reached
from bot.domain.leveling import Reward
from bot.domain.leveling_settings import CurveSettings
from bot.domain.role_grants import Claimed
from bot.errors import FeatureOff, RewardNotFound
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.guild_settings import GuildSettingsService
from bot.services.level_announcements import LevelAnnouncements
from bot.services.level_ups import LevelUps
from bot.services.role_grants import LEASE, RoleGrantsService

SET, REMOVED = "levelreward.set", "levelreward.remove"
"""What the audit log calls it."""

_AT_ONCE = 2_000
"""Members in one step of looking at all."""


@dataclass(frozen=True)
class By:
    """Who changes the rewards, and by which way."""

    user_id: int
    source: AuditSource


@dataclass(frozen=True)
class RewardSet:
    """A reward that was set, the one whose place it took, and how many members are at its level already."""

    reward: Reward
    before: Reward | None
    reached: int


@dataclass(frozen=True)
class RewardList:
    """The rewards of a guild, the lowest level first, and how far somebody is."""

    rewards: tuple[Reward, ...]
    totals: Mapping[int, int]
    """The XP that each of their levels takes; none for those above the cap."""
    progress: Progress


@dataclass(frozen=True)
class Synced:
    """What brought one member's roles in line, and the claim to carry that out; None: somebody else is at it."""

    moves: Moves
    claimed: Claimed | None


class RewardsService:
    """Keeps the rewards of each guild."""

    def __init__(
        self,
        database: Database,
        ids: IdMaker,
        audit: AuditService,
        settings: GuildSettingsService,
        *,
        role_grants: RoleGrantsService,
        level_ups: LevelUps,
        announcements: LevelAnnouncements,
    ) -> None:
        self._database = database
        self._ids = ids
        self._audit = audit
        self._settings = settings
        self._role_grants = role_grants
        self._level_ups = level_ups
        self._announcements = announcements

    # Looking --------------------------------------------------------------------------------------------

    async def all(self, guild_id: int) -> tuple[Reward, ...]:
        """The rewards of a guild, the lowest level first, whether leveling is on or not."""
        return tuple(await self._database.query(lambda session: rows.all_(session, guild_id)))

    async def listed(self, guild_id: int, user_id: int) -> RewardList:
        """The rewards, and how far somebody is.

        Raises:
            FeatureOff: leveling is switched off.
        """
        await self._settings.require(guild_id, Feature.LEVELING)

        async def unit(session: ReadSession) -> RewardList:
            table = await self._table(session, guild_id)
            rewards = await rows.all_(session, guild_id)
            totals = {one.level: table.total(one.level) for one in rewards if one.level <= table.cap}
            progress = table.progress(await rows.xp_of(session, guild_id, user_id))
            return RewardList(tuple(rewards), totals, progress)

        return await self._database.query(unit)

    async def preview(self, guild_id: int, user_id: int) -> str:
        """How it would be announced that somebody reached the next level that brings something, or just the next.

        Raises:
            FeatureOff: leveling is switched off.
        """
        await self._settings.require(guild_id, Feature.LEVELING)

        async def unit(session: ReadSession) -> str:
            table = await self._table(session, guild_id)
            level = table.level(await rows.xp_of(session, guild_id, user_id))
            rewards = [one for one in await rows.all_(session, guild_id) if one.level <= table.cap]
            next_ = min((one.level for one in rewards if one.level > level), default=min(level + 1, table.cap))
            mine = [one for one in rewards if one.level == next_]
            brought = Brought(
                role_ids=tuple(one.role_id for one in mine if one.role_id),
                coins=sum(one.coins for one in mine),
                messages=tuple(one.message for one in mine if one.message),
            )
            return await self._announcements.preview(
                session, guild_id, Reached(user_id, next_, table.total(next_), brought)
            )

        return await self._database.query(unit)

    # Changing -------------------------------------------------------------------------------------------

    async def set(self, guild_id: int, reward: Reward, by: By) -> RewardSet:
        """Set a reward in place of the one of the same level and role. It touches nobody who is there already.

        Raises:
            FeatureOff: leveling is switched off.
            LevelAboveCap, RewardEmpty, TooManyRewards: as they say.
        """
        await self._settings.require(guild_id, Feature.LEVELING)

        async def unit(session: WriteSession) -> RewardSet:
            table = await self._table(session, guild_id)
            known = await rows.all_(session, guild_id, lock=True)
            check_reward(reward, known, table.cap)
            before = _same(known, reward.level, reward.role_id)
            if before != reward:
                await rows.put(session, guild_id, reward, by=by.user_id)
                told = _told(before, reward)
                await self._audit.record(session, guild_id, AuditRecord(SET, by.user_id, by.source, **told))
            reached = await rows.count_from(session, guild_id, table.total(reward.level))
            return RewardSet(reward, before, reached)

        return await self._database.transact(unit, idempotent=True)

    async def remove(self, guild_id: int, level: int, role_id: int, by: By) -> Reward:
        """Remove a reward; what it was. Who has its role keeps it until everybody is synced.

        Raises:
            FeatureOff: leveling is switched off.
            RewardNotFound: there is none.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
        removed: list[Reward] = []

        async def unit(session: WriteSession) -> Reward:
            reward = _same(await rows.all_(session, guild_id, lock=True), level, role_id)
            if reward is None:
                if removed:  # an earlier try, whose commit was cut off
                    return removed[-1]
                raise RewardNotFound(str(level))
            removed.append(reward)
            await rows.drop(session, guild_id, level, role_id)
            told = _told(reward, None)
            await self._audit.record(session, guild_id, AuditRecord(REMOVED, by.user_id, by.source, **told))
            return reward

        return await self._database.transact(unit, idempotent=True)

    # Bringing everybody in line -------------------------------------------------------------------------

    async def out_of_line(self, guild_id: int) -> Mapping[int, Moves]:
        """Of all members whose roles are not what their levels say: what would have to be moved.

        Raises:
            FeatureOff: leveling is switched off.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
        found: dict[int, Moves] = {}
        after = 0

        async def step(session: ReadSession) -> list[tuple[int, int]]:
            table = await self._table(session, guild_id)
            levels = [one.level for one in await rows.all_(session, guild_id) if one.level <= table.cap]
            least = table.total(min(levels, default=table.cap))
            page = await rows.page_from(session, guild_id, least, after=after, limit=_AT_ONCE)
            found.update(await self._level_ups.planned(session, guild_id, dict(page)))
            return page

        while page := await self._database.query(step):
            after = page[-1][0]
        return found

    async def sync(self, guild_id: int, user_id: int) -> Synced:
        """Bring one member's roles to what their level says; the caller carries out the claim. Safe to repeat."""

        async def unit(session: WriteSession) -> Synced:
            xp = await self._held(session, guild_id, user_id)
            moved = (await self._level_ups.settle(session, guild_id, {user_id: xp})).get(user_id, Moves())
            now = self._role_grants.moment()
            claimed = await grants.claim_one(
                session, guild_id, user_id, now=now, lease_until=now + LEASE, token=self._ids.new()
            )
            return Synced(moved, claimed)

        return await self._database.transact(unit, idempotent=True)

    async def joined(self, guild_id: int, user_id: int) -> bool:
        """Somebody came, perhaps back: grant what their level says, as far as it was not granted; whether any was.

        Roles that were granted before are given again without this. Safe to repeat.
        """
        try:
            await self._settings.require(guild_id, Feature.LEVELING)
        except FeatureOff:
            return False

        async def look(session: ReadSession) -> bool:
            xp = await rows.xp_of(session, guild_id, user_id)
            return bool(xp and await self._level_ups.planned(session, guild_id, {user_id: xp}))

        if not await self._database.query(look):  # most who join keep no writer waiting
            return False

        async def unit(session: WriteSession) -> bool:
            xp = await self._held(session, guild_id, user_id)
            return bool(await self._level_ups.settle(session, guild_id, {user_id: xp}))

        return await self._database.transact(unit, idempotent=True)

    async def _held(self, session: WriteSession, guild_id: int, user_id: int) -> int:
        """A member's XP, locked: a level reached between reading it and moving roles would lose its role again."""
        return (await totals.lock(session, guild_id, [user_id])).get(user_id, 0)

    async def _table(self, session: Session, guild_id: int) -> Table:
        return (await self._settings.within(session, guild_id, CurveSettings)).curve.table()


def _same(known: list[Reward], level: int, role_id: int) -> Reward | None:
    return next((one for one in known if (one.level, one.role_id) == (level, role_id)), None)


def _told(before: Reward | None, after: Reward | None) -> dict[str, Any]:
    """What the audit log tells of a reward."""
    one = after or before
    if one is None:
        raise ValueError("no reward to tell of")
    return {
        "target_type": REWARD,
        "target_id": f"{one.level}/{one.role_id}",
        "before": _written(before),
        "after": _written(after),
        "description": str(one.level),
    }


def _written(reward: Reward | None) -> dict[str, Any] | None:
    if reward is None:
        return None
    role = {"role": str(reward.role_id)} if reward.role_id else {}
    more = {"text": reward.message} if reward.message else {}
    return {"level": reward.level, **role, "stacking": reward.stacking.value, "coins": reward.coins, **more}
