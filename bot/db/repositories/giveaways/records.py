"""What the database holds of people that rules and bonuses of giveaways ask for, many at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select

from bot.db.models.economy import Account
from bot.db.models.leveling import MemberLevel, XpPeriod
from bot.db.sessions import Session
from bot.domain.economy import Pocket
from bot.domain.leveling import Span


async def xp(session: Session, guild_id: int, people: Collection[int]) -> dict[int, int]:
    """The XP of those who have some."""
    query = select(MemberLevel.user_id, MemberLevel.xp).where(
        MemberLevel.guild_id == guild_id, MemberLevel.user_id.in_(sorted(people))
    )
    return {row.user_id: row.xp for row in await session.execute(query)}


async def messages(session: Session, guild_id: int, people: Collection[int], since: date) -> dict[int, int]:
    """How many messages of these people counted, on that day of the guild's calendar and after."""
    query = (
        select(XpPeriod.user_id, func.sum(XpPeriod.messages).label("written"))
        .where(
            XpPeriod.guild_id == guild_id,
            XpPeriod.span == Span.DAY,
            XpPeriod.begins >= since,
            XpPeriod.user_id.in_(sorted(people)),
        )
        .group_by(XpPeriod.user_id)
    )
    return {row.user_id: int(row.written) for row in await session.execute(query)}


async def coins(session: Session, guild_id: int, people: Collection[int]) -> dict[int, dict[Pocket, int]]:
    """What is in the wallets and banks of these people; a pocket that was never touched is not there."""
    query = select(Account.holder, Account.pocket, Account.balance).where(
        Account.guild_id == guild_id,
        Account.holder.in_(sorted(people)),
        Account.pocket.in_((Pocket.WALLET, Pocket.BANK)),
    )
    found: dict[int, dict[Pocket, int]] = {}
    for row in await session.execute(query):
        found.setdefault(row.holder, {})[row.pocket] = row.balance
    return found
