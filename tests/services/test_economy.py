"""The purse's use cases, on both databases."""

from __future__ import annotations

import asyncio
from datetime import date
from random import Random

import pytest

from bot.domain.amounts import MAX_COINS
from bot.domain.coin_range import CoinRange
from bot.domain.economy import HISTORY_DAYS, Party
from bot.domain.economy_settings import EconomySettings
from bot.domain.general import GeneralSettings
from bot.errors import AccountFull, ContentMismatch, InsufficientFunds, SettingsChanged
from bot.services import Services
from bot.services.economy import NEWEST, PAGE, Cursor, DayEnd
from tests.support.clock import ManualClock

GUILD = 77 << 22


def member(user_id: int) -> Party:
    return Party(user_id, is_bot=False, is_member=True)


async def start_with(services: Services, coins: int) -> None:
    await services.guild_settings.change(GUILD, EconomySettings(starting_balance=coins), base=0, by=None)


async def test_the_starting_balance_is_shown_before_it_is_minted_and_minted_once(services: Services) -> None:
    await start_with(services, 100)
    assert (await services.economy.balance(GUILD, 1)).wallet == 100
    await services.economy.pay(GUILD, 1, member(2), 30, key="a")
    assert (await services.economy.balance(GUILD, 1)).wallet == 70
    assert (await services.economy.balance(GUILD, 2)).wallet == 130
    assert (await services.economy.audit(GUILD)).sound


async def test_the_same_key_gives_the_first_answer_and_moves_nothing_again(services: Services) -> None:
    await start_with(services, 100)
    first = await services.economy.pay(GUILD, 1, member(2), 30, key="a")
    again = await services.economy.pay(GUILD, 1, member(2), 30, key="a")
    assert (first.replayed, again.replayed) == (False, True)
    assert (again.transaction_id, again.sender_wallet) == (first.transaction_id, 70)
    assert (await services.economy.balance(GUILD, 1)).wallet == 70


@pytest.mark.parametrize(("sender", "recipient", "amount"), [(1, 2, 31), (1, 3, 30), (4, 2, 30)])
async def test_a_key_that_comes_with_another_content_is_an_error(
    services: Services, sender: int, recipient: int, amount: int
) -> None:
    await start_with(services, 100)
    await services.economy.pay(GUILD, 1, member(2), 30, key="a")
    with pytest.raises(ContentMismatch):
        await services.economy.pay(GUILD, sender, member(recipient), amount, key="a")


async def test_a_key_belongs_to_one_guild(services: Services) -> None:
    await start_with(services, 100)
    await services.economy.pay(GUILD, 1, member(2), 30, key="a")
    with pytest.raises(InsufficientFunds):
        await services.economy.pay(GUILD + (1 << 22), 1, member(2), 30, key="a")


async def test_nobody_pays_what_they_do_not_have(services: Services) -> None:
    await start_with(services, 100)
    with pytest.raises(InsufficientFunds) as refused:
        await services.economy.pay(GUILD, 1, member(2), 101, key="a")
    assert (refused.value.balance, refused.value.amount) == (100, 101)
    assert (await services.economy.statement(GUILD, 2)).lines == ()


async def test_a_full_purse_takes_nothing_more(services: Services) -> None:
    await start_with(services, MAX_COINS)
    with pytest.raises(AccountFull):
        await services.economy.pay(GUILD, 1, member(2), MAX_COINS, key="a")
    with pytest.raises(AccountFull):
        await services.earning.daily(GUILD, 1, key="b")
    assert (await services.economy.balance(GUILD, 1)).wallet == MAX_COINS


async def test_four_hundred_transfers_at_once_leave_every_coin_where_it_belongs(
    services: Services, rng: Random
) -> None:
    await start_with(services, 1_000)
    members = list(range(1, 21))
    gate = asyncio.Semaphore(32)

    async def transfer(number: int) -> int:
        sender, recipient = rng.sample(members, 2)
        amount = rng.randint(1, 400)
        async with gate:
            try:
                await services.economy.pay(GUILD, sender, member(recipient), amount, key=f"t{number}")
            except InsufficientFunds:
                return 0
        return 1

    paid = sum(await asyncio.gather(*(transfer(number) for number in range(400))))
    balances = [(await services.economy.balance(GUILD, user_id)).wallet for user_id in members]
    assert paid > 200
    assert sum(balances) == 20_000
    assert min(balances) >= 0
    audit = await services.economy.audit(GUILD)
    assert (audit.unbalanced, audit.discrepancies) == ((), ())


async def test_a_hundred_of_the_same_key_at_once_move_it_once(services: Services) -> None:
    await start_with(services, 100)
    answers = await asyncio.gather(*(services.economy.pay(GUILD, 1, member(2), 40, key="k") for _ in range(100)))
    assert sum(not answer.replayed for answer in answers) == 1
    assert {answer.sender_wallet for answer in answers} == {60}


async def test_a_statement_is_read_page_by_page_both_ways(services: Services) -> None:
    await start_with(services, 1_000)
    for number in range(1, 26):
        await services.economy.pay(GUILD, 1, member(2), number, key=f"p{number}")
    pages = []
    cursor: Cursor | None = NEWEST
    while cursor is not None:
        page = await services.economy.statement(GUILD, 1, cursor)
        pages.append(page)
        cursor = page.older
    amounts = [line.amount for page in pages for line in page.lines]
    assert amounts == [*range(-25, 0), 1_000]
    assert [len(page.lines) for page in pages] == [PAGE, PAGE, 6]
    assert pages[0].newer is None
    assert pages[2].newer is not None
    assert (await services.economy.statement(GUILD, 1, pages[2].newer)).lines == pages[1].lines
    assert pages[1].newer is not None
    first_again = await services.economy.statement(GUILD, 1, pages[1].newer)
    assert first_again.lines == pages[0].lines


async def test_a_place_beyond_an_end_shows_the_page_at_that_end(services: Services) -> None:
    await start_with(services, 100)
    for number in range(1, PAGE + 3):
        await services.economy.pay(GUILD, 1, member(2), number, key=f"p{number}")
    newest = await services.economy.statement(GUILD, 1)
    assert (await services.economy.statement(GUILD, 1, Cursor(NEWEST.edge - 1, newer=True))).lines == newest.lines
    oldest = await services.economy.statement(GUILD, 1, Cursor(1))
    assert oldest.older is None
    assert (oldest.lines[-1].amount, len(oldest.lines)) == (100, PAGE)
    assert oldest.newer is not None
    assert (await services.economy.statement(GUILD, 3, Cursor(1))).lines == ()


def daily(amount: int) -> EconomySettings:
    return EconomySettings(daily_amount=CoinRange.fixed(amount))


async def test_settings_that_somebody_else_changed_are_not_overwritten(services: Services) -> None:
    seen = await services.guild_settings.read(GUILD, EconomySettings)
    await services.guild_settings.change(GUILD, daily(1), base=seen.version, by=1)
    with pytest.raises(SettingsChanged):
        await services.guild_settings.change(GUILD, daily(2), base=seen.version, by=2)
    now = await services.guild_settings.read(GUILD, EconomySettings)
    assert (now.value.daily_amount.low, now.version) == (1, 1)
    await services.guild_settings.change(GUILD, daily(3), base=1, by=2)
    with pytest.raises(SettingsChanged):
        await services.guild_settings.change(GUILD, daily(4), base=1, by=1)


async def wallets(services: Services, user_id: int) -> list[int]:
    return [end.wallet for end in (await services.economy.history(GUILD, user_id)).days]


async def test_a_history_tells_what_was_left_at_the_end_of_each_day(services: Services, clock: ManualClock) -> None:
    await start_with(services, 100)
    await services.economy.pay(GUILD, 1, member(2), 30, key="a")
    clock.advance(days=3)
    for number in range(20):
        await services.economy.pay(GUILD, 2, member(1), 1, key=f"b{number}")
    clock.advance(days=1)
    await services.economy.pay(GUILD, 2, member(3), 5, key="c")
    assert await wallets(services, 1) == [70] * 3 + [90] * 2
    assert await wallets(services, 2) == [130] * 3 + [110, 105]
    days = [end.day for end in (await services.economy.history(GUILD, 1)).days]
    assert (days[0], days[-1]) == (date(2026, 3, 2), date(2026, 3, 6))
    clock.advance(days=HISTORY_DAYS + 10)
    assert await wallets(services, 1) == [90] * HISTORY_DAYS


async def test_a_history_ends_its_days_where_the_guilds_day_ends(services: Services, clock: ManualClock) -> None:
    await services.guild_settings.change(GUILD, GeneralSettings(time_zone="Pacific/Auckland"), base=0, by=None)
    await start_with(services, 100)
    await services.economy.pay(GUILD, 1, member(2), 30, key="a")  # 12:00 UTC is already tomorrow there
    clock.advance(hours=12)
    assert (await services.economy.history(GUILD, 1)).days == (DayEnd(date(2026, 3, 3), 70),)


async def test_a_history_begins_with_the_first_movement_whatever_the_setting_is_by_now(
    services: Services, clock: ManualClock
) -> None:
    await start_with(services, 100)
    assert await wallets(services, 1) == [], "nothing moved, so nothing is known of the days before"
    await services.economy.pay(GUILD, 1, member(2), 30, key="a")
    clock.advance(days=1)
    await services.guild_settings.change(GUILD, EconomySettings(starting_balance=5_000), base=1, by=None)
    assert await wallets(services, 1) == [70, 70]


async def test_a_history_is_of_one_wallet_in_one_guild(services: Services) -> None:
    await start_with(services, 100)
    await services.economy.pay(GUILD, 1, member(2), 30, key="a")
    elsewhere = await services.economy.history(GUILD + 1, 1)
    assert elsewhere.days == ()
    assert await wallets(services, 3) == []
