"""Giveaways on the stage: begun and entered by the services, seen by what Discord shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.db.repositories.economy import accounts
from bot.db.repositories.giveaways import giveaways
from bot.domain.audit import AuditSource
from bot.domain.economy import wallet
from bot.domain.giveaway_changes import Changes
from bot.domain.giveaway_rules import Person
from bot.domain.giveaways import EventKind, Giveaway, Winner
from bot.sandbox import SeenMessage
from bot.services import Services
from bot.services.giveaway_making import NewGiveaway
from tests.support.stage import ALICE, BOB, GENERAL, GUILD, Stage, is_private

MINE = ["view_channel", "send_messages", "embed_links", "read_message_history", "manage_roles"]
PRIZE = (4_000 << 22) + 9
"""A role that can be won."""

VIA = AuditSource.COMMAND


def furnish(stage: Stage) -> None:
    """The role, and what I may."""
    world = stage.sandbox.world
    world.set_bot_permissions(GUILD, MINE)
    world.add_role(GUILD, "Winner", id=PRIZE)


def services_of(stage: Stage) -> Services:
    assert stage.app is not None
    return stage.app.services


async def begun(stage: Stage, prize: str, channel: int = GENERAL, **values: Any) -> Giveaway:
    """A giveaway of Alice's that is published; it runs for an hour, unless it is said otherwise."""
    making = services_of(stage).giveaway_making
    said = {"lasts": 3_600} if "ends_at" not in values else {}
    new = NewGiveaway(f"i:{prize}", ALICE, channel, Changes({"prize": prize, **said, **values}))
    draft = await making.begin(GUILD, new)
    return await making.publish(GUILD, draft.number, by=ALICE, via=VIA)


async def enter(stage: Stage, number: int, *people: int) -> None:
    old = stage.clock.now() - timedelta(days=400)
    for one in people:
        person = Person(one, frozenset(), old, old, boosts=False)
        assert (await services_of(stage).giveaway_entering.enter(GUILD, number, person)).entered


async def giveaway_of(stage: Stage, number: int = 1) -> Giveaway:
    return await services_of(stage).giveaway_making.find(GUILD, number)


async def drawn(stage: Stage, number: int = 1) -> list[Winner]:
    """Everybody who was drawn, in order of place."""
    return list((await services_of(stage).giveaway_claims.winners(GUILD, number))[1])


async def history(stage: Stage, number: int = 1) -> list[EventKind]:
    assert stage.app is not None
    found = await stage.app.database.query(lambda session: giveaways.events(session, GUILD, number))
    return [one.kind for one in found]


async def coins(stage: Stage, user: int) -> int:
    """What is in somebody's wallet; 0 if nobody ever touched it."""
    assert stage.app is not None
    return await stage.app.database.query(lambda session: accounts.balance(session, GUILD, wallet(user))) or 0


def told(stage: Stage, channel: int = GENERAL) -> list[SeenMessage]:
    """What everybody reads in a channel, oldest first."""
    with stage.sandbox.view(BOB) as view:
        return [one for one in view.messages(channel) if not is_private(one)]


def letters(stage: Stage, user: int) -> list[SeenMessage]:
    """What the bot wrote to somebody in private."""
    with stage.sandbox.view(user) as view:
        return view.direct_messages()


def pass_time(stage: Stage, seconds: float) -> None:
    stage.clock.advance(seconds=seconds)
    stage.sandbox.clock.advance(seconds)


async def tick(stage: Stage, turns: int = 3) -> None:
    """Do all that is due, and what follows from it within some seconds."""
    assert stage.app is not None
    for _turn in range(turns):
        await stage.app.ticker.tick()
        await stage.app.ticker.finish()
        pass_time(stage, 4)
