"""/unwarn."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.authority import require_standing
from bot.actions.host import services_of
from bot.actions.sanctions import SanctionKeeper
from bot.cogs.moderation.acting import act, settings_of
from bot.cogs.moderation.options import WHY, usual_reasons
from bot.domain.audit import clipped
from bot.domain.cases import MAX_CODE, Case, CaseDetails, CaseKind
from bot.domain.moderation import ACTS
from bot.errors import GuildOnly, Unavailable, UserError
from bot.ui.answers import settled
from bot.ui.inputs import MOST_CHOICES
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]

_LONGEST_CHOICE = 100


class Warned(app_commands.Transformer):
    """A warning, by its code or by the number of its case; the newest ones are offered."""

    async def transform(self, interaction: Interaction, value: str, /) -> str:  # noqa: ARG002 — discord.py's signature
        """As it was written: whether there is one is looked at by whoever uses it."""
        return value.strip()[: MAX_CODE + 1]

    async def autocomplete(self, interaction: Interaction, value: str, /) -> list[app_commands.Choice[str]]:  # pyright: ignore[reportIncompatibleMethodOverride] — of all kinds of choices, these
        """The newest warnings with these letters in their code, reason or member, for those who may warn."""
        needed, services = ACTS[CaseKind.UNWARN], services_of(interaction)
        try:
            guild_id = await require_standing(interaction, needed.permission, needed.staff)
            found = await services.warnings.newest(guild_id, limit=4 * MOST_CHOICES)
            names = await services.people.names(guild_id, [case.target_id for case in found])
        except (Unavailable, UserError):
            return []
        wanted = value.strip().casefold()
        offered = [(case, _described(case, names.get(case.target_id, str(case.target_id)))) for case in found]
        return [
            app_commands.Choice(name=clipped(said, _LONGEST_CHOICE), value=case.marker)
            for case, said in offered
            if wanted in said.casefold()
        ][:MOST_CHOICES]


def _described(case: Case, name: str) -> str:
    parts = [case.code, name, case.reason]
    return " · ".join([*(part for part in parts if part), case.marker])


async def warning_of(interaction: Interaction, written: str) -> Case:
    """The warning that somebody of staff names.

    Raises:
        GuildOnly, FeatureOff, StaffNeeded: it can't be asked here, or not by them.
        WarningNotFound: there is none.
    """
    await settings_of(interaction)
    if interaction.guild_id is None:
        raise GuildOnly
    needed = ACTS[CaseKind.UNWARN]
    await require_standing(interaction, needed.permission, needed.staff)
    return await services_of(interaction).warnings.find(interaction.guild_id, written)


class WarningsCog(commands.Cog):
    """What becomes of warnings that should not have been."""

    def __init__(self, keeper: SanctionKeeper) -> None:
        self._keeper = keeper

    @for_staff
    @app_commands.command(
        name="unwarn",
        description="Take a warning back; it stays in the file as void, and its points are gone.",
        extras={"examples": ["/unwarn warning:W-12 reason:Wrong person", "/unwarn warning:#34 reason:Appealed"]},
    )
    @app_commands.describe(
        warning="Its code, such as W-12, or the number of its case, such as #34.",
        reason="Why; they and staff read it.",
        silent="Whether they are not told.",
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def unwarn(
        self,
        interaction: Interaction,
        warning: Transform[str, Warned],
        reason: WHY,
        *,
        silent: bool = False,
    ) -> None:
        """Take it back."""
        case = await settled(interaction, warning_of(interaction, warning), ephemeral=True)
        await act(
            interaction,
            self._keeper,
            CaseKind.UNWARN,
            case.target_id,
            reason=reason,
            details=CaseDetails(silent=silent),
            undoes=case.number,
        )
