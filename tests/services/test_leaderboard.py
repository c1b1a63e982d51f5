"""Who has most: places, ties, who is not shown, and pages that stay right while people come and go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, text, update

from bot.db.engine import Database
from bot.db.models.core import Member, User
from bot.db.models.economy import Account
from bot.domain.economy import Party, Pocket
from bot.domain.economy_settings import EconomySettings
from bot.domain.features import Feature, FeatureSettings
from bot.domain.general import GeneralSettings
from bot.domain.leaderboard import DEEPEST, PAGE, Asked, Period, Standing, Standings
from bot.errors import BoardNotFound, FeatureOff, NoBoards, PeriodNotCounted
from bot.services import Services
from bot.services.leaderboard import Board
from tests.support.clock import ManualClock

GUILD, OTHER = 1, 2
NOBODY = 999


async def give(database: Database, *held: tuple[int, int], guild: int = GUILD) -> None:
    rows = [{"guild_id": guild, "holder": who, "pocket": Pocket.WALLET, "balance": coins} for who, coins in held]
    async with database.write() as session:
        await session.execute(insert(Account), rows)


async def know(database: Database, user: int, *, bot: bool = False, left: datetime | None = None) -> None:
    person = {"id": user, "username": f"u{user}", "is_bot": bot}
    member = {"guild_id": GUILD, "user_id": user, "search_name": "", "role_ids": [], "pending": False, "left_at": left}
    async with database.write() as session:
        await session.execute(insert(User), person)
        await session.execute(insert(Member), member)


async def shown(services: Services, user: int = NOBODY, **more: Any) -> Standings:
    return (await services.leaderboards.show(GUILD, user, board="wallet", **more)).standings


def people(standings: Standings) -> list[tuple[int | None, int]]:
    return [(row.place, row.user_id) for row in standings.rows]


async def test_the_richest_come_first_and_those_who_have_as_much_share_a_place(
    database: Database, services: Services
) -> None:
    await give(database, (10, 5), (11, 9), (12, 5), (13, 1), (14, 9), (15, 5))
    standings = await shown(services, 12)
    assert people(standings) == [(1, 14), (1, 11), (3, 15), (3, 12), (3, 10), (6, 13)]
    assert standings.own == Standing(12, 3, 5)
    assert not standings.more


async def test_a_tie_over_the_edge_of_a_page_has_one_place_on_both(database: Database, services: Services) -> None:
    await give(database, (1, 1_000), *((user, 5) for user in range(10, 30)))
    first = await shown(services)
    second = await shown(services, start=PAGE)
    assert people(first)[1:] == [(2, user) for user in range(29, 20, -1)]
    assert people(second) == [(2, user) for user in range(20, 10, -1)]
    assert second.more
    assert {row.user_id for row in first.rows}.isdisjoint(row.user_id for row in second.rows)


async def test_who_wants_to_be_in_no_statistics_is_on_no_board_but_sees_their_own_place(
    database: Database, services: Services
) -> None:
    await give(database, (10, 9), (11, 8), (12, 7))
    await services.preferences.edit(10, lambda one: one.model_copy(update={"statistics": False}), base=0)
    await services.preferences.edit(12, lambda one: one.model_copy(update={"language": "de"}), base=0)
    assert people(await shown(services)) == [(1, 11), (2, 12)]
    assert (await shown(services, 10)).own == Standing(10, 1, 9)


async def test_who_left_and_bots_and_the_erased_and_other_guilds_are_not_shown(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await give(database, (10, 9), (11, 8), (12, 7), (13, 6), (14, 0), (-5, 99), (0, 50))
    await give(database, (10, 1_000), (77, 500), guild=OTHER)
    await know(database, 10, left=clock.now())
    await know(database, 11, bot=True)
    await know(database, 12)
    standings = await shown(services, 12)
    assert people(standings) == [(1, 12), (2, 13)], "those who were never seen are shown"
    assert standings.own.place == 1


async def test_whoever_asks_stands_somewhere_in_any_case(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await give(database, *((user, user) for user in range(10, 40)), (50, 0))
    assert (await shown(services, 12)).own == Standing(12, 28, 12)
    assert (await shown(services, 50)).own == Standing(50, None, 0)
    assert (await shown(services, NOBODY)).own == Standing(NOBODY, None, 0, counts=False)
    await know(database, 39, left=clock.now())
    assert (await shown(services, 39)).own == Standing(39, 1, 39)


async def test_coins_to_begin_with_give_a_place_once_they_moved_as_the_list_shows(
    database: Database, services: Services
) -> None:
    await give(database, (10, 50), (11, 20))
    await services.guild_settings.change(GUILD, EconomySettings(starting_balance=35), base=0, by=1)
    before = await shown(services, 12)
    assert people(before) == [(1, 10), (2, 11)]
    assert before.own == Standing(12, None, 35, counts=False)
    await services.economy.pay(GUILD, 12, Party(13, is_bot=False, is_member=True), 5, key="a")
    after = await shown(services, 12)
    assert people(after) == [(1, 10), (2, 13), (3, 12), (4, 11)]
    assert after.own == Standing(12, 3, 30)


async def test_people_who_leave_between_two_pages_shift_those_below_and_an_empty_page_is_the_last(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await give(database, *((user, user) for user in range(1, 26)))
    for user in range(1, 26):
        await know(database, user)
    third = await shown(services, start=2 * PAGE)
    assert people(third) == [(21, 5), (22, 4), (23, 3), (24, 2), (25, 1)]
    async with database.write() as session:
        await session.execute(update(Member).where(Member.user_id > 15).values(left_at=clock.now()))
    again = await shown(services, start=2 * PAGE)
    assert again.start == PAGE
    assert people(again) == [(11, 5), (12, 4), (13, 3), (14, 2), (15, 1)]
    async with database.write() as session:
        await session.execute(update(Member).values(left_at=clock.now()))
    empty = await shown(services, start=PAGE)
    assert (empty.rows, empty.start, empty.more) == ((), 0, False)


async def test_no_more_places_are_told_than_there_are_and_none_below_the_deepest(
    database: Database, services: Services
) -> None:
    await give(database, *((user, 10_000 - user) for user in range(1, DEEPEST + 31)))
    last = await shown(services, DEEPEST, start=10**12)
    assert people(last)[-1] == (DEEPEST, DEEPEST)
    assert not last.more
    assert last.own.place == DEEPEST
    assert (await shown(services, DEEPEST + 1, start=-7)).own == Standing(DEEPEST + 1, None, 9_999 - DEEPEST)


async def test_one_stands_at_the_same_place_whatever_page_is_looked_at(database: Database, services: Services) -> None:
    held = {user: 1 + user * 7 % 23 for user in range(10, 70)}
    await give(database, *held.items())
    hidden = 33
    await know(database, hidden, bot=True)
    for user, coins in held.items():
        above = sum(other > coins for who, other in held.items() if who != hidden)
        for start in (0, PAGE, 3 * PAGE, 5 * PAGE, 9 * PAGE):
            own = (await shown(services, user, start=start)).own
            assert own == Standing(user, above + 1, coins), f"on the page from {start}"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_what_one_member_has_is_found_by_the_primary_key_also_where_nothing_was_counted(
    database: Database,
) -> None:
    query = "EXPLAIN QUERY PLAN SELECT pocket, balance FROM accounts WHERE guild_id = 1 AND holder = 2"
    async with database.read() as session:
        plan = [row[3] for row in await session.execute(text(query))]
    assert plan == ["SEARCH accounts USING INDEX sqlite_autoindex_accounts_1 (guild_id=? AND holder=?)"]


async def test_one_s_own_page_is_found(database: Database, services: Services) -> None:
    await give(database, *((user, 100 - user) for user in range(1, 36)))
    boards = services.leaderboards
    own = await boards.show_own(GUILD, 23, board="richest", period=Period.ALL)
    assert own.standings.start == 2 * PAGE
    assert 23 in [row.user_id for row in own.standings.rows]
    assert (await boards.show_own(GUILD, NOBODY, board="richest", period=Period.ALL)).standings.start == 0


async def test_only_boards_of_features_that_are_on_are_there(services: Services) -> None:
    boards = services.leaderboards
    await services.guild_settings.change(GUILD, FeatureSettings(economy=True), base=0, by=1)
    assert [board.name for board in await boards.boards(GUILD)] == ["wallet", "bank", "net_worth", "earned"]
    assert (await boards.show(GUILD, 1)).board.name == "wallet"
    await services.guild_settings.change(GUILD, FeatureSettings(economy=False), base=1, by=1)
    assert await boards.boards(GUILD) == []
    with pytest.raises(NoBoards):
        await boards.show(GUILD, 1)
    with pytest.raises(FeatureOff):
        await boards.show(GUILD, 1, board="richest")
    with pytest.raises(BoardNotFound):
        await boards.show(GUILD, 1, board="tallest")


async def test_a_board_is_asked_from_when_its_period_began_for_the_guild(services: Services) -> None:
    asked: list[Asked] = []

    async def source(_guild: int, wanted: Asked) -> Standings:
        asked.append(wanted)
        return Standings((), Standing(wanted.user_id, None, 0), 0, more=False)

    board = Board(
        name="tallest", title="Tallest", source=lambda _: source, said=str, periods=(Period.WEEK, Period.TODAY)
    )
    boards = services.leaderboards
    boards.offer(board, Feature.ECONOMY, source)
    await services.guild_settings.change(GUILD, GeneralSettings(time_zone="Asia/Tokyo"), base=0, by=1)
    assert (await boards.show(GUILD, 1, board="tallest")).period is Period.WEEK
    await boards.show(GUILD, 1, board="tallest", period=Period.TODAY)
    assert [one.since and one.since.hour for one in asked] == [15, 15], "midnight in Tokyo"
    with pytest.raises(PeriodNotCounted):
        await boards.show(GUILD, 1, board="tallest", period=Period.MONTH)
