"""What staff is still writing of things for sale: kept until published or discarded, and seen by its writer alone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.repositories.economy import items
from bot.db.repositories.economy import sketches as rows
from bot.db.sessions import WriteSession
from bot.domain.features import Feature
from bot.domain.shop import Item, ItemDraft
from bot.domain.sketches import DAYS_KEPT, MOST_SKETCHES, TITLES, Hand, Sketch, amended, rebased
from bot.errors import ItemGone, ItemRefused, SketchChanged, SketchGone, TooManySketches
from bot.ids import IdMaker
from bot.services.guild_settings import GuildSettingsService
from bot.services.offers import Offer, OffersService
from bot.services.shop import By, Details, ShopService
from bot.words import Phrase


@dataclass(frozen=True)
class Drawn:
    """A sketch, as its writer looks at it."""

    sketch: Sketch
    present: Details | None
    """The thing that it changes, as it stands; None: there is none yet."""
    offer: Offer
    """The thing as it would be, in the writer's own eyes."""
    doubts: tuple[Phrase, ...] = ()
    """Why nobody might have it, or what it brings."""


class SketchesService:
    """The use cases of sketches. Whether somebody is of the staff is looked at by whoever calls."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: IdMaker,
        settings: GuildSettingsService,
        *,
        shop: ShopService,
        offers: OffersService,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._shop = shop
        self._offers = offers

    async def begin(self, guild_id: int, user_id: int, draft: ItemDraft) -> Sketch:
        """Begin a new thing.

        Raises:
            FeatureOff: the guild has no economy.
            TooManySketches: they have `MOST_SKETCHES`.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        made = Sketch(self._ids.new(), user_id, self._shop.new_id(), 0, draft, draft, version=1)
        return await self._database.transact(lambda session: self._add(session, guild_id, made), idempotent=True)

    async def begin_like(self, guild_id: int, user_id: int, item_id: int, name: str | None = None) -> Sketch:
        """Begin a new thing that is like one, for sale or not.

        Raises:
            ItemGone: there is none to be like.
            ItemRefused: it can't have that name.
            As `begin`.
        """
        like = (await self._shop.item(guild_id, item_id)).draft
        return await self.begin(guild_id, user_id, like if name is None else amended(like, name=name))

    async def open(self, guild_id: int, user_id: int, item_id: int) -> Sketch:
        """What somebody is writing of a thing for sale: what they left, or a new sketch of how it stands.

        Raises:
            FeatureOff: the guild has no economy.
            ItemGone: it is not for sale.
            TooManySketches: they have `MOST_SKETCHES`.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        sketch_id = self._ids.new()

        async def unit(session: WriteSession) -> Sketch:
            item = await items.get(session, guild_id, item_id)
            if item is None or item.archived_at is not None:
                raise ItemGone
            left = await rows.of_item(session, guild_id, user_id, item_id)
            if left is not None and left.has_changes:
                return left
            if left is not None:
                await rows.remove(session, guild_id, left.id)
            made = Sketch(sketch_id, user_id, item_id, item.version, item.draft, item.draft, version=1)
            return await self._add(session, guild_id, made)

        return await self._database.transact(unit, idempotent=True)

    async def _add(self, session: WriteSession, guild_id: int, made: Sketch) -> Sketch:
        known = await rows.get(session, guild_id, made.id)
        if known is not None:  # an earlier try, whose commit was cut off
            return known
        if await rows.count(session, guild_id, made.user_id) >= MOST_SKETCHES:
            raise TooManySketches(MOST_SKETCHES)
        if await rows.add(session, guild_id, made):
            return made
        left = await rows.of_item(session, guild_id, made.user_id, made.item_id)  # opened twice at once
        if left is None:
            raise SketchGone
        return left

    async def of_person(self, guild_id: int, user_id: int) -> list[Sketch]:
        """Everything that somebody is writing, newest first."""
        return await self._database.query(lambda session: rows.of_person(session, guild_id, user_id))

    async def get(self, guild_id: int, user_id: int, sketch_id: int) -> Sketch:
        """One of somebody's sketches.

        Raises:
            SketchGone: they have no such.
        """
        return _own(await self._database.query(lambda session: rows.get(session, guild_id, sketch_id)), user_id)

    async def look(self, guild_id: int, user_id: int, role_ids: Collection[int], sketch_id: int) -> Drawn:
        """One of somebody's sketches, and what it would be for them as a buyer with these roles.

        Raises:
            FeatureOff: the guild has no economy.
            SketchGone: they have no such.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        sketch = await self.get(guild_id, user_id, sketch_id)
        present = None if sketch.is_new else await self._shop.details(guild_id, sketch.item_id)
        item = sketch.item
        if present is not None:  # what is sold meanwhile is not the sketch's to say
            stock = present.item.draft.stock
            item = replace(present.item, draft=sketch.draft.model_copy(update={"stock": stock}))
        doubts = await self._offers.doubts(guild_id, sketch.draft)
        return Drawn(sketch, present, await self._offers.preview(guild_id, user_id, role_ids, item), doubts)

    async def change(
        self, guild_id: int, user_id: int, sketch_id: int, edit: Callable[[ItemDraft], ItemDraft], *, base: int
    ) -> Sketch:
        """Change a sketch that was shown at version `base`; how it is now.

        Raises:
            SketchGone: they have no such.
            SketchChanged: they changed it since.
            What `edit` raises.
        """

        async def unit(session: WriteSession) -> Sketch:
            sketch = _own(await rows.lock(session, guild_id, sketch_id), user_id)
            draft = edit(sketch.draft)
            if draft == sketch.draft:
                return sketch
            if sketch.version != base:
                raise SketchChanged
            return await self._put(session, guild_id, replace(sketch, draft=draft))

        return await self._database.transact(unit, idempotent=True)

    async def _put(self, session: WriteSession, guild_id: int, sketch: Sketch) -> Sketch:
        changed = replace(sketch, version=sketch.version + 1)
        await rows.put(session, guild_id, changed)
        return changed

    async def rebase(self, guild_id: int, user_id: int, sketch_id: int) -> Sketch:
        """Make the changes of a sketch to the thing as it stands by now; what is so already stays.

        Raises:
            SketchGone: they have no such.
            ItemGone: the thing was never there.
            ItemRefused: both changes do not go together.
        """

        async def unit(session: WriteSession) -> Sketch:
            sketch = _own(await rows.lock(session, guild_id, sketch_id), user_id)
            present = await items.get(session, guild_id, sketch.item_id)
            if present is None:
                raise ItemGone
            if sketch.base == present.version:
                return sketch
            return await self._put(session, guild_id, rebased(sketch, present))

        return await self._database.transact(unit, idempotent=True)

    async def publish(self, guild_id: int, sketch_id: int, hand: Hand, *, base: int, by: By) -> Item:
        """Put what was shown at version `base` up for sale, or change the thing that it is of; the sketch is gone then.

        Raises:
            FeatureOff: the guild has no economy.
            SketchGone: they have no such.
            SketchChanged: they changed it since.
            What `check_roles`, `ShopService.put_up` and `ShopService.change` raise.
        """
        await self._settings.require(guild_id, Feature.ECONOMY)
        done: list[Item] = []

        async def unit(session: WriteSession) -> Item:
            found = await rows.lock(session, guild_id, sketch_id)
            if found is None and done:  # an earlier try, whose commit was cut off
                return done[-1]
            sketch = _own(found, by.actor_id)
            if sketch.version != base:
                raise SketchChanged
            self._check_time(sketch)
            if sketch.is_new:
                item = await self._shop.put_up(session, guild_id, replace(sketch.item, version=1), hand, by)
            else:
                item = await self._shop.change(session, guild_id, sketch, hand, by)
            await rows.remove(session, guild_id, sketch_id)
            done.append(item)
            return item

        return await self._database.transact(unit, idempotent=True)

    def _check_time(self, sketch: Sketch) -> None:
        until = sketch.draft.available_until
        if (
            until is not None
            and until <= self._clock.now()
            and (sketch.is_new or until != sketch.original.available_until)
        ):
            raise ItemRefused(TITLES["available_until"], Phrase("is over already"))

    async def discard(self, guild_id: int, user_id: int, sketch_id: int) -> None:
        """Throw a sketch away, if it is there.

        Raises:
            SketchGone: it is somebody else's.
        """

        async def unit(session: WriteSession) -> None:
            found = await rows.lock(session, guild_id, sketch_id)
            if found is not None:
                _own(found, user_id)
                await rows.remove(session, guild_id, sketch_id)

        await self._database.transact(unit, idempotent=True)

    # Forgetting -----------------------------------------------------------------------------------------

    async def forget(self) -> int:
        """Forget, in all guilds, what nobody has touched for `DAYS_KEPT` days; how many drafts those were."""
        before = self._clock.now() - timedelta(days=DAYS_KEPT)
        if not await self._database.query(lambda session: rows.is_any_older(session, before)):
            return 0
        return await self._database.transact(lambda session: rows.forget(session, before), idempotent=True)


def _own(sketch: Sketch | None, user_id: int | None) -> Sketch:
    if sketch is None or sketch.user_id != user_id:
        raise SketchGone
    return sketch
