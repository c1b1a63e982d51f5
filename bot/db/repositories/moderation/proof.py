"""Statements on files that prove cases, and on all files as they are known by their contents."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, literal, select

from bot.db import dialect
from bot.db.models.case_file import Blob, CaseProof
from bot.db.models.moderation import CaseRow
from bot.db.models.tickets import TicketFileRow
from bot.db.sessions import Session, WriteSession
from bot.db.types import UtcDateTime
from bot.domain.cases import CaseKind
from bot.domain.proof import Proof


async def of_case(session: Session, guild_id: int, number: int) -> list[Proof]:
    """The files of a case, in the order in which they were brought."""
    query = (
        select(CaseProof, Blob.content_type, Blob.size)
        .join(Blob, Blob.digest == CaseProof.digest)
        .where(CaseProof.guild_id == guild_id, CaseProof.number == number)
        .order_by(CaseProof.seq)
    )
    return [_proof(row) for row in await session.execute(query)]


async def about(session: Session, user_id: int, guild_id: int | None, limit: int) -> list[tuple[int, Proof]]:
    """The newest files of cases about somebody, each with its guild; without those of notes, which only staff reads."""
    here = () if guild_id is None else (CaseProof.guild_id == guild_id,)
    query = (
        select(CaseProof, Blob.content_type, Blob.size)
        .join(Blob, Blob.digest == CaseProof.digest)
        .join(CaseRow, and_(CaseRow.guild_id == CaseProof.guild_id, CaseRow.number == CaseProof.number))
        .where(CaseRow.target_id == user_id, CaseRow.kind != CaseKind.NOTE, *here)
        .order_by(CaseProof.created_at.desc(), CaseProof.guild_id, CaseProof.number.desc(), CaseProof.seq)
        .limit(limit)
    )
    return [(row.guild_id, _proof(row)) for row in await session.execute(query)]


def _proof(row: Any) -> Proof:
    return Proof(row.number, row.seq, row.digest, row.name, row.content_type, row.size, row.added_by, row.created_at)


async def add(session: WriteSession, guild_id: int, proof: Proof) -> None:
    """Write a file of a case. That of the same contents may be known already."""
    await bring(session, proof.digest, proof.size, proof.content_type, at=proof.at)
    row = {
        "guild_id": guild_id,
        "number": proof.number,
        "seq": proof.seq,
        "digest": proof.digest,
        "name": proof.name,
        "added_by": proof.added_by,
        "created_at": proof.at,
    }
    await session.execute(dialect.insert(session.dialect.name, CaseProof), row)


async def bring(session: WriteSession, digest: str, size: int, content_type: str, *, at: datetime) -> None:
    """Write that these contents are kept. They may be known already."""
    brought = {"created_at": literal(at, UtcDateTime())}  # so that nobody takes it for left over
    statement = dialect.upsert(session.dialect.name, Blob, keep=["size", "content_type"], changes=brought)
    await session.execute(statement, {"digest": digest, "size": size, "content_type": content_type, "created_at": at})


async def forget_unused(session: WriteSession, *, before: datetime) -> int:
    """Forget files that neither a case nor a ticket has any more and nobody brought since; how many."""
    used = exists().where(CaseProof.digest == Blob.digest)
    said = exists().where(TicketFileRow.digest == Blob.digest, TicketFileRow.digest.is_not(None))
    gone = delete(Blob).where(Blob.created_at < before, ~used, ~said).returning(Blob.digest)
    return len((await session.execute(gone)).all())


async def known(session: Session, digests: Collection[str]) -> set[str]:
    """Those of the files that are on record."""
    found = await session.execute(select(Blob.digest).where(Blob.digest.in_(sorted(digests))))
    return set(found.scalars())
