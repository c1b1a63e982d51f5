"""A scene about /diagnose: a channel that is set goes, is found missing, and is forgotten."""

from __future__ import annotations

from bot.sandbox.terminal import Step

SCENE: tuple[Step, ...] = (
    Step("ola", "create #records", before="A channel is chosen as the log, and then somebody deletes it."),
    Step("ola", "/config section:General", expect=("Settings · General",)),
    Step("ola", "select Change a setting: log channel", expect=("Log channel",)),
    Step("ola", "select Log channel: #records", expect=("Now: #records", "Saved")),
    Step("ola", "delete #records"),
    Step(
        "ola",
        "/diagnose",
        before="What does not work any more is found, with the step that mends it.",
        expect=("was deleted",),
    ),
    Step("ola", "press 1 · Forget it", before="Here the bot can take the step itself.", expect=("Diagnosis",)),
)
"""The steps, in their order."""
