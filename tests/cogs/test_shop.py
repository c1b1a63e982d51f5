"""/shop and /buy as members see them: what is shown is what is paid, and what is paid is delivered."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert

from bot.db.models.leveling import MemberLevel
from bot.domain.curves import Curve
from bot.domain.economy_settings import EconomyCommand, EconomySettings
from bot.domain.requirements import BalanceNeeded, ItemNeeded, LevelNeeded, Requirements, RoleNeeded
from bot.domain.shop import Effects, GiveCoins, GiveItem, GiveRole, Item, Say
from bot.sandbox import SeenMessage
from bot.sandbox.seen import seen
from bot.services.purchases import PATIENCE
from bot.services.shop import By
from tests.cogs.shop_stage import (
    GUEST,
    PATCHES,
    VIP,
    chosen,
    furnish,
    market,
    over,
    press,
    put_up_vip,
    rich,
    roles,
    settled_answer,
    tick,
)
from tests.support.market import Market
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, is_private, words


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    furnish(stage)
    await stage.start()
    return stage


def labels(message: SeenMessage) -> dict[str, bool]:
    """The buttons of a message, and whether they can be pressed."""
    return {str(one["label"]): not one.get("disabled") for one in message.controls() if one.get("label")}


async def choose(stage: Stage, message: SeenMessage, menu: str, value: object) -> SeenMessage:
    return await (await stage.bob.select(message, f"{menu}:{BOB}", [str(value)])).finished()


async def reprice(found: Market, item: Item, price: int) -> None:
    now = await found.item(item)
    await found.services.shop.edit(
        GUILD, item.id, lambda draft: draft.model_copy(update={"price": price}), base=now.version, by=By(9)
    )


# The shelves ------------------------------------------------------------------------------------------------


async def test_the_shop_is_read_page_by_page_and_shelf_by_shelf(on_stage: Stage) -> None:
    assert "Nothing is for sale here just now." in words(await on_stage.ask(on_stage.bob, "shop"))
    found = market(on_stage)
    for number in range(9):
        await found.put_up(f"Badge {number}", category="Badges", description=f"*The* {number}th\nand more")
    cake = await found.put_up("Cake", 0, stock=0, available_until=on_stage.clock.now() + timedelta(days=1))
    page = await on_stage.ask(on_stage.bob, "shop")
    assert is_private(page)
    assert words(page).startswith("**Badge 0** — 100 coins\n-# \\*The\\* 0th\n**Badge 1**")
    assert "Cake" not in words(page)
    assert labels(page) == {"First page": False, "Page before": False, "Next page": True}
    last = await press(on_stage, page, "Next page")
    assert last.id == page.id
    assert "**Badge 8**" in words(last)
    assert "**Cake** — free · sold out · until <t:" in words(last)
    assert words(await press(on_stage, last, "Page before")).startswith("**Badge 0**")
    menu = next(one for one in page.controls() if str(one.get("custom_id")).startswith("shop:shelf"))
    values = {one["label"]: one["value"] for one in menu["options"]}
    assert list(values) == ["Everything", "Other things", "Badges"]
    other = await choose(on_stage, last, "shop:shelf:v1", values["Other things"])
    assert words(other).startswith("**Cake**")
    assert "Shop · Other things" in words(other)
    shown = await choose(on_stage, other, "shop:item:v1", cake.id)
    assert labels(shown) == {"Take it for free": False, "To the shop": True}
    badges = await choose(on_stage, await press(on_stage, shown, "To the shop"), "shop:shelf:v1", values["Badges"])
    second = await press(on_stage, badges, "Next page")
    assert words(second).startswith("**Badge 8**")
    assert "Cake" not in words(second)


async def test_a_thing_shows_all_that_a_buyer_wants_to_know(on_stage: Stage) -> None:
    found = await rich(on_stage, 50)
    on_stage.sandbox.world.give_role(GUILD, BOB, GUEST)
    key = await found.put_up("Key", 0)
    await found.buy(BOB, key, 2, key="k")
    needs = Requirements(
        all_of=(RoleNeeded(role_id=GUEST), BalanceNeeded(least=500)),
        any_of=(ItemNeeded(item_id=key.id, quantity=2), ItemNeeded(item_id=key.id, quantity=9)),
        none_of=(RoleNeeded(role_id=VIP),),
    )
    does = Effects(
        on_purchase=(GiveItem(item_id=key.id, quantity=3), GiveRole(role_id=VIP, seconds=86_400)),
        on_use=(GiveCoins(amount=5), Say(words="*hi*")),
    )
    await found.put_up(
        "Chest", 100, description="Full of <@123456789012345678>", category="Old things", stock=7, per_member=2,
        cooldown=3_600, lifetime=7_200, requirements=needs, effects=does,
        available_until=on_stage.clock.now() + timedelta(days=1),
    )  # fmt: skip
    page = await on_stage.ask(on_stage.bob, "shop", item="chest")
    said = words(page)
    for part in (
        "Price: **100 coins**\nIn stock: 7 left\nFor sale until <t:",
        "Everybody may buy 2 of them; you have bought 0.\nOnce in 1 hour.\nIt lasts 2 hours.\nIt can't be given away.",
        f"**You need**\n✅ the role <@&{GUEST}>\n❌ 500 or more in your wallet",
        "**You need one of these**\n✅ **Key** (2 of it)\n▫️ **Key** (9 of it)",
        f"**Not for those who have**\n✅ the role <@&{VIP}>",
        f"**Buying it**\n• gives you 3 × **Key**\n• gives you the role <@&{VIP}> for 1 day",  # noqa: RUF001 — times
        "**Using it**\n• gives you 5 coins\n• tells you something",
    ):
        assert part in said
    assert "<@123456789012345678>" not in said
    refused = await press(on_stage, page, "Buy for 100 coins")
    assert "You can't have **Chest**: you still need 500 or more in your wallet." in words(refused)
    assert await found.owned(BOB) == {key.id: 2}


async def test_a_member_of_level_two_is_refused_at_level_five_and_buys_once_it_is_reached(on_stage: Stage) -> None:
    found, table = await rich(on_stage), Curve().table()
    throne = await found.put_up("Throne", requirements=Requirements(all_of=(LevelNeeded(least=5),)))

    async def reach(level: int) -> None:
        assert on_stage.app is not None
        row = {"guild_id": GUILD, "user_id": BOB, "xp": table.total(level), "messages": 9, "voice_seconds": 0}
        async with on_stage.app.database.write() as session:
            await session.execute(delete(MemberLevel))
            await session.execute(insert(MemberLevel).values(row))

    await reach(2)
    page = await on_stage.ask(on_stage.bob, "shop", item="throne")
    assert "**You need**\n❌ level 5 or more (you are at level 2)" in words(page)
    refused = await press(on_stage, page, "Buy for 100 coins")
    assert "You can't have **Throne**: you still need level 5 or more (you are at level 2)." in words(refused)
    assert (await found.wallet(BOB), await found.owned(BOB)) == (1_000, {})
    await reach(5)
    page = await on_stage.ask(on_stage.bob, "shop", item="throne")
    assert "**You need**\n✅ level 5 or more\n" in words(page) + "\n"
    assert "You bought **Throne** for 100 coins." in words(await press(on_stage, page, "Buy for 100 coins"))
    assert (await found.wallet(BOB), await found.owned(BOB)) == (900, {throne.id: 1})


# Buying -----------------------------------------------------------------------------------------------------


async def test_a_suggestion_shows_the_price_that_is_paid(on_stage: Stage) -> None:
    found = await rich(on_stage)
    badge = await found.put_up(lifetime=86_400)
    await found.put_up("Bread", stock=0)
    typed = await (await on_stage.bob.autocomplete(GENERAL, "buy", "item", "BR")).answered()
    offered = {one["name"]: one["value"] for one in typed.choices}
    assert offered["Bronze badge — 100 coins"] == chosen(badge)
    assert next(iter(offered)) == "Bread — 100 coins, sold out"
    done = await on_stage.ask(on_stage.bob, "buy", item=chosen(badge), quantity=3)
    assert is_private(done)
    assert words(done).startswith("✅ You bought 3 × **Bronze badge** for 300 coins.\nIt lasts until <t:")  # noqa: RUF001 — times
    assert await found.owned(BOB) == {badge.id: 3}
    assert await found.wallet(BOB) == 700
    assert "That is not in the shop." in words(await on_stage.ask(on_stage.bob, "buy", item="Nothing"))


async def test_at_another_price_than_was_shown_the_buyer_is_asked_again(on_stage: Stage) -> None:
    found = await rich(on_stage)
    badge = await found.put_up()
    asked = await on_stage.ask(on_stage.bob, "buy", item=chosen(badge, 80), quantity=2)
    assert words(asked).startswith("⚠️ The price has changed from 80 coins to 100 coins, so I took nothing.")
    assert await found.wallet(BOB) == 1_000
    await reprice(found, badge, 120)
    again = await press(on_stage, asked, "Buy 2 for 200 coins")
    assert again.id == asked.id
    assert "from 100 coins to 120 coins" in words(again)
    done = await press(on_stage, again, "Buy 2 for 240 coins")
    assert words(done) == "✅ You bought 2 × **Bronze badge** for 240 coins."  # noqa: RUF001 — times
    assert await found.wallet(BOB) == 760


async def test_who_writes_a_name_is_shown_the_price_first(on_stage: Stage) -> None:
    found = await rich(on_stage)
    badge = await found.put_up()
    page = await on_stage.ask(on_stage.bob, "buy", item="BRONZE badge", quantity=2)
    assert "Price: **100 coins**" in words(page)
    assert await found.owned(BOB) == {}
    await press(on_stage, page, "Buy 2 for 200 coins")
    assert await found.owned(BOB) == {badge.id: 2}


async def test_a_button_pressed_twice_buys_once_also_after_a_restart(on_stage: Stage) -> None:
    found = await rich(on_stage)
    badge = await found.put_up()
    page = await on_stage.ask(on_stage.bob, "shop", item="bronze badge")
    await on_stage.stop()
    await on_stage.start()
    presses = [await on_stage.bob.click(page, "Buy for 100 coins") for _ in range(3)]
    said = {words(await one.finished()) for one in presses}
    assert said == {"✅ You bought **Bronze badge** for 100 coins."}
    presses[0].replay()
    await on_stage.ask(on_stage.bob, "balance")
    assert await market(on_stage).owned(BOB) == {badge.id: 1}
    await press(on_stage, await on_stage.ask(on_stage.bob, "shop", item="bronze badge"), "Buy for 100 coins")
    assert await market(on_stage).owned(BOB) == {badge.id: 2}


async def test_the_last_one_goes_to_one_of_fifty_presses(on_stage: Stage) -> None:
    found = market(on_stage)
    crown = await found.put_up("Crown", 100, stock=1)
    buyers = [on_stage.alice, on_stage.bob, on_stage.carol]
    for one in (ALICE, BOB, CAROL):
        await found.pay_in(one, 5_000)
    presses = [buyers[number % 3].slash(GENERAL, "buy", item=chosen(crown)) for number in range(50)]
    answers = Counter([words(await one.finished()) for one in await asyncio.gather(*presses)])
    assert answers["✅ You bought **Crown** for 100 coins."] == 1
    assert len(answers) == 2, answers
    assert sum([await found.wallet(one) for one in (ALICE, BOB, CAROL)]) == 14_900
    assert (await found.item(crown)).draft.stock == 0
    assert await found.wrongs() == []


async def test_a_page_is_its_askers_alone_and_a_switched_off_shop_says_so(on_stage: Stage) -> None:
    found = await rich(on_stage)
    badge = await found.put_up()
    page = await on_stage.ask(on_stage.bob, "shop", item="bronze badge")
    shelf = await on_stage.ask(on_stage.bob, "shop")
    settings = found.services.guild_settings
    before = await settings.read(GUILD, EconomySettings)
    left = tuple(one for one in before.value.commands if one is not EconomyCommand.SHOP)
    off = before.value.model_copy(update={"commands": left})
    await settings.change(GUILD, off, base=before.version, by=None)
    answers = [
        await press(on_stage, page, "Buy for 100 coins"),
        await choose(on_stage, shelf, "shop:item:v1", badge.id),
        await on_stage.ask(on_stage.bob, "shop"),
        await on_stage.ask(on_stage.bob, "buy", item=chosen(badge)),
    ]
    assert all("is switched off in this server" in words(one) for one in answers)
    assert await found.wallet(BOB) == 1_000


# Roles ------------------------------------------------------------------------------------------------------


async def test_a_role_is_told_of_in_beats_and_delivered(on_stage: Stage) -> None:
    found = await rich(on_stage)
    vip = await found.put_up_role(effects=Effects(on_purchase=(GiveRole(role_id=VIP), Say(words="Be *kind*."))))
    heard: list[str] = []
    backend = on_stage.sandbox.world.backend
    backend.message_listeners.append(lambda _kind, message: heard.append(words(seen(backend, message))))
    exchange = await on_stage.bob.slash(GENERAL, "buy", item=chosen(vip))
    assert words(await over(exchange)) == (
        f"✅ You bought **VIP** for 100 coins.\n• gives you the role <@&{VIP}>\n> Be \\*kind\\*."
    )
    first = next(one for one in heard if one)  # an empty one says that it takes longer
    assert first == f"⏳ 100 coins are put aside for **VIP**, and I'm giving you <@&{VIP}> now…"
    assert VIP in roles(on_stage)
    assert await found.owned(BOB) == {vip.id: 1}
    had = await on_stage.ask(on_stage.bob, "buy", item=chosen(vip))
    assert words(had) == f"You have <@&{VIP}> already, so I took nothing."


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, 50013, "Discord refused it. Your 100 coins are back in your wallet.\nPlease tell those who run"),
        (404, 10007, "you are not in the server any more. Your 100 coins are back in your wallet."),
    ],
)
async def test_a_role_that_discord_refuses_costs_nothing_and_the_buyer_reads_why(
    on_stage: Stage, status: int, code: int, said: str
) -> None:
    found = await rich(on_stage)
    vip = await put_up_vip(found, stock=1)
    on_stage.sandbox.faults.server_error(PATCHES, method="PATCH", status=status).code = code
    done = await settled_answer(on_stage, vip)
    assert f"↩️ You don't have **VIP**: {said}" in words(done)
    assert await found.wallet(BOB) == 1_000
    assert (await found.item(vip)).draft.stock == 1
    assert await found.owned(BOB) == {}
    assert await found.wrongs() == []


async def test_who_leaves_while_buying_gets_the_coins_back(on_stage: Stage) -> None:
    found = await rich(on_stage)
    vip = await put_up_vip(found)
    page = await on_stage.ask(on_stage.bob, "shop", item="vip")
    on_stage.sandbox.faults.server_error(PATCHES, method="GET", status=404).code = 10007  # gone between both beats
    exchange = await on_stage.bob.click(page, "Buy for 100 coins")
    done = await over(exchange)
    assert "you are not in the server any more" in words(done)
    assert done.id == page.id
    assert await found.wallet(BOB) == 1_000
    assert await found.owned(BOB) == {}
    assert (await found.item(vip)).sold == 0


@pytest.mark.parametrize("comes_back", [True, False])
async def test_while_discord_is_away_nobody_pays_for_nothing(on_stage: Stage, comes_back: bool) -> None:
    found = await rich(on_stage)
    vip = await put_up_vip(found)
    fault = on_stage.sandbox.faults.server_error(PATCHES, method="PATCH", status=404, times=None)
    fault.code = 10011
    waiting = await settled_answer(on_stage, vip)
    assert words(waiting).startswith("⏳ Discord doesn't answer me just now. Your 100 coins for **VIP** are put aside")
    assert words(await press(on_stage, waiting, "Look again")).startswith("⏳ Discord doesn't answer")
    if comes_back:
        on_stage.sandbox.faults.clear()
    on_stage.clock.advance(seconds=PATIENCE.total_seconds() + 1)
    await tick(on_stage)
    ended = words(await press(on_stage, waiting, "Look again"))
    if comes_back:
        assert ended.startswith("✅ You bought **VIP** for 100 coins.")
        assert VIP in roles(on_stage)
    else:
        assert "Discord did not answer for too long. Your 100 coins are back" in ended
        assert await found.wallet(BOB) == 1_000
    assert await found.wrongs() == []


async def test_what_was_typed_stands_in_the_channel_and_still_is_its_buyers_alone(on_stage: Stage) -> None:
    found = await rich(on_stage)
    vip, badge = await put_up_vip(found), await found.put_up()
    on_stage.sandbox.faults.server_error(PATCHES, method="PATCH", status=404, times=None).code = 10011
    waiting = await typed(on_stage, f"buy {chosen(vip)}", "⏳ Discord doesn't answer")
    offer = await typed(on_stage, 'buy "bronze badge"', "Price: **100 coins**")
    shelf = await typed(on_stage, "shop", "**VIP** — 100 coins")
    carol = on_stage.carol
    refused = [
        await (await carol.click(waiting, "Look again")).finished(),
        await (await carol.click(offer, "Buy for 100 coins")).finished(),
        await (await carol.select(shelf, f"shop:item:v1:{BOB}", [str(vip.id)])).finished(),
    ]
    assert {words(one) for one in refused} == {
        f"These buttons belong to <@{BOB}>. Use the command yourself to get your own."
    }
    assert all(is_private(one) for one in refused)
    assert "✅ You bought" in words(await press(on_stage, offer, "Buy for 100 coins"))
    assert await found.owned(BOB) == {badge.id: 1}


async def typed(stage: Stage, text: str, answer: str) -> SeenMessage:
    """The answer to what Bob types, once it says that."""
    assert stage.app is not None
    assert stage.app.bot.user is not None
    await stage.bob.say(GENERAL, f"<@{stage.app.bot.user.id}> {text}")
    view = stage.sandbox.view(BOB)
    async with asyncio.timeout(5):
        while True:
            for one in view.messages(GENERAL):
                if answer in words(one) and one.content != text:
                    return one
            await asyncio.sleep(0.01)
