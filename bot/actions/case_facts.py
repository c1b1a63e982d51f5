"""What moderation adds to answers of other features."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.features import Feature
from bot.domain.moderation import READERS
from bot.domain.profile import Fact, Glance
from bot.i18n import _, ngettext
from bot.services import Services
from bot.ui import text


async def about_member(services: Services, glance: Glance) -> Sequence[Fact]:
    """How much is on file about them, for those who may read it with /history.

    Raises:
        FeatureOff: moderation is switched off.
    """
    if not glance.may(READERS):
        return ()
    await services.guild_settings.require(glance.guild_id, Feature.MODERATION)
    total = await services.case_search.sum(glance.guild_id, glance.user_id)
    count = sum(total.counts.values())
    if not count:
        return ()
    said = ngettext("{count} case", "{count} cases", count).format(count=text.number(count))
    if total.points:
        points = ngettext("{count} point", "{count} points", total.points)
        said = f"{said}, {points.format(count=text.number(total.points))}"
    return [Fact(_("On file"), said)]
