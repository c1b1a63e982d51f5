"""What the database holds of people who enter or are drawn: level, messages, coins, and when they last won."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from bot.clock import Clock
from bot.db.repositories.giveaways import records as rows
from bot.db.repositories.giveaways import winners
from bot.db.sessions import Session
from bot.domain.economy import Pocket
from bot.domain.economy_settings import EconomySettings
from bot.domain.general import GeneralSettings
from bot.domain.giveaway_rules import BonusKind, Record
from bot.domain.giveaways import Giveaway
from bot.domain.leveling_settings import CurveSettings
from bot.services.guild_settings import GuildSettingsService


class GiveawayRecords:
    """Looks people up inside the transactions and reads of use cases; only what a giveaway asks for."""

    def __init__(self, clock: Clock, settings: GuildSettingsService) -> None:
        self._clock = clock
        self._settings = settings

    async def of(self, session: Session, giveaway: Giveaway, people: Collection[int]) -> Mapping[int, Record]:
        """The records of these people, at most some hundreds at once; of each there is one."""
        guild_id, asked = giveaway.guild_id, {rule.kind for rule in giveaway.rules.leaves()}
        levels = await self.levels(session, giveaway, people, needed="level" in asked)
        nothing: Mapping[int, int] = {}
        written = await self._written(session, giveaway, people) if "messages" in asked else nothing
        coins = await self._coins(session, guild_id, people) if "coins" in asked else nothing
        won = await winners.last_won(session, guild_id, people) if "no_win" in asked else dict[int, datetime]()
        return {one: Record(levels.get(one, 0), written.get(one, 0), coins.get(one, 0), won.get(one)) for one in people}

    async def levels(
        self, session: Session, giveaway: Giveaway, people: Collection[int], *, needed: bool = False
    ) -> Mapping[int, int]:
        """The levels of these people, if a bonus asks for them or they are `needed`; who has none is not there."""
        if not needed and not any(one.kind is BonusKind.LEVEL for one in giveaway.bonuses.of):
            return {}
        held = await rows.xp(session, giveaway.guild_id, people)
        table = (await self._settings.within(session, giveaway.guild_id, CurveSettings)).curve.table()
        return {user_id: table.level(xp) for user_id, xp in held.items()}

    async def _written(self, session: Session, giveaway: Giveaway, people: Collection[int]) -> Mapping[int, int]:
        return await rows.messages(session, giveaway.guild_id, people, await self._first_day(session, giveaway))

    async def _first_day(self, session: Session, giveaway: Giveaway) -> date:
        zone = (await self._settings.within(session, giveaway.guild_id, GeneralSettings)).zone
        return (giveaway.starts_at or self._clock.now()).astimezone(zone).date()

    async def _coins(self, session: Session, guild_id: int, people: Collection[int]) -> Mapping[int, int]:
        """Wallet and bank. A wallet that was never touched holds what members begin with."""
        begin = (await self._settings.within(session, guild_id, EconomySettings)).starting_balance
        held = await rows.coins(session, guild_id, people)
        return {
            one: held.get(one, {}).get(Pocket.WALLET, begin) + held.get(one, {}).get(Pocket.BANK, 0) for one in people
        }
