"""The demonstration: the bot as it really runs, on a small simulated Discord, with scenes and a prompt.

A second composition root beside ``__main__``: here, and only here, the sandbox meets the rest of the package.

config    the operator's settings, with a database of the demo's own
place     the guild in which it takes place, and its people
playbill  the scenes of all features, played as they were written whatever was set before
returning what the place remembers of earlier demonstrations
running   the bot, started and started anew
show      the performance: the bot, what is shown of it, and the end of both
"""

from bot.demo.config import DemoFailed, demo_settings
from bot.demo.place import GENERAL, GUILD, MIRA, NEWCOMER, OLA, PEOPLE, QUIET, REGULAR, build_world
from bot.demo.playbill import OPENING, Playbill, scenes
from bot.demo.returning import give_back
from bot.demo.running import Running
from bot.demo.show import handlers, play

__all__ = [
    "GENERAL", "GUILD", "MIRA", "NEWCOMER", "OLA", "OPENING", "PEOPLE", "QUIET", "REGULAR", "DemoFailed", "Playbill",
    "Running",    "build_world", "demo_settings", "give_back", "handlers", "play", "scenes",
]  # fmt: skip
