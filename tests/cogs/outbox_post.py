"""What the tests of the outbox share: promise messages on a stage, let them leave, read what the channel shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.db.repositories.outbox import StoredMessage
from bot.domain.outbox import Destination, MessageState, Payload, Place, channel
from bot.sandbox import SeenMessage
from bot.services.outbox import LEASE
from tests.support.crash import CrashPoints, Died
from tests.support.stage import ALICE, GENERAL, GUILD, Stage

LATE = 600
"""Seconds after which a nonce no longer helps."""


def by_real_time(stage: Stage) -> None:
    """Let the bot's clock show what Discord's shows: histories are read by it."""
    stage.clock.set(stage.sandbox.clock.now())


def pass_time(stage: Stage, seconds: float) -> None:
    stage.clock.advance(seconds=seconds)
    stage.sandbox.clock.advance(seconds)


async def promise(
    stage: Stage, text: str, *, at: Destination | None = None, embed: Any = None, fallback_id: int | None = None
) -> None:
    """Write a message into the outbox under its own text as the key."""
    assert stage.app is not None
    outbox = stage.app.services.outbox
    await stage.app.database.transact(
        lambda session: outbox.send(
            session, GUILD, at or channel(GENERAL), Payload(text, embed), key=text, fallback_id=fallback_id
        )
    )


async def put(stage: Stage, place: Place, text: str) -> None:
    assert stage.app is not None
    outbox = stage.app.services.outbox
    await stage.app.database.transact(
        lambda session: outbox.edit(session, GUILD, place, Payload(text), key=f"edit:{place.message_id}")
    )


async def found(stage: Stage, key: str, guild: int = GUILD) -> StoredMessage | None:
    assert stage.app is not None
    return await stage.app.services.outbox.find(guild, key)


async def state(stage: Stage, key: str) -> MessageState:
    stored = await found(stage, key)
    assert stored is not None
    return stored.state


async def tick(stage: Stage) -> int:
    """Let everything that is due leave, and wait for what takes long."""
    assert stage.app is not None
    claimed = await stage.app.ticker.tick()
    await stage.app.ticker.finish()
    return claimed


async def until(stage: Stage, condition: Callable[[], bool]) -> None:
    """Tick until something is true."""
    async with asyncio.timeout(10):
        while not condition():
            await tick(stage)
            await asyncio.sleep(0.01)


def shown(stage: Stage, channel_id: int = GENERAL, user: int = ALICE) -> list[str]:
    """What a channel shows, oldest first."""
    with stage.sandbox.view(user) as view:
        return [message.content for message in view.messages(channel_id)]


def letters(stage: Stage, user: int) -> list[SeenMessage]:
    """What the bot wrote to a user in private."""
    with stage.sandbox.view(user) as view:
        return view.direct_messages()


async def die_and_return(stage: Stage, points: CrashPoints, *, after: float = LEASE.total_seconds() + 1) -> None:
    """The process is gone, some time passes, and the next one starts and sends what is owed."""
    points.armed = False
    await stage.die()
    stage.arrange = None
    pass_time(stage, after)
    await stage.start()
    await tick(stage)


async def mortal(work: Any) -> None:
    """Do something that the process may die of."""
    try:
        await work
    except Died:
        return
