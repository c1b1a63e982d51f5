"""All things of a shop, archived ones too, as its staff looks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.db.engine import Database
from bot.db.repositories.economy import items as rows
from bot.db.sessions import ReadSession
from bot.domain.features import Feature
from bot.domain.paging import NEWEST, OLDEST, Cursor, Slice, cut
from bot.domain.people import folded
from bot.domain.shop import Item
from bot.errors import ItemGone
from bot.services.guild_settings import GuildSettingsService

PAGE = 10
"""Things on a page."""

SUGGESTED = 25
"""Names that are suggested while somebody writes."""


@dataclass(frozen=True)
class Catalogue:
    """A page of all things in the order of their names, the cursors of its neighbours, and how many there are."""

    items: tuple[Item, ...]
    before: Cursor | None
    after: Cursor | None
    for_sale: int
    archived: int


class CatalogueService:
    """Reads alone."""

    def __init__(self, database: Database, settings: GuildSettingsService) -> None:
        self._database = database
        self._settings = settings

    async def page(self, guild_id: int, cursor: Cursor = NEWEST) -> Catalogue:
        """The page at `cursor`, whose edge is a thing; `NEWEST` is where the list begins.

        Raises:
            FeatureOff: the guild has no economy.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)

        async def unit(session: ReadSession) -> Catalogue:
            page = await _page(session, guild_id, cursor)
            if not page.items and cursor != NEWEST:  # beyond an end: the page at that end
                page = await _page(session, guild_id, NEWEST if cursor.newer else OLDEST)
            counts = await rows.count(session, guild_id), await rows.count_archived(session, guild_id)
            return Catalogue(page.items, page.newer, page.older, *counts)

        return await self._database.query(unit)

    async def search(self, guild_id: int, text: str, *, for_sale: bool, archived: bool) -> list[Item]:
        """Up to `SUGGESTED` things whose name begins so, whatever its case; those for sale first."""
        wanted = folded(text)

        async def unit(session: ReadSession) -> list[Item]:
            found = await rows.beginning(session, guild_id, wanted, SUGGESTED) if for_sale else []
            filed = await rows.archived(session, guild_id, wanted, SUGGESTED) if archived else []
            return [*found, *filed][:SUGGESTED]

        return await self._database.query(unit)

    async def named(self, guild_id: int, name: str, *, for_sale: bool, archived: bool) -> Item:
        """The thing of that name, whatever its case: the one for sale, else the newest that is archived.

        Raises:
            ItemGone: there is none.
        """
        wanted = folded(name)
        found = await self.search(guild_id, name, for_sale=for_sale, archived=archived)
        item = next((one for one in found if one.draft.search_name == wanted), None)
        if item is None:
            raise ItemGone
        return item


async def _page(session: ReadSession, guild_id: int, cursor: Cursor) -> Slice[Item]:
    found = await rows.catalogue(session, guild_id, cursor, count=PAGE + 1)
    return cut(found, cursor, PAGE, lambda item: item.id)
