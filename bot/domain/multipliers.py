"""By what XP is multiplied: a place's factor, the roles', the server's and a boost, exactly, in per mille.

0 always wins, wherever it stands. Factors stay fractions until XP is worked out, so there is one rounding at the end.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, auto
from functools import reduce
from operator import mul
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.leveling import MAX_FACTOR, UNIT, TargetKind
from bot.domain.leveling_settings import LevelingSettings, RoleRule
from bot.errors import FactorNotUnderstood, TooManyMultipliers

MOST_MULTIPLIERS = 200
"""Of one guild."""

_WRITTEN = re.compile(r"(?:[x×]\s*)?([0-9]{1,6}(?:[.,][0-9]{1,6})?)(?:\s*([x×%]))?")  # noqa: RUF001 — times is meant


@dataclass(frozen=True)
class Multiplier:
    """What staff set for one channel, category, thread or role, in per mille; 0 excludes it."""

    kind: TargetKind
    target_id: int
    per_mille: int

    @property
    def name(self) -> str:
        """By which it is chosen from a list: ``role/123``."""
        return f"{self.kind.value}/{self.target_id}"


def parse_factor(written: str) -> int:
    """A factor in per mille, 0 to `MAX_FACTOR`: ``x1.5``, ``1,5`` and ``150%`` are 1,500.

    Raises:
        FactorNotUnderstood: it is none, out of bounds, or finer than a per mille.
    """
    found = _WRITTEN.fullmatch(written.strip().casefold())
    if found is None or not written.isprintable():
        raise FactorNotUnderstood(written)
    exact = Decimal(found[1].replace(",", ".")) * (UNIT // 100 if found[2] == "%" else UNIT)
    if exact != int(exact) or exact > MAX_FACTOR:
        raise FactorNotUnderstood(written)
    return int(exact)


def check_room(known: Collection[Multiplier], new: Multiplier) -> None:
    """Refuse one more than a guild may have.

    Raises:
        TooManyMultipliers: there are `MOST_MULTIPLIERS` others.
    """
    if sum(one.name != new.name for one in known) >= MOST_MULTIPLIERS:
        raise TooManyMultipliers(MOST_MULTIPLIERS)


class Place(NamedTuple):
    """Where something was earned."""

    channel_id: int
    """The thread, where it was in one."""
    parent_id: int = 0
    """The thread's channel; 0: it is no thread."""
    category_id: int = 0
    """0: the channel is in none."""


class Boost(NamedTuple):
    """A member's own factor for some time."""

    per_mille: int
    until: int
    """Milliseconds since 1970."""


class Stopped(Enum):
    """Why a factor is 0."""

    PLACE = auto()
    ELSEWHERE = auto()
    ROLE = auto()
    NO_ROLE = auto()
    SERVER = auto()


class Factor(NamedTuple):
    """A fraction; where it is 0, what made it so, and which place or role if it was one."""

    numerator: int
    denominator: int
    stopped: Stopped | None = None
    stopped_by: int = 0


@dataclass(frozen=True)
class Multipliers:
    """What staff set and members bought, in per mille."""

    places: Mapping[int, int] = field(default_factory=dict[int, int])
    """By thread, channel or category."""
    roles: Mapping[int, int] = field(default_factory=dict[int, int])
    boosts: Mapping[int, tuple[Boost, ...]] = field(default_factory=dict[int, tuple[Boost, ...]])
    """By member. Those that are over by now may still be among them."""


@dataclass(frozen=True)
class Rules:
    """Everything that decides what is earned in a guild."""

    settings: LevelingSettings
    zone: ZoneInfo
    """In which its days begin."""
    multipliers: Multipliers = field(default_factory=Multipliers)
    is_on: bool = True
    """Whether the guild has leveling at all."""
    prefix: str = ""
    """What is typed before commands; empty: nothing."""

    def __post_init__(self) -> None:
        """Gather the roles that matter, so that the others of a member need not be looked at."""
        named = {*self.settings.only_roles, *self.settings.without_roles, *self.multipliers.roles}
        object.__setattr__(self, "role_ids", tuple(sorted(named)))
        placed = self.settings.only_channels or self.settings.without_channels or self.multipliers.places
        object.__setattr__(self, "names_places", bool(placed))

    role_ids: tuple[int, ...] = field(init=False, default=())
    """Every role that a rule names."""
    names_places: bool = field(init=False, default=False)
    """Whether any rule asks where something was earned."""


_NONE = Factor(1, 1)


def factor_of(rules: Rules, place: Place, roles: tuple[int, ...], user_id: int, at: int) -> Factor:
    """What XP is multiplied by for a member in a place, at a moment in milliseconds since 1970.

    `roles` are those of the member's that the rules name, the highest first.
    """
    own = rules.settings.factor
    stopped = _shut_out(rules.settings, place, roles) or (None if own else Factor(0, 1, Stopped.SERVER))
    if stopped is not None:
        return stopped
    several = rules.multipliers
    if not several.places and not several.roles and not several.boosts:
        return _NONE if own == UNIT else Factor(own, UNIT)
    return _multiplied(rules, place, roles, max(_boosts(several, user_id, at), default=UNIT))


def _boosts(several: Multipliers, user_id: int, at: int) -> list[int]:
    return [one.per_mille for one in several.boosts.get(user_id, ()) if one.until > at]


def _multiplied(rules: Rules, place: Place, roles: tuple[int, ...], boost: int) -> Factor:
    several = rules.multipliers
    found = next((one for one in place if one in several.places), 0)
    of_place = several.places[found] if found else UNIT
    if not of_place:
        return Factor(0, 1, Stopped.PLACE, found)
    held = [role for role in roles if role in several.roles]
    of_roles, scale = combined([several.roles[role] for role in held], rules.settings.role_rule)
    if not of_roles:
        return Factor(0, 1, Stopped.ROLE, next((role for role in held if not several.roles[role]), held[0]))
    return Factor(of_place * of_roles * rules.settings.factor * boost, UNIT * scale * UNIT * UNIT)


def _shut_out(settings: LevelingSettings, place: Place, roles: tuple[int, ...]) -> Factor | None:
    if settings.without_channels:
        barred = next((one for one in place if one and one in settings.without_channels), 0)
        if barred:
            return Factor(0, 1, Stopped.PLACE, barred)
    if settings.only_channels and not any(one in settings.only_channels for one in place):
        return Factor(0, 1, Stopped.ELSEWHERE)
    if settings.without_roles:
        barred = next((role for role in roles if role in settings.without_roles), 0)
        if barred:
            return Factor(0, 1, Stopped.ROLE, barred)
    if settings.only_roles and not any(role in settings.only_roles for role in roles):
        return Factor(0, 1, Stopped.NO_ROLE)
    return None


def combined(factors: list[int], rule: RoleRule) -> tuple[int, int]:
    """The factor of several roles, the highest role's first, as a fraction. A 0 among them wins.

    Added are the gains: half as much again and twice as much are two and a half times as much. Losses that add up to
    more than everything leave nothing.
    """
    if not factors or 0 in factors:
        return (0 if factors else UNIT), UNIT
    if rule == "multiply":
        return reduce(mul, factors), UNIT ** len(factors)
    simple = {
        "highest": factors[0],
        "largest": max(factors),
        "smallest": min(factors),
        "add": max(sum(one - UNIT for one in factors) + UNIT, 0),
    }
    return simple[rule], UNIT
