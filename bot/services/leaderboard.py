"""Leaderboards: one way to all boards that features offer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.clock import Clock
from bot.domain.features import Feature, FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.leaderboard import BOTTOMLESS, DEEPEST, Asked, Period, Standings, begins, bounded_start, start_of_page
from bot.errors import BoardNotFound, FeatureOff, NoBoards, PeriodNotCounted
from bot.services.guild_settings import GuildSettingsService

if TYPE_CHECKING:
    from bot.services import Services


class Source(Protocol):
    """A service's method that reads a page of its board: one read, of as few rows as `Asked` says."""

    def __call__(self, guild_id: int, asked: Asked, /) -> Awaitable[Standings]:
        """The page."""
        ...


@dataclass(frozen=True, kw_only=True)
class Board:
    """A board that a feature offers."""

    name: str
    """By what it is asked for and found again: small letters and underscores, at most 24; it never changes."""

    title: str
    """What people call it."""

    source: Callable[[Services], Source]
    """The method that reads it."""

    said: Callable[[int], str]
    """A value in words: ``12 coins``."""

    periods: tuple[Period, ...] = (Period.ALL,)
    """Over which times it counts; the first is meant where none is named."""

    hint: str | None = None
    """How one gets onto it, for a board that is empty."""

    once: tuple[str, ...] = ()
    """Names that it had before, under which buttons may still ask for it."""

    is_on: Callable[[Services], Callable[[int], Awaitable[bool]]] | None = None
    """The method that tells whether a guild has it, where not every guild with the feature does."""

    leads: bool = False
    """Whether it is shown before those of other features."""

    is_deep: bool = False
    """Whether its method finds any page, however far down, and tells any place; else those to `DEEPEST`."""


@dataclass(frozen=True)
class ShownBoard:
    """A page of a board."""

    board: Board
    period: Period
    standings: Standings
    feature: Feature | None = None
    """Whose board it is, where guilds switch it."""


@dataclass(frozen=True)
class _Offer:
    board: Board
    switch: Feature | None
    source: Source
    is_on: Callable[[int], Awaitable[bool]] | None = None


class LeaderboardService:
    """Finds a board, looks whether its feature is on, and reads it."""

    def __init__(self, clock: Clock, settings: GuildSettingsService) -> None:
        self._clock = clock
        self._settings = settings
        self._offers: dict[str, _Offer] = {}

    def offer(
        self,
        board: Board,
        switch: Feature | None,
        source: Source,
        is_on: Callable[[int], Awaitable[bool]] | None = None,
    ) -> None:
        """Know a further board. Boards are shown in the order in which they were offered."""
        self._offers[board.name] = _Offer(board, switch, source, is_on)

    @property
    def known(self) -> Sequence[Board]:
        """All boards there are, also of features that are off."""
        return [offer.board for offer in self._offers.values()]

    @property
    def switches(self) -> Sequence[Feature]:
        """The features that bring a board to guilds that switch them on."""
        return list(dict.fromkeys(offer.switch for offer in self._offers.values() if offer.switch is not None))

    async def boards(self, guild_id: int) -> Sequence[Board]:
        """The boards of a guild: of those features that are on there."""
        return [offer.board for offer in await self._open(guild_id)]

    async def show(
        self, guild_id: int, user_id: int, *, board: str | None = None, period: Period | None = None, start: int = 0
    ) -> ShownBoard:
        """A page of a board for one who asks; without a name, of the guild's first.

        Raises:
            BoardNotFound, FeatureOff, NoBoards: there is none.
            PeriodNotCounted: the board does not count over that time.
        """
        offer = await self._find(guild_id, board)
        over = offer.board.periods[0] if period is None else period
        if over not in offer.board.periods:
            raise PeriodNotCounted
        zone = (await self._settings.read(guild_id, GeneralSettings)).value.zone
        since = begins(over, self._clock.now(), zone)
        begin = bounded_start(start, deepest=BOTTOMLESS if offer.board.is_deep else DEEPEST)
        standings = await offer.source(guild_id, Asked(user_id, since, begin, period=over))
        return ShownBoard(offer.board, over, standings, offer.switch)

    async def show_own(self, guild_id: int, user_id: int, *, board: str, period: Period) -> ShownBoard:
        """The page on which the one who asks stands; the first, if they have no place.

        Raises:
            What `show` raises.
        """
        first = await self.show(guild_id, user_id, board=board, period=period)
        place = first.standings.own.place
        if place is None or start_of_page(place) == 0:
            return first
        return await self.show(guild_id, user_id, board=board, period=period, start=start_of_page(place))

    async def _find(self, guild_id: int, name: str | None) -> _Offer:
        if name is None:
            offers = await self._open(guild_id)
            if not offers:
                raise NoBoards
            return offers[0]
        offer = next((one for one in self._offers.values() if name in {one.board.name, *one.board.once}), None)
        if offer is None:
            raise BoardNotFound
        if offer.switch is not None and not await self._is_on(guild_id, offer.switch):
            raise FeatureOff(offer.switch.value, offer.switch.label)
        if offer.is_on is not None and not await offer.is_on(guild_id):
            raise BoardNotFound
        return offer

    async def _open(self, guild_id: int) -> list[_Offer]:
        features = (await self._settings.read(guild_id, FeatureSettings)).value
        open_to_all = [one for one in self._offers.values() if one.switch is None or features.has(one.switch)]
        return [one for one in open_to_all if one.is_on is None or await one.is_on(guild_id)]

    async def _is_on(self, guild_id: int, switch: Feature) -> bool:
        return (await self._settings.read(guild_id, FeatureSettings)).value.has(switch)
