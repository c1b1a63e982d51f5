"""What Discord's refusals mean for a sanction."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import discord
import structlog

from bot.domain.cases import CaseKind, Failure, Slot
from bot.domain.sanctions import Away, Carry, Claimed, Delayed, Done, Held, Outcome, Refused, Step

_log = structlog.stdlib.get_logger(__name__)

UNKNOWN_MEMBER = {10007, 10013}
UNKNOWN_BAN = 10026
_UNKNOWN_USER = 10013
_UNKNOWN_GUILD = 10004
_BAN_QUOTA = 30035
"""Too many bans of people who are not members; Discord does not say for how long."""

_QUOTA_PAUSE = timedelta(minutes=10)
_FORBIDDEN = 403
_SERVER_FAULT = 500
_LEAVES_HOPE = {401, 429}


def said(error: discord.HTTPException) -> str:
    """Discord's own words."""
    return f"{error.status} (error {error.code}): {error.text}"


def outcome_of(error: Exception, claimed: Claimed, step: Step) -> Outcome:
    """What a failed try means: that it is done all the same, can't be done, or is tried again."""
    match error:
        case discord.RateLimited(retry_after=seconds):
            return Delayed(f"rate limited for {seconds:.0f} s", after=timedelta(seconds=seconds))
        case discord.HTTPException():
            return _answered(error, claimed, step)
        case TimeoutError():
            return Delayed("no answer in time")
        case OSError() | aiohttp.ClientError():
            return Delayed(f"Discord can't be reached: {error!r}")
        case _:
            _log.error("a sanction failed unexpectedly", exc_info=error)
            return Delayed(repr(error))


def _answered(error: discord.HTTPException, claimed: Claimed, step: Step) -> Outcome:
    if error.status in _LEAVES_HOPE or error.status >= _SERVER_FAULT or error.code == _UNKNOWN_GUILD:
        return Delayed(said(error))
    if error.code == _BAN_QUOTA:
        return Delayed(said(error), after=_QUOTA_PAUSE)
    if error.code == UNKNOWN_BAN:
        return _no_ban(error, claimed, step)
    if error.code in UNKNOWN_MEMBER and claimed.slot is Slot.TIMEOUT:
        return Away()
    return Refused(_failure(error), said(error))


def _no_ban(error: discord.HTTPException, claimed: Claimed, step: Step) -> Outcome:
    """There was no ban to lift: as it should be, unless nobody but Discord could have known of one."""
    asked = isinstance(step, Carry) and step.case.kind is CaseKind.UNBAN
    if asked and claimed.active is None and not claimed.again:
        return Refused(Failure.NOT_BANNED, said(error))
    return Done(Held())


def _failure(error: discord.HTTPException) -> Failure:
    if error.code == _UNKNOWN_USER:
        return Failure.UNKNOWN_USER
    if error.code in UNKNOWN_MEMBER:
        return Failure.NOT_HERE
    return Failure.NOT_PERMITTED if error.status == _FORBIDDEN else Failure.REFUSED
