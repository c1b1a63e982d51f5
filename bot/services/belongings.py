"""What members own, for those who look: page by page, one thing, or by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.economy import inventory as rows
from bot.db.repositories.economy import items
from bot.db.sessions import ReadSession, Session
from bot.domain.economy_settings import EconomyCommand, TradeSettings
from bot.domain.inventory import Stack
from bot.domain.paging import NEWEST, OLDEST, Cursor, cut
from bot.domain.people import folded
from bot.domain.shop import Item, resale_value
from bot.errors import ItemGone, NotEnoughCopies
from bot.services.economy_rules import allowed
from bot.services.guild_settings import GuildSettingsService

PAGE = 10
"""Things on a page."""

SUGGESTED = 25
"""Names that are suggested while somebody writes."""


@dataclass(frozen=True)
class Belonging:
    """A thing that a member owns, and how many copies of it."""

    item: Item
    stack: Stack
    resale: int
    """Coins that one copy brings when it is sold back; 0: it can't be."""


@dataclass(frozen=True)
class Belongings:
    """A page of what a member owns, and the cursors of its neighbours."""

    user_id: int
    things: tuple[Belonging, ...]
    before: Cursor | None
    after: Cursor | None


class BelongingsService:
    """Reads alone. What is done with things is `InventoryService`'s."""

    def __init__(self, database: Database, clock: Clock, settings: GuildSettingsService) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings

    async def page(self, guild_id: int, user_id: int, cursor: Cursor = NEWEST) -> Belongings:
        """The page at `cursor` of what a member owns, in the order of names. A cursor's edge is a thing.

        Raises:
            FeatureOff, CommandOff: there is no shop here.
        """
        await allowed(self._settings, guild_id, EconomyCommand.SHOP, command="inventory")

        async def unit(session: ReadSession) -> Belongings:
            found = await self._read(session, guild_id, user_id, cursor)
            if not found.things and cursor != NEWEST:  # beyond an end: the page at that end
                found = await self._read(session, guild_id, user_id, NEWEST if cursor.newer else OLDEST)
            return found

        return await self._database.query(unit)

    async def _read(self, session: Session, guild_id: int, user_id: int, cursor: Cursor) -> Belongings:
        now = self._clock.now()
        found = await rows.stacks(session, guild_id, user_id, cursor, now=now, count=PAGE + 1)
        page = cut(found, cursor, PAGE, lambda stack: stack.item_id)
        return Belongings(user_id, await self._known(session, guild_id, page.items), page.newer, page.older)

    async def _known(self, session: Session, guild_id: int, stacks: Sequence[Stack]) -> tuple[Belonging, ...]:
        known = await items.several(session, guild_id, {stack.item_id for stack in stacks})
        usual = (await self._settings.within(session, guild_id, TradeSettings)).resale
        return tuple(
            Belonging(known[stack.item_id], stack, resale_value(known[stack.item_id], usual)) for stack in stacks
        )

    async def get(self, guild_id: int, user_id: int, item_id: int) -> Belonging:
        """What a member owns of one thing.

        Raises:
            FeatureOff, CommandOff: there is no shop here.
            ItemGone: it was never there.
            NotEnoughCopies: they own none.
        """
        await allowed(self._settings, guild_id, EconomyCommand.SHOP, command="inventory")

        async def unit(session: ReadSession) -> Belonging:
            stack = await rows.stack(session, guild_id, user_id, item_id, now=self._clock.now())
            if stack is None:
                item = await items.get(session, guild_id, item_id)
                raise ItemGone if item is None else NotEnoughCopies(item.name, 0, 1)
            [found] = await self._known(session, guild_id, [stack])
            return found

        return await self._database.query(unit)

    async def suggest(self, guild_id: int, user_id: int, text: str) -> Sequence[Belonging]:
        """Up to `SUGGESTED` things that a member owns and whose name begins so, whatever its case."""

        async def unit(session: ReadSession) -> Sequence[Belonging]:
            now = self._clock.now()
            found = await rows.beginning(session, guild_id, user_id, folded(text), now=now, count=SUGGESTED)
            return await self._known(session, guild_id, found)

        return await self._database.query(unit)

    async def named(self, guild_id: int, user_id: int, name: str) -> int:
        """The id of the thing of that name, whatever its case: one that the member owns, or else one for sale.

        Of several that they own under one name, the one for sale, or else the newest.

        Raises:
            ItemGone: there is none.
        """

        async def unit(session: ReadSession) -> int:
            for_sale = await items.by_name(session, guild_id, folded(name))
            found = await rows.beginning(
                session, guild_id, user_id, folded(name), now=self._clock.now(), count=SUGGESTED
            )
            known = await items.several(session, guild_id, {stack.item_id for stack in found})
            mine = {one.id for one in known.values() if one.draft.search_name == folded(name)}
            if for_sale is not None and (for_sale.id in mine or not mine):
                return for_sale.id
            if not mine:
                raise ItemGone
            return max(mine)

        return await self._database.query(unit)
