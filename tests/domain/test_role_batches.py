"""Whom an order to give a role to many is about, and who is left out of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.grant_sources import HAND, batch_source, is_by_hand
from bot.domain.role_batches import Among, LeftOut, MassOrder, Seen, left_out
from bot.domain.role_grants import Grant, GrantState, MemberFacts

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROLE, OTHER = 5, 6
DAY = timedelta(days=1)


def seen(*roles: int, is_bot: bool = False, is_pending: bool = False) -> Seen:
    return Seen(1, "ann", is_bot, MemberFacts(frozenset(roles), NOW, is_pending))


def grant(
    source: str = HAND, until: datetime | None = None, state: GrantState = GrantState.HELD, *, is_ours: bool = True
) -> Grant:
    return Grant(1, ROLE, source, state, until, applied=is_ours)


@pytest.mark.parametrize(
    ("order", "members", "bots"),
    [
        (MassOrder(ROLE), True, True),
        (MassOrder(ROLE, among=Among.PEOPLE), True, False),
        (MassOrder(ROLE, among=Among.BOTS), False, True),
        (MassOrder(ROLE, having=OTHER, among=Among.PEOPLE), False, False),
    ],
)
def test_an_order_picks_people_bots_or_both(order: MassOrder, members: bool, bots: bool) -> None:
    assert (order.picks(seen()), order.picks(seen(is_bot=True))) == (members, bots)


def test_an_order_for_those_who_have_a_role_is_about_them_alone() -> None:
    order = MassOrder(ROLE, having=OTHER)
    assert order.picks(seen(OTHER))
    assert not order.picks(seen(ROLE))


@pytest.mark.parametrize(
    ("member", "grants", "lasts", "why"),
    [
        (seen(), (), None, None),
        (seen(is_pending=True), (), None, LeftOut.SCREENING),
        (seen(ROLE), (), None, LeftOut.HAS_IT),
        (seen(ROLE), (grant("shop:1"),), None, None),
        (seen(ROLE), (grant("shop:1"), grant()), None, LeftOut.HAS_IT),
        (seen(ROLE), (grant(batch_source(7)),), None, LeftOut.HAS_IT),
        (seen(ROLE), (grant(until=NOW + DAY),), None, None),
        (seen(ROLE), (grant(until=NOW + DAY),), DAY, LeftOut.HAS_IT),
        (seen(ROLE), (grant(until=NOW + DAY),), 2 * DAY, None),
        (seen(ROLE), (grant(),), DAY, LeftOut.HAS_IT),
        (seen(ROLE), (grant(until=NOW + DAY, is_ours=False),), None, LeftOut.HAS_IT),  # had it before that
        (seen(ROLE), (grant("shop:1", is_ours=False),), DAY, LeftOut.HAS_IT),
        (seen(ROLE), (grant(until=NOW),), DAY, None),  # loses it in a moment
        (seen(ROLE), (grant(state=GrantState.ENDING),), None, None),
        (seen(ROLE), (grant(state=GrantState.ENDING, is_ours=False),), None, LeftOut.HAS_IT),
        (seen(), (grant(state=GrantState.DECLINED),), None, None),
    ],
)
def test_who_gains_nothing_is_left_out(
    member: Seen, grants: tuple[Grant, ...], lasts: timedelta | None, why: LeftOut | None
) -> None:
    assert left_out(member, MassOrder(ROLE, lasts=lasts), grants, NOW) is why


@pytest.mark.parametrize(
    "order",
    [
        MassOrder(2**62),
        MassOrder(2**62, 2**61, Among.BOTS, timedelta(hours=36), "a reason", batch_source(2**60)),
    ],
)
def test_an_order_survives_being_stored(order: MassOrder) -> None:
    assert MassOrder.of(json.loads(json.dumps(order.stored()))) == order


def test_what_staff_gave_to_many_counts_as_given_by_hand() -> None:
    assert is_by_hand(HAND)
    assert is_by_hand(batch_source(2**63 - 1))
    assert not is_by_hand("shop:hand:1")
