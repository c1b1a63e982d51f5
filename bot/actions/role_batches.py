"""Roles for many: what staff may do to one with /role, done as a batch through the same grants and the same keeper."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord
import structlog

from bot.actions.authority import own_member
from bot.actions.batch_kinds import BatchKind, Request, Undo
from bot.actions.batch_outcomes import PAUSE
from bot.actions.role_grants import AT_ONCE, RoleKeeper, facts_of, member_facts, own_reach, reach, role_facts
from bot.domain.batches import MAX_TARGETS, Batch, Done, Failed, Job, Later, Outcome, Plan, Planned, Skipped
from bot.domain.grant_sources import batch_source, is_by_hand
from bot.domain.permissions import name_of
from bot.domain.role_batches import LeftOut, MassOrder, Seen, left_out
from bot.domain.role_grants import Delayed, Grant, GrantState
from bot.domain.roles import Problem, Reach, check_can_be_given, check_may_give, out_of_reach
from bot.errors import DiscordAway, GuildOnly, PermissionNeeded, RoleGone, TooManyTargets
from bot.i18n import _, ngettext
from bot.services.role_grants import Ordered, RoleGrantsService
from bot.ui import text
from bot.ui.controls import Interaction
from bot.ui.roles import granted_by, problem

_log = structlog.stdlib.get_logger(__name__)

GIVE, END = "role.give", "role.end"

PER_SECOND = 5
"""At most. How many changes of members it takes from a bot, Discord says with each answer, and discord.py waits. A
turn ends with the last of them: so a batch is as fast as Discord lets it, and no more than these are under way."""

_LISTING = 120.0
"""Seconds that Discord may take to say who is there."""

_PAGE = 1_000
_REMEMBERED = timedelta(seconds=30)
"""How long it is believed what the asker may do: looking for each target would double the requests."""


class RoleBatches:
    """The two kinds: to give a role to many, and to end for many what staff gave."""

    def __init__(self, client: discord.Client, grants: RoleGrantsService, keeper: RoleKeeper) -> None:
        self._client = client
        self._grants = grants
        self._keeper = keeper
        self._reaches: dict[tuple[int, int], tuple[datetime, Reach | None]] = {}

    def kinds(self) -> tuple[BatchKind, ...]:
        """Both, for `BatchActions.add`."""
        return (
            BatchKind(GIVE, self._may_give, self._plan_giving, self._give, PER_SECOND, self._undo_giving, self._serves),
            BatchKind(END, self._may_end, self._plan_ending, self._end, PER_SECOND, serves=self._serves),
        )

    # Who may --------------------------------------------------------------------------------------------

    def _may_give(self, interaction: Interaction, parameters: Mapping[str, Any]) -> None:
        role = _role_of(staff_guild(interaction), MassOrder.of(parameters))
        staff_guild(interaction, role)
        check_can_be_given(role_facts(role), own_reach(role.guild))

    def _may_end(self, interaction: Interaction, parameters: Mapping[str, Any]) -> None:
        staff_guild(interaction, _role_of(staff_guild(interaction), MassOrder.of(parameters)))

    async def _may_still(self, role: discord.Role, asker_id: int) -> bool:
        """Whether the asker could still do it by hand: a batch may outlast what they may."""
        now, key = self._grants.moment(), (role.guild.id, asker_id)
        known = self._reaches.get(key)
        if known is None or now - known[0] > _REMEMBERED:
            self._reaches = {one: found for one, found in self._reaches.items() if now - found[0] <= _REMEMBERED}
            known = self._reaches[key] = (now, await _reach_of(role.guild, asker_id))
        return known[1] is not None and known[1].covers(role_facts(role))

    # Dry runs -------------------------------------------------------------------------------------------

    async def _plan_giving(self, request: Request) -> Plan:
        guild = self._guild(request.guild_id)
        order = MassOrder.of(request.parameters)
        role, now = _role_of(guild, order), self._grants.moment()
        grants = await self._grants.of_role(guild.id, role.id)
        targets: list[Planned] = []
        for seen in await listed(self._client, guild.id, order.picks):
            why = left_out(seen, order, grants.get(seen.user_id, ()), now)
            targets.append(Planned(seen.user_id, seen.name, None if why is None else _why(why)))
        wanted = sum(one.skip is None for one in targets)
        would = ngettext("{count} member would get {role}.", "{count} members would get {role}.", wanted)
        said = would.format(count=text.number(wanted), role=role.mention)
        if order.lasts is not None:
            length = text.duration(order.lasts)
            said += " " + _("It ends for all of them {length} after the start.").format(length=length)
        return Plan(_("Give {role}").format(role=f"@{role.name}"), said, targets)

    async def _plan_ending(self, request: Request) -> Plan:
        guild = self._guild(request.guild_id)
        order = MassOrder.of(request.parameters)
        role, now = _role_of(guild, order), self._grants.moment()
        grants = await self._grants.of_role(guild.id, role.id)
        users = [user_id for user_id, theirs in grants.items() if any(_ends(order, one, now) for one in theirs)]
        if len(users) > MAX_TARGETS and not order.is_narrowed:  # looking at each would take Discord minutes
            raise TooManyTargets(len(users), MAX_TARGETS)
        shown = await these(guild, users)
        if order.is_narrowed:
            users = [user_id for user_id in users if user_id in shown and order.picks(shown[user_id])]
        stuck = out_of_reach(role_facts(role), own_reach(guild))
        targets: list[Planned] = []
        for user_id in users:
            seen = shown.get(user_id)
            holds = seen is not None and role.id in seen.facts.role_ids
            skip = problem(stuck) if stuck is not None and holds else None
            targets.append(Planned(user_id, str(user_id) if seen is None else seen.name, skip))
        wanted = sum(one.skip is None for one in targets)
        would = ngettext(
            "What staff gave ends for {count} member with {role}.",
            "What staff gave ends for {count} members with {role}.",
            wanted,
        )
        said = would.format(count=text.number(wanted), role=role.mention)
        return Plan(_("End {role}").format(role=f"@{role.name}"), said, targets)

    def _undo_giving(self, batch: Batch) -> Undo:
        order = MassOrder(MassOrder.of(batch.parameters).role_id, source=batch_source(batch.id))
        return Undo(_("End these again"), END, order.stored())

    def _guild(self, guild_id: int) -> discord.Guild:
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable or own_member(guild) is None:
            raise DiscordAway
        return guild

    async def _serves(self, guild_id: int) -> bool:
        """Whether Discord answers about a guild at all, though it had no answer about a member."""
        await self._client.http.get_member(guild_id, self._guild(guild_id).me.id)
        return True

    # One target -----------------------------------------------------------------------------------------

    async def _give(self, job: Job) -> Outcome:
        order = MassOrder.of(job.parameters)
        role = _role_of(self._guild(job.guild_id), order)
        check_can_be_given(role_facts(role), own_reach(role.guild))
        if not await self._may_still(role, job.asked_by):
            return _not_any_more()
        until = order.until(job.started_at)
        if until is not None and until <= self._grants.moment():
            return Skipped(_("the time for it was over before its turn"))
        ordered = await self._grants.give_as_one_of_many(
            job.guild_id,
            job.target,
            role.id,
            source=batch_source(job.batch_id),
            until=until,
            by=job.asked_by,
            reason=order.reason,
        )
        after = await self._carried(ordered)
        if isinstance(after, Delayed):
            return _later(_("I noted it, and they get it as soon as Discord lets me."), after)
        return _given(next((one for one in after if _is_same(one, ordered.grant)), ordered.grant))

    async def _end(self, job: Job) -> Outcome:
        order = MassOrder.of(job.parameters)
        guild = self._guild(job.guild_id)
        role = guild.get_role(order.role_id)
        if role is not None and not await self._may_still(role, job.asked_by):
            return _not_any_more()
        ordered = await self._grants.take_as_one_of_many(job.guild_id, job.target, order.role_id, source=order.source)
        after = await self._carried(ordered)
        if isinstance(after, Delayed):
            return _later(_("I noted it, and take it as soon as Discord lets me."), after)
        return _ended(ordered, [one for one in after if one.role_id == order.role_id])

    async def _carried(self, ordered: Ordered) -> Sequence[Grant] | Delayed:
        """How the member's grants stand once they are carried out; or that it has to wait, but is written down."""
        if ordered.claimed is None:
            return Delayed("somebody else is at this member")
        made = await self._keeper.carry_out(ordered.claimed)
        return made if isinstance(made, Delayed) else made.after


async def listed(client: discord.Client, guild_id: int, picks: Callable[[Seen], bool]) -> list[Seen]:
    """The members that are picked, one more than a batch takes at most.

    They are not remembered, so Discord is asked, a thousand at a time.

    Raises:
        DiscordAway: there was no answer.
    """
    found: list[Seen] = []
    after: int | None = None
    with _answering():
        async with asyncio.timeout(_LISTING):
            while len(found) <= MAX_TARGETS:
                page: Sequence[Any] = await client.http.get_members(guild_id, _PAGE, after)
                found += [seen for seen in map(_seen, page) if picks(seen)]
                if len(page) < _PAGE:
                    break
                after = int(page[-1]["user"]["id"])
    return found


async def these(guild: discord.Guild, users: Sequence[int]) -> Mapping[int, Seen]:
    """Those of these users who are members.

    Raises:
        DiscordAway: there was no answer.
    """
    found: list[discord.Member] = []
    with _answering():
        async with asyncio.timeout(_LISTING):
            for first in range(0, len(users), AT_ONCE):
                ids = list(users[first : first + AT_ONCE])
                found += await guild.query_members(user_ids=ids, limit=AT_ONCE, cache=False)
    return {one.id: Seen(one.id, one.display_name, one.bot, member_facts(one)) for one in found}


def staff_guild(interaction: Interaction, role: discord.Role | None = None) -> discord.Guild:
    """The guild in which this person may give and end roles, and this one.

    Raises:
        GuildOnly, PermissionNeeded, RoleAboveYours: they may not.
    """
    guild = interaction.guild
    if guild is None or not isinstance(interaction.user, discord.Member):
        raise GuildOnly
    # Of the roles: in a channel's overwrites the bit means the overwrites, not the roles of the server.
    if not interaction.user.guild_permissions.manage_roles:
        raise PermissionNeeded(name_of("manage_roles"))
    if role is not None:
        check_may_give(reach(interaction.user), role_facts(role))
    return guild


def _role_of(guild: discord.Guild, order: MassOrder) -> discord.Role:
    role = guild.get_role(order.role_id)
    if role is None:
        raise RoleGone
    return role


async def _reach_of(guild: discord.Guild, user_id: int) -> Reach | None:
    """How far a member's power over roles goes; None: they are not there any more."""
    try:
        return reach(await guild.fetch_member(user_id))
    except discord.NotFound:
        return None


@contextmanager
def _answering() -> Generator[None]:
    """Within it Discord is asked.

    Raises:
        DiscordAway: there was no answer.
    """
    try:
        yield
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        _log.warning("Discord did not say who is there", error=repr(error))
        raise DiscordAway from None


def _seen(shown: Mapping[str, Any]) -> Seen:
    user = shown["user"]
    name = shown.get("nick") or user.get("global_name") or user["username"]
    return Seen(int(user["id"]), name, bool(user.get("bot")), facts_of(shown))


def _ends(order: MassOrder, grant: Grant, now: datetime) -> bool:
    """Whether an order to end is about this grant."""
    mine = is_by_hand(grant.source) if order.source is None else grant.source == order.source
    return mine and not grant.is_over(now)


def _why(why: LeftOut) -> str:
    match why:
        case LeftOut.HAS_IT:
            return _("has the role already")
        case LeftOut.SCREENING:
            return _("has not accepted the server's rules yet")


def _later(reason: str, delayed: Delayed) -> Later:
    """A try that has to wait: of a rate limit Discord says how long, and it is so for everybody."""
    return Later(reason, delayed.after or PAUSE, everywhere=delayed.after is not None)


def _not_any_more() -> Failed:
    return Failed(_("who asked for it may not give or end this role any more"))


def _given(grant: Grant) -> Outcome:
    """What became of giving."""
    if grant.problem is not None:
        return Failed(problem(grant.problem), grant.detail)
    match grant.state:
        case GrantState.HELD:
            return Done(None if grant.applied else _("had it before"))
        case GrantState.DECLINED:
            return Skipped(_("took it off by hand"))
        case _:
            return Skipped(_("it was ended meanwhile"))


def _ended(ordered: Ordered, after: Iterable[Grant]) -> Outcome:
    """What became of ending."""
    stuck = next((one for one in after if one.state is GrantState.ENDING and one.problem is not None), None)
    if stuck is not None and stuck.problem is not None and stuck.problem is not Problem.AWAY:
        return Failed(problem(stuck.problem), stuck.detail)
    if ordered.others:
        return Done(_("stays, since it is also given by {sources}").format(sources=granted_by(ordered.others)))
    return Done()


def _is_same(one: Grant, other: Grant) -> bool:
    return (one.role_id, one.source) == (other.role_id, other.source)
