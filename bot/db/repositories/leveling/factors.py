"""Statements that read what decides about gains: multipliers, boosts, and whose cooldown still runs."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, bindparam, select

from bot.db.models.leveling import MemberLevel, XpBoost, XpMultiplier, XpPeriod
from bot.db.sessions import Session
from bot.db.types import Snowflake, UtcDateTime
from bot.domain.leveling import Span, TargetKind
from bot.domain.multipliers import Boost, Multipliers

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GUILD = bindparam("guild_id", type_=Snowflake)
_NOW = bindparam("now", type_=UtcDateTime)

_multipliers = select(XpMultiplier.kind, XpMultiplier.target_id, XpMultiplier.per_mille).where(
    XpMultiplier.guild_id == _GUILD
)
_boosts = select(XpBoost.user_id, XpBoost.per_mille, XpBoost.expires_at).where(
    XpBoost.guild_id == _GUILD, XpBoost.expires_at > _NOW
)


async def multipliers(session: Session, guild_id: int, now: datetime) -> Multipliers:
    """A guild's multipliers, and the boosts of its members that are not over."""
    places, roles = dict[int, int](), dict[int, int]()
    for kind, target_id, per_mille in await session.execute(_multipliers, {"guild_id": guild_id}):
        (roles if kind is TargetKind.ROLE else places)[target_id] = per_mille
    boosts: dict[int, list[Boost]] = defaultdict(list)
    for user_id, per_mille, until in await session.execute(_boosts, {"guild_id": guild_id, "now": now}):
        boosts[user_id].append(Boost(per_mille, (until - _EPOCH) // timedelta(milliseconds=1)))
    return Multipliers(places, roles, {user_id: tuple(found) for user_id, found in boosts.items()})


# By the days, which an index leads to: a guild has far more members than those who wrote today or yesterday.
_earned = (
    select(MemberLevel.user_id, MemberLevel.last_message_at)
    .join(XpPeriod, and_(XpPeriod.guild_id == MemberLevel.guild_id, XpPeriod.user_id == MemberLevel.user_id))
    .where(
        XpPeriod.guild_id == _GUILD,
        XpPeriod.span == Span.DAY,
        XpPeriod.begins >= bindparam("day"),
        MemberLevel.last_message_at > bindparam("since", type_=UtcDateTime),
    )
    .distinct()
)


async def earned_since(session: Session, guild_id: int, since: datetime) -> dict[int, datetime]:
    """Whose messages earned since a moment, and when last; the moment may be two days ago at most."""
    # A day more than the zone furthest west is behind.
    values = {"guild_id": guild_id, "since": since, "day": since.astimezone(UTC).date() - timedelta(days=1)}
    found = (await session.execute(_earned, values)).all()
    return {row.user_id: row.last_message_at for row in found}
