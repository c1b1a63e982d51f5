"""Coins for many: what staff may do to one with /economy, done as a batch through the same treasury."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.actions.askers import Askers
from bot.actions.authority import require_standing
from bot.actions.batch_groups import GROUPED_FROM, groups_for
from bot.actions.batch_kinds import BatchKind, Request, Undo
from bot.actions.coin_groups import RESET_GROUPS, CoinGroups
from bot.actions.role_batches import listed
from bot.domain.amounts import parse_amount
from bot.domain.audit import AuditSource
from bot.domain.authority import Permission, Staff
from bot.domain.batches import MAX_TARGETS, Batch, Done, Failed, ItemState, Job, Outcome, Plan, Planned, Skipped
from bot.domain.economy import AccountKey, Party, Pocket
from bot.domain.economy_settings import EconomySettings
from bot.domain.role_batches import Seen
from bot.domain.treasury import By, Change, CoinOrder, beginning_anew, difference
from bot.errors import AlreadySo, AmountNotUnderstood, HoldsLess, NothingToReset
from bot.i18n import _, ngettext
from bot.services import Services
from bot.services.treasury import ChangeOrder
from bot.ui import text
from bot.ui.controls import Interaction

ADD_MANY, REMOVE_MANY, SET_MANY = "economy.add", "economy.remove", "economy.set"
RESET_ALL, UNDO_MANY = "economy.reset", "economy.undo"

PER_SECOND = 50
"""The database alone is asked for each, so it is as fast as batches are."""

Held = Mapping[int, Mapping[Pocket, int]]


@dataclass(frozen=True)
class _Somebody:
    """A target as it is planned."""

    user_id: int
    name: str
    is_bot: bool = False


class CoinBatches:
    """The kinds: to add, remove, set and reset, and to undo any of these; and to reset those in groups."""

    def __init__(self, client: discord.Client, services: Services) -> None:
        self._client = client
        self._services = services
        self._askers = Askers(client, services.guild_settings, services.batches.moment)

    def kinds(self) -> tuple[BatchKind, ...]:
        """All, for `BatchActions.add`."""
        return (
            BatchKind(ADD_MANY, may_treasure, self._plan_change, self._change, PER_SECOND, _undo),
            BatchKind(REMOVE_MANY, may_treasure, self._plan_change, self._change, PER_SECOND, _undo),
            BatchKind(SET_MANY, may_treasure, self._plan_change, self._change, PER_SECOND, _undo),
            BatchKind(RESET_ALL, may_treasure, self._plan_reset, self._reset, PER_SECOND, _undo),
            BatchKind(UNDO_MANY, may_treasure, self._plan_undo, self._take_back, PER_SECOND),
            *CoinGroups(self._services, may_treasure, self._refused).kinds(),
        )

    # Dry runs -------------------------------------------------------------------------------------------

    async def _plan_change(self, request: Request) -> Plan:
        order = CoinOrder.of(request.parameters)
        if order.change is not Change.REMOVE:  # refused before anybody is looked for; nobody holds less than nothing
            difference(order.change, order.amount, AccountKey(1, order.pocket), -1)
        people = await self._people(request.guild_id, order.role_id)
        held = await self._services.treasury.held_by(request.guild_id, [one.user_id for one in people])
        settings = (await self._services.guild_settings.read(request.guild_id, EconomySettings)).value
        targets: list[Planned] = []
        whole = 0
        for one in people:
            change, skip = _judged(order, one, held, settings)
            whole += abs(change)
            targets.append(Planned(one.user_id, one.name, skip))
        wanted = sum(one.skip is None for one in targets)
        return Plan(
            _title(order),
            _would(order, wanted).format(count=text.number(wanted), coins=text.coins(whole), amount=_amount(order)),
            targets,
        )

    async def _plan_reset(self, request: Request) -> Plan:
        guild_id = request.guild_id
        people = await self._holders(guild_id)
        held = await self._services.treasury.held_by(guild_id, [one.user_id for one in people])
        start = await self._services.treasury.beginning(guild_id)
        new = _("has what a new member has")
        targets = [
            Planned(
                one.user_id, one.name, None if beginning_anew(one.user_id, held.get(one.user_id, {}), start) else new
            )
            for one in people
        ]
        wanted = sum(one.skip is None for one in targets)
        would = ngettext(
            "{count} member would begin anew. It can be undone for 30 days.",
            "{count} members would begin anew. It can be undone for 30 days.",
            wanted,
        )
        return Plan(_("Reset everybody"), would.format(count=text.number(wanted)), targets)

    async def _plan_undo(self, request: Request) -> Plan:
        guild_id, batch_id = request.guild_id, int(request.parameters["batch"])
        batch = await self._services.batches.get(guild_id, batch_id)
        results = await self._services.batches.results(guild_id, batch_id)
        targets = [Planned(one.target, one.label) for one in results if one.state is ItemState.DONE]
        would = ngettext(
            "What was done to {count} member would be undone, as far as the coins are still there.",
            "What was done to {count} members would be undone, as far as the coins are still there.",
            len(targets),
        )
        title = _("Undo: {title}").format(title=batch.title)
        return Plan(title, would.format(count=text.number(len(targets))), targets)

    async def _people(self, guild_id: int, role_id: int | None) -> Sequence[_Somebody]:
        if role_id is None:
            return await self._holders(guild_id)

        def picks(seen: Seen) -> bool:
            return role_id == guild_id or role_id in seen.facts.role_ids

        found = await listed(self._client, guild_id, picks)
        return [_Somebody(one.user_id, one.name, one.is_bot) for one in found]

    async def _holders(self, guild_id: int) -> Sequence[_Somebody]:
        found = await self._services.treasury.holders(guild_id, MAX_TARGETS + 1)
        names = await self._services.people.names(guild_id, found)
        return [_Somebody(user_id, names.get(user_id, str(user_id))) for user_id in found]

    # One target -----------------------------------------------------------------------------------------

    async def _change(self, job: Job) -> Outcome:
        if not await self._askers.may_still(job.guild_id, job.asked_by):
            return _not_any_more()
        order = CoinOrder.of(job.parameters)
        one = ChangeOrder(order.change, _party(job), order.pocket, order.amount, order.reason)
        try:
            done = await self._services.treasury.change(job.guild_id, one, _by(job), logged=False)
        except AlreadySo:
            return Skipped(_("has exactly that there"))
        return Done(_("{amount}, now {balance}").format(
            amount=text.signed(done.amount), balance=text.number(done.balance))
        )  # fmt: skip

    async def _reset(self, job: Job) -> Outcome:
        if not await self._askers.may_still(job.guild_id, job.asked_by):
            return _not_any_more()
        try:
            await self._services.treasury.reset(job.guild_id, _party(job), _by(job), logged=False)
        except NothingToReset:
            return Skipped(_("has what a new member has"))
        return Done()

    async def _take_back(self, job: Job) -> Outcome:
        if not await self._askers.may_still(job.guild_id, job.asked_by):
            return _not_any_more()
        undoing, first = self._services.undoing, Job(
            job.guild_id, int(job.parameters["batch"]), job.target, job.label, {}, job.asked_by, job.started_at
        )  # fmt: skip
        standing = await undoing.standing(job.guild_id, first.key)
        if standing is None:  # also after a crash right behind the commit
            return Done(_("is undone"))
        await undoing.undo(job.guild_id, standing, _by(job), logged=False)
        return Done()

    async def _refused(self, job: Job) -> Failed | None:
        return None if await self._askers.may_still(job.guild_id, job.asked_by) else _not_any_more()


async def reset_of_everybody(services: Services, guild_id: int) -> tuple[str, Mapping[str, Any]]:
    """The kind of batch that resets everybody here, and its parameters."""
    members = await services.treasury.count_holders(guild_id)
    return (RESET_ALL, {}) if members < GROUPED_FROM else (RESET_GROUPS, {"groups": groups_for(members)})


async def newest_reset(services: Services, guild_id: int) -> int | None:
    """The batch that reset everybody last; None: none did, as far as that is remembered."""
    found = [await services.batches.newest(guild_id, kind=kind, count=1) for kind in (RESET_ALL, RESET_GROUPS)]
    return max((batch.id for batches in found for batch in batches), default=None)


async def may_treasure(interaction: Interaction, _parameters: Mapping[str, Any]) -> None:
    """Whoever manages the server or is an admin may.

    Raises:
        What `require_standing` raises.
    """
    await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)


def _judged(order: CoinOrder, one: _Somebody, held: Held, settings: EconomySettings) -> tuple[int, str | None]:
    """What would come into an account, or why it is left out."""
    if one.is_bot:
        return 0, _("a bot")
    begins = settings.starting_balance if order.pocket is Pocket.WALLET else 0
    balance = held.get(one.user_id, {}).get(order.pocket, begins)
    try:
        change = difference(order.change, order.amount, AccountKey(one.user_id, order.pocket), balance)
    except HoldsLess:
        return 0, _("has less there")
    except AlreadySo:
        return 0, _("has exactly that there")
    if change > 0 and balance + change > settings.most_in(order.pocket):
        return 0, _("would have more there than the server allows")
    return change, None


def _title(order: CoinOrder) -> str:
    match order.change:
        case Change.ADD:
            said = _("Add {amount} for many")
        case Change.REMOVE:
            said = _("Remove {amount} from many")
        case Change.SET:
            said = _("Set many to {amount}")
    return said.format(amount=_amount(order))


def _amount(order: CoinOrder) -> str:
    try:
        return text.coins(parse_amount(order.amount))
    except AmountNotUnderstood:  # a share
        return order.amount


def _would(order: CoinOrder, wanted: int) -> str:
    if order.change is Change.ADD:
        return ngettext(
            "{count} member would get coins: {coins}.", "{count} members would get coins, together {coins}.", wanted
        )
    if order.change is Change.SET:
        return ngettext(
            "{count} member would have {amount} there; {coins} would come or go.",
            "{count} members would have {amount} there; together {coins} would come or go.",
            wanted,
        )
    return ngettext(
        "{count} member would lose coins: {coins}.", "{count} members would lose coins, together {coins}.", wanted
    )


def _undo(batch: Batch) -> Undo:
    return Undo(_("Undo all of these"), UNDO_MANY, {"batch": str(batch.id)})


def _party(job: Job) -> Party:
    # Whether they are still there does not matter: who leaves keeps their coins, and finds them again.
    return Party(job.target, is_bot=False, is_member=True)


def _by(job: Job) -> By:
    return By(job.asked_by, AuditSource.BUTTON, job.key)


def _not_any_more() -> Failed:
    return Failed(_("who asked for it may not change coins any more"))
