"""Where members stand: exact places at any depth, boards of all time and of a period, and who is not named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, event, insert, text, update

from bot.db.engine import Database
from bot.db.models.core import Member, User
from bot.db.models.leveling import LevelWish, MemberLevel, XpBucket, XpPeriod
from bot.db.models.shop import InventoryItem, ShopItem
from bot.domain.curves import Preset
from bot.domain.features import FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.leaderboard import DEEPEST, PAGE, Period, Standing, Standings
from bot.domain.leveling import MAX_XP, Span
from bot.domain.leveling_settings import CurveSettings, LevelingSettings
from bot.domain.ranks import Worn
from bot.domain.shop import ItemKind
from bot.domain.xp_buckets import bucket
from bot.errors import BotsHaveNoRank, FeatureOff, RankHidden
from bot.features import invariants
from bot.services import Services
from bot.services.verify import VerifyService
from tests.support.clock import ManualClock

GUILD, OTHER = 1, 2
NOBODY = 9_999_999


async def earn(database: Database, xp: Mapping[int, int], *, guild: int = GUILD, messages: int = 1) -> None:
    """XP in all, with the buckets as a flush leaves them."""
    counted: dict[int, int] = {}
    for amount in xp.values():
        if amount:
            counted[bucket(amount)] = counted.get(bucket(amount), 0) + 1
    rows = [
        {"guild_id": guild, "user_id": who, "xp": amount, "messages": messages, "voice_seconds": 0}
        for who, amount in xp.items()
    ]
    buckets = [{"guild_id": guild, "bucket": number, "members": many} for number, many in counted.items()]
    async with database.write() as session:
        await session.execute(insert(MemberLevel), rows)
        if buckets:
            await session.execute(insert(XpBucket), buckets)


async def earn_in(database: Database, span: Span, begins: date, xp: Mapping[int, int], **more: int) -> None:
    counted = {"messages": 1, "voice_seconds": 0, **more}
    rows = [
        {"guild_id": GUILD, "span": span, "begins": begins, "user_id": who, "xp": amount, **counted}
        for who, amount in xp.items()
    ]
    async with database.write() as session:
        await session.execute(insert(XpPeriod), rows)


async def wish_nameless(database: Database, *users: int) -> None:
    rows = [{"guild_id": GUILD, "user_id": user, "ping": False, "nameless": True} for user in users]
    async with database.write() as session:
        await session.execute(insert(LevelWish), rows)


async def leave(database: Database, moment: datetime, *users: int) -> None:
    person = {"is_bot": False}
    member = {"guild_id": GUILD, "search_name": "", "role_ids": [], "pending": False, "left_at": moment}
    async with database.write() as session:
        await session.execute(insert(User), [{"id": one, "username": f"u{one}", **person} for one in users])
        await session.execute(insert(Member), [{"user_id": one, **member} for one in users])


async def unnamed(services: Services, *users: int) -> None:
    for user in users:
        await services.preferences.edit(user, lambda one: one.model_copy(update={"statistics": False}), base=0)


async def shown(services: Services, user: int = NOBODY, board: str = "xp", **more: Any) -> Standings:
    return (await services.leaderboards.show(GUILD, user, board=board, **more)).standings


def people(standings: Standings) -> list[tuple[int | None, int]]:
    return [(row.place, row.user_id) for row in standings.rows]


def place_in(xp: Mapping[int, int], user: int) -> int:
    return 1 + sum(amount > xp[user] for amount in xp.values())


def page_of(xp: Mapping[int, int], start: int) -> list[tuple[int | None, int]]:
    ordered = sorted(xp, key=lambda one: (xp[one], one), reverse=True)
    return [(place_in(xp, one), one) for one in ordered[start : start + PAGE]]


async def test_xp_is_the_first_board_and_counts_over_all_times(services: Services) -> None:
    boards = await services.leaderboards.boards(GUILD)
    assert [board.name for board in boards][:3] == ["xp", "messages", "voice"]
    assert all(set(board.periods) == set(Period) for board in boards[:3])
    await services.guild_settings.change(GUILD, FeatureSettings(economy=True), base=0, by=1)
    assert "xp" not in [board.name for board in await services.leaderboards.boards(GUILD)]
    with pytest.raises(FeatureOff):
        await services.ranks.rank(GUILD, 1, viewer_id=1)


async def test_who_has_as_much_shares_a_place_and_the_next_is_as_far_down_as_there_are_people(
    database: Database, services: Services
) -> None:
    await earn(database, {10: 500, 11: 900, 12: 500, 13: 100, 14: 0})
    await earn(database, {10: 10**6, 15: 10**6}, guild=OTHER)
    standings = await shown(services, 12)
    assert people(standings) == [(1, 11), (2, 12), (2, 10), (4, 13)]
    assert standings.own == Standing(12, 2, 500)
    assert (await services.ranks.rank(GUILD, 10, viewer_id=13)).place == 2
    assert (await services.ranks.rank(GUILD, 14, viewer_id=13)).place is None
    assert (await shown(services, 14)).own == Standing(14, None, 0)


@pytest.mark.parametrize("shows_left", [True, False], ids=["left members shown", "left members hidden"])
async def test_places_and_pages_are_exact_however_far_down(
    database: Database, services: Services, clock: ManualClock, shows_left: bool
) -> None:
    rng = Random(7)
    held = {user: rng.choice((rng.randrange(1, 200), rng.randrange(1, 10**7), 5_000)) for user in range(1, 2_600)}
    held[2_600] = MAX_XP
    await earn(database, held)
    away, hidden = rng.sample(range(1, 2_600), 300), rng.sample(range(1, 2_600), 20)
    await leave(database, clock.now(), *away)
    await unnamed(services, *hidden)
    await services.guild_settings.change(GUILD, LevelingSettings(shows_left=shows_left), base=0, by=1)
    gone = set(hidden) if shows_left else {*hidden, *away}
    listed = {user: amount for user, amount in held.items() if user not in gone}
    for user in rng.sample(sorted(listed), 40):
        assert (await services.ranks.rank(GUILD, user, viewer_id=user)).place == place_in(listed, user)
        own = await services.leaderboards.show_own(GUILD, user, board="xp", period=Period.ALL)
        assert own.standings.own.place == place_in(listed, user)
        assert people(own.standings) == page_of(listed, own.standings.start)
    for start in (DEEPEST - PAGE, DEEPEST, DEEPEST + 5, 1_777, (len(listed) - 1) // PAGE * PAGE):
        page = await shown(services, start=start)
        assert (page.start, people(page)) == (start, page_of(listed, start))
        assert page.more == (start + PAGE < len(listed))
    last = await shown(services, start=10**15)
    assert people(last) == page_of(listed, (len(listed) - 1) // PAGE * PAGE)


async def test_a_page_of_a_board_on_which_nobody_is_any_more_is_empty(services: Services) -> None:
    page = await shown(services, start=5_000)
    assert (page.rows, page.start, page.more, page.own.place) == ((), 0, False, None)


async def test_messages_and_voice_have_boards_of_their_own(database: Database, services: Services) -> None:
    await earn(database, {10: 5, 11: 6, 12: 7})
    async with database.write() as session:
        mine = MemberLevel.guild_id == GUILD
        await session.execute(update(MemberLevel).where(mine, MemberLevel.user_id == 10).values(voice_seconds=3_600))
        await session.execute(update(MemberLevel).where(mine, MemberLevel.user_id == 12).values(messages=9))
    assert people(await shown(services, board="messages")) == [(1, 12), (2, 11), (2, 10)]
    voice = await shown(services, 11, "voice")
    assert people(voice) == [(1, 10)]
    assert voice.own == Standing(11, None, 0)


async def test_a_day_a_week_and_a_month_are_those_of_the_servers_calendar(
    database: Database, services: Services, clock: ManualClock
) -> None:
    clock.set(datetime.fromisoformat("2026-03-01T22:30:00+00:00"))  # a Sunday; in Tokyo Monday has begun
    await earn_in(database, Span.WEEK, date(2026, 2, 23), {10: 70}, voice_seconds=60)
    await earn_in(database, Span.WEEK, date(2026, 3, 2), {11: 7})
    await earn_in(database, Span.DAY, date(2026, 3, 1), {12: 70})
    await earn_in(database, Span.DAY, date(2026, 3, 2), {13: 7})
    await earn_in(database, Span.MONTH, date(2026, 3, 1), {14: 7}, messages=4)
    await earn(database, {11: 7})
    assert people(await shown(services, period=Period.WEEK)) == [(1, 10)]
    assert people(await shown(services, period=Period.TODAY)) == [(1, 12)]
    assert people(await shown(services, board="voice", period=Period.WEEK)) == [(1, 10)]
    month = await shown(services, 14, "messages", period=Period.MONTH)
    assert (people(month), month.own) == ([(1, 14)], Standing(14, 1, 4))
    assert (await services.ranks.rank(GUILD, 11, viewer_id=11)).week_xp == 0
    await services.guild_settings.change(GUILD, GeneralSettings(time_zone="Asia/Tokyo"), base=0, by=1)
    assert people(await shown(services, period=Period.WEEK)) == [(1, 11)]
    assert people(await shown(services, period=Period.TODAY)) == [(1, 13)]
    assert (await services.ranks.rank(GUILD, 11, viewer_id=11)).week_xp == 7


async def test_who_wishes_to_be_nameless_stands_on_the_board_as_somebody_and_their_rank_is_theirs_alone(
    database: Database, services: Services
) -> None:
    await earn(database, {10: 9, 11: 8, 12: 7})
    await wish_nameless(database, 11)
    for asker in (11, 12):
        page = await shown(services, asker)
        assert [(row.place, row.nameless) for row in page.rows] == [(1, False), (2, True), (3, False)]
        assert page.own.nameless == (asker == 11)
    own = await services.ranks.rank(GUILD, 11, viewer_id=11)
    assert (own.place, own.is_hidden) == (2, True)
    for ask in (services.ranks.rank, services.ranks.level):
        with pytest.raises(RankHidden):
            await ask(GUILD, 11, viewer_id=12)
    await unnamed(services, 10)
    with pytest.raises(RankHidden):
        await services.ranks.rank(GUILD, 10, viewer_id=12)
    assert not (await services.ranks.rank(GUILD, 12, viewer_id=10)).is_hidden


async def test_a_level_follows_the_servers_curve_and_bots_have_none(database: Database, services: Services) -> None:
    await earn(database, {10: 2_500}, messages=30)
    await services.guild_settings.change(GUILD, CurveSettings(preset=Preset.FLAT, cap=50), base=0, by=1)
    shown = await services.ranks.rank(GUILD, 10, viewer_id=12)
    assert (shown.progress.level, shown.progress.into, shown.progress.step) == (2, 500, 1_000)
    assert (shown.messages, shown.week_xp) == (30, 0)
    assert await services.ranks.level(GUILD, 10, viewer_id=12) == 2
    nothing = await services.ranks.rank(GUILD, NOBODY, viewer_id=12)
    assert (nothing.place, nothing.progress.level, nothing.messages) == (None, 0, 0)
    for ask in (services.ranks.rank, services.ranks.level):
        with pytest.raises(BotsHaveNoRank):
            await ask(GUILD, 10, viewer_id=12, is_bot=True)


async def test_what_is_worn_is_shown_while_it_lasts_and_where_there_is_a_shop(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await wear(database, ItemKind.BADGE, 7, "Bronze badge", None)
    await wear(database, ItemKind.BACKGROUND, 8, "Sea", clock.now())
    shown = await services.ranks.rank(GUILD, 10, viewer_id=10)
    assert (shown.badge, shown.background) == (Worn(7, "Bronze badge", "🥉"), None)
    await services.guild_settings.change(GUILD, FeatureSettings(leveling=True), base=0, by=1)
    assert (await services.ranks.rank(GUILD, 10, viewer_id=10)).badge is None


async def wear(database: Database, kind: ItemKind, item: int, name: str, ends: datetime | None) -> None:
    thing = {
        "guild_id": GUILD, "id": item, "name": name, "search_name": name, "description": "", "emoji": "🥉",
        "category": "", "price": 1, "kind": kind, "giftable": True, "requirements": {}, "effects": {},
        "sold": 0, "version": 1,
    }  # fmt: skip
    copy = {
        "guild_id": GUILD, "user_id": 10, "item_id": item, "lot": 0 if ends is None else 1, "quantity": 1,
        "expires_at": ends, "equipped": kind,
    }  # fmt: skip
    async with database.write() as session:
        await session.execute(insert(ShopItem), thing)
        await session.execute(insert(InventoryItem), copy)


# Buckets -----------------------------------------------------------------------------------------------------


async def wrong(services: Services, database: Database) -> list[str]:
    found = await VerifyService(database, {"leveling": invariants()["leveling"]}).guild(GUILD)
    return [one.detail for one in found]


async def test_buckets_that_say_what_is_not_are_found(database: Database, services: Services) -> None:
    held = {user: 2 ** (user % 53) + user for user in range(1, 200)} | {300: 0, 301: MAX_XP}
    await earn(database, held)
    await earn(database, {1: 5}, guild=OTHER)
    assert await wrong(services, database) == []
    async with database.write() as session:
        here = XpBucket.guild_id == GUILD
        await session.execute(delete(XpBucket).where(here, XpBucket.bucket == bucket(MAX_XP)))
        await session.execute(update(XpBucket).where(here, XpBucket.bucket == bucket(3)).values(members=3))
        made = [{"guild_id": GUILD, "bucket": number, "members": many} for number, many in ((0, 1), (1_000, -2))]
        await session.execute(insert(XpBucket), made)
    assert await wrong(services, database) == [
        "bucket 0 says 1 and has 0",
        "bucket 3 says 3 and has 1",
        "bucket 1000 says -2 and has 0",
        f"bucket {bucket(MAX_XP)} says 0 and has 1",
    ]


async def test_a_bot_with_xp_is_found(database: Database, services: Services) -> None:
    await earn(database, {77: 5})
    async with database.write() as session:
        await session.execute(insert(User), {"id": 77, "username": "robot", "is_bot": True})
    assert await wrong(services, database) == ["bot 77"]


async def test_who_is_erased_leaves_their_bucket_too(database: Database, services: Services) -> None:
    await earn(database, {10: 900, 11: 900, 12: 5})
    await services.privacy.erase(10, GUILD)
    assert await wrong(services, database) == []
    assert (await shown(services, 12)).own.place == 2
    await services.privacy.erase(10, GUILD)
    assert await wrong(services, database) == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_board_of_thirty_thousand_and_a_place_on_it_are_found_by_indexes(
    database: Database, services: Services
) -> None:
    xp = {number: number * 7 for number in range(1, 30_001)}
    await earn(database, xp)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if "member_levels" in statement:
            asked.append((statement, parameters))

    engine = database._reader.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    own = (await shown(services, 15_000)).own
    assert own is not None
    assert own.place == 15_001
    assert asked
    event.remove(engine, "before_cursor_execute", note)
    async with database._reader.connect() as connection:
        for statement, parameters in asked:
            found = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plan = list(found.scalars(3))
            looks = [step for step in plan if "member_levels" in step]
            assert looks
            assert all(re.match(r"SEARCH member_levels USING (COVERING )?INDEX", step) for step in looks), plan


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("SELECT user_id FROM preferences WHERE json_extract(document, '$.statistics') = 0", "ix_preferences_user_id"),
        (
            "SELECT user_id FROM xp_periods WHERE guild_id = 1 AND span = 'week' AND begins = '2026-01-05'"
            " AND voice_seconds > 0 ORDER BY voice_seconds DESC LIMIT 10",
            "ix_xp_periods_guild_id_span_begins_voice_seconds_user_id",
        ),
    ],
)
async def test_those_who_are_few_are_found_by_an_index_of_their_own(database: Database, sql: str, index: str) -> None:
    async with database.read() as session:
        [plan] = [row[3] for row in await session.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
    assert index in plan
