"""The shop as staff fills it and members look through it, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot.db.engine import Database
from bot.domain.audit import AuditFilter
from bot.domain.paging import NEWEST, OLDEST
from bot.domain.requirements import ItemNeeded, Requirements
from bot.domain.shop import Effects, GiveItem, ItemDraft, ItemKind
from bot.errors import ItemChanged, ItemGone, ItemNameTaken, ItemRefused, StockOutOfBounds, TooManyItems
from bot.services import Services
from bot.services import shop as shop_module
from bot.services.shop import PAGE
from tests.support.clock import ManualClock
from tests.support.market import GUILD, STAFF, Market


@pytest.fixture
async def market(database: Database, services: Services) -> Market:
    return Market(database, services)


def changed(**fields: Any) -> Callable[[ItemDraft], ItemDraft]:
    return lambda draft: ItemDraft.model_validate({**dict(draft), **fields})


async def test_a_thing_is_kept_as_it_was_described(market: Market, services: Services, clock: ManualClock) -> None:
    gem = await market.put_up("Gem")
    draft = ItemDraft(
        name="  Ornate   Chest ",
        kind=ItemKind.CONSUMABLE,
        price=5,
        description="Opens.",
        emoji="🧰",
        category="Boxes",
        stock=0,
        per_member=2,
        cooldown=60,
        available_until=clock.now() + timedelta(days=1),
        resale=0,
        giftable=False,
        lifetime=3_600,
        requirements=Requirements(any_of=(ItemNeeded(item_id=gem.id),)),
        effects=Effects(on_use=(GiveItem(item_id=gem.id, quantity=2),)),
    )
    made = await services.shop.create(GUILD, draft, STAFF)
    assert (made.name, (await services.shop.item(GUILD, made.id)).draft) == ("Ornate Chest", draft)
    assert (await services.shop.named(GUILD, "ORNATE chest")).id == made.id


async def test_two_things_for_sale_never_have_one_name_whatever_its_case(market: Market, services: Services) -> None:
    item, other = await market.put_up("Straße"), await market.put_up("Lane")
    with pytest.raises(ItemNameTaken):
        await market.put_up("STRASSE")
    with pytest.raises(ItemNameTaken):
        await services.shop.edit(GUILD, other.id, changed(name="strasse"), base=1, by=STAFF)
    assert (await market.item(other)).name == "Lane"
    await services.shop.archive(GUILD, item.id, STAFF)
    await market.put_up("STRASSE")
    with pytest.raises(ItemNameTaken):
        await services.shop.restore(GUILD, item.id, STAFF, hand=None)
    abroad = Market(market.database, services, GUILD + (1 << 22))
    await abroad.put_up("Lane")


async def test_ten_who_create_one_name_at_once_make_one_thing(market: Market) -> None:
    outcomes = await asyncio.gather(*(market.put_up("Castle") for _ in range(10)), return_exceptions=True)
    assert Counter(type(one).__name__ for one in outcomes) == {"Item": 1, "ItemNameTaken": 9}


async def test_the_same_creation_again_finds_itself_done(services: Services) -> None:
    item_id, draft = services.shop.new_id(), ItemDraft(name="Once", price=1)
    made = [await services.shop.create(GUILD, draft, STAFF, item_id=item_id) for _ in range(2)]
    assert made[0] == made[1]
    assert len((await services.audit.search(GUILD, AuditFilter(action="item.create"))).entries) == 1


async def test_two_who_edit_at_once_do_not_overwrite_each_other(market: Market, services: Services) -> None:
    item = await market.put_up(price=1)
    outcomes = await asyncio.gather(
        *(services.shop.edit(GUILD, item.id, changed(price=n), base=1, by=STAFF) for n in range(2, 7)),
        return_exceptions=True,
    )
    assert Counter(type(one).__name__ for one in outcomes) == {"Item": 1, "ItemChanged": 4}
    assert (await market.item(item)).version == 2
    with pytest.raises(ItemChanged):
        await services.shop.edit(GUILD, item.id, changed(price=99), base=1, by=STAFF)


async def test_an_edit_does_not_bring_back_what_was_sold_meanwhile(market: Market, services: Services) -> None:
    item = await market.put_up(stock=5)
    await market.pay_in(1, 500)
    await market.buy(1, item, 3, key="a")
    edited = await services.shop.edit(GUILD, item.id, changed(price=50, stock=5), base=1, by=STAFF)
    assert (edited.draft.stock, edited.draft.price, edited.sold) == (2, 50, 3)
    assert (await services.shop.restock(GUILD, item.id, 9, STAFF)).draft.stock == 9
    assert (await services.shop.restock(GUILD, item.id, None, STAFF)).draft.stock is None
    for wrong in (-1, 10**9 + 1):
        with pytest.raises(StockOutOfBounds):
            await services.shop.restock(GUILD, item.id, wrong, STAFF)
    assert await market.wrongs() == []


async def test_a_thing_stays_of_its_kind_and_names_only_what_is_there(market: Market, services: Services) -> None:
    item = await market.put_up()
    with pytest.raises(ItemRefused):
        await services.shop.edit(GUILD, item.id, changed(kind=ItemKind.BADGE), base=1, by=STAFF)
    with pytest.raises(ItemRefused):
        await market.put_up("Lost", requirements=Requirements(all_of=(ItemNeeded(item_id=5),)))
    abroad = Market(market.database, services, GUILD + (1 << 22))
    with pytest.raises(ItemRefused):
        await abroad.put_up("Thief", effects=Effects(on_purchase=(GiveItem(item_id=item.id),)))


async def test_what_is_archived_stays_with_its_owners_and_can_come_back(market: Market, services: Services) -> None:
    item = await market.put_up()
    await market.pay_in(1, 500)
    await market.buy(1, item, 2, key="a")
    await services.shop.archive(GUILD, item.id, STAFF)
    await services.shop.archive(GUILD, item.id, STAFF)
    assert await market.owned(1) == {item.id: 2}
    assert await services.shop.suggest(GUILD, "") == []
    with pytest.raises(ItemGone):
        await services.shop.edit(GUILD, item.id, changed(price=1), base=1, by=STAFF)
    details = await services.shop.details(GUILD, item.id)
    assert (details.copies, details.owners) == (2, 1)
    await services.shop.restore(GUILD, item.id, STAFF, hand=None)
    await market.buy(1, item, key="b")


async def test_every_change_is_in_the_audit_log(market: Market, services: Services) -> None:
    item = await market.put_up(stock=3)
    await services.shop.edit(GUILD, item.id, changed(price=7), base=1, by=STAFF)
    await services.shop.edit(GUILD, item.id, changed(price=7), base=2, by=STAFF)
    await services.shop.restock(GUILD, item.id, 5, STAFF)
    await services.shop.archive(GUILD, item.id, STAFF)
    await services.shop.restore(GUILD, item.id, STAFF, hand=None)
    entries = (await services.audit.search(GUILD, AuditFilter(target_type="item", target_id=str(item.id)))).entries
    told = [one.record.action for one in entries]
    assert told == ["item.restore", "item.archive", "item.restock", "item.edit", "item.create"]
    edit = entries[3].record
    assert (edit.actor_id, edit.before, edit.after) == (9, {"price": 100}, {"price": 7})
    assert {one.record.description for one in entries} == {"Bronze badge"}


async def test_a_shop_has_an_end(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_module, "MOST_ITEMS", 2)
    await market.put_up("One")
    await market.put_up("Two")
    with pytest.raises(TooManyItems):
        await market.put_up("Three")


async def test_pages_go_through_the_whole_shop_and_back_whatever_changes_meanwhile(
    market: Market, services: Services
) -> None:
    names = [f"Thing {n:02}" for n in range(PAGE * 2 + 3)]
    made = {name: await market.put_up(name, category="Things") for name in reversed(names)}
    await market.put_up("Another", category="Others")

    async def names_at(cursor: Any) -> list[str]:
        return [one.name for one in (await services.shop.shelf(GUILD, "Things", cursor)).items]

    first = await services.shop.shelf(GUILD, "Things")
    assert (first.before, [one.name for one in first.items]) == (None, names[:PAGE])
    assert first.after is not None
    await services.shop.archive(GUILD, made[names[PAGE - 1]].id, STAFF)  # the one that the cursor names
    second = await services.shop.shelf(GUILD, "Things", first.after)
    assert [one.name for one in second.items] == names[PAGE : 2 * PAGE]
    assert second.after is not None
    assert second.before is not None
    third = await services.shop.shelf(GUILD, "Things", second.after)
    assert ([one.name for one in third.items], third.after) == (names[2 * PAGE :], None)
    assert await names_at(second.before) == [*names[: PAGE - 1]]
    assert await names_at(OLDEST) == names[-PAGE:]
    assert len((await services.shop.shelf(GUILD, None, NEWEST)).items) == PAGE


async def test_shelves_show_what_is_on_offer_and_no_other_guilds(
    market: Market, services: Services, clock: ManualClock
) -> None:
    await market.put_up("A", category="Badges")
    await market.put_up("B", category="Badges")
    await market.put_up("C")
    await market.put_up("Late", category="Late", available_until=clock.now() + timedelta(hours=1))
    clock.advance(hours=2)
    assert [(one.name, one.items) for one in await services.shop.categories(GUILD)] == [("", 1), ("Badges", 2)]
    assert (await services.shop.shelf(GUILD, "Late")).items == ()
    assert await services.shop.categories(GUILD + (1 << 22)) == []


async def test_names_are_suggested_by_how_they_begin_and_nothing_in_them_is_a_pattern(
    market: Market, services: Services
) -> None:
    for name in ("100% juice", "100 apples", "A_b", "Acb", "Ärger", "Zebra"):
        await market.put_up(name)

    async def begins(text: str) -> list[str]:
        return [one.name for one in await services.shop.suggest(GUILD, text)]

    assert await begins("100%") == ["100% juice"]
    assert await begins("a_") == ["A_b"]
    assert await begins("äR") == ["Ärger"]
    assert await begins("%") == []
    assert len(await begins("")) == 6


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "**loud**"},
        {"name": "<@5>"},
        {"name": "x" * 61},
        {"price": -1},
        {"price": 2**62 + 1},
        {"stock": -1},
        {"per_member": 0},
        {"cooldown": 0},
        {"resale": 101},
        {"lifetime": 0},
        {"emoji": "not one"},
        {"kind": ItemKind.BADGE, "effects": {"on_use": [{"kind": "coins", "amount": 5}]}},
        {"effects": {"on_use": [{"kind": "give_role", "role_id": 5}, {"kind": "take_role", "role_id": 5}]}},
        {"effects": {"on_purchase": [{"kind": "give_role", "role_id": 5, "seconds": 60}]}},
        {"effects": {"on_purchase": [{"kind": "message", "words": "x"}] * 6}},
        {"effects": {"on_purchase": [{"kind": "explode"}]}},
    ],
    ids=str,
)
def test_a_thing_that_makes_no_sense_can_not_be_described(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ItemDraft.model_validate({"name": "Thing", "price": 1, **fields})
