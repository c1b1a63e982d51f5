"""What levels add to answers of other features."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.profile import Fact, Glance
from bot.i18n import _
from bot.services import Services
from bot.ui import text


async def about_member(services: Services, glance: Glance) -> Sequence[Fact]:
    """Their level, which everybody may ask for with /rank.

    Raises:
        FeatureOff, BotsHaveNoRank, RankHidden: there is none to tell.
    """
    level = await services.ranks.level(
        glance.guild_id, glance.user_id, viewer_id=glance.viewer_id, is_bot=glance.is_bot
    )
    return [Fact(_("Level"), text.number(level))]
