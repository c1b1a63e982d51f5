"""/timeout and /untimeout; /mute and /unmute say the same."""

from __future__ import annotations

from typing import Any, cast

import discord
from discord import app_commands
from discord.app_commands import Transform
from discord.ext import commands

from bot.actions.people import Somebody
from bot.actions.sanctions import SanctionKeeper
from bot.cogs.moderation.acting import act, settings_of
from bot.cogs.moderation.options import HOW_LONG, WHY, usual_reasons
from bot.cogs.moderation.proof_files import attached
from bot.domain.cases import CaseDetails, CaseKind
from bot.ui.staff import for_staff
from bot.words import N_

Interaction = discord.Interaction[Any]


Command = app_commands.Command[Any, ..., Any]


def _same_as(command: Command, *, name: str, description: str) -> Command:
    """A command under another name, for those who know it by that. All but its name and words is that of the first."""
    examples = [one.replace(f"/{command.name} ", f"/{name} ") for one in command.extras["examples"]]
    described = app_commands.command(name=name, description=description, extras={"examples": examples})
    return described(cast("Any", command.callback))


class TimeoutsCog(commands.Cog):
    """Who may read but not write."""

    def __init__(self, keeper: SanctionKeeper) -> None:
        self._keeper = keeper

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody came, perhaps back."""
        await self._keeper.notice(member)

    @for_staff
    @app_commands.command(
        name="timeout",
        description="Let a member only read for a while; also for longer than Discord's 28 days.",
        extras={"examples": ["/timeout member:@Bob duration:2h reason:Spam", "/timeout member:@Bob"]},
    )
    @app_commands.describe(
        member="Who.",
        duration="For how long, such as 2h or 60d; the usual length if you leave it out.",
        reason="Why; they and staff read it.",
        silent="Whether they are not told.",
        proof="A picture, video, recording, PDF or plain text that proves it, up to 10 MiB.",
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def timeout(
        self,
        interaction: Interaction,
        *,
        member: Transform[int, Somebody],
        duration: Transform[int, HOW_LONG] | None = None,
        reason: WHY | None = None,
        silent: bool = False,
        proof: discord.Attachment | None = None,
    ) -> None:
        """Time them out."""
        seconds = (await settings_of(interaction)).default_timeout if duration is None else duration
        details = CaseDetails(silent=silent)
        await act(
            interaction,
            self._keeper,
            CaseKind.TIMEOUT,
            member,
            reason=reason,
            seconds=seconds,
            details=details,
            brought=attached(proof),
        )

    mute = for_staff(_same_as(timeout, name="mute", description=N_("The same as /timeout.")))

    @for_staff
    @app_commands.command(
        name="untimeout",
        description="Lift a member's timeout, also when they have left.",
        extras={"examples": ["/untimeout member:@Bob", "/untimeout member:@Bob reason:Talked"]},
    )
    @app_commands.describe(
        member="Who; also who has left.", reason="Why; they and staff read it.", silent="Whether they are not told."
    )
    @app_commands.autocomplete(reason=usual_reasons)
    @app_commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def untimeout(
        self,
        interaction: Interaction,
        member: Transform[int, Somebody],
        reason: WHY | None = None,
        *,
        silent: bool = False,
    ) -> None:
        """Lift their timeout."""
        details = CaseDetails(silent=silent)
        await act(interaction, self._keeper, CaseKind.UNTIMEOUT, member, reason=reason, details=details)

    unmute = for_staff(_same_as(untimeout, name="unmute", description=N_("The same as /untimeout.")))
