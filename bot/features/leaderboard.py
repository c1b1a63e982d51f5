"""Who has most of what other features count."""

from __future__ import annotations

from bot.features.declaration import Declaration

LEADERBOARD = Declaration(
    name="leaderboard",
    title="Leaderboards",
    summary="Who has most, and where you stand.",
    extension="bot.cogs.leaderboard",
    docs="docs/leaderboards.md",
    aliases={"lb": "leaderboard", "top": "leaderboard"},
    scene="bot.scenes.leaderboard",
)
