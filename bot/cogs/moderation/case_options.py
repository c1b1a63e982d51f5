"""Options of the commands about cases."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.actions.host import host_of, services_of
from bot.cogs.moderation.case_access import reader_of
from bot.domain.case_words import STATES, TITLES
from bot.domain.cases import Case, CaseKind
from bot.domain.short_numbers import LARGEST
from bot.errors import OptionNotUnderstood, Unavailable, UserError
from bot.i18n import _
from bot.ui.inputs import MOST_CHOICES
from bot.words import N_

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

_LONGEST = 100
_PATIENCE = 1.5
"""Seconds that suggestions may take."""

WHICH = N_("The number of the case, such as 12.")

KINDS = [Choice(name=TITLES[kind], value=kind.value) for kind in CaseKind]


class CaseNumber(app_commands.Transformer):
    """The number of a case, with its sign or without. Whether there is such a case is for the use to say."""

    async def transform(self, interaction: Interaction, value: str, /) -> int:  # noqa: ARG002 — discord.py's signature
        """Read it.

        Raises:
            OptionNotUnderstood: it is no number.
        """
        number = _number(value)
        if not number:
            raise OptionNotUnderstood("number", value, WHICH)
        return number

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """The newest cases, or those whose number begins so, with kind and member; for staff alone."""
        written = _number(value)
        if written is None and value.strip(" #"):
            return []
        try:
            guild_id = await reader_of(interaction)
            return await host_of(interaction).inquiries.ask(
                ("cases", guild_id, interaction.user.id, written),
                lambda: _suggested(interaction, guild_id, written),
                _PATIENCE,
            )
        except (UserError, Unavailable, TimeoutError):
            return []


def _number(written: str) -> int | None:
    """The number in a text; None if there is none."""
    digits = written.strip().removeprefix("#")
    if not (digits.isdecimal() and digits.isascii()) or len(digits) > len(str(LARGEST)):
        return None
    return int(digits) if int(digits) <= LARGEST else None


async def _suggested(interaction: Interaction, guild_id: int, written: int | None) -> list[Choice]:
    services = services_of(interaction)
    found = await services.case_search.suggested(guild_id, written, limit=MOST_CHOICES)
    names = await services.people.names(guild_id, {case.target_id for case in found})
    return [_choice(case, names.get(case.target_id, str(case.target_id))) for case in found]


def _choice(case: Case, name: str) -> Choice:
    said = f"{case.marker} · {_(TITLES[case.kind])} · {name} · {_(STATES[case.state])}"
    return Choice(name=said[:_LONGEST], value=str(case.number))
