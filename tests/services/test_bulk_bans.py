"""Many bans decided at once are the same cases as if they were decided one by one."""

from __future__ import annotations

import pytest

from bot.db.engine import Database
from bot.domain.cases import CaseDetails, CaseKind, CaseState
from bot.domain.sanctions import Done, Held, SanctionOrder, plan
from bot.services import Services
from bot.services.sanctions import LEASE
from tests.support.clock import ManualClock
from tests.support.jail import BOB, CAROL, GUILD, MOD, Jail

USERS = [100, 101, 102, 103]


@pytest.fixture
def jail(database: Database, services: Services) -> Jail:
    return Jail(database, services)


def orders(users: list[int], batch: int = 7) -> list[SanctionOrder]:
    details = CaseDetails(silent=True)
    return [
        SanctionOrder(CaseKind.BAN, user, MOD, "raid", key=f"batch:{batch}:{user}", details=details, batch_id=batch)
        for user in users
    ]


async def test_a_chunk_is_numbered_without_gaps_held_by_one_lease_and_written_at_once(jail: Jail) -> None:
    await jail.do(CaseKind.NOTE)
    bulk = jail.services.bulk_bans
    chunk = await bulk.intend(GUILD, orders(USERS))
    assert sorted(one.case.number for one in chunk.claims if one.case) == [2, 3, 4, 5]
    assert (len({one.token for one in chunk.claims}), any(one.again for one in chunk.claims)) == (1, False)
    assert await bulk.settle(chunk.claims) == set(USERS)
    assert await bulk.settle(chunk.claims) == set(), "and once"
    changes = [(one.before, one.after) for one in await jail.cases.changes(GUILD, 3)]
    assert changes == [(None, "applying"), ("applying", "active")]
    assert await jail.tick() == 0
    await jail.assert_sound()


async def test_the_same_again_after_a_crash_is_the_same_cases(jail: Jail, clock: ManualClock) -> None:
    bulk = jail.services.bulk_bans
    first = await bulk.intend(GUILD, orders(USERS))
    await bulk.settle(first.claims[:2])
    meanwhile = await bulk.intend(GUILD, orders(USERS))
    assert (meanwhile.claims, set(meanwhile.known)) == ([], set(USERS)), "somebody is at them"
    clock.advance(seconds=LEASE.total_seconds() + 1)
    again = await bulk.intend(GUILD, orders(USERS))
    assert {one.user_id for one in again.claims} == set(USERS[2:])
    assert all(one.again for one in again.claims)
    assert {case.state for case in again.known.values()} == {CaseState.ACTIVE}
    assert await bulk.settle(first.claims[2:]) == set(), "its lease is over"
    assert await bulk.settle(again.claims) == set(USERS[2:])
    assert (await jail.case(4)).state is CaseState.ACTIVE
    await jail.assert_sound()


async def test_whoever_something_stands_about_is_left_to_be_decided_alone(jail: Jail) -> None:
    await jail.do(CaseKind.BAN, BOB)
    await jail.order(CaseKind.UNBAN, BOB)
    chunk = await jail.services.bulk_bans.intend(GUILD, orders([BOB, CAROL]))
    assert [one.target_id for one in chunk.others] == [BOB]
    assert [one.user_id for one in chunk.claims] == [CAROL]


async def test_what_was_decided_meanwhile_is_not_written_over(jail: Jail) -> None:
    bulk = jail.services.bulk_bans
    chunk = await bulk.intend(GUILD, orders(USERS))
    lifting = await jail.order(CaseKind.UNBAN, USERS[0])
    assert lifting.claimed is None
    assert await bulk.settle(chunk.claims) == set(USERS[1:])
    [left] = [one for one in chunk.claims if one.user_id == USERS[0]]
    await jail.sanctions.settle(left, plan(left), Done(Held(holds=True)))
    await jail.rest()
    assert [(await jail.case(number)).state for number in (1, 5)] == [CaseState.ENDED, CaseState.ENDED]
    await jail.assert_sound()


async def test_a_cancelled_batch_gives_up_only_its_own_open_cases(jail: Jail) -> None:
    bulk = jail.services.bulk_bans
    mine = await bulk.intend(GUILD, orders(USERS[:2]))
    other = await bulk.intend(GUILD, orders(USERS[2:], batch=8))
    for chunk in (mine, other):
        await bulk.postpone(chunk.claims, LEASE)
    taken, after = await bulk.take_open(GUILD, 7, after=0, limit=10)
    assert ({one.user_id for one in taken}, after) == (set(USERS[:2]), None)
