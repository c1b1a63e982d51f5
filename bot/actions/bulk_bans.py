"""Bans of many on Discord: one request for a chunk, a look at what it left out, and what came of each."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import structlog

from bot.actions.authority import me_of, own_member, require_standing
from bot.actions.batch_outcomes import PAUSE
from bot.actions.sanction_answers import outcome_of
from bot.actions.sanctions import SanctionKeeper
from bot.domain.authority import Me, Permission, Staff
from bot.domain.batches import Done, Failed, Later, Outcome, Skipped
from bot.domain.case_words import FAILURES
from bot.domain.cases import Case, CaseState, Failure
from bot.domain.mass_bans import MassBan, bulk_reason
from bot.domain.sanctions import Claimed, Delayed, Held, Refused, SanctionOrder, is_marked, plan
from bot.domain.sanctions import Done as Carried
from bot.errors import ActUnderWay, AlreadyBanned, BotPermissionNeeded, DiscordAway
from bot.i18n import _
from bot.services import Services
from bot.ui.controls import Interaction
from bot.ui.errors import describe

_log = structlog.stdlib.get_logger(__name__)

TIMEOUT = 28.0
"""Seconds for one request with many, the 25 of discord.py's own repetitions included. Below the lease of the slots."""

LISTING = 120.0
"""Seconds that Discord may take to say who is there, or who is banned."""

_ONE_BY_ONE = 8.0
"""Seconds in which as many of a chunk as may be are banned one by one; the rest has its turn after that."""

_MOST_IN_BULK = 2
"""How often a chunk is tried by one request that Discord has no answer to, before it is done one by one."""

_LOOKED_AT_SINGLY = {500_000, 10_013}
"""Discord's codes that say nothing of each: not a single ban could be made, and one of many ids belongs to nobody."""

CALLED_OFF_AT_ONCE = 200
"""Cases of a cancelled batch under one lease. Whatever were left over by its end would be carried out after all."""

_PAGE = 1_000
_RESERVED = timedelta(seconds=30)
"""How long what has to wait is left to the batch, which does it in bulk, before it is due one by one."""


async def bans_among(client: discord.Client, guild_id: int, users: Collection[int]) -> Mapping[int, str | None]:
    """Those of these users who are banned, with the reasons. At most one request for each, and for a thousand bans."""
    wanted, found = sorted(users), dict[int, str | None]()
    while wanted:
        page: Sequence[Any] = await client.http.get_bans(guild_id, _PAGE, after=wanted[0] - 1)
        shown = {int(one["user"]["id"]): one.get("reason") for one in page}
        found |= {user_id: shown[user_id] for user_id in wanted if user_id in shown}
        last = max(shown, default=0)
        wanted = [user_id for user_id in wanted if user_id > last] if len(page) >= _PAGE else []
    return found


async def banned_among(client: discord.Client, guild_id: int, users: Collection[int]) -> Mapping[int, str | None]:
    """The same, within two minutes.

    Raises:
        DiscordAway: Discord does not say.
    """
    try:
        async with asyncio.timeout(LISTING):
            return await bans_among(client, guild_id, users)
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError):
        raise DiscordAway from None


def guild_at_hand(client: discord.Client, guild_id: int) -> discord.Guild:
    """A guild of which everything is known that asking about rights takes.

    Raises:
        DiscordAway: it is not.
    """
    guild = client.get_guild(guild_id)
    if guild is None or guild.unavailable or own_member(guild) is None:
        raise DiscordAway
    return guild


def able(guild: discord.Guild) -> Me:
    """What I am here, if I may ban.

    Raises:
        BotPermissionNeeded: I may not.
    """
    me = me_of(guild)
    if not may(me, Permission.BAN_MEMBERS):
        raise BotPermissionNeeded(Permission.BAN_MEMBERS.label)
    return me


def in_bulk(guild: discord.Guild) -> bool:
    """Whether Discord lets me ban many by one request, for which it asks for Manage Server, too."""
    return may(me_of(guild), Permission.MANAGE_GUILD)


def may(me: Me, needed: Permission) -> bool:
    """Whether I have a permission here."""
    return me.is_owner or bool(me.permissions & (needed | Permission.ADMINISTRATOR))


async def serves(client: discord.Client, guild_id: int) -> bool:
    """Whether Discord answers about a guild at all."""
    await client.http.get_member(guild_id, guild_at_hand(client, guild_id).me.id)
    return True


async def may_ban_many(interaction: Interaction, _parameters: Mapping[str, Any]) -> None:
    """Whoever may ban one may ban many, and lift the bans, if I can.

    Raises:
        What `require_standing` raises, and BotPermissionNeeded.
    """
    await require_standing(interaction, Permission.BAN_MEMBERS, Staff.MODERATOR)
    if interaction.guild is not None:
        able(interaction.guild)


class BulkBans:
    """The second beat for many: what the service wrote down is done, and what came of it is written."""

    def __init__(self, client: discord.Client, services: Services, keeper: SanctionKeeper) -> None:
        self._client = client
        self._sanctions = services.sanctions
        self._service = services.bulk_bans
        self._keeper = keeper

    async def carry_out(
        self, guild_id: int, order: MassBan, orders: Sequence[SanctionOrder], *, by: str, singly: bool = False
    ) -> dict[int, Outcome]:
        """Write down the bans of a chunk, make them, and say what came of each; `by` is what the moderator is called.

        They are made by one request, or each by its own with `singly`, or if Discord had no answer to the one.

        Raises what `BulkBansService.intend` does.
        """
        if not orders:
            return {}
        chunk = await self._service.intend(guild_id, orders)
        outcomes: dict[int, Outcome] = {user_id: of_case(case) for user_id, case in chunk.known.items()}
        if chunk.claims and (singly or any(one.attempts > _MOST_IN_BULK for one in chunk.claims)):
            outcomes |= await self._singly(guild_id, chunk.claims, by)
        elif chunk.claims:
            outcomes |= await self._strike(guild_id, order, chunk.claims, by)
        for one in chunk.others:
            outcomes[one.target_id] = await self._alone(guild_id, one, by)
        return outcomes

    async def _strike(self, guild_id: int, order: MassBan, claims: Sequence[Claimed], by: str) -> dict[int, Outcome]:
        numbers = [one.case.number for one in claims if one.case is not None]
        reason = bulk_reason(numbers, by, order.reason)
        users: list[Any] = [one.user_id for one in claims]
        try:
            async with asyncio.timeout(TIMEOUT):
                shown: Any = await self._client.http.bulk_ban(
                    guild_id, users, order.delete_message_seconds, reason=reason
                )
            banned = {int(user_id) for user_id in shown["banned_users"]}
        except Exception as error:  # noqa: BLE001 — whatever it was, it is the outcome of all of them
            if not (isinstance(error, discord.HTTPException) and error.code in _LOOKED_AT_SINGLY):
                return await self._not_done(claims, outcome_of(error, claims[0], plan(claims[0])))
            banned = set[int]()
        outcomes = await self._done([one for one in claims if one.user_id in banned])
        left = [one for one in claims if one.user_id not in banned]
        return outcomes | await self._singly(guild_id, left, by) if left else outcomes

    async def _done(self, claims: Sequence[Claimed]) -> dict[int, Outcome]:
        """Discord made these bans."""
        written = await self._service.settle(claims)
        outcomes: dict[int, Outcome] = {}
        for one in claims:
            case = one.case
            if one.user_id not in written:
                case = await self._sanctions.settle(one, plan(one), Carried(Held(holds=True))) or case
            outcomes[one.user_id] = Done(None if case is None else _named(case))
        return outcomes

    async def _not_done(self, claims: Sequence[Claimed], outcome: object) -> dict[int, Outcome]:
        """Discord took none of them: refused for all alike, or to be tried again."""
        if isinstance(outcome, Refused):
            cases = [await self._sanctions.settle(one, plan(one), outcome) for one in claims]
            return {case.target_id: of_case(case) for case in cases if case is not None}
        after = outcome.after if isinstance(outcome, Delayed) else None
        _log.warning("bans have to wait", guild=claims[0].guild_id, count=len(claims), reason=str(outcome))
        await self._service.postpone(claims, max(after or PAUSE, _RESERVED))
        later = Later(_("Discord had no answer"), after or PAUSE, everywhere=after is not None)
        return dict.fromkeys((one.user_id for one in claims), later)

    async def _singly(self, guild_id: int, claims: Sequence[Claimed], by: str) -> dict[int, Outcome]:
        """Those that Discord left out: banned before, by me or somebody else, or tried alone to hear why."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _ONE_BY_ONE
        banned = await bans_among(self._client, guild_id, [one.user_id for one in claims])
        mine = [one for one in claims if one.case and is_marked(banned.get(one.user_id), one.case.number)]
        outcomes = await self._done(mine)
        for place, one in enumerate(claims):
            if one.user_id in outcomes:
                continue
            if place and loop.time() >= until:
                left = [other for other in claims[place:] if other.user_id not in outcomes]
                await self._service.postpone(left, _RESERVED)
                to_come = Later(_("its turn is still to come"), timedelta(0), everywhere=True)
                return outcomes | dict.fromkeys((other.user_id for other in left), to_come)
            if one.user_id in banned:
                theirs = Refused(Failure.ALREADY_BANNED, "failed_users")
                made = await self._sanctions.settle(one, plan(one), theirs)
            else:
                made = await self._keeper.carry_out(one, by=by)
            if isinstance(made, Delayed):  # and so would the next be
                left = [other for other in claims[place + 1 :] if other.user_id not in outcomes]
                return outcomes | {one.user_id: _later(made)} | await self._not_done(left, made) if left else outcomes
            if made is not None:
                outcomes[one.user_id] = of_case(made)
        return outcomes

    async def _alone(self, guild_id: int, order: SanctionOrder, by: str) -> Outcome:
        """One about whom something stands already."""
        try:
            made = await self._keeper.enforce(guild_id, order, by=by)
        except (AlreadyBanned, ActUnderWay) as error:
            return Skipped(describe(error))
        return _later(made.delayed) if made.delayed is not None else of_case(made.case)

    async def call_off(self, guild_id: int, batch_id: int) -> None:
        """A batch was cancelled: what of it still waits is not done, unless it was without anybody's knowing."""
        after: int | None = 0
        while after is not None:
            claims, after = await self._service.take_open(guild_id, batch_id, after=after, limit=CALLED_OFF_AT_ONCE)
            if claims:
                await self._call_off(guild_id, claims)

    async def _call_off(self, guild_id: int, claims: Sequence[Claimed]) -> None:
        banned = await bans_among(self._client, guild_id, [one.user_id for one in claims])
        mine = [one for one in claims if one.case and is_marked(banned.get(one.user_id), one.case.number)]
        await self._done(mine)
        for one in claims:
            if one not in mine:
                await self._sanctions.settle(one, plan(one), Refused(Failure.CANCELLED, ""))


def of_case(case: Case) -> Outcome:
    """What a target's case comes to."""
    if case.state.is_open:
        return Later(_("I noted it, and do it as soon as Discord lets me."), PAUSE)
    if case.state is CaseState.FAILED and case.failure is not None:
        return Failed(_(FAILURES[case.failure]), f"{_named(case)} {case.failure_detail or ''}".strip())
    return Done(_named(case))


def _named(case: Case) -> str:
    return _("Case {case}.").format(case=case.marker)


def _later(delayed: Delayed) -> Later:
    reason = _("I noted it, and do it as soon as Discord lets me.")
    return Later(reason, delayed.after or PAUSE, everywhere=delayed.after is not None)
