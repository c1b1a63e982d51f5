"""Payments under a guild's rules, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.db.engine import Database
from bot.domain.amounts import ALL, HALF, MAX_COINS, Share
from bot.domain.audit import AuditSource
from bot.domain.economy import ClaimAction, Kind, Party, Pocket
from bot.domain.economy_settings import EconomyCommand, EconomySettings, TradeSettings
from bot.domain.movements import PaymentDetails
from bot.domain.payments import Since
from bot.domain.purse import KindSum
from bot.domain.treasury import By
from bot.errors import (
    CommandOff,
    ContentMismatch,
    InsufficientFunds,
    MemberTooShort,
    PaidEnoughToday,
    PaymentTooSmall,
    RecipientFull,
    ShareTooSmall,
)
from bot.services import Services
from tests.services.test_leaderboard import know
from tests.support.clock import ManualClock

GUILD = 80 << 22
STAFF = By(901, AuditSource.COMMAND, "unused")


def member(user_id: int) -> Party:
    return Party(user_id, is_bot=False, is_member=True)


async def rule(services: Services, trade: TradeSettings, **chosen: object) -> None:
    settings = services.guild_settings
    for value in (trade, EconomySettings.model_validate({"starting_balance": 1_000, **chosen})):
        before = await settings.read(GUILD, type(value))
        await settings.change(GUILD, value, base=before.version, by=None)


async def wallet_of(services: Services, user_id: int) -> int:
    return (await services.economy.balance(GUILD, user_id)).wallet


async def test_a_tax_leaves_the_payer_misses_the_receiver_and_adds_up(services: Services) -> None:
    await rule(services, TradeSettings(tax=15))
    paid = await services.economy.pay(GUILD, 1, member(2), 33, key="a")
    assert (paid.amount, paid.tax, paid.sender_wallet, paid.recipient_wallet) == (33, 4, 967, 1_029)
    sent = (await services.economy.statement(GUILD, 1)).lines[0]
    got = (await services.economy.statement(GUILD, 2)).lines[0]
    assert (sent.amount, sent.counterpart_id, sent.details) == (-33, 2, PaymentDetails(tax=4))
    assert (got.amount, got.counterpart_id) == (29, 1)
    assert (await services.economy.audit(GUILD)).sound


async def test_where_more_is_tax_than_arrives_the_other_side_is_still_the_member(services: Services) -> None:
    await rule(services, TradeSettings(tax=90))
    await services.economy.pay(GUILD, 1, member(2), 100, key="a")
    assert [(await services.economy.statement(GUILD, one)).lines[0].counterpart_id for one in (1, 2)] == [2, 1]


async def test_a_key_gives_its_first_answer_whatever_has_changed_since(services: Services, clock: ManualClock) -> None:
    await rule(services, TradeSettings())
    since = Since(clock.now() - timedelta(days=8), clock.now() - timedelta(days=8))
    first = await services.economy.pay(GUILD, 1, member(2), ALL, key="a", since=since)
    assert (first.amount, first.sender_wallet) == (1_000, 0)
    await rule(services, TradeSettings(tax=50, least_payment=5_000, most_a_day=10, account_for=9 * 86_400))
    again = await services.economy.pay(GUILD, 1, member(2), ALL, key="a", since=since)
    assert (again.amount, again.tax, again.sender_wallet, again.replayed) == (1_000, 0, 0, True)
    for share in (HALF, Share(1_000)):
        with pytest.raises(ContentMismatch):
            await services.economy.pay(GUILD, 1, member(2), share, key="a", since=since)
    with pytest.raises(ContentMismatch):
        await services.economy.pay(GUILD, 1, member(3), ALL, key="a", since=since)


async def test_the_least_and_the_switch_and_ones_own_age_hold_back_a_payment(
    services: Services, clock: ManualClock
) -> None:
    await rule(services, TradeSettings(least_payment=50))
    with pytest.raises(PaymentTooSmall):
        await services.economy.pay(GUILD, 1, member(2), 49, key="a")
    new = Since(clock.now() - timedelta(days=6), clock.now() - timedelta(days=900))
    with pytest.raises(MemberTooShort) as refused:
        await services.economy.pay(GUILD, 1, member(2), 50, key="a", since=new)
    assert refused.value.possible_at == clock.now() + timedelta(days=1)
    clock.advance(days=1)
    await services.economy.pay(GUILD, 1, member(2), 50, key="a", since=new)
    await rule(services, TradeSettings(), commands=[EconomyCommand.DAILY])
    with pytest.raises(CommandOff):
        await services.economy.pay(GUILD, 1, member(2), 50, key="b")


async def test_nobody_gives_away_more_in_a_day_than_owners_allow(services: Services, clock: ManualClock) -> None:
    await rule(services, TradeSettings(most_a_day=100, tax=10))
    await services.economy.pay(GUILD, 1, member(2), 70, key="a")
    clock.advance(hours=5)
    await services.economy.pay(GUILD, 1, member(3), 20, key="b")
    await services.bank.deposit(GUILD, 1, Share(500), key="c")
    with pytest.raises(PaidEnoughToday) as refused:
        await services.economy.pay(GUILD, 1, member(2), 11, key="d")
    assert refused.value.left_coins == 10, "what is tax was given away too, and a deposit was not"
    assert refused.value.possible_at == clock.now() + timedelta(hours=19)
    await services.economy.pay(GUILD, 2, member(1), 100, key="e")
    clock.advance(hours=19, seconds=-1)
    with pytest.raises(PaidEnoughToday):
        await services.economy.pay(GUILD, 1, member(2), 11, key="d")
    clock.advance(seconds=1)
    await services.economy.pay(GUILD, 1, member(2), 80, key="d")


async def test_a_payment_that_staff_undid_does_not_count_until_it_is_restored(
    services: Services, clock: ManualClock
) -> None:
    await rule(services, TradeSettings(most_a_day=100, tax=10))
    await services.economy.pay(GUILD, 1, member(2), 20, key="a")
    clock.advance(hours=1)
    number = (await services.economy.pay(GUILD, 1, member(2), 80, key="b")).transaction_id
    for turn in range(3):
        with pytest.raises(PaidEnoughToday) as refused:
            await services.economy.pay(GUILD, 1, member(3), 81, key=f"c{turn}")
        assert refused.value.possible_at == clock.now() + timedelta(hours=24)
        undone = await services.undoing.undo(GUILD, number, STAFF)
        with pytest.raises(PaidEnoughToday) as refused:
            await services.economy.pay(GUILD, 1, member(3), 81, key=f"d{turn}")
        assert (refused.value.left_coins, refused.value.possible_at) == (80, clock.now() + timedelta(hours=23))
        number = (await services.undoing.undo(GUILD, undone.transaction_id, STAFF)).transaction_id
    await services.undoing.undo(GUILD, number, STAFF)
    await services.economy.pay(GUILD, 1, member(3), 80, key="e")
    assert await wallet_of(services, 1) == 900


async def test_twenty_payments_at_once_stay_within_a_day_s_most_together(services: Services) -> None:
    await rule(services, TradeSettings(most_a_day=100))

    async def pay(number: int) -> int:
        try:
            return (await services.economy.pay(GUILD, 1, member(2 + number % 3), 30, key=f"k{number}")).amount
        except PaidEnoughToday:
            return 0

    paid = await asyncio.gather(*(pay(number) for number in range(20)))
    assert sum(paid) == 90
    assert await wallet_of(services, 1) == 910


async def test_all_at_once_to_two_people_is_given_to_one(services: Services) -> None:
    await rule(services, TradeSettings())

    async def pay(number: int) -> int:
        try:
            return (await services.economy.pay(GUILD, 1, member(2 + number), ALL, key=f"k{number}")).amount
        except ShareTooSmall:
            return 0

    assert sorted(await asyncio.gather(*(pay(number) for number in range(10)))) == [0] * 9 + [1_000]


async def test_two_who_pay_each_other_parts_at_once_do_not_wait_for_ever(services: Services) -> None:
    await rule(services, TradeSettings(most_a_day=10**9))
    turns = [(1, 2), (2, 1)] * 25
    async with asyncio.timeout(30):
        await asyncio.gather(
            *(
                services.economy.pay(GUILD, sender, member(other), HALF, key=f"k{number}")
                for number, (sender, other) in enumerate(turns)
            )
        )
    assert await wallet_of(services, 1) + await wallet_of(services, 2) == 2_000
    assert (await services.economy.audit(GUILD)).sound


async def test_a_wallet_that_would_be_too_full_says_how_much_fits_and_keeps_the_payer_s_coins(
    services: Services,
) -> None:
    await rule(services, TradeSettings(), wallet_cap=1_200)
    with pytest.raises(RecipientFull) as refused:
        await services.economy.pay(GUILD, 1, member(2), 201, key="a")
    assert (refused.value.recipient_id, refused.value.limit, refused.value.room_coins) == (2, 1_200, 200)
    assert await wallet_of(services, 1) == 1_000
    await rule(services, TradeSettings(tax=1), wallet_cap=1_200)
    assert (await services.economy.pay(GUILD, 1, member(2), 201, key="a")).recipient_wallet == 1_199


@pytest.mark.parametrize("limit", [None, MAX_COINS])
async def test_the_largest_amounts_neither_overflow_nor_make_coins(services: Services, limit: int | None) -> None:
    await rule(services, TradeSettings(tax=90, most_a_day=limit), starting_balance=MAX_COINS)
    with pytest.raises(RecipientFull):
        await services.economy.pay(GUILD, 1, member(2), ALL, key="a")
    await services.bank.deposit(GUILD, 2, ALL, key="b")
    paid = await services.economy.pay(GUILD, 1, member(2), ALL, key="c")
    assert (paid.amount, paid.tax) == (MAX_COINS, MAX_COINS * 90 // 100)
    shown = await services.economy.overview(GUILD, 2)
    assert shown.worth == 2 * MAX_COINS - paid.tax
    assert (await services.economy.audit(GUILD)).sound


async def test_what_was_earned_and_spent_is_told_by_kind_ever_and_lately(
    services: Services, clock: ManualClock
) -> None:
    await rule(services, TradeSettings(tax=10))
    await services.economy.pay(GUILD, 1, member(2), 100, key="a")
    clock.advance(days=40)
    await services.earning.daily(GUILD, 1, key="b")
    clock.advance(days=1)
    await services.earning.daily(GUILD, 1, key="c")
    await services.economy.pay(GUILD, 2, member(1), 50, key="d")
    tally = await services.economy.tally(GUILD, 1)
    assert set(tally.ever) == {
        KindSum(Kind.STARTING_BALANCE, 1_000, 0),
        KindSum(Kind.PAYMENT, 45, 100),
        KindSum(Kind.DAILY, 512, 0),
    }
    assert set(tally.lately) == {KindSum(Kind.PAYMENT, 45, 0), KindSum(Kind.DAILY, 512, 0)}
    assert tally.best_streaks == {ClaimAction.DAILY: 2}
    assert (await services.economy.tally(GUILD, 9)).ever == ()


async def test_sums_above_every_account_are_still_exact(services: Services) -> None:
    await rule(services, TradeSettings(), starting_balance=MAX_COINS)
    await services.bank.deposit(GUILD, 2, ALL, key="b")
    for number in range(3):
        await services.economy.pay(GUILD, 1, member(2), ALL, key=f"there {number}")
        await services.economy.pay(GUILD, 2, member(1), ALL, key=f"back {number}")
    payments = next(one for one in (await services.economy.tally(GUILD, 1)).ever if one.kind is Kind.PAYMENT)
    assert (payments.came, payments.went) == (3 * MAX_COINS, 3 * MAX_COINS)
    await rule(services, TradeSettings(most_a_day=10), starting_balance=MAX_COINS)
    with pytest.raises(PaidEnoughToday):
        await services.economy.pay(GUILD, 1, member(2), 10, key="c")


async def test_a_statement_of_one_kind_turns_its_pages_like_any_other(services: Services) -> None:
    await rule(services, TradeSettings())
    for number in range(25):
        await services.economy.pay(GUILD, 1, member(2), 1, key=f"p{number}")
        await services.bank.deposit(GUILD, 1, Share(1), key=f"d{number}")
    page = await services.economy.statement(GUILD, 1, kind=Kind.DEPOSIT)
    seen = list(page.lines)
    while page.older is not None:
        page = await services.economy.statement(GUILD, 1, page.older, kind=Kind.DEPOSIT)
        seen += page.lines
    assert len(seen) == 25
    assert {(line.kind, line.pocket) for line in seen} == {(Kind.DEPOSIT, Pocket.WALLET)}
    assert (await services.economy.statement(GUILD, 1, kind=Kind.WORK)).lines == ()


async def test_who_left_is_shown_by_name_where_owners_want_it_and_bots_are_not(
    database: Database, services: Services, clock: ManualClock
) -> None:
    guild = 1
    for number in (10, 11, 12):
        await services.earning.daily(guild, number, key=f"d{number}")
    await know(database, 10, left=clock.now())
    await know(database, 11, bot=True)
    await know(database, 12)
    hidden = (await services.leaderboards.show(guild, 12, board="wallet")).standings
    assert [(row.user_id, row.gone) for row in hidden.rows] == [(12, None)]
    await services.guild_settings.change(guild, EconomySettings(shows_left=True), base=0, by=None)
    shown = (await services.leaderboards.show(guild, 12, board="richest")).standings
    assert [(row.user_id, row.gone) for row in shown.rows] == [(12, None), (10, "u10")]
    assert (await services.economy.overview(guild, 12)).place == 1


async def test_what_somebody_else_owns_may_be_looked_at_with_its_place(services: Services) -> None:
    await rule(services, TradeSettings())
    await services.economy.pay(GUILD, 1, member(2), 100, key="a")
    assert (await services.economy.overview(GUILD, 1)).place == 2
    assert (await services.economy.overview(GUILD, 2)).place == 1
    new = await services.economy.overview(GUILD, 3)
    assert (new.purse.wallet, new.place, new.worth) == (1_000, None, 1_000)


async def test_paying_more_than_there_is_refuses_before_any_limit_is_used_up(services: Services) -> None:
    await rule(services, TradeSettings(most_a_day=5_000))
    with pytest.raises(InsufficientFunds):
        await services.economy.pay(GUILD, 1, member(2), 1_001, key="a")
    assert (await services.economy.pay(GUILD, 1, member(2), 1_000, key="a")).sender_wallet == 0
