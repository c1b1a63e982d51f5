"""/case: one case, and what can be changed about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range, Transform
from discord.ext import commands

from bot.actions.host import services_of
from bot.actions.sanctions import SanctionKeeper
from bot.cogs.moderation import case_work
from bot.cogs.moderation.case_access import changeable, reader_of
from bot.cogs.moderation.case_options import CaseNumber
from bot.cogs.moderation.case_work import show
from bot.cogs.moderation.options import HOW_LONG, WHY, usual_reasons
from bot.cogs.moderation.proof_files import attached
from bot.domain.case_search import CaseView
from bot.domain.cases import CaseAmendment
from bot.i18n import _
from bot.ui.answers import settled
from bot.ui.staff import for_staff

Interaction = discord.Interaction[Any]

NUMBER = Transform[int, CaseNumber]


@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
class CaseCog(commands.GroupCog, group_name="case", group_description="Read a case, and mend what is wrong about it."):
    """Cases, for moderators."""

    def __init__(self, keeper: SanctionKeeper) -> None:
        self._keeper = keeper

    @for_staff
    @app_commands.command(
        name="view",
        description="Read a case, with everything that was changed about it.",
        extras={"examples": ["/case view number:12"]},
    )
    @app_commands.describe(number="Which case, such as 12.")
    async def view(self, interaction: Interaction, number: NUMBER) -> None:
        """Show it."""

        async def work() -> CaseView:
            return await services_of(interaction).case_search.view(await reader_of(interaction), number)

        await show(interaction, await settled(interaction, work(), ephemeral=True))

    @for_staff
    @app_commands.command(
        name="reason",
        description="Say otherwise why; what was said before stays on record.",
        extras={"examples": ["/case reason number:12 reason:Scam links, see #7"]},
    )
    @app_commands.describe(number="Which case, such as 12.", reason="Why; staff reads it, and the member in /mylogs.")
    @app_commands.autocomplete(reason=usual_reasons)
    async def reason(self, interaction: Interaction, number: NUMBER, reason: WHY) -> None:
        """Change it."""

        async def work() -> CaseView:
            services, case = services_of(interaction), await changeable(interaction, number)
            await services.case_edits.reason(case.guild_id, number, reason, by=interaction.user.id)
            return await services.case_search.view(case.guild_id, number)

        await show(interaction, await settled(interaction, work(), ephemeral=True), _("✅ Changed."))

    @for_staff
    @app_commands.command(
        name="edit",
        description="Let a ban or timeout last longer, shorter or for good; or weigh a warning otherwise.",
        extras={"examples": ["/case edit number:12 duration:7d", "/case edit number:12 severity:3"]},
    )
    @app_commands.describe(
        number="Which case, such as 12.",
        duration="How long from now on, such as 7d; of a warning, how long its points count.",
        for_good="That it has no end.",
        severity="How grave a warning is, 1 to 5; it has as many points then.",
        points="How many points a warning has, if not as many as its severity.",
    )
    async def edit(
        self,
        interaction: Interaction,
        *,
        number: NUMBER,
        duration: Transform[int, HOW_LONG] | None = None,
        for_good: bool = False,
        severity: Range[int, 1, 5] | None = None,
        points: Range[int, 0, 100] | None = None,
    ) -> None:
        """Change it, and carry the change to Discord."""
        lasts = None if duration is None or for_good else timedelta(seconds=duration)
        wanted = CaseAmendment(lasts, for_good, severity, points)
        found, said = await settled(
            interaction, case_work.amended(interaction, self._keeper, number, wanted), ephemeral=True
        )
        await show(interaction, found, said)

    @for_staff
    @app_commands.command(
        name="void",
        description="Take a case back as if it had never been right; what holds is lifted. It stays visible.",
        extras={"examples": ["/case void number:12"]},
    )
    @app_commands.describe(number="Which case, such as 12.")
    async def void(self, interaction: Interaction, number: NUMBER) -> None:
        """Take it back, or ask first where somebody is banned or timed out by it."""
        await case_work.void(interaction, number)

    @for_staff
    @app_commands.command(
        name="restore",
        description="Let a void case count again; who was unbanned with it stays so.",
        extras={"examples": ["/case restore number:12"]},
    )
    @app_commands.describe(number="Which case, such as 12.")
    async def restore(self, interaction: Interaction, number: NUMBER) -> None:
        """Let it count again."""

        async def work() -> CaseView:
            services, case = services_of(interaction), await changeable(interaction, number)
            await services.case_edits.restore(case.guild_id, number, by=interaction.user.id)
            return await services.case_search.view(case.guild_id, number)

        await show(interaction, await settled(interaction, work(), ephemeral=True), _("✅ It counts again."))

    @for_staff
    @app_commands.command(
        name="link",
        description="Note that two cases have to do with each other, or that they do not after all.",
        extras={"examples": ["/case link number:12 other:7", "/case link number:12 other:7 remove:true"]},
    )
    @app_commands.describe(number="Which case, such as 12.", other="Which other case.", remove="That they do not.")
    async def link(self, interaction: Interaction, number: NUMBER, other: NUMBER, *, remove: bool = False) -> None:
        """Note it at both."""

        async def work() -> CaseView:
            services, case = services_of(interaction), await changeable(interaction, number)
            edit = services.case_edits.unlink if remove else services.case_edits.link
            await edit(case.guild_id, number, other, by=interaction.user.id)
            return await services.case_search.view(case.guild_id, number)

        said = _("✅ No longer linked.") if remove else _("✅ Linked.")
        await show(interaction, await settled(interaction, work(), ephemeral=True), said)

    @for_staff
    @app_commands.command(
        name="proof",
        description="Keep pictures, recordings or texts as proof of a case; they outlast the message.",
        extras={"examples": ["/case proof number:12 file:screenshot.png"], "slash_only": True},
    )
    @app_commands.describe(
        number="Which case, such as 12.",
        file="A picture, video, recording, PDF or plain text, up to 10 MiB.",
        file2="Another one.",
        file3="And another one.",
    )
    async def proof(
        self,
        interaction: Interaction,
        number: NUMBER,
        file: discord.Attachment,
        file2: discord.Attachment | None = None,
        file3: discord.Attachment | None = None,
    ) -> None:
        """Keep them."""
        work = case_work.proven(interaction, number, attached(file, file2, file3))
        await show(interaction, await settled(interaction, work, ephemeral=True), _("✅ Kept."))
