"""Tickets that are open already, in a simulated Discord, for tests of what comes after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any

import discord

from bot.db.repositories.tickets import tickets as rows
from bot.domain.settings import Section
from bot.domain.tickets import Because, Mode, Origin, Status, Ticket
from bot.sandbox import SeenMessage
from bot.services import Services
from tests.support.stage import ALICE, GENERAL, GUILD, Stage
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
    return await write(stage, await ticket(stage, number), **values)


async def write(at: Stage, ticket: Ticket, /, **values: Any) -> Ticket:
    """The same of a ticket that the caller has, closed just now if it is to be closed."""
    assert at.app is not None
    file = services(at).ticket_file
    if values.get("status") in {Status.CLOSING, Status.CLOSED}:
        values = {"closed_at": at.clock.now(), "closed_because": Because.PERSON, **values}

    async def unit(session: Any) -> Ticket:
        return await file.note(session, await file.locked(session, GUILD, ticket.number), **values)

    return await at.app.database.transact(unit)


async def ticket(stage: Stage, number: int) -> Ticket:
    """A ticket as it stands."""
    assert stage.app is not None
    found = await stage.app.database.query(lambda session: rows.find(session, GUILD, number))
    assert found is not None
    return found


async def find(stage: Stage, is_it: Callable[[Ticket], bool]) -> Ticket:
    """The one ticket of which that is true."""
    assert stage.app is not None
    every = await stage.app.database.query(lambda session: rows.not_over(session, GUILD))
    [found] = [one for one in every if is_it(one)]
    return found


async def until(stage: Stage, number: int, is_so: Callable[[Ticket], bool]) -> None:
    """Wait until something is true of a ticket that follows from an event."""
    async with asyncio.timeout(10):
        while not is_so(await ticket(stage, number)):
            await asyncio.sleep(0.01)


async def say(stage: Stage, content: str, *custom_ids: str) -> SeenMessage:
    """A message of the bot's where everybody sees it, with buttons called 0, 1, …"""
    assert stage.app is not None
    view = discord.ui.View(timeout=None)
    for place, custom_id in enumerate(custom_ids):
        view.add_item(discord.ui.Button(label=str(place), custom_id=custom_id))
    view.stop()
    sent = await stage.app.bot.get_partial_messageable(GENERAL).send(content, view=view)
    with stage.sandbox.view(ALICE) as seen:
        return next(one for one in seen.messages(GENERAL) if one.id == sent.id)
