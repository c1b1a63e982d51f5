"""Who is in voice, for how long it counts, and what it earns: from the voice states that the gateway tells.

Each room keeps how long it has had company. Who takes part notes where that stood when they began, so an event costs
the same in a room of two and of two thousand. Every look, once a minute, pays what came together since the last one by
the roles and rules of that minute, and then takes everybody's place anew from discord.py's cache: what an event left
wrong, the next look mends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Protocol

import discord

from bot.actions.xp import XpGatherer
from bot.actions.xp_facts import place_of, roles_of
from bot.domain.gains import Denied, Reason, Verdict
from bot.domain.multipliers import Rules, factor_of
from bot.domain.voice import Presence, has_company, hindered, seen_for, stretch, within_day
from bot.services.xp_rules import Loaded

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class KnowsRules(Protocol):
    """The part of the rules' service that is needed here."""

    def known(self, guild_id: int, /) -> Rules | None:
        """A guild's rules if they are in memory."""
        ...

    async def load(self, guild_id: int, /) -> Loaded:
        """Read a guild's rules."""
        ...


class KnowsDays(Protocol):
    """The part of leveling's service that is needed here."""

    async def voice_earned(self, guild_id: int, day: date, /) -> dict[int, int]:
        """What voice earned a guild's members on a day."""
        ...


class _Room:
    """A channel in which somebody is."""

    __slots__ = ("lived", "looked_at", "taking_part")

    def __init__(self, at: int) -> None:
        self.lived = 0
        """Milliseconds for which there was company."""
        self.looked_at = at
        self.taking_part = 0


@dataclass(slots=True)
class _Person:
    """Somebody in voice, or who was since the last look."""

    channel_id: int = 0
    is_here: bool = True
    since: int | None = None
    """What their room had lived when they were counted last; None: they don't take part."""
    denied: Denied | None = None
    lived: int = 0
    """Milliseconds that are not paid yet."""
    xp: Fraction = Fraction()
    """XP that is not paid yet: less than one of it stays until the next minute."""


@dataclass(slots=True)
class _Guild:
    rules: Rules
    rooms: dict[int, _Room] = field(default_factory=dict[int, _Room])
    people: dict[int, _Person] = field(default_factory=dict[int, _Person])


@dataclass(slots=True)
class _Day:
    """What voice earned on the day that a guild has."""

    day: date
    earned: dict[int, int]
    rests: dict[int, tuple[int, Fraction]] = field(default_factory=dict[int, tuple[int, Fraction]])
    """Less than a second and than one XP of those who left: it is theirs when they come back."""


class VoiceRooms:
    """Follows the rooms of all guilds, and hands what they earn to the gatherer.

    `seconds` tells how time passes, from any beginning: a clock that is set changes nothing about how long somebody
    talked.
    """

    def __init__(
        self,
        gatherer: XpGatherer,
        rules: KnowsRules,
        days: KnowsDays,
        *,
        now: Callable[[], datetime],
        seconds: Callable[[], float],
    ) -> None:
        self._gatherer = gatherer
        self._rules = rules
        self._service = days
        self._now = now
        self._seconds = seconds
        self._guilds: dict[int, _Guild] = {}
        self._days: dict[int, _Day] = {}
        self._looking: set[int] = set()

    # Looking -------------------------------------------------------------------------------------------------

    def wants(self, guild_id: int) -> bool:
        """Whether a guild may be one with voice that counts, of which nothing is known yet: `look` finds out."""
        if guild_id in self._guilds or guild_id in self._looking:
            return False
        rules = self._rules.known(guild_id)
        return rules is None or _counts(rules)

    async def look(self, guild: discord.Guild) -> None:
        """Pay what came together in a guild since the last look, and take everybody's place anew.

        Raises:
            DatabaseAway: the rules or the day are not known; what came together stays.
        """
        if guild.id in self._looking or not (_states(guild) or guild.id in self._guilds):
            return
        self._looking.add(guild.id)
        try:
            rules = await self._rules_of(guild.id)
            if _counts(rules):
                await self._turn_day(guild.id, rules)
        finally:
            self._looking.discard(guild.id)
        if not _counts(rules):
            self._guilds.pop(guild.id, None)
            return
        found = self._guilds.setdefault(guild.id, _Guild(rules))
        found.rules = rules
        self._count_all(guild, found)
        self._pay(guild.id, found)
        self._seat_all(guild, found)

    async def _rules_of(self, guild_id: int) -> Rules:
        known = self._rules.known(guild_id)
        if known is not None:
            return known
        loaded = await self._rules.load(guild_id)
        # Whoever reads them first also hands on whose cooldown still runs.
        self._gatherer.recall(loaded.rules, guild_id, loaded.earned_at)
        return loaded.rules

    async def _turn_day(self, guild_id: int, rules: Rules) -> None:
        today = self._now().astimezone(rules.zone).date()
        kept = self._days.get(guild_id)
        if kept is None or kept.day != today:
            self._days[guild_id] = _Day(today, await self._service.voice_earned(guild_id, today))

    def moved(self, member: discord.Member, after: discord.VoiceState) -> None:
        """Somebody came, went, or is muted or deafened otherwise than before."""
        found = self._guilds.get(member.guild.id)
        if found is None or member.bot:
            return
        person = found.people.get(member.id)
        if person is not None and person.is_here:
            self._rise(found, person, member)
        if after.channel is not None:
            self._seat(found, member, after)

    def leave(self, guild: discord.Guild) -> None:
        """Pay what came together by now, and follow this guild no more."""
        found = self._guilds.pop(guild.id, None)
        if found is not None:
            self._count_all(guild, found)
            self._pay(guild.id, found)

    def forget(self, user_id: int, guild_id: int | None = None) -> None:
        """Forget what somebody earned in voice that is not paid yet, and of the day."""
        for place in list(self._guilds) if guild_id is None else [guild_id]:
            found = self._guilds.get(place)
            person = None if found is None else found.people.get(user_id)
            if found is not None and person is not None:
                person.lived, person.xp = 0, Fraction()
                if person.since is not None:
                    room = found.rooms[person.channel_id]
                    self._settle(found, room)
                    person.since = room.lived
        for place in list(self._days) if guild_id is None else [guild_id]:
            if place in self._days:
                self._days[place].earned.pop(user_id, None)
                self._days[place].rests.pop(user_id, None)

    # Counting ------------------------------------------------------------------------------------------------

    def _settle(self, found: _Guild, room: _Room) -> None:
        """Bring a room up to now, before anything about it changes."""
        at = self._elapsed()
        if has_company(found.rules.settings, room.taking_part):
            room.lived += seen_for(at - room.looked_at)
        room.looked_at = at

    def _count(self, found: _Guild, person: _Person, member: discord.Member, channel: object) -> None:
        """Add up what somebody lived in their room since they were counted last."""
        room = found.rooms.get(person.channel_id)
        if room is None or person.since is None:
            return
        lived, person.since, person.denied = room.lived - person.since, room.lived, None
        if not lived:
            return
        at = (self._now() - _EPOCH) // timedelta(milliseconds=1)
        rules = found.rules
        factor = factor_of(rules, place_of(channel), roles_of(member, rules.role_ids), member.id, at)
        earned = stretch(rules.settings, factor, lived)
        person.denied = earned.denied
        if earned.denied is None:
            person.lived += lived
            person.xp += earned.xp

    def _count_all(self, guild: discord.Guild, found: _Guild) -> None:
        for room in found.rooms.values():
            self._settle(found, room)
        states = _states(guild)
        for user_id, person in found.people.items():
            state, member = states.get(user_id), guild.get_member(user_id)
            if not person.is_here:
                continue
            if member is None or state is None or state.channel is None or state.channel.id != person.channel_id:
                person.is_here = False
            else:
                self._count(found, person, member, state.channel)

    def _rise(self, found: _Guild, person: _Person, member: discord.Member) -> None:
        room = found.rooms[person.channel_id]
        self._settle(found, room)
        if person.since is not None:
            channel = member.guild.get_channel(person.channel_id) or discord.Object(person.channel_id)
            self._count(found, person, member, channel)
            room.taking_part -= 1
        person.since, person.is_here = None, False

    def _seat(self, found: _Guild, member: discord.Member, state: discord.VoiceState) -> None:
        channel = state.channel
        if channel is None:
            return
        room = found.rooms.setdefault(channel.id, _Room(self._elapsed()))
        self._settle(found, room)
        person = found.people.get(member.id)
        if person is None:
            rest = self._days[member.guild.id].rests.pop(member.id, None)
            person = found.people[member.id] = _Person() if rest is None else _Person(lived=rest[0], xp=rest[1])
        person.channel_id, person.is_here = channel.id, True
        person.denied = hindered(found.rules.settings, _presence(member, state))
        person.since = room.lived if person.denied is None else None
        room.taking_part += person.denied is None

    def _seat_all(self, guild: discord.Guild, found: _Guild) -> None:
        found.rooms.clear()
        before, found.people = found.people, {}
        for user_id, state in _states(guild).items():
            member = guild.get_member(user_id)
            if member is not None and not member.bot and state.channel is not None:
                person = before.pop(user_id, None)
                if person is not None:
                    found.people[user_id] = person
                self._seat(found, member, state)
        rests = self._days[guild.id].rests
        rests.update((one, (left.lived, left.xp)) for one, left in before.items() if left.lived or left.xp)

    # Paying --------------------------------------------------------------------------------------------------

    def _pay(self, guild_id: int, found: _Guild) -> None:
        for user_id, person in found.people.items():
            seconds, person.lived = divmod(person.lived, 1_000)
            xp = int(person.xp)
            person.xp -= xp
            if seconds or xp:
                self._credit(guild_id, user_id, found.rules, person.channel_id, xp, seconds)
            elif person.is_here:
                self._tell(guild_id, user_id, found, person)

    def _credit(self, guild_id: int, user_id: int, rules: Rules, channel_id: int, xp: int, seconds: int) -> None:  # noqa: PLR0917 — as they are said
        most, earned = rules.settings.voice_day, self._days[guild_id].earned
        paid = within_day(most, earned.get(user_id, 0), xp)
        if paid:
            earned[user_id] = earned.get(user_id, 0) + paid
        denied = Denied(Reason.VOICE_DAY, most) if most is not None and paid < xp else None
        self._gatherer.add_voice(
            rules, guild_id, user_id, xp=paid, seconds=seconds, channel_id=channel_id, at=self._now(), denied=denied
        )

    def _tell(self, guild_id: int, user_id: int, found: _Guild, person: _Person) -> None:
        """Note why a minute earned nothing. Who came this moment is told nothing yet."""
        settings, room, denied = found.rules.settings, found.rooms.get(person.channel_id), person.denied
        if denied is None and room is not None and not has_company(settings, room.taking_part):
            denied = Denied(Reason.ALONE, settings.voice_company)
        if denied is not None:
            verdict = Verdict(self._now(), person.channel_id, 0, denied.reason, denied.data, voice=True)
            self._gatherer.note(guild_id, user_id, verdict)

    def _elapsed(self) -> int:
        return int(self._seconds() * 1_000)


def _counts(rules: Rules) -> bool:
    return rules.is_on and rules.settings.voice > 0


def _states(guild: discord.Guild) -> dict[int, discord.VoiceState]:
    """Who is in voice. Each channel tells it of itself alone, and looks through all of them for that."""
    return guild._voice_states  # noqa: SLF001 — the same, in one look


def _presence(member: discord.Member, state: discord.VoiceState) -> Presence:
    away = member.guild.afk_channel
    return Presence(
        is_bot=member.bot,
        is_away=away is not None and state.channel is not None and state.channel.id == away.id,
        is_muted=state.mute or state.self_mute or state.suppress,
        is_deafened=state.deaf or state.self_deaf,
    )
