"""Whether everything will work in a server."""

from __future__ import annotations

from bot.domain.authority import Staff
from bot.domain.probes import Probes, StaffProbe
from bot.features.declaration import Declaration

DIAGNOSE = Declaration(
    name="diagnose",
    title="Diagnosis",
    summary="See whether everything will work here, and mend what won't.",
    extension="bot.cogs.diagnose",
    docs="docs/diagnose.md",
    probes=Probes(staff=(StaffProbe("diagnose", Staff.ADMIN),)),
    aliases={"doctor": "diagnose"},
    scene="bot.scenes.diagnose",
)
