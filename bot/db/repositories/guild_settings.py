"""Statements on the documents of guild settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.db import dialect
from bot.db.models.core import GuildSettings
from bot.db.sessions import Session, WriteSession


@dataclass(frozen=True)
class StoredSection:
    """A section's document, and how often it was changed."""

    document: Mapping[str, Any]
    version: int
    updated_by: int | None


_section = select(GuildSettings.document, GuildSettings.version, GuildSettings.updated_by).where(
    GuildSettings.guild_id == bindparam("guild_id"), GuildSettings.section == bindparam("section")
)


async def get(session: Session, guild_id: int, section: str) -> StoredSection | None:
    """A guild's document for a section; None if it was never changed from the defaults."""
    row = (await session.execute(_section, {"guild_id": guild_id, "section": section})).one_or_none()
    return StoredSection(row.document, row.version, row.updated_by) if row else None


async def put(
    session: WriteSession, guild_id: int, section: str, document: Mapping[str, Any], *, base: int, by: int | None
) -> bool:
    """Replace a document if it still has the version `base` (0: never changed); False when somebody was faster."""
    values = {"document": dict(document), "version": base + 1, "updated_by": by}
    if base == 0:
        new = dialect.insert(session.dialect.name, GuildSettings).on_conflict_do_nothing()
        row = {"guild_id": guild_id, "section": section, **values}
        return (await session.execute(new.returning(GuildSettings.version), row)).first() is not None
    changed = await session.execute(
        update(GuildSettings)
        .where(
            GuildSettings.guild_id == guild_id,
            GuildSettings.section == section,
            GuildSettings.version == base,
        )
        .values(values)
        .returning(GuildSettings.version)
    )
    return changed.first() is not None
