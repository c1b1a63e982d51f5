"""What everybody sets for themselves, and sees of each other."""

from __future__ import annotations

from bot.db.holding import Holding
from bot.db.models.preferences import Preference
from bot.domain.privacy import Erasure
from bot.domain.probes import PermissionProbe, Probes
from bot.features.declaration import Declaration
from bot.words import N_

ME = Declaration(
    name="me",
    title="You",
    summary="Your language, time zone and card, and who somebody is.",
    extension="bot.cogs.me",
    docs="docs/features/me.md",
    holdings=(Holding(Preference.user_id, N_("What you set with /me"), Erasure.DELETE),),
    probes=Probes(
        permissions=(
            PermissionProbe("attach_files", N_("Cards are left out; there are the words alone."), vital=False),
        ),
    ),
    scene="bot.scenes.me",
)
