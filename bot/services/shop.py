"""The shop: what is for sale, for those who look and for staff who say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.economy import inventory
from bot.db.repositories.economy import items as rows
from bot.db.repositories.economy.items import Category
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.audit import ITEM, AuditRecord, AuditSource, difference
from bot.domain.economy_settings import EconomyCommand
from bot.domain.paging import NEWEST, OLDEST, Cursor, Slice, cut
from bot.domain.people import folded
from bot.domain.shop import MOST_IN_STOCK, MOST_ITEMS, Item, ItemDraft, check_roles
from bot.domain.sketches import Hand, Sketch
from bot.errors import ItemChanged, ItemGone, ItemNameTaken, ItemRefused, StockOutOfBounds, TooManyItems
from bot.ids import IdMaker
from bot.services.audit import AuditService
from bot.services.economy_rules import allowed
from bot.services.guild_settings import GuildSettingsService
from bot.words import Phrase

PAGE = 8
"""Things on a page."""

SUGGESTED = 25
"""Names that are suggested while somebody writes."""

CREATED, EDITED, ARCHIVED, RESTORED, RESTOCKED = (
    "item.create", "item.edit", "item.archive", "item.restore", "item.restock",
)  # fmt: skip
"""What staff does, as the audit log has it."""


@dataclass(frozen=True)
class By:
    """Who changes the shop, and by which way."""

    actor_id: int | None
    source: AuditSource = AuditSource.COMMAND


@dataclass(frozen=True)
class Shelf:
    """A page of what is on offer, and the cursors of its neighbours."""

    items: tuple[Item, ...]
    before: Cursor | None
    after: Cursor | None


@dataclass(frozen=True)
class Details:
    """A thing with what an owner wants to know before changing it."""

    item: Item
    copies: int
    """That members own."""
    owners: int


class ShopService:
    """The use cases of the shop. What members use looks first whether the guild has one."""

    def __init__(
        self, database: Database, clock: Clock, ids: IdMaker, settings: GuildSettingsService, audit: AuditService
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._audit = audit

    # For everybody --------------------------------------------------------------------------------------

    async def categories(self, guild_id: int) -> list[Category]:
        """The shelves on which something is offered.

        Raises:
            FeatureOff, CommandOff: there is no shop here.
        """
        await allowed(self._settings, guild_id, EconomyCommand.SHOP)
        now = self._clock.now()
        return await self._database.query(lambda session: rows.categories(session, guild_id, now=now))

    async def shelf(self, guild_id: int, category: str | None = None, cursor: Cursor = NEWEST) -> Shelf:
        """The page at `cursor` of what is on offer, of all categories if none is given, in the order of names.

        A cursor's edge is a thing; `NEWEST` is where the list begins.

        Raises:
            FeatureOff, CommandOff: there is no shop here.
        """
        await allowed(self._settings, guild_id, EconomyCommand.SHOP)
        page = await self._page(guild_id, category, cursor)
        if not page.items and cursor != NEWEST:  # beyond an end: the page at that end
            page = await self._page(guild_id, category, NEWEST if cursor.newer else OLDEST)
        return Shelf(page.items, page.newer, page.older)

    async def _page(self, guild_id: int, category: str | None, cursor: Cursor) -> Slice[Item]:
        now = self._clock.now()
        found = await self._database.query(
            lambda session: rows.page(session, guild_id, category, cursor, now=now, count=PAGE + 1)
        )
        return cut(found, cursor, PAGE, lambda item: item.id)

    async def suggest(self, guild_id: int, text: str) -> list[Item]:
        """Up to `SUGGESTED` things for sale whose name begins so, whatever its case."""
        return await self._database.query(lambda session: rows.beginning(session, guild_id, folded(text), SUGGESTED))

    async def named(self, guild_id: int, name: str) -> Item:
        """The thing for sale of that name, whatever its case.

        Raises:
            ItemGone: there is none.
        """
        return _there(await self._database.query(lambda session: rows.by_name(session, guild_id, folded(name))))

    async def item(self, guild_id: int, item_id: int) -> Item:
        """A thing, for sale or not.

        Raises:
            ItemGone: it was never there.
        """
        return _there(await self._database.query(lambda session: rows.get(session, guild_id, item_id)))

    # For staff ------------------------------------------------------------------------------------------

    async def details(self, guild_id: int, item_id: int) -> Details:
        """A thing, and how many of it are owned by how many.

        Raises:
            ItemGone: it was never there.
        """

        async def unit(session: ReadSession) -> Details:
            item = _there(await rows.get(session, guild_id, item_id))
            copies, owners = await inventory.owners(session, guild_id, item_id)
            return Details(item, copies, owners)

        return await self._database.query(unit)

    async def put_up(self, session: WriteSession, guild_id: int, made: Item, hand: Hand | None, by: By) -> Item:
        """Put a new thing up for sale, inside the caller's transaction; `hand` None: of no person, who needs no rank.

        Raises:
            What `check_roles` raises.
            ItemNameTaken: another has its name. Then the transaction is lost.
            TooManyItems: there are as many as there may be.
            ItemRefused: it names a thing that is not there.
        """
        _check_hand(made.draft, hand)
        await self._check_links(session, guild_id, made)
        if await rows.count(session, guild_id) >= MOST_ITEMS:
            raise TooManyItems(MOST_ITEMS)
        if not await rows.add(session, guild_id, made):
            raise ItemNameTaken(made.name)
        record = AuditRecord(CREATED, by.actor_id, by.source, **_told(made), after=_document(made))
        await self._audit.record(session, guild_id, record)
        return made

    async def create(self, guild_id: int, draft: ItemDraft, by: By, *, item_id: int | None = None) -> Item:
        """Put a new thing up for sale. With an `item_id`, made before by `new_id`, the same again finds itself done.

        Raises:
            What `put_up` raises.
        """
        made = Item(self.new_id() if item_id is None else item_id, draft, sold=0, version=1)

        async def unit(session: WriteSession) -> Item:
            before = await rows.get(session, guild_id, made.id)
            return before or await self.put_up(session, guild_id, made, None, by)

        return await self._database.transact(unit, idempotent=True)

    def new_id(self) -> int:
        """An id for a thing that is to be created."""
        return self._ids.new()

    async def edit(
        self, guild_id: int, item_id: int, edit: Callable[[ItemDraft], ItemDraft], *, base: int, by: By
    ) -> Item:
        """Change a thing that was read at version `base`; how it stands now.

        The stock stays what it is, for things are sold while somebody writes; `restock` changes it. Copies that
        members own keep their end; what using and selling them does, follows the change.

        Raises:
            ItemGone: it is not for sale.
            ItemChanged: somebody else changed it since.
            ItemNameTaken: another has its name.
            ItemRefused: its kind would be another, or it names a thing that is not there.
        """

        async def unit(session: WriteSession) -> Item:
            item = await self._locked(session, guild_id, item_id)
            return await self._change(session, guild_id, item, edit(item.draft), base=base, by=by)

        return await self._database.transact(unit, idempotent=True)

    async def change(self, session: WriteSession, guild_id: int, sketch: Sketch, hand: Hand, by: By) -> Item:
        """Change a thing as somebody wrote it, inside the caller's transaction; otherwise as `edit`.

        Raises:
            What `check_roles` and `edit` raise.
        """
        item = await self._locked(session, guild_id, sketch.item_id)
        _check_hand(sketch.draft, hand)
        return await self._change(session, guild_id, item, sketch.draft, base=sketch.base, by=by)

    async def _change(
        self, session: WriteSession, guild_id: int, item: Item, draft: ItemDraft, *, base: int, by: By
    ) -> Item:
        wanted = draft.model_copy(update={"stock": item.draft.stock})
        if wanted == item.draft:
            return item
        if item.version != base:
            raise ItemChanged(item.name)
        if wanted.kind is not item.draft.kind:
            raise ItemRefused(item.name, Phrase("can't become a thing of another kind; clone it instead"))
        changed = replace(item, draft=wanted, version=item.version + 1)
        await self._check_links(session, guild_id, changed)
        await self._put(session, guild_id, changed)
        old, new = difference(_document(item), _document(changed))
        record = AuditRecord(EDITED, by.actor_id, by.source, **_told(item), before=old, after=new)
        await self._audit.record(session, guild_id, record)
        return changed

    async def archive(self, guild_id: int, item_id: int, by: By) -> Item:
        """Take a thing out of the shop; copies stay. Nothing if it is out already.

        Raises:
            ItemGone: it was never there.
        """

        async def unit(session: WriteSession) -> Item:
            item = _there(await rows.lock(session, guild_id, item_id))
            if item.archived_at is not None:
                return item
            record = AuditRecord(ARCHIVED, by.actor_id, by.source, **_told(item))
            return await self._shelve(session, guild_id, replace(item, archived_at=self._clock.now()), record)

        return await self._database.transact(unit, idempotent=True)

    async def restore(self, guild_id: int, item_id: int, by: By, *, hand: Hand | None) -> Item:
        """Put an archived thing up for sale again, by `hand` as in `put_up`. Nothing if it is.

        Raises:
            What `check_roles` raises.
            ItemGone: it was never there.
            ItemNameTaken: another has its name by now.
            TooManyItems: there are as many as there may be.
        """

        async def unit(session: WriteSession) -> Item:
            item = _there(await rows.lock(session, guild_id, item_id))
            if item.archived_at is None:
                return item
            _check_hand(item.draft, hand)
            if await rows.count(session, guild_id) >= MOST_ITEMS:
                raise TooManyItems(MOST_ITEMS)
            record = AuditRecord(RESTORED, by.actor_id, by.source, **_told(item))
            return await self._shelve(session, guild_id, replace(item, archived_at=None), record)

        return await self._database.transact(unit, idempotent=True)

    async def _shelve(self, session: WriteSession, guild_id: int, item: Item, record: AuditRecord) -> Item:
        changed = replace(item, version=item.version + 1)
        await self._put(session, guild_id, changed)
        await self._audit.record(session, guild_id, record)
        return changed

    async def restock(self, guild_id: int, item_id: int, stock: int | None, by: By) -> Item:
        """Say how many copies are left to sell from now on; None: as many as anybody wants.

        Raises:
            ItemGone: it is not for sale.
            StockOutOfBounds: below 0, or above `MOST_IN_STOCK`.
        """

        async def unit(session: WriteSession) -> Item:
            item = await self._locked(session, guild_id, item_id)
            return await self._stocked(session, guild_id, item, stock, by)

        return await self._database.transact(unit, idempotent=True)

    async def deliver(self, guild_id: int, item_id: int, more: int, by: By, *, key: str) -> Item:
        """Add to what is left to sell, or take away from it. The same key again adds nothing.

        Raises:
            ItemGone: it is not for sale.
            ItemRefused: there are as many as anybody wants.
            StockOutOfBounds: there would be less than none, or more than `MOST_IN_STOCK`.
        """

        async def unit(session: WriteSession) -> Item:
            item = await self._locked(session, guild_id, item_id)
            if not await rows.add_delivery(session, guild_id, key, item_id, more):
                return item
            if item.draft.stock is None:
                raise ItemRefused(item.name, Phrase("has no stock to add to: there are as many as anybody wants"))
            return await self._stocked(session, guild_id, item, item.draft.stock + more, by)

        return await self._database.transact(unit, idempotent=True)

    async def _stocked(self, session: WriteSession, guild_id: int, item: Item, stock: int | None, by: By) -> Item:
        if stock is not None and not 0 <= stock <= MOST_IN_STOCK:
            raise StockOutOfBounds(MOST_IN_STOCK)
        if item.draft.stock == stock:
            return item
        changed = replace(item, draft=item.draft.model_copy(update={"stock": stock}))
        await self._put(session, guild_id, changed)
        old, new = {"stock": item.draft.stock}, {"stock": stock}
        record = AuditRecord(RESTOCKED, by.actor_id, by.source, **_told(item), before=old, after=new)
        await self._audit.record(session, guild_id, record)
        return changed

    async def _locked(self, session: WriteSession, guild_id: int, item_id: int) -> Item:
        item = _there(await rows.lock(session, guild_id, item_id))
        if item.archived_at is not None:
            raise ItemGone
        return item

    @staticmethod
    async def _put(session: WriteSession, guild_id: int, item: Item) -> None:
        if not await rows.put(session, guild_id, item):
            raise ItemNameTaken(item.name)

    @staticmethod
    async def _check_links(session: Session, guild_id: int, item: Item) -> None:
        named = (item.draft.requirements.item_ids | item.draft.effects.item_ids) - {item.id}
        if len(await rows.names(session, guild_id, named)) < len(named):
            raise ItemRefused(item.name, Phrase("names a thing that is not there"))


def _check_hand(draft: ItemDraft, hand: Hand | None) -> None:
    if hand is not None:
        check_roles(draft, hand.guild, hand.reach)


def _told(item: Item) -> dict[str, Any]:
    """Whom an entry of the audit log is about."""
    return {"target_type": ITEM, "target_id": str(item.id), "description": item.name}


def _document(item: Item) -> dict[str, Any]:
    """A thing as the audit log has it: what is not as usual, and of lists how long they are."""
    document = item.draft.model_dump(mode="json", exclude_defaults=True, exclude={"requirements", "effects"})
    document["kind"] = item.draft.kind.value
    return document | {"requirements": item.draft.requirements.count, "effects": item.draft.effects.count}


def _there(item: Item | None) -> Item:
    if item is None:
        raise ItemGone
    return item
