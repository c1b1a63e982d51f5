"""No column that names a person is forgotten by /privacy."""

from __future__ import annotations

import pytest
from sqlalchemy import BigInteger

from bot.db.base import Base
from bot.db.holding import Holding
from bot.domain.privacy import Erasure
from bot.features import holdings

THINGS = {
    "id", "guild_id", "channel_id", "message_id", "role_id", "application_id", "fallback_id", "transaction_id",
    "reverses_id", "related_id", "lease_token", "amount", "balance", "balance_after", "member_count", "streak",
    "best_streak", "version", "attempts", "count", "total_ms", "duration_ms", "incident_id",
    "batch_id", "per_turn", "total", "planned", "done", "failed", "skipped",
    "hold_id", "item_id", "lot", "quantity", "price", "unit_price", "stock", "per_member", "cooldown", "lifetime",
    "sold", "low", "high", "coins", "net_worth", "earned", "edge", "base",
    "number", "seq", "audit_log_id", "superseded_by", "related", "points", "severity", "log_channel_id",
    "log_message_id", "value", "other", "size",
    "hour", "kept_from", "kept_to",
    "level", "xp", "messages", "voice_seconds", "bucket", "members", "per_mille", "before", "after", "undone_by",
    "topic_id", "panel_id", "header_id", "staff_thread_id", "parent_id", "recorded_to", "reply_to", "follows", "access",
    "applied", "shown", "sending_to", "place",
    "weighed_to", "entrants", "looked", "ping_role_id", "sends", "notes", "noted", "parent_owed_id",
    "transcript_channel_id", "transcript_message_id",
    "xp_multipliers.target_id",  # a channel or a role
    "filled_to",  # how far the ids have come for some minutes; that one stands there says nothing of whose it is
}  # fmt: skip
"""Columns with large numbers that are no person's, by name; with the table's where the name alone may be one's."""


def test_every_column_that_may_name_a_person_is_declared() -> None:
    declared = {(one.table.name, one.person.key) for one in holdings()}
    for table in Base.metadata.sorted_tables:
        for column in table.c:
            if isinstance(column.type, BigInteger) and not {column.name, str(column)} & THINGS:
                assert (table.name, column.name) in declared, f"{table.name}.{column.name}: a person's? Declare it"


@pytest.mark.parametrize("holding", holdings(), ids=lambda one: f"{one.table.name}.{one.person.key}")
def test_a_holding_says_what_it_is_and_why_something_stays(holding: Holding) -> None:
    assert holding.what[0].isupper()
    assert bool(holding.why) == (holding.erasure not in {Erasure.DELETE, Erasure.BLANK})
    if holding.erasure is Erasure.BLANK:
        assert holding.table.c[holding.person.key].nullable
    assert holding.in_guilds or holding.erasure in {Erasure.DELETE, Erasure.BLANK, Erasure.KEEP}
