"""Editing rules and chances entry by entry."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.features import Feature
from bot.domain.giveaway_changes import Changes, changed
from bot.domain.giveaway_editing import (
    RuleList,
    features_needed,
    roles_named,
    token,
    with_bonuses,
    with_rules,
    without_bonus,
    without_rule,
)
from bot.domain.giveaway_rules import (
    MOST_BONUSES,
    MOST_RULES,
    AllOf,
    AtLevel,
    Bonus,
    Bonuses,
    BonusKind,
    Boosting,
    HasRole,
    HoldsCoins,
    Rules,
)
from bot.domain.giveaways import Giveaway, Prize, Status
from bot.errors import GiveawayRefused

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def draft(**values: object) -> Giveaway:
    plain: dict[str, object] = {
        "guild_id": 1, "number": 1, "key": "k", "status": Status.DRAFT, "status_at": NOW, "host_id": 2, "created_by": 2,
        "channel_id": 3, "prize": "A mug", "ends_at": NOW, "lasts": 60, "commitment": "", "seed": "",
    }  # fmt: skip
    return Giveaway(**(plain | values))  # pyright: ignore[reportArgumentType] — as a test says it


@pytest.mark.parametrize("group", list(RuleList))
def test_a_rule_is_in_its_list_alone_once_and_goes_by_its_token(group: RuleList) -> None:
    rules = with_rules(Rules(), group, [Boosting(), AtLevel(level=2), Boosting()])
    assert [len(one.of(rules)) for one in RuleList] == [2 if one is group else 0 for one in RuleList]
    left = without_rule(rules, group, token(Boosting()))
    assert group.of(left) == (AtLevel(level=2),)
    assert without_rule(left, group, token(Boosting())) == left, "what is gone already takes nothing else along"


def test_tokens_tell_kinds_and_values_apart() -> None:
    several = [AtLevel(level=1), AtLevel(level=2), HasRole(role_id=1), HoldsCoins(least=1), Boosting()]
    assert len({token(one) for one in several}) == len(several)


def test_a_bonus_for_the_same_replaces_the_one_that_was_there_where_it_stood() -> None:
    fans, level = Bonus(kind=BonusKind.ROLE, target=7, weight=1), Bonus(kind=BonusKind.LEVEL, target=7, weight=2)
    excluded = Bonus(kind=BonusKind.ROLE, target=7, weight=0)
    bonuses = with_bonuses(with_bonuses(Bonuses(), [fans, level]), [excluded])
    assert bonuses.of == (excluded, level)
    assert without_bonus(bonuses, token(excluded)).of == (level,)


def test_no_list_grows_beyond_what_its_menu_can_show() -> None:
    rules = Rules(all_of=tuple(AtLevel(level=one) for one in range(1, MOST_RULES + 1)))
    assert changed(draft(), Changes({"rules": rules}), NOW).rules == rules
    with pytest.raises(GiveawayRefused):
        changed(draft(), Changes({"rules": with_rules(rules, RuleList.ANY, [Boosting()])}), NOW)
    many = [Bonus(kind=BonusKind.LEVEL, target=one, weight=1) for one in range(MOST_BONUSES + 1)]
    with pytest.raises(GiveawayRefused):
        changed(draft(), Changes({"bonuses": with_bonuses(Bonuses(), many)}), NOW)


def test_what_a_giveaway_names_is_found_also_in_groups() -> None:
    rules = Rules(any_of=(AllOf(of=(HasRole(role_id=5), AtLevel(level=3))),))
    bonuses = Bonuses(of=(Bonus(kind=BonusKind.ROLE, target=6, weight=0),))
    assert roles_named(draft(rules=rules, bonuses=bonuses)) == {5, 6}


@pytest.mark.parametrize(
    ("values", "needed"),
    [
        ({}, set()),
        ({"rules": Rules(none_of=(AtLevel(level=3),))}, {Feature.LEVELING}),
        ({"rules": Rules(all_of=(HoldsCoins(least=3),))}, {Feature.ECONOMY}),
        ({"given": Prize(coins=1)}, {Feature.ECONOMY}),
        ({"bonuses": Bonuses(of=(Bonus(kind=BonusKind.LEVEL, target=3, weight=1),))}, {Feature.LEVELING}),
        ({"rules": Rules(all_of=(Boosting(),))}, set()),
    ],
)
def test_other_features_are_needed_where_their_figures_are(values: dict[str, object], needed: set[Feature]) -> None:
    assert features_needed(draft(**values)) == needed
