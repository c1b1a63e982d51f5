"""Carrying out sanctions: tell the member who will be gone, look if need be, act, and write what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import structlog

from bot.actions.letters import Letters
from bot.actions.sanction_answers import UNKNOWN_BAN, UNKNOWN_MEMBER, outcome_of
from bot.actions.sanction_traces import Traces
from bot.domain.cases import Case, CaseKind, CaseState, DmState, Slot
from bot.domain.outside import Shown
from bot.domain.sanctions import (
    Carry,
    Claimed,
    Delayed,
    Done,
    Held,
    Intended,
    Lift,
    Outcome,
    Renew,
    SanctionOrder,
    Step,
    audit_reason,
    held_at_rest,
    plan,
)
from bot.domain.warn_rules import Weighed
from bot.errors import AlreadyBanned, CaseChanged, DiscordAway, NotBanned, NotTimedOut, Unavailable
from bot.services import Services
from bot.services.case_log import letter_key

_log = structlog.stdlib.get_logger(__name__)

TIMEOUT = 30.0
"""Seconds for one slot, discord.py's own repetitions included. Below the lease, so that nobody else is at it."""

_LOOKING = 5.0
"""Seconds that Discord may take to say how something stands before an act."""

_OUTAGE = timedelta(minutes=1)
_NOT_HERE = timedelta(hours=1)
"""How long members of a guild that the bot is not in are left in peace."""


@dataclass(frozen=True)
class Enforced:
    """What became of an order. With `delayed` it is still owed, and done as soon as it can be."""

    case: Case
    delayed: Delayed | None = None
    followed_by: tuple[Enforced, ...] = ()
    instead_of: Case | None = None
    """What held until then, and what this took the place of."""
    weighed: Weighed | None = None
    """Of a warning: how many points it makes, and what comes next."""


class SanctionKeeper:
    """The second of the three beats, for commands, ticker and recovery alike."""

    def __init__(self, client: discord.Client, services: Services, letters: Letters) -> None:
        self._client = client
        self._services = services
        self._sanctions = services.sanctions
        self._letters = letters
        self._traces = Traces(client)

    # For those who ask ----------------------------------------------------------------------------------

    async def enforce(self, guild_id: int, order: SanctionOrder, *, by: str | None = None) -> Enforced:
        """Write down what a moderator wants, do it, and write what came of it; `by` is what they are called.

        Raises:
            AlreadyBanned, ActUnderWay, NotBanned, NotTimedOut: there is nothing to do. Nothing was written then.
            CaseChanged: what it was to take the place of does not hold any more.
            CaseChanged, CaseNotFound, WarningTakenBack: what it undoes does not hold any more.
            DiscordAway: Discord does not say whether there is.
            FeatureOff, DatabaseAway, OutcomeUnknown: as named.
        """
        if order.kind.lifts is not None:
            await self._check_there_is_something(guild_id, order)
        try:
            intended = await self._services.cases.decide(guild_id, order)
        except AlreadyBanned as refused:
            if await self._is_banned(guild_id, order.target_id):
                raise
            # Somebody lifted it where nobody heard of it.
            number = int(refused.case.removeprefix("#"))
            await self._sanctions.vanished(guild_id, order.target_id, Slot.BAN, number)
            intended = await self._services.cases.decide(guild_id, order)
        return await self.finish(intended, by=by)

    async def finish(self, intended: Intended, *, by: str | None = None) -> Enforced:
        """Carry out what was written down, with all that follows from it."""
        case, delayed = intended.case, None
        if intended.claimed is not None:
            case, delayed = await self._finished(intended.claimed, case, by)
        elif case.slot is None:
            case = await self._letter(case)
        elif case.state.is_open:
            delayed = Delayed("somebody else is at it")
        followed_by = tuple([await self.finish(one) for one in intended.followed_by])
        return Enforced(case, delayed, followed_by, _replaced(intended, case), intended.weighed)

    async def _finished(self, claimed: Claimed, case: Case, by: str | None) -> tuple[Case, Delayed | None]:
        try:
            made = await self.carry_out(claimed, by=by)
        except Unavailable:  # it is written down that it is owed, so it is not a refusal
            return case, Delayed("the database is away")
        return (case, made) if isinstance(made, Delayed) else (made or case, None)

    async def _check_there_is_something(self, guild_id: int, order: SanctionOrder) -> None:
        """Before a ban or timeout is lifted that no case knows of: whether Discord knows of it."""
        slot = order.kind.slot
        if slot is None or (order.key is not None and await self._services.bulk_bans.known(guild_id, [order.key])):
            return
        active, underway = await self._sanctions.standing(guild_id, order.target_id, slot)
        if active is not None or underway is not None:
            return
        if slot is Slot.BAN and not await self._is_banned(guild_id, order.target_id):
            raise NotBanned(order.target_id)
        if slot is Slot.TIMEOUT and not await self._is_timed_out(guild_id, order.target_id):
            raise NotTimedOut(order.target_id)

    async def shows(self, case: Case) -> bool | None:
        """Whether Discord shows the ban or timeout of a case; None: it does not say, or there is nothing to show."""
        try:
            if case.slot is Slot.BAN:
                return await self._is_banned(case.guild_id, case.target_id)
            if case.slot is Slot.TIMEOUT:
                return await self._is_timed_out(case.guild_id, case.target_id, absent=None)
        except DiscordAway:  # told where Discord was asked
            return None
        return None

    async def admit_lifted(self, case: Case) -> Case:
        """Write down that somebody lifted what a case did; their case. Who it was the audit log may tell later.

        Raises:
            CaseChanged: Discord shows it after all, or something was decided meanwhile.
        """
        if case.slot is not None:
            agreement = self._services.agreement
            believed = await agreement.believed(case.guild_id, case.target_id, case.slot)
            if await self.shows(case) is False:
                shown = Shown(case.target_id, is_news=True)
                found = await agreement.agree(case.guild_id, case.slot, believed, shown)
                if found is not None:
                    return found
        raise CaseChanged(case.marker)

    async def _is_banned(self, guild_id: int, user_id: int) -> bool:
        return await self._look(self._client.http.get_ban(user_id, guild_id)) is not None

    async def _is_timed_out(self, guild_id: int, user_id: int, *, absent: bool | None = False) -> bool | None:
        shown: Any = await self._look(self._client.http.get_member(guild_id, user_id))
        if shown is None:
            return absent
        until = discord.utils.parse_time(shown.get("communication_disabled_until"))
        return until is not None and until > self._sanctions.moment()

    async def _look(self, asked: Any) -> Any:
        try:
            async with asyncio.timeout(_LOOKING):
                return await asked
        except discord.NotFound as error:
            if error.code not in {*UNKNOWN_MEMBER, UNKNOWN_BAN}:
                raise DiscordAway from error
            return None
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            _log.warning("Discord did not say how it stands", error=repr(error))
            raise DiscordAway from None

    # For everybody --------------------------------------------------------------------------------------

    async def carry_out(self, claimed: Claimed, *, by: str | None = None) -> Case | Delayed | None:
        """Do what a claimed slot needs, and write the outcome: the case it was about; or why it has to wait.

        `by` is what the moderator is called, where that is known; else it is looked up.

        Raises:
            Unavailable: the outcome could not be written. The lease brings the slot back.
        """
        step = plan(claimed)
        try:
            async with asyncio.timeout(TIMEOUT):
                outcome = await self._attempt(claimed, step, by)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 — whatever it was, it is still owed
            outcome = outcome_of(error, claimed, step)
        if isinstance(outcome, Delayed):
            _log.warning("a sanction has to wait", guild=claimed.guild_id, user=claimed.user_id, reason=outcome.reason)
            await self._sanctions.postpone(claimed, outcome)
            return outcome
        case = await self._sanctions.settle(claimed, step, outcome)
        return None if case is None else await self._letter(case)

    async def _attempt(self, claimed: Claimed, step: Step, by: str | None) -> Outcome:
        if not isinstance(step, Carry | Lift | Renew):
            return Done(held_at_rest(claimed))
        guild = self._client.get_guild(claimed.guild_id)
        if guild is None or guild.unavailable:
            return Delayed("the server can't be seen", after=_NOT_HERE if guild is None else _OUTAGE)
        if isinstance(step, Lift):
            return await self._lift(claimed, step)
        case = step.case
        if isinstance(step, Carry):
            if claimed.again and (_is_noted(case) or await self._traces.shows(case)):
                return Done(_held_by(case, step))
            if case.dm is DmState.PENDING:
                await self._letters.deliver(case.guild_id, letter_key(case.number))
        reason = audit_reason(case, by or await self._name_of(case))
        return await self._act(claimed, step, reason)

    async def _act(self, claimed: Claimed, step: Carry | Renew, reason: str) -> Outcome:
        http, case = self._client.http, step.case
        guild_id, user_id = claimed.guild_id, claimed.user_id
        match case.kind:
            case CaseKind.BAN:
                await http.ban(user_id, guild_id, case.details.delete_message_seconds, reason=reason)
            case CaseKind.SOFTBAN:
                if not (claimed.again and await self._traces.is_banned(case)):
                    await http.ban(user_id, guild_id, case.details.delete_message_seconds, reason=reason)
                await http.unban(user_id, guild_id, reason=reason)
            case CaseKind.UNBAN:
                await http.unban(user_id, guild_id, reason=reason)
            case CaseKind.KICK:
                await http.kick(user_id, guild_id, reason=reason)
            case CaseKind.TIMEOUT | CaseKind.UNTIMEOUT:
                until = None if step.until is None else step.until.isoformat()
                await http.edit_member(guild_id, user_id, communication_disabled_until=until, reason=reason)
            case _:
                raise RuntimeError(f"a {case.kind} is nothing that Discord does")
        return Done(_held_by(case, step))

    async def _lift(self, claimed: Claimed, step: Lift) -> Outcome:
        http, said = self._client.http, "its time is up"
        reason = said if step.case is None else f"{step.case.marker}: {said}"
        if claimed.slot is Slot.BAN:
            await http.unban(claimed.user_id, claimed.guild_id, reason=reason)
        else:
            await http.edit_member(claimed.guild_id, claimed.user_id, communication_disabled_until=None, reason=reason)
        return Done(Held())

    async def _name_of(self, case: Case) -> str | None:
        if case.moderator_id is None:
            return None
        names = await self._services.people.names(case.guild_id, [case.moderator_id])
        return names.get(case.moderator_id, str(case.moderator_id))

    async def _letter(self, case: Case) -> Case:
        """Deliver what the member is told after an act, and look whether they were."""
        if case.dm is not DmState.PENDING or case.state.is_open:
            return case
        await self._letters.deliver(case.guild_id, letter_key(case.number))
        try:
            return await self._services.cases.find(case.guild_id, case.number)
        except Unavailable:
            return case

    async def notice(self, member: discord.Member) -> None:
        """Somebody joined, perhaps back: have what waited for them done."""
        await self._sanctions.came_back(member.guild.id, member.id)


def _replaced(intended: Intended, case: Case) -> Case | None:
    """What a case that now holds took the place of, unless that was over anyhow."""
    claimed = intended.claimed
    before = None if claimed is None else claimed.active
    if claimed is None or before is None or case.state is not CaseState.ACTIVE or before.is_over(claimed.claimed_at):
        return None
    return before


def _is_noted(case: Case) -> bool:
    """Whether Discord told already that it was done, so that nothing shows it any more if somebody undid it since."""
    return case.audit_log_id is not None and case.kind in {CaseKind.BAN, CaseKind.UNBAN, CaseKind.KICK}


def _held_by(case: Case, step: Carry | Renew) -> Held:
    """What Discord holds once a step was done."""
    if case.kind is CaseKind.TIMEOUT:
        return Held(holds=True, until=step.until)
    return Held(holds=case.kind is CaseKind.BAN)
