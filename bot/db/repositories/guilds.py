"""Statements on guilds, users and members."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Table, func, or_, select, tuple_, update
from sqlalchemy import delete as sql_delete

from bot.db import dialect
from bot.db.base import Base
from bot.db.models.core import Guild, Member, User
from bot.db.repositories.shards import served_by
from bot.db.sessions import Session, WriteSession
from bot.domain.guilds import GuildSeen, MemberSeen, Presence, ShardRange, UserSeen
from bot.domain.people import folded

_NO_NAME = ""
"""What Discord lets no guild be called."""


async def upsert_guilds(session: WriteSession, guilds: Sequence[GuildSeen]) -> None:
    """Take over what is known of guilds that the bot is in; one that was left is back, with nothing erased."""
    rows = [
        {
            "id": seen.id,
            "name": seen.name,
            "icon": seen.icon,
            "owner_id": seen.owner_id,
            "member_count": seen.member_count,
            "joined_at": seen.joined_at,
            "last_synced_at": seen.seen_at,
            "left_at": None,
            "erase_at": None,
            "lease_until": None,
            "lease_token": None,
        }
        for seen in sorted(guilds, key=lambda seen: seen.id)
    ]
    if rows:
        await session.execute(dialect.upsert(session.dialect.name, Guild), rows)


async def presence(session: WriteSession, guild_id: int) -> Presence | None:
    """What was written of a guild before, locked until the transaction ends; None if nothing was."""
    query = select(Guild.joined_at, Guild.left_at, Guild.created_at).where(Guild.id == guild_id).with_for_update()
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Presence(row.joined_at, row.left_at, row.created_at)


async def name_of(session: Session, guild_id: int) -> str | None:
    """What a guild was called when it was seen last; None if it never was."""
    return (await session.execute(select(Guild.name).where(Guild.id == guild_id))).scalar_one_or_none()


async def upsert_users(session: WriteSession, users: Sequence[UserSeen]) -> None:
    """Take over what is known of users."""
    rows = [asdict(seen) for seen in sorted(users, key=lambda seen: seen.id)]
    if rows:
        await session.execute(dialect.upsert(session.dialect.name, User), rows)


async def upsert_members(session: WriteSession, members: Sequence[MemberSeen]) -> None:
    """Take over what is known of members who are here."""
    rows: list[dict[str, Any]] = []
    for seen in sorted(members, key=lambda seen: (seen.guild_id, seen.user_id)):
        row = {
            **asdict(seen),
            "role_ids": list(seen.role_ids),
            "left_at": None,
            "search_name": folded(seen.display_name),
        }
        del row["display_name"]
        rows.append(row)
    if not rows:
        return
    statement = dialect.insert(session.dialect.name, Member)
    active = func.coalesce(statement.excluded.last_active_at, Member.last_active_at)
    await session.execute(dialect.upsert(session.dialect.name, Member, changes={"last_active_at": active}), rows)


async def mark_members_left(session: WriteSession, left: Sequence[tuple[int, int, datetime]]) -> None:
    """Note that members left: (guild, user, when) each. What else is known of them stays."""
    for guild_id, user_id, at in sorted(left):
        await session.execute(
            update(Member).where(Member.guild_id == guild_id, Member.user_id == user_id).values(left_at=at)
        )


async def mark_left(session: WriteSession, guild_ids: Collection[int], *, at: datetime, erase_at: datetime) -> None:
    """Note that the bot is no longer in these guilds and when their data goes; those noted before keep their time."""
    await session.execute(
        update(Guild)
        .where(Guild.id.in_(sorted(guild_ids)), Guild.left_at.is_(None))
        .values(left_at=at, erase_at=erase_at)
    )


async def present_ids(session: Session) -> list[int]:
    """The ids of all guilds that the bot was in when it last looked."""
    return list((await session.execute(select(Guild.id).where(Guild.left_at.is_(None)))).scalars())


async def next_erasure(session: Session, shards: ShardRange) -> datetime | None:
    """When the next guild of these shards is due to be erased, or its lease runs out if one is at it."""
    due = func.min(func.coalesce(Guild.lease_until, Guild.erase_at))
    return (
        await session.execute(select(due).where(Guild.erase_at.is_not(None), served_by(Guild.id, shards)))
    ).scalar_one()


async def claim_erasures(
    session: WriteSession, shards: ShardRange, *, now: datetime, lease_until: datetime, token: int, limit: int
) -> list[int]:
    """Take up to `limit` guilds that are due to be erased and that nobody is at."""
    free = or_(Guild.lease_until.is_(None), Guild.lease_until <= now)
    # A CTE, because PostgreSQL may run an IN (SELECT … LIMIT … SKIP LOCKED) once for each row it compares.
    due = (
        select(Guild.id)
        .where(Guild.erase_at <= now, free, served_by(Guild.id, shards))
        .order_by(Guild.erase_at, Guild.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Guild)
        .cte("due")
    )
    claimed = await session.execute(
        update(Guild).where(Guild.id == due.c.id).values(lease_until=lease_until, lease_token=token).returning(Guild.id)
    )
    return sorted(claimed.scalars())


async def begin_erasing(session: WriteSession, guild_id: int, token: int, *, lease_until: datetime) -> bool:
    """Lock a claimed guild's row and take its name, which says that it is being erased; the lease begins anew.

    False when the claim is lost, or the bot came back meanwhile.
    """
    mine = update(Guild).where(Guild.id == guild_id, Guild.lease_token == token, Guild.erase_at.is_not(None))
    row = await session.execute(mine.values(name=_NO_NAME, icon=None, lease_until=lease_until).returning(Guild.id))
    return row.first() is not None


async def half_erased(session: WriteSession, guild_ids: Collection[int]) -> list[int]:
    """Those of these guilds that somebody has begun to erase. The rows of all of them are locked."""
    if not guild_ids:
        return []
    locked = select(Guild.id, Guild.name).where(Guild.id.in_(sorted(guild_ids))).order_by(Guild.id).with_for_update()
    return [row.id for row in await session.execute(locked) if row.name == _NO_NAME]


async def erase_some(session: WriteSession, guild_id: int, *, at: int, limit: int) -> int | None:
    """Delete up to `limit` rows of a guild in the tables from number `at` on.

    The number of the table to go on with; None: there were fewer, and nothing of the guild is left but its own row.
    """
    left = limit
    for number, table in enumerate(_owned()[at:], at):
        key = tuple_(*table.primary_key.columns)
        some = select(*table.primary_key.columns).where(table.c.guild_id == guild_id).limit(left)
        gone = await session.execute(sql_delete(table).where(key.in_(some)))
        left -= gone.rowcount
        if left <= 0:
            return number
    return None


async def erase(session: WriteSession, guild_id: int) -> None:
    """Delete every row of a guild in every guild-owned table, and the guild's own."""
    for table in _owned():
        await session.execute(sql_delete(table).where(table.c.guild_id == guild_id))
    await session.execute(sql_delete(Guild).where(Guild.id == guild_id))


@cache
def _owned() -> tuple[Table, ...]:
    # Children before parents, as foreign keys want it; a new table is included by being in the metadata.
    return tuple(table for table in reversed(Base.metadata.sorted_tables) if "guild_id" in table.c)
