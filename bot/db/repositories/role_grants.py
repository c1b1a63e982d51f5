"""Statements on role grants and on the members they belong to.

Whoever changes a grant locks the member's duty first (`touch`, `lock_claim`), so changes of one member come one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, or_, select, tuple_, update

from bot.db import dialect
from bot.db.models.role_grants import RoleDuty, RoleGrant
from bot.db.repositories.shards import served_by
from bot.db.sessions import Session, WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.role_grants import Claimed, Grant, GrantState
from bot.domain.roles import Problem

_LIVE = RoleGrant.state != GrantState.ENDED
_COLUMNS = (
    RoleGrant.guild_id,
    RoleGrant.user_id,
    RoleGrant.role_id,
    RoleGrant.source,
    RoleGrant.state,
    RoleGrant.expires_at,
    RoleGrant.granted_by,
    RoleGrant.reason,
    RoleGrant.applied,
    RoleGrant.membership,
    RoleGrant.problem,
    RoleGrant.detail,
)


def _grant(row: Any) -> Grant:
    return Grant(
        user_id=row.user_id,
        role_id=row.role_id,
        source=row.source,
        state=row.state,
        until=row.expires_at,
        granted_by=row.granted_by,
        reason=row.reason,
        applied=row.applied,
        membership=row.membership,
        problem=row.problem,
        detail=row.detail,
    )


def _values(guild_id: int, grant: Grant, now: datetime) -> Mapping[str, Any]:
    return {
        "guild_id": guild_id,
        "user_id": grant.user_id,
        "role_id": grant.role_id,
        "source": grant.source,
        "state": grant.state,
        "expires_at": grant.until,
        "granted_by": grant.granted_by,
        "reason": grant.reason,
        "applied": grant.applied,
        "membership": grant.membership,
        "problem": grant.problem,
        "detail": grant.detail,
        "ended_at": now if grant.state is GrantState.ENDED else None,
    }


async def touch(session: WriteSession, guild_id: int, user_id: int, *, now: datetime) -> None:
    """Lock a member's duty, and make it due now, or after whoever is at it."""
    free = RoleDuty.lease_token.is_(None)
    changes: dict[str, ColumnElement[Any]] = {
        "version": RoleDuty.version + 1,
        "due_at": case((free, now), else_=RoleDuty.due_at),
        "attempts": case((free, 0), else_=RoleDuty.attempts),
    }
    row = {"guild_id": guild_id, "user_id": user_id, "due_at": now, "version": 1, "attempts": 0}
    await session.execute(dialect.upsert(session.dialect.name, RoleDuty, keep=["lease_token"], changes=changes), row)


async def look(session: WriteSession, guild_id: int, user_ids: Collection[int], *, now: datetime) -> None:
    """Make the duties of these members due now, or after whoever is at them; other members have none."""
    free = RoleDuty.lease_token.is_(None)
    await session.execute(
        update(RoleDuty)
        .where(RoleDuty.guild_id == guild_id, RoleDuty.user_id.in_(sorted(user_ids)))
        .values(version=RoleDuty.version + 1, due_at=case((free, now), else_=RoleDuty.due_at))
    )


async def find(session: Session, guild_id: int, user_id: int, role_id: int, source: str) -> Grant | None:
    """One grant, ended or not."""
    query = select(*_COLUMNS).where(
        RoleGrant.guild_id == guild_id,
        RoleGrant.user_id == user_id,
        RoleGrant.role_id == role_id,
        RoleGrant.source == source,
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _grant(row)


async def put(session: WriteSession, guild_id: int, grants: Sequence[Grant], *, now: datetime) -> None:
    """Write grants as they are to be, new or not; those that are ended end now."""
    rows = [_values(guild_id, one, now) for one in sorted(grants, key=lambda one: (one.role_id, one.source))]
    if rows:
        await session.execute(dialect.upsert(session.dialect.name, RoleGrant), rows)


async def of_members(session: Session, guild_id: int, user_ids: Collection[int]) -> Mapping[int, tuple[Grant, ...]]:
    """All grants of these members that are not ended, by member."""
    query = (
        select(*_COLUMNS)
        .where(RoleGrant.guild_id == guild_id, RoleGrant.user_id.in_(sorted(user_ids)), _LIVE)
        .order_by(RoleGrant.user_id, RoleGrant.role_id, RoleGrant.source)
    )
    return _by_member(await session.execute(query))


def _by_member(rows: Iterable[Any]) -> Mapping[int, tuple[Grant, ...]]:
    found: dict[int, list[Grant]] = {}
    for row in rows:
        found.setdefault(row.user_id, []).append(_grant(row))
    return {user_id: tuple(grants) for user_id, grants in found.items()}


async def of_role(session: Session, guild_id: int, role_id: int) -> Mapping[int, tuple[Grant, ...]]:
    """All grants of a role that are not ended, by member."""
    query = (
        select(*_COLUMNS)
        .where(RoleGrant.guild_id == guild_id, RoleGrant.role_id == role_id, _LIVE)
        .order_by(RoleGrant.user_id, RoleGrant.source)
    )
    return _by_member(await session.execute(query))


async def of_member(session: Session, guild_id: int, user_id: int, *, now: datetime) -> tuple[tuple[Grant, ...], bool]:
    """All grants of a member that are not ended, and whether somebody is at them: both at the same moment."""
    leased = exists().where(
        RoleDuty.guild_id == RoleGrant.guild_id,
        RoleDuty.user_id == RoleGrant.user_id,
        RoleDuty.lease_token.is_not(None),
        RoleDuty.due_at > now,
    )
    query = select(*_COLUMNS, leased.label("leased")).where(
        RoleGrant.guild_id == guild_id, RoleGrant.user_id == user_id, _LIVE
    )
    found: list[Any] = list(await session.execute(query))
    return tuple(_grant(row) for row in found), any(row.leased for row in found)


async def shown(session: Session, guild_id: int, user_id: int | None, *, limit: int) -> tuple[list[Grant], int]:
    """The grants of a guild, or of one member there, that are not ended: those that end first, and how many in all."""
    mine = [RoleGrant.guild_id == guild_id, _LIVE]
    if user_id is not None:
        mine.append(RoleGrant.user_id == user_id)
    order = (RoleGrant.expires_at.is_(None), RoleGrant.expires_at, RoleGrant.user_id, RoleGrant.role_id)
    rows = await session.execute(select(*_COLUMNS).where(*mine).order_by(*order, RoleGrant.source).limit(limit))
    found = [_grant(row) for row in rows]
    total = (await session.execute(select(func.count()).select_from(RoleGrant).where(*mine))).scalar_one()
    return found, total


async def next_due(session: Session, shards: ShardRange, *, without: Collection[int] = ()) -> datetime | None:
    """When the next member of these shards is to be looked at, but for those of the guilds `without`."""
    query = select(func.min(RoleDuty.due_at)).where(RoleDuty.due_at.is_not(None), _of(shards, without))
    return (await session.execute(query)).scalar_one()


def _of(shards: ShardRange, without: Collection[int]) -> ColumnElement[bool]:
    served = served_by(RoleDuty.guild_id, shards)
    return and_(served, RoleDuty.guild_id.not_in(sorted(without))) if without else served


async def lock_due(
    session: WriteSession, shards: ShardRange, *, now: datetime, limit: int, without: Collection[int] = ()
) -> list[tuple[int, int]]:
    """Up to `limit` members that are due and not locked by another, those due longest first: guild and member."""
    due = (
        select(RoleDuty.guild_id, RoleDuty.user_id)
        .where(RoleDuty.due_at <= now, _of(shards, without))
        .order_by(RoleDuty.due_at, RoleDuty.guild_id, RoleDuty.user_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.guild_id, row.user_id) for row in await session.execute(due)]


async def claim_locked(
    session: WriteSession, pairs: Sequence[tuple[int, int]], *, now: datetime, lease_until: datetime, token: int
) -> list[Claimed]:
    """Take these members, which the transaction has locked, with their grants."""
    if not pairs:
        return []
    here = tuple_(RoleDuty.guild_id, RoleDuty.user_id).in_(sorted(pairs))
    return await _claim(session, here, now=now, lease_until=lease_until, token=token)


async def claim_one(
    session: WriteSession, guild_id: int, user_id: int, *, now: datetime, lease_until: datetime, token: int
) -> Claimed | None:
    """Take one member, due or not; None if somebody is at them."""
    free = or_(RoleDuty.lease_token.is_(None), RoleDuty.due_at <= now)
    here = and_(RoleDuty.guild_id == guild_id, RoleDuty.user_id == user_id, free)
    claimed = await _claim(session, here, now=now, lease_until=lease_until, token=token)
    return claimed[0] if claimed else None


async def _claim(
    session: WriteSession, which: ColumnElement[bool], *, now: datetime, lease_until: datetime, token: int
) -> list[Claimed]:
    statement = (
        update(RoleDuty)
        .where(which)
        .values(due_at=lease_until, lease_token=token, attempts=RoleDuty.attempts + 1)
        .returning(RoleDuty.guild_id, RoleDuty.user_id, RoleDuty.version, RoleDuty.attempts)
    )
    duties = (await session.execute(statement)).all()
    pairs = sorted((duty.guild_id, duty.user_id) for duty in duties)
    if not pairs:
        return []
    query = (
        select(*_COLUMNS)
        .where(tuple_(RoleGrant.guild_id, RoleGrant.user_id).in_(pairs), _LIVE)
        .order_by(RoleGrant.role_id, RoleGrant.source)
    )
    grants: dict[tuple[int, int], list[Grant]] = {pair: [] for pair in pairs}
    for row in await session.execute(query):
        grants[row.guild_id, row.user_id].append(_grant(row))
    return [
        Claimed(duty.guild_id, duty.user_id, token, duty.version, duty.attempts, now, tuple(grants[pair]))
        for duty in sorted(duties, key=lambda duty: (duty.guild_id, duty.user_id))
        for pair in [(duty.guild_id, duty.user_id)]
    ]


async def lock_claim(session: WriteSession, claimed: Claimed) -> int | None:
    """Lock a claimed duty; its version now, or None when the claim is lost."""
    query = select(RoleDuty.version).where(_claimed(claimed)).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


def _claimed(claimed: Claimed) -> ColumnElement[bool]:
    return and_(
        RoleDuty.guild_id == claimed.guild_id,
        RoleDuty.user_id == claimed.user_id,
        RoleDuty.lease_token == claimed.token,
    )


async def mark_ours(session: WriteSession, claimed: Claimed, role_ids: Collection[int]) -> None:
    """Note that these roles are about to be given: found on the member later, they are ours."""
    await session.execute(
        update(RoleGrant)
        .where(
            RoleGrant.guild_id == claimed.guild_id,
            RoleGrant.user_id == claimed.user_id,
            RoleGrant.role_id.in_(sorted(role_ids)),
            RoleGrant.state.in_((GrantState.WANTED, GrantState.HELD, GrantState.FAILED)),
        )
        .values(applied=True)
    )


async def write_facts(
    session: WriteSession,
    claimed: Claimed,
    *,
    added: Collection[int],
    removed: Collection[int],
    membership: datetime | None,
) -> None:
    """Note what was done to a member whose grants changed meanwhile; their states belong to whoever changed them."""
    here = and_(RoleGrant.guild_id == claimed.guild_id, RoleGrant.user_id == claimed.user_id, _LIVE)
    if added:
        given = and_(here, RoleGrant.role_id.in_(sorted(added)), RoleGrant.state != GrantState.DECLINED)
        await session.execute(update(RoleGrant).where(given).values(applied=True, membership=membership))
    if removed:
        taken = and_(here, RoleGrant.role_id.in_(sorted(removed)))
        state = case((RoleGrant.state == GrantState.HELD, GrantState.WANTED.value), else_=RoleGrant.state)
        await session.execute(update(RoleGrant).where(taken).values(applied=False, state=state))


async def release(session: WriteSession, claimed: Claimed, *, due_at: datetime | None, failed: bool) -> None:
    """Give a claimed duty back, due at that time. One that did not fail begins to count its tries anew."""
    attempts: dict[str, Any] = {} if failed else {"attempts": 0}
    await session.execute(update(RoleDuty).where(_claimed(claimed)).values(lease_token=None, due_at=due_at, **attempts))


async def guilds_with_grants(session: Session, shards: ShardRange) -> list[int]:
    """The guilds of these shards with members who have grants."""
    query = select(RoleDuty.guild_id).where(served_by(RoleDuty.guild_id, shards)).distinct().order_by(RoleDuty.guild_id)
    return list((await session.execute(query)).scalars())


async def members_with_grants(session: Session, guild_id: int, *, after: int, limit: int) -> list[int]:
    """Up to `limit` members of a guild with grants that are not ended, in the order of their ids."""
    query = (
        select(RoleGrant.user_id)
        .where(RoleGrant.guild_id == guild_id, RoleGrant.user_id > after, _LIVE)
        .distinct()
        .order_by(RoleGrant.user_id)
        .limit(limit)
    )
    return list((await session.execute(query)).scalars())


def _old(before: datetime) -> ColumnElement[bool]:
    """Ended before that time, or waiting since then for a member to return only to be ended."""
    waits = and_(RoleGrant.state == GrantState.ENDING, RoleGrant.problem == Problem.AWAY, RoleGrant.updated_at < before)
    return or_(RoleGrant.ended_at < before, waits)


async def with_old(session: Session, *, before: datetime, limit: int) -> list[tuple[int, int]]:
    """Up to `limit` members at whom nobody is, with grants to be forgotten or with none at all: guild and member.

    It looks at every grant, so it is asked where nobody waits for it, and not inside the transaction that forgets.
    """
    free = and_(
        RoleDuty.guild_id == RoleGrant.guild_id,
        RoleDuty.user_id == RoleGrant.user_id,
        RoleDuty.lease_token.is_(None),
    )
    # Not DISTINCT: for the order that it sorts out duplicates by, SQLite takes forty times as long.
    query = select(RoleGrant.guild_id, RoleGrant.user_id).where(_old(before), exists().where(free)).limit(limit)
    found = {(row.guild_id, row.user_id) for row in await session.execute(query)}
    # Whoever ends a grant that is not there leaves one; so does whatever else takes the last grant away.
    bare = select(RoleDuty.guild_id, RoleDuty.user_id).where(
        RoleDuty.lease_token.is_(None), RoleDuty.due_at.is_(None), ~_has_grants()
    )
    found |= {(row.guild_id, row.user_id) for row in await session.execute(bare.limit(limit))}
    return sorted(found)


def _has_grants() -> ColumnElement[bool]:
    return exists().where(RoleGrant.guild_id == RoleDuty.guild_id, RoleGrant.user_id == RoleDuty.user_id)


async def prune(session: WriteSession, *, before: datetime, pairs: Collection[tuple[int, int]]) -> int:
    """Of these members delete the grants that are old, and duties left without a grant; how many were looked at."""
    # Locked first: a grant that is renewed meanwhile is seen by the statements below, or waits for them.
    locked = (
        select(RoleDuty.guild_id, RoleDuty.user_id)
        .where(RoleDuty.lease_token.is_(None), tuple_(RoleDuty.guild_id, RoleDuty.user_id).in_(sorted(pairs)))
        .with_for_update(skip_locked=True)
    )
    mine = [(row.guild_id, row.user_id) for row in await session.execute(locked)]
    if mine:
        old = _old(before)
        await session.execute(delete(RoleGrant).where(tuple_(RoleGrant.guild_id, RoleGrant.user_id).in_(mine), old))
        await session.execute(
            delete(RoleDuty).where(tuple_(RoleDuty.guild_id, RoleDuty.user_id).in_(mine), ~_has_grants())
        )
    return len(mine)


async def untended(session: Session, guild_id: int, most: int) -> list[tuple[int, int]]:
    """Up to `most` grants that nobody would ever look at, or not when they end: member and role."""
    duty = and_(RoleDuty.guild_id == RoleGrant.guild_id, RoleDuty.user_id == RoleGrant.user_id)
    # A look that was due at once when it was written is no later than it can be, also when the end has passed before.
    planned = and_(RoleDuty.attempts == 0, RoleDuty.due_at > RoleDuty.updated_at)
    late = or_(RoleDuty.due_at.is_(None), and_(RoleDuty.due_at > RoleGrant.expires_at, planned))
    live = RoleGrant.state.not_in((GrantState.ENDED, GrantState.ENDING))
    missed = exists().where(duty, RoleDuty.lease_token.is_(None), RoleGrant.expires_at.is_not(None), live, late)
    alone = and_(_LIVE, ~exists().where(duty))
    found = (
        select(RoleGrant.user_id, RoleGrant.role_id)
        .where(RoleGrant.guild_id == guild_id, or_(alone, missed))
        .order_by(RoleGrant.user_id, RoleGrant.role_id)
        .limit(most)
    )
    return [(user_id, role_id) for user_id, role_id in await session.execute(found)]


async def taken_for_ours(session: Session, guild_id: int, most: int) -> list[tuple[int, int]]:
    """Up to `most` grants that are over or declined and still count as ours: member and role."""
    found = (
        select(RoleGrant.user_id, RoleGrant.role_id)
        .where(
            RoleGrant.guild_id == guild_id,
            RoleGrant.applied,
            RoleGrant.state.in_((GrantState.ENDED, GrantState.DECLINED)),
        )
        .order_by(RoleGrant.user_id, RoleGrant.role_id)
        .limit(most)
    )
    return [(user_id, role_id) for user_id, role_id in await session.execute(found)]
