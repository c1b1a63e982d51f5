"""Statements on which cases have to do with each other."""

from __future__ import annotations

from sqlalchemy import and_, delete, or_, select

from bot.db import dialect
from bot.db.models.case_file import CaseLink
from bot.db.sessions import Session, WriteSession


async def of_case(session: Session, guild_id: int, number: int) -> list[int]:
    """The numbers of all cases that one is linked to, in their order."""
    here = CaseLink.guild_id == guild_id
    either = or_(CaseLink.number == number, CaseLink.other == number)
    found = await session.execute(select(CaseLink.number, CaseLink.other).where(here, either))
    return sorted(row.other if row.number == number else row.number for row in found)


async def add(session: WriteSession, guild_id: int, one: int, another: int) -> None:
    """Link two cases that are not."""
    row = {"guild_id": guild_id, "number": min(one, another), "other": max(one, another)}
    await session.execute(dialect.insert(session.dialect.name, CaseLink), row)


async def remove(session: WriteSession, guild_id: int, one: int, another: int) -> None:
    """Link two cases no longer."""
    both = and_(CaseLink.number == min(one, another), CaseLink.other == max(one, another))
    await session.execute(delete(CaseLink).where(CaseLink.guild_id == guild_id, both))
