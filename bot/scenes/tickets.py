"""A scene about tickets: one is opened, taken, answered, closed and rated.

The panel is deleted at its end, and a new one has a wait of its own, so it can be played again.
"""

from __future__ import annotations

from bot.sandbox.terminal import Step

SCENE: tuple[Step, ...] = (
    Step(
        "ola",
        "/panel create",
        before="Members ask for help by a panel. One form makes one that works, and everything else can wait.",
        form={
            "Name": "support",
            "Title": "Need help?",
            "Text": "Open a ticket, and we will see to it.",
            "First topic": "Ask for help",
            "Where members see it": "#general",
        },
        expect=("Made.",),
    ),
    Step(
        "regular",
        "press Ask for help",
        before="A press opens a channel that only the member and staff see.",
        expect=("Your ticket",),
        remember=r"#(?P<ticket>ticket-\d+)",
    ),
    Step("regular", "in #{ticket}"),
    Step("regular", "say The bench in the meadow is broken."),
    Step("ola", "in #{ticket}"),
    Step("ola", "press Claim", before="Staff takes it, so that two don't do the same.", expect=("You take care of",)),
    Step(
        "ola",
        "say I will mend it tonight.",
        before="Whose turn it is follows from who wrote last.",
        expect=("waiting for the member",),
        patience=5.0,
    ),
    Step(
        "ola",
        "/ticket note text:The third bench this month",
        before="What the member is not to read goes into a note.",
        expect=("Noted",),
    ),
    Step("ola", "press Close", expect=("Ask the member",)),
    Step("ola", "press Ask the member", before="Staff may close it, or ask first.", expect=("I asked",)),
    Step("regular", "press Close it", expect=("How did we do?",), patience=10.0),
    Step("regular", "dm", before="The member has a copy of what was said, and is asked how it was."),
    Step("regular", "press ★★★★★", expect=("Thank you!",)),
    Step("ola", "/ticket stats", before="And staff knows how it does.", expect=("Tickets of the last",)),
    Step("ola", "/panel delete panel:support", expect=("Delete it",)),
    Step("ola", "press Delete it", expect=("deleted",), patience=3.0),
    Step("ola", "in #general"),
    Step("regular", "in #general"),
)
"""The steps, in their order."""
