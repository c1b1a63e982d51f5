"""Bringing everybody's roles to what their levels say: /xp sync, as a batch with a dry run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import discord

from bot.actions.authority import own_member, require_standing
from bot.actions.batch_kinds import BatchKind, Request
from bot.actions.batch_outcomes import PAUSE
from bot.actions.role_batches import PER_SECOND, listed
from bot.actions.role_grants import RoleKeeper, guild_facts
from bot.domain.authority import Permission, Staff
from bot.domain.batches import Done, Failed, Job, Later, Outcome, Plan, Planned, Skipped
from bot.domain.grant_sources import level_of
from bot.domain.level_rewards import Moves
from bot.domain.role_grants import Delayed, Grant, GrantState, GuildFacts
from bot.domain.roles import Problem, out_of_reach, refusal
from bot.errors import DiscordAway
from bot.i18n import _, ngettext
from bot.services.rewards import RewardsService
from bot.ui import text
from bot.ui.controls import Interaction
from bot.ui.roles import problem

SYNC = "xp.sync"


async def may_manage_xp(interaction: Interaction, _parameters: Mapping[str, Any] | None = None) -> int:
    """The guild whose XP, levels and rewards whoever asks may change: with Manage Server, or as an admin.

    Raises:
        What `require_standing` raises.
    """
    return await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)


class LevelSync:
    """The kind of batch. Who is not there gets their roles when they return."""

    def __init__(self, client: discord.Client, rewards: RewardsService, keeper: RoleKeeper) -> None:
        self._client = client
        self._rewards = rewards
        self._keeper = keeper

    def kinds(self) -> tuple[BatchKind, ...]:
        """It, for `BatchActions.add`."""
        return (BatchKind(SYNC, may_manage_xp, self._plan, self._sync, PER_SECOND, serves=self._serves),)

    async def _plan(self, request: Request) -> Plan:
        facts = guild_facts(self._guild(request.guild_id))
        moves = await self._rewards.out_of_line(request.guild_id)
        there = await listed(self._client, request.guild_id, lambda one: one.user_id in moves and not one.is_bot)
        targets = [Planned(one.user_id, one.name, _stuck(moves[one.user_id], facts)) for one in there]
        wanted = [moves[one.target] for one in targets if one.skip is None]
        said = ngettext(
            "{count} member would get the roles that their level says, and lose those that it does not.",
            "{count} members would get the roles that their levels say, and lose those that they do not.",
            len(wanted),
        ).format(count=text.number(len(wanted)))
        given = Counter(role_id for one in wanted for _level, role_id in one.want)
        taken = Counter(role_id for one in wanted for _level, role_id in one.end)
        counts = [f"+{text.number(many)} <@&{role_id}>" for role_id, many in given.most_common(_SHOWN)]
        counts += [f"-{text.number(many)} <@&{role_id}>" for role_id, many in taken.most_common(_SHOWN)]
        return Plan(_("Sync roles with levels"), "\n".join([said, ", ".join(counts)]).strip(), targets)

    async def _sync(self, job: Job) -> Outcome:
        synced = await self._rewards.sync(job.guild_id, job.target)
        if synced.claimed is None:
            return Later(_("I noted it, and do it as soon as Discord lets me."), PAUSE)
        made = await self._keeper.carry_out(synced.claimed)
        if isinstance(made, Delayed):
            pause = made.after or PAUSE
            return Later(
                _("I noted it, and do it as soon as Discord lets me."), pause, everywhere=made.after is not None
            )
        return _outcome([one for one in made.after if level_of(one.source) is not None])

    def _guild(self, guild_id: int) -> discord.Guild:
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable or own_member(guild) is None:
            raise DiscordAway
        return guild

    async def _serves(self, guild_id: int) -> bool:
        """Whether Discord answers about a guild at all, though it had no answer about a member."""
        await self._client.http.get_member(guild_id, self._guild(guild_id).me.id)
        return True


_SHOWN = 10
"""Roles that a dry run counts of each kind."""


def _stuck(moves: Moves, facts: GuildFacts) -> str | None:
    """Why nothing of it can be done; None: something can."""
    reasons = [refusal(facts.roles.get(role_id), facts.reach) for _level, role_id in moves.want]
    # Whoever shall lose a role that is gone has lost it.
    reasons += [
        None if role_id not in facts.roles else out_of_reach(facts.roles[role_id], facts.reach)
        for _level, role_id in moves.end
    ]
    first = next((one for one in reasons if one is not None), None)
    return problem(first) if first is not None and all(one is not None for one in reasons) else None


def _outcome(grants: list[Grant]) -> Outcome:
    """What became of one member."""
    stuck = next((one for one in grants if one.problem is not None and one.state is not GrantState.ENDED), None)
    if stuck is None or stuck.problem is None:
        return Done()
    if stuck.problem in {Problem.AWAY, Problem.SCREENING}:
        return Skipped(problem(stuck.problem))
    return Failed(problem(stuck.problem), stuck.detail)
