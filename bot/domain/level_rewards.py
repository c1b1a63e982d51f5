"""What levels bring: which roles somebody should have at a level, and what follows from those that they have.

A role comes from a level: each reward is a source of its own, so a role that two levels bring stays while either does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.grant_sources import level_of
from bot.domain.leveling import Reward, Stacking
from bot.domain.role_grants import Grant, GrantState
from bot.errors import LevelAboveCap, RewardEmpty, TooManyRewards

MOST_REWARDS = 50
"""Of one guild."""

MOST_COINS = 1_000_000_000

Bond = tuple[int, int]
"""A level and the role that it brings."""


@dataclass(frozen=True)
class Rules:
    """What a guild decided about roles of levels."""

    take: bool
    """Whether they go when XP falls below their level."""
    insist: bool
    """Whether one that somebody took off by hand comes back."""


@dataclass(frozen=True)
class Held:
    """A role that somebody has from a level, or would have if they had not taken it off by hand."""

    level: int
    role_id: int
    declined: bool

    @property
    def bond(self) -> Bond:
        """Without how it stands."""
        return self.level, self.role_id


@dataclass(frozen=True)
class Moves:
    """What has to be done to somebody's roles, each in order."""

    want: tuple[Bond, ...] = ()
    end: tuple[Bond, ...] = ()

    def __bool__(self) -> bool:
        """Whether that is anything."""
        return bool(self.want or self.end)


def held_of(grants: Iterable[Grant]) -> tuple[Held, ...]:
    """Those of a member's live grants that come from levels."""
    return tuple(
        Held(level, one.role_id, one.state is GrantState.DECLINED)
        for one in grants
        if one.state not in {GrantState.ENDING, GrantState.ENDED} and (level := level_of(one.source)) is not None
    )


def roles_at(rewards: Iterable[Reward], level: int) -> frozenset[Bond]:
    """The roles that somebody of a level should have: all that stack, and of the others those of the highest level."""
    reached = [one for one in rewards if one.role_id and one.level <= level]
    highest = max((one.level for one in reached if one.stacking is Stacking.REPLACE), default=0)
    return frozenset(
        (one.level, one.role_id) for one in reached if one.stacking is Stacking.STACK or one.level == highest
    )


def moves(rewards: Sequence[Reward], level: int, held: Sequence[Held], rules: Rules, *, sweep: bool = False) -> Moves:
    """What brings somebody's roles to what their level says.

    Where roles are not taken again, those who fell count by the highest level that they have a role of. Roles of
    rewards that were removed stay, unless this is to `sweep` them too.
    """
    known = {(one.level, one.role_id) for one in rewards}
    if not rules.take:
        level = max([level, *(one.level for one in held if one.bond in known)])
    due, theirs = roles_at(rewards, level), {one.bond: one for one in held}
    want = [bond for bond in due if bond not in theirs or (rules.insist and theirs[bond].declined)]
    end = [bond for bond in theirs if bond not in due and (sweep or bond in known)]
    return Moves(tuple(sorted(want)), tuple(sorted(end)))


def crossed(rewards: Iterable[Reward], before: int, after: int) -> tuple[Reward, ...]:
    """The rewards of all levels above the one and up to the other, lowest first."""
    return tuple(sorted((one for one in rewards if before < one.level <= after), key=lambda one: one.level))


def coins_by_level(rewards: Iterable[Reward]) -> dict[int, int]:
    """How many coins each of these levels brings, lowest level first; those without any left out."""
    coins: dict[int, int] = {}
    for one in sorted(rewards, key=lambda one: one.level):
        if one.coins:
            coins[one.level] = min(coins.get(one.level, 0) + one.coins, MOST_COINS)
    return coins


def check_reward(reward: Reward, known: Iterable[Reward], cap: int) -> None:
    """Refuse a reward that nobody would ever get, or that is one too many beside those `known`.

    Raises:
        LevelAboveCap: nobody reaches its level.
        RewardEmpty: it brings nothing.
        TooManyRewards: there are `MOST_REWARDS` others.
    """
    if reward.level > cap:
        raise LevelAboveCap(reward.level, cap)
    if not (reward.role_id or reward.coins or reward.message):
        raise RewardEmpty
    others = [one for one in known if (one.level, one.role_id) != (reward.level, reward.role_id)]
    if len(others) >= MOST_REWARDS:
        raise TooManyRewards(MOST_REWARDS)
