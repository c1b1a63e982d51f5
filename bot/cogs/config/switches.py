"""What owners press elsewhere than on the panel: beside a refusal, and under the bot's first words in a server.

The first words may stand in a direct message, so their controls name the guild; who presses is checked there.
"""

from __future__ import annotations

from discord.ui import View

from bot.actions.authority import require_standing_in
from bot.actions.host import services_of
from bot.cogs.config import panel
from bot.cogs.config.controls import SAVED, field_named, manager_of, open_section, show_field
from bot.domain.audit import AuditSource
from bot.domain.authority import Permission, Staff
from bot.domain.features import Feature, FeatureSettings
from bot.errors import ControlExpired, FeatureOff, UserError
from bot.ui.answers import reply, settled
from bot.ui.controls import Control, Interaction


async def remedy(interaction: Interaction, error: FeatureOff) -> View | None:
    """The button beside the refusal of a command, for those who may press it."""
    try:
        await manager_of(interaction)
    except UserError:
        return None
    return panel.switch_on_view(error.feature)


def _feature(name: str) -> Feature:
    if name not in set(Feature):
        raise ControlExpired
    return Feature(name)


class FeatureButton(Control, template=r"config:feature:v1:(?P<name>[a-z_]{1,32})"):
    """Switches a feature on, from the refusal of its command."""

    async def pressed(self, interaction: Interaction) -> None:
        """Switch it on, whoever may."""
        feature = _feature(self.arguments["name"])
        settings, by = services_of(interaction).guild_settings, interaction.user.id

        async def work() -> None:
            here = await manager_of(interaction)
            await settings.switch_on(here, feature, by=by, source=AuditSource.BUTTON)

        await settled(interaction, work(), ephemeral=True, in_place=True)
        await show_field(interaction, FeatureSettings, field_named(FeatureSettings, feature.value), SAVED)


class WelcomeSwitch(Control, template=r"config:switch-on:v1:(?P<guild>\d{1,20}):(?P<name>[a-z_]{1,32})"):
    """Switches a feature on, from the first words."""

    async def pressed(self, interaction: Interaction) -> None:
        """Switch it on, and say so beside the first words, which stay."""
        feature, guild_id = _feature(self.arguments["name"]), int(self.arguments["guild"])
        settings, by = services_of(interaction).guild_settings, interaction.user.id

        async def work() -> str:
            guild = await require_standing_in(interaction, guild_id, Permission.MANAGE_GUILD, Staff.ADMIN)
            await settings.switch_on(guild.id, feature, by=by, source=AuditSource.BUTTON)
            return guild.name

        name = await settled(interaction, work(), ephemeral=True)
        title = field_named(FeatureSettings, feature.value).title
        await reply(interaction, embed=panel.switched_on_embed(title, name), ephemeral=True, done=True)


class WelcomePanel(Control, template=r"config:panel:v1:(?P<guild>\d{1,20})"):
    """Opens the panel, from the first words."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it; in a direct message, where Discord has no menus of channels and roles, show what is set."""
        guild_id = int(self.arguments["guild"])
        if interaction.guild_id == guild_id:
            await open_section(interaction, FeatureSettings)
            return
        settings = services_of(interaction).guild_settings

        async def work() -> panel.Panel:
            guild = await require_standing_in(interaction, guild_id, Permission.MANAGE_GUILD, Staff.ADMIN)
            found = [(await settings.read(guild.id, model)).value for model in settings.sections]
            return panel.overview(found, guild)

        made = await settled(interaction, work(), ephemeral=True)
        await reply(interaction, embed=made.embed, view=made.view, ephemeral=True)


SWITCHES: tuple[type[Control], ...] = (FeatureButton, WelcomeSwitch, WelcomePanel)
