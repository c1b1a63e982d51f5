"""Role grants: who should have which role and why; and for each such member, when their roles are looked at next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ColumnClause, Index, String, text

from bot.db.base import Base, Updated, column
from bot.db.types import Snowflake, UtcDateTime, text_enum
from bot.domain.role_grants import MAX_DETAIL, MAX_REASON, MAX_SOURCE, GrantState
from bot.domain.roles import Problem

_DUE = text("due_at IS NOT NULL")
_ENDED = text("ended_at IS NOT NULL")


class RoleGrant(Updated, Base):
    """Why a member should have a role.

    `applied` means that the role is ours to take away. `membership` is when the member had joined, as they held it
    last.
    """

    __tablename__ = "role_grants"
    __table_args__ = (
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_when_over"),
        CheckConstraint("state <> 'ended' OR NOT applied", name="ended_is_not_ours"),
        CheckConstraint("state <> 'failed' OR problem IS NOT NULL", name="failed_for_a_reason"),
        Index(None, "ended_at", postgresql_where=_ENDED, sqlite_where=_ENDED),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    role_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    source: ColumnClause[str] = column(String(MAX_SOURCE), primary_key=True)
    state: ColumnClause[GrantState] = column(text_enum(GrantState, name="state"))
    expires_at: ColumnClause[datetime | None] = column(UtcDateTime)
    granted_by: ColumnClause[int | None] = column(Snowflake)
    reason: ColumnClause[str | None] = column(String(MAX_REASON))
    applied: ColumnClause[bool] = column(Boolean)
    membership: ColumnClause[datetime | None] = column(UtcDateTime)
    problem: ColumnClause[Problem | None] = column(text_enum(Problem, name="problem", closed=False))
    detail: ColumnClause[str | None] = column(String(MAX_DETAIL))
    ended_at: ColumnClause[datetime | None] = column(UtcDateTime)


class RoleDuty(Updated, Base):
    """A member with grants: when their roles are to be looked at next, and who is at it.

    `due_at` is empty while nothing is due by itself. While somebody is at it, it is the end of their lease. `version`
    counts the changes of the member's grants.
    """

    __tablename__ = "role_duties"
    __table_args__ = (
        CheckConstraint("lease_token IS NULL OR due_at IS NOT NULL", name="lease_ends"),
        Index(None, "due_at", postgresql_where=_DUE, sqlite_where=_DUE),
    )

    guild_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    due_at: ColumnClause[datetime | None] = column(UtcDateTime)
    version: ColumnClause[int] = column(BigInteger)
    attempts: ColumnClause[int] = column(BigInteger)
    lease_token: ColumnClause[int | None] = column(BigInteger)
