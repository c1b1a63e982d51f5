"""What members own as they see it: looked at, used, worn, sold and given."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.economy_settings import EconomyCommand, EconomySettings
from bot.domain.shop import Effects, GiveCoins, GiveItem, GiveRole, Item, ItemKind, Say
from bot.sandbox import SeenMessage
from bot.services.shop import By
from tests.support.market import Market
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, OUTSIDER, ROBOT, Stage, is_private, words

VIP = 4_000 << 22
BADGE = ItemKind.BADGE


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages"])
    world.add_role(GUILD, "VIP", id=VIP)
    await stage.start()
    return stage


@pytest.fixture
async def found(on_stage: Stage) -> Market:
    """Bob has a thousand coins."""
    assert on_stage.app is not None
    made = Market(on_stage.app.database, on_stage.app.services, GUILD)
    await made.pay_in(BOB, 1_000)
    return made


async def own(found: Market, item: Item, quantity: int = 1, user_id: int = BOB) -> Item:
    await found.buy(user_id, item, quantity, key=f"own:{user_id}:{item.id}:{found.services.shop.new_id()}")
    return item


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.bob.click(message, label)).finished()


async def choose(stage: Stage, message: SeenMessage, item: Item) -> SeenMessage:
    return await (await stage.bob.select(message, f"inv:item:v1:{BOB}", [str(item.id)])).finished()


def labels(message: SeenMessage) -> list[str]:
    return [str(one["label"]) for one in message.controls() if one.get("label")]


def chosen(item: Item) -> str:
    return f"|{item.id}"


async def test_an_inventory_is_read_page_by_page_with_counts_ends_and_what_is_worn(
    on_stage: Stage, found: Market
) -> None:
    assert "You own nothing yet." in words(await on_stage.ask(on_stage.bob, "inventory"))
    badge = await own(found, await found.put_up("Badge", kind=BADGE))
    milk = await own(found, await found.put_up("Milk", lifetime=3_600), 2)
    for number in range(9):
        await own(found, await found.put_up(f"Stone {number}", 1), 2)
    await found.services.inventory.equip(GUILD, BOB, badge.id)
    page = await on_stage.ask(on_stage.bob, "inventory")
    assert is_private(page)
    assert words(page).startswith("• **Badge** · worn".replace("**", "") + "\n• 2 × Milk · the first until <t:")  # noqa: RUF001 — times
    assert labels(page) == ["First page", "Page before", "Next page"]
    last = await press(on_stage, page, "Next page")
    assert (last.id, words(last)) == (page.id, "• 2 × Stone 8\nWhat you own")  # noqa: RUF001 — times
    assert "Badge" in words(await press(on_stage, last, "First page"))
    on_stage.clock.advance(seconds=3_601)
    assert "Milk" not in words(await on_stage.ask(on_stage.bob, "inventory"))
    assert "You need 1 of **Milk** for this, and have 0." in words(await choose(on_stage, page, milk))
    carols = await on_stage.ask(on_stage.carol, "inventory", member=BOB)
    assert words(carols).startswith(f"**What <@{BOB}> owns**\n• Badge · worn")
    assert [one for one in carols.controls() if one.get("options")] == []
    assert words(await on_stage.ask(on_stage.bob, "inventory", member=CAROL)).endswith("\nNothing yet.")


async def test_a_thing_is_used_once_however_often_the_button_is_pressed(on_stage: Stage, found: Market) -> None:
    stone = await found.put_up("Stone")
    does = Effects(
        on_use=(GiveCoins(amount=5), GiveItem(item_id=stone.id), GiveRole(role_id=VIP), Say(words="*Glug.*"))
    )
    potion = await own(found, await found.put_up("Potion", kind=ItemKind.CONSUMABLE, effects=does), 2)
    page = await choose(on_stage, await on_stage.ask(on_stage.bob, "inventory"), potion)
    assert "You own: 2" in words(page)
    assert "**Using it**\n• gives you 5 coins\n• gives you 1 × **Stone**" in words(page)  # noqa: RUF001 — times
    presses = [await on_stage.bob.click(page, "Use") for _ in range(3)]
    said = {words(await one.finished()) for one in presses}
    assert said == {
        f"✅ You used **Potion**.\n• gives you 5 coins\n• gives you 1 × **Stone**\n"  # noqa: RUF001 — times
        f"• gives you the role <@&{VIP}>\n> \\*Glug.\\*"
    }
    assert await found.owned(BOB) == {potion.id: 1, stone.id: 1}
    assert await found.wallet(BOB) == 805
    again = words(await on_stage.ask(on_stage.bob, "use", item="potion"))
    assert again == f"You have <@&{VIP}> already, so I took nothing."
    assert "There is nothing to use **Stone** for." in words(await on_stage.ask(on_stage.bob, "use", item="stone"))
    assert "You need 1 of **Potion** for this, and have 0." in words(
        await on_stage.ask(on_stage.carol, "use", item=chosen(potion))
    )


async def test_things_are_worn_and_taken_off_one_of_a_kind(on_stage: Stage, found: Market) -> None:
    gold, silver = [await own(found, await found.put_up(name, kind=BADGE)) for name in ("Gold", "Silver")]
    put_on = await on_stage.ask(on_stage.bob, "equip", item=chosen(gold))
    assert words(put_on).startswith("✅ You wear **Gold** now.\n\nYou own: 1\nYou wear it.")
    other = await choose(on_stage, await on_stage.ask(on_stage.bob, "inventory"), silver)
    assert labels(other) == ["Wear", "Sell one…", "Give away…", "What I own"]
    worn = await press(on_stage, other, "Wear")
    assert "You wear **Silver** now." in words(worn)
    listed = words(await press(on_stage, worn, "What I own"))
    assert listed.startswith("• Gold\n• Silver · worn")
    typed = await (await on_stage.bob.autocomplete(GENERAL, "unequip", "item", "")).answered()
    assert [one["name"] for one in typed.choices] == ["Silver — you own 1"]
    off = await on_stage.ask(on_stage.bob, "unequip", item="silver")
    assert words(off).startswith("✅ You don't wear **Silver** any more.")
    stone = await own(found, await found.put_up("Stone"))
    assert words(await on_stage.ask(on_stage.bob, "equip", item=chosen(stone))) == "**Stone** can't be worn."


async def test_what_a_sale_brings_is_shown_first_and_paid_once(on_stage: Stage, found: Market) -> None:
    badge = await own(found, await found.put_up("Badge", resale=40), 5)
    gem = await own(found, await found.put_up("Gem", resale=0))
    asked = await on_stage.ask(on_stage.bob, "sell", item="badge", quantity=2)
    assert words(asked) == "Sell 2 × **Badge** for 80 coins? That is 40 coins for each."  # noqa: RUF001 — times
    assert words(await press(on_stage, asked, "Keep")) == "Nothing was changed."
    asked = await on_stage.ask(on_stage.bob, "sell", item=chosen(badge), quantity=2)
    await on_stage.stop()
    await on_stage.start()
    presses = [await on_stage.bob.click(asked, "Sell") for _ in range(3)]
    said = {words(await one.finished()) for one in presses}
    assert said == {"✅ You sold 2 × **Badge** for 80 coins. You have 480 coins now."}  # noqa: RUF001 — times
    assert "You need 4 of **Badge** for this, and have 3." in words(
        await on_stage.ask(on_stage.bob, "sell", item="badge", quantity=4)
    )
    assert words(await on_stage.ask(on_stage.bob, "sell", item=chosen(gem))) == "**Gem** can't be sold back."


async def test_if_it_brings_another_price_by_now_the_seller_is_asked_again(on_stage: Stage, found: Market) -> None:
    badge = await own(found, await found.put_up("Badge", resale=40))
    shown = await choose(on_stage, await on_stage.ask(on_stage.bob, "inventory"), badge)
    asked = await press(on_stage, shown, "Sell one…")
    assert words(asked) == "Sell **Badge** for 40 coins?"
    services, now = found.services, await found.item(badge)
    await services.shop.edit(
        GUILD, badge.id, lambda draft: draft.model_copy(update={"resale": 10}), base=now.version, by=By(9)
    )
    again = await press(on_stage, asked, "Sell")
    assert words(again) == (
        "⚠️ It brings 10 coins now and no longer 40 coins, so I sold nothing.\nSell **Badge** for 10 coins?"
    )
    assert await found.wallet(BOB) == 900
    assert words(await press(on_stage, again, "Sell")) == "✅ You sold **Badge** for 10 coins. You have 910 coins now."


async def test_a_gift_is_for_all_to_read_and_pings_the_receiver_alone(on_stage: Stage, found: Market) -> None:
    badge = await own(found, await found.put_up("Badge"), 3)
    given = await on_stage.ask(on_stage.bob, "gift", item="badge", member=CAROL, quantity=2)
    assert not is_private(given)
    assert words(given) == f"<@{CAROL}>\n🎁 <@{BOB}> gave 2 × **Badge** to <@{CAROL}>."  # noqa: RUF001 — times
    assert set(given.pings) == {CAROL}
    assert (await found.owned(BOB), await found.owned(CAROL)) == ({badge.id: 1}, {badge.id: 2})
    stays = await own(found, await found.put_up("Medal", giftable=False))
    refusals = {
        "You can't give something to yourself.": (badge, BOB, 1),
        "You need 2 of **Badge** for this, and have 1.": (badge, ALICE, 2),
        "**Medal** can't be given away.": (stays, ALICE, 1),
    }
    for said, (item, member, quantity) in refusals.items():
        refused = await on_stage.ask(on_stage.bob, "gift", item=chosen(item), member=member, quantity=quantity)
        assert (words(refused), is_private(refused)) == (said, True)
    robot = await on_stage.ask(on_stage.bob, "gift", item=chosen(badge), member=ROBOT)
    assert f"<@{ROBOT}> is a bot" in words(robot)
    assert await found.wrongs() == []


async def test_a_thing_is_given_away_from_the_inventory_across_a_restart(on_stage: Stage, found: Market) -> None:
    badge = await own(found, await found.put_up("Badge"), 5)
    page = await choose(on_stage, await on_stage.ask(on_stage.bob, "inventory"), badge)
    await on_stage.stop()
    await on_stage.start()
    form = await (await on_stage.bob.click(page, "Give away…")).answered()
    assert on_stage.app is not None
    given = await (await on_stage.bob.submit(form, {"recipient": [CAROL], "quantity": ""})).finished()
    assert not is_private(given)
    assert words(given) == f"<@{CAROL}>\n🎁 <@{BOB}> gave **Badge** to <@{CAROL}>."
    assert set(given.pings) == {CAROL}
    for written, recipient, said in (
        ("2", CAROL, "gave 2 × **Badge**"),  # noqa: RUF001 — times
        ("3", CAROL, "You need 3 of **Badge** for this, and have 2."),
        ("0", CAROL, "from 1 to 1,000 at a time; you wrote 0."),
        ("two", CAROL, "I need a whole number"),
        ("1", BOB, "You can't give something to yourself."),
        ("1", ROBOT, f"<@{ROBOT}> is a bot"),
    ):
        form = await (await on_stage.bob.click(page, "Give away…")).answered()
        answer = await (await on_stage.bob.submit(form, {"recipient": [recipient], "quantity": written})).finished()
        assert said in words(answer)
    there = Market(on_stage.app.database, on_stage.app.services, GUILD)
    assert (await there.owned(BOB), await there.owned(CAROL)) == ({badge.id: 2}, {badge.id: 3})
    assert await there.wrongs() == []


async def test_what_stays_with_its_buyer_has_no_button_to_give_it_away(on_stage: Stage, found: Market) -> None:
    medal = await own(found, await found.put_up("Medal", giftable=False))
    chest = await own(found, await found.put_up("Chest", effects=Effects(on_purchase=(GiveCoins(amount=1),))))
    for item in (medal, chest):
        page = await choose(on_stage, await on_stage.ask(on_stage.bob, "inventory"), item)
        assert "Give away…" not in labels(page)


async def test_one_copy_that_is_used_sold_and_given_at_once_goes_one_way(on_stage: Stage, found: Market) -> None:
    potion = await found.put_up(
        "Potion", resale=40, kind=ItemKind.CONSUMABLE, effects=Effects(on_use=(GiveCoins(amount=5),))
    )
    await own(found, potion)
    before = await found.wallet(BOB)
    asked = [await on_stage.ask(on_stage.bob, "sell", item=chosen(potion)) for _ in range(4)]
    bob, item = on_stage.bob, chosen(potion)
    exchanges = await asyncio.gather(
        *(bob.click(one, "Sell") for one in asked),
        *(bob.slash(GENERAL, "use", item=item) for _ in range(4)),
        *(bob.slash(GENERAL, "gift", item=item, member=CAROL) for _ in range(4)),
    )
    answers = [words(await one.finished()) for one in exchanges]
    done = [one for one in answers if "You need 1 of **Potion** for this, and have 0." not in one]
    assert len(done) == 1, answers
    gain, carols = next(
        outcome
        for said, outcome in {"You sold": (40, {}), "You used": (5, {}), "gave": (0, {potion.id: 1})}.items()
        if said in done[0]
    )
    assert await found.wallet(BOB) == before + gain
    assert (await found.owned(BOB), await found.owned(CAROL)) == ({}, carols)
    assert await found.wrongs() == []


async def test_who_left_is_given_nothing(on_stage: Stage, found: Market) -> None:
    badge = await own(found, await found.put_up("Badge"))
    stranger = await on_stage.ask(on_stage.bob, "gift", item=chosen(badge), member=OUTSIDER)
    assert words(stranger) == f"<@{OUTSIDER}> is not a member of this server."
    assert await found.owned(BOB) == {badge.id: 1}


async def test_every_command_and_button_says_that_the_shop_is_switched_off(on_stage: Stage, found: Market) -> None:
    badge = await own(found, await found.put_up("Badge", kind=BADGE, effects=Effects()))
    page = await on_stage.ask(on_stage.bob, "inventory")
    thing = await choose(on_stage, page, badge)
    asked = await on_stage.ask(on_stage.bob, "sell", item=chosen(badge))
    settings = found.services.guild_settings
    before = await settings.read(GUILD, EconomySettings)
    left = tuple(one for one in before.value.commands if one is not EconomyCommand.SHOP)
    off = before.value.model_copy(update={"commands": left})
    await settings.change(GUILD, off, base=before.version, by=None)
    answers = [
        await press(on_stage, thing, "Wear"),
        await press(on_stage, thing, "What I own"),
        await press(on_stage, asked, "Sell"),
        await on_stage.ask(on_stage.bob, "gift", item=chosen(badge), member=CAROL),
    ]
    commands = ("use", "equip", "unequip", "sell")
    answers += [await on_stage.ask(on_stage.bob, command, item=chosen(badge)) for command in commands]
    assert [one for one in map(words, answers) if "is switched off in this server" not in one] == []
    assert all(is_private(one) for one in answers)
