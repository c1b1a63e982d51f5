"""A scene about levels: what they bring, how members look, and a reward that is set and taken back.

It changes nothing for good, so it can be played again.
"""

from __future__ import annotations

from bot.sandbox.terminal import Step

SCENE: tuple[Step, ...] = (
    Step(
        "ola",
        "/xp reward set level:5 message:Well done, {member}!",
        before="Levels bring what staff says: a role, coins, words, or several of these.",
        expect=("brings:",),
    ),
    Step(
        "ola",
        "/xp announce",
        before="How it will read, and where, is seen before anybody reaches a level.",
        expect=("How it will read",),
    ),
    Step("regular", "say Good morning, everybody!", before="Who talks earns XP, once in a while."),
    Step("regular", "/rank", before="Where one stands, in words and as a card.", expect=("Level",), patience=3.0),
    Step(
        "regular",
        "/level why",
        before="Who wonders why a message earned nothing, asks.",
        expect=("What the last messages earned",),
    ),
    Step("regular", "/level calculate level:10", before="How far a level is.", expect=("takes",)),
    Step("regular", "/level rewards", before="And what comes next.", expect=("What levels bring",)),
    Step(
        "regular",
        "/level notify",
        before="An announcement pings nobody, unless they want it.",
        expect=("named without a ping", "You are pinged"),
    ),
    Step("ola", "/xp reward remove reward:5", expect=("no longer brings",)),
)
"""The steps, in their order."""
