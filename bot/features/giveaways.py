"""Prizes drawn among those who enter, by a draw that anybody can recompute."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.giveaways import GiveawayKeeper
from bot.domain.features import Feature
from bot.domain.giveaway_settings import GiveawaySettings
from bot.features.declaration import Declaration, Kit
from bot.jobs.giveaways import GiveawaysSource
from bot.jobs.ticker import DueSource
from bot.services.giveaway_making import CANCELLED, EDITED, ENDED, PUBLISHED
from bot.words import N_


def _due(kit: Kit) -> Sequence[DueSource]:
    services = kit.services
    services.giveaway_file.on_due(kit.wake)
    keeper = GiveawayKeeper(kit.bot, services.giveaway_file, services.giveaway_drawing, services.giveaway_claims)
    return [GiveawaysSource(services.giveaway_file, keeper.carry_out, kit.bot.shard_range, kit.wake)]


GIVEAWAYS = Declaration(
    name="giveaways",
    title="Giveaways",
    summary="Prizes for members who enter, by a draw that anybody can recompute.",
    extension="bot.cogs.giveaways",
    docs="docs/features/giveaways.md",
    switch=Feature.GIVEAWAYS,
    sections=(GiveawaySettings,),
    audited={
        PUBLISHED: N_("Giveaway started"),
        EDITED: N_("Giveaway changed"),
        ENDED: N_("Giveaway ended early"),
        CANCELLED: N_("Giveaway cancelled"),
    },
    due=_due,
)
