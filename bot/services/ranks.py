"""Where members stand: one member's rank, and the boards of leveling."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories import leaderboard as ranking
from bot.db.repositories.economy import inventory
from bot.db.repositories.leaderboard import Ranking
from bot.db.repositories.leveling import ranks as rows
from bot.db.repositories.leveling.ranks import Sums
from bot.db.sessions import ReadSession
from bot.domain.features import Feature, FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.leaderboard import Asked, Period, Standings, begins
from bot.domain.leveling import Span
from bot.domain.leveling_settings import CurveSettings, LevelingSettings
from bot.domain.ranks import Rank, Worn
from bot.domain.shop import ItemKind
from bot.errors import BotsHaveNoRank, RankHidden
from bot.services.guild_settings import GuildSettingsService
from bot.services.preferences import uncounted

_SPANS = {Period.TODAY: Span.DAY, Period.WEEK: Span.WEEK, Period.MONTH: Span.MONTH}
_NOTHING = Sums(0, 0, 0)


class RanksService:
    """Reads places. What members have is written elsewhere."""

    def __init__(self, database: Database, clock: Clock, settings: GuildSettingsService) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings

    async def rank(self, guild_id: int, user_id: int, *, viewer_id: int, is_bot: bool = False) -> Rank:
        """How somebody stands.

        Raises:
            FeatureOff: the guild has no levels.
            BotsHaveNoRank: it is a bot.
            RankHidden: they keep it to themselves, and somebody else asks.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
        if is_bot:
            raise BotsHaveNoRank

        async def unit(session: ReadSession) -> Rank:
            hidden = await self._is_hidden(session, guild_id, user_id)
            if hidden and user_id != viewer_id:
                raise RankHidden(user_id)
            return await self._rank(session, guild_id, user_id, hidden=hidden)

        return await self._database.query(unit)

    async def level(self, guild_id: int, user_id: int, *, viewer_id: int, is_bot: bool = False) -> int:
        """Somebody's level alone.

        Raises:
            FeatureOff, BotsHaveNoRank, RankHidden: as for `rank`.
        """
        await self._settings.require(guild_id, Feature.LEVELING)
        if is_bot:
            raise BotsHaveNoRank

        async def unit(session: ReadSession) -> int:
            if user_id != viewer_id and await self._is_hidden(session, guild_id, user_id):
                raise RankHidden(user_id)
            own = await rows.sums(session, guild_id, user_id) or _NOTHING
            curve = (await self._settings.within(session, guild_id, CurveSettings)).curve
            return curve.table().level(own.xp)

        return await self._database.query(unit)

    async def xp(self, guild_id: int, asked: Asked) -> Standings:
        """A page of who has most XP. Of all time any page can be had, and any place is told.

        Raises:
            FeatureOff: the guild has no levels.
        """
        if asked.period is not Period.ALL:
            return await self._board(guild_id, asked, rows.XP, rows.PERIOD_XP, "xp")
        await self._settings.require(guild_id, Feature.LEVELING)

        async def unit(session: ReadSession) -> Standings:
            own = await rows.sums(session, guild_id, asked.user_id)
            shows_left = await self._shows_left(session, guild_id)
            shown = await rows.standings(session, guild_id, asked, own, shows_left=shows_left)
            return await _unnamed(session, guild_id, shown)

        return await self._database.query(unit)

    async def messages(self, guild_id: int, asked: Asked) -> Standings:
        """A page of who wrote most messages that count.

        Raises:
            FeatureOff: the guild has no levels.
        """
        return await self._board(guild_id, asked, rows.MESSAGES, rows.PERIOD_MESSAGES, "messages")

    async def voice(self, guild_id: int, asked: Asked) -> Standings:
        """A page of who was in voice for longest, in seconds that count.

        Raises:
            FeatureOff: the guild has no levels.
        """
        return await self._board(guild_id, asked, rows.VOICE, rows.PERIOD_VOICE, "voice_seconds")

    async def _board(self, guild_id: int, asked: Asked, of_all: Ranking, of_period: Ranking, what: str) -> Standings:
        await self._settings.require(guild_id, Feature.LEVELING)

        async def unit(session: ReadSession) -> Standings:
            if asked.since is None:
                board, fixed = of_all, {}
                own = await rows.sums(session, guild_id, asked.user_id)
            else:
                span, begin = _SPANS[asked.period], await self._day(session, guild_id, asked.since)
                board, fixed = of_period, {"span": span, "begins": begin}
                own = await rows.period_sums(session, guild_id, asked.user_id, span, begin)
            shows_left = await self._shows_left(session, guild_id)
            value = 0 if own is None else int(getattr(own, what))
            counts = own is not None
            shown = await ranking.standings(
                session, board, guild_id, asked, value, counts=counts, shows_left=shows_left, **fixed
            )
            return await _unnamed(session, guild_id, shown)

        return await self._database.query(unit)

    async def _rank(self, session: ReadSession, guild_id: int, user_id: int, *, hidden: bool) -> Rank:
        own = await rows.sums(session, guild_id, user_id) or _NOTHING
        shows_left = await self._shows_left(session, guild_id)
        week = await rows.period_sums(session, guild_id, user_id, Span.WEEK, await self._week(session, guild_id))
        curve = (await self._settings.within(session, guild_id, CurveSettings)).curve
        worn = await self._worn(session, guild_id, user_id)
        return Rank(
            user_id,
            await rows.place(session, guild_id, own.xp, shows_left=shows_left),
            curve.table().progress(own.xp),
            (week or _NOTHING).xp,
            own.messages,
            own.voice_seconds,
            worn.get(ItemKind.BADGE),
            worn.get(ItemKind.BACKGROUND),
            hidden,
        )

    async def _worn(self, session: ReadSession, guild_id: int, user_id: int) -> dict[ItemKind, Worn]:
        features = await self._settings.within(session, guild_id, FeatureSettings)
        if not features.has(Feature.ECONOMY):
            return {}
        return await inventory.worn(session, guild_id, user_id, self._clock.now())

    async def _is_hidden(self, session: ReadSession, guild_id: int, user_id: int) -> bool:
        if await rows.nameless(session, guild_id, [user_id]):
            return True
        return bool(await uncounted(session, [user_id]))

    async def _shows_left(self, session: ReadSession, guild_id: int) -> bool:
        return (await self._settings.within(session, guild_id, LevelingSettings)).shows_left

    async def _day(self, session: ReadSession, guild_id: int, moment: datetime) -> date:
        zone = (await self._settings.within(session, guild_id, GeneralSettings)).zone
        return moment.astimezone(zone).date()

    async def _week(self, session: ReadSession, guild_id: int) -> date:
        now = self._clock.now()
        zone = (await self._settings.within(session, guild_id, GeneralSettings)).zone
        return (begins(Period.WEEK, now, zone) or now).astimezone(zone).date()


async def _unnamed(session: ReadSession, guild_id: int, shown: Standings) -> Standings:
    """The same with those marked who wish to be nameless, the asker among them."""
    hidden = await rows.nameless(session, guild_id, {one.user_id for one in (*shown.rows, shown.own)})
    if not hidden:
        return shown
    marked = tuple(replace(one, nameless=one.user_id in hidden) for one in shown.rows)
    return replace(shown, rows=marked, own=replace(shown.own, nameless=shown.own.user_id in hidden))
