"""The buttons of /privacy. Each is about whoever presses it, and so needs to carry nobody's id.

Where it was opened decides what it is about: a server, or everything in a direct message.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

import discord
from discord import ButtonStyle
from discord.ui import Button, View

from bot.actions.host import services_of
from bot.cogs.privacy import pages
from bot.domain.audit import AuditSource
from bot.i18n import _
from bot.services.privacy import Held, PrivacyService
from bot.ui.answers import redraw, reply, settled
from bot.ui.controls import Control, Interaction


class FileButton(Control, template=r"privacy:file:v1"):
    """Hands out everything as a file."""

    async def pressed(self, interaction: Interaction) -> None:
        """Gather it, write it off the loop, and send it to them alone."""
        privacy = services_of(interaction).privacy
        copy = await settled(interaction, privacy.copy(interaction.user.id, interaction.guild_id), ephemeral=True)
        made = await settled(interaction, asyncio.to_thread(pages.document, copy), ephemeral=True)
        file = discord.File(io.BytesIO(made.content), filename=made.name)
        await reply(interaction, embed=pages.handed_out(copy), files=[file], ephemeral=True)


class EraseButton(Control, template=r"privacy:erase:v1"):
    """Asks whether it is meant, and says what stays."""

    async def pressed(self, interaction: Interaction) -> None:
        """Ask."""
        privacy = services_of(interaction).privacy
        work = privacy.overview(interaction.user.id, interaction.guild_id)
        held = await settled(interaction, work, ephemeral=True, in_place=True)
        view = View(timeout=None)
        view.add_item(Button(label=_("Yes, erase it"), style=ButtonStyle.danger, custom_id="privacy:sure:v1"))
        view.add_item(Button(label=_("Keep it"), custom_id="privacy:back:v1"))
        await redraw(interaction, embed=pages.question(held, everywhere=interaction.guild_id is None), view=view)


class SureButton(Control, template=r"privacy:sure:v1"):
    """Erases."""

    async def pressed(self, interaction: Interaction) -> None:
        """Erase, guild by guild where it is about all of them, and say how much went."""
        work = _erase(services_of(interaction).privacy, interaction.user.id, interaction.guild_id)
        erased = await settled(interaction, work, ephemeral=True, in_place=True)
        await redraw(interaction, embed=pages.erased(erased), view=View(timeout=None))


class BackButton(Control, template=r"privacy:back:v1"):
    """Leads back to what is held."""

    async def pressed(self, interaction: Interaction) -> None:
        """Show it."""
        privacy = services_of(interaction).privacy
        work = privacy.overview(interaction.user.id, interaction.guild_id)
        held = await settled(interaction, work, ephemeral=True, in_place=True)
        everywhere = interaction.guild_id is None
        made = pages.overview(held, everywhere=everywhere)
        await redraw(interaction, embed=made, view=overview_view(held, everywhere=everywhere))


async def _erase(privacy: PrivacyService, user_id: int, guild_id: int | None) -> int:
    if guild_id is not None:
        return await privacy.erase(user_id, guild_id, source=AuditSource.BUTTON)
    guilds = await privacy.guilds_of(user_id)
    erased = sum([await privacy.erase(user_id, one, source=AuditSource.BUTTON) for one in guilds])
    return erased + await privacy.erase_elsewhere(user_id)


def overview_view(held: Sequence[Held], *, everywhere: bool) -> View:
    """What can be done; nothing where nothing is held."""
    view = View(timeout=None)
    if held:
        view.add_item(Button(label=_("Get my data"), style=ButtonStyle.primary, custom_id="privacy:file:v1"))
        label = _("Erase everything…") if everywhere else _("Erase what is from here…")
        view.add_item(Button(label=label, style=ButtonStyle.danger, custom_id="privacy:erase:v1"))
    return view


CONTROLS: tuple[type[Control], ...] = (FileButton, EraseButton, SureButton, BackButton)
