"""/warn and /note."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands

from bot.actions.people import Somebody
from bot.actions.sanctions import SanctionKeeper
from bot.cogs.moderation.acting import act, settings_of
from bot.cogs.moderation.options import WHY, usual_reasons
from bot.cogs.moderation.proof_files import attached
from bot.domain.cases import CaseDetails, CaseKind
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]


class FileCog(commands.Cog):
    """What goes into somebody's file and does nothing else."""

    def __init__(self, keeper: SanctionKeeper) -> None:
        self._keeper = keeper

    @for_staff
    @app_commands.command(
        name="warn",
        description="Warn a member; they are told, and it stays in their file.",
        extras={"examples": ["/warn member:@Bob reason:Spam", "/warn member:@Bob reason:Insults severity:3"]},
    )
    @app_commands.describe(
        member="Who.",
        reason="Why; they and staff read it.",
        severity="How grave it is, 1 to 5, which is as many points; 1 if you leave it out.",
        silent="Whether they are not told.",
        proof="A picture, video, recording, PDF or plain text that proves it, up to 10 MiB.",
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def warn(
        self,
        interaction: Interaction,
        *,
        member: Transform[int, Somebody],
        reason: WHY,
        severity: Range[int, 1, 5] = 1,
        silent: bool = False,
        proof: discord.Attachment | None = None,
    ) -> None:
        """Warn them."""
        await act(
            interaction,
            self._keeper,
            CaseKind.WARN,
            member,
            reason=reason,
            seconds=(await settings_of(interaction)).points_count,
            details=CaseDetails(silent=silent),
            severity=severity,
            points=severity,
            brought=attached(proof),
        )

    @for_staff
    @app_commands.command(
        name="note",
        description="Note something about somebody that only staff reads.",
        extras={"examples": ["/note member:@Bob text:Second account of Carol?"]},
    )
    @app_commands.describe(
        member="About whom.",
        text="What; only staff reads it.",
        proof="A picture, video, recording, PDF or plain text that proves it, up to 10 MiB.",
    )
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def note(
        self,
        interaction: Interaction,
        member: Transform[int, Somebody],
        text: WHY,
        proof: discord.Attachment | None = None,
    ) -> None:
        """Keep a note."""
        await act(interaction, self._keeper, CaseKind.NOTE, member, reason=text, brought=attached(proof))
