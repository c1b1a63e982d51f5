"""XP for many: what staff may do to one with /xp, done as a batch through the same use cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.actions.askers import Askers
from bot.actions.batch_groups import GROUPED_FROM, groups_for
from bot.actions.batch_kinds import BatchKind, Request, Undo
from bot.actions.level_sync import may_manage_xp
from bot.actions.role_batches import listed
from bot.actions.xp_groups import RESET_GROUPS, XpGroups, having
from bot.domain.audit import AuditSource
from bot.domain.batches import MAX_TARGETS, Batch, Done, Failed, ItemState, Job, Outcome, Plan, Planned, Skipped
from bot.domain.economy import Party
from bot.domain.leveling import ChangeKind
from bot.domain.role_batches import Seen
from bot.domain.xp_changes import XpOrder, changed, check_order
from bot.errors import AlreadyUndone, NoXpChange, XpAlreadySo
from bot.i18n import _, ngettext
from bot.services import Services
from bot.services.rewards import By
from bot.services.xp_staff import Levelled
from bot.ui import text

CHANGE_MANY, RESET_MANY, UNDO_MANY = "xp.change", "xp.reset", "xp.undo"

PER_SECOND = 50
"""The database alone is asked for each, so it is as fast as batches are."""


@dataclass(frozen=True)
class _Somebody:
    """A target as it is planned."""

    user_id: int
    name: str
    is_bot: bool = False


class XpBatches:
    """The kinds: to change, to reset, and to undo either; and to reset so many that they need groups."""

    def __init__(self, client: discord.Client, services: Services) -> None:
        self._client = client
        self._services = services
        self._askers = Askers(client, services.guild_settings, services.batches.moment)

    def kinds(self) -> tuple[BatchKind, ...]:
        """All, for `BatchActions.add`."""
        return (
            BatchKind(CHANGE_MANY, may_manage_xp, self._plan, self._change, PER_SECOND, _undo),
            BatchKind(RESET_MANY, may_manage_xp, self._plan, self._change, PER_SECOND, _undo),
            BatchKind(UNDO_MANY, may_manage_xp, self._plan_undo, self._take_back, PER_SECOND),
            *XpGroups(self._client, self._services, self._refused).kinds(),
        )

    # Dry runs -------------------------------------------------------------------------------------------

    async def _plan(self, request: Request) -> Plan:
        order, staff = XpOrder.of(request.parameters), self._services.xp_staff
        table = await staff.table(request.guild_id)
        check_order(order, table)  # refused before anybody is looked for
        people = await self._people(request.guild_id, order)
        held = await staff.held_by(request.guild_id, [one.user_id for one in people])
        targets: list[Planned] = []
        moved = 0
        for one in people:
            before = held.get(one.user_id, 0)
            after = changed(order, before, table)
            skip = _skipped(one, before, after)
            moved += skip is None and table.level(before) != table.level(after)
            targets.append(Planned(one.user_id, one.name, skip))
        wanted = sum(one.skip is None for one in targets)
        would = ngettext(
            "{count} member would have other XP; the level would be another for {moved}. It can be undone for 30 days.",
            "{count} members would have other XP; the level would be another for {moved}. It can be undone for 30 "
            "days.",
            wanted,
        )
        return Plan(_title(order), would.format(count=text.number(wanted), moved=text.number(moved)), targets)

    async def _plan_undo(self, request: Request) -> Plan:
        guild_id, batch_id = request.guild_id, int(request.parameters["batch"])
        await self._services.xp_staff.table(guild_id)
        batch = await self._services.batches.get(guild_id, batch_id)
        results = await self._services.batches.results(guild_id, batch_id)
        targets = [Planned(one.target, one.label) for one in results if one.state is ItemState.DONE]
        would = ngettext(
            "What was done to {count} member would be undone; what was earned since stays.",
            "What was done to {count} members would be undone; what they earned since stays.",
            len(targets),
        )
        title = _("Undo: {title}").format(title=batch.title)
        return Plan(title, would.format(count=text.number(len(targets))), targets)

    async def _people(self, guild_id: int, order: XpOrder) -> Sequence[_Somebody]:
        if order.kind is ChangeKind.RESET:  # who has no XP needs no reset, however many have the role
            holders = await self._holders(guild_id)
            if order.role_id is None:
                return holders
            ids = [one.user_id for one in holders]
            chosen = set(await having(self._client, guild_id, order.role_id, ids))
            return [one for one in holders if one.user_id in chosen]

        def picks(seen: Seen) -> bool:
            return order.role_id == guild_id or order.role_id in seen.facts.role_ids

        return [_Somebody(one.user_id, one.name, one.is_bot) for one in await listed(self._client, guild_id, picks)]

    async def _holders(self, guild_id: int) -> Sequence[_Somebody]:
        found = await self._services.xp_staff.holders(guild_id, MAX_TARGETS + 1)
        names = await self._services.people.names(guild_id, found)
        return [_Somebody(user_id, names.get(user_id, str(user_id))) for user_id in found]

    # One target -----------------------------------------------------------------------------------------

    async def _change(self, job: Job) -> Outcome:
        if not await self._askers.may_still(job.guild_id, job.asked_by):
            return _not_any_more()
        # Whether they are still there does not matter: who leaves keeps their XP, and finds it again.
        member = Party(job.target, is_bot=False, is_member=True)
        try:
            done = await self._services.xp_staff.change(
                job.guild_id, member, XpOrder.of(job.parameters), _by(job), batch_id=job.batch_id
            )
        except XpAlreadySo:
            return Skipped(_unchanged())
        return _outcome(done)

    async def _take_back(self, job: Job) -> Outcome:
        if not await self._askers.may_still(job.guild_id, job.asked_by):
            return _not_any_more()
        staff = self._services.xp_staff
        first = await staff.of_batch(job.guild_id, int(job.parameters["batch"]), job.target)
        try:
            if first is None:
                raise NoXpChange  # noqa: TRY301 — as if it had been asked for
            return _outcome(await staff.undo(job.guild_id, first.id, _by(job), batch_id=job.batch_id))
        except AlreadyUndone:
            return Skipped(_("is undone"))
        except NoXpChange:
            return Skipped(_("can't be undone any more"))

    async def _refused(self, job: Job) -> Failed | None:
        return None if await self._askers.may_still(job.guild_id, job.asked_by) else _not_any_more()


async def reset_of_many(services: Services, guild_id: int, role_id: int | None) -> tuple[str, Mapping[str, Any]]:
    """The kind of batch that resets everybody here, or everybody with a role, and its parameters."""
    order = XpOrder(ChangeKind.RESET, role_id=role_id).stored()
    members = await services.xp_staff.count_holders(guild_id)
    return (RESET_MANY, order) if members < GROUPED_FROM else (RESET_GROUPS, {**order, "groups": groups_for(members)})


def _skipped(one: _Somebody, before: int, after: int) -> str | None:
    if one.is_bot:
        return _("a bot")
    return _unchanged() if before == after else None


def _unchanged() -> str:
    return _("has exactly that already")


def _title(order: XpOrder) -> str:
    amount = order.xp if order.level is None else order.level
    with_xp = {
        ChangeKind.ADD: _("Add {amount} XP for many"),
        ChangeKind.REMOVE: _("Remove {amount} XP from many"),
        ChangeKind.SET: _("Set the XP of many to {amount}"),
    }
    with_levels = {
        ChangeKind.ADD: _("Lift many by levels: {amount}"),
        ChangeKind.REMOVE: _("Lower many by levels: {amount}"),
        ChangeKind.SET: _("Set many to level {amount}"),
    }
    said = (with_xp if order.level is None else with_levels).get(order.kind, _("Reset the XP of many"))
    return said.format(amount=text.number(amount or 0))


def _outcome(done: Levelled) -> Done:
    change = done.change
    return Done(_("{amount} XP, now {xp}, level {level}").format(
        amount=text.signed(change.after - change.before), xp=text.number(change.after),
        level=text.number(done.level_after),
    ))  # fmt: skip


def _undo(batch: Batch) -> Undo:
    return Undo(_("Undo all of these"), UNDO_MANY, {"batch": str(batch.id)})


def _by(job: Job) -> By:
    return By(job.asked_by, AuditSource.BUTTON)


def _not_any_more() -> Failed:
    return Failed(_("who asked for it may not change XP any more"))
