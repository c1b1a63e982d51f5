"""What is for sale, as one member sees it: whether they may have it, and what they have of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.db.engine import Database
from bot.db.repositories.economy import items
from bot.db.sessions import ReadSession
from bot.domain.economy_settings import EconomyCommand, TradeSettings
from bot.domain.requirements import Need, Standing, is_met, told
from bot.domain.shop import Item, ItemDraft, resale_value
from bot.errors import ItemGone
from bot.services.economy_rules import allowed
from bot.services.guild_settings import GuildSettingsService
from bot.services.standings import Standings
from bot.words import Phrase


@dataclass(frozen=True)
class Condition:
    """Something that is needed, or that must not be, and whether the member has it."""

    what: Phrase
    has: bool


@dataclass(frozen=True)
class Offer:
    """A thing in the shop, in the eyes of one member."""

    item: Item
    all_of: tuple[Condition, ...]
    any_of: tuple[Condition, ...]
    none_of: tuple[Condition, ...]
    names: Mapping[int, str]
    """Of the things that its effects give."""
    owned: int
    """Copies that the member has."""
    bought: int
    """Copies that the member ever bought."""
    ready_at: datetime | None
    """When they may buy it again; None: as far as its cooldown goes, now."""
    resale: int
    """Coins that one copy brings when it is sold back; 0: it can't be."""


class OffersService:
    """Reads alone; whether somebody may buy is decided anew when they do."""

    def __init__(self, database: Database, settings: GuildSettingsService, standings: Standings) -> None:
        self._database = database
        self._settings = settings
        self._standings = standings

    async def look(self, guild_id: int, user_id: int, role_ids: Collection[int], item_id: int) -> Offer:
        """A thing, for sale or not, as a member with these roles sees it.

        Raises:
            FeatureOff, CommandOff: there is no shop here.
            ItemGone: it was never there.
        """
        await allowed(self._settings, guild_id, EconomyCommand.SHOP)

        async def unit(session: ReadSession) -> Offer:
            item = await items.get(session, guild_id, item_id)
            if item is None:
                raise ItemGone
            return await self._offer(session, guild_id, user_id, role_ids, item)

        return await self._database.query(unit)

    async def preview(self, guild_id: int, user_id: int, role_ids: Collection[int], item: Item) -> Offer:
        """A thing that may not be there yet, as a member with these roles would see it."""
        return await self._database.query(lambda session: self._offer(session, guild_id, user_id, role_ids, item))

    async def _offer(
        self, session: ReadSession, guild_id: int, user_id: int, role_ids: Collection[int], item: Item
    ) -> Offer:
        draft = item.draft
        needed = draft.requirements
        concerned = {item.id, *needed.item_ids, *draft.effects.item_ids}
        names = await items.names(session, guild_id, concerned)
        standing = await self._standings.of(session, guild_id, user_id, role_ids, needed, also=concerned)
        earlier = await self._standings.earlier(session, guild_id, user_id, item.id)
        usual = (await self._settings.within(session, guild_id, TradeSettings)).resale
        return Offer(
            item,
            _conditions(needed.all_of, standing, names),
            _conditions(needed.any_of, standing, names),
            _conditions(needed.none_of, standing, names),
            names,
            owned=standing.owned.get(item.id, 0),
            bought=earlier.copies,
            ready_at=self._standings.ready_at(draft.cooldown, earlier),
            resale=resale_value(item, usual),
        )

    async def doubts(self, guild_id: int, draft: ItemDraft) -> tuple[Phrase, ...]:
        """Why nobody might have a thing, or what it brings, for staff that is about to publish it."""
        return await self._database.query(lambda session: self._standings.doubts(session, guild_id, draft))

    async def names(self, guild_id: int, item_ids: Collection[int]) -> Mapping[int, str]:
        """What these things are called; those that were never there are left out."""
        return await self._database.query(lambda session: items.names(session, guild_id, item_ids))


def _conditions(needs: Collection[Need], standing: Standing, names: Mapping[int, str]) -> tuple[Condition, ...]:
    return tuple(Condition(told(need, standing, names), is_met(need, standing)) for need in needs)
