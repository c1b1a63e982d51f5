"""Bans for many, and what undoes them: whom a moderator names, who is left out and why, and each of them a case."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from bot.actions.authority import actor_from, me_of, own_member, require_standing, target_from
from bot.actions.batch_kinds import BatchKind, Request, Together, Undo
from bot.actions.batch_outcomes import PAUSE
from bot.actions.bulk_bans import BulkBans, bans_among, of_case
from bot.actions.role_batches import listed
from bot.actions.role_grants import AT_ONCE as MEMBERS_AT_ONCE
from bot.actions.role_grants import member_facts
from bot.actions.sanctions import SanctionKeeper
from bot.domain.authority import Actor, Me, Permission, Staff, check_standing, staff_of
from bot.domain.batches import (
    Batch,
    BatchState,
    Job,
    Later,
    Outcome,
    Plan,
    Planned,
    Report,
    Skipped,
)
from bot.domain.cases import CaseDetails, CaseKind, CaseState, Slot
from bot.domain.features import Feature
from bot.domain.general import GeneralSettings
from bot.domain.mass_bans import (
    AT_ONCE,
    MAX_FILE,
    MOST,
    IdList,
    Joined,
    LeftOut,
    MassBan,
    decoded,
    left_out,
    read_ids,
)
from bot.domain.role_batches import Seen
from bot.domain.sanctions import SanctionOrder, is_marked
from bot.errors import (
    BotPermissionNeeded,
    CaseChanged,
    DiscordAway,
    ListTooLarge,
    ListUnreadable,
    NobodyNamed,
    TooManyTargets,
)
from bot.i18n import _, ngettext
from bot.services import Services
from bot.ui import text
from bot.ui.controls import Interaction

BAN, UNBAN = "moderation.ban", "moderation.unban"

UNBANS_PER_SECOND = 5
_LISTING = 120.0
"""Seconds that Discord may take to say who is there, or who is banned."""

_READING = 10.0
"""Seconds that Discord may take to hand out a file."""

_LONGEST_LABEL = 60


@dataclass(frozen=True)
class Named:
    """Whom a moderator names, as they wrote it."""

    ids: str = ""
    file: discord.Attachment | None = None
    joined: Joined | None = None


@dataclass(frozen=True)
class _Ground:
    """The facts of a guild by which it is judged who is left out."""

    guild: discord.Guild
    actor: Actor
    me: Me
    general: GeneralSettings
    name: str
    """What the asker is called."""


class MassBans:
    """The two kinds: to ban many, and to lift again what such a batch did."""

    def __init__(self, client: discord.Client, services: Services, keeper: SanctionKeeper) -> None:
        self._client = client
        self._services = services
        self._keeper = keeper
        self._bulk = BulkBans(client, services, keeper)

    def kinds(self) -> tuple[BatchKind, ...]:
        """Both, for `BatchActions.add`."""
        return (
            BatchKind(BAN, may_ban_many, self._plan, Together(self._ban), AT_ONCE, _undo, self._serves, self._ended),
            BatchKind(
                UNBAN, may_ban_many, self._plan_undo, self._unban, UNBANS_PER_SECOND,
                serves=self._serves, ended=self._undone,
            ),
        )  # fmt: skip

    # The dry run ----------------------------------------------------------------------------------------

    async def _plan(self, request: Request) -> Plan:
        order, named = MassBan.of(request.parameters), request.given
        if not isinstance(named, Named):
            raise NobodyNamed
        await self._services.guild_settings.require(request.guild_id, Feature.MODERATION)
        ground = await self._ground(request.guild_id, request.asked_by)
        found = read_ids(f"{named.ids} {await _content(named.file)}")
        if len(found) > MOST:
            raise TooManyTargets(len(found), MOST)
        people = dict(await self._here(ground.guild, found.ids))
        ids = dict.fromkeys(found.ids)
        if named.joined is not None:
            joined = named.joined
            newcomers = await listed(self._client, request.guild_id, lambda seen: joined.has(seen.facts.joined_at))
            people |= {one.user_id: one for one in newcomers}
            ids |= dict.fromkeys(one.user_id for one in newcomers)
        if not ids and not found.wrong:
            raise NobodyNamed
        if len(ids) > MOST:
            raise TooManyTargets(len(ids), MOST)
        banned = await self._banned(request.guild_id, ids)
        names = await self._services.people.names(request.guild_id, [one for one in ids if one not in people])
        targets: list[Planned] = []
        for user_id in ids:
            seen = people.get(user_id)
            why = LeftOut.BANNED if user_id in banned else _judged(ground, user_id, seen)
            label = names.get(user_id, str(user_id)) if seen is None else seen.name
            targets.append(Planned(user_id, label, None if why is None else _why(why)))
        return Plan(_title(order), _would(order, targets), [*targets, *_odd(found)])

    async def _ground(self, guild_id: int, asker_id: int) -> _Ground:
        """Who asks and what I am, as Discord has it now.

        Raises:
            DiscordAway: it does not say.
            What `check_standing` raises, and BotPermissionNeeded.
        """
        guild = self._guild(guild_id)
        general = (await self._services.guild_settings.read(guild_id, GeneralSettings)).value
        try:
            async with asyncio.timeout(_READING):
                member = await guild.fetch_member(asker_id)
        except discord.NotFound:
            actor, name = Actor(asker_id, 0, 0), str(asker_id)
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError):
            raise DiscordAway from None
        else:
            held = staff_of(general, [role.id for role in member.roles])
            actor, name = actor_from(member, member.guild_permissions.value, held), member.name
        check_standing(actor, Permission.BAN_MEMBERS, Staff.MODERATOR)
        return _Ground(guild, actor, _able(guild), general, name)

    def _guild(self, guild_id: int) -> discord.Guild:
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable or own_member(guild) is None:
            raise DiscordAway
        return guild

    async def _here(self, guild: discord.Guild, users: Sequence[int]) -> Mapping[int, Seen]:
        """Those of these users who are members: asked of Discord, for most of them are in nobody's memory."""
        found: list[discord.Member] = []
        try:
            async with asyncio.timeout(_LISTING):
                for first in range(0, len(users), MEMBERS_AT_ONCE):
                    ids = list(users[first : first + MEMBERS_AT_ONCE])
                    found += await guild.query_members(user_ids=ids, limit=MEMBERS_AT_ONCE, cache=False)
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError):
            raise DiscordAway from None
        return {one.id: Seen(one.id, one.display_name, one.bot, member_facts(one)) for one in found}

    async def _banned(self, guild_id: int, users: Collection[int]) -> Mapping[int, str | None]:
        try:
            async with asyncio.timeout(_LISTING):
                return await bans_among(self._client, guild_id, users)
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError):
            raise DiscordAway from None

    async def _serves(self, guild_id: int) -> bool:
        """Whether Discord answers about a guild at all."""
        await self._client.http.get_member(guild_id, self._guild(guild_id).me.id)
        return True

    # Banning --------------------------------------------------------------------------------------------

    async def _ban(self, jobs: Sequence[Job]) -> Mapping[int, Outcome]:
        """Ban a chunk, but for those who may not be banned any more since the dry run."""
        guild_id, order = jobs[0].guild_id, MassBan.of(jobs[0].parameters)
        ground = await self._ground(guild_id, jobs[0].asked_by)
        known = await self._services.bulk_bans.known(guild_id, [job.key for job in jobs])
        fresh = [job.target for job in jobs if job.key not in known]
        people = await self._here(ground.guild, fresh)
        judged = {user_id: _judged(ground, user_id, people.get(user_id)) for user_id in fresh}
        outcomes: dict[int, Outcome] = {
            user_id: Skipped(_why(why)) for user_id, why in judged.items() if why is not None
        }
        orders = [_order(job, order) for job in jobs if job.target not in outcomes]
        return outcomes | await self._bulk.carry_out(guild_id, order, orders, by=ground.name)

    async def _ended(self, report: Report) -> None:
        batch = report.batch
        if batch.state is BatchState.CANCELLED:
            await self._bulk.call_off(batch.guild_id, batch.id)
        await self._services.bulk_bans.tell(report, CaseKind.BAN)

    # Undoing --------------------------------------------------------------------------------------------

    async def _plan_undo(self, request: Request) -> Plan:
        guild_id, batch_id = request.guild_id, int(request.parameters["batch"])
        await self._services.guild_settings.require(guild_id, Feature.MODERATION)
        batch = await self._services.batches.get(guild_id, batch_id)
        results = await self._services.batches.results(guild_id, batch_id)
        cases = await self._services.bulk_bans.of_batch(guild_id, batch_id)
        banned = await self._banned(guild_id, cases)
        labels = {one.target: one.label for one in results}
        targets: list[Planned] = []
        for user_id, (number, _kind, state) in cases.items():
            if state is CaseState.FAILED:
                continue
            stands = state is CaseState.ACTIVE and is_marked(banned.get(user_id), number)
            skip = None if stands else _not_standing()
            targets.append(Planned(user_id, labels.get(user_id, str(user_id)), skip))
        wanted = sum(one.skip is None for one in targets)
        would = ngettext("{count} ban would be lifted.", "{count} bans would be lifted.", wanted)
        title = _("Undo: {title}").format(title=batch.title)
        return Plan(title, would.format(count=text.number(wanted)), targets)

    async def _unban(self, job: Job) -> Outcome:
        """Lift a ban, if it is still the one that the batch made."""
        guild_id, sanctions = job.guild_id, self._services.sanctions
        await self._ground(guild_id, job.asked_by)
        key, undoes = (guild_id, job.target, Slot.BAN), None
        if not await self._services.bulk_bans.known(guild_id, [job.key]):
            active, _underway = await sanctions.standing(*key)
            if active is None or active.batch_id != int(job.parameters["batch"]):
                return Skipped(_not_standing())
            banned = await bans_among(self._client, guild_id, [job.target])
            if job.target not in banned:
                await sanctions.vanished(*key, active.number)
            if not is_marked(banned.get(job.target), active.number):
                return Skipped(_not_standing())
            undoes = active.number
        try:
            made = await self._keeper.enforce(guild_id, _unban_order(job, undoes))
        except CaseChanged:  # somebody banned them anew since
            return Skipped(_not_standing())
        if made.delayed is not None:
            return Later(_("I noted it, and do it as soon as Discord lets me."), PAUSE)
        return of_case(made.case)

    async def _undone(self, report: Report) -> None:
        await self._services.bulk_bans.tell(report, CaseKind.UNBAN)


async def may_ban_many(interaction: Interaction, _parameters: Mapping[str, Any]) -> None:
    """Whoever may ban one may ban many, if I can.

    Raises:
        What `require_standing` raises, and BotPermissionNeeded.
    """
    await require_standing(interaction, Permission.BAN_MEMBERS, Staff.MODERATOR)
    if interaction.guild is not None:
        _able(interaction.guild)


def _able(guild: discord.Guild) -> Me:
    """What I am here, if I have both permissions that Discord asks for bans in bulk."""
    me = me_of(guild)
    for needed in (Permission.BAN_MEMBERS, Permission.MANAGE_GUILD):
        if not me.is_owner and not me.permissions & (needed | Permission.ADMINISTRATOR):
            raise BotPermissionNeeded(needed.label)
    return me


async def _content(file: discord.Attachment | None) -> str:
    if file is None:
        return ""
    if file.size > MAX_FILE:
        raise ListTooLarge(MAX_FILE // 1024)
    try:
        async with asyncio.timeout(_READING):
            content = await file.read()
    except (discord.NotFound, discord.Forbidden):
        raise ListUnreadable from None
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError):
        raise DiscordAway from None
    found = decoded(content[: MAX_FILE + 1])
    if found is None:
        raise ListUnreadable
    return found


def _judged(ground: _Ground, user_id: int, seen: Seen | None) -> LeftOut | None:
    role_ids = None if seen is None else seen.facts.role_ids
    target = target_from(ground.guild, user_id, role_ids, is_bot=seen is not None and seen.is_bot)
    roles = [role for one in role_ids or () if (role := ground.guild.get_role(one)) is not None]
    powers = 0
    for role in roles:
        powers |= role.permissions.value
    is_staff = bool(staff_of(ground.general, role_ids or ()))
    return left_out(ground.actor, target, ground.me, is_staff=is_staff, permissions=powers)


def _odd(found: IdList) -> list[Planned]:
    """What of a list is nobody, as targets that are left out, under numbers that are nobody's id."""
    odd = [(str(one), LeftOut.REPEATED) for one in found.repeated]
    odd += [(one[:_LONGEST_LABEL], LeftOut.NOT_AN_ID) for one in found.wrong]
    return [Planned(place, label, _why(why)) for place, (label, why) in enumerate(odd, 1)]


def _order(job: Job, order: MassBan) -> SanctionOrder:
    return SanctionOrder(
        CaseKind.BAN,
        job.target,
        job.asked_by,
        reason=order.reason,
        key=job.key,
        via="massban",
        details=CaseDetails(order.delete_message_seconds, silent=True),
        batch_id=job.batch_id,
    )


def _unban_order(job: Job, undoes: int | None) -> SanctionOrder:
    return SanctionOrder(
        CaseKind.UNBAN,
        job.target,
        job.asked_by,
        key=job.key,
        via="massban",
        details=CaseDetails(silent=True),
        undoes=undoes,
        batch_id=job.batch_id,
    )


def _undo(batch: Batch) -> Undo:
    return Undo(_("Lift these bans"), UNBAN, {"batch": str(batch.id)})


def _title(order: MassBan) -> str:
    return _("Mass ban: {reason}").format(reason=order.reason) if order.reason else _("Mass ban")


def _would(order: MassBan, targets: Sequence[Planned]) -> str:
    wanted = sum(one.skip is None for one in targets)
    said = ngettext("{count} account would be banned for good.", "{count} accounts would be banned for good.", wanted)
    if order.delete_message_seconds:
        length = text.duration(order.delete_message_seconds)
        deleted = _("Their messages of the last {length} are deleted.").format(length=length)
    else:
        deleted = _("No messages are deleted.")
    untold = _("Nobody gets a direct message.")
    return f"{said.format(count=text.number(wanted))} {deleted} {untold}"


def _not_standing() -> str:
    return _("this ban does not stand any more")


def _why(why: LeftOut) -> str:
    said = {
        LeftOut.NOT_AN_ID: _("not an id"),
        LeftOut.REPEATED: _("named more than once"),
        LeftOut.ME: _("that is me"),
        LeftOut.SELF: _("that is you"),
        LeftOut.OWNER: _("owns the server"),
        LeftOut.STAFF: _("staff"),
        LeftOut.ABOVE_ASKER: _("your highest role is not above theirs"),
        LeftOut.ABOVE_ME: _("my highest role is not above theirs"),
        LeftOut.BANNED: _("banned already"),
    }
    return said[why]
