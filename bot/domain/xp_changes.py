"""What staff may do to members' XP: add, remove, set, begin anew, and take any of these back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.curves import Table
from bot.domain.leveling import MAX_XP, ChangeKind
from bot.errors import LevelAboveCap, XpOrLevel

UNDO_HOLDS = timedelta(days=30)
"""How long a change can be taken back."""

MOST_AT_ONCE = 1_000_000_000_000
"""XP in one order of staff."""

ADDED, REMOVED, CHANGED = "xp.add", "xp.remove", "xp.set"
RESET, UNDONE = "xp.reset", "xp.undo"
"""Actions of the audit log."""

ACTIONS: Mapping[ChangeKind, str] = {
    ChangeKind.ADD: ADDED,
    ChangeKind.REMOVE: REMOVED,
    ChangeKind.SET: CHANGED,
    ChangeKind.RESET: RESET,
    ChangeKind.UNDO: UNDONE,
}

UNDOABLE = frozenset({ChangeKind.ADD, ChangeKind.REMOVE, ChangeKind.SET, ChangeKind.RESET})
"""What can be taken back, member by member."""


@dataclass(frozen=True)
class XpOrder:
    """What is to be done to a member's XP. It is kept with its batch, as `stored` makes it and `of` reads it.

    To add, remove or set takes either XP or levels; to reset takes neither.
    """

    kind: ChangeKind
    xp: int | None = None
    level: int | None = None
    """How many levels; of `SET`, which one."""
    reason: str | None = None
    role_id: int | None = None
    """Of many: only those with this role; None: everybody who has XP."""

    def stored(self) -> dict[str, Any]:
        """The order as JSON."""
        return {
            "kind": self.kind.value,
            "xp": self.xp,
            "level": self.level,
            "reason": self.reason,
            "role": None if self.role_id is None else str(self.role_id),
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> XpOrder:
        """The order that was stored."""
        role = stored["role"]
        return cls(
            kind=ChangeKind(stored["kind"]),
            xp=stored["xp"],
            level=stored["level"],
            reason=stored["reason"],
            role_id=None if role is None else int(role),
        )


def check_order(order: XpOrder, table: Table) -> None:
    """Refuse an order that says nothing, or too much.

    Raises:
        XpOrLevel: it names neither XP nor a level, or both.
        LevelAboveCap: it sets a level that nobody can reach.
    """
    if order.kind is ChangeKind.RESET:
        return
    if (order.xp is None) == (order.level is None):
        raise XpOrLevel
    if order.kind is ChangeKind.SET and order.level is not None and order.level > table.cap:
        raise LevelAboveCap(order.level, table.cap)


def changed(order: XpOrder, before: int, table: Table) -> int:
    """The XP that a member has after an order, 0 to `MAX_XP`. Nobody falls below nothing.

    Who gains or loses levels keeps what they had into theirs, as far as it fits into the new one; who is set to a
    level stands at its beginning.

    Raises:
        What `check_order` raises.
    """
    check_order(order, table)
    match order.kind:
        case ChangeKind.ADD | ChangeKind.REMOVE:
            sign = 1 if order.kind is ChangeKind.ADD else -1
            if order.level is not None:
                return _levels_away(before, sign * order.level, table)
            after = before + sign * (order.xp or 0)
        case ChangeKind.SET:
            after = (order.xp or 0) if order.level is None else table.total(order.level)
        case _:
            after = 0
    return min(max(after, 0), MAX_XP)


def _levels_away(before: int, levels: int, table: Table) -> int:
    now = table.progress(before)
    level = min(max(now.level + levels, 0), table.cap)
    if level == now.level:
        return before if levels > 0 else table.total(level)  # there is no higher, or no lower one
    start = table.total(level)
    return start if level == table.cap else min(start + now.into, table.total(level + 1) - 1)


def taken_back(before: int, after: int, held: int) -> int:
    """The XP of a member with `held` once a change is taken back: what was earned since stays."""
    return min(max(held + before - after, 0), MAX_XP)


@dataclass(frozen=True)
class XpChange:
    """A change as it was written down."""

    id: int
    user_id: int
    kind: ChangeKind
    before: int
    """XP before."""
    after: int
    """XP after."""
    at: datetime
    changed_by: int | None
    reason: str | None = None
    batch_id: int | None = None
    undone_by: int | None = None
    """The change that took this one back."""

    def can_be_undone(self, now: datetime) -> bool:
        """Whether it is of a kind that can be taken back, and young enough, whether it was or not."""
        return self.kind in UNDOABLE and now - self.at <= UNDO_HOLDS
