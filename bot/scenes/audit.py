"""A scene about the audit log: something is done, and is read there with who, when and what it was before."""

from __future__ import annotations

from bot.sandbox.terminal import Step

SCENE: tuple[Step, ...] = (
    Step(
        "mira",
        "/role give member:@quiet role:@Helper duration:2h reason:the fair",
        before="Whatever staff does is written down.",
        expect=("has",),
    ),
    Step("mira", "/role end member:@quiet role:@Helper", expect=("no longer has",)),
    Step("ola", "/audit about:@quiet", expect=("Role ended",)),
    Step("ola", "select 1", before="One entry with all it says.", expect=("Role ended",)),
    Step("ola", "/audit", expect=("Audit log",)),
    Step("ola", "press As a file", before="The log goes into a file, too.", expect=("newest first",)),
)
"""The steps, in their order."""
