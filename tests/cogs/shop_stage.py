"""A shop on the stage: somebody who can pay, a role for sale, and what is left of a purchase."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.domain.inventory import MoveKind, Order
from bot.domain.shop import Effects, GiveRole, Item
from bot.sandbox import Exchange, SeenMessage
from bot.services.goods import Loss
from bot.services.shop import By
from tests.support.market import Market
from tests.support.stage import BOB, GENERAL, GUILD, Stage, words

VIP, GUEST = ((4_000 + number) << 22 for number in range(2))
PATCHES = "/guilds/*/members/*"
ROLE = Effects(on_purchase=(GiveRole(role_id=VIP),))


def furnish(stage: Stage) -> None:
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages"])
    world.add_role(GUILD, "Guest", id=GUEST)
    world.add_role(GUILD, "VIP", id=VIP)


def market(stage: Stage) -> Market:
    assert stage.app is not None
    return Market(stage.app.database, stage.app.services, GUILD)


async def rich(stage: Stage, coins: int = 1_000) -> Market:
    found = market(stage)
    await found.pay_in(BOB, coins)
    return found


def roles(stage: Stage) -> set[int]:
    return set(stage.sandbox.world.backend.get_member(GUILD, BOB).role_ids)


def chosen(item: Item, price: int | None = None) -> str:
    return f"|{item.id}|{item.draft.price if price is None else price}"


async def put_up_vip(found: Market, name: str = "VIP", **more: Any) -> Item:
    return await found.put_up_role(name, **{"effects": ROLE, **more})


async def over(exchange: Exchange) -> SeenMessage:
    """The last answer, once it tells of no progress any more."""
    async with asyncio.timeout(10):
        while "I'm giving you" in words(done := await exchange.finished()):
            await asyncio.sleep(0.02)
    return done


async def settled_answer(stage: Stage, item: Item) -> SeenMessage:
    return await over(await stage.bob.slash(GENERAL, "buy", item=chosen(item)))


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.bob.click(message, label)).finished()


async def tick(stage: Stage) -> None:
    assert stage.app is not None
    for _ in range(3):
        await stage.app.ticker.tick()
        await stage.app.ticker.finish()


async def clear(stage: Stage, found: Market, vip: Item) -> None:
    """Nothing of a story stays for the next."""
    grants = found.services.role_grants
    for source in await found.grant_sources(BOB):
        await found.database.transact(
            lambda session, source=source: grants.end(session, GUILD, BOB, VIP, source=source)
        )
    await tick(stage)
    assert VIP not in roles(stage)
    await found.services.shop.archive(GUILD, vip.id, By(9))
    copies: dict[int, int] = await found.owned(BOB)
    for item_id, quantity in copies.items():
        await _throw_away(found, item_id, quantity)


async def _throw_away(found: Market, item_id: int, quantity: int) -> None:
    goods: Any = found.services.inventory._goods

    async def unit(session: Any) -> None:
        item = await found.services.shop.item(GUILD, item_id)
        lots = await goods.lock(session, GUILD, [BOB], item_id)
        loss = Loss(BOB, quantity, f"away:{item_id}", MoveKind.USED, Order.SOONEST_GONE)
        await goods.take(session, GUILD, item, lots[BOB], loss)

    await found.database.transact(unit)
