"""How members are told how they stand with a giveaway: each case, in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.cogs.giveaways.entering_pages import stands
from bot.db.repositories.giveaways.entries import Pot
from bot.domain.giveaway_rules import (
    AccountFor,
    AllOf,
    AnyOf,
    AtLevel,
    Boosting,
    Checked,
    HasRole,
    HoldsCoins,
    MemberFor,
    Messages,
    NoneOf,
    NoWinSince,
)
from bot.domain.giveaways import Giveaway, Status
from bot.services.giveaway_entering import Pressed

VIP, DAY = 900, 86_400
THEN = datetime(2026, 1, 5, 12, tzinfo=UTC)


def giveaway(winners: int = 1) -> Giveaway:
    return Giveaway(
        guild_id=1, number=1, key="i:1", status=Status.RUNNING, status_at=THEN, host_id=2, created_by=2, channel_id=3,
        prize="A mug", winners=winners, ends_at=THEN, commitment="", seed="",
    )  # fmt: skip


def told(
    *checks: Checked,
    entered: bool = True,
    is_new: bool = False,
    weight: int = 1,
    pot: tuple[int, int] = (1, 1),
    fits: bool = True,
    host: bool = False,
    winners: int = 1,
) -> list[str]:
    """The lines of the answer, and of what is needed."""
    pressed = Pressed(giveaway(winners), entered, is_new, weight, Pot(*pot), checks, fits=fits, host=host)
    shown = stands(pressed)
    fields = [line for field in shown.fields for line in (field.value or "").splitlines()]
    return [*(shown.description or "").splitlines(), *fields]


DRAWN = f"It is drawn <t:{int(THEN.timestamp())}:R>."


@pytest.mark.parametrize(
    ("weight", "pot", "winners", "lines"),
    [
        (1, (1, 1), 1, ["Nobody else is in so far."]),
        (1, (2, 2), 1, ["Your chance at present: 1 in 2 (50%)."]),
        (1, (250, 250), 1, ["Your chance at present: 1 in 250 (0.4%)."]),
        (1, (1_500, 1_500), 1, ["Your chance at present: 1 in 1,500 (0.1%)."]),
        (1, (1_000_000, 1_000_000), 1, ["Your chance at present: 1 in 1,000,000 (less than 0.1%)."]),
        (1, (3, 3), 2, ["Your chance at present of the first of 2 places: 1 in 3 (33.3%)."]),
        (
            1,
            (2, 6),
            1,
            [
                "Your entry counts once; all entries together count 6 times.",
                "Your chance at present: 1 in 6 (16.7%).",
            ],
        ),
        (
            3,
            (800, 1_000),
            1,
            [
                "Your entry counts 3 times; all entries together count 1,000 times.",
                "Your chance at present: about 1 in 333 (0.3%).",
            ],
        ),
        (
            9_999,
            (2, 10_000),
            1,
            [
                "Your entry counts 9,999 times; all entries together count 10,000 times.",
                "Your chance at present: 9,999 in 10,000 (more than 99.9%).",
            ],
        ),
    ],
)
def test_the_chance_of_who_is_in(weight: int, pot: tuple[int, int], winners: int, lines: list[str]) -> None:
    assert told(weight=weight, pot=pot, winners=winners) == ["You're in.", *lines, DRAWN]


@pytest.mark.parametrize(
    ("how", "first"),
    [
        ({"is_new": True}, "🎉 You're in!"),
        ({"fits": False, "host": True}, "You're in, but it is your own giveaway by now, so you can't win it."),
        (
            {"fits": False, "weight": 0},
            "You're in, but you can't win while you have a role that is excluded.",
        ),
        ({"fits": False}, "You're in, but you can't win while something is missing: see below."),
        ({"entered": False}, "You're not in."),
        ({"entered": False, "fits": False, "host": True}, "It is your own giveaway, so you can't win it."),
        ({"entered": False, "fits": False, "weight": 0}, "You have a role that can't enter this giveaway."),
        ({"entered": False, "fits": False}, "You can't enter yet: see below what is needed."),
    ],
)
def test_whether_one_is_in_and_why_not(how: dict[str, bool], first: str) -> None:
    assert told(**how)[0] == first  # pyright: ignore[reportArgumentType]


RULES = [
    (Checked(HasRole(role_id=VIP), met=False), f"❌ the role <@&{VIP}>"),
    (
        Checked(MemberFor(seconds=7 * DAY), met=False, has=DAY + 3_600),
        "❌ in the server for 1 week — you have been here for 1 day 1 hour",
    ),
    (
        Checked(AccountFor(seconds=7 * DAY), met=True, has=400 * DAY),
        "✅ an account of at least 1 week — yours is 1 year 5 weeks old",
    ),
    (Checked(AtLevel(level=10), met=False, has=9), "❌ level 10 — you are at level 9"),
    (Checked(Messages(least=5), met=True, has=1_234), "✅ messages since the day it started: 5 — you wrote 1,234"),
    (Checked(HoldsCoins(least=1), met=True, has=1), "✅ 1 coin in wallet and bank — you have 1 coin"),
    (Checked(Boosting(), met=True), "✅ boosting the server"),
    (Checked(NoWinSince(days=7), met=True), "✅ no giveaway won here for 1 week"),
    (Checked(NoWinSince(days=7), met=False, has=1), "❌ no giveaway won here for 1 week — you won 1 day ago"),
    (Checked(NoWinSince(days=7), met=False, has=3), "❌ no giveaway won here for 1 week — you won 3 days ago"),
    (Checked(NoWinSince(days=7), met=False, has=0), "❌ no giveaway won here for 1 week — you won within the last day"),
    (Checked(AllOf(), met=True), "✅ All of these:"),
    (Checked(AnyOf(), met=True), "✅ One of these:"),
    (Checked(NoneOf(), met=False, depth=1), "\u2003❌ None of these:"),
]


@pytest.mark.parametrize(("one", "line"), RULES)
def test_what_is_needed_stands_beside_what_one_has(one: Checked, line: str) -> None:
    assert told(one)[-1] == line


def test_more_rules_than_a_field_holds_are_counted() -> None:
    lines = told(*[Checked(HasRole(role_id=10**18 + one), met=False) for one in range(60)])
    assert lines[-1].startswith("… and ")
    assert sum(len(one) + 1 for one in lines if "role" in one) < 1_024
