"""A scene about batches: one thing done to many, watched and cancelled, and what became of each."""

from __future__ import annotations

from bot.sandbox.terminal import Step

SCENE: tuple[Step, ...] = (
    Step(
        "ola",
        "/role give-many role:@Helper among:people duration:1h",
        before="What is done to many goes on step by step, and after a restart, too.",
        expect=("Nothing has been done yet",),
    ),
    Step("ola", "press Start", expect=("/ 5", "Finished")),
    Step("ola", "/batches list", expect=("Give @Helper",)),
    Step(
        "ola",
        "press Cancel",
        before="It can be stopped; what it has done stays done.",
        expect=("Get the result",),
        patience=8.0,
    ),
    Step("ola", "press Get the result", before="What became of each member, as a file.", expect=("",)),
    Step("ola", "press End these again", before="And taken back, again after a look.", expect=("Start", "nobody")),
    Step("ola", "press Start", only_if="Start", expect=("Get the result",), patience=8.0),
)
"""The steps, in their order."""
