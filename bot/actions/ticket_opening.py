"""Opening a ticket on Discord: its channel is found again if an earlier try made it, else made, and then looked at.

Whoever begins a ticket holds it from its first moment on, so the first try is known to be the first: nothing can be
there yet. Every later one asks Discord what is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import discord
import structlog

from bot.actions.authority import own_member
from bot.actions.ticket_access import grounds_of
from bot.actions.ticket_rooms import NoRoomError, Room, RoomMaker
from bot.domain.general import GeneralSettings
from bot.domain.overwrites import Overwrites
from bot.domain.ticket_access import seen_by_outsiders
from bot.domain.ticket_opening import is_late
from bot.domain.tickets import Claimed, Delayed, Failure, Mode
from bot.services import Services
from bot.services.ticket_access import AccessFacts

_log = structlog.stdlib.get_logger(__name__)

MOST_TRIES = 5
"""So often a channel is tried to be deleted that is to be none; then staff is asked to."""


class OpeningHandler:
    """Does `Step.OPEN`."""

    def __init__(self, services: Services) -> None:
        self._rules = services.ticket_rules
        self._opening = services.ticket_opening
        self._file = services.ticket_file
        self._settings = services.guild_settings

    async def open(self, claimed: Claimed, guild: discord.Guild) -> Delayed | None:
        """Give a ticket its channel, or give it up for a reason that the member is told."""
        if own_member(guild) is None:
            return Delayed("I can't see myself in the server yet")
        ticket, is_first = claimed.ticket, claimed.attempts == 1
        ruled = await self._rules.of(ticket.guild_id, ticket.topic_id)
        maker = RoomMaker(guild, ticket, ruled.topic, ruled.rules)
        admins = (await self._settings.read(guild.id, GeneralSettings)).value.admin_roles
        wanted = wanted_in(guild, AccessFacts(ticket, ruled.rules, (), admins=frozenset(admins)))
        try:
            room, further, is_new = await self._room(maker, claimed, wanted)
            await self._look_at(maker, claimed, room, wanted, guild)
        except NoRoomError as error:
            _log.warning("a ticket can't be opened", guild=guild.id, ticket=ticket.number, reason=str(error))
            await self._opening.failed(claimed, error.failure, error.detail, awaited=is_first, left=error.left)
            return None
        opened = await self._opening.ready(
            claimed, channel_id=room.id, parent_id=room.parent_id, mode=room.mode, name=room.name,
            told=[one.target_id for one in room.overwrites], is_new=is_new, elsewhere=room.elsewhere,
        )  # fmt: skip
        if opened is not None:
            twins = {*further, *maker.twins(room.id)}
            for twin in twins - {*await self._opening.others(opened, twins)}:
                await maker.delete(twin)
        return None

    async def _room(self, maker: RoomMaker, claimed: Claimed, wanted: Overwrites) -> tuple[Room, Sequence[int], bool]:
        """Its channel, its twins, and whether it was made just now."""
        ticket = claimed.ticket
        if claimed.attempts > 1:
            found = await maker.found()
            others = await self._opening.others(ticket, [one.id for one in found])
            found = [one for one in found if one.id not in others]
            if not await maker.is_member():
                await _give_up(maker, claimed, [one.id for one in found], Failure.LEFT)
            if found:
                return found[0], [one.id for one in found[1:]], False
            if is_late(ticket, self._file.moment()):
                raise NoRoomError(Failure.LATE)
        return await maker.make(wanted), [], True

    async def _look_at(
        self, maker: RoomMaker, claimed: Claimed, room: Room, wanted: Overwrites, guild: discord.Guild
    ) -> None:
        """Delete a channel that outsiders see, and let the member into a thread."""
        if room.mode is Mode.CHANNEL:
            outsiders = seen_by_outsiders(room.overwrites, wanted, guild.id)
            if outsiders or guild.default_role.permissions.administrator:
                await _give_up(maker, claimed, [room.id], Failure.EXPOSED, ", ".join(map(str, outsiders)))
        try:
            await maker.let_in(room)
        except NoRoomError as error:
            await _give_up(maker, claimed, [room.id], error.failure, error.detail)


async def _give_up(
    maker: RoomMaker, claimed: Claimed, room_ids: Sequence[int], failure: Failure, detail: str = ""
) -> NoReturn:
    """Delete the channels of a ticket that there won't be.

    Raises:
        NoRoomError: that is done, or was refused too often.
        HTTPException, OSError, TimeoutError: it may be possible later.
    """
    left: int | None = None
    for room_id in room_ids:
        try:
            await maker.delete(room_id)
        except discord.Forbidden:
            if claimed.attempts < MOST_TRIES:
                raise
            left = room_id
    raise NoRoomError(failure, detail, left)


def wanted_in(guild: discord.Guild, facts: AccessFacts) -> Overwrites:
    """The overwrites with which a ticket's channel is made."""
    return grounds_of(guild, facts, {}).overwrites
