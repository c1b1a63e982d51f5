"""How far a level is."""

from __future__ import annotations

import pytest

from bot.domain.curves import Curve
from bot.domain.level_paths import path
from bot.domain.leveling_settings import LevelingSettings
from bot.errors import LevelAboveCap, XpOrLevel

TABLE = Curve(cap=50).table()
USUAL = LevelingSettings()


def test_a_level_says_what_it_takes_and_how_many_messages_are_missing() -> None:
    found = path(TABLE, USUAL, 150, level=5, xp=None)
    assert (found.asked.total, found.mine.level, found.missing) == (1_150, 1, 1_000)
    assert found.messages == 50, "20 XP on an average"
    doubled = path(TABLE, USUAL.model_copy(update={"factor": 2_000}), 150, level=5, xp=None)
    assert doubled.messages == 25
    assert path(TABLE, USUAL, 1_149, level=5, xp=None).messages == 1, "rounded up"


def test_xp_says_which_level_it_is() -> None:
    found = path(TABLE, USUAL, 0, level=None, xp=1_149)
    assert (found.asked.level, found.asked.missing) == (4, 1)
    assert path(TABLE, USUAL, 0, level=None, xp=10**12).asked.missing is None, "the highest"


def test_what_is_reached_or_earned_by_nothing_needs_no_messages() -> None:
    assert path(TABLE, USUAL, 5_000, level=5, xp=None).messages is None
    assert path(TABLE, USUAL, 5_000, level=5, xp=None).missing == 0
    silent = LevelingSettings(message_least=0, message_most=0)
    assert path(TABLE, silent, 0, level=5, xp=None).messages is None


@pytest.mark.parametrize(("level", "xp"), [(None, None), (5, 5)])
def test_one_of_the_two_is_asked_for(level: int | None, xp: int | None) -> None:
    with pytest.raises(XpOrLevel):
        path(TABLE, USUAL, 0, level=level, xp=xp)


def test_a_level_that_nobody_reaches_is_refused() -> None:
    with pytest.raises(LevelAboveCap):
        path(TABLE, USUAL, 0, level=51, xp=None)
