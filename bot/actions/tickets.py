"""What is owed to Discord about tickets, step by step, for commands, buttons, ticker and recovery alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import aiohttp
import discord
import structlog

from bot.domain.tickets import Claimed, Delayed, Step, next_step
from bot.errors import Unavailable
from bot.services.ticket_file import TicketFile

_log = structlog.stdlib.get_logger(__name__)

TIMEOUT = 40.0
"""Seconds for all steps of one ticket, discord.py's own repetitions included. Below the lease."""

_OUTAGE = timedelta(minutes=1)
_NOT_HERE = timedelta(hours=1)
_MOST_STEPS = 12

Handler = Callable[[Claimed, discord.Guild], Awaitable[Delayed | None]]
"""Does one step of a claimed ticket and writes its outcome by a service; `Delayed`: it has to be tried again.

Must bear to be repeated after a crash at any await. Errors of Discord that it does not handle are taken for passing.
"""


class TicketKeeper:
    """Goes on with claimed tickets until nothing is to be done about them now."""

    def __init__(self, client: discord.Client, file: TicketFile, steps: Mapping[Step, Handler]) -> None:
        self._client = client
        self._file = file
        self._steps = steps

    async def go_on(self, guild_id: int, number: int) -> None:
        """Do what a ticket needs now; what somebody else is at, or what can't be done now, is done later.

        For those who just changed it: they need not know how far it came.
        """
        try:
            claimed = await self._file.take(guild_id, number)
            if claimed is not None:
                await self.carry_out(claimed)
        except Unavailable as error:  # it is written down that it is owed
            _log.warning("a ticket has to wait", guild=guild_id, ticket=number, error=repr(error))

    async def carry_out(self, claimed: Claimed) -> None:
        """Do what a claimed ticket needs, step after step, and give it back.

        Raises:
            Unavailable: an outcome could not be written. The lease brings the ticket back.
        """
        begun: list[Step] = []
        try:
            async with asyncio.timeout(TIMEOUT):
                delayed = await self._all(claimed, begun)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 — whatever it was, it is still owed
            delayed = delayed_by(error)
        if delayed is None:
            await self._file.release(claimed)
            return
        _log.warning("a ticket has to wait", guild=claimed.guild_id, reason=delayed.reason)
        await self._file.postpone(claimed, delayed, begun[-1] if begun else None)

    async def _all(self, claimed: Claimed, begun: list[Step]) -> Delayed | None:
        """Do what there is to do. The steps that were `begun` are known also if one of them fails."""
        for _turn in range(_MOST_STEPS):
            step = next_step(claimed.ticket, self._file.moment())
            if step is None:
                return None
            guild = self._client.get_guild(claimed.guild_id)
            if guild is None or guild.unavailable or guild.me is None:
                return Delayed("the server can't be seen", _NOT_HERE if guild is None else _OUTAGE)
            begun.append(step)
            delayed = await self._steps[step](claimed, guild)
            if delayed is not None:
                return delayed
            after = await self._file.again(claimed)
            if after is None:  # somebody else has it
                return None
            if after.ticket == claimed.ticket:
                return Delayed(f"nothing came of: {step}")
            claimed = after
        return None


def delayed_by(error: Exception) -> Delayed:
    """What an error of Discord's means for something that is still owed."""
    match error:
        case discord.RateLimited(retry_after=seconds):
            return Delayed(f"rate limited for {seconds:.0f} s", timedelta(seconds=seconds))
        case discord.HTTPException():
            return Delayed(f"{error.status} (error {error.code}): {error.text}")
        case TimeoutError():
            return Delayed("no answer in time")
        case OSError() | aiohttp.ClientError():
            return Delayed(f"Discord can't be reached: {error!r}")
        case _:
            _log.error("a ticket failed unexpectedly", exc_info=error)
            return Delayed(repr(error))
