"""Statements on cases.

Whoever changes the state of a case that decides a slot holds that slot's row (`slots.touch`, `slots.lock_claim`). Each
change of a case names the version that it was made from, so of two at once the later one finds nothing to write.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, tuple_, update

from bot.db import dialect
from bot.db.models.moderation import CaseChangeRow, CaseRow, GuildCounter
from bot.db.sessions import Session, WriteSession
from bot.domain.cases import (
    Case,
    CaseChange,
    CaseDetails,
    CaseKind,
    CaseSource,
    CaseState,
    DmState,
    LogPlace,
    Slot,
)

_STANDING = (CaseState.PLANNED, CaseState.APPLYING, CaseState.ACTIVE)

Key = tuple[int, int, Slot]
"""A slot: guild, member, and what of them."""


async def next_number(session: WriteSession, guild_id: int, name: str, count: int = 1) -> int:
    """Take the next number of a counter, or the last of the next `count`.

    Others of the guild wait until this transaction is over: there is no gap.
    """
    statement = dialect.upsert(
        session.dialect.name, GuildCounter, keep=["value"], changes={"value": GuildCounter.value + count}
    ).returning(GuildCounter.value)
    row = {"guild_id": guild_id, "name": name, "value": count}
    return int((await session.execute(statement, row)).scalar_one())


def case_of(row: Any) -> Case:
    """A row as a case."""
    return Case(
        guild_id=row.guild_id,
        number=row.number,
        kind=row.kind,
        state=row.state,
        target_id=row.target_id,
        moderator_id=row.moderator_id,
        reason=row.reason,
        source=row.source,
        created_at=row.created_at,
        via=row.via,
        key=row.key,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        end_reason=row.end_reason,
        failure=row.failure,
        failure_detail=row.failure_detail,
        audit_log_id=row.audit_log_id,
        dm=row.dm,
        superseded_by=row.superseded_by,
        related=row.related,
        batch_id=row.batch_id,
        severity=row.severity,
        points=row.points,
        code=row.code,
        details=CaseDetails.read(row.details),
        log=None if row.log_message_id is None else LogPlace(row.log_channel_id, row.log_message_id),
        version=row.version,
    )


async def add(session: WriteSession, *cases: Case) -> None:
    """Write new cases."""
    await session.execute(dialect.insert(session.dialect.name, CaseRow), [_row(case) for case in cases])


def _row(case: Case) -> dict[str, Any]:
    row: dict[str, Any] = {
        name: getattr(case, name)
        for name in CaseRow.__table__.columns.keys()  # noqa: SIM118 — a collection of columns is no mapping
        if name not in {"details", "log_channel_id", "log_message_id", "log_owed", "updated_at"}
    }
    return row | {"details": case.details.stored(), "log_owed": False}


async def write(session: WriteSession, case: Case, values: Mapping[str, Any], *, version: int) -> bool:
    """Change columns of a case as it was read; False if it has changed since."""
    statement = (
        update(CaseRow)
        .where(CaseRow.guild_id == case.guild_id, CaseRow.number == case.number, CaseRow.version == case.version)
        .values(version=version, **values)
        .returning(CaseRow.number)
    )
    return (await session.execute(statement)).first() is not None


async def find(session: Session, guild_id: int, number: int, *, lock: bool = False) -> Case | None:
    """One case; with `lock` nobody else changes it until the transaction ends."""
    query = select(CaseRow).where(CaseRow.guild_id == guild_id, CaseRow.number == number)
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else case_of(row)


async def among(session: Session, guild_id: int, numbers: Collection[int]) -> Sequence[Case]:
    """The cases with these numbers, the oldest first."""
    query = select(CaseRow).where(CaseRow.guild_id == guild_id, CaseRow.number.in_(sorted(numbers)))
    return [case_of(row) for row in await session.execute(query.order_by(CaseRow.number))]


async def by_key(session: Session, guild_id: int, key: str) -> Case | None:
    """The case that was asked for under a key."""
    query = select(CaseRow).where(CaseRow.guild_id == guild_id, CaseRow.key == key)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else case_of(row)


async def by_audit_log(session: Session, guild_id: int, audit_log_id: int) -> Case | None:
    """The case that an entry of Discord's audit log belongs to."""
    query = select(CaseRow).where(CaseRow.guild_id == guild_id, CaseRow.audit_log_id == audit_log_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else case_of(row)


async def told_of(session: Session, guild_id: int, audit_log_ids: Collection[int]) -> set[int]:
    """Those entries of Discord's audit log that belong to a case already."""
    query = select(CaseRow.audit_log_id).where(
        CaseRow.guild_id == guild_id, CaseRow.audit_log_id.in_(sorted(audit_log_ids))
    )
    return {one for one in (await session.execute(query)).scalars() if one is not None}


async def newest(
    session: Session, key: Key, kinds: Collection[CaseKind] | None = None, *, within: tuple[int, int] | None = None
) -> Case | None:
    """The newest case about a slot; with `kinds` the newest of these, with `within` of these numbers."""
    query = select(CaseRow).where(_about(key)).order_by(CaseRow.number.desc()).limit(1)
    if kinds is not None:
        query = query.where(CaseRow.kind.in_(sorted(kinds)))
    if within is not None:
        query = query.where(CaseRow.number.between(*within))
    row = (await session.execute(query)).one_or_none()
    return None if row is None else case_of(row)


async def next_after(session: Session, key: Key, audit_log_id: int) -> Case | None:
    """The case about a slot whose entry of Discord's audit log comes next after that one; None if that is the last."""
    query = (
        select(CaseRow).where(_about(key), CaseRow.audit_log_id > audit_log_id).order_by(CaseRow.audit_log_id).limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else case_of(row)


def _about(key: Key) -> ColumnElement[bool]:
    guild_id, user_id, slot = key
    return and_(CaseRow.guild_id == guild_id, CaseRow.target_id == user_id, CaseRow.slot == slot)


async def standing(session: Session, keys: Collection[Key]) -> Mapping[Key, list[Case]]:
    """The cases of these slots that hold or are to be done, by slot, the oldest first."""
    found: dict[Key, list[Case]] = {key: [] for key in keys}
    if not keys:
        return found
    here = tuple_(CaseRow.guild_id, CaseRow.target_id, CaseRow.slot).in_(sorted(keys))
    query = select(CaseRow).where(here, CaseRow.state.in_(_STANDING)).order_by(CaseRow.number)
    for row in await session.execute(query):
        found[row.guild_id, row.target_id, row.slot].append(case_of(row))
    return found


async def following(session: Session, case: Case) -> list[Case]:
    """The cases that a rule made of this one, the oldest first."""
    query = select(CaseRow).where(
        CaseRow.guild_id == case.guild_id,
        CaseRow.target_id == case.target_id,
        CaseRow.number > case.number,
        CaseRow.related == case.number,
        CaseRow.source == CaseSource.AUTOMATION,
    )
    return [case_of(row) for row in await session.execute(query.order_by(CaseRow.number))]


async def of_member(session: Session, guild_id: int, user_id: int, *, limit: int) -> tuple[list[Case], int]:
    """The newest cases about a member, and how many there are in all."""
    mine = (CaseRow.guild_id == guild_id, CaseRow.target_id == user_id)
    rows = await session.execute(select(CaseRow).where(*mine).order_by(CaseRow.number.desc()).limit(limit))
    found = [case_of(row) for row in rows]
    total = (await session.execute(select(func.count()).select_from(CaseRow).where(*mine))).scalar_one()
    return found, total


# Their changes --------------------------------------------------------------------------------------------


async def add_changes(session: WriteSession, guild_id: int, changes: Sequence[CaseChange]) -> None:
    """Write what changed. The number of a change within its case is unique."""
    rows = [
        {
            "guild_id": guild_id,
            "number": one.number,
            "seq": one.seq,
            "field": one.field,
            "before": one.before,
            "after": one.after,
            "by_id": one.by,
            "source": one.source,
            "created_at": one.at,
        }
        for one in changes
    ]
    if rows:
        await session.execute(dialect.insert(session.dialect.name, CaseChangeRow), rows)


def change_of(row: Any) -> CaseChange:
    """A row as a change."""
    return CaseChange(row.number, row.seq, row.field, row.before, row.after, row.by_id, row.created_at, row.source)


async def changes(session: Session, guild_id: int, number: int) -> list[CaseChange]:
    """Everything that changed about a case, the oldest first."""
    mine = (CaseChangeRow.guild_id == guild_id, CaseChangeRow.number == number)
    query = select(CaseChangeRow).where(*mine).order_by(CaseChangeRow.seq)
    return [change_of(row) for row in await session.execute(query)]


async def last_change(session: Session, guild_id: int, number: int, *, to: CaseState) -> CaseChange | None:
    """How a case came into a state, the last time."""
    mine = (CaseChangeRow.guild_id == guild_id, CaseChangeRow.number == number)
    there = (CaseChangeRow.field == "state", CaseChangeRow.after == to)
    query = select(CaseChangeRow).where(*mine, *there).order_by(CaseChangeRow.seq.desc()).limit(1)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else change_of(row)


# What became of its messages, which is no change of the case itself ------------------------------------------


async def note_dm(session: WriteSession, guild_id: int, number: int, state: DmState) -> None:
    """Whether the member was told after all."""
    mine = (CaseRow.guild_id == guild_id, CaseRow.number == number, CaseRow.dm != DmState.SENT)
    await session.execute(update(CaseRow).where(*mine).values(dm=state))


async def note_log(session: WriteSession, guild_id: int, number: int, place: LogPlace | None) -> bool:
    """Where the case's message stands now, if anywhere; whether the case changed while it was on the way."""
    query = select(CaseRow.log_owed).where(CaseRow.guild_id == guild_id, CaseRow.number == number).with_for_update()
    owed = bool((await session.execute(query)).scalar_one_or_none())
    values = {
        "log_channel_id": None if place is None else place.channel_id,
        "log_message_id": None if place is None else place.message_id,
        "log_owed": False,
    }
    mine = (CaseRow.guild_id == guild_id, CaseRow.number == number)
    await session.execute(update(CaseRow).where(*mine).values(**values))
    return owed


async def owe_log(session: WriteSession, guild_id: int, number: int) -> None:
    """The case's message is on the way and tells of it as it was: edit it once it has arrived."""
    mine = (CaseRow.guild_id == guild_id, CaseRow.number == number)
    await session.execute(update(CaseRow).where(*mine).values(log_owed=True))
