"""Resets of more members than a batch has targets, in [groups](batch_groups.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import discord

from bot.actions.batch_groups import PER_SECOND, Tally, plan_of_groups
from bot.actions.batch_kinds import BatchKind, Request, Undo
from bot.actions.level_sync import may_manage_xp
from bot.actions.role_batches import these
from bot.domain.audit import AuditSource
from bot.domain.batches import Batch, Failed, Job, Outcome, Plan
from bot.domain.economy import Party
from bot.domain.xp_changes import XpOrder
from bot.errors import AlreadyUndone, DiscordAway, NoXpChange, Unavailable, UserError, XpAlreadySo
from bot.i18n import _, ngettext
from bot.services import Services
from bot.services.rewards import By
from bot.ui.errors import describe

RESET_GROUPS, UNDO_GROUPS = "xp.reset_groups", "xp.undo_groups"

MayStill = Callable[[Job], Awaitable[Failed | None]]
"""What is said of a target when whoever asked may not any more; None: they may."""


class XpGroups:
    """The two kinds: to reset, and to undo that."""

    def __init__(self, client: discord.Client, services: Services, may_still: MayStill) -> None:
        self._client = client
        self._services = services
        self._may_still = may_still

    def kinds(self) -> tuple[BatchKind, ...]:
        """Both, for `BatchActions.add`."""
        return (
            BatchKind(RESET_GROUPS, may_manage_xp, self._plan_reset, self._reset, PER_SECOND, _undo),
            BatchKind(UNDO_GROUPS, may_manage_xp, self._plan_undo, self._take_back, PER_SECOND),
        )

    async def _plan_reset(self, request: Request) -> Plan:
        staff, order = self._services.xp_staff, XpOrder.of(request.parameters)
        await staff.table(request.guild_id)
        members = await staff.count_holders(request.guild_id)
        if order.role_id is None:
            would = ngettext(
                "{count} member would begin again at no XP, in {groups}. It can be undone for 30 days.",
                "{count} members would begin again at no XP, in {groups}. It can be undone for 30 days.",
                members,
            )
        else:
            would = ngettext(
                "Of {count} member with XP whoever has the role would begin again at no XP, in {groups}. It can be "
                "undone for 30 days.",
                "Of {count} members with XP those with the role would begin again at no XP, in {groups}. It can be "
                "undone for 30 days.",
                members,
            )
        return plan_of_groups(_("Reset the XP of many"), would, members, int(request.parameters["groups"]))

    async def _plan_undo(self, request: Request) -> Plan:
        guild_id, groups = request.guild_id, int(request.parameters["groups"])
        await self._services.xp_staff.table(guild_id)
        batch = await self._services.batches.get(guild_id, int(request.parameters["batch"]))
        would = ngettext(
            "What was done in {count} group would be undone; what was earned since stays.",
            "What was done in {count} groups would be undone; what was earned since stays.",
            groups,
        )
        return plan_of_groups(_("Undo: {title}").format(title=batch.title), would, groups, groups)

    async def _reset(self, job: Job) -> Outcome:
        staff, order, by = self._services.xp_staff, XpOrder.of(job.parameters), _by(job)
        groups = int(job.parameters["groups"])

        async def one(user_id: int) -> None:
            # Whether they are still there does not matter: who leaves keeps their XP, and finds it again.
            party = Party(user_id, is_bot=False, is_member=True)
            await staff.change(job.guild_id, party, order, by, batch_id=job.batch_id)

        members = await staff.of_group(job.guild_id, job.target - 1, groups, least=1)
        if order.role_id is not None:
            members = await having(self._client, job.guild_id, order.role_id, members)
        failed, refused = await self._each(job, members, one)
        if refused is not None:
            return refused
        # Counted by what is written: a try that a crash cut off did some of it, and they have no XP any more.
        everybody = await staff.of_group(job.guild_id, job.target - 1, groups)
        done = len(await staff.made_by(job.guild_id, job.batch_id, everybody))
        return Tally(done, max(len(members) - done - failed.total(), 0), failed).outcome()

    async def _take_back(self, job: Job) -> Outcome:
        staff, by, first = self._services.xp_staff, _by(job), int(job.parameters["batch"])
        members = await staff.of_group(job.guild_id, job.target - 1, int(job.parameters["groups"]))
        made = await staff.made_by(job.guild_id, first, members)

        async def one(user_id: int) -> None:
            await staff.undo(job.guild_id, made[user_id], by, batch_id=job.batch_id)

        failed, refused = await self._each(job, sorted(made), one)
        if refused is not None:
            return refused
        done = len(await staff.made_by(job.guild_id, job.batch_id, sorted(made)))
        return Tally(done, len(made) - done - failed.total(), failed).outcome()

    async def _each(
        self, job: Job, members: Sequence[int], act: Callable[[int], Awaitable[None]]
    ) -> tuple[Counter[str], Failed | None]:
        """Act on each. What one is refused ends nobody else's; an outage ends the try. Why some failed; or all did."""
        failed = Counter[str]()
        for user_id in members:
            refused = await self._may_still(job)
            if refused is not None:
                return failed, refused
            try:
                await act(user_id)
            except (XpAlreadySo, AlreadyUndone, NoXpChange):
                continue  # left out
            except Unavailable:
                raise
            except UserError as error:
                failed[describe(error)] += 1
        return failed, None


async def having(client: discord.Client, guild_id: int, role_id: int, members: Sequence[int]) -> list[int]:
    """Those of these members who have a role now.

    Raises:
        DiscordAway: there was no answer.
    """
    guild = client.get_guild(guild_id)
    if guild is None or guild.unavailable:
        raise DiscordAway
    shown = await these(guild, members)
    return [one for one in members if one in shown and role_id in {guild_id, *shown[one].facts.role_ids}]


def _undo(batch: Batch) -> Undo:
    about = {"batch": str(batch.id), "groups": batch.parameters["groups"]}
    return Undo(_("Undo all of these"), UNDO_GROUPS, about)


def _by(job: Job) -> By:
    return By(job.asked_by, AuditSource.BUTTON)
