"""Statements on claims: what may be had once in a while, and how often in a row it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, select, update

from bot.db import dialect
from bot.db.models.economy import Claim
from bot.db.sessions import Session, WriteSession
from bot.db.types import UtcDateTime
from bot.domain.claims import Term
from bot.domain.economy import ClaimAction


@cache
def _claim(name: str) -> Any:
    continued = Claim.ready_at > bindparam("streak_after", type_=UtcDateTime)
    streak = case((continued, Claim.streak + 1), else_=1)
    best = case((streak > Claim.best_streak, streak), else_=Claim.best_streak)
    ready = and_(
        Claim.last_at <= bindparam("last_by", type_=UtcDateTime),
        Claim.ready_at <= bindparam("over_by", type_=UtcDateTime),
    )
    statement = dialect.upsert(name, Claim, changes={"streak": streak, "best_streak": best}, where=ready)
    return statement.returning(Claim.streak, Claim.best_streak)


@dataclass(frozen=True)
class Taken:
    """A claim that was just made."""

    streak: int
    best: int
    """The longest streak there ever was, this one included."""

    @property
    def may_be_first(self) -> bool:
        """Whether there may have been none before; a later one looks the same where no streak ever began."""
        return self.best == 1


async def claim(
    session: WriteSession, guild_id: int, user_id: int, action: str, *, now: datetime, term: Term
) -> Taken | None:
    """Claim `action` in one statement, which locks its row; None when it is not ready yet."""
    row = {
        "guild_id": guild_id,
        "user_id": user_id,
        "action": action,
        "last_at": now,
        "ready_at": term.ready_at,
        "streak": 1,
        "best_streak": 1,
        "last_by": term.last_by,
        "over_by": term.over_by,
        "streak_after": term.streak_after,
    }
    found = (await session.execute(_claim(session.dialect.name), row)).one_or_none()
    return None if found is None else Taken(*found)


@dataclass(frozen=True)
class LastClaim:
    """A claim as it stands: when it was made, and when its term ends."""

    at: datetime
    ready_at: datetime


_last = select(Claim.last_at, Claim.ready_at).where(
    Claim.guild_id == bindparam("guild_id"),
    Claim.user_id == bindparam("user_id"),
    Claim.action == bindparam("action"),
)


async def last(session: Session, guild_id: int, user_id: int, action: str) -> LastClaim | None:
    """The last claim; None if there was never one."""
    parameters = {"guild_id": guild_id, "user_id": user_id, "action": action}
    found = (await session.execute(_last, parameters)).one_or_none()
    return None if found is None else LastClaim(found.last_at, found.ready_at)


async def take_up(session: WriteSession, guild_id: int, user_id: int, action: str, *, shadow: int) -> bool:
    """Give somebody back the claim that was kept under their shadow, instead of the one just made; False: none was."""
    if await last(session, guild_id, shadow, action) is None:
        return False
    of_action = (Claim.guild_id == guild_id, Claim.action == action)
    await session.execute(delete(Claim).where(*of_action, Claim.user_id == user_id))
    await session.execute(update(Claim).where(*of_action, Claim.user_id == shadow).values(user_id=user_id))
    return True


_best_streaks = select(Claim.action, Claim.best_streak).where(
    Claim.guild_id == bindparam("guild_id"), Claim.user_id == bindparam("user_id")
)


async def best_streaks(session: Session, guild_id: int, user_id: int) -> dict[ClaimAction, int]:
    """The longest streak that a member ever had of each kind of claim; without those never made."""
    rows = await session.execute(_best_streaks, {"guild_id": guild_id, "user_id": user_id})
    return dict(rows.all())
