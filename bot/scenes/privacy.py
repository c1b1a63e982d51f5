"""A scene about /privacy: what is kept, as a file, and the question before it would be erased."""

from __future__ import annotations

from bot.sandbox.terminal import Step

SCENE: tuple[Step, ...] = (
    Step("regular", "/daily", expect=("for today", "You have had this one already")),
    Step("regular", "/privacy", before="Everybody can see what is kept about them.", expect=("Your data",)),
    Step("regular", "press Get my data", before="All of it, as a file.", expect=("everything I keep",)),
    Step(
        "regular",
        "press Erase what is from here",
        before="Before anything is erased it is said what would go, and what stays without a name.",
        expect=("can't be undone",),
    ),
    Step("regular", "press Keep it", expect=("Your data", "Nothing", "kept")),
)
"""The steps, in their order."""
