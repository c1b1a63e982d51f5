"""/economy undo of what was bought and sold, as staff sees it: what goes back stands in the question and the answer."""

from __future__ import annotations

import pytest

from bot.domain.economy import Kind
from bot.domain.shop import BoostXp, Effects, GiveCoins, Say
from bot.sandbox import SeenMessage
from tests.cogs.test_shop import GUEST, VIP, chosen, labels, market, put_up_vip, rich, roles, settled_answer, tick
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, is_private, words

BOSS = 9_100 << 22


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, ["manage_roles", "view_channel", "send_messages"])
    world.add_role(GUILD, "Guest", id=GUEST)
    world.add_role(GUILD, "VIP", id=VIP)
    world.add_role(GUILD, "Boss", id=BOSS, permissions=["manage_guild", "view_audit_log"])
    world.give_role(GUILD, ALICE, BOSS)
    await stage.start()
    return stage


async def undo(stage: Stage, kind: Kind) -> SeenMessage:
    """The question that Alice is asked about Bob's newest movement of a kind."""
    page = await market(stage).services.economy.statement(GUILD, BOB, kind=kind)
    return await stage.ask(stage.alice, "economy undo", transaction=str(page.lines[0].transaction_id))


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.alice.click(message, label)).finished()


async def test_a_purchase_is_taken_back_after_a_question_that_names_all_of_it(on_stage: Stage) -> None:
    found = await rich(on_stage)
    badge = await found.put_up(price=100, stock=5, effects=Effects(on_purchase=(GiveCoins(amount=30), Say(words="Hi"))))
    await on_stage.ask(on_stage.bob, "buy", item=chosen(badge), quantity=2)
    question = await undo(on_stage, Kind.EFFECT)
    assert is_private(question)
    assert words(question).split("\n")[0].startswith("Undo **Bought** of <t:")
    assert words(question).split("\n")[1:] == [
        f"Done by <@{BOB}>",
        "",
        "This would move:",
        f"• <@{BOB}>'s wallet: **+140**",
        "• Bronze badge: **-2**",
        "This can't be undone itself, and does not count as bought any more.",
    ]
    assert await found.owned(BOB) == {badge.id: 2}
    done = await press(on_stage, question, "Yes, undo it")
    assert words(done) == f"Undone. This went back:\n• <@{BOB}>'s wallet: **+140**\n• Bronze badge: **-2**"
    assert labels(done) == {}, "there is no undoing of that"
    assert (await found.wallet(BOB), await found.owned(BOB)) == (1_000, {})
    assert "This was undone already" in words(await undo(on_stage, Kind.EFFECT))
    audit = words(await on_stage.ask(on_stage.alice, "audit"))
    assert "Transaction undone" in audit
    assert "Thing: no longer 2 × Bronze badge" in audit  # noqa: RUF001 — times is meant


async def test_a_role_that_was_bought_ends_with_the_refund(on_stage: Stage) -> None:
    found = await rich(on_stage)
    await settled_answer(on_stage, await put_up_vip(found))
    assert VIP in roles(on_stage)
    question = await undo(on_stage, Kind.HOLD)
    assert f"• The role <@&{VIP}> ends" in words(question)
    done = await press(on_stage, question, "Yes, undo it")
    assert f"• <@{BOB}>'s wallet: **+100**\n• VIP: **-1**\n• The role <@&{VIP}> ends" in words(done)
    await tick(on_stage)
    assert VIP not in roles(on_stage)
    assert (await found.wallet(BOB), await found.owned(BOB)) == (1_000, {})


async def test_a_boost_that_was_bought_ends_with_the_refund(on_stage: Stage) -> None:
    found = await rich(on_stage)
    bell = await found.put_up("Bell", effects=Effects(on_purchase=(BoostXp(per_mille=1_500, seconds=3_600),)))
    await on_stage.ask(on_stage.bob, "buy", item=chosen(bell))
    question = await undo(on_stage, Kind.PURCHASE)
    ends = "• The XP boost \N{MULTIPLICATION SIGN}1.5 ends; what was earned by it stays"
    assert f"• Bell: **-1**\n{ends}" in words(question)
    done = await press(on_stage, question, "Yes, undo it")
    assert words(done) == f"Undone. This went back:\n• <@{BOB}>'s wallet: **+100**\n• Bell: **-1**\n{ends}"
    assert await found.boosts(BOB) == ()


async def test_what_was_used_up_meanwhile_is_refused_with_what_is_left(on_stage: Stage) -> None:
    found = await rich(on_stage)
    badge = await found.put_up(price=100)
    await on_stage.ask(on_stage.bob, "buy", item=chosen(badge), quantity=2)
    question = await undo(on_stage, Kind.PURCHASE)
    await found.services.inventory.sell(GUILD, BOB, badge.id, 1, key="s")
    refused = await press(on_stage, question, "Yes, undo it")
    said = f"<@{BOB}> has only 1 of the 2 **Bronze badge** that I would take back. I changed nothing."
    assert words(refused) == said
    assert (await found.wallet(BOB), await found.owned(BOB)) == (850, {badge.id: 1})


async def test_a_sale_comes_back_and_may_be_restored(on_stage: Stage) -> None:
    found = await rich(on_stage)
    badge = await found.put_up(price=100)
    await on_stage.ask(on_stage.bob, "buy", item=chosen(badge))
    await found.services.inventory.sell(GUILD, BOB, badge.id, 1, key="s")
    question = await undo(on_stage, Kind.SALE)
    assert f"• <@{BOB}>'s wallet: **-50**\n• Bronze badge: **+1**" in words(question)
    done = await press(on_stage, question, "Yes, undo it")
    assert await found.owned(BOB) == {badge.id: 1}
    restore = await press(on_stage, done, "Undo")
    assert "Restore **Sold**" in words(restore)
    await press(on_stage, restore, "Yes, undo it")
    assert (await found.wallet(BOB), await found.owned(BOB)) == (950, {})


async def test_purchases_are_suggested_with_what_was_bought(on_stage: Stage) -> None:
    found = await rich(on_stage)
    await on_stage.ask(on_stage.bob, "buy", item=chosen(await found.put_up(price=100)))
    assert on_stage.app is not None
    await on_stage.app.recorder.flush()
    exchange = await on_stage.alice.autocomplete(GENERAL, "economy undo", "transaction", "bronze")
    [choice] = (await exchange.answered()).choices
    assert choice["name"].split(" · ", 1)[1] == "Bought -100 · bob · Bronze badge"
