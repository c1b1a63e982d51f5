"""A scene about giveaways: one is written, entered, ended and checked."""

from __future__ import annotations

from bot.sandbox.terminal import Step

SCENE: tuple[Step, ...] = (
    Step(
        "ola",
        "/giveaway create prize:A basket of apples ends:in 1 day",
        before="Whoever may give something away writes it first, and sees how it will look.",
        expect=("Nobody can enter until you publish",),
        remember=r"Giveaway #(?P<giveaway>\d+)",
    ),
    Step(
        "ola", "press Publish", before="Below it stands a promise: the seed of the draw, sealed.", expect=("It runs",)
    ),
    Step("regular", "press Enter", before="One press enters, and says what one's chances are.", expect=("You're in",)),
    Step("newcomer", "press Enter", expect=("You're in",)),
    Step(
        "ola",
        "/giveaway end giveaway:{giveaway}",
        before="At its time it is drawn by itself, or sooner by hand.",
        expect=("End it now",),
    ),
    Step("ola", "press End it now", expect=("over",), patience=5.0),
    Step(
        "regular",
        "press Check the draw",
        before="Now the seed is told: whoever likes draws again, and comes to the same.",
        expect=("The winners are right",),
        patience=5.0,
    ),
)
"""The steps, in their order."""
