"""Who may do what to whom: the whole table, each cell answered a second time in the plainest way."""

from __future__ import annotations

from itertools import product

import discord
import pytest

from bot import errors
from bot.domain.authority import (
    Act,
    Actor,
    Ground,
    Me,
    Permission,
    Staff,
    Target,
    check_act,
    check_standing,
    staff_of,
)
from bot.domain.general import GeneralSettings
from bot.errors import UserError

ACTOR, TARGET, ME = 1, 2, 3
KICK = Permission.KICK_MEMBERS
ACTOR_RANK = 5

ACTORS = {
    "owner": Actor(ACTOR, ACTOR_RANK, 0, is_owner=True),
    "administrator": Actor(ACTOR, ACTOR_RANK, Permission.ADMINISTRATOR),
    "with the permission": Actor(ACTOR, ACTOR_RANK, KICK),
    "moderator by role": Actor(ACTOR, ACTOR_RANK, 0, frozenset({Staff.MODERATOR})),
    "admin by role": Actor(ACTOR, ACTOR_RANK, 0, frozenset({Staff.ADMIN})),
    "support by role": Actor(ACTOR, ACTOR_RANK, 0, frozenset({Staff.SUPPORT})),
    "with another permission": Actor(ACTOR, ACTOR_RANK, Permission.BAN_MEMBERS),
    "nobody in particular": Actor(ACTOR, ACTOR_RANK, 0),
    "permitted but timed out": Actor(ACTOR, ACTOR_RANK, KICK, is_timed_out=True),
    "moderator but timed out": Actor(ACTOR, ACTOR_RANK, 0, frozenset({Staff.MODERATOR}), is_timed_out=True),
    "administrator, timed out": Actor(ACTOR, ACTOR_RANK, Permission.ADMINISTRATOR, is_timed_out=True),
    "owner, timed out": Actor(ACTOR, ACTOR_RANK, 0, is_owner=True, is_timed_out=True),
}
TARGETS = {
    "lower": Target(TARGET, 2),
    "equal": Target(TARGET, ACTOR_RANK),
    "higher": Target(TARGET, 7),
    "without roles": Target(TARGET, 0),
    "the owner, without roles": Target(TARGET, 0, is_owner=True),
    "lower administrator": Target(TARGET, 2, is_administrator=True),
    "lower bot": Target(TARGET, 2, is_bot=True),
    "higher bot": Target(TARGET, 7, is_bot=True),
    "left": Target(TARGET, None),
    "a bot that left": Target(TARGET, None, is_bot=True),
    "themselves": Target(ACTOR, ACTOR_RANK),
    "me": Target(ME, 2, is_bot=True),
}
MES = {
    "high": Me(ME, 9, KICK),
    "administrator": Me(ME, 9, Permission.ADMINISTRATOR),
    "as high as the lower": Me(ME, 2, KICK),
    "without roles": Me(ME, 0, KICK),
    "without the permission": Me(ME, 9, Permission.BAN_MEMBERS),
    "the owner": Me(ME, 0, 0, is_owner=True),
}
ACTS = {
    "kick": Act(KICK, Staff.MODERATOR, KICK),
    "kick, by permission alone": Act(KICK, None, KICK),
    "ban by id": Act(KICK, Staff.MODERATOR, KICK, on_absent=True),
    "time out": Act(KICK, Staff.MODERATOR, KICK, on_administrators=False),
    "warn": Act(KICK, Staff.MODERATOR, None, on_bots=False, on_absent=True),
    "rename": Act(KICK, Staff.MODERATOR, KICK, on_self=True),
}


def plain(who: str, act: str, whom: str, me: str) -> str:  # noqa: C901, PLR0911 — a list of sentences
    """The answer in words, read off the names above and from nothing that the code computes."""
    if "timed out" in who and not who.startswith(("owner", "administrator")):
        return "ActorTimedOut"
    staff_helps = act != "kick, by permission alone"
    if who in {"with another permission", "nobody in particular", "support by role"}:
        return "StaffNeeded" if staff_helps else "PermissionNeeded"
    if who in {"moderator by role", "admin by role"} and not staff_helps:
        return "PermissionNeeded"
    if whom == "themselves" and act != "rename":
        return "TargetIsSelf"
    if whom == "me":
        return "TargetIsMe"
    # Two owners are never at one table; the one who is the target is.
    if whom == "the owner, without roles" or (whom == "themselves" and who.startswith("owner")):
        return "TargetIsOwner"
    if "bot" in whom and act == "warn":
        return "TargetIsBot"
    if "left" in whom and act not in {"ban by id", "warn"}:
        return "TargetNotHere"
    if "administrator" in whom and act == "time out":
        return "TargetIsAdministrator"
    if whom in {"equal", "higher", "higher bot"} and not who.startswith("owner"):
        return "RankTooLow"
    if act == "warn" or me == "the owner":
        return "yes"
    if me == "without the permission":
        return "BotPermissionNeeded"
    above = {
        "high": {"lower", "lower administrator", "lower bot", "equal", "higher", "higher bot", "without roles"},
        "as high as the lower": {"without roles"},
        "without roles": set[str](),
    }
    above["administrator"] = above["high"]
    above["high"] |= {"themselves"}
    return "yes" if "left" in whom or whom in above[me] else "BotRankTooLow"


def answer(actor: Actor, act: Act, target: Target, me: Me) -> str:
    try:
        check_act(actor, act, target, me)
    except UserError as error:
        return type(error).__name__
    return "yes"


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("act", ACTS)
def test_the_whole_table(who: str, act: str) -> None:
    for whom, me in product(TARGETS, MES):
        target = TARGETS[whom]
        if whom == "themselves" and who.startswith("owner"):
            target = Target(ACTOR, ACTOR_RANK, is_owner=True)
        assert answer(ACTORS[who], ACTS[act], target, MES[me]) == plain(who, act, whom, me), (who, act, whom, me)


def test_every_answer_stands_somewhere_in_the_table() -> None:
    given = {plain(*cell) for cell in product(ACTORS, ACTS, TARGETS, MES)}
    refusals = {
        kind.__name__
        for group in (errors.NotAllowed, errors.NotAble)
        for kind in group.__subclasses__()
        # of controls, roles and channels: not of acts on members
        if kind not in {errors.NotYours, errors.RoleAboveYours, errors.BotPermissionNeededHere}
    }
    assert given == refusals | {"yes"}


def test_why_somebody_may_is_told() -> None:
    grounds = {who: check_standing(ACTORS[who], KICK, Staff.MODERATOR) for who in list(ACTORS)[:5]}
    assert list(grounds.values()) == [
        Ground.OWNER, Ground.PERMISSION, Ground.PERMISSION, Ground.STAFF, Ground.STAFF,
    ]  # fmt: skip


def test_a_role_never_reaches_past_the_hierarchy_however_much_staff_it_names() -> None:
    everything = Actor(ACTOR, ACTOR_RANK, 0, frozenset(Staff))
    with pytest.raises(errors.RankTooLow) as refused:
        check_act(everything, ACTS["kick"], TARGETS["equal"], MES["high"])
    assert refused.value.target_id == TARGET


def test_the_refusal_names_what_is_missing_and_whose_it_is() -> None:
    with pytest.raises(errors.StaffNeeded) as missing:
        check_act(ACTORS["nobody in particular"], ACTS["kick"], TARGETS["lower"], MES["high"])
    assert (missing.value.permission, missing.value.roles) == ("Kick Members", "Moderator roles")
    with pytest.raises(errors.BotPermissionNeeded) as mine:
        check_act(ACTORS["owner"], ACTS["kick"], TARGETS["lower"], MES["without the permission"])
    assert mine.value.permission == "Kick Members"


@pytest.mark.parametrize("permission", Permission)
def test_the_bits_are_discords_own(permission: Permission) -> None:
    name = str(permission.name).lower()
    assert getattr(discord.Permissions(permission.value), name) is True
    assert discord.Permissions(**{name: True}).value == permission.value
    assert permission.label


def test_staff_is_who_has_a_role_that_the_settings_name() -> None:
    settings = GeneralSettings(admin_roles=(1,), moderator_roles=(2, 3), support_roles=(3,))
    assert staff_of(settings, [3, 9]) == {Staff.MODERATOR, Staff.SUPPORT}
    assert staff_of(settings, [1]) == {Staff.ADMIN}
    assert staff_of(settings, []) == staff_of(GeneralSettings(), [1, 2, 3]) == frozenset()
    assert {kind.label for kind in Staff} == {"Admin roles", "Moderator roles", "Support roles", "Giveaway host roles"}
