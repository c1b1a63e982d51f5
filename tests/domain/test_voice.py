"""Who of a room earns, what a stretch of it earns, and why not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.gains import Denied, Reason
from bot.domain.leveling_settings import LevelingSettings
from bot.domain.multipliers import Multipliers, Place, Rules, factor_of
from bot.domain.voice import LONGEST, MINUTE, Presence, has_company, hindered, seen_for, stretch, takes_part, within_day

MUTED, DEAFENED, AWAY = Presence(is_muted=True), Presence(is_deafened=True), Presence(is_away=True)
BOTH = Presence(is_muted=True, is_deafened=True)
UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("seen", "allowed", "reason"),
    [
        (Presence(), {}, None),
        (MUTED, {}, Reason.MUTED),
        (MUTED, {"voice_muted": True}, None),
        (DEAFENED, {}, Reason.DEAFENED),
        (DEAFENED, {"voice_deafened": True}, None),
        (BOTH, {}, Reason.DEAFENED),
        (BOTH, {"voice_deafened": True}, Reason.MUTED),
        (BOTH, {"voice_muted": True}, Reason.DEAFENED),
        (BOTH, {"voice_muted": True, "voice_deafened": True}, None),
        (AWAY, {"voice_muted": True, "voice_deafened": True}, Reason.AFK),
        (Presence(is_away=True, is_muted=True), {}, Reason.AFK),
    ],
)
def test_who_is_muted_deafened_or_away_takes_no_part_unless_the_server_says_so(
    seen: Presence, allowed: dict[str, Any], reason: Reason | None
) -> None:
    settings = LevelingSettings(voice=10, **allowed)
    assert hindered(settings, seen) == (None if reason is None else Denied(reason))
    assert takes_part(settings, seen) is (reason is None)


def test_a_bot_takes_no_part() -> None:
    assert not takes_part(LevelingSettings(voice=10), Presence(is_bot=True))


@pytest.mark.parametrize(
    ("company", "taking_part", "earns"),
    [(0, 1, True), (0, 0, False), (1, 1, False), (1, 2, True), (3, 3, False), (3, 4, True)],
)
def test_a_room_earns_when_each_has_as_many_others_as_are_asked_for(
    company: int, taking_part: int, earns: bool
) -> None:
    assert has_company(LevelingSettings(voice=10, voice_company=company), taking_part) is earns


@pytest.mark.parametrize(
    ("rules", "roles", "lived", "expected"),
    [
        ({}, (), MINUTE, Fraction(7)),
        ({}, (), 20_000, Fraction(7, 3)),
        ({"places": {20: 1_500}}, (), MINUTE, Fraction(21, 2)),
        ({"places": {10: 2_000}, "roles": {50: 1_500}}, (50,), MINUTE, Fraction(21)),
        ({"places": {20: 0}, "roles": {50: 1_500}}, (50,), MINUTE, Denied(Reason.CHANNEL, 20)),
        ({"roles": {50: 0}}, (50,), MINUTE, Denied(Reason.ROLE, 50)),
    ],
)
def test_a_stretch_earns_its_share_of_a_minute_times_every_factor_and_nothing_of_it_is_rounded(
    rules: dict[str, Any], roles: tuple[int, ...], lived: int, expected: Fraction | Denied
) -> None:
    made = Rules(LevelingSettings(voice=7), UTC, Multipliers(**rules))
    found = stretch(made.settings, factor_of(made, Place(20, 0, 10), roles, 1, 0), lived)
    assert (found.denied or found.xp) == expected


@pytest.mark.parametrize(
    ("most", "spent", "xp", "paid"), [(None, 900, 7, 7), (10, 0, 7, 7), (10, 7, 7, 3), (10, 10, 7, 0), (10, 12, 7, 0)]
)
def test_a_day_pays_up_to_its_limit(most: int | None, spent: int, xp: int, paid: int) -> None:
    assert within_day(most, spent, xp) == paid


@pytest.mark.parametrize(("elapsed", "counted"), [(60_000, 60_000), (-5, 0), (LONGEST + 1, LONGEST)])
def test_a_look_counts_no_time_that_nobody_saw(elapsed: int, counted: int) -> None:
    assert seen_for(elapsed) == counted
