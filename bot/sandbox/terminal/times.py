"""Discord's timestamps in words, as the client of whoever looks draws them: in its language and its zone."""

from datetime import UTC, datetime, timedelta

from babel import Locale, UnknownLocaleError, default_locale
from babel.dates import format_date, format_time, format_timedelta

_FORMATS = {
    "t": "%H:%M",
    "T": "%H:%M:%S",
    "d": "%Y-%m-%d",
    "D": "%-d %B %Y",
    "f": "%-d %B %Y %H:%M",
    "F": "%A, %-d %B %Y %H:%M",
}
_UNITS = ((60, "second"), (60, "minute"), (24, "hour"), (30, "day"), (12, "month"))
_DAYS = {"d": "short", "D": "long", "f": "long", "F": "full"}
_HOURS = {"t": "short", "T": "medium", "f": "short", "F": "short"}


def terminal_locale() -> str:
    """The locale in which this terminal writes times."""
    return default_locale("LC_TIME") or "en"


def when(timestamp: int, style: str, now: datetime, locale: str = "en") -> str:
    """A Discord timestamp in words: relative for R, else in the zone of `now`, which is named behind the hour."""
    try:
        moment = datetime.fromtimestamp(timestamp, UTC).astimezone(now.tzinfo)
    except (OverflowError, ValueError, OSError):
        return str(timestamp)
    spoken = _known(locale)
    seconds = (moment - now).total_seconds()
    if style == "R":
        return relative(seconds) if spoken is None else _relative(seconds, spoken)
    words = moment.strftime(_FORMATS[style].replace("%-d", str(moment.day))) if spoken is None else ""
    if spoken is not None:
        parts = [format_date(moment, _DAYS[style], spoken)] if style in _DAYS else []
        parts += [format_time(moment, _HOURS[style], moment.tzinfo, spoken)] if style in _HOURS else []
        words = " ".join(parts)
    return f"{words} {_zone(moment)}" if style in _HOURS else words


def relative(seconds: float) -> str:
    """A distance in time: `in 5 hours`, `2 minutes ago`, `now`."""
    amount = round(abs(seconds))
    if amount == 0:
        return "now"
    unit = "year"
    for size, name in _UNITS:
        if amount < size:
            unit = name
            break
        amount = round(amount / size)
    words = f"{amount} {unit}" if amount == 1 else f"{amount} {unit}s"
    return f"in {words}" if seconds > 0 else f"{words} ago"


def _relative(seconds: float, locale: Locale) -> str:
    whole = round(seconds) or -1  # there is no short word for now in every language
    return format_timedelta(timedelta(seconds=whole), threshold=1, add_direction=True, locale=locale)


def _known(locale: str) -> Locale | None:
    """The locale, if it is another language than English, which has forms of its own here, and is known."""
    try:
        found = Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None
    return None if found.language == "en" else found


def _zone(moment: datetime) -> str:
    name = moment.tzname() or ""
    return f"UTC{name}" if name[:1] in ("+", "-") else name
