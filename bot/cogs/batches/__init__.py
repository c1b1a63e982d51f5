"""/batches: what was done to many at once, what is being done, and a way to stop it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.actions.host import ServiceHost, batches_of, services_of, source_of
from bot.cogs.batches.controls import CONTROLS, manager_of
from bot.domain.batches import Batch, BatchState, Report
from bot.services.batches import PAGE
from bot.ui import progress
from bot.ui.answers import reply, settled
from bot.ui.batch_options import batch_choices, parse_batch
from bot.ui.controls import buttons_view
from bot.ui.inputs import MOST_CHOICES
from bot.ui.staff import for_staff

PERMISSIONS = discord.Permissions.none()
"""What this feature needs in a guild: its answers need nothing."""

Interaction = discord.Interaction[Any]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class BatchesCog(commands.GroupCog, group_name="batches", group_description="See and stop what I do to many at once."):
    """Batches, for those who manage the server."""

    @for_staff
    @app_commands.command(
        name="list",
        description="See what was done to many at once, the newest first.",
        extras={"examples": ["/batches list"]},
    )
    async def list_(self, interaction: Interaction) -> None:
        """Show the newest batches."""
        shown = progress.listed(await settled(interaction, _newest(interaction), ephemeral=True))
        await reply(interaction, embed=shown.embed, ephemeral=True)

    @for_staff
    @app_commands.command(
        name="show",
        description="See how one of them is getting on or ended, and get its result.",
        extras={"examples": ["/batches show batch:Give @Guest"]},
    )
    @app_commands.describe(batch="Which one; choose from the list.")
    async def show(self, interaction: Interaction, batch: str) -> None:
        """Show a batch."""
        service = services_of(interaction).batches

        async def work() -> Report:
            return await service.report(await manager_of(interaction), parse_batch(batch))

        found = await settled(interaction, work(), ephemeral=True)
        more = batches_of(interaction).more(found.batch)
        shown = progress.report(found.batch, found.reasons, service.moment(), more)
        await reply(interaction, embed=shown.embed, view=buttons_view(shown.buttons), ephemeral=True)

    @for_staff
    @app_commands.command(
        name="cancel",
        description="Stop one that is running; what it has done stays done.",
        extras={"examples": ["/batches cancel batch:Give @Guest"]},
    )
    @app_commands.describe(batch="Which one; choose from the list.")
    async def cancel(self, interaction: Interaction, batch: str) -> None:
        """Cancel a batch."""
        await settled(interaction, manager_of(interaction), ephemeral=True)
        cancelled = await batches_of(interaction).cancel(interaction, parse_batch(batch), source=source_of(interaction))
        shown = batches_of(interaction).shown(cancelled)
        await reply(interaction, embed=shown.embed, view=buttons_view(shown.buttons), ephemeral=True)

    @show.autocomplete("batch")
    async def _any(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await _offered(interaction, typed, only_running=False)

    @cancel.autocomplete("batch")
    async def _running(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await _offered(interaction, typed, only_running=True)


async def _newest(interaction: Interaction, count: int = PAGE) -> Sequence[Batch]:
    return await services_of(interaction).batches.newest(await manager_of(interaction), count=count)


async def _offered(interaction: Interaction, typed: str, *, only_running: bool) -> list[app_commands.Choice[str]]:
    found = await _newest(interaction, MOST_CHOICES)
    wanted = [batch for batch in found if batch.state is BatchState.RUNNING or not only_running]
    return batch_choices(wanted, typed)


async def setup(bot: Any) -> None:
    """Add what is here to a bot."""
    host: ServiceHost = bot
    host.router.add(*CONTROLS)
    bot.add_dynamic_items(*CONTROLS)
    await bot.add_cog(BatchesCog())
