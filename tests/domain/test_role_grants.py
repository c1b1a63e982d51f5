"""Role grants: a role is there while any source grants it, and what is not ours is never taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.role_grants import Grant, GrantState, GuildFacts, MemberFacts, Plan, next_look, pause_after, plan
from bot.domain.roles import DANGEROUS, Problem, Reach, RoleFacts, check_can_be_given, check_may_give, refusal
from bot.errors import (
    MyPermissionNeeded,
    RoleAboveMine,
    RoleAboveYours,
    RoleGone,
    RoleIsEveryones,
    RoleIsManaged,
    RoleTooPowerful,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JOINED, REJOINED = NOW - timedelta(days=9), NOW - timedelta(days=1)
VIP, GUEST, BOSS = 1, 2, 3
BOT = Reach(top_rank=10, may_manage=True)
GUILD = GuildFacts({VIP: RoleFacts(VIP, 1), GUEST: RoleFacts(GUEST, 2), BOSS: RoleFacts(BOSS, 11)}, BOT)


def grant(source: str = "shop:1", state: GrantState = GrantState.WANTED, role: int = VIP, **more: object) -> Grant:
    held: dict[str, object] = {"applied": True, "membership": JOINED} if state is GrantState.HELD else {}
    return replace(Grant(5, role, source, state), **{**held, **more})


def member(*roles: int, joined: datetime = JOINED, pending: bool = False) -> MemberFacts:
    return MemberFacts(frozenset(roles), joined, pending)


def made(member_now: MemberFacts | None, *grants: Grant) -> Plan:
    return plan(grants, member_now, GUILD, NOW)


def states(one: Plan) -> list[GrantState]:
    return [after.state for after in one.after]


def test_a_role_that_is_wanted_is_added_beside_all_that_the_member_has() -> None:
    one = made(member(77, 99), grant())
    assert (one.add, one.remove) == ({VIP}, frozenset())
    assert one.roles_for([77, 99]) == [VIP, 77, 99]
    assert one.after[0].state is GrantState.HELD
    assert one.after[0].applied


def test_what_the_member_had_before_is_never_ours() -> None:
    first = made(member(VIP), grant())
    assert not first.acts
    assert not first.after[0].applied
    second = made(member(VIP), replace(first.after[0], state=GrantState.ENDING))
    assert not second.acts
    assert states(second) == [GrantState.ENDED]


def test_a_role_found_after_a_crash_is_ours_if_we_were_about_to_give_it() -> None:
    one = made(member(VIP), grant(applied=True))
    assert not one.acts
    assert one.after[0].applied


def test_a_role_stays_while_another_source_grants_it_and_goes_with_the_last() -> None:
    shop, level = grant("shop:1", GrantState.ENDING, applied=True), grant("level:5")
    one = made(member(VIP), shop, level)
    assert not one.acts
    assert states(one) == [GrantState.ENDED, GrantState.HELD]
    assert one.after[1].applied, "what the shop gave is now the level's to take"
    last = made(member(VIP), replace(one.after[1], state=GrantState.ENDING))
    assert last.remove == {VIP}


def test_a_role_ends_at_its_time_and_not_before() -> None:
    one = grant(state=GrantState.HELD, until=NOW)
    assert made(member(VIP), one).remove == {VIP}
    later = replace(one, until=NOW + timedelta(seconds=1))
    assert not made(member(VIP), later).acts
    assert next_look([later, grant(until=NOW + timedelta(hours=1))], NOW) == later.until
    assert next_look([one, grant()], NOW) is None


def test_several_changes_of_one_member_are_one_plan() -> None:
    one = made(member(VIP), grant(state=GrantState.ENDING, applied=True), grant("level:5", role=GUEST))
    assert (one.add, one.remove, one.roles_for([VIP])) == ({GUEST}, {VIP}, [GUEST])
    assert one.reason() == "granted by the reward of level 5; ended: the shop"


def test_a_role_taken_off_by_hand_is_not_given_again_unless_the_grant_is_new() -> None:
    one = made(member(), grant(state=GrantState.HELD))
    assert not one.acts
    assert states(one) == [GrantState.DECLINED]
    assert not made(member(), *one.after).acts
    assert made(member(), *one.after, grant("level:5")).add == {VIP}
    assert not made(member(VIP), replace(one.after[0], state=GrantState.ENDING)).acts, "given by hand since: not ours"


def test_who_comes_back_gets_the_role_again() -> None:
    assert made(member(joined=REJOINED), grant(state=GrantState.HELD)).add == {VIP}


def test_who_is_away_or_not_let_in_waits() -> None:
    for who, problem in ((None, Problem.AWAY), (member(pending=True), Problem.SCREENING)):
        one = made(who, grant(state=GrantState.HELD), grant("b", GrantState.ENDING), grant("c", GrantState.DECLINED))
        assert not one.acts
        assert states(one) == [GrantState.WANTED, GrantState.ENDED, GrantState.DECLINED]
        assert one.after[0].problem is problem


def test_what_ended_while_its_member_was_away_is_taken_if_they_come_back_with_it() -> None:
    one = made(None, grant(state=GrantState.HELD, until=NOW))
    assert (states(one), one.after[0].problem) == ([GrantState.ENDING], Problem.AWAY)
    assert made(member(VIP, joined=REJOINED), *one.after).remove == {VIP}
    assert states(made(member(joined=REJOINED), *one.after)) == [GrantState.ENDED]


@pytest.mark.parametrize(
    ("role", "problem", "error"),
    [
        (None, Problem.ROLE_GONE, RoleGone),
        (RoleFacts(VIP, 0, is_everyone=True), Problem.EVERYONE, RoleIsEveryones),
        (RoleFacts(VIP, 1, is_managed=True), Problem.MANAGED, RoleIsManaged),
        (RoleFacts(VIP, 10), Problem.ABOVE_ME, RoleAboveMine),
        (RoleFacts(VIP, 1, permissions=frozenset({"kick_members"})), Problem.DANGEROUS, RoleTooPowerful),
    ],
)
def test_what_is_not_handed_out(role: RoleFacts | None, problem: Problem, error: type[Exception]) -> None:
    assert refusal(role, BOT) is problem
    with pytest.raises(error):
        check_can_be_given(role, BOT)
    guild = GuildFacts({} if role is None else {VIP: role}, BOT)
    one = plan([grant()], member(), guild, NOW)
    assert not one.acts
    assert (one.after[0].state, one.after[0].problem) == (GrantState.FAILED, problem)


def test_without_manage_roles_nothing_is_done_and_afterwards_it_is() -> None:
    lame = GuildFacts(GUILD.roles, Reach(10, may_manage=False))
    one = plan([grant()], member(), lame, NOW)
    assert one.after[0].problem is Problem.NOT_ALLOWED
    assert made(member(), *one.after).add == {VIP}
    with pytest.raises(MyPermissionNeeded):
        check_can_be_given(RoleFacts(VIP, 1), lame.reach)


def test_a_role_that_became_powerful_can_still_be_taken_away() -> None:
    guild = GuildFacts({VIP: RoleFacts(VIP, 1, permissions=frozenset({"administrator"}))}, BOT)
    assert plan([grant(state=GrantState.ENDING, applied=True)], member(VIP), guild, NOW).remove == {VIP}


def test_a_role_that_stands_above_the_bot_now_is_not_forgotten() -> None:
    one = made(member(BOSS), grant(role=BOSS, state=GrantState.ENDING, applied=True))
    assert not one.acts
    assert (states(one), one.after[0].problem) == ([GrantState.ENDING], Problem.ABOVE_ME)


def test_staff_may_have_given_only_what_they_could_give() -> None:
    check_may_give(Reach(5, may_manage=True), RoleFacts(VIP, 4))
    check_may_give(Reach(0, may_manage=True, is_owner=True), RoleFacts(VIP, 4))
    for actor in (Reach(4, may_manage=True), Reach(9, may_manage=False)):
        with pytest.raises(RoleAboveYours):
            check_may_give(actor, RoleFacts(VIP, 4))


def test_a_refusal_leaves_each_grant_as_it_was_with_the_reason() -> None:
    one = made(member(VIP), grant(state=GrantState.ENDING, applied=True), grant("b", role=GUEST, applied=True))
    told = one.refused("403")
    assert not told.acts
    assert [(after.state, after.applied, after.problem, after.detail) for after in told.after] == [
        (GrantState.ENDING, True, Problem.REFUSED, "403"),
        (GrantState.FAILED, False, Problem.REFUSED, "403"),
    ]


def test_discord_knows_every_permission_that_is_not_handed_out_and_those_that_manage_are_all_among_them() -> None:
    known = {name for name, _ in discord.Permissions.all()}
    assert set(DANGEROUS) <= known
    assert {name for name in known if name.startswith("manage_")} <= set(DANGEROUS)


GRANTS = st.builds(
    grant,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from([state for state in GrantState if state is not GrantState.ENDED]),
    st.sampled_from([VIP, GUEST]),
    until=st.sampled_from([None, NOW, NOW + timedelta(days=1)]),
    applied=st.booleans(),
)


SEVERAL = st.lists(GRANTS, max_size=6, unique_by=lambda one: (one.role_id, one.source))


@given(SEVERAL, st.sets(st.sampled_from([VIP, GUEST])))
def test_a_plan_once_carried_out_leaves_nothing_to_do_and_takes_only_ours(grants: list[Grant], has: set[int]) -> None:
    first = made(member(*has), *grants)
    ours = {one.role_id for one in grants if one.applied}
    assert first.remove <= ours & has
    assert not first.add & has
    again = made(member(*first.roles_for(has)), *(one for one in first.after if one.state is not GrantState.ENDED))
    assert not again.acts
    assert not again.is_news


def test_pauses_grow_and_end_at_five_minutes() -> None:
    assert [pause_after(number).total_seconds() for number in (1, 2, 3, 9, 99)] == [1, 2, 4, 256, 300]
