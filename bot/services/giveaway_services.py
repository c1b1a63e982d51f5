"""The services of giveaways, under the names by which everybody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.giveaway_claims import GiveawayClaims
from bot.services.giveaway_counts import GiveawayCounts
from bot.services.giveaway_drawing import GiveawayDrawing
from bot.services.giveaway_entering import GiveawayEntering
from bot.services.giveaway_file import GiveawayFile
from bot.services.giveaway_knowing import GiveawayKnowing
from bot.services.giveaway_making import GiveawayMaking
from bot.services.giveaway_message import GiveawayMessage
from bot.services.giveaway_proofs import GiveawayProofs
from bot.services.giveaway_retention import GiveawayRetention
from bot.services.giveaway_roles import GiveawayRoles


@dataclass(frozen=True)
class GiveawayServices:
    """The services of giveaways."""

    giveaway_claims: GiveawayClaims
    giveaway_counts: GiveawayCounts
    giveaway_drawing: GiveawayDrawing
    """For whoever carries out what is owed."""
    giveaway_entering: GiveawayEntering
    giveaway_file: GiveawayFile
    """For those who change giveaways in transactions of their own, and for whoever carries out what is owed."""
    giveaway_knowing: GiveawayKnowing
    giveaway_making: GiveawayMaking
    giveaway_message: GiveawayMessage
    giveaway_proofs: GiveawayProofs
    giveaway_retention: GiveawayRetention
    giveaway_roles: GiveawayRoles
