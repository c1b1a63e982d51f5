"""What another curve does: levels that stay, roles that move, and numbers that are refused."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from bot.domain.curve_changes import days_to, group_edges, kept, numbers_of, swaps, wanted, written_numbers
from bot.domain.curves import Curve, Preset
from bot.domain.level_rewards import roles_at
from bot.domain.leveling import Reward, Stacking
from bot.errors import CurveNotRising, CurveNotUnderstood

MEE6, FLAT = Curve(cap=200).table(), Curve(Preset.FLAT, cap=200).table()
CURVES = [
    Curve(preset, cap=cap).table() for preset in Preset if preset is not Preset.CUSTOM for cap in (20, 100, 1_000)
]


def test_whoever_keeps_their_level_keeps_it_and_how_far_they_are() -> None:
    rng = Random(4)
    for _ in range(5_000):
        old, new = rng.choice(CURVES), rng.choice(CURVES)
        xp = rng.choice([rng.randrange(10 ** rng.randrange(1, 9)), old.total(rng.randrange(old.cap + 1))])
        before, after = old.progress(xp), new.progress(kept(xp, old, new))
        assert after.level == min(before.level, new.cap)
        if before.step and after.step and after.level == before.level:
            assert abs(before.into / before.step - after.into / after.step) <= 1 / after.step
    assert kept(0, MEE6, FLAT) == 0


def test_keeping_levels_keeps_the_order_of_members() -> None:
    rng = Random(5)
    for _ in range(200):
        old, new = rng.choice(CURVES), rng.choice(CURVES)
        held = sorted(rng.randrange(10**7) for _ in range(50))
        after = [kept(xp, old, new) for xp in held]
        if old.cap <= new.cap:
            assert after == sorted(after)


def test_who_gains_and_who_loses_a_role_is_what_levels_say_of_everybody() -> None:
    rng = Random(6)
    for _ in range(100):
        old, new = rng.choice(CURVES), rng.choice(CURVES)
        rewards = [
            Reward(rng.randrange(1, 60), rng.randrange(1, 5), rng.choice(list(Stacking)))
            for _ in range(rng.randrange(7))
        ]
        found = {one.role_id: one for one in swaps(rewards, old, new, take=True)}
        reachable = [one for one in rewards if one.level <= new.cap]
        for xp in [rng.randrange(10**6) for _ in range(50)] + [
            old.total(one.level) for one in rewards if one.level <= 20
        ]:
            before = {role for _level, role in roles_at(rewards, old.level(xp))}
            after = {role for _level, role in roles_at(reachable, new.level(xp))}
            gains = {role for role, one in found.items() if any(_in(xp, *each) for each in one.gained)}
            loses = {role for role, one in found.items() if any(_in(xp, *each) for each in one.lost)}
            assert (gains, loses) == (after - before, before - after)
        assert not any(one.lost for one in swaps(rewards, old, new, take=False))


def _in(xp: int, begin: int, end: int | None) -> bool:
    return begin <= xp and (end is None or xp < end)


def test_groups_cover_every_level_and_nobody_is_above_the_cap() -> None:
    firsts, now, then = group_edges(MEE6.total(57), MEE6, Curve(cap=30).table())
    assert firsts == [0, 6, 12, 18, 24, 30, 36, 42, 48, 54]
    for ranges in (now, then):
        assert ranges[0][0] == 0
        assert all(one[1] == following[0] for one, following in pairwise(ranges))
        assert ranges[-1][1] is None
    assert then[6][0] == then[7][0], "nobody"


def test_four_numbers_make_a_curve_and_are_written_as_they_are_read() -> None:
    asked = wanted(Preset.MEE6, "1,5  22 75.25 0", 50)
    assert asked.preset is Preset.CUSTOM
    assert written_numbers(asked) == "1.5 22 75.25 0"
    assert wanted(Preset.CUSTOM, written_numbers(asked), 50) == asked
    assert written_numbers(wanted(Preset.CUSTOM, "0 100 1000000 -5", 50)) == "0 100 1000000 -5"
    assert written_numbers(wanted(Preset.FLAT, None, 50)) == ""


@pytest.mark.parametrize(
    "said", ["", "1 2 3", "1 2 3 4 5", "a b c d", "1e9 0 0 0", "nan 1 1 1", "1234567.123456 0 0 0"]
)
def test_anything_else_is_refused(said: str) -> None:
    with pytest.raises(CurveNotUnderstood):
        numbers_of(said)


def test_a_curve_that_falls_is_refused_with_the_level() -> None:
    with pytest.raises(CurveNotRising) as caught:
        wanted(Preset.CUSTOM, "0 -1 10 0", 50)
    assert caught.value.level == 6


def test_days_are_rounded_up_and_never_is_said() -> None:
    assert days_to(Curve(), 10, 500) == 10
    assert days_to(Curve(cap=9), 10, 500) is None
    assert days_to(Curve(), 10, 0) is None
