"""Carrying out role grants: look at a member, change their roles in one request, and write what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import structlog

from bot.actions.authority import own_member
from bot.domain.authority import Permission
from bot.domain.profile import Fact, Glance
from bot.domain.role_grants import Claimed, Delayed, GuildFacts, MemberFacts, Plan, plan
from bot.domain.roles import Reach, RoleFacts
from bot.errors import DiscordAway, Unavailable
from bot.i18n import _
from bot.services import Services
from bot.services.role_grants import RoleGrantsService
from bot.ui import text

_log = structlog.stdlib.get_logger(__name__)

TIMEOUT = 30.0
"""Seconds for one member, discord.py's own repetitions included. Below the lease, so that nobody else is at them, and
below what a batch gives to one target: cut off from outside, nothing would be written until the lease is over."""

AT_ONCE = 100
"""Members that Discord shows for one request over the gateway."""

_OUTAGE = timedelta(minutes=1)
_NOT_HERE = timedelta(hours=1)
"""How long members of a guild that the bot is not in are left in peace."""

_OVERTAKEN = Delayed("changed meanwhile")
"""Nothing to be postponed: the member is due again at once, or somebody else's."""

_UNKNOWN_MEMBER = {10007, 10013}
_REFUSALS = {400, 403}
_TOLD = 5
"""Grants that are told of beside other things; /role list has all of them."""

Carried = tuple[Plan, MemberFacts | None]


class RoleKeeper:
    """The second of the three beats, for commands, ticker and recovery alike; and the eye on what others change."""

    def __init__(self, client: discord.Client, grants: RoleGrantsService) -> None:
        self._client = client
        self._grants = grants

    async def carry_out(self, claimed: Claimed) -> Plan | Delayed:
        """Bring a claimed member's roles into line, and write the outcome; or say why and how long that has to wait.

        Raises:
            Unavailable: the outcome could not be written. The lease brings the member back.
        """
        try:
            async with asyncio.timeout(TIMEOUT):
                carried = await self._attempt(claimed)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 — whatever it was, the roles are still owed
            carried = delayed_by(error)
        if isinstance(carried, Delayed):
            _log.warning("roles have to wait", guild=claimed.guild_id, user=claimed.user_id, reason=carried.reason)
            await self._grants.postpone(claimed, carried)
            return carried
        if carried is None:
            return _OVERTAKEN
        done, member = carried
        return done if await self._grants.settle(claimed, done, member) else _OVERTAKEN

    async def _attempt(self, claimed: Claimed) -> Carried | Delayed | None:
        if not claimed.grants:
            return Plan((), ()), None
        guild = self._client.get_guild(claimed.guild_id)
        if guild is None or guild.unavailable or own_member(guild) is None:
            return Delayed("the server can't be seen", after=_NOT_HERE if guild is None else _OUTAGE)
        facts = guild_facts(guild)
        member = await self._see(claimed)
        made = plan(claimed.grants, member, facts, claimed.claimed_at)
        if not made.acts or member is None:
            return made, member
        if not await self._grants.confirm(claimed, made.add):
            return None  # changed meanwhile, and due again
        return await self._change(claimed, member, facts, made)

    async def _change(self, claimed: Claimed, member: MemberFacts, facts: GuildFacts, made: Plan) -> Carried:
        roles, reason = made.roles_for(member.role_ids), made.reason()
        try:
            await self._client.http.edit_member(claimed.guild_id, claimed.user_id, roles=roles, reason=reason)
        except discord.HTTPException as error:
            if error.code in _UNKNOWN_MEMBER:
                return plan(claimed.grants, None, facts, claimed.claimed_at), None
            if error.status not in _REFUSALS:
                raise
            _log.warning("roles were refused", guild=claimed.guild_id, user=claimed.user_id, reason=said(error))
            return made.refused(said(error)), member
        return made, member

    async def _see(self, claimed: Claimed) -> MemberFacts | None:
        """The member as they are this moment: a list of roles that is older would undo what others did since."""
        try:
            shown = await self._client.http.get_member(claimed.guild_id, claimed.user_id)
        except discord.NotFound as error:
            if error.code not in _UNKNOWN_MEMBER:
                raise
            return None
        return facts_of(shown)

    async def notice(self, member: discord.Member) -> None:
        """A member joined, was let in, or has other roles: have them looked at if that is news."""
        guild = member.guild
        grants, is_leased = await self._grants.of_member(guild.id, member.id)
        if not grants or own_member(guild) is None:
            return
        made = plan(grants, member_facts(member), guild_facts(guild), self._grants.moment())
        # What we do is told as well, before its outcome is written; then there is nothing left to do.
        if made.is_news and (made.acts or not is_leased):
            await self._grants.look(guild.id, [member.id])

    async def survey(self, guild_id: int) -> None:
        """Compare all grants of a guild with what Discord shows, and have those looked at that differ."""
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable or own_member(guild) is None:
            return
        after = 0
        while users := await self._grants.members(guild_id, after=after, limit=AT_ONCE):
            after = users[-1]
            await self._compare(guild, users)

    async def _compare(self, guild: discord.Guild, users: list[int]) -> None:
        grants = await self._grants.of_members(guild.id, users)
        present = await guild.query_members(user_ids=users, limit=AT_ONCE, cache=False)
        shown = {member.id: member_facts(member) for member in present}
        facts, now = guild_facts(guild), self._grants.moment()
        made = {user_id: plan(theirs, shown.get(user_id), facts, now) for user_id, theirs in grants.items()}
        await self._grants.look(guild.id, [user_id for user_id, one in made.items() if one.is_news or one.acts])


def facts_of(shown: Mapping[str, Any]) -> MemberFacts:
    """A member as Discord's JSON tells of them, also of roles that this process has not heard of."""
    return MemberFacts(
        role_ids=frozenset(map(int, shown["roles"])),
        joined_at=discord.utils.parse_time(shown.get("joined_at")),
        is_pending=bool(shown.get("pending", False)),
    )


def member_facts(member: discord.Member) -> MemberFacts:
    """A member as far as the roles are known here: enough to compare, too little to write."""
    return MemberFacts(frozenset(role.id for role in member.roles), member.joined_at, member.pending)


def guild_facts(guild: discord.Guild) -> GuildFacts:
    """The roles of a guild, and the bot's reach.

    Raises:
        DiscordAway: the gateway has not shown us our own member.
    """
    return GuildFacts({role.id: role_facts(role) for role in guild.roles}, own_reach(guild))


def role_facts(role: discord.Role) -> RoleFacts:
    """A role as the rules see it."""
    return RoleFacts(
        id=role.id,
        rank=_rank(role),
        is_everyone=role.is_default(),
        is_managed=role.managed,
        permissions=frozenset(name for name, allowed in role.permissions if allowed),
    )


def reach(member: discord.Member) -> Reach:
    """How far a member's power over roles goes."""
    return Reach(
        top_rank=_rank(member.top_role),
        may_manage=member.guild_permissions.manage_roles,
        is_owner=member.guild.owner_id == member.id,
    )


def own_reach(guild: discord.Guild) -> Reach:
    """How far the bot's own power over roles goes.

    Raises:
        DiscordAway: the gateway has not shown us our own member.
    """
    me = own_member(guild)
    if me is None:
        raise DiscordAway
    return reach(me)


def _rank(role: discord.Role) -> int:
    # Several roles may stand at one position; of these the older one is above.
    return (role.position << 64) - role.id


def said(error: discord.HTTPException) -> str:
    """Discord's own words."""
    return f"{error.status} (error {error.code}): {error.text}"


def delayed_by(error: Exception) -> Delayed:
    """What a failed try means: that it is tried again, and when."""
    match error:
        case discord.RateLimited(retry_after=seconds):
            return Delayed(f"rate limited for {seconds:.0f} s", after=timedelta(seconds=seconds))
        case discord.HTTPException():
            return Delayed(said(error))
        case TimeoutError():
            return Delayed("no answer in time")
        case OSError() | aiohttp.ClientError():
            return Delayed(f"Discord can't be reached: {error!r}")
        case _:
            _log.error("a member's roles failed unexpectedly", exc_info=error)
            return Delayed(repr(error))


async def about_member(services: Services, glance: Glance) -> Sequence[Fact]:
    """Which roles I give them, for those who may see it with /role list."""
    if not glance.may(Permission.MANAGE_ROLES):
        return ()
    found = await services.role_grants.list_(glance.guild_id, glance.user_id, limit=_TOLD)
    if not found.grants:
        return ()
    told = [f"<@&{one.role_id}>" + (f" ({text.timestamp(one.until)})" if one.until else "") for one in found.grants]
    more = found.total - len(told)
    return [Fact(_("Roles from me"), ", ".join([*told, f"+{text.number(more)}"] if more else told), is_plain=False)]
