"""Statements on what staff is still writing of things for sale."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete, func, select, update

from bot.db import dialect
from bot.db.models.shop import ItemSketch
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.shop import ItemDraft
from bot.domain.sketches import Sketch


def _document(draft: ItemDraft) -> dict[str, Any]:
    return draft.model_dump(mode="json")


def _sketch(row: Any) -> Sketch | None:
    """The sketch in a row; None if the rules have changed since, so that it can't be one any more."""
    try:
        original, draft = (ItemDraft.model_validate(document) for document in (row.original, row.document))
    except ValidationError:
        return None
    return Sketch(row.id, row.user_id, row.item_id, row.base, original, draft, row.version)


@cache
def _add(name: str) -> Any:
    return dialect.insert(name, ItemSketch).on_conflict_do_nothing().returning(ItemSketch.id)


async def add(session: WriteSession, guild_id: int, sketch: Sketch) -> bool:
    """Write a sketch; False if its writer has one of this thing (waits for another that writes it)."""
    row = {
        "guild_id": guild_id,
        "id": sketch.id,
        "user_id": sketch.user_id,
        "item_id": sketch.item_id,
        **_values(sketch),
    }
    return (await session.execute(_add(session.dialect.name), row)).first() is not None


def _values(sketch: Sketch) -> dict[str, Any]:
    documents = {"original": _document(sketch.original), "document": _document(sketch.draft)}
    return {"base": sketch.base, "version": sketch.version, **documents}


async def put(session: WriteSession, guild_id: int, sketch: Sketch) -> None:
    """Write a locked sketch as it is to be."""
    mine = (ItemSketch.guild_id == guild_id, ItemSketch.id == sketch.id)
    await session.execute(update(ItemSketch).where(*mine).values(_values(sketch)))


async def get(session: Session, guild_id: int, sketch_id: int) -> Sketch | None:
    """One sketch."""
    query = select(ItemSketch).where(ItemSketch.guild_id == guild_id, ItemSketch.id == sketch_id)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _sketch(row)


async def lock(session: WriteSession, guild_id: int, sketch_id: int) -> Sketch | None:
    """One sketch, whose row nobody else changes until this transaction ends."""
    query = select(ItemSketch).where(ItemSketch.guild_id == guild_id, ItemSketch.id == sketch_id)
    row = (await session.execute(query.with_for_update())).one_or_none()
    return None if row is None else _sketch(row)


async def of_item(session: Session, guild_id: int, user_id: int, item_id: int) -> Sketch | None:
    """What somebody is writing of a thing."""
    mine = (ItemSketch.guild_id == guild_id, ItemSketch.user_id == user_id, ItemSketch.item_id == item_id)
    row = (await session.execute(select(ItemSketch).where(*mine))).one_or_none()
    return None if row is None else _sketch(row)


async def of_person(session: Session, guild_id: int, user_id: int) -> list[Sketch]:
    """Everything that somebody is writing, newest first."""
    mine = (ItemSketch.guild_id == guild_id, ItemSketch.user_id == user_id)
    found = await session.execute(select(ItemSketch).where(*mine).order_by(ItemSketch.id.desc()))
    return [one for row in found if (one := _sketch(row)) is not None]


async def count(session: Session, guild_id: int, user_id: int) -> int:
    """How many sketches somebody has."""
    mine = (ItemSketch.guild_id == guild_id, ItemSketch.user_id == user_id)
    return int((await session.execute(select(func.count()).select_from(ItemSketch).where(*mine))).scalar_one())


async def remove(session: WriteSession, guild_id: int, sketch_id: int) -> None:
    """Take a sketch away, if it is there."""
    await session.execute(delete(ItemSketch).where(ItemSketch.guild_id == guild_id, ItemSketch.id == sketch_id))


async def is_any_older(session: ReadSession, before: datetime) -> bool:
    """Whether there is any, in all guilds, that nobody has touched since."""
    query = select(ItemSketch.id).where(ItemSketch.updated_at < before).limit(1)
    return (await session.execute(query)).first() is not None


async def forget(session: WriteSession, before: datetime) -> int:
    """Take away what nobody has touched since, in all guilds; how many there were."""
    return (await session.execute(delete(ItemSketch).where(ItemSketch.updated_at < before))).rowcount
