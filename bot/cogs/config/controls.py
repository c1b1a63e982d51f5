"""What owners press elsewhere than on the panel: beside a refusal, and under the bot's first words in a server.

The first words may stand in a direct message, so their controls name the guild; who presses is checked there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import discord
from discord import ButtonStyle
from discord.ui import Button, View

from bot.actions.authority import require_standing, require_standing_in
from bot.actions.host import services_of
from bot.actions.settings_controls import field_named, open_section, show_field
from bot.actions.settings_shelves import shelf_of
from bot.domain.audit import AuditSource
from bot.domain.authority import Permission, Staff
from bot.domain.features import Feature, FeatureSettings
from bot.domain.settings import Section
from bot.domain.settings_fields import FieldKind, fields_of
from bot.errors import ControlExpired, FeatureOff, NoBoards, UserError
from bot.i18n import _
from bot.ui.answers import reply, settled
from bot.ui.controls import Control, Interaction
from bot.ui.setting_values import shown
from bot.ui.theme import embed


@dataclass(frozen=True)
class Overview:
    """What is set in a server, as a message."""

    embed: discord.Embed
    view: View


async def remedy(interaction: Interaction, error: FeatureOff) -> View | None:
    """The button beside the refusal of a command, for those who may press it."""
    return await _switches(interaction, {error.name: _("Switch it on")})


async def board_remedy(interaction: Interaction, _error: NoBoards) -> View | None:
    """The same where there is no leaderboard: a button for each feature that would bring one."""
    features = services_of(interaction).leaderboards.switches
    return await _switches(
        interaction, {one.value: _("Switch on: {feature}").format(feature=_(one.label)) for one in features}
    )


async def _switches(interaction: Interaction, labels: Mapping[str, str]) -> View | None:
    """Buttons that switch features on, by their names, for those who may press them."""
    try:
        await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)
    except UserError:
        return None
    view = View(timeout=None)
    for name, label in labels.items():
        custom_id = f"config:feature:v1:{name}"
        view.add_item(Button(label=label, style=ButtonStyle.success, custom_id=custom_id))
    return view


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
            here = await require_standing(interaction, Permission.MANAGE_GUILD, Staff.ADMIN)
            await settings.switch_on(here, feature, by=by, source=AuditSource.BUTTON)

        await settled(interaction, work(), ephemeral=True, in_place=True)
        shelf = shelf_of(interaction, FeatureSettings.section)
        await show_field(interaction, shelf, field_named(FeatureSettings, feature.value), _("✅ Saved."))


class WelcomeSwitch(Control, template=r"config:switch-on:v1:(?P<guild>\d{1,20}):(?P<name>[a-z_]{1,32})"):
    """Switches a feature on, from the first words."""

    async def pressed(self, interaction: Interaction) -> None:
        """Switch it on, and say so beside the first words, which stay."""
        feature, guild_id = _feature(self.arguments["name"]), int(self.arguments["guild"])
        settings, by = services_of(interaction).guild_settings, interaction.user.id

        async def work() -> str:
            guild = await require_standing_in(interaction, guild_id, Permission.MANAGE_GUILD, Staff.ADMIN)
            await settings.switch_on(guild.id, feature, by=by, source=AuditSource.BUTTON)
            return discord.utils.escape_markdown(guild.name)

        server = await settled(interaction, work(), ephemeral=True)
        said = _("✅ **{feature}** is on in **{server}**. Its commands are in `/help` there.")
        title = _(field_named(FeatureSettings, feature.value).title)
        made = embed(description=said.format(feature=title, server=server))
        await reply(interaction, embed=made, ephemeral=True, done=True)


class WelcomePanel(Control, template=r"config:panel:v1:(?P<guild>\d{1,20})"):
    """Opens the panel, from the first words."""

    async def pressed(self, interaction: Interaction) -> None:
        """Open it; in a direct message, where Discord has no menus of channels and roles, show what is set."""
        guild_id = int(self.arguments["guild"])
        if interaction.guild_id == guild_id:
            await open_section(interaction, FeatureSettings.section)
            return
        settings = services_of(interaction).guild_settings

        async def work() -> Overview:
            guild = await require_standing_in(interaction, guild_id, Permission.MANAGE_GUILD, Staff.ADMIN)
            found = [(await settings.read(guild.id, model)).value for model in settings.sections]
            return _overview(found, guild)

        made = await settled(interaction, work(), ephemeral=True)
        await reply(interaction, embed=made.embed, view=made.view, ephemeral=True)


def _overview(sections: list[Section], guild: discord.Guild) -> Overview:
    """What is set, without roles: Discord draws a server's nowhere else."""
    lines: list[str] = [_("What is set in your server. To change it, use `/config` there."), ""]
    for section in sections:
        plain = [one for one in fields_of(type(section)) if one.kind not in {FieldKind.ROLE, FieldKind.ROLES}]
        values = [f"{_(field.title)}: {shown(field, getattr(section, field.name))}" for field in plain]
        lines += [f"**{_(section.title)}**", *values, ""]
    view = View(timeout=None)
    view.add_item(Button(label=_("Go to the server"), url=f"https://discord.com/channels/{guild.id}"))
    title = _("Settings · {server}").format(server=discord.utils.escape_markdown(guild.name))
    return Overview(embed(title=title, description="\n".join(lines)), view)


SWITCHES: tuple[type[Control], ...] = (FeatureButton, WelcomeSwitch, WelcomePanel)
