"""A small simulated Discord over loopback sockets, spoken to by the unmodified discord.py client.

It serves the demonstration, the process tests and the benchmarks, and knows nothing of the rest of the package:

    world = World()
    guild = world.add_guild("Meadow")
    async with Sandbox(world) as sandbox:
        ...  # point discord.py at sandbox.api_url, sandbox.gateway_url and sandbox.cdn_url, log in with sandbox.token
        alice = sandbox.as_member(guild, world.add_member(guild, "alice"))
        answer = await (await alice.slash(channel, "balance")).finished()
"""

from .actors import Actor
from .backend import BackendError, SetupError
from .exchange import Exchange
from .faults import Fault, Faults
from .rest import SeenRequest
from .seen import CannotDo, NotAnswered, SeenMessage
from .server import FAKE_TOKEN, Sandbox
from .watch import Change, View
from .world import World

__all__ = [
    "FAKE_TOKEN",
    "Actor",
    "BackendError",
    "CannotDo",
    "Change",
    "Exchange",
    "Fault",
    "Faults",
    "NotAnswered",
    "Sandbox",
    "SeenMessage",
    "SeenRequest",
    "SetupError",
    "View",
    "World",
]
