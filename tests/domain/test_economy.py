from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.amounts import MAX_COINS
from bot.domain.economy import (
    Party,
    Pocket,
    Posting,
    check_amount,
    check_balanced,
    check_recipient,
    move,
    system,
    wallet,
)
from bot.domain.economy_settings import EconomySettings
from bot.domain.general import GeneralSettings
from bot.domain.incidents import code_of, id_of
from bot.domain.settings import read_leniently
from bot.errors import AmountNotPositive, AmountTooLarge, BotHasNoPurse, RecipientIsSelf, RecipientNotHere

MINT = system(Pocket.MINT)


@given(st.integers(1, MAX_COINS))
def test_moving_coins_takes_from_one_what_it_gives_to_the_other(amount: int) -> None:
    postings = move(wallet(1), wallet(2), amount)
    check_balanced(postings)
    assert [posting.amount for posting in postings] == [-amount, amount]


@pytest.mark.parametrize(
    "postings",
    [
        [],
        [Posting(MINT, 0)],
        [Posting(MINT, -1), Posting(wallet(1), 2)],
        [Posting(wallet(1), -1), Posting(wallet(1), 1)],
        [Posting(MINT, -1), Posting(wallet(1), 1), Posting(wallet(2), 0)],
    ],
)
def test_what_does_not_balance_is_a_fault(postings: list[Posting]) -> None:
    with pytest.raises(ValueError, match=r"transaction|account|posting"):
        check_balanced(postings)


@pytest.mark.parametrize(
    ("recipient", "refused"),
    [
        (Party(1, is_bot=False, is_member=True), RecipientIsSelf),
        (Party(2, is_bot=True, is_member=True), BotHasNoPurse),
        (Party(2, is_bot=False, is_member=False), RecipientNotHere),
    ],
)
def test_who_can_not_be_paid_is_refused(recipient: Party, refused: type[Exception]) -> None:
    with pytest.raises(refused):
        check_recipient(1, recipient)
    check_recipient(1, Party(2, is_bot=False, is_member=True))


@pytest.mark.parametrize(
    ("amount", "refused"),
    [(0, AmountNotPositive), (-1, AmountNotPositive), (MAX_COINS + 1, AmountTooLarge), (10**40, AmountTooLarge)],
)
def test_an_amount_that_makes_no_sense_is_refused(amount: int, refused: type[Exception]) -> None:
    with pytest.raises(refused):
        check_amount(amount)
    check_amount(MAX_COINS)


def test_a_setting_that_makes_no_sense_falls_back_alone() -> None:
    settings, refused = read_leniently(EconomySettings, {"starting_balance": -1, "daily_amount": 7, "gone": True})
    assert (settings.starting_balance, settings.daily_amount.low) == (0, 7)
    assert refused == ["starting_balance"]


def test_a_zone_that_is_gone_falls_back_to_utc() -> None:
    settings, refused = read_leniently(GeneralSettings, {"time_zone": "Mars/Olympus"})
    assert settings.zone.key == "UTC"
    assert refused == ["time_zone"]


@given(st.integers(1, 2**63 - 1))
def test_an_incident_code_leads_back_to_its_incident(incident_id: int) -> None:
    assert id_of(code_of(incident_id)) == incident_id
    assert id_of(code_of(incident_id).lower().replace("0", "o").replace("1", "l")) == incident_id


@pytest.mark.parametrize("code", ["", "-", "U123", "0" * 14, "ABC!"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="not an incident code"):
        id_of(code)
