"""Looking into the threads of tickets. Discord has to be asked about each of them who is in it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import aiohttp
import discord
import structlog

from bot.actions.ticket_access import asked_about, plan_of
from bot.actions.ticket_staff import StaffFinder
from bot.actions.ticket_symptoms import Symptom, Target, Trouble
from bot.services.ticket_access import AccessFacts

_log = structlog.stdlib.get_logger(__name__)

MOST_THREADS = 50
"""Threads that are looked into, the newest."""

_AT_ONCE = 5

Roles = tuple[Sequence[int], Sequence[int]]
"""Whose roles are support's, and whose tickets are escalated to."""


class ThreadDoctor:
    """Compares who is in threads with who should be."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._staff = StaffFinder(client)
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def examine(
        self, guild: discord.Guild, threads: Sequence[tuple[AccessFacts, discord.Thread]]
    ) -> list[Symptom]:
        """What is wrong with the newest of these; what Discord does not say of one is taken for fine."""
        newest = sorted(threads, key=lambda one: one[0].ticket.number)[-MOST_THREADS:]
        listed = await asyncio.gather(*(self._members(thread) for _facts, thread in newest))
        asked = {one for facts, _thread in newest for one in asked_about(facts)}
        people = await self._staff.these(guild, asked.union(*(one or () for one in listed)))
        found: list[Symptom] = []
        known: dict[tuple[tuple[int, ...], tuple[int, ...]], Roles] = {}
        for (facts, thread), there in zip(newest, listed, strict=True):
            if there is None:
                continue
            roles = (facts.rules.support_roles, facts.rules.escalation_roles)
            if roles not in known:
                known[roles] = await self._staff.of_roles(guild, *roles)
            support, called = known[roles]
            plan = plan_of(guild, facts, people, there, support=support, called=called)
            found += await self._symptoms(guild, facts, thread, plan.coming, plan.going)
            if plan.others:
                found.append(_about(facts, thread, Trouble.FOREIGN, plan.others))
        return found

    async def _members(self, thread: discord.Thread) -> set[int] | None:
        """Who is in a thread besides me; None: Discord did not say."""
        try:
            async with self._room:
                listed: Sequence[Mapping[str, Any]] = await self._client.http.get_thread_members(thread.id)
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            _log.warning(
                "a thread could not be looked into", guild=thread.guild.id, thread=thread.id, error=repr(error)
            )
            return None
        return {int(one["user_id"]) for one in listed} - {thread.guild.me.id}

    async def _symptoms(
        self,
        guild: discord.Guild,
        facts: AccessFacts,
        thread: discord.Thread,
        coming: Collection[int],
        going: Collection[int],
    ) -> list[Symptom]:
        """Of those who are to come, who left the server is missed by nobody, and who can't see the channel can't."""
        blind, missing = await self._missing(guild, thread, coming)
        found = [_about(facts, thread, Trouble.BLIND, blind)] if blind else []
        ticket = facts.ticket
        if ticket.applied == ticket.access and (missing or going):
            found.append(Symptom(ticket.number, thread.id, Trouble.DIFFERS))
        return found

    async def _missing(
        self, guild: discord.Guild, thread: discord.Thread, coming: Collection[int]
    ) -> tuple[list[int], list[int]]:
        parent = thread.parent
        if not coming or parent is None:
            return [], []
        members = await guild.query_members(user_ids=sorted(coming)[:100], limit=100, cache=False)
        blind = [one.id for one in members if not parent.permissions_for(one).view_channel]
        return sorted(blind), sorted(one.id for one in members if one.id not in blind)


def _about(facts: AccessFacts, thread: discord.Thread, trouble: Trouble, people: Collection[int]) -> Symptom:
    targets = tuple(Target(one, is_member=True) for one in people)
    return Symptom(facts.ticket.number, thread.id, trouble, targets, parent_id=thread.parent_id)
