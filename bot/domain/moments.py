"""Dates and times, as people write them in English and German, in a time zone that is theirs or their server's.

Understood are ``tomorrow 18:00``, ``friday 9pm``, ``24.12. 18:00``, ``24 Dec 2027``, ``2026-12-24 18:00``,
``in 3 days``, ``2 hours ago`` and Discord's own ``<t:1798131600>``. What could be meant in several ways is decided:

- **A day without a time** is its last minute: whoever writes "until friday" means that friday still counts.
- **A day without a year, a weekday, a time without a day** are the next that come (`past=True`: the last that were).
  "Friday" on a Friday is today as long as the time is to come; "next friday" is never today.
- **Numbers with slashes** are refused: half of the world reads them the other way round.
- **"In 3 days"** is 72 hours from now, also when clocks change in between.
- **A time that does not exist**, because clocks are put forward over it, is read as if they were not: where they go
  from 2:00 to 3:00, 2:30 means 3:30. **A time that comes twice** is the first of the two that is still to come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.durations import parse_duration, simple
from bot.errors import DurationNotUnderstood, DurationOutOfBounds, MomentNotUnderstood, MomentOutOfBounds

END_OF_DAY = time(23, 59)
"""The time of a day that is written without one."""

HORIZON = timedelta(days=10 * 365)
"""Nothing here lies further off, on either side."""

_YEARS_TRIED = 9
"""In these there is a 29 February, also around 2100."""

_MONTH_NAMES = (
    "jan january januar jänner",
    "feb february februar",
    "mar march mär märz mrz",
    "apr april",
    "may mai",
    "jun june juni",
    "jul july juli",
    "aug august",
    "sep sept september",
    "oct october okt oktober",
    "nov november",
    "dec december dez dezember",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_WEEKDAY_NAMES = (
    "mon monday mo montag",
    "tue tues tuesday di dienstag",
    "wed wednesday mi mittwoch",
    "thu thur thurs thursday do donnerstag",
    "fri friday fr freitag",
    "sat saturday sa samstag sonnabend",
    "sun sunday so sonntag",
)
_WEEKDAYS = {name: number for number, names in enumerate(_WEEKDAY_NAMES) for name in names.split()}
_DAYS = {
    "today": 0, "heute": 0, "tomorrow": 1, "tmrw": 1, "morgen": 1, "day after tomorrow": 2, "übermorgen": 2,
    "yesterday": -1, "gestern": -1, "day before yesterday": -2, "vorgestern": -2,
}  # fmt: skip
_HOURS = {"noon": time(12), "mittag": time(12), "mittags": time(12), "midnight": time(0), "mitternacht": time(0)}


def _any_of(words: dict[str, int] | dict[str, time]) -> str:
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


_MONTH = rf"(?P<month_name>{_any_of(_MONTHS)})\.?"
_DATES = [
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\.(?: ?(?P<year>\d{4}|\d\d))?",
        rf"(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th)? ?(?:of )?{_MONTH},?(?: (?P<year>\d{{4}}))?",
        rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?(?: (?P<year>\d{{4}}))?",
        rf"(?:the )?(?P<shift>{_any_of(_DAYS)})",
        rf"(?:on |am )?(?P<next>next |nächster |nächsten |nächste )?(?P<weekday>{_any_of(_WEEKDAYS)})\.?",
    )
]
_SHORT_DATE = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?P<year>)", re.ASCII)
"""A day without the last dot, which is one only beside a time: alone, "10.12" is twelve minutes past ten."""

_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d)(?::(?P<second>\d\d))?)?"
    r"(?: ?(?P<half>am|pm|a\.m\.|p\.m\.)|(?P<uhr> ?uhr))?"
    rf"|(?P<named>{_any_of(_HOURS)})",
    re.ASCII,
)
_TIMESTAMP = re.compile(r"<t:(-?\d{1,12})(?::[a-zA-Z])?>", re.ASCII)
_RELATIVE = re.compile(r"(?:in |\+ ?)(?P<ahead>.+)|(?:vor (?P<back>.+)|(?P<ago>.+) ago)|(?P<bare>.+)")
_JOINT = re.compile(r",? (?:(?:at|um|on|am|@) )?|(?<=\d)t(?=\d)")


def parse_moment(
    text: str,
    *,
    now: datetime,
    zone: ZoneInfo,
    past: bool = False,
    earliest: datetime | None = None,
    latest: datetime | None = None,
) -> datetime:
    """Read a moment, in UTC.

    Its bounds are, unless said otherwise, from now on for ten years; with `past`, from ten years ago until now.

    Raises:
        MomentNotUnderstood: it can't be read.
        MomentOutOfBounds: it can, but is out of bounds.
    """
    found = _moment(text, now=now.astimezone(UTC), zone=zone, past=past)
    earliest = earliest or (now - HORIZON if past else now)
    latest = latest or (now if past else now + HORIZON)
    if not earliest <= found <= latest:
        raise MomentOutOfBounds(found, earliest, latest)
    return found


def _moment(text: str, *, now: datetime, zone: ZoneInfo, past: bool) -> datetime:
    written = simple(text)
    stamp = _TIMESTAMP.fullmatch(text.strip())
    try:
        if stamp is not None:
            return datetime.fromtimestamp(0, UTC) + timedelta(seconds=int(stamp[1]))
        if written in {"now", "jetzt"}:
            return now
        exact = _exact(text.strip())
        if exact is not None:
            return exact
        found = _calendar(written, now, zone, past=past)
        return _relative(written, now) if found is None else found
    except (ValueError, OverflowError):  # a 30 February, the 25th hour, or beyond the calendar
        raise MomentNotUnderstood from None


def _exact(text: str) -> datetime | None:
    """An ISO time that carries its own zone."""
    if len(text) < len("2026-12-24T18:00Z") or "T" not in text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if found.tzinfo is None else found.astimezone(UTC)


def _relative(text: str, now: datetime) -> datetime:
    match = _RELATIVE.fullmatch(text)
    if match is None:
        raise MomentNotUnderstood
    back = match["back"] or match["ago"]
    try:
        seconds = parse_duration(back or match["ahead"] or match["bare"])
    except (DurationNotUnderstood, DurationOutOfBounds):
        raise MomentNotUnderstood from None
    return now - timedelta(seconds=seconds) if back else now + timedelta(seconds=seconds)


def _calendar(text: str, now: datetime, zone: ZoneInfo, *, past: bool) -> datetime | None:
    """A day, a time, or both in either order; None if it is none of these."""
    for day_text, time_text in _splits(text) if text else ():
        shapes = [*_DATES, _SHORT_DATE] if time_text else _DATES
        day = next((match for one in shapes if (match := one.fullmatch(day_text))), None) if day_text else None
        at = _time(time_text, alone=day is None) if time_text else END_OF_DAY
        if at is None or (day is None and day_text):
            continue
        days = _days(day, now.astimezone(zone).date(), past=past)
        moments = [_at(one, at, zone, now, past=past) for one in days]
        fitting = [one for one in moments if (one <= now if past else one >= now)]
        return (max if past else min)(fitting) if fitting else (min if past else max)(moments)
    return None


def _splits(text: str) -> Iterator[tuple[str, str]]:
    """Every way to read a text as a day and a time."""
    yield text, ""
    yield "", re.sub(r"^(?:at|um) ", "", text)
    for joint in _JOINT.finditer(text):
        first, second = text[: joint.start()], text[joint.end() :]
        yield first, second
        yield second, re.sub(r"^(?:at|um) ", "", first)


def _time(text: str, *, alone: bool) -> time | None:
    """A time of day. A bare number is one only beside a day: "friday 9", but not "9"."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    if match["named"]:
        return _HOURS[match["named"]]
    if alone and not (match["minute"] or match["half"] or match["uhr"]):
        return None
    hour, minute, second = int(match["hour"]), int(match["minute"] or 0), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 — hours on the dial
            raise MomentNotUnderstood
        hour = hour % 12 + (12 if match["half"].startswith("p") else 0)
    return time(hour, minute, second)


def _days(match: re.Match[str] | None, today: date, *, past: bool) -> list[date]:
    """The days that may be meant: one, or several of which the nearest that fits is."""
    step = -1 if past else 1
    if match is None:
        return [today + timedelta(days=step * count) for count in (0, 1)]
    parts = match.groupdict()
    if parts.get("shift"):
        return [today + timedelta(days=_DAYS[parts["shift"]])]
    if parts.get("weekday"):
        away = (_WEEKDAYS[parts["weekday"]] - today.weekday()) * step % 7
        weeks = (1, 2) if parts["next"] and not away else (0, 1)
        return [today + timedelta(days=step * (away + 7 * count)) for count in weeks]
    month = _MONTHS[parts["month_name"]] if parts.get("month_name") else int(parts["month"])
    day, year = int(parts["day"]), parts["year"]
    if year:
        return [date(int(year) + (2000 if len(year) == 2 else 0), month, day)]  # noqa: PLR2004 — "26"
    years = [today.year + step * count for count in range(_YEARS_TRIED)]
    found = [date(one, month, day) for one in years if _exists(one, month, day)]
    if not found:
        raise MomentNotUnderstood
    return found


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _at(day: date, at: time, zone: ZoneInfo, now: datetime, *, past: bool) -> datetime:
    """A wall clock's time in UTC; the start of this module says what becomes of times that are not there, or twice."""
    first, second = (datetime.combine(day, at.replace(fold=fold), tzinfo=zone).astimezone(UTC) for fold in (0, 1))
    if first >= second:  # once, or in a gap, where the first is what the clocks would have shown
        return first
    if past:
        return second if second <= now else first
    return first if first >= now else second
