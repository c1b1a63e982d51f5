"""The rules of paying others, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.amounts import ALL, HALF, MAX_COINS, Share, read_share
from bot.domain.economy import Pocket, check_balanced, coins_of, system, wallet
from bot.domain.economy_settings import TradeSettings
from bot.domain.payments import A_DAY, PaidBefore, Since, check_since, check_size, payment, refuse_today, tax_on
from bot.errors import (
    AccountTooYoung,
    AmountNotPositive,
    AmountTooLarge,
    MemberTooShort,
    PaymentTooLarge,
    PaymentTooSmall,
    ShareNotUnderstood,
    ShareTooSmall,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLD = datetime(2015, 1, 1, tzinfo=UTC)


@given(st.integers(1, MAX_COINS), st.integers(0, 90))
def test_a_tax_is_rounded_down_and_always_leaves_something(amount: int, per_cent: int) -> None:
    tax = tax_on(amount, per_cent)
    assert 0 <= tax * 100 <= amount * per_cent < (tax + 1) * 100
    postings = payment(wallet(1), wallet(2), amount, tax)
    check_balanced(postings)
    assert (postings[0].amount, postings[1].amount) == (-amount, amount - tax)
    assert postings[1].amount > 0
    assert [one.account for one in postings[2:]] == ([system(Pocket.TAX)] if tax else [])


@pytest.mark.parametrize(
    ("written", "held", "amount"),
    [
        ("all", 2_501, 2_501),
        ("ALLES", 7, 7),
        ("half", 2_501, 1_250),
        ("25%", 10, 2),
        ("12.5 %", 80, 10),
        ("100%", 3, 3),
        ("2k", 0, 2_000),
        ("1,000", 5, 1_000),
        ("all", MAX_COINS, MAX_COINS),
    ],
)
def test_a_part_is_counted_of_what_is_there(written: str, held: int, amount: int) -> None:
    assert coins_of(read_share(written), held) == amount


def test_a_part_is_known_again_by_what_it_is_not_by_how_it_was_written() -> None:
    assert read_share("all") == read_share("100%") == ALL
    assert read_share("50.00%") == HALF
    assert (HALF.written, Share(hundredths=1_205).written, Share(50).written) == ("50.00%", "12.05%", "")


@pytest.mark.parametrize("written", ["", "most", "101%", "-5%", "0x10", "half of it", "1e3", "%", "٣"])
def test_what_is_no_amount_is_refused_with_examples(written: str) -> None:
    with pytest.raises(ShareNotUnderstood):
        read_share(written)


@pytest.mark.parametrize(
    ("share", "held", "refused"),
    [
        (ALL, 0, ShareTooSmall),
        (HALF, 1, ShareTooSmall),
        (Share(hundredths=0), 500, ShareTooSmall),
        (Share(0), 500, AmountNotPositive),
        (Share(-3), 500, AmountNotPositive),
        (Share(MAX_COINS + 1), 500, AmountTooLarge),
    ],
)
def test_an_amount_that_moves_nothing_sensible_is_refused(share: Share, held: int, refused: type[Exception]) -> None:
    with pytest.raises(refused):
        coins_of(share, held)


def test_who_is_new_learns_when_they_can_pay() -> None:
    trade = TradeSettings(member_for=7 * 86_400, account_for=30 * 86_400)
    with pytest.raises(MemberTooShort) as refused:
        check_since(Since(NOW - timedelta(days=6), OLD), trade, NOW)
    assert refused.value.possible_at == NOW + timedelta(days=1)
    with pytest.raises(AccountTooYoung) as young:
        check_since(Since(NOW - timedelta(days=7), NOW - timedelta(days=10)), trade, NOW)
    assert young.value.possible_at == NOW + timedelta(days=20)
    with pytest.raises(MemberTooShort):
        check_since(Since(None, OLD), trade, NOW)
    check_since(Since(NOW - timedelta(days=7), NOW - timedelta(days=30)), trade, NOW)
    check_since(Since(None, NOW), TradeSettings(member_for=0, account_for=0), NOW)


def test_what_is_too_little_or_more_than_a_day_allows_is_refused_whatever_was_paid() -> None:
    trade = TradeSettings(least_payment=10, most_a_day=100)
    check_size(10, trade)
    check_size(100, trade)
    with pytest.raises(PaymentTooSmall):
        check_size(9, trade)
    with pytest.raises(PaymentTooLarge):
        check_size(101, trade)


def test_a_payment_is_possible_again_once_enough_of_the_old_ones_do_not_count() -> None:
    paid = [PaidBefore(NOW - timedelta(hours=hours), amount) for hours, amount in ((20, 30), (10, 40), (1, 20))]
    refused = refuse_today(60, 100, paid)
    assert (refused.most_coins, refused.left_coins) == (100, 10)
    assert refused.possible_at == NOW - timedelta(hours=10) + A_DAY
    assert refuse_today(40, 100, paid).possible_at == NOW - timedelta(hours=20) + A_DAY
    assert refuse_today(40, 50, paid).left_coins == 0, "the limit was lowered since"


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.integers(1, 100), st.integers(1, 100))
def test_at_the_moment_that_is_told_a_payment_fits_and_not_before(amounts: list[int], most: int, amount: int) -> None:
    amount = min(amount, most)
    paid = [PaidBefore(NOW - timedelta(hours=20 - number), one) for number, one in enumerate(amounts)]
    if sum(amounts) + amount <= most:
        with pytest.raises(ValueError, match="too much"):
            refuse_today(amount, 0, paid)
        return
    at = refuse_today(amount, most, paid).possible_at

    def counted(moment: datetime) -> int:
        return sum(one.amount for one in paid if one.at > moment - A_DAY)

    assert counted(at) + amount <= most
    assert counted(at - timedelta(microseconds=1)) + amount > most
