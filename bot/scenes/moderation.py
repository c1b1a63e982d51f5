"""A scene about a timeout, a warning and a ban. It lifts what it did, so it can be played again."""

from __future__ import annotations

from bot.sandbox.terminal import Step

SCENE: tuple[Step, ...] = (
    Step(
        "mira",
        "/timeout member:@quiet duration:2h reason:Spam",
        before="Every act is a case with its number, and the member is told.",
        expect=("Timed out", "Case #"),
    ),
    Step("mira", "/untimeout member:@quiet reason:Talked", expect=("Lifted the timeout",)),
    Step("mira", "/warn member:@quiet reason:Spam", before="A warning stays in the file.", expect=("Warned",)),
    Step("mira", "/note member:@quiet text:Asked for help on Monday", expect=("only staff",)),
)
"""The steps, in their order."""
