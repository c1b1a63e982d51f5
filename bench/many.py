"""A server with 1,000,000 members who have an account, and 10,000,000 entries in its ledger, made by SQL alone."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, insert, text

from bench.recipe import GUILD
from bench.support import say
from bot.clock import SystemClock
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.wealth import WealthMark
from bot.db.types import UtcDateTime
from bot.domain.leaderboard import Period, begins
from bot.ids import first_at

MEMBERS = 1_000_000
DAYS, MOVEMENTS = 60, 5_000_000
"""Movements of two sides each, so many in all, over so many days."""

_FIRST = 900_500_000_000_000_000
_PRIME = 7_919
"""So that who is rich has nothing to do with their id."""


def member(number: int) -> int:
    """The id of a member, from 0."""
    return _FIRST + number


def at_place(place: int) -> int:
    """The number of a member who stands about there, from 1, before those who are not listed are left out."""
    return (MEMBERS - place) * pow(_PRIME, -1, MEMBERS) % MEMBERS


_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < :most - 1)"
_RANK = f"(i * {_PRIME} % {MEMBERS})"
"""From 0, who has least, to the richest."""

_COINS = f"({_RANK} * {_RANK} / 1000000 + 1)"

# A fifth left, one of a hundred is a bot.
_PEOPLE = f"""
INSERT INTO users (id, username, is_bot, created_at, updated_at)
{_NUMBERS} SELECT {_FIRST} + i, 'member', i % 100 = 7, :now, :now FROM n;
INSERT INTO members (guild_id, user_id, search_name, role_ids, pending, left_at, created_at, updated_at)
{_NUMBERS} SELECT {GUILD}, {_FIRST} + i, 'member', '[]', false, CASE WHEN i % 5 = 3 THEN :then END, :now, :now FROM n;
INSERT INTO accounts (guild_id, holder, pocket, balance, created_at, updated_at)
{_NUMBERS} SELECT {GUILD}, {_FIRST} + i, 'wallet', {_COINS}, :now, :now FROM n;
INSERT INTO accounts (guild_id, holder, pocket, balance, created_at, updated_at)
{_NUMBERS} SELECT {GUILD}, {_FIRST} + i, 'bank', {_COINS} / 2, :now, :now FROM n;
INSERT INTO member_wealth (guild_id, user_id, coins, net_worth, earned, week_of, created_at, updated_at)
{_NUMBERS} SELECT {GUILD}, {_FIRST} + i, {_COINS} + {_COINS} / 2, {_COINS} * 2, {_RANK} / 100, :week_of, :now, :now
FROM n
"""  # noqa: S608 — of numbers that stand above

_KIND = """CASE i % 8 WHEN 0 THEN 'payment' WHEN 1 THEN 'purchase' WHEN 2 THEN 'weekly' WHEN 3 THEN 'sale'
WHEN 4 THEN 'work' WHEN 5 THEN 'work' ELSE 'daily' END"""
_ID = ":first + i * CAST(:step AS BIGINT)"
_MEMBER = f"{_FIRST} + (i * {_PRIME} + :salt) % {MEMBERS}"

_DAY = f"""
INSERT INTO ledger_transactions (guild_id, id, kind, key, details, at, created_at)
{_NUMBERS} SELECT {GUILD}, {_ID}, {_KIND}, 'k:' || ({_ID}), '{{}}', :then, :then FROM n;
INSERT INTO ledger_entries (guild_id, transaction_id, seq, holder, pocket, amount)
{_NUMBERS} SELECT {GUILD}, {_ID}, 0,
CASE i % 8 WHEN 0 THEN {_MEMBER} ELSE 0 END,
CASE i % 8 WHEN 0 THEN 'wallet' WHEN 1 THEN 'shop' WHEN 3 THEN 'shop' ELSE 'mint' END,
CASE i % 8 WHEN 1 THEN 100 ELSE -100 END FROM n;
INSERT INTO ledger_entries (guild_id, transaction_id, seq, holder, pocket, amount, balance_after)
{_NUMBERS} SELECT {GUILD}, {_ID}, 1, {_MEMBER} + 1, 'wallet', CASE i % 8 WHEN 1 THEN -100 ELSE 100 END, 100 FROM n
"""  # noqa: S608 — as above


async def fill(config: DatabaseConfig, now: datetime) -> None:
    """Fill an empty database. Balances are not those of the entries: what is measured does not compare them."""
    patient = replace(config, statement_timeout=3_600.0, synchronous_full=False)
    database = Database(patient, SystemClock(), random.SystemRandom())
    week_of = begins(Period.WEEK, now, ZoneInfo("UTC")) or now
    try:
        await _run(database, _PEOPLE, {"most": MEMBERS, "now": now, "then": now, "week_of": week_of})
        each = MOVEMENTS // DAYS
        for day in range(DAYS):
            then = now - timedelta(days=DAYS - day)
            step = (first_at(then + timedelta(days=1)) - first_at(then)) // each
            values = {"most": each, "first": first_at(then), "step": step, "salt": day * 31, "then": then}
            await _run(database, _DAY, values)
            if day % 20 == 19:
                say(f"  {day + 1} of {DAYS} days")
        async with database.write() as session:
            mark = {"guild_id": GUILD, "marked_at": now, "edge": first_at(now), "week_of": week_of, "prices": {}}
            await session.execute(insert(WealthMark), mark)
    finally:
        await database.close()


async def _run(database: Database, script: str, values: dict[str, Any]) -> None:
    for sql in script.split(";"):
        used = {name: value for name, value in values.items() if f":{name}" in sql}
        typed = [bindparam(name, type_=UtcDateTime) for name, value in used.items() if isinstance(value, datetime)]
        async with database.write() as session:
            await session.execute(text(sql).bindparams(*typed), used)
