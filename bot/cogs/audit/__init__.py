"""/audit: what staff changed, for staff to read."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.host import ServiceHost
from bot.actions.people import Somebody
from bot.cogs.audit.controls import CONTROLS, dynamic_items, open_log, reader_of
from bot.domain.audit import filter_of
from bot.errors import OptionNotUnderstood
from bot.ui.staff import for_staff
from bot.words import N_

PERMISSIONS = discord.Permissions.none()
"""What this feature needs in a guild: its answers need nothing."""

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

_MOST_CHOICES, _LONGEST = 25, 100

_WHAT = N_("What was done, or which settings were changed.")


class What(app_commands.Transformer):
    """An action of the log, or a section of the settings, by its name or by what people call it."""

    async def transform(self, interaction: Interaction, value: str, /) -> str:
        """Which one is meant.

        Raises:
            OptionNotUnderstood: none.
        """
        wanted = value.strip().casefold()
        for name, said in _kinds(interaction):
            if wanted in {name, said.casefold()}:
                return name
        raise OptionNotUnderstood("what", value, _WHAT)

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[Choice]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """Those in whose name this is."""
        wanted = value.strip().casefold()
        fitting = [(name, said) for name, said in _kinds(interaction) if wanted in said.casefold()]
        return [Choice(name=said[:_LONGEST], value=name) for name, said in fitting[:_MOST_CHOICES]]


def _kinds(interaction: Interaction) -> list[tuple[str, str]]:
    """Everything one can look for, and what it is called."""
    reader = reader_of(interaction)
    names = [*reader.actions, *(section.section for section in reader.sections)]
    return [(name, reader.what(name)) for name in names]


class AuditCog(commands.Cog):
    """The audit log."""

    @for_staff
    @app_commands.command(
        name="audit",
        description="Read what staff changed here, when, and what it was before.",
        extras={
            "examples": ["/audit", "/audit by:@Bob", "/audit what:economy", "/audit about:@Carol"],
            "slash_only": True,
        },
    )
    @app_commands.describe(
        by="Who did it; anybody if you leave it out.",
        about="To whom it was done.",
        what=_WHAT,
    )
    @app_commands.default_permissions(view_audit_log=True)
    @app_commands.guild_only()
    async def audit(
        self,
        interaction: Interaction,
        by: Transform[int, Somebody] | None = None,
        about: Transform[int, Somebody] | None = None,
        what: Transform[str, What] | None = None,
    ) -> None:
        """Show the newest page."""
        await open_log(interaction, filter_of(by, about, what))


async def setup(bot: Any) -> None:
    """Add what is here to a bot."""
    host: ServiceHost = bot
    host.router.add(*CONTROLS)
    bot.add_dynamic_items(*dynamic_items())
    await bot.add_cog(AuditCog())
