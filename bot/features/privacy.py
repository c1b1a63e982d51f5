"""What everybody may know and decide about their own data."""

from __future__ import annotations

from bot.features.declaration import Declaration

PRIVACY = Declaration(
    name="privacy",
    title="Privacy",
    summary="What I keep about you, as a file, and out of my records.",
    extension="bot.cogs.privacy",
    docs="docs/privacy.md",
)
