"""Resets of servers with more members than a batch has targets: its targets are groups of members, told by number.

A member belongs to a group by when their account was made, so nobody's id is written down, and whoever gets an account
meanwhile has a group, too. Of a group each member is a transaction of its own: nothing waits longer for the database
than one takes, and after a crash those that were done are found by their keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.actions.batch_kinds import BatchKind, Request, Undo
from bot.domain.audit import AuditSource
from bot.domain.batches import Batch, Done, Failed, Job, Outcome, Plan, Planned
from bot.domain.economy import Party
from bot.domain.treasury import By
from bot.errors import NothingToReset, Unavailable, UserError
from bot.i18n import _, ngettext
from bot.services import Services
from bot.ui import text
from bot.ui.controls import Interaction
from bot.ui.errors import describe

RESET_GROUPS, UNDO_GROUPS = "economy.reset_groups", "economy.undo_groups"

GROUPED_FROM = 2_000
"""Members with an account from which on they are reset in groups. Up to then each is told of by name."""

GROUP = 50
MOST_GROUPS = 1_000
"""However many members there are: these rows are written at once, with the dry run."""

PER_SECOND = 2

Allow = Callable[[Interaction, Mapping[str, Any]], object]
MayStill = Callable[[Job], Awaitable[Failed | None]]
"""What is said of a target when whoever asked may not any more; None: they may."""


@dataclass(frozen=True)
class _Tally:
    """What became of the members of a group."""

    done: int
    left_out: int
    failed: Counter[str]

    def outcome(self) -> Outcome:
        """In words. A group in which somebody's failed, failed: so staff hears of it."""
        said = _("{done} done, {left} left out").format(done=text.number(self.done), left=text.number(self.left_out))
        if not self.failed:
            return Done(said)
        reason, count = self.failed.most_common(1)[0]
        told = ngettext("{count} of them could not: {reason}", "{count} of them could not: {reason}", count)
        return Failed(told.format(count=text.number(count), reason=reason), said)


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
        return _plan(_("Reset everybody"), would, members, int(request.parameters["groups"]))

    async def _plan_undo(self, request: Request) -> Plan:
        batch = await self._services.batches.get(request.guild_id, int(request.parameters["batch"]))
        members = await self._services.treasury.count_holders(request.guild_id)
        would = ngettext(
            "What was done to {count} member, in {groups}, would be undone, as far as the coins are still there.",
            "What was done to {count} members, in {groups}, would be undone, as far as the coins are still there.",
            members,
        )
        title = _("Undo: {title}").format(title=batch.title)
        return _plan(title, would, members, int(request.parameters["groups"]))

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
        return _Tally(done, len(members) - done - failed.total(), failed).outcome()


def groups_for(members: int) -> int:
    """Into how many groups so many members are divided."""
    return min(max(-(-members // GROUP), 1), MOST_GROUPS)


def _plan(title: str, would: str, members: int, groups: int) -> Plan:
    several = ngettext("{count} group", "{count} groups", groups).format(count=text.number(groups))
    targets = [Planned(number, _("Group {number}").format(number=number)) for number in range(1, groups + 1)]
    return Plan(title, would.format(count=text.number(members), groups=several), targets if members else [])


def _undo(batch: Batch) -> Undo:
    about = {"batch": str(batch.id), "groups": batch.parameters["groups"]}
    return Undo(_("Undo all of these"), UNDO_GROUPS, about)


def _key(batch_id: int, member_id: int) -> str:
    """As of a batch that has members as its targets."""
    return f"batch:{batch_id}:{member_id}"
