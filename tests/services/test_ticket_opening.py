"""Opening tickets: what stands against it, and the row that guards it, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.compose import make_services
from bot.db.config import DatabaseConfig
from bot.db.engine import Database
from bot.db.models.tickets import TicketBlock
from bot.db.repositories.moderation import proof as blobs
from bot.db.repositories.tickets import record, tickets
from bot.db.sessions import WriteSession
from bot.domain.features import FeatureSettings
from bot.domain.ticket_opening import Applicant, Wish
from bot.domain.ticket_record import Answer, Missing, RecordedFile
from bot.domain.ticket_settings import TicketSettings
from bot.domain.ticket_topics import RoleRule, TopicConfig
from bot.domain.tickets import Because, Claimed, EventKind, Failure, Mode, Origin, Status, Ticket
from bot.errors import (
    FeatureOff,
    TicketBlocked,
    TicketCooldown,
    TicketLimitReached,
    TicketNotForYou,
    TooManyTickets,
    TooNewForTicket,
    TooYoungForTicket,
    TopicNotFound,
    UserError,
)
from bot.services import Services
from bot.services.ticket_opening import Begun
from tests.support.clock import ManualClock
from tests.support.tickets import TOPIC, add_topic

GUILD, ALICE, STAFF, VIP = 1_000 << 22, 3_000, 3_001, 4_000
LONG_AGO = datetime.fromisoformat("2020-01-01T00:00:00+00:00")

Rule = Callable[..., Awaitable[None]]


@pytest.fixture
def rule(services: Services) -> Rule:
    async def rule(**chosen: object) -> None:
        before = await services.guild_settings.read(GUILD, TicketSettings)
        section = before.value.model_copy(update=chosen)
        await services.guild_settings.change(GUILD, section, base=before.version, by=None)

    return rule


def wish(key: str = "i:1", *, user: int = ALICE, by: int | None = None, **more: Any) -> Wish:
    who = Applicant(user, more.pop("roles", ()), more.pop("created", LONG_AGO), more.pop("joined", LONG_AGO))
    origin = Origin.PANEL if by is None else Origin.STAFF
    return Wish(more.pop("topic", TOPIC), who, "alice", user if by is None else by, origin, key, **more)


async def opened(services: Services, begun: Begun, channel_id: int = 9_000) -> Ticket:
    assert begun.claimed is not None
    done = await services.ticket_opening.ready(
        begun.claimed, channel_id=channel_id, parent_id=None, mode=Mode.CHANNEL, name="ticket-0001",
        told=[GUILD, ALICE], is_new=True, elsewhere=False,
    )  # fmt: skip
    assert done is not None
    await services.ticket_file.release(begun.claimed)
    return done


async def end(services: Services, database: Database, number: int) -> None:
    async def unit(session: WriteSession) -> None:
        ticket = await services.ticket_file.locked(session, GUILD, number)
        await tickets.write(session, replace(ticket, status=Status.CLOSED, closed_at=ticket.opened_at), due_at=None)

    await database.transact(unit)


# The row ------------------------------------------------------------------------------------------------------


async def test_what_is_asked_for_once_is_opened_once_and_then_open(services: Services, database: Database) -> None:
    await add_topic(database, GUILD)
    answers = [Answer(1, "What is it?", "short", ("My  cat\nis stuck",))]
    files = [RecordedFile(1, "cat.png", 10, "image/png", "a" * 64)]
    begun = await services.ticket_opening.begin(GUILD, wish(answers=answers, files=files))
    again = await services.ticket_opening.begin(GUILD, wish())
    assert (begun.ticket.number, begun.ticket.slot, begun.ticket.name) == (1, 1, "ticket-0001")
    assert (begun.ticket.status, begun.ticket.subject) == (Status.OPENING, "My cat is stuck")
    assert (again.ticket, again.claimed) == (begun.ticket, None)
    ticket = await opened(services, begun)
    assert (ticket.status, ticket.channel_id, ticket.applied) == (Status.OPEN, 9_000, ticket.access)
    assert await services.ticket_file.take(GUILD, 1) is not None, "nobody is at it any more"
    assert (await services.ticket_opening.begin(GUILD, wish())).ticket.status is Status.OPEN


async def test_fifty_presses_at_once_in_two_processes_are_one_ticket(
    services: Services, database: Database, database_config: DatabaseConfig, clock: ManualClock, tmp_path: Path
) -> None:
    await add_topic(database, GUILD)
    other = Database(database_config, clock, Random(2))
    everything = FeatureSettings.of({"all"})
    theirs = make_services(
        other, clock, Random(3), keep_guilds_for=timedelta(days=1), features=everything, data_dir=tmp_path / "other"
    )

    async def press(number: int) -> Ticket | UserError:
        side = (services, theirs)[number % 2]
        try:
            return (await side.ticket_opening.begin(GUILD, wish(f"i:{number}"))).ticket
        except TicketLimitReached as error:
            return error

    found = await asyncio.gather(*map(press, range(50)))
    await other.close()
    assert sum(isinstance(one, Ticket) for one in found) == 1
    assert len(await database.query(lambda session: tickets.not_over(session, GUILD))) == 1


async def test_as_many_are_open_at_once_as_the_topic_says_and_a_slot_is_used_again(
    services: Services, database: Database, clock: ManualClock
) -> None:
    await add_topic(database, GUILD, TopicConfig(open_at_once=2, cooldown=0))
    begin = services.ticket_opening.begin
    first, second = await begin(GUILD, wish("i:1")), await begin(GUILD, wish("i:2"))
    assert [first.ticket.slot, second.ticket.slot] == [1, 2]
    with pytest.raises(TicketLimitReached) as refused:
        await begin(GUILD, wish("i:3"))
    assert refused.value.where == "#2"
    await opened(services, second)
    with pytest.raises(TicketLimitReached) as refused:
        await begin(GUILD, wish("i:4", by=STAFF))
    assert refused.value.where == "<#9000>"
    await end(services, database, 1)
    third = await begin(GUILD, wish("i:5"))
    assert (third.ticket.number, third.ticket.slot) == (3, 1), "numbers have no gaps"


async def test_a_slot_that_a_moved_ticket_takes_meanwhile_is_no_crowd(
    services: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_topic(database, GUILD, TopicConfig(open_at_once=2, cooldown=0))
    add, taken = tickets.add, list[int]()

    async def beaten(session: WriteSession, ticket: Ticket, *, due_at: datetime) -> bool:
        taken.append(ticket.slot)
        return len(taken) > 1 and await add(session, ticket, due_at=due_at)

    monkeypatch.setattr(tickets, "add", beaten)
    begun = await services.ticket_opening.begin(GUILD, wish())
    assert (begun.ticket.number, begun.claimed is not None) == (1, True)


@pytest.mark.parametrize(
    ("setting", "status", "because"),
    [("wait", Status.OPEN, Because.LEFT), ("close", Status.CLOSING, None), ("keep", Status.OPEN, None)],
)
async def test_a_member_who_leaves_before_the_channel_is_there_has_left(
    services: Services, database: Database, setting: str, status: Status, because: Because | None
) -> None:
    await add_topic(database, GUILD)
    await services.guild_settings.edit(
        GUILD, TicketSettings, lambda one: one.model_copy(update={"on_leave": setting}), base=0, by=STAFF
    )
    begun = await services.ticket_opening.begin(GUILD, wish())
    for _twice in range(2):
        assert await services.ticket_leaving.left(GUILD, ALICE) == []
    ticket = await opened(services, begun)
    assert (ticket.status, ticket.closes_because) == (status, because)
    assert ticket.closed_because is (Because.LEFT if setting == "close" else None)
    history = await database.query(lambda session: tickets.events(session, GUILD, 1))
    assert [one.kind for one in history].count(EventKind.LEFT) == 1
    if status is Status.OPEN:
        await services.ticket_leaving.returned(GUILD, ALICE)
        assert (await services.ticket_opening.find(GUILD, 1)).closes_at is None


async def test_a_member_who_was_gone_for_a_moment_as_the_ticket_was_opened_is_there(
    services: Services, database: Database, clock: ManualClock
) -> None:
    await add_topic(database, GUILD)
    begun = await services.ticket_opening.begin(GUILD, wish())
    await services.ticket_leaving.left(GUILD, ALICE)
    await services.ticket_leaving.returned(GUILD, ALICE)
    ticket = await opened(services, begun)
    assert (ticket.status, ticket.closes_at, ticket.applied < ticket.access) == (Status.OPEN, None, True)


# What stands against it ---------------------------------------------------------------------------------------


async def test_a_cooldown_is_spent_by_what_was_opened_and_not_by_what_failed(
    services: Services, database: Database, clock: ManualClock
) -> None:
    await add_topic(database, GUILD)
    opening = services.ticket_opening
    begun = await opening.begin(GUILD, wish("i:1"))
    assert begun.claimed is not None
    await opening.failed(begun.claimed, Failure.FULL, "", awaited=True)
    again = await opening.begin(GUILD, wish("i:2"))
    await opened(services, again)
    await end(services, database, 2)
    clock.advance(seconds=30)
    for asked in (opening.begin(GUILD, wish("i:3")), opening.check(GUILD, TOPIC, wish().applicant)):
        with pytest.raises(TicketCooldown) as refused:
            await asked
        assert refused.value.ready_at == again.ticket.opened_at + timedelta(seconds=60)
    await opening.check(GUILD, TOPIC, wish().applicant, by_staff=True)
    clock.advance(seconds=30)
    await opening.begin(GUILD, wish("i:4"))


async def test_a_server_opens_so_many_in_a_minute_and_staff_one_more(
    services: Services, database: Database, clock: ManualClock, rule: Rule
) -> None:
    await add_topic(database, GUILD)
    await rule(most_a_minute=2)
    begin = services.ticket_opening.begin
    await begin(GUILD, wish("i:1", user=1))
    await begin(GUILD, wish("i:2", user=2))
    with pytest.raises(TooManyTickets):
        await begin(GUILD, wish("i:3", user=3))
    await begin(GUILD, wish("i:3", user=3, by=STAFF))
    clock.advance(seconds=61)
    await begin(GUILD, wish("i:4", user=4))


async def test_who_is_blocked_may_not_until_that_ends(
    services: Services, database: Database, clock: ManualClock
) -> None:
    await add_topic(database, GUILD)
    until = clock.now() + timedelta(hours=1)
    row = {"guild_id": GUILD, "user_id": ALICE, "reason": None, "by_id": STAFF, "expires_at": until}

    async def unit(session: WriteSession) -> None:
        await session.execute(TicketBlock.__table__.insert(), row)

    await database.transact(unit)
    with pytest.raises(TicketBlocked):
        await services.ticket_opening.begin(GUILD, wish())
    clock.advance(seconds=3_601)
    await services.ticket_opening.begin(GUILD, wish())


async def test_a_topic_says_who_may_and_since_when(services: Services, database: Database, clock: ManualClock) -> None:
    rules = (RoleRule(role_id=VIP, allows=True),)
    await add_topic(database, GUILD, TopicConfig(rules=rules, account_age=86_400, member_age=3_600))
    check, yesterday = services.ticket_opening.check, clock.now() - timedelta(days=1)
    vip = Applicant(ALICE, (VIP,), yesterday, yesterday)
    await check(GUILD, TOPIC, vip)
    with pytest.raises(TicketNotForYou):
        await check(GUILD, TOPIC, replace(vip, role_ids=()))
    with pytest.raises(TooYoungForTicket) as young:
        await check(GUILD, TOPIC, replace(vip, created_at=clock.now()))
    assert young.value.possible_at == clock.now() + timedelta(days=1)
    with pytest.raises(TooNewForTicket) as new:
        await check(GUILD, TOPIC, replace(vip, joined_at=clock.now()))
    assert new.value.possible_at == clock.now() + timedelta(hours=1)
    await check(GUILD, TOPIC, replace(vip, role_ids=(), joined_at=None), by_staff=True)


async def test_another_servers_topic_is_none_and_without_the_feature_there_are_none(
    services: Services, database: Database, rule: Rule
) -> None:
    await add_topic(database, GUILD)
    with pytest.raises(TopicNotFound):
        await services.ticket_opening.begin(GUILD + 1, wish())
    before = await services.guild_settings.read(GUILD, FeatureSettings)
    off = before.value.model_copy(update={"tickets": False})
    await services.guild_settings.change(GUILD, off, base=before.version, by=None)
    with pytest.raises(FeatureOff):
        await services.ticket_opening.begin(GUILD, wish())


# What came of it ----------------------------------------------------------------------------------------------


async def test_what_failed_frees_the_slot_and_is_said_unless_the_answer_is_awaited(
    services: Services, database: Database
) -> None:
    await add_topic(database, GUILD)
    opening = services.ticket_opening
    for number, awaited in ((1, True), (2, False)):
        begun = await opening.begin(GUILD, wish(f"i:{number}"))
        assert begun.claimed is not None
        await opening.failed(begun.claimed, Failure.LATE, "", awaited=awaited)
        await services.ticket_file.release(begun.claimed)
        ticket = await opening.find(GUILD, number)
        assert (ticket.status, ticket.failure) == (Status.FAILED, Failure.LATE)
        said = await services.outbox.find(GUILD, f"ticket-failed:{number}")
        assert (said is None) is awaited
    assert await database.query(lambda session: tickets.not_over(session, GUILD)) == []


async def test_whoever_lost_the_claim_writes_nothing(
    services: Services, database: Database, clock: ManualClock
) -> None:
    await add_topic(database, GUILD)
    begun = await services.ticket_opening.begin(GUILD, wish())
    old = begun.claimed
    assert isinstance(old, Claimed)
    clock.advance(seconds=60)
    taken = await services.ticket_file.take(GUILD, 1)
    assert taken is not None
    assert taken.attempts == 2, "so that this one looks for what the other made"
    await services.ticket_opening.failed(old, Failure.FULL, "", awaited=True)
    written = await services.ticket_opening.ready(
        old, channel_id=1, parent_id=None, mode=Mode.CHANNEL, name="x", told=[], is_new=True, elsewhere=False
    )
    assert written is None
    assert (await services.ticket_opening.find(GUILD, 1)).status is Status.OPENING


async def test_files_are_kept_as_far_as_there_is_room(services: Services, database: Database, rule: Rule) -> None:
    keep, png = services.ticket_opening.keep, b"\x89PNG\r\n\x1a\n" + b"x" * 1_000
    kept = await keep(GUILD, 1, "a.png", png)
    assert (kept.content_type, kept.size, kept.missing) == ("image/png", len(png), None)
    assert kept.digest is not None
    assert (await keep(GUILD, 2, "b.exe", b"MZ\0")).content_type == "application/octet-stream"
    assert (await keep(GUILD, 3, "c.png", None)).missing is Missing.AWAY
    await add_topic(database, GUILD)
    await services.ticket_opening.begin(GUILD, wish(files=[kept]))
    assert await database.query(lambda session: record.kept_bytes(session, GUILD)) == len(png)
    assert await database.query(lambda session: blobs.known(session, [kept.digest or ""])) == {kept.digest}
    await rule(quota=0)
    assert (await keep(GUILD, 4, "d.png", png)).missing is Missing.NO_ROOM
