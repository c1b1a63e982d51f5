"""XP as it is earned: judged in memory message by message, gathered by member, and handed over to be written.

Nothing here waits, nothing asks the database, and the clock is Discord's: a message says itself when it was written.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.gains import NEVER, Denied, MessageFacts, Reason, Remembered, Verdict, counts, fingerprint, judge
from bot.domain.leveling import Batch, EarnedMessage, Gain
from bot.domain.multipliers import Rules

REMEMBERED_FOR = 600_000
"""Milliseconds for which a member's last message is remembered at least; longer where the cooldown is."""

VERDICTS = 8
"""What is kept for each member who asks why."""

MOST_VERDICTS = 2_000
"""Members of whom it is kept; those who were quiet longest are forgotten first."""

AT_ONCE = 2_000
"""Gains in one batch, so that no command waits long behind it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER = 900_000
"""Milliseconds in which no zone's date changes twice: clocks are changed at full quarters."""

_MOMENT_BITS = 42
_MOMENT = (1 << _MOMENT_BITS) - 1


class _Said(NamedTuple):
    """A verdict as it is kept."""

    at: int
    channel_id: int
    earned: int
    reason: Reason | None
    data: int
    voice: bool


class _Row:
    """What one member gained on one day since the last flush."""

    __slots__ = ("channel_id", "earned_at", "messages", "of_messages", "seconds", "voice_xp", "xp")

    def __init__(self) -> None:
        self.xp = self.voice_xp = self.messages = self.seconds = self.earned_at = self.channel_id = 0
        self.of_messages: list[tuple[int, int]] = []


class _Guild:
    """What is remembered of one guild's members, and what they gained since the last flush.

    Remembered is one number for each member. Two generations of them: when the younger has its age, it becomes the
    older, and what was the older is forgotten whole. So nothing is ever searched for what is out of date.
    """

    __slots__ = ("gains", "keeps_for", "older", "turns_at", "younger")

    def __init__(self) -> None:
        self.younger: dict[int, int] = {}
        self.older: dict[int, int] = {}
        self.turns_at = 0
        self.keeps_for = REMEMBERED_FOR
        self.gains: dict[tuple[date, int], _Row] = {}

    def recall(self, user_id: int) -> Remembered:
        packed = self.younger.get(user_id) or self.older.get(user_id)
        return NEVER if packed is None else _unpacked(packed)

    def keep_for(self, rules: Rules) -> None:
        self.keeps_for = max(rules.settings.cooldown * 1_000, REMEMBERED_FOR)

    def remember(self, user_id: int, what: Remembered) -> None:
        self.turn(what.wrote_at)
        self.younger[user_id] = _packed(what)

    def take_over(self, user_id: int, what: Remembered) -> None:
        self.younger[user_id] = _packed(what)
        # Not a turn: these moments come in no order.
        self.turns_at = max(self.turns_at, what.earned_at + self.keeps_for)

    def turn(self, at: int) -> None:
        if at < self.turns_at:
            return
        # Both go, where nobody wrote for so long that the younger are too old as well.
        self.older = self.younger if at < self.turns_at + self.keeps_for else {}
        self.younger = {}
        self.turns_at = at + self.keeps_for


def _packed(what: Remembered) -> int:
    return what.fingerprint << 2 * _MOMENT_BITS | what.wrote_at << _MOMENT_BITS | what.earned_at


def _unpacked(packed: int) -> Remembered:
    return Remembered(packed & _MOMENT, packed >> _MOMENT_BITS & _MOMENT, packed >> 2 * _MOMENT_BITS)


class XpGatherer:
    """Judges messages, and gathers what members gain until it is taken to be written.

    `draw` gives a whole number between two, both included.
    """

    def __init__(self, draw: Callable[[int, int], int], new_id: Callable[[], int]) -> None:
        self._draw = draw
        self._new_id = new_id
        self._guilds: dict[int, _Guild] = {}
        self._gaining: dict[int, _Guild] = {}
        """Those of them in which there is something to write."""
        self._back: deque[Batch] = deque()
        self._aside: dict[int, list[Batch]] = {}
        """What can't be written for a reason of its guild's own. What that guild gains besides stays as it gathers."""
        self._verdicts: OrderedDict[tuple[int, int], deque[_Said]] = OrderedDict()
        self._days: dict[str, tuple[int, date]] = {}

    # Coming in -----------------------------------------------------------------------------------------------

    def add_message(self, rules: Rules, guild_id: int, message_id: int, seen: MessageFacts) -> int:
        """Judge a message that a person wrote, by the rules of its guild; the XP that it earned."""
        guild = self._guild(guild_id)
        before = guild.recall(seen.user_id)
        found = judge(rules, seen, before)
        settings, earned, reason, data = rules.settings, 0, None, 0
        if isinstance(found, Denied):
            reason, data = found
        else:
            earned = found.xp(self._draw(settings.message_least, settings.message_most))
            reason = None if earned else Reason.TOO_LITTLE
        if counts(found):
            row = self._row(guild_id, guild, rules.zone, seen.at, seen.user_id)
            row.messages += 1
            row.channel_id = seen.place.channel_id
            if reason is not Reason.COOLDOWN:
                row.earned_at = seen.at
                row.xp += earned
                if settings.take_back and earned:
                    row.of_messages.append((message_id, earned))
        if reason is not Reason.COMMAND:
            text = fingerprint(seen.text) if settings.same_text and not seen.has_files else 0
            earned_at = before.earned_at if isinstance(found, Denied) else seen.at
            guild.keep_for(rules)
            guild.remember(seen.user_id, Remembered(earned_at, seen.at, text))
        self._say(guild_id, seen.user_id, _Said(seen.at, seen.place.channel_id, earned, reason, data, voice=False))
        return earned

    def add_voice(
        self,
        rules: Rules,
        guild_id: int,
        user_id: int,
        *,
        xp: int,
        seconds: int,
        channel_id: int,
        at: datetime,
        denied: Denied | None = None,
    ) -> None:
        """Credit time in voice that counts, up to the moment `at`, and what it earned; both are 0 or more.

        `denied` says why that is nothing, where it isn't just too little.
        """
        moment = _milliseconds(at)
        row = self._row(guild_id, self._guild(guild_id), rules.zone, moment, user_id)
        row.xp += xp
        row.voice_xp += xp
        row.seconds += seconds
        row.channel_id = channel_id
        reason, data = (None, 0) if xp else denied or Denied(Reason.TOO_LITTLE)
        self._say(guild_id, user_id, _Said(moment, channel_id, xp, reason, data, voice=True))

    def note(self, guild_id: int, user_id: int, verdict: Verdict) -> None:
        """Remember why something earned nothing that was judged elsewhere, such as a minute in voice."""
        one = verdict
        said = _Said(_milliseconds(one.at), one.channel_id, one.earned, one.reason, one.data, one.voice)
        self._say(guild_id, user_id, said)

    def recall(self, rules: Rules, guild_id: int, earned_at: Mapping[int, datetime]) -> None:
        """Take over when members' messages earned last, as it is kept: so a restart ends no cooldown."""
        guild = self._guild(guild_id)
        guild.keep_for(rules)
        for user_id, at in earned_at.items():
            known, stored = guild.recall(user_id), _milliseconds(at)
            if stored > known.earned_at:
                guild.take_over(user_id, Remembered(stored, known.wrote_at, known.fingerprint))

    def forget(self, user_id: int, guild_id: int | None = None) -> None:
        """Forget somebody in a guild, or in every one, and what they gained that is not being written yet."""
        places = list(self._guilds) if guild_id is None else [guild_id]
        for place in places:
            guild = self._guilds.get(place)
            if guild is not None:
                guild.younger.pop(user_id, None)
                guild.older.pop(user_id, None)
                for key in [key for key in guild.gains if key[1] == user_id]:
                    del guild.gains[key]
            self._verdicts.pop((place, user_id), None)
        self._back = deque(_without(self._back, user_id, guild_id))
        for place, batches in self._aside.items():
            self._aside[place] = list(_without(batches, user_id, guild_id))

    def tidy(self, at: int) -> None:
        """Forget what is out of date, and guilds in which nobody wrote for long. `at` is now, in milliseconds."""
        for guild_id, guild in list(self._guilds.items()):
            guild.turn(at)
            if not guild.younger and not guild.older and not guild.gains:
                del self._guilds[guild_id]

    # Going out -----------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """How many gains are not written yet, without those that are set aside."""
        gathered = sum(len(guild.gains) for place, guild in self._gaining.items() if place not in self._aside)
        return gathered + sum(len(one.gains) for one in self._back)

    def take(self, limit: int = AT_ONCE) -> Batch | None:
        """The next gains to be written, at most `limit`; None if there are none. What was put back comes first."""
        if self._back:
            return self._back.popleft()
        return self._gathered([place for place in self._gaining if place not in self._aside], limit)

    def _gathered(self, guild_ids: Iterable[int], limit: int = AT_ONCE) -> Batch | None:
        gains: list[Gain] = []
        messages: list[EarnedMessage] = []
        for guild_id in guild_ids:
            guild = self._gaining[guild_id]
            while guild.gains and len(gains) < limit:
                (day, user_id), row = guild.gains.popitem()
                gains.append(_gain(guild_id, user_id, day, row))
                messages += [EarnedMessage(guild_id, one, user_id, xp) for one, xp in row.of_messages]
            if guild.gains:
                break
            del self._gaining[guild_id]
        return self.batch(gains, messages) if gains else None

    def batch(self, gains: Iterable[Gain], messages: Iterable[EarnedMessage]) -> Batch:
        """Gains under an id of their own."""
        return Batch(self._new_id(), tuple(gains), tuple(messages))

    def put_back(self, *batches: Batch) -> None:
        """Keep what could not be written, whole and under its id: it may have been written all the same."""
        self._back.extendleft(reversed(batches))

    # Aside ---------------------------------------------------------------------------------------------------

    def set_aside(self, batch: Batch) -> None:
        """Keep a batch of one guild, and what that guild gains besides, from being taken until it is brought back."""
        self._aside.setdefault(batch.gains[0].guild_id, []).append(batch)

    def aside(self) -> dict[int, int]:
        """How many gains, and messages that earned some, are kept of each guild of which anything is set aside."""
        found: dict[int, int] = {}
        for place, batches in self._aside.items():
            rows = self._gaining[place].gains.values() if place in self._gaining else ()
            gathered = sum(1 + len(row.of_messages) for row in rows)
            found[place] = gathered + sum(len(one.gains) + len(one.messages) for one in batches)
        return found

    def bring_back(self, guild_id: int) -> None:
        """Let what was set aside of a guild be taken again, and what it gained since, in batches of its own."""
        self._back.extend(self.give_up(guild_id))
        self._aside.pop(guild_id, None)

    def give_up(self, guild_id: int) -> list[Batch]:
        """Keep nothing of what was set aside of a guild, and of what it gained since. What it gains next is kept."""
        batches, self._aside[guild_id] = self._aside.get(guild_id, []), []
        while guild_id in self._gaining and (batch := self._gathered([guild_id])) is not None:
            batches.append(batch)
        return batches

    # Telling -------------------------------------------------------------------------------------------------

    def verdicts(self, guild_id: int, user_id: int) -> tuple[Verdict, ...]:
        """What became of a member's last messages and minutes in voice, the newest first."""
        kept = self._verdicts.get((guild_id, user_id), ())
        return tuple(
            Verdict(_moment(one.at), one.channel_id, one.earned, one.reason, one.data, one.voice)
            for one in reversed(kept)
        )

    # ---------------------------------------------------------------------------------------------------------

    def _guild(self, guild_id: int) -> _Guild:
        found = self._guilds.get(guild_id)
        if found is None:
            found = self._guilds[guild_id] = _Guild()
        return found

    def _row(self, guild_id: int, guild: _Guild, zone: ZoneInfo, at: int, user_id: int) -> _Row:
        key = (self._day(zone, at), user_id)
        row = guild.gains.get(key)
        if row is None:
            row = guild.gains[key] = _Row()
            self._gaining[guild_id] = guild
        return row

    def _day(self, zone: ZoneInfo, at: int) -> date:
        quarter = at // _QUARTER
        known = self._days.get(zone.key)
        if known is None or known[0] != quarter:
            known = self._days[zone.key] = quarter, _moment(at).astimezone(zone).date()
        return known[1]

    def _say(self, guild_id: int, user_id: int, said: _Said) -> None:
        key = (guild_id, user_id)
        kept = self._verdicts.get(key)
        if kept is None:
            kept = self._verdicts[key] = deque(maxlen=VERDICTS)
            if len(self._verdicts) > MOST_VERDICTS:
                self._verdicts.popitem(last=False)
        else:
            self._verdicts.move_to_end(key)
            if said.voice and kept and kept[-1]._replace(at=said.at) == said:
                kept.pop()  # an hour in voice must not push out what was written before
        kept.append(said)


def _without(batches: Iterable[Batch], user_id: int, guild_id: int | None) -> Iterator[Batch]:
    """Batches without what somebody gained; those of which nothing is left are none any more."""

    def stays(one: Gain | EarnedMessage) -> bool:
        return one.user_id != user_id or guild_id not in {None, one.guild_id}

    for batch in batches:
        gains = tuple(filter(stays, batch.gains))
        if gains:
            yield Batch(batch.id, gains, tuple(filter(stays, batch.messages)))


def _gain(guild_id: int, user_id: int, day: date, row: _Row) -> Gain:
    last = _moment(row.earned_at) if row.earned_at else None
    return Gain(guild_id, user_id, row.xp, row.messages, row.seconds, last, row.channel_id or None, day, row.voice_xp)


def _moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
