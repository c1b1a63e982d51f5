"""Resets of servers with more members than a batch has targets, in [groups](batch_groups.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.actions.batch_groups import PER_SECOND, Tally, plan_of_groups
from bot.actions.batch_kinds import BatchKind, Request, Undo
from bot.domain.audit import AuditSource
from bot.domain.batches import Batch, Failed, Job, Outcome, Plan
from bot.domain.economy import Party
from bot.domain.treasury import By
from bot.errors import NothingToReset, Unavailable, UserError
from bot.i18n import _, ngettext
from bot.services import Services
from bot.ui.controls import Interaction
from bot.ui.errors import describe

RESET_GROUPS, UNDO_GROUPS = "economy.reset_groups", "economy.undo_groups"

Allow = Callable[[Interaction, Mapping[str, Any]], object]
MayStill = Callable[[Job], Awaitable[Failed | None]]
"""What is said of a target when whoever asked may not any more; None: they may."""


class CoinGroups:
    """The two kinds: to reset, and to undo that."""

    def __init__(self, services: Services, allow: Allow, may_still: MayStill) -> None:
        self._services = services
        self._allow = allow
        self._may_still = may_still

    def kinds(self) -> tuple[BatchKind, ...]:
        """Both, for `BatchActions.add`."""
        return (
            BatchKind(RESET_GROUPS, self._allow, self._plan_reset, self._reset, PER_SECOND, _undo),
            BatchKind(UNDO_GROUPS, self._allow, self._plan_undo, self._take_back, PER_SECOND),
        )

    async def _plan_reset(self, request: Request) -> Plan:
        members = await self._services.treasury.count_holders(request.guild_id)
        would = ngettext(
            "{count} member would begin anew, in {groups}. It can be undone for 30 days.",
            "{count} members would begin anew, in {groups}. It can be undone for 30 days.",
            members,
        )
        return plan_of_groups(_("Reset everybody"), would, members, int(request.parameters["groups"]))

    async def _plan_undo(self, request: Request) -> Plan:
        batch = await self._services.batches.get(request.guild_id, int(request.parameters["batch"]))
        members = await self._services.treasury.count_holders(request.guild_id)
        would = ngettext(
            "What was done to {count} member, in {groups}, would be undone, as far as the coins are still there.",
            "What was done to {count} members, in {groups}, would be undone, as far as the coins are still there.",
            members,
        )
        title = _("Undo: {title}").format(title=batch.title)
        return plan_of_groups(title, would, members, int(request.parameters["groups"]))

    async def _reset(self, job: Job) -> Outcome:
        async def one(member_id: int) -> bool:
            by = By(job.asked_by, AuditSource.BUTTON, _key(job.batch_id, member_id))
            try:
                party = Party(member_id, is_bot=False, is_member=True)
                await self._services.treasury.reset(job.guild_id, party, by, logged=False)
            except NothingToReset:
                return False
            return True

        return await self._each(job, one)

    async def _take_back(self, job: Job) -> Outcome:
        undoing, first = self._services.undoing, int(job.parameters["batch"])

        async def one(member_id: int) -> bool:
            standing = await undoing.standing(job.guild_id, _key(first, member_id))
            if standing is None:  # they were not reset, or it is undone, perhaps by a try that a crash cut off
                return False
            by = By(job.asked_by, AuditSource.BUTTON, _key(job.batch_id, member_id))
            await undoing.undo(job.guild_id, standing, by, logged=False)
            return True

        return await self._each(job, one)

    async def _each(self, job: Job, act: Callable[[int], Awaitable[bool]]) -> Outcome:
        """Act on every member of a group. What one is refused ends nobody else's; an outage ends the try."""
        groups = int(job.parameters["groups"])
        members = await self._services.treasury.holders_of_group(job.guild_id, job.target - 1, groups)
        done, failed = 0, Counter[str]()
        for member_id in members:
            refused = await self._may_still(job)
            if refused is not None:
                return refused
            try:
                done += await act(member_id)
            except Unavailable:
                raise
            except UserError as error:
                failed[describe(error)] += 1
        return Tally(done, len(members) - done - failed.total(), failed).outcome()


def _undo(batch: Batch) -> Undo:
    about = {"batch": str(batch.id), "groups": batch.parameters["groups"]}
    return Undo(_("Undo all of these"), UNDO_GROUPS, about)


def _key(batch_id: int, member_id: int) -> str:
    """As of a batch that has members as its targets."""
    return f"batch:{batch_id}:{member_id}"
