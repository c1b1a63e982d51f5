"""What members own and earned is kept in step: never far behind, never twice, and right after whatever happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update

from bot.compose import make_services
from bot.db.engine import Database
from bot.db.models.core import Guild, Member, User
from bot.db.models.wealth import MemberWealth, WealthMark
from bot.db.repositories.economy import wealth as rows
from bot.domain.amounts import MAX_COINS, Share
from bot.domain.audit import AuditSource
from bot.domain.economy import Kind, Party, Pocket, move, system, wallet
from bot.domain.economy_settings import EconomySettings, TradeSettings
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.guilds import ShardRange
from bot.domain.leaderboard import Standings
from bot.domain.movements import ClaimDetails
from bot.domain.shop import Item
from bot.domain.treasury import By, Change
from bot.domain.wealth import FRESH_FOR, LEASE, MOST, OVERLAP
from bot.jobs.keeping import LOOK_EVERY, KeepingJob
from bot.services import Services, wealth_keeping
from bot.services.ledger import Movement
from bot.services.shop import By as Keeper
from bot.services.treasury import ChangeOrder
from tests.support.clock import ManualClock
from tests.support.market import GUILD, Market
from tests.support.writes import transactions

ALL = ShardRange(1, frozenset({0}))
NOBODY = 999
LATER = datetime(2030, 1, 1, tzinfo=UTC)
STAFF = Keeper(9)


@pytest.fixture
async def known(database: Database) -> None:
    async with database.write() as session:
        await session.execute(insert(Guild), {"id": GUILD, "name": "Here"})


@pytest.fixture
def market(database: Database, services: Services, known: None) -> Market:
    return Market(database, services)


async def earn(services: Services, database: Database, user_id: int, coins: int, key: str) -> None:
    async with database.write() as session:
        movement = Movement(
            Kind.DAILY,
            key,
            user_id,
            move(system(Pocket.MINT), wallet(user_id), coins),
            ClaimDetails(streak=1, ready_at=LATER),
        )
        await services.holds._ledger.post(session, GUILD, movement)


async def keep(services: Services) -> None:
    """Until nothing is behind but what overlaps."""
    for guild_id in await services.wealth_keeping.behind(ALL):
        await services.wealth_keeping.keep(guild_id)


async def settle(services: Services) -> None:
    await keep(services)  # all rows for the first time
    await keep(services)  # and what came meanwhile


async def board(services: Services, name: str = "net_worth", user_id: int = NOBODY) -> Standings:
    return (await services.leaderboards.show(GUILD, user_id, board=name)).standings


def told(standings: Standings) -> list[tuple[int, int]]:
    return [(row.user_id, row.value) for row in standings.rows]


async def broken(services: Services) -> list[str]:
    check = services.books.promises[-1]
    return [str(one) for one in (await services.books.examine(GUILD, check)).findings]


async def stored(database: Database) -> int:
    async with database.read() as session:
        return await rows.member_count(session, GUILD)


async def test_net_worth_is_wallet_and_bank_and_what_things_would_bring(market: Market, services: Services) -> None:
    await market.pay_in(1, 1_000)
    await market.pay_in(2, 900)
    badge = await market.put_up(price=101, resale=50)
    dear = await market.put_up("Only lent", price=500, lifetime=3_600)
    await market.buy(1, badge, 3, key="a")
    await market.buy(2, dear, key="b")
    await services.bank.deposit(GUILD, 1, Share(200), key="d")
    await settle(services)
    assert told(await board(services)) == [(1, 1_000 - 303 + 3 * 50), (2, 400)]
    overview = await services.economy.overview(GUILD, 1)
    assert (overview.things, overview.worth) == (150, 847)
    assert (await services.economy.overview(GUILD, 2)).things == 0
    own = (await board(services, user_id=2)).own
    assert (own.place, own.value) == (2, 400)
    assert await broken(services) == []


async def test_what_changes_the_worth_of_things_reaches_all_who_own_them(market: Market, services: Services) -> None:
    badge = await market.put_up(price=100)
    for user_id in (1, 2, 3):
        await market.pay_in(user_id, 100 * user_id)
        await market.buy(user_id, badge, key=f"b{user_id}")
    await settle(services)
    assert told(await board(services)) == [(3, 250), (2, 150), (1, 50)]
    item = await market.item(badge)
    await services.shop.edit(
        GUILD, badge.id, lambda one: one.model_copy(update={"price": 1_000}), base=item.version, by=STAFF
    )
    await keep(services)
    assert told(await board(services)) == [(3, 700), (2, 600), (1, 500)]
    await services.guild_settings.edit(
        GUILD, TradeSettings, lambda one: one.model_copy(update={"resale": 10}), base=0, by=9
    )
    await keep(services)
    assert told(await board(services)) == [(3, 300), (2, 200), (1, 100)]
    assert await broken(services) == []


async def test_only_what_comes_from_nobody_is_earned(market: Market, services: Services, database: Database) -> None:
    await market.pay_in(1, 5_000)
    await earn(services, database, 1, 300, "daily")
    await earn(services, database, 1, 50, "more")
    await earn(services, database, 2, 10, "other")
    await services.economy.pay(GUILD, 1, Party(2, is_bot=False, is_member=True), 100, key="p")
    await services.bank.deposit(GUILD, 1, Share(40), key="d")
    await services.bank.withdraw(GUILD, 1, Share(40), key="w")
    await settle(services)
    assert told(await board(services, "earned")) == [(1, 350), (2, 10)]
    assert await broken(services) == []


@pytest.mark.parametrize(
    "place",
    [
        ("Asia/Kathmandu", datetime(2026, 3, 8, 18, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 9, 4, 0, tzinfo=UTC)),  # the night after clocks went forward
        ("America/New_York", datetime(2026, 11, 2, 5, 0, tzinfo=UTC)),  # and after they went back
    ],
)
async def test_a_week_ends_at_midnight_before_monday_where_the_guild_is(
    market: Market, services: Services, database: Database, clock: ManualClock, place: tuple[str, datetime]
) -> None:
    zone, monday = place
    assert market.guild == GUILD
    await services.guild_settings.edit(
        GUILD, GeneralSettings, lambda one: one.model_copy(update={"time_zone": zone}), base=0, by=9
    )
    clock.set(monday - timedelta(milliseconds=1))
    await earn(services, database, 1, 300, "last")
    await earn(services, database, 2, 200, "last of another")
    await settle(services)
    assert told(await board(services, "earned")) == [(1, 300), (2, 200)]
    clock.set(monday)
    assert told(await board(services, "earned")) == []  # at once, before anybody counted anew
    await earn(services, database, 2, 7, "first")
    await keep(services)
    assert told(await board(services, "earned")) == [(2, 7)]
    assert (await board(services, "earned", 1)).own.value == 0
    clock.advance(days=7)
    await keep(services)
    assert told(await board(services, "earned")) == []
    assert await broken(services) == []


async def test_a_guild_that_moves_to_another_zone_has_its_week_counted_anew(
    market: Market, services: Services, database: Database, clock: ManualClock
) -> None:
    clock.set(datetime(2026, 3, 8, 20, 0, tzinfo=UTC))  # in Kathmandu it is Monday
    await earn(services, database, 1, 300, "sunday")
    await settle(services)
    clock.advance(days=1, hours=6)
    await earn(services, database, 2, 40, "tuesday there")
    await settle(services)
    assert told(await board(services, "earned")) == [(2, 40)]
    await services.guild_settings.edit(
        GUILD, GeneralSettings, lambda one: one.model_copy(update={"time_zone": "Asia/Kathmandu"}), base=0, by=9
    )
    await keep(services)
    assert told(await board(services, "earned")) == [(1, 300), (2, 40)]
    assert await broken(services) == []


async def test_a_board_says_of_when_it_is_and_that_it_is_of_now_where_nothing_happened(
    market: Market, services: Services, clock: ManualClock
) -> None:
    empty = await board(services)
    assert empty.as_of is not None
    assert empty.as_of.complete
    await market.pay_in(1, 100)
    begun = await board(services)
    assert begun.as_of is not None
    assert not begun.as_of.complete
    await settle(services)
    looked = clock.now()
    clock.advance(seconds=30)
    shown = await board(services)
    assert shown.as_of is not None
    assert shown.as_of.at == looked
    clock.advance(hours=1)
    await keep(services)
    clock.advance(hours=5)
    shown = await board(services)
    assert shown.as_of is not None
    assert shown.as_of.at == clock.now()  # nothing happened since
    await market.pay_in(1, 5)
    late = await board(services)
    assert late.as_of is not None
    assert late.as_of.at == looked + timedelta(hours=1, seconds=30)
    assert told(late) == [(1, 100)]
    await keep(services)
    assert told(await board(services)) == [(1, 105)]


async def test_what_commits_late_is_found_by_looking_again(
    market: Market, services: Services, database: Database, clock: ManualClock
) -> None:
    await market.pay_in(1, 100)
    await settle(services)
    began = clock.now()
    clock.advance(seconds=100)
    await keep(services)
    clock.set(began + timedelta(seconds=40))  # the id is made by then, the transaction commits after the look
    await market.pay_in(1, 11)
    clock.set(began + timedelta(seconds=120))
    await keep(services)
    assert told(await board(services)) == [(1, 111)]


async def test_a_clock_that_is_set_back_leaves_no_gap(
    market: Market, services: Services, database: Database, clock: ManualClock, rng: Random
) -> None:
    await market.pay_in(1, 100)
    clock.advance(hours=2)
    await settle(services)
    clock.advance(hours=-2)
    again = make_services(
        database, clock, rng, keep_guilds_for=timedelta(days=90), features=FeatureSettings.of({"all"})
    )  # a new process, whose ids begin anew
    clock.advance(minutes=5)
    await keep(again)
    clock.advance(seconds=20)
    await Market(database, again).pay_in(1, 7)
    await Market(database, again).pay_in(2, 3)
    await keep(again)
    assert told(await board(again)) == [(1, 107), (2, 3)]
    assert await broken(again) == []


async def test_a_lease_of_a_clock_that_was_ahead_holds_nobody_up(
    market: Market, services: Services, database: Database, clock: ManualClock
) -> None:
    await market.pay_in(1, 100)
    await settle(services)
    async with database.write() as session:
        ahead = {"lease_until": clock.now() + timedelta(hours=3), "lease_token": 5}
        await session.execute(update(WealthMark).values(ahead))
    await market.pay_in(1, 1)
    await keep(services)
    assert told(await board(services)) == [(1, 101)]


class Crash(BaseException):
    """The process is gone."""


def dies_after(batches: int) -> Callable[[], bool]:
    left = [batches]

    def goes_on() -> bool:
        left[0] -= 1
        if left[0] < 0:
            raise Crash
        return True

    return goes_on


async def test_a_crash_between_batches_is_gone_on_from_by_whoever_comes_after(
    market: Market, services: Services, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    monkeypatch.setattr(wealth_keeping, "BATCH", 2)
    for user_id in range(1, 8):
        await market.pay_in(user_id, 10 * user_id)
    keeping = services.wealth_keeping
    with pytest.raises(Crash):
        await keeping.keep(GUILD, goes_on=dies_after(2))
    assert await stored(database) == 4
    assert await keeping.behind(ALL) == []  # whoever died still has it
    assert not await keeping.keep(GUILD)
    clock.advance(seconds=LEASE.total_seconds())
    await market.pay_in(1, 500)  # a row that was made already
    await settle(services)
    assert told(await board(services)) == [(1, 510), *((user, 10 * user) for user in range(7, 1, -1))]
    for user_id in range(1, 8):
        await market.pay_in(user_id, 1_000)
    with pytest.raises(Crash):
        await keeping.keep(GUILD, goes_on=dies_after(1))
    clock.advance(seconds=LEASE.total_seconds())
    await keep(services)
    assert told(await board(services)) == [(1, 1_510), *((user, 1_000 + 10 * user) for user in range(7, 1, -1))]
    assert await broken(services) == []


async def test_two_processes_at_one_guild_do_it_once(
    market: Market, services: Services, database: Database, clock: ManualClock, rng: Random
) -> None:
    other = make_services(
        database, clock, rng, keep_guilds_for=timedelta(days=90), features=FeatureSettings.of({"all"})
    )
    for user_id in range(1, 30):
        await market.pay_in(user_id, user_id)
    done = await asyncio.gather(*(one.wealth_keeping.keep(GUILD) for one in (services, other, services, other)))
    assert done.count(True) >= 1
    await settle(services)
    assert await stored(database) == 29
    assert await broken(services) == []


async def test_whoever_loses_the_lease_writes_no_more(
    market: Market, services: Services, database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wealth_keeping, "BATCH", 1)
    for user_id in (1, 2, 3):
        await market.pay_in(user_id, user_id)

    asked = []

    def is_stolen() -> bool:
        asked.append(1)
        return True

    async def steal() -> None:
        async with database.write() as session:
            await session.execute(update(WealthMark).values(lease_token=77, lease_until=clock.now() + LEASE))

    people = rows.people_above

    async def slow(*args: Any) -> list[int]:
        found = await people(*args)
        if len(asked) == 2:
            await steal()
        return found

    monkeypatch.setattr(wealth_keeping.rows, "people_above", slow)
    assert not await services.wealth_keeping.keep(GUILD, goes_on=is_stolen)
    assert await stored(database) == 1


async def test_bots_and_who_left_are_not_shown_unless_a_guild_shows_those_who_left(
    market: Market, services: Services, database: Database, clock: ManualClock
) -> None:
    for user_id, coins in ((1, 5), (2, 6), (3, 7)):
        await earn(services, database, user_id, coins, f"e{user_id}")
    people = [{"id": one, "username": f"u{one}", "is_bot": one == 3} for one in (1, 2, 3)]
    left: dict[str, Any] = {"guild_id": GUILD, "role_ids": [], "pending": False, "search_name": ""}
    async with database.write() as session:
        await session.execute(insert(User), people)
        await session.execute(insert(Member), [{**left, "user_id": 2, "left_at": clock.now()}])
    await settle(services)
    for name in ("net_worth", "earned"):
        assert told(await board(services, name)) == [(1, 5)]
    await services.guild_settings.edit(
        GUILD, EconomySettings, lambda one: one.model_copy(update={"shows_left": True}), base=0, by=9
    )
    for name in ("net_worth", "earned"):
        shown = await board(services, name)
        assert [(row.user_id, row.gone) for row in shown.rows] == [(2, "u2"), (1, None)]


async def test_who_was_erased_does_not_come_back(market: Market, services: Services, database: Database) -> None:
    for user_id in (1, 2):
        await market.pay_in(user_id, 100)
    await settle(services)
    await _erase(services, 1)
    assert told(await board(services)) == [(2, 100)]
    await keep(services)
    assert await stored(database) == 1
    assert await broken(services) == []


async def _erase(services: Services, user_id: int) -> None:
    await services.privacy.erase(user_id, GUILD)


async def test_who_is_erased_while_their_row_is_written_does_not_come_back(
    market: Market, services: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await market.pay_in(1, 100)
    await settle(services)
    await market.pay_in(1, 1)
    reckon, erasing = rows.reckon, []

    async def slow(session: Any, *args: Any) -> Any:
        found = await reckon(session, *args)
        if database.in_transaction and not erasing:
            erasing.append(asyncio.create_task(_erase(services, 1)))
            await asyncio.sleep(0.2)
            assert not erasing[0].done()
        return found

    monkeypatch.setattr(wealth_keeping.rows, "reckon", slow)
    await keep(services)
    assert erasing
    await erasing[0]
    assert await stored(database) == 0


async def test_sums_beyond_64_bits_stop_nobody(market: Market, services: Services, database: Database) -> None:
    badge = await market.put_up("Palace", price=MAX_COINS, resale=100)
    await market.pay_in(1, 5)
    async with database.write() as session:
        await session.execute(
            text(
                "INSERT INTO inventory_items (guild_id, user_id, item_id, lot, quantity, created_at, updated_at) "
                "SELECT guild_id, 1, id, 0, 1000, created_at, created_at FROM shop_items"
            )
        )
    assert badge.draft.price == MAX_COINS
    await earn(services, database, 1, MAX_COINS - 5, "a")
    await services.economy.pay(GUILD, 1, Party(2, is_bot=False, is_member=True), MAX_COINS, key="p")
    await earn(services, database, 1, MAX_COINS, "b")
    await earn(services, database, 3, 1, "c")
    await settle(services)
    assert told(await board(services)) == [(1, MOST), (2, MAX_COINS), (3, 1)]
    assert told(await board(services, "earned")) == [(1, 2 * MAX_COINS - 5), (3, 1)]
    assert (await services.economy.overview(GUILD, 1)).things == MOST


@pytest.mark.parametrize("planted", ["net_worth = net_worth + 1", "earned = earned + 1", "coins = coins - 1"])
async def test_a_row_that_is_off_is_found_by_verify_and_mended_when_its_member_moves(
    market: Market, services: Services, database: Database, clock: ManualClock, planted: str
) -> None:
    await market.pay_in(1, 100)
    await market.pay_in(2, 100)
    await settle(services)
    clock.advance(minutes=10)
    await keep(services)
    async with database.write() as session:
        await session.execute(text(f"UPDATE member_wealth SET {planted} WHERE user_id = 2"))  # noqa: S608 — ours
    assert await broken(services) == ["2"]
    await market.pay_in(2, 1)
    assert await broken(services) == []  # it moved since, so nothing is said of it
    await keep(services)
    clock.advance(minutes=10)
    await keep(services)
    assert await broken(services) == []


async def test_a_row_that_is_missing_is_found(
    market: Market, services: Services, database: Database, clock: ManualClock
) -> None:
    await market.pay_in(1, 100)
    await settle(services)
    clock.advance(minutes=10)
    await keep(services)
    async with database.write() as session:
        await session.execute(delete(MemberWealth))
    assert await broken(services) == ["1"]


async def _live(market: Market, database: Database, things: list[Item], rng: Random, step: int) -> None:
    """One member does something."""
    services, (one, other) = market.services, rng.sample(range(1, 6), 2)
    match rng.randrange(5):
        case 0:
            await earn(services, database, one, rng.randrange(1, 50), f"e{step}")
        case 1:
            await market.buy(one, rng.choice(things), key=f"b{step}")
        case 2:
            paid = Party(other, is_bot=False, is_member=True)
            await services.economy.pay(GUILD, one, paid, rng.randrange(1, 90), key=f"p{step}")
        case 3:
            await services.bank.deposit(GUILD, one, Share(rng.randrange(1, 20)), key=f"d{step}")
        case _:
            order = ChangeOrder(Change.ADD, Party(one, is_bot=False, is_member=True), Pocket.BANK, "5")
            await services.treasury.change(GUILD, order, By(9, AuditSource.COMMAND, f"s{step}"))


async def test_random_lives_end_as_what_is_worked_out_anew(
    market: Market, services: Services, database: Database, clock: ManualClock, rng: Random
) -> None:
    things = [await market.put_up(f"Thing {number}", price=10 * number + 7) for number in range(3)]
    for user_id in range(1, 6):
        await market.pay_in(user_id, 10_000)
    for step in range(60):
        await _live(market, database, things, rng, step)
        clock.advance(hours=rng.choice([0, 0, 1, 20]), seconds=rng.randrange(200))
        if rng.random() < 0.3:
            await keep(services)
    await settle(services)
    clock.advance(seconds=2 * OVERLAP.total_seconds())
    assert await broken(services) == []
    for user_id in range(1, 6):
        overview = await services.economy.overview(GUILD, user_id)
        assert (await board(services, user_id=user_id)).own.value == overview.worth


async def test_an_idle_guild_costs_no_writing_and_a_fault_in_one_keeps_no_other_waiting(
    market: Market, services: Services, database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Market(database, services, guild=78 << 22)
    async with database.write() as session:
        await session.execute(insert(Guild), {"id": other.guild, "name": "There"})
    for one in (market, other):
        await one.pay_in(1, 5)
    whole = services.wealth_keeping.keep

    async def keep_one(guild_id: int, **more: Any) -> bool:
        if guild_id == GUILD:
            raise RuntimeError("planted")
        return await whole(guild_id, **more)

    monkeypatch.setattr(services.wealth_keeping, "keep", keep_one)
    job = KeepingJob("wealth", services.wealth_keeping, lambda: ALL)
    await job.round()
    await job.round()
    async with database.read() as session:
        assert (await session.execute(select(func.count()).select_from(MemberWealth))).scalar_one() == 1
    monkeypatch.undo()
    await job.round()
    await job.round()
    clock.advance(minutes=10)
    await job.round()
    assert await services.wealth_keeping.behind(ALL) == []
    assert await services.wealth_keeping.behind(ShardRange(2, frozenset({1}))) == []


async def test_what_is_looked_at_twice_is_not_written_twice_and_boards_stay_fresh(
    market: Market, services: Services, database: Database, clock: ManualClock
) -> None:
    await market.pay_in(1, 100)
    await settle(services)
    written = list[int]()
    for _ in range(12):  # four minutes, in which nothing moves
        clock.advance(seconds=LOOK_EVERY)
        with transactions(database) as begun:
            await keep(services)
        written.append(len(begun))
        shown = await board(services)
        assert shown.as_of is not None
        assert clock.now() - shown.as_of.at <= FRESH_FOR
    assert written == [0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0]
    await market.pay_in(1, 5)
    with transactions(database) as begun:
        await keep(services)
    assert (told(await board(services)), len(begun)) == ([(1, 105)], 2)


async def test_only_guilds_of_its_own_shards_and_where_the_bot_is_are_looked_at(
    market: Market, services: Services, database: Database, clock: ManualClock
) -> None:
    await market.pay_in(1, 5)
    index = (GUILD >> 22) % 2
    assert await services.wealth_keeping.behind(ShardRange(2, frozenset({1 - index}))) == []
    assert await services.wealth_keeping.behind(ShardRange(2, frozenset({index}))) == [GUILD]
    async with database.write() as session:
        await session.execute(update(Guild).values(left_at=clock.now(), erase_at=clock.now()))
    assert await services.wealth_keeping.behind(ALL) == []
