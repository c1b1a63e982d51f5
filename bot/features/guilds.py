"""Servers and people as Discord tells of them, and the messages owed to them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.outbox import OutboxSender
from bot.db.holding import Holding
from bot.db.models.command_logs import CommandLog
from bot.db.models.core import ErrorLog, Guild, GuildSettings, Member, User
from bot.db.models.outbox import OutboxMessage
from bot.domain.privacy import Erasure
from bot.domain.probes import IntentProbe, Probes
from bot.features.declaration import Declaration, Kit
from bot.jobs.erasure import ErasureSource
from bot.jobs.outbox import PRUNING_INTERVAL, OutboxSource
from bot.jobs.periodic import Periodic
from bot.jobs.ticker import DueSource
from bot.services.invariants.guilds import INVARIANTS
from bot.services.recorder import INTERVAL
from bot.words import N_


def _due(kit: Kit) -> Sequence[DueSource]:
    services, bot = kit.services, kit.bot
    services.outbox.on_queued(kit.wake)
    sender = OutboxSender(bot, services.outbox, services.preferences)
    return [
        OutboxSource(services.outbox, sender.deliver, bot.shard_range, kit.wake),
        ErasureSource(services.guilds, bot.shard_range, lambda guild_id: bot.get_guild(guild_id) is not None, kit.wake),
    ]


def _rounds(kit: Kit) -> Sequence[Periodic]:
    return [
        Periodic("recorder", INTERVAL, kit.bot.recorder.flush),
        Periodic("outbox pruning", PRUNING_INTERVAL, kit.services.outbox.prune),
    ]


HOLDINGS = (
    Holding(Member.user_id, N_("Your nickname, roles and when you were last active"), Erasure.DELETE),
    Holding(User.id, N_("Your name and picture"), Erasure.DELETE),
    Holding(Guild.owner_id, N_("That you own a server"), Erasure.KEEP, N_("stays as long as I am in the server")),
    Holding(OutboxMessage.target_id, N_("Messages to you"), Erasure.DELETE),
    Holding(ErrorLog.user_id, N_("Errors that you met"), Erasure.BLANK),
    Holding(GuildSettings.updated_by, N_("Settings that you changed last"), Erasure.BLANK),
    Holding(CommandLog.user_id, N_("Commands that you used"), Erasure.DELETE),
)

GUILDS = Declaration(
    name="guilds",
    title="Servers",
    summary="Knows the server and its people.",
    extension="bot.cogs.guilds",
    docs="docs/outbox.md",
    holdings=HOLDINGS,
    invariants=INVARIANTS,
    probes=Probes(intents=(IntentProbe("members", N_("I don't hear who comes, who leaves, and whose roles change.")),)),
    due=_due,
    rounds=_rounds,
)
