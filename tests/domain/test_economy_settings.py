"""What owners write into the economy's settings: ranges, milestones, the currency's name."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.domain.amounts import MAX_COINS
from bot.domain.coin_range import CoinRange
from bot.domain.economy import Kind, Pocket
from bot.domain.economy_settings import EconomyCommand, EconomySettings
from bot.domain.milestones import Milestone, read_milestones
from bot.domain.movements import DETAILS, BankDetails, ClaimDetails, Details, check_details
from bot.errors import AmountNotUnderstood, AmountTooLarge
from bot.ui import text
from bot.ui.money import Currency, spend


@pytest.mark.parametrize("stored", [250, [50, 150]])
def test_a_range_is_stored_as_it_was_read(stored: object) -> None:
    found = CoinRange.model_validate(stored)
    assert EconomySettings(daily_amount=found).model_dump(mode="json")["daily_amount"] == stored


@pytest.mark.parametrize("wrong", [0, [5, 4], [1], [1, 2, 3], "many", [1, 2**40], None])
def test_a_range_that_makes_no_sense_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        CoinRange.model_validate(wrong)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("", ()),
        ("7=500", (Milestone(7, 500),)),
        ("30 = 5,000, 7=500", (Milestone(7, 500), Milestone(30, 5_000))),
        ("7=2k; 14=1.5m", (Milestone(7, 2_000), Milestone(14, 1_500_000))),
        ("7=1,7=2", (Milestone(7, 2),)),
    ],
)
def test_milestones_are_read_by_days(written: str, found: tuple[Milestone, ...]) -> None:
    assert read_milestones(written) == found


@pytest.mark.parametrize("wrong", ["7", "7=", "=5", "0=5", "7=0", "7=-5", "20000=5", "a=b", "7=5,", "7=5 8=6"])
def test_milestones_that_make_no_sense_are_refused(wrong: str) -> None:
    with pytest.raises(AmountNotUnderstood):
        read_milestones(wrong)


def test_a_milestone_above_what_a_claim_can_pay_is_refused() -> None:
    with pytest.raises(AmountTooLarge):
        read_milestones("7=1000000001")


@pytest.mark.parametrize("emoji", ["", "🪙", "💰", "❤️", "🧑‍🌾", f"<:coin:{10**17}>", f"<a:c_1:{10**17}>"])
def test_an_emoji_is_one_of_everybodys_or_the_servers(emoji: str) -> None:
    assert EconomySettings(currency_emoji=emoji).currency_emoji == emoji


@pytest.mark.parametrize("wrong", ["coin", "@everyone", "<@5>", ":coin:", "<:coin:1>", "`", "**", "🪙 🪙"])
def test_what_is_no_emoji_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        EconomySettings(currency_emoji=wrong)


@pytest.mark.parametrize("wrong", ["<@5>", "@everyone", "a\nb", "**b**", "x" * 33])
def test_a_currency_has_a_plain_name(wrong: str) -> None:
    with pytest.raises(ValidationError):
        EconomySettings(currency_name=wrong)


@pytest.mark.parametrize(
    ("currency", "one", "many"),
    [
        (Currency(), "1 coin", "1,234 coins"),
        (Currency("crown"), "1 crown", "1,234 crown"),
        (Currency("crown", "crowns"), "1 crown", "1,234 crowns"),
        (Currency(many="gold"), "1 gold", "1,234 gold"),
        (Currency("crown", "crowns", "👑"), "👑 1 crown", "👑 1,234 crowns"),
        (Currency(emoji="🪙"), "🪙 1 coin", "🪙 1,234 coins"),
    ],
)
def test_coins_are_called_as_the_server_calls_them(currency: Currency, one: str, many: str) -> None:
    spend(currency)
    try:
        assert (text.coins(1), text.coins(1_234)) == (one, many)
    finally:
        spend(Currency())


def test_the_commands_are_kept_once_and_in_order() -> None:
    chosen = (EconomyCommand.SHOP, EconomyCommand.PAY, EconomyCommand.SHOP)
    assert EconomySettings(commands=chosen).commands == (EconomyCommand.PAY, EconomyCommand.SHOP)


def test_what_an_account_may_hold_is_told_by_its_pocket() -> None:
    settings = EconomySettings(wallet_cap=5, bank_capacity=7)
    found = {pocket: settings.most_in(pocket) for pocket in (Pocket.WALLET, Pocket.BANK, Pocket.ESCROW)}
    assert found == {Pocket.WALLET: 5, Pocket.BANK: 7, Pocket.ESCROW: MAX_COINS}


def test_every_kind_of_movement_says_what_it_remembers() -> None:
    assert set(DETAILS) == set(Kind)


def test_a_movement_with_details_of_another_kind_is_a_fault() -> None:
    check_details(Kind.DEPOSIT, BankDetails())
    with pytest.raises(TypeError):
        check_details(Kind.DAILY, Details())
    with pytest.raises(TypeError):
        check_details(Kind.DEPOSIT, ClaimDetails.model_validate({"streak": 1, "ready_at": "2026-01-01T00:00:00Z"}))
