"""Factors as staff writes them."""

from __future__ import annotations

import pytest

from bot.domain.leveling import TargetKind
from bot.domain.multipliers import MOST_MULTIPLIERS, Multiplier, check_room, parse_factor
from bot.errors import FactorNotUnderstood, TooManyMultipliers


@pytest.mark.parametrize(
    ("written", "per_mille"),
    [
        ("x1.5", 1_500), ("1.5", 1_500), ("1,5x", 1_500), ("150%", 1_500), ("150 %", 1_500), ("X 2", 2_000),
        ("×0.125", 125),  # noqa: RUF001 — times is meant
        ("0", 0), ("0%", 0), ("x100", 100_000), ("10000%", 100_000), ("0.1%", 1), ("1.2340", 1_234),
    ],
)  # fmt: skip
def test_a_factor_is_read_exactly(written: str, per_mille: int) -> None:
    assert parse_factor(written) == per_mille


@pytest.mark.parametrize(
    "written", ["", "x", "-1", "100.001", "x101", "0.0001", "0.05%", "1e3", "1/2", "x1.5%%", "٣", "1.5.", "twice"]
)
def test_what_is_no_factor_is_refused(written: str) -> None:
    with pytest.raises(FactorNotUnderstood):
        parse_factor(written)


def test_a_server_has_so_many_multipliers_and_one_can_always_be_changed() -> None:
    known = [Multiplier(TargetKind.ROLE, number, 1_500) for number in range(MOST_MULTIPLIERS)]
    check_room(known, Multiplier(TargetKind.ROLE, 5, 0))
    with pytest.raises(TooManyMultipliers):
        check_room(known, Multiplier(TargetKind.CHANNEL, 5, 0))
