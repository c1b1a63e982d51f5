"""A sandbox as a process of its own: `python -m bot.sandbox --port 0 --guilds 1000 --members 100`.

Prints one line of JSON with its addresses, its token and the ids of the first guild, then serves until it is asked to
stop (`POST /control/stop`), interrupted, or its standard input ends (with `--leash`: so no orphan outlives a bench).
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from typing import Any

from .server import Sandbox
from .world import World


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description="A simulated Discord on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--guilds", type=int, default=1)
    parser.add_argument("--members", type=int, default=10, help="in each guild")
    parser.add_argument("--channels", type=int, default=1, help="in each guild")
    parser.add_argument("--shards", type=int, default=1, help="how many shards to recommend")
    parser.add_argument("--leash", action="store_true", help="stop when standard input ends")
    return parser.parse_args()


def _addresses(sandbox: Sandbox) -> dict[str, Any]:
    backend = sandbox.world.backend
    first = next(iter(backend.guilds.values()), None)
    return {
        "base_url": sandbox.base_url,
        "api_url": sandbox.api_url,
        "gateway_url": sandbox.gateway_url,
        "cdn_url": sandbox.cdn_url,
        "token": sandbox.token,
        "bot": sandbox.world.bot_id,
        "application": sandbox.world.application_id,
        "guilds": len(backend.guilds),
        "first_guild": first
        and {
            "id": first.id,
            "channels": list(first.channel_ids),
            "members": [user for user in first.members if user not in (first.owner_id, sandbox.world.bot_id)],
        },
    }


async def _serve(arguments: argparse.Namespace) -> None:
    world = World()
    world.populate(arguments.guilds, arguments.members, channels=arguments.channels)
    async with Sandbox(world, port=arguments.port, shards=arguments.shards) as sandbox:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, sandbox.stopping.set)
        if arguments.leash:
            loop.add_reader(sys.stdin, lambda: os.read(sys.stdin.fileno(), 4096) or sandbox.stopping.set())
        sys.stdout.write(json.dumps(_addresses(sandbox)) + "\n")
        sys.stdout.flush()
        await sandbox.stopped()
        if arguments.leash:
            loop.remove_reader(sys.stdin)


def main() -> None:
    """Run until told to stop."""
    asyncio.run(_serve(_arguments()))


if __name__ == "__main__":
    main()
