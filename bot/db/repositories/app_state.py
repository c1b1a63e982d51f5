"""Statements on what an application remembers between starts."""

from __future__ import annotations

from sqlalchemy import select, update

from bot.db import dialect
from bot.db.models.core import AppState
from bot.db.sessions import Session, WriteSession


async def get(session: Session, application_id: int, name: str) -> str | None:
    """The value under a name; None if there is none."""
    query = select(AppState.value).where(AppState.application_id == application_id, AppState.name == name)
    return (await session.execute(query)).scalar_one_or_none()


async def put(session: WriteSession, application_id: int, name: str, value: str) -> None:
    """Remember a value under a name."""
    row = {"application_id": application_id, "name": name, "value": value}
    await session.execute(dialect.upsert(session.dialect.name, AppState), row)


async def swap(session: WriteSession, application_id: int, name: str, before: str | None, after: str) -> bool:
    """Replace a value that is still `before` (None: not there yet); False if somebody else changed it."""
    dialect_name = session.dialect.name
    if before is None:
        row = {"application_id": application_id, "name": name, "value": after}
        statement = dialect.insert(dialect_name, AppState).on_conflict_do_nothing()
        return (await session.execute(statement, row)).rowcount == 1
    guarded = update(AppState).where(
        AppState.application_id == application_id, AppState.name == name, AppState.value == before
    )
    return (await session.execute(guarded.values(value=after))).rowcount == 1
