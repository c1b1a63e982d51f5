"""Statements on giveaways themselves. Whoever decides about one locks its row first (`lock`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select, tuple_, update

from bot.db import dialect
from bot.db.models.giveaways import GiveawayEventRow, GiveawayRow
from bot.db.repositories.shards import served_by
from bot.db.sessions import Session, WriteSession
from bot.domain.giveaway_rules import Bonuses, Rules
from bot.domain.giveaways import Claimed, EventKind, Giveaway, GiveawayEvent, Prize, Status
from bot.domain.guilds import ShardRange
from bot.domain.paging import NEWEST, Cursor

Key = tuple[int, int]
"""Guild and number."""

_STATUSES = (Status.DRAFT, Status.SCHEDULED, Status.RUNNING, Status.DRAWING)
_NOT_OVER = frozenset(_STATUSES)

OPEN = dialect.is_one_of(GiveawayRow.status, _STATUSES)
"""A giveaway that is not over, as the index says it that holds just these."""

_KEY = (GiveawayRow.guild_id, GiveawayRow.number)
_COLUMNS = (*GiveawayRow.__table__.c,)
_OURS = {"created_at", "updated_at", "due_at", "lease_token", "attempts"}
_LED = {"rules", "bonuses", "places", "role_id", "role_for", "coins"}
_PLAIN = tuple(one.key for one in _COLUMNS if one.key not in _OURS | _LED)


def giveaway_of(row: Any) -> Giveaway:
    """A row as a giveaway."""
    return Giveaway(
        **{name: getattr(row, name) for name in _PLAIN},
        rules=Rules.model_validate(row.rules),
        bonuses=Bonuses.model_validate(row.bonuses),
        given=Prize(row.role_id, row.role_for, row.coins),
        places=tuple(row.places),
    )


def values_of(giveaway: Giveaway) -> dict[str, Any]:
    """All that a row says of a giveaway."""
    return {
        **{name: getattr(giveaway, name) for name in _PLAIN},
        "rules": giveaway.rules.model_dump(mode="json"),
        "bonuses": giveaway.bonuses.model_dump(mode="json"),
        "role_id": giveaway.given.role_id,
        "role_for": giveaway.given.role_for,
        "coins": giveaway.given.coins,
        "places": list(giveaway.places),
    }


_TABLE = GiveawayRow.__table__
_HELD = and_(_TABLE.c.lease_token.is_not(None), _TABLE.c.due_at.is_not(None))
_WRITE = (
    _TABLE.update()
    .where(_TABLE.c.guild_id == bindparam("of_guild"), _TABLE.c.number == bindparam("of_number"))
    .values(due_at=case((_HELD, _TABLE.c.due_at), else_=bindparam("due", type_=_TABLE.c.due_at.type)))
)
"""Sets whatever columns it is given. Composed once: at a draw it is what giveaways cost most."""


def _is(guild_id: int, number: int) -> ColumnElement[bool]:
    return and_(GiveawayRow.guild_id == guild_id, GiveawayRow.number == number)


# Giveaways ------------------------------------------------------------------------------------------------


async def add(session: WriteSession, giveaway: Giveaway, *, due_at: datetime | None) -> bool:
    """Write a new giveaway; False if its key is taken, and then nothing is written."""
    insert = dialect.insert(session.dialect.name, GiveawayRow).on_conflict_do_nothing().returning(GiveawayRow.number)
    row = {**values_of(giveaway), "due_at": due_at, "lease_token": None, "attempts": 0}
    return (await session.execute(insert, row)).one_or_none() is not None


async def find(session: Session, guild_id: int, number: int) -> Giveaway | None:
    """A giveaway."""
    row = (await session.execute(select(*_COLUMNS).where(_is(guild_id, number)))).one_or_none()
    return None if row is None else giveaway_of(row)


async def lock(session: WriteSession, guild_id: int, number: int) -> Giveaway | None:
    """A giveaway, locked until the transaction ends."""
    query = select(*_COLUMNS).where(_is(guild_id, number)).with_for_update()
    row = (await session.execute(query)).one_or_none()
    return None if row is None else giveaway_of(row)


async def share(session: WriteSession, guild_id: int, number: int) -> Giveaway | None:
    """A giveaway that nobody can lock or change until the transaction ends, while others may share it.

    For entering: many do at once, and none slips in after the list was read, for locking waits for all of them.
    """
    query = select(*_COLUMNS).where(_is(guild_id, number)).with_for_update(read=True)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else giveaway_of(row)


async def by_key(session: Session, guild_id: int, key: str) -> Giveaway | None:
    """The giveaway that something was pressed for."""
    query = select(*_COLUMNS).where(GiveawayRow.guild_id == guild_id, GiveawayRow.key == key)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else giveaway_of(row)


async def by_message(session: Session, guild_id: int, channel_id: int, message_id: int) -> Giveaway | None:
    """The giveaway whose message that is."""
    where = and_(
        GiveawayRow.guild_id == guild_id,
        GiveawayRow.channel_id == channel_id,
        GiveawayRow.message_id == message_id,
    )
    row = (await session.execute(select(*_COLUMNS).where(where).limit(1))).one_or_none()
    return None if row is None else giveaway_of(row)


async def numbers_of(
    session: Session, guild_id: int, channel_id: int, message_ids: Collection[int] | None
) -> list[int]:
    """Numbers of the giveaways that have such a message in a channel; any message there, without `message_ids`."""
    wanted = [GiveawayRow.guild_id == guild_id, GiveawayRow.channel_id == channel_id, ~GiveawayRow.gone]
    if message_ids is None:
        wanted += [GiveawayRow.message_id.is_not(None), OPEN]
    else:
        wanted.append(GiveawayRow.message_id.in_(sorted(message_ids)))
    query = select(GiveawayRow.number).where(*wanted).order_by(GiveawayRow.number)
    return list((await session.execute(query)).scalars())


async def write(session: WriteSession, giveaway: Giveaway, *, due_at: datetime | None) -> None:
    """Write a giveaway that the transaction has locked, due at that time unless somebody is at it.

    Whoever is at it goes on, and computes when it is due once they are done.
    """
    values = values_of(giveaway)
    here = {"of_guild": values.pop("guild_id"), "of_number": values.pop("number")}
    await session.execute(_WRITE, {**values, **here, "due": due_at})


async def page(
    session: Session,
    guild_id: int,
    statuses: Collection[Status],
    cursor: Cursor = NEWEST,
    *,
    limit: int,
    created_by: int | None = None,
) -> list[Giveaway]:
    """Up to `limit` giveaways of these statuses at a cursor, newest first; those alone that somebody made, if named."""
    here = [GiveawayRow.guild_id == guild_id, dialect.is_one_of(GiveawayRow.status, sorted(statuses))]
    if _NOT_OVER.issuperset(statuses):
        here.append(OPEN)  # said again, for the index that holds just these
    if created_by is not None:
        here.append(GiveawayRow.created_by == created_by)
    beyond = GiveawayRow.number > cursor.edge if cursor.newer else GiveawayRow.number < cursor.edge
    order = GiveawayRow.number if cursor.newer else GiveawayRow.number.desc()
    query = select(*_COLUMNS).where(*here, beyond).order_by(order).limit(limit)
    found = [giveaway_of(row) for row in await session.execute(query)]
    return found[::-1] if cursor.newer else found


async def count_open(session: Session, guild_id: int) -> int:
    """How many giveaways of a guild are not over."""
    query = select(func.count()).select_from(GiveawayRow).where(GiveawayRow.guild_id == guild_id, OPEN)
    return (await session.execute(query)).scalar_one()


async def bonuses_of_running(session: Session) -> dict[Key, Bonuses]:
    """What chances depend on, of every giveaway that people can enter."""
    query = select(*_KEY, GiveawayRow.bonuses).where(GiveawayRow.status == Status.RUNNING, OPEN)
    found = await session.execute(query)
    return {(row.guild_id, row.number): Bonuses.model_validate(row.bonuses) for row in found}


# History --------------------------------------------------------------------------------------------------


async def add_event(
    session: WriteSession, giveaway: Giveaway, kind: EventKind, actor_id: int | None, details: Mapping[str, Any]
) -> int:
    """Write down what happened to a giveaway that the transaction has locked; its place in the history, from 1."""
    table = GiveawayEventRow
    mine = and_(table.guild_id == giveaway.guild_id, table.number == giveaway.number)
    last = (await session.execute(select(func.max(table.seq)).where(mine))).scalar_one()
    seq = (last or 0) + 1
    row = {"guild_id": giveaway.guild_id, "number": giveaway.number, "seq": seq}
    row |= {"kind": kind, "actor_id": actor_id, "details": dict(details)}
    await session.execute(dialect.insert(session.dialect.name, table), row)
    return seq


async def events(session: Session, guild_id: int, number: int) -> list[GiveawayEvent]:
    """What happened to a giveaway, in order."""
    table = GiveawayEventRow
    query = select(*table.__table__.c).where(table.guild_id == guild_id, table.number == number).order_by(table.seq)
    return [_event(row) for row in await session.execute(query)]


async def event(session: Session, guild_id: int, number: int, seq: int) -> GiveawayEvent | None:
    """One thing that happened to a giveaway."""
    table = GiveawayEventRow
    mine = and_(table.guild_id == guild_id, table.number == number, table.seq == seq)
    row = (await session.execute(select(*table.__table__.c).where(mine))).one_or_none()
    return None if row is None else _event(row)


def _event(row: Any) -> GiveawayEvent:
    return GiveawayEvent(row.guild_id, row.number, row.seq, row.kind, row.actor_id, row.created_at, row.details)


# For those who act ----------------------------------------------------------------------------------------


async def next_due(session: Session, shards: ShardRange) -> datetime | None:
    """When the next giveaway of these shards is to be looked at."""
    served = served_by(GiveawayRow.guild_id, shards)
    query = select(func.min(GiveawayRow.due_at)).where(GiveawayRow.due_at.is_not(None), served)
    return (await session.execute(query)).scalar_one()


async def is_any_due(session: Session, *, now: datetime) -> bool:
    """Whether any giveaway is due that nobody is at."""
    query = select(GiveawayRow.number).where(GiveawayRow.due_at <= now, GiveawayRow.lease_token.is_(None)).limit(1)
    return (await session.execute(query)).one_or_none() is not None


async def lock_due(
    session: WriteSession, shards: ShardRange, *, now: datetime, limit: int, wait: bool = False
) -> list[Key]:
    """Up to `limit` giveaways that are due, longest due first; without `wait`, of those that nobody has locked."""
    due = (
        select(*_KEY)
        .where(GiveawayRow.due_at <= now, served_by(GiveawayRow.guild_id, shards))
        .order_by(GiveawayRow.due_at, *_KEY)
        .limit(limit)
        .with_for_update(skip_locked=not wait)
    )
    return [(row.guild_id, row.number) for row in await session.execute(due)]


async def claim(
    session: WriteSession, keys: Sequence[Key], *, now: datetime, lease_until: datetime, token: int
) -> list[Claimed]:
    """Take these giveaways, due or not, but for those that somebody is at."""
    if not keys:
        return []
    free = or_(GiveawayRow.lease_token.is_(None), GiveawayRow.due_at <= now)
    statement = (
        update(GiveawayRow)
        .where(tuple_(*_KEY).in_(sorted(keys)), free)
        .values(due_at=lease_until, lease_token=token, attempts=GiveawayRow.attempts + 1)
        .returning(*_COLUMNS)
    )
    taken = [Claimed(giveaway_of(row), token, row.attempts, now) for row in await session.execute(statement)]
    return sorted(taken, key=lambda one: (one.giveaway.ends_at, one.guild_id, one.giveaway.number))


async def lock_claim(session: WriteSession, claimed: Claimed) -> Giveaway | None:
    """A claimed giveaway as it stands, locked; None when the claim is lost."""
    mine = and_(_is(claimed.guild_id, claimed.giveaway.number), GiveawayRow.lease_token == claimed.token)
    row = (await session.execute(select(*_COLUMNS).where(mine).with_for_update())).one_or_none()
    return None if row is None else giveaway_of(row)


async def prolong(session: WriteSession, claimed: Claimed, *, lease_until: datetime) -> bool:
    """Hold a claimed giveaway for longer; False when the claim is lost."""
    mine = and_(_is(claimed.guild_id, claimed.giveaway.number), GiveawayRow.lease_token == claimed.token)
    statement = update(GiveawayRow).where(mine).values(due_at=lease_until).returning(GiveawayRow.number)
    return (await session.execute(statement)).one_or_none() is not None


async def release(session: WriteSession, claimed: Claimed, *, due_at: datetime | None, failed: bool) -> None:
    """Give a claimed giveaway back, due at that time. One that did not fail begins to count its tries anew."""
    mine = and_(_is(claimed.guild_id, claimed.giveaway.number), GiveawayRow.lease_token == claimed.token)
    attempts: dict[str, Any] = {} if failed else {"attempts": 0}
    await session.execute(update(GiveawayRow).where(mine).values(lease_token=None, due_at=due_at, **attempts))
