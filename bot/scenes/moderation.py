"""A scene about rules for warnings, a member's file, undoing, and a channel that is locked.

It lifts what it did and takes its rules and warnings back, so it can be played again.
"""

from __future__ import annotations

from bot.sandbox.terminal import Step

SCENE: tuple[Step, ...] = (
    Step(
        "ola",
        "/warnrules list",
        before="What follows from warnings is a rule. There is none until somebody sets the usual ones by a press.",
        expect=("Rules for warnings",),
    ),
    Step("ola", "press Set the usual rules", only_if="Set the usual rules", expect=("timeout for 1 hour",)),
    Step(
        "mira",
        "/warn member:@quiet reason:Spam severity:3",
        before="Every act is a case with its number, and the member is told. Three points cross the first line.",
        expect=("a rule acts",),
        remember=r"Case #(?P<warning>\d+), code",
    ),
    Step("mira", "/untimeout member:@quiet reason:We talked", expect=("Lifted the timeout",)),
    Step(
        "mira",
        "/history member:@quiet",
        before="A member's file has all of it, newest first, and each case leads on.",
        expect=("File of a member",),
    ),
    Step("mira", "/case edit number:{warning} severity:1", expect=("Changed.",)),
    Step(
        "mira",
        "/case void number:{warning}",
        before="Nothing in it is deleted: what was changed or taken back stays to be read.",
        expect=("It is void.",),
    ),
    Step("mira", "/case view number:{warning}", expect=("Timeline",)),
    Step("quiet", "/mylogs", before="Members read their own file.", expect=("Your cases",)),
    Step(
        "mira",
        "/lock duration:10m reason:A breath of air",
        before="A locked channel opens by itself, or when somebody opens it.",
        expect=("Locked", "is locked already"),
    ),
    Step("mira", "/unlock", expect=("is open again",)),
    Step(
        "mira",
        "/purge count:2",
        before="What is deleted is counted as it was, and kept as a file for staff.",
        expect=("Deleted 2 messages.",),
    ),
)
"""The steps, in their order."""
