from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.amounts import MAX_COINS, parse_amount, parse_share
from bot.errors import AmountNotUnderstood, AmountTooLarge


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("50", 50),
        (" 50 ", 50),
        ("1,000", 1000),
        ("1.000.000", 1_000_000),
        ("1 000", 1000),
        ("1'000", 1000),
        ("-3", -3),
        ("007", 7),
        ("2k", 2_000),
        ("1.5K", 1_500),
        ("2,25 m", 2_250_000),
    ],
)
def test_whole_numbers_are_read_however_thousands_are_parted(text: str, amount: int) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    ["", "fifty", "1.5", "1,00", "1,000.000", "١٢", "1e3", "--1", "0x10", "5 coins", "1.500k", "k", "-2k", "2kk"],
)
def test_anything_else_is_not_guessed_at(text: str) -> None:
    with pytest.raises(AmountNotUnderstood):
        parse_amount(text)


def test_endless_digits_are_refused_before_they_are_read() -> None:
    with pytest.raises(AmountTooLarge):
        parse_amount("9" * 5000)


@given(st.integers(min_value=-MAX_COINS, max_value=MAX_COINS))
def test_every_amount_is_read_back_as_it_is_written(amount: int) -> None:
    assert parse_amount(f"{amount:,}") == amount
    assert parse_amount(str(amount)) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("all", 1_001),
        ("Alles", 1_001),
        ("half", 500),
        ("25%", 250),
        ("0.1 %", 1),
        ("100%", 1_001),
        ("0%", 0),
        ("2k", 2_000),
    ],
)
def test_a_share_is_taken_of_what_is_there_and_rounded_down(text: str, amount: int) -> None:
    assert parse_share(text, 1_001) == amount


@pytest.mark.parametrize("text", ["101%", "100.01%", "-5%", "%", "most", "1.234%"])
def test_more_than_everything_is_no_share(text: str) -> None:
    with pytest.raises(AmountNotUnderstood):
        parse_share(text, 1_000)


@given(whole=st.integers(0, MAX_COINS), percent=st.integers(0, 100))
def test_shares_never_make_coins(whole: int, percent: int) -> None:
    assert 0 <= parse_share(f"{percent}%", whole) + parse_share(f"{100 - percent}%", whole) <= whole
