"""What levels bring, as rules: roles that stack and replace, coins, and the words of an announcement."""

from __future__ import annotations

from random import Random

import pytest

from bot.domain.folding import Line, filled
from bot.domain.level_rewards import (
    MOST_REWARDS,
    Held,
    Moves,
    Rules,
    check_reward,
    coins_by_level,
    crossed,
    moves,
    roles_at,
)
from bot.domain.level_words import LONGEST, is_told, joined, plain
from bot.domain.level_words import filled as put_in
from bot.domain.leveling import Reward, Stacking
from bot.domain.leveling_settings import LevelSettings
from bot.domain.outbox import MAX_CONTENT
from bot.errors import LevelAboveCap, RewardEmpty, TooManyRewards

A, B, C, D = 1, 2, 3, 4
REWARDS = (
    Reward(2, A, Stacking.REPLACE),
    Reward(5, B, Stacking.STACK),
    Reward(10, C, Stacking.REPLACE, coins=100),
    Reward(15, D, Stacking.REPLACE),
)
USUAL = Rules(take=True, insist=False)


def held(*bonds: tuple[int, int], declined: bool = False) -> tuple[Held, ...]:
    return tuple(Held(level, role, declined) for level, role in bonds)


@pytest.mark.parametrize(
    ("level", "roles"),
    [(1, set()), (2, {A}), (5, {A, B}), (9, {A, B}), (10, {B, C}), (14, {B, C}), (15, {B, D}), (999, {B, D})],
)
def test_roles_stack_or_give_way_to_the_next_that_replaces(level: int, roles: set[int]) -> None:
    assert {role for _, role in roles_at(REWARDS, level)} == roles


def test_who_skips_from_1_to_20_gets_what_stacks_and_the_last_that_replaces() -> None:
    assert moves(REWARDS, 20, (), USUAL) == Moves(want=((5, B), (15, D)))
    assert [one.level for one in crossed(REWARDS, 1, 20)] == [2, 5, 10, 15]
    assert coins_by_level(crossed(REWARDS, 1, 20)) == {10: 100}


def test_who_falls_to_3_loses_what_is_above_and_gets_back_what_was_replaced() -> None:
    assert moves(REWARDS, 3, held((5, B), (15, D)), USUAL) == Moves(want=((2, A),), end=((5, B), (15, D)))


def test_where_roles_are_not_taken_a_fall_moves_nothing() -> None:
    keeping = Rules(take=False, insist=False)
    assert not moves(REWARDS, 3, held((5, B), (15, D)), keeping)
    assert moves(REWARDS, 10, held((2, A), (5, B)), keeping) == Moves(want=((10, C),), end=((2, A),))


def test_a_role_taken_off_by_hand_stays_off_unless_the_guild_insists() -> None:
    off = held((5, B), declined=True)
    assert not moves([REWARDS[1]], 7, off, USUAL)
    assert moves([REWARDS[1]], 7, off, Rules(take=True, insist=True)) == Moves(want=((5, B),))


def test_roles_of_removed_rewards_go_only_when_all_is_swept() -> None:
    assert not moves([], 7, held((5, B)), USUAL)
    assert moves([], 7, held((5, B)), USUAL, sweep=True) == Moves(end=((5, B),))


def test_wherever_somebody_comes_from_they_end_with_what_their_level_says() -> None:
    chance = Random(7)
    theirs: tuple[Held, ...] = ()
    for _ in range(500):
        level = chance.randrange(20)
        move = moves(REWARDS, level, theirs, USUAL)
        bonds = ({one.bond for one in theirs} | set(move.want)) - set(move.end)
        assert bonds == roles_at(REWARDS, level)
        theirs = held(*bonds)


def test_a_reward_that_brings_nothing_to_anybody_is_refused() -> None:
    with pytest.raises(RewardEmpty):
        check_reward(Reward(5, 0, Stacking.STACK), (), 100)
    with pytest.raises(LevelAboveCap):
        check_reward(Reward(101, A, Stacking.STACK), (), 100)
    full = [Reward(5, role, Stacking.STACK) for role in range(1, MOST_REWARDS + 1)]
    check_reward(full[0], full, 100)
    with pytest.raises(TooManyRewards):
        check_reward(Reward(6, A, Stacking.STACK), full, 100)


@pytest.mark.parametrize(
    ("before", "after", "rewards", "told"),
    [
        (4, 5, (), True), (5, 6, (), False), (3, 12, (), True), (5, 6, REWARDS[:1], True),
        (6, 5, (), False), (5, 5, (), False), (1, 2, REWARDS[:1], True),
    ],
)  # fmt: skip
def test_levels_are_told_at_rewards_and_each_so_many(
    before: int, after: int, rewards: tuple[Reward, ...], *, told: bool
) -> None:
    assert is_told(LevelSettings(), before, after, rewards) is told


def test_low_levels_and_silent_guilds_are_not_told_also_with_a_reward() -> None:
    assert not is_told(LevelSettings(announce_from=10), 4, 5, REWARDS)
    assert not is_told(LevelSettings(announce="none"), 4, 5, REWARDS)
    assert not is_told(LevelSettings(announce_every=0), 4, 5, ())


def test_a_template_is_filled_once_and_knows_its_own_variables_alone() -> None:
    values = {"member": "<@1>", "server": "{level}", "level": "5"}
    assert put_in("{member} {level} {server} {0} {x.y} {{", values) == "<@1> 5 {level} {0} {x.y} {{"


def test_names_of_others_neither_draw_nor_call() -> None:
    assert plain("**a** <@&5> @everyone\n# x") == r"\*\*a\*\* \<\@&5\> \@everyone \# x"
    assert len(joined(["x" * 5_000])) == LONGEST


def test_lines_fill_a_message_and_what_has_no_room_is_left_over() -> None:
    lines = [Line("x" * 900, ping=number) for number in range(1, 6)]
    first, rest = filled(None, lines)
    assert first is not None
    assert len(first.content) <= MAX_CONTENT
    assert first.mentions.users == (1, 2)
    assert [one.ping for one in rest] == [3, 4, 5]
    assert filled(first, rest) == (None, rest)
    second, rest = filled(None, rest)
    assert second is not None
    assert second.mentions.users == (3, 4)
