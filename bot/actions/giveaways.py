"""What is owed about giveaways, step by step: for commands, the ticker and recovery alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import aiohttp
import discord
import structlog

from bot.domain.delays import Delayed
from bot.domain.giveaway_draw import DrawRequest, draw
from bot.domain.giveaway_rules import Person
from bot.domain.giveaways import SPARE_PLACES, Claimed, Giveaway, Passed, Step, next_step
from bot.errors import Unavailable
from bot.services.giveaway_claims import GiveawayClaims
from bot.services.giveaway_drawing import Candidate, GiveawayDrawing, most_stored
from bot.services.giveaway_file import LEASE, GiveawayFile

_log = structlog.stdlib.get_logger(__name__)

TIMEOUT = 45.0
"""Seconds for one step. Below the lease, less what it may be old by then."""

LONGEST_DRAW = 600.0
"""Seconds for steps that may compute an order of very many, and keep their claim as they go."""

_LONG = frozenset({Step.DRAW, Step.PICK})
_FRESH = LEASE / 5
"""How old a claim may be before it is prolonged."""

LOOKED_AT_ONCE = 25
"""Members who are looked at before what was found is written down."""

_AT_A_TIME = 5
"""Requests for members under way at once."""

_PASSED = {10007: Passed.LEFT, 10013: Passed.UNKNOWN}
"""What Discord's codes say of somebody who is not found."""

_OUTAGE = timedelta(minutes=1)
_NOT_HERE = timedelta(hours=1)


class GiveawayKeeper:
    """Goes on with claimed giveaways until nothing is to be done about them now."""

    def __init__(
        self, client: discord.Client, file: GiveawayFile, drawing: GiveawayDrawing, claims: GiveawayClaims
    ) -> None:
        self._client = client
        self._file = file
        self._drawing = drawing
        self._claims = claims

    async def go_on(self, guild_id: int, number: int) -> None:
        """Do what a giveaway needs now; what somebody else is at, or what can't be done now, is done later."""
        try:
            claimed = await self._file.take(guild_id, number)
            if claimed is not None:
                await self.carry_out(claimed)
        except Unavailable as error:  # it is written down that it is owed
            _log.warning("a giveaway has to wait", guild=guild_id, giveaway=number, error=repr(error))

    async def carry_out(self, claimed: Claimed) -> None:
        """Do what a claimed giveaway needs, step after step, and give it back.

        Raises:
            Unavailable: an outcome could not be written. The lease brings the giveaway back.
        """
        try:
            delayed = await self._all(claimed)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 — whatever it was, it is still owed
            delayed = _delayed_by(error)
        if delayed is None:
            await self._file.release(claimed)
            return
        _log.warning("a giveaway has to wait", guild=claimed.guild_id, reason=delayed.reason)
        await self._file.postpone(claimed, delayed)

    async def _all(self, claimed: Claimed) -> Delayed | None:
        while (step := next_step(claimed.giveaway, self._file.moment())) is not None:
            if self._file.moment() - claimed.claimed_at > _FRESH:
                again = await self._file.again(claimed)
                if again is None:
                    return None
                claimed = again
            async with asyncio.timeout(LONGEST_DRAW if step in _LONG else TIMEOUT):
                after = await self._one(step, claimed)
            if after is None:  # somebody else has it
                return None
            if isinstance(after, Delayed):
                return after
            if after == claimed.giveaway:
                return Delayed(f"nothing came of: {step}")
            claimed = replace(claimed, giveaway=after)
            if step is Step.DRAW and await self._file.is_any_due():
                return None  # it comes again behind those that are not drawn yet: they don't wait for Discord
        return None

    async def _one(self, step: Step, claimed: Claimed) -> Giveaway | Delayed | None:
        match step:
            case Step.START:
                return await self._drawing.start(claimed)
            case Step.END:
                return await self._drawing.end(claimed)
            case Step.WEIGH:
                return await self._drawing.weigh(claimed)
            case Step.DRAW:
                async with self._keeping(claimed):
                    return await self._draw(claimed)
            case Step.PICK:
                async with self._keeping(claimed):
                    return await self._pick(claimed)
            case Step.EXPIRE:
                return await self._claims.expire(claimed)

    @asynccontextmanager
    async def _keeping(self, claimed: Claimed) -> AsyncGenerator[None]:
        """Keep the claim meanwhile, however long it takes."""

        async def prolong() -> None:
            while True:
                await asyncio.sleep(_FRESH.total_seconds())
                try:
                    await self._file.again(claimed)
                except Unavailable as error:  # should it be lost, nothing is written that it does not cover
                    _log.warning("a giveaway's claim was not prolonged", guild=claimed.guild_id, error=repr(error))

        task = asyncio.create_task(prolong(), name=f"giveaways-kept-{claimed.guild_id}-{claimed.giveaway.number}")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # The draw -------------------------------------------------------------------------------------------

    async def _draw(self, claimed: Claimed) -> Giveaway | None:
        giveaway = claimed.giveaway
        entrants = await self._drawing.entrants(giveaway)
        request = DrawRequest(
            giveaway.guild_id, giveaway.number, bytes.fromhex(giveaway.seed), entrants, most_stored(giveaway)
        )
        drawn = await asyncio.to_thread(draw, request)
        return await self._drawing.drawn(claimed, drawn, len(entrants))

    async def _further(self, claimed: Claimed) -> Giveaway | None:
        """Compute later places of the order, from the list as it was."""
        giveaway = claimed.giveaway
        entrants = await self._drawing.entrants(giveaway)
        most = max(2 * len(giveaway.places), giveaway.looked + giveaway.vacant + SPARE_PLACES)
        seed = bytes.fromhex(giveaway.seed)
        drawn = await asyncio.to_thread(draw, DrawRequest(giveaway.guild_id, giveaway.number, seed, entrants, most))
        if drawn.list_hash != giveaway.list_hash:
            raise RuntimeError("the list is not the one that was drawn from")
        return await self._drawing.further(claimed, drawn.places)

    # Winners --------------------------------------------------------------------------------------------

    async def _pick(self, claimed: Claimed) -> Giveaway | Delayed | None:
        """Look at the next who were drawn. Those left out by a crash are looked at again."""
        giveaway = claimed.giveaway
        guild = self._client.get_guild(giveaway.guild_id)
        if guild is None or guild.unavailable:
            return Delayed("the server can't be seen", _NOT_HERE if guild is None else _OUTAGE)
        if giveaway.looked >= len(giveaway.places) < (giveaway.entrants or 0):
            return await self._further(claimed)
        count = min(giveaway.vacant, LOOKED_AT_ONCE)
        these = giveaway.places[giveaway.looked : giveaway.looked + count]
        async with asyncio.timeout(TIMEOUT):
            candidates = await self._candidates(guild, giveaway, these)
        return await self._drawing.looked(claimed, candidates)

    async def _candidates(self, guild: discord.Guild, giveaway: Giveaway, user_ids: Sequence[int]) -> list[Candidate]:
        room = asyncio.Semaphore(_AT_A_TIME)

        async def one(place: int, user_id: int) -> Candidate:
            async with room:
                return await _candidate(guild, place, user_id)

        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(one(giveaway.looked + index, user_id), name=f"candidate-{user_id}")
                for index, user_id in enumerate(user_ids, start=1)
            ]
        return [task.result() for task in tasks]


async def _candidate(guild: discord.Guild, place: int, user_id: int) -> Candidate:
    """Somebody as Discord knows them now: asked for, since a cache may not have heard that they left."""
    try:
        member = await guild.fetch_member(user_id)
    except discord.NotFound as error:
        passed = _PASSED.get(error.code)
        if passed is None:  # it is the server that is not found, which says nothing of anybody in it
            raise
        return Candidate(place, user_id, None, passed)
    return Candidate(place, user_id, person_of(member))


def person_of(member: discord.Member) -> Person:
    """What rules and bonuses ask of a member."""
    return Person(
        user_id=member.id,
        role_ids=frozenset(role.id for role in member.roles if not role.is_default()),
        joined_at=member.joined_at,
        created_at=member.created_at,
        boosts=member.premium_since is not None,
        is_bot=member.bot,
    )


def _delayed_by(error: Exception) -> Delayed:
    """What an error of Discord's means for something that is still owed."""
    if isinstance(error, ExceptionGroup):
        return _delayed_by(error.exceptions[0])
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
            _log.error("a giveaway failed unexpectedly", exc_info=error)
            return Delayed(repr(error))
