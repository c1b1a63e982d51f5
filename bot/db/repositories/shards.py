"""Which rows belong to the shards of a process."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, literal

from bot.domain.guilds import ShardRange


def served_by(guild_id: Any, shards: ShardRange) -> ColumnElement[bool]:
    """Whether the guild that a column names is one of these shards', by Discord's own formula."""
    if len(shards.ids) == shards.count:
        return literal(True)  # noqa: FBT003 — a SQL literal
    # Divided, not shifted: PostgreSQL shifts a BIGINT by an INTEGER only. Ids are positive, so both mean the same.
    return (guild_id // (1 << 22) % shards.count).in_(sorted(shards.ids))
