"""Options of /giveaway: which one, by its number; those who write are offered what fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.actions.authority import guild_of
from bot.actions.giveaway_staff import may_make
from bot.actions.host import services_of
from bot.domain.giveaways import Giveaway, Status
from bot.errors import GiveawayNotFound, Unavailable, UserError

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

_LONGEST = 100
_DIGITS = 18


class OwnGiveaway(app_commands.Transformer):
    """A giveaway by its number; of those with one of `statuses` the newest are offered."""

    def __init__(self, *statuses: Status) -> None:
        self._statuses = statuses or tuple(one for one in Status if one is not Status.DRAFT)

    async def transform(self, interaction: Interaction, value: str, /) -> int:  # noqa: ARG002 — discord.py's signature
        """The number; whether there is such a giveaway is looked at by whoever asks for it.

        Raises:
            GiveawayNotFound: it is no number.
        """
        bare = value.strip().removeprefix("#")
        if not (bare.isascii() and bare.isdecimal() and len(bare) <= _DIGITS):
            raise GiveawayNotFound(f"#{bare[:_DIGITS]}")
        return int(bare)

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """Those whose number or prize contains what was written."""
        wanted = value.strip().removeprefix("#").casefold()
        try:
            making = services_of(interaction).giveaway_making
            found = await making.newest(guild_of(interaction).id, self._statuses)
        except (Unavailable, UserError):
            return []
        found = await _visible(interaction, found)
        fitting = [one for one in found if wanted in f"{one.number} {one.prize.casefold()}"]
        return [Choice(name=_label(one), value=str(one.number)) for one in fitting][:25]


async def _visible(interaction: Interaction, found: Sequence[Giveaway]) -> Sequence[Giveaway]:
    """Those that whoever asks may know of: drafts are their host's, their writer's, and of those who may make any."""
    if all(one.status is not Status.DRAFT for one in found):
        return found
    try:
        await may_make(interaction)
    except (Unavailable, UserError):
        me = interaction.user.id
        return [one for one in found if one.status is not Status.DRAFT or me in {one.host_id, one.created_by}]
    return found


def _label(giveaway: Giveaway) -> str:
    return f"{giveaway.marker} {giveaway.prize}"[:_LONGEST]
