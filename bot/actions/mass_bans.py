"""Bans for many: whom a moderator names, who is left out and why, and each of them a case."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import aiohttp
import discord

from bot.actions.authority import target_from
from bot.actions.ban_ground import Ground, ground_of
from bot.actions.batch_kinds import BatchKind, Request, Together, Undo
from bot.actions.bulk_bans import LISTING, BulkBans, banned_among, guild_at_hand, in_bulk, may_ban_many, serves
from bot.actions.mass_unbans import UNBAN
from bot.actions.role_batches import listed
from bot.actions.role_grants import AT_ONCE as MEMBERS_AT_ONCE
from bot.actions.role_grants import member_facts
from bot.actions.sanctions import SanctionKeeper
from bot.domain.authority import staff_of
from bot.domain.batches import (
    Batch,
    BatchState,
    Job,
    Outcome,
    Plan,
    Planned,
    Report,
    Skipped,
)
from bot.domain.cases import CaseDetails, CaseKind
from bot.domain.features import Feature
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
from bot.domain.sanctions import SanctionOrder
from bot.errors import (
    DiscordAway,
    ListTooLarge,
    ListUnreadable,
    NobodyNamed,
    TooManyTargets,
)
from bot.i18n import _, ngettext
from bot.services import Services
from bot.ui import text

BAN, BAN_SINGLY = "moderation.ban", "moderation.ban_each"

EACH_AT_ONCE = 5
"""How many a turn takes where each is banned by a request of its own."""

_READING = 10.0
"""Seconds that Discord may take to hand out a file."""

_LONGEST_LABEL = 60


@dataclass(frozen=True)
class Named:
    """Whom a moderator names, as they wrote it."""

    ids: str = ""
    file: discord.Attachment | None = None
    joined: Joined | None = None


class MassBans:
    """The two ways to ban many: by one request for two hundred, and by one for each."""

    def __init__(self, client: discord.Client, services: Services, keeper: SanctionKeeper) -> None:
        self._client = client
        self._services = services
        self._keeper = keeper
        self._bulk = BulkBans(client, services, keeper)

    def kinds(self) -> tuple[BatchKind, ...]:
        """Both, for `BatchActions.add`."""
        more = (_undo, self._serves, self._ended)
        return (
            BatchKind(BAN, may_ban_many, self._plan, Together(self._ban), AT_ONCE, *more),
            BatchKind(BAN_SINGLY, may_ban_many, self._plan_singly, Together(self._ban_each), EACH_AT_ONCE, *more),
        )

    # The dry run ----------------------------------------------------------------------------------------

    async def _plan(self, request: Request) -> Plan:
        order, named = MassBan.of(request.parameters), request.given
        if not isinstance(named, Named):
            raise NobodyNamed
        await self._services.guild_settings.require(request.guild_id, Feature.MODERATION)
        ground = await ground_of(self._client, self._services, request.guild_id, request.asked_by)
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
        banned = await banned_among(self._client, request.guild_id, ids)
        names = await self._services.people.names(request.guild_id, [one for one in ids if one not in people])
        targets: list[Planned] = []
        for user_id in ids:
            seen = people.get(user_id)
            why = LeftOut.BANNED if user_id in banned else _judged(ground, user_id, seen)
            label = names.get(user_id, str(user_id)) if seen is None else seen.name
            targets.append(Planned(user_id, label, None if why is None else _why(why)))
        return Plan(_title(order), _would(order, targets), [*targets, *_odd(found)])

    async def _plan_singly(self, request: Request) -> Plan:
        plan = await self._plan(request)
        slowly = _("I lack **Manage Server**, without which Discord takes no bans in bulk. So I ban them one by one.")
        return replace(plan, would=f"{plan.would}\n{slowly}")

    async def _here(self, guild: discord.Guild, users: Sequence[int]) -> Mapping[int, Seen]:
        """Those of these users who are members: asked of Discord, for most of them are in nobody's memory."""
        found: list[discord.Member] = []
        try:
            async with asyncio.timeout(LISTING):
                for first in range(0, len(users), MEMBERS_AT_ONCE):
                    ids = list(users[first : first + MEMBERS_AT_ONCE])
                    found += await guild.query_members(user_ids=ids, limit=MEMBERS_AT_ONCE, cache=False)
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError):
            raise DiscordAway from None
        return {one.id: Seen(one.id, one.display_name, one.bot, member_facts(one)) for one in found}

    async def _serves(self, guild_id: int) -> bool:
        return await serves(self._client, guild_id)

    # Banning --------------------------------------------------------------------------------------------

    async def _ban(self, jobs: Sequence[Job]) -> Mapping[int, Outcome]:
        return await self._struck(jobs, singly=not in_bulk(guild_at_hand(self._client, jobs[0].guild_id)))

    async def _ban_each(self, jobs: Sequence[Job]) -> Mapping[int, Outcome]:
        return await self._struck(jobs, singly=True)

    async def _struck(self, jobs: Sequence[Job], *, singly: bool) -> Mapping[int, Outcome]:
        """Ban a chunk, but for those who may not be banned any more since the dry run."""
        guild_id, order = jobs[0].guild_id, MassBan.of(jobs[0].parameters)
        ground = await ground_of(self._client, self._services, guild_id, jobs[0].asked_by)
        known = await self._services.bulk_bans.known(guild_id, [job.key for job in jobs])
        fresh = [job.target for job in jobs if job.key not in known]
        people = await self._here(ground.guild, fresh)
        judged = {user_id: _judged(ground, user_id, people.get(user_id)) for user_id in fresh}
        outcomes: dict[int, Outcome] = {
            user_id: Skipped(_why(why)) for user_id, why in judged.items() if why is not None
        }
        orders = [_order(job, order) for job in jobs if job.target not in outcomes]
        return outcomes | await self._bulk.carry_out(guild_id, order, orders, by=ground.name, singly=singly)

    async def _ended(self, report: Report) -> None:
        batch = report.batch
        if batch.state is BatchState.CANCELLED:
            await self._bulk.call_off(batch.guild_id, batch.id)
        await self._services.bulk_bans.tell(report, CaseKind.BAN)


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


def _judged(ground: Ground, user_id: int, seen: Seen | None) -> LeftOut | None:
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


def kind_for(guild: discord.Guild | None) -> str:
    """The kind of batch that bans many in a guild, by what I may there."""
    return BAN_SINGLY if guild is not None and guild.me is not None and not in_bulk(guild) else BAN


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
