"""What people set for themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnClause, Index, text

from bot.db.base import Base, Updated, column
from bot.db.types import Json, Snowflake

UNNAMED = {
    "sqlite": "json_extract(document, '$.statistics') = 0",
    "postgresql": "(document ->> 'statistics') = 'false'",
}
"""Who chose to be in no statistics, as the index below says it: a query that says the same finds them by it."""


class Preference(Updated, Base):
    """What one person set, in all guilds, as the document of its pydantic model."""

    __tablename__ = "preferences"
    __table_args__ = (
        Index(None, "user_id", postgresql_where=text(UNNAMED["postgresql"]), sqlite_where=text(UNNAMED["sqlite"])),
    )

    user_id: ColumnClause[int] = column(Snowflake, primary_key=True, autoincrement=False)
    document: ColumnClause[dict[str, Any]] = column(Json)
    version: ColumnClause[int] = column(BigInteger)
