"""Which channels and threads are tickets', in memory: it is asked of every message that anybody writes anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from bot.db import notices
from bot.db.engine import Database
from bot.db.repositories.tickets import record as rows
from bot.db.sessions import WriteSession
from bot.domain.guilds import ShardRange
from bot.domain.ticket_record import TicketKey
from bot.domain.tickets import Ticket

TICKETS_CHANNEL = "folkmoot_tickets"
"""On which processes tell each other where tickets are: guild, number, channel and thread of notes, with colons."""


class TicketPlace:
    """Where a ticket is, and how far it is on record."""

    __slots__ = ("channel_id", "doubts", "guild_id", "is_whole", "number", "recorded_to", "staff_thread_id")

    def __init__(
        self, guild_id: int, number: int, channel_id: int, staff_thread_id: int | None, recorded_to: int | None
    ) -> None:
        self.guild_id = guild_id
        self.number = number
        self.channel_id = channel_id
        self.staff_thread_id = staff_thread_id
        self.recorded_to = recorded_to
        self.is_whole = False
        """Whether everything that was said up to now was heard; else what is missing has to be read again."""
        self.doubts = 0
        """How often something may have been missed."""

    @property
    def key(self) -> TicketKey:
        """Guild and number."""
        return self.guild_id, self.number


class TicketPlaces:
    """Knows the places of this process's tickets, and of which something may have been missed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_channel: dict[int, TicketPlace] = {}
        self._by_key: dict[TicketKey, TicketPlace] = {}
        self._by_guild: Counter[int] = Counter()
        """How many there are."""
        self._doubtful: dict[TicketKey, TicketPlace] = {}
        self._away: set[int] = set()
        self._changes = 0
        self._is_known = False
        self.find: Callable[[int], TicketPlace | None] = self._by_channel.get
        """The ticket of a channel or thread, if it is one's. Asked for each message."""

    # Knowing --------------------------------------------------------------------------------------------

    @property
    def is_known(self) -> bool:
        """Whether the rows were read since changes may have been missed."""
        return self._is_known

    def of(self, key: TicketKey) -> TicketPlace | None:
        """Where a ticket is."""
        return self._by_key.get(key)

    def holds(self, guild_id: int) -> bool:
        """Whether a guild has tickets with a channel, as far as is known; what is not known is taken for true."""
        return not self._is_known or self._by_guild[guild_id] > 0

    def all(self) -> tuple[TicketPlace, ...]:
        """Where all tickets are."""
        return tuple(self._by_key.values())

    async def load(self, shards: ShardRange) -> None:
        """Read where all tickets are. What is known to be whole stays so.

        Raises:
            DatabaseAway: what was known stays.
        """
        while True:
            mark = self._changes
            found = await self._database.query(lambda session: rows.places(session, shards))
            if mark == self._changes:
                break
        known = {(one.guild_id, one.number) for one in found}
        for key in [key for key in self._by_key if key not in known]:
            self._drop(key)
        for one in found:
            self._put(one.guild_id, one.number, one.channel_id, one.staff_thread_id, one.recorded_to)
        self._is_known = True

    def distrust(self) -> None:
        """Changes by other processes may have been missed."""
        self._is_known = False

    def heard_of_settings(self, guild_id: int | None, _section: str) -> None:
        """Told as `SettingsCache.on_change` tells: without a guild, notices of any kind may have been missed."""
        if guild_id is None:
            self.distrust()

    # Changes --------------------------------------------------------------------------------------------

    async def placed(self, session: WriteSession, ticket: Ticket) -> None:
        """A ticket's place is another, or gone, once this transaction is committed."""
        channel_id, thread_id = ticket.place or (0, None)
        payload = f"{ticket.guild_id}:{ticket.number}:{channel_id}:{thread_id or 0}"
        await notices.send(session, TICKETS_CHANNEL, payload)
        self._database.after_commit(lambda: self._moved(ticket, channel_id, thread_id))

    def _moved(self, ticket: Ticket, channel_id: int, thread_id: int | None) -> None:
        self._changes += 1
        if channel_id:
            self._put(ticket.guild_id, ticket.number, channel_id, thread_id, ticket.recorded_to)
        else:
            self._drop((ticket.guild_id, ticket.number))

    def heard(self, payload: str) -> None:
        """Another process, or this one, told where a ticket is; what can't be read may concern any."""
        self._changes += 1
        try:
            guild_id, number, channel_id, thread_id = map(int, payload.split(":"))
        except ValueError:
            self.distrust()
            return
        if channel_id:
            self._put(guild_id, number, channel_id, thread_id or None, None)
        else:
            self._drop((guild_id, number))

    def _put(self, guild_id: int, number: int, channel_id: int, thread_id: int | None, recorded_to: int | None) -> None:
        place = self._by_key.get((guild_id, number))
        if place is None:
            place = TicketPlace(guild_id, number, channel_id, thread_id, recorded_to)
            self._by_guild[guild_id] += 1
            self._by_key[place.key] = self._doubtful[place.key] = place
        else:
            for channel in (place.channel_id, place.staff_thread_id):
                self._by_channel.pop(channel or 0, None)
            if (place.channel_id, place.staff_thread_id) != (channel_id, thread_id):
                self.doubt(place)  # something may have been said there before it was known
            place.channel_id, place.staff_thread_id = channel_id, thread_id
            self.recorded(place, recorded_to)
        for channel in (channel_id, thread_id):
            if channel is not None:
                self._by_channel[channel] = place

    def _drop(self, key: TicketKey) -> None:
        place = self._by_key.pop(key, None)
        if place is not None:
            self._doubtful.pop(key, None)
            self._by_guild[place.guild_id] -= 1
            if not self._by_guild[place.guild_id]:
                del self._by_guild[place.guild_id]
            for channel in (place.channel_id, place.staff_thread_id):
                self._by_channel.pop(channel or 0, None)

    # What may have been missed --------------------------------------------------------------------------

    def lost(self, shard_id: int, count: int) -> None:
        """Nothing is heard of a shard, of so many; whatever is said there meanwhile has to be read again."""
        self._away.add(shard_id)
        for place in self._by_key.values():
            if (place.guild_id >> 22) % count == shard_id:
                self.doubt(place)

    def found(self, shard_id: int) -> None:
        """A shard is heard again."""
        self._away.discard(shard_id)

    def hears(self, shard_id: int) -> bool:
        """Whether a shard is heard, as far as anybody told."""
        return shard_id not in self._away

    def doubt(self, place: TicketPlace) -> None:
        """Something may have been missed there."""
        place.is_whole = False
        place.doubts += 1
        self._doubtful[place.key] = place

    def look_at(self, place: TicketPlace) -> None:
        """Something may still be missing there, and now there is a reason to look, or to look again."""
        if not place.is_whole:
            self._doubtful[place.key] = place

    def doubtful(self) -> list[TicketPlace]:
        """Those at which is to be looked; from now on whoever asked does."""
        found = list(self._doubtful.values())
        self._doubtful.clear()
        return found

    def whole(self, place: TicketPlace, doubts: int) -> None:
        """Nothing is missing there any more, unless that was doubted anew since so many doubts."""
        if place.doubts == doubts:
            place.is_whole = True

    def recorded(self, place: TicketPlace, up_to: int | None) -> None:
        """It is on record up to that message."""
        if up_to is not None and (place.recorded_to is None or up_to > place.recorded_to):
            place.recorded_to = up_to
