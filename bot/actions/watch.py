"""An eye on what others do in Discord's own interface: events as they come, the audit log afterwards, and a survey.

Who it was is asked of Discord by id and never taken from a cache, for most who act or are acted on are not in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from weakref import WeakValueDictionary

import discord
import structlog

from bot.actions.sanction_answers import UNKNOWN_BAN
from bot.domain.cases import CaseKind, Slot
from bot.domain.outside import Believed, Mark, Shown, differs
from bot.domain.sanctions import Held, OutsideAct, marked_numbers
from bot.services import Services

_log = structlog.stdlib.get_logger(__name__)

BANS_AT_ONCE = 1_000
"""Bans in one request, and rows in one statement."""

MEMBERS_AT_ONCE = 100
"""Members in one question to the gateway."""

ENTRIES_IN_A_PAGE = 100
"""Entries of the audit log in one request."""

ENTRIES_AT_ONCE = 1_000
"""Entries of the audit log of one kind that are read before any is written down: ten requests."""

MOST_READINGS = 20
"""Readings of that size on end. What is older than 45 days Discord doesn't keep, and what is left comes next time."""

_KINDS = {
    discord.AuditLogAction.ban: CaseKind.BAN,
    discord.AuditLogAction.unban: CaseKind.UNBAN,
    discord.AuditLogAction.kick: CaseKind.KICK,
    discord.AuditLogAction.member_update: CaseKind.TIMEOUT,
}
_NUMBERS = frozenset(int(action.value) for action in _KINDS)


class Watch:
    """Sees what is done without the bot, and has it written down."""

    def __init__(self, client: discord.Client, services: Services) -> None:
        self._client = client
        self._outside = services.outside
        self._agreement = services.agreement
        self._sanctions = services.sanctions
        self._turns = WeakValueDictionary[int, asyncio.Lock]()
        """Events of a guild are written one after the other, as Discord sent them."""

    # As it happens --------------------------------------------------------------------------------------

    async def heard(self, entry: discord.AuditLogEntry) -> None:
        """An entry was added to the audit log of a guild."""
        act = self._act_of(entry)
        if act is None:
            return
        async with self._turn(entry.guild.id):
            await self._outside.record(entry.guild.id, act)

    async def saw(self, guild: discord.Guild, user_id: int, *, banned: bool) -> None:
        """Somebody was banned or unbanned. Where the audit log tells who it was, it is left to that."""
        if guild.me.guild_permissions.view_audit_log:
            return
        async with self._turn(guild.id):
            believed = await self._agreement.believed(guild.id, user_id, Slot.BAN)
            shown = await self._look(guild.id, user_id, banned=banned)
            await self._agreement.agree(guild.id, Slot.BAN, believed, shown)

    def _turn(self, guild_id: int) -> asyncio.Lock:
        return self._turns.setdefault(guild_id, asyncio.Lock())

    async def _look(self, guild_id: int, user_id: int, *, banned: bool) -> Shown:
        """What Discord shows now, which may be more than the event tells; the event's word where it shows nothing."""
        try:
            shown: Any = await self._client.http.get_ban(user_id, guild_id)
        except discord.Forbidden:
            return Shown(user_id, Held(holds=banned), is_news=True)
        except discord.NotFound as error:
            if error.code != UNKNOWN_BAN:
                raise
            return Shown(user_id, is_news=True)
        return Shown(user_id, Held(holds=True), shown.get("reason"), is_news=True)

    def _act_of(self, entry: discord.AuditLogEntry) -> OutsideAct | None:
        """What an entry says was done; None if it is nothing that moderation is about."""
        kind, until = _KINDS.get(entry.action), None
        if kind is None or entry.target is None:
            return None
        if kind is CaseKind.TIMEOUT:
            if not hasattr(entry.after, "timed_out_until"):
                return None
            until = entry.after.timed_out_until
            kind = CaseKind.UNTIMEOUT if until is None else kind
        me = self._client.user
        mine = me is not None and entry.user_id == me.id
        first, last = (marked_numbers(entry.reason) if mine else None) or (None, None)
        return OutsideAct(
            kind,
            int(entry.target.id),
            moderator_id=None if mine else entry.user_id,
            reason=entry.reason,
            until=until,
            audit_log_id=entry.id,
            at=entry.created_at,
            mine=mine,
            number=first,
            last=last,
        )

    # Afterwards -----------------------------------------------------------------------------------------

    async def agree(self, guild_id: int) -> None:
        """Bring a guild's file and what Discord shows into agreement. Raises whatever stops it on the way."""
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable or guild.me is None:
            return  # it is asked for when it is back
        mark = await self._agreement.begin(guild_id)
        if mark is None:
            return
        # The audit log first: it knows by whom.
        if guild.me.guild_permissions.view_audit_log:
            await self._catch_up(guild, mark)
        await self._find_returned(guild)
        await self._compare_timeouts(guild)
        if guild.me.guild_permissions.ban_members:
            await self._compare_bans(guild, mark)
            await self._agreement.surveyed(guild_id)
        else:
            await self._agreement.hindered(guild_id)

    async def _catch_up(self, guild: discord.Guild, mark: Mark) -> None:
        """Write down what was done since the audit log was last read."""
        after = mark.audit_log_id
        if after is None:
            newest = [entry.id async for entry in guild.audit_logs(limit=1)]
            await self._agreement.read_to(guild.id, max(newest, default=0))
            return
        quiet_to = await self._quiet_to(guild.id, after)
        if quiet_to is not None:
            if quiet_to > after:
                await self._agreement.read_to(guild.id, quiet_to)
            return
        for _reading in range(MOST_READINGS):
            entries, cut = await self._entries(guild, after)
            if not entries:
                return
            acts = [act for act in map(self._act_of, entries) if act is not None]
            acts = await self._agreement.untold(guild.id, acts)
            # The bot's own first, so that what somebody did before one of these is known to be over.
            for act in sorted(acts, key=lambda one: (not one.mine, one.audit_log_id)):
                await self._outside.record(guild.id, act)
            after = entries[-1].id
            await self._agreement.read_to(guild.id, after)
            if not cut:
                return
        _log.warning("much of the audit log is still to be read", guild=guild.id)

    async def _quiet_to(self, guild_id: int, after: int) -> int | None:
        """The newest entry, if one request tells that nothing in the log since `after` is anything to moderation.

        Mostly it does, and spares a request for each kind.
        """
        page: Any = await self._client.http.get_audit_logs(guild_id, limit=ENTRIES_IN_A_PAGE, after=after)
        found = page["audit_log_entries"]
        if len(found) >= ENTRIES_IN_A_PAGE or any(one["action_type"] in _NUMBERS for one in found):
            return None
        return max((int(one["id"]) for one in found), default=after)

    async def _entries(self, guild: discord.Guild, after: int) -> tuple[list[discord.AuditLogEntry], bool]:
        """The next entries, the oldest first, without a gap between the kinds; whether there may be more."""
        found: list[discord.AuditLogEntry] = []
        ends: list[int] = []
        for action in _KINDS:
            since = discord.Object(after)
            some = [
                entry
                async for entry in guild.audit_logs(
                    limit=ENTRIES_AT_ONCE, after=since, oldest_first=True, action=action
                )
            ]
            found += some
            if len(some) >= ENTRIES_AT_ONCE:
                ends.append(some[-1].id)
        upto = min(ends, default=None)
        kept = [entry for entry in found if upto is None or entry.id <= upto]
        return sorted(kept, key=lambda entry: entry.id), upto is not None

    async def _compare_bans(self, guild: discord.Guild, mark: Mark) -> None:
        """Walk along rows and bans side by side, by the ids of members; a page of either is one step at most."""
        after = 0
        while True:
            believed = await self._agreement.bans(guild.id, after=after, limit=BANS_AT_ONCE)
            page: Any = await self._client.http.get_bans(guild.id, BANS_AT_ONCE, after=after)
            shown = [Shown(int(one["user"]["id"]), Held(holds=True), one.get("reason")) for one in page]
            ends = [some[-1].user_id for some in (believed, shown) if len(some) >= BANS_AT_ONCE]
            upto = min(ends, default=None)
            await self._agree_on_bans(
                guild.id,
                {one.user_id: one for one in believed if upto is None or one.user_id <= upto},
                {one.user_id: one for one in shown if upto is None or one.user_id <= upto},
                is_first=mark.baseline_at is None,
            )
            if upto is None:
                return
            after = upto

    async def _agree_on_bans(
        self, guild_id: int, believed: dict[int, Believed], shown: dict[int, Shown], *, is_first: bool
    ) -> None:
        new = [user_id for user_id in shown if user_id not in believed]
        if is_first and new:
            await self._agreement.assume_banned(guild_id, new)
        for user_id in sorted(believed.keys() | (set() if is_first else set(new))):
            here, there = believed.get(user_id, Believed(user_id)), shown.get(user_id, Shown(user_id))
            if here.held.holds is not there.held.holds and not here.is_busy:
                await self._agreement.agree(guild_id, Slot.BAN, here, there)

    async def _find_returned(self, guild: discord.Guild) -> None:
        """Who joined while nobody listened: have what waited for them done."""
        after = 0
        while awaited := await self._agreement.awaited(guild.id, after=after, limit=MEMBERS_AT_ONCE):
            after = awaited[-1]
            for member in await guild.query_members(user_ids=list(awaited), limit=MEMBERS_AT_ONCE, cache=False):
                await self._sanctions.came_back(guild.id, member.id)

    async def _compare_timeouts(self, guild: discord.Guild) -> None:
        """Look at the members whose timeouts are believed to hold; Discord keeps them for those who left."""
        after = 0
        while believed := await self._agreement.timeouts(guild.id, after=after, limit=MEMBERS_AT_ONCE):
            after = believed[-1].user_id
            ids = [one.user_id for one in believed]
            members = await guild.query_members(user_ids=ids, limit=MEMBERS_AT_ONCE, cache=False)
            await self._agree_on_timeouts(guild.id, believed, {one.id: one.timed_out_until for one in members})

    async def _agree_on_timeouts(self, guild_id: int, believed: Sequence[Believed], shown: dict[int, Any]) -> None:
        now = self._agreement.moment()
        for one in believed:
            if one.user_id not in shown or one.is_busy:
                continue
            until = shown[one.user_id]
            there = Held(holds=True, until=until) if until is not None and until > now else Held()
            if differs(one.held, there, now):
                await self._agreement.agree(guild_id, Slot.TIMEOUT, one, Shown(one.user_id, there))
