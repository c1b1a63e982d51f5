"""/ban, /unban, /softban and /kick."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.people import Somebody
from bot.actions.sanctions import SanctionKeeper
from bot.cogs.moderation.acting import act, settings_of
from bot.cogs.moderation.options import HOW_FAR, HOW_LONG, WHY, usual_reasons
from bot.cogs.moderation.proof_files import attached
from bot.domain.cases import CaseDetails, CaseKind
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]


class RemovalsCog(commands.Cog):
    """Who may not be here, or not at this moment."""

    def __init__(self, keeper: SanctionKeeper) -> None:
        self._keeper = keeper

    @for_staff
    @app_commands.command(
        name="ban",
        description="Ban somebody, for a while or for good, also who is not here.",
        extras={"examples": ["/ban member:@Bob reason:Spam", "/ban member:@Bob duration:7d"]},
    )
    @app_commands.describe(
        member="Who; also by id, whether they are here or not.",
        reason="Why; they and staff read it.",
        duration="For how long, such as 7d; for good if you leave it out.",
        delete_messages="How far back their messages are deleted, such as 1d; at most 7 days.",
        silent="Whether they are not told.",
        proof="A picture, video, recording, PDF or plain text that proves it, up to 10 MiB.",
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def ban(
        self,
        interaction: Interaction,
        *,
        member: Transform[int, Somebody],
        reason: WHY | None = None,
        duration: Transform[int, HOW_LONG] | None = None,
        delete_messages: Transform[int, HOW_FAR] | None = None,
        silent: bool = False,
        proof: discord.Attachment | None = None,
    ) -> None:
        """Ban them."""
        usual = (await settings_of(interaction)).delete_messages
        details = CaseDetails(usual if delete_messages is None else delete_messages, silent=silent)
        await act(
            interaction,
            self._keeper,
            CaseKind.BAN,
            member,
            reason=reason,
            seconds=duration,
            details=details,
            brought=attached(proof),
        )

    @for_staff
    @app_commands.command(
        name="unban",
        description="Lift somebody's ban.",
        extras={"examples": ["/unban member:@Bob reason:Appealed"]},
    )
    @app_commands.describe(
        member="Who, by name or id.", reason="Why; they and staff read it.", silent="Whether they are not told."
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def unban(
        self,
        interaction: Interaction,
        member: Transform[int, Somebody],
        reason: WHY | None = None,
        *,
        silent: bool = False,
    ) -> None:
        """Lift the ban."""
        details = CaseDetails(silent=silent)
        await act(interaction, self._keeper, CaseKind.UNBAN, member, reason=reason, details=details)

    @for_staff
    @app_commands.command(
        name="softban",
        description="Remove somebody with their newest messages; they may come back.",
        extras={"examples": ["/softban member:@Bob reason:Spam", "/softban member:@Bob delete_messages:1h"]},
    )
    @app_commands.describe(
        member="Who.",
        reason="Why; they and staff read it.",
        delete_messages="How far back their messages are deleted, such as 1d; at most 7 days.",
        silent="Whether they are not told.",
        proof="A picture, video, recording, PDF or plain text that proves it, up to 10 MiB.",
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def softban(
        self,
        interaction: Interaction,
        *,
        member: Transform[int, Somebody],
        reason: WHY | None = None,
        delete_messages: Transform[int, HOW_FAR] | None = None,
        silent: bool = False,
        proof: discord.Attachment | None = None,
    ) -> None:
        """Ban them and lift it at once."""
        usual = (await settings_of(interaction)).softban_deletes
        details = CaseDetails(usual if delete_messages is None else delete_messages, silent=silent)
        await act(
            interaction, self._keeper, CaseKind.SOFTBAN, member, reason=reason, details=details, brought=attached(proof)
        )

    @for_staff
    @app_commands.command(
        name="kick",
        description="Remove a member; they may come back with an invite.",
        extras={"examples": ["/kick member:@Bob reason:Insults"]},
    )
    @app_commands.describe(
        member="Who.",
        reason="Why; they and staff read it.",
        silent="Whether they are not told.",
        proof="A picture, video, recording, PDF or plain text that proves it, up to 10 MiB.",
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def kick(
        self,
        interaction: Interaction,
        member: Transform[int, Somebody],
        reason: WHY | None = None,
        *,
        silent: bool = False,
        proof: discord.Attachment | None = None,
    ) -> None:
        """Kick them."""
        details = CaseDetails(silent=silent)
        await act(
            interaction, self._keeper, CaseKind.KICK, member, reason=reason, details=details, brought=attached(proof)
        )
