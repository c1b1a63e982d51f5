"""A scene about roles for a while, for one and for many. It ends what it gave, so it can be played again."""

from __future__ import annotations

from bot.sandbox.terminal import Step

_SOON = 12.0
"""Seconds that a handful of members takes."""

SCENE: tuple[Step, ...] = (
    Step(
        "mira",
        "/role give member:@quiet role:@Helper duration:1h reason:the fair",
        before="Staff gives a role for a while; it ends by itself.",
        expect=("@Helper", "has"),
    ),
    Step("mira", "/role list member:@quiet", expect=("the fair",)),
    Step("mira", "/role end member:@quiet role:@Helper", expect=("no longer has",)),
    Step(
        "mira",
        "/role give-many role:@Market among:people duration:1h",
        before="For many at once it is said first what would be done.",
        expect=("Nothing has been done yet",),
    ),
    Step("mira", "press Who, as a file", before="Who that is, in a file.", expect=("",)),
    Step("mira", "press Start", expect=("End these again",), patience=_SOON),
    Step(
        "mira",
        "press End these again",
        before="One button takes it all back.",
        expect=("Nothing has been done yet",),
    ),
    Step("mira", "press Start", expect=("Get the result",), patience=_SOON),
)
"""The steps, in their order."""
