"""Statements on the documents of people's preferences."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.db import dialect
from bot.db.models.preferences import Preference
from bot.db.sessions import Session, WriteSession
from bot.db.types import Snowflake


@dataclass(frozen=True)
class StoredPreferences:
    """A person's document, and how often it was changed."""

    document: Mapping[str, Any]
    version: int


_one = select(Preference.document, Preference.version).where(Preference.user_id == bindparam("user_id"))
_several = select(Preference.user_id, Preference.document).where(
    Preference.user_id.in_(bindparam("user_ids", type_=Snowflake, expanding=True))
)


async def get(session: Session, user_id: int) -> StoredPreferences | None:
    """A person's document; None if they never set anything."""
    row = (await session.execute(_one, {"user_id": user_id})).one_or_none()
    return StoredPreferences(row.document, row.version) if row else None


async def documents(session: Session, user_ids: Collection[int]) -> dict[int, Mapping[str, Any]]:
    """The documents of those among these people who ever set something."""
    return {row.user_id: row.document for row in await session.execute(_several, {"user_ids": list(user_ids)})}


async def put(session: WriteSession, user_id: int, document: Mapping[str, Any], *, base: int) -> bool:
    """Replace a document if it still has the version `base` (0: never changed); False when another was faster."""
    values = {"document": dict(document), "version": base + 1}
    if base == 0:
        new = dialect.insert(session.dialect.name, Preference).on_conflict_do_nothing()
        return (
            await session.execute(new.returning(Preference.version), {"user_id": user_id, **values})
        ).first() is not None
    changed = await session.execute(
        update(Preference)
        .where(Preference.user_id == user_id, Preference.version == base)
        .values(values)
        .returning(Preference.version)
    )
    return changed.first() is not None
