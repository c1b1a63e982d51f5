"""A scene about /leaderboard: two who have coins, and one who looks where they stand."""

from __future__ import annotations

from bot.sandbox.terminal import Step

_DAILY = ("for today", "You have had this one already")

SCENE: tuple[Step, ...] = (
    Step("regular", "/daily", expect=_DAILY),
    Step("newcomer", "/daily", expect=_DAILY),
    Step("quiet", "/leaderboard board:Wallet", before="Who has most, and where oneself stands.", expect=("Wallet",)),
    Step(
        "regular",
        "say @Folkmoot lb",
        before="Commands can be typed as well, with short names.",
        expect=("XP",),
        patience=3.0,
    ),
)
"""The steps, in their order."""
