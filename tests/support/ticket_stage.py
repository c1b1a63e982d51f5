"""A ticket with its channel or thread on the stage, made by hand, for tests of what happens to it afterwards."""

from __future__ import annotations

from typing import Any

from simcord.enums import ChannelType

from bot.db.repositories.tickets import tickets as rows
from bot.db.sessions import WriteSession
from bot.domain.ticket_settings import TicketSettings
from bot.domain.tickets import EventKind, Mode, Origin, Status, Ticket
from tests.support.stage import ALICE, GENERAL, GUILD, Stage
from tests.support.tickets import TOPIC, add_topic

SUPPORT, SENIOR, OWNERS = ((4_000 + number) << 22 for number in range(3))
"""Roles: support, whom tickets are escalated to, and those who manage the server."""

MINE = [
    "view_channel", "send_messages", "send_messages_in_threads", "embed_links", "attach_files", "read_message_history",
    "manage_channels", "manage_roles", "manage_threads", "manage_messages", "create_private_threads",
]  # fmt: skip


def furnish(stage: Stage) -> None:
    """The roles, and what I may."""
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, MINE)
    world.add_role(GUILD, "Support", id=SUPPORT)
    world.add_role(GUILD, "Senior", id=SENIOR)
    world.add_role(GUILD, "Owners", id=OWNERS, permissions=["manage_guild"])


def make_place(stage: Stage, number: int, mode: Mode = Mode.CHANNEL) -> int:
    """A channel that everybody sees, or an empty private thread; its id."""
    world, name = stage.sandbox.world, f"ticket-{number:04}"
    if mode is Mode.CHANNEL:
        return world.add_channel(GUILD, name, topic=f"folkmoot-ticket-{number}")
    kind = ChannelType.PRIVATE_THREAD
    return world.backend.create_thread(GENERAL, name, world.bot_id, type=kind).id


async def put_ticket(stage: Stage, number: int = 1, mode: Mode = Mode.CHANNEL, **values: Any) -> Ticket:
    """Alice's ticket, whose channel or thread is there and knows nothing yet of who may see it."""
    assert stage.app is not None
    services, database, now = stage.app.services, stage.app.database, stage.clock.now()
    if number == 1:
        await add_topic(database, GUILD)
    ticket = Ticket(
        guild_id=GUILD, number=number, topic_id=TOPIC, opener_id=ALICE, opened_by=ALICE, origin=Origin.PANEL,
        status=Status.OPENING, status_at=now, mode=mode, slot=number, key=f"i:{number}", opened_at=now,
    )  # fmt: skip
    channel_id = make_place(stage, number, mode)

    async def unit(session: WriteSession) -> Ticket:
        assert await rows.add(session, ticket, due_at=now)
        made = {"status": Status.OPEN, "channel_id": channel_id, "name": f"ticket-{number:04}", **values}
        return await services.ticket_file.change(session, ticket, (EventKind.OPENED, {}), by=ALICE, **made)

    return await database.transact(unit)


async def change(stage: Stage, number: int = 1, /, **values: Any) -> Ticket:
    """Change a ticket, and who may see it, as some use case would; nothing is done about it yet."""
    assert stage.app is not None
    file = stage.app.services.ticket_file

    async def unit(session: WriteSession) -> Ticket:
        ticket = await file.locked(session, GUILD, number)
        return await file.change(session, ticket, (EventKind.STATUS, {}), by=None, access=True, **values)

    return await stage.app.database.transact(unit)


async def ticket_of(stage: Stage, number: int = 1) -> Ticket:
    """How a ticket stands."""
    assert stage.app is not None
    found = await stage.app.database.query(lambda session: rows.find(session, GUILD, number))
    assert found is not None
    return found


async def choose(stage: Stage, **chosen: Any) -> None:
    """Change the settings of tickets."""
    assert stage.app is not None
    settings = stage.app.services.guild_settings
    before = await settings.read(GUILD, TicketSettings)
    after = before.value.model_copy(update=chosen)
    await settings.change(GUILD, after, base=before.version, by=None)


async def tick(stage: Stage) -> None:
    """Do all that is due now."""
    assert stage.app is not None
    for _ in range(3):
        await stage.app.ticker.tick()
        await stage.app.ticker.finish()
