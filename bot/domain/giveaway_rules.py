"""Who may enter a giveaway, and with what weight: a tree of rules, and bonuses in whole numbers.

Both are stored with the giveaway and numbered by `version`, so that later kinds of rules don't change what old ones
mean. Rules are looked at when somebody enters and again when they are drawn; weights are fixed at the draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.amounts import MAX_COINS

MOST_RULES = 25
"""Leaves of one tree."""

DEEPEST = 3
"""Groups within groups."""

MOST_BONUSES = 25
MOST_WEIGHT = 1_000_000
"""The most that one entry can weigh."""

MOST_PLUS = 10_000
"""The most that one bonus adds."""

MOST_MESSAGES = 1_000_000
LONGEST_AGE = 20 * 365 * 86_400
HIGHEST_LEVEL = 10_000

LONGEST_MEMORY = 180
"""Days after the end of a giveaway for which it is remembered, with all who entered, so that it can be drawn again."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


Id: TypeAlias = Annotated[int, Field(gt=0, lt=2**63)]


class HasRole(_Frozen):
    """Having a role."""

    kind: Literal["role"] = "role"
    role_id: Id


class MemberFor(_Frozen):
    """Being in the server for so long."""

    kind: Literal["member_for"] = "member_for"
    seconds: int = Field(ge=60, le=LONGEST_AGE)


class AccountFor(_Frozen):
    """Having a Discord account for so long."""

    kind: Literal["account_for"] = "account_for"
    seconds: int = Field(ge=60, le=LONGEST_AGE)


class AtLevel(_Frozen):
    """Having reached a level."""

    kind: Literal["level"] = "level"
    level: int = Field(ge=1, le=HIGHEST_LEVEL)


class Messages(_Frozen):
    """Having written so many messages that count since the day on which the giveaway started."""

    kind: Literal["messages"] = "messages"
    least: int = Field(ge=1, le=MOST_MESSAGES)


class HoldsCoins(_Frozen):
    """Holding so many coins, in wallet and bank."""

    kind: Literal["coins"] = "coins"
    least: int = Field(ge=1, le=MAX_COINS)


class Boosting(_Frozen):
    """Boosting the server."""

    kind: Literal["boosting"] = "boosting"


class NoWinSince(_Frozen):
    """Not having won a giveaway here for so many days."""

    kind: Literal["no_win"] = "no_win"
    days: int = Field(ge=1, le=LONGEST_MEMORY)


class AllOf(_Frozen):
    """Meeting every one of these. Of none: everybody does."""

    kind: Literal["all"] = "all"
    of: tuple[Rule, ...] = ()


class AnyOf(_Frozen):
    """Meeting at least one of these. Of none: everybody does, for nothing was asked."""

    kind: Literal["any"] = "any"
    of: tuple[Rule, ...] = ()


class NoneOf(_Frozen):
    """Meeting none of these."""

    kind: Literal["none"] = "none"
    of: tuple[Rule, ...] = ()


Leaf: TypeAlias = HasRole | MemberFor | AccountFor | AtLevel | Messages | HoldsCoins | Boosting | NoWinSince
Group: TypeAlias = AllOf | AnyOf | NoneOf
Rule: TypeAlias = Annotated[
    HasRole | MemberFor | AccountFor | AtLevel | Messages | HoldsCoins | Boosting | NoWinSince | AllOf | AnyOf | NoneOf,
    Field(discriminator="kind"),
]


class Rules(_Frozen):
    """Who may enter. The staff's editor keeps the three lists of the first level."""

    version: Literal[1] = 1
    all_of: tuple[Rule, ...] = ()
    any_of: tuple[Rule, ...] = ()
    none_of: tuple[Rule, ...] = ()

    @property
    def tree(self) -> AllOf:
        """As one tree."""
        groups: list[Rule] = [*self.all_of]
        groups += [AnyOf(of=self.any_of)] if self.any_of else []
        groups += [NoneOf(of=self.none_of)] if self.none_of else []
        return AllOf(of=tuple(groups))

    def leaves(self) -> Iterator[Leaf]:
        """Everything that is asked, in order."""
        yield from _leaves(self.tree)


class BonusKind(StrEnum):
    """What weight is added for."""

    ROLE = "role"
    LEVEL = "level"
    BOOST = "boost"


class Bonus(_Frozen):
    """Entries beside the one that everybody has; `weight` 0, of a role only, excludes whoever has it."""

    kind: BonusKind
    target: Annotated[int, Field(ge=0, lt=2**63)] = 0
    """The role, or the level from which it counts; 0 for boosting."""
    weight: int = Field(ge=0, le=MOST_PLUS)


class Bonuses(_Frozen):
    """How much entries weigh: 1, and what bonuses add, all together or only the highest."""

    version: Literal[1] = 1
    of: Annotated[tuple[Bonus, ...], Field(max_length=MOST_BONUSES)] = ()
    highest: bool = False

    @property
    def role_ids(self) -> frozenset[int]:
        """The roles that they name."""
        return frozenset(one.target for one in self.of if one.kind is BonusKind.ROLE)

    @property
    def ask_discord(self) -> bool:
        """Whether they depend on what Discord alone knows: roles, or boosting."""
        return any(one.kind is not BonusKind.LEVEL for one in self.of)

    def weight(self, role_ids: frozenset[int], level: int, *, boosts: bool) -> int:
        """What an entry weighs, 0 (excluded) to `MOST_WEIGHT`. A bonus of 0 wins over all others."""
        met = [one.weight for one in self.of if _counts(one, role_ids, level, boosts=boosts)]
        if 0 in met:
            return 0
        return min(1 + (max(met, default=0) if self.highest else sum(met)), MOST_WEIGHT)


def _counts(bonus: Bonus, role_ids: frozenset[int], level: int, *, boosts: bool) -> bool:
    match bonus.kind:
        case BonusKind.ROLE:
            return bonus.target in role_ids
        case BonusKind.LEVEL:
            return level >= bonus.target
        case BonusKind.BOOST:
            return boosts


@dataclass(frozen=True)
class Person:
    """What Discord says of somebody who wants to enter, or who was drawn."""

    user_id: int
    role_ids: frozenset[int]
    joined_at: datetime | None
    created_at: datetime
    boosts: bool
    is_bot: bool = False


@dataclass(frozen=True)
class Record:
    """What the database holds of somebody."""

    level: int = 0
    messages: int = 0
    """That counted since the day on which the giveaway started."""
    coins: int = 0
    won_at: datetime | None = None
    """When they last won here."""


@dataclass(frozen=True)
class Checked:
    """A rule, or a group of them, beside somebody; and what they have of it in its own unit, where it has one."""

    rule: Leaf | Group
    met: bool
    """Whether they are as is wanted here: of what nobody may meet, that they don't."""
    has: int | None = None
    depth: int = 0
    """In how many groups it stands."""


def check(rule: Leaf, person: Person, record: Record, now: datetime) -> Checked:  # noqa: PLR0911 — one case a kind
    """One rule beside somebody."""
    match rule:
        case HasRole():
            return Checked(rule, rule.role_id in person.role_ids)
        case MemberFor():
            return _least(rule, _seconds(person.joined_at, now), rule.seconds)
        case AccountFor():
            return _least(rule, _seconds(person.created_at, now), rule.seconds)
        case AtLevel():
            return _least(rule, record.level, rule.level)
        case Messages():
            return _least(rule, record.messages, rule.least)
        case HoldsCoins():
            return _least(rule, record.coins, rule.least)
        case Boosting():
            return Checked(rule, person.boosts)
        case NoWinSince():
            days = None if record.won_at is None else (now - record.won_at).days
            return Checked(rule, days is None or days >= rule.days, days)


def meets(rule: Rule, person: Person, record: Record, now: datetime) -> bool:
    """Whether somebody meets a rule, or a group of them."""
    match rule:
        case AllOf():
            return all(meets(one, person, record, now) for one in rule.of)
        case AnyOf():
            return not rule.of or any(meets(one, person, record, now) for one in rule.of)
        case NoneOf():
            return not any(meets(one, person, record, now) for one in rule.of)
        case _:
            return check(rule, person, record, now).met


def checked(tree: Group, person: Person, record: Record, now: datetime) -> tuple[Checked, ...]:
    """Everything within a group beside somebody, in order: of groups the whole first, then what is in them."""
    wanted = not isinstance(tree, NoneOf)
    return tuple(line for one in tree.of for line in _checked(one, person, record, now, wanted, 0))


def _checked(  # noqa: PLR0917 — a walk of a tree, all of it handed down
    rule: Rule, person: Person, record: Record, now: datetime, wanted: bool, depth: int
) -> Iterator[Checked]:
    if not isinstance(rule, AllOf | AnyOf | NoneOf):
        found = check(rule, person, record, now)
        yield replace(found, met=found.met is wanted, depth=depth)
        return
    yield Checked(rule, meets(rule, person, record, now) is wanted, depth=depth)
    for one in rule.of:
        yield from _checked(one, person, record, now, wanted is not isinstance(rule, NoneOf), depth + 1)


def _least(rule: Leaf, has: int, least: int) -> Checked:
    return Checked(rule, has >= least, has)


def _seconds(since: datetime | None, now: datetime) -> int:
    return 0 if since is None else max(0, int((now - since).total_seconds()))


def _leaves(rule: Rule) -> Iterator[Leaf]:
    if isinstance(rule, AllOf | AnyOf | NoneOf):
        for one in rule.of:
            yield from _leaves(one)
    else:
        yield rule
