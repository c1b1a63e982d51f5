"""Statements on a server's own jobs."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, func, select, update

from bot.db import dialect
from bot.db.models.economy import JobText
from bot.db.sessions import Session, WriteSession
from bot.domain.coin_range import CoinRange
from bot.domain.jobs import Job, JobDraft
from bot.domain.paging import Cursor

_COLUMNS = (JobText.id, JobText.text, JobText.low, JobText.high, JobText.version)
_all = select(*_COLUMNS).where(JobText.guild_id == bindparam("guild_id")).order_by(JobText.id.desc())
_slots = select(JobText.slot).where(JobText.guild_id == bindparam("guild_id"))
_with_text = select(JobText.id).where(JobText.guild_id == bindparam("guild_id"), JobText.text == bindparam("words"))


async def all_(session: Session, guild_id: int) -> list[Job]:
    """Every job of a server, newest first; there are few."""
    return [_job(row) for row in (await session.execute(_all, {"guild_id": guild_id})).mappings()]


async def page(session: Session, guild_id: int, cursor: Cursor, *, count: int) -> list[Job]:
    """Up to `count` jobs beyond a place in the list, newest first."""
    query = select(*_COLUMNS).where(JobText.guild_id == guild_id).limit(count)
    if cursor.newer:
        found = await session.execute(query.where(JobText.id > cursor.edge).order_by(JobText.id))
        return [_job(row) for row in reversed(found.mappings().all())]
    found = await session.execute(query.where(JobText.id < cursor.edge).order_by(JobText.id.desc()))
    return [_job(row) for row in found.mappings()]


async def count(session: Session, guild_id: int) -> int:
    """How many jobs a server has."""
    query = select(func.count()).select_from(JobText).where(JobText.guild_id == guild_id)
    return int((await session.execute(query)).scalar_one())


async def get(session: Session, guild_id: int, job_id: int) -> Job | None:
    """One job."""
    query = select(*_COLUMNS).where(JobText.guild_id == guild_id, JobText.id == job_id)
    found = (await session.execute(query)).mappings().one_or_none()
    return None if found is None else _job(found)


async def with_text(session: Session, guild_id: int, text: str) -> set[int]:
    """The jobs with exactly these words."""
    return set((await session.execute(_with_text, {"guild_id": guild_id, "words": text})).scalars())


async def slots(session: Session, guild_id: int) -> set[int]:
    """The places of the list that are taken."""
    return set((await session.execute(_slots, {"guild_id": guild_id})).scalars())


@cache
def _add(name: str) -> Any:
    return dialect.insert(name, JobText).on_conflict_do_nothing().returning(JobText.id)


async def add(session: WriteSession, guild_id: int, job_id: int, slot: int, draft: JobDraft) -> bool:
    """Write a job; False if its place or its id is taken (waits for another that takes it)."""
    row = {"guild_id": guild_id, "id": job_id, "slot": slot, "version": 1, **_values(draft)}
    return (await session.execute(_add(session.dialect.name), row)).first() is not None


async def change(session: WriteSession, guild_id: int, job_id: int, draft: JobDraft, *, base: int) -> bool:
    """Change a job that is at version `base`; False if it is not."""
    mine = (JobText.guild_id == guild_id, JobText.id == job_id, JobText.version == base)
    changed = update(JobText).where(*mine).values(version=base + 1, **_values(draft)).returning(JobText.id)
    return (await session.execute(changed)).first() is not None


async def remove(session: WriteSession, guild_id: int, job_id: int, *, base: int) -> Job | None:
    """Remove a job that is at version `base`, and tell what it was; None if it is not."""
    mine = (JobText.guild_id == guild_id, JobText.id == job_id, JobText.version == base)
    found = (await session.execute(delete(JobText).where(*mine).returning(*_COLUMNS))).mappings().one_or_none()
    return None if found is None else _job(found)


def _values(draft: JobDraft) -> dict[str, Any]:
    low, high = (None, None) if draft.pay is None else (draft.pay.low, draft.pay.high)
    return {"text": draft.text, "low": low, "high": high}


def _job(row: RowMapping) -> Job:
    pay = None if row["low"] is None else CoinRange(low=row["low"], high=row["high"])
    return Job(row["id"], row["text"], pay, row["version"])
