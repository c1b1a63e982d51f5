"""Statements on claims: what may be had once a day, and for how many days in a row it was."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, case, select, update

from bot.db import dialect
from bot.db.models.economy import Claim
from bot.db.sessions import Session, WriteSession
from bot.db.types import UtcDateTime
from bot.domain.economy import DailyWindow


@cache
def _claim(name: str) -> Any:
    continued = Claim.last_at >= bindparam("streak_from", type_=UtcDateTime)
    streak = case((continued, Claim.streak + 1), else_=1)
    best = case((streak > Claim.best_streak, streak), else_=Claim.best_streak)
    # The second matters when the guild's zone changed since: one claim in a day, by the zone of now.
    ready = and_(
        Claim.ready_at <= bindparam("claimed_at", type_=UtcDateTime),
        Claim.last_at < bindparam("today", type_=UtcDateTime),
    )
    statement = dialect.upsert(name, Claim, changes={"streak": streak, "best_streak": best}, where=ready)
    return statement.returning(Claim.streak)


async def claim(
    session: WriteSession, guild_id: int, user_id: int, action: str, *, now: datetime, window: DailyWindow
) -> int | None:
    """Claim `action` in one statement; the streak with this claim, or None when it is not ready yet."""
    row = {
        "guild_id": guild_id,
        "user_id": user_id,
        "action": action,
        "last_at": now,
        "ready_at": window.ready_at,
        "streak": 1,
        "best_streak": 1,
        "streak_from": window.streak_from,
        "today": window.today,
        "claimed_at": now,
    }
    return (await session.execute(_claim(session.dialect.name), row)).scalar_one_or_none()


async def take_up_claim(session: WriteSession, guild_id: int, user_id: int, action: str, *, shadow: int) -> None:
    """Give somebody back the claim that was kept under their shadow, if one was: it is not ready any sooner."""
    mine = (Claim.guild_id == guild_id, Claim.user_id == shadow, Claim.action == action)
    await session.execute(update(Claim).where(*mine).values(user_id=user_id))


_ready_at = select(Claim.ready_at).where(
    Claim.guild_id == bindparam("guild_id"),
    Claim.user_id == bindparam("user_id"),
    Claim.action == bindparam("action"),
)


async def ready_at(session: Session, guild_id: int, user_id: int, action: str) -> datetime | None:
    """When a claim is ready again; None if it was never made."""
    parameters = {"guild_id": guild_id, "user_id": user_id, "action": action}
    return (await session.execute(_ready_at, parameters)).scalar_one_or_none()
