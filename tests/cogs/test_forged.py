"""Custom ids that nobody was ever shown: they move nothing, and are no faults of the bot."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.shop import Effects, GiveCoins, ItemKind
from bot.sandbox import Actor, SeenMessage
from tests.cogs.shop_stage import market
from tests.support.market import Market
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, words

BOSS = 9_100 << 22
HUGE = 9_999_999_999_999_999_999
"""It fits into the patterns of custom ids, and into no column."""


@pytest.fixture
async def found(stage: Stage) -> Market:
    """Alice manages the server; Bob has a thousand coins."""
    stage.sandbox.world.add_role(GUILD, "Boss", id=BOSS, permissions=["manage_guild"])
    stage.sandbox.world.give_role(GUILD, ALICE, BOSS)
    await stage.start()
    made = market(stage)
    await made.pay_in(BOB, 1_000)
    return made


async def forge(stage: Stage, who: Actor, custom_id: str) -> str:
    """Press a button that stands on no message of the bot's."""
    shown = await stage.ask(who, "transactions")
    stored = stage.sandbox.world.backend.messages[GENERAL][shown.id]
    button = {"type": 2, "custom_id": custom_id, "style": 2, "label": "x"}
    stored.components = [{"type": 1, "components": [button]}]
    data: dict[str, Any] = {"custom_id": custom_id, "component_type": 2}
    return words(await who._interact(3, GENERAL, data, source=stored).finished())


async def send_form(who: Actor, custom_id: str, field: str, value: str) -> SeenMessage:
    """Send off a form that was never opened."""
    line = {"type": 18, "component": {"type": 4, "custom_id": field, "value": value}}
    data: dict[str, Any] = {"custom_id": custom_id, "components": [line]}
    return await who._interact(5, GENERAL, data).finished()


@pytest.mark.parametrize(
    "custom_id",
    [
        f"shop:state:v1:{HUGE}",
        f"shop:buy:v1:{BOB}:{HUGE}:1x1:1",
        f"shop:buy:v1:{BOB}:1:1x{HUGE}:1",
        f"inv:use:v1:{BOB}:{HUGE}:1",
        f"inv:wear:v1:{BOB}:{HUGE}:y",
        f"inv:sell:v1:{BOB}:{HUGE}",
        f"inv:give:v1:{BOB}:{HUGE}",
        f"inv:sold:v1:{BOB}:y:{HUGE}:1x1:1",
        f"inv:page:v1:{BOB}:1:o:{HUGE}",
        f"economy:statement:v1:{BOB}:{HUGE}:o",
    ],
)
async def test_a_number_that_nothing_can_have_is_a_control_out_of_date(
    stage: Stage, found: Market, custom_id: str
) -> None:
    said = await forge(stage, stage.bob, custom_id)
    assert said.startswith("This control is out of date."), said
    assert await found.wallet(BOB) == 1_000


@pytest.mark.parametrize(
    "custom_id",
    [
        f"economy:statement:v1:{ALICE}:1:o:all.{HUGE}",
        f"economy:undo:v1:{HUGE}",
        f"economy:undo-sure:v1:{ALICE}:y:{HUGE}",
    ],
)
async def test_so_it_is_for_staff(stage: Stage, found: Market, custom_id: str) -> None:
    said = await forge(stage, stage.alice, custom_id)
    assert said.startswith("This control is out of date."), said
    assert await found.wallet(BOB) == 1_000


async def test_so_it_is_in_a_form(stage: Stage, found: Market) -> None:
    said = words(await send_form(stage.alice, f"economy:reset-form:v1:{HUGE}", "word", "reset"))
    assert said.startswith("This control is out of date."), said
    assert await found.wallet(BOB) == 1_000


async def test_more_or_less_than_the_command_lets_through_is_neither_bought_nor_sold(
    stage: Stage, found: Market
) -> None:
    stone = await found.put_up("Stone", 1)
    await found.buy(BOB, stone, 5, key="a")
    for count in (0, 1_001):
        said = await forge(stage, stage.bob, f"shop:buy:v1:{BOB}:{stone.id}:{count}x1:{count}")
        assert said.startswith("This control is out of date."), said
        said = await forge(stage, stage.bob, f"inv:sold:v1:{BOB}:y:{stone.id}:{count}x0:{count}")
        assert said.startswith("This control is out of date."), said
    assert (await found.wallet(BOB), await found.owned(BOB)) == (995, {stone.id: 5})


async def test_who_presses_what_stands_on_another_s_page_changes_nothing_for_either(
    stage: Stage, found: Market
) -> None:
    does = Effects(on_use=(GiveCoins(amount=5),))
    potion = await found.put_up("Potion", 1, kind=ItemKind.CONSUMABLE, effects=does)
    await found.pay_in(ALICE, 10)
    for user in (ALICE, BOB):
        await found.buy(user, potion, key=f"own:{user}")
    for custom_id in (
        f"shop:buy:v1:{BOB}:{potion.id}:1x1:1",
        f"inv:use:v1:{BOB}:{potion.id}:1",
        f"inv:sell:v1:{BOB}:{potion.id}",
        f"inv:sold:v1:{BOB}:y:{potion.id}:1x0:1",
        f"inv:wear:v1:{BOB}:{potion.id}:y",
        f"inv:give:v1:{BOB}:{potion.id}",
        f"inv:page:v1:{BOB}:1:o:{BOB}",
        f"economy:undo-sure:v1:{BOB}:y:1",
    ):
        said = await forge(stage, stage.alice, custom_id)
        assert said.startswith(f"These buttons belong to <@{BOB}>."), (custom_id, said)
    said = words(await send_form(stage.alice, f"inv:give-form:v1:{BOB}:{potion.id}", "quantity", "1"))
    assert said.startswith(f"These buttons belong to <@{BOB}>."), said
    assert [await found.wallet(user) for user in (ALICE, BOB)] == [9, 999]
    assert [await found.owned(user) for user in (ALICE, BOB)] == [{potion.id: 1}] * 2


async def test_a_form_that_was_opened_by_staff_is_refused_once_they_are_staff_no_more(
    stage: Stage, found: Market
) -> None:
    world = stage.sandbox.world
    one = await (await stage.alice.slash(GENERAL, "economy reset", member=BOB)).answered()
    everybody = await (await stage.alice.slash(GENERAL, "economy reset-all")).answered()
    world.take_role(GUILD, ALICE, BOSS)
    for form, word in ((one, "reset"), (everybody, "village")):
        assert "Manage Server" in words(await (await stage.alice.submit(form, {"word": word})).finished())
    said = words(await send_form(stage.bob, f"economy:reset-form:v1:{ALICE}", "word", "reset"))
    assert "Manage Server" in said
    assert await found.wallet(BOB) == 1_000
