"""Locking a whole server, and opening it again: a batch over its channels, through the same rows and keeper."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import discord

from bot.actions.authority import require_standing_at
from bot.actions.batch_outcomes import PAUSE
from bot.actions.batches import BatchKind, Request, Undo
from bot.actions.lock_channels import form_of, missing, overwrites_of, standing_of
from bot.actions.locks import Carried, LockKeeper
from bot.domain.audit import AuditSource
from bot.domain.authority import Actor, Permission, Staff, check_standing, staff_of
from bot.domain.batches import Batch, Done, Failed, ItemState, Job, Later, Outcome, Plan, Planned, Skipped
from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.domain.lock_plans import ChannelFacts, Form, plan_lock
from bot.domain.locks import OBSTACLES, LockKind, LockOrder, LockSettings, LockState, Obstacle, Wish
from bot.errors import AlreadyLocked, DiscordAway, LockUnderWay, NotAllowed, NothingLocked, NotLocked
from bot.i18n import _, ngettext
from bot.services import Services
from bot.ui import text
from bot.ui.controls import Interaction

LOCK_ALL, UNLOCK_ALL = "lock.all", "lock.end_all"

PER_SECOND = 5
_REMEMBERED = timedelta(seconds=30)
"""How long it is believed what the asker may do."""


@dataclass(frozen=True)
class LockAll:
    """A lock of every channel. It is kept with its batch, as `stored` makes it and `of` reads it."""

    lasts: timedelta | None = None
    """From the start of the batch."""
    reason: str | None = None
    role_ids: tuple[int, ...] = ()

    def stored(self) -> dict[str, Any]:
        """The order as JSON."""
        lasts = None if self.lasts is None else int(self.lasts.total_seconds())
        return {"lasts": lasts, "reason": self.reason, "roles": [str(one) for one in self.role_ids]}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> LockAll:
        """The order that was stored."""
        lasts = None if stored["lasts"] is None else timedelta(seconds=int(stored["lasts"]))
        return cls(lasts, stored["reason"], tuple(map(int, stored["roles"])))


@dataclass(frozen=True)
class UnlockAll:
    """The end of what one batch locked, or of all that batches locked."""

    batch_id: int | None = None
    reason: str | None = None

    def stored(self) -> dict[str, Any]:
        """The order as JSON."""
        return {"batch": None if self.batch_id is None else str(self.batch_id), "reason": self.reason}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> UnlockAll:
        """The order that was stored."""
        return cls(None if stored["batch"] is None else int(stored["batch"]), stored.get("reason"))

    def means(self, batch_id: int | None) -> bool:
        """Whether it is about a lock of that batch."""
        return batch_id is not None and self.batch_id in {None, batch_id}


class LockBatches:
    """The two kinds: to lock all channels, and to open those again."""

    def __init__(self, client: discord.Client, services: Services, keeper: LockKeeper) -> None:
        self._client = client
        self._services = services
        self._keeper = keeper
        self._asked: dict[tuple[int, int], tuple[datetime, bool]] = {}

    def kinds(self) -> tuple[BatchKind, ...]:
        """Both, for `BatchActions.add`."""
        return (
            BatchKind(LOCK_ALL, self._may, self._plan_locking, self._lock, PER_SECOND, self._undo),
            BatchKind(UNLOCK_ALL, self._may, self._plan_unlocking, self._unlock, PER_SECOND),
        )

    async def _may(self, interaction: Interaction, _parameters: Mapping[str, Any]) -> None:
        guild = await require_standing_at(interaction, None, Permission.MANAGE_CHANNELS, Staff.MODERATOR)
        await self._services.guild_settings.require(guild.id, Feature.MODERATION)

    async def _may_still(self, guild: discord.Guild, asker_id: int) -> bool:
        """Whether the asker could still do it by hand: a batch may outlast what they may."""
        now, key = self._services.locks.moment(), (guild.id, asker_id)
        known = self._asked.get(key)
        if known is None or now - known[0] > _REMEMBERED:
            self._asked = {one: found for one, found in self._asked.items() if now - found[0] <= _REMEMBERED}
            known = self._asked[key] = (now, await self._is_allowed(guild, asker_id))
        return known[1]

    async def _is_allowed(self, guild: discord.Guild, asker_id: int) -> bool:
        try:
            member = await guild.fetch_member(asker_id)
        except discord.NotFound:
            return False
        general = (await self._services.guild_settings.read(guild.id, GeneralSettings)).value
        actor = Actor(
            member.id,
            0,
            member.guild_permissions.value,
            staff_of(general, [role.id for role in member.roles]),
            is_owner=member.id == guild.owner_id,
            is_timed_out=member.is_timed_out(),
        )
        try:
            check_standing(actor, Permission.MANAGE_CHANNELS, Staff.MODERATOR)
        except NotAllowed:
            return False
        return True

    # Dry runs -------------------------------------------------------------------------------------------

    async def _plan_locking(self, request: Request) -> Plan:
        guild, order = self._guild(request.guild_id), LockAll.of(request.parameters)
        locked = {one.channel_id for one in await self._services.locks.live(guild.id, LockKind.LOCK)}
        roles = await self._roles(guild, order)
        targets: list[Planned] = []
        for channel in sorted(guild.channels, key=lambda one: (one.position, one.id)):
            form = form_of(channel)
            if form is not None:
                why = _("is locked already") if channel.id in locked else _left_out(channel, form, roles)
                targets.append(Planned(channel.id, f"#{channel.name}"[:100], why))
        wanted = sum(one.skip is None for one in targets)
        said = ngettext("{count} channel would be locked.", "{count} channels would be locked.", wanted)
        said = said.format(count=text.number(wanted))
        if order.lasts is not None:
            length = text.duration(order.lasts)
            said += " " + _("They open again {length} after the start.").format(length=length)
        return Plan(_("Lock the whole server"), said, targets)

    async def _plan_unlocking(self, request: Request) -> Plan:
        guild, order = self._guild(request.guild_id), UnlockAll.of(request.parameters)
        live = await self._services.locks.live(guild.id, LockKind.LOCK)
        mine = [one for one in live if order.means(one.batch_id)]
        if not mine:
            raise NothingLocked
        targets: list[Planned] = []
        for one in mine:
            channel = guild.get_channel_or_thread(one.channel_id)
            targets.append(
                Planned(one.channel_id, str(one.channel_id) if channel is None else f"#{channel.name}"[:100])
            )
        targets += await self._open_again(guild.id, order, {one.channel_id for one in mine})
        said = ngettext("{count} channel would be opened.", "{count} channels would be opened.", len(mine))
        return Plan(_("Unlock the whole server"), said.format(count=text.number(len(mine))), targets)

    async def _open_again(self, guild_id: int, order: UnlockAll, locked: Collection[int]) -> list[Planned]:
        """What one batch locked and is not locked by it any more."""
        if order.batch_id is None:
            return []
        results = await self._services.batches.results(guild_id, order.batch_id)
        why = _("is not locked by it any more")
        return [
            Planned(one.target, one.label, why)
            for one in results
            if one.state is ItemState.DONE and one.target not in locked
        ]

    def _undo(self, batch: Batch) -> Undo:
        return Undo(_("Open these again"), UNLOCK_ALL, UnlockAll(batch.id).stored())

    def _guild(self, guild_id: int) -> discord.Guild:
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable or guild.me is None:
            raise DiscordAway
        return guild

    async def _roles(self, guild: discord.Guild, order: LockAll) -> list[discord.Role]:
        """Whom a lock silences here, @everyone first."""
        settings = (await self._services.guild_settings.read(guild.id, LockSettings)).value
        named = dict.fromkeys([*settings.lock_roles, *order.role_ids])
        return [guild.default_role, *(role for one in named if (role := guild.get_role(one)) is not None)]

    # One channel ----------------------------------------------------------------------------------------

    async def _lock(self, job: Job) -> Outcome:
        guild, wanted = self._guild(job.guild_id), LockAll.of(job.parameters)
        if not await self._may_still(guild, job.asked_by):
            return Failed(_("who asked for it may not lock channels any more"))
        until = None if wanted.lasts is None else job.started_at + wanted.lasts
        if until is not None and until <= self._services.locks.moment():
            return Skipped(_("the time for it was over before its turn"))
        roles = await self._roles(guild, wanted)
        order = LockOrder(
            job.target,
            LockKind.LOCK,
            job.asked_by,
            Wish(role_ids=tuple(role.id for role in roles[1:]), quiet=True),
            AuditSource.BUTTON,
            reason=wanted.reason,
            until=until,
            batch_id=job.batch_id,
        )
        try:
            done = await self._keeper.order(guild.id, order)
        except AlreadyLocked:
            return Skipped(_("is locked already"))
        except LockUnderWay:
            return Later(_("somebody else is at it"), PAUSE)
        return _outcome(done, LockState.STANDING)

    async def _unlock(self, job: Job) -> Outcome:
        guild, wanted = self._guild(job.guild_id), UnlockAll.of(job.parameters)
        if not await self._may_still(guild, job.asked_by):
            return Failed(_("who asked for it may not lock channels any more"))
        locks = self._services.locks
        lock = await locks.find(guild.id, job.target, LockKind.LOCK)
        if lock is None or lock.state.is_over:
            return Done()
        if not wanted.means(lock.batch_id):
            return Skipped(_("was locked anew by somebody"))
        try:
            done = await self._keeper.lift(
                guild.id,
                job.target,
                LockKind.LOCK,
                by=job.asked_by,
                source=AuditSource.BUTTON,
                reason=wanted.reason,
                quiet=True,
            )
        except NotLocked:
            return Done()
        except LockUnderWay:
            return Later(_("somebody else is at it"), PAUSE)
        return _outcome(done, LockState.ENDED)


def _outcome(done: Carried, wanted: LockState) -> Outcome:
    lock = done.lock
    if done.delayed is not None:
        reason = _("I noted it, and do it as soon as Discord lets me")
        return Later(reason, done.delayed.after or PAUSE, everywhere=done.delayed.after is not None)
    if lock.obstacle is Obstacle.GONE:
        return Skipped(_(OBSTACLES[Obstacle.GONE]))
    if lock.obstacle is not None:
        return Failed(_(OBSTACLES[lock.obstacle]), lock.detail)
    if lock.state is not wanted:
        return Skipped(_("it was ended meanwhile"))
    return Done(_("what others changed meanwhile stays") if done.kept else None)


def _left_out(channel: discord.abc.GuildChannel, form: Form, roles: Sequence[discord.Role]) -> str | None:
    """Why a channel is not to be locked; None: it is."""
    if not any(channel.permissions_for(role).read_messages for role in roles):
        return _("is not for those whom a lock silences")
    lacking = missing(channel, LockKind.LOCK)
    if lacking is None:
        facts = ChannelFacts(channel.id, form, overwrites_of(channel))
        planned = plan_lock(facts, standing_of(channel.guild.me), [role.id for role in roles[1:]])
        lacking = planned if isinstance(planned, Obstacle) else None
    return None if lacking is None else _(OBSTACLES[lacking])
