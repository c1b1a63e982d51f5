"""Roles of entrants: what chances depend on is kept as it is, and costs nothing where they don't."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from bot.compose import make_services
from bot.db.engine import Database
from bot.domain.features import FeatureSettings
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_rules import Bonus, Bonuses, BonusKind
from bot.errors import DatabaseAway
from bot.services import Services, giveaway_roles
from bot.services.giveaway_roles import Unseen
from tests.support.clock import ManualClock
from tests.support.giveaway_gate import GUILD, HOST, OTHER, ROLE, VIA, listed, person, running

ELSEWHERE = 2_000 << 22


def for_role(role_id: int, weight: int = 4) -> Bonus:
    return Bonus(kind=BonusKind.ROLE, target=role_id, weight=weight)


BY_ROLE = Bonuses(of=(for_role(ROLE), Bonus(kind=BonusKind.BOOST, weight=10)))


async def everybody_seen(services: Services) -> list[Unseen]:
    found: list[Unseen] = []
    while (some := await services.giveaway_roles.unseen()) is not None:
        found.append(some)
    return found


async def test_an_entry_weighs_what_a_member_s_roles_say_now(
    services: Services, database: Database, clock: ManualClock
) -> None:
    giveaway = await running(services, bonuses=BY_ROLE)
    for one in (1, 2):
        await services.giveaway_entering.enter(GUILD, giveaway.number, person(one, clock))
    assert await services.giveaway_roles.heeds(GUILD)
    services.giveaway_roles.met(GUILD, person(1, clock, ROLE, OTHER))
    services.giveaway_roles.met(GUILD, replace(person(2, clock, OTHER), boosts=True))
    services.giveaway_roles.met(GUILD, person(3, clock, ROLE))
    await services.giveaway_roles.finish()
    inside = await listed(database, giveaway.number)
    assert {who: (one.weight, one.role_ids, one.boosts) for who, one in inside.items()} == {
        1: (5, (ROLE,), False), 2: (11, (), True),
    }  # fmt: skip


async def test_whoever_left_stays_out_whatever_becomes_of_their_roles(
    services: Services, database: Database, clock: ManualClock
) -> None:
    giveaway = await running(services, bonuses=BY_ROLE)
    await services.giveaway_entering.enter(GUILD, giveaway.number, person(1, clock))
    await services.giveaway_entering.leave(GUILD, giveaway.number, person(1, clock))
    services.giveaway_roles.met(GUILD, person(1, clock, ROLE))
    await services.giveaway_roles.finish()
    assert await listed(database, giveaway.number) == {}


async def test_where_no_chances_depend_on_roles_nothing_is_asked(
    services: Services, database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await running(services)
    await running(services, "i:2", bonuses=Bonuses(of=(Bonus(kind=BonusKind.LEVEL, target=5, weight=1),)))
    assert not await services.giveaway_roles.heeds(GUILD)

    async def asked(*_arguments: object, **_more: object) -> None:
        raise AssertionError("the database was asked")

    with monkeypatch.context() as patch:
        for name in ("query", "transact"):
            patch.setattr(database, name, asked)
        assert not await services.giveaway_roles.heeds(GUILD)
        assert not await services.giveaway_roles.heeds(ELSEWHERE)


async def test_it_is_heeded_from_its_start_until_it_is_over(services: Services) -> None:
    roles = services.giveaway_roles
    assert not await roles.heeds(GUILD)
    giveaway = await running(services, bonuses=BY_ROLE)
    assert await roles.heeds(GUILD)
    await services.giveaway_making.end(GUILD, giveaway.number, by=HOST, via=VIA)
    assert not await roles.heeds(GUILD)


async def test_when_a_bonus_comes_to_name_another_role_all_entrants_are_looked_at(
    services: Services, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giveaway_roles, "LOOKED_AT_ONCE", 2)
    giveaway = await running(services)
    for one in (1, 2, 3):
        await services.giveaway_entering.enter(GUILD, giveaway.number, person(one, clock, OTHER))
    assert await everybody_seen(services) == []
    changes = Changes({"bonuses": Bonuses(of=(for_role(OTHER),))})
    await services.giveaway_making.edit(GUILD, giveaway.number, changes, by=HOST, via=VIA)
    assert [one.user_ids for one in await everybody_seen(services)] == [(1, 2), (3,)]


async def test_after_a_start_all_are_looked_at_and_who_could_not_be_is_again(
    services: Services, database: Database, clock: ManualClock
) -> None:
    giveaway = await running(services, bonuses=BY_ROLE)
    for one in (1, 2):
        await services.giveaway_entering.enter(GUILD, giveaway.number, person(one, clock))
    features = FeatureSettings.of({"all"})
    anew = make_services(database, clock, Random(2), keep_guilds_for=timedelta(days=90), features=features)
    unseen = await anew.giveaway_roles.unseen()
    assert unseen is not None
    assert unseen == Unseen(GUILD, giveaway.number, (1, 2))
    anew.giveaway_roles.not_seen(unseen)
    assert await everybody_seen(anew) == [unseen]


async def test_what_could_not_be_written_is_looked_at_again(
    services: Services, database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    giveaway = await running(services, bonuses=BY_ROLE)
    await services.giveaway_entering.enter(GUILD, giveaway.number, person(1, clock))
    await everybody_seen(services)

    async def away(*_arguments: object, **_more: object) -> None:
        raise DatabaseAway

    with monkeypatch.context() as patch:
        patch.setattr(database, "transact", away)
        services.giveaway_roles.met(GUILD, person(1, clock, ROLE))
        await services.giveaway_roles.finish()
    assert await everybody_seen(services) == [Unseen(GUILD, giveaway.number, (1,))]
