"""What another curve does to a guild: who would be where with which roles, and how levels stay what they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot.domain.curves import Curve, Preset, Table
from bot.domain.level_rewards import roles_at
from bot.domain.leveling import MAX_XP, Reward
from bot.domain.leveling_settings import CurveSettings
from bot.errors import CurveNotUnderstood

MOST_KEPT = 50_000
"""Members whose XP can be changed at once so that their levels stay."""

BARS = 10
"""Groups of levels, at most."""

MARKS = (10, 25, 50)
"""Levels of which it is told how long they take."""

Range = tuple[int, int | None]
"""XP from the one up to, but without, the other; None: without an end."""

_NUMBER = re.compile(r"-?\d{1,7}(?:[.,]\d{1,6})?")
_LONGEST = 12


class Keep(StrEnum):
    """What stays when the curve changes."""

    XP = "xp"
    LEVELS = "levels"


def numbers_of(written: str) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """The four numbers of a custom curve, from that of the cube to the constant, with white space between them.

    Raises:
        CurveNotUnderstood: these are not four numbers, or one is too long.
    """
    parts = written.split()
    if len(parts) != len(("c3", "c2", "c1", "c0")):
        raise CurveNotUnderstood
    if any(len(one) > _LONGEST or _NUMBER.fullmatch(one) is None for one in parts):
        raise CurveNotUnderstood
    c3, c2, c1, c0 = (Decimal(one.replace(",", ".")) for one in parts)
    return c3, c2, c1, c0


def written_numbers(settings: CurveSettings) -> str:
    """The four numbers as `numbers_of` reads them; empty for a preset."""
    return " ".join(f"{one.normalize():f}" for one in settings.coefficients or ())


def wanted(preset: Preset, numbers: str | None, cap: int) -> CurveSettings:
    """The settings that somebody asks for. Numbers mean a custom curve, whatever preset stands beside them.

    Raises:
        CurveNotUnderstood: a custom curve without numbers, or with something else.
        CurveUnsound: levels can't be counted on it.
    """
    if numbers is None and preset is Preset.CUSTOM:
        raise CurveNotUnderstood
    chosen = (
        CurveSettings(preset=preset, cap=cap)
        if numbers is None
        else CurveSettings(preset=Preset.CUSTOM, coefficients=numbers_of(numbers), cap=cap)
    )
    chosen.curve.table()
    return chosen


def kept(xp: int, old: Table, new: Table) -> int:
    """The XP on the new curve that leaves somebody at their level, as far into it as they were.

    Who is above its highest level comes to that one.
    """
    now = old.progress(xp)
    level = min(now.level, new.cap)
    start = new.total(level)
    if level == new.cap:
        return min(start + (now.into if level == now.level else 0), MAX_XP)
    step = new.total(level + 1) - start
    if now.step is None:  # how far into a level that had no end can't be said
        return start + min(now.into, step - 1)
    return start + now.into * step // now.step


@dataclass(frozen=True)
class Swap:
    """A role that members with so much XP would get, or lose."""

    role_id: int
    gained: tuple[Range, ...]
    lost: tuple[Range, ...]


def swaps(rewards: Sequence[Reward], old: Table, new: Table, *, take: bool) -> tuple[Swap, ...]:
    """Whose roles would be others if everybody kept their XP, by what they have. Nobody loses any without `take`."""
    edges = {0}
    for one in rewards:
        edges |= {table.total(one.level) for table in (old, new) if one.level <= table.cap}
    order = sorted(edges)
    gained: Mapping[int, list[Range]] = defaultdict(list)
    lost: Mapping[int, list[Range]] = defaultdict(list)
    for begin, end in zip(order, [*order[1:], None], strict=True):
        before = {role for _level, role in roles_at(rewards, old.level(begin))}
        after = {role for _level, role in roles_at(_within(rewards, new), new.level(begin))}
        for role in after - before:
            gained[role].append((begin, end))
        for role in (before - after) if take else ():
            lost[role].append((begin, end))
    return tuple(Swap(role, tuple(gained[role]), tuple(lost[role])) for role in sorted({*gained, *lost}))


def _within(rewards: Sequence[Reward], table: Table) -> list[Reward]:
    return [one for one in rewards if one.level <= table.cap]


@dataclass(frozen=True)
class Group:
    """Some levels beside each other, and how many members are in them."""

    first: int
    last: int
    now: int
    then: int


def group_edges(highest: int, old: Table, new: Table) -> tuple[list[int], list[Range], list[Range]]:
    """The first levels of up to `BARS` groups, for a guild whose best member has so much XP; and what XP each is."""
    top = max(old.level(highest), new.level(highest))
    width = -(-(top + 1) // BARS)
    firsts = list(range(0, top + 1, width))
    return firsts, _ranges(firsts, old), _ranges(firsts, new)


def _ranges(firsts: Sequence[int], table: Table) -> list[Range]:
    """Levels above the cap have nobody: their range is empty."""
    totals = [table.total(one) if one <= table.cap else MAX_XP + 1 for one in firsts]
    return list(zip(totals, [*totals[1:], None], strict=True))


def days_to(curve: Curve, level: int, daily: int) -> int | None:
    """How many days it takes from nothing to a level with so much XP a day; None: never."""
    table = curve.table()
    return None if level > table.cap or daily <= 0 else -(-table.total(level) // daily)
