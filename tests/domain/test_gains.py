"""What a message earns, and why it earns nothing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.gains import NEVER, Denied, Earns, MessageFacts, Reason, Remembered, counts, fingerprint, judge
from bot.domain.leveling_settings import LevelingSettings
from bot.domain.multipliers import Boost, Factor, Multipliers, Place, Rules, Stopped, combined, factor_of

ALICE = 71
THREAD, CHANNEL, CATEGORY = 30, 20, 10
HIGH, LOW = 5, 4
NOW = 1_772_000_000_000
HERE = Place(THREAD, CHANNEL, CATEGORY)


def rules(multipliers: Multipliers | None = None, **settings: Any) -> Rules:
    return Rules(LevelingSettings(**settings), ZoneInfo("UTC"), multipliers or Multipliers())


def seen(text: str = "Good morning", **more: Any) -> MessageFacts:
    return MessageFacts(NOW, ALICE, HERE, text, has_files=False, roles=())._replace(**more)


def test_a_message_earns_what_is_drawn() -> None:
    found = judge(rules(), seen(), NEVER)
    assert isinstance(found, Earns)
    assert found.xp(17) == 17


@pytest.mark.parametrize(
    ("settings", "message", "before", "expected"),
    [
        ({}, {}, Remembered(NOW - 37_000), Denied(Reason.COOLDOWN, 23_000)),
        ({}, {}, Remembered(NOW + 5), Denied(Reason.COOLDOWN, 60_005)),
        ({"least_length": 12}, {"text": "Good morning"}, NEVER, Denied(Reason.SHORT, 12)),
        ({}, {"is_command": True}, NEVER, Denied(Reason.COMMAND)),
        ({"factor": 0}, {}, NEVER, Denied(Reason.SERVER)),
        ({"without_channels": (CATEGORY,)}, {}, NEVER, Denied(Reason.CHANNEL, CATEGORY)),
        ({"only_channels": (99,)}, {}, NEVER, Denied(Reason.ELSEWHERE)),
        ({"without_roles": (LOW,)}, {"roles": (HIGH, LOW)}, NEVER, Denied(Reason.ROLE, LOW)),
        ({"only_roles": (LOW,)}, {"roles": ()}, NEVER, Denied(Reason.NO_ROLE)),
        ({}, {}, Remembered(0, NOW - 600_000, fingerprint("good  MORNING")), Denied(Reason.SAME_TEXT)),
    ],
)
def test_a_message_that_earns_nothing_says_why(
    settings: dict[str, Any], message: dict[str, Any], before: Remembered, expected: Denied
) -> None:
    assert judge(rules(**settings), seen(**message), before) == expected


@pytest.mark.parametrize(
    ("settings", "message", "before"),
    [
        ({}, {}, Remembered(NOW - 60_000)),
        ({"cooldown": 0}, {}, Remembered(NOW)),
        ({"least_length": 12}, {"text": "", "has_files": True}, NEVER),
        ({"least_length": 11}, {}, NEVER),
        ({"same_text": False}, {}, Remembered(0, NOW - 1, fingerprint("Good morning"))),
        ({}, {}, Remembered(0, NOW - 600_001, fingerprint("Good morning"))),
        ({}, {"has_files": True}, Remembered(0, NOW - 1, fingerprint("Good morning"))),
        ({}, {"text": "\u200b "}, Remembered(0, NOW - 1, fingerprint("\u2800"))),
        ({"only_channels": (CATEGORY,)}, {}, NEVER),
        ({"only_roles": (LOW,)}, {"roles": (HIGH, LOW)}, NEVER),
    ],
)
def test_what_only_looks_like_a_reason_is_none(
    settings: dict[str, Any], message: dict[str, Any], before: Remembered
) -> None:
    assert isinstance(judge(rules(**settings), seen(**message), before), Earns)


def test_messages_within_the_cooldown_are_counted_and_others_that_earn_nothing_are_not() -> None:
    assert counts(Earns(1, 1))
    assert [reason for reason in Reason if counts(Denied(reason))] == [Reason.COOLDOWN]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello there", "  hello\tTHERE \n"),
        ("Straße", "STRASSE"),
        ("\uff28\uff45\uff4c\uff4c\uff4f", "hello"),
        ("ﬁne", "fine"),
        ("дождь идёт", "ДОЖДЬ\u200bидёт"),
        ("مرحبا بالجميع", "مرحبا\u200f بالجميع\u2060"),
        ("你好", "你\u3000好"),
        ("ｶﾞ", "ガ"),
        ("각", "\u1100\u1161\u11a8"),
        ("नमस्ते", "नमस्ते\ufeff"),
        ("👍", "👍\ufe0f"),
        ("a\u0301", "Á"),
        ("spam", "s\u00adp\u034fa\U000e0001m"),
    ],
)
def test_what_reads_the_same_is_the_same_in_any_script(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other) != 0


@pytest.mark.parametrize(
    ("one", "other"), [("你好", "您好"), ("привет", "привед"), ("حب", "حبّ"), ("👍", "👎"), ("1", "2")]
)
def test_what_reads_otherwise_is_something_else(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize("nothing", ["", "   ", "\u200b\u200d", "\u2800\u3164", "\U000e0020\x00"])
def test_what_nobody_sees_is_nothing(nothing: str) -> None:
    assert fingerprint(nothing) == 0


# Factors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("highest", 500), ("largest", 3_000), ("smallest", 500), ("add", 3_000), ("multiply", 2_250)],
)
def test_several_roles_become_one_factor_by_the_rule(rule: Any, expected: int) -> None:
    numerator, denominator = combined([500, 3_000, 1_500], rule)
    assert Fraction(numerator, denominator) == Fraction(expected, 1_000)


def test_losses_that_add_up_leave_nothing() -> None:
    assert combined([200, 300], "add") == (0, 1_000)
    one = rules(Multipliers(roles={HIGH: 200, LOW: 300}), role_rule="add")
    assert factor_of(one, HERE, (HIGH, LOW), ALICE, NOW) == Factor(0, 1, Stopped.ROLE, HIGH)


@pytest.mark.parametrize(
    ("places", "expected"),
    [({THREAD: 2_000, CHANNEL: 3_000, CATEGORY: 0}, 2), ({CHANNEL: 3_000, CATEGORY: 0}, 3), ({CATEGORY: 4_000}, 4)],
)
def test_a_thread_is_before_its_channel_and_that_before_its_category(places: dict[int, int], expected: int) -> None:
    found = factor_of(rules(Multipliers(places=places)), HERE, (), ALICE, NOW)
    assert Fraction(found.numerator, found.denominator) == expected


def test_the_best_boost_counts_until_it_is_over() -> None:
    several = Multipliers(boosts={ALICE: (Boost(1_500, NOW + 2), Boost(2_000, NOW + 1), Boost(9_000, NOW))})
    found = [factor_of(rules(several), HERE, (), who, at) for who, at in ((ALICE, NOW), (ALICE, NOW + 1), (72, NOW))]
    assert [Fraction(one.numerator, one.denominator) for one in found] == [2, Fraction(3, 2), 1]


@given(
    place=st.integers(0, 5_000), roles=st.lists(st.integers(0, 5_000), max_size=4), own=st.integers(0, 5_000),
    boost=st.integers(1_001, 5_000), rule=st.sampled_from(["highest", "largest", "smallest", "add", "multiply"]),
    drawn=st.integers(0, 1_000),
)  # fmt: skip
def test_factors_are_multiplied_exactly_and_zero_wins(
    *, place: int, roles: list[int], own: int, boost: int, rule: Any, drawn: int
) -> None:
    held = tuple(range(1, len(roles) + 1))
    several = Multipliers({CHANNEL: place}, dict(zip(held, roles, strict=True)), {ALICE: (Boost(boost, NOW + 1),)})
    found = judge(rules(several, factor=own, role_rule=rule), seen(roles=held), NEVER)
    fractions = [Fraction(one, 1_000) for one in roles] or [Fraction(1)]
    of_roles = {
        "highest": fractions[0], "largest": max(fractions), "smallest": min(fractions),
        "add": max(sum(fractions) - len(fractions) + 1, Fraction(0)), "multiply": Fraction(1),
    }[rule]  # fmt: skip
    for one in fractions if rule == "multiply" else []:
        of_roles *= one
    exact = Fraction(place, 1_000) * of_roles * Fraction(own, 1_000) * Fraction(boost, 1_000)
    if exact == 0 or 0 in roles:
        assert isinstance(found, Denied)
        return
    assert isinstance(found, Earns)
    assert found.xp(drawn) == drawn * exact.numerator // exact.denominator


def test_rules_know_which_roles_and_whether_places_matter() -> None:
    assert rules().role_ids == ()
    assert not rules().names_places
    several = replace(rules(without_roles=(LOW,), only_channels=(CHANNEL,)), multipliers=Multipliers(roles={HIGH: 0}))
    assert several.role_ids == (LOW, HIGH)
    assert several.names_places
