"""Statements on purchases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, exists, func, select, update

from bot.db import dialect
from bot.db.models.shop import HoldRow, PurchaseRow
from bot.db.sessions import ReadSession, Session, WriteSession
from bot.domain.holds import HoldState
from bot.domain.purchases import Bought, FailedFor, Purchase, PurchaseState, details_of

_COLUMNS = (
    PurchaseRow.guild_id,
    PurchaseRow.id,
    PurchaseRow.key,
    PurchaseRow.user_id,
    PurchaseRow.item_id,
    PurchaseRow.quantity,
    PurchaseRow.unit_price,
    PurchaseRow.state,
    PurchaseRow.at,
    PurchaseRow.details,
    PurchaseRow.reason,
    PurchaseRow.hold_id,
)


@dataclass(frozen=True)
class Earlier:
    """What somebody bought of a thing before; what was undone does not count."""

    copies: int
    last_at: datetime | None


def _purchase(row: Any) -> Purchase:
    return Purchase(
        guild_id=row.guild_id,
        id=row.id,
        key=row.key,
        user_id=row.user_id,
        item_id=row.item_id,
        quantity=row.quantity,
        unit_price=row.unit_price,
        state=row.state,
        at=row.at,
        bought=Bought.model_validate(row.details),
        reason=row.reason,
        hold_id=row.hold_id,
    )


@cache
def _add(name: str) -> Any:
    statement = dialect.insert(name, PurchaseRow)
    return statement.on_conflict_do_nothing(index_elements=["guild_id", "key"]).returning(PurchaseRow.id)


async def add(session: WriteSession, purchase: Purchase, *, settled_at: datetime | None) -> bool:
    """Write a new purchase; False if its key is taken (waits for another that takes it)."""
    row = {
        "guild_id": purchase.guild_id,
        "id": purchase.id,
        "key": purchase.key,
        "user_id": purchase.user_id,
        "item_id": purchase.item_id,
        "quantity": purchase.quantity,
        "unit_price": purchase.unit_price,
        "state": purchase.state,
        "reason": purchase.reason,
        "hold_id": purchase.hold_id,
        "details": dict(details_of(purchase.bought)),
        "at": purchase.at,
        "settled_at": settled_at,
    }
    return (await session.execute(_add(session.dialect.name), row)).first() is not None


async def by_key(session: Session, guild_id: int, key: str) -> Purchase | None:
    """The purchase under a key."""
    query = select(*_COLUMNS).where(PurchaseRow.guild_id == guild_id, PurchaseRow.key == key)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _purchase(row)


async def get(session: Session, guild_id: int, purchase_id: int, *, lock: bool = False) -> Purchase | None:
    """One purchase; locked, nobody else changes it until the transaction ends."""
    query = select(*_COLUMNS).where(PurchaseRow.guild_id == guild_id, PurchaseRow.id == purchase_id)
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _purchase(row)


async def settle(
    session: WriteSession,
    guild_id: int,
    purchase_id: int,
    state: PurchaseState,
    reason: FailedFor | None,
    *,
    now: datetime,
) -> bool:
    """End a pending purchase; False if it is over."""
    pending = and_(
        PurchaseRow.guild_id == guild_id,
        PurchaseRow.id == purchase_id,
        PurchaseRow.state == PurchaseState.PENDING,
    )
    statement = update(PurchaseRow).where(pending).values(state=state, reason=reason, settled_at=now)
    return (await session.execute(statement)).rowcount == 1


async def undo(session: WriteSession, guild_id: int, purchase_id: int, *, now: datetime) -> bool:
    """Have a purchase count no more that was paid and delivered; False if it is not, or was undone."""
    done = and_(
        PurchaseRow.guild_id == guild_id, PurchaseRow.id == purchase_id, PurchaseRow.state == PurchaseState.DONE
    )
    values = {"state": PurchaseState.FAILED, "reason": FailedFor.UNDONE, "settled_at": now}
    return (await session.execute(update(PurchaseRow).where(done).values(values))).rowcount == 1


async def earlier(session: Session, guild_id: int, user_ids: Collection[int], item_id: int) -> Earlier:
    """What somebody, under any of these ids, bought of a thing; the thing's row is to be locked for it to stay so."""
    query = select(func.coalesce(func.sum(PurchaseRow.quantity), 0), func.max(PurchaseRow.at)).where(
        PurchaseRow.guild_id == guild_id,
        PurchaseRow.user_id.in_(sorted(user_ids)),
        PurchaseRow.item_id == item_id,
        PurchaseRow.state != PurchaseState.FAILED,
    )
    copies, last_at = (await session.execute(query)).one()
    return Earlier(int(copies), last_at)


async def without_hold(session: ReadSession, guild_id: int, most: int) -> Sequence[int]:
    """Up to `most` purchases that are pending without a pending hold, or over with one."""
    held = exists().where(
        HoldRow.guild_id == PurchaseRow.guild_id,
        HoldRow.id == PurchaseRow.hold_id,
        HoldRow.state == HoldState.PENDING,
    )
    pending = PurchaseRow.state == PurchaseState.PENDING
    wrong = (pending & ~held) | (~pending & held)
    query = select(PurchaseRow.id).where(PurchaseRow.guild_id == guild_id, wrong).order_by(PurchaseRow.id).limit(most)
    return (await session.execute(query)).scalars().all()
