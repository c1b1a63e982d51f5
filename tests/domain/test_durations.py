"""Lengths of time as people write them, in two languages; whatever else comes is refused with a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.durations import MAX_SECONDS, Unit, parse_duration, units_of, written_duration
from bot.errors import DurationNotUnderstood, DurationOutOfBounds, UserError
from bot.i18n import LANGUAGES, speaking
from bot.ui.text import duration

MINUTE, HOUR, DAY, WEEK, YEAR = 60, 3_600, 86_400, 604_800, 31_536_000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2h30m", 2 * HOUR + 30 * MINUTE),
        ("1d 12h", 36 * HOUR),
        ("90 min", 90 * MINUTE),
        ("90S", 90),
        ("2 weeks", 2 * WEEK),
        ("1 hour, 30 minutes and 5 seconds", 5_405),
        ("half an hour", 30 * MINUTE),
        ("a half hour", 30 * MINUTE),
        ("half a day", 12 * HOUR),
        ("an hour and a half", 90 * MINUTE),
        ("two and a half hours", 150 * MINUTE),
        ("1.5h", 90 * MINUTE),
        ("1,5 Stunden", 90 * MINUTE),
        ("eine halbe Stunde", 30 * MINUTE),
        ("anderthalb Stunden", 90 * MINUTE),
        ("2 Std. 30 Min.", 150 * MINUTE),
        ("drei Tage und fünf Stunden", 3 * DAY + 5 * HOUR),
        ("1 Woche", WEEK),
        ("1 month", 30 * DAY),
        ("2mo 2m", 60 * DAY + 2 * MINUTE),
        ("ein Jahr", 365 * DAY),
        ("0s", 0),
        ("0.4 s", 0),
        ("1h 1h", 2 * HOUR),
    ],
)
def test_what_people_write_is_understood(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "90",
        "-5m",
        "1h-5m",
        "soon",
        "1h tomorrow",
        "1h 5",
        "hour",
        "h",
        "1 x",
        "1h and",
        "1..5h",
        "1h,,5m",
        "½h",
        "٣h",
        "1e3 s",
        "0x10s",
        "nan h",
        "1h" * 60,
        "a" * 100,
        "half",
        "and a half",
        "1.2345h",
        "9999999999s",
        "1 hourly",
    ],
)
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(DurationNotUnderstood):
        parse_duration(text)


@pytest.mark.parametrize("text", ["59s", "1h 1s", "999999999w", "0s"])
def test_bounds_are_kept_and_said(text: str) -> None:
    with pytest.raises(DurationOutOfBounds) as refused:
        parse_duration(text, least=MINUTE, most=HOUR)
    assert (refused.value.least, refused.value.most) == (timedelta(minutes=1), timedelta(hours=1))
    assert parse_duration("1 min", least=MINUTE, most=HOUR) == MINUTE
    assert parse_duration("60 min", least=MINUTE, most=HOUR) == HOUR


@pytest.mark.parametrize("spoken", LANGUAGES)
@given(seconds=st.integers(0, MAX_SECONDS))
@example(seconds=MAX_SECONDS)
@example(seconds=MAX_SECONDS - 1)
@example(seconds=YEAR)
@example(seconds=YEAR - 1)
def test_what_is_shown_can_be_written_again(spoken: str, seconds: int) -> None:
    assert parse_duration(written_duration(seconds)) == seconds
    with speaking(spoken):
        assert parse_duration(duration(seconds)) == seconds
    assert sum(unit * count for unit, count in units_of(seconds)) == seconds


@given(
    text=st.text(max_size=200)
    | st.lists(
        st.sampled_from(
            [
                "1",
                "12",
                "0,5",
                "half",
                "an",
                "a",
                "and",
                "und",
                "ein",
                "h",
                "hour",
                "stunde",
                "min",
                "s",
                "d",
                "w",
                ",",
                ".",
                "&",
                "-",
            ]
        ),
        max_size=30,
    ).map(" ".join)
)
@example("1" * 100_000)
@example("a " * 49 + "a")
@example("1 and a " * 12)
@example("\ud800")
def test_nothing_that_is_written_does_harm(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except UserError:
        return
    assert 0 <= seconds <= MAX_SECONDS


def test_lengths_are_said_in_words_with_the_right_number() -> None:
    assert duration(HOUR + 1) == "1 hour 1 second"
    assert duration(timedelta(days=15, minutes=2)) == "15 days 2 minutes"
    assert duration(timedelta(days=14, minutes=2)) == "2 weeks 2 minutes"
    assert duration(timedelta(days=90)) == "90 days", "as anybody says it"
    assert duration(0) == "0 seconds"
    assert duration(MAX_SECONDS) == "10 years"
    assert duration(YEAR + 3 * WEEK) == "1 year 3 weeks"
    assert duration(YEAR - DAY) == "52 weeks"
    assert written_duration(2 * YEAR + HOUR) == "2y 1h"
    assert list(Unit) == sorted(Unit, reverse=True)
