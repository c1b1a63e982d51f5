"""Thousands of bans and timeouts that hold, on Discord and in the file, without anybody having typed them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from simcord.backend.models import Member, User
from sqlalchemy import insert

from bot.db.engine import Database
from bot.db.models.moderation import SanctionSlot
from bot.db.sessions import WriteSession
from bot.domain.cases import Case, CaseKind, CaseSource, CaseState, Slot
from bot.sandbox import World
from bot.services.case_file import CaseFile

WRITTEN_AT = datetime(2026, 3, 1, tzinfo=UTC)
_ROWS = 1_000
_KINDS = {Slot.BAN: CaseKind.BAN, Slot.TIMEOUT: CaseKind.TIMEOUT}


def sentence(world: World, guild_id: int, banned: Sequence[int], silent: Sequence[int], *, until: datetime) -> None:
    """Let people be banned from a guild, and members of it be timed out, on Discord."""
    backend = world.backend
    guild = backend.get_guild(guild_id)
    for user_id in (*banned, *silent):
        backend.users[user_id] = User(id=user_id, name=f"user{user_id}")
    guild.bans.update(dict.fromkeys(banned, "spam"))
    for user_id in silent:
        joined = backend.now_iso()
        guild.members[user_id] = Member(user_id=user_id, joined_at=joined, timed_out_until=until.isoformat())


async def write(
    database: Database, file: CaseFile, guild_id: int, banned: Sequence[int], silent: Sequence[int], *, until: datetime
) -> None:
    """Their cases, and what Discord is believed to hold. Bans are for good, timeouts end."""
    members = [(user_id, Slot.BAN, None) for user_id in banned] + [(user_id, Slot.TIMEOUT, until) for user_id in silent]

    async def unit(session: WriteSession) -> None:
        for begin in range(0, len(members), _ROWS):
            some = members[begin : begin + _ROWS]
            await file.open_all(session, [_case(guild_id, *one) for one in some])
            await session.execute(insert(SanctionSlot), [_slot(guild_id, *one) for one in some])

    await database.transact(unit)


def _case(guild_id: int, user_id: int, slot: Slot, ends: datetime | None) -> Case:
    kind, source = _KINDS[slot], CaseSource.COMMAND
    return Case(guild_id, 0, kind, CaseState.ACTIVE, user_id, 90, "spam", source, WRITTEN_AT, expires_at=ends)


def _slot(guild_id: int, user_id: int, slot: Slot, ends: datetime | None) -> dict[str, Any]:
    return {
        "guild_id": guild_id, "user_id": user_id, "slot": slot, "version": 1, "attempts": 0, "due_at": ends,
        "holds": True, "holds_until": ends, "away": False,
    }  # fmt: skip
