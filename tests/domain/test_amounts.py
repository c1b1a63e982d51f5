from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.amounts import MAX_COINS, parse_amount
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
    ],
)
def test_whole_numbers_are_read_however_thousands_are_parted(text: str, amount: int) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize("text", ["", "fifty", "1.5", "1,00", "1,000.000", "١٢", "1e3", "--1", "0x10", "5 coins"])
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
