"""Role grants as they are kept: written with their cause, carried out by one, ended on time, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.role_grants import RoleDuty, RoleGrant
from bot.domain.audit import AuditSource
from bot.domain.grant_sources import HAND, batch_source
from bot.domain.guilds import ShardRange
from bot.domain.role_grants import (
    Claimed,
    Delayed,
    Grant,
    GrantState,
    GuildFacts,
    MemberFacts,
    Plan,
    plan,
)
from bot.domain.roles import Reach, RoleFacts
from bot.errors import RoleNotGranted
from bot.services import Services, role_grants
from bot.services.role_grants import KEPT_FOR, LEASE
from tests.support.clock import ManualClock

ALL = ShardRange(1, frozenset({0}))
GUILD = 5 << 22
USER, VIP, GUEST = 7, 100, 101
FACTS = GuildFacts({VIP: RoleFacts(VIP, 1), GUEST: RoleFacts(GUEST, 2)}, Reach(9, may_manage=True))
DAY = timedelta(days=1)


class Village:
    """The roles that members have, as Discord would keep them, and how often each was changed."""

    def __init__(self, database: Database, services: Services) -> None:
        self.database = database
        self.services = services
        self.grants = services.role_grants
        self.roles: dict[int, set[int]] = {}
        self.changes: Counter[int] = Counter()

    async def want(
        self, *, user: int = USER, role: int = VIP, source: str = "shop:1", guild: int = GUILD, **more: object
    ) -> None:
        async with self.database.write() as session:
            await self.grants.want(session, guild, user, role, source=source, **more)  # type: ignore[arg-type]

    async def end(self, *, role: int = VIP, source: str = "shop:1") -> bool:
        async with self.database.write() as session:
            return await self.grants.end(session, GUILD, USER, role, source=source)

    def planned(self, claimed: Claimed) -> tuple[Plan, MemberFacts]:
        member = MemberFacts(frozenset(self.roles.get(claimed.user_id, ())), None)
        return plan(claimed.grants, member, FACTS, claimed.claimed_at), member

    def do(self, claimed: Claimed, made: Plan) -> None:
        self.changes[claimed.user_id] += made.acts
        self.roles[claimed.user_id] = set(made.roles_for(self.roles.get(claimed.user_id, ())))

    async def carry_out(self, claimed: Claimed, services: Services | None = None) -> bool:
        grants = (services or self.services).role_grants
        made, member = self.planned(claimed)
        if made.acts:
            if not await grants.confirm(claimed, made.add):
                return False
            await asyncio.sleep(0)
            self.do(claimed, made)
        return await grants.settle(claimed, made, member)

    async def tick(self) -> int:
        claimed = await self.grants.claim(ALL, 50)
        for one in claimed:
            await self.carry_out(one)
        return len(claimed)

    async def standing(self, user: int = USER) -> list[tuple[str, GrantState]]:
        return [(one.source, one.state) for one in (await self.grants.list_(GUILD, user)).grants]

    async def duties(self) -> list[int]:
        async with self.database.read() as session:
            return list((await session.execute(select(RoleDuty.user_id).order_by(RoleDuty.user_id))).scalars())

    async def only(self, user: int = USER) -> Grant:
        [grant] = (await self.grants.list_(GUILD, user)).grants
        return grant


@pytest.fixture
def village(database: Database, services: Services) -> Village:
    return Village(database, services)


@pytest.fixture
async def other(database_config: DatabaseConfig, clock: ManualClock) -> AsyncGenerator[Services]:
    """A second process on the same database."""
    second = Database(database_config, clock, Random(2))
    yield make_services(second, clock, Random(3), keep_guilds_for=DAY)
    await second.close()


async def test_a_role_is_wanted_if_and_only_if_its_cause_is_committed(village: Village) -> None:
    woken: list[int] = []
    village.grants.on_due(lambda: woken.append(1))
    with pytest.raises(RuntimeError, match="undone"):
        async with village.database.write() as session:
            await village.grants.want(session, GUILD, USER, VIP, source="shop:1")
            raise RuntimeError("undone")
    assert (woken, await village.tick()) == ([], 0)
    await village.want()
    assert woken == [1]
    assert await village.tick() == 1
    assert village.roles[USER] == {VIP}
    assert await village.standing() == [("shop:1", GrantState.HELD)]
    assert await village.tick() == 0


async def test_a_role_stays_while_any_source_holds_and_what_others_gave_is_left(village: Village) -> None:
    village.roles[USER] = {GUEST, 55}
    await village.want()
    await village.want(source="level:5")
    await village.want(role=GUEST)
    await village.tick()
    assert village.changes[USER] == 1, "one change for everything of a member"
    assert await village.end()
    assert await village.end(role=GUEST)
    assert not await village.end(), "it is ending already"
    await village.tick()
    assert village.roles[USER] == {VIP, GUEST, 55}
    assert await village.end(source="level:5")
    await village.tick()
    assert village.roles[USER] == {GUEST, 55}
    assert await village.standing() == []


async def test_a_temporary_role_is_due_when_it_ends(village: Village, clock: ManualClock) -> None:
    await village.want(until=clock.now() + DAY)
    await village.tick()
    assert await village.grants.next_due(ALL) == clock.now() + DAY
    clock.advance(seconds=DAY.total_seconds() - 1)
    assert await village.tick() == 0
    clock.advance(seconds=1)
    assert await village.tick() == 1
    assert village.roles[USER] == set()
    assert await village.grants.next_due(ALL) is None


async def test_a_grant_that_is_renewed_in_time_does_not_end_and_one_renewed_late_is_given_anew(
    village: Village, clock: ManualClock
) -> None:
    await village.want(until=clock.now() + DAY)
    await village.tick()
    await village.want(until=clock.now() + 2 * DAY)
    await village.tick()
    clock.advance(seconds=DAY.total_seconds())
    assert await village.tick() == 0
    clock.advance(seconds=DAY.total_seconds())
    await village.want(until=clock.now() + DAY)
    await village.tick()
    assert village.roles[USER] == {VIP}
    assert (await village.only()).applied
    assert village.changes[USER] == 1


async def test_a_declined_role_comes_back_when_the_grant_changes_or_staff_insists(
    village: Village, clock: ManualClock
) -> None:
    await village.want()
    await village.tick()
    village.roles[USER].clear()
    await village.grants.look(GUILD, [USER])
    await village.tick()
    await village.want()
    await village.tick()
    assert await village.standing() == [("shop:1", GrantState.DECLINED)]
    await village.want(until=clock.now() + DAY)
    await village.tick()
    assert village.roles[USER] == {VIP}
    village.roles[USER].clear()
    await village.want(until=clock.now() + DAY, again=True)
    await village.tick()
    assert village.roles[USER] == {VIP}


async def test_a_crash_after_the_change_does_not_make_the_role_somebody_elses(
    village: Village, clock: ManualClock
) -> None:
    await village.want()
    [claimed] = await village.grants.claim(ALL, 50)
    made, _ = village.planned(claimed)
    assert await village.grants.confirm(claimed, made.add)
    village.do(claimed, made)
    assert await village.tick() == 0, "somebody is at it"
    assert await village.grants.next_due(ALL) == clock.now() + LEASE
    clock.advance(seconds=LEASE.total_seconds())
    await village.tick()
    assert village.changes[USER] == 1
    assert (await village.only()).applied
    assert not await village.carry_out(claimed), "whoever lost the claim writes nothing"


async def test_what_changes_while_somebody_is_at_it_is_neither_lost_nor_overwritten(village: Village) -> None:
    await village.want()
    [claimed] = await village.grants.claim(ALL, 50)
    await village.end()
    assert not await village.carry_out(claimed), "nothing is done by a plan that is out of date"
    await village.tick()
    assert village.changes[USER] == 0
    await village.want()
    [claimed] = await village.grants.claim(ALL, 50)
    made, member = village.planned(claimed)
    assert await village.grants.confirm(claimed, made.add)
    village.do(claimed, made)
    await village.end()  # between the change and its outcome
    assert await village.grants.settle(claimed, made, member)
    await village.tick()
    assert village.roles[USER] == set()
    assert await village.standing() == []


async def test_a_renewal_while_the_role_is_being_taken_gives_it_back(village: Village, clock: ManualClock) -> None:
    await village.want(until=clock.now() + DAY)
    await village.tick()
    clock.advance(seconds=DAY.total_seconds())
    [claimed] = await village.grants.claim(ALL, 50)
    made, member = village.planned(claimed)
    assert await village.grants.confirm(claimed, made.add)
    village.do(claimed, made)
    await village.want(until=clock.now() + DAY)
    assert await village.grants.settle(claimed, made, member)
    await village.tick()
    assert village.roles[USER] == {VIP}


async def test_a_failed_try_waits_longer_each_time_and_as_long_as_discord_says(
    village: Village, clock: ManualClock
) -> None:
    await village.want()
    for seconds in (1, 2, 4):
        [claimed] = await village.grants.claim(ALL, 50)
        await village.grants.postpone(claimed, Delayed("503"))
        assert await village.grants.next_due(ALL) == clock.now() + timedelta(seconds=seconds)
        clock.advance(seconds=seconds)
    [claimed] = await village.grants.claim(ALL, 50)
    await village.grants.postpone(claimed, Delayed("429", after=timedelta(seconds=90)))
    clock.advance(seconds=90)
    assert await village.tick() == 1
    await village.want(source="b")
    [claimed] = await village.grants.claim(ALL, 50)
    assert claimed.attempts == 1, "a success forgets the failures before it"


async def test_staff_gives_and_ends_at_once_and_both_are_in_the_audit_log(village: Village, clock: ManualClock) -> None:
    ordered = await village.grants.give(GUILD, USER, VIP, by=1, lasts=DAY, reason="a prize")
    assert ordered.claimed is not None
    assert await village.tick() == 0, "whoever ordered it carries it out"
    await village.carry_out(ordered.claimed)
    await village.want()
    ordered = await village.grants.take(GUILD, USER, VIP, by=2)
    assert ordered.others == ("shop:1",)
    assert ordered.claimed is not None
    await village.carry_out(ordered.claimed)
    assert village.roles[USER] == {VIP}
    with pytest.raises(RoleNotGranted):
        await village.grants.take(GUILD, USER, VIP, by=2)
    found = (await village.services.audit.search(GUILD)).entries
    assert [(one.record.action, one.record.actor_id) for one in found] == [("role.end", 2), ("role.give", 1)]
    assert found[1].record.description == "a prize"
    ends = (clock.now() + DAY).isoformat()
    assert (found[1].record.before, found[1].record.after) == (None, {"role": str(VIP), "until": ends})
    assert (found[0].record.before, found[0].record.after) == ({"role": str(VIP), "until": ends}, None)
    assert HAND not in dict(await village.standing())


async def test_a_role_that_is_given_for_longer_leaves_in_the_log_how_long_it_was(
    village: Village, clock: ManualClock
) -> None:
    await village.grants.give(GUILD, USER, VIP, by=1, lasts=DAY, reason=None)
    await village.grants.give(GUILD, USER, VIP, by=2, lasts=None, reason=None, via=AuditSource.TYPED)
    newest = (await village.services.audit.search(GUILD)).entries[0].record
    ends = (clock.now() + DAY).isoformat()
    assert newest.before == {"role": str(VIP), "until": ends}
    assert newest.after == {"role": str(VIP), "until": None}
    assert newest.source is AuditSource.TYPED


async def test_each_process_looks_after_the_guilds_of_its_own_shards(village: Village) -> None:
    for number in range(1, 7):
        await village.want(guild=number << 22)
    even, odd = ShardRange(2, frozenset({0})), ShardRange(2, frozenset({1}))
    assert [claimed.guild_id >> 22 for claimed in await village.grants.claim(even, 50)] == [2, 4, 6]
    assert await village.grants.guilds(odd) == [one << 22 for one in (1, 3, 5)]
    assert [claimed.guild_id >> 22 for claimed in await village.grants.claim(odd, 50)] == [1, 3, 5]


async def test_two_processes_share_what_is_due_and_change_each_member_once(village: Village, other: Services) -> None:
    for number in range(60):
        await village.want(user=number)
        await village.want(user=number, role=GUEST, source="level:1")

    async def work(which: Services) -> None:
        idle = 0
        while idle < 20:
            batch = await which.role_grants.claim(ALL, 3)
            idle = 0 if batch else idle + 1
            for claimed in batch:
                await village.carry_out(claimed, which)

    # One process alone may have an SQLite file; there two workers of it share.
    await asyncio.gather(work(village.services), work(village.services if village.database.is_sqlite else other))
    assert village.changes == dict.fromkeys(range(60), 1)
    assert all(roles == {VIP, GUEST} for roles in village.roles.values())


async def test_hundred_changes_of_one_grant_at_once_leave_one_that_is_true(village: Village) -> None:
    async def turn(number: int) -> None:
        await (village.end() if number % 2 else village.want())

    await asyncio.gather(*(turn(number) for number in range(100)), *(village.tick() for _ in range(5)))
    await village.want()
    await village.tick()
    assert village.roles[USER] == {VIP}
    assert (await village.only()).applied


async def test_what_ended_long_ago_is_forgotten_and_what_is_not_over_never(
    village: Village, clock: ManualClock
) -> None:
    await village.want()
    await village.want(user=8)
    await village.want(source="old")
    await village.tick()
    await village.end(source="old")
    await village.tick()
    clock.advance(seconds=KEPT_FOR.total_seconds() + 1)
    await village.grants.prune()
    assert await village.standing() == [("shop:1", GrantState.HELD)]
    await village.end()
    await village.tick()
    clock.advance(seconds=KEPT_FOR.total_seconds() + 1)
    await village.grants.prune()
    assert await village.grants.members(GUILD, after=0, limit=9) == [8]
    await village.want()
    await village.tick()
    assert village.roles[USER] == {VIP}


async def test_a_member_without_any_grant_is_forgotten_and_surveyed_no_more(village: Village) -> None:
    await village.want(user=8)
    await village.end()  # which nobody granted
    assert await village.duties() == [USER, 8]
    await village.grants.prune()
    assert await village.duties() == [USER, 8], "they are still to be looked at"
    await village.tick()
    await village.grants.prune()
    assert await village.duties() == [8]


async def test_what_nobody_needs_any_more_is_looked_for_without_keeping_those_waiting_who_write(
    village: Village, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(role_grants, "_PRUNED_AT_ONCE", 2)
    for user in range(1, 6):
        await village.want(user=user, until=clock.now() + timedelta(seconds=1))
    await village.tick()
    writes: list[object] = []
    transact = village.database.transact

    async def counted(unit: Any, **more: Any) -> Any:
        writes.append(unit)
        return await transact(unit, **more)

    monkeypatch.setattr(village.database, "transact", counted)
    await village.grants.prune()
    assert writes == [], "there is nothing to forget"
    clock.advance(seconds=1)
    await village.tick()
    clock.advance(seconds=KEPT_FOR.total_seconds() + 1)
    await village.want(user=5, until=clock.now() + DAY, source="new")
    assert len(await village.grants.claim(ALL, 1)) == 1  # whoever somebody is at is left alone
    await village.grants.prune()
    assert await village.standing(user=5) == [("new", GrantState.WANTED)]
    async with village.database.read() as session:
        left = (await session.execute(select(RoleGrant.user_id, RoleGrant.source).order_by(RoleGrant.source))).all()
    assert [tuple(row) for row in left] == [(5, "new"), (5, "shop:1")]


async def test_a_source_needs_a_name_that_fits(village: Village) -> None:
    for name in ("", "x" * 65):
        with pytest.raises(ValueError, match="source"):
            await village.want(source=name)


async def give_as_one_of_many(village: Village, *, batch: int = 9, user: int = USER) -> Grant:
    ordered = await village.grants.give_as_one_of_many(
        GUILD, user, VIP, source=batch_source(batch), until=None, by=3, reason=None
    )
    if ordered.claimed is not None:
        await village.carry_out(ordered.claimed)
    return ordered.grant


async def test_a_role_for_many_that_is_tried_again_is_given_once_and_not_again_after_staff_ended_it(
    village: Village,
) -> None:
    await give_as_one_of_many(village)
    await give_as_one_of_many(village)
    assert village.roles[USER] == {VIP}
    taken = await village.grants.take(GUILD, USER, VIP, by=3)
    assert taken.claimed is not None
    await village.carry_out(taken.claimed)
    assert village.roles[USER] == set()
    assert (await give_as_one_of_many(village)).state is GrantState.ENDED
    assert village.roles[USER] == set()
    assert village.changes[USER] == 2


async def test_ending_for_many_ends_what_staff_gave_or_one_batch_of_it_and_no_purchase(village: Village) -> None:
    await village.want(source="shop:1")
    await village.want(source=HAND)
    await give_as_one_of_many(village, batch=9)
    await give_as_one_of_many(village, batch=10)
    ordered = await village.grants.take_as_one_of_many(GUILD, USER, VIP, source=batch_source(9))
    assert ordered.others == (batch_source(10), HAND, "shop:1")
    ordered = await village.grants.take_as_one_of_many(GUILD, USER, VIP, source=None)
    assert ordered.others == ("shop:1",)
    assert ordered.claimed is None, "the first claim is not given back yet"
    again = await village.grants.take_as_one_of_many(GUILD, USER, VIP, source=None)
    assert again.grant.state is GrantState.ENDED
    assert again.others == ("shop:1",)
    assert village.roles[USER] == {VIP}


async def test_who_holds_a_role_is_found_by_member(village: Village) -> None:
    await village.want(source="shop:1")
    await village.want(source=HAND)
    await village.want(user=8, source=HAND)
    await village.want(user=8, role=GUEST)
    await village.want(user=9, guild=GUILD + (1 << 22))
    found = await village.grants.of_role(GUILD, VIP)
    assert {user: [one.source for one in theirs] for user, theirs in found.items()} == {
        USER: [HAND, "shop:1"],
        8: [HAND],
    }
