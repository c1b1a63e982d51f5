"""What the purse adds to answers of other features."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.profile import Fact, Glance
from bot.i18n import _
from bot.services import Services
from bot.ui import text


async def about_member(services: Services, glance: Glance) -> Sequence[Fact]:
    """Their coins, which everybody may ask for with /balance.

    Raises:
        FeatureOff, BotHasNoPurse: they have none.
    """
    purse = await services.economy.balance(glance.guild_id, glance.user_id, is_bot=glance.is_bot)
    return [Fact(_("Coins"), text.number(purse.wallet))]
