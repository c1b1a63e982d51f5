"""Prizes drawn among those who enter, by a draw that anybody can recompute."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.giveaway_roles import EntrantWalk
from bot.actions.giveaways import GiveawayKeeper
from bot.app import FolkmootBot
from bot.db.holding import Holding
from bot.db.models.giveaways import GiveawayEntryRow, GiveawayEventRow, GiveawayRow, GiveawayWinnerRow
from bot.db.repositories.giveaways.erasing import forget_open
from bot.domain.features import Feature
from bot.domain.giveaway_probes import PROBES
from bot.domain.giveaway_settings import GiveawaySettings
from bot.domain.guilds import ShardRange
from bot.domain.privacy import Erasure
from bot.features.declaration import Declaration, Kit
from bot.jobs.giveaway_counts import GiveawayCountsJob
from bot.jobs.giveaway_roles import GiveawayRolesJob
from bot.jobs.giveaways import GiveawaysSource
from bot.jobs.periodic import Periodic
from bot.jobs.ticker import DueSource
from bot.services.giveaway_claims import REROLLED
from bot.services.giveaway_making import CANCELLED, EDITED, ENDED, PUBLISHED
from bot.services.invariants.giveaways import INVARIANTS
from bot.words import N_

_PROOF = N_("kept for half a year after the end of a giveaway, so that anybody can draw it again; then it is forgotten")
_HOSTS = N_("kept without saying whose it was, for those who entered")

HOLDINGS = (
    Holding(GiveawayEntryRow.user_id, N_("Giveaways that you entered"), Erasure.KEEP, _PROOF, forgets=forget_open),
    Holding(GiveawayWinnerRow.user_id, N_("Giveaways in which you were drawn"), Erasure.KEEP, _PROOF),
    Holding(GiveawayRow.host_id, N_("Giveaways that you hosted"), Erasure.SHADOW, _HOSTS, secret=(GiveawayRow.seed,)),
    Holding(GiveawayRow.created_by, N_("Giveaways that you made"), Erasure.SHADOW, _HOSTS, told=False),
    Holding(GiveawayRow.closed_by, N_("Giveaways that you ended"), Erasure.BLANK, told=False),
    Holding(GiveawayEventRow.actor_id, N_("What you did about giveaways"), Erasure.BLANK, told=False),
)

RETENTION_INTERVAL = 3_600.0
"""Seconds between two looks at what may be forgotten."""


def _due(kit: Kit) -> Sequence[DueSource]:
    services = kit.services
    services.giveaway_file.on_due(kit.wake)
    keeper = GiveawayKeeper(kit.bot, services.giveaway_file, services.giveaway_drawing, services.giveaway_claims)
    return [GiveawaysSource(services.giveaway_file, keeper.carry_out, kit.bot.shard_range, kit.wake)]


def _rounds(kit: Kit) -> Sequence[Periodic]:
    services, client = kit.services, kit.bot
    walk = EntrantWalk(client, services.giveaway_roles)
    return [
        Periodic("giveaways retention", RETENTION_INTERVAL, services.giveaway_retention.prune),
        GiveawayCountsJob(services.giveaway_counts, services.giveaway_entering, lambda: _shards(client)),
        GiveawayRolesJob(services.giveaway_roles, walk.round),
    ]


def _shards(client: FolkmootBot) -> ShardRange | None:
    """The guilds that this process answers for, once that is known."""
    return client.shard_range() if client.is_ready() else None


GIVEAWAYS = Declaration(
    name="giveaways",
    title="Giveaways",
    summary="Prizes for members who enter, by a draw that anybody can recompute.",
    extension="bot.cogs.giveaways",
    docs="docs/features/giveaways.md",
    switch=Feature.GIVEAWAYS,
    sections=(GiveawaySettings,),
    holdings=HOLDINGS,
    invariants=INVARIANTS,
    audited={
        PUBLISHED: N_("Giveaway started"),
        EDITED: N_("Giveaway changed"),
        ENDED: N_("Giveaway ended early"),
        CANCELLED: N_("Giveaway cancelled"),
        REROLLED: N_("Another winner drawn"),
    },
    due=_due,
    rounds=_rounds,
    probes=PROBES,
    scene="bot.scenes.giveaways",
)
