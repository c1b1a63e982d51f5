"""A day of a server as plain as can be: what its members should have, and the part of a bot that says what they have.

What a plain model must know of the bot is when something is written: what was not, a crash takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bot.actions.voice import VoiceRooms
from bot.actions.xp import XpGatherer
from bot.compose import make_services
from bot.db.engine import Database
from bot.domain.features import FeatureSettings
from bot.domain.gains import MessageFacts
from bot.domain.leveling import Batch
from bot.domain.leveling_settings import LevelingSettings
from bot.domain.multipliers import Place
from bot.errors import DatabaseAway, OutcomeUnknown
from bot.ids import IdMaker
from bot.jobs.xp import XpJob
from bot.services import Services
from bot.services.leveling import FlushOutcome
from bot.services.settings_cache import SettingsCache
from tests.support.clock import ManualClock

GUILD = 4_001
ZONE = ZoneInfo("America/Sao_Paulo")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MEMBERS = range(1, 201)
TALK, GAMES, THREAD, CATEGORY = 20, 21, 30, 10
HALL, DEN = 40, 41
PLACES = (Place(TALK, 0, CATEGORY), Place(GAMES, 0, CATEGORY), Place(THREAD, TALK, CATEGORY))
ROOMS = {HALL: Place(HALL), DEN: Place(DEN, 0, CATEGORY)}
VIP, BARRED = 50, 51


def roles_of(user_id: int) -> tuple[int, ...]:
    """The roles that somebody has all day."""
    return tuple(role for role, share in ((VIP, 4), (BARRED, 9)) if user_id % share == 0)


class Said(NamedTuple):
    """A message of the day."""

    at: datetime
    user_id: int
    place: Place
    text: str


# The model ------------------------------------------------------------------------------------------------------


OfMember = dict[int, int]
OfDay = dict[tuple[date, int], int]


def _of_member() -> OfMember:
    return defaultdict(int)


def _of_day() -> OfDay:
    return defaultdict(int)


@dataclass
class Kept:
    """What a database would have: of each member XP, messages and seconds in voice, and XP of each day."""

    xp: OfMember = field(default_factory=_of_member)
    messages: OfMember = field(default_factory=_of_member)
    seconds: OfMember = field(default_factory=_of_member)
    days: OfDay = field(default_factory=_of_day)
    voice_days: OfDay = field(default_factory=_of_day)
    earned_at: dict[int, datetime] = field(default_factory=dict[int, datetime])

    def copy(self) -> Kept:
        return Kept(*(getattr(self, name).copy() for name in Kept.__dataclass_fields__))

    def totals(self) -> dict[int, tuple[int, int, int]]:
        people = self.xp.keys() | self.messages.keys() | self.seconds.keys()
        return {one: (self.xp.get(one, 0), self.messages.get(one, 0), self.seconds.get(one, 0)) for one in people}


class Model:
    """XP by the rules, message by message and second by second; it is in no hurry."""

    def __init__(self, at: datetime) -> None:
        self.settings = LevelingSettings()
        self.places: dict[int, int] = {}
        self.roles: dict[int, int] = {}
        self.now, self.written = Kept(), Kept()
        """What was earned, and what of it the database has."""
        self._said: dict[int, tuple[datetime, str]] = {}
        self.seats: dict[int, tuple[int, bool]] = {}
        """Who is in which room, and whether they are muted."""
        self._at = at
        self._unpaid: dict[int, tuple[Fraction, int]] = {}

    def _factor(self, place: Place, user_id: int) -> Fraction:
        factor = Fraction(next((self.places[one] for one in place if one in self.places), 1_000), 1_000)
        for role in roles_of(user_id):
            factor *= Fraction(self.roles.get(role, 1_000), 1_000)
        return factor

    def hear(self, said: Said, drawn: int) -> None:
        """What a message earns."""
        last_at, last = self._said.get(said.user_id, (EPOCH, ""))
        text = "".join(said.text.split()).casefold()
        self._said[said.user_id] = said.at, text
        factor = self._factor(said.place, said.user_id)
        if factor == 0 or len(text) < self.settings.least_length:
            return
        if text == last and said.at - last_at <= timedelta(minutes=10):
            return
        day, now = (said.at.astimezone(ZONE).date(), said.user_id), self.now
        now.messages[said.user_id] += 1
        now.days[day] += 0
        earned_at = now.earned_at.get(said.user_id)
        if earned_at is not None and said.at - earned_at < timedelta(seconds=self.settings.cooldown):
            return
        now.earned_at[said.user_id] = said.at
        now.xp[said.user_id] += int(drawn * factor)
        now.days[day] += int(drawn * factor)

    def talk_until(self, at: datetime) -> None:
        """What the time since the last such moment is worth in voice: for two and more in a room who are not muted."""
        passed, self._at = (at - self._at) // timedelta(seconds=1), at
        for room, place in ROOMS.items():
            talking = [user_id for user_id, seat in self.seats.items() if seat == (room, False)]
            for user_id in talking if len(talking) > 1 else ():
                factor = self._factor(place, user_id)
                xp, seconds = self._unpaid.get(user_id, (Fraction(), 0))
                if factor:
                    worth = Fraction(self.settings.voice * passed, 60) * factor
                    self._unpaid[user_id] = xp + worth, seconds + passed

    def pay(self, at: datetime) -> None:
        """Pay it, up to the most of a day."""
        self.talk_until(at)
        most, today = self.settings.voice_day, at.astimezone(ZONE).date()
        assert most is not None
        for user_id, (xp, seconds) in self._unpaid.items():
            day = (today, user_id)
            paid = min(int(xp), most - self.now.voice_days[day])
            self.now.voice_days[day] += paid
            self.now.days[day] += paid
            self.now.xp[user_id] += paid
            self.now.seconds[user_id] += seconds
        # What is less than one XP stays for the next minute; times and factors of the day are such that nothing is.
        assert all(xp.denominator == 1 for xp, _ in self._unpaid.values())
        self._unpaid.clear()

    def write(self) -> None:
        self.written = self.now.copy()

    def end_process(self, at: datetime) -> None:
        """What was not written is gone; `at` is when the next process sees who is in voice."""
        self.now = self.written.copy()
        self._said.clear()
        self._unpaid.clear()
        self._at = at


# Discord, as far as voice is asked about it ----------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Role:
    id: int


@dataclass
class Channel:
    id: int
    category_id: int | None = None


@dataclass
class State:
    channel: Channel | None = None
    self_mute: bool = False
    mute: bool = False
    suppress: bool = False
    deaf: bool = False
    self_deaf: bool = False


@dataclass
class Member:
    id: int
    guild: Guild
    bot: bool = False

    def get_role(self, role_id: int) -> Role | None:
        return Role(role_id) if role_id in roles_of(self.id) else None


class Guild:
    """Outlives the processes, as people in voice do."""

    def __init__(self) -> None:
        self.id, self.afk_channel = GUILD, None
        self._channels = {one: Channel(one, place.category_id or None) for one, place in ROOMS.items()}
        self._members = {one: Member(one, self) for one in MEMBERS}
        self._voice_states: dict[int, State] = {}

    def get_member(self, user_id: int) -> Member | None:
        return self._members.get(user_id)

    def get_channel(self, channel_id: int) -> Channel | None:
        return self._channels.get(channel_id)

    def put(self, user_id: int, seat: tuple[int, bool] | None) -> tuple[Member, State]:
        """Where somebody is from now on, and whether muted; None: they are gone."""
        room, is_muted = seat or (0, False)
        state = State(self._channels.get(room), is_muted)
        self._voice_states.pop(user_id, None)
        if seat is not None:
            self._voice_states[user_id] = state
        return self._members[user_id], state


# The bot --------------------------------------------------------------------------------------------------------


class Nobody:
    """Whoever is told of something that went wrong: here nothing may."""

    async def note(self, error: BaseException, *, guild_id: int | None, context: Mapping[str, str]) -> None:
        raise AssertionError(f"{guild_id}, {context}") from error


class Weather:
    """The service, and what comes between it and its caller."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.next: str = ""

    async def flush(self, batch: Batch, /) -> FlushOutcome | None:
        """Away: nothing is written. Unknown: it is written, and nobody hears of it."""
        mood, self.next = self.next, ""
        if mood == "away":
            raise DatabaseAway
        outcome = await self._services.leveling.flush(batch)
        if mood == "unknown":
            raise OutcomeUnknown
        return outcome


class Process:
    """The part of a bot that earns, from start to end."""

    def __init__(self, database: Database, clock: ManualClock, number: int, draws: Iterator[int]) -> None:
        self.services: Services = make_services(
            database,
            clock,
            Random(number),
            keep_guilds_for=timedelta(days=1),
            features=FeatureSettings.of({"all"}),
            cache=SettingsCache(trusted=True),
        )
        self._xp = XpGatherer(lambda _least, _most: next(draws), IdMaker(clock, Random(number)).new)
        self.weather = Weather(self.services)
        self.job = XpJob(self._xp, self.weather, clock.now, Nobody())
        known = self.services
        self.rooms: Any = VoiceRooms(
            self._xp, known.xp_rules, known.leveling, now=clock.now, seconds=lambda: clock.now().timestamp()
        )

    async def hear(self, said: Said, message_id: int) -> None:
        rules = self.services.xp_rules.known(GUILD)
        if rules is None:
            loaded = await self.services.xp_rules.load(GUILD)
            rules = loaded.rules
            self._xp.recall(rules, GUILD, loaded.earned_at)
        moment = (said.at - EPOCH) // timedelta(milliseconds=1)
        named = tuple(role for role in roles_of(said.user_id) if role in rules.role_ids)
        facts = MessageFacts(moment, said.user_id, said.place, said.text, has_files=False, roles=named)
        self._xp.add_message(rules, GUILD, message_id, facts)
