"""The bank, payments under rules, and statements, as members and staff see them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.cogs.economy.kinds import KINDS
from bot.domain.economy import Kind
from bot.domain.economy_settings import EconomyCommand, EconomySettings, TradeSettings
from bot.domain.general import GeneralSettings
from bot.sandbox import SeenMessage
from tests.cogs.test_economy import outcome
from tests.cogs.test_typed import said
from tests.support.crash import CrashPoints, sweep
from tests.support.stage import ALICE, BOB, CAROL, GENERAL, GUILD, Stage, is_private, words

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
async def on_stage(stage: Stage) -> Stage:
    await stage.start()
    return stage


async def change(stage: Stage, section: Any) -> None:
    assert stage.app is not None
    settings = stage.app.services.guild_settings
    before = await settings.read(GUILD, type(section))
    await settings.change(GUILD, section, base=before.version, by=ALICE)


async def press(stage: Stage, message: SeenMessage, label: str) -> SeenMessage:
    return await (await stage.alice.click(message, label)).finished()


def fields(message: SeenMessage) -> dict[str, str]:
    return {one["name"]: one["value"] for embed in message.embeds for one in embed.get("fields", ())}


async def test_coins_are_put_away_and_taken_back_by_number_or_part_in_private(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    put = await on_stage.ask(on_stage.alice, "deposit", amount="half")
    assert words(put) == "You put **125 coins** into the bank.\nWallet: 125 · Bank: 125"
    assert is_private(put)
    taken = await on_stage.ask(on_stage.alice, "withdraw", amount="20%")
    assert words(taken) == "You took **25 coins** out of the bank.\nWallet: 150 · Bank: 100"
    shown = await on_stage.ask(on_stage.alice, "balance")
    assert words(shown) == "Your wallet: **150 coins**"
    assert fields(shown) == {"Bank": "100 coins", "Net worth": "250 coins", "Place among wallets": "1"}


@pytest.mark.parametrize(
    ("command", "amount", "answer"),
    [
        ("deposit", "lots", "I need an amount, such as 50, 1,000, 2k, half, 25% or all."),
        ("deposit", "-5", "The amount must be at least 1; you wrote -5."),
        ("deposit", "251", "You have 250 and would need 251."),
        ("deposit", "0%", "That makes no whole coin: you have 250 coins there."),
        ("deposit", "all", "Your bank account holds at most 200, so 200 coins more would fit."),
        ("withdraw", "all", "That makes no whole coin: you have 0 coins there."),
        ("withdraw", "1", "You have 0 in the bank and would need 1."),
    ],
)
async def test_what_can_not_be_moved_is_refused_in_a_sentence(
    on_stage: Stage, command: str, amount: str, answer: str
) -> None:
    await change(on_stage, EconomySettings(bank_capacity=200))
    await on_stage.ask(on_stage.alice, "daily")
    assert words(await on_stage.ask(on_stage.alice, command, amount=amount)) == answer


async def test_without_a_bank_nothing_speaks_of_one(on_stage: Stage) -> None:
    on = tuple(one for one in EconomyCommand if one not in {EconomyCommand.BANK, EconomyCommand.PAY})
    await change(on_stage, EconomySettings(commands=on))
    refused = words(await on_stage.ask(on_stage.alice, "withdraw", amount="1"))
    assert refused.startswith("`/withdraw` is switched off in this server.")
    assert words(await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=1)).startswith("`/pay` is switched off")
    shown = await on_stage.ask(on_stage.alice, "balance")
    assert fields(shown) == {}
    assert [one["label"] for one in shown.controls() if "label" in one] == ["Statement", "History", "Details"]


async def test_while_an_amount_is_written_it_says_what_was_understood(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    await on_stage.ask(on_stage.alice, "deposit", amount=100)

    async def offered(command: str, typed: str) -> list[tuple[str, str]]:
        exchange = await on_stage.alice.autocomplete(GENERAL, command, "amount", typed)
        await exchange.answered()
        return [(one["name"], one["value"]) for one in exchange.choices]

    assert await offered("deposit", "") == [
        ("all → 150 coins", "all"),
        ("half → 75 coins", "half"),
        ("25% → 37 coins", "25%"),
    ]
    assert await offered("withdraw", "half") == [("half → 50 coins", "half")]
    assert await offered("pay", "2k") == [("2k → 2,000 coins, but you have 150", "2k")]
    assert await offered("pay", "12") == [("12 → 12 coins", "12")]
    assert await offered("pay", "lots") == [("I need an amount, such as 50, 1,000, 2k, half, 25% or all.", "lots")]
    emoji = "<:coin:123456789012345678>"
    await change(on_stage, EconomySettings(currency_emoji=emoji, currency_name="crown", currency_plural="crowns"))
    assert await offered("deposit", "all") == [("all → 150 crowns", "all")]
    assert emoji in words(await on_stage.ask(on_stage.alice, "deposit", amount="1"))


async def test_a_taxed_payment_says_what_arrived(on_stage: Stage) -> None:
    await change(on_stage, TradeSettings(tax=10))
    await on_stage.ask(on_stage.alice, "daily")
    answer = await on_stage.ask(on_stage.alice, "pay", member=BOB, amount="20%")
    assert words(answer) == (
        f"<@{BOB}>\n<@{ALICE}> gave **50 coins** to <@{BOB}>.\n45 coins arrived, 5 coins went to tax."
    )
    assert words(await on_stage.ask(on_stage.bob, "balance")) == "Your wallet: **45 coins**"
    lines = words(await on_stage.ask(on_stage.alice, "transactions")).splitlines()
    assert lines[0].endswith(f"**-50** · Paid to <@{BOB}>, tax 5 coins · 200")


async def test_limits_say_when_it_will_work(on_stage: Stage) -> None:
    await change(on_stage, TradeSettings(least_payment=10, most_a_day=100))
    await on_stage.ask(on_stage.alice, "daily")

    async def pay(amount: object) -> str:
        return words(await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=amount))

    assert await pay(9) == "The least that can be paid here is 10 coins."
    assert await pay(101) == ("Nobody pays more than 100 coins within 24 hours here. Please choose a smaller amount.")
    assert "gave **80 coins**" in await pay(80)
    tomorrow = int((on_stage.clock.now() + timedelta(days=1)).timestamp())
    assert await pay(30) == (
        "You can pay at most 100 coins within 24 hours, and 20 coins of that is left. "
        f"You can pay this <t:{tomorrow}:R>."
    )
    assert "gave **20 coins**" in await pay(20)


async def test_a_full_wallet_is_named_with_what_fits(on_stage: Stage) -> None:
    await change(on_stage, EconomySettings(wallet_cap=300))
    await on_stage.ask(on_stage.alice, "daily")
    await on_stage.ask(on_stage.bob, "daily")
    answer = await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=51)
    assert words(answer) == f"<@{BOB}>'s wallet holds at most 300, so 50 coins more would fit."
    assert is_private(answer)


async def test_who_is_new_is_told_when_they_can_pay_by_the_command_and_the_form(on_stage: Stage) -> None:
    joined = on_stage.clock.now() - timedelta(days=3)
    on_stage.sandbox.world.settle(GUILD, joined)
    await on_stage.ask(on_stage.alice, "daily")
    possible = int((joined + timedelta(days=7)).timestamp())
    told = f"You are too new in this server to pay others. You can <t:{possible}:R>."
    assert words(await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=1)) == told
    form = await (await on_stage.alice.click(await on_stage.ask(on_stage.alice, "balance"), "Pay someone")).answered()
    paid = await (await on_stage.alice.submit(form, {"recipient": [BOB], "amount": "half"})).finished()
    assert words(paid) == told
    await change(on_stage, TradeSettings(member_for=0, account_for=365 * 86_400))
    assert "gave **1 coin**" in words(await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=1))


async def test_a_statement_tells_each_movement_in_a_line_and_can_be_of_one_kind(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    for number in range(12):
        await on_stage.ask(on_stage.alice, "deposit", amount=number + 1)
    await on_stage.ask(on_stage.alice, "withdraw", amount="all")
    await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=7)
    lines = words(await on_stage.ask(on_stage.alice, "transactions")).splitlines()
    assert [line.split(" · ", 1)[1] for line in lines[:3]] == [
        f"**-7** · Paid to <@{BOB}> · 243",
        "**+78** · From the bank · 250",
        "**-12** · To the bank · 172",
    ]
    deposits = await on_stage.ask(on_stage.alice, "transactions", kind="deposit")
    assert words(deposits).endswith("Your statement · Into the bank")
    assert words(deposits).count("To the bank") == 10
    older = await press(on_stage, deposits, "Older")
    assert words(older).count("To the bank") == 2
    assert words(await press(on_stage, older, "Newest")) == words(deposits)
    form = await (await on_stage.alice.click(older, "Go to…")).answered()
    await on_stage.stop()
    await on_stage.start()
    day = await (await on_stage.alice.submit(form, {"day": "today"})).finished()
    assert words(day) == words(deposits)
    work = words(await on_stage.ask(on_stage.alice, "transactions", kind="work"))
    assert work == "Nothing of this kind has moved yet.\nYour statement · Work"
    assert f"**+7** · From <@{ALICE}> · 7" in words(await on_stage.ask(on_stage.bob, "transactions"))


async def test_staff_alone_reads_what_others_moved_and_is_asked_again_with_every_page(on_stage: Stage) -> None:
    world = on_stage.sandbox.world
    for _ in range(12):
        await on_stage.ask(on_stage.bob, "daily")
        on_stage.clock.advance(days=1)
    refused = await on_stage.ask(on_stage.alice, "transactions", member=BOB)
    assert words(refused).startswith("For this you need the permission **Manage Server**, or one of the **")
    assert is_private(refused)
    staff = world.add_role(GUILD, "Staff")
    await change(on_stage, GeneralSettings(admin_roles=(staff,)))
    world.give_role(GUILD, ALICE, staff)
    shown = await on_stage.ask(on_stage.alice, "transactions", member=BOB, kind="daily")
    assert is_private(shown)
    assert words(shown).startswith(f"<@{BOB}>\n")
    assert words(shown).endswith("Statement · Daily")
    assert words(shown).count("· Daily ·") == 10
    older = await press(on_stage, shown, "Older")
    assert words(older).count("· Daily ·") == 2
    world.take_role(GUILD, ALICE, staff)
    assert words(await press(on_stage, older, "Newer")).startswith("For this you need the permission")
    assert "Nothing has moved yet." in words(await on_stage.ask(on_stage.carol, "transactions", member=CAROL))


async def test_nobody_reads_another_s_statement_with_a_forged_button(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    statement = await on_stage.ask(on_stage.bob, "transactions")
    stored = on_stage.sandbox.world.backend.messages[GENERAL][statement.id]
    for about in (f"all.{ALICE}", f"daily.{ALICE}", f"everything.{BOB}"):
        custom_id = f"economy:statement:v1:{BOB}:1:n:{about}"
        stored.components = [{"type": 1, "components": [{"type": 2, "custom_id": custom_id, "style": 2, "label": "x"}]}]
        forged = on_stage.bob._interact(3, GENERAL, {"custom_id": custom_id, "component_type": 2}, source=stored)
        assert words(await forged.finished()).startswith(("For this you need", "This control is out of date."))


async def test_details_tell_what_was_earned_and_spent(on_stage: Stage) -> None:
    purse = await on_stage.ask(on_stage.alice, "balance")
    assert words(await press(on_stage, purse, "Details")) == "Nothing has moved yet.\nEarned and spent"
    await on_stage.ask(on_stage.alice, "daily")
    on_stage.clock.advance(days=1)
    await on_stage.ask(on_stage.alice, "daily")
    await on_stage.ask(on_stage.alice, "pay", member=BOB, amount=30)
    on_stage.clock.advance(days=40)
    await on_stage.ask(on_stage.bob, "pay", member=ALICE, amount=10)
    await on_stage.ask(on_stage.alice, "deposit", amount=10)
    shown = await press(on_stage, purse, "Details")
    assert is_private(shown)
    assert words(shown).split("\n\n") == [
        "**All time:** earned 522 coins, spent 30 coins\nDaily: +512\nPayments: +10 / -30",
        "**In the last 30 days:** earned 10 coins, spent 0 coins\nPayments: +10",
        "Best streak: 2 days\nEarned and spent",
    ]


async def test_the_boards_show_wallets_and_banks_and_who_left_as_owners_want_it(on_stage: Stage) -> None:
    for who, put in ((on_stage.alice, 10), (on_stage.bob, 20)):
        await on_stage.ask(who, "daily")
        await on_stage.ask(who, "deposit", amount=put)
    board = await on_stage.ask(on_stage.alice, "leaderboard", board="bank", period="all")
    assert words(board).startswith(f"🥇 <@{BOB}> · **20 coins**\n🥈 <@{ALICE}> · **10 coins**")
    wallets = await on_stage.ask(on_stage.alice, "leaderboard", board="wallet", period="all")
    assert words(wallets).startswith(f"🥇 <@{ALICE}> · **240 coins**")
    await on_stage.bob.leave()
    await on_stage.ask(on_stage.carol, "about")
    await recorded(on_stage)
    assert str(BOB) not in words(await on_stage.ask(on_stage.alice, "leaderboard", board="bank", period="all"))
    await change(on_stage, EconomySettings(shows_left=True))
    shown = words(await on_stage.ask(on_stage.alice, "leaderboard", board="bank", period="all"))
    assert shown.startswith(f"🥇 bob (left) · **20 coins**\n🥈 <@{ALICE}>")


async def purses(stage: Stage) -> tuple[int, int]:
    """What Alice and Carol have."""
    assert stage.app is not None
    economy = stage.app.services.economy
    return (await economy.balance(GUILD, ALICE)).wallet, (await economy.balance(GUILD, CAROL)).wallet


async def recorded(stage: Stage) -> None:
    """Wait until the records know who is here."""
    assert stage.app is not None
    await stage.app.recorder.flush()


async def test_an_old_button_of_the_board_of_the_richest_still_turns(on_stage: Stage) -> None:
    await on_stage.ask(on_stage.alice, "daily")
    board = await on_stage.ask(on_stage.alice, "leaderboard")
    stored = on_stage.sandbox.world.backend.messages[GENERAL][board.id]
    custom_id = f"leaderboard:places:v1:{ALICE}:0:n:richest.all"
    stored.components = [{"type": 1, "components": [{"type": 2, "custom_id": custom_id, "style": 2, "label": "x"}]}]
    turned = on_stage.alice._interact(3, GENERAL, {"custom_id": custom_id, "component_type": 2}, source=stored)
    assert words(await turned.finished()).endswith("Wallet")


async def test_the_bank_is_typed_by_its_short_names(on_stage: Stage) -> None:
    await change(on_stage, GeneralSettings(prefix="!"))
    await on_stage.ask(on_stage.alice, "daily")
    assert "You put **50 coins** into the bank." in await said(on_stage, "!dep 20%")
    assert "You took **50 coins** out of the bank." in await said(on_stage, "!with all")
    assert f"gave **125 coins** to <@{BOB}>" in await said(on_stage, f"!pay <@{BOB}> half")


async def test_a_taxed_payment_of_a_part_that_dies_anywhere_happened_once_or_not_at_all(stage: Stage) -> None:
    rounds = 0

    async def story(points: CrashPoints) -> None:
        nonlocal rounds
        rounds += 1
        stage.arrange = points.plant
        await stage.start()
        await change(stage, TradeSettings(tax=10, most_a_day=10_000))
        stage.clock.advance(days=2)
        await stage.ask(stage.alice, "daily")
        before = await purses(stage)
        await points.arm()
        exchange = await stage.alice.slash(GENERAL, "pay", member=CAROL, amount="half")
        acknowledged = await outcome(exchange, points)
        points.armed = False
        await stage.die()
        stage.arrange = None
        app = await stage.start()
        given = before[0] // 2
        done = (before[0] - given, before[1] + given - given // 10)
        there = await purses(stage)
        assert there in (before, done), "half a payment"
        assert there == done or not acknowledged, "acknowledged, but not there"
        stage.sandbox.replay(exchange)
        async with asyncio.timeout(5):
            while await purses(stage) != done:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert await purses(stage) == done, "more than once"
        assert (await app.services.economy.audit(GUILD)).sound
        await stage.stop()

    points = await sweep(story)
    assert 2 < rounds <= len(points) + 1
    assert "before commit" in points


def test_every_kind_of_movement_has_a_name_and_discord_takes_them_all_as_choices(database_kind: str) -> None:
    assert set(KINDS) == set(Kind)
    assert len(KINDS) <= 25
