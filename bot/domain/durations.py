"""Lengths of time, as people write them in English and German: ``2h30m``, ``1d 12h``, ``90 min``, ``half an hour``.

A length is a whole number of seconds. A day is 24 hours and a week seven days, also when clocks change; a month is 30
days and a year 365, for who writes "1 month" of a length means about that. ``m`` is minutes, ``mo`` months. A number
without a unit is refused: nobody knows what it means.
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import IntEnum
from fractions import Fraction

from bot.errors import DurationNotUnderstood, DurationOutOfBounds

MAX_SECONDS = 10 * 365 * 86_400
"""Ten years; nothing here takes longer."""

_FAR = 100 * MAX_SECONDS
"""What is longer is not counted any more when it is refused."""

LONGEST_TEXT = 100


class Unit(IntEnum):
    """What lengths are said in, in seconds; the longest first."""

    YEAR = 31_536_000
    WEEK = 604_800
    DAY = 86_400
    HOUR = 3_600
    MINUTE = 60
    SECOND = 1


_NAMES: dict[int, str] = {
    1: "s sec secs second seconds sek sekunde sekunden",
    60: "m min mins minute minutes minuten",
    3_600: "h hr hrs hour hours std stunde stunden",
    86_400: "d day days t tag tage tagen",
    604_800: "w wk wks week weeks woche wochen",
    30 * 86_400: "mo mos month months monat monate monaten",
    365 * 86_400: "y yr yrs year years j jahr jahre jahren",
}
_UNITS = {name: seconds for seconds, names in _NAMES.items() for name in names.split()}
_NUMBERS = (
    "zero null", "a an one ein eine einen einer einem", "two zwei", "three drei", "four vier", "five fünf", "six sechs",
    "seven sieben", "eight acht", "nine neun", "ten zehn", "eleven elf", "twelve zwölf",
)  # fmt: skip
_WORDS = {word: Fraction(value) for value, words in enumerate(_NUMBERS) for word in words.split()} | {
    "anderthalb": Fraction(3, 2),
    "eineinhalb": Fraction(3, 2),
    "zweieinhalb": Fraction(5, 2),
}
_HALVES = {"half", "halb", "halbe", "halben", "halber", "halbes"}


def _any_of(words: set[str]) -> str:
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


_END = r"(?![a-zäöüß])"
_NUMBER = rf"(?:\d{{1,9}}(?:[.,]\d{{1,3}})?|{_any_of(set(_WORDS))}{_END})"
_HALF = rf"(?:(?:ein|eine|einen|einer|a) )?{_any_of(_HALVES)}{_END}(?: an?{_END})?"
_AND = rf"(?:and|und){_END}"
_PIECE = re.compile(
    rf"(?:(?P<half>{_HALF})|(?P<number>{_NUMBER})(?P<and_half> {_AND} {_HALF})?)"
    rf" ?(?P<unit>{_any_of(set(_UNITS))}){_END}\.?(?P<half_more> {_AND} (?:a )?{_any_of(_HALVES)}{_END}$)?",
    re.ASCII,
)
_BETWEEN = re.compile(rf" ?(?:[,;+&]|{_AND})? ?", re.ASCII)


def parse_duration(text: str, *, least: int = 0, most: int = MAX_SECONDS) -> int:
    """Read a length of time, in seconds, from `least` to `most`. Fractions of a second are rounded.

    Raises:
        DurationNotUnderstood: it can't be read.
        DurationOutOfBounds: it can, but is out of bounds.
    """
    return within(_seconds(simple(text)), least=least, most=most)


def within(seconds: int, *, least: int, most: int) -> int:
    """The length, if it is in bounds.

    Raises:
        DurationOutOfBounds: it is not.
    """
    if not least <= seconds <= most:
        raise DurationOutOfBounds(
            timedelta(seconds=min(seconds, _FAR)), timedelta(seconds=least), timedelta(seconds=most)
        )
    return seconds


def simple(text: str) -> str:
    """A text in small letters, with single spaces; empty if it is too long to mean anything."""
    return " ".join(text.lower().split()) if len(text) <= LONGEST_TEXT else ""


def _seconds(text: str) -> int:
    total, position = Fraction(0), 0
    while True:
        piece = _PIECE.match(text, position)
        if piece is None:
            raise DurationNotUnderstood
        total += _worth(piece)
        position = piece.end()
        if position == len(text):
            return round(total)
        between = _BETWEEN.match(text, position)
        position = position if between is None else between.end()


def _worth(piece: re.Match[str]) -> Fraction:
    half = Fraction(1, 2)
    count = half if piece["half"] else _number(piece["number"])
    if piece["and_half"]:
        count += half
    if piece["half_more"]:
        count += half
    return count * _UNITS[piece["unit"]]


def _number(text: str) -> Fraction:
    return _WORDS[text] if text in _WORDS else Fraction(text.replace(",", "."))


def units_of(seconds: int) -> list[tuple[Unit, int]]:
    """A length in the units that it is said in, the longest first; those that it has none of are left out.

    Weeks only if no days are left: 90 days are not 12 weeks and 6 days to anybody.
    """
    found: list[tuple[Unit, int]] = []
    left = seconds
    for unit in Unit:
        if unit is Unit.WEEK and left % unit >= Unit.DAY:
            continue
        count, left = divmod(left, unit)
        if count:
            found.append((unit, count))
    return found


def written_duration(seconds: int) -> str:
    """A length in short: ``1d 12h``. `parse_duration` reads it back."""
    return " ".join(f"{count}{unit.name[0].lower()}" for unit, count in units_of(seconds)) or "0s"
