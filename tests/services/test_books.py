"""The books of an economy: they say what is wrong, and what they tell is what a plain reckoning tells."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from sqlalchemy import text, update

from bot.db.engine import Database
from bot.db.models.wealth import WealthMark
from bot.domain.amounts import MAX_COINS
from bot.domain.audit import AuditSource
from bot.domain.economy import Kind, Party, Pocket
from bot.domain.report import Flow
from bot.domain.treasury import By, Change
from bot.errors import DatabaseAway
from bot.ids import first_at
from bot.services import Services
from bot.services.books import Verdict
from bot.services.treasury import ChangeOrder
from tests.support.clock import ManualClock

GUILD = 77 << 22


async def change(
    services: Services,
    user_id: int,
    amount: int,
    key: str,
    *,
    what: Change = Change.ADD,
    pocket: Pocket = Pocket.WALLET,
) -> None:
    party = Party(user_id, is_bot=False, is_member=True)
    by = By(901, AuditSource.COMMAND, key)
    await services.treasury.change(GUILD, ChangeOrder(what, party, pocket, str(amount)), by)


def gini(values: list[int]) -> float:
    """By its definition: the mean difference of all pairs over twice the mean."""
    count, whole = len(values), sum(values)
    return sum(abs(one - other) for one in values for other in values) / (2 * count * whole)


async def count(services: Services) -> None:
    """As the job does every so often, for the first time and then for what came since."""
    for _ in range(2):
        await services.wealth_keeping.keep(GUILD)


@pytest.mark.parametrize("counted", [False, True], ids=["from accounts", "from what is kept"])
@pytest.mark.parametrize("members", [1, 2, 3, 9, 10, 25])
async def test_the_report_is_what_a_plain_reckoning_tells(
    services: Services, rng: Random, members: int, *, counted: bool
) -> None:
    wealth: list[int] = []
    for user_id in range(1, members + 1):
        wallet, bank = rng.randrange(1, 1_000) ** 2, rng.choice([0, rng.randrange(1, 500)])
        await change(services, user_id, wallet, f"w{user_id}")
        if bank:
            await change(services, user_id, bank, f"b{user_id}", pocket=Pocket.BANK)
        wealth.append(wallet + bank)
    if counted:
        await count(services)
    told = await services.books.report(GUILD)
    wealth.sort()
    middle = (wealth[(members - 1) // 2] + wealth[members // 2]) // 2
    assert (told.supply, told.spread.members, told.spread.median) == (sum(wealth), members, middle)
    assert told.spread.gini == pytest.approx(gini(wealth))
    richest = wealth[members - (members + 9) // 10 :]
    assert told.spread.richest_share == pytest.approx(sum(richest) / sum(wealth))
    assert sum(told.spread.shares) == pytest.approx(1)
    assert sorted(told.spread.shares) == list(told.spread.shares) or members % 10


async def test_a_report_never_asks_for_the_writer(services: Services, database: Database, clock: ManualClock) -> None:
    await change(services, 1, 100, "a")
    for kept in (False, True):
        if kept:
            await count(services)
            clock.advance(hours=2)
            assert await services.flow_keeping.keep(GUILD)
        async with database.write() as session:  # taken, and not given back until the report is there
            await session.execute(text("UPDATE accounts SET balance = balance"))
            told = await asyncio.create_task(services.books.report(GUILD))
        assert told.supply == 100


async def test_what_is_kept_is_told_for_a_minute_and_then_only_if_nothing_happened_since(
    services: Services, database: Database, clock: ManualClock
) -> None:
    await change(services, 1, 100, "a")
    await count(services)
    async with database.write() as session:  # so that it shows from where it is told
        await session.execute(text("UPDATE member_wealth SET coins = 77, net_worth = 77"))
    counted_at = clock.now()
    clock.advance(seconds=60)
    told = await services.books.report(GUILD)
    assert (told.spread.median, told.spread_at, told.at) == (77, counted_at, clock.now())
    clock.advance(seconds=1)
    told = await services.books.report(GUILD)
    assert (told.spread.median, told.spread_at) == (100, clock.now())  # it may have: it lies in the overlap
    clock.advance(minutes=10)
    async with database.write() as session:
        await session.execute(update(WealthMark).values(edge=first_at(clock.now())))
    told = await services.books.report(GUILD)
    assert (told.spread.median, told.spread_at) == (77, clock.now()), "counted long ago, and as it is now"
    await change(services, 1, 1, "b")
    assert (await services.books.report(GUILD)).spread.median == 101


async def test_coins_beyond_64_bits_are_added_up(services: Services) -> None:
    for user_id in range(1, 6):
        await change(services, user_id, MAX_COINS, f"k{user_id}")
    told = await services.books.report(GUILD)
    assert told.supply == 5 * MAX_COINS
    assert told.spread.median == MAX_COINS
    assert told.spread.gini == pytest.approx(0, abs=1e-9)
    assert told.flows[0].made == 5 * MAX_COINS


async def test_where_nobody_has_anything_there_is_nothing_to_tell(services: Services) -> None:
    told = await services.books.report(GUILD)
    assert (told.supply, told.spread.members, told.spread.gini, told.spread.shares) == (0, 0, None, ())
    await change(services, 1, 5, "a")
    await change(services, 1, 5, "b", what=Change.REMOVE)
    told = await services.books.report(GUILD)
    assert (told.supply, told.spread.members, told.spread.gini, told.spread.richest_share) == (0, 1, None, None)


async def test_faucets_and_sinks_are_told_by_kind_for_the_last_7_and_30_days(
    services: Services, clock: ManualClock
) -> None:
    await change(services, 1, 9, "too long ago")
    clock.advance(days=31)
    await change(services, 1, 100, "a")
    clock.advance(days=20)
    await change(services, 1, 40, "b", what=Change.REMOVE)
    await change(services, 2, 30, "c", what=Change.SET)
    await services.economy.pay(GUILD, 1, Party(2, is_bot=False, is_member=True), 5, key="p")
    week, month = (await services.books.report(GUILD)).flows
    assert (week.days, month.days) == (7, 30)
    assert set(week.flows) == {Flow(Kind.FINE, 0, 40), Flow(Kind.CORRECTION, 30, 0)}
    assert set(month.flows) == {Flow(Kind.GRANT, 100, 0), Flow(Kind.FINE, 0, 40), Flow(Kind.CORRECTION, 30, 0)}
    assert (month.made, month.gone) == (130, 40)


async def test_an_audit_finds_what_was_planted_and_says_it_in_words(services: Services, database: Database) -> None:
    await change(services, 1, 100, "a")
    assert {
        one.verdict for one in [await services.books.examine(GUILD, check) for check in services.books.promises]
    } == {Verdict.KEPT}
    async with database.write() as session:
        await session.execute(text("UPDATE accounts SET balance = 99 WHERE holder = 1"))
    broken = [
        found
        for check in services.books.promises
        if (found := await services.books.examine(GUILD, check)).verdict is Verdict.BROKEN
    ]
    assert [(one.promise, [str(finding) for finding in one.findings]) for one in broken] == [
        ("every balance is the sum of its entries", ["the wallet of 1 holds 99, its entries make 100"])
    ]


async def test_what_is_no_opposite_of_what_it_takes_back_is_found(services: Services, database: Database) -> None:
    await change(services, 1, 100, "a")
    grant = (await services.economy.statement(GUILD, 1)).lines[0].transaction_id
    await services.undoing.undo(GUILD, grant, By(901, AuditSource.COMMAND, "u"))
    check = next(one for one in services.books.promises if one.promise.startswith("what takes"))
    assert (await services.books.examine(GUILD, check)).verdict is Verdict.KEPT
    async with database.write() as session:
        await session.execute(text(f"UPDATE ledger_entries SET amount = 2 * amount WHERE transaction_id = {grant}"))  # noqa: S608 — a number
    assert (await services.books.examine(GUILD, check)).verdict is Verdict.BROKEN


async def test_a_report_never_waits_for_who_writes(services: Services, database: Database) -> None:
    await change(services, 1, 100, "a")

    async def write() -> None:
        async with database.write() as session:
            await session.execute(text("UPDATE accounts SET balance = 0 WHERE holder = 1"))
            assert (await services.books.report(GUILD)).supply == 100
            raise TimeoutError("so that nothing of it stays")

    with pytest.raises(DatabaseAway):
        await write()
