"""The button that switches a feature on, from the refusal of one of its commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord
from discord import ButtonStyle
from discord.ui import Button, View

from bot.actions.settings_controls import edit_section, field_named, show_field
from bot.actions.settings_shelves import shelf_of
from bot.domain.features import Feature, FeatureSettings
from bot.domain.settings_fields import with_field
from bot.errors import ControlExpired, FeatureOff
from bot.i18n import _
from bot.ui.answers import settled
from bot.ui.controls import Control, Interaction


class FeatureButton(Control, template=r"config:feature:v1:(?P<name>[a-z_]{1,32})"):
    """Switches a feature on, from the refusal of its command."""

    async def pressed(self, interaction: Interaction) -> None:
        """Switch it on, whoever may."""
        if self.arguments["name"] not in {feature.value for feature in Feature}:
            raise ControlExpired
        shelf = shelf_of(interaction, FeatureSettings.section)
        field = field_named(FeatureSettings, self.arguments["name"])
        found = await settled(interaction, shelf.read(), ephemeral=True, in_place=True)
        edit: Callable[[Any], Any] = lambda section: with_field(section, field, value=True)  # noqa: E731 — typed
        said = await edit_section(interaction, shelf, found.version, edit)
        await show_field(interaction, shelf, field, said)


def switch_on_view(interaction: discord.Interaction[Any], error: FeatureOff) -> View | None:
    """The button beside the refusal of a command, for those who may press it."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        return None
    view = View(timeout=None)
    custom_id = f"config:feature:v1:{error.name}"
    view.add_item(Button(label=_("Switch it on"), style=ButtonStyle.success, custom_id=custom_id))
    return view
