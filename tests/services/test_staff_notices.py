"""Staff is told in its channels: of what was done, of what they must mend, and not too often."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.db.engine import Database
from bot.db.models.outbox import OutboxMessage
from bot.domain.audit import AuditRecord, AuditSource
from bot.domain.general import GeneralSettings
from bot.domain.guilds import ShardRange
from bot.domain.outbox import MAX_CONTENT, Delayed, Delivered, Hindrance, Payload, Place, Refused, channel
from bot.domain.role_grants import GuildFacts, MemberFacts, plan
from bot.domain.roles import Problem, Reach, RoleFacts
from bot.domain.staff_notices import role_alert
from bot.services import Services
from bot.services.outbox import GATHERED_FOR
from tests.support.clock import ManualClock

ALL = ShardRange(1, frozenset({0}))
GUILD, OWNER = 5 << 22, 7
LOG, ALERTS, ELSEWHERE = 11, 12, 13


async def choose(services: Services, value: GeneralSettings, *, base: int = 0) -> None:
    await services.guild_settings.change(GUILD, value, base=base, by=OWNER)


@pytest.fixture
async def told(services: Services) -> Services:
    """Both channels are chosen, and what that said is sent."""
    await choose(services, GeneralSettings(log_channel=LOG, alert_channel=ALERTS))
    return services


async def queued(database: Database, to: int) -> list[str]:
    """What the outbox holds for a channel, oldest first; nothing of what was sent."""

    query = select(OutboxMessage.payload).where(OutboxMessage.target_id == to).order_by(OutboxMessage.id)
    async with database.read() as session:
        return [row.payload.get("content", "") for row in await session.execute(query)]


async def record(database: Database, services: Services, *descriptions: str) -> None:
    async with database.write() as session:
        for one in descriptions:
            done = AuditRecord("thing.done", OWNER, AuditSource.COMMAND, description=one)
            await services.audit.record(session, GUILD, done)


async def test_what_is_set_is_told_with_what_it_was_and_the_first_line_is_about_the_channel_itself(
    database: Database, told: Services
) -> None:
    await choose(told, GeneralSettings(log_channel=LOG, alert_channel=ALERTS, language="de", accent=1), base=1)
    first, *more = (await queued(database, LOG))[0].split("\n")
    assert first == (
        f"<@{OWNER}> changed **General**: **Log channel** from nothing chosen to <#{LOG}>, "
        f"**Alert channel** from nothing chosen to <#{ALERTS}>"
    )
    assert len(more) == 1
    assert "`#3B6E57`" in more[0]
    assert "`#000001`" in more[0]


async def test_nothing_is_told_where_no_channel_was_chosen(database: Database, services: Services) -> None:
    await record(database, services, "one")
    async with database.write() as session:
        await services.staff_notices.alert(session, GUILD, role_alert(5, Problem.ABOVE_ME))
    assert await services.outbox.next_due(ALL) is None


async def test_a_line_is_promised_if_and_only_if_the_change_is_made(database: Database, told: Services) -> None:
    with pytest.raises(RuntimeError):
        async with database.write() as session:
            await told.audit.record(session, GUILD, AuditRecord("thing.done", OWNER, AuditSource.COMMAND))
            raise RuntimeError
    assert "thing.done" not in "".join(await queued(database, LOG))


async def test_many_lines_are_few_messages_and_none_is_lost_or_too_long(
    database: Database, told: Services, clock: ManualClock
) -> None:
    for number in range(60):
        await record(database, told, f"number {number} {'x' * 60}")
    messages = await queued(database, LOG)
    assert 3 <= len(messages) <= 6
    assert all(len(one) <= MAX_CONTENT for one in messages)
    assert [f"number {number} " in "\n".join(messages) for number in range(60)] == [True] * 60
    assert await told.outbox.claim(ALL, 50) == []
    clock.advance(seconds=GATHERED_FOR.total_seconds())
    [claimed] = await told.outbox.claim(ALL, 50)
    assert claimed.payload.mentions.users == ()
    assert not claimed.payload.mentions.everyone


async def test_what_somebody_is_sending_is_not_changed_under_their_hands(
    database: Database, told: Services, clock: ManualClock
) -> None:
    clock.advance(seconds=GATHERED_FOR.total_seconds())
    [claimed] = await told.outbox.claim(ALL, 50)
    await record(database, told, "meanwhile")
    await told.outbox.settle(claimed, Delayed("not now", certain=True))
    await record(database, told, "later")
    first, second = await queued(database, LOG)
    assert first == claimed.payload.content
    assert second.count("\n") == 1


async def test_those_who_write_at_once_do_not_wait_for_each_other(database: Database, told: Services) -> None:
    await asyncio.gather(*(record(database, told, f"number {number}") for number in range(8)))
    said = "\n".join(await queued(database, LOG))
    assert [said.count(f"number {number}") for number in range(8)] == [1] * 8


async def test_an_alert_is_told_once_a_day_for_each_cause(
    database: Database, told: Services, clock: ManualClock
) -> None:
    for hours in (0, 1, 24):
        clock.advance(seconds=hours * 3_600)
        async with database.write() as session:
            await told.staff_notices.alert(session, GUILD, role_alert(5, Problem.ABOVE_ME))
            await told.staff_notices.alert(session, GUILD, role_alert(6, Problem.ABOVE_ME))
    said = await queued(database, ALERTS)
    assert [one.count("<@&5>") for one in said] == [1, 0, 1, 0]
    assert said[0] == "⚠️ I can't give or take <@&5>: the role stands above my own highest role."


async def test_a_message_given_up_for_a_missing_permission_is_an_alert_and_a_closed_alert_channel_no_loop(
    database: Database, told: Services, clock: ManualClock
) -> None:
    async with database.write() as session:
        await told.outbox.send(session, GUILD, channel(ELSEWHERE), Payload("hello"), key="hello")
    for _ in range(6):
        clock.advance(seconds=60)
        for claimed in await told.outbox.claim(ALL, 50):
            await told.outbox.settle(claimed, Refused("403 (error 50013)", Hindrance.FORBIDDEN))
    assert await told.outbox.next_due(ALL) is None
    alerts, logged = await queued(database, ALERTS), await queued(database, LOG)
    about = {f"⚠️ I may not write in <#{one}>" for one in (ELSEWHERE, LOG)}
    assert len(alerts) == len(about)
    assert {one.split(",")[0] for one in alerts} == about
    assert [one.split(",")[0] for one in logged[1:]] == [f"⚠️ I may not write in <#{ALERTS}>"]


async def test_a_refusal_that_nobody_can_mend_is_no_alert(
    database: Database, told: Services, clock: ManualClock
) -> None:
    clock.advance(seconds=60)
    [claimed] = await told.outbox.claim(ALL, 50)
    await told.outbox.settle(claimed, Refused("400 (error 50035)"))
    assert await queued(database, ALERTS) == []


async def test_that_the_channel_of_a_ticket_is_gone_is_no_alert(
    database: Database, told: Services, clock: ManualClock
) -> None:
    async with database.write() as session:
        for key in ("ticket:1:closed:7", "other"):
            place = ELSEWHERE if key == "other" else ELSEWHERE + 1
            await told.outbox.send(session, GUILD, channel(place), Payload("hello"), key=key)
    clock.advance(seconds=60)
    for claimed in await told.outbox.claim(ALL, 50):
        await told.outbox.settle(claimed, Refused("404 (error 10003)", Hindrance.GONE))
    alerts = "".join(await queued(database, ALERTS))
    assert f"`{ELSEWHERE}`" in alerts
    assert f"`{ELSEWHERE + 1}`" not in alerts


async def test_a_deleted_channel_is_told_of_if_a_setting_names_it(database: Database, told: Services) -> None:
    for _ in range(2):
        await told.staff_notices.channel_deleted(GUILD, LOG, "log")
        await told.staff_notices.channel_deleted(GUILD, ELSEWHERE, "elsewhere")
    assert await queued(database, ALERTS) == [
        "⚠️ The channel `#log` was deleted. It was chosen as **General** · **Log channel**. "
        "Please choose another in `/config`."
    ]


async def test_a_deleted_channel_that_no_setting_names_keeps_nobody_waiting_who_writes(
    database: Database, told: Services
) -> None:
    async with asyncio.timeout(5), database.write():  # somebody writes, and on SQLite no other can
        await asyncio.create_task(told.staff_notices.channel_deleted(GUILD, ELSEWHERE, "elsewhere"))


async def test_where_the_alert_channel_itself_is_gone_the_log_hears_of_it(database: Database, told: Services) -> None:
    await told.staff_notices.channel_deleted(GUILD, ALERTS, "alerts")
    assert "`#alerts` was deleted" in (await queued(database, LOG))[-1]


async def test_a_role_that_can_t_be_given_is_an_alert(database: Database, told: Services, clock: ManualClock) -> None:
    facts = GuildFacts({5: RoleFacts(5, 9), 6: RoleFacts(6, 1)}, Reach(2, may_manage=True))
    async with database.write() as session:
        for role_id in (5, 6):
            await told.role_grants.want(session, GUILD, 9, role_id, source="test")
    [claimed] = await told.role_grants.claim(ALL, 5)
    member = MemberFacts(frozenset(), clock.now() - timedelta(days=1))
    assert await told.role_grants.settle(claimed, plan(claimed.grants, member, facts, claimed.claimed_at), member)
    [said] = await queued(database, ALERTS)
    assert "<@&5>" in said


async def test_a_member_who_is_away_is_nothing_to_mend(database: Database, told: Services, clock: ManualClock) -> None:
    facts = GuildFacts({5: RoleFacts(5, 1)}, Reach(2, may_manage=True))
    async with database.write() as session:
        await told.role_grants.want(session, GUILD, 9, 5, source="test")
    [claimed] = await told.role_grants.claim(ALL, 5)
    await told.role_grants.settle(claimed, plan(claimed.grants, None, facts, clock.now()), None)
    assert await queued(database, ALERTS) == []


async def test_lines_leave_in_the_language_of_the_server(database: Database, services: Services) -> None:
    await choose(services, GeneralSettings(alert_channel=ALERTS, language="de"))
    async with database.write() as session:
        await services.staff_notices.alert(session, GUILD, role_alert(5, Problem.NOT_ALLOWED))
    [said] = await queued(database, ALERTS)
    assert "I lack" not in said


async def test_a_sent_line_stays_sent(database: Database, told: Services, clock: ManualClock) -> None:
    clock.advance(seconds=60)
    [claimed] = await told.outbox.claim(ALL, 50)
    await told.outbox.settle(claimed, Delivered(Place(LOG, 99 << 22)))
    await record(database, told, "next")
    first, second = await queued(database, LOG)
    assert first == ""
    assert "next" in second
