"""What people set for themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Updated
from bot.db.types import Json, Snowflake


class Preference(Updated, Base):
    """What one person set, in all guilds, as the document of its pydantic model."""

    __tablename__ = "preferences"

    user_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    version: Mapped[int] = mapped_column(BigInteger)
