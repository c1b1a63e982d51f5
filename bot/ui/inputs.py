"""Options of commands that people write freely, and that say while they are written what was understood.

    async def remind(self, interaction, when: Transform[datetime, When()], every: Transform[int, HowLong(least=60)]): …

Discord only hints with suggestions: free text arrives all the same, so both ways end in the same parser.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import discord
from discord import app_commands

from bot.domain.durations import MAX_SECONDS, parse_duration, within, written_duration
from bot.domain.moments import parse_moment
from bot.errors import Unavailable, UserError
from bot.i18n import _
from bot.ui import text
from bot.ui.controls import Host
from bot.ui.errors import describe

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

MOST_CHOICES = 25
_LONGEST = 100
"""Characters of a choice's name and of its value."""

_USUAL = (600, 3_600, 6 * 3_600, 86_400, 3 * 86_400, 604_800, 4 * 604_800)
_UNITS = ("m", "h", "d", "w")
_USUAL_MOMENTS = ("in 1 hour", "in 6 hours", "tomorrow 18:00", "in 3 days", "in 1 week")


class HowLong(app_commands.Transformer):
    """A length of time in seconds, from `least` to `most`; `usual` lengths are offered first.

    With `ends`, suggestions say when a length that begins now is over.
    """

    def __init__(
        self, *, least: int = 1, most: int = MAX_SECONDS, usual: Sequence[int] = _USUAL, ends: bool = True
    ) -> None:
        self._least = least
        self._most = most
        self._usual = [seconds for seconds in usual if least <= seconds <= most]
        self._ends = ends

    async def transform(self, interaction: Interaction, value: str, /) -> int:  # noqa: ARG002 — discord.py's signature
        """Read it.

        Raises:
            DurationNotUnderstood, DurationOutOfBounds: it is none, or out of bounds.
        """
        return parse_duration(value, least=self._least, most=self._most)

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """What was understood so far, or the usual lengths."""
        written = value.strip()
        try:
            local = await _local_now(interaction) if self._ends else None
        except Unavailable:
            local = None
        if not written:
            return [self._choice(seconds, local) for seconds in self._usual][:MOST_CHOICES]
        try:
            return [self._choice(parse_duration(written, least=self._least, most=self._most), local)]
        except UserError as error:
            guesses = self._guesses(written)
            return [self._choice(seconds, local) for seconds in guesses] or [refusal(error, written)]

    def _guesses(self, written: str) -> list[int]:
        """A bare number with each of the units, as far as they fit."""
        found: list[int] = []
        for unit in _UNITS if written.isdecimal() else ():
            try:
                found.append(within(parse_duration(written + unit), least=self._least, most=self._most))
            except UserError:
                continue
        return found

    def _choice(self, seconds: int, local: datetime | None) -> Choice:
        said = text.duration(seconds)
        if local is not None:
            end = (local + timedelta(seconds=seconds)).astimezone(local.tzinfo)
            said = _("{length} — ends {moment}").format(length=said, moment=text.clock_time(end))
        return app_commands.Choice(name=said[:_LONGEST], value=written_duration(seconds))


class When(app_commands.Transformer):
    """A moment, in UTC, written in the time zone of whoever writes it: their own, or else the guild's.

    From now on for ten years, or with `past` until now. `usual` are what is offered before anything is written, as a
    person would write them.
    """

    def __init__(self, *, past: bool = False, usual: Sequence[str] | None = None) -> None:
        self._past = past
        self._usual = tuple(usual if usual is not None else () if past else _USUAL_MOMENTS)

    async def transform(self, interaction: Interaction, value: str, /) -> datetime:
        """Read it.

        Raises:
            MomentNotUnderstood, MomentOutOfBounds: it is none, or out of bounds.
            DatabaseAway: their time zone is not known.
        """
        return self._read(value, await _local_now(interaction))

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """What was understood so far, or the usual moments. What is chosen arrives as the very moment shown."""
        written = value.strip()
        try:
            local = await _local_now(interaction)
        except Unavailable:
            return []
        if not written:
            return [self._choice(self._read(one, local), local, one) for one in self._usual]
        try:
            return [self._choice(self._read(written, local), local)]
        except UserError as error:
            return [refusal(error, written)]

    def _read(self, written: str, local: datetime) -> datetime:
        zone = cast("Any", local.tzinfo)
        return parse_moment(written, now=local, zone=zone, past=self._past)

    def _choice(self, moment: datetime, local: datetime, written: str = "") -> Choice:
        said = text.clock_time(moment.astimezone(local.tzinfo))
        length = text.duration(text.rounded(abs(moment - local)))
        how = _("{moment} — {length} ago") if moment < local else _("{moment} — in {length}")
        said = how.format(moment=said, length=length)
        return app_commands.Choice(name=said[:_LONGEST], value=written or text.timestamp(moment, "f"))


def refusal(error: UserError, written: str) -> Choice:
    """Why a text can't be used, said while it is written; chosen all the same, it is refused with the same words."""
    return app_commands.Choice(name=_plain(describe(error))[:_LONGEST], value=written[:_LONGEST])


def _plain(said: str) -> str:
    """A sentence where Discord draws no timestamps: what is one is left out with what leads to it."""
    return said if "<t:" not in said else _("That moment can't be used here.")


async def _local_now(interaction: Interaction) -> datetime:
    host = cast("Host", interaction.client)
    return host.now().astimezone(await host.zone_of(interaction))
