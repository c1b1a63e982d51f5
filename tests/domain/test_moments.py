"""Dates and times as people write them, in a zone whose clocks change; whatever else comes is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.moments import HORIZON, parse_moment
from bot.errors import MomentNotUnderstood, MomentOutOfBounds, UserError

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 20, 0, 30, tzinfo=UTC)  # a Friday, 21:00:30 in Berlin


def read(text: str, *, now: datetime = NOW, zone: ZoneInfo = BERLIN, past: bool = False) -> str:
    return parse_moment(text, now=now, zone=zone, past=past).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("tomorrow 18:00", "2026-11-21 18:00:00"),
        ("tomorrow at 6pm", "2026-11-21 18:00:00"),
        ("6 p.m. tomorrow", "2026-11-21 18:00:00"),
        ("morgen um 18 Uhr", "2026-11-21 18:00:00"),
        ("übermorgen mittag", "2026-11-22 12:00:00"),
        ("day after tomorrow 8am", "2026-11-22 08:00:00"),
        ("friday 9pm", "2026-11-27 21:00:00"),  # half a minute too late for today
        ("friday 10pm", "2026-11-20 22:00:00"),
        ("friday", "2026-11-20 23:59:00"),
        ("next friday 22:00", "2026-11-27 22:00:00"),
        ("am Sonntag um 20.15 Uhr", "2026-11-22 20:15:00"),
        ("mo 8", "2026-11-23 08:00:00"),
        ("today", "2026-11-20 23:59:00"),
        ("heute 23:30", "2026-11-20 23:30:00"),
        ("2026-12-24 18:00", "2026-12-24 18:00:00"),
        ("2026-12-24T18:00:05", "2026-12-24 18:00:05"),
        ("2026-12-24T18:00Z", "2026-12-24 19:00:00"),
        ("2026-12-24T18:00+05:00", "2026-12-24 14:00:00"),
        ("24.12. 18:00", "2026-12-24 18:00:00"),
        ("24.12 18:00", "2026-12-24 18:00:00"),
        ("18:00, 24.12.", "2026-12-24 18:00:00"),
        ("24.12.", "2026-12-24 23:59:00"),
        ("19.11.", "2027-11-19 23:59:00"),
        ("24.12.27", "2027-12-24 23:59:00"),
        ("24 Dec 2027", "2027-12-24 23:59:00"),
        ("Dec 24th, 6pm", "2026-12-24 18:00:00"),
        ("24. Dezember 18 Uhr", "2026-12-24 18:00:00"),
        ("29.2.", "2028-02-29 23:59:00"),
        ("21:30", "2026-11-20 21:30:00"),
        ("18:00", "2026-11-21 18:00:00"),
        ("noon", "2026-11-21 12:00:00"),
        ("12am", "2026-11-21 00:00:00"),
        ("in 3 days", "2026-11-23 21:00:30"),
        ("in half an hour", "2026-11-20 21:30:30"),
        ("2h30m", "2026-11-20 23:30:30"),
        ("+90 min", "2026-11-20 22:30:30"),
        ("in einer Woche", "2026-11-27 21:00:30"),
        ("now", "2026-11-20 21:00:30"),
        ("<t:1798131600>", "2026-12-24 18:00:00"),
        ("<t:1798131600:R>", "2026-12-24 18:00:00"),
    ],
)
def test_what_people_write_is_understood(text: str, meant: str) -> None:
    assert read(text) == meant
    assert read(f"  {text.upper() if '<' not in text and 'T' not in text else text} ") == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("friday", "2026-11-13 23:59:00"),  # today's last minute is still to come
        ("monday", "2026-11-16 23:59:00"),
        ("yesterday 18:00", "2026-11-19 18:00:00"),
        ("vorgestern", "2026-11-18 23:59:00"),
        ("24.12.", "2025-12-24 23:59:00"),
        ("29.2.", "2024-02-29 23:59:00"),
        ("20:00", "2026-11-20 20:00:00"),
        ("22:00", "2026-11-19 22:00:00"),
        ("3 days ago", "2026-11-17 21:00:30"),
        ("vor 2 Stunden", "2026-11-20 19:00:30"),
    ],
)
def test_the_past_is_looked_for_where_it_is_wanted(text: str, meant: str) -> None:
    assert read(text, past=True) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "9",
        "24.12",
        "30.2.2027",
        "31.4.",
        "tomorrow 25:00",
        "tomorrow 9:75",
        "13pm",
        "0am",
        "1/2/2027",
        "tomorrow tomorrow",
        "18:00 19:00",
        "in",
        "in tomorrow",
        "friday in 2 hours",
        "<t:99999999999999999999>",
        "<t:abc>",
        "2027-13-01",
        "t",
        "0000-01-01",
        "ago",
        "vor",
        "in 1000 years",
        "<t:999999999999>",
        "٢٤.١٢.",
        "24.12.0x7e",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(MomentNotUnderstood):
        read(text)


@pytest.mark.parametrize(
    "text", ["yesterday", "1 hour ago", "2026-11-20 20:59", "2099-01-01", "<t:0>", "<t:-1>", "0001-01-01"]
)
def test_bounds_are_kept_and_what_was_understood_is_said(text: str) -> None:
    with pytest.raises(MomentOutOfBounds) as refused:
        read(text)
    assert (refused.value.earliest_at, refused.value.latest_at) == (NOW, NOW + HORIZON)
    assert not NOW <= refused.value.moment_at <= NOW + HORIZON


def test_a_time_that_does_not_exist_is_read_as_if_clocks_were_not_put_forward() -> None:
    before = datetime(2027, 3, 27, 12, tzinfo=UTC)
    assert parse_moment("28.3.2027 2:30", now=before, zone=BERLIN) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert read("28.3.2027 2:30", now=before) == "2027-03-28 03:30:00"
    assert read("28.3.2027 3:00", now=before) == "2027-03-28 03:00:00"


def test_a_time_that_comes_twice_is_the_first_that_is_still_to_come() -> None:
    first, second = datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    for now, past, meant in (
        (first - timedelta(minutes=1), False, first),
        (first + timedelta(minutes=1), False, second),
        (first + timedelta(minutes=1), True, first),
        (second + timedelta(minutes=1), True, second),
    ):
        assert parse_moment("31.10.2027 2:30", now=now, zone=BERLIN, past=past) == meant


def test_days_are_counted_by_the_wall_and_lengths_by_the_clock() -> None:
    before = datetime(2027, 3, 27, 11, tzinfo=UTC)  # 12:00 in Berlin, the day before it loses an hour
    assert read("tomorrow 12:00", now=before) == "2027-03-28 12:00:00"
    assert read("in 1 day", now=before) == "2027-03-28 13:00:00"


def test_a_day_belongs_to_the_zone_it_is_written_in() -> None:
    assert read("tomorrow 0:00", zone=ZoneInfo("Pacific/Auckland")) == "2026-11-22 00:00:00"
    assert read("tomorrow 0:00", zone=ZoneInfo("America/Los_Angeles")) == "2026-11-21 00:00:00"
    assert (
        read("29.12.2011", zone=ZoneInfo("Pacific/Apia"), now=datetime(2011, 12, 1, tzinfo=UTC))
        == "2011-12-29 23:59:00"
    )


@given(
    moment=st.datetimes(NOW.replace(tzinfo=None) + timedelta(minutes=1), datetime(2036, 1, 1)),  # noqa: DTZ001 — made aware
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_what_is_written_out_in_full_is_read_back(moment: datetime, zone: str) -> None:
    there = moment.replace(tzinfo=UTC, second=0, microsecond=0).astimezone(ZoneInfo(zone))
    for form in (
        "%Y-%m-%d %H:%M",
        "%d.%m.%Y %H:%M",
        "%d.%m.%Y um %H Uhr %M" if there.minute == 61 else "%H:%M %d %B %Y",
    ):
        found = parse_moment(there.strftime(form), now=NOW, zone=ZoneInfo(zone))
        assert found.astimezone(there.tzinfo).replace(fold=0) == there.replace(fold=0)
    # As seconds: what comes twice in a zone is never equal to anything of another.
    found = parse_moment(f"<t:{int(there.timestamp())}:f>", now=NOW, zone=ZoneInfo(zone))
    assert found.timestamp() == there.timestamp()


WORDS = [
    "in",
    "3",
    "days",
    "tomorrow",
    "friday",
    "next",
    "24.12.",
    "24",
    "dec",
    "2026-12-24",
    "18:00",
    "9pm",
    "at",
    "um",
    "am",
    "uhr",
    "noon",
    "ago",
    "vor",
    "29.2.",
    "99",
    ":",
    ".",
    ",",
    "-",
    "<t:1>",
]


@given(
    text=st.text(max_size=150) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    now=st.datetimes(timezones=st.just(UTC), min_value=datetime(2015, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 — made aware
    past=st.booleans(),
)
@example(text="1" * 100_000, now=NOW, past=False)
@example(text=" at" * 33, now=NOW, past=False)
@example(text="9999-12-31 23:59", now=NOW, past=False)
@example(text="0001-01-01T00:00+14:00", now=NOW, past=True)
@example(text="2026-12-24T\ud800:00", now=NOW, past=False)
@example(text="29.2.", now=datetime(2097, 3, 1, tzinfo=UTC), past=False)
def test_nothing_that_is_written_does_harm(text: str, now: datetime, past: bool) -> None:
    try:
        found = parse_moment(text, now=now, zone=BERLIN, past=past)
    except UserError:
        return
    assert found.tzinfo is not None
    assert (now - HORIZON <= found <= now) if past else (now <= found <= now + HORIZON)
