"""What a diagnosis asks of the records, and the steps that I take myself, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.db.engine import Database
from bot.domain.audit import AuditSource
from bot.domain.features import Feature, FeatureSettings
from bot.domain.findings import Thing
from bot.domain.general import GeneralSettings
from bot.domain.guilds import ShardRange
from bot.domain.outbox import (
    Delayed,
    Delivered,
    Destination,
    GivenUp,
    MessageState,
    Payload,
    Place,
    Refused,
    channel,
    user,
)
from bot.domain.role_grants import (
    Grant,
    GrantState,
    GrantTally,
    GuildFacts,
    MemberFacts,
    plan,
)
from bot.domain.roles import Problem, Reach, RoleFacts
from bot.services import Services, role_care
from bot.services.outbox import FRESH_FOR
from tests.support.clock import ManualClock

ALL = ShardRange(1, frozenset({0}))
GUILD, OTHER = 5 << 22, 6 << 22
OWNER = 9
LOG, SHOW = 11, 12
VIP, BOSS, GONE = 100, 101, 102
BUTTON = AuditSource.BUTTON


# Settings -----------------------------------------------------------------------------------------------


async def test_a_deleted_channel_is_taken_out_of_every_section_and_of_no_role(services: Services) -> None:
    settings = services.guild_settings
    general = GeneralSettings(log_channel=LOG, alert_channel=SHOW, admin_roles=(LOG,), economy_channels=(SHOW, LOG))
    for guild in (GUILD, OTHER):
        await settings.change(guild, general, base=0, by=1)
    assert await settings.forget_chosen(GUILD, Thing.CHANNEL, LOG, by=OWNER, source=BUTTON) == 1
    found = await settings.read(GUILD, GeneralSettings)
    assert found.value == GeneralSettings(alert_channel=SHOW, admin_roles=(LOG,), economy_channels=(SHOW,))
    assert (await settings.read(OTHER, GeneralSettings)).value == general
    assert await settings.forget_chosen(GUILD, Thing.CHANNEL, LOG, by=OWNER, source=BUTTON) == 0
    entries = (await services.audit.search(GUILD)).entries
    mine = [(one.record.target_id, one.record.before, one.record.after) for one in entries if one.record.actor_id == 9]
    assert sorted(mine, key=str) == [
        (
            "general",
            {"log_channel": LOG, "economy_channels": [SHOW, LOG]},
            {"log_channel": None, "economy_channels": [SHOW]},
        ),
    ]
    assert await settings.forget_chosen(GUILD, Thing.ROLE, LOG, by=OWNER, source=BUTTON) == 1
    assert (await settings.read(GUILD, GeneralSettings)).value.admin_roles == ()


async def test_a_feature_is_switched_on_once_whatever_else_was_changed(services: Services) -> None:
    settings = services.guild_settings
    await settings.change(GUILD, FeatureSettings(economy=False), base=0, by=1)
    done = await asyncio.gather(
        *(settings.switch_on(GUILD, Feature.ECONOMY, by=OWNER, source=BUTTON) for _ in range(3))
    )
    assert sorted(done) == [False, False, True]
    assert (await settings.read(GUILD, FeatureSettings)).value.economy
    newest = (await services.audit.search(GUILD)).entries[0].record
    assert (newest.before, newest.after, newest.actor_id) == ({"economy": False}, {"economy": True}, OWNER)


# The outbox ---------------------------------------------------------------------------------------------


async def give_up(
    database: Database, services: Services, clock: ManualClock, key: str, at: Destination, *, doubtful: bool = False
) -> None:
    await database.transact(lambda session: services.outbox.send(session, GUILD, at, Payload(key), key=key))
    [claimed] = await services.outbox.claim(ALL, 1)
    if doubtful:
        await services.outbox.settle(claimed, Delayed("no answer", certain=False))
        clock.advance(seconds=90_000)
        [claimed] = await services.outbox.claim(ALL, 1)
    await services.outbox.settle(claimed, Refused(f"no {key}"))
    clock.advance(seconds=1)


async def test_what_was_given_up_is_told_by_destination_with_its_last_reason(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await give_up(database, services, clock, "old", channel(SHOW))
    clock.advance(seconds=FRESH_FOR.total_seconds())
    await give_up(database, services, clock, "1", channel(LOG))
    await give_up(database, services, clock, "whisper", user(LOG))
    await give_up(database, services, clock, "2", channel(LOG))
    last = clock.now() - timedelta(seconds=1)
    assert await services.outbox.given_up(GUILD) == (
        GivenUp(channel(LOG), 2, "no 2", last),
        GivenUp(user(LOG), 1, "no whisper", last - timedelta(seconds=1)),
    )
    assert await services.outbox.given_up(OTHER) == ()


async def test_what_was_given_up_is_sent_again_in_its_order_and_to_its_destination_alone(
    database: Database, services: Services, clock: ManualClock
) -> None:
    for key in ("1", "2"):
        await give_up(database, services, clock, key, channel(LOG))
    await give_up(database, services, clock, "there", channel(SHOW))
    assert await services.outbox.send_again(GUILD, channel(LOG)) == 2
    assert await services.outbox.send_again(GUILD, channel(LOG)) == 0
    for number, key in enumerate(("1", "2")):
        [claimed] = await services.outbox.claim(ALL, 5)
        assert claimed.payload.content == key
        assert claimed.attempts == 1
        await services.outbox.settle(claimed, Delivered(Place(LOG, 900 + number)))
    assert [one.destination for one in await services.outbox.given_up(GUILD)] == [channel(SHOW)]
    stored = await services.outbox.find(GUILD, "1")
    assert stored is not None
    assert stored.state is MessageState.SENT


async def test_a_message_in_doubt_is_looked_for_before_it_is_sent_again(
    database: Database, services: Services, clock: ManualClock
) -> None:
    queued = clock.now()
    await give_up(database, services, clock, "perhaps", channel(LOG), doubtful=True)
    await services.outbox.send_again(GUILD, channel(LOG))
    [claimed] = await services.outbox.claim(ALL, 5)
    assert claimed.doubt_since == queued


# Role grants --------------------------------------------------------------------------------------------


async def want(
    database: Database, services: Services, user_id: int, role: int, source: str = "shop:1", **more: object
) -> None:
    async with database.write() as session:
        await services.role_grants.want(session, GUILD, user_id, role, source=source, **more)  # type: ignore[arg-type]


async def look(services: Services, facts: GuildFacts, member: MemberFacts | None = None) -> int:
    """Carry out what is due, with these facts, for members who have no roles yet; how many members."""
    claims = await services.role_grants.claim(ALL, 100)
    for claimed in claims:
        here = member or MemberFacts(frozenset(), None)
        await services.role_grants.settle(claimed, plan(claimed.grants, here, facts, claimed.claimed_at), here)
    return len(claims)


def reach(*roles: RoleFacts) -> GuildFacts:
    return GuildFacts({role.id: role for role in roles}, Reach(10, may_manage=True))


BELOW = reach(RoleFacts(VIP, 1), RoleFacts(BOSS, 50))
MOVED_UP = reach(RoleFacts(VIP, 1), RoleFacts(BOSS, 5))


async def grants(services: Services, user_id: int) -> list[Grant]:
    found = await services.role_grants.of_members(GUILD, [user_id])
    return list(found.get(user_id, ()))


async def test_grants_are_counted_by_role_as_members_owed_something(
    database: Database, services: Services, clock: ManualClock
) -> None:
    await want(database, services, 1, BOSS)
    await want(database, services, 1, BOSS, "level:5")
    await want(database, services, 2, BOSS)
    await want(database, services, 3, VIP, until=clock.now() + timedelta(days=1))
    await want(database, services, 4, VIP)
    await look(services, BELOW)
    assert await services.role_care.tally(GUILD) == (
        GrantTally(VIP, to_give=0, to_take=1, stuck=0, detail=None),
        GrantTally(BOSS, to_give=2, to_take=0, stuck=2, detail=None),
    )
    assert await services.role_care.tally(OTHER) == ()


async def test_who_is_away_is_not_counted(database: Database, services: Services) -> None:
    await want(database, services, 1, VIP)
    [claimed] = await services.role_grants.claim(ALL, 1)
    await services.role_grants.settle(claimed, plan(claimed.grants, None, BELOW, claimed.claimed_at), None)
    assert [one.problem for one in await grants(services, 1)] == [Problem.AWAY]
    assert await services.role_care.tally(GUILD) == ()


async def test_a_role_that_can_be_given_now_is_tried_at_once_and_no_longer_counts_as_stuck(
    database: Database, services: Services
) -> None:
    await want(database, services, 1, BOSS)
    await want(database, services, 2, VIP)
    await look(services, BELOW)
    woken: list[int] = []
    services.role_grants.on_due(lambda: woken.append(1))
    assert await services.role_care.try_role(GUILD, BOSS) == 1
    assert woken == [1]
    [tally] = await services.role_care.tally(GUILD)
    assert (tally.role_id, tally.to_give, tally.stuck) == (BOSS, 1, 0)
    assert await look(services, MOVED_UP) == 1
    assert [one.state for one in await grants(services, 1)] == [GrantState.HELD]
    assert await services.role_care.tally(GUILD) == ()


async def test_all_grants_of_a_deleted_role_end_from_whatever_source_and_others_stay(
    database: Database, services: Services
) -> None:
    await want(database, services, 1, GONE)
    await want(database, services, 1, GONE, "level:5")
    await want(database, services, 1, VIP)
    await want(database, services, 2, GONE)
    await look(services, BELOW)
    assert await services.role_care.drop_role(GUILD, GONE, by=OWNER, source=BUTTON) == 3
    assert await services.role_care.drop_role(GUILD, GONE, by=OWNER, source=BUTTON) == 0
    assert [tally.stuck for tally in await services.role_care.tally(GUILD)] == [0]
    await look(services, BELOW, MemberFacts(frozenset({VIP}), None))
    assert [one.role_id for one in await grants(services, 1)] == [VIP]
    assert await grants(services, 2) == []
    [entry] = (await services.audit.search(GUILD)).entries
    assert (entry.record.action, entry.record.actor_id, entry.record.after) == ("role.drop", OWNER, {"grants": 3})


async def test_of_a_role_that_thousands_have_nobodys_end_is_lost_either(
    database: Database, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(role_care, "_AT_ONCE", 2)
    for member in range(1, 6):
        await want(database, services, member, VIP)
    under_way = await services.role_grants.claim(ALL, 5)
    assert await services.role_care.drop_role(GUILD, VIP, by=OWNER, source=BUTTON) == 5
    assert [await services.role_grants.confirm(claimed, [VIP]) for claimed in under_way] == [False] * 5
    entries = (await services.audit.search(GUILD)).entries
    assert [entry.record.after for entry in entries] == [{"grants": 1}, {"grants": 2}, {"grants": 2}]


async def test_of_a_role_that_thousands_have_everybody_is_tried_again(
    database: Database, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    for member in range(1, 6):
        await want(database, services, member, BOSS)
    await look(services, BELOW)
    monkeypatch.setattr(role_care, "_AT_ONCE", 2)
    assert await services.role_care.try_role(GUILD, BOSS) == 5
    assert await look(services, MOVED_UP) == 5


async def test_whoever_is_at_a_member_when_their_grants_are_dropped_leaves_them_dropped(
    database: Database, services: Services
) -> None:
    await want(database, services, 1, VIP)
    [claimed] = await services.role_grants.claim(ALL, 1)
    await services.role_care.drop_role(GUILD, VIP, by=OWNER, source=BUTTON)
    assert not await services.role_grants.confirm(claimed, [VIP])
    await look(services, BELOW)
    assert await grants(services, 1) == []
