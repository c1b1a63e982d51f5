"""What runs at every look of the ticker is served by an index that holds nothing but what is still open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from bench import giveaways as giveaways_bench
from bench.recipe import GUILD
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.tickets import TicketRow
from bot.db.repositories import batches, guilds, leaderboard, locks, outbox, role_grants
from bot.db.repositories.economy import holds, inventory, wealth
from bot.db.repositories.giveaways import entries, erasing, giveaways
from bot.db.repositories.tickets import agents, closing, knowing, showing, tickets
from bot.db.repositories.tickets import opening as ticket_opening
from bot.db.sessions import WriteSession
from bot.domain.giveaways import Status as GiveawayStatus
from bot.domain.guilds import ShardRange
from bot.domain.leaderboard import Asked
from bot.domain.paging import NEWEST
from bot.domain.ticket_search import Reach, TicketFilter, View
from bot.domain.tickets import Because, Mode, Origin, Status, Ticket
from tests.support.clock import ManualClock
from tests.support.plans import planned

SHARDS = ShardRange(4, frozenset({1, 2}))
NOW = ManualClock().now()
CLAIM = {"now": NOW, "lease_until": NOW, "token": 1, "limit": 5}

Act = Callable[[WriteSession], Awaitable[object]]

LOOKS: dict[str, tuple[Act, list[str]]] = {
    "the next message": (lambda session: outbox.next_due(session, SHARDS), ["ix_outbox_guild_id_target_target_id_id"]),
    "due messages": (
        lambda session: outbox.lock_due(session, SHARDS, now=NOW, limit=5),
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
    "the next ticket": (lambda session: tickets.next_due(session, SHARDS), ["ix_tickets_due_at"]),
    "due tickets": (lambda session: tickets.lock_due(session, SHARDS, now=NOW, limit=5), ["ix_tickets_due_at"]),
    "the next giveaway": (lambda session: giveaways.next_due(session, SHARDS), ["ix_giveaways_due_at"]),
    "due giveaways": (lambda session: giveaways.lock_due(session, SHARDS, now=NOW, limit=5), ["ix_giveaways_due_at"]),
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


NOT_OVER, BY_SLOT, BY_NUMBER = "ix_tickets_not_over", "uq_tickets_slot", "pk_tickets"
FROM_THE_NEWEST = "sqlite_autoindex_tickets_1 (guild_id=? AND number<?)"
"""A page of a list is read from the newest ticket on: SQLite takes no index that it would have to sort."""
ALL, SOME = Reach(None), Reach(frozenset({7}), frozenset({8}))


def _listed(reach: Reach = ALL, **wanted: Any) -> Act:
    return lambda session: knowing.listed(session, 1, TicketFilter(**wanted), reach, 3, cursor=NEWEST, limit=11)


TICKETS: dict[str, tuple[Act, set[str]]] = {
    "open ones": (_listed(), {NOT_OVER, BY_SLOT, FROM_THE_NEWEST}),
    "those that somebody answers": (_listed(SOME), {NOT_OVER, BY_SLOT, FROM_THE_NEWEST}),
    "mine": (_listed(view=View.MINE), {NOT_OVER, BY_SLOT, FROM_THE_NEWEST, "ix_tickets_assigned"}),
    "nobody's": (_listed(view=View.UNCLAIMED), {NOT_OVER, BY_SLOT, FROM_THE_NEWEST, "ix_tickets_assigned"}),
    "of a topic": (_listed(topic_id=7), {NOT_OVER, BY_SLOT, FROM_THE_NEWEST, "uq_tickets_slot"}),
    "closed ones": (_listed(status=Status.CLOSED), {BY_NUMBER, FROM_THE_NEWEST}),
    "those that wait for staff": (
        lambda session: knowing.every(session, 1, TicketFilter(View.WAITING), SOME, 3),
        {NOT_OVER, BY_SLOT},
    ),
    "how they went": (
        lambda session: knowing.courses(session, 1, SOME, since=NOW, agent_id=None, limit=5),
        {"ix_tickets_guild_id_opened_at"},
    ),
    "the ticket of a channel": (lambda session: tickets.in_channel(session, 1, 2), {"uq_tickets_channel"}),
    "the ticket of staff's thread": (lambda session: showing.with_staff_thread(session, 1, 2), {NOT_OVER, BY_SLOT}),
    "those that are not over": (lambda session: tickets.not_over(session, 1), {NOT_OVER, BY_SLOT}),
    "those of a member": (lambda session: closing.going_on(session, 1, 2), {BY_SLOT, "ix_tickets_guild_id_opener_id"}),
    "those that a member has open": (
        lambda session: ticket_opening.held(session, 1, 7, 2),
        {"uq_tickets_slot", "ix_tickets_guild_id_opener_id"},
    ),
    "when a member last opened one": (
        lambda session: ticket_opening.last_opened(session, 1, 7, 2),
        {"ix_tickets_guild_id_opener_id"},
    ),
    "how many were opened in a minute": (
        lambda session: ticket_opening.opened_since(session, 1, NOW),
        {"ix_tickets_guild_id_opened_at"},
    ),
    "how many an agent has": (lambda session: agents.count_open(session, 1, 3), {NOT_OVER, "ix_tickets_assigned"}),
}


async def test_tickets_are_found_without_reading_all_that_are_over(database: Database) -> None:
    rows = [_ticket(number) for number in range(1, 1_001)]

    async def fill(session: WriteSession) -> None:
        await session.execute(insert(TicketRow), rows)
        await session.execute(text("ANALYZE"))

    await database.transact(fill)
    wrong: dict[str, str] = {}
    for look, (act, indexes) in TICKETS.items():
        async with planned(database) as (session, plans):
            await act(session)
        if "SCAN" in plans[0] or not any(one in plans[0] for one in indexes):
            wrong[look] = plans[0]
    assert not wrong, "\n".join(f"{look}: {plan}" for look, plan in wrong.items())


OPEN_ONES, ONE_BY_ONE = "ix_giveaways_open", "pk_giveaways"
FROM_THE_NEWEST_GIVEAWAY = "sqlite_autoindex_giveaways_1 (guild_id=? AND number<?)"
IN, OF_ONE = "ix_giveaway_entries_in", "ix_giveaway_entries_guild_id_user_id"


def _giveaways(*statuses: GiveawayStatus) -> Act:
    return lambda session: giveaways.page(session, GUILD, statuses, limit=11)


GIVEAWAYS: dict[str, tuple[Act, set[str]]] = {
    "open ones": (_giveaways(GiveawayStatus.RUNNING, GiveawayStatus.SCHEDULED), {OPEN_ONES}),
    "those that are over": (
        _giveaways(GiveawayStatus.ENDED, GiveawayStatus.CANCELLED),
        {ONE_BY_ONE, FROM_THE_NEWEST_GIVEAWAY},
    ),
    "old ones": (lambda session: erasing.old(session, over_before=NOW, limit=5), {"ix_giveaways_over"}),
    "old drafts": (lambda session: erasing.old_drafts(session, written_before=NOW, limit=5), {OPEN_ONES}),
    "a page of entrants": (lambda session: entries.page(session, GUILD, 300, after=70, limit=11), {IN}),
    "some thousand entrants": (lambda session: entries.count_up_to(session, GUILD, 300, 5), {IN}),
    "the list": (lambda session: entries.weights(session, GUILD, 300, after=70, limit=11), {IN}),
    "what somebody entered": (lambda session: erasing.forget_open(session, GUILD, 7), {OF_ONE}),
}


async def test_giveaways_are_found_without_reading_all_that_are_over(
    database: Database, database_config: DatabaseConfig
) -> None:
    await giveaways_bench.fill(database_config, 300)
    async with database.write() as session:
        await session.execute(text("ANALYZE"))
    wrong: dict[str, str] = {}
    for look, (act, indexes) in GIVEAWAYS.items():
        async with planned(database) as (session, plans):
            await act(session)
        plan = plans[-1]
        large = plan.replace("SCAN anon_1", "").replace(f"SCAN giveaways USING INDEX {OPEN_ONES}", OPEN_ONES)
        if "SCAN" in large or not any(one in plan for one in indexes):
            wrong[look] = plan
    assert not wrong, "\n".join(f"{look}: {plan}" for look, plan in wrong.items())


def _ticket(number: int) -> dict[str, Any]:
    """One of a thousand tickets of 50 members, of which the last ten are open."""
    is_over = number <= 990
    ticket = Ticket(
        guild_id=1, number=number, topic_id=7, opener_id=number % 50, opened_by=1, origin=Origin.PANEL,
        status=Status.CLOSED if is_over else Status.OPEN, status_at=NOW, mode=Mode.CHANNEL, slot=1, key=str(number),
        opened_at=NOW - timedelta(days=1_000 - number), channel_id=number, gone=is_over,
        closed_at=NOW if is_over else None, closed_because=Because.PERSON if is_over else None,
        assignee_id=3 + number % 2,
    )  # fmt: skip
    return {**tickets.values_of(ticket), "due_at": None, "lease_token": None, "attempts": 0}
