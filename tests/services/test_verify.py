"""What is broken on purpose is found, and what is sound is left in peace, on both databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import insert, text

from bot.db.engine import Database
from bot.db.models.core import Guild
from bot.db.models.economy import Account
from bot.domain.economy import Party
from bot.domain.economy_settings import EconomySettings
from bot.domain.role_grants import GuildFacts, MemberFacts, plan
from bot.domain.roles import Reach, RoleFacts
from bot.features import invariants
from bot.services import Services
from bot.services.verify import MOST, Finding, VerifyService
from tests.support.clock import ManualClock
from tests.support.market import Market

GUILD = 77 << 22
OTHER = 78 << 22


@pytest.fixture
async def village(services: Services, database: Database) -> None:
    """Two guilds in which coins have moved, one of them known."""
    for guild in (GUILD, OTHER):
        await services.guild_settings.change(guild, EconomySettings(starting_balance=100), base=0, by=None)
        for number in range(1, 4):
            await services.economy.pay(
                guild, number, Party(number + 1, is_bot=False, is_member=True), 30, key=f"{number}"
            )
        await services.earning.daily(guild, 1, key="d")
        await given(services, guild)
        market = Market(database, services, guild)
        await market.buy(3, await market.put_up("Stone", 10), 2, key="s")
        market.away = True
        await market.buy(3, await market.put_up_role("Star", 10), key="r")
    async with database.write() as session:
        await session.execute(insert(Guild), {"id": GUILD, "name": "Meadow"})


async def given(services: Services, guild: int) -> None:
    """A role for a day, given and held."""
    ordered = await services.role_grants.give(guild, 1, 50, by=9, lasts=timedelta(days=1), reason=None)
    assert ordered.claimed is not None
    member = MemberFacts(frozenset(), joined_at=None)
    roles = GuildFacts({50: RoleFacts(50, rank=1)}, Reach(top_rank=2, may_manage=True))
    made = plan(ordered.claimed.grants, member, roles, ordered.claimed.claimed_at)
    assert await services.role_grants.settle(ordered.claimed, made, member)


async def found(database: Database) -> list[Finding]:
    only = Database(replace(database.config, read_only=True), ManualClock(), Random(1))
    told: list[tuple[int, int]] = []
    try:
        findings = [
            one async for one in VerifyService(only, invariants()).findings(lambda done, of: told.append((done, of)))
        ]
    finally:
        await only.close()
    assert told[-1][0] == told[-1][1]
    return findings


async def breaks(database: Database, *statements: str) -> set[str]:
    """The promises about `GUILD` that no longer hold after these statements, which no constraint stops."""
    wanted = [statement.format(guild=GUILD) for statement in statements]
    if database.is_sqlite:
        with closing(sqlite3.connect(database.config.sqlite_path)) as connection:  # where foreign keys are off
            connection.execute("PRAGMA ignore_check_constraints = ON")
            for statement in wanted:
                connection.execute(statement)
            connection.commit()
    else:
        async with database.write() as session:
            await session.execute(text("SET LOCAL session_replication_role = replica"))
            await session.execute(text("ALTER TABLE accounts DROP CONSTRAINT ck_accounts_not_below_zero"))
            await session.execute(text("ALTER TABLE claims DROP CONSTRAINT ck_claims_streaks"))
            await session.execute(text("ALTER TABLE role_grants DROP CONSTRAINT ck_role_grants_ended_when_over"))
            await session.execute(text("ALTER TABLE holds DROP CONSTRAINT ck_holds_settled_when_over"))
            await session.execute(text("ALTER TABLE holds DROP CONSTRAINT ck_holds_pending_is_looked_at"))
            await session.execute(text("ALTER TABLE purchases DROP CONSTRAINT ck_purchases_settled_when_over"))
            await session.execute(text("ALTER TABLE role_grants DROP CONSTRAINT ck_role_grants_ended_is_not_ours"))
            for statement in wanted:
                await session.execute(text(statement))
    return {one.promise for one in await found(database) if one.guild_id == GUILD}


@pytest.mark.usefixtures("village")
async def test_a_sound_database_has_only_its_unknown_server_to_tell_of(database: Database) -> None:
    assert [(one.guild_id, one.grave) for one in await found(database)] == [(OTHER, False)]


async def test_an_empty_database_is_sound(database: Database) -> None:
    assert await found(database) == []


SUM, TOTAL = "every transaction sums to zero", "the ledger sums to zero"
BALANCE = "every balance is the sum of its entries"
ALONE, BELOW = "every entry belongs to a transaction", "no account is below zero or above the limit"
TENDED, OURS = (
    "every granted role is looked at, and no later than its end",
    "no role counts as ours once its grant is over",
)
ESCROW, WAITS = "escrow holds what is put aside", "a purchase holds coins while it is pending"
OWNED, SOLD = "what members own is the sum of how it came and went", "as much was sold as bought"
CLAIM = "every claim is ready after it was made"


@pytest.mark.usefixtures("village")
@pytest.mark.parametrize(
    ("statement", "promises"),
    [
        ("UPDATE accounts SET balance = balance + 1 WHERE guild_id = {guild} AND holder = 2", {BALANCE}),
        ("DELETE FROM accounts WHERE guild_id = {guild} AND holder = 2", {BALANCE}),
        ("UPDATE accounts SET balance = -5 WHERE guild_id = {guild} AND holder = 2", {BALANCE, BELOW}),
        ("UPDATE ledger_entries SET amount = amount + 1 WHERE guild_id = {guild} AND holder = 0", {SUM, TOTAL, ESCROW}),
        ("DELETE FROM ledger_entries WHERE guild_id = {guild} AND holder = 0", {SUM, TOTAL, ESCROW}),
        ("DELETE FROM ledger_transactions WHERE guild_id = {guild} AND key = '2'", {ALONE}),
        ("DELETE FROM ledger_entries WHERE guild_id = {guild}", {SUM, BALANCE, ESCROW}),
        ("UPDATE claims SET ready_at = last_at WHERE guild_id = {guild}", {CLAIM}),
        ("UPDATE claims SET streak = 0 WHERE guild_id = {guild}", {CLAIM}),
        ("UPDATE holds SET amount = amount + 1 WHERE guild_id = {guild}", {ESCROW}),
        ("UPDATE holds SET state = 'voided' WHERE guild_id = {guild}", {ESCROW, WAITS}),
        ("UPDATE purchases SET state = 'done' WHERE guild_id = {guild}", {WAITS}),
        ("UPDATE inventory_items SET quantity = quantity + 1 WHERE guild_id = {guild}", {OWNED}),
        ("DELETE FROM item_moves WHERE guild_id = {guild}", {OWNED}),
        ("UPDATE shop_items SET sold = sold + 1 WHERE guild_id = {guild}", {SOLD}),
        ("DELETE FROM role_duties WHERE guild_id = {guild}", {TENDED}),
        ("UPDATE role_duties SET due_at = NULL WHERE guild_id = {guild}", {TENDED}),
        ("UPDATE role_grants SET expires_at = '2020-01-01 00:00:00' WHERE guild_id = {guild}", {TENDED}),
        ("UPDATE role_grants SET state = 'ended' WHERE guild_id = {guild}", {OURS}),
    ],
)
async def test_what_was_tampered_with_is_found_in_its_server(
    database: Database, statement: str, promises: set[str]
) -> None:
    assert await breaks(database, statement) == promises


async def test_a_role_that_is_changed_after_its_end_and_before_the_next_look_is_no_fault(
    database: Database, services: Services, clock: ManualClock
) -> None:
    async def want(source: str, until: datetime | None) -> None:
        async with database.write() as session:
            await services.role_grants.want(session, GUILD, 1, 7, source=source, until=until)

    await want("a", clock.now() + timedelta(hours=1))
    clock.advance(hours=2)  # nobody was there to look
    await want("b", None)
    assert not [one for one in await found(database) if one.grave]


@pytest.mark.usefixtures("village")
async def test_a_thousand_wrongs_of_one_kind_are_not_told_one_by_one(database: Database) -> None:
    async with database.write() as session:
        rows = [{"guild_id": GUILD, "holder": one, "pocket": "wallet", "balance": 7} for one in range(1000, 2000)]
        await session.execute(insert(Account), rows)
    details = [one.detail for one in await found(database) if one.promise == BALANCE]
    assert (len(details), details[-1]) == (MOST + 1, "and more")
