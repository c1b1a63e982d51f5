"""Benchmarks fill their databases by SQL of their own: with a few rows each, so that none falls behind the tables."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from bench import giveaways, histories, many, ranks, recovery, transcripts
from bench.recipe import GUILD
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models import Base
from bot.db.models.economy import LedgerEntry
from bot.db.models.leveling import MemberLevel, XpPeriod
from bot.db.models.moderation import CaseRow
from bot.db.models.tickets import TicketMessage
from bot.domain.guilds import ShardRange
from bot.domain.paging import NEWEST
from bot.domain.transcripts import Edition
from bot.services import Services
from bot.services.giveaway_knowing import Shown

FEW = 20


async def _count(database: Database, table: type[Base]) -> int:
    async with database.read() as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


async def test_a_ticket_of_the_transcripts_bench_can_be_read(
    database_config: DatabaseConfig, database: Database, services: Services
) -> None:
    await transcripts.fill(database_config, FEW)

    made = services.ticket_transcripts.made(GUILD, 1, Edition.STAFF, most_bytes=transcripts.MOST_BYTES)
    async with made as files:
        assert files
    assert await _count(database, TicketMessage) == FEW


async def test_the_tickets_of_the_recovery_bench_are_open_where_their_channels_are(
    database_config: DatabaseConfig, services: Services
) -> None:
    await recovery.fill(database_config, [(GUILD + number % 2, 900 + number, 70) for number in range(FEW)])

    await services.ticket_places.load(ShardRange(1, frozenset({0})))
    assert sorted(one.channel_id for one in services.ticket_places.all()) == [900 + number for number in range(FEW)]


async def test_the_cases_of_the_histories_bench_are_cases(database_config: DatabaseConfig, database: Database) -> None:
    await histories.fill(database_config, FEW)

    assert await _count(database, CaseRow) == FEW


async def test_the_giveaways_of_the_giveaways_bench_are_listed_and_the_newest_was_entered(
    database_config: DatabaseConfig, services: Services
) -> None:
    await giveaways.fill(database_config, giveaways.OPEN + FEW)

    knowing, newest = services.giveaway_knowing, giveaways.OPEN + FEW
    listed = {which: (await knowing.listed(GUILD, which, NEWEST, by=giveaways.HOST)).items[0].number for which in Shown}
    assert listed == {Shown.OPEN: newest, Shown.OVER: FEW, Shown.DRAFTS: newest - 4}
    assert (await knowing.entrants(GUILD, newest, 0)).total == newest


async def test_the_members_of_the_ranks_bench_have_levels(
    database_config: DatabaseConfig, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranks, "MEMBERS", FEW)
    monkeypatch.setattr(ranks, "GUILDS", 2)

    await ranks.fill(database_config)

    assert await _count(database, MemberLevel) == 2 * FEW
    assert await _count(database, XpPeriod) == FEW


async def test_the_accounts_of_the_leaderboards_bench_have_entries(
    database_config: DatabaseConfig, database: Database, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "MEMBERS", FEW)
    monkeypatch.setattr(many, "DAYS", 2)
    monkeypatch.setattr(many, "MOVEMENTS", 2 * FEW)

    await many.fill(database_config, datetime(2026, 1, 5, tzinfo=UTC))

    assert (await services.economy.balance(GUILD, many.member(1))).wallet > 0
    assert await _count(database, LedgerEntry) == 2 * 2 * FEW
