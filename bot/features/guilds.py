"""Servers and people as Discord tells of them, and the messages owed to them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.outbox import OutboxSender
from bot.features.declaration import Declaration, Kit
from bot.jobs.erasure import ErasureSource
from bot.jobs.outbox import PRUNING_INTERVAL, OutboxSource
from bot.jobs.periodic import Periodic
from bot.jobs.ticker import DueSource
from bot.services.invariants.guilds import INVARIANTS
from bot.services.recorder import INTERVAL


def _due(kit: Kit) -> Sequence[DueSource]:
    services, bot = kit.services, kit.bot
    services.outbox.on_queued(kit.wake)
    return [
        OutboxSource(services.outbox, OutboxSender(bot, services.outbox).deliver, bot.shard_range),
        ErasureSource(services.guilds, bot.shard_range, lambda guild_id: bot.get_guild(guild_id) is not None),
    ]


def _rounds(kit: Kit) -> Sequence[Periodic]:
    return [
        Periodic("recorder", INTERVAL, kit.bot.recorder.flush),
        Periodic("outbox pruning", PRUNING_INTERVAL, kit.services.outbox.prune),
    ]


GUILDS = Declaration(
    name="guilds",
    title="Servers",
    summary="Knows the server and its people.",
    extension="bot.cogs.guilds",
    docs="docs/outbox.md",
    invariants=INVARIANTS,
    due=_due,
    rounds=_rounds,
)
