"""A scene about /config: a switch and a value. What it changes is put back by whoever plays it."""

from __future__ import annotations

from bot.sandbox.terminal import Step

SCENE: tuple[Step, ...] = (
    Step(
        "ola", "/config section:Features", before="Owners switch features on and off.", expect=("Settings · Features",)
    ),
    Step("ola", "select Change a setting: economy", expect=("Now: on",)),
    Step("ola", "press Switch off", expect=("Saved",)),
    Step("regular", "/daily", before="It holds at once, for everybody.", expect=("switched",)),
    Step("ola", "press Switch on", expect=("Saved",)),
    Step("ola", "/config section:Economy", before="And there are values.", expect=("Daily amount",)),
    Step("ola", "select Change a setting: daily amount", expect=("Coins that /daily pays",)),
    Step("ola", "press Change", form={"Daily amount": "300"}, expect=("Now: `300`",)),
)
"""The steps, in their order."""
