"""Tickets that are open already, in a simulated Discord, for tests of what comes after."""

from __future__ import annotations

from itertools import count
from typing import Any

from bot.db.repositories.tickets import tickets as rows
from bot.domain.settings import Section
from bot.domain.tickets import Mode, Origin, Status, Ticket
from bot.services import Services
from tests.support.stage import ALICE, GUILD, Stage
from tests.support.tickets import TOPIC, add_topic

_numbers = count(1)


def services(stage: Stage) -> Services:
    assert stage.app is not None
    return stage.app.services


async def rule(stage: Stage, model: type[Section], **chosen: object) -> None:
    """Set some settings of a section."""
    settings = services(stage).guild_settings
    before = await settings.read(GUILD, model)
    await settings.edit(GUILD, model, lambda one: one.model_copy(update=chosen), base=before.version, by=None)


async def topic(stage: Stage) -> None:
    """The topic of all these tickets."""
    assert stage.app is not None
    await add_topic(stage.app.database, GUILD)


async def opened(stage: Stage, **values: Any) -> Ticket:
    """A ticket of Alice's with a channel of its own, to which nothing is owed but its header."""
    assert stage.app is not None
    number, now = next(_numbers), stage.clock.now()
    channel = stage.sandbox.world.add_channel(GUILD, f"ticket-{number}")
    ticket = Ticket(
        guild_id=GUILD, number=number, topic_id=TOPIC, opener_id=ALICE, opened_by=ALICE, origin=Origin.PANEL,
        status=Status.OPEN, status_at=now, mode=Mode.CHANNEL, slot=number, key=f"i:{number}", opened_at=now,
        name=f"ticket-{number}", channel_id=channel, applied=1,
    )  # fmt: skip
    assert await stage.app.database.transact(lambda session: rows.add(session, ticket, due_at=now))
    return await change(stage, number, **values) if values else ticket


async def change(stage: Stage, number: int, **values: Any) -> Ticket:
    """Write values of a ticket as some use case would, telling nobody."""
    assert stage.app is not None
    file = services(stage).ticket_file

    async def unit(session: Any) -> Ticket:
        return await file.note(session, await file.locked(session, GUILD, number), **values)

    return await stage.app.database.transact(unit)


async def ticket(stage: Stage, number: int) -> Ticket:
    """A ticket as it stands."""
    assert stage.app is not None
    found = await stage.app.database.query(lambda session: rows.find(session, GUILD, number))
    assert found is not None
    return found
