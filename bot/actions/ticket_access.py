"""Letting Discord show tickets to those who may see them, and to no others: overwrites of channels, people of threads.

What Discord should have is computed from the ticket's row (`bot.domain.ticket_access`) and compared with what it has;
only what differs is changed. What others set up in a channel stays, for it is none of ours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import discord
import structlog

from bot.actions.lock_channels import overwrites_shown
from bot.actions.ticket_staff import Staff, StaffFinder
from bot.domain.overwrites import Bit, Overwrite, Overwrites, Put, Remove, by_target, difference
from bot.domain.permissions import name_of
from bot.domain.ticket_access import (
    access_of,
    desired,
    foreign,
    is_agent,
    is_thread_locked,
    parts_of,
    thread_members,
)
from bot.domain.tickets import Claimed, ClaimMode, Delayed, Mode, Ticket
from bot.services.ticket_access import AccessFacts, TicketAccessService

_log = structlog.stdlib.get_logger(__name__)

Gone = Callable[[int, int], Awaitable[object]]
"""Told of the guild and number of a ticket whose channel is not there any more."""

_UNKNOWN_CHANNEL, _UNKNOWN_OVERWRITE = 10003, 10009
_UNKNOWN_TARGETS = frozenset({10007, 10011, 10013})
"""A member, role or user that Discord does not know any more: there is nobody to be told about."""

_REFUSED = timedelta(minutes=10)
"""How long a refusal is left alone: until somebody gave me the permission, it would only be repeated."""

_REASON = "ticket {number}: who may see it"


@dataclass(frozen=True)
class Grounds:
    """What access is computed from, with what Discord says of those whom it concerns."""

    facts: AccessFacts
    agents: frozenset[int]
    """Participants who are staff."""
    managers: frozenset[int]
    """Roles with Manage Server."""
    held: int
    """What I may in the whole server."""
    bot_id: int
    roles: frozenset[int]
    """The server's roles: settings may name some that were deleted."""

    @property
    def overwrites(self) -> Overwrites:
        """What the channel should have of ours."""
        facts = self.facts
        found = desired(
            facts.ticket,
            facts.rules,
            facts.participants,
            bot_id=self.bot_id,
            managers=self.managers,
            agents=self.agents,
            held=self.held,
        )
        return [one for one in found if one.is_member or one.target_id in self.roles]


class TicketAccess:
    """Brings channels and threads of tickets in line: the handler of `Step.ACCESS`, and a part of closing."""

    def __init__(self, client: discord.Client, access: TicketAccessService, gone: Gone) -> None:
        self._client = client
        self._access = access
        self._gone = gone
        self._staff = StaffFinder(client)

    async def carry_out(self, claimed: Claimed, guild: discord.Guild) -> Delayed | None:
        """Bring a claimed ticket's channel or thread in line with its row, whatever its status, and write that down."""
        facts = await self._access.facts(guild.id, claimed.ticket.number)
        ticket = facts.ticket
        if ticket.channel_id is None:
            return Delayed("it has no channel yet")
        try:
            if ticket.mode is Mode.THREAD:
                named = await self._thread(claimed, guild, facts)
            else:
                named = await self._channel(claimed, guild, facts)
        except discord.NotFound as error:
            if error.code != _UNKNOWN_CHANNEL:
                raise
            await self._gone(guild.id, ticket.number)
            return None
        except discord.Forbidden as error:
            return Delayed(refusal(guild, ticket, error), _REFUSED)
        if named is not None:
            await self._access.applied(claimed, ticket.access, named)
        return None

    # Channels -------------------------------------------------------------------------------------------

    async def _channel(self, claimed: Claimed, guild: discord.Guild, facts: AccessFacts) -> Collection[int] | None:
        """Whom the channel is told about now; None: somebody else has the ticket."""
        shown: Any = await self._client.http.get_channel(_channel_of(facts.ticket))
        grounds = await self.grounds(guild, facts)
        wanted = grounds.overwrites
        targets = {one.target_id for one in wanted}
        if not targets <= facts.named and not await self._access.naming(claimed, targets):
            return None
        for step in changes(overwrites_shown(shown), wanted, facts.named, guild.id, grounds.bot_id):
            await self._change(guild, facts.ticket, step)
        return targets

    async def grounds(self, guild: discord.Guild, facts: AccessFacts) -> Grounds:
        """What access to a ticket is computed from, with what Discord says of those whom it concerns."""
        people = await self._staff.these(guild, asked_about(facts))
        return grounds_of(guild, facts, people)

    async def _change(self, guild: discord.Guild, ticket: Ticket, step: Put | Remove) -> None:
        http, reason = self._client.http, _REASON.format(number=ticket.number)
        channel_id = _channel_of(ticket)
        try:
            if isinstance(step, Remove):
                await http.delete_channel_permissions(channel_id, step.target_id, reason=reason)
                return
            one = step.overwrite
            if one.is_member or guild.get_role(one.target_id) is not None:  # else it was deleted meanwhile
                allow, deny = str(one.allow), str(one.deny)
                kind = 1 if one.is_member else 0
                await http.edit_channel_permissions(channel_id, one.target_id, allow, deny, kind, reason=reason)
        except discord.NotFound as error:
            if error.code != _UNKNOWN_OVERWRITE and error.code not in _UNKNOWN_TARGETS:
                raise

    # Threads --------------------------------------------------------------------------------------------

    async def _thread(self, claimed: Claimed, guild: discord.Guild, facts: AccessFacts) -> Collection[int] | None:
        """Who is in the thread by us now; None: somebody else has the ticket."""
        http, thread_id, ticket = self._client.http, _channel_of(facts.ticket), facts.ticket
        shown: Any = await http.get_channel(thread_id)
        listed: Sequence[Any] = await http.get_thread_members(thread_id)
        there = {int(one["user_id"]) for one in listed} - {guild.me.id}
        people = await self._staff.these(guild, {*asked_about(facts), *there})
        support, called = await self._staff.of_roles(guild, facts.rules.support_roles, facts.rules.escalation_roles)
        plan = plan_of(guild, facts, people, there, support=support, called=called)
        wanted, coming, going = plan.wanted, plan.coming, plan.going
        if not facts.named >= set(wanted) and not await self._access.naming(claimed, wanted):
            return None
        metadata: Any = shown.get("thread_metadata") or {}
        is_locked = is_thread_locked(ticket)
        asleep = bool(metadata.get("archived"))
        if (coming or going or bool(metadata.get("locked")) != is_locked) and asleep:
            await http.edit_channel(thread_id, archived=False)
        for user_id in going:
            await http.remove_user_from_thread(thread_id, user_id)
        for user_id in coming:
            await self._let_in(thread_id, user_id)
        if bool(metadata.get("locked")) != is_locked:
            await http.edit_channel(thread_id, reason=_REASON.format(number=ticket.number), locked=is_locked)
        return wanted

    async def _let_in(self, thread_id: int, user_id: int) -> None:
        try:
            await self._client.http.add_user_to_thread(thread_id, user_id)
        except (discord.Forbidden, discord.NotFound) as error:
            if error.code == _UNKNOWN_CHANNEL:
                raise
            # They left, or can't see the thread's channel; the others are let in all the same.
            _log.warning("somebody can't be let into a ticket", thread=thread_id, error=repr(error))


# What follows from what Discord says ----------------------------------------------------------------------------


def _channel_of(ticket: Ticket) -> int:
    """The channel or thread of a ticket; 0, which Discord never gives, while it has none."""
    return ticket.channel_id or 0


def asked_about(facts: AccessFacts) -> set[int]:
    """Those of whom it matters whether they are staff."""
    assignee = facts.ticket.assignee_id
    claims = facts.rules.claim_mode is not ClaimMode.NOTHING or facts.ticket.mode is Mode.THREAD
    return {*facts.participants, *(() if assignee is None or not claims else (assignee,))}


def judged(guild: discord.Guild, facts: AccessFacts, people: Mapping[int, Staff]) -> AccessFacts:
    """Facts as they count: a claim of somebody who is no staff any more, or left, keeps nobody out."""
    ticket = facts.ticket
    if ticket.assignee_id is None or ticket.assignee_id not in asked_about(facts):
        return facts
    if _is_agent(facts, people.get(ticket.assignee_id)):
        return facts
    _log.info("a claim counts no more", guild=guild.id, ticket=ticket.number)
    return replace(facts, ticket=replace(ticket, assignee_id=None))


def grounds_of(guild: discord.Guild, facts: AccessFacts, people: Mapping[int, Staff]) -> Grounds:
    """What access to a ticket is computed from, where these are what Discord says of people."""
    facts = judged(guild, facts, people)
    agents = {one for one in facts.participants if _is_agent(facts, people.get(one))}
    me, roles = guild.me, frozenset(role.id for role in guild.roles)
    return Grounds(
        facts, frozenset(agents), managing_roles(guild) | facts.admins, me.guild_permissions.value, me.id, roles
    )


def _is_agent(facts: AccessFacts, person: Staff | None) -> bool:
    return person is not None and is_agent(person.role_ids, facts.rules, facts.ticket, manages=_manages(facts, person))


def _manages(facts: AccessFacts, person: Staff) -> bool:
    return person.manages or not facts.admins.isdisjoint(person.role_ids)


@dataclass(frozen=True)
class ThreadPlan:
    """Who has to be in a ticket's thread, and what brings it there."""

    wanted: tuple[int, ...]
    coming: tuple[int, ...]
    going: tuple[int, ...]
    others: tuple[int, ...]
    """Who is there besides and stays: brought in by hand, and no staff."""


def plan_of(
    guild: discord.Guild,
    facts: AccessFacts,
    people: Mapping[int, Staff],
    there: Collection[int],
    *,
    support: Collection[int],
    called: Collection[int],
) -> ThreadPlan:
    """What a thread lacks, where these are in it, and `support` and `called` are the people with such roles."""
    facts = judged(guild, facts, people)
    wanted = thread_members(
        facts.ticket, facts.rules, facts.participants, bot_id=guild.me.id, support=support, called=called
    )
    besides = sorted(set(there) - set(wanted))
    going = tuple(one for one in besides if _must_go(facts, people.get(one), one))
    others = tuple(one for one in besides if one not in going and not _is_agent(facts, people.get(one)))
    return ThreadPlan(wanted, tuple(one for one in wanted if one not in there), going, others)


def _must_go(facts: AccessFacts, person: Staff | None, user_id: int) -> bool:
    """Whether a member of a thread may see it no more. Whoever was brought in by hand, and is no staff, stays."""
    if person is None:
        return False  # they left, and with that the thread
    ticket = facts.ticket
    parts = parts_of(user_id, person.role_ids, ticket, facts.rules, facts.participants, manages=_manages(facts, person))
    is_ours = user_id in facts.named or any(part.is_staff for part in parts)
    return is_ours and not access_of(parts, ticket, facts.rules.claim_mode).sees


def managing_roles(guild: discord.Guild) -> frozenset[int]:
    """Roles with Manage Server, but for bots' own, and for administrators, who see everything anyway."""
    return frozenset(
        role.id
        for role in guild.roles
        if role.permissions.manage_guild
        and not role.permissions.administrator
        and not role.is_default()
        and not role.is_bot_managed()
    )


def changes(
    now: Overwrites, wanted: Overwrites, named: Collection[int], guild_id: int, bot_id: int
) -> list[Put | Remove]:
    """What brings a channel's overwrites in line: mine first, then what hides it, what takes away, the rest."""
    there = by_target(now)
    steps = difference(now, [*wanted, *foreign(now, wanted, named)])

    def order(step: Put | Remove) -> tuple[bool, bool, bool, int]:
        target = step.target_id if isinstance(step, Remove) else step.overwrite.target_id
        return target != bot_id, target != guild_id, not _takes(there.get(target), step), target

    return sorted(steps, key=order)


def _takes(before: Overwrite | None, step: Put | Remove) -> bool:
    """Whether somebody sees or writes less after a step."""
    if isinstance(step, Remove):
        return True
    had = 0 if before is None else before.allow
    return bool(had & ~step.overwrite.allow & (Bit.VIEW_CHANNEL | Bit.SEND_MESSAGES))


def refusal(guild: discord.Guild, ticket: Ticket, error: discord.Forbidden) -> str:
    """Why I can't bring a ticket in line, as far as it is known."""
    channel = guild.get_channel_or_thread(_channel_of(ticket))
    if channel is None:
        return f"I can't see its channel (error {error.code})"
    mine = channel.permissions_for(guild.me)
    needed = ("manage_threads",) if isinstance(channel, discord.Thread) else ("manage_roles",)
    lacking = [one for one in ("view_channel", *needed) if not getattr(mine, one)]
    if not lacking:
        return f"{error.status} (error {error.code}): {error.text}"
    return f"I lack {', '.join(name_of(one) for one in lacking)} there"
