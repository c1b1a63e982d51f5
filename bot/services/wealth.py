"""What members own with their things, and what they earned in a week: one member's at once, everybody's as kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import leaderboard as ranking
from bot.db.repositories.economy import items, wealth_marks
from bot.db.repositories.economy import wealth as rows
from bot.db.sessions import ReadSession, Session
from bot.domain.economy_settings import EconomySettings, TradeSettings
from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.domain.leaderboard import Asked, AsOf, Period, Standings, begins
from bot.domain.shop import resale_value
from bot.domain.wealth import MOST, OVERLAP
from bot.ids import first_at
from bot.services.guild_settings import GuildSettingsService


class Things:
    """Knows what things would bring if they were sold."""

    def __init__(self, settings: GuildSettingsService) -> None:
        self._settings = settings

    async def worth(self, session: Session, guild_id: int, user_id: int) -> int:
        """What everything that somebody could sell would bring now, in coins; 0 or more."""
        copies = await rows.copies_of(session, guild_id, user_id)
        if not copies:
            return 0
        usual = (await self._settings.within(session, guild_id, TradeSettings)).resale
        known = await items.several(session, guild_id, copies)
        return min(sum(copies[one] * resale_value(item, usual) for one, item in known.items()), MOST)

    async def prices(self, session: Session, guild_id: int) -> dict[str, int]:
        """What one copy of each thing would bring now, by its id; those that can't be sold are left out."""
        usual = (await self._settings.within(session, guild_id, TradeSettings)).resale
        worth = {str(one.id): resale_value(one, usual) for one in await items.everything(session, guild_id)}
        return {item_id: coins for item_id, coins in worth.items() if coins}


class WealthService:
    """The boards of what is kept by `WealthKeeping`. Each says of which moment it is."""

    def __init__(self, database: Database, clock: Clock, settings: GuildSettingsService) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings

    async def wealthiest(self, guild_id: int, asked: Asked) -> Standings:
        """A page of who owns most.

        Raises:
            FeatureOff: the guild has no economy.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)

        async def unit(session: ReadSession) -> Standings:
            as_of = await self._as_of(session, guild_id)
            week_of = self._clock.now()  # it says nothing here
            own = (await rows.kept(session, guild_id, [asked.user_id], week_of)).get(asked.user_id)
            shown = await ranking.standings(
                session,
                rows.WEALTHIEST,
                guild_id,
                asked,
                0 if own is None else own.net_worth,
                shows_left=await self._shows_left(session, guild_id),
            )
            return replace(shown, as_of=as_of)

        return await self._database.query(unit)

    async def earners(self, guild_id: int, asked: Asked) -> Standings:
        """A page of who earned most in the week that began at `asked.since`; by default in this one.

        Raises:
            FeatureOff: the guild has no economy.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)

        async def unit(session: ReadSession) -> Standings:
            as_of = await self._as_of(session, guild_id)
            week_of = asked.since or await self._week(session, guild_id)
            own = (await rows.kept(session, guild_id, [asked.user_id], week_of)).get(asked.user_id)
            shown = await ranking.standings(
                session,
                rows.EARNERS,
                guild_id,
                asked,
                0 if own is None else own.earned,
                shows_left=await self._shows_left(session, guild_id),
                week_of=week_of,
            )
            return replace(shown, as_of=as_of)

        return await self._database.query(unit)

    async def _as_of(self, session: ReadSession, guild_id: int) -> AsOf:
        """Of which moment the rows are: of now, where nothing happened since they were looked at."""
        now = self._clock.now()
        mark = await wealth_marks.get(session, guild_id)
        if mark is None:
            return AsOf(now, complete=not await rows.people_above(session, guild_id, 0, 1))
        if mark.filled_to is not None:
            return AsOf(mark.marked_at, complete=False)
        behind = await wealth_marks.is_behind(session, guild_id, now_edge=first_at(now - OVERLAP))
        return AsOf(min(mark.marked_at, now) if behind else now)

    async def _shows_left(self, session: ReadSession, guild_id: int) -> bool:
        return (await self._settings.within(session, guild_id, EconomySettings)).shows_left

    async def _week(self, session: ReadSession, guild_id: int) -> datetime:
        zone = (await self._settings.within(session, guild_id, GeneralSettings)).zone
        return begins(Period.WEEK, self._clock.now(), zone) or self._clock.now()
