"""What follows when members' XP changes: roles, coins and congratulations, in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.db.repositories import role_grants as grants
from bot.db.repositories.leveling import rewards as rows
from bot.db.sessions import Session, WriteSession
from bot.domain.economy import Kind, Pocket, move, system, wallet
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import Feature, FeatureSettings
from bot.domain.grant_sources import of_level
from bot.domain.level_rewards import Moves, Rules, coins_by_level, crossed, held_of, moves
from bot.domain.level_words import TOLD, Brought, Reached, is_told
from bot.domain.leveling import LevelChange, Reward
from bot.domain.leveling_settings import CurveSettings, LevelSettings
from bot.domain.movements import LevelDetails
from bot.services.guild_settings import GuildSettingsService
from bot.services.ledger import Ledger, Movement
from bot.services.level_announcements import LevelAnnouncements, News
from bot.services.role_grants import RoleGrantsService
from bot.services.shadows import Shadows


@dataclass(frozen=True)
class _Rise:
    """A change of XP that changed the level, with the rewards of all levels that were crossed upwards."""

    change: LevelChange
    before: int
    after: int
    rewards: tuple[Reward, ...]


@dataclass(frozen=True)
class _Paid:
    """What came of coins."""

    coins: int = 0
    refused: int = 0


class LevelUps:
    """Gives what levels bring, and takes what they brought."""

    def __init__(
        self,
        settings: GuildSettingsService,
        role_grants: RoleGrantsService,
        ledger: Ledger,
        shadows: Shadows,
        announcements: LevelAnnouncements,
    ) -> None:
        self._settings = settings
        self._role_grants = role_grants
        self._ledger = ledger
        self._shadows = shadows
        self._announcements = announcements

    async def apply(self, session: WriteSession, guild_id: int, changes: Sequence[LevelChange]) -> None:
        """Do inside the caller's transaction what follows from members' XP having changed.

        All levels that were crossed count, however many. A member may be in it once. Where no level changed, nothing
        is asked of the database. Repeated, it gives nothing twice, but says it again.
        """
        table = (await self._settings.within(session, guild_id, CurveSettings)).curve.table()
        moved = [
            (change, before, after)
            for change in sorted(changes, key=lambda one: one.user_id)
            if (before := table.level(change.before)) != (after := table.level(change.after))
        ]
        if not moved:
            return
        rewards = await rows.all_(session, guild_id)
        rises = [_Rise(change, before, after, crossed(rewards, before, after)) for change, before, after in moved]
        paid = await self._pay(session, guild_id, rises)
        levels = {rise.change.user_id: rise.after for rise in rises}
        done = await self._move(session, guild_id, rewards, levels)
        await self._tell(session, guild_id, rises, paid, done)

    async def settle(self, session: WriteSession, guild_id: int, xp: Mapping[int, int]) -> Mapping[int, Moves]:
        """Bring the roles of members with so much XP to what their levels say, whatever happened before.

        Roles of rewards that were removed go as well. Coins and words are not made up for. What was moved, of those
        of whom anything was.
        """
        table = (await self._settings.within(session, guild_id, CurveSettings)).curve.table()
        levels = {user_id: table.level(amount) for user_id, amount in xp.items()}
        return await self._move(session, guild_id, await rows.all_(session, guild_id), levels, sweep=True)

    async def planned(self, session: Session, guild_id: int, xp: Mapping[int, int]) -> Mapping[int, Moves]:
        """What `settle` would move."""
        table = (await self._settings.within(session, guild_id, CurveSettings)).curve.table()
        levels = {user_id: table.level(amount) for user_id, amount in xp.items()}
        return await self._plan(session, guild_id, await rows.all_(session, guild_id), levels, sweep=True)

    # Roles ----------------------------------------------------------------------------------------------

    async def _plan(
        self, session: Session, guild_id: int, rewards: Sequence[Reward], levels: Mapping[int, int], *, sweep: bool
    ) -> Mapping[int, Moves]:
        if not (rewards or sweep):
            return {}
        chosen = await self._settings.within(session, guild_id, LevelSettings)
        rules = Rules(take=chosen.take_roles, insist=chosen.insist)
        theirs = await grants.of_members(session, guild_id, levels)
        found = {
            user_id: moves(rewards, level, held_of(theirs.get(user_id, ())), rules, sweep=sweep)
            for user_id, level in sorted(levels.items())
        }
        return {user_id: one for user_id, one in found.items() if one}

    async def _move(
        self,
        session: WriteSession,
        guild_id: int,
        rewards: Sequence[Reward],
        levels: Mapping[int, int],
        *,
        sweep: bool = False,
    ) -> Mapping[int, Moves]:
        planned = await self._plan(session, guild_id, rewards, levels, sweep=sweep)
        for user_id, one in planned.items():
            for level, role_id in one.want:
                await self._role_grants.want(session, guild_id, user_id, role_id, source=of_level(level), again=True)
            for level, role_id in one.end:
                await self._role_grants.end(session, guild_id, user_id, role_id, source=of_level(level))
        return planned

    # Coins ----------------------------------------------------------------------------------------------

    async def _pay(self, session: WriteSession, guild_id: int, rises: Sequence[_Rise]) -> Mapping[int, _Paid]:
        """Pay each level that brings coins once for ever; of those that a wallet has no room for, none."""
        due = {rise.change.user_id: coins for rise in rises if (coins := coins_by_level(rise.rewards))}
        if not due or not await self._has_economy(session, guild_id):
            return {}
        most = (await self._settings.within(session, guild_id, EconomySettings)).most_in(Pocket.WALLET)
        held = await self._ledger.lock(session, guild_id, *(wallet(user_id) for user_id in sorted(due)))
        paid: dict[int, _Paid] = {}
        for user_id, by_level in sorted(due.items()):
            room, given, refused = most - held[wallet(user_id)], 0, 0
            for level, coins in by_level.items():
                movement = await self._movement(session, guild_id, user_id, level, coins)
                if await self._ledger.find(session, guild_id, movement) is not None:
                    continue
                if coins > room - given:
                    refused += coins
                    continue
                await self._ledger.post(session, guild_id, movement)
                given += coins
            paid[user_id] = _Paid(given, refused)
        return paid

    async def _has_economy(self, session: Session, guild_id: int) -> bool:
        return (await self._settings.within(session, guild_id, FeatureSettings)).has(Feature.ECONOMY)

    async def _movement(self, session: WriteSession, guild_id: int, user_id: int, level: int, coins: int) -> Movement:
        # By their shadow from the start: who erases their data begins anew, and is paid for no level twice.
        person = await self._shadows.make(session, guild_id, user_id)
        postings = move(system(Pocket.MINT), wallet(user_id), coins)
        key = f"level:{person}:{level}"
        return Movement(Kind.LEVEL, key, None, postings, LevelDetails(level=level), amount_was_asked=False)

    # Words ----------------------------------------------------------------------------------------------

    async def _tell(
        self,
        session: WriteSession,
        guild_id: int,
        rises: Collection[_Rise],
        paid: Mapping[int, _Paid],
        done: Mapping[int, Moves],
    ) -> None:
        settings = await self._settings.within(session, guild_id, LevelSettings)
        news = [
            News(_reached(rise, paid, done), rise.change.cause, rise.change.channel_id)
            for rise in rises
            if rise.change.cause in TOLD and is_told(settings, rise.before, rise.after, rise.rewards)
        ]
        if news:
            await self._announcements.promise(session, guild_id, news)


def _reached(rise: _Rise, paid: Mapping[int, _Paid], done: Mapping[int, Moves]) -> Reached:
    user_id = rise.change.user_id
    payment = paid.get(user_id, _Paid())
    brought = Brought(
        role_ids=tuple(dict.fromkeys(role_id for _, role_id in done.get(user_id, Moves()).want)),
        coins=payment.coins,
        refused=payment.refused,
        messages=tuple(one.message for one in rise.rewards if one.message),
    )
    return Reached(user_id, rise.after, rise.change.after, brought)
