"""What runs at every look of the ticker is served by an index that holds nothing but what is still open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.db.engine import Database
from bot.db.repositories import batches, guilds, leaderboard, locks, outbox, role_grants
from bot.db.repositories.economy import holds, inventory, wealth
from bot.db.sessions import WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.leaderboard import Asked
from tests.support.clock import ManualClock
from tests.support.plans import planned

SHARDS = ShardRange(4, frozenset({1, 2}))
NOW = ManualClock().now()
CLAIM = {"now": NOW, "lease_until": NOW, "token": 1, "limit": 5}

Act = Callable[[WriteSession], Awaitable[object]]

LOOKS: dict[str, tuple[Act, list[str]]] = {
    "the next message": (lambda session: outbox.next_due(session, SHARDS), ["ix_outbox_guild_id_target_target_id_id"]),
    "due messages": (
        lambda session: outbox.claim_due(session, SHARDS, **CLAIM),
        ["ix_outbox_due_at", "ix_outbox_guild_id_target_target_id_id"],
    ),
    "the next batch": (
        lambda session: batches.next_due(session, SHARDS),
        ["ix_batches_due_at", "ix_batches_guild_id_started_at_id"],
    ),
    "due batches": (
        lambda session: batches.claim_due(session, SHARDS, **CLAIM),
        ["ix_batches_due_at", "ix_batches_guild_id_started_at_id"],
    ),
    "targets of a batch": (
        lambda session: batches.claim_items(session, 1, 2, token=1, limit=5),
        ["ix_batch_items_guild_id_batch_id_target"],
    ),
    "the next role": (lambda session: role_grants.next_due(session, SHARDS), ["ix_role_duties_due_at"]),
    "due roles": (
        lambda session: role_grants.lock_due(session, SHARDS, now=NOW, limit=5),
        ["ix_role_duties_due_at"],
    ),
    "the next lock": (lambda session: locks.next_due(session, SHARDS), ["ix_channel_locks_due_at"]),
    "due locks": (lambda session: locks.lock_due(session, SHARDS, now=NOW, limit=5), ["ix_channel_locks_due_at"]),
    "the next hold": (lambda session: holds.next_due(session, SHARDS), ["ix_holds_due_at"]),
    "due holds": (lambda session: holds.lock_due(session, SHARDS, now=NOW, limit=5), ["ix_holds_due_at"]),
    "the next expiry": (lambda session: inventory.next_expiry(session, SHARDS), ["ix_inventory_items_expires_at"]),
    "expired things": (
        lambda session: inventory.take_expired(session, SHARDS, now=NOW, limit=5),
        ["ix_inventory_items_expires_at"],
    ),
    "the next erasure": (lambda session: guilds.next_erasure(session, SHARDS), ["ix_guilds_erase_at"]),
    "due erasures": (lambda session: guilds.claim_erasures(session, SHARDS, **CLAIM), ["ix_guilds_erase_at"]),
}


@pytest.mark.parametrize("look", LOOKS)
async def test_a_look_reads_what_is_open_and_not_what_was_done(database: Database, look: str) -> None:
    act, indexes = LOOKS[look]
    async with planned(database) as (session, plans):
        await act(session)
    assert plans
    for index in indexes:
        assert index in plans[0], plans[0]
    assert not any("SCAN" in line and not line.startswith("SCAN due") for line in plans[0].splitlines()), plans[0]


@pytest.mark.parametrize("shows_left", [False, True])
async def test_a_board_looks_into_the_few_who_are_not_shown_and_not_into_everybody(
    database: Database, shows_left: bool
) -> None:
    async with planned(database) as (session, plans):
        asked = Asked(user_id=1, start=20)
        await leaderboard.standings(session, wealth.WEALTHIEST, 5, asked, 100, shows_left=shows_left)
    assert len(plans) >= 2
    for plan in plans:
        assert "ix_member_wealth_guild_id_net_worth_user_id" in plan, plan
        assert "ix_users_id" in plan, plan
        assert ("ix_members_guild_id_user_id" in plan) or shows_left, plan
