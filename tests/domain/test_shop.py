"""Who may have a thing, what copies go first, and what the roles of a purchase say about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.inventory import Lot, Order, parts
from bot.domain.purchases import (
    FailedFor,
    Origin,
    Stretch,
    Verdict,
    ends_without,
    judge,
    keys_of,
    origin,
    role_ends,
)
from bot.domain.requirements import (
    BalanceNeeded,
    ItemNeeded,
    LevelNeeded,
    Requirements,
    RoleNeeded,
    Standing,
    missing,
    told,
)
from bot.domain.role_grants import Grant, GrantState, GuildFacts
from bot.domain.roles import Problem, Reach, RoleFacts
from bot.domain.shop import Effects, GiveCoins, GiveRole, Item, ItemDraft, Say, check_roles, resale_value
from bot.errors import RoleAboveYours, RoleGone

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ROLE, COINS, KEYS = RoleNeeded(role_id=5), BalanceNeeded(least=100), ItemNeeded(item_id=7, quantity=2)
LEVEL = LevelNeeded(least=5)
NOBODY, RICH = Standing(frozenset(), 0, {}), Standing(frozenset({5}), 100, {7: 2}, 5)


@pytest.mark.parametrize(
    ("requirements", "standing", "said"),
    [
        (Requirements(), NOBODY, None),
        (Requirements(all_of=(ROLE, COINS, KEYS)), RICH, None),
        (Requirements(all_of=(ROLE, COINS)), Standing(frozenset({5}), 99, {}), ["{amount} or more in your wallet"]),
        (Requirements(all_of=(KEYS,)), Standing(frozenset(), 0, {7: 1}), ["**{item}** ({quantity} of it)"]),
        (Requirements(any_of=(ROLE, COINS)), Standing(frozenset(), 100, {}), None),
        (Requirements(all_of=(LEVEL,)), RICH, None),
        (Requirements(all_of=(LEVEL,)), NOBODY, ["level {level} or more (you are at level {own})"]),
        (Requirements(none_of=(LEVEL,)), NOBODY, None),
        (Requirements(none_of=(LEVEL,)), RICH, ["level {level} or more"]),
        (Requirements(any_of=(ROLE, COINS)), NOBODY, ["the role {role}", "{amount} or more in your wallet"]),
        (Requirements(none_of=(ROLE, KEYS)), NOBODY, None),
        (Requirements(none_of=(ROLE, KEYS)), Standing(frozenset({5}), 0, {7: 1}), ["the role {role}"]),
        (Requirements(all_of=(COINS,), none_of=(ROLE,)), RICH, ["the role {role}"]),
    ],
)
def test_who_lacks_something_is_told_just_that(
    requirements: Requirements, standing: Standing, said: list[str] | None
) -> None:
    found = missing(requirements, standing, {7: "Key"})
    if said is None or found is None:
        assert found is said
        return
    needs = found.values["needs"]
    assert isinstance(needs, tuple)
    assert [one.text for one in needs] == said


def test_who_is_below_a_level_is_told_both_levels() -> None:
    said = told(LEVEL, Standing(frozenset(), 0, {}, 4), {})
    assert str(said) == "level 5 or more (you are at level 4)"


@pytest.mark.parametrize("level", [0, -1, 1_001])
def test_a_level_that_nobody_can_have_is_no_requirement(level: int) -> None:
    with pytest.raises(ValidationError):
        LevelNeeded(least=level)


def test_a_thing_without_a_name_is_called_by_its_number() -> None:
    assert "#7" in str(missing(Requirements(all_of=(ItemNeeded(item_id=7),)), NOBODY, {}))


def test_requirements_and_effects_come_back_from_how_they_are_stored() -> None:
    needed = Requirements(all_of=(ROLE, LEVEL), any_of=(COINS,), none_of=(KEYS,))
    effects = Effects(on_purchase=(GiveRole(role_id=5), GiveCoins(amount=2)), on_use=(Say(words="x"),))
    assert Requirements.model_validate(needed.model_dump(mode="json")) == needed
    assert Effects.model_validate(effects.model_dump(mode="json")) == effects


def thing(price: int, resale: int | None, *effects: GiveCoins | Say) -> Item:
    draft = ItemDraft(name="x", price=price, resale=resale, effects=Effects(on_purchase=effects))
    return Item(1, draft, sold=0, version=1)


@given(price=st.integers(0, 2**62), percent=st.integers(0, 100))
def test_nobody_gets_more_back_than_a_thing_costs(price: int, percent: int) -> None:
    assert 0 <= resale_value(thing(price, percent), 100) <= price
    assert resale_value(thing(price, None), percent) == resale_value(thing(price, percent), 0)


def test_what_gave_something_when_bought_brings_nothing_but_words_are_nothing() -> None:
    assert resale_value(thing(100, 50, GiveCoins(amount=1)), 50) == 0
    assert resale_value(thing(100, 50, Say(words="Thanks.")), 50) == 50


LOTS = [
    Lot(1, 7, 0, 3, None),
    Lot(1, 7, 11, 2, NOW + timedelta(hours=2)),
    Lot(1, 7, 12, 1, NOW + timedelta(hours=1)),
    Lot(1, 7, 10, 5, NOW),
]


@pytest.mark.parametrize(
    ("order", "quantity", "taken"),
    [
        (Order.SOONEST_GONE, 1, [(12, 1)]),
        (Order.SOONEST_GONE, 5, [(12, 1), (11, 2), (0, 2)]),
        (Order.FOREVER_FIRST, 4, [(0, 3), (12, 1)]),
        (Order.ONLY_FOREVER, 3, [(0, 3)]),
        (Order.ONLY_FOREVER, 4, None),
        (Order.SOONEST_GONE, 6, [(12, 1), (11, 2), (0, 3)]),
        (Order.SOONEST_GONE, 7, None),
    ],
)
def test_copies_go_in_their_order_and_none_that_has_expired(
    order: Order, quantity: int, taken: list[tuple[int, int]] | None
) -> None:
    found = parts(LOTS, quantity, order, NOW)
    assert (None if found is None else [(one.lot.lot, one.quantity) for one in found]) == taken


def grant(state: GrantState, problem: Problem | None = None) -> Grant:
    return Grant(1, 5, "shop:1", state, problem=problem)


HELD, WANTED = grant(GrantState.HELD), grant(GrantState.WANTED)


@pytest.mark.parametrize(
    ("grants", "found"),
    [
        ([HELD], Verdict.DELIVERED),
        ([HELD, grant(GrantState.DECLINED)], Verdict.DELIVERED),
        ([WANTED], Verdict.OPEN),
        ([HELD, WANTED], Verdict.OPEN),
        ([grant(GrantState.WANTED, Problem.AWAY)], FailedFor.AWAY),
        ([HELD, grant(GrantState.FAILED, Problem.REFUSED)], FailedFor.REFUSED),
        ([grant(GrantState.ENDED)], FailedFor.ROLE_GONE),
        ([grant(GrantState.ENDING, Problem.AWAY)], FailedFor.ROLE_GONE),
        ([HELD, None], FailedFor.ROLE_GONE),
    ],
)
def test_a_purchase_is_judged_by_all_of_its_roles(grants: list[Grant | None], found: Verdict | FailedFor) -> None:
    assert judge(grants) == found


@pytest.mark.parametrize("problem", Problem)
def test_whatever_stands_in_the_way_of_a_role_is_a_reason(problem: Problem) -> None:
    assert FailedFor(problem.value).problem is problem
    assert FailedFor.TOO_LATE.problem is None


def test_a_role_ends_after_the_time_that_is_left_or_with_its_copy() -> None:
    hour = timedelta(hours=1)
    assert role_ends(3_600, 2, None, None, NOW) == NOW + 2 * hour
    assert role_ends(3_600, 1, NOW, NOW + hour, NOW) == NOW + 2 * hour
    assert role_ends(3_600, 1, None, NOW - hour, NOW) == NOW + hour
    assert role_ends(None, 1, NOW + hour, NOW + 5 * hour, NOW) == NOW + hour
    assert role_ends(None, 1, None, None, NOW) is None


def test_nobody_describes_a_thing_that_gives_what_they_could_not_give_themselves() -> None:
    draft = ItemDraft(name="x", price=1, effects=Effects(on_purchase=(GiveRole(role_id=5),)))
    guild = GuildFacts({5: RoleFacts(5, 3)}, Reach(9, may_manage=True))
    check_roles(draft, guild, Reach(4, may_manage=True))
    with pytest.raises(RoleAboveYours):
        check_roles(draft, guild, Reach(3, may_manage=True))
    with pytest.raises(RoleGone):
        check_roles(draft, GuildFacts({}, guild.reach), Reach(4, may_manage=True))


# Hours of a role, one behind the other --------------------------------------------------------------------------


def hours(source: str, until: int, *, is_stacked: bool = True) -> Stretch:
    return Stretch(source, NOON + timedelta(hours=until), is_stacked)


NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROW = [hours("a", 2), hours("b", 3), hours("c", 7)]


@pytest.mark.parametrize(
    ("times", "gone", "changed"),
    [
        (ROW, "c", {}),
        (ROW, "b", {"c": 6}),
        (ROW, "a", {"b": 1, "c": 5}),
        (ROW, "elsewhere", {}),
        ([*ROW, hours("copy", 4, is_stacked=False)], "a", {"b": 1}),
        ([hours("copy", 4, is_stacked=False), hours("b", 5)], "copy", {"b": 1}),
        ([], "a", {}),
    ],
    ids=["the last", "one between", "the first", "none of them", "a copy lasts", "a copy is gone", "nothing"],
)
def test_what_stands_behind_hours_that_are_paid_back_moves_up(
    times: list[Stretch], gone: str, changed: dict[str, int]
) -> None:
    expected = {source: NOON + timedelta(hours=until) for source, until in changed.items()}
    assert ends_without(times, gone, NOON) == expected
    assert ends_without(times[::-1], gone, NOON) == expected


def test_a_movement_tells_by_its_key_what_it_belongs_to() -> None:
    assert [origin(key) for key in keys_of(7, None)] == [Origin(7, None)] * 2
    assert [origin(key) for key in keys_of(7, 9)] == [Origin(7, None), Origin(None, 9), Origin(None, 9)]
    assert [origin(key) for key in ("shop:7", "hold:9:void", "i:5", "undo:7", "shop:x:pay")] == [None] * 5
