"""What staff is writing of things for sale, on both databases: kept, private, published once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.db.engine import Database
from bot.domain.paging import OLDEST
from bot.domain.requirements import ItemNeeded, Requirements
from bot.domain.roles import Reach
from bot.domain.shop import Effects, GiveRole, ItemDraft, ItemKind
from bot.domain.sketches import MOST_SKETCHES, Hand, Sketch, amended
from bot.errors import (
    ItemChanged,
    ItemGone,
    ItemNameTaken,
    ItemRefused,
    RoleAboveYours,
    RoleTooPowerful,
    SketchChanged,
    SketchGone,
    StockOutOfBounds,
    TooManySketches,
)
from bot.services import Services
from bot.services.shop import By
from bot.services.sketches import SketchesService
from tests.support.clock import ManualClock
from tests.support.market import BOSS, FACTS, GUILD, STAFF, VIP, Market
from tests.support.writes import transactions

ME, OTHER = 9, 10
HAND = Hand(FACTS, Reach(9, may_manage=True))
WEAK = Hand(FACTS, Reach(9, may_manage=False))


@pytest.fixture
async def market(database: Database, services: Services) -> Market:
    return Market(database, services)


@pytest.fixture
def sketches(services: Services) -> SketchesService:
    return services.sketches


def setting(**parts: Any) -> Callable[[ItemDraft], ItemDraft]:
    return lambda draft: amended(draft, **parts)


def gives(role_id: int) -> Effects:
    return Effects(on_purchase=(GiveRole(role_id=role_id),))


async def begun(sketches: SketchesService, name: str = "Lamp", **more: Any) -> Sketch:
    return await sketches.begin(GUILD, ME, ItemDraft(name=name, price=5, **more))


async def test_a_sketch_is_kept_whole_and_is_its_writers_alone(
    sketches: SketchesService, clock: ManualClock, market: Market
) -> None:
    gem = await market.put_up("Gem")
    made = await begun(
        sketches,
        kind=ItemKind.CONSUMABLE,
        available_until=clock.now() + timedelta(days=1),
        requirements=Requirements(any_of=(ItemNeeded(item_id=gem.id),)),
        effects=gives(VIP),
    )
    assert await sketches.get(GUILD, ME, made.id) == made
    for guild, person in ((GUILD, OTHER), (GUILD + (1 << 22), ME)):
        with pytest.raises(SketchGone):
            await sketches.get(guild, person, made.id)
    with pytest.raises(SketchGone):
        await sketches.change(GUILD, OTHER, made.id, setting(price=1), base=1)
    with pytest.raises(SketchGone):
        await sketches.discard(GUILD, OTHER, made.id)
    with pytest.raises(SketchGone):
        await sketches.publish(GUILD, made.id, HAND, base=1, by=By(OTHER))
    assert await market.services.shop.suggest(GUILD, "lamp") == []


async def test_ten_changes_of_one_version_at_once_make_one(sketches: SketchesService) -> None:
    made = await begun(sketches)
    outcomes = await asyncio.gather(
        *(sketches.change(GUILD, ME, made.id, setting(price=10 + n), base=1) for n in range(10)), return_exceptions=True
    )
    assert Counter(type(one).__name__ for one in outcomes) == {"Sketch": 1, "SketchChanged": 9}
    now = await sketches.get(GUILD, ME, made.id)
    assert now.version == 2
    assert await sketches.change(GUILD, ME, made.id, setting(price=now.draft.price), base=1) == now


async def test_ten_who_publish_at_once_put_up_one_thing(sketches: SketchesService, market: Market) -> None:
    made = await begun(sketches)
    outcomes = await asyncio.gather(
        *(sketches.publish(GUILD, made.id, HAND, base=1, by=STAFF) for _ in range(10)), return_exceptions=True
    )
    assert Counter(type(one).__name__ for one in outcomes) == {"Item": 1, "SketchGone": 9}
    assert (await market.services.shop.item(GUILD, made.item_id)).draft == made.draft
    assert await sketches.of_person(GUILD, ME) == []


@pytest.mark.parametrize(
    ("parts", "hand", "error"),
    [
        ({"effects": gives(BOSS)}, HAND, RoleTooPowerful),
        ({"effects": gives(VIP)}, WEAK, RoleAboveYours),
        ({"requirements": Requirements(all_of=(ItemNeeded(item_id=5),))}, HAND, ItemRefused),
        ({"name": "GEM"}, HAND, ItemNameTaken),
    ],
)
async def test_what_can_not_be_published_stays_a_sketch(
    sketches: SketchesService, market: Market, parts: dict[str, Any], hand: Hand, error: type[Exception]
) -> None:
    await market.put_up("Gem")
    made = await begun(sketches, **{"name": "Lamp", **parts})
    with pytest.raises(error):
        await sketches.publish(GUILD, made.id, hand, base=1, by=STAFF)
    assert await sketches.of_person(GUILD, ME) == [made]
    assert [one.name for one in await market.services.shop.suggest(GUILD, "")] == ["Gem"]


async def test_what_would_be_over_already_or_was_changed_since_is_not_published(
    sketches: SketchesService, clock: ManualClock
) -> None:
    made = await begun(sketches, available_until=clock.now() + timedelta(hours=1))
    clock.advance(hours=2)
    with pytest.raises(ItemRefused):
        await sketches.publish(GUILD, made.id, HAND, base=1, by=STAFF)
    await sketches.change(GUILD, ME, made.id, setting(available_until=None), base=1)
    with pytest.raises(SketchChanged):
        await sketches.publish(GUILD, made.id, HAND, base=1, by=STAFF)
    await sketches.publish(GUILD, made.id, HAND, base=2, by=STAFF)


async def test_an_edit_takes_no_stock_back_and_overwrites_nobody(
    sketches: SketchesService, market: Market, services: Services
) -> None:
    item = await market.put_up("Lamp", 5, stock=9)
    sketch = await sketches.open(GUILD, ME, item.id)
    sketch = await sketches.change(GUILD, ME, sketch.id, setting(description="Bright."), base=1)
    await market.pay_in(1, 100)
    await market.buy(1, item, 2, key="k")
    await services.shop.edit(GUILD, item.id, setting(price=7, description="Dark."), base=1, by=By(OTHER))
    with pytest.raises(ItemChanged):
        await sketches.publish(GUILD, sketch.id, HAND, base=2, by=STAFF)
    rebased = await sketches.rebase(GUILD, ME, sketch.id)
    assert (rebased.draft.price, rebased.draft.description, rebased.version) == (7, "Bright.", 3)
    assert await sketches.rebase(GUILD, ME, sketch.id) == rebased
    done = await sketches.publish(GUILD, sketch.id, HAND, base=3, by=STAFF)
    assert (done.draft.price, done.draft.description, done.draft.stock, done.version) == (7, "Bright.", 7, 3)


async def test_a_thing_is_opened_once_by_each_and_anew_if_nothing_was_changed(
    sketches: SketchesService, market: Market, services: Services
) -> None:
    item = await market.put_up("Lamp", 5)
    opened = await asyncio.gather(*(sketches.open(GUILD, ME, item.id) for _ in range(5)))
    assert len(await sketches.of_person(GUILD, ME)) == 1
    await services.shop.edit(GUILD, item.id, setting(price=7), base=1, by=STAFF)
    fresh = await sketches.open(GUILD, ME, item.id)
    assert (fresh.base, fresh.draft.price) == (2, 7)
    assert fresh.id not in {one.id for one in opened}
    changed = await sketches.change(GUILD, ME, fresh.id, setting(price=9), base=1)
    assert await sketches.open(GUILD, ME, item.id) == changed
    assert (await sketches.open(GUILD, OTHER, item.id)).draft.price == 7
    await services.shop.archive(GUILD, item.id, STAFF)
    with pytest.raises(ItemGone):
        await sketches.open(GUILD, ME, item.id)
    with pytest.raises(ItemGone):
        await sketches.publish(GUILD, fresh.id, HAND, base=2, by=STAFF)


async def test_there_are_only_so_many(sketches: SketchesService) -> None:
    for number in range(MOST_SKETCHES):
        await begun(sketches, f"Lamp {number}")
    with pytest.raises(TooManySketches):
        await begun(sketches)
    await sketches.begin(GUILD, OTHER, ItemDraft(name="Theirs", price=1))


async def test_a_draft_is_forgotten_four_weeks_after_its_last_change(
    sketches: SketchesService, database: Database, clock: ManualClock
) -> None:
    left = await begun(sketches, "Left alone")
    kept = await begun(sketches, "Gone on with")
    elsewhere = await sketches.begin(GUILD + 1, OTHER, ItemDraft(name="Elsewhere", price=1))
    clock.advance(days=20)
    await sketches.change(GUILD, ME, kept.id, setting(price=9), base=kept.version)
    clock.advance(days=8)
    with transactions(database) as begun_meanwhile:
        assert await sketches.forget() == 0
    assert begun_meanwhile == []  # a look alone writes nothing
    clock.advance(seconds=1)
    assert await sketches.forget() == 2
    assert [one.draft.name for one in await sketches.of_person(GUILD, ME)] == ["Gone on with"]
    for guild_id, user_id, gone in ((GUILD, ME, left), (GUILD + 1, OTHER, elsewhere)):
        with pytest.raises(SketchGone):
            await sketches.get(guild_id, user_id, gone.id)


async def test_a_clone_is_like_its_model_under_another_name(sketches: SketchesService, market: Market) -> None:
    item = await market.put_up(stock=3, description="Shiny.", effects=gives(VIP))
    await market.services.shop.archive(GUILD, item.id, STAFF)
    clone = await sketches.begin_like(GUILD, ME, item.id, "Silver badge")
    assert clone.draft == item.draft.model_copy(update={"name": "Silver badge"})
    assert clone.is_new
    with pytest.raises(ItemRefused):
        await sketches.begin_like(GUILD, ME, item.id, "@everyone")


async def test_copies_that_are_added_at_once_are_all_added_and_each_once(market: Market, services: Services) -> None:
    item = await market.put_up(stock=1)
    await asyncio.gather(
        *(services.shop.deliver(GUILD, item.id, 10, STAFF, key=f"k{number % 5}") for number in range(10))
    )
    assert (await market.item(item)).draft.stock == 51
    for more in (-52, 10**9):
        with pytest.raises(StockOutOfBounds):
            await services.shop.deliver(GUILD, item.id, more, STAFF, key=f"m{more}")
    assert (await services.shop.deliver(GUILD, item.id, -51, STAFF, key="all")).draft.stock == 0


async def test_the_catalogue_has_everything_in_the_order_of_names(market: Market, services: Services) -> None:
    for _ in range(3):  # one name, three times over
        item = await market.put_up("Lamp")
        await services.shop.archive(GUILD, item.id, STAFF)
    for number in range(11):
        await market.put_up(f"Lamp {number:02}")
    first = await services.catalogue.page(GUILD)
    assert [one.name for one in first.items] == ["Lamp"] * 3 + [f"Lamp {number:02}" for number in range(7)]
    assert (first.before, first.for_sale, first.archived) == (None, 11, 3)
    assert first.after is not None
    second = await services.catalogue.page(GUILD, first.after)
    assert [one.name for one in second.items] == [f"Lamp {number:02}" for number in range(7, 11)]
    assert second.after is None
    assert second.before is not None
    assert (await services.catalogue.page(GUILD, second.before)).items == first.items
    assert (await services.catalogue.page(GUILD, OLDEST)).items[-1].name == "Lamp 10"
    found = await services.catalogue.search(GUILD, "lamp", for_sale=False, archived=True)
    assert [one.id for one in found] == sorted((one.id for one in found), reverse=True)
    assert (await services.catalogue.named(GUILD, "LAMP", for_sale=True, archived=True)).id == found[0].id
    with pytest.raises(ItemGone):
        await services.catalogue.named(GUILD, "lamp", for_sale=True, archived=False)
