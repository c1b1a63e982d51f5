"""Buckets of XP: every XP in one, in order, and none too wide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.leveling import MAX_XP
from bot.domain.xp_buckets import EXACT, HIGHEST_SHIFT, STEPS, begins, bucket

XP = st.integers(0, MAX_XP) | st.integers(0, 53).map(lambda n: 2**n) | st.integers(1, 53).map(lambda n: 2**n - 1)


def test_the_numbers_that_guilds_have_stored_stay_what_they_are() -> None:
    stored = {0: 0, 1: 1, 127: 127, 128: 128, 129: 128, 130: 129, 255: 191, 256: 192, 1_000: 317, 10**6: 954}
    assert {xp: bucket(xp) for xp in stored} == stored
    assert bucket(10**9) == 1_591
    assert bucket(MAX_XP) == 3_072


def test_little_xp_is_counted_one_by_one() -> None:
    assert [bucket(xp) for xp in range(EXACT)] == list(range(EXACT))


def test_buckets_follow_each_other_without_a_gap() -> None:
    for number in range(bucket(MAX_XP)):
        assert bucket(begins(number)) == number
        assert bucket(begins(number + 1) - 1) == number


@given(XP)
def test_xp_is_within_its_bucket_and_the_bucket_is_narrow(xp: int) -> None:
    number = bucket(xp)
    start, end = begins(number), begins(number + 1)
    assert start <= xp < end
    assert end - start <= max(start // STEPS, 1)


@given(XP, XP)
def test_more_xp_is_never_in_a_lower_bucket(one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert bucket(less) <= bucket(more)


def test_the_widest_bucket_is_that_of_the_most_xp() -> None:
    widest = bucket(MAX_XP)
    assert begins(widest + 1) - begins(widest) == 2**HIGHEST_SHIFT


def test_there_is_no_bucket_below_nothing() -> None:
    with pytest.raises(ValueError, match="no bucket"):
        bucket(-1)
    with pytest.raises(ValueError, match="no bucket"):
        begins(-1)
