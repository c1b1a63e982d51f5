"""What everybody may know and decide about their own data."""

from __future__ import annotations

from bot.features.declaration import Declaration
from bot.words import N_

PRIVACY = Declaration(
    name="privacy",
    title="Privacy",
    summary="What I keep about you, as a file, and out of my records.",
    extension="bot.cogs.privacy",
    audited={"privacy.erase": N_("Somebody's data erased")},
    docs="docs/privacy.md",
    scene="bot.scenes.privacy",
)
