"""The whole bot in a process of its own: what `folkmoot run` does, and besides it ends with its parent.

The command line is imported as it is in `folkmoot run`, so that its memory counts.
"""

from __future__ import annotations

import asyncio
import time

import bot.__main__  # noqa: F401 — for its weight
from bench.support import leash, tell
from bot.cli.support import importing

with importing():
    from bot import log, process
    from bot.actions.ticket_absences import TicketAbsences
    from bot.actions.ticket_places import TicketPlaces
    from bot.compose import App
    from bot.settings import load

_STEP = 0.01


class Tickets:
    """Sees how long it takes after a start until nothing of any ticket may have been missed, and tells if asked."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self._began = time.perf_counter()
        self._task: asyncio.Task[None] | None = None

    def ready(self, app: App) -> None:
        """The bot is there."""
        tell({"ready": len(app.bot.guilds)})
        self._task = asyncio.create_task(self._watch(app), name="tickets")

    async def _watch(self, app: App) -> None:
        ready, places = time.perf_counter() - self._began, app.services.ticket_places
        while not (places.is_known and all(one.is_whole for one in places.all())):
            await asyncio.sleep(_STEP)
        whole = time.perf_counter() - self._began
        await self.asked.wait()
        began = time.perf_counter()
        services, shards = app.services, app.bot.shard_range
        await TicketPlaces(app.bot, services.ticket_opening, services.ticket_closing.gone, shards).look()
        await TicketAbsences(app.bot, services, shards).compare()
        compared = time.perf_counter() - began
        tell({"tickets": len(places.all()), "ready": ready, "whole": whole, "compared": compared})


async def _main() -> None:
    settings = load(None)
    token = settings.token()
    assert token is not None
    hide = log.SecretsHidden(settings.secrets())
    log.set_up(level=settings.log.level, as_json=True, hide=hide)
    stop, tickets = asyncio.Event(), Tickets()
    leash(lambda _line: tickets.asked.set(), stop.set)
    await process.run(
        settings,
        token,
        hide=hide,
        api_url=settings.discord.api_url,
        on_ready=tickets.ready,
        stop=stop,
    )


def main() -> None:
    asyncio.run(_main())


if __name__ == "__main__":
    main()
