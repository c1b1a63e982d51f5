"""Level curves: the presets as they are known, and levels that are right at every boundary."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.curves import HIGHEST, Cubic, Curve, Preset, Table
from bot.errors import CurveNotRising, CurveTooSteep, CurveUnsound

KNOWN = {
    Preset.MEE6: (100, 4_675, 268_375, 1_899_250),
    Preset.ARCANE_LINEAR: (75, 5_250, 126_250, 502_500),
    Preset.ARCANE_EXPONENTIAL: (75, 4_425, 267_125, 1_896_750),
    Preset.LURKR: (100, 4_150, 120_150, 490_150),
    Preset.AMARI: (35, 1_655, 48_055, 196_055),
    Preset.POLARIS: (200, 7_000, 255_000, 1_510_000),
    Preset.LEVELUP: (100, 10_000, 250_000, 1_000_000),
    Preset.NADEKO: (36, 765, 12_825, 48_150),
    Preset.FLAT: (1_000, 10_000, 50_000, 100_000),
}


def holds(table: Table) -> None:
    """What every table keeps."""
    assert table.totals[0] == 0
    for level in range(1, table.cap + 1):
        total = table.total(level)
        assert total > table.total(level - 1)
        assert table.level(total) == level
        assert table.level(total - 1) == level - 1
        assert table.differs(total, total - 1)
        assert table.differs(total - 1, total)
        assert not table.differs(total, table.total(level + 1) - 1 if level < table.cap else total * 2)
        assert not table.differs(total - 1, table.total(level - 1))
    assert table.level(table.totals[-1] * 2 + 1) == table.cap


@pytest.mark.parametrize("preset", KNOWN)
def test_a_preset_takes_what_it_is_known_for(preset: Preset) -> None:
    table = Curve(preset).table()
    assert tuple(table.total(level) for level in (1, 10, 50, 100)) == KNOWN[preset]
    assert table.cap == HIGHEST
    holds(table)


def test_every_preset_is_known_here() -> None:
    assert set(KNOWN) | {Preset.CUSTOM} == set(Preset)


def test_a_step_of_the_usual_curve_costs_what_its_rule_says() -> None:
    table = Curve().table()
    for level in range(HIGHEST):
        assert table.total(level + 1) - table.total(level) == 5 * level**2 + 50 * level + 100


coefficients = st.decimals(-50, 1_000, places=3, allow_nan=False, allow_infinity=False)


@given(st.builds(Cubic, coefficients, coefficients, coefficients, coefficients), st.integers(1, 300))
def test_any_custom_curve_is_right_at_every_boundary_or_refused(cubic: Cubic, cap: int) -> None:
    try:
        table = Curve(Preset.CUSTOM, cubic, cap).table()
    except CurveUnsound:
        rises = [0, *(cubic.at(level) for level in range(1, cap + 1))]
        assert any(low >= high for low, high in pairwise(rises))
        return
    assert table.cap == cap
    holds(table)


def cubic(*numbers: int) -> Cubic:
    return Cubic(*map(Decimal, numbers))


def test_a_curve_that_falls_is_refused_where_it_does() -> None:
    with pytest.raises(CurveNotRising) as refused:
        Curve(Preset.CUSTOM, cubic(-1, 20, 100, 0)).table()
    assert refused.value.level == 16
    with pytest.raises(CurveNotRising):
        Curve(Preset.CUSTOM, cubic(0, 0, 0, 0)).table()


def test_a_curve_beyond_what_anybody_can_have_is_refused() -> None:
    with pytest.raises(CurveTooSteep):
        Curve(Preset.CUSTOM, cubic(10**9, 0, 0, 0)).table()


def test_progress_is_told_in_whole_numbers_up_to_the_cap() -> None:
    table = Curve(cap=2).table()
    assert (table.progress(0).level, table.progress(0).into, table.progress(0).missing) == (0, 0, 100)
    assert (table.progress(99).level, table.progress(99).missing) == (0, 1)
    assert (table.progress(100).level, table.progress(100).into, table.progress(100).step) == (1, 0, 155)
    top = table.progress(100_000)
    assert (top.level, top.step, top.missing, top.total) == (2, None, None, 100_000)
    assert table.level(-5) == 0
